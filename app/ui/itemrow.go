package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// choice is one answer that has a button, a key and a sign.
type choice struct {
	value string
	mark  mark
	color fyne.ThemeColorName
}

var (
	conformityChoices = []choice{
		{record.Conform, tick, jadeColor}, {record.Nonconform, cross, vermilionColor},
		{record.NotApplicable, dash, slateColor}, {record.NotChecked, dots, slateColor},
	}
	reinspectionChoices = append(conformityChoices[:4:4], choice{record.Partly, half, amberColor})
	perFindingChoices   = []choice{
		{checklist.Rectified, tick, jadeColor}, {record.Partly, half, amberColor},
		{checklist.NotRectified, cross, vermilionColor}, {checklist.Recurred, turn, vermilionColor},
	}
)

// choicesFor lists the answers an item has buttons for; nil when it is
// answered with a value.
func choicesFor(it *checklist.Item, stage string) []choice {
	switch it.Answer.Type {
	case checklist.PerFinding:
		return perFindingChoices
	case checklist.Conformity:
		if stage == "reinspection" {
			return reinspectionChoices
		}
		return conformityChoices
	}
	return nil
}

// onRow is how many of them stand on the row itself; the others are in the pane.
const onRow = 3

func rowChoices(all []choice) []choice {
	if len(all) == 4 && all[0].value == record.Conform {
		return all[:onRow]
	}
	if len(all) == 5 {
		return []choice{all[0], all[4], all[1], all[2]}
	}
	return all
}

// itemRow is one item in the list of a section. It is made once and shows
// whatever item is at its place.
type itemRow struct {
	widget.BaseWidget
	v   *inspectionView
	key string

	code, text, said *prose
	buttons          map[string]*choiceButton
	answers          *fyne.Container // buttons, or what was answered
	outcome          *pill
	hints            *fyne.Container
	under            *fyne.Container // the pane, when it folds under the item
	back             *box
	edge             *box
	all              *fyne.Container
}

func newItemRow(v *inspectionView) *itemRow {
	r := &itemRow{v: v, code: newProse("", smallSize, quietColor).strong().oneLine(), text: plain(""), said: quiet("").atMostLines(3), buttons: map[string]*choiceButton{}}
	r.answers = across(5, -1)
	r.outcome = newPill(ring, slateColor, "")
	r.hints = across(8, -1)
	r.under = down(0)
	line := acrossTop(10, 1, inset(4, 0, atLeast(64, 0, r.code)), inset(2, 0, down(2, r.text, r.said, r.hints)), r.answers)
	r.edge = newBox(nil, "", "", 0)
	touch := newTouch(inset(7, 12, line), func() { v.take(r.key) })
	touch.onMenu = func(at fyne.Position) { v.take(r.key); v.w.showMenu(v.itemVerbs(r.key), at) }
	r.back = newBox(container.New(&edgeLayout{}, r.edge, down(0, touch, r.under)), "", "", 4)
	r.all = down(0, r.back, hairline())
	r.ExtendBaseWidget(r)
	return r
}

// edgeLayout draws a thin bar at the left of the second object.
type edgeLayout struct{}

func (edgeLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Resize(fyne.NewSize(3, size.Height))
	heightAt(o[1], size.Width)
	o[1].Resize(size)
}

func (edgeLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return o[1].MinSize() }

func (r *itemRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.all) }

// fold puts the pane of the item in hand under the row; nil takes it away.
func (r *itemRow) fold(o fyne.CanvasObject) {
	if o == nil {
		if len(r.under.Objects) > 0 {
			r.under.Objects = nil
			r.under.Refresh()
		}
		return
	}
	r.under.Objects = []fyne.CanvasObject{o}
	r.under.Refresh()
	r.Refresh()
}

// line shows a line of the checklist.
func (r *itemRow) line(l checklist.Line) {
	if l.Kind == checklist.AskLine {
		r.show(l.Node)
		return
	}
	v, w := r.v, r.v.w
	sealed := v.visit.Inspection.Sealed != nil
	r.key = ""
	r.code.set("")
	r.text.bold = l.Kind == checklist.InstanceLine
	r.text.set(w.in(l.Text))
	r.said.set(w.in(l.Hint))
	showIf(r.said, w.in(l.Hint) != "")
	r.hints.Objects, r.answers.Objects = nil, nil
	showIf(r.hints, false)
	r.back.paint("", "")
	r.edge.paint("", "")
	switch {
	case l.Kind == checklist.ValueLine:
		value := strong(l.Value)
		value.right = true
		r.answers.Add(atLeast(150, 0, value))
	case l.Kind == checklist.RepeatLine && l.Changeable && !sealed:
		r.text.set("")
		r.answers.Add(button(w.T("ui.fill.add_instance", "name", w.in(l.Text)), func() { v.addInstance(l) }))
	case l.Kind == checklist.RepeatLine:
		r.text.set("")
	case l.Kind == checklist.InstanceLine && l.Changeable && !sealed:
		r.back.paint(panelColor, "")
		r.answers.Add(linkButton(w, w.T("ui.fill.remove_instance"), func() { v.removeInstance(l) }))
	case l.Kind == checklist.InstanceLine:
		r.back.paint(panelColor, "")
	}
}

