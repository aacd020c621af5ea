package store

import (
	"bytes"
	"math/bits"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"plumbline/assets"
)

// Chinese names are found by the first letters of how they are read, too: bjszs
// finds 北京市中山…. A character with several readings is found by each that is
// in use: 长 by z and c, 会 by h and k.

// letters is a set of a to z (bits 0 to 25) and 0 to 9 (bits 26 to 35).
type letters uint64

// firstTable is where the table of first letters begins; rarer characters than
// those of the basic plane stand in a map.
const firstTable, lastTable = 0x3400, 0xA000

type initialTable struct {
	common [lastTable - firstTable]uint32
	rare   map[rune]uint32
}

// initialsTable reads the table that comes with the program: a line for each
// letter, with the characters that may be read with it first.
var initialsTable = sync.OnceValue(func() *initialTable {
	t := &initialTable{rare: make(map[rune]uint32, 16<<10)}
	for line := range bytes.Lines(assets.Initials) {
		letter := uint32(1) << (line[0] - 'a')
		for _, r := range string(line[2:]) {
			switch {
			case r >= firstTable && r < lastTable:
				t.common[r-firstTable] |= letter
			case r != '\n':
				t.rare[r] |= letter
			}
		}
	}
	return t
})

// initialOf gives what r is found by: a letter or digit by itself, a Chinese
// character by the first letters of its readings.
func initialOf(r rune) letters {
	switch {
	case r >= 'a' && r <= 'z':
		return 1 << (r - 'a')
	case r >= '0' && r <= '9':
		return 1 << (26 + r - '0')
	case r >= firstTable && r < lastTable:
		return letters(initialsTable().common[r-firstTable])
	case r >= lastTable || r == '〇':
		return letters(initialsTable().rare[r])
	}
	return 0
}

// each calls f with every letter of the set.
func (l letters) each(f func(r rune)) {
	for rest := uint64(l); rest != 0; rest &= rest - 1 {
		if n := rune(bits.TrailingZeros64(rest)); n < 26 {
			f('a' + n)
		} else {
			f('0' + n - 26)
		}
	}
}

// initialsOf gives what a text is found by, a set for each letter, digit or
// character; nil where no character is Chinese. Brackets, points and spaces are
// left out: nobody types them.
func initialsOf(text string) []letters {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return nil
	}
	out := make([]letters, 0, utf8.RuneCountInString(text))
	for _, r := range text {
		if r = unicode.ToLower(r); searched(r) {
			out = append(out, initialOf(r))
		}
	}
	return out
}

// initialGrams adds the pairs and triples of first letters that a text is found
// by. One letter by itself would find every second name.
func initialGrams(all []gram, text string) []gram {
	sets := initialsOf(text)
	for i := range sets {
		if i+1 >= len(sets) {
			break
		}
		sets[i].each(func(a rune) {
			sets[i+1].each(func(b rune) {
				all = append(all, gramOf(a, b))
				if i+2 < len(sets) {
					sets[i+2].each(func(c rune) { all = append(all, gramOf(a, b, c)) })
				}
			})
		})
	}
	return all
}

// readAs tells whether a text may be read with these letters first, in one
// stretch.
func readAs(text, word string) bool {
	if len(word) < 2 {
		return false
	}
	sets := initialsOf(text)
next:
	for from := 0; from+len(word) <= len(sets); from++ {
		for i := range len(word) {
			if sets[from+i]&initialOf(rune(word[i])) == 0 || word[i] >= utf8.RuneSelf {
				continue next
			}
		}
		return true
	}
	return false
}
