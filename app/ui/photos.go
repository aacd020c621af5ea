package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// photoThumb is one photo on an item; pressed, it shows the photo larger with
// what is known of it.
func photoThumb(w *Window, v *inspectionView, e record.Evidence) fyne.CanvasObject {
	shown := e.Small
	if shown == "" {
		shown = e.Digest
	}
	return newPress(w, inset(2, 2, w.files.thumb(shown, stripSide, 112, 84)), func() { showPhoto(w, v, e, shown) })
}

func showPhoto(w *Window, v *inspectionView, e record.Evidence, shown record.Hash) {
	w.modal(func(shut func()) fyne.CanvasObject {
		about := down(4, strong(e.Name))
		if e.Caption != "" {
			about.Add(plain(e.Caption))
		}
		if e.TakenAt != "" {
			about.Add(quiet(w.T("ui.photo.taken", "time", w.moment(e.TakenAt))))
		}
		about.Add(quiet(w.T("ui.photo.added", "time", w.moment(e.AddedAt))))
		about.Add(quiet(itoa(e.Width) + " × " + itoa(e.Height) + " · " + w.size(e.Size)))
		about.Add(quiet("SHA-256 " + e.Digest.Short()))
		if v.visit.Inspection.Sealed == nil {
			reason := newField(w)
			row := newFormRow(w.T("ui.photo.reason"), reason)
			about.Add(row.Container)
			about.Add(flow(0, button(w.T("ui.photo.withdraw"), func() {
				if strings.TrimSpace(reason.Text) == "" {
					row.lacks(w, "evidence.reason_needed")
					return
				}
				actor := v.actorID()
				shut()
				v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
					return s.desk.WithdrawEvidence(ctx, actor, s.id, e.ID, reason.Text)
				}, nil)
			})))
		}
		return down(12, acrossTop(16, -1, w.files.thumb(shown, aloneSide, 540, 405), atLeast(280, 0, about)), across(0, 0, quiet(""), button(w.T("ui.close"), shut)))
	})
}