// show shows an item. The view refreshes all of its rows at once.
func (r *itemRow) show(n checklist.Node) {
	v := r.v
	w := v.w
	i := v.visit.Inspection
	a := i.Answers[n.Key]
	r.key = n.Key
	inHand := v.at == n.Key
	r.code.set(n.Item.Code)
	text := w.in(n.Item.Text)
	if n.Earlier != nil {
		text += "\n" + n.Earlier.Code + "  " + w.in(n.Earlier.Title)
	}
	r.text.bold = false
	r.text.set(text)
	outcome := v.outcome(n)
	r.showAnswers(n, a, outcome)

	var said []string
	if a.Note != "" {
		said = append(said, w.T("ui.item.note", "text", strings.ReplaceAll(a.Note, "\n", " ")))
	} else if d := v.visit.Drafts[notePath(n.Key)]; d != "" {
		said = append(said, w.T("ui.item.draft", "text", strings.ReplaceAll(d, "\n", " ")))
	}
	if inHand {
		said = nil // the pane shows it
	}
	r.said.set(strings.Join(said, "\n"))
	showIf(r.said, len(said) > 0)

	r.hints.Objects = nil
	if n.Unsure != "" {
		r.hints.Add(newPill(ring, slateColor, checklist.ConditionText(n.Unsure, w.lang())).box)
	}
	if n.Question != nil && n.Question.Required && outcome == checklist.Unanswered {
		r.hints.Add(newPill("", amberColor, w.T("ui.fill.required")).box)
	}
	if a.Conflict {
		r.hints.Add(newPill(clash, vermilionColor, w.T("ui.item.two_values")).box)
	}
	photos := len(i.EvidenceOf(n.Key))
	if photos > 0 {
		r.hints.Add(newPill(camera, inkColor, itoa(photos)).box)
	}
	if n.Item.Evidence.Photo == checklist.PhotoRequired && !n.Item.ByPhoto() && photos == 0 && a.Reason == "" && outcome != checklist.NotApplicable && outcome != checklist.NotChecked {
		r.hints.Add(newPill(camera, amberColor, checklist.PhotoText(checklist.PhotoRequired, w.lang())).box)
	}
	showIf(r.hints, len(r.hints.Objects) > 0)
	if inHand {
		r.back.paint(panelColor, "")
		r.edge.paint(inkColor, "")
	} else {
		r.back.paint("", "")
		r.edge.paint("", "")
	}
}

func (r *itemRow) showAnswers(n checklist.Node, a record.Answer, outcome checklist.Outcome) {
	v := r.v
	r.answers.Objects = nil
	all := choicesFor(n.Item, v.visit.Checklist.Stage)
	value := a.Text()
	sealed := v.visit.Inspection.Sealed != nil
	onTheRow := false
	for _, c := range rowChoices(all) {
		onTheRow = onTheRow || c.value == value
	}
	if all == nil || sealed || value != "" && !onTheRow {
		m, c := markOf(outcome)
		r.outcome.show(m, c, checklist.OutcomeText(outcome, v.w.lang()))
		words := r.outcome.box
		if all == nil && !a.Empty() && outcome != checklist.Unanswered {
			if t := checklist.AnswerText(n.Item, a, v.w.lang()); t != "" {
				short := newProse(t, smallSize, theme.ColorNameForeground).atMostLines(2)
				short.right = true
				r.answers.Add(down(2, across(0, 0, quiet(""), words), atLeast(150, 0, short)))
				return
			}
		}
		if all == nil || sealed {
			r.answers.Add(words)
			return
		}
		r.answers.Add(words)
	}
	for _, c := range rowChoices(all) {
		b := r.buttons[c.value]
		if b == nil {
			b = newChoiceButton(v.w, c.mark, c.color, "", nil)
			r.buttons[c.value] = b
		}
		b.press.onTap = func() {
			key := r.key
			v.take(key)
			v.answer(key, func(a *record.Answer) { a.Value = jsonText(c.value) })
		}
		b.press.onFocus = func() { v.take(r.key) }
		b.choose(value == c.value)
		r.answers.Add(b.press)
	}
}

func notePath(key string) string { return "items/" + key + "/note" }

// touch is something that may be clicked but is no stop of the Tab key.
type touch struct {
	widget.BaseWidget
	content fyne.CanvasObject
	onTap   func()
	onMenu  func(at fyne.Position) // the right button was pressed
}

func newTouch(content fyne.CanvasObject, onTap func()) *touch {
	t := &touch{content: content, onTap: onTap}
	t.ExtendBaseWidget(t)
	return t
}

func (t *touch) Tapped(*fyne.PointEvent) { t.onTap() }

func (t *touch) TappedSecondary(e *fyne.PointEvent) {
	if t.onMenu != nil {
		t.onMenu(e.AbsolutePosition)
	}
}

// itemVerbs are what can be done with an item of an inspection.
func (v *inspectionView) itemVerbs(key string) []verb {
	w := v.w
	n, ok := v.visit.Node(key)
	if !ok || v.visit.Inspection.Sealed != nil {
		return nil
	}
	var out []verb
	for _, c := range choicesFor(n.Item, v.visit.Checklist.Stage) {
		out = append(out, verb{w.T("checklist.answer." + c.value), func() { v.answer(key, func(a *record.Answer) { a.Value = jsonText(c.value) }) }})
	}
	out = append(out, verb{w.T("ui.item.note_label"), func() { w.canvas().Focus(v.panel.note) }})
	if !n.Item.PhotoForbidden() {
		out = append(out, verb{w.T("ui.item.add_photo"), v.panel.choosePhoto})
	}
	return out
}

func (t *touch) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(down(0, t.content))
}
