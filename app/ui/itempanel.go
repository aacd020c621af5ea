package ui

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// itemPanel is the item in hand: how it is answered, note, photos, and what
// the law says. There is one; it stands beside the items or under the item.
type itemPanel struct {
	v  *inspectionView
	w  *Window
	of string // key of the item shown
	n  checklist.Node

	beside            *fyne.Container // holds the parts when they stand beside the items
	folded            *fyne.Container // holds them when they stand under the item
	inputs, reference *fyne.Container

	name   *prose
	pills  *fyne.Container
	unsure *fyne.Container

	answer  *fyne.Container
	choices map[string]*choiceButton
	value   *field
	long    *field
	seen    *field
	reports *field // the reported value of a match item the register lacks
	valueR  *formRow
	longR   *formRow
	seenR   *formRow
	reportR *formRow
	asReg   *pushButton
	radio   *widget.RadioGroup
	checks  *widget.CheckGroup
	figures []*figureField
	ratio   *prose
	asked   *questionPart // of an authored checklist
	setting bool

	judge     *fyne.Container
	judgement map[string]*choiceButton

	note        *field
	noteR       *formRow
	noteActs    *fyne.Container // what can be done with the note besides writing it
	noteTraces  *fyne.Container
	photos      *fyne.Container
	shots       *fyne.Container // holds the photos unless they are the answer
	photoTraces *fyne.Container
	earlier     *fyne.Container // photos of the item at inspections before
	earlierRead latest
	earlierKey  string
	earlierList []desk.EarlierPhoto
	add         *pushButton
	reason      *field
	reasonR     *formRow

	finding *fyne.Container
	fact    *field
	factR   *formRow
	grave   *pick
	graveR  *formRow
	days    *field
	daysR   *formRow
	spot    *tickBox

	conflicts *fyne.Container
	wording   *fyne.Container // sentences for the record
	form      *inquiry        // that is asked for
}

// figureField is one figure of a ratio.
type figureField struct {
	*field
	row *formRow
	key string
}

func newItemPanel(v *inspectionView) *itemPanel {
	w := v.w
	p := &itemPanel{v: v, w: w, choices: map[string]*choiceButton{}, judgement: map[string]*choiceButton{}}
	p.beside, p.folded = down(12), down(0)
	p.name = strong("")
	p.pills, p.unsure = flow(6), down(6)
	p.answer, p.judge = down(8), down(4)
	p.value, p.seen, p.reports = newField(w), newField(w), newField(w)
	p.long, p.note, p.reason, p.fact = newNote(w, 3), newNote(w, 2), newNote(w, 1), newNote(w, 2)
	p.days = newField(w)
	p.valueR, p.longR = newFormRow("", p.value), newFormRow("", p.long)
	p.seenR, p.reportR = newFormRow("", p.seen), newFormRow("", p.reports)
	p.noteR, p.reasonR = newFormRow("", p.note), newFormRow("", p.reason)
	p.factR, p.daysR = newFormRow("", p.fact), newFormRow("", p.days)
	p.radio = widget.NewRadioGroup(nil, func(label string) { p.radioChosen(label) })
	p.checks = widget.NewCheckGroup(nil, func(labels []string) { p.checksChosen(labels) })
	p.ratio = plain("")
	p.asked = newQuestionPart(p)
	p.asReg = button("", func() { p.takeRegistered() })
	p.photos = flow(8)
	p.noteActs, p.noteTraces, p.photoTraces, p.earlier = down(2), down(6), down(6), down(4)
	p.add = button("", func() { p.choosePhoto() })
	p.wording = flow(0)
	p.grave = newPick(func(s string) { p.change(func(a *record.Answer) { a.Severity = record.Severity(s) }) })
	p.graveR = newFormRow("", p.grave.framed)
	p.spot = newTickBox(w, func(on bool) { p.change(func(a *record.Answer) { a.OnTheSpot = on }) })
	p.finding, p.conflicts = down(8), down(8)
	w.say(func() { p.showEarlier(p.earlierKey, p.earlierList) })
	p.shots = down(0)
	p.inputs = down(12, p.name, p.pills, p.unsure, p.conflicts, p.answer, p.judge, down(4, p.noteR.Container, p.wording, p.noteActs, p.noteTraces), p.shots, p.photoTraces, p.earlier, p.reasonR.Container, p.finding)
	p.reference = down(10)

	p.keeps(p.value, p.valueR, "value", func(a *record.Answer, s string) { a.Value = jsonText(s) })
	p.keeps(p.long, p.longR, "value", func(a *record.Answer, s string) { a.Value = jsonText(s) })
	p.keeps(p.seen, p.seenR, "seen", func(a *record.Answer, s string) { a.Seen = s })
	p.keeps(p.reports, p.reportR, "inputs/expected", func(a *record.Answer, s string) { setInput(a, checklist.ExpectedInput, s) })
	p.keeps(p.note, p.noteR, "note", func(a *record.Answer, s string) { a.Note = s })
	p.keeps(p.reason, p.reasonR, "reason", func(a *record.Answer, s string) { a.Reason = s })
	p.keeps(p.fact, p.factR, "fact", func(a *record.Answer, s string) { a.Fact = s })
	p.keeps(p.days, p.daysR, "deadline_days", nil)
	p.days.onKeep = p.keepDays
	return p
}

