package ui

import (
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Objects are laid out in the order they are given, which is the order the Tab
// key takes (Fyne's border layout would put the middle first).

// down stacks objects with a gap, each as wide as the whole. An object whose
// text wraps is asked for its height at that width.
func down(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&downLayout{gap}, objects...)
}

type downLayout struct{ gap float32 }

func (l *downLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := heightAt(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		if h > 0 { // what is empty takes no gap either
			y += h + l.gap
		}
	}
}

// heightAt gives o the width and the height it needs there.
func heightAt(o fyne.CanvasObject, width float32) float32 {
	if o.Size().Width != width {
		o.Resize(fyne.NewSize(width, o.Size().Height))
	}
	h := o.MinSize().Height
	o.Resize(fyne.NewSize(width, h))
	return h
}

func (l *downLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		out.Width = max(out.Width, m.Width)
		if m.Height > 0 {
			out.Height += m.Height
			n++
		}
	}
	out.Height += l.gap * float32(max(0, n-1))
	return out
}

// across puts objects side by side; the one at place grow takes the rest of
// the width (-1: none does). They are centred on the line, or set to its top.
func across(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&acrossLayout{gap: gap, grow: grow}, objects...)
}

func acrossTop(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&acrossLayout{gap: gap, grow: grow, top: true}, objects...)
}

type acrossLayout struct {
	gap  float32
	grow int
	top  bool
}

func (l *acrossLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	rest := size.Width + l.gap
	for n, o := range objects {
		if !o.Visible() {
			continue
		}
		rest -= l.gap
		if n != l.grow {
			rest -= o.MinSize().Width
		}
	}
	x := float32(0)
	for n, o := range objects {
		if !o.Visible() {
			continue
		}
		w := o.MinSize().Width
		if n == l.grow {
			w = max(0, rest)
		}
		h := heightAt(o, w)
		y := float32(0)
		if !l.top {
			y = (size.Height - h) / 2
		}
		o.Move(fyne.NewPos(x, max(0, y)))
		x += w + l.gap
	}
}

func (l *acrossLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		out.Width += m.Width
		out.Height = max(out.Height, m.Height)
		n++
	}
	out.Width += l.gap * float32(max(0, n-1))
	return out
}

// headLine is the name of a view with what can be done at its right, or below it
// where the text is large and the window small.
func headLine(name fyne.CanvasObject, actions ...fyne.CanvasObject) *fyne.Container {
	return container.New(&headLayout{rest: flowLayout{gap: 10}}, append([]fyne.CanvasObject{name}, actions...)...)
}

type headLayout struct {
	rest  flowLayout
	width float32
}

func (l *headLayout) line() *acrossLayout { return &acrossLayout{gap: 10} }

// fits tells whether all stand on one line; what was never laid out does.
func (l *headLayout) fits(o []fyne.CanvasObject) bool {
	return l.width == 0 || l.line().MinSize(o).Width <= l.width
}

func (l *headLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if l.width = size.Width; l.fits(o) {
		l.line().Layout(o, size)
		return
	}
	h := heightAt(o[0], size.Width)
	o[0].Move(fyne.Position{})
	l.rest.Layout(o[1:], size)
	for _, a := range o[1:] {
		a.Move(a.Position().AddXY(0, h+6))
	}
}

func (l *headLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	if l.fits(o) {
		return fyne.NewSize(o[0].MinSize().Width, l.line().MinSize(o).Height)
	}
	m := l.rest.MinSize(o[1:])
	return fyne.NewSize(max(o[0].MinSize().Width, m.Width), o[0].MinSize().Height+6+m.Height)
}

// flow puts objects side by side and begins a new line where the width ends.
func flow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap}, objects...)
}

type flowLayout struct{ gap, width float32 }

func (l *flowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.place(objects, size.Width, true)
}

func (l *flowLayout) place(objects []fyne.CanvasObject, width float32, move bool) (height float32) {
	x, y, line := float32(0), float32(0), float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if x > 0 && x+m.Width > width {
			x, y, line = 0, y+line+l.gap, 0
		}
		if move {
			o.Resize(fyne.NewSize(min(m.Width, max(width, 0)), m.Height))
			o.Move(fyne.NewPos(x, y))
		}
		x += m.Width + l.gap
		line = max(line, m.Height)
	}
	return y + line
}

