package ui

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// proceduresView is where the office takes inspections on: what waits for
// approval, for the visit, for review, for the result; and one inspection's
// procedure with every step and what can be done now. The rules are record's.
type proceduresView struct {
	page
	about  *fyne.Container
	tabs   map[string]*choiceButton
	strip  *fyne.Container
	worker *worker

	tab        string
	inspection record.ID // whose procedure is shown, "" the list
	one        *desk.Proceeded
	rows       []store.ProcedureRow
}

var procedureTabs = []string{"approval", "visit", "review", "result", "done"}

// procedureTab tells where an inspection waits.
func procedureTab(r store.ProcedureRow) string {
	switch r.Stage {
	case record.StageApproved, record.StageNotified, record.StageInterrupted:
		if r.State == record.SealedNow {
			return "review"
		}
		return "visit"
	case record.StageSubmitted, record.StageReturned:
		return "review"
	case record.StageConfirmed, record.StageTold, record.StageWithdrawn:
		return "result"
	case record.StagePublished, record.StageWithheld, record.StageArchived:
		return "done"
	}
	if r.State == record.SealedNow { // signed, and nobody asked for approval: to be submitted
		return "review"
	}
	return "approval"
}

// mostCards bounds the list: who looks for one more searches for it.
const mostCards = 60

func newProceduresView(w *Window) *proceduresView {
	v := &proceduresView{page: newPage(w), about: down(6), tabs: map[string]*choiceButton{}, tab: "approval"}
	name := title("")
	w.say(func() { name.set(w.T("ui.nav.procedures")) })
	v.strip = flow(6)
	for _, tab := range procedureTabs {
		b := newChoiceButton(w, "", inkColor, "-", func() { v.tab = tab; v.show() })
		v.tabs[tab] = b
		v.strip.Add(b.press)
	}
	v.worker = newWorker(w)
	v.column(name, v.worker.box, v.about, v.strip)
	w.say(v.show)
	return v
}

// openProcedure shows the procedure of an inspection, "" all of them.
func (w *Window) openProcedure(id record.ID) {
	w.settleField()
	w.procedures.inspection, w.procedures.read = id, false
	w.show(w.procedures, "procedures")
}

func (v *proceduresView) load() {
	d, of := v.w.desk, v.inspection
	var rows []store.ProcedureRow
	var one *desk.Proceeded
	v.fetch(func(ctx context.Context) (err error) {
		if of != "" {
			p, err := d.Procedure(ctx, of)
			if err != nil {
				return err
			}
			one = &p
			return nil
		}
		rows, err = d.Store.Procedures(ctx, store.ProcedureFilter{})
		return err
	}, func() {
		v.rows, v.one = rows, one
		v.show()
	})
}

func (v *proceduresView) show() {
	if !v.read {
		return
	}
	v.body.Objects, v.about.Objects = nil, nil
	showIf(v.strip, v.inspection == "")
	if v.one != nil {
		v.showOne()
	} else {
		v.showList()
	}
	v.scroll.Refresh()
}

func (v *proceduresView) showList() {
	w := v.w
	count := map[string]int{}
	var here []store.ProcedureRow
	for _, r := range v.rows {
		if r.State == record.Cancelled {
			continue
		}
		tab := procedureTab(r)
		if count[tab]++; tab == v.tab {
			here = append(here, r)
		}
	}
	for name, b := range v.tabs {
		b.text.set(w.T("ui.procedures.tab."+name) + "  " + number(int64(count[name])))
		b.choose(name == v.tab)
	}
	v.about.Add(quiet(w.T("ui.procedures.how." + v.tab)))
	together := flow(8)
	for _, act := range []record.ProcedureAct{record.AskApproval, record.ApproveVisit} {
		if ids := v.together(act, here); len(ids) > 1 {
			together.Add(button(w.T("ui.procedures.together."+string(act), "n", len(ids)), func() { v.askTogether(act, ids) }))
		}
	}
	if len(together.Objects) > 0 {
		v.body.Add(together)
	}
	for n, r := range here {
		if n == mostCards {
			v.body.Add(quiet(w.T("ui.procedures.more", "n", len(here)-mostCards)))
			break
		}
		v.body.Add(v.card(r))
	}
	if len(here) == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("ui.procedures.none")))))
	}
}

