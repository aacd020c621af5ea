package ui

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// questionPart is how a question of an authored checklist is answered: each type
// of XLSForm has its widget, and what the form says of the answer stands beside
// it. Widgets are made once for a question and then only show another state, so
// that the focus stays where it is.
type questionPart struct {
	p *itemPanel
	w *Window

	of     string // what the widgets below were made for
	boxes  []*optionBox
	slider *widget.Slider
	moved  *prose
	finder *finder
	tick   *tickBox
	fault  *prose
	hint   *prose
	none   *prose // that nothing is offered
}

func newQuestionPart(p *itemPanel) *questionPart {
	return &questionPart{p: p, w: p.w, fault: newProse("", textSize, vermilionColor), hint: quiet(""), none: quiet("")}
}

// fewOptions is up to how many choices stand there all at once.
const fewOptions = 12

// show shows the question's widget.
func (q *questionPart) show(n checklist.Node, a record.Answer, sealed bool) {
	w, p, x := q.w, q.p, n.Question
	out := p.answer
	if h := w.in(x.Hint); h != "" {
		q.hint.set(h)
		out.Add(q.hint)
	}
	if x.Preset && !x.ReadOnly {
		out.Add(q.preset(n, sealed))
	}
	switch {
	case x.ReadOnly:
		out.Add(panelLine(w.T("ui.fill.read_only"), valueIn(w, x)))
	case len(x.Offered) > 0 && x.Type == "rank":
		q.showRank(n, a, sealed)
	case len(x.Offered) > 0 && x.Type != "range":
		q.showChoices(n, a, sealed)
	case x.Choices && !x.Open:
		q.none.set(w.T("ui.fill.nothing_offered"))
		out.Add(q.none)
	case x.Type == "range":
		q.showRange(n, a, sealed)
	case x.Type == "acknowledge":
		q.showTick(n, a, sealed)
	case x.Type == "image":
		q.showPicture(n, sealed)
	case x.Type == "text" && x.Shown("multiline"):
		p.longR.label.set(w.T("ui.item.value.text"))
		p.long.show(n.Key, valueWords(a), p.draft("value"))
		enableField(p.long, !sealed)
		out.Add(p.longR.Container)
	default:
		q.showTyped(n, a, sealed)
	}
	q.showFault(n, a)
}

// showFault says what the form finds wrong with the answer, in its own words
// where it has some. The answer stays.
func (q *questionPart) showFault(n checklist.Node, a record.Answer) {
	w, x := q.w, n.Question
	text, color := "", vermilionColor
	switch {
	case x.Refused:
		if text = w.in(x.Wanted); text == "" {
			text = w.T("form.refused", "value", checklist.AnswerText(n.Item, a, w.lang()))
		}
	case x.Withdrawn:
		text = w.T("ui.fill.withdrawn", "value", checklist.AnswerText(n.Item, a, w.lang()))
	case x.Required && a.Empty() && x.Value == "":
		color = amberColor
		if text = w.in(x.Needed); text == "" {
			text = w.T("form.missing")
		}
	default:
		return
	}
	q.fault.setColor(color)
	q.fault.set(text)
	q.p.answer.Add(across(6, 1, sign(clash, color, 16), q.fault))
}

// preset shows what the checklist puts there by itself. It becomes an answer when
// the inspector says so.
func (q *questionPart) preset(n checklist.Node, sealed bool) fyne.CanvasObject {
	w := q.w
	line := panelLine(w.T("ui.fill.preset"), valueIn(w, n.Question))
	if sealed {
		return line
	}
	value := n.Question.Value
	return across(8, 0, line, button(w.T("ui.fill.preset_take"), func() {
		q.p.v.answer(n.Key, func(a *record.Answer) { a.Value = asKept(n, value) })
	}))
}

// valueIn words what the logic reads as the question's value.
func valueIn(w *Window, x *checklist.Question) string {
	words := strings.Fields(x.Value)
	if len(x.Offered) == 0 || len(words) == 0 {
		return shownValue(x.Type, x.Value)
	}
	for k, v := range words {
		for _, o := range x.Offered {
			if o.Value == v {
				words[k] = w.in(o.Text)
			}
		}
	}
	return strings.Join(words, w.T("ui.list_comma"))
}