func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	for _, o := range objects {
		if o.Visible() {
			out.Width = max(out.Width, o.MinSize().Width)
		}
	}
	width := l.width
	if width == 0 {
		width = 1e6
	}
	out.Height = l.place(objects, width, false)
	return out
}

// equal gives every object the same share of the width.
func equal(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&equalLayout{gap}, objects...)
}

type equalLayout struct{ gap float32 }

func (l *equalLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	shown := visible(objects)
	if len(shown) == 0 {
		return
	}
	w := (size.Width - l.gap*float32(len(shown)-1)) / float32(len(shown))
	for n, o := range shown {
		heightAt(o, w)
		o.Resize(fyne.NewSize(w, size.Height))
		o.Move(fyne.NewPos(float32(n)*(w+l.gap), 0))
	}
}

func (l *equalLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	shown := visible(objects)
	for _, o := range shown {
		m := o.MinSize()
		out.Width = max(out.Width, m.Width)
		out.Height = max(out.Height, m.Height)
	}
	n := float32(len(shown))
	out.Width = out.Width*n + l.gap*max(0, n-1)
	return out
}

func visible(objects []fyne.CanvasObject) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range objects {
		if o.Visible() {
			out = append(out, o)
		}
	}
	return out
}

// restAndBottom gives the second object the height it needs at the bottom, the
// first the rest.
type restAndBottom struct{}

func (restAndBottom) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := heightAt(o[1], size.Width)
	o[1].Move(fyne.NewPos(0, size.Height-h))
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(size.Width, max(0, size.Height-h)))
}

func (restAndBottom) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(max(o[0].MinSize().Width, o[1].MinSize().Width), o[1].MinSize().Height+40)
}

// inset leaves room around o: above and below, left and right.
func inset(vertical, horizontal float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&insetLayout{vertical, horizontal}, o)
}

type insetLayout struct{ v, h float32 }

func (l *insetLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		w := max(0, size.Width-2*l.h)
		h := heightAt(o, w)
		o.Resize(fyne.NewSize(w, max(h, size.Height-2*l.v)))
		o.Move(fyne.NewPos(l.h, l.v))
	}
}

func (l *insetLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	for _, o := range objects {
		if o.Visible() {
			out = out.Max(o.MinSize())
		}
	}
	return out.AddWidthHeight(2*l.h, 2*l.v)
}

// atLeast gives o at least this size.
func atLeast(width, height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&atLeastLayout{width, height, 0}, o)
}

// atMost keeps o from growing wider than width; it stays at the left.
func atMost(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&atLeastLayout{0, 0, width}, o)
}

type atLeastLayout struct{ w, h, most float32 }

func (l *atLeastLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w := size.Width
	if l.most > 0 {
		w = min(w, l.most)
	}
	for _, o := range objects {
		h := heightAt(o, w)
		o.Resize(fyne.NewSize(w, max(h, size.Height)))
		o.Move(fyne.Position{})
	}
}

func (l *atLeastLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	for _, o := range objects {
		if o.Visible() {
			out = out.Max(o.MinSize())
		}
	}
	if l.most > 0 {
		out.Width = min(out.Width, l.most)
	}
	return out.Max(fyne.NewSize(l.w, l.h))
}

// panel lays o on a ground with a hairline around it.
func panel(o fyne.CanvasObject) fyne.CanvasObject {
	return newBox(o, panelColor, theme.ColorNameSeparator, 4)
}

// hairline is a thin line across.
func hairline() fyne.CanvasObject { return newBox(nil, theme.ColorNameSeparator, "", 0) }

// upright is a thin line down.
func upright() fyne.CanvasObject {
	return newBox(nil, theme.ColorNameSeparator, "", 0)
}

// scrolled is a page that scrolls, with its margins.
func scrolled(o fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(inset(16, 20, o))
}

// reveal scrolls s as far as it takes to see o.
func reveal(s *container.Scroll, o fyne.CanvasObject) {
	d := fyne.CurrentApp().Driver()
	top := d.AbsolutePositionForObject(o).Y - d.AbsolutePositionForObject(s).Y
	bottom := top + o.Size().Height
	const air = 12
	switch {
	case top < air:
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, max(0, s.Offset.Y+top-air)))
	case bottom > s.Size().Height-air:
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, s.Offset.Y+min(bottom-s.Size().Height+air, top-air)))
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func fileName(path string) string { return filepath.Base(path) }
