package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// verb is something that can be done with a record, as its menu offers it.
type verb struct {
	words string
	do    func()
}

// showMenu offers what can be done with a record, at a place of the window: the
// right button of the mouse, or the menu key, asked for it.
func (w *Window) showMenu(verbs []verb, at fyne.Position) {
	if len(verbs) == 0 {
		return
	}
	var p *widget.PopUp
	shut := func() {
		w.shutModal = nil
		p.Hide()
	}
	rows := down(0)
	for _, v := range verbs {
		rows.Add(newPress(w, inset(5, 10, plain(v.words).oneLine()), func() { shut(); v.do() }))
	}
	p = widget.NewPopUp(newBox(inset(3, 3, atLeast(170, 0, rows)), theme.ColorNameOverlayBackground, theme.ColorNameInputBorder, 4), w.canvas())
	room, size := w.canvas().Size(), p.MinSize()
	w.shutModal = shut
	p.ShowAtPosition(fyne.NewPos(max(0, min(at.X, room.Width-size.Width)), max(0, min(at.Y, room.Height-size.Height))))
	w.canvas().Focus(rows.Objects[0].(*press)) // the arrows choose
}

// menuKey tells whether a key asks for the menu of what has the focus.
func menuKey(e *fyne.KeyEvent) bool { return e.Name == desktop.KeyMenu }

// lowerMiddle is where the menu of an object opens that the keyboard asked for.
func lowerMiddle(o fyne.CanvasObject) fyne.Position {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o).AddXY(min(o.Size().Width/2, 160), o.Size().Height)
}

// listRow is a row of a recordList. It takes the presses of both buttons: what
// takes one gets the other too.
type listRow[T any] struct {
	widget.BaseWidget
	list *recordList[T]
	row  recordRow[T]
	n    int
}

func newListRow[T any](l *recordList[T], row recordRow[T]) *listRow[T] {
	r := &listRow[T]{list: l, row: row, n: -1}
	r.ExtendBaseWidget(r)
	return r
}

// Tapped opens the record.
func (r *listRow[T]) Tapped(*fyne.PointEvent) {
	r.list.w.canvas().Focus(r.list)
	r.list.at = r.n
	r.list.OnSelected(r.n)
}

// TappedSecondary shows the menu of the record.
func (r *listRow[T]) TappedSecondary(e *fyne.PointEvent) {
	r.list.w.canvas().Focus(r.list)
	r.list.at = r.n
	r.list.menuOf(r.n, e.AbsolutePosition)
}

// Cursor shows a hand.
func (r *listRow[T]) Cursor() desktop.Cursor { return desktop.PointerCursor }

func (r *listRow[T]) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.row) }

// menuOf shows the menu of the record at row n.
func (l *recordList[T]) menuOf(n int, at fyne.Position) {
	if l.verbs != nil && n >= 0 && n < len(l.items) {
		l.w.showMenu(l.verbs(l.items[n]), at)
	}
}

// menuAtHand shows the menu of the row where the arrow keys stand.
func (l *recordList[T]) menuAtHand() {
	for _, r := range l.rows {
		// A row that waits to be used again is nowhere.
		if at := lowerMiddle(r); r.n == l.at && at.Y > r.Size().Height {
			l.menuOf(l.at, at)
			return
		}
	}
}

// copyVerb copies the row at hand for a spreadsheet.
func (w *Window) copyVerb() verb { return verb{w.T("ui.menu.copy"), w.copyRow} }

// copyTextVerb copies a text; key says which.
func (w *Window) copyTextVerb(key, text string) verb {
	return verb{w.T(key), func() {
		w.app.Clipboard().SetContent(text)
		w.tell(jadeColor, "ui.menu.copied", "text", text)
	}}
}
