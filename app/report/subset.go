package report

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sort"
)

// codes gives each character of one document the 16-bit code it has in the
// PDF: its own for characters up to U+FFFF, a free one (private use first) for
// the characters above, which gofpdf cannot write. ToUnicode turns the codes
// back, so that copying and searching find what was typed.
type codes map[rune]rune

// assignCodes chooses the codes for all characters used in a document.
func assignCodes(used map[rune]bool) (codes, error) {
	c := codes{}
	free := rune(0xE000 - 1)
	next := func() bool {
		for {
			free++
			if free == 0xF900 { // private use is full: take ideographs the document does not use
				free = 0x3400
			}
			if free == 0xD800 || !used[free] {
				return free != 0xD800
			}
		}
	}
	for _, r := range slices.Sorted(maps.Keys(used)) {
		// gofpdf drops code 0 and a character map ends with 0xFFFF.
		if r >= 0x20 && r < 0xFFFF {
			c[r] = r
			continue
		}
		if !next() {
			return nil, fmt.Errorf("report: more different characters than one document can hold")
		}
		c[r] = free
	}
	return c, nil
}

// encode turns text into the codes of the document.
func (c codes) encode(text string) string {
	plain := true
	for _, r := range text {
		if c[r] != r {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	out := make([]rune, 0, len(text))
	for _, r := range text {
		out = append(out, c[r])
	}
	return string(out)
}

// cut builds a TrueType font that holds just the characters used in face fc,
// at their codes. Characters that no face has get a box with their code.
// The result is a fresh slice: gofpdf writes into the bytes it is given.
func cut(fc face, used map[rune]bool, c codes) ([]byte, error) {
	main := embedded[fc]()
	b := subset{}
	notdef, err := main.outline(0)
	if err != nil {
		return nil, err
	}
	b.add(notdef, int(main.advance[0]), int(main.bearing[0]))
	type source struct {
		font  *font
		glyph int
	}
	at := map[source]int{} // two characters may share a glyph
	type pair struct {
		code  rune
		glyph int
	}
	var mapped []pair
	for _, r := range slices.Sorted(maps.Keys(used)) {
		d := resolve(fc, r)
		if d.font == nil {
			var outline []byte
			if d.box {
				outline = codeBox(r)
			}
			mapped = append(mapped, pair{c[r], b.add(outline, int(d.advance)*main.perEm/1000, 0)})
			continue
		}
		g, ok := at[source{d.font, d.glyph}]
		if !ok {
			outline, err := d.font.outline(d.glyph)
			if err != nil {
				return nil, err
			}
			if len(outline) > 1 && int16(u16(outline, 0)) < 0 {
				return nil, fmt.Errorf("report: %U is a composite glyph, which this font cutter does not handle", r)
			}
			if d.font.perEm != main.perEm {
				return nil, fmt.Errorf("report: %U comes from a face with other units", r)
			}
			g = b.add(outline, int(d.font.advance[d.glyph]), int(d.font.bearing[d.glyph]))
			at[source{d.font, d.glyph}] = g
		}
		mapped = append(mapped, pair{c[r], g})
	}
	sort.Slice(mapped, func(i, j int) bool { return mapped[i].code < mapped[j].code })

	var segments []segment
	for _, m := range mapped {
		code := int(m.code)
		if k := len(segments) - 1; k >= 0 && code == segments[k].last+1 && m.glyph-code == segments[k].delta {
			segments[k].last++
			continue
		}
		segments = append(segments, segment{code, code, m.glyph - code})
	}
	return b.assemble(main, segments), nil
}

// segment maps the codes first..last to glyphs code+delta.
type segment struct{ first, last, delta int }

// subset collects the glyphs of a font being cut.
type subset struct {
	glyf, hmtx       []byte
	loca             []uint32
	points, contours int // the largest of the glyphs we drew ourselves
}

// add appends one glyph and gives its number.
func (b *subset) add(outline []byte, advance, bearing int) int {
	b.loca = append(b.loca, uint32(len(b.glyf)))
	b.glyf = append(b.glyf, outline...)
	for len(b.glyf)%4 != 0 {
		b.glyf = append(b.glyf, 0)
	}
	b.hmtx = put16(b.hmtx, advance, bearing)
	if len(outline) > 10 {
		n := u16(outline, 0)
		b.contours = max(b.contours, n)
		b.points = max(b.points, u16(outline, 10+2*(n-1))+1)
	}
	return len(b.loca) - 1
}

// put16 appends 16-bit numbers in the font's byte order.
func put16(b []byte, v ...int) []byte {
	for _, x := range v {
		b = append(b, byte(x>>8), byte(x))
	}
	return b
}

// assemble writes the font file around the collected glyphs.
func (b *subset) assemble(from *font, segments []segment) []byte {
	loca := make([]byte, 0, 4*len(b.loca)+4)
	for _, o := range append(b.loca, uint32(len(b.glyf))) {
		loca = binary.BigEndian.AppendUint32(loca, o)
	}
	tables := map[string][]byte{"glyf": b.glyf, "loca": loca, "hmtx": b.hmtx, "cmap": cmapTable(segments)}
	for tag, t := range from.small {
		tables[tag] = slices.Clone(t)
	}
	binary.BigEndian.PutUint32(tables["head"][8:], 0)
	binary.BigEndian.PutUint16(tables["head"][50:], 1) // long loca
	binary.BigEndian.PutUint16(tables["hhea"][34:], uint16(len(b.loca)))
	maxp := tables["maxp"]
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(b.loca)))
	binary.BigEndian.PutUint16(maxp[6:], uint16(max(u16(maxp, 6), b.points)))
	binary.BigEndian.PutUint16(maxp[8:], uint16(max(u16(maxp, 8), b.contours)))
	post := make([]byte, 32)
	copy(post, tables["post"][:min(16, len(tables["post"]))])
	binary.BigEndian.PutUint32(post, 0x00030000) // no glyph names
	tables["post"] = post

	tags := slices.Sorted(maps.Keys(tables))
	power, log := 1, 0
	for power*2 <= len(tags) {
		power, log = power*2, log+1
	}
	size := 12 + 16*len(tags)
	for _, t := range tables {
		size += len(t) + 3
	}
	out := put16(append(make([]byte, 0, size), 0, 1, 0, 0), len(tags), power*16, log, len(tags)*16-power*16)
	offset, headAt := 12+16*len(tags), 0
	for _, tag := range tags {
		t := tables[tag]
		if tag == "head" {
			headAt = offset
		}
		out = append(out, tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(t))
		out = binary.BigEndian.AppendUint32(out, uint32(offset))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t)))
		offset += (len(t) + 3) &^ 3
	}
	for _, tag := range tags {
		out = append(out, tables[tag]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-checksum(out))
	return out
}

