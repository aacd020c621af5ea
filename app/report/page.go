package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// colour is red, green, blue, 0 to 255.
type colour [3]int

// The colours of look.md, on paper. State is never told by colour alone: a
// drawn mark and a word stand beside it, for copiers are black and white.
var (
	black     = colour{0x1C, 0x21, 0x26}
	grey      = colour{0x5B, 0x65, 0x70}
	hairline  = colour{0x8A, 0x92, 0x9A}
	ink       = colour{0x1F, 0x4E, 0x79}
	jade      = colour{0x1E, 0x7B, 0x4F}
	amber     = colour{0x9A, 0x67, 0x00}
	vermilion = colour{0xB8, 0x32, 0x2A}
	slate     = colour{0x6A, 0x75, 0x80}
	band      = colour{0xEE, 0xF1, 0xF5} // behind table headers
)

// style is how a run of text looks. Size is in points, lead (the distance from
// one base line to the next) in millimetres.
type style struct {
	face   face
	size   float64
	lead   float64
	colour colour
	centre bool
	right  bool
	heavy  float64 // points of ink around the outline, where a face has no bold
}

// in gives the same style in another colour, centred a centred one.
func (s style) in(c colour) style { s.colour = c; return s }
func (s style) centred() style    { s.centre = true; return s }
func (s style) width(text string) float64 {
	return widthOf(s.face, s.size, text)
}
func (s style) advance(r rune) float64 {
	return advanceOf(s.face, r) * s.size / 1000 * mmPerPoint
}

// op is one thing drawn on a page. Coordinates are millimetres from the top
// left corner of the page.
type op interface {
	// digest writes what the op shows, for the digest of the content.
	digest(w io.Writer)
}

type (
	// textOp is a single line of text at its base line. spread is added after
	// each character to fill the line, in points.
	textOp struct {
		x, y   float64
		text   string
		style  style
		spread float64
	}
	// boxOp is a rectangle; without fill or without stroke if that is nil.
	boxOp struct {
		x, y, w, h   float64
		fill, stroke *colour
		line         float64
	}
	// pathOp is a line through points, closed and filled if fill is set.
	pathOp struct {
		points []float64 // x, y, x, y …
		colour colour
		line   float64
		fill   bool
	}
	// discOp is a circle.
	discOp struct {
		x, y, r float64
		colour  colour
		line    float64
		fill    bool
	}
	// pictureOp is a picture scaled into a rectangle.
	pictureOp struct {
		x, y, w, h float64
		picture    *picture
	}
	// linkOp makes a rectangle lead to an anchor.
	linkOp struct {
		x, y, w, h float64
		anchor     string
	}
	// waterOp is a large, pale text across the page.
	waterOp struct {
		text  string
		style style
	}
)

func (o textOp) digest(w io.Writer) { fmt.Fprintf(w, "t%d %s\n", len(o.text), o.text) }
func (o boxOp) digest(io.Writer)    {}
func (o pathOp) digest(w io.Writer) { fmt.Fprintf(w, "p%d\n", len(o.points)) }
func (o discOp) digest(w io.Writer) { fmt.Fprintf(w, "d%v\n", o.fill) }
func (o linkOp) digest(io.Writer)   {}
func (o waterOp) digest(io.Writer)  {}
func (o pictureOp) digest(w io.Writer) {
	fmt.Fprintf(w, "i%x\n", o.picture.sum)
}

// place is a spot in the document that a bookmark or link leads to.
type place struct {
	page int // from 0
	y    float64
}

// bookmark is one line of the outline a reader shows beside the pages.
type bookmark struct {
	title string
	level int
	place
}

// The page: A4 upright.
const pageWidth, pageHeight = 210.0, 297.0

// frame is the part of the page that holds the content; what is below it is the
// foot. Both frames are wider at the binding edge.
type frame struct{ left, right, top, bottom, width float64 }

func newFrame(left, right, top, bottom float64) frame {
	return frame{left, right, top, bottom, right - left}
}

var (
	// recordFrame is for records and forms, which are full of tables.
	recordFrame = newFrame(22, 190, 22, 262)
	// letterFrame has the margins of official documents (GB/T 9704: 37 mm above,
	// 28 mm at the binding edge, a type area of 156 × 225 mm).
	letterFrame = newFrame(28, 184, 37, 262)
)

// sheet is a document being laid out: pages of ops, filled from top to bottom.
type sheet struct {
	frame
	pages     [][]op
	y         float64 // where the next thing goes on the last page
	bookmarks []bookmark
	anchors   map[string]place
	scope     string // put before anchors: the documents of a dossier each have a photo 1
	level     int    // of the document within a dossier, for its bookmarks
	flow      *flow  // records what is said, for a word processor; nil when printing
}

func newSheet(f frame) *sheet {
	s := &sheet{frame: f, anchors: map[string]place{}}
	s.newPage()
	return s
}

func (s *sheet) newPage() {
	s.flow.broke()
	s.pages = append(s.pages, nil)
	s.y = s.top
}

// draw adds ops to the last page.
func (s *sheet) draw(ops ...op) {
	s.flow.drew(s, ops)
	s.place(ops...)
}

func (s *sheet) place(ops ...op) {
	last := len(s.pages) - 1
	s.pages[last] = append(s.pages[last], ops...)
}