func setInput(a *record.Answer, name, value string) {
	if a.Inputs == nil {
		a.Inputs = map[string]string{}
	}
	if a.Inputs[name] = value; value == "" {
		delete(a.Inputs, name)
	}
}

// keeps makes the field keep one part of the answer: drafts while typing, an
// entry when it is left, and what is wrong with it beside it.
func (p *itemPanel) keeps(f *field, row *formRow, part string, set func(a *record.Answer, s string)) {
	path := func(key string) string { return "items/" + key + "/" + part }
	f.onDraft = func(text string) { p.v.draft(path(f.of), text) }
	f.onDiscard = func() { p.v.discard(path(f.of)) }
	f.onType = func(string) { row.fine() }
	if set == nil {
		return
	}
	f.onKeep = func(text string) {
		key, before, value := f.of, "", text
		n, _ := p.v.visit.Node(key)
		if a, ok := p.v.visit.Inspection.Answers[key]; ok {
			if before = partOf(a, part); part == "value" && n.Question != nil {
				before = shownValue(n.Question.Type, before)
			}
		}
		if f == p.value {
			value = typedValue(n, text)
		}
		p.v.edit(key, func(a *record.Answer) { set(a, value) }, func(err error) {
			if f.of != key {
				p.v.draft(path(key), text)
				p.w.complain(err)
				return
			}
			f.refuse(before)
			p.fail(err, row)
		}, path(key))
	}
}

// partOf gives a part of an answer as its field shows it.
func partOf(a record.Answer, part string) string {
	switch part {
	case "value":
		return valueWords(a)
	case "seen":
		return a.Seen
	case "note":
		return a.Note
	case "reason":
		return a.Reason
	case "fact":
		return a.Fact
	}
	return a.Inputs[strings.TrimPrefix(part, "inputs/")]
}

// valueWords gives a value as typed: a text or a number.
func valueWords(a record.Answer) string {
	if s := a.Text(); s != "" {
		return s
	}
	s := string(a.Value)
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return ""
}

// keepDays keeps the deadline, which is a number.
func (p *itemPanel) keepDays(text string) {
	text = strings.TrimSpace(text)
	var days *int
	if text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			p.daysR.lacks(p.w, "checklist.not_count", "value", text)
			p.days.refused = true
			return
		}
		days = &n
	}
	p.v.edit(p.of, func(a *record.Answer) { a.DeadlineDays = days }, func(err error) { p.fail(err, p.daysR) }, "items/"+p.of+"/deadline_days")
}

// fail shows an error beside its field, and what has no field in the strip.
func (p *itemPanel) fail(err error, row *formRow) {
	var e *record.Error
	if errors.As(err, &e) && e.Field != "" && row != nil {
		row.failed(p.w, err)
		p.v.middle.Refresh()
		p.v.detail.Refresh()
		return
	}
	p.w.complain(err)
}

// change is an edit of the item in hand.
func (p *itemPanel) change(f func(*record.Answer)) { p.v.edit(p.of, f, nil) }

// under gives the parts side by side, to stand under the item.
func (p *itemPanel) under() fyne.CanvasObject {
	p.folded.Objects = []fyne.CanvasObject{inset(10, 14, equal(18, p.inputs, p.reference))}
	p.folded.Refresh()
	return p.folded
}

