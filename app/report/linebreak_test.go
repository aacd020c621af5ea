package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// fixed measures like a typewriter: ideographs twice as wide as letters.
func fixed(r rune) float64 {
	if invisible(r) {
		return 0
	}
	if ideographic(r) {
		return 2
	}
	return 1
}

func joined(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
	}
	return b.String()
}

// hangs tells what takes no room at the end of a line: white space, and what
// takes none anywhere, such as a zero-width space after it.
func hangs(r rune) bool { return r == ' ' || r == '　' || fixed(r) == 0 }

// inkWidth is the width without what hangs at the end.
func inkWidth(l line) (w float64) {
	for _, r := range strings.TrimRightFunc(l.visible(), hangs) {
		w += fixed(r)
	}
	return w
}

func TestBreakingLosesNoCharacter(t *testing.T) {
	alphabet := []rune("经查条例年月日的是𬱖𬭸𬬭，。、；：？！（）《》“”‘’——……·%￥ab cXYZ 0123\n\r\t　/-@\u200b\ufe0f\u0301 😀.")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(t, "text"))
		width := rapid.Float64Range(0.5, 60).Draw(t, "width")
		lines := breakLines(text, width, fixed)
		if got := joined(lines); got != text {
			t.Fatalf("lines joined = %q, want %q", got, text)
		}
		for _, l := range lines {
			if l.text == "" {
				t.Fatalf("an empty line in %+v", lines)
			}
			if w := inkWidth(l); w > width+0.001 && visibleCount(l.visible()) > 1 {
				t.Fatalf("line %q is %v wide, want at most %v", l.text, w, width)
			}
		}
	})
}

// Found by the test above: a tab carried to the next line was taken for one
// character wide, and the line ran over.
func TestATabCarriedToTheNextLineKeepsItsWidth(t *testing.T) {
	for _, l := range breakLines("经\t，", 2.9, fixed) {
		if l.text == "\t，" {
			t.Errorf("line %q is wider than the column", l.text)
		}
	}
}

// visibleCount counts the characters that take room.
func visibleCount(s string) (n int) {
	for _, r := range strings.TrimRightFunc(s, hangs) {
		if fixed(r) > 0 {
			n++
		}
	}
	return n
}

// In a column of ten ideographs or more the rules of the trade always hold for
// text as people write it: at most three closing marks in a row.
func TestNoLineBeginsOrEndsWithAForbiddenMark(t *testing.T) {
	words := []string{"经查", "被检查单位", "《社会团体登记管理条例》", "第三十条第一款", "（五）", "，", "。", "；", "“小金库”", "￥128,600.00元", "……", "——", "2026年", "（见《照片》）。", "inspection", " ", "100%"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 60).Draw(t, "words"), "的")
		width := rapid.Float64Range(26, 90).Draw(t, "width")
		lines := breakLines(text, width, fixed)
		for i, l := range lines {
			first, _ := utf8.DecodeRuneInString(l.text)
			if i > 0 && forbidden[first]&1 != 0 {
				t.Fatalf("line %d begins with %c: %+v", i+1, first, lines)
			}
			last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(l.text, " "))
			if i < len(lines)-1 && forbidden[last]&2 != 0 {
				t.Fatalf("line %d ends with %c: %+v", i+1, last, lines)
			}
		}
	})
}

func TestLinesBreakAsAChineseReaderExpects(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  string
	}{
		{"经查，该单位未公示收费标准。", 12, "经查，该单位|未公示收费标|准。"},
		{"依据《条例》第三十条", 6, "依据|《条|例》第|三十条"},
		{"根据章程规定。", 12, "根据章程规|定。"}, // the full stop pulls one character down with it
		{"共发现问题……经核对", 12, "共发现问题|……经核对"},
		{"The minutes of 2024-03-18 were missing", 16, "The minutes of |2024-03-18 were |missing"},
		{"金额￥128,600.00元", 8, "金额|￥128,60|0.00元"},
		{"第一行\n\n第二行\r\n", 40, "第一行\n|\n|第二行\r\n"},
		{"sha256:0123456789abcdef", 10, "sha256:012|3456789abc|def"},
		{"", 10, ""},
	} {
		var parts []string
		for _, l := range breakLines(c.text, c.width, fixed) {
			parts = append(parts, l.text)
		}
		if got := strings.Join(parts, "|"); got != c.want {
			t.Errorf("breakLines(%q, %v) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func FuzzBreakLines(f *testing.F) {
	f.Add("经查，《条例》第30条abc def", 20.0)
	f.Add("\xff\xfe\xed\xa0\x80）））", 3.0)
	f.Fuzz(func(t *testing.T, text string, width float64) {
		if !(width > 0 && width < 1e6) || len(text) > 1<<16 {
			return
		}
		if got := joined(breakLines(text, width, fixed)); got != text {
			t.Fatalf("breakLines(%q, %v) joined = %q", text, width, got)
		}
	})
}
