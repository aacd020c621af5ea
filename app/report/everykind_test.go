package report

import (
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the text of every document anew to testdata")

// digests change with every millimetre of the layout, the words do not.
var digests = regexp.MustCompile(`([0-9a-f]{4} ){2,}([0-9a-f]{4})?`)

// TestTheTextOfEveryDocumentIsTheOneAgreed holds each kind, in each language,
// against the text kept in testdata. A change of words shows as a change of
// these files; -update writes them.
func TestTheTextOfEveryDocumentIsTheOneAgreed(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and on one goroutine: not for the race detector")
	}
	for _, kind := range allKinds() {
		for _, l := range []Language{Chinese, English, Both} {
			t.Run(kind+"/"+string(l), func(t *testing.T) {
				got := digests.ReplaceAllString(strings.Join(extract(t, made(t, kind, sampleOf(kind, l)).PDF), "\f\n"), "#")
				path := filepath.Join("testdata", kind+"."+string(l)+".txt")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				have, want := strings.Split(got, "\n"), strings.Split(string(b), "\n")
				for n := range max(len(have), len(want)) {
					h, w := at0(have, n), at0(want, n)
					if h != w {
						t.Fatalf("line %d of %s: got %q, want %q", n+1, path, h, w)
					}
				}
			})
		}
	}
}

func at0(lines []string, n int) string {
	if n >= len(lines) {
		return "(nothing)"
	}
	return lines[n]
}

// TestAnotherReaderFindsTheTextOfEveryDocument compares what pdftotext reads
// with what was entered, so that not only our own reader finds it.
func TestAnotherReaderFindsTheTextOfEveryDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and on one goroutine: not for the race detector")
	}
	pdftotext := tool(t, "pdftotext")
	for _, kind := range allKinds() {
		for _, l := range []Language{Chinese, English, Both} {
			in := sampleOf(kind, l)
			d := made(t, kind, in)
			out, err := exec.Command(pdftotext, "-raw", savedIn(t, d), "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			read := squeezed(string(out))
			for _, p := range positioned(t, d.PDF) {
				if s := squeezed(p.text); !strings.Contains(read, s) {
					t.Errorf("%s %s: pdftotext does not find %q", kind, l, s)
				}
			}
		}
	}
}

// standardCharacters are those every paper has to print. No free table of the
// 8,105 of 通用规范汉字表 is at hand: taken is the whole block that nearly all of
// them lie in (U+4E00 to U+9FA5). Not typed are the few in extension A and after
// U+9FA5; the 196 above U+FFFF are in TestCharactersAboveFFFFHaveGlyphsInEveryFace.
func standardCharacters() (out []string) {
	var b strings.Builder
	for r := rune(0x4E00); r <= 0x9FA5; r++ {
		b.WriteRune(r)
		if b.Len() >= 3*1024 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	return append(out, b.String())
}

// TestEveryStandardCharacterTypedIntoAPaperStandsOnIt types the characters into
// the longest slot of each kind, a different part into each, and reads them back.
func TestEveryStandardCharacterTypedIntoAPaperStandsOnIt(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and on one goroutine: not for the race detector")
	}
	parts := standardCharacters()
	n := 0
	for _, kind := range allKinds() {
		in := sampleOf(kind, Chinese)
		if len(in.Office.Fields) == 0 {
			continue
		}
		for range 3 {
			part := parts[n%len(parts)]
			n++
			in.Office.Fields[longSlot(in)] = part
			d := made(t, kind, in)
			for _, w := range d.Warnings {
				t.Errorf("%s: %s %v", kind, w.Message, w.Args)
			}
			on := textOf(t, d)
			for _, r := range part {
				if !strings.ContainsRune(on, r) {
					t.Errorf("%s lost %c (%U)", kind, r, r)
				}
			}
		}
	}
	if n < len(parts) {
		t.Errorf("%d of %d parts were typed: give each kind more", n, len(parts))
	}
}

// longSlot is the slot whose text is longest in the sample: one of paragraphs,
// and on every kind one that prints.
func longSlot(in Input) (name string) {
	for k, v := range in.Office.Fields {
		if len(v) > len(in.Office.Fields[name]) || len(v) == len(in.Office.Fields[name]) && k < name {
			name = k
		}
	}
	return name
}

// TestHostileInputPrintsInEveryKind: nobody's input keeps a paper from being
// made, or spoils the file.
func TestHostileInputPrintsInEveryKind(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and on one goroutine: not for the race detector")
	}
	const odd = "😀\u202eבראשית\x00\x07 e\u0301 葛\U000E0101 བོད\r\n\t"
	for _, kind := range allKinds() {
		in := sampleOf(kind, Both)
		if name := longSlot(in); name != "" {
			in.Office.Fields[name] = odd + strings.Repeat("换届筹备情况说明，", 100_000/9)
		}
		for i := range in.Parts {
			in.Parts[i].Input.Statement = odd
		}
		in.Organization.Name, in.Organization.Address, in.Statement = "云溪"+odd, odd, odd
		in.Findings[0].Text, in.Sections[0].Items[0].Note = odd, odd
		in.Photos[0].File, in.Photos[1].File, in.Photos[2].File = nil, []byte{}, samplePhoto(20_000, 8, 1)
		d := made(t, kind, in)
		if path, err := exec.LookPath("qpdf"); err == nil {
			if out, err := exec.Command(path, "--check", savedIn(t, d)).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", kind, err, out)
			}
		}
		if len(d.Warnings) == 0 && kind != "draw-record" && kind != "campaign-summary" {
			t.Errorf("%s: nothing was said of characters that do not print", kind)
		}
	}
}

// TestEveryFirstPageIsInkedWithinItsMargins renders each first page small: it
// is not blank, and nothing is drawn over the edge of the sheet.
func TestEveryFirstPageIsInkedWithinItsMargins(t *testing.T) {
	pdftoppm := tool(t, "pdftoppm")
	for _, kind := range allKinds() {
		root := filepath.Join(t.TempDir(), "page")
		if out, err := exec.Command(pdftoppm, "-r", "30", "-f", "1", "-l", "1", "-singlefile", "-gray", "-png", savedIn(t, made(t, kind, sampleOf(kind, Both))), root).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		f, err := os.Open(root + ".png")
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		ink, edge, b := 0, 0, m.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				if v, _, _, _ := m.At(x, y).RGBA(); v < 0xE000 {
					ink++
					if x < 5 || y < 5 || x >= b.Max.X-5 || y >= b.Max.Y-5 { // 4 mm
						edge++
					}
				}
			}
		}
		if share := float64(ink) / float64(b.Dx()*b.Dy()); share < 0.01 || share > 0.6 || edge > 0 {
			t.Errorf("%s: %.3f of the page is inked, %d pixels in the outer 4 mm", kind, share, edge)
		}
	}
}
