package report

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"sync"
	"unicode"
	"unicode/utf8"

	"plumbline/assets"
)

// face is one of the three embedded faces a document is set in.
type face int

const (
	body    face = iota // Noto Serif SC: what was written and read back, Song-like as documents want it
	label               // Noto Sans SC: small labels, captions, English beneath
	heading             // Noto Sans SC Bold: titles and headings
	faces   = 3
)

// faceFile and faceName say where a face is embedded and what it is called in
// the PDF.
var (
	faceFile = [faces]string{"NotoSerifSC-Regular.ttf", "NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"}
	faceName = [faces]string{"NotoSerifSC-Regular", "NotoSansSC-Regular", "NotoSansSC-Bold"}
)

// font is a parsed TrueType font with glyf outlines. Outlines are read from r
// when they are needed, so the 10 to 15 MB file is never copied to the heap.
type font struct {
	r       io.ReaderAt
	small   map[string][]byte // head, hhea, maxp, OS/2, name, post, prep …: copied into each subset
	groups  []cmapGroup       // sorted by first
	loca    []uint32          // offsets into glyf, one more than there are glyphs
	advance []uint16          // font units
	bearing []int16
	glyf    int64 // offset of the outlines
	perEm   int
}

// cmapGroup maps the run of characters first..last to glyphs from glyph on.
type cmapGroup struct {
	first, last rune
	glyph       int
}

func u16(b []byte, at int) int    { return int(binary.BigEndian.Uint16(b[at:])) }
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }

// readFont reads the tables of a TrueType font that a document needs. It
// refuses fonts with other than glyf outlines, and damaged ones.
func readFont(r io.ReaderAt, size int64) (f *font, err error) {
	defer func() {
		// Every offset below comes from the file; a damaged one must not
		// take the program down.
		if e := recover(); e != nil {
			f, err = nil, fmt.Errorf("report: damaged font: %v", e)
		}
	}()
	head := make([]byte, 12)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("report: read font: %w", err)
	}
	if u32(head, 0) != 0x00010000 {
		return nil, fmt.Errorf("report: not a TrueType font with glyf outlines (%08x)", u32(head, 0))
	}
	directory := make([]byte, 16*u16(head, 4))
	if _, err := r.ReadAt(directory, 12); err != nil {
		return nil, fmt.Errorf("report: read font directory: %w", err)
	}
	f = &font{r: r, small: map[string][]byte{}, glyf: -1}
	var cmap, loca, hmtx []byte
	for d := directory; len(d) >= 16; d = d[16:] {
		tag, offset, length := string(d[:4]), int64(u32(d, 8)), int64(u32(d, 12))
		if offset+length > size {
			return nil, fmt.Errorf("report: font table %s reaches beyond the file", tag)
		}
		if tag == "glyf" {
			f.glyf = offset
			continue
		}
		switch tag {
		case "cmap", "loca", "hmtx", "head", "hhea", "maxp", "OS/2", "name", "post", "prep", "cvt ", "fpgm", "gasp":
		default:
			continue
		}
		table := make([]byte, length)
		if _, err := r.ReadAt(table, offset); err != nil {
			return nil, fmt.Errorf("report: read font table %s: %w", tag, err)
		}
		switch tag {
		case "cmap":
			cmap = table
		case "loca":
			loca = table
		case "hmtx":
			hmtx = table
		default:
			f.small[tag] = table
		}
	}
	for _, tag := range []string{"head", "hhea", "maxp", "OS/2", "name", "post"} {
		if f.small[tag] == nil {
			return nil, fmt.Errorf("report: font has no %s table", tag)
		}
	}
	if f.glyf < 0 || cmap == nil || loca == nil || hmtx == nil {
		return nil, fmt.Errorf("report: font lacks glyf, cmap, loca or hmtx")
	}
	f.perEm = u16(f.small["head"], 18)
	if f.perEm == 0 {
		return nil, fmt.Errorf("report: font has no units per em")
	}
	glyphs := u16(f.small["maxp"], 4)
	f.loca = make([]uint32, glyphs+1)
	for i := range f.loca {
		if u16(f.small["head"], 50) == 1 {
			f.loca[i] = u32(loca, i*4)
		} else {
			f.loca[i] = uint32(u16(loca, i*2)) * 2
		}
	}
	metrics := u16(f.small["hhea"], 34)
	f.advance, f.bearing = make([]uint16, glyphs), make([]int16, glyphs)
	for g := range glyphs {
		if g < metrics {
			f.advance[g], f.bearing[g] = uint16(u16(hmtx, g*4)), int16(u16(hmtx, g*4+2))
		} else { // the rest repeat the last advance
			f.advance[g], f.bearing[g] = f.advance[metrics-1], int16(u16(hmtx, metrics*4+(g-metrics)*2))
		}
	}
	return f, f.readCmap(cmap)
}

// readCmap reads the character map of format 12, the only one that reaches
// the 196 standard characters above U+FFFF.
func (f *font) readCmap(cmap []byte) error {
	for i := range u16(cmap, 2) {
		sub := cmap[u32(cmap, 4+i*8+4):]
		if u16(sub, 0) != 12 {
			continue
		}
		for k := range int(u32(sub, 12)) {
			g := sub[16+k*12 : 28+k*12]
			group := cmapGroup{rune(u32(g, 0)), rune(u32(g, 4)), int(u32(g, 8))}
			if group.last < group.first || group.last > unicode.MaxRune || group.glyph+int(group.last-group.first) >= len(f.advance) {
				return fmt.Errorf("report: font maps %U..%U to glyphs it lacks", group.first, group.last)
			}
			f.groups = append(f.groups, group)
		}
		sort.Slice(f.groups, func(a, b int) bool { return f.groups[a].first < f.groups[b].first })
		return nil
	}
	return fmt.Errorf("report: font has no character map of format 12")
}