// asKept gives a value, as the logic writes it or as it was typed, in the form in
// which an answer to this question is kept.
func asKept(n checklist.Node, value string) json.RawMessage {
	if n.Item.Answer.Type == checklist.MultiChoice {
		return listValue(n, strings.Fields(value))
	}
	return jsonText(typedValue(n, value))
}

// listValue keeps several choices: as a list, or in one text where the choices
// come from a file.
func listValue(n checklist.Node, values []string) json.RawMessage {
	if len(values) == 0 {
		return nil
	}
	if n.Item.Answer.Type != checklist.MultiChoice {
		return jsonText(strings.Join(values, " "))
	}
	b, err := json.Marshal(values)
	if err != nil {
		return nil // strings always marshal
	}
	return b
}

// chosenOf lists the choices in an answer.
func chosenOf(a record.Answer) []string {
	var list []string
	if json.Unmarshal(a.Value, &list) == nil {
		return list
	}
	return strings.Fields(a.Text())
}

// typedValue brings what was typed into the form in which it is kept: a place
// pasted with commas, a day of a month or year, a time with its zone. What is
// none of these stays, and is refused with the type's own words.
func typedValue(n checklist.Node, typed string) string {
	x, s := n.Question, strings.TrimSpace(typed)
	if x == nil || s == "" {
		return s
	}
	switch x.Type {
	case "text", "barcode", "audio", "video", "file":
		return typed
	case "geopoint":
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，;； \t\n", r) }), " ")
	case "date":
		switch {
		case x.Shown("year") && len(s) == len("2006"):
			return s + "-01-01"
		case x.Shown("month-year") && len(s) == len("2006-01"):
			return s + "-01"
		}
	case "dateTime":
		for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04"} {
			if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
				return at.Format("2006-01-02T15:04:05.000-07:00")
			}
		}
	case "time":
		if at, err := time.ParseInLocation("15:04", s, time.Local); err == nil {
			return at.Format("15:04:05")
		}
	}
	return s
}

// shownValue gives a value that is kept as one types it.
func shownValue(kind, value string) string {
	switch kind {
	case "dateTime", "time":
		return checklist.MomentText(kind, value)
	}
	return value
}

var placeholders = map[string]string{"integer": "0", "decimal": "0.0", "date": "2006-01-02", "dateTime": "2006-01-02 15:04", "time": "15:04", "geopoint": "30.2741 120.1551 12 5"}

// showTyped shows a field, with what helps to fill it.
func (q *questionPart) showTyped(n checklist.Node, a record.Answer, sealed bool) {
	w, p, x := q.w, q.p, n.Question
	key := "ui.fill.typed.text"
	if _, known := placeholders[x.Type]; known || slices.Contains([]string{"barcode", "audio", "video", "file"}, x.Type) {
		key = "ui.fill.typed." + x.Type
	}
	layout := placeholders[x.Type]
	switch {
	case x.Open:
		key = "ui.fill.typed.open"
	case x.Type == "date" && x.Shown("year"):
		key, layout = "ui.fill.typed.year", "2006"
	case x.Type == "date" && x.Shown("month-year"):
		key, layout = "ui.fill.typed.month", "2006-01"
	}
	p.valueR.label.set(w.T(key))
	p.value.SetPlaceHolder(w.now().Format(layout))
	if x.Type == "geopoint" {
		p.value.SetPlaceHolder(layout)
	}
	kept := shownValue(x.Type, valueWords(a))
	if checklist.Judgement(n.Item, a) == kept {
		kept = ""
	}
	p.value.show(n.Key, kept, p.draft("value"))
	enableField(p.value, !sealed)
	p.answer.Add(p.valueR.Container)
	if now := x.Type == "dateTime" || x.Type == "time"; !sealed && (now || x.Type == "date") {
		label := w.T("ui.today")
		if now {
			label = w.T("ui.fill.now")
		}
		buttons := flow(6, button(label, func() { q.take(n, w.now().Format(placeholders[x.Type])) }))
		if x.Type != "time" && !x.Shown("no-calendar") {
			buttons.Add(button(w.T("ui.fill.calendar"), func() { q.calendar(n, a) }))
		}
		p.answer.Add(buttons)
	}
}

// take answers with what a button says, as if it had been typed.
func (q *questionPart) take(n checklist.Node, typed string) {
	q.p.v.answer(n.Key, func(a *record.Answer) { a.Value = asKept(n, typed) })
}

