package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/record"
	"plumbline/app/store"
)

// homeView tells what there is to do: today's inspections, what is overdue,
// what is to be sent and settled. Every number opens the list behind it.
type homeView struct {
	w      *Window
	scroll *container.Scroll
	latest latest

	day, backup *prose
	tiles       map[string]*tile
	todayHead   *prose
	today       *fyne.Container
	lateHead    *prose
	late        *fyne.Container
	guide       *guide
	recentHead  *prose
	recent      *fyne.Container
	empty       *fyne.Container
	office      *fyne.Container // what waits for a decision

	seen struct {
		today, late []visitRow
		recent      []recent
		findings    int
		overdue     int // rectifications
		backup      string
		inspectors  int
		office      store.ProcedureCounts
		status      store.Status
		read        bool
	}
}

// visitRow is an inspection as the home view shows it.
type visitRow struct {
	store.InspectionRow
	progress record.Progress
	findings int // open ones of earlier inspections
}

type tile struct {
	*press
	number *prose
	label  *prose
}

func newHomeView(w *Window) *homeView {
	v := &homeView{w: w, tiles: map[string]*tile{}}
	v.day, v.backup = title(""), quiet("")
	v.backup.oneLine()
	v.today, v.late, v.empty = down(0), down(0), down(10)
	v.guide = newGuide(w)
	v.todayHead, v.lateHead, v.recentHead, v.recent = head(""), head(""), head(""), down(0)
	v.office = flow(8)
	row := equal(10,
		v.tile("today", func() { w.inspections.filter = "today"; w.goTo("inspections") }),
		v.tile("overdue", func() { w.inspections.filter = "overdue"; w.goTo("inspections") }),
		v.tile("findings", func() { w.findings.tab = "open"; w.goTo("findings") }),
		v.tile("rectify_overdue", func() { w.findings.tab = "overdue"; w.goTo("findings") }),
		v.tile("to_send", func() { w.goTo("sync") }),
		v.tile("to_settle", func() { w.goTo("sync") }))
	v.scroll = scrolled(down(14, across(10, 0, v.day, v.backup), row, v.office, v.guide.all, v.empty, v.todayHead, v.today, v.lateHead, v.late, v.recentHead, v.recent))
	w.say(v.show)
	return v
}

func (v *homeView) tile(name string, open func()) fyne.CanvasObject {
	t := &tile{number: title("–").oneLine(), label: quiet("").atMostLines(2)}
	t.press = newPress(v.w, inset(10, 12, down(2, t.number, t.label)), open)
	t.press.fill, t.press.stroke = panelColor, theme.ColorNameSeparator
	v.tiles[name] = t
	return t.press // a tile on the view would be drawn by a renderer that nobody lays out
}

func (v *homeView) object() fyne.CanvasObject    { return v.scroll }
func (v *homeView) leave()                       {}
func (v *homeView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *homeView) load() {
	w := v.w
	d := w.desk
	day := w.now()
	var today, late []visitRow
	var findings, overdue, inspectors int
	var backup string
	var last []recent
	var status store.Status
	var office store.ProcedureCounts
	v.latest.run(w.tasks, func(ctx context.Context) error {
		var err error
		if today, err = visits(ctx, w, store.InspectionFilter{From: day.Format(time.DateOnly), To: day.Format(time.DateOnly)}, true); err != nil {
			return err
		}
		if late, err = visits(ctx, w, store.InspectionFilter{To: day.AddDate(0, 0, -1).Format(time.DateOnly), Limit: 200}, false); err != nil {
			return err
		}
		open, err := d.Store.Findings(ctx, store.FindingFilter{Open: true})
		if err != nil {
			return err
		}
		findings = len(open)
		for _, f := range open {
			if f.Overdue(d.Today()) {
				overdue++
			}
		}
		people, err := d.Store.Inspectors(ctx)
		if err != nil {
			return err
		}
		inspectors = len(people)
		if status, err = d.Store.Status(ctx); err != nil {
			return err
		}
		if office, err = d.Store.CountProcedures(ctx, d.Today()); err != nil {
			return err
		}
		if last, err = readRecent(ctx, w); err != nil {
			return err
		}
		if err = v.guide.read(ctx, status); err != nil {
			return err
		}
		backup, err = d.Store.Setting(ctx, "backup.last")
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.seen.recent = last
		v.seen.today, v.seen.late, v.seen.findings, v.seen.overdue, v.seen.backup, v.seen.status, v.seen.inspectors, v.seen.office, v.seen.read = today, late, findings, overdue, backup, status, inspectors, office, true
		v.show()
	})
}

// visits lists inspections with how far they are; sealed ones only if asked for.
func visits(ctx context.Context, w *Window, f store.InspectionFilter, sealed bool) ([]visitRow, error) {
	rows, err := w.desk.Store.Inspections(ctx, f)
	if err != nil {
		return nil, err
	}
	var out []visitRow
	for _, r := range rows {
		if r.State == record.Cancelled || r.State == record.SealedNow && !sealed {
			continue
		}
		visit, err := w.desk.Visit(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, visitRow{r, visit.Progress, len(visit.Earlier)})
	}
	return out, nil
}

