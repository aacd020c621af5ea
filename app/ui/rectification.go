package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// rectificationView is one finding: where it stands, what was done about it,
// photos of before and after, and what can be done now.
type rectificationView struct {
	w      *Window
	id     record.ID
	scroll *container.Scroll
	page   *fyne.Container
	latest latest

	r          desk.Rectified
	limits     record.Limits
	inspectors []record.Inspector
	actor      string // certificate of who records here
	conflicts  []store.Conflict
	read       bool
	form       *stepForm // nil when no step is being entered
	buttons    map[record.Action]*pushButton
}

func newRectificationView(w *Window) *rectificationView {
	v := &rectificationView{w: w, page: down(12)}
	v.scroll = scrolled(atMost(860, v.page))
	w.say(v.reword)
	return v
}

// reword shows all of it in another language; what is being entered stays.
func (v *rectificationView) reword() {
	if f := v.form; f != nil {
		v.begin(f.action)
		for name, x := range f.texts {
			v.form.texts[name].SetText(x.Text)
		}
		for name, x := range f.picks {
			if n := x.SelectedIndex(); n >= 0 {
				v.form.picks[name].choosePlace(n)
			}
		}
		v.form.note.SetText(f.note.Text)
		for _, path := range f.photos {
			v.form.addPhoto(path)
		}
	}
	v.show()
}

func (v *rectificationView) object() fyne.CanvasObject    { return v.scroll }
func (v *rectificationView) leave()                       { v.form = nil }
func (v *rectificationView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

// openRectification shows a finding with its history.
func (w *Window) openRectification(id record.ID) {
	v := w.rectification
	if v.id != id {
		v.read = false
		v.scroll.ScrollToTop()
	}
	v.id = id
	w.show(v, "findings")
}

func (v *rectificationView) load() {
	w, id := v.w, v.id
	var r desk.Rectified
	var limits record.Limits
	var people []record.Inspector
	var conflicts []store.Conflict
	var actor string
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if r, err = w.desk.Rectification(ctx, id); err != nil {
			return err
		}
		if limits, err = w.desk.Limits(ctx); err != nil {
			return err
		}
		if people, err = w.desk.Store.Inspectors(ctx); err != nil {
			return err
		}
		if len(r.Conflicts) > 0 {
			if conflicts, err = w.desk.Store.Conflicts(ctx); err != nil {
				return err
			}
		}
		actor, err = w.desk.Store.Setting(ctx, "actor")
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.r, v.limits, v.inspectors, v.read = r, limits, people, true
		v.actor = ""
		for _, p := range people {
			if string(p.ID) == actor {
				v.actor = p.Certificate
			}
		}
		v.conflicts = slices.DeleteFunc(conflicts, func(c store.Conflict) bool { return c.Record != id })
		v.show()
	})
}