// number presses the choice at place k of the item in hand.
func (p *itemPanel) number(n checklist.Node, k int) {
	switch all := choicesFor(n.Item, p.v.visit.Checklist.Stage); {
	case n.Question != nil && n.Item.AsTyped() && !checklist.NeedsJudgement(n.Item):
		if q := n.Question; k < len(q.Offered) && len(q.Offered) <= fewOptions && (q.Type == "select_one" || q.Type == "select_multiple") && !q.ReadOnly {
			p.asked.choose(n, q.Offered[k].Value, q.Type == "select_multiple")
		}
	case all != nil && k < len(all):
		p.v.answer(n.Key, func(a *record.Answer) { a.Value = jsonText(all[k].value) })
	case all != nil:
	case n.Item.Answer.Type == checklist.Rating5 && k < 5:
		p.v.answer(n.Key, func(a *record.Answer) { a.Value = jsonText(itoa(k + 1)) })
	case k < len(conformityChoices) && n.Item.Severity != record.Info:
		p.judgeAs(conformityChoices[k].value)
	}
}

func (p *itemPanel) judgeAs(value string) {
	a := p.v.visit.Inspection.Answers[p.of]
	if checklist.Judgement(p.n.Item, a) == value {
		value = ""
	}
	p.v.answer(p.of, func(a *record.Answer) { setInput(a, checklist.JudgementInput, value) })
}

// show shows an item.
func (p *itemPanel) show(n checklist.Node) {
	w, v := p.w, p.v
	i := v.visit.Inspection
	a := i.Answers[n.Key]
	fresh := p.of != n.Key
	p.of, p.n = n.Key, n
	for _, r := range []*formRow{p.valueR, p.longR, p.seenR, p.reportR, p.noteR, p.reasonR, p.factR, p.daysR} {
		if fresh {
			r.fine()
		}
		r.reword()
	}
	sealed := i.Sealed != nil
	p.name.set(n.Item.Code + "  " + w.in(n.Item.Text))
	showIf(p.name, v.wide) // under the item its text stands right above
	p.showPills(n)
	p.showUnsure(n, sealed)
	p.conflicts.Objects = nil
	for _, path := range i.Conflicts {
		if strings.HasPrefix(path, "items/"+n.Key+"/") {
			p.conflicts.Add(conflictBox(w, i, path, i.Cell(path).Heads, func() { v.load() }))
		}
	}
	showIf(p.conflicts, len(p.conflicts.Objects) > 0)
	if p.shots.Objects = []fyne.CanvasObject{p.photos}; n.Question != nil && n.Item.ByPhoto() {
		p.shots.Objects = nil
	}
	p.showAnswer(n, a, sealed)
	p.showJudge(n, a, sealed)

	p.noteR.label.set(w.T("ui.item.note_label"))
	p.note.show(n.Key, a.Note, v.visit.Drafts[notePath(n.Key)])
	if v.visit.Drafts[notePath(n.Key)] != "" && p.note.Text != a.Note {
		p.noteR.say(w.T("ui.item.draft_found"))
	} else {
		p.noteR.say("")
	}
	enableField(p.note, !sealed)
	p.wording.Objects = nil
	if _, may := p.phrasable(); may {
		p.wording.Add(outdented(linkButton(w, w.T("ui.phrase.open"), p.askPhrase)))
	}
	if sealed {
		p.wording.Add(outdented(linkButton(w, w.T("ui.amend.open"), func() { v.askAmend(n) })))
	}
	showIf(p.wording, len(p.wording.Objects) > 0)
	p.showNoteActs(n, a, sealed)
	v.showTraces(p.noteTraces, n.Key, false)
	v.showTraces(p.photoTraces, n.Key, true)
	p.showPhotos(n, a, sealed)
	if fresh {
		p.readEarlier(n)
	}
	p.showFinding(n, a, sealed)
	p.showReference(n)
	p.inputs.Refresh()
}

func enableField(f *field, on bool) {
	if on == f.Disabled() {
		if on {
			f.Enable()
		} else {
			f.Disable()
		}
	}
}

