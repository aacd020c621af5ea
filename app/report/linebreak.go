package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// noStart are the marks that may not begin a line (行首禁则), noEnd those that
// may not end one (行末禁则).
const (
	noStart = "，。、；：？！）》】〕”’〉」』〗｝］·・‧％‰℃°～" + ",.;:?!)]}%" + "々ー゛゜ァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ"
	noEnd   = "（《【〔“‘〈「『〖｛［￥＄" + "([{¥$€£#@№"
)

// forbidden holds noStart (1) and noEnd (2) as a table.
var forbidden = func() map[rune]byte {
	m := map[rune]byte{}
	for _, r := range noStart {
		m[r] |= 1
	}
	for _, r := range noEnd {
		m[r] |= 2
	}
	return m
}()

// ideographic tells the characters beside which a line may break without a
// space: Chinese, Japanese and Korean script, their punctuation, enclosed
// numbers, arrows and shapes.
func ideographic(r rune) bool {
	switch {
	case r < 0x2014:
		return false
	case r >= 0x2E80 && r <= 0xD7FF, r >= 0xF900 && r <= 0xFAFF, r >= 0xFE30 && r <= 0xFE4F, r >= 0xFF00 && r <= 0xFFEF, r >= 0x1F000:
		return true
	case r == '—' || r == '…' || r >= 0x2190 && r <= 0x21FF || r >= 0x2460 && r <= 0x27BF:
		return true
	}
	return false
}

// lineSeparator tells the characters that end a line wherever they stand.
func lineSeparator(r rune) bool {
	return r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029
}

// breakable tells whether a line may end after a and the next begin with b.
func breakable(a, b rune) bool {
	switch {
	case b == ' ' || b == '\t' || b == '　' || lineSeparator(b):
		return false // white space hangs at the end of the line before
	case invisible(b), invisible(a) && a != 0x200B, unicode.In(b, unicode.Mn, unicode.Me), a == 0xA0, b == 0xA0:
		return false // nothing is parted from its joiner or accent
	case forbidden[b]&1 != 0 || forbidden[a]&2 != 0:
		return false
	case a == b && (a == '—' || a == '…'):
		return false // a dash or an ellipsis is two characters wide and one mark
	case a == ' ' || a == '\t' || a == '　' || a == 0x200B:
		return true
	case ideographic(a) || ideographic(b):
		return true
	case a == '/' && b != '/' || a == '-' && unicode.IsLetter(b):
		return true // addresses and compounds
	}
	return false
}

// line is one line of broken text. Its text keeps the white space and line
// end that follow it, so that the lines joined are the text, byte for byte.
type line struct {
	text string
	hard bool // ends a paragraph: is never justified
}

// visible gives the text to put on the paper: without the line end, tabs as
// spaces.
func (l line) visible() string {
	s := strings.TrimRightFunc(l.text, lineSeparator)
	return strings.ReplaceAll(s, "\t", "    ")
}

// breakLines cuts text into lines no wider than width by the Chinese rules. It
// loses nothing. Where a column is too narrow for the rules, a line breaks
// against them rather than run over; one character wider than the column
// stands alone.
func breakLines(text string, width float64, advance func(rune) float64) []line {
	var lines []line
	var before rune     // the character before position at
	start, last := 0, 0 // begin of the line; its last allowed break, 0 = none
	room := width       // left in the line
	roomAtLast := 0.0   // what was left at the last allowed break
	wide := func(r rune) float64 {
		if r == '\t' {
			return 4 * advance(' ')
		}
		return advance(r)
	}
	end := func(at int, hard bool) {
		lines = append(lines, line{text[start:at], hard})
		start, last = at, 0
	}
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if lineSeparator(r) {
			at += size
			if r == '\r' && strings.HasPrefix(text[at:], "\n") {
				at++
			}
			end(at, true)
			room, before = width, 0
			continue
		}
		w := wide(r)
		if at > start && breakable(before, r) {
			last, roomAtLast = at, room
		}
		space := r == ' ' || r == '\t' || r == '　'
		// The sum of many advances is not exact: a text measured to set the
		// width must fit into it.
		if w > room+1e-6 && at > start && !space && w > 0 {
			switch {
			case last == at:
				end(at, false)
				room = width
			case last > 0:
				room += width - roomAtLast
				end(last, false)
			default:
				forced := forcedBreak(text[start:at], r)
				carried := 0.0
				for _, c := range text[start+forced : at] {
					carried += wide(c)
				}
				end(start+forced, false)
				room = width - carried
			}
			continue // the same character again, on the new line
		}
		room -= w
		before = r
		at += size
	}
	if start < len(text) {
		end(len(text), true)
	}
	if n := len(lines); n > 0 {
		lines[n-1].hard = true
	}
	return lines
}

// forcedBreak says where to cut a line that has no allowed break: as late as
// possible, yet not before a mark that may not begin a line, nor between a
// character and its accent, if anything else is left.
func forcedBreak(s string, next rune) int {
	for at := len(s); at > 0; {
		before, size := utf8.DecodeLastRuneInString(s[:at])
		if forbidden[next]&1 == 0 && forbidden[before]&2 == 0 && !invisible(next) && !unicode.In(next, unicode.Mn, unicode.Me) {
			return at
		}
		at -= size
		next = before
	}
	return len(s)
}
