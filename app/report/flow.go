package report

import "math"

// flow is what a document says in order, without pages: what is recorded of a
// sheet for a word processor, which breaks lines and pages itself.
type flow struct {
	parts []any // flowText, flowRow, flowRule or flowBreak
	quiet int   // above 0 while a row draws its cells: they are in the row already
	y     float64
	text  float64 // base line of the last part, if it was text
}

type (
	// flowText is a paragraph: runs of text with what they look like.
	flowText struct {
		runs   []textOp
		centre bool
		right  bool
		indent float64 // of its first line, in ems
		left   float64 // from the left edge of the frame, mm
		above  float64 // mm
		close  bool    // stands beneath what belongs to it
	}
	// flowRow is a row of a table.
	flowRow struct {
		table *table
		cells []cell
		head  bool
	}
	// flowRule is a line across the page.
	flowRule struct{ line pathOp }
	// flowBreak begins a new page.
	flowBreak struct{}
)

// endless is a page that no document fills.
const endless = 1e9

// flowOf lays a document out on one page without end and records what it says.
func flowOf(w words, kind string, in Input) (*flow, frame, error) {
	l := layouts[kind]
	s := newSheet(l.frame)
	s.flow = &flow{}
	s.bottom = endless
	r := &paper{words: w, sheet: s, in: in, kind: kind}
	if in.OrganizationCopy || l.outward {
		r.in = withoutSensitive(in)
	}
	return s.flow, l.frame, l.draw(r)
}

// said records a line of text that is placed by itself.
func (f *flow) said(s *sheet, x float64, o textOp) {
	if f == nil || f.quiet > 0 {
		return
	}
	last := len(f.parts) - 1
	if last >= 0 && f.text == o.y { // beside what was said before it
		if p, ok := f.parts[last].(flowText); ok {
			o.text = "  " + o.text
			p.runs = append(p.runs, o)
			f.parts[last] = p
			return
		}
	}
	p := flowText{runs: []textOp{o}, centre: o.style.centre, right: o.style.right, above: max(0, o.y-f.y-o.style.size*mmPerPoint*1.2)}
	if middle := (s.left + s.right) / 2; o.style.centre && x > middle+1 {
		p.left = 2*x - s.right - s.left // centred in what lies at both its sides
	}
	f.parts = append(f.parts, p)
	f.y, f.text = max(f.y, o.y), o.y
}

// drew records what is drawn by itself: of lines those across the page.
func (f *flow) drew(s *sheet, ops []op) {
	if f == nil || f.quiet > 0 {
		return
	}
	for _, o := range ops {
		switch o := o.(type) {
		case textOp: // placed by whoever drew it: the title of a record
			middle := o.x + (o.style.width(o.text)+o.spread*mmPerPoint*float64(len([]rune(o.text))-1))/2
			o.style.centre = math.Abs(middle-(s.left+s.right)/2) < 1
			f.said(s, middle, o)
		case pathOp:
			if p := o.points; len(p) == 4 && p[1] == p[3] && p[2]-p[0] > s.width*0.9 {
				f.parts = append(f.parts, flowRule{o})
				f.y, f.text = p[1], 0
			}
		}
	}
}

// row records a row of a table; without borders it is paragraphs.
func (f *flow) row(t *table, cells []cell) {
	if f == nil || f.quiet > 0 {
		return
	}
	f.text = 0
	if t.border != nil {
		first := true
		if n := len(f.parts); n > 0 {
			r, ok := f.parts[n-1].(flowRow)
			first = !ok || r.table != t
		}
		f.parts = append(f.parts, flowRow{t, cells, first && t.header != nil})
		return
	}
	for _, c := range cells {
		for _, b := range c.blocks {
			if b.paint != nil {
				continue
			}
			f.parts = append(f.parts, flowText{runs: []textOp{{text: b.mark.sign() + b.text, style: b.style}}, centre: b.style.centre, right: b.style.right,
				indent: b.indent, above: b.above, close: b.style.size < 9.5})
		}
	}
}

// broke records a page that begins by intent.
func (f *flow) broke() {
	if f != nil && f.quiet == 0 && len(f.parts) > 0 {
		f.parts = append(f.parts, flowBreak{})
	}
}

// sign gives a mark as a character, for where nothing is drawn.
func (m mark) sign() string {
	return map[mark]string{tickMark: "✓ ", crossMark: "✕ ", halfMark: "◐ ", dashMark: "– ", ringMark: "○ ", checkedBox: "☑ ", emptyBox: "☐ "}[m]
}
