package ui

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/record"
)

// mostZoom is how far a photo is enlarged: four units of the window to a pixel.
const mostZoom = 4

// photoPane shows a photo whole or a part of it large. It draws nothing itself:
// it tells which part is wanted at how many pixels, and shows what is handed to
// it, moved and stretched with the view until the sharp one comes. All places in
// photos are pixels of the original, upright.
type photoPane struct {
	widget.BaseWidget
	frame    record.PhotoPart // what there is to see: the photo, or what a crop leaves
	quarters int              // turns clockwise
	zoom     float32          // units of the window to a pixel; 0 fits the frame in
	middle   fyne.Position    // of the view, on the turned frame, in pixels

	image  *canvas.Image
	part   record.PhotoPart // that image shows
	ghost  *canvas.Image    // over it, see-through; nil none
	shapes []fyne.CanvasObject
	clip   *container.Clip
	inside *fyne.Container

	onView func()                    // another part or size is wanted
	onDraw func(way []fyne.Position) // a tool in hand is dragged: the way so far
	onDone func(way []fyne.Position) // it was let go
	draws  bool                      // a tool is in hand: dragging draws instead of moving
	drawn  []fyne.Position           // the way so far
}

var (
	_ fyne.Draggable      = (*photoPane)(nil)
	_ fyne.Scrollable     = (*photoPane)(nil)
	_ fyne.DoubleTappable = (*photoPane)(nil)
	_ desktop.Mouseable   = (*photoPane)(nil)
	_ desktop.Cursorable  = (*photoPane)(nil)
)

func newPhotoPane(onView func()) *photoPane {
	p := &photoPane{onView: onView, image: &canvas.Image{ScaleMode: canvas.ImageScaleFastest}}
	p.inside = container.NewWithoutLayout(p.image)
	p.clip = container.NewClip(p.inside)
	p.ExtendBaseWidget(p)
	return p
}

// MinSize leaves room to see something.
func (p *photoPane) MinSize() fyne.Size { return fyne.NewSize(200, 160) }

// size is that of the frame as it is seen, turned.
func (p *photoPane) size() (w, h float32) {
	if p.quarters%2 == 1 {
		return float32(p.frame.H), float32(p.frame.W)
	}
	return float32(p.frame.W), float32(p.frame.H)
}

// scale is how many units of the window a pixel takes.
func (p *photoPane) scale() float32 {
	if p.zoom > 0 {
		return p.zoom
	}
	return p.fitting()
}

// fitting is the scale at which the whole frame is seen; a small photo is not
// enlarged for it.
func (p *photoPane) fitting() float32 {
	w, h := p.size()
	if w < 1 || h < 1 || p.Size().Width < 1 || p.Size().Height < 1 {
		return 1
	}
	return min(p.Size().Width/w, p.Size().Height/h, 1)
}

// show begins with another photo or another frame: whole, nothing drawn yet.
func (p *photoPane) show(frame record.PhotoPart, quarters int) {
	p.frame, p.quarters, p.zoom = frame, quarters, 0
	p.place()
}

// hand shows a picture of a part; nil takes the picture away.
func (p *photoPane) hand(img image.Image, part record.PhotoPart) {
	p.image.Image, p.part = img, part
	p.place()
	p.image.Refresh()
}

// visible is the part of the photo in view, and how many pixels its longer side
// takes on a screen of so many pixels to a unit.
func (p *photoPane) visible(density float32) (part record.PhotoPart, long int) {
	x0, y0 := p.toPhoto(fyne.Position{})
	x1, y1 := p.toPhoto(fyne.NewPos(p.Size().Width, p.Size().Height))
	left, top := int(math.Floor(float64(min(x0, x1)))), int(math.Floor(float64(min(y0, y1))))
	right, bottom := int(math.Ceil(float64(max(x0, x1)))), int(math.Ceil(float64(max(y0, y1))))
	part = record.PhotoPart{X: left, Y: top, W: right - left, H: bottom - top}.Common(p.frame)
	return part, int(math.Ceil(float64(float32(max(part.W, part.H)) * p.scale() * density)))
}