// calendar lets a day be chosen. A time that is there stays.
func (q *questionPart) calendar(n checklist.Node, a record.Answer) {
	w := q.w
	value := shownValue(n.Question.Type, valueWords(a))
	day, err := time.ParseInLocation(time.DateOnly, value[:min(len(value), len(time.DateOnly))], time.Local)
	if err != nil {
		day = w.now()
	}
	clock := w.now().Format("15:04")
	if len(value) == len("2006-01-02 15:04") {
		clock = value[len("2006-01-02 "):]
	}
	w.modal(func(shut func()) fyne.CanvasObject {
		c := newCalendar(w, day, func(t time.Time) {
			shut()
			if typed := t.Format(time.DateOnly); n.Question.Type == "dateTime" {
				q.take(n, typed+" "+clock)
			} else {
				q.take(n, typed)
			}
		})
		return down(10, head(w.T("ui.fill.calendar_title")), atLeast(w.across(360), 280, c.all), across(8, 0, quiet(""), button(w.T("ui.cancel"), shut)))
	})
}

// showTick shows what is acknowledged and no more.
func (q *questionPart) showTick(n checklist.Node, a record.Answer, sealed bool) {
	if q.of != n.Key || q.tick == nil {
		q.of = n.Key
		q.tick = newTickBox(q.w, func(on bool) {
			q.p.v.answer(n.Key, func(a *record.Answer) {
				if a.Value = nil; on {
					a.Value = jsonText("OK")
				}
			})
		})
	}
	q.tick.text.set(q.w.T("ui.fill.acknowledge"))
	q.tick.set(a.Text() == "OK")
	q.tick.press.enable(!sealed)
	q.p.answer.Add(q.tick.press)
}

// scale gives start, end and step of a range; what its author left out is 1, 10
// and 1.
func scale(x *checklist.Question) (start, end, step float64) {
	read := func(name string, otherwise float64) float64 {
		if v, err := strconv.ParseFloat(x.Parameters[name], 64); err == nil {
			return v
		}
		return otherwise
	}
	start, end, step = read("start", 1), read("end", 10), math.Abs(read("step", 1))
	if step == 0 {
		step = 1
	}
	return min(start, end), max(start, end), step
}

// showRange shows a slider. It stands at the beginning, and says so, until it is
// moved: a place nobody chose is no answer.
func (q *questionPart) showRange(n checklist.Node, a record.Answer, sealed bool) {
	start, end, step := scale(n.Question)
	if q.of != n.Key || q.slider == nil {
		q.of = n.Key
		q.slider = widget.NewSlider(start, end)
		q.slider.Step = step
		q.moved = strong("")
		q.slider.OnChanged = func(v float64) { q.moved.set(numberText(v, step)) }
		q.slider.OnChangeEnded = func(v float64) {
			q.p.v.answer(n.Key, func(a *record.Answer) { a.Value = jsonText(numberText(v, step)) })
		}
	}
	value, err := strconv.ParseFloat(valueWords(a), 64)
	if err == nil {
		q.moved.set(numberText(value, step))
	} else {
		value = start
		q.moved.set(q.w.T("ui.fill.not_set"))
	}
	if q.slider.Value != value {
		q.slider.Value = value
		q.slider.Refresh()
	}
	if sealed {
		q.slider.Disable()
	} else {
		q.slider.Enable()
	}
	q.p.answer.Add(down(4, q.moved, newBox(inset(2, 6, q.slider), soft(inkColor), "", 4), across(0, 1, quiet(numberText(start, step)), quiet(""), quiet(numberText(end, step)))))
	if err != nil && !sealed { // a slider that stands at its beginning cannot be moved there
		q.p.answer.Add(flow(0, button(q.w.T("ui.fill.take_value", "value", numberText(start, step)), func() { q.take(n, numberText(start, step)) })))
	}
}

