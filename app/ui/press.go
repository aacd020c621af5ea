package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// keys is where a focused widget sends the keys it has no use for, so that 1 2
// 3 answer the item in hand wherever the focus is, except in a text.
type keys interface {
	typedKey(*fyne.KeyEvent)
	typedRune(rune)
}

// press is anything that can be pressed, by mouse or keyboard: a row of a
// list, a tile, a place of the navigation. Its focus ring is always visible.
type press struct {
	widget.BaseWidget
	content  fyne.CanvasObject
	keys     keys
	onTap    func()
	onFocus  func()
	menu     func() []verb // what the right button and the menu key offer; nil nothing
	selected bool
	edge     bool // a selected one has an ink edge at its left
	radius   float32
	fill     fyne.ThemeColorName // "" none
	stroke   fyne.ThemeColorName // "" none

	hovered, focused, disabled bool
}

func newPress(k keys, content fyne.CanvasObject, onTap func()) *press {
	p := &press{content: content, keys: k, onTap: onTap, radius: 4}
	p.ExtendBaseWidget(p)
	return p
}

func (p *press) selectIt(on bool) {
	if p.selected != on {
		p.selected = on
		p.Refresh()
	}
}

func (p *press) enable(on bool) {
	if p.disabled == on {
		p.disabled = !on
		p.Refresh()
	}
}

func (p *press) Tapped(*fyne.PointEvent) {
	if p.onTap != nil && !p.disabled {
		p.onTap()
	}
}

// TappedSecondary shows the menu.
func (p *press) TappedSecondary(e *fyne.PointEvent) { p.showMenu(e.AbsolutePosition) }

func (p *press) showMenu(at fyne.Position) {
	if w, ok := p.keys.(*Window); ok && p.menu != nil {
		w.showMenu(p.menu(), at)
	}
}

func (p *press) FocusGained() {
	p.focused = true
	p.Refresh()
	if p.onFocus != nil {
		p.onFocus()
	}
	if w, ok := p.keys.(*Window); ok {
		w.reveal(p)
	}
}

func (p *press) FocusLost() {
	p.focused = false
	p.Refresh()
}

func (p *press) TypedRune(r rune) {
	if p.keys != nil && r != ' ' {
		p.keys.typedRune(r)
	}
}

func (p *press) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		p.Tapped(nil)
	default:
		if menuKey(e) && p.menu != nil {
			p.showMenu(lowerMiddle(p))
			return
		}
		if p.keys != nil {
			p.keys.typedKey(e)
		}
	}
}

func (p *press) MouseIn(*desktop.MouseEvent)    { p.hovered = true; p.Refresh() }
func (p *press) MouseMoved(*desktop.MouseEvent) {}
func (p *press) MouseOut()                      { p.hovered = false; p.Refresh() }

