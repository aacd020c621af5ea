package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// findingsView is the ledger of rectifications: findings of sealed inspections,
// the one whose deadline ends first on top.
type findingsView struct {
	w        *Window
	tab      string // open, overdue or all
	at       int    // the row that has or had the focus, -1 none
	scroll   *container.Scroll
	body     *fyne.Container
	tabs     map[string]*choiceButton
	severity *pick
	district *pick
	count    *prose
	latest   latest

	lines     []desk.LedgerLine
	districts []string
	limits    record.Limits
}

// mostFindings is how many findings are shown; more are counted.
const mostFindings = 100

var ledgerTabs = []string{"open", "overdue", "all"}

func newFindingsView(w *Window) *findingsView {
	v := &findingsView{w: w, tab: "open", at: -1, body: down(0), count: quiet(""), tabs: map[string]*choiceButton{}}
	name := title("")
	row := flow(6)
	for _, tab := range ledgerTabs {
		v.tabs[tab] = newChoiceButton(w, "", inkColor, "-", func() { v.tab = tab; v.load() })
		row.Add(v.tabs[tab].press)
	}
	v.severity = newPick(func(string) { v.show() })
	v.district = newPick(func(string) { v.show() })
	w.say(func() {
		name.set(w.T("ui.nav.findings"))
		for _, tab := range ledgerTabs {
			v.tabs[tab].text.set(w.T("ui.findings." + tab))
		}
	})
	figures := button("", w.openFigures)
	w.say(func() { figures.SetText(w.T("figures.open")) })
	v.scroll = scrolled(down(10, headLine(name, w.takers(), figures), row, atMost(560, equal(10, v.severity.framed, v.district.framed)), v.count, v.body))
	w.say(v.show)
	return v
}

func (v *findingsView) object() fyne.CanvasObject    { return v.scroll }
func (v *findingsView) leave()                       {}
func (v *findingsView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *findingsView) load() {
	w := v.w
	var lines []desk.LedgerLine
	var districts []string
	var limits record.Limits
	f := store.LedgerFilter{Open: v.tab == "open"}
	if v.tab == "overdue" {
		f.OverdueOn = w.desk.Today()
	}
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if lines, err = w.desk.Ledger(ctx, f); err != nil {
			return err
		}
		if districts, err = w.desk.Store.Districts(ctx); err != nil {
			return err
		}
		limits, err = w.desk.Limits(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.lines, v.districts, v.limits, v.at = lines, districts, limits, -1
		v.show()
	})
}

// narrowed gives the lines that severity and district leave.
func (v *findingsView) narrowed() []desk.LedgerLine {
	severity, district := v.severity.value(), v.district.value()
	return slices.DeleteFunc(slices.Clone(v.lines), func(l desk.LedgerLine) bool {
		return severity != "" && string(l.Severity) != severity || district != "" && l.District != district
	})
}

func (v *findingsView) show() {
	w := v.w
	for tab, b := range v.tabs {
		b.choose(tab == v.tab)
	}
	severities := []string{"", string(record.Critical), string(record.Major), string(record.Minor)}
	labels := []string{w.T("ui.findings.any_severity")}
	for _, s := range severities[1:] {
		labels = append(labels, severityWord(w.words, record.Severity(s)))
	}
	v.severity.show(severities, labels, v.severity.value())
	v.district.show(append([]string{""}, v.districts...), append([]string{w.T("ui.findings.any_district")}, v.districts...), v.district.value())
	rows := v.narrowed()
	v.body.Objects = nil
	v.count.set(w.N("ui.findings.count", len(rows)))
	switch {
	case len(rows) == 0 && v.tab == "overdue":
		v.count.set(w.T("ui.findings.none_overdue"))
	case len(rows) == 0:
		v.count.set(w.T("ui.findings.none"))
	case len(rows) > mostFindings:
		v.count.set(w.T("ui.findings.first", "n", mostFindings, "total", len(rows)))
	}
	for n, l := range rows[:min(len(rows), mostFindings)] {
		row := ledgerRow(w, l, v.limits)
		p := row.Objects[0].(*press)
		p.onFocus = func() { v.at = n }
		p.menu = func() []verb {
			v.at = n
			return []verb{{w.T("ui.menu.open"), func() { w.openRectification(l.ID) }}, {w.T("ui.menu.inspection"), func() { w.openInspection(l.Inspection, record.ItemKey(l.Item, l.Repeat)) }},
				{w.T("ui.menu.organization"), func() { w.openOrganization(l.Organization) }}, w.copyVerb()}
		}
		v.body.Add(row)
	}
	v.scroll.Refresh()
}

// ledgerRow is one rectification in the ledger; pressed, it opens its history.
func ledgerRow(w *Window, l desk.LedgerLine, limits record.Limits) *fyne.Container {
	fact := l.Fact
	if fact == "" {
		fact = w.in(l.Title)
	}
	line := down(3,
		across(8, 1, strong(l.Code).oneLine(), strong(fact).atMostLines(2), severityPill(w.words, l.Severity).box, findingState(w.words, l.Finding).box),
		across(8, 0, quiet(ledgerWhere(l)).atMostLines(1), nextWords(w, l)))
	for _, said := range l.Warnings(w.texts, limits) {
		line.Add(newProse(said, smallSize, amberColor))
	}
	p := newPress(w, inset(8, 8, line), func() { w.openRectification(l.ID) })
	return down(0, p, hairline())
}

func ledgerWhere(l desk.LedgerLine) string {
	where := l.Name
	if l.District != "" {
		where += " · " + l.District
	}
	if l.Number != "" {
		where += " · " + l.Number
	}
	return where
}

// nextWords says what is to be done next and how long there is, in the colour
// of its urgency; the words say it too.
func nextWords(w *Window, l desk.LedgerLine) *prose {
	color := quietColor
	switch {
	case l.Overdue, l.Progress != nil && l.Progress.Conflict:
		color = vermilionColor
	case l.DaysLeft != nil && *l.DaysLeft <= 7:
		color = amberColor
	}
	return newProse(l.Next(w.texts), smallSize, color).strong().oneLine()
}