// turned gives a place of the photo on the turned frame, and upright the
// contrary.
func (p *photoPane) turned(x, y float32) fyne.Position {
	x, y = x-float32(p.frame.X), y-float32(p.frame.Y)
	w, h := float32(p.frame.W), float32(p.frame.H)
	switch p.quarters {
	case 1:
		return fyne.NewPos(h-y, x)
	case 2:
		return fyne.NewPos(w-x, h-y)
	case 3:
		return fyne.NewPos(y, w-x)
	}
	return fyne.NewPos(x, y)
}

func (p *photoPane) upright(at fyne.Position) (x, y float32) {
	x, y = at.X, at.Y
	w, h := float32(p.frame.W), float32(p.frame.H)
	switch p.quarters {
	case 1:
		x, y = at.Y, h-at.X
	case 2:
		x, y = w-at.X, h-at.Y
	case 3:
		x, y = w-at.Y, at.X
	}
	return x + float32(p.frame.X), y + float32(p.frame.Y)
}

// centre is what stands in the middle of the view, kept so that no more of the
// ground is seen than must be.
func (p *photoPane) centre() fyne.Position {
	w, h := p.size()
	k := p.scale()
	within := func(at, size, room float32) float32 {
		if half := room / 2 / k; half < size/2 {
			return max(half, min(size-half, at))
		}
		return size / 2
	}
	return fyne.NewPos(within(p.middle.X, w, p.Size().Width), within(p.middle.Y, h, p.Size().Height))
}

// toPane gives where a place of the photo is on the pane.
func (p *photoPane) toPane(x, y float32) fyne.Position {
	at, c, k := p.turned(x, y), p.centre(), p.scale()
	return fyne.NewPos((at.X-c.X)*k+p.Size().Width/2, (at.Y-c.Y)*k+p.Size().Height/2)
}

// toPhoto gives the place of the photo under a place of the pane.
func (p *photoPane) toPhoto(at fyne.Position) (x, y float32) {
	c, k := p.centre(), p.scale()
	return p.upright(fyne.NewPos((at.X-p.Size().Width/2)/k+c.X, (at.Y-p.Size().Height/2)/k+c.Y))
}

// inPhoto is toPhoto in whole pixels, within the frame.
func (p *photoPane) inPhoto(at fyne.Position) (x, y int) {
	fx, fy := p.toPhoto(at)
	whole := func(v float32, from, size int) int { return max(from, min(from+size, int(math.Round(float64(v))))) }
	return whole(fx, p.frame.X, p.frame.W), whole(fy, p.frame.Y, p.frame.H)
}

// onPane gives the rectangle that a part of the photo takes on the pane.
func (p *photoPane) onPane(part record.PhotoPart) (at fyne.Position, size fyne.Size) {
	a := p.toPane(float32(part.X), float32(part.Y))
	b := p.toPane(float32(part.X+part.W), float32(part.Y+part.H))
	at = fyne.NewPos(min(a.X, b.X), min(a.Y, b.Y))
	return at, fyne.NewSize(max(a.X, b.X)-at.X, max(a.Y, b.Y)-at.Y)
}

// place puts the picture where it belongs.
func (p *photoPane) place() {
	p.image.Hidden = p.image.Image == nil
	at, size := p.onPane(p.part)
	p.image.Move(at)
	p.image.Resize(size)
	if p.ghost != nil {
		at, size = p.onPane(p.frame)
		p.ghost.Move(at)
		p.ghost.Resize(size)
	}
}

// zoomBy enlarges by a factor; the place under at stays where it is.
func (p *photoPane) zoomBy(factor float32, at fyne.Position) {
	k := p.scale()
	p.zoomTo(k*factor, at)
}

// zoomTo shows the photo at a scale; at the scale that fits, or below it, it
// fits.
func (p *photoPane) zoomTo(k float32, at fyne.Position) {
	c, old := p.centre(), p.scale()
	if k <= p.fitting()*1.001 {
		p.zoom = 0
	} else {
		p.zoom = min(k, mostZoom)
		x, y := at.X-p.Size().Width/2, at.Y-p.Size().Height/2
		p.middle = fyne.NewPos(c.X+x/old-x/p.zoom, c.Y+y/old-y/p.zoom)
	}
	p.moved()
}