// Cursor shows a hand where something happens.
func (p *press) Cursor() desktop.Cursor {
	if p.onTap != nil && !p.disabled {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

func (p *press) CreateRenderer() fyne.WidgetRenderer {
	r := &pressRenderer{p: p, back: canvas.NewRectangle(nil), over: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil)}
	r.color()
	return r
}

type pressRenderer struct {
	p                *press
	back, over, edge *canvas.Rectangle
}

func (r *pressRenderer) color() {
	p := r.p
	r.back.FillColor, r.back.StrokeColor, r.back.StrokeWidth, r.back.CornerRadius = color.Transparent, nil, 0, p.radius
	if p.fill != "" {
		r.back.FillColor = theme.Color(p.fill)
	}
	if p.selected && p.edge {
		r.back.FillColor = theme.Color(inkSoft)
	}
	if p.stroke != "" {
		r.back.StrokeColor, r.back.StrokeWidth = theme.Color(p.stroke), 1
	}
	r.over.FillColor, r.over.StrokeColor, r.over.StrokeWidth, r.over.CornerRadius = color.Transparent, nil, 0, p.radius
	if p.hovered && p.onTap != nil && !p.disabled {
		r.over.FillColor = theme.Color(theme.ColorNameHover)
	}
	if p.focused {
		r.over.StrokeColor, r.over.StrokeWidth = theme.Color(inkColor), 2
	}
	r.edge.FillColor = color.Transparent
	if p.selected && p.edge {
		r.edge.FillColor = theme.Color(inkColor)
	}
}

func (r *pressRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.over.Resize(size)
	r.edge.Resize(fyne.NewSize(3, size.Height))
	if r.p.content != nil {
		heightAt(r.p.content, size.Width)
		r.p.content.Resize(size)
	}
}

func (r *pressRenderer) MinSize() fyne.Size {
	if r.p.content == nil {
		return fyne.Size{}
	}
	return r.p.content.MinSize()
}

func (r *pressRenderer) Objects() []fyne.CanvasObject {
	if r.p.content == nil {
		return []fyne.CanvasObject{r.back, r.edge, r.over}
	}
	return []fyne.CanvasObject{r.back, r.edge, r.p.content, r.over}
}

func (r *pressRenderer) Refresh() {
	r.color()
	r.Layout(r.p.Size())
	r.back.Refresh()
	r.over.Refresh()
	r.edge.Refresh()
	if r.p.content != nil {
		r.p.content.Refresh()
	}
}

func (r *pressRenderer) Destroy() {}

// choiceButton is one of several answers: a mark, words where there is room,
// and when chosen the colour of the answer behind them.
type choiceButton struct {
	*press
	mark   mark
	color  fyne.ThemeColorName
	text   *prose
	icon   *fyne.Container
	chosen bool
	shut   bool // shown as one that cannot be chosen
}

func newChoiceButton(k keys, m mark, c fyne.ThemeColorName, text string, onTap func()) *choiceButton {
	b := &choiceButton{mark: m, color: c}
	b.text = plain(text).oneLine()
	b.icon = down(0, sign(m, quietColor, 18))
	if m == "" {
		b.icon.Hide()
	}
	row := across(6, -1, b.icon, b.text)
	if text == "" {
		b.text.Hide()
	}
	b.press = newPress(k, inset(5, 9, row), onTap)
	b.press.stroke = theme.ColorNameInputBorder
	return b
}

// choose shows whether this is the answer. What can no longer be chosen, since
// the inspection is sealed, does not look as if it could.
func (b *choiceButton) choose(on bool) {
	if b.chosen == on && b.shut == b.press.disabled {
		return
	}
	b.chosen, b.shut = on, b.press.disabled
	c := quietColor
	b.press.fill, b.press.stroke = "", theme.ColorNameInputBorder
	b.text.bold = on
	b.text.wrapped = -1
	if b.text.color = theme.ColorNameForeground; on {
		c = b.color
		b.press.fill, b.press.stroke = soft(b.color), b.color
		b.text.color = b.color
	}
	if !on && b.shut {
		b.press.stroke, b.text.color = "", quietColor
	}
	if b.mark != "" {
		b.icon.Objects = []fyne.CanvasObject{sign(b.mark, c, 18)}
	}
	b.press.Refresh()
}

// pill is a short word on a ground of its colour, with its mark: the state of
// something.
type pill struct {
	*box
	row  *fyne.Container
	text *prose
}

func newPill(m mark, c fyne.ThemeColorName, text string) *pill {
	p := &pill{text: newProse(text, smallSize, c).oneLine()}
	p.row = across(4, -1)
	p.box = newBox(inset(2, 7, p.row), soft(c), "", 4)
	p.show(m, c, text)
	return p
}

func (p *pill) show(m mark, c fyne.ThemeColorName, text string) {
	p.row.Objects = nil
	if m != "" {
		p.row.Objects = append(p.row.Objects, sign(m, c, 14))
	}
	p.row.Objects = append(p.row.Objects, p.text)
	p.text.setColor(c)
	p.text.set(text)
	p.box.paint(soft(c), "")
	p.row.Refresh()
}

// tickBox says yes or no.
type tickBox struct {
	*press
	text *prose
	icon *fyne.Container
	on   bool
}

const (
	boxOff mark = `<path d="M4 4 L20 4 L20 20 L4 20 Z"/>`
	boxOn  mark = `<path fill="#000000" d="M4 4 L20 4 L20 20 L4 20 Z"/><path stroke="#ffffff" d="M7.5 12.5 L11 16 L17 8.5"/>`
)

func newTickBox(k keys, onChange func(on bool)) *tickBox {
	b := &tickBox{text: plain(""), icon: down(0)}
	b.press = newPress(k, inset(4, 5, across(8, 1, b.icon, b.text)), func() {
		b.set(!b.on)
		onChange(b.on)
	})
	b.draw()
	return b
}

// set shows whether it is ticked.
func (b *tickBox) set(on bool) {
	if b.on != on {
		b.on = on
		b.draw()
		b.press.Refresh()
	}
}

func (b *tickBox) draw() {
	m, c := boxOff, quietColor
	if b.on {
		m, c = boxOn, inkColor
	}
	b.icon.Objects = []fyne.CanvasObject{sign(m, c, 20)}
}