// need starts a new page unless h more millimetres fit on this one.
func (s *sheet) need(h float64) {
	if s.y+h > s.bottom && s.y > s.top {
		s.newPage()
	}
}

// here is the place of whatever comes next.
func (s *sheet) here() place { return place{len(s.pages) - 1, s.y} }

func (s *sheet) bookmark(title string, level int) {
	s.bookmarks = append(s.bookmarks, bookmark{title, s.level + level, s.here()})
}

// text places one line of text as it is: it must fit.
func (s *sheet) text(x, y float64, st style, text string) {
	s.flow.said(s, x, textOp{x: x, y: y, text: text, style: st})
	switch {
	case st.centre:
		x -= st.width(text) / 2
	case st.right:
		x -= st.width(text)
	}
	s.place(textOp{x: x, y: y, text: text, style: st})
}

// shortened places text into a width, smaller if it must be, cut off with "…"
// if it would become too small to read. Only for repeats of what stands in
// full elsewhere, such as the running head.
func (st style) shortened(x, y, width float64, text string) []op {
	for st.size > 5.5 && st.width(text) > width {
		st.size -= 0.5
	}
	if st.width(text) > width {
		for text != "" && st.width(text+"…") > width {
			_, size := utf8.DecodeLastRuneInString(text)
			text = text[:len(text)-size]
		}
		text += "…"
	}
	return []op{textOp{x: x, y: y, text: text, style: st}}
}

// spreadOf says by how many points to space the characters of a line out so
// that both its edges align, as Chinese text is set; 0 where that would show:
// last lines, lines of mostly Latin words, lines too short.
func spreadOf(l line, st style, width float64) float64 {
	if l.hard {
		return 0
	}
	shown := strings.TrimRight(l.visible(), " 　")
	count, square := 0, 0
	for _, r := range shown {
		if ideographic(r) {
			square++
		}
		if !invisible(r) {
			count++
		}
	}
	if count < 8 || square*2 < count {
		return 0
	}
	spread := (width - st.width(shown)) / mmPerPoint / float64(count-1)
	// Readers of the text layer take a wider gap for a space.
	if spread <= 0 || spread > 0.085*st.size {
		return 0
	}
	return spread
}

// contentDigest is the SHA-256 over everything shown so far from a page on: texts in reading
// order and the digests of pictures. The foot of the page prints it, so it is
// taken before that is drawn.
func (s *sheet) contentDigest(from int) string {
	h := sha256.New()
	for i, ops := range s.pages[from:] {
		fmt.Fprintf(h, "page %d\n", i+1)
		for _, o := range ops {
			o.digest(h)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mark is the drawn sign of an answer.
type mark int

const (
	noMark mark = iota
	tickMark
	crossMark
	halfMark
	dashMark
	ringMark
	checkedBox
	emptyBox
	blankMark // no ink: lines up a line beneath a marked one
)

// drawMark draws m into a square of side a at x, y (its top left corner). The
// faces lack most of these signs, and a drawn one is never missing.
func (s *sheet) drawMark(m mark, x, y, a float64) {
	point := func(v ...float64) []float64 {
		for i := range v {
			if i%2 == 0 {
				v[i] = x + v[i]*a
			} else {
				v[i] = y + v[i]*a
			}
		}
		return v
	}
	thick := a * 0.13
	switch m {
	case tickMark:
		s.draw(pathOp{points: point(0.08, 0.55, 0.38, 0.85, 0.94, 0.16), colour: jade, line: thick})
	case crossMark:
		s.draw(pathOp{points: point(0.14, 0.14, 0.86, 0.86), colour: vermilion, line: thick},
			pathOp{points: point(0.86, 0.14, 0.14, 0.86), colour: vermilion, line: thick})
	case halfMark:
		s.draw(discOp{x: x + a/2, y: y + a/2, r: a * 0.4, colour: amber, line: thick * 0.7})
		half := []float64{}
		for i := range 13 { // the left half as a polygon
			c, d := halfCircle[i][0], halfCircle[i][1]
			half = append(half, x+a/2-c*a*0.4, y+a/2-d*a*0.4)
		}
		s.draw(pathOp{points: half, colour: amber, fill: true})
	case dashMark:
		s.draw(pathOp{points: point(0.12, 0.5, 0.88, 0.5), colour: slate, line: thick})
	case ringMark:
		s.draw(discOp{x: x + a/2, y: y + a/2, r: a * 0.38, colour: slate, line: thick * 0.7})
	case checkedBox, emptyBox:
		c := black
		s.draw(boxOp{x: x + 0.06*a, y: y + 0.06*a, w: 0.88 * a, h: 0.88 * a, stroke: &c, line: a * 0.08})
		if m == checkedBox {
			s.draw(pathOp{points: point(0.22, 0.52, 0.44, 0.74, 0.80, 0.26), colour: black, line: thick})
		}
	}
}

// halfCircle are thirteen points of a half circle: sine and cosine of 0° to
// 180° in steps of 15°, written out so that every machine draws the same.
var halfCircle = [13][2]float64{
	{0, 1}, {0.2588, 0.9659}, {0.5, 0.8660}, {0.7071, 0.7071}, {0.8660, 0.5}, {0.9659, 0.2588}, {1, 0},
	{0.9659, -0.2588}, {0.8660, -0.5}, {0.7071, -0.7071}, {0.5, -0.8660}, {0.2588, -0.9659}, {0, -1},
}
