package xlsform

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpus is where the shared forms lie: written by others, so not ours to keep
// in the repository.
const corpus = "../../../../shared/xlsforms"

type corpusForm struct {
	ID        string `json:"id"`
	File      string `json:"file"`
	Category  string `json:"category"`
	PyxformOK bool   `json:"pyxform_ok"`
	Questions int    `json:"questions"`
	Choices   int    `json:"choices"`
	Types     map[string]int
}

func corpusForms(t testing.TB) []corpusForm {
	b, err := os.ReadFile(filepath.Join(corpus, "manifest.json"))
	if err != nil {
		t.Skip("SKIPPED: the corpus of forms is not beside the repository (../shared/xlsforms)")
	}
	var list []corpusForm
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// normal are the cells of a sheet that say something, in order, without what
// nobody means: spaces around a text, blank rows, empty columns, and whether a
// heading names its language after one colon or two.
func normal(b *Book, name string) [][]string {
	s := b.sheet(name)
	if s == nil || len(s.Rows) == 0 {
		return nil
	}
	type heading struct {
		column int
		text   string
	}
	var cols []heading
	for n, c := range s.Rows[0].Cells {
		if h := strings.Join(strings.Fields(c), " "); h != "" {
			if !strings.Contains(h, "::") {
				h = strings.ReplaceAll(strings.ReplaceAll(h, ":", "::"), "jr::", "jr:")
			}
			cols = append(cols, heading{n, h})
		}
	}
	var out [][]string
	for _, r := range s.Rows[1:] {
		var row []string
		for _, c := range cols {
			if v := strings.Join(strings.Fields(r.cell(c.column)), " "); v != "" {
				row = append(row, c.text+" = "+v)
			}
		}
		if len(row) > 0 {
			out = append(out, row)
		}
	}
	return out
}

// without leaves out what only an export has: our identities, and whatever
// else was not asked.
func without(rows [][]string, prefixes ...string) [][]string {
	var out [][]string
	for _, r := range rows {
		var kept []string
		for _, cell := range r {
			if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(cell, p) }) {
				kept = append(kept, cell)
			}
		}
		if len(kept) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

func TestCorpusComesInAndGoesOutAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	forms := corpusForms(t)
	imported, accepted, oks, same, identical, warnings := 0, 0, 0, 0, 0, 0
	for _, f := range forms {
		if f.PyxformOK {
			oks++
		}
		path := filepath.Join(corpus, f.File)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		book, err := ReadBook(bytes.NewReader(raw), int64(len(raw)), filepath.Base(path))
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		in, err := FromBook(book, filepath.Base(path), Options{})
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		imported++
		if f.PyxformOK {
			accepted++
		}
		warnings += len(in.Warnings)
		var out bytes.Buffer
		if err := Write(&out, in.Checklist, Notes{}); err != nil {
			t.Errorf("%s: write: %v", f.ID, err)
			continue
		}
		back, err := ReadBook(bytes.NewReader(out.Bytes()), int64(out.Len()), "back.xlsx")
		if err != nil {
			t.Errorf("%s: read back: %v", f.ID, err)
			continue
		}
		equal := true
		for _, sheet := range []string{"survey", "choices", "settings", "external_choices"} {
			want, got := normal(book, sheet), without(normal(back, sheet), "inspect::")
			if sheet == "settings" && len(want) == 0 {
				continue // the export says what the file's name said
			}
			if sheet == "settings" {
				got = without(got, addedSettings(want, got)...)
			}
			if !slices.EqualFunc(want, got, slices.Equal[[]string]) {
				equal = false
				for n := range max(len(want), len(got)) {
					if n >= len(want) || n >= len(got) || !slices.Equal(want[n], got[n]) {
						t.Logf("%s %s row %d:\n  had  %.400q\n  has  %.400q", f.ID, sheet, n, at1(want, n), at1(got, n))
						break
					}
				}
			}
		}
		if equal {
			same++
		}
		again, err := FromBook(back, filepath.Base(path), Options{})
		if err != nil {
			t.Errorf("%s: import of the export: %v", f.ID, err)
		} else if again.Checklist.Ref() == in.Checklist.Ref() {
			identical++
		} else {
			a, b := again.Checklist.Bytes(), in.Checklist.Bytes()
			n := 0
			for n < len(a) && n < len(b) && a[n] == b[n] {
				n++
			}
			t.Logf("%s came back different: has …%.300s\n had …%.300s", f.ID, a[max(0, n-60):], b[max(0, n-60):])
		}
	}
	t.Logf("CORPUS: %d of %d forms imported; %d of %d that pyxform accepts accepted; %d warnings; round trip of all cells of survey, choices, settings equal: %d (%.1f %%); same SHA-256 after it: %d",
		imported, len(forms), accepted, oks, warnings, same, 100*float64(same)/float64(len(forms)), identical)
	if imported != len(forms) || accepted != oks || 100*same < 97*len(forms) || 100*identical < 97*len(forms) {
		t.Error("below what is asked: all imported, all of pyxform's accepted, 97 % equal")
	}
}

// addedSettings are the settings that the export states and the author left to
// the file's name or to nothing.
func addedSettings(want, got [][]string) (out []string) {
	had := map[string]bool{}
	for _, r := range want {
		for _, c := range r {
			h, _, _ := strings.Cut(c, " = ")
			had[h] = true
		}
	}
	for _, r := range got {
		for _, c := range r {
			if h, _, _ := strings.Cut(c, " = "); !had[h] && (h == "form_id" || h == "version" || h == "form_title") {
				out = append(out, h+" = ")
			}
		}
	}
	return out
}

func at1(rows [][]string, n int) []string {
	if n < len(rows) {
		return rows[n]
	}
	return nil
}
