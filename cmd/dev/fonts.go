package main

import (
	"bufio"
	"cmp"
	"compress/bzip2"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// screenFonts are the faces of the window: from the whole font, which documents
// use, to the part of it that a window parses when it starts.
var screenFonts = map[string]string{
	"assets/fonts/NotoSansSC-Regular.ttf": "assets/fonts/screen/NotoSansSC-Regular.ttf",
	"assets/fonts/NotoSansSC-Bold.ttf":    "assets/fonts/screen/NotoSansSC-Bold.ttf",
}

// unihan is where Debian's unicode-data lists which standards a character is in.
const unihan = "/usr/share/unicode/Unihan_OtherMappings.txt.bz2"

func fontsVerb(ctx context.Context, args []string) error {
	f := flags("fonts", `Makes assets/fonts/screen anew: the characters of GB 2312 and of the Table of General Standard Chinese
Characters (8,105), Latin, punctuation and signs, cut out of the whole fonts in assets/fonts, without hints and
layout tables. The window parses these when it starts (a quarter of the time and memory of the whole ones) and the
whole fonts only when a rarer character comes up. Documents always use the whole fonts. Nothing needs this verb but
a change of the fonts or of the characters chosen: what it makes is kept in the repository.
`)
	if err := parse(f, args); err != nil {
		return err
	}
	if err := install(ctx, []string{"unicode-data"}); err != nil {
		return err
	}
	wanted, err := screenCharacters()
	if err != nil {
		return err
	}
	for _, whole := range slices.Sorted(maps.Keys(screenFonts)) {
		b, err := os.ReadFile(whole)
		if err != nil {
			return err
		}
		small, characters, err := subsetFont(b, wanted)
		if err != nil {
			return fmt.Errorf("%s: %w", whole, err)
		}
		to := screenFonts[whole]
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, small, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d characters, %.2f MB of %.2f MB\n", to, characters, float64(len(small))/1e6, float64(len(b))/1e6)
	}
	return nil
}

// screenCharacters lists the characters a window meets every day.
func screenCharacters() (map[rune]bool, error) {
	wanted := map[rune]bool{}
	for _, span := range [][2]rune{
		{0x20, 0x7E}, {0xA0, 0x17F}, // Latin, as in foreign names
		{0x2C6, 0x2DD}, {0x391, 0x3C9}, {0x401, 0x451}, // spacing accents, Greek, Cyrillic
		{0x2010, 0x2027}, {0x2030, 0x205E}, {0x20A0, 0x20BF}, {0x2100, 0x214F}, {0x2150, 0x218B}, // punctuation, money, №, Ⅳ
		{0x2190, 0x21FF}, {0x2200, 0x22FF}, {0x2460, 0x24FF}, {0x2500, 0x257F}, {0x25A0, 0x25FF}, {0x2600, 0x26FF}, // → ≤ ① ─ ■ ★
		{0x3000, 0x303F}, {0x3100, 0x312F}, {0x3200, 0x33FF}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF}, // 、〔〕 ㈠ ㎡ ，
	} {
		for r := span[0]; r <= span[1]; r++ {
			wanted[r] = true
		}
	}
	f, err := os.Open(unihan)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(bzip2.NewReader(f))
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		if len(words) < 3 || words[1] != "kTGH" && words[1] != "kGB0" {
			continue
		}
		r, err := strconv.ParseUint(strings.TrimPrefix(words[0], "U+"), 16, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", unihan, err)
		}
		wanted[rune(r)] = true
	}
	return wanted, lines.Err()
}

var be = binary.BigEndian

// errFont is a font in a form subsetFont does not know.
var errFont = errors.New("not a TrueType font this program can cut")

// subsetFont keeps the glyphs of some characters of a TrueType font, and of its
// tables those that drawing a line of text needs. It gives the font and how
// many characters it has.
func subsetFont(font []byte, wanted map[rune]bool) (small []byte, characters int, err error) {
	defer func() {
		if recover() != nil { // an offset beyond the end
			err = errFont
		}
	}()
	tables := map[string][]byte{}
	for n := range int(be.Uint16(font[4:])) {
		d := font[12+16*n:]
		tables[string(d[:4])] = font[be.Uint32(d[8:]) : be.Uint32(d[8:])+be.Uint32(d[12:])]
	}
	all, err := readCmap(tables["cmap"])
	if err != nil {
		return nil, 0, err
	}
	glyphs := glyphTable{glyf: tables["glyf"], loca: tables["loca"], long: be.Uint16(tables["head"][50:]) == 1}
	kept := map[rune]int{}
	keep := map[int]bool{0: true}
	for r := range wanted {
		if g, ok := all[r]; ok {
			kept[r] = g
			keep[g] = true
		}
	}
	for todo := slices.Collect(maps.Keys(keep)); len(todo) > 0; {
		g := todo[0]
		todo = todo[1:]
		for _, part := range glyphs.parts(g) {
			if !keep[part] {
				keep[part] = true
				todo = append(todo, part)
			}
		}
	}
	order := slices.Sorted(maps.Keys(keep))
	place := map[int]int{}
	for n, g := range order {
		place[g] = n
	}
	for r, g := range kept {
		kept[r] = place[g]
	}
	var glyf, loca, hmtx []byte
	measured := int(be.Uint16(tables["hhea"][34:])) // glyphs after these are as wide as the last of them
	for _, g := range order {
		loca = be.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, glyphs.moved(g, place)...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		old := tables["hmtx"]
		hmtx = append(hmtx, old[4*min(g, measured-1):4*min(g, measured-1)+2]...)
		if side := 4*g + 2; g < measured {
			hmtx = append(hmtx, old[side:side+2]...)
		} else {
			side = 4*measured + 2*(g-measured)
			hmtx = append(hmtx, old[side:side+2]...)
		}
	}
	loca = be.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(tables["head"]), slices.Clone(tables["hhea"]), slices.Clone(tables["maxp"])
	be.PutUint32(head[8:], 0)
	be.PutUint16(head[50:], 1)
	be.PutUint16(hhea[34:], uint16(len(order)))
	be.PutUint16(maxp[4:], uint16(len(order)))
	post := slices.Clone(tables["post"][:32])
	be.PutUint32(post, 0x00030000) // no names of glyphs
	return writeFont(map[string][]byte{
		"head": head, "hhea": hhea, "maxp": maxp, "post": post, "hmtx": hmtx, "loca": loca, "glyf": glyf,
		"cmap": writeCmap(kept), "OS/2": tables["OS/2"], "name": tables["name"],
	}), len(kept), nil
}

