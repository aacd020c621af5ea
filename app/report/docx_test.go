package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"plumbline/app/record"
)

// wordParts opens a .docx and checks what every reader asks of it: that each part
// is named by a type and a relation leads to it, that all are well-formed XML, and
// that the elements whose order the standard lays down are in that order.
func wordParts(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(content)
		d := xml.NewDecoder(bytes.NewReader(content))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	if z.File[0].Name != "[Content_Types].xml" {
		t.Errorf("the first part is %s", z.File[0].Name)
	}
	for name := range parts {
		if strings.HasSuffix(name, ".xml") && name != "[Content_Types].xml" && !strings.Contains(parts["[Content_Types].xml"], `"/`+name+`"`) {
			t.Errorf("%s has no type", name)
		}
	}
	for rels, folder := range map[string]string{"_rels/.rels": "", "word/_rels/document.xml.rels": "word/"} {
		var r struct {
			Relationship []struct {
				Target string `xml:",attr"`
			}
		}
		if err := xml.Unmarshal([]byte(parts[rels]), &r); err != nil || len(r.Relationship) == 0 {
			t.Fatalf("%s: %v", rels, err)
		}
		for _, x := range r.Relationship {
			if parts[folder+x.Target] == "" {
				t.Errorf("%s leads to %s, which is not there", rels, x.Target)
			}
		}
	}
	return parts
}

// order is that of the children of some elements (ECMA-376 part 1, 17.3.1.26,
// 17.3.2.28, 17.4.60, 17.4.66): Word refuses a file that has another.
var order = map[string][]string{
	"pPr":   {"keepNext", "pBdr", "spacing", "ind", "jc"},
	"rPr":   {"rFonts", "b", "color", "spacing", "sz", "szCs"},
	"tblPr": {"tblW", "tblBorders", "tblLayout", "tblCellMar"},
	"tcPr":  {"tcW", "gridSpan", "shd", "vAlign"},
	"trPr":  {"cantSplit", "tblHeader"},
	"tbl":   {"tblPr", "tblGrid", "tr"},
	"tr":    {"trPr", "tc"},
	"p":     {"pPr", "r"},
	"r":     {"rPr", "t"},
}

// wordText reads the text of a document part as a person sees it, one paragraph a
// line, and checks its structure.
func readWord(t *testing.T, part string) string {
	t.Helper()
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(part))
	type level struct {
		name string
		last int // place in its order of the last child
		kids int
	}
	stack := []level{{}}
	cells, grid := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			up := &stack[len(stack)-1]
			up.kids++
			if known := order[up.name]; known != nil {
				if at := slices.Index(known, x.Name.Local); at >= 0 {
					if at < up.last {
						t.Fatalf("%s comes after %s in %s", x.Name.Local, known[up.last], up.name)
					}
					up.last = at
				}
			}
			switch x.Name.Local {
			case "tblGrid":
				grid = 0
			case "gridCol":
				grid++
			case "tr":
				cells = 0
			case "gridSpan":
				n := 0
				fmt.Sscan(x.Attr[0].Value, &n)
				cells += n
			case "br":
				out.WriteString("\n")
			case "tab":
				out.WriteString("\t")
			}
			stack = append(stack, level{name: x.Name.Local})
		case xml.EndElement:
			l := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			switch l.name {
			case "p":
				out.WriteString("\n")
			case "tc":
				if l.kids < 2 { // its properties and a paragraph at least
					t.Fatal("a cell holds no paragraph")
				}
			case "tr":
				if cells != grid {
					t.Fatalf("a row spans %d of %d columns", cells, grid)
				}
			}
		case xml.CharData:
			if stack[len(stack)-1].name == "t" {
				out.Write(x)
			}
		}
	}
}

