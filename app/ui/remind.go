package ui

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"plumbline/app/record"
	"plumbline/app/store"
)

// Settings of the reminder: the day of the last one, and whether it is off.
const (
	remindedOn  = "remind.last"
	remindedOff = "remind.off"
)

// soon is how many days ahead a deadline is told of.
const soon = 3

// dueNow is what the reminder counts.
type dueNow struct{ today, late, overdue, soon int }

// remind tells once a day, through the system, what is due: the window may lie
// behind others. It can be switched off in the settings.
func (w *Window) remind() {
	d, day := w.desk, w.now().Format(time.DateOnly)
	if w.reminded == day {
		return
	}
	w.reminded = day
	var due dueNow
	told := false
	w.tasks.Queue(func(ctx context.Context) error {
		last, err := d.Store.Setting(ctx, remindedOn)
		if err != nil {
			return err
		}
		off, err := d.Store.Setting(ctx, remindedOff)
		if told = last == day || off != ""; told || err != nil {
			return err
		}
		if due, err = countDue(ctx, w, day); err != nil || due == (dueNow{}) {
			return err
		}
		return d.Store.SetSetting(ctx, remindedOn, day)
	}, func(err error) {
		switch {
		case err != nil:
			w.log.Error("count what is due", "error", err.Error())
		case !told && due != (dueNow{}):
			w.app.SendNotification(fyne.NewNotification(w.T("ui.remind.title"), w.dueWords(due)))
		}
	})
}

func countDue(ctx context.Context, w *Window, day string) (due dueNow, err error) {
	rows, err := w.desk.Store.Inspections(ctx, store.InspectionFilter{To: day, Limit: mostInspections})
	if err != nil {
		return due, err
	}
	for _, r := range rows {
		switch open := r.State == record.Planned || r.State == record.OnSite; {
		case open && r.PlannedOn == day:
			due.today++
		case open:
			due.late++
		}
	}
	findings, err := w.desk.Store.Findings(ctx, store.FindingFilter{Open: true})
	until := w.now().AddDate(0, 0, soon).Format(time.DateOnly)
	for _, f := range findings {
		switch {
		case f.Overdue(day):
			due.overdue++
		case f.Due != "" && f.Due <= until:
			due.soon++
		}
	}
	return due, err
}

// dueWords says what is due, leaving out what is not.
func (w *Window) dueWords(due dueNow) string {
	var parts []string
	for _, p := range []struct {
		key string
		n   int
	}{{"today", due.today}, {"late", due.late}, {"overdue", due.overdue}, {"soon", due.soon}} {
		if p.n > 0 {
			parts = append(parts, w.N("ui.remind."+p.key, p.n))
		}
	}
	return strings.Join(parts, w.T("ui.list_comma"))
}
