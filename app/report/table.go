package report

import "strings"

// block is a paragraph inside a cell.
type block struct {
	text   string
	style  style
	mark   mark    // drawn before the first line; the lines are indented by it
	anchor string  // the lines lead there
	above  float64 // extra space above, mm
	indent float64 // of the first line, in ems
	paint  func(s *sheet, x, y, w float64)
	height float64 // of paint, mm; a painted block has no text and never splits
}

// cell is one field of a table row.
type cell struct {
	width  float64
	blocks []block
	fill   *colour
	middle bool // centred from top to bottom when the row does not split
}

// table draws rows of bordered cells. Rows split across pages line by line;
// header is drawn again on each page that a row runs on to.
type table struct {
	sheet   *sheet
	header  func()
	padX    float64 // between border and text
	padY    float64
	border  *colour // nil = no borders: plain paragraphs
	again   string  // said in the first cell of a row's continuation
	onSplit style   // its style
	whole   bool    // rows that a page can hold move to the next one rather than split
}

// shortRow is the height, in mm, up to which a row is never split.
const shortRow = 34

// markRoom is how far text beside a drawn mark is indented, mm.
const markRoom = 4.5

// cellLine is one line of a cell, ready to be drawn.
type cellLine struct {
	line   line
	block  *block
	first  bool // first line of its block
	indent float64
	height float64 // with the space above
}

// lines breaks the blocks of a cell.
func (t *table) lines(c cell) []cellLine {
	var out []cellLine
	for i := range c.blocks {
		b := &c.blocks[i]
		if b.paint != nil {
			out = append(out, cellLine{block: b, first: true, height: b.height + b.above})
			continue
		}
		w := c.width - 2*t.padX
		hang := 0.0
		if b.mark != noMark {
			hang = markRoom
		}
		indent := b.indent * b.style.size * mmPerPoint
		broken := breakLines(b.text, w-hang, b.style.advance)
		if indent > 0 {
			broken = breakIndented(b.text, w-hang, indent, b.style)
		}
		for k, l := range broken {
			cl := cellLine{line: l, block: b, first: k == 0, indent: hang, height: b.style.lead}
			if k == 0 {
				cl.height += b.above
				cl.indent += indent
			}
			out = append(out, cl)
		}
	}
	return out
}

// breakIndented breaks text whose first line begins indent to the right, by
// giving its first character the room of the indent as well.
func breakIndented(text string, width, indent float64, st style) []line {
	first := true
	measured := st.advance
	lines := breakLines(text, width, func(r rune) float64 {
		if first {
			first = false
			return measured(r) + indent
		}
		return measured(r)
	})
	return lines
}

// height says how high a row would be on one page.
func (t *table) height(cells ...cell) float64 {
	highest := 0.0
	for _, c := range cells {
		h := 0.0
		for _, l := range t.lines(c) {
			h += l.height
		}
		highest = max(highest, h)
	}
	return highest + 2*t.padY
}

// row draws one row.
func (t *table) row(cells ...cell) {
	s := t.sheet
	s.flow.row(t, cells)
	if s.flow != nil {
		s.flow.quiet++
		defer func() { s.flow.quiet--; s.flow.y = s.y }()
	}
	laid := make([][]cellLine, len(cells))
	next := make([]int, len(cells))
	total, longest := 0.0, 0
	for i, c := range cells {
		laid[i] = t.lines(c)
		h := 0.0
		for _, l := range laid[i] {
			h += l.height
		}
		if h > total {
			total, longest = h, i
		}
	}
	fresh := s.y <= s.top+0.01 // nothing but the header stands on this page yet
	for {
		room := s.bottom - s.y - 2*t.padY
		begun := started(next)
		take, height, done := t.take(laid, next, room, fresh)
		// A short row moves as a whole; a long one splits where at least two
		// of its lines stay.
		if !done && !fresh && (total <= shortRow || t.whole && total < (s.bottom-s.top)*0.9 || take[longest] < 2) {
			t.newPage()
			fresh = true
			continue
		}
		t.part(cells, laid, next, take, height, begun, done && !begun)
		next = take
		if done {
			return
		}
		t.newPage()
		fresh = true
	}
}

