package form

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/app/record"
)

// State is what holds for an item at the moment.
type State struct {
	// Value is what everybody reads: "" when the item is not relevant, only
	// choices that are offered. "" of what holds no value.
	Value string
	// Relevant: the item is there, and so is everything that it is in.
	Relevant bool
	// Required: a relevant item must have a value.
	Required bool
	// ReadOnly: the inspector may not change the value.
	ReadOnly bool
	// Satisfied: the constraint holds, or there is no value or no constraint.
	Satisfied bool
	// Missing: the item is relevant, required, and has no value.
	Missing bool
}

// State tells what holds for an item.
func (in *Instance) State(i *Item) State {
	s := State{Relevant: in.relevant(i), ReadOnly: in.readOnly(i), Satisfied: true}
	if i.shown == nil {
		return s
	}
	s.Value = i.Text()
	if i.required != nil {
		in.bring(i.required)
		s.Required = i.required.yes
	}
	if i.satisfied != nil && s.Relevant && s.Value != "" {
		in.bring(i.satisfied)
		s.Satisfied = i.satisfied.yes
	}
	s.Missing = s.Relevant && s.Required && s.Value == ""
	return s
}

// Stored gives a question's value even while it is not relevant or its choice
// is not offered: what will show again when it is.
func (i *Item) Stored() string { return i.value }

// Option is a choice that a question offers.
type Option struct {
	Value string
	Label string
	// Choice is the row of the list; nil when the choices come from answers.
	Choice *Choice
}

// Options gives the choices that a question offers now, labelled in the
// language of the instance; nil when it is no question with choices.
func (in *Instance) Options(i *Item) []Option {
	if i.offered == nil {
		return nil
	}
	in.budget = maxWork
	in.bring(i.offered)
	out := make([]Option, 0, len(i.offered.offered))
	for _, o := range i.offered.offered {
		out = append(out, Option{o.value, in.choiceLabel(i.def.choices, o, i.node, in.speaks), in.form.rows[o.node]})
	}
	return out
}

// HasChoices: the item is a question with choices.
func (i *Item) HasChoices() bool { return i.offered != nil }

// OpenChoice: the choices come from a file that nobody has read. Any value is
// accepted then.
func (i *Item) OpenChoice() bool { return i.def.choices != nil && i.def.choices.open }

// OptionValues gives the values that a question offers, without their labels.
func (in *Instance) OptionValues(i *Item) []string {
	if i.offered == nil {
		return nil
	}
	in.bring(i.offered)
	out := make([]string, 0, len(i.offered.offered))
	for _, o := range i.offered.offered {
		out = append(out, o.value)
	}
	return out
}

// Label, Hint, Guidance, ConstraintMessage and RequiredMessage give the item's
// texts in the language of the instance, with the answers that they show. Once
// asked for, an item whose text changes is among those that Answer tells.
func (in *Instance) Label(i *Item) string    { return in.say(i, "label", i.def.node.Label) }
func (in *Instance) Hint(i *Item) string     { return in.say(i, "hint", i.def.node.Hint) }
func (in *Instance) Guidance(i *Item) string { return in.say(i, "guidance", i.def.node.Guidance) }
func (in *Instance) ConstraintMessage(i *Item) string {
	return in.say(i, "constraint", i.def.node.ConstraintMessage)
}
func (in *Instance) RequiredMessage(i *Item) string {
	return in.say(i, "required", i.def.node.RequiredMessage)
}

func (in *Instance) say(i *Item, what string, text Text) string {
	s := text.In(in.speaks, in.form.form.Languages...)
	if !strings.Contains(s, "${") {
		return s
	}
	key := saying{what, in.speaks}
	c := i.said[key]
	if c == nil {
		t, ok := in.templates[s]
		if !ok {
			parsed, _ := splitTemplate(s)
			t = &parsed
			in.templates[s] = t
		}
		c = in.cell(i, isSaid)
		c.say, c.language = t, in.speaks
		if i.said == nil {
			i.said = map[saying]*cell{}
		}
		i.said[key] = c
		in.settle()
		in.news = in.news[:0]
	}
	in.bring(c)
	return c.text
}

// Languages lists the form's languages, the default one first.
func (in *Instance) Languages() []string { return in.form.form.Languages }

// Root gives the item that everything is in.
func (in *Instance) Root() *Item { return in.root }

// Find gives the item at a path, "/data/household[2]/name". A repeat without a
// place is the repeat as a whole at the end of the path, and its first instance
// before it. nil when there is none.
func (in *Instance) Find(ref string) *Item {
	parts := strings.Split(strings.TrimPrefix(ref, "/"), "/")
	if parts[0] != in.root.def.node.Name {
		return nil
	}
	i := in.root
	for n, part := range parts[1:] {
		name, place, placed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		at := i.def.named[name]
		if len(at) == 0 {
			return nil
		}
		i = i.children[at[0]]
		if !i.isRange() || !placed && n == len(parts)-2 {
			if placed && place != "1" {
				return nil
			}
			continue
		}
		k := 1
		if placed {
			var err error
			if k, err = strconv.Atoi(place); err != nil {
				return nil
			}
		}
		shown := i.shownInstances()
		if k < 1 || k > len(shown) {
			return nil
		}
		i = shown[k-1]
	}
	return i
}

