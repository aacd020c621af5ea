package scan

import (
	"bytes"
	"image"
	"math"
)

// boxDots is how many dots an inch boxes are painted with.
const boxDots = 300

// matrix is a transformation as PDF writes it: a b c d e f.
type matrix [6]float64

func (m matrix) times(n matrix) matrix {
	return matrix{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5]}
}

func (m matrix) at(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// boxes paints the filled rectangles of a page, which is how our codes are drawn:
// a page of ours that was stamped by a platform that dropped what we had attached
// is no scan, and bears its code all the same. nil where there are none.
func (f *pdf) boxes(p page) *image.Gray {
	media, ok := f.got(p.dict["MediaBox"]).([]any)
	for up, n := f.dict(p.dict["Parent"]), 0; !ok && up != nil && n < maxDepth; n++ {
		media, ok = f.got(up["MediaBox"]).([]any)
		up = f.dict(up["Parent"])
	}
	if len(media) != 4 {
		return nil
	}
	var box [4]float64
	for i, v := range media {
		box[i] = f.number(v)
	}
	w, h := box[2]-box[0], box[3]-box[1]
	const dots = boxDots / 72.0
	if w < 72 || h < 72 || w*h*dots*dots > MaxPixels {
		return nil
	}
	g := image.NewGray(image.Rect(0, 0, int(w*dots), int(h*dots)))
	for i := range g.Pix {
		g.Pix[i] = 0xFF
	}
	d := painter{f: f, g: g}
	content, err := f.content(p)
	if err != nil {
		return nil
	}
	d.paint(content, p.resources, matrix{dots, 0, 0, -dots, -box[0] * dots, box[3] * dots}, 0)
	if d.painted < 50 { // a frame and some lines are no code
		return nil
	}
	return g
}

func (f *pdf) number(v any) float64 {
	switch n := f.got(v).(type) {
	case int:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

type painter struct {
	f       *pdf
	g       *image.Gray
	painted int
	words   int // read of content streams: a stranger's forms may draw each other many times over
	points  int // painted
}

// What is painted of one page at most.
const (
	maxWords  = 5_000_000
	maxPoints = 500_000_000
)

// paint goes through a content stream.
func (d *painter) paint(content []byte, resources dict, m matrix, depth int) {
	type state struct {
		m     matrix
		shade float64 // of the fill, 0 black
	}
	now := state{m: m}
	var kept []state
	var args []any
	var rects [][4]float64
	p := parser{b: content}
	number := func(back int) float64 {
		if back > len(args) {
			return 0
		}
		return d.f.number(args[len(args)-back])
	}
	for depth < 8 {
		p.space()
		if d.words++; p.at >= len(p.b) || d.words > maxWords || d.points > maxPoints {
			return
		}
		if c := p.b[p.at]; delimiter(c) || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
			v, ok := p.value(0)
			if !ok {
				p.at++
				args = nil
			} else if len(args) < 64 {
				args = append(args, v)
			}
			continue
		}
		switch p.word() {
		case "q":
			if len(kept) < 100 {
				kept = append(kept, now)
			}
		case "Q":
			if n := len(kept); n > 0 {
				now, kept = kept[n-1], kept[:n-1]
			}
		case "cm":
			now.m = matrix{number(6), number(5), number(4), number(3), number(2), number(1)}.times(now.m)
		case "re":
			if len(rects) < 100_000 {
				rects = append(rects, [4]float64{number(4), number(3), number(2), number(1)})
			}
		case "f", "F", "f*", "B", "B*", "b", "b*":
			for _, r := range rects {
				d.fill(r, now.m, now.shade)
			}
			rects = nil
		case "S", "s", "n":
			rects = nil
		case "g":
			now.shade = number(1)
		case "rg":
			now.shade = (number(3) + number(2) + number(1)) / 3
		case "k":
			now.shade = 1 - min(1, (number(4)+number(3)+number(2))/3+number(1))
		case "BI":
			end := bytes.Index(p.b[p.at:], []byte("EI"))
			if end < 0 {
				return
			}
			p.at += end + 2
		case "Do":
			if len(args) == 0 {
				break
			}
			n, _ := args[len(args)-1].(name)
			s, ok := d.f.got(d.f.dict(resources["XObject"])[string(n)]).(stream)
			if !ok || s.dict["Subtype"] != name("Form") {
				break
			}
			inner, _, err := d.f.unpacked(s)
			if err != nil {
				break
			}
			d.words += len(inner) / 8 // to unpack it is work too
			own := d.f.dict(s.dict["Resources"])
			if own == nil {
				own = resources
			}
			to := now.m
			if a, ok := d.f.got(s.dict["Matrix"]).([]any); ok && len(a) == 6 {
				var fm matrix
				for i := range fm {
					fm[i] = d.f.number(a[i])
				}
				to = fm.times(now.m)
			}
			d.paint(inner, own, to, depth+1)
		}
		args = args[:0]
	}
}

// fill paints a rectangle that lies straight on the page.
func (d *painter) fill(r [4]float64, m matrix, shade float64) {
	x0, y0 := m.at(r[0], r[1])
	x1, y1 := m.at(r[0]+r[2], r[1]+r[3])
	x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
	if math.IsNaN(x0+x1+y0+y1) || x1 < 0 || y1 < 0 || x0 > 1e6 || y0 > 1e6 {
		return
	}
	at := image.Rect(int(math.Round(max(x0, 0))), int(math.Round(max(y0, 0))), int(math.Round(min(x1, 1e6))), int(math.Round(min(y1, 1e6)))).Intersect(d.g.Rect)
	if d.points += at.Dx() * at.Dy(); d.points > maxPoints {
		return
	}
	for y := at.Min.Y; y < at.Max.Y; y++ {
		row := d.g.Pix[y*d.g.Stride:]
		for x := at.Min.X; x < at.Max.X; x++ {
			row[x] = uint8(max(0, min(255, shade*255)))
		}
	}
	if !at.Empty() {
		d.painted++
	}
}
