package ui

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// padShape is how wide a signature pad is for its height; the picture has it too.
const padShape = 3

// signaturePad takes a signature by pen, finger or mouse. The strokes are kept
// as points; the picture is drawn from them, smooth and at any size.
type signaturePad struct {
	widget.BaseWidget
	strokes   [][]fyne.Position // in units of the pad's height
	onChanged func()

	down   bool
	raster *canvas.Raster
	shown  *image.RGBA // what is on the screen, drawn on as the pen moves
	drawn  []int       // how many points of each stroke are on it
}

var (
	_ desktop.Mouseable  = (*signaturePad)(nil)
	_ fyne.Draggable     = (*signaturePad)(nil)
	_ desktop.Cursorable = (*signaturePad)(nil)
)

func newSignaturePad() *signaturePad {
	s := &signaturePad{}
	s.ExtendBaseWidget(s)
	return s
}

// Cursor is a cross where one signs.
func (s *signaturePad) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// MinSize leaves room for a name.
func (s *signaturePad) MinSize() fyne.Size { return fyne.NewSize(150*padShape, 150) }

// MouseDown begins a stroke.
func (s *signaturePad) MouseDown(e *desktop.MouseEvent) {
	s.down = true
	s.strokes = append(s.strokes, nil)
	s.point(e.Position)
}

// MouseUp ends it.
func (s *signaturePad) MouseUp(*desktop.MouseEvent) {
	s.down = false
	s.changed()
}

// Dragged goes on with the stroke.
func (s *signaturePad) Dragged(e *fyne.DragEvent) {
	if len(s.strokes) == 0 || !s.down {
		s.down = true
		s.strokes = append(s.strokes, nil)
	}
	s.point(e.Position)
}

// DragEnd ends a stroke drawn by finger.
func (s *signaturePad) DragEnd() {
	s.down = false
	s.changed()
}

func (s *signaturePad) point(p fyne.Position) {
	h := s.Size().Height
	if h <= 0 {
		return
	}
	n := len(s.strokes) - 1
	s.strokes[n] = append(s.strokes[n], fyne.NewPos(p.X/h, p.Y/h))
	s.canvasRefresh()
}

func (s *signaturePad) canvasRefresh() {
	if s.raster != nil {
		s.raster.Refresh()
	}
}

func (s *signaturePad) changed() {
	if s.onChanged != nil {
		s.onChanged()
	}
}

// undo takes the last stroke back.
func (s *signaturePad) undo() {
	if n := len(s.strokes); n > 0 {
		s.strokes = s.strokes[:n-1]
		s.redraw()
	}
}

// clear takes everything back.
func (s *signaturePad) clear() {
	s.strokes = nil
	s.redraw()
}

func (s *signaturePad) redraw() {
	s.shown = nil
	s.canvasRefresh()
	s.changed()
}

// empty tells whether nothing that could be a signature was drawn: a lone dot
// is a slip of the hand.
func (s *signaturePad) empty() bool {
	length := 0.0
	for _, st := range s.strokes {
		for n := 1; n < len(st); n++ {
			length += math.Hypot(float64(st[n].X-st[n-1].X), float64(st[n].Y-st[n-1].Y))
		}
	}
	return length < 0.2
}

