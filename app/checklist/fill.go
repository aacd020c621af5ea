package checklist

import (
	"encoding/json"
	"maps"
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

// Filling is an authored checklist being filled in one inspection. Its logic
// lives on from answer to answer, so that each computes what depends on it and
// no more. It must not be used by two goroutines at a time.
type Filling struct {
	list   Checklist
	in     *form.Instance
	around form.Circumstances
	rows   map[string]form.Answer // that the logic has been given, by key
	begun  int                    // how often the logic was set out
	said   map[*Item]*spoken
	// What was last offered, said and asked, to be used again while it stays so.
	offers  map[*form.Item]*offers
	sayings map[saying]*said
	lived   map[*form.Item]*Item
}

// Fill gives the logic of an authored checklist with the answers of an
// inspection, nil for a checklist of items. The clock of its expressions stands
// at the moment the inspection began, so that today() gives the same whenever
// it is computed; before that, at now.
func (c Checklist) Fill(i record.Inspection, now time.Time) *Filling {
	if compiled, _ := c.Logic(); compiled == nil {
		return nil
	}
	f := &Filling{list: c}
	f.begin(i, now)
	return f
}

// Of tells whether it is a filling of this checklist, to the byte.
func (f *Filling) Of(c Checklist) bool { return f.list.digest == c.digest }

// Continue brings the filling to the answers as they stand now. What it says
// then is what a new one would say.
func (f *Filling) Continue(i record.Inspection, now time.Time) {
	around, rows := circumstances(i, now), f.list.rows(i)
	var changed []form.Answer
	for key, row := range rows {
		if f.rows[key] != row {
			changed = append(changed, row)
		}
	}
	for key, row := range f.rows {
		if _, still := rows[key]; !still {
			row.Value = ""
			changed = append(changed, row)
		}
	}
	same := around.Now.Equal(f.around.Now) && around.Zone.String() == f.around.Zone.String() && around.Instance == f.around.Instance
	if !same || !f.in.Take(changed) {
		f.begin(i, now)
		return
	}
	f.rows = rows
}

func (f *Filling) begin(i record.Inspection, now time.Time) {
	compiled, _ := f.list.Logic()
	f.around, f.rows = circumstances(i, now), f.list.rows(i)
	f.in = compiled.Begin(f.around)
	f.offers, f.sayings, f.lived = map[*form.Item]*offers{}, map[saying]*said{}, map[*form.Item]*Item{}
	f.begun++
	rows := slices.Collect(maps.Values(f.rows))
	slices.SortFunc(rows, func(a, b form.Answer) int {
		if n := CompareVersions(a.Instance, b.Instance); n != 0 {
			return n
		}
		return strings.Compare(a.UID, b.UID)
	})
	f.in.Restore(rows)
}

func circumstances(i record.Inspection, now time.Time) form.Circumstances {
	around := form.Circumstances{Now: now, Zone: now.Location(), Instance: string(i.ID)}
	if at, err := time.Parse(time.RFC3339, i.StartedAt); err == nil {
		around.Now, around.Zone = at, at.Location()
	}
	return around
}

// rows gives the answers as the logic takes them, by key. What is answered by a
// picture has the picture's name as its value.
func (c Checklist) rows(i record.Inspection) map[string]form.Answer {
	out := make(map[string]form.Answer, len(i.Answers))
	for key, a := range i.Answers {
		if strings.HasPrefix(key, factPrefix) {
			continue
		}
		uid, instance := record.SplitItemKey(key)
		value := valueText(a.Value)
		if it := c.uids[uid]; it != nil {
			value = formValue(it, a)
		}
		if value != "" {
			out[key] = form.Answer{UID: uid, Instance: instance, Value: value}
		}
	}
	for _, e := range i.Evidence {
		uid, instance := record.SplitItemKey(e.Item)
		if it := c.uids[uid]; it != nil && it.ByPhoto() && e.Counts() {
			out[e.Item] = form.Answer{UID: uid, Instance: instance, Value: e.Name}
		}
	}
	return out
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
	f := c.Fill(i, now)
	if f == nil {
		return Applicable(c, org, StatedFacts(i), earlier)
	}
	return f.nodes(org, i, earlier)
}

// Nodes lists what is to be answered, as NodesOf does.
func (f *Filling) Nodes(i record.Inspection, earlier []record.Finding) []Node {
	return f.nodes(i.Organization, i, earlier)
}

func (f *Filling) nodes(org record.Organization, i record.Inspection, earlier []record.Finding) []Node {
	c, in, stated := f.list, f.in, StatedFacts(i)
	org = withFacts(org, stated)
	var out []Node
	within := map[string]record.Text{} // by instance
	in.Walk(func(x *form.Item) {
		if x.IsInstance() {
			above := within[x.Parent().Instance()]
			within[x.Instance()] = joined(above, f.instanceName(x))
		}
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
		n.Within = within[n.Repeat]
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
		_, answered := f.rows[n.Key]
		n.Question = f.question(it, x, s, answered)
		n.Item = f.live(it, x, n.Question)
		n.refused = n.refused || n.Question.Withdrawn
		n.pictured = answered && it.ByPhoto()
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