// stagePill marks a stage as waiting, well, or off.
func (v *proceduresView) stagePill(p record.Procedure) fyne.CanvasObject {
	m, c := half, amberColor
	switch p.Stage {
	case record.StageApproved, record.StageNotified, record.StageConfirmed, record.StagePublished, record.StageArchived:
		m, c = tick, jadeColor
	case record.StageDeclined, record.StageInterrupted, record.StageReturned, record.StageWithheld, record.StageWithdrawn:
		m, c = cross, slateColor
	}
	return newPill(m, c, capital(v.w.T("procedure.stage."+string(p.Stage)))).box
}

func (v *proceduresView) card(r store.ProcedureRow) fyne.CanvasObject {
	w := v.w
	said := down(3, across(10, 0, strong(r.Name).atMostLines(2), v.stagePill(r.Procedure)),
		quiet(r.Number+" · "+w.T("ui.procedures.planned", "day", r.PlannedOn)))
	if next := desk.NextText(w.texts, r.Procedure, w.desk.Today()); next != "" {
		said.Add(plain(capital(next)))
	}
	if n := len(r.Steps); n > 0 {
		x := r.Steps[n-1]
		said.Add(quiet(x.On + " · " + desk.ProcedureStepText(w.texts, x, record.Inspection{}) + " · " + x.Name))
	}
	said.Add(inset(6, 0, flow(8, mainButton(w.T("ui.procedures.open"), func() { v.inspection = r.Inspection; v.load() }),
		button(w.T("ui.procedures.inspection"), func() { w.openInspection(r.Inspection, "") }))))
	return panel(inset(12, 14, said))
}

// showOne shows the procedure of one inspection.
func (v *proceduresView) showOne() {
	w, p := v.w, v.one
	i := p.Case.Inspection
	v.about.Add(flow(8, button(w.T("ui.procedures.all"), func() { v.inspection = ""; v.load() }),
		button(w.T("ui.procedures.inspection"), func() { w.openInspection(i.ID, "") }), button(w.T("ui.documents.office"), func() { w.openDocumentsOf(i.ID) })))
	said := down(4, across(10, 0, strong(i.Organization.Name).atMostLines(2), v.stagePill(p.Procedure)), quiet(i.Number+" · "+w.T("ui.procedures.planned", "day", i.PlannedOn)))
	if next := desk.NextText(w.texts, p.Procedure, w.desk.Today()); next != "" {
		said.Add(plain(capital(next)))
	}
	if len(p.Conflicts) > 0 {
		said.Add(across(8, 1, sign(clash, vermilionColor, 18), plain(w.T("procedure.conflict"))))
	}
	if len(p.Undeclared) > 0 && i.Sealed == nil {
		var names []string
		for _, m := range p.Undeclared {
			names = append(names, m.Name)
		}
		said.Add(plain(w.T("ui.procedures.undeclared", "names", strings.Join(names, w.T("ui.list_comma")))))
	}
	acts := flow(8)
	led := false
	for _, act := range p.Allowed {
		if answersRequest[act] {
			continue // beside what was asked for
		}
		make := button
		if leadsOn[act] && !led {
			make, led = mainButton, true
		}
		acts.Add(make(v.act(act), func() { v.take(act, "") }))
	}
	if len(acts.Objects) > 0 {
		said.Add(inset(6, 0, acts))
	}
	v.body.Add(panel(inset(12, 14, said)))
	for _, request := range []record.ProcedureAct{record.AskReplacement, record.ChallengeResult} {
		for _, x := range p.Open(request) {
			v.body.Add(v.request(x))
		}
	}
	if len(p.Steps) == 0 {
		v.body.Add(quiet(w.T("ui.procedures.nothing")))
		return
	}
	steps := down(8)
	for n := len(p.Steps) - 1; n >= 0; n-- {
		x := p.Steps[n]
		steps.Add(down(1, plain(capital(desk.ProcedureStepText(w.texts, x, i))), quiet(w.moment(x.At)+" · "+x.Name)))
	}
	v.body.Add(panel(inset(12, 14, steps)))
}

