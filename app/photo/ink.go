package photo

import (
	"fmt"
	"image"
	"io"
	"math"
	"slices"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"plumbline/app/record"
	"plumbline/assets"
)

// Marks are drawn the same on every machine: places are whole numbers of 1/256
// pixel, letters are filled in whole numbers, and where a distance is needed
// each product is rounded by itself, which keeps processors with a fused
// multiply-add from differing in the last bit.

// fraction is how finely places are told.
const fraction = 256

// The colours of marks, as Y'CbCr: vermilion, which stands out on most photos,
// on white, which makes it stand out on the others.
var (
	vermilion  = [3]byte{88, 94, 219} // D8231C
	paperWhite = [3]byte{255, 128, 128}
)

// drawing is a picture on which steps are drawn.
type drawing struct {
	out    *image.YCbCr
	part   record.PhotoPart // of the original that the picture shows
	turns  int              // quarter turns
	w, h   int              // of the picture before it was turned
	weight int              // of lines, in 1/fraction of a pixel of the original
}

// spot is a place on the picture, in 1/fraction of a pixel.
type spot struct{ x, y int }

// at gives the place on the picture of a place in the original.
func (d drawing) at(x, y int) spot {
	p := spot{(x - d.part.X) * d.w * fraction / d.part.W, (y - d.part.Y) * d.h * fraction / d.part.H}
	w, h := d.w*fraction, d.h*fraction
	switch d.turns {
	case 1:
		return spot{h - p.y, p.x}
	case 2:
		return spot{w - p.x, h - p.y}
	case 3:
		return spot{p.y, w - p.x}
	}
	return p
}

// length gives a length in the original, in 1/fraction of a pixel, on the picture.
func (d drawing) length(n int) int { return n * d.w / d.part.W }

func (d drawing) step(s record.PhotoStep) {
	var strokes [][]spot
	switch s.Do {
	case record.DrawLine:
		var line []spot
		for _, p := range s.Points {
			line = append(line, d.at(p[0], p[1]))
		}
		strokes = [][]spot{line}
	case record.DrawArrow:
		if len(s.Points) == 2 {
			strokes = arrow(d.at(s.Points[0][0], s.Points[0][1]), d.at(s.Points[1][0], s.Points[1][1]), d.length(d.weight))
		}
	case record.DrawCircle:
		strokes = [][]spot{ellipse(d.at(s.X, s.Y), d.at(s.X+s.W, s.Y+s.H))}
	case record.WriteText:
		d.label(s)
		return
	default:
		return
	}
	r := max(fraction*5/4, d.length(d.weight))
	for _, c := range []struct {
		colour [3]byte
		r      int
	}{{paperWhite, r * 7 / 4}, {vermilion, r}} {
		m := maskFor(d.out.Rect, strokes, c.r)
		for _, line := range strokes {
			m.stroke(line, c.r)
		}
		m.ink(d.out, c.colour)
	}
}

// arrow gives the shaft and the head of an arrow for lines of radius r.
func arrow(from, to spot, r int) [][]spot {
	dx, dy := float64(to.x-from.x), float64(to.y-from.y)
	long := math.Sqrt(float64(dx*dx) + float64(dy*dy))
	if long == 0 {
		return [][]spot{{from, to}}
	}
	head := min(float64(max(r, fraction))*14, float64(long*0.6))
	ux, uy := dx/long*head, dy/long*head
	barb := func(side float64) spot {
		back, out := 0.87, float64(0.5*side)
		return spot{to.x - int(float64(ux*back)-float64(uy*out)), to.y - int(float64(uy*back)+float64(ux*out))}
	}
	return [][]spot{{from, to}, {barb(1), to, barb(-1)}}
}

// ellipse gives the outline that fills the rectangle between two corners. Its
// places come from a rational form, since sines differ from machine to machine.
func ellipse(a, b spot) []spot {
	const quarter = 32
	cx, cy := float64(a.x+b.x)/2, float64(a.y+b.y)/2
	rx, ry := math.Abs(float64(b.x-a.x))/2, math.Abs(float64(b.y-a.y))/2
	var out []spot
	for q := range 4 {
		for i := range quarter {
			t := float64(i) / quarter
			tt := float64(t * t)
			c, s := (1-tt)/(1+tt), float64(2*t)/(1+tt)
			switch q {
			case 1:
				c, s = -s, c
			case 2:
				c, s = -c, -s
			case 3:
				c, s = s, -c
			}
			out = append(out, spot{int(cx + float64(c*rx)), int(cy + float64(s*ry))})
		}
	}
	return append(out, out[0])
}

// mask is how much of each pixel of a rectangle is inked, 0 to 255.
type mask struct {
	rect image.Rectangle
	pix  []byte
}

