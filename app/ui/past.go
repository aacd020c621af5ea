package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// What was on an item and is not there any more, or came from elsewhere.

// tracesOf lists what is left on an item: of photos, or of words.
func (v *inspectionView) tracesOf(key string, photos bool) []desk.Trace {
	var out []desk.Trace
	for _, t := range v.traces {
		if t.Item == key && (t.Photo != nil) == photos {
			out = append(out, t)
		}
	}
	return out
}

// destroyedOf counts what two persons had destroyed.
func destroyedOf(traces []desk.Trace) (n int) {
	for _, t := range traces {
		if t.Fate == desk.Destroyed {
			n++
		}
	}
	return n
}

// showTraces puts what is left on an item into box.
func (v *inspectionView) showTraces(box *fyne.Container, key string, photos bool) {
	box.Objects = nil
	for _, t := range v.tracesOf(key, photos) {
		box.Add(traceLine(v, t))
	}
	showIf(box, len(box.Objects) > 0)
	box.Refresh()
}

// traceLine tells what became of a photo or a note, why, who did it and when.
func traceLine(v *inspectionView, t desk.Trace) fyne.CanvasObject {
	w := v.w
	said := down(2, traceTitle(w, t))
	if text := traceText(t); text != "" {
		gone := plain(text).atMostLines(4)
		gone.color, gone.struck = quietColor, t.Fate != desk.MovedFrom
		said.Add(gone)
	}
	switch t.Fate {
	case desk.MovedTo:
		said.Add(plain(w.T("ui.past.to", "where", spotWords(w, t))))
	case desk.MovedFrom:
		said.Add(plain(w.T("ui.past.from", "where", spotWords(w, t))))
	}
	if t.Fate == desk.Destroyed {
		said.Add(destroyedWords(w, t))
	} else {
		said.Add(plain(w.T("ui.past.why", "reason", t.Reason)))
		said.Add(quiet(w.T("ui.past.who", "name", t.By, "time", w.moment(t.At))))
	}
	var links []fyne.CanvasObject
	if back := v.backButton(t); back != nil {
		links = append(links, back)
	}
	if t.Note != "" && t.Fate != desk.MovedFrom { // what is struck through can be read all the same
		links = append(links, linkButton(w, w.T("ui.destroy.words_button"), func() { v.askDestruction(desk.Unlawful{Texts: []string{t.Item}}) }))
	}
	if len(links) > 0 {
		said.Add(outdented(links...))
	}
	if t.Photo == nil || t.Fate == desk.MovedFrom {
		return newBox(inset(7, 10, said), theme.ColorNameBackground, theme.ColorNameSeparator, 4)
	}
	return newBox(inset(7, 10, acrossTop(10, 1, goneThumb(v, t), said)), theme.ColorNameBackground, theme.ColorNameSeparator, 4)
}

// traceText is what the photo or the note was, as far as it may be shown.
func traceText(t desk.Trace) string {
	switch {
	case t.Fate == desk.Destroyed || t.Fate == desk.MovedFrom && t.Photo == nil:
		return "" // gone, or standing right above
	case t.Photo == nil:
		return t.Note
	case t.Photo.Caption != "":
		return t.Photo.Caption
	}
	return t.Photo.Name
}

// traceTitle says what became of it. It wraps, which a pill does not: the pane
// is narrow where the text is large.
func traceTitle(w *Window, t desk.Trace) fyne.CanvasObject {
	m, c := dash, slateColor
	switch t.Fate {
	case desk.MovedTo, desk.MovedFrom:
		m = turn
	case desk.Destroyed:
		m, c = cross, vermilionColor
	}
	what := ".note"
	if t.Photo != nil {
		what = ".photo"
	}
	return across(6, 1, sign(m, c, 14), newProse(w.T("ui.past."+string(t.Fate)+what), smallSize, c).strong())
}

// spotWords names the other end of a move.
func spotWords(w *Window, t desk.Trace) string {
	where := t.Other.Code
	switch {
	case t.Other.Inspection == "":
		return w.T("ui.past.elsewhere")
	case where == "":
		where = w.T("ui.past.visit")
	}
	if w.inspection.session != nil && t.Other.Inspection != w.inspection.session.id {
		where = w.T("ui.past.at", "item", where, "organization", t.Other.Organization, "number", t.Other.Number)
	}
	return where
}

