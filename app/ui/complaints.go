package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// complaintsView is the list of complaints and reports, what is due first, and the
// steps about each. The rules are record's.
type complaintsView struct {
	page
	closed *tickBox

	all   []record.Complaint
	lists []checklist.Checklist // that are offered
}

func newComplaintsView(w *Window) *complaintsView {
	v := &complaintsView{page: newPage(w)}
	receive := mainButton("", v.receive)
	v.closed = newTickBox(w, func(bool) { v.load() })
	w.say(func() {
		receive.SetText(w.T("ui.complaints.receive"))
		v.closed.text.set(w.T("ui.complaints.closed"))
	})
	v.column(append(v.under("inspections", "ui.complaints.back", "ui.complaints.title", "ui.complaints.how", receive), v.closed.press)...)
	w.say(v.show)
	return v
}

// openComplaints shows the complaints.
func (w *Window) openComplaints() { w.show(w.complaints, "inspections") }

func (v *complaintsView) load() {
	d, f := v.w.desk, store.ComplaintFilter{Open: !v.closed.on}
	var all []record.Complaint
	var lists []checklist.Checklist
	v.fetch(func(ctx context.Context) (err error) {
		if all, err = d.Store.Complaints(ctx, f); err != nil {
			return err
		}
		lists, err = d.Checklists(ctx)
		return err
	}, func() {
		v.all, v.lists = all, lists
		v.show()
	})
}

func (v *complaintsView) show() {
	if !v.read {
		return
	}
	w := v.w
	v.body.Objects = nil
	for n, c := range v.all {
		if n == mostCards {
			v.body.Add(quiet(w.T("ui.procedures.more", "n", len(v.all)-mostCards)))
			break
		}
		v.body.Add(v.card(c))
	}
	if len(v.all) == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("ui.complaints.none")))))
	}
	v.scroll.Refresh()
}

func (v *complaintsView) card(c record.Complaint) fyne.CanvasObject {
	w := v.w
	m, color := half, amberColor
	switch c.State {
	case record.ComplaintAnswered, record.ComplaintClosed:
		m, color = tick, jadeColor
	case record.ComplaintDeclined, record.ComplaintReferred:
		m, color = cross, slateColor
	}
	named := "complaint.anonymous"
	if c.Terms.Name != "" {
		named = "complaint.named"
	}
	said := down(3, across(10, 0, strong(c.Terms.About).atMostLines(2), newPill(m, color, capital(w.T("complaint.state."+string(c.State)))).box),
		quiet(c.Number+" · "+w.T("ui.complaints.line", "told", record.Word("complaint.told."+c.Terms.Told), "day", w.day(c.Terms.On), "named", record.Word(named))), plain(c.Terms.Content))
	if next := desk.ComplaintNext(w.texts, c, w.desk.Today()); next != "" {
		said.Add(strong(capital(next)))
	}
	for _, x := range c.Steps {
		said.Add(quiet(w.moment(x.At) + " · " + desk.ComplaintStepText(w.texts, x) + " · " + x.Name))
	}
	buttons := flow(8)
	for n, act := range c.Allowed() {
		make := button
		if n == 0 {
			make = mainButton
		}
		buttons.Add(make(v.act(act), func() { v.take(c, act) }))
	}
	for _, id := range c.Inspections() {
		buttons.Add(button(w.T("ui.procedures.inspection"), func() { w.openInspection(id, "") }))
	}
	if c.Terms.Organization != "" {
		buttons.Add(button(w.T("ui.menu.organization"), func() { w.openOrganization(c.Terms.Organization) }))
	}
	if c.Terms.Name != "" {
		buttons.Add(button(w.T("ui.complaints.who"), func() { v.tellWho(c) }))
	}
	said.Add(inset(6, 0, buttons))
	return panel(inset(12, 14, said))
}

func (v *complaintsView) act(a record.ComplaintAct) string {
	return capital(v.w.T("complaint.act." + string(a)))
}

