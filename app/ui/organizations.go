package ui

import (
	"context"
	"encoding/json"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/record"
	"plumbline/app/store"
)

// searchPause lets somebody type on before a search begins.
const searchPause = 120 * time.Millisecond

// firstFound is how many organizations a search shows at once, mostFound how
// many when one scrolls on.
const (
	firstFound = 200
	mostFound  = 50_000
)

// organizationsView is the register: what is typed is found at once.
type organizationsView struct {
	w      *Window
	all    *fyne.Container
	query  *field
	count  *prose
	empty  *fyne.Container
	list   *recordList[store.Found]
	limit  int    // of this search
	asking bool   // for more
	shown  string // what was searched for
	found  []store.Found
	total  int64
	latest latest
	stop   func()

	filter  store.OrganizationFilter // beside the text
	picks   map[string]*pick
	facets  store.OrganizationFacets
	counted int64 // how many organizations the facets were read of, -1 none yet
	reading latest
	saved   []savedFilter
	chips   *fyne.Container
	form    *inquiry // that is asked for
}

// savedFilter is a filter that somebody gave a name, on this laptop.
type savedFilter struct {
	Name string `json:"name"`
	store.OrganizationFilter
}

// savedFilters is the setting that holds them.
const savedFilters = "organizations.filters"

func newOrganizationsView(w *Window) *organizationsView {
	v := &organizationsView{w: w, limit: firstFound, count: quiet("").oneLine(), empty: down(10), picks: map[string]*pick{}, chips: flow(6), counted: -1}
	name := title("")
	w.say(func() { name.set(w.T("ui.nav.organizations")) })
	v.query = newField(w)
	w.say(func() { v.query.SetPlaceHolder(w.T("ui.organizations.search")) })
	v.query.onType = func(string) {
		if v.stop != nil {
			v.stop()
		}
		v.limit = firstFound
		v.stop = w.tasks.After(searchPause, v.load)
	}
	v.query.OnSubmitted = func(string) {
		if len(v.found) > 0 {
			w.openOrganization(v.found[0].ID)
		}
	}
	v.list = newRecordList(w, func() recordRow[store.Found] { return newFoundRow() }, func(f store.Found) { w.openOrganization(f.ID) })
	row := flow(10)
	for _, name := range organizationFilters {
		p := newPick(func(value string) { v.narrow(name, value) })
		p.fits = true
		v.picks[name] = p
		row.Add(p.framed)
	}
	top := inset(16, 20, down(10, headLine(name, w.takers()), v.query, row, v.chips, v.count, v.empty))
	v.all = container.New(&topAndRest{}, top, v.list)
	v.list.more = v.more
	v.list.verbs = func(f store.Found) []verb {
		return []verb{{w.T("ui.menu.open"), func() { w.openOrganization(f.ID) }}, {w.T("ui.inspection.new"), func() { w.planFor(f.ID) }}, w.copyTextVerb("ui.menu.copy_code", f.Code), w.copyVerb()}
	}
	v.query.onDown = func() { w.canvas().Focus(v.list) }
	w.say(v.show)
	return v
}

// foundRow is one organization in a list.
type foundRow struct {
	widget.BaseWidget
	name, code, kind *prose
	all              *fyne.Container
}

func newFoundRow() *foundRow {
	r := &foundRow{name: plain("").oneLine(), code: quiet("").oneLine(), kind: quiet("").oneLine()}
	// Codes keep their place whatever the length of the names.
	r.all = inset(5, 20, columns([]float32{1, -155, -190}, r.name, r.code, r.kind))
	r.ExtendBaseWidget(r)
	return r
}

func (r *foundRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.all) }

func (r *foundRow) show(w *words, f store.Found) {
	r.name.set(f.Name)
	r.code.set(f.Code)
	r.kind.set(organizationKind(w, f.Kind))
}

func (v *organizationsView) object() fyne.CanvasObject    { return v.all }
func (v *organizationsView) leave()                       {}
func (v *organizationsView) searchField() fyne.Focusable  { return v.query }
func (v *organizationsView) drop(paths []string)          { v.w.registerDropped(paths) }
func (v *organizationsView) scrolls() []*container.Scroll { return nil }

func (v *organizationsView) load() {
	same := v.shown == v.query.Text // after a sync: whoever reads on must not lose the place
	v.search(func() {
		if !same {
			v.list.ScrollToTop()
		}
	})
}

// more finds more of the same when one has scrolled to the end.
func (v *organizationsView) more() {
	if v.asking || !v.list.hasMore {
		return
	}
	v.asking = true
	v.limit = min(v.limit*10, mostFound)
	v.search(func() {})
}

