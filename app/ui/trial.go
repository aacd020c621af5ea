package ui

import (
	"context"

	"plumbline/app/checklist"
	"plumbline/app/desk"
)

// try opens an inspection in which everything can be tried and nothing is kept.
func (w *Window) try(c checklist.Checklist) {
	d := w.desk
	var t *desk.Trial
	w.tell(inkColor, "ui.try.preparing")
	w.tasks.Run(context.Background(), func(ctx context.Context) (err error) {
		t, err = d.Try(ctx, c)
		return err
	}, func(err error) {
		w.hush()
		if err != nil {
			w.complain(err)
			return
		}
		w.settleField()
		w.endTrial(nil)
		if w.trying == nil {
			w.trying = newInspectionView(w)
		}
		w.trying.begin(t)
		w.show(w.trying, "checklists")
	})
}

// begin shows a trial from its first question on.
func (v *inspectionView) begin(t *desk.Trial) {
	v.trial, v.visit, v.traces, v.undo = t, nil, nil, nil
	v.session = &session{id: t.Inspection, desk: t.Desk}
	v.where, v.at, v.want, v.page = "", "", "", 0
	v.panel.of = ""
}

// endTrial throws a trial away, behind the writes that are under way, unless its
// view is the one shown.
func (w *Window) endTrial(shown view) {
	v := w.trying
	if v == nil || v.trial == nil || shown == view(v) {
		return
	}
	t := v.trial
	v.trial, v.session, v.visit = nil, nil, nil
	w.files.forget()
	w.tasks.Queue(func(context.Context) error { return t.End() }, func(err error) {
		if err != nil {
			w.log.Error("throw a trial away", "error", err.Error())
		}
	})
}