func (p *itemPanel) showPills(n checklist.Node) {
	lang := p.w.lang()
	p.pills.Objects = nil
	plainly := n.Question != nil && n.Item.Severity == record.Info // a question of a form, that nobody judges
	if !plainly {
		p.pills.Add(severityPill(p.w.words, n.Item.Severity).box)
	}
	if days := n.Item.DeadlineDays(); days > 0 {
		p.pills.Add(newPill("", slateColor, p.w.N("ui.finding.days", days)).box)
	}
	if n.Question != nil && n.Question.Required {
		p.pills.Add(newPill("", amberColor, p.w.T("ui.fill.required")).box)
	}
	c := slateColor
	if n.Item.Evidence.Photo == checklist.PhotoRequired {
		c = inkColor
	}
	if n.Item.PhotoForbidden() {
		c = vermilionColor
	}
	if !plainly || n.Item.Evidence.Photo != checklist.PhotoOptional {
		p.pills.Add(newPill(camera, c, checklist.PhotoText(n.Item.Evidence.Photo, lang)).box)
	}
	showIf(p.pills, len(p.pills.Objects) > 0 || n.Item.Sensitive)
	if n.Item.Sensitive {
		p.pills.Add(newPill("", vermilionColor, p.w.T("ui.item.sensitive")).box)
	}
}

func (p *itemPanel) showUnsure(n checklist.Node, sealed bool) {
	w := p.w
	p.unsure.Objects = nil
	if n.Unsure != "" {
		p.unsure.Add(plain(checklist.ConditionText(n.Unsure, w.lang())))
		if !sealed {
			yes := newChoiceButton(w, tick, inkColor, w.T("ui.yes"), func() { p.v.stateFact(n.Unsure, checklist.Yes) })
			no := newChoiceButton(w, dash, inkColor, w.T("ui.no_hide"), func() { p.v.stateFact(n.Unsure, checklist.No) })
			p.unsure.Add(flow(6, yes.press, no.press))
		}
	}
	showIf(p.unsure, n.Unsure != "")
}

// state states a fact about the organization.
func (v *inspectionView) stateFact(fact, value string) {
	v.edit(checklist.FactKey(fact), func(a *record.Answer) { a.Value = jsonText(value) }, nil)
}

func (p *itemPanel) draft(part string) string {
	return p.v.visit.Drafts["items/"+p.of+"/"+part]
}

func (p *itemPanel) showAnswer(n checklist.Node, a record.Answer, sealed bool) {
	w, it := p.w, n.Item
	p.answer.Objects = nil
	if n.Earlier != nil {
		p.answer.Add(panelLine(w.T("ui.item.earlier"), n.Earlier.Code+"  "+w.in(n.Earlier.Title)+spaceBefore(n.Earlier.Fact)))
	}
	if n.Question != nil && it.AsTyped() {
		p.asked.show(n, a, sealed)
	} else {
		p.showWanted(n, a, sealed)
		if n.Question != nil {
			p.asked.showFault(n, a)
		}
	}
	if o := p.v.outcome(n); choicesFor(it, "") == nil && o != checklist.Unanswered {
		m, c := markOf(o)
		p.answer.Add(flow(0, newPill(m, c, checklist.OutcomeText(o, w.lang())).box))
	}
}