func (v *organizationsView) search(then func()) {
	w := v.w
	var found []store.Found
	var total int
	var saved string
	f, text, limit := v.asked(), v.query.Text, v.limit
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if found, err = w.desk.Store.FindOrganizations(ctx, f, limit); err != nil {
			return err
		}
		if saved, err = w.desk.Store.Setting(ctx, savedFilters); err != nil {
			return err
		}
		total, err = w.desk.Store.OrganizationCount(ctx)
		return err
	}, func(err error) {
		v.asking = false
		if err != nil {
			w.complain(err)
			return
		}
		v.found, v.total, v.shown, v.saved = found, int64(total), text, nil
		if saved != "" {
			if err := json.Unmarshal([]byte(saved), &v.saved); err != nil {
				w.log.Error("read the saved filters", "error", err.Error())
			}
		}
		v.readFacets()
		v.show()
		then()
	})
}

func (v *organizationsView) show() {
	w := v.w
	v.empty.Objects = nil
	switch {
	case v.total == 0:
		v.count.set("")
		v.empty.Add(panel(inset(14, 16, down(10, head(w.T("ui.home.empty.register")), plain(w.T("ui.home.empty.register_how")),
			flow(8, mainButton(w.T("ui.settings.import"), func() { w.chooseRegisterFile(organizationRegister) }),
				button(w.T("ui.settings.sample"), func() { w.goTo("settings"); w.settings.loadSample() }))))))
	case len(v.found) == 0 && v.filter != (store.OrganizationFilter{}):
		v.count.set(w.T("ui.organizations.none_filtered"))
	case len(v.found) == 0:
		v.count.set(w.T("ui.organizations.none", "text", v.query.Text))
	case len(v.found) >= v.limit && int64(len(v.found)) < v.total:
		v.count.set(w.T("ui.organizations.first", "n", number(int64(len(v.found))), "total", number(v.total)))
	default:
		v.count.set(w.N("ui.organizations.found", len(v.found), "total", number(v.total)))
	}
	v.list.items, v.list.hasMore = v.found, len(v.found) >= v.limit && v.limit < mostFound
	v.showFilters()
	v.all.Refresh()
}

// organizationView is one organization: what the register says, the warnings
// on its code, and what earlier inspections found.
type organizationView struct {
	w      *Window
	id     record.ID
	scroll *container.Scroll
	body   *fyne.Container
	latest latest
	seen   *organizationSeen
}

type organizationSeen struct {
	o           record.Organization
	inspections []store.InspectionRow
	findings    []record.Finding
	risk        record.Rating
}

func newOrganizationView(w *Window) *organizationView {
	v := &organizationView{w: w, body: down(14)}
	v.scroll = scrolled(v.body)
	w.say(v.show)
	return v
}

func (v *organizationView) object() fyne.CanvasObject    { return v.scroll }
func (v *organizationView) leave()                       {}
func (v *organizationView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *organizationView) load() {
	w := v.w
	id := v.id
	s := &organizationSeen{}
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if s.o, err = w.desk.Store.Organization(ctx, id); err != nil {
			return err
		}
		if s.risk, err = w.desk.Risk(ctx, s.o); err != nil {
			return err
		}
		if s.inspections, err = w.desk.Store.Inspections(ctx, store.InspectionFilter{Organization: id}); err != nil {
			return err
		}
		s.findings, err = w.desk.Store.Findings(ctx, store.FindingFilter{Organization: id})
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		same := v.seen != nil && v.seen.o.ID == s.o.ID
		v.seen = s
		v.show()
		if !same {
			v.scroll.ScrollToTop()
		}
	})
}

