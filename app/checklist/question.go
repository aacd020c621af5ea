package checklist

import (
	"slices"
	"strings"

	"plumbline/app/checklist/form"
	"plumbline/app/record"
)

// Question is what the logic of an authored checklist says of one thing that it
// asks, as the answers stand.
type Question struct {
	Type       string            // as XLSForm calls it: text, select_one …
	Appearance []string          // how its author wants it shown
	Parameters map[string]string // start, end and step of a range …
	// Value is what the logic reads: the answer or, until there is one, what the
	// checklist presets or computes.
	Value    string
	Preset   bool // Value is the checklist's; nobody has answered
	Required bool
	ReadOnly bool
	Refused  bool // the constraint does not hold
	// Withdrawn: of what was chosen something is not offered any more. It is
	// kept, and counts again when it is offered again.
	Withdrawn bool
	// Open: what is offered lies in a file that nobody has brought in; whatever is
	// typed is taken.
	Open     bool
	Choices  bool // it is answered by choosing, also where nothing is offered just now
	Offered  []Option
	Hint     record.Text
	Guidance record.Text
	Wanted   record.Text // what the constraint asks for, in the author's words
	Needed   record.Text // why there must be an answer
	Picture  string      // name of the file that goes with the question
}

// Shown tells whether the author asks for an appearance.
func (q *Question) Shown(as string) bool {
	return slices.ContainsFunc(q.Appearance, func(a string) bool { return a == as || strings.HasPrefix(a, as+"(") })
}

// ByPhoto tells whether the item is answered by pictures.
func (it *Item) ByPhoto() bool { return it.AsTyped() && it.element.Type == "image" }

// spoken is what is said of an item, and whether an answer can change it.
type spoken struct {
	Question
	live   bool // of its remarks
	label  bool // of its text and hint
	offers bool // of its choices
}

// spoken gives what is said of an item whatever the answers are.
func (f *Filling) spoken(it *Item) *spoken {
	if s := f.said[it]; s != nil {
		return s
	}
	e, s := it.element, &spoken{}
	s.Type, s.Appearance, s.Parameters = e.Type, strings.Fields(e.Appearance), parameters(e.Parameters)
	s.Picture = plainText(e.Media["image"].text(f.list.DefaultLanguage)).In("zh")
	text := func(t Texts) record.Text {
		s.live = s.live || worded(t)
		return plainText(t.text(f.list.DefaultLanguage))
	}
	s.Hint, s.Guidance = text(e.Hint), text(e.Guidance)
	s.Wanted, s.Needed = text(e.ConstraintMessage), text(e.RequiredMessage)
	s.label = worded(e.Label) || worded(e.Hint)
	s.offers = e.ChoiceFilter != "" || len(it.Answer.Options) == 0 || s.Parameters["randomize"] == "true"
	if list := f.list.List(e.List, false); list != nil {
		s.offers = s.offers || slices.ContainsFunc(list.Choices, func(o ListChoice) bool { return worded(o.Label) })
	}
	if f.said == nil {
		f.said = map[*Item]*spoken{}
	}
	f.said[it] = s
	return s
}

func worded(t Texts) bool {
	for _, s := range t {
		if strings.Contains(s, "${") {
			return true
		}
	}
	return false
}

// saying names a text of an item of the form.
type saying struct {
	x    *form.Item
	what byte
}

const (
	itsLabel byte = iota
	itsHint
	itsGuidance
	itsWanted
	itsNeeded
)

// said is a text as it last was: in the languages of the form, and in ours.
type said struct {
	raw  []string
	text record.Text
}

// say gives a text of the form in our two languages, with the answers in it. One
// that has not changed is not worded again.
func (f *Filling) say(x *form.Item, what byte) record.Text {
	was := f.sayings[saying{x, what}]
	fresh := was == nil
	if fresh {
		was = &said{raw: make([]string, len(f.in.Languages()))}
		f.sayings[saying{x, what}] = was
	}
	for n, l := range f.in.Languages() {
		f.in.Spoken(l, func() {
			if t := f.raw(x, what); t != was.raw[n] {
				was.raw[n], fresh = t, true
			}
		})
	}
	if fresh {
		t := Texts{}
		for n, l := range f.in.Languages() {
			t[l] = was.raw[n]
		}
		was.text = plainText(t.text(f.list.DefaultLanguage))
	}
	return was.text
}

