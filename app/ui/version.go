package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
)

// showNewer offers to move the inspection to a newer version of its checklist.
func (v *inspectionView) showNewer() {
	w := v.w
	v.newerBox.Objects = nil
	if c := v.newer; c != nil && v.visit.Checklist.Ref() != c.Ref() {
		v.newerBox.Add(inset(4, 16, across(10, 0, plain(w.T("ui.version.newer", "version", c.Version, "now", v.visit.Checklist.Version)),
			button(w.T("ui.version.see"), func() { v.askMove(*c) }))))
	}
	showIf(v.newerBox, len(v.newerBox.Objects) > 0)
}

// askMove lists what the newer version changes before the inspection moves.
func (v *inspectionView) askMove(c checklist.Checklist) {
	w := v.w
	changes := checklist.Changes(v.visit.Checklist, c, v.visit.Inspection)
	rows := down(0)
	if len(changes) == 0 {
		rows.Add(plain(w.T("ui.version.same")))
	}
	for _, x := range changes {
		said := down(2, quiet(w.T("ui.version."+string(x.Kind))), across(8, 1, strong(x.Code).oneLine(), plain(w.in(x.Text))))
		if before := w.in(x.Before); before != "" {
			said.Add(quiet(w.T("ui.version.before", "text", before)))
		}
		switch {
		case x.Unfit:
			said.Add(across(6, 1, sign(clash, amberColor, 16), plain(w.T("ui.version.unfit"))))
		case x.Kind == checklist.ItemGone && x.Answered:
			said.Add(across(6, 1, sign(clash, amberColor, 16), plain(w.T("ui.version.not_asked"))))
		}
		rows.Add(down(0, inset(6, 4, said), hairline()))
	}
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.version.move", "version", c.Version), func() {
			shut()
			actor := v.actorID()
			v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
				return s.desk.MoveToVersion(ctx, actor, s.id, c.Version)
			}, nil)
		})
		width := w.across(760)
		heightAt(rows, width)
		return atLeast(width, 10, down(12, head(w.T("ui.version.title", "version", c.Version)), plain(w.T("ui.version.explained")),
			atLeast(width, min(rows.MinSize().Height+48, max(160, w.canvas().Size().Height-300)), scrolled(rows)),
			across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), w.asked)))
	})
}
