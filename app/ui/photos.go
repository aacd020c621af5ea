package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// photoThumb is one photo on an item with its caption; pressed, it shows the
// photo large with what is known of it.
func photoThumb(w *Window, v *inspectionView, e record.Evidence) fyne.CanvasObject {
	shown := shownOf(e)
	if chosen, ok := v.visit.Inspection.Shown(e, false); ok {
		shown = shownOf(chosen) // an edited copy where the inspector chose so
	}
	picture := down(2, w.files.thumb(shown, stripSide, 112, 84))
	if e.Caption != "" {
		picture.Add(quiet(e.Caption).atMostLines(2))
	}
	if v.visit.Drafts[stepsPath(e.ID)] != "" {
		picture.Add(newProse(w.T("ui.photo.unkept"), smallSize, amberColor).strong())
	}
	content, open := inset(2, 2, atLeast(112, 0, picture)), func() { w.openPhoto(e) }
	switch {
	case v.trial != nil:
		return content
	case v.visit.Inspection.Sealed != nil:
		return newPress(w, content, open)
	}
	t := newDragThumb(v, e, content, open)
	t.menu = func() []verb {
		return []verb{{w.T("ui.menu.look"), open}, {w.T("ui.move.button"), func() { v.movePhotoFrom(e) }}, {w.T("ui.withdraw.button"), func() { v.withdrawPhoto(e) }}}
	}
	return t
}

// captionPath names the unfinished caption of a photo.
func captionPath(e record.ID) string { return "evidence/" + string(e) + "/caption" }

// captionField is where a photo's caption is written; it is kept when the field
// is left.
func captionField(w *Window, v *inspectionView, e record.Evidence) *formRow {
	f := newNote(w, 2)
	row := newFormRow(w.T("ui.photo.caption"), f)
	path := captionPath(e.ID)
	f.show(string(e.ID), e.Caption, v.visit.Drafts[path])
	f.onType = func(string) { row.fine() }
	f.onDraft = func(text string) { v.draft(path, text) }
	f.onDiscard = func() { v.discard(path) }
	f.onKeep = func(text string) {
		actor := v.actorID()
		v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
			visit, err := s.desk.CaptionEvidence(ctx, actor, s.seen, e.ID, text)
			if err == nil {
				delete(visit.Drafts, path)
				err = s.desk.Store.DropDraft(ctx, s.id, path)
			}
			return visit, err
		}, func(err error) {
			f.refuse(e.Caption)
			row.failed(w, err)
			w.complain(err)
		})
	}
	return row
}

// showPhoto shows a photo with what is known of it in front of the view.
func showPhoto(w *Window, v *inspectionView, e record.Evidence, shown record.Hash) {
	w.modal(func(shut func()) fyne.CanvasObject {
		// The caption at hand makes its entry before anything else is asked.
		about := photoFacts(w, v, e, func(f func()) func() {
			return func() { w.canvas().Unfocus(); shut(); f() }
		})
		shutIt := button(w.T("ui.close"), func() {
			w.canvas().Unfocus() // the caption at hand makes its entry
			shut()
		})
		return down(12, acrossTop(16, -1, w.files.thumb(shown, aloneSide, 540, 405), atLeast(280, 0, about)), across(0, 0, quiet(""), shutIt))
	})
}