// Named gives the first item of a name, wherever in the form, the way ${name}
// finds it. nil when there is none.
func (in *Instance) Named(name string) *Item {
	d := in.form.byName[name]
	if d == nil {
		return nil
	}
	i := in.root
	var way []*def
	for up := d; up.parent != nil; up = up.parent {
		way = append(way, up)
	}
	for n := len(way) - 1; n >= 0; n-- {
		i = i.children[way[n].index]
		if i.isRange() && n > 0 {
			shown := i.shownInstances()
			if len(shown) == 0 {
				return nil
			}
			i = shown[0]
		}
	}
	return i
}

// Item gives the item with a key: the node's UID and the instance that Instance
// gives. nil when there is none.
func (in *Instance) Item(uid, instance string) *Item {
	d := in.form.byUID[uid]
	if d == nil {
		return nil
	}
	return in.locate(d, instance, false)
}

// locate follows a definition's way down; with whole, the repeat as a whole
// rather than one of its instances.
func (in *Instance) locate(d *def, instance string, whole bool) *Item {
	var way []*def
	for up := d; up.parent != nil; up = up.parent {
		way = append(way, up)
	}
	slices.Reverse(way)
	i := in.root
	for n, step := range way {
		i = i.children[step.index]
		if !i.isRange() || whole && n == len(way)-1 {
			continue
		}
		id, rest, _ := strings.Cut(instance, ".")
		at := slices.IndexFunc(i.children, func(c *Item) bool { return c.id == id })
		if at < 0 {
			return nil
		}
		i, instance = i.children[at], rest
	}
	return i
}

// Fault is something that an inspector has to put right before a filling is
// complete.
type Fault struct {
	Item *Item
	// Missing tells a required answer that is not there from an answer that the
	// constraint refuses.
	Missing bool
	// Message is the form's own, in the language of the instance; "" when it has
	// none.
	Message string
}

// Faults lists all faults in the order of the form.
func (in *Instance) Faults() []Fault {
	var out []Fault
	in.Walk(func(i *Item) {
		switch s := in.State(i); {
		case s.Missing:
			out = append(out, Fault{i, true, in.RequiredMessage(i)})
		case !s.Satisfied:
			out = append(out, Fault{i, false, in.ConstraintMessage(i)})
		}
	})
	return out
}

// Walk calls visit for every item that is there, relevant or not, in the order
// of the form: a repeat before its instances, each before what is in it.
func (in *Instance) Walk(visit func(*Item)) {
	var walk func(*Item)
	walk = func(i *Item) {
		visit(i)
		for _, c := range i.Children() {
			walk(c)
		}
	}
	walk(in.root)
}

// Trouble lists the expressions that could not be evaluated as things are, for
// whoever wrote the form.
func (in *Instance) Trouble() []Problem {
	var out []Problem
	in.Walk(func(i *Item) {
		for _, c := range i.cells() {
			if c.err != nil {
				out = append(out, Problem{i.def.node, c.kind.column(), c.err})
			}
		}
	})
	return out
}

func (k cellKind) column() string {
	switch k {
	case isRelevant:
		return "relevant"
	case isReadOnly:
		return "read_only"
	case isRequired:
		return "required"
	case isSatisfied:
		return "constraint"
	case isOffered:
		return "choice_filter"
	case isCounted:
		return "repeat_count"
	case isSaid:
		return "label"
	}
	return "calculation"
}

// Answer is one row of what is kept of a filling: a question's value, or that
// an instance of a repeat is there.
type Answer struct {
	UID      string
	Instance string // as Item.Instance gives it
	Value    string // of an instance of a repeat Present or Absent
}

// The values that say whether an instance of a repeat is there.
const (
	Present = "yes"
	Absent  = "no"
)

// Answers lists what is to be kept: the stored values, those of items that are
// not relevant included, and the instances of repeats that an
// inspector may add to. Nodes without UID are left out.
func (in *Instance) Answers() []Answer {
	var out []Answer
	in.keep(in.root, &out)
	return out
}

// begins: the item has a value from the beginning, so that an empty one says
// something.
func (i *Item) begins() bool {
	return i.def.node.Default != "" || i.def.dynamic != nil || i.def.node.Preload != ""
}