func (v *rectificationView) show() {
	w := v.w
	v.page.Objects = nil
	if !v.read {
		return
	}
	l := v.r.Line
	fact := l.Fact
	if fact == "" {
		fact = w.in(l.Title)
	}
	links := outdented(
		linkButton(w, w.T("ui.rectify.back"), func() { w.goTo("findings") }),
		linkButton(w, w.T("ui.rectify.inspection"), func() { w.openInspection(l.Inspection, record.ItemKey(l.Item, l.Repeat)) }))
	next := nextWords(w, l)
	next.size = headSize
	about := down(6, across(10, 0, title(l.Code+"  "+w.in(l.Title)).atMostLines(3), severityPill(w.words, l.Severity).box, findingState(w.words, l.Finding).box),
		quiet(ledgerWhere(l)), plain(fact), next)
	if l.Action != (record.Text{}) {
		about.Add(quiet(w.T("report.finding.action") + w.T("ui.colon") + w.in(l.Action)))
	}
	if p := l.Progress; p != nil && p.Count != nil {
		for _, said := range desk.CountText(w.texts, *p.Count) {
			about.Add(quiet(said))
		}
	}
	for _, said := range l.Warnings(w.texts, v.limits) {
		about.Add(newProse(said, smallSize, amberColor))
	}
	v.page.Add(links)
	v.page.Add(about)
	for _, c := range v.conflicts {
		of := record.Inspection{ID: v.id}
		for id, name := range v.r.Names {
			of.Team = append(of.Team, record.Member{Person: id, Name: name})
		}
		v.page.Add(conflictBox(w, of, c.Path, c.Values, v.load))
	}
	v.buttons = map[record.Action]*pushButton{}
	if v.form != nil {
		v.page.Add(v.form.box)
	} else if len(v.r.Allowed) > 0 {
		row := flow(8)
		for n, a := range v.ordered() {
			b := button(w.T("rectify.action."+string(a)), func() { v.begin(a) })
			if n == 0 {
				b = mainButton(b.Text, b.OnTapped)
			}
			v.buttons[a] = b
			row.Add(b)
		}
		v.page.Add(row)
	}
	v.photos("ctl.rectify.before", v.r.Before)
	v.photos("ctl.rectify.after", v.r.Evidence)
	if len(v.r.Before) > 0 && len(v.r.Evidence) > 0 {
		v.page.Add(flow(0, button(w.T("ui.retake.compare"), v.compare)))
	}
	v.page.Add(head(w.T("ui.rectify.history")))
	if len(v.r.Steps) == 0 {
		v.page.Add(quiet(w.T("ui.rectify.no_history")))
	}
	steps := down(0)
	for _, s := range slices.Backward(v.r.Steps) { // the last one first
		who := v.r.Names[s.By]
		if s.Second != "" {
			who += " · " + w.T("ui.rectify.approved_by", "name", v.r.Names[s.Second])
		}
		steps.Add(down(0, inset(6, 0, columns([]float32{0.16, 0.84}, strong(w.day(s.On)), down(2, plain(desk.StepText(w.texts, s)), quiet(who)))), hairline()))
	}
	v.page.Add(steps)
	v.scroll.Refresh()
}

// ordered gives what can be done now, the usual next step first.
func (v *rectificationView) ordered() []record.Action {
	var out []record.Action
	usual := map[record.FindingState]record.Action{
		record.Told: record.Accept, record.Confirmed: record.Order, record.Objected: record.Reply, record.Ordered: record.Report,
		record.PartlyPut: record.Report, record.Reported: record.Reinspect, record.Failed: record.Propose,
	}[v.r.State]
	switch {
	case v.r.Line.Unserved:
		usual = record.Serve
	case v.r.State == record.Told && v.r.Line.ObjectBy == "" && v.r.Authority == (record.Text{}):
		usual = record.Order // nobody can object any more
	case slices.Contains(v.r.Allowed, record.Refer):
		usual = record.Refer
	case slices.Contains(v.r.Allowed, record.Decide):
		usual = record.Decide
	}
	for _, a := range v.r.Allowed {
		switch {
		case a == record.Recount: // follows from the calendar, nobody presses it
		case a == usual:
			out = slices.Insert(out, 0, a)
		default:
			out = append(out, a)
		}
	}
	return out
}

func (v *rectificationView) photos(key string, list []record.Evidence) {
	w := v.w
	if len(list) == 0 {
		return
	}
	row := flow(8)
	for _, e := range list {
		shown := shownOf(e)
		row.Add(newPress(w, inset(2, 2, atLeast(112, 0, down(2, w.files.thumb(shown, stripSide, 112, 84), quiet(e.Name).atMostLines(1)))), func() {
			w.modal(func(shut func()) fyne.CanvasObject {
				return down(12, w.files.thumb(shown, aloneSide, 540, 405), across(8, 0, quiet(e.Name+" · SHA-256 "+e.Digest.Short()), button(w.T("ui.close"), shut)))
			})
		}))
	}
	v.page.Add(down(6, head(capital(w.T(key))), row))
}

// compare puts what was found and what became of it side by side.
func (v *rectificationView) compare() {
	w, r := v.w, v.r
	c := comparison{
		title: func() string { return r.Code + "  " + w.in(r.Title) },
		now:   func() []record.Evidence { return r.Evidence },
		back:  func() { w.openRectification(r.ID) },
	}
	for _, e := range r.Before {
		c.earlier = append(c.earlier, desk.EarlierPhoto{Evidence: e, Inspection: r.Inspection, Number: r.Line.Number, Day: r.ObservedOn})
	}
	w.compare(c, "findings", 0)
}