func (v *proceduresView) act(a record.ProcedureAct) string {
	return capital(v.w.T("procedure.act." + string(a)))
}

// leadsOn are the acts that take an inspection the usual way: the first of them
// that is possible is the main button.
var leadsOn = map[record.ProcedureAct]bool{record.AskApproval: true, record.ApproveVisit: true, record.SupplementVisit: true, record.NotifyVisit: true, record.ResumeVisit: true,
	record.SubmitVisit: true, record.ConfirmVisit: true, record.TellResult: true, record.PublishResult: true, record.ArchiveVisit: true}

// answersRequest are the acts that answer a request, and stand beside it.
var answersRequest = map[record.ProcedureAct]bool{record.AllowReplacement: true, record.TurnDown: true, record.AnswerChallenge: true, record.EndChallenge: true}

// request shows what waits for a decision, with the decisions.
func (v *proceduresView) request(x record.ProcedureStep) fyne.CanvasObject {
	w := v.w
	answers := map[record.ProcedureAct][]record.ProcedureAct{
		record.AskReplacement:  {record.AllowReplacement, record.TurnDown},
		record.ChallengeResult: {record.AnswerChallenge, record.EndChallenge},
	}[x.Act]
	buttons := flow(8)
	for _, act := range answers {
		if slices.Contains(v.one.Allowed, act) {
			buttons.Add(button(v.act(act), func() { v.take(act, x.ID) }))
		}
	}
	return panel(inset(12, 14, down(4, strong(capital(desk.ProcedureStepText(w.texts, x, v.one.Case.Inspection))), quiet(w.moment(x.At)+" · "+x.Name), inset(6, 0, buttons))))
}

// together lists those of the list that one act can be taken for at once.
func (v *proceduresView) together(act record.ProcedureAct, rows []store.ProcedureRow) (ids []record.ID) {
	for _, r := range rows {
		if act == record.AskApproval && r.Stage == record.StageNew && r.State == record.Planned || act == record.ApproveVisit && r.Stage == record.StageAsked {
			ids = append(ids, r.Inspection)
		}
	}
	return ids
}

// askTogether takes one act for many inspections, with progress and a stop.
func (v *proceduresView) askTogether(act record.ProcedureAct, ids []record.ID) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "procedures."+string(act))
	b.text("note", w.T("ui.procedures.field.note"), "", 2)
	b.person("by", w.T("ui.documents.by"), v.people, "")
	v.form = b
	var said map[string]string
	b.ask(w.T("ui.procedures.together."+string(act), "n", len(ids)), w.T("ui.procedures.explained."+string(act)), v.act(act), "note",
		func(ctx context.Context, s map[string]string) error {
			said = s
			_, err := actor(s)
			return err
		}, func() {
			done := 0
			var failed error
			v.worker.run(w.T("ui.procedures.working"), func(ctx context.Context, progress workProgress) error {
				for n, id := range ids {
					x := desk.Proceeding{ProcedureStep: record.ProcedureStep{Act: act, Note: strings.TrimSpace(said["note"])}}
					if _, err := d.Proceed(ctx, record.ID(said["by"]), id, nil, x); record.CodeOf(err) != "" {
						failed = err // the others may still be taken on
					} else if err != nil {
						return err
					} else {
						done++
					}
					progress(func() string { return w.T("ui.procedures.working") + " " + itoa(n+1) + "/" + itoa(len(ids)) }, int64(n+1), int64(len(ids)))
				}
				return nil
			}, func(err error) {
				v.load()
				switch {
				case errors.Is(err, context.Canceled):
					w.tell(amberColor, "ui.procedures.stopped", "n", done, "all", len(ids))
				case err != nil:
					w.complain(err)
				case failed != nil:
					w.tell(amberColor, "ui.procedures.partly", "n", done, "all", len(ids), "why", w.texts.Error(failed))
				default:
					w.tell(jadeColor, "ui.procedures.done", "n", done)
				}
			})
		})
}