// glyph gives the glyph number of r, 0 when the font has none. A glyph without
// any ink counts as none, unless r is a space: a character typed must be seen.
func (f *font) glyph(r rune) int {
	i := sort.Search(len(f.groups), func(i int) bool { return f.groups[i].last >= r })
	if i == len(f.groups) || f.groups[i].first > r {
		return 0
	}
	g := f.groups[i].glyph + int(r-f.groups[i].first)
	if f.loca[g] == f.loca[g+1] && !unicode.IsSpace(r) {
		return 0
	}
	return g
}

// outline reads the outline of glyph g.
func (f *font) outline(g int) ([]byte, error) {
	from, to := f.loca[g], f.loca[g+1]
	if from >= to {
		return nil, nil
	}
	b := make([]byte, to-from)
	if _, err := f.r.ReadAt(b, f.glyf+int64(from)); err != nil {
		return nil, fmt.Errorf("report: read outline of glyph %d: %w", g, err)
	}
	return b, nil
}

// embedded parses each face once a process.
var embedded [faces]func() *font

func init() {
	for i := range embedded {
		embedded[i] = sync.OnceValue(func() *font {
			f, err := openEmbedded("fonts/" + faceFile[i])
			if err != nil {
				// The fonts are part of the program; a test opens all three.
				panic(err)
			}
			return f
		})
	}
}

func openEmbedded(name string) (*font, error) {
	file, err := assets.Fonts.Open(name)
	if err != nil {
		return nil, fmt.Errorf("report: open font: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("report: open font %s: %w", name, err)
	}
	r, ok := file.(io.ReaderAt) // true of embedded files: read in place, no copy
	if !ok {
		return nil, fmt.Errorf("report: font %s cannot be read in place", name)
	}
	return readFont(r, info.Size())
}

// drawn is how one character gets onto the paper.
type drawn struct {
	font    *font // where the outline comes from; nil = a box with the code, or nothing
	glyph   int
	advance float64 // thousandths of an em
	box     bool    // no face has it: a box with its U+ code stands in
}

// resolve finds how fc draws r: with its own glyph, with the glyph of another
// face that has it, invisibly when r is a format character, or as a box.
func resolve(fc face, r rune) drawn {
	if invisible(r) {
		return drawn{}
	}
	if !reordering(r) && !unicode.IsControl(r) {
		for i := range faces {
			f := embedded[(int(fc)+i)%faces]()
			if g := f.glyph(r); g > 0 {
				return drawn{font: f, glyph: g, advance: float64(f.advance[g]) * 1000 / float64(f.perEm)}
			}
		}
	}
	return drawn{box: true, advance: 1000}
}

// invisible tells the characters that by their nature leave no ink and take no
// room: joiners, the byte order mark, variation selectors. They stay in the
// text layer.
func invisible(r rune) bool {
	switch r {
	case 0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF:
		return true
	}
	return variation(r)
}

// variation tells the selectors that ask for another shape of the character
// before them, which our faces cannot give.
func variation(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF
}

// reordering tells the controls that would make a reader see the text in
// another order than it was typed; in evidence they must show.
func reordering(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// Missing tells the characters of text that no document can print as typed, in
// order of first appearance, each once: characters without a glyph (they print
// as a box with their code), control characters, and variation selectors (the
// character before them prints in its usual shape). Bytes that are no UTF-8
// show up as U+FFFD. It is cheap enough to run at every key.
func Missing(text string) []rune {
	var missing []rune
	seen := map[rune]bool{}
	for _, r := range text {
		if r >= 0x20 && r < 0x7F || r == '\n' || r == '\r' || r == '\t' || seen[r] {
			continue
		}
		seen[r] = true
		if lineSeparator(r) {
			continue
		}
		if variation(r) || resolve(body, r).box {
			missing = append(missing, r)
		}
	}
	return missing
}

// Printable tells whether text prints exactly as typed: no character missing
// and every byte valid UTF-8.
func Printable(text string) bool {
	return utf8.ValidString(text) && len(Missing(text)) == 0
}

// widthOf gives the width of s in mm, set in fc at size points.
func widthOf(fc face, size float64, s string) float64 {
	sum := 0.0
	for _, r := range s {
		sum += advanceOf(fc, r)
	}
	return sum * size / 1000 * mmPerPoint
}

// advances remembers the advances of the characters below U+10000 of each
// face; measuring is what laying out spends most of its time on.
var advances [faces]sync.Map

// advanceOf gives the advance of r in thousandths of an em.
func advanceOf(fc face, r rune) float64 {
	if r >= 0x4E00 && r <= 0x9FA5 {
		return 1000 // every face covers these and sets them square: TestEveryIdeographIsSquare
	}
	if v, ok := advances[fc].Load(r); ok {
		return v.(float64)
	}
	a := resolve(fc, r).advance
	advances[fc].Store(r, a)
	return a
}

const mmPerPoint = 25.4 / 72