// stepForm is where one step is entered.
type stepForm struct {
	v      *rectificationView
	action record.Action
	box    fyne.CanvasObject
	by     *pick
	on     *field
	note   *field
	texts  map[string]*field
	picks  map[string]*pick
	rows   map[string]*formRow
	photos []string
	names  *prose
	left   *unfinished
	save   *pushButton
}

// stepFields are what a step asks for beside who, when and a note.
var stepFields = map[record.Action][]string{
	record.Reply: {"result", "fact", "severity"}, record.Order: {"number", "term"}, record.Serve: {"way", "proof", "to", "witness", "consent"},
	record.Extend: {"term", "second"}, record.Remind: {"whom", "how"}, record.Report: {"number"},
	record.Reinspect: {"result", "term", "first", "other", "photo"}, record.Propose: {"for"}, record.Decide: {"for", "result", "number"},
	record.Refer: {"whom", "number"}, record.Notify: {"whom", "how"}, record.Void: {"second"},
}

// results of each action that has some, the usual one first.
var results = map[record.Action][]string{
	record.Reply: {record.Dismissed, record.Amended, record.Upheld}, record.Reinspect: {record.Fixed, record.FixedPart, record.NotFixed},
	record.Decide: {record.Approved, record.Declined},
}

// begin opens the form of an action.
func (v *rectificationView) begin(a record.Action) {
	w := v.w
	f := &stepForm{v: v, action: a, texts: map[string]*field{}, picks: map[string]*pick{}, rows: map[string]*formRow{}}
	of := string(v.id) + string(a)
	f.left = w.unfinishedOf("rectify/" + of)
	text := func(name, value string) *field {
		x := newField(w)
		x.show(of+name, value, "")
		x.onType = func(string) { f.rows[name].fine() }
		f.rows[name] = newFormRow(w.T("ui.rectify.field."+name), x)
		f.texts[name] = x
		f.left.field(name, x)
		return x
	}
	choose := func(name string, values, labels []string, chosen string) *pick {
		x := newPick(func(string) { f.rows[name].fine() })
		f.rows[name] = newFormRow(w.T("ui.rectify.field."+name), x.framed)
		x.show(values, labels, chosen)
		f.picks[name] = x
		f.left.pick(name, x)
		return x
	}
	words := func(prefix string, values []string) []string {
		var out []string
		for _, x := range values {
			out = append(out, w.T(prefix+x))
		}
		return out
	}
	var numbers, names []string
	for _, p := range v.inspectors {
		numbers, names = append(numbers, p.Certificate), append(names, p.Name+"  "+p.Certificate)
	}
	f.by = choose("by", numbers, names, v.actor)
	f.on = text("on", w.desk.Today())
	fields := down(10, strong(w.T("rectify.action."+string(a))), f.left.line, equal(12, f.rows["by"].Container, f.rows["on"].Container))
	for _, name := range stepFields[a] {
		switch name {
		case "result":
			choose(name, results[a], words("rectify.result.", results[a]), results[a][0])
		case "way":
			ways := []string{record.ServedDirect, record.ServedLeft, record.ServedMail, record.ServedElectronic, record.ServedPublic}
			choose(name, ways, words("rectify.way.", ways), ways[0])
		case "for":
			list := []string{record.ForCreditList, record.ForInterview, record.ForCase}
			if a == record.Decide {
				list = v.r.Line.Progress.Proposed
			}
			choose(name, list, words("rectify.for.", list), list[0])
		case "severity":
			choose(name, []string{"", string(record.Critical), string(record.Major), string(record.Minor)}, []string{w.T("ui.rectify.as_it_is"),
				severityWord(w.words, record.Critical), severityWord(w.words, record.Major), severityWord(w.words, record.Minor)}, "")
		case "second", "first", "other":
			choose(name, numbers, names, "")
		case "photo":
			f.names = quiet("")
			add := button(w.T("ui.rectify.add_photo"), func() {
				w.chooseFile(w.T("ui.rectify.add_photo"), photoKinds, f.addPhoto)
			})
			f.rows[name] = newFormRow(w.T("ui.rectify.field.photo"), across(8, 1, add, f.names))
		case "term":
			term := ""
			if a == record.Order && v.r.DeadlineDays > 0 {
				term = desk.TermText(w.texts, record.Term{N: v.r.DeadlineDays, Unit: record.CalendarDays})
			}
			text(name, term)
			f.rows[name].say(w.T("ui.rectify.term_how"))
		default:
			text(name, "")
		}
		fields.Add(f.rows[name].Container)
	}
	f.note = newNote(w, 3)
	f.note.show(of+"note", "", "")
	f.note.onType = func(string) { f.rows["note"].fine() }
	f.left.field("note", f.note)
	f.rows["note"] = newFormRow(w.T("ui.rectify.field.note"), f.note)
	f.save = mainButton(w.T("ui.rectify.save"), f.keep)
	fields.Add(f.rows["note"].Container)
	fields.Add(flow(8, f.save, button(w.T("ui.cancel"), func() { v.form = nil; v.show() })))
	f.box = panel(inset(10, 12, fields))
	v.form = f
	v.show()
	w.canvas().Focus(f.by)
	f.left.restore(func() { v.scroll.Refresh() })
}