// picture gives the signature as PNG, dark ink on white.
func (s *signaturePad) picture() ([]byte, error) {
	const h = 300
	img := blank(h*padShape, h)
	for _, st := range s.strokes {
		drawStroke(img, st, 0, h)
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

func blank(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	return img
}

// paint is called by the canvas for the picture on the screen.
func (s *signaturePad) paint(w, h int) image.Image {
	if s.shown == nil || s.shown.Bounds().Dx() != w || s.shown.Bounds().Dy() != h {
		s.shown, s.drawn = blank(w, h), nil
	}
	for n, st := range s.strokes {
		if n == len(s.drawn) {
			s.drawn = append(s.drawn, 0)
		}
		if s.drawn[n] < len(st) {
			drawStroke(s.shown, st, s.drawn[n], float64(h))
			s.drawn[n] = len(st)
		}
	}
	return s.shown
}

// drawStroke draws the points from place from on: curves through the middles
// between the points, so that a fast hand leaves no corners.
func drawStroke(img *image.RGBA, st []fyne.Position, from int, k float64) {
	r := k * 0.011
	at := func(n int) (x, y float64) { return float64(st[n].X) * k, float64(st[n].Y) * k }
	if len(st) == 1 {
		x, y := at(0)
		drawSegment(img, x, y, x, y, r)
		return
	}
	for n := max(1, from); n < len(st); n++ {
		x1, y1 := at(n - 1)
		x2, y2 := at(n)
		mx, my := (x1+x2)/2, (y1+y2)/2
		px, py := x1, y1
		if n > 1 {
			x0, y0 := at(n - 2)
			px, py = (x0+x1)/2, (y0+y1)/2
		}
		steps := int(math.Hypot(mx-px, my-py)/3) + 2
		lx, ly := px, py
		for i := 1; i <= steps; i++ {
			t := float64(i) / float64(steps)
			x := (1-t)*(1-t)*px + 2*t*(1-t)*x1 + t*t*mx
			y := (1-t)*(1-t)*py + 2*t*(1-t)*y1 + t*t*my
			drawSegment(img, lx, ly, x, y, r)
			lx, ly = x, y
		}
		if n == len(st)-1 {
			drawSegment(img, mx, my, x2, y2, r)
		}
	}
}

var padInk = color.RGBA{R: 0x14, G: 0x24, B: 0x4A, A: 255}

// drawSegment draws a round-ended line with soft edges. Where it meets what is
// drawn already the darker wins, so joints do not show.
func drawSegment(img *image.RGBA, x0, y0, x1, y1, r float64) {
	b := image.Rect(int(min(x0, x1)-r)-1, int(min(y0, y1)-r)-1, int(max(x0, x1)+r)+2, int(max(y0, y1)+r)+2).Intersect(img.Bounds())
	dx, dy := x1-x0, y1-y0
	length := dx*dx + dy*dy
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			px, py := float64(x)+0.5, float64(y)+0.5
			t := 0.0
			if length > 0 {
				t = min(1, max(0, ((px-x0)*dx+(py-y0)*dy)/length))
			}
			a := r + 0.5 - math.Hypot(px-x0-t*dx, py-y0-t*dy)
			if a <= 0 {
				continue
			}
			a = min(1, a)
			mix := func(c uint8) uint8 { return uint8(255 - a*float64(255-int(c))) }
			old := img.RGBAAt(x, y)
			img.SetRGBA(x, y, color.RGBA{R: min(old.R, mix(padInk.R)), G: min(old.G, mix(padInk.G)), B: min(old.B, mix(padInk.B)), A: 255})
		}
	}
}

func (s *signaturePad) CreateRenderer() fyne.WidgetRenderer {
	s.raster = canvas.NewRaster(s.paint)
	frame := canvas.NewRectangle(color.Transparent)
	line := canvas.NewLine(color.Transparent)
	return &padRenderer{s: s, frame: frame, line: line}
}

type padRenderer struct {
	s     *signaturePad
	frame *canvas.Rectangle
	line  *canvas.Line
}

func (r *padRenderer) Layout(size fyne.Size) {
	r.s.raster.Resize(size)
	r.frame.Resize(size)
	r.line.Position1 = fyne.NewPos(size.Width*0.06, size.Height*0.8)
	r.line.Position2 = fyne.NewPos(size.Width*0.94, size.Height*0.8)
	r.Refresh()
}

func (r *padRenderer) MinSize() fyne.Size { return r.s.MinSize() }
func (r *padRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.raster, r.line, r.frame}
}
func (r *padRenderer) Destroy() {}
func (r *padRenderer) Refresh() {
	r.frame.StrokeColor, r.frame.StrokeWidth, r.frame.CornerRadius = theme.Color(theme.ColorNameInputBorder), 1, 4
	r.line.StrokeColor, r.line.StrokeWidth = color.NRGBA{R: 0xC4, G: 0xCB, B: 0xD3, A: 255}, 1
	r.frame.Refresh()
	r.line.Refresh()
	r.s.raster.Refresh()
}
