package checklist

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"plumbline/app/checklist/form"
	"plumbline/app/record"
)

// logic is the form of an authored checklist, compiled when it is first asked
// for and then shared.
type logic struct {
	once     sync.Once
	compiled *form.Compiled
	problems []form.Problem
}

// Logic gives the compiled logic of an authored checklist and what is wrong in
// it; nil for a checklist of items.
func (c Checklist) Logic() (*form.Compiled, []form.Problem) {
	if c.logic == nil {
		return nil, nil
	}
	c.logic.once.Do(func() {
		f := c.Form()
		c.logic.compiled, c.logic.problems = form.Compile(&f)
	})
	return c.logic.compiled, c.logic.problems
}

// Fill gives the logic of an authored checklist with the answers of an
// inspection, nil for a checklist of items. The clock of its expressions stands
// at the moment the inspection began, so that today() gives the same whenever
// it is computed; before that, at now.
func (c Checklist) Fill(i record.Inspection, now time.Time) *form.Instance {
	compiled, _ := c.Logic()
	if compiled == nil {
		return nil
	}
	around := form.Circumstances{Now: now, Zone: now.Location(), Instance: string(i.ID)}
	if at, err := time.Parse(time.RFC3339, i.StartedAt); err == nil {
		around.Now, around.Zone = at, at.Location()
	}
	in := compiled.Begin(around)
	var rows []form.Answer
	for key, a := range i.Answers {
		uid, instance := record.SplitItemKey(key)
		if strings.HasPrefix(key, factPrefix) {
			continue
		}
		value := valueText(a.Value)
		if it := c.uids[uid]; it != nil {
			value = formValue(it, a)
		}
		if value != "" {
			rows = append(rows, form.Answer{UID: uid, Instance: instance, Value: value})
		}
	}
	slices.SortFunc(rows, func(a, b form.Answer) int {
		if n := CompareVersions(a.Instance, b.Instance); n != 0 {
			return n
		}
		return strings.Compare(a.UID, b.UID)
	})
	in.Restore(rows)
	return in
}

// formValue gives an answer as expressions read it: choices by their names with
// spaces between, amounts as plain numbers. A judgement alone is no value.
func formValue(it *Item, a record.Answer) string {
	switch it.Answer.Type {
	case MultiChoice:
		var list []string
		if json.Unmarshal(a.Value, &list) != nil {
			return ""
		}
		return strings.Join(list, " ")
	case Match:
		return a.Seen
	case Conformity, PerFinding:
		return valueText(a.Value)
	}
	v := valueText(a.Value)
	if a.Inputs[JudgementInput] == "" && Judgement(it, a) != "" {
		return ""
	}
	switch it.Answer.Type {
	case Number, Count, Money, Percent, Rating5:
		n, ok := it.read(v)
		if !ok {
			return ""
		}
		return decimalText(n)
	}
	return v
}

// decimalText writes a number as expressions read it.
func decimalText(v Value) string {
	if v.Number.IsInt() {
		return v.Number.Num().String()
	}
	return strings.TrimRight(v.Number.FloatString(12), "0")
}

// InstanceKey gives the key of the answer that says whether an instance of a
// repeat is there: Yes or No. Two people who add one each thus write different
// paths, and both stay.
func InstanceKey(repeat, instance string) string { return record.ItemKey(repeat, instance) }

// RepeatOf gives the repeat that an authored checklist has under this uid or
// name, nil if none: the answers InstanceKey(repeat.UID, …) add to it.
func (c Checklist) RepeatOf(uidOrName string) (repeat *Element) {
	c.Walk(func(e *Element, _ []*Element) {
		if e.Kind == RepeatElement && repeat == nil && (e.UID == uidOrName || e.Name == uidOrName) {
			repeat = e
		}
	})
	return repeat
}

// NodesOf lists what is to be answered in an inspection, in order. In an
// authored checklist that is what is relevant as the answers stand, once for
// each instance of the repeats it stands in; in a checklist of items, what
// Applicable says.
func NodesOf(c Checklist, i record.Inspection, earlier []record.Finding, now time.Time) []Node {
	return c.nodes(i.Organization, i, earlier, now)
}

func (c Checklist) nodes(org record.Organization, i record.Inspection, earlier []record.Finding, now time.Time) []Node {
	stated := StatedFacts(i)
	in := c.Fill(i, now)
	if in == nil {
		return Applicable(c, org, stated, earlier)
	}
	org = withFacts(org, stated)
	var out []Node
	in.Walk(func(x *form.Item) {
		it := c.uids[x.Node().UID]
		if it == nil || x.IsRepeat() || len(it.OrgTypes) > 0 && !among(org.Kind, it.OrgTypes) {
			return
		}
		s := in.State(x)
		if !s.Relevant {
			return
		}
		n := Node{Item: it, Repeat: x.Instance(), optional: it.Severity == record.Info && !s.Required, refused: !s.Satisfied}
		n.Key = record.ItemKey(it.UID, n.Repeat)
		n.fails = fails(it, in, x)
		if it.AppliesIf != "" {
			applies, known := factOf(&org, stated, it.AppliesIf)
			if known && !applies {
				return
			}
			if !known {
				n.Unsure = it.AppliesIf
			}
		}
		if it.Answer.Type == PerFinding {
			out = repeated(out, n, earlier)
			return
		}
		n.Item = c.live(it, in, x)
		out = append(out, n)
	})
	return out
}

// fails tells what the item's fail_when says of the answer: 1 that there is a
// problem, -1 that there is none, 0 nothing.
func fails(it *Item, in *form.Instance, x *form.Item) int8 {
	if it.element.Inspect == nil || it.element.Inspect.FailWhen == "" || x.Parent() == nil {
		return 0
	}
	name := failsName(it.element.Name)
	for _, beside := range x.Parent().Children() {
		if beside.Node().Name == name && beside.Node().UID == "" {
			switch in.State(beside).Value {
			case "1":
				return 1
			case "0":
				return -1
			}
		}
	}
	return 0
}

// live gives the item as it is worded and as its choices are at the moment; the
// item itself where no answer changes either.
func (c Checklist) live(it *Item, in *form.Instance, x *form.Item) *Item {
	e := it.element
	worded := false
	for _, t := range e.Label {
		worded = worded || strings.Contains(t, "${")
	}
	for _, t := range e.Hint {
		worded = worded || strings.Contains(t, "${")
	}
	filtered := e.ChoiceFilter != "" && len(it.Answer.Options) > 0
	if !worded && !filtered {
		return it
	}
	now := *it
	if worded {
		label, hint := Texts{}, Texts{}
		for _, l := range in.Languages() {
			in.Speak(l)
			label[l], hint[l] = in.Label(x), in.Hint(x)
		}
		if t := plainText(label.text(c.DefaultLanguage)); t != (record.Text{}) {
			now.Text = t
		}
		now.Guidance = plainText(hint.text(c.DefaultLanguage))
	}
	if filtered {
		now.Answer.Options = nil
		offered := in.OptionValues(x)
		for _, o := range it.Answer.Options {
			if among(o.Value, offered) {
				now.Answer.Options = append(now.Answer.Options, o)
			}
		}
	}
	return &now
}