func (f *stepForm) addPhoto(path string) {
	f.photos = append(f.photos, path)
	var names []string
	for _, p := range f.photos {
		names = append(names, fileName(p))
	}
	f.names.set(strings.Join(names, ", "))
	f.v.scroll.Refresh()
}

// text gives what was entered under a name, "" when the form does not ask for it.
func (f *stepForm) text(name string) string {
	switch {
	case f.texts[name] != nil:
		return strings.TrimSpace(f.texts[name].Text)
	case f.picks[name] != nil:
		return f.picks[name].value()
	}
	return ""
}

// keep records the step.
func (f *stepForm) keep() {
	v, w := f.v, f.v.w
	for _, r := range f.rows {
		r.fine()
	}
	x := desk.Rectifying{Photos: f.photos, Step: record.Step{Action: f.action, On: f.text("on"), Note: f.note.Text, Result: f.text("result"), Number: f.text("number"),
		Whom: f.text("whom"), Way: f.text("how"), For: f.text("for"), Fact: f.text("fact"), Severity: record.Severity(f.text("severity"))}}
	term, err := desk.ParseTerm(f.text("term"))
	if err != nil {
		f.fail(err)
		return
	}
	x.Term = term
	if f.action == record.Serve {
		x.Service = &record.ServiceProof{On: x.On, Way: f.text("way"), Proof: f.text("proof"), To: f.text("to"), Witness: f.text("witness"), Consent: f.text("consent")}
	}
	person := map[string]record.ID{}
	for _, p := range v.inspectors {
		person[p.Certificate] = p.ID
	}
	x.Second = person[f.text("second")]
	for _, name := range []string{"first", "other"} {
		if c := f.text(name); c != "" {
			x.Certificates = append(x.Certificates, c)
		}
	}
	actor := person[f.by.value()]
	if actor == "" {
		f.rows["by"].lacks(w, "ui.rectify.who")
		return
	}
	f.save.Disable()
	seen := v.r.Rectification
	w.write(func(ctx context.Context) error {
		_, err := w.desk.Rectify(ctx, actor, v.id, &seen, x)
		return err
	}, func(err error) {
		f.save.Enable()
		if err != nil {
			f.fail(err)
			return
		}
		f.left.forget()
		v.form = nil
		v.load()
	})
}

// fail shows an error beside the field at fault.
func (f *stepForm) fail(err error) {
	var e *record.Error
	place := map[string]string{"served": "on", "whom": "whom", "way": "how", "why": "note", "objection": "note", "report": "note", "found": "note",
		"number": "number", "inspectors": "first", "amended": "fact"}
	if errors.As(err, &e) {
		name := e.Field
		if f.rows[name] == nil && place[name] != "" {
			name = place[name]
		}
		if f.rows[name] != nil {
			f.rows[name].failed(f.v.w, err)
			f.v.scroll.Refresh()
			return
		}
	}
	f.v.w.complain(err)
}
