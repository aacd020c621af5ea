package ui

import (
	"fyne.io/fyne/v2"

	"plumbline/app/record"
)

// dragThumb is a photo that can be dragged onto another item, which asks why it
// is moved there. Its own view offers the same without a mouse.
type dragThumb struct {
	press
	v    *inspectionView
	e    record.Evidence
	over *itemRow // under the pointer, nil none
}

func newDragThumb(v *inspectionView, e record.Evidence, content fyne.CanvasObject, onTap func()) *dragThumb {
	t := &dragThumb{v: v, e: e}
	t.content, t.keys, t.onTap, t.radius = content, v.w, onTap, 4
	t.ExtendBaseWidget(t)
	return t
}

// FocusGained is press's; what is revealed is the object on the view.
func (t *dragThumb) FocusGained() {
	t.focused = true
	t.Refresh()
	t.v.w.reveal(t)
}

// TypedKey is press's; the menu opens below the object on the view.
func (t *dragThumb) TypedKey(e *fyne.KeyEvent) {
	if menuKey(e) {
		t.showMenu(lowerMiddle(t))
		return
	}
	t.press.TypedKey(e)
}

// Dragged shows the item that the photo would go to.
func (t *dragThumb) Dragged(e *fyne.DragEvent) {
	row := t.v.rowAt(e.AbsolutePosition)
	if row != nil && row.key == t.e.Item {
		row = nil
	}
	if row == t.over {
		return
	}
	t.mark("", "")
	t.over = row
	t.mark(inkSoft, inkColor)
}

// mark paints the row under the pointer.
func (t *dragThumb) mark(ground, edge fyne.ThemeColorName) {
	if t.over != nil {
		t.over.back.paint(ground, "")
		t.over.edge.paint(edge, "")
	}
}

// DragEnd asks why the photo goes to the item it was dropped on.
func (t *dragThumb) DragEnd() {
	row, v := t.over, t.v
	t.mark("", "")
	t.over = nil
	if row == nil {
		return
	}
	n, ok := v.visit.Node(row.key)
	switch {
	case !ok:
	case n.Item.PhotoForbidden():
		v.w.complain(&record.Error{Code: record.Forbidden, Message: "evidence.photo_forbidden"})
	default:
		v.askReason("move/"+string(t.e.ID), v.w.T("ui.move.dropped", "item", n.Item.Code), v.w.in(n.Item.Text), "ui.move.reason", "ui.move.do", func(reason string) {
			v.movePhotoTo(t.e, v.session.id, n.Key, reason)
		})
	}
}

// rowAt is the item under a place on the window, nil where there is none.
func (v *inspectionView) rowAt(at fyne.Position) *itemRow {
	d := fyne.CurrentApp().Driver()
	within := func(o fyne.CanvasObject) bool {
		p, s := d.AbsolutePositionForObject(o), o.Size()
		return at.X >= p.X && at.Y >= p.Y && at.X < p.X+s.Width && at.Y < p.Y+s.Height
	}
	if !v.items.Visible() || !within(v.middle) {
		return nil
	}
	for _, r := range v.rows {
		if r.Visible() && within(r) {
			return r
		}
	}
	return nil
}