// showWanted shows how an item is answered that says so itself.
func (p *itemPanel) showWanted(n checklist.Node, a record.Answer, sealed bool) {
	w, it := p.w, n.Item
	switch it.Answer.Type {
	case checklist.Conformity, checklist.PerFinding:
		row := flow(6)
		for k, c := range choicesFor(it, p.v.visit.Checklist.Stage) {
			b := p.choices[c.value]
			if b == nil {
				b = newChoiceButton(w, c.mark, c.color, "-", nil)
				p.choices[c.value] = b
			}
			b.text.set(itoa(k+1) + "  " + w.T("checklist.answer."+c.value))
			b.press.onTap = func() { p.v.answer(p.of, func(a *record.Answer) { a.Value = jsonText(c.value) }) }
			b.press.enable(!sealed)
			b.choose(a.Text() == c.value)
			row.Add(b.press)
		}
		p.answer.Add(row)
	case checklist.Match:
		p.showMatch(n, a, sealed)
	case checklist.Choice:
		p.showOptions(it, p.radio, valueWords(a), sealed)
	case checklist.MultiChoice:
		p.showChecks(it, a, sealed)
	case checklist.Ratio:
		p.showRatio(n, a, sealed)
	case checklist.Rating5:
		row := flow(6)
		for k := 1; k <= 5; k++ {
			b := newChoiceButton(w, "", inkColor, itoa(k), func() { p.v.answer(p.of, func(a *record.Answer) { a.Value = jsonText(itoa(k)) }) })
			b.press.enable(!sealed)
			b.choose(valueWords(a) == itoa(k))
			row.Add(b.press)
		}
		p.answer.Add(row)
	case checklist.FreeText:
		p.longR.label.set(w.T("ui.item.value.text"))
		p.long.show(n.Key, valueWords(a), p.draft("value"))
		enableField(p.long, !sealed)
		p.answer.Add(p.longR.Container)
	default:
		p.valueR.label.set(w.T("ui.item.value." + string(it.Answer.Type)))
		p.value.SetPlaceHolder(placeholderFor(it.Answer.Type, w.now()))
		kept := valueWords(a)
		if checklist.Judgement(it, a) == kept {
			kept = ""
		}
		p.value.show(n.Key, kept, p.draft("value"))
		enableField(p.value, !sealed)
		if it.Answer.Type == checklist.Date && !sealed {
			today := button(w.T("ui.today"), func() {
				day := w.now().Format(time.DateOnly)
				p.v.answer(p.of, func(a *record.Answer) { a.Value = jsonText(day) })
			})
			p.answer.Add(across(8, 0, p.valueR.Container, down(0, quiet(" "), today)))
		} else {
			p.answer.Add(p.valueR.Container)
		}
	}
}

func spaceBefore(s string) string {
	if s == "" {
		return ""
	}
	return "\n" + s
}

func placeholderFor(t checklist.AnswerType, now time.Time) string {
	switch t {
	case checklist.Date:
		return now.Format(time.DateOnly)
	case checklist.Money:
		return "12,000 · 3万元"
	case checklist.Percent:
		return "85%"
	}
	return "0"
}

func panelLine(label, text string) fyne.CanvasObject { return down(1, quiet(label), plain(text)) }

func (p *itemPanel) showMatch(n checklist.Node, a record.Answer, sealed bool) {
	w, it := p.w, n.Item
	registered, ok := p.v.visit.Situation.Organization.Field(it.Answer.ExpectedField)
	var left fyne.CanvasObject
	if ok {
		left = down(3, quiet(w.T("ui.item.registered")), plain(registered))
	} else {
		p.reportR.label.set(w.T("ui.item.reported"))
		p.reports.show(n.Key, a.Inputs[checklist.ExpectedInput], p.draft("inputs/expected"))
		enableField(p.reports, !sealed)
		left = p.reportR.Container
	}
	p.seenR.label.set(w.T("ui.item.seen"))
	p.seen.show(n.Key, a.Seen, p.draft("seen"))
	enableField(p.seen, !sealed)
	p.answer.Add(left)
	p.answer.Add(p.seenR.Container)
	if ok && !sealed && a.Seen != registered {
		p.asReg.SetText(w.T("ui.item.as_registered"))
		p.answer.Add(flow(0, p.asReg))
	}
}

// takeRegistered notes that what was seen is what is registered.
func (p *itemPanel) takeRegistered() {
	if r, ok := p.v.visit.Situation.Organization.Field(p.n.Item.Answer.ExpectedField); ok {
		p.v.answer(p.of, func(a *record.Answer) { a.Seen = r })
	}
}

func (p *itemPanel) optionLabels(it *checklist.Item) []string {
	var out []string
	for _, o := range it.Answer.Options {
		out = append(out, p.w.in(o.Text))
	}
	return out
}

func (p *itemPanel) showOptions(it *checklist.Item, g *widget.RadioGroup, chosen string, sealed bool) {
	p.setting = true
	defer func() { p.setting = false }()
	g.Options = p.optionLabels(it)
	label := ""
	for _, o := range it.Answer.Options {
		if o.Value == chosen {
			label = p.w.in(o.Text)
		}
	}
	g.SetSelected(label)
	if sealed {
		g.Disable()
	} else {
		g.Enable()
	}
	g.Refresh()
	p.answer.Add(g)
}

