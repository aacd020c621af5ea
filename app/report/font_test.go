package report

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"plumbline/assets"
)

func TestAllThreeFacesOpen(t *testing.T) {
	for i := range faces {
		f, err := openEmbedded("fonts/" + faceFile[i])
		if err != nil {
			t.Fatal(err)
		}
		// The cutter copies single outlines; a composite one would need its parts.
		head := make([]byte, 2)
		for g := range f.advance {
			if f.loca[g] == f.loca[g+1] {
				continue
			}
			if _, err := f.r.ReadAt(head, f.glyf+int64(f.loca[g])); err != nil {
				t.Fatal(err)
			}
			if int16(u16(head, 0)) < 0 {
				t.Fatalf("%s: glyph %d is composite", faceFile[i], g)
			}
		}
	}
}

func TestEveryIdeographIsSquare(t *testing.T) {
	for fc := range faces {
		for r := rune(0x4E00); r <= 0x9FA5; r++ {
			if d := resolve(face(fc), r); d.advance != 1000 || d.box {
				t.Fatalf("face %d sets %c (%U) %v wide, box %v; want 1000", fc, r, r, d.advance, d.box)
			}
		}
	}
}

func TestMissingTellsWhatDoesNotPrintAsTyped(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"经查，该单位𬱖𬭸𬬭𫖯㛃䶮㐱堃。\n\t“”‘’——……·《》〔2026〕￥¥%℃√×□■①⑩≤", ""},
		{"Plain English, with numbers 0123456789.", ""},
		{"😀a😀b☑", "😀☑"},
		{"བོད", "བོད"},
		{"ascii\x00\x07\x7f", "\x00\x07\x7f"},
		{"葛\U000E0101", "\U000E0101"},
		{"a\u202eb", "\u202e"},
		{"joined\u200d\ufeff", ""},
		{"bad \xff byte", "\uFFFD"},
	} {
		if got := string(Missing(c.text)); got != c.want {
			t.Errorf("Missing(%q) = %q, want %q", c.text, got, c.want)
		}
		if got := Printable(c.text); got != (c.want == "") {
			t.Errorf("Printable(%q) = %v", c.text, got)
		}
	}
}

// The table of standard characters has 196 above U+FFFF; these stand for them.
func TestCharactersAboveFFFFHaveGlyphsInEveryFace(t *testing.T) {
	for fc := range faces {
		for _, r := range "𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓" {
			if resolve(face(fc), r).box {
				t.Errorf("%s has no glyph for %c (%U)", faceFile[fc], r, r)
			}
		}
	}
}

func TestCutFontKeepsAdvancesAndOutlines(t *testing.T) {
	used := map[rune]bool{}
	for _, r := range "经查，𬱖某某 Office (0117)😀\u200d\x07" {
		used[r] = true
	}
	c, err := assignCodes(used)
	if err != nil {
		t.Fatal(err)
	}
	for fc := range faces {
		file, err := cut(face(fc), used, c)
		if err != nil {
			t.Fatal(err)
		}
		sum := checksum(file)
		if sum != 0xB1B0AFBA {
			t.Errorf("checksum of the cut font = %08X, want B1B0AFBA", sum)
		}
		// Read it back; its map is of format 4, which the reader of the big
		// faces does not know, so only the glyph count and sizes are compared.
		if len(file) > 60_000 {
			t.Errorf("cut font of %d characters is %d bytes", len(used), len(file))
		}
	}
	if c['𬱖'] < 0xE000 || c['𬱖'] > 0xF8FF || c['经'] != '经' || c['\x07'] == '\x07' {
		t.Errorf("codes: 𬱖 %U, 经 %U, BEL %U", c['𬱖'], c['经'], c['\x07'])
	}
}

func TestCodesNeverClash(t *testing.T) {
	used := map[rune]bool{}
	for r := rune(0xE000); r < 0xE100; r++ { // private use typed by somebody
		used[r] = true
	}
	for r := rune(0x20000); r < 0x20000+9000; r++ { // more than private use holds
		used[r] = true
	}
	c, err := assignCodes(used)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[rune]rune{}
	for r, code := range c {
		if other, ok := taken[code]; ok {
			t.Fatalf("%U and %U both have code %U", r, other, code)
		}
		if code <= 0 || code > 0xFFFE || code >= 0xD800 && code < 0xE000 {
			t.Fatalf("%U has the impossible code %U", r, code)
		}
		taken[code] = r
	}
}