func (v *organizationView) show() {
	if v.seen == nil {
		return
	}
	w, o := v.w, v.seen.o
	v.body.Objects = nil
	pills := flow(6, newPill(building, inkColor, organizationKind(w.words, o.Kind)).box)
	if o.Fictional {
		pills.Add(newPill(clash, amberColor, w.T("ui.fictional")).box)
	}
	if o.Scheme == record.SchemeUSCC {
		if p := record.USCCProblem(o.Code); p != "" {
			pills.Add(newPill(clash, amberColor, w.T(p)).box)
		} else {
			pills.Add(newPill(tick, jadeColor, w.T("ui.organization.code_good")).box)
		}
	}
	v.body.Add(down(8, linkButton(w, w.T("ui.organizations.back"), func() { w.goTo("organizations") }),
		acrossTop(12, 0, down(4, title(o.Name), quiet(o.NameEnglish+spaced(o.NameEnglish)+o.Code)),
			mainButton(w.T("ui.inspection.new"), func() { w.planFor(o.ID) })), pills))
	v.body.Add(panel(inset(12, 16, v.facts(o))))
	v.body.Add(v.risk())

	v.body.Add(head(w.T("ui.organization.inspections")))
	if len(v.seen.inspections) == 0 {
		v.body.Add(quiet(w.T("ui.organization.no_inspections")))
	}
	for _, r := range v.seen.inspections {
		line := across(14, 1, atLeast(86, 0, quiet(w.day(r.PlannedOn))), plain(checklistTitle(w.words, r.Checklist)+" · "+kindWord(w.words, r.Kind)), quiet(r.Number).oneLine(), statePill(w.words, r.State, r.Conflicts))
		v.body.Add(newPress(w, inset(6, 6, line), func() { w.openInspection(r.ID, "") }))
	}
	v.body.Add(head(w.T("ui.organization.findings")))
	if len(v.seen.findings) == 0 {
		v.body.Add(quiet(w.T("ui.organization.no_findings")))
	}
	for _, f := range v.seen.findings {
		v.body.Add(findingRow(w, f, ""))
	}
	v.scroll.Refresh()
}

// risk shows the rating with every point explained.
func (v *organizationView) risk() fyne.CanvasObject {
	w, r := v.w, v.seen.risk
	m, c := tick, jadeColor
	switch r.Class {
	case record.RiskYellow, record.RiskOrange:
		m, c = clash, amberColor
	case record.RiskRed:
		m, c = clash, vermilionColor
	}
	said := down(3, flow(8, newPill(m, c, w.T("risk.line", "class", record.Word("risk.class."+string(r.Class)), "points", r.Points)).box))
	for _, x := range r.Why {
		said.Add(quiet(capital(w.T("risk.why", "rule", x.Rule.Title.In(w.lang()), "n", x.Count, "points", x.Points))))
	}
	if len(r.Why) == 0 {
		said.Add(quiet(capital(w.T("risk.nothing"))))
	}
	return said
}

func spaced(s string) string {
	if s == "" {
		return ""
	}
	return " · "
}

// facts lays out what the register says, two columns wide.
func (v *organizationView) facts(o record.Organization) fyne.CanvasObject {
	w := v.w
	rows := []struct{ key, value string }{
		{"legal_representative", o.LegalRepresentative}, {"registered_on", w.day(o.RegisteredOn)},
		{"supervisor", o.Supervisor}, {"registrar", o.Registrar},
		{"party_organ", o.PartyOrgan}, {"capital", o.Capital},
		{"phone", o.Phone}, {"district", o.District}, {"status", o.Status},
		{"address", o.Address}, {"scope", o.Scope},
	}
	left, right := down(6), down(6)
	wide := down(6)
	n := 0
	for _, r := range rows {
		if r.value == "" {
			continue
		}
		line := acrossTop(8, 1, atLeast(140, 0, quiet(w.T("ui.register."+r.key))), plain(r.value))
		switch {
		case r.key == "address" || r.key == "scope":
			wide.Add(line)
		case n%2 == 0:
			left.Add(line)
			n++
		default:
			right.Add(line)
			n++
		}
	}
	all := down(10, equal(20, left, right))
	if len(wide.Objects) > 0 {
		all.Add(wide)
	}
	return all
}

// findingRow is one finding in a list. where says to whom it belongs, "" when
// that is plain.
func findingRow(w *Window, f record.Finding, where string) *fyne.Container {
	text := f.Fact
	if text == "" {
		text = w.in(f.Title)
	}
	line := down(3, across(8, 1, strong(f.Code).oneLine(), plain(w.in(f.Title)), severityPill(w.words, f.Severity).box, findingState(w.words, f).box))
	if where != "" {
		line.Add(quiet(where))
	}
	if f.Fact != "" {
		line.Add(plain(text))
	}
	line.Add(quiet(deadlineWords(w.words, f)))
	p := newPress(w, inset(8, 8, line), func() { w.openInspection(f.Inspection, record.ItemKey(f.Item, f.Repeat)) })
	return down(0, p, hairline())
}

// deadlineWords says until when a finding must be put right, and when it was seen.
func deadlineWords(w *words, f record.Finding) string {
	s := w.T("ui.finding.observed", "day", w.day(f.ObservedOn))
	switch {
	case f.Due != "":
		s += " · " + w.T("ui.finding.due", "day", w.day(f.Due))
	case f.DeadlineDays > 0:
		s += " · " + w.N("ui.finding.days", f.DeadlineDays)
	}
	return s
}
