package report

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var plain = style{face: body, size: 10, lead: 5, colour: black}

// drawnText joins what a sheet shows, page by page.
func drawnText(s *sheet) (pages []string) {
	for _, ops := range s.pages {
		var b strings.Builder
		for _, o := range ops {
			if t, ok := o.(textOp); ok {
				b.WriteString(t.text)
			}
		}
		pages = append(pages, b.String())
	}
	return pages
}

func TestRowOverThreePagesRepeatsTheHeaderAndLosesNothing(t *testing.T) {
	s := newSheet(recordFrame)
	line := hairline
	tb := &table{sheet: s, padX: 1, padY: 1, border: &line, again: "（续）", onSplit: plain}
	tb.header = func() { tb.row(cell{width: recordFrame.width, blocks: []block{{text: "HEADER", style: plain}}}) }
	tb.header()
	long := longNote() + longNote()
	tb.row(cell{width: 18, blocks: []block{{text: "REG-01", style: plain}}}, cell{width: recordFrame.width - 18, blocks: []block{{text: long, style: plain}}})
	pages := drawnText(s)
	if len(pages) < 3 {
		t.Fatalf("%d pages, want at least 3", len(pages))
	}
	all := ""
	for i, p := range pages {
		if strings.Count(p, "HEADER") != 1 {
			t.Errorf("page %d has the header %d times", i+1, strings.Count(p, "HEADER"))
		}
		if i > 0 && !strings.HasPrefix(p, "HEADERREG-01（续）") {
			t.Errorf("page %d does not say what goes on: %.40s", i+1, p)
		}
		p = strings.NewReplacer("HEADER", "", "REG-01", "", "（续）", "").Replace(p)
		all += p
	}
	if squeezed(all) != squeezed(long) {
		t.Error("the row lost or changed characters")
	}
}

func TestNothingIsDrawnBelowTheBottomAndNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSheet(recordFrame)
		line := hairline
		tb := &table{sheet: s, padX: 1, padY: 1, border: &line}
		if rapid.Bool().Draw(t, "header") {
			tb.header = func() { tb.row(cell{width: recordFrame.width, blocks: []block{{text: "#", style: plain}}}) }
		}
		tb.whole = rapid.Bool().Draw(t, "whole")
		want := ""
		for i := range rapid.IntRange(1, 12).Draw(t, "rows") {
			a := fmt.Sprintf("〔%d〕", i) + strings.Repeat("甲", rapid.IntRange(0, 900).Draw(t, "a"))
			b := strings.Repeat("乙", rapid.IntRange(0, 4000).Draw(t, "b")) + "。"
			want += a + b
			tb.row(cell{width: 60, blocks: []block{{text: a, style: plain}}}, cell{width: recordFrame.width - 60, blocks: []block{{text: b, style: plain}}})
		}
		count := map[rune]int{}
		for _, ops := range s.pages {
			for _, o := range ops {
				switch o := o.(type) {
				case textOp:
					for _, r := range o.text {
						count[r]++
					}
					if o.y > recordFrame.bottom+0.01 {
						t.Fatalf("text at %v, below %v", o.y, recordFrame.bottom)
					}
				case boxOp:
					if o.y+o.h > recordFrame.bottom+0.01 {
						t.Fatalf("a box down to %v, below %v", o.y+o.h, recordFrame.bottom)
					}
				}
			}
		}
		for _, r := range want {
			count[r]--
		}
		for r, n := range count {
			if n != 0 && r != '#' {
				t.Fatalf("%c drawn %d times too often", r, n)
			}
		}
	})
}

func TestLinesOfAParagraphAlignAtBothEdges(t *testing.T) {
	s := newSheet(recordFrame)
	s.paragraphs(block{text: longNote(), style: written})
	var uneven int
	var lines []textOp
	for _, o := range s.pages[0] {
		if l, ok := o.(textOp); ok {
			lines = append(lines, l)
		}
	}
	for _, l := range lines[:len(lines)-1] {
		end := l.x + l.style.width(l.text) + l.spread*mmPerPoint*float64(len([]rune(l.text))-1)
		if end > recordFrame.right+0.05 {
			t.Fatalf("line %q ends at %v, beyond %v", l.text, end, recordFrame.right)
		}
		if end < recordFrame.right-0.05 {
			uneven++
		}
	}
	if uneven > len(lines)/4 {
		t.Errorf("%d of %d lines end short of the edge", uneven, len(lines))
	}
}