func checksum(b []byte) (sum uint32) {
	for len(b) >= 4 {
		sum += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	if len(b) > 0 {
		var last [4]byte
		copy(last[:], b)
		sum += binary.BigEndian.Uint32(last[:])
	}
	return sum
}

// cmapTable writes a character map of format 4, the only one gofpdf reads.
func cmapTable(segments []segment) []byte {
	segments = append(slices.Clone(segments), segment{0xFFFF, 0xFFFF, 1})
	n := len(segments)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	b := put16(nil, 0, 1, 3, 1, 0, 12) // one Unicode subtable at offset 12
	b = put16(b, 4, 16+8*n, 0, n*2, power*2, log, n*2-power*2)
	for _, s := range segments {
		b = put16(b, s.last)
	}
	b = put16(b, 0)
	for _, s := range segments {
		b = put16(b, s.first)
	}
	for _, s := range segments {
		b = put16(b, s.delta)
	}
	for range segments {
		b = put16(b, 0)
	}
	return b
}

// hexDigits are the sixteen digits on a grid of 3 × 5, a row in three bits,
// top first.
var hexDigits = [16][5]byte{
	{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 3, 1, 7},
	{5, 5, 7, 1, 1}, {7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 1, 1},
	{7, 5, 7, 5, 7}, {7, 5, 7, 1, 7}, {7, 5, 7, 5, 5}, {6, 5, 6, 5, 6},
	{7, 4, 4, 4, 7}, {6, 5, 5, 5, 6}, {7, 4, 6, 4, 7}, {7, 4, 6, 4, 4},
}

// codeBox draws the glyph that stands in for a character no face has: a box
// with its code in hexadecimal, so that nothing vanishes from the paper.
func codeBox(r rune) []byte {
	digits := []byte(fmt.Sprintf("%04X", r))
	perRow := (len(digits) + 1) / 2
	type rect struct{ x0, y0, x1, y1 int }
	var boxes []rect
	const left, right, bottom, top, line = 50, 950, -130, 870, 36
	pixelX := (right - left - 2*line) / (perRow*4 + 1)
	const pixelY = 66
	for i, d := range digits {
		v := int(d - '0')
		if d >= 'A' {
			v = int(d-'A') + 10
		}
		row, column := i/perRow, i%perRow
		count := min(perRow, len(digits)-row*perRow)
		x0 := (left+right-(count*4-1)*pixelX)/2 + column*4*pixelX
		y0 := top - 110 - row*(6*pixelY+20)
		for y, bits := range hexDigits[v] {
			for x := 0; x < 3; x++ {
				if bits&(4>>x) == 0 {
					continue
				}
				end := x
				for end < 2 && bits&(4>>(end+1)) != 0 {
					end++
				}
				boxes = append(boxes, rect{x0 + x*pixelX, y0 - (y+1)*pixelY, x0 + (end+1)*pixelX, y0 - y*pixelY})
				x = end
			}
		}
	}
	// The frame: outer contour clockwise (ink), inner one counter-clockwise (hole).
	type point struct{ x, y int }
	contours := [][]point{
		{{left, bottom}, {left, top}, {right, top}, {right, bottom}},
		{{left + line, bottom + line}, {right - line, bottom + line}, {right - line, top - line}, {left + line, top - line}},
	}
	for _, b := range boxes {
		contours = append(contours, []point{{b.x0, b.y0}, {b.x0, b.y1}, {b.x1, b.y1}, {b.x1, b.y0}})
	}
	g := put16(nil, len(contours), left, bottom, right, top)
	for i := range contours {
		g = put16(g, 4*(i+1)-1)
	}
	g = put16(g, 0) // no instructions
	for range 4 * len(contours) {
		g = append(g, 1) // on the curve, both coordinates in 16 bits
	}
	for _, axis := range []func(point) int{func(p point) int { return p.x }, func(p point) int { return p.y }} {
		last := 0
		for _, c := range contours {
			for _, p := range c {
				g = put16(g, axis(p)-last)
				last = axis(p)
			}
		}
	}
	return g
}