func (in *Instance) keep(i *Item, out *[]Answer) {
	uid := i.def.node.UID
	switch {
	case uid == "":
	case i.isRange() && i.def.count == nil && !i.def.node.Empty && !slices.ContainsFunc(i.children, func(c *Item) bool { return c.id == "1" }):
		// The instance that every filling begins with was removed.
		*out = append(*out, Answer{uid, strings.TrimPrefix(i.Instance()+".1", "."), Absent})
	case i.id != "" && i.def.count == nil:
		*out = append(*out, Answer{uid, i.Instance(), Present})
	case i.shown != nil && (i.value != "" || i.begins()):
		*out = append(*out, Answer{uid, i.Instance(), i.value})
	}
	for _, c := range i.children {
		in.keep(c, out)
	}
}

// Restore sets what was kept of a filling, after Begin. Instances come in the
// order of their rows. Values are taken as they are, whatever the form says of
// them now, and triggers do not run. Calculations do, but an answer that was
// written over one stays. Rows that the form does
// not know are given back.
func (in *Instance) Restore(rows []Answer) []Answer {
	var unknown []Answer
	present := slices.Clone(rows)
	// Outer instances before those within them.
	slices.SortStableFunc(present, func(a, b Answer) int { return strings.Count(a.Instance, ".") - strings.Count(b.Instance, ".") })
	for _, row := range present {
		if d := in.form.byUID[row.UID]; d != nil && d.node.Kind == Repeat {
			in.restoreInstance(d, row)
		}
	}
	for _, row := range rows {
		d := in.form.byUID[row.UID]
		if d == nil {
			unknown = append(unknown, row)
			continue
		}
		if d.node.Kind == Repeat {
			continue
		}
		i := in.locate(d, row.Instance, false)
		if i == nil {
			in.restoreCounted(d, row.Instance)
			i = in.locate(d, row.Instance, false)
		}
		if i == nil || i.shown == nil {
			unknown = append(unknown, row)
			continue
		}
		i.kept = i.asked()
		in.write(i, row.Value)
	}
	in.quiet(func() { in.settle() })
	in.news = in.news[:0]
	return unknown
}

// Take sets what was kept after the rows of Restore, as if it had been among
// them. It is false when only a new instance with all rows can tell what holds
// then: a repeat has another instance, an answer that stood above a value of
// the form's own is gone, or the form makes its state depend on more than the
// answers there are.
func (in *Instance) Take(rows []Answer) bool {
	for _, row := range rows {
		i := in.Item(row.UID, row.Instance)
		if i == nil || i.shown == nil || row.Value == "" && (i.begins() || i.calculated != nil) {
			return false
		}
		i.kept = i.asked() && row.Value != ""
		in.write(i, row.Value)
	}
	in.quiet(func() { in.settle() })
	in.news = in.news[:0]
	return !in.ordered
}

func (in *Instance) restoreInstance(d *def, row Answer) {
	rng := in.locate(d, row.Instance, true)
	if rng == nil || d.count != nil {
		return
	}
	id := row.Instance[strings.LastIndexByte(row.Instance, '.')+1:]
	at := slices.IndexFunc(rng.children, func(i *Item) bool { return i.id == id })
	switch {
	case at < 0 && row.Value != Absent && id != "" && len(rng.children) < maxInstances:
		in.grow(rng, id, len(rng.children))
		in.setDefaults()
	case at >= 0:
		i := rng.children[at]
		rng.children = slices.Delete(rng.children, at, at+1)
		if row.Value == Absent {
			i.discard()
		} else {
			rng.children = append(rng.children, i)
		}
	default:
		return
	}
	in.touch(&rng.structure)
}

// restoreCounted makes the instances of counted repeats that a row belongs to,
// which the count will ask for once its own answer is there, or which were put
// aside.
func (in *Instance) restoreCounted(d *def, instance string) {
	var repeats []*def
	for up := d; up != nil; up = up.parent {
		if up.node.Kind == Repeat {
			repeats = append(repeats, up)
		}
	}
	slices.Reverse(repeats)
	ids := strings.Split(instance, ".")
	for n, r := range repeats {
		if n >= len(ids) || r.count == nil {
			continue
		}
		rng := in.locate(r, strings.Join(ids[:n], "."), true)
		k, err := strconv.Atoi(ids[n])
		if rng == nil || err != nil || k > maxInstances {
			return
		}
		for len(rng.children) < k {
			in.grow(rng, "", len(rng.children))
		}
		in.setDefaults()
	}
}

// asked: an inspector may write into the item.
func (i *Item) asked() bool {
	switch i.def.node.Type {
	case TypeCalculate, TypeHidden, TypeNote, TypeMetadata:
		return false
	}
	return true
}

// quiet does something while triggers only learn the values they watch.
func (in *Instance) quiet(do func()) {
	in.silent = true
	do()
	in.silent = false
}

// Describe gives an error for a fault, to show beside the item.
func (f Fault) Describe() error {
	message := "form.refused"
	if f.Missing {
		message = "form.missing"
	}
	return &record.Error{Code: record.Invalid, Message: message, Field: f.Item.def.node.Name, Args: map[string]any{"value": f.Item.value}}
}