func TestEveryDraftOfTheOfficeGoesToAWordProcessorWhole(t *testing.T) {
	for _, kind := range allKinds() {
		if !Editable(kind) {
			continue
		}
		for _, l := range []Language{Chinese, English, Both} {
			t.Run(kind+"/"+string(l), func(t *testing.T) {
				t.Parallel()
				in := sampleOf(kind, l)
				in.Office.Issued, in.Office.IssuedOn = false, in.At
				b, err := Word(kind, in)
				if err != nil {
					t.Fatal(err)
				}
				parts := wordParts(t, b)
				text := squeezed(readWord(t, parts["word/document.xml"]))
				if key := unwritten.FindString(text); key != "" {
					t.Errorf("a key or placeholder stands for its words: %s", key)
				}
				for name, v := range in.Office.Fields {
					for _, line := range strings.Split(v, "\n") {
						if !strings.Contains(text, squeezed(line)) {
							t.Errorf("slot %s: %q is not in the file", name, line)
						}
					}
				}
				// What the print says is all there: character by character, as often.
				printed := map[rune]int{}
				w, err := newWords(l)
				if err != nil {
					t.Fatal(err)
				}
				s := newSheet(layouts[kind].frame)
				s.bottom = endless
				r := &paper{words: w, sheet: s, in: in, kind: kind}
				if layouts[kind].outward {
					r.in = withoutSensitive(in)
				}
				if err := layouts[kind].draw(r); err != nil {
					t.Fatal(err)
				}
				for _, o := range s.pages[0] {
					if x, ok := o.(textOp); ok {
						for _, c := range squeezed(x.text) {
							printed[c]++
						}
					}
				}
				for _, c := range text {
					printed[c]--
				}
				for c, n := range printed {
					if n > 0 && c != ' ' {
						t.Errorf("%q is printed %d times more than it is in the file", c, n)
					}
				}
				again, err := Word(kind, in)
				if err != nil || !bytes.Equal(b, again) {
					t.Errorf("the same input gives other bytes (%v)", err)
				}
			})
		}
	}
}

func TestADraftIsSetAsOfficialDocumentsAre(t *testing.T) {
	b, err := Word("correction-order", sampleOf("correction-order", Chinese))
	if err != nil {
		t.Fatal(err)
	}
	part := wordParts(t, b)["word/document.xml"]
	for what, want := range map[string]string{
		"the text in size 3 of 仿宋":          `w:eastAsia="仿宋"/><w:color w:val="1C2126"/><w:sz w:val="32"/>`,
		"the title in size 2 of 小标宋":        `w:eastAsia="方正小标宋简体"/><w:color w:val="1C2126"/><w:sz w:val="44"/>`,
		"headings in 黑体":                    `w:eastAsia="黑体"`,
		"two characters before a paragraph": `w:firstLineChars="200"`,
		"the title centred":                 `<w:jc w:val="center"/>`,
		"37 mm above, 28 at the binding":    `<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`,
		"the red rule":                      `w:color="C81010"`,
	} {
		if !strings.Contains(part, want) {
			t.Errorf("%s: no %s", what, want)
		}
	}
}

func TestHostileTextIsTextInAWordProcessor(t *testing.T) {
	in := sampleOf("case-proposal", Chinese)
	var controls strings.Builder
	for r := rune(0); r < 0x20; r++ {
		controls.WriteRune(r)
	}
	hostile := `</w:t><w:p>&amp;"'` + controls.String() + "\x7f\u2028\ufffe\U0002CC56\U0001F600\u202E]]>\xff"
	in.Office.Fields["case_facts"] = hostile
	in.Organization.Name = hostile
	b, err := Word("case-proposal", in)
	if err != nil {
		t.Fatal(err)
	}
	text := readWord(t, wordParts(t, b)["word/document.xml"])
	for _, want := range []string{`</w:t><w:p>&amp;"'`, "␀␁␂␃␄␅␆␇␈\t\n␋␌", "␟␡", "\U0002CC56\U0001F600\u202E]]>\ufffd"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the file", want)
		}
	}
}

func TestWhatInspectorsRecordedIsNotEdited(t *testing.T) {
	for _, kind := range []string{"inspection-record", "photo-sheet", "dossier", "poem"} {
		if _, err := Word(kind, sampleOf("inspection-record", Chinese)); record.CodeOf(err) != record.Invalid {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