// newPage goes on at the top of a new page, under the header.
func (t *table) newPage() {
	t.sheet.newPage()
	if t.header != nil {
		t.header()
	}
}

func started(next []int) bool {
	for _, n := range next {
		if n > 0 {
			return true
		}
	}
	return false
}

// take says how many lines of each cell fit into room, how high the part is
// and whether it is the last. On a fresh page at least one line is taken, so
// that nothing waits for ever.
func (t *table) take(laid [][]cellLine, next []int, room float64, fresh bool) (take []int, height float64, done bool) {
	take, done = make([]int, len(laid)), true
	for i, lines := range laid {
		h, n := 0.0, next[i]
		for n < len(lines) && (h+lines[n].height <= room || fresh && n == next[i]) {
			h += lines[n].height
			n++
		}
		if left := len(lines) - n; left == 1 && n-next[i] > 2 && lines[n].block.paint == nil && lines[n-1].block.paint == nil {
			n-- // no single line alone on the next page
			h -= lines[n].height
		}
		take[i] = n
		height = max(height, h)
		done = done && n == len(lines)
	}
	return take, height, done
}

// part draws the lines next..take of each cell as one piece of the row.
func (t *table) part(cells []cell, laid [][]cellLine, next, take []int, height float64, continued, whole bool) {
	s := t.sheet
	full := height + 2*t.padY
	x := s.left
	for _, c := range cells {
		if c.fill != nil {
			s.draw(boxOp{x: x, y: s.y, w: c.width, h: full, fill: c.fill})
		}
		x += c.width
	}
	x = s.left
	for i, c := range cells {
		if t.border != nil {
			s.draw(boxOp{x: x, y: s.y, w: c.width, h: full, stroke: t.border, line: 0.2})
		}
		y := s.y + t.padY
		if continued && i == 0 && take[0] == next[0] && t.again != "" {
			st := t.onSplit
			st.centre = true
			if len(laid[0]) > 0 && laid[0][0].block.paint == nil { // say again what goes on here
				first := laid[0][0].block.style
				s.text(x+c.width/2, y+first.lead*0.5+first.size*mmPerPoint*0.36, first.centred(), strings.TrimSpace(laid[0][0].line.visible()))
				y += first.lead
			}
			s.text(x+c.width/2, y+st.lead*0.76, st, t.again)
		}
		if c.middle && whole {
			h := 0.0
			for _, l := range laid[i][next[i]:take[i]] {
				h += l.height
			}
			y += (height - h) / 2
		}
		for _, l := range laid[i][next[i]:take[i]] {
			y = t.line(c, l, x+t.padX, y)
		}
		x += c.width
	}
	s.y += full
}

// line draws one line of a cell at x, y and gives the y below it.
func (t *table) line(c cell, l cellLine, x, y float64) float64 {
	s, b := t.sheet, l.block
	w := c.width - 2*t.padX
	above := l.height - b.style.lead
	if b.paint != nil {
		b.paint(s, x, y+b.above, w)
		return y + l.height
	}
	if l.first && b.mark != noMark {
		side := b.style.size * mmPerPoint * 0.95
		s.drawMark(b.mark, x, y+above+(b.style.lead-side)/2, side)
	}
	shown := l.line.visible()
	if shown == "" {
		return y + l.height
	}
	at := x + l.indent
	spread := 0.0
	switch {
	case b.style.centre:
		at = x + (w-b.style.width(shown))/2
	case b.style.right:
		at = x + w - b.style.width(shown)
	default:
		spread = spreadOf(l.line, b.style, w-l.indent)
	}
	s.draw(textOp{x: at, y: y + above + b.style.lead*0.5 + b.style.size*mmPerPoint*0.36, text: shown, style: b.style, spread: spread})
	if b.anchor != "" {
		s.draw(linkOp{x: at, y: y + above, w: b.style.width(shown), h: b.style.lead, anchor: s.scope + b.anchor})
	}
	return y + l.height
}

// paragraphs sets blocks across the page without borders.
func (s *sheet) paragraphs(blocks ...block) {
	plain := table{sheet: s}
	for _, b := range blocks {
		plain.row(cell{width: s.width, blocks: []block{b}})
	}
}
