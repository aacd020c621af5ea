package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// planView is the form for a new inspection: which checklist, who goes, when.
type planView struct {
	w      *Window
	id     record.ID // the organization
	scroll *container.Scroll
	latest latest

	head, who  *prose
	list       *pick
	kind       *pick
	team       [2]*pick
	day        *field
	rows       map[string]*formRow
	about      *prose
	start      *pushButton
	o          record.Organization
	lists      []checklist.Checklist
	inspectors []record.Inspector
}

func newPlanView(w *Window) *planView {
	v := &planView{w: w, head: title(""), who: strong(""), about: quiet(""), rows: map[string]*formRow{}}
	v.list = newPick(func(string) { v.showKinds(); v.showAbout() })
	v.kind = newPick(nil)
	for n := range v.team {
		v.team[n] = newPick(func(string) { v.showValidity(); v.rows["team"].fine() })
	}
	v.day = newField(w)
	v.day.onType = func(string) { v.rows["day"].fine(); v.showValidity() }
	v.rows["checklist"] = w.row("ui.plan.checklist", down(4, v.list.framed, v.about))
	v.rows["kind"] = w.row("ui.plan.kind", v.kind.framed)
	v.rows["leader"] = w.row("ui.plan.leader", v.team[0].framed)
	v.rows["second"] = w.row("ui.plan.second", v.team[1].framed)
	v.rows["team"] = w.row("ui.plan.team", equal(14, v.rows["leader"].Container, v.rows["second"].Container))
	v.rows["day"] = w.row("ui.plan.day", v.day)
	v.start = mainButton("", v.make)
	cancel := button("", func() { w.openOrganization(v.id) })
	w.say(func() {
		v.head.set(w.T("ui.inspection.new"))
		v.start.SetText(w.T("ui.plan.make"))
		cancel.SetText(w.T("ui.cancel"))
		v.day.SetPlaceHolder("2026-11-24")
	})
	v.scroll = scrolled(atMost(720, down(14, v.head, v.who, v.rows["checklist"].Container, v.rows["kind"].Container,
		v.rows["team"].Container, v.rows["day"].Container, across(8, -1, v.start, cancel))))
	w.say(v.show)
	return v
}

func (v *planView) object() fyne.CanvasObject    { return v.scroll }
func (v *planView) leave()                       {}
func (v *planView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

// begin clears the form for another organization.
func (v *planView) begin(id record.ID) {
	if v.id != id {
		v.o = record.Organization{}
	}
	v.id = id
	v.day.show(string(id), v.w.now().Format(time.DateOnly), "")
	for _, r := range v.rows {
		r.fine()
	}
}

func (v *planView) load() {
	w := v.w
	id := v.id
	var o record.Organization
	var people []record.Inspector
	var lists []checklist.Checklist
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if o, err = w.desk.Store.Organization(ctx, id); err != nil {
			return err
		}
		if lists, err = w.desk.CurrentChecklists(ctx); err != nil {
			return err
		}
		people, err = w.desk.Store.Inspectors(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.o, v.inspectors, v.lists = o, people, nil
		for _, c := range lists {
			if c.Serves(o.Kind) {
				v.lists = append(v.lists, c)
			}
		}
		v.show()
	})
}

func (v *planView) show() {
	w := v.w
	if v.o.ID == "" {
		return
	}
	v.who.set(v.o.Name + "  " + v.o.Code)
	chosen := v.list.value()
	var values, labels []string
	for _, c := range v.lists {
		values = append(values, c.ID)
		labels = append(labels, w.in(c.Title)+" · "+w.N("ui.count.items", len(c.Items)))
	}
	if chosen == "" && len(values) > 0 {
		chosen = values[0]
	}
	v.list.show(values, labels, chosen)
	v.showKinds()
	v.showAbout()
	var numbers, names []string
	for _, p := range v.inspectors {
		numbers = append(numbers, p.Certificate)
		names = append(names, p.Name+"  "+p.Certificate+"  "+v.validity(p))
	}
	for _, t := range v.team {
		t.show(numbers, names, t.value())
	}
	if len(v.inspectors) < 2 {
		v.rows["team"].lacks(w, "ui.home.empty.inspectors_how")
	}
	v.showValidity()
	v.scroll.Refresh()
}

// validity says until when a certificate is in force, or that it is not.
func (v *planView) validity(p record.Inspector) string {
	day, err := time.Parse(time.DateOnly, v.day.Text)
	if err != nil {
		day = v.w.now()
	}
	switch {
	case !p.ValidOn(day):
		return v.w.T("ui.plan.expired", "day", v.w.day(p.ValidTo))
	case p.ValidTo != "":
		return v.w.T("ui.plan.valid", "day", v.w.day(p.ValidTo))
	}
	return v.w.T("ui.plan.valid_open")
}

func (v *planView) showValidity() {
	for n, row := range []string{"leader", "second"} {
		said := ""
		for _, p := range v.inspectors {
			if p.Certificate == v.team[n].value() {
				said = v.validity(p)
			}
		}
		v.rows[row].say(said)
	}
}

func (v *planView) chosenList() (checklist.Checklist, bool) {
	for _, c := range v.lists {
		if c.ID == v.list.value() {
			return c, true
		}
	}
	return checklist.Checklist{}, false
}

func (v *planView) showKinds() {
	c, ok := v.chosenList()
	if !ok {
		return
	}
	var labels []string
	for _, k := range c.InspectionKinds {
		labels = append(labels, kindWord(v.w.words, k))
	}
	chosen := v.kind.value()
	if !contains(c.InspectionKinds, chosen) && len(c.InspectionKinds) > 0 {
		chosen = c.InspectionKinds[0]
	}
	v.kind.show(c.InspectionKinds, labels, chosen)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (v *planView) showAbout() {
	if c, ok := v.chosenList(); ok {
		v.about.set(strings.TrimSpace(v.w.in(c.Description) + "\n" + v.w.in(c.Notice)))
		v.scroll.Refresh()
	}
}

// make plans the inspection and opens it.
func (v *planView) make() {
	w := v.w
	for _, r := range v.rows {
		r.fine()
	}
	day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(v.day.Text), time.Local)
	if err != nil {
		v.rows["day"].lacks(w, "checklist.not_date", "value", v.day.Text)
		return
	}
	p := desk.Plan{Organization: v.id, Checklist: v.list.value(), Kind: v.kind.value(), Day: day}
	for _, t := range v.team {
		if c := t.value(); c != "" {
			p.Certificates = append(p.Certificates, c)
		}
	}
	var id record.ID
	w.write(func(ctx context.Context) (err error) {
		id, err = w.desk.NewInspection(ctx, p)
		return err
	}, func(err error) {
		if err != nil {
			v.fail(err)
			return
		}
		w.openInspection(id, "")
	})
}

// fail shows an error beside the field at fault.
func (v *planView) fail(err error) {
	var e *record.Error
	if errors.As(err, &e) && v.rows[e.Field] != nil {
		v.rows[e.Field].failed(v.w, err)
		v.scroll.Refresh()
		return
	}
	v.w.complain(err)
}