// move moves the view by so many units of the window.
func (p *photoPane) move(dx, dy float32) {
	c, k := p.centre(), p.scale()
	p.middle = fyne.NewPos(c.X+dx/k, c.Y+dy/k)
	p.middle = p.centre()
	p.moved()
}

func (p *photoPane) moved() {
	p.place()
	p.inside.Refresh()
	p.onView()
}

// middleOf is the middle of the pane, where keys zoom.
func (p *photoPane) middleOf() fyne.Position {
	return fyne.NewPos(p.Size().Width/2, p.Size().Height/2)
}

// sketch shows shapes over the picture: what is being drawn.
func (p *photoPane) sketch(shapes ...fyne.CanvasObject) {
	p.shapes = shapes
	p.inside.Objects = []fyne.CanvasObject{p.image}
	if p.ghost != nil {
		p.inside.Objects = append(p.inside.Objects, p.ghost)
	}
	p.inside.Objects = append(p.inside.Objects, shapes...)
	p.inside.Refresh()
}

// haunt lays another picture over the whole frame, see-through; nil takes it
// away.
func (p *photoPane) haunt(img image.Image, pale float64) {
	p.ghost = nil
	if img != nil {
		p.ghost = &canvas.Image{Image: img, FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest, Translucency: pale}
	}
	p.place()
	p.sketch(p.shapes...)
}

// Scrolled zooms with the wheel.
func (p *photoPane) Scrolled(e *fyne.ScrollEvent) {
	p.zoomBy(float32(math.Pow(1.008, float64(e.Scrolled.DY))), e.Position)
}

// DoubleTapped goes from the whole photo to its pixels and back.
func (p *photoPane) DoubleTapped(e *fyne.PointEvent) {
	switch {
	case p.draws:
	case p.zoom == 0:
		p.zoomTo(1, e.Position)
	default:
		p.zoomTo(0, e.Position)
	}
}

// MouseDown begins what a tool draws.
func (p *photoPane) MouseDown(e *desktop.MouseEvent) {
	p.drawn = nil
	if p.draws {
		p.drawn = []fyne.Position{e.Position}
	}
}

// MouseUp ends it: a press that was no drag draws nothing.
func (p *photoPane) MouseUp(*desktop.MouseEvent) { p.DragEnd() }

// Dragged moves the view, or draws.
func (p *photoPane) Dragged(e *fyne.DragEvent) {
	if !p.draws {
		p.move(-e.Dragged.DX, -e.Dragged.DY)
		return
	}
	if len(p.drawn) == 0 {
		p.drawn = []fyne.Position{e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY)}
	}
	p.drawn = append(p.drawn, e.Position)
	p.onDraw(p.drawn)
}

// DragEnd ends what was drawn.
func (p *photoPane) DragEnd() {
	way := p.drawn
	p.drawn = nil
	if p.draws && len(way) > 1 {
		p.onDone(way)
	}
}

// Cursor is a cross where a tool draws.
func (p *photoPane) Cursor() desktop.Cursor {
	if p.draws {
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}

func (p *photoPane) CreateRenderer() fyne.WidgetRenderer {
	return &photoPaneRenderer{p, canvas.NewRectangle(theme.Color(panelColor))}
}

type photoPaneRenderer struct {
	p      *photoPane
	ground *canvas.Rectangle
}

func (r *photoPaneRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.p.clip.Resize(size)
	r.p.inside.Resize(size)
	r.p.place()
	r.p.onView()
}

func (r *photoPaneRenderer) MinSize() fyne.Size { return r.p.MinSize() }
func (r *photoPaneRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.p.clip}
}
func (r *photoPaneRenderer) Destroy() {}
func (r *photoPaneRenderer) Refresh() {
	r.ground.FillColor = theme.Color(panelColor)
	r.ground.Refresh()
	r.p.inside.Refresh()
}
