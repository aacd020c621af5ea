package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// recordList is a list of records to be read, a row each. A press opens one,
// and so does Enter on the row where the arrow keys stand.
type recordList[T any] struct {
	widget.List
	w       *Window
	rows    []*listRow[T]  // that were made
	verbs   func(T) []verb // what the menu of a record offers; nil no menu
	items   []T
	at      int // the row where the arrow keys stand, -1 none yet
	open    func(T)
	hasMore bool   // items are not all there is
	more    func() // called then when their end comes near
}

// recordRow is a row that shows whatever record is at its place.
type recordRow[T any] interface {
	fyne.CanvasObject
	show(*words, T)
}

// nearEnd is how many rows before the end more are asked for: two screens.
const nearEnd = 50

func newRecordList[T any](w *Window, newRow func() recordRow[T], open func(T)) *recordList[T] {
	l := &recordList[T]{w: w, open: open, at: -1}
	l.ExtendBaseWidget(l)
	l.Length = func() int { return len(l.items) }
	l.CreateItem = func() fyne.CanvasObject {
		r := newListRow(l, newRow())
		l.rows = append(l.rows, r)
		return r
	}
	l.UpdateItem = func(n widget.ListItemID, o fyne.CanvasObject) {
		if n < len(l.items) {
			r := o.(*listRow[T])
			r.n = n
			r.row.show(w.words, l.items[n])
		}
		if l.hasMore && n >= len(l.items)-nearEnd {
			w.tasks.Do(l.more)
		}
	}
	l.OnHighlighted = func(n widget.ListItemID) { l.at = n }
	l.OnSelected = func(n widget.ListItemID) {
		l.UnselectAll()
		if n < len(l.items) {
			l.open(l.items[n])
		}
	}
	return l
}

// TypedKey opens the row at hand on Enter, and its menu on the menu key.
func (l *recordList[T]) TypedKey(e *fyne.KeyEvent) {
	if menuKey(e) {
		l.menuAtHand()
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.List.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		l.List.TypedKey(e)
	}
}

// atHand gives the row where the arrow keys stand; none if they are nowhere.
func (l *recordList[T]) atHand() []T {
	if l.at < 0 || l.at >= len(l.items) {
		return nil
	}
	return l.items[l.at : l.at+1]
}

// columns lays objects side by side, each with its share of the width, so that
// what is alike stands below each other whatever the length of names. A share
// below 0 is a width that grows with the text, for codes and days; the shares
// are then of what these leave.
func columns(shares []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{shares}, objects...)
}

type columnsLayout struct{ shares []float32 }

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x, rest, k := float32(0), size.Width, theme.Size(textSize)/15
	for _, s := range l.shares {
		rest += min(s, 0) * k
	}
	for n, o := range objects {
		w := max(rest, 0) * l.shares[n]
		if l.shares[n] < 0 {
			w = -l.shares[n] * k
		}
		h := heightAt(o, max(0, w-8))
		o.Move(fyne.NewPos(x, (size.Height-h)/2))
		x += w
	}
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	h := float32(0)
	for _, o := range objects {
		h = max(h, o.MinSize().Height)
	}
	return fyne.NewSize(300, h)
}

// topAndRest gives the first object the height it needs, the second the rest.
type topAndRest struct{}

func (topAndRest) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := heightAt(o[0], size.Width)
	o[0].Move(fyne.Position{})
	o[1].Move(fyne.NewPos(0, h))
	o[1].Resize(fyne.NewSize(size.Width, max(0, size.Height-h)))
}

func (topAndRest) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[0].MinSize().AddWidthHeight(0, 60)
}