// numberText writes a number with no more decimals than a step has.
func numberText(v, step float64) string {
	places := 0
	if _, decimals, ok := strings.Cut(strconv.FormatFloat(step, 'f', -1, 64), "."); ok {
		places = len(decimals)
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if places > 0 {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// showPicture lets pictures be the answer: they hang on the question.
func (q *questionPart) showPicture(n checklist.Node, sealed bool) {
	w, p := q.w, q.p
	p.answer.Add(p.photos)
	if sealed || !n.Question.Shown("signature") && !n.Question.Shown("draw") {
		return
	}
	p.answer.Add(flow(0, button(w.T("ui.fill.draw"), func() {
		w.modal(func(shut func()) fyne.CanvasObject {
			pad := newSignaturePad()
			keep := mainButton(w.T("ui.fill.draw_keep"), func() {
				b, err := pad.picture()
				if err != nil {
					w.complain(err)
					return
				}
				shut()
				p.v.attachPicture(n.Key, n.Item.Code+".png", b)
			})
			return atLeast(w.across(620), 10, down(10, head(w.in(n.Item.Text)), newBox(atLeast(560, 190, pad), "", quietColor, 4),
				across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), button(w.T("ui.fill.draw_clear"), pad.clear), keep)))
		})
	})))
}

// optionBox is one choice that stands there: a ring for one of several, a box
// where several can be chosen. Long words wrap.
type optionBox struct {
	*press
	text *prose
	icon *fyne.Container
	many bool
	on   bool
}

const ringOn mark = `<circle cx="12" cy="12" r="8"/><circle fill="#000000" cx="12" cy="12" r="4.5"/>`

func newOptionBox(k keys, many bool, text string, onTap func()) *optionBox {
	b := &optionBox{text: plain(text), icon: down(0), many: many}
	b.press = newPress(k, inset(4, 5, across(8, 1, b.icon, b.text)), onTap)
	b.draw()
	return b
}

func (b *optionBox) set(on bool) {
	if b.on != on {
		b.on = on
		b.draw()
		b.press.Refresh()
	}
}

func (b *optionBox) draw() {
	m, c := ring, quietColor
	switch {
	case b.many && b.on:
		m, c = boxOn, inkColor
	case b.many:
		m = boxOff
	case b.on:
		m, c = ringOn, inkColor
	}
	b.icon.Objects = []fyne.CanvasObject{sign(m, c, 20)}
}

// showChoices shows the choices one below the other, side by side where their
// author asks for it, or a search where they are many.
func (q *questionPart) showChoices(n checklist.Node, a record.Answer, sealed bool) {
	x := n.Question
	many := x.Type == "select_multiple"
	chosen := chosenOf(a)
	if len(x.Offered) > fewOptions || x.Shown("minimal") || x.Shown("autocomplete") || x.Shown("search") {
		q.showFinder(n, chosen, many, sealed)
		return
	}
	of := n.Key + q.w.lang()
	for _, o := range x.Offered {
		of += "\x00" + o.Value + "\x00" + q.w.in(o.Text)
	}
	if q.of != of {
		q.of, q.boxes = of, nil
		for _, o := range x.Offered {
			q.boxes = append(q.boxes, newOptionBox(q.w, many, q.w.in(o.Text), func() { q.choose(q.p.n, o.Value, many) }))
		}
	}
	boxes := down(0)
	if x.Shown("likert") || x.Shown("horizontal") || x.Shown("horizontal-compact") || x.Shown("quick") {
		boxes = equal(4)
	}
	if strings.HasPrefix(strings.Join(x.Appearance, " "), "columns") {
		boxes = flow(4)
	}
	for k, o := range x.Offered {
		q.boxes[k].press.enable(!sealed)
		q.boxes[k].set(slices.Contains(chosen, o.Value))
		boxes.Add(q.boxes[k].press)
	}
	q.p.answer.Add(boxes)
}

// choose takes a choice, or takes it back.
func (q *questionPart) choose(n checklist.Node, value string, many bool) {
	q.p.v.answer(n.Key, func(a *record.Answer) {
		chosen := chosenOf(*a)
		on := slices.Contains(chosen, value)
		switch {
		case !many && on:
			a.Value = nil
		case !many:
			a.Value = jsonText(value)
		case on:
			a.Value = listValue(n, slices.DeleteFunc(chosen, func(v string) bool { return v == value }))
		default:
			a.Value = listValue(n, alone(append(chosen, value)))
		}
	})
}

// alone: "none" and another exclude each other; what was chosen last stands.
func alone(chosen []string) []string {
	last := chosen[len(chosen)-1]
	if last == "none" {
		return []string{last}
	}
	return slices.DeleteFunc(chosen, func(v string) bool { return v == "none" })
}

// finder searches among many choices.
type finder struct {
	*field
	found *fyne.Container
	first func() // what Enter takes
}

// mostMatches is how many choices a search shows.
const mostMatches = 8

func (q *questionPart) showFinder(n checklist.Node, chosen []string, many, sealed bool) {
	w := q.w
	if of := n.Key + "\x00finder"; q.of != of {
		q.of = of
		f := &finder{field: newField(w), found: down(0)}
		f.onType = func(string) { q.find(f) }
		f.onEnter = func() {
			if f.first != nil {
				f.first()
			}
		}
		q.finder = f
	}
	q.finder.SetPlaceHolder(w.N("ui.fill.find", len(n.Question.Offered)))
	row := flow(6)
	for _, v := range chosen {
		text := v
		for _, o := range n.Question.Offered {
			if o.Value == v {
				text = w.in(o.Text)
			}
		}
		b := newChoiceButton(w, cross, inkColor, text, func() { q.choose(n, v, many) })
		b.press.enable(!sealed)
		b.choose(true)
		row.Add(b.press)
	}
	if len(chosen) > 0 {
		q.p.answer.Add(row)
	}
	if sealed {
		return
	}
	q.p.answer.Add(down(4, q.finder.field, q.finder.found))
	q.find(q.finder)
}

// find lists the choices whose words, or name, hold what is typed.
func (q *questionPart) find(f *finder) {
	n := q.p.n
	want := strings.ToLower(strings.TrimSpace(f.Text))
	many := n.Question.Type == "select_multiple"
	chosen := chosenOf(q.p.v.visit.Inspection.Answers[n.Key])
	f.found.Objects, f.first = nil, nil
	more := 0
	for _, o := range n.Question.Offered {
		text := q.w.in(o.Text)
		if slices.Contains(chosen, o.Value) || want != "" && !strings.Contains(strings.ToLower(text), want) && !strings.Contains(strings.ToLower(o.Value), want) {
			continue
		}
		if len(f.found.Objects) == mostMatches {
			more++
			continue
		}
		take := func() {
			f.setting = true
			f.SetText("")
			f.setting = false
			q.choose(q.p.n, o.Value, many)
		}
		if f.first == nil && want != "" {
			f.first = take
		}
		f.found.Add(newPress(q.w, inset(4, 8, plain(text)), take))
	}
	switch {
	case more > 0:
		f.found.Add(inset(2, 8, quiet(q.w.N("ui.fill.more", more))))
	case len(f.found.Objects) == 0 && want != "":
		f.found.Add(inset(2, 8, quiet(q.w.T("ui.fill.nothing_found"))))
	}
	f.found.Refresh()
}

// showRank shows the choices in their order, with what moves each up or down.
func (q *questionPart) showRank(n checklist.Node, a record.Answer, sealed bool) {
	w, x := q.w, n.Question
	order := chosenOf(a)
	ranked := len(order) > 0
	texts := map[string]string{}
	for _, o := range x.Offered {
		texts[o.Value] = w.in(o.Text)
		if !slices.Contains(order, o.Value) {
			order = append(order, o.Value)
		}
	}
	order = slices.DeleteFunc(order, func(v string) bool { _, there := texts[v]; return !there })
	keep := func(order []string) {
		q.p.v.answer(n.Key, func(a *record.Answer) { a.Value = listValue(n, order) })
	}
	rows := down(4)
	for k, v := range order {
		move := func(by int) func() {
			return func() {
				moved := slices.Clone(order)
				moved[k], moved[k+by] = moved[k+by], moved[k]
				keep(moved)
			}
		}
		up, lower := button("↑", nil), button("↓", nil)
		up.OnTapped, lower.OnTapped = nil, nil
		if k > 0 && !sealed {
			up.OnTapped = move(-1)
		} else {
			up.Disable()
		}
		if k < len(order)-1 && !sealed {
			lower.OnTapped = move(1)
		} else {
			lower.Disable()
		}
		place := "–"
		if ranked {
			place = itoa(k + 1)
		}
		rows.Add(across(8, 1, atLeast(22, 0, strong(place).oneLine()), plain(texts[v]), across(4, -1, up, lower)))
	}
	q.p.answer.Add(rows)
	if !ranked && !sealed {
		q.p.answer.Add(flow(0, button(w.T("ui.fill.rank_so"), func() { keep(order) })))
	}
}
