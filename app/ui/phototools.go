package ui

import (
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/record"
)

// What the hand draws on a photo, and what the keys do instead of it.

// places gives a way over the pane in pixels of the photo, without places that
// are the same.
func (v *photoView) places(way []fyne.Position) (out [][2]int) {
	for _, p := range way {
		x, y := v.pane.inPhoto(p)
		if n := len(out); n == 0 || out[n-1] != [2]int{x, y} {
			out = append(out, [2]int{x, y})
		}
	}
	return out
}

// mostLinePoints is how many places a line drawn by hand keeps: nobody sees
// more, and the entry stays small.
const mostLinePoints = 300

// stepOf is what the tool in hand does along a way.
func (v *photoView) stepOf(way [][2]int) record.PhotoStep {
	s := record.PhotoStep{Do: v.tool}
	if len(way) == 0 {
		return s
	}
	a, b := way[0], way[len(way)-1]
	switch v.tool {
	case record.DrawArrow:
		s.Points = [][2]int{a, b}
	case record.DrawLine:
		every := 1 + len(way)/mostLinePoints
		for n, p := range way {
			if n%every == 0 || n == len(way)-1 {
				s.Points = append(s.Points, p)
			}
		}
	default:
		s.X, s.Y = min(a[0], b[0]), min(a[1], b[1])
		s.W, s.H = max(a[0], b[0])-s.X, max(a[1], b[1])-s.Y
		if v.tool == record.WriteText {
			s.Text, s.Size, s.W, s.H = strings.TrimSpace(v.label.Text), max(s.H, v.textFloor()), 0, 0
		}
	}
	return s
}

// textFloor is the least height of a label that can be read in print.
func (v *photoView) textFloor() int {
	return max(1, max(v.pane.frame.W, v.pane.frame.H)/36)
}

// sketch shows what is being drawn while the hand moves; the photo with it on
// comes when it is let go.
func (v *photoView) sketch(way []fyne.Position) {
	if len(way) < 2 {
		return
	}
	v.pane.sketch(v.shapeOf(way)...)
}

func (v *photoView) shapeOf(way []fyne.Position) []fyne.CanvasObject {
	a, b := way[0], way[len(way)-1]
	c := theme.Color(vermilionColor)
	line := func(from, to fyne.Position) fyne.CanvasObject {
		l := canvas.NewLine(c)
		l.StrokeWidth, l.Position1, l.Position2 = 3, from, to
		return l
	}
	at := fyne.NewPos(min(a.X, b.X), min(a.Y, b.Y))
	size := fyne.NewSize(max(a.X, b.X)-at.X, max(a.Y, b.Y)-at.Y)
	switch v.tool {
	case record.DrawArrow:
		out := []fyne.CanvasObject{line(a, b)}
		turned := math.Atan2(float64(b.Y-a.Y), float64(b.X-a.X))
		for _, side := range []float64{0.85 * math.Pi, -0.85 * math.Pi} {
			out = append(out, line(b, fyne.NewPos(b.X+float32(18*math.Cos(turned+side)), b.Y+float32(18*math.Sin(turned+side)))))
		}
		return out
	case record.DrawLine:
		var out []fyne.CanvasObject
		for n := 1; n < len(way); n++ {
			out = append(out, line(way[n-1], way[n]))
		}
		return out
	case record.DrawCircle:
		e := canvas.NewEllipse(nil)
		e.StrokeColor, e.StrokeWidth = c, 3
		e.Move(at)
		e.Resize(size)
		return []fyne.CanvasObject{e}
	}
	r := canvas.NewRectangle(nil)
	r.StrokeColor, r.StrokeWidth = c, 2
	if v.tool == record.HidePart {
		r.FillColor = theme.Color(veilColor)
	}
	r.Move(at)
	r.Resize(size)
	return []fyne.CanvasObject{r}
}

// key answers to the keys of the view. With a tool in hand the arrows place
// what it draws, + and − make it larger and smaller, Enter draws it.
func (v *photoView) key(k fyne.KeyName) bool {
	step := map[fyne.KeyName][2]int{fyne.KeyLeft: {-1, 0}, fyne.KeyRight: {1, 0}, fyne.KeyUp: {0, -1}, fyne.KeyDown: {0, 1}}[k]
	switch {
	case k == fyne.KeyEscape && v.tool != "":
		v.take(v.tool)
	case k == fyne.KeyEscape:
		v.back()
	case step != [2]int{} && v.tool != "":
		v.aimBy(step[0], step[1], 0)
	case (k == fyne.KeyReturn || k == fyne.KeyEnter) && v.tool != "" && !v.aim.Empty():
		v.put(v.stepOf(v.aimed()))
	case step != [2]int{} && v.pane.zoom > 0:
		v.pane.move(float32(step[0])*60, float32(step[1])*60)
	case k == fyne.KeyLeft, k == fyne.KeyPageUp:
		v.neighbour(-1)
	case k == fyne.KeyRight, k == fyne.KeyPageDown:
		v.neighbour(1)
	default:
		return false
	}
	return true
}

func (v *photoView) rune(r rune) bool {
	for _, t := range photoTools {
		if r == t.key || r == t.key-'a'+'A' {
			v.take(t.tool)
			return true
		}
	}
	larger := map[rune]int{'+': 1, '=': 1, '-': -1}[r]
	switch {
	case larger != 0 && v.tool != "":
		v.aimBy(0, 0, larger)
	case larger > 0:
		v.pane.zoomBy(1.5, v.pane.middleOf())
	case larger < 0:
		v.pane.zoomBy(1/1.5, v.pane.middleOf())
	case r == '0':
		v.pane.zoomTo(0, fyne.Position{})
	case r == '1':
		v.pane.zoomTo(1/v.w.canvas().Scale(), v.pane.middleOf())
	case r == 'r':
		v.turn(1)
	case r == 'R':
		v.turn(3)
	case r == 'o' || r == 'O':
		v.look("")
	default:
		return false
	}
	return true
}

// aimBy moves what the keys place by a fiftieth of the view, and makes it larger
// or smaller. It begins in the middle.
func (v *photoView) aimBy(dx, dy, larger int) {
	part, _ := v.pane.visible(1)
	unit := max(1, max(part.W, part.H)/50)
	a := v.aim
	if a.Empty() {
		a = record.PhotoPart{X: part.X + part.W/3, Y: part.Y + part.H/3, W: max(1, part.W/3), H: max(1, part.H/3)}
	}
	// The arrows go by what is seen, which may be turned.
	for range v.pane.quarters {
		dx, dy = dy, -dx
	}
	a.X, a.Y = a.X+dx*unit-larger*unit, a.Y+dy*unit-larger*unit
	a.W, a.H = max(unit, a.W+2*larger*unit), max(unit, a.H+2*larger*unit)
	if a = a.Common(part); !a.Empty() {
		v.aim = a
	}
	var way []fyne.Position
	for _, p := range v.aimed() {
		way = append(way, v.pane.toPane(float32(p[0]), float32(p[1])))
	}
	v.pane.sketch(v.shapeOf(way)...)
}

// aimed is the way across what the keys place.
func (v *photoView) aimed() [][2]int {
	a := v.aim
	return [][2]int{{a.X, a.Y}, {a.X + a.W, a.Y + a.H}}
}
