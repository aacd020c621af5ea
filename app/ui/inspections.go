package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/store"
)

// inspectionsView lists inspections, the latest first.
type inspectionsView struct {
	w      *Window
	filter string // all, today, overdue, open, sealed
	all    *fyne.Container
	tabs   map[string]*choiceButton
	count  *prose
	list   *recordList[store.InspectionRow]
	rows   []store.InspectionRow
	cut    bool // there are more than were looked through
	latest latest
}

// mostInspections is how many inspections, of the latest, are looked through.
const mostInspections = 2000

var inspectionFilters = []string{"all", "today", "overdue", "open", "sealed"}

func newInspectionsView(w *Window) *inspectionsView {
	v := &inspectionsView{w: w, filter: "all", tabs: map[string]*choiceButton{}, count: quiet("")}
	name := title("")
	w.say(func() { name.set(w.T("ui.nav.inspections")) })
	tabs := flow(6)
	for _, f := range inspectionFilters {
		b := newChoiceButton(w, "", inkColor, f, func() { v.filter = f; v.load() })
		w.say(func() { b.text.set(w.T("ui.inspections.filter." + f)) })
		v.tabs[f] = b
		tabs.Add(b.press)
	}
	find := mainButton("", func() { w.goTo("organizations") })
	plans, complaints := button("", w.openPlans), button("", w.openComplaints)
	w.say(func() {
		find.SetText(w.T("ui.inspections.new"))
		plans.SetText(w.T("ui.plans.open"))
		complaints.SetText(w.T("ui.complaints.open"))
	})
	v.list = newRecordList(w, func() recordRow[store.InspectionRow] { return newInspectionRow() }, func(r store.InspectionRow) { w.openInspection(r.ID, "") })
	v.list.verbs = func(r store.InspectionRow) []verb {
		sign := "ui.inspection.sign"
		if r.State == record.SealedNow {
			sign = "ui.inspection.document"
		}
		return []verb{{w.T("ui.menu.open"), func() { w.openInspection(r.ID, "") }}, {w.T(sign), func() { w.openSigning(r.ID) }}, {w.T("ui.nav.documents"), func() { w.openDocumentsOf(r.ID) }},
			{w.T("ui.menu.organization"), func() { w.openOrganization(r.Organization) }}, w.copyTextVerb("ui.menu.copy_number", r.Number), w.copyVerb()}
	}
	v.all = container.New(&topAndRest{}, inset(16, 20, down(10, headLine(name, w.takers(), complaints, plans, find), tabs, v.count)), v.list)
	w.say(v.show)
	return v
}

func (v *inspectionsView) object() fyne.CanvasObject    { return v.all }
func (v *inspectionsView) leave()                       {}
func (v *inspectionsView) scrolls() []*container.Scroll { return nil }

func (v *inspectionsView) load() {
	w := v.w
	day := w.now().Format(time.DateOnly)
	f := store.InspectionFilter{Limit: mostInspections}
	switch v.filter {
	case "today":
		f.From, f.To = day, day
	case "overdue":
		f.To = w.now().AddDate(0, 0, -1).Format(time.DateOnly)
	case "sealed":
		f.State = record.SealedNow
	}
	open := v.filter == "open" || v.filter == "overdue"
	var rows []store.InspectionRow
	cut := false
	v.latest.run(w.tasks, func(ctx context.Context) error {
		all, err := w.desk.Store.Inspections(ctx, f)
		cut = len(all) == mostInspections
		for _, r := range all {
			if !open || r.State == record.Planned || r.State == record.OnSite {
				rows = append(rows, r)
			}
		}
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.rows, v.cut = rows, cut
		v.show()
	})
}

func (v *inspectionsView) show() {
	for f, b := range v.tabs {
		b.choose(f == v.filter)
	}
	v.count.set(v.w.N("ui.inspections.count", len(v.rows)))
	if len(v.rows) == 0 {
		v.count.set(v.w.T("ui.inspections.none"))
	}
	v.list.items = v.rows
	v.all.Refresh()
}

// inspectionRow is one inspection in a list.
type inspectionRow struct {
	widget.BaseWidget
	day, name, what, number *prose
	state                   *fyne.Container
	all                     *fyne.Container
}

func newInspectionRow() *inspectionRow {
	r := &inspectionRow{day: quiet("").oneLine(), name: plain("").oneLine(), what: quiet("").oneLine(), number: quiet("").oneLine(), state: across(0, -1)}
	r.all = inset(5, 20, columns([]float32{-150, 1, -116}, down(0, r.day, r.number), down(0, r.name, r.what), r.state))
	r.ExtendBaseWidget(r)
	return r
}

func (r *inspectionRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.all) }

func (r *inspectionRow) show(w *words, i store.InspectionRow) {
	r.day.set(w.day(i.PlannedOn))
	r.name.set(i.OrganizationName)
	r.what.set(checklistTitle(w, i.Checklist) + " · " + kindWord(w, i.Kind))
	r.number.set(i.Number)
	r.state.Objects = []fyne.CanvasObject{statePill(w, i.State, i.Conflicts)}
	r.all.Refresh()
}

// checklistTitle names a checklist by id; one that is not built in by its id.
func checklistTitle(w *words, id string) string {
	if c, ok := checklist.Find(id); ok {
		return w.in(c.Title)
	}
	return id
}