func (p *itemPanel) radioChosen(label string) {
	if p.setting || p.of == "" {
		return
	}
	value := ""
	for _, o := range p.n.Item.Answer.Options {
		if p.w.in(o.Text) == label {
			value = o.Value
		}
	}
	p.v.answer(p.of, func(a *record.Answer) { a.Value = jsonText(value) })
}

func (p *itemPanel) showChecks(it *checklist.Item, a record.Answer, sealed bool) {
	p.setting = true
	defer func() { p.setting = false }()
	var chosen, labels []string
	if len(a.Value) > 0 && a.Value[0] == '[' {
		if json.Unmarshal(a.Value, &chosen) != nil {
			chosen = nil // not ours; it stays until somebody chooses anew
		}
	}
	for _, o := range it.Answer.Options {
		if slices.Contains(chosen, o.Value) {
			labels = append(labels, p.w.in(o.Text))
		}
	}
	p.checks.Options = p.optionLabels(it)
	p.checks.SetSelected(labels)
	if sealed {
		p.checks.Disable()
	} else {
		p.checks.Enable()
	}
	p.checks.Refresh()
	p.answer.Add(p.checks)
}

func (p *itemPanel) checksChosen(labels []string) {
	if p.setting || p.of == "" {
		return
	}
	var values []string
	last := ""
	if len(labels) > 0 {
		last = labels[len(labels)-1]
	}
	for _, o := range p.n.Item.Answer.Options {
		label := p.w.in(o.Text)
		if !slices.Contains(labels, label) {
			continue
		}
		// "none" and another exclude each other: what was ticked last stands.
		if len(labels) > 1 && o.Value == "none" && label != last {
			continue
		}
		if o.Value == "none" && label == last {
			values = []string{"none"}
			break
		}
		values = append(values, o.Value)
	}
	p.v.answer(p.of, func(a *record.Answer) {
		a.Value = nil
		if len(values) > 0 {
			a.Value, _ = json.Marshal(values) // strings always marshal
		}
	})
}

func (p *itemPanel) showRatio(n checklist.Node, a record.Answer, sealed bool) {
	inputs := checklist.RatioInputs(n.Item)
	same := len(inputs) == len(p.figures)
	for k := range inputs {
		same = same && p.figures[k].key == inputs[k].Key
	}
	if !same {
		p.figures = nil
		for _, in := range inputs {
			f := &figureField{field: newField(p.w), key: in.Key}
			f.row = newFormRow("", f.field)
			p.keeps(f.field, f.row, "inputs/"+in.Key, func(a *record.Answer, s string) { setInput(a, in.Key, strings.TrimSpace(s)) })
			p.figures = append(p.figures, f)
		}
	}
	for k, f := range p.figures {
		f.row.label.set(p.w.in(inputs[k].Name))
		if from := p.v.visit.Situation.Figures[f.key]; from != "" {
			f.SetPlaceHolder(p.w.T("ui.item.from_checklist", "value", from))
		} else {
			f.SetPlaceHolder("12,000 · 3万元")
		}
		f.show(n.Key, a.Inputs[f.key], p.draft("inputs/"+f.key))
		enableField(f.field, !sealed)
		p.answer.Add(f.row.Container)
	}
	p.ratio.set(checklist.RatioText(checklist.RatioOf(n.Item, a, p.v.visit.Situation), p.w.lang()))
	p.answer.Add(p.ratio)
}

func (p *itemPanel) showJudge(n checklist.Node, a record.Answer, sealed bool) {
	p.judge.Objects = nil
	show := choicesFor(n.Item, "") == nil && !sealed
	if n.Question != nil && n.Item.Severity == record.Info && !n.Question.Required && checklist.Judgement(n.Item, a) == "" {
		show = false // it may stay without an answer
	}
	if show {
		label := p.w.T("ui.item.judgement")
		if checklist.NeedsJudgement(n.Item) {
			label = p.w.T("ui.item.judgement_needed")
		}
		p.judge.Add(quiet(label))
		row := flow(6)
		choices := conformityChoices
		if n.Item.Severity == record.Info {
			choices = conformityChoices[2:] // a fact only: there is nothing to judge
		}
		for _, c := range choices {
			b := p.judgement[c.value]
			if b == nil {
				b = newChoiceButton(p.w, c.mark, c.color, "-", nil)
				b.press.onTap = func() { p.judgeAs(c.value) }
				p.judgement[c.value] = b
			}
			b.text.set(p.w.T("checklist.answer." + c.value))
			b.choose(checklist.Judgement(n.Item, a) == c.value)
			row.Add(b.press)
		}
		p.judge.Add(row)
	}
	showIf(p.judge, show)
}