func newMask(r image.Rectangle) *mask { return &mask{r, make([]byte, r.Dx()*r.Dy())} }

// maskFor gives the mask of a picture that lines of radius r need. It begins at
// even places, where pixels of colour begin.
func maskFor(picture image.Rectangle, lines [][]spot, r int) *mask {
	var b image.Rectangle
	for _, line := range lines {
		for _, p := range line {
			b = b.Union(image.Rect((p.x-r)/fraction-2, (p.y-r)/fraction-2, (p.x+r)/fraction+3, (p.y+r)/fraction+3))
		}
	}
	return newMask(even(b.Intersect(picture)))
}

func even(r image.Rectangle) image.Rectangle {
	r.Min.X, r.Min.Y = r.Min.X&^1, r.Min.Y&^1
	return r
}

// stroke draws a line of radius r with round ends and joints.
func (m *mask) stroke(line []spot, r int) {
	const piece = 48 * fraction // a long line in pieces: each looks at few pixels
	for n := 1; n < len(line); n++ {
		a, b := line[n-1], line[n]
		steps := max(abs(b.x-a.x), abs(b.y-a.y))/piece + 1
		for i := range steps {
			m.segment(spot{a.x + (b.x-a.x)*i/steps, a.y + (b.y-a.y)*i/steps},
				spot{a.x + (b.x-a.x)*(i+1)/steps, a.y + (b.y-a.y)*(i+1)/steps}, r)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func (m *mask) segment(a, b spot, r int) {
	box := image.Rect((min(a.x, b.x)-r)/fraction-1, (min(a.y, b.y)-r)/fraction-1, (max(a.x, b.x)+r)/fraction+2, (max(a.y, b.y)+r)/fraction+2).Intersect(m.rect)
	dx, dy := float64(b.x-a.x), float64(b.y-a.y)
	long := float64(dx*dx) + float64(dy*dy)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := m.pix[(y-m.rect.Min.Y)*m.rect.Dx():]
		py := float64(y*fraction + fraction/2 - a.y)
		for x := box.Min.X; x < box.Max.X; x++ {
			px := float64(x*fraction + fraction/2 - a.x)
			t := 0.0
			if long > 0 {
				t = min(1, max(0, (float64(px*dx)+float64(py*dy))/long))
			}
			ex, ey := px-float64(t*dx), py-float64(t*dy)
			over := float64(r) + fraction/2 - math.Sqrt(float64(ex*ex)+float64(ey*ey))
			if over <= 0 {
				continue
			}
			x := x - m.rect.Min.X
			row[x] = max(row[x], byte(min(255, over)))
		}
	}
}

// ink lays a colour on the picture where the mask is.
func (m *mask) ink(out *image.YCbCr, colour [3]byte) {
	mix := func(old, ink byte, a int) byte { return byte((int(old)*(255-a) + int(ink)*a + 127) / 255) }
	w := m.rect.Dx()
	for y := m.rect.Min.Y; y < m.rect.Max.Y; y++ {
		line := m.pix[(y-m.rect.Min.Y)*w:][:w]
		row := out.Y[out.YOffset(m.rect.Min.X, y):]
		for x, a := range line {
			if a != 0 {
				row[x] = mix(row[x], colour[0], int(a))
			}
		}
		if y%2 != 0 {
			continue
		}
		next := line // the last row of a picture of odd height
		if y+1 < m.rect.Max.Y {
			next = m.pix[(y+1-m.rect.Min.Y)*w:][:w]
		}
		at := out.COffset(m.rect.Min.X, y)
		for x := 0; x < w; x += 2 {
			x1 := min(x+1, w-1)
			if a := (int(line[x]) + int(line[x1]) + int(next[x]) + int(next[x1]) + 2) / 4; a != 0 {
				out.Cb[at+x/2], out.Cr[at+x/2] = mix(out.Cb[at+x/2], colour[1], a), mix(out.Cr[at+x/2], colour[2], a)
			}
		}
	}
}

// labelFont is the font of labels, the whole one: a person's name has rare
// characters. Its outlines are read where they lie in the program.
var labelFont = sync.OnceValues(func() (*sfnt.Font, error) {
	f, err := assets.Fonts.Open("fonts/NotoSansSC-Bold.ttf")
	if err != nil {
		return nil, err
	}
	r, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("photo: the font cannot be read in part")
	}
	return sfnt.ParseReaderAt(r)
})

// letter is the outline of a character and where it begins.
type letter struct {
	outline sfnt.Segments
	x       int // 1/64 pixel
}

// set sets a line of text in characters of size pixels; width in 1/64 pixel.
// What the font lacks becomes its empty box.
func set(text string, size int) (letters []letter, width int) {
	f, err := labelFont()
	if err != nil {
		return nil, 0 // it is part of the program: a test opens it
	}
	var b sfnt.Buffer
	em := fixed.I(size)
	for _, r := range text {
		n, err := f.GlyphIndex(&b, r)
		if err != nil {
			continue
		}
		outline, err := f.LoadGlyph(&b, n, em, nil)
		if err == nil {
			letters = append(letters, letter{slices.Clone(outline), width})
		}
		if a, err := f.GlyphAdvance(&b, n, em, font.HintingNone); err == nil {
			width += int(a)
		}
	}
	return letters, width
}

// label writes a text on a white ground. It stays within the picture: one that
// would leave it on the right or below is moved back.
func (d drawing) label(s record.PhotoStep) {
	size := max(9, d.length(s.Size))
	letters, width := set(s.Text, size)
	pad := max(2, size/5)
	at := d.at(s.X, s.Y)
	w, h := width/64+2*pad, size+size/5+pad
	x, y := max(0, min(at.x/fraction, d.out.Rect.Dx()-w)), max(0, min(at.y/fraction, d.out.Rect.Dy()-h))
	ground := newMask(even(image.Rect(x, y, x+w, y+h).Intersect(d.out.Rect)))
	for i := range ground.pix {
		ground.pix[i] = 255
	}
	ground.ink(d.out, paperWhite)
	m := newMask(ground.rect)
	for _, l := range letters {
		m.letter(l, x*64+pad*64, (y+size)*64)
	}
	m.ink(d.out, vermilion)
}

// letter fills an outline whose line begins at x and stands on y, in 1/64 pixel.
// It is filled where its outline winds around, line by line, eight to a pixel.
func (m *mask) letter(l letter, x, y int) {
	var edges [][4]int // x, y to x, y in 1/64 pixel
	var start, last [2]int
	place := func(p fixed.Point26_6) [2]int { return [2]int{x + l.x + int(p.X), y + int(p.Y)} }
	line := func(to [2]int) {
		if to[1] != last[1] {
			edges = append(edges, [4]int{last[0], last[1], to[0], to[1]})
		}
		last = to
	}
	for _, s := range l.outline {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			line(start)
			start = place(s.Args[0])
			last = start
		case sfnt.SegmentOpLineTo:
			line(place(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			const n = 8
			a, b, c := last, place(s.Args[0]), place(s.Args[1])
			for i := 1; i <= n; i++ {
				j := n - i
				line([2]int{(a[0]*j*j + 2*b[0]*i*j + c[0]*i*i) / (n * n), (a[1]*j*j + 2*b[1]*i*j + c[1]*i*i) / (n * n)})
			}
		}
	}
	line(start)
	m.fill(edges)
}

func (m *mask) fill(edges [][4]int) {
	top, bottom := m.rect.Max.Y, m.rect.Min.Y
	for _, e := range edges {
		top, bottom = min(top, min(e[1], e[3])/64), max(bottom, max(e[1], e[3])/64+1)
	}
	type crossing struct{ x, by int }
	var crossings []crossing
	sums := make([]int, m.rect.Dx())
	for y := max(top, m.rect.Min.Y); y < min(bottom, m.rect.Max.Y); y++ {
		clear(sums)
		for sub := range 8 {
			at := y*64 + sub*8 + 4
			crossings = crossings[:0]
			for _, e := range edges {
				x0, y0, x1, y1, by := e[0], e[1], e[2], e[3], 1
				if y0 > y1 {
					x0, y0, x1, y1, by = x1, y1, x0, y0, -1
				}
				if y0 <= at && at < y1 {
					crossings = append(crossings, crossing{x0 + (at-y0)*(x1-x0)/(y1-y0), by})
				}
			}
			slices.SortFunc(crossings, func(a, b crossing) int { return a.x - b.x })
			winding := 0
			for n, c := range crossings {
				if winding += c.by; winding != 0 && n+1 < len(crossings) {
					m.span(sums, c.x, crossings[n+1].x)
				}
			}
		}
		row := m.pix[(y-m.rect.Min.Y)*m.rect.Dx():]
		for x, v := range sums {
			row[x] = max(row[x], byte(v*255/512))
		}
	}
}

// span adds the stretch from x0 to x1, in 1/64 pixel, to the sums of a row.
func (m *mask) span(sums []int, x0, x1 int) {
	x0, x1 = max(x0-m.rect.Min.X*64, 0), min(x1-m.rect.Min.X*64, len(sums)*64)
	for x0 < x1 {
		end := min((x0/64+1)*64, x1)
		sums[x0/64] += end - x0
		x0 = end
	}
}
