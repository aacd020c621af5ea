package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// box is a rectangle in colours of the theme with something on it, or a
// hairline when there is nothing. It is a widget so that it follows a change of
// the theme.
type box struct {
	widget.BaseWidget
	content      fyne.CanvasObject
	fill, stroke fyne.ThemeColorName // "" is none
	radius       float32
}

func newBox(content fyne.CanvasObject, fill, stroke fyne.ThemeColorName, radius float32) *box {
	b := &box{content: content, fill: fill, stroke: stroke, radius: radius}
	b.ExtendBaseWidget(b)
	return b
}

// paint changes the colours.
func (b *box) paint(fill, stroke fyne.ThemeColorName) {
	if b.fill != fill || b.stroke != stroke {
		b.fill, b.stroke = fill, stroke
		b.Refresh()
	}
}

func (b *box) CreateRenderer() fyne.WidgetRenderer {
	r := &boxRenderer{b: b, rect: canvas.NewRectangle(nil)}
	r.color()
	return r
}

type boxRenderer struct {
	b    *box
	rect *canvas.Rectangle
}

func (r *boxRenderer) color() {
	r.rect.FillColor, r.rect.StrokeColor, r.rect.StrokeWidth = color.Transparent, nil, 0
	r.rect.CornerRadius = r.b.radius
	if r.b.fill != "" {
		r.rect.FillColor = theme.Color(r.b.fill)
	}
	if r.b.stroke != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = theme.Color(r.b.stroke), 1
	}
}

func (r *boxRenderer) Layout(size fyne.Size) {
	r.rect.Resize(size)
	if r.b.content != nil {
		heightAt(r.b.content, size.Width)
		r.b.content.Resize(size)
	}
}

func (r *boxRenderer) MinSize() fyne.Size {
	if r.b.content != nil {
		return r.b.content.MinSize()
	}
	return fyne.NewSquareSize(1)
}

func (r *boxRenderer) Objects() []fyne.CanvasObject {
	if r.b.content == nil {
		return []fyne.CanvasObject{r.rect}
	}
	return []fyne.CanvasObject{r.rect, r.b.content}
}

func (r *boxRenderer) Refresh() {
	r.color()
	r.rect.Refresh()
	if r.b.content != nil {
		r.Layout(r.b.Size())
		r.b.content.Refresh()
	}
}

func (r *boxRenderer) Destroy() {}