// raw gives a text in the language that is spoken.
func (f *Filling) raw(x *form.Item, what byte) string {
	switch what {
	case itsLabel:
		return f.in.Label(x)
	case itsHint:
		return f.in.Hint(x)
	case itsGuidance:
		return f.in.Guidance(x)
	case itsWanted:
		return f.in.ConstraintMessage(x)
	}
	return f.in.RequiredMessage(x)
}

func (f *Filling) question(it *Item, x *form.Item, s form.State, answered bool) *Question {
	still := f.spoken(it)
	q := still.Question
	q.Value, q.Preset, q.Required, q.ReadOnly, q.Refused = s.Value, s.Value != "" && !answered, s.Required, s.ReadOnly, !s.Satisfied
	if still.live {
		q.Hint, q.Guidance, q.Wanted, q.Needed = f.say(x, itsHint), f.say(x, itsGuidance), f.say(x, itsWanted), f.say(x, itsNeeded)
	}
	if !x.HasChoices() {
		return &q
	}
	q.Open, q.Choices = x.OpenChoice(), true
	q.Withdrawn = it.AsTyped() && !q.Open && len(strings.Fields(x.Stored())) != len(strings.Fields(s.Value))
	q.Offered = it.Answer.Options
	if still.offers {
		q.Offered = f.offered(x)
	}
	return &q
}

// offers are the choices that a question last offered.
type offers struct {
	values  []string
	options []Option
}

// offered gives the choices of a question whose choices follow from answers or
// come from a file. Thousands of them are worded once.
func (f *Filling) offered(x *form.Item) []Option {
	values := f.in.OptionValues(x)
	if o := f.offers[x]; o != nil && slices.Equal(o.values, values) {
		return o.options
	}
	still := true // no answer is shown in what the choices are called
	texts := make([]Texts, len(values))
	for _, l := range f.in.Languages() {
		f.in.Spoken(l, func() {
			for n, o := range f.in.Options(x) {
				if texts[n] == nil {
					texts[n] = Texts{}
				}
				texts[n][l] = o.Label
				still = still && o.Choice != nil && !worded(Texts(o.Choice.Label))
			}
		})
	}
	o := &offers{values: values}
	for n, v := range values {
		t := plainText(texts[n].text(f.list.DefaultLanguage))
		if t == (record.Text{}) {
			t.English = v
		}
		o.options = append(o.options, Option{Value: v, Text: t})
	}
	if !still {
		return o.options
	}
	f.offers[x] = o
	return o.options
}

// live gives the item as it is worded and as its choices are at the moment; the
// item itself where no answer changes either.
func (f *Filling) live(it *Item, x *form.Item, q *Question) *Item {
	still := f.spoken(it)
	filtered := still.offers && (len(it.Answer.Options) > 0 || it.AsTyped() && len(q.Offered) > 0)
	if !still.label && !filtered {
		return it
	}
	text, guidance, options := it.Text, it.Guidance, it.Answer.Options
	if still.label {
		if t := f.say(x, itsLabel); t != (record.Text{}) && worded(it.element.Label) {
			text = t
		}
		guidance = record.Text{Chinese: both(q.Hint.Chinese, q.Guidance.Chinese), English: both(q.Hint.English, q.Guidance.English)}
	}
	if filtered {
		options = q.Offered
	}
	if was := f.lived[x]; was != nil && was.Text == text && was.Guidance == guidance && slices.Equal(was.Answer.Options, options) {
		return was
	}
	now := *it
	now.Text, now.Guidance, now.Answer.Options = text, guidance, options
	f.lived[x] = &now
	return &now
}