// procedureFields are what the forms of the acts ask for, those of a line joined
// by a plus.
var procedureFields = map[record.ProcedureAct]string{
	record.AskApproval: "number note", record.ApproveVisit: "number note", record.DeclineVisit: "note", record.GoUrgent: "note", record.SupplementVisit: "number note",
	record.DeclareInterest: "interest note", record.NotifyVisit: "way+on proof+to witness+consent", record.NotifyNobody: "note",
	record.InterruptVisit: "why+photo witness+recorder note", record.MailVisit: "number+on note", record.ResumeVisit: "on note", record.EndVisit: "note",
	record.SubmitVisit: "note", record.ReturnVisit: "note", record.ConfirmVisit: "result note", record.TellResult: "way+on proof+to witness+consent",
	record.PublishResult: "note", record.WithholdResult: "note", record.WithdrawResult: "note", record.ArchiveVisit: "number note",
	record.AskReplacement: "gone+in note", record.AllowReplacement: "note", record.TurnDown: "note",
	record.ChallengeResult: "kind+on body+number note", record.AnswerChallenge: "number+on note", record.EndChallenge: "number+on note",
	record.KeepRecording: "file device+place from+until", record.SecondLook: "look note",
}

// who lists the people who may take an act.
func (v *proceduresView) who(act record.ProcedureAct) []record.Inspector {
	team := v.one.Case.Inspection.Team
	inTeam := func(p record.Inspector) bool {
		return slices.ContainsFunc(team, func(m record.Member) bool { return m.Person == p.ID })
	}
	switch record.WhoTakes(act) {
	case record.TakenByTeam:
		return slices.DeleteFunc(slices.Clone(v.people), func(p record.Inspector) bool { return !inTeam(p) })
	case record.TakenOutside:
		return slices.DeleteFunc(slices.Clone(v.people), inTeam)
	}
	return v.people
}

// take asks for what an act needs; of is the request that it answers.
func (v *proceduresView) take(act record.ProcedureAct, of record.ID) {
	w, d, one := v.w, v.w.desk, v.one
	i := one.Case.Inspection
	b := newInquiry(w, "procedure."+string(act)+"/"+string(i.ID))
	focus := ""
	for _, line := range strings.Fields(procedureFields[act]) {
		names := strings.Split(line, "+")
		for _, name := range names {
			v.addField(b, act, name)
			if focus == "" && b.texts[name] != nil {
				focus = name
			}
		}
		if len(names) > 1 {
			b.beside(len(names))
		}
	}
	b.person("by", w.T("ui.documents.by"), v.who(act), "")
	v.form = b
	explained := w.T("ui.procedures.explained." + string(act))
	if act == record.PublishResult {
		p := one.Publication(one.Case.Findings)
		explained += " " + w.T("ui.procedures.will_publish", "result", w.T("procedure.result."+p.Result), "n", len(p.Findings))
	}
	b.ask(v.act(act), explained, v.act(act), focus, func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		x := stepSaid(act, said, i)
		x.Of = of
		_, err = d.Proceed(ctx, by, i.ID, &one.Procedure, x)
		return placedAt(err, procedureFields[act])
	}, v.load)
}