// The widths the PDF declares are those the lines were measured with: a reader
// that trusts one and a layout that trusts the other would overlap.
func TestDeclaredWidthsAreTheMeasuredOnes(t *testing.T) {
	d := printed(t, sampleRecord(Both, 20, 0))
	file, err := readObjects(d.PDF)
	if err != nil {
		t.Fatal(err)
	}
	m := toUnicodeOf(t, file)
	checked := 0
	for _, o := range file.objects[1:] {
		if !strings.Contains(o.head, "/CIDFontType2") {
			continue
		}
		fc := body
		switch {
		case strings.Contains(o.head, faceName[label]):
			fc = label
		case strings.Contains(o.head, faceName[heading]):
			fc = heading
		}
		_, w, _ := strings.Cut(o.head, "/W [")
		w, _, _ = strings.Cut(w, "/CIDToGIDMap")
		for code, width := range cidWidths(t, w) {
			s, ok := m[uint16(code)]
			if !ok {
				continue // gofpdf lists the Latin letters whether used or not
			}
			r := []rune(s)[0]
			if want := resolve(fc, r).advance; float64(width) != want {
				t.Errorf("%s declares %d for %q, measured %v", faceName[fc], width, s, want)
			}
			checked++
		}
	}
	if checked < 500 {
		t.Errorf("only %d widths compared", checked)
	}
}

// What a reader draws for each code is the outline of the character that the
// text layer says it is, or the box with its code: paper and text agree.
func TestPaperAndTextLayerAgree(t *testing.T) {
	in := sampleRecord(Both, 20, 1)
	in.Statement = "😀" + astral
	file, err := readObjects(printed(t, in).PDF)
	if err != nil {
		t.Fatal(err)
	}
	m := toUnicodeOf(t, file)
	ref := func(head, key string) object {
		_, after, ok := strings.Cut(head, "/"+key+" ")
		n, err := strconv.Atoi(firstWord(after))
		if !ok || err != nil {
			t.Fatalf("no /%s in %.80s", key, head)
		}
		return file.objects[n]
	}
	compared := 0
	for _, o := range file.objects[1:] {
		if !strings.Contains(o.head, "/CIDFontType2") {
			continue
		}
		fc := body
		for i, name := range faceName {
			if strings.Contains(o.head, "+"+name+"\n") {
				fc = face(i)
			}
		}
		gids := inflate(t, ref(o.head, "CIDToGIDMap").stream)
		font := inflate(t, ref(ref(o.head, "FontDescriptor").head, "FontFile2").stream)
		tables := map[string][]byte{}
		for i := range u16(font, 4) {
			d := font[12+16*i:]
			tables[string(d[:4])] = font[u32(d, 8):][:u32(d, 12)]
		}
		outline := func(g int) []byte {
			if u16(tables["head"], 50) == 1 {
				return tables["glyf"][u32(tables["loca"], 4*g):u32(tables["loca"], 4*g+4)]
			}
			return tables["glyf"][2*u16(tables["loca"], 2*g) : 2*u16(tables["loca"], 2*g+2)]
		}
		for code, text := range m {
			g := u16(gids, 2*int(code))
			if g == 0 {
				continue // not used in this face
			}
			r := []rune(text)[0]
			d := resolve(fc, r)
			want := codeBox(r)
			if d.font != nil {
				if want, err = d.font.outline(d.glyph); err != nil {
					t.Fatal(err)
				}
			} else if !d.box {
				want = nil
			}
			if got := outline(g); !bytes.Equal(bytes.TrimRight(got, "\x00"), bytes.TrimRight(want, "\x00")) {
				t.Errorf("%s draws something else for %q (%U)", faceName[fc], text, r)
			}
			compared++
		}
	}
	if compared < 500 {
		t.Errorf("only %d outlines compared", compared)
	}
}

// cidWidths reads a /W array: "c [w …]" and "first last w".
func cidWidths(t *testing.T, s string) map[int]int {
	t.Helper()
	widths := map[int]int{}
	tokens := regexp.MustCompile(`[\[\]]|\d+`).FindAllString(s, -1)
	for i := 0; i < len(tokens) && tokens[i] != "]"; {
		n := func(k int) int { v, _ := strconv.Atoi(tokens[k]); return v }
		first := n(i)
		if tokens[i+1] == "[" {
			i += 2
			for ; tokens[i] != "]"; i++ {
				widths[first] = n(i)
				first++
			}
			i++
			continue
		}
		for c := first; c <= n(i+1); c++ {
			widths[c] = n(i + 2)
		}
		i += 3
	}
	return widths
}

func TestManyDocumentsAtOnce(t *testing.T) {
	in := sampleRecord(Both, 8, 2)
	want := printed(t, in).SHA256
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			d, err := InspectionRecord(in)
			if err != nil || d.SHA256 != want {
				t.Errorf("beside others a record came out as %s (%v), want %s", d.SHA256, err, want)
			}
		})
	}
	wg.Wait()
}

func FuzzReadFont(f *testing.F) {
	file, err := assets.Fonts.Open("fonts/" + faceFile[label])
	if err != nil {
		f.Fatal(err)
	}
	head := make([]byte, 16_000)
	if _, err := io.ReadFull(file, head); err != nil {
		f.Fatal(err)
	}
	f.Add(head)
	f.Add([]byte("\x00\x01\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		font, err := readFont(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			font.glyph('经')
		}
	})
}