// tellWho shows who complains, for as long as somebody looks.
func (v *complaintsView) tellWho(c record.Complaint) {
	w := v.w
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.ready.close"), shut)
		return atLeast(w.across(520), 10, down(12, head(c.Number), plain(w.T("ui.complaints.who_said", "name", c.Terms.Name, "contact", c.Terms.Contact)), across(8, 0, quiet(""), w.asked)))
	})
}

// receive asks for a complaint as it came in.
func (v *complaintsView) receive() {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "complaint.receive/")
	field := func(name, value string, lines int) { b.text(name, w.T("ui.complaints.field."+name), value, lines) }
	field("organization", "", 1)
	field("about", "", 1)
	b.beside(2)
	var words []string
	for _, told := range record.ComplaintTold {
		words = append(words, capital(w.T("complaint.told."+told)))
	}
	b.choice("told", w.T("ui.complaints.field.told"), record.ComplaintTold, words, record.ComplaintTold[0])
	field("on", d.Today(), 1)
	b.beside(2)
	field("content", "", 4)
	field("name", "", 1)
	field("contact", "", 1)
	b.beside(2)
	b.person("by", w.T("ui.documents.by"), v.people, "")
	v.form = b
	b.ask(w.T("ui.complaints.receive"), w.T("ui.complaints.how"), w.T("ui.complaints.receive_do"), "organization", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		_, err = d.ReceiveComplaint(ctx, by, record.ComplaintTerms{On: said["on"], Told: said["told"], About: strings.TrimSpace(said["about"]), Content: strings.TrimSpace(said["content"]),
			Name: strings.TrimSpace(said["name"]), Contact: strings.TrimSpace(said["contact"])}, strings.TrimSpace(said["organization"]))
		return err
	}, v.load)
}

// take asks for what a step needs.
func (v *complaintsView) take(c record.Complaint, act record.ComplaintAct) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "complaint."+string(act)+"/"+string(c.ID))
	people := v.people
	switch act {
	case record.ReferComplaint:
		b.text("whom", w.T("ui.complaints.field.whom"), "", 1)
	case record.AnswerComplaint:
		var words []string
		for _, r := range record.ComplaintResults {
			words = append(words, capital(w.T("complaint.result."+r)))
		}
		b.choice("result", w.T("ui.complaints.field.result"), record.ComplaintResults, words, "")
	case record.InspectComplaint:
		v.addVisit(b)
	}
	if act != record.InspectComplaint {
		if act != record.CloseComplaint {
			b.text("number", w.T("ui.complaints.field.number"), "", 1)
		}
		b.text("note", w.T("ui.complaints.field.note"), "", 3)
	}
	not := record.ID("")
	if act == record.DeclineComplaint {
		not = c.By
	}
	b.person("by", w.T("ui.documents.by"), people, not)
	v.form = b
	b.ask(v.act(act), c.Terms.About+" · "+c.Number, v.act(act), "note", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		if act == record.InspectComplaint {
			_, _, err = d.InspectComplaint(ctx, by, c.ID, desk.Plan{Checklist: said["checklist"], Certificates: []string{said["team"], said["second"]}})
			return err
		}
		_, err = d.ComplaintStep(ctx, by, c.ID, record.ComplaintStep{Act: act, Note: strings.TrimSpace(said["note"]), Number: strings.TrimSpace(said["number"]), Whom: strings.TrimSpace(said["whom"]), Result: said["result"]})
		return err
	}, v.load)
}

// addVisit asks by what checklist and by whom a complaint is looked into.
func (v *complaintsView) addVisit(b *inquiry) {
	w := v.w
	var ids, titles []string
	for _, c := range v.lists {
		if slices.Contains(ids, c.ID) {
			continue // the newest version that is offered is taken
		}
		ids, titles = append(ids, c.ID), append(titles, c.Title.In(w.lang()))
	}
	b.choice("checklist", w.T("ui.complaints.field.checklist"), ids, titles, "")
	var numbers, names []string
	for _, p := range v.people {
		numbers, names = append(numbers, p.Certificate), append(names, p.Name+" · "+p.Certificate)
	}
	b.choice("team", w.T("ui.complaints.field.first"), numbers, names, "")
	b.choice("second", w.T("ui.complaints.field.second"), numbers, names, "")
	b.beside(2)
}