// showNoteActs offers to move and to withdraw the note; after the seal it says
// why it does not.
func (p *itemPanel) showNoteActs(n checklist.Node, a record.Answer, sealed bool) {
	w, v := p.w, p.v
	p.noteActs.Objects = nil
	if showIf(p.noteActs, false); v.trial != nil {
		return // there is nothing to move to, and nothing to destroy
	}
	var links []fyne.CanvasObject
	if !sealed && a.Note != "" {
		links = append(links, linkButton(w, w.T("ui.move.note_button"), func() { v.moveNoteFrom(n.Key) }))
		links = append(links, linkButton(w, w.T("ui.withdraw.note_button"), func() { v.withdrawNote(n.Key) }))
	}
	if hasWords(a) {
		links = append(links, linkButton(w, w.T("ui.destroy.words_button"), func() { v.askDestruction(desk.Unlawful{Texts: []string{n.Key}}) }))
	}
	if sealed && (a.Note != "" || len(v.visit.Inspection.EvidenceOf(n.Key)) > 0) {
		p.noteActs.Add(quiet(w.T("ui.past.sealed")))
	}
	if len(links) > 0 {
		p.noteActs.Add(outdented(links...))
	}
	showIf(p.noteActs, len(p.noteActs.Objects) > 0)
}

func (p *itemPanel) showPhotos(n checklist.Node, a record.Answer, sealed bool) {
	w, v := p.w, p.v
	p.photos.Objects = nil
	list := v.visit.Inspection.EvidenceOf(n.Key)
	for _, e := range list {
		p.photos.Add(photoThumb(w, v, e))
	}
	forbidden := n.Item.PhotoForbidden()
	if !forbidden && !sealed {
		p.add.SetText(w.T("ui.item.add_photo"))
		p.add.SetIcon(camera.resource(inkColor))
		p.photos.Add(p.add)
	}
	if forbidden {
		p.photos.Add(newPill(camera, vermilionColor, checklist.PhotoText(checklist.PhotoForbidden, w.lang())).box)
	}
	o := v.outcome(n)
	needs := n.Item.Evidence.Photo == checklist.PhotoRequired && len(list) == 0 && o != checklist.NotApplicable && o != checklist.NotChecked
	p.reasonR.label.set(w.T("ui.item.no_photo_reason"))
	p.reason.show(n.Key, a.Reason, p.draft("reason"))
	enableField(p.reason, !sealed)
	if n.Question != nil && n.Item.ByPhoto() {
		needs = false // the question says itself that it needs one
	}
	showIf(p.reasonR.Container, needs || a.Reason != "")
}

// readEarlier looks for photos of the item at inspections before, off the
// window's goroutine, and offers to take them again from the same place.
func (p *itemPanel) readEarlier(n checklist.Node) {
	p.earlier.Objects = nil
	showIf(p.earlier, false)
	w, s, visit := p.w, p.v.session, *p.v.visit
	var list []desk.EarlierPhoto
	p.earlierRead.run(w.tasks, func(ctx context.Context) (err error) {
		list, err = s.desk.EarlierPhotos(ctx, visit, n.Key, mostEarlier)
		return err
	}, func(err error) {
		switch {
		case err != nil:
			w.complain(err)
		case p.v.session == s && p.of == n.Key:
			p.showEarlier(n.Key, list)
		}
	})
}

// shownEarlier is how many earlier photos stand on the item; the others are one
// press away.
const shownEarlier = 3

