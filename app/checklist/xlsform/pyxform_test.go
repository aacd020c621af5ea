package xlsform

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/app/checklist/form"
)

// pyxformCase is one of pyxform's own unit tests: a form as a table, and the
// XForm that came of it, or the error.
type pyxformCase struct {
	Test    string          `json:"test"`
	Table   string          `json:"md"`
	Sheets  json.RawMessage `json:"ss"`
	Errored bool            `json:"errored"`
	Error   string          `json:"error"`
	XML     string          `json:"xml"`
}

func pyxformCases(t testing.TB) []pyxformCase {
	b, err := os.ReadFile(filepath.Join(corpus, "unit", "pyxform_md_cases.json"))
	if err != nil {
		t.Skip("SKIPPED: the cases are not beside the repository (../shared/xlsforms/unit)")
	}
	var list []pyxformCase
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// bookOf reads a form that is written as a table: sheets begin with a row that
// names them, and every other row begins with an empty cell.
func bookOf(table string) *Book {
	var b Book
	for line := range strings.SplitSeq(table, "\n") {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		line = strings.ReplaceAll(line, `\|`, "\x00")
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for n := range cells {
			cells[n] = strings.ReplaceAll(strings.TrimSpace(cells[n]), "\x00", "|")
		}
		if strings.Trim(line, "|-+ ") == "" && strings.Contains(line, "-") {
			continue
		}
		if cells[0] != "" {
			b.Sheets = append(b.Sheets, Sheet{Name: cells[0]})
			if len(cells) == 1 || strings.Join(cells[1:], "") == "" {
				continue
			}
		}
		if len(b.Sheets) == 0 {
			continue
		}
		s := &b.Sheets[len(b.Sheets)-1]
		s.Rows = append(s.Rows, Row{Number: len(s.Rows) + 1, Cells: cells[1:]})
	}
	return &b
}

// instanceOf lists the paths of the values of an XForm, without the form's own
// metadata and without what pyxform generates for the look of a table.
func instanceOf(t *testing.T, x string) []string {
	d := xml.NewDecoder(strings.NewReader(x))
	var path, out []string
	depth, in := 0, 0
	for {
		tok, err := d.Token()
		if err != nil {
			return out
		}
		switch e := tok.(type) {
		case xml.StartElement:
			depth++
			if in == 0 && e.Name.Local == "instance" {
				in = depth
				continue
			}
			if in > 0 {
				path = append(path, e.Name.Local)
				if len(path) > 1 {
					out = append(out, strings.Join(path[1:], "/"))
				}
			}
		case xml.EndElement:
			if in == depth {
				return out // the first instance is the form's own
			}
			if in > 0 {
				path = path[:len(path)-1]
			}
			depth--
		}
	}
}

func pathsOf(nodes []*form.Node, above string, out []string) []string {
	for _, n := range nodes {
		path := strings.TrimPrefix(above+"/"+n.Name, "/")
		out = pathsOf(n.Children, path, append(out, path))
	}
	return out
}

// values makes lists of paths comparable: each once, without metadata.
func values(paths []string) []string {
	var out []string
	for _, p := range paths {
		if p == "meta" || strings.HasPrefix(p, "meta/") || strings.Contains(p, "/meta/") || strings.HasSuffix(p, "/meta") || strings.Contains(p, "generated_") || strings.Contains(p, "reserved_name_for_field_list") {
			continue
		}
		out = append(out, p)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestPyxformsOwnCases(t *testing.T) {
	accepted, oks, warned, errored, refused, trees := 0, 0, 0, 0, 0, 0
	for _, c := range pyxformCases(t) {
		if c.Table == "" {
			continue
		}
		in, err := FromBook(bookOf(c.Table), "test_name.xlsx", Options{})
		if c.Errored {
			errored++
			switch {
			case err != nil:
				refused++
			case len(in.Warnings) > 0:
				warned++
			default:
				t.Logf("SILENT %s: %s", c.Test, c.Error)
			}
			continue
		}
		oks++
		if err != nil {
			t.Errorf("%s: %v\n%s", c.Test, err, c.Table)
			continue
		}
		accepted++
		f := in.Checklist.Form()
		got, want := values(pathsOf(f.Nodes, "", nil)), values(instanceOf(t, c.XML))
		if slices.Equal(got, want) {
			trees++
		} else {
			t.Logf("%s:\n got %v\nwant %v", c.Test, got, want)
		}
	}
	t.Logf("PYXFORM CASES: %d of %d good forms accepted, %d with the same tree of values (%.1f %%); of %d that pyxform refuses %d come in with a warning, %d are refused",
		accepted, oks, trees, 100*float64(trees)/float64(oks), errored, warned, refused)
	if accepted != oks || 100*trees < 95*oks {
		t.Error("below what is asked: all good forms accepted, 95 % with the same tree")
	}
}

func TestCorpusHasTheTreeThatPyxformGivesIt(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	same, forms := 0, 0
	for _, f := range corpusForms(t) {
		b, err := os.ReadFile(filepath.Join(corpus, "xform", f.ID+".xml"))
		if err != nil {
			continue
		}
		forms++
		in, err := Open(filepath.Join(corpus, f.File), Options{})
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		compiled := in.Checklist.Form()
		got, want := values(pathsOf(compiled.Nodes, "", nil)), values(instanceOf(t, string(b)))
		if slices.Equal(got, want) {
			same++
			continue
		}
		var missing, extra []string
		for _, p := range want {
			if !slices.Contains(got, p) {
				missing = append(missing, p)
			}
		}
		for _, p := range got {
			if !slices.Contains(want, p) {
				extra = append(extra, p)
			}
		}
		t.Logf("%s: missing %.300v extra %.300v", f.ID, missing, extra)
	}
	t.Logf("CORPUS TREES: %d of %d forms have the tree of values that pyxform gives them", same, forms)
	if 100*same < 97*forms {
		t.Error("below 97 %")
	}
}