// destroyedWords tells on what ground, by whom and when.
func destroyedWords(w *Window, t desk.Trace) fyne.CanvasObject {
	said := down(2)
	if x := t.Destruction; x != nil {
		said.Add(plain(capital(w.T("destruction.reason." + x.Request.Reason))))
		said.Add(quiet(w.T("ui.destroy.two", "asked", t.AskedBy, "approved", t.By, "time", w.moment(t.At))))
	}
	if t.Photo != nil {
		said.Add(quiet("SHA-256 " + t.Photo.Digest.Short()))
	}
	return said
}

// backButton undoes what can be undone before the seal; nil when nothing can.
func (v *inspectionView) backButton(t desk.Trace) fyne.CanvasObject {
	w, i := v.w, v.visit.Inspection
	here := t.Other.Inspection == i.ID
	switch {
	case (t.Fate == desk.MovedTo || t.Fate == desk.MovedFrom) && !here && t.Other.Inspection != "":
		return linkButton(w, w.T("ui.past.open"), func() { w.openInspection(t.Other.Inspection, t.Other.Item) })
	case i.Sealed != nil || t.Note == "" && t.Photo == nil:
		return nil
	case t.Fate == desk.Withdrawn:
		return linkButton(w, w.T("ui.past.put_back"), func() { v.putBack(t) })
	case t.Fate == desk.MovedTo && here:
		return linkButton(w, w.T("ui.past.move_back"), func() { v.moveBack(t) })
	}
	return nil
}

// putBack undoes a withdrawal.
func (v *inspectionView) putBack(t desk.Trace) {
	actor := v.actorID()
	v.rewrite(func(ctx context.Context, s *session) (desk.Visit, error) {
		if t.Photo != nil {
			return s.desk.PutBackEvidence(ctx, actor, s.id, t.Photo.ID)
		}
		return s.desk.PutBackNote(ctx, actor, s.id, t.Item, t.Note)
	})
}

// moveBack undoes a move within the inspection.
func (v *inspectionView) moveBack(t desk.Trace) {
	if t.Photo != nil {
		v.movePhoto(t.Photo.ID, v.session.id, t.Item, v.w.T("ui.move.undone"))
		return
	}
	v.moveNote(t.Other.Item, v.session.id, t.Item, v.w.T("ui.move.undone"))
}

// rewrite is write for what leaves traces: they are read anew.
func (v *inspectionView) rewrite(work func(ctx context.Context, s *session) (desk.Visit, error)) {
	v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
		if _, err := work(ctx, s); err != nil {
			return desk.Visit{}, err
		}
		return s.desk.Visit(ctx, s.id) // what was moved may stand in another one
	}, nil)
	v.load()
}

func (v *inspectionView) movePhoto(photo, to record.ID, key, reason string) {
	actor := v.actorID()
	v.rewrite(func(ctx context.Context, s *session) (desk.Visit, error) {
		return s.desk.MoveEvidence(ctx, actor, s.id, photo, to, key, reason)
	})
}

func (v *inspectionView) moveNote(from string, to record.ID, key, reason string) {
	actor := v.actorID()
	v.rewrite(func(ctx context.Context, s *session) (desk.Visit, error) {
		return s.desk.MoveNote(ctx, actor, s.id, from, to, key, reason)
	})
}

// goneThumb is a photo that counts no more: pale, or a cross where its picture
// was destroyed.
func goneThumb(v *inspectionView, t desk.Trace) fyne.CanvasObject {
	const width, height = 84, 63
	if t.Fate == desk.Destroyed {
		return atLeast(width, height, newBox(container.NewCenter(sign(cross, slateColor, 24)), slateSoft, "", 4))
	}
	shown := shownOf(*t.Photo)
	pale := container.NewStack(v.w.files.thumb(shown, stripSide, width, height), newBox(nil, veilColor, "", 4))
	return newPress(v.w, pale, func() { showPhoto(v.w, v, *t.Photo, shown) })
}

// shownOf is the file to show of a photo: the small copy where there is one.
func shownOf(e record.Evidence) record.Hash {
	if e.Small != "" {
		return e.Small
	}
	return e.Digest
}

// outdented sets links so that their words, not their focus ring, stand in line
// with the text above.
func outdented(links ...fyne.CanvasObject) fyne.CanvasObject { return inset(0, -4, flow(6, links...)) }

// hasWords tells whether somebody wrote words of their own for an item.
func hasWords(a record.Answer) bool {
	return strings.TrimSpace(a.Note+a.Seen+a.Reason+a.Fact) != ""
}