func (v *homeView) show() {
	w := v.w
	s := v.seen
	v.day.set(w.T("ui.home.today", "day", w.now().Format(w.T("ui.format.long_day"))))
	v.backup.set(w.T("ui.home.no_backup"))
	if s.backup != "" {
		v.backup.set(w.T("ui.home.backup", "time", w.moment(s.backup)))
	}
	entries, files := toSend(s.status)
	open := 0
	for _, r := range s.today {
		if r.State != record.SealedNow {
			open++
		}
	}
	v.number("today", len(s.today), inkColor)
	v.number("overdue", len(s.late), vermilionColor)
	v.number("findings", s.findings, amberColor)
	v.number("rectify_overdue", s.overdue, vermilionColor)
	v.number("to_send", entries+files, amberColor)
	v.number("to_settle", int(s.status.Conflicts+s.status.Quarantine+s.status.Late), vermilionColor)

	v.office.Objects = nil
	waits := func(key, tab string, n int) {
		if n > 0 {
			v.office.Add(linkButton(w, w.T("ui.home.office."+key, "n", n), func() { w.procedures.tab = tab; w.openProcedure("") }))
		}
	}
	waits("asked", "approval", s.office.Asked)
	waits("submitted", "review", s.office.Submitted)
	waits("overdue", "result", s.office.Overdue)
	showIf(v.office, len(v.office.Objects) > 0)

	v.todayHead.set(w.T("ui.home.today_list"))
	v.lateHead.set(w.T("ui.home.late_list"))
	v.today.Objects, v.late.Objects = nil, nil
	for _, r := range s.today {
		v.today.Add(v.row(r))
	}
	for _, r := range s.late {
		v.late.Add(v.row(r))
	}
	v.guide.show()
	v.recentHead.set(w.T("ui.home.recent"))
	v.recent.Objects = nil
	for _, r := range s.recent {
		v.recent.Add(recentRow(w, r))
	}
	showIf(v.recentHead, len(s.recent) > 0)
	showIf(v.todayHead, len(s.today) > 0)
	showIf(v.lateHead, len(s.late) > 0)
	v.showEmpty(open)
	v.scroll.Refresh()
}

func (v *homeView) number(name string, n int, c fyne.ThemeColorName) {
	t := v.tiles[name]
	t.number.set(number(int64(n)))
	if n == 0 {
		c = quietColor
	}
	t.number.setColor(c)
	t.label.set(v.w.N("ui.home.tile."+name, n))
}

func (v *homeView) row(r visitRow) fyne.CanvasObject {
	w := v.w
	name := strong(r.OrganizationName).atMostLines(2)
	what := kindWord(w.words, r.Kind)
	done := w.T("ui.progress", "done", r.progress.Answered, "total", r.progress.Total)
	if r.progress.Problems > 0 {
		done += " · " + w.N("ui.count.findings", r.progress.Problems)
	}
	if r.findings > 0 {
		done += " · " + w.N("ui.home.earlier", r.findings)
	}
	when := r.PlannedOn
	if when == w.now().Format(time.DateOnly) {
		when = ""
		if t, err := time.Parse(time.RFC3339, r.StartedAt); err == nil {
			when = t.Local().Format("15:04")
		}
	} else {
		when = w.day(when)
	}
	open := func() { w.openInspection(r.ID, "") }
	act := mainButton(w.T("ui.home.continue"), open)
	switch {
	case r.State == record.SealedNow:
		act = button(w.T("ui.home.open"), open)
	case r.progress.Answered == 0 && r.State == record.Planned:
		act = mainButton(w.T("ui.home.start"), open)
	}
	line := across(14, 1, atLeast(86, 0, quiet(when)), down(2, name, quiet(what+" · "+done)), statePill(w.words, r.State, r.Conflicts), act)
	return down(0, inset(8, 2, line), hairline())
}

// showEmpty says what to do when there is nothing to do.
func (v *homeView) showEmpty(open int) {
	w := v.w
	v.empty.Objects = nil
	if !v.seen.read {
		return
	}
	switch {
	case v.seen.status.Organizations == 0:
		v.empty.Add(panel(inset(16, 16, down(10, head(w.T("ui.home.empty.register")), plain(w.T("ui.home.empty.register_how")),
			flow(8, mainButton(w.T("ui.settings.import"), func() { w.chooseRegisterFile(organizationRegister) }),
				button(w.T("ui.settings.sample"), func() { w.goTo("settings"); w.settings.loadSample() }))))))
	case v.seen.inspectors < 2:
		v.empty.Add(panel(inset(16, 16, down(10, head(w.T("ui.home.empty.inspectors")), plain(w.T("ui.home.empty.inspectors_how")),
			flow(8, mainButton(w.T("ui.settings.import_inspectors"), func() { w.chooseRegisterFile(inspectorRegister) }))))))
	case len(v.seen.today) == 0:
		v.empty.Add(panel(inset(16, 16, down(10, head(w.T("ui.home.empty.today")), plain(w.T("ui.home.empty.today_how")),
			flow(8, mainButton(w.T("ui.home.find"), func() { w.goTo("organizations") }))))))
	case open == 0 && len(v.seen.late) == 0:
		v.empty.Add(quiet(w.T("ui.home.empty.done")))
	}
}

func showIf(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}

// statePill shows where an inspection stands.
func statePill(w *words, s record.InspectionState, conflicts int) fyne.CanvasObject {
	if conflicts > 0 {
		return newPill(clash, vermilionColor, w.N("ui.count.conflicts", conflicts)).box
	}
	switch s {
	case record.OnSite:
		return newPill(half, amberColor, w.T("ui.state.onsite")).box
	case record.SealedNow:
		return newPill(tick, jadeColor, w.T("ui.state.sealed")).box
	case record.Cancelled:
		return newPill(dash, slateColor, w.T("ui.state.cancelled")).box
	}
	return newPill(ring, slateColor, w.T("ui.state.planned")).box
}