// readCmap gives the glyph of each character.
func readCmap(cmap []byte) (map[rune]int, error) {
	for n := range int(be.Uint16(cmap[2:])) {
		t := cmap[be.Uint32(cmap[8+8*n:]):]
		if be.Uint16(t) != 12 {
			continue
		}
		all := map[rune]int{}
		for k := range int(be.Uint32(t[12:])) {
			group := t[16+12*k:]
			first, last, glyph := be.Uint32(group), be.Uint32(group[4:]), be.Uint32(group[8:])
			for r := first; r <= last; r++ {
				all[rune(r)] = int(glyph + r - first)
			}
		}
		return all, nil
	}
	return nil, errFont
}

func writeCmap(glyph map[rune]int) []byte {
	var groups []byte
	count := uint32(0)
	characters := slices.Sorted(maps.Keys(glyph))
	for n := 0; n < len(characters); count++ {
		end := n + 1
		for end < len(characters) && characters[end] == characters[end-1]+1 && glyph[characters[end]] == glyph[characters[end-1]]+1 {
			end++
		}
		groups = be.AppendUint32(groups, uint32(characters[n]))
		groups = be.AppendUint32(groups, uint32(characters[end-1]))
		groups = be.AppendUint32(groups, uint32(glyph[characters[n]]))
		n = end
	}
	out := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0} // one table: Windows, all of Unicode
	out = be.AppendUint32(out, uint32(16+len(groups)))
	out = be.AppendUint32(out, 0)
	out = be.AppendUint32(out, count)
	return append(out, groups...)
}

// glyphTable is the outlines of a font.
type glyphTable struct {
	glyf, loca []byte
	long       bool
}

func (t glyphTable) of(g int) []byte {
	if t.long {
		return t.glyf[be.Uint32(t.loca[4*g:]):be.Uint32(t.loca[4*g+4:])]
	}
	return t.glyf[2*int(be.Uint16(t.loca[2*g:])) : 2*int(be.Uint16(t.loca[2*g+2:]))]
}

// Flags of a part of a composite glyph.
const (
	wordArguments = 1 << 0
	oneScale      = 1 << 3
	moreParts     = 1 << 5
	twoScales     = 1 << 6
	fourScales    = 1 << 7
	instructed    = 1 << 8
)

// eachPart calls f with the place of each part of a composite glyph's
// description, and gives where the parts end; 0 for a simple glyph.
func eachPart(glyph []byte, f func(at int)) (end int) {
	if len(glyph) == 0 || int16(be.Uint16(glyph)) >= 0 {
		return 0
	}
	for at := 10; ; {
		flags := be.Uint16(glyph[at:])
		f(at)
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&oneScale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&fourScales != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return at
		}
	}
}

// parts lists the glyphs of which a composite one is made.
func (t glyphTable) parts(g int) (out []int) {
	glyph := t.of(g)
	eachPart(glyph, func(at int) { out = append(out, int(be.Uint16(glyph[at+2:]))) })
	return out
}

// moved gives the outline with its parts at their new places and without hints.
func (t glyphTable) moved(g int, place map[int]int) []byte {
	glyph := slices.Clone(t.of(g))
	if len(glyph) == 0 {
		return nil
	}
	if end := eachPart(glyph, func(at int) {
		be.PutUint16(glyph[at:], be.Uint16(glyph[at:])&^instructed)
		be.PutUint16(glyph[at+2:], uint16(place[int(be.Uint16(glyph[at+2:]))]))
	}); end > 0 {
		return glyph[:end]
	}
	hints := 10 + 2*int(be.Uint16(glyph))
	length := int(be.Uint16(glyph[hints:]))
	be.PutUint16(glyph[hints:], 0)
	return slices.Delete(glyph, hints+2, hints+2+length)
}

// writeFont puts the tables together with their sums.
func writeFont(tables map[string][]byte) []byte {
	names := slices.SortedFunc(maps.Keys(tables), func(a, b string) int { return cmp.Compare(a, b) })
	power := 1
	for 2*power <= len(names) {
		power *= 2
	}
	log := 0
	for 1<<(log+1) <= power {
		log++
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{len(names), 16 * power, log, 16*len(names) - 16*power} {
		out = be.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*len(names)
	var body []byte
	head := 0
	for _, name := range names {
		t := tables[name]
		if name == "head" {
			head = at + len(body)
		}
		out = append(out, name...)
		out = be.AppendUint32(out, tableSum(t))
		out = be.AppendUint32(out, uint32(at+len(body)))
		out = be.AppendUint32(out, uint32(len(t)))
		body = append(body, t...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	be.PutUint32(out[head+8:], 0xB1B0AFBA-tableSum(out))
	return out
}

func tableSum(t []byte) (sum uint32) {
	for len(t)%4 != 0 {
		t = append(t[:len(t):len(t)], 0)
	}
	for ; len(t) > 0; t = t[4:] {
		sum += be.Uint32(t)
	}
	return sum
}