func (v *proceduresView) addField(b *inquiry, act record.ProcedureAct, name string) {
	w := v.w
	label := w.T("ui.procedures.field." + name)
	choose := func(values []string, key, chosen string) {
		var words []string
		for _, x := range values {
			words = append(words, capital(w.T(key+x)))
		}
		b.choice(name, label, values, words, chosen)
	}
	switch name {
	case "note":
		b.text(name, label, "", 3)
	case "on":
		b.text(name, label, w.desk.Today(), 1)
	case "way":
		choose([]string{record.ServedDirect, record.ServedLeft, record.ServedMail, record.ServedElectronic, record.ServedPublic}, "rectify.way.", record.ServedDirect)
	case "why":
		choose(record.Interruptions, "procedure.why.", record.Suspended)
	case "result":
		choose(record.Results, "procedure.result.", "")
	case "look":
		choose([]string{record.LookAgrees, record.LookDiffers}, "procedure.look.", "")
	case "kind":
		choose([]string{record.ByReconsideration, record.ByLawsuit}, "procedure.kind.", record.ByReconsideration)
	case "photo":
		values, words := []string{""}, []string{w.T("ui.procedures.no_photo")}
		for n, e := range v.one.Case.Inspection.Evidence {
			if e.Counts() {
				values, words = append(values, string(e.ID)), append(words, itoa(n+1)+"  "+cmp.Or(e.Caption, e.Name))
			}
		}
		b.choice(name, label, values, words, "")
	case "interest", "gone":
		values, words := []string{}, []string{}
		if name == "interest" {
			values, words = append(values, ""), append(words, w.T("ui.procedures.nobody"))
		}
		for _, m := range v.one.Case.Inspection.Team {
			values, words = append(values, string(m.Person)), append(words, m.Name+" · "+m.Certificate)
		}
		b.choice(name, label, values, words, "")
	case "in":
		var values, words []string
		for _, p := range v.people {
			if v.one.Case.Inspection.Role(p.ID) == "" {
				values, words = append(values, p.Certificate), append(words, p.Name+" · "+p.Certificate)
			}
		}
		b.choice(name, label, values, words, "")
	case "file":
		b.text(name, label, "", 1)
		b.browse(name, label)
	default:
		b.text(name, label, "", 1)
	}
}

// stepSaid makes the step of what a form said.
func stepSaid(act record.ProcedureAct, said map[string]string, i record.Inspection) desk.Proceeding {
	for k, s := range said {
		said[k] = strings.TrimSpace(s)
	}
	x := desk.Proceeding{ProcedureStep: record.ProcedureStep{
		Act: act, On: said["on"], Note: said["note"], Number: said["number"], Why: said["why"], Witness: said["witness"], Recorder: said["recorder"], Result: said["result"],
		Gone: record.ID(said["gone"]), Kind: said["kind"], Look: said["look"], Body: said["body"]},
		InNumber: said["in"], File: said["file"]}
	if said["photo"] != "" {
		x.Evidence = []record.ID{record.ID(said["photo"])}
	}
	switch act {
	case record.NotifyVisit, record.TellResult:
		x.On = "" // what is asked for is the day of service
		x.Service = &record.ServiceProof{On: said["on"], Way: said["way"], Proof: said["proof"], To: said["to"], Witness: said["witness"], Consent: said["consent"]}
	case record.DeclareInterest:
		if said["interest"] != "" {
			x.Persons = []record.ID{record.ID(said["interest"])}
			x.Note = cmp.Or(x.Note, "—")
		} else {
			x.Note = ""
		}
	case record.KeepRecording:
		x.Recording = &record.Recording{Device: said["device"], Place: said["place"], From: said["from"], To: said["until"]}
	}
	return x
}

// placedAt names the field of the form at which an error is told.
func placedAt(err error, fields string) error {
	var e *record.Error
	if !errors.As(err, &e) {
		return err
	}
	known := strings.FieldsFunc(fields, func(r rune) bool { return r == ' ' || r == '+' })
	place := map[string]string{"served": "on", "evidence": "photo", "persons": "interest", "recording": "device"}[e.Field]
	if place == "" || !slices.Contains(known, place) {
		return err
	}
	located := *e
	located.Field = place
	return &located
}