func (p *itemPanel) showEarlier(key string, list []desk.EarlierPhoto) {
	w := p.w
	p.earlierKey, p.earlierList = key, list
	if showIf(p.earlier, len(list) > 0); len(list) == 0 {
		return
	}
	row := flow(8)
	for k, e := range list[:min(len(list), shownEarlier)] {
		picture := down(2, w.files.thumb(shownOf(e.Evidence), stripSide, 84, 63), quiet(w.day(e.Day)).oneLine())
		row.Add(newPress(w, inset(2, 2, picture), func() { w.openRetake(key, list, k) }))
	}
	p.earlier.Objects = []fyne.CanvasObject{quiet(w.T("ui.retake.earlier", "n", len(list))), row}
	p.earlier.Refresh()
	p.inputs.Refresh()
	p.v.middle.Refresh()
	p.v.detail.Refresh()
}

// photoKinds are the files that can be evidence.
var photoKinds = []string{".jpg", ".jpeg", ".png"}

// choosePhoto asks for a photo file and hangs it on the item in hand.
func (p *itemPanel) choosePhoto() {
	if p.v.visit == nil || p.n.Item == nil || p.n.Item.PhotoForbidden() || p.v.visit.Inspection.Sealed != nil {
		return
	}
	key := p.of
	p.w.chooseFile(p.w.T("ui.item.add_photo"), photoKinds, func(path string) { p.v.attach(key, []string{path}) })
}

func (p *itemPanel) showFinding(n checklist.Node, a record.Answer, sealed bool) {
	w := p.w
	p.finding.Objects = nil
	var f *record.Finding
	for k := range p.v.visit.Findings {
		if x := &p.v.visit.Findings[k]; record.ItemKey(x.Item, x.Repeat) == n.Key {
			f = x
		}
	}
	showIf(p.finding, f != nil && !sealed)
	if f == nil || sealed {
		return
	}
	p.factR.label.set(w.T("ui.item.fact"))
	p.fact.show(n.Key, a.Fact, p.draft("fact"))
	p.fact.SetPlaceHolder(strings.ReplaceAll(f.Fact, "\n", " "))
	p.graveR.label.set(w.T("ui.item.severity"))
	var values, labels []string
	for _, s := range []record.Severity{record.Critical, record.Major, record.Minor} {
		values = append(values, string(s))
		labels = append(labels, checklist.SeverityText(s, w.lang()))
	}
	p.grave.show(values, labels, string(f.Severity))
	p.daysR.label.set(w.T("ui.item.days"))
	days := ""
	if a.DeadlineDays != nil {
		days = itoa(*a.DeadlineDays)
	}
	p.days.show(n.Key, days, p.draft("deadline_days"))
	p.days.SetPlaceHolder(itoa(n.Item.DeadlineDays()))
	p.spot.text.set(w.T("ui.item.on_the_spot"))
	p.spot.set(a.OnTheSpot)
	p.finding.Objects = []fyne.CanvasObject{hairline(), strong(w.T("ui.item.finding")), p.factR.Container, equal(12, p.graveR.Container, p.daysR.Container), p.spot.press}
}

// showReference shows what to look at, the law, and last time.
func (p *itemPanel) showReference(n checklist.Node) {
	w, v := p.w, p.v
	p.reference.Objects = nil
	part := func(key, text string) {
		if text != "" {
			p.reference.Add(down(2, newProse(w.T(key), smallSize, quietColor).strong(), plain(text)))
		}
	}
	guidance := n.Item.Guidance
	if n.Question != nil {
		guidance = n.Question.Guidance // the hint stands beside the answer
	}
	part("ui.item.guidance", w.in(guidance))
	if cited := v.visit.Checklist.Citations(n.Item, v.visit.Inspection.Organization.Kind); len(cited) > 0 {
		law := down(4, newProse(w.T("ui.item.law"), smallSize, quietColor).strong())
		for _, c := range cited {
			law.Add(plain(checklist.CitationText(c, w.lang())))
			if c.Edition != "" && c.Edition != "varies" {
				law.Add(quiet(w.T("ui.item.edition", "edition", c.EditionIn(w.lang()))))
			}
		}
		p.reference.Add(law)
	}
	part("ui.item.authority", w.in(n.Item.Authority))
	part("ui.item.action", w.in(n.Item.Action))
	for _, f := range v.visit.Earlier {
		if f.Item == n.Item.UID {
			part("ui.item.last_time", w.T("ui.finding.observed", "day", w.day(f.ObservedOn))+spaceBefore(f.Fact))
		}
	}
	p.reference.Refresh()
}
