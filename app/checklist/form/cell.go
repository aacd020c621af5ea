package form

import (
	"math"
	"strings"

	"plumbline/app/checklist/xpath"
	"plumbline/app/record"
)

// What a form computes is kept in cells, one for each thing about each item: is
// it relevant, what is its value, which choices has it. A cell remembers what
// it read when it was last computed. When something changes, the cells that
// read it, and those that read these, are marked; only they are computed again,
// each after what it reads and at most once, and a cell whose result stays the
// same stops the spread. So the work of an answer follows from what depends on
// it and not from the size of the form.

// signal is something that cells read.
type signal struct {
	readers []reader
	cell    *cell  // which computes it, if it is computed
	stamp   uint64 // the last computation that read it, to list it once
}

// reader and reading are the two ends of a cell's reading a signal. Each knows
// the place of the other, so that taking it out costs the same however many
// there are.
type reader struct {
	cell *cell
	at   int // in cell.reads
}

type reading struct {
	signal *signal
	at     int // in signal.readers
}

type cellKind uint8

const (
	isRelevant   cellKind = iota
	isReadOnly            // including by a group above
	isRequired            //
	isSatisfied           // the constraint holds
	isCalculated          // writes the item's value
	isTriggered           // writes the item's value when a trigger changed
	isShown               // the value as everybody reads it: "" when not relevant, without choices that are not offered
	isOffered             // the choices
	isCounted             // how many instances a repeat has
	isSaid                // a label or message in the language of the instance
)

type freshness uint8

const (
	fresh freshness = iota
	doubtful
	stale
)

// cell is one computation and its result.
type cell struct {
	signal
	item     *Item
	kind     cellKind
	state    freshness
	running  bool // being computed
	checking bool // what it reads is being brought up to date
	begun    bool // computed at least once
	reads    []reading

	yes      bool   // of isRelevant, isReadOnly, isRequired, isSatisfied
	text     string // of isShown, isCalculated, isTriggered, isSaid
	offered  []offer
	say      *template // of isSaid,
	language string    // and the one in which it is said
	err      error     // why the expression could not be evaluated
	answer   uint64    // the answer after which it was last computed,
	times    int       // and how often then
}

func (in *Instance) cell(item *Item, kind cellKind) *cell {
	c := &cell{item: item, kind: kind, state: stale}
	c.signal.cell = c
	in.queue = append(in.queue, c)
	return c
}

// read notes that the running computation reads s.
func (in *Instance) read(s *signal) {
	if in.running == nil || s.stamp == in.stamp {
		return
	}
	s.stamp = in.stamp
	in.found = append(in.found, s)
}

// touch marks what reads s as stale.
func (in *Instance) touch(s *signal) {
	in.budget -= len(s.readers)
	for _, r := range s.readers {
		in.mark(r.cell, stale)
	}
}

func (in *Instance) mark(c *cell, as freshness) {
	if c.state >= as {
		return
	}
	before := c.state
	c.state = as
	if before != fresh {
		return
	}
	in.queue = append(in.queue, c)
	in.budget -= len(c.readers)
	for _, r := range c.readers {
		in.mark(r.cell, doubtful)
	}
}

// bring makes a cell's result up to date. A cell that is asked for while it is
// being computed, because a form refers to itself, gives what it last had.
func (in *Instance) bring(c *cell) {
	if c.running || c.checking {
		in.ordered = true
		return
	}
	if c.state == fresh {
		return
	}
	if c.state == doubtful {
		c.checking = true
		for _, r := range c.reads {
			if r.signal.cell != nil {
				in.bring(r.signal.cell)
			}
			if c.state == stale {
				break
			}
		}
		c.checking = false
	}
	if c.state != stale {
		c.state = fresh
		return
	}
	if c.answer != in.answers {
		c.answer, c.times = in.answers, 0
	}
	if in.budget < 0 {
		c.state, in.ordered = fresh, true
		c.err = &record.Error{Code: record.TooLarge, Message: "form.work", Args: map[string]any{"name": c.item.def.node.Name}}
		return
	}
	if c.times++; c.times > maxTimes {
		c.state, in.ordered = fresh, true
		c.err = &record.Error{Code: record.Invalid, Message: "form.circle", Args: map[string]any{"name": c.item.def.node.Name}}
		return
	}
	in.compute(c)
}

// maxTimes bounds how often one cell is computed after one answer, for forms
// that refer to themselves in a way that never comes to rest.
const maxTimes = 20

func (in *Instance) compute(c *cell) {
	if c.item.gone {
		return
	}
	outer, stamp, start := in.running, in.stamp, len(in.found)
	in.stamps++
	in.running, in.stamp, c.running = c, in.stamps, true
	c.err = nil
	c.state = fresh // whatever changes from here on marks it again
	changed := in.evaluate(c)
	c.running, in.running, in.stamp = false, outer, stamp
	in.rewire(c, in.found[start:])
	in.found = in.found[:start]
	if changed || !c.begun {
		c.begun = true
		if c.kind != isCalculated && c.kind != isTriggered {
			in.changed(c.item)
		}
		in.touch(&c.signal)
	}
}

// rewire makes found what c reads. Mostly it is what it read before.
func (in *Instance) rewire(c *cell, found []*signal) {
	in.budget -= len(found)
	same := len(found) == len(c.reads)
	for i := 0; same && i < len(found); i++ {
		same = found[i] == c.reads[i].signal
	}
	if same {
		return
	}
	c.forget()
	for _, s := range found {
		c.reads = append(c.reads, reading{s, len(s.readers)})
		s.readers = append(s.readers, reader{c, len(c.reads) - 1})
	}
}

// forget unlinks a cell from all that it read. The last reader of each signal
// takes the place that becomes free.
func (c *cell) forget() {
	for _, r := range c.reads {
		last := len(r.signal.readers) - 1
		moved := r.signal.readers[last]
		r.signal.readers[r.at] = moved
		moved.cell.reads[moved.at].at = r.at
		r.signal.readers = r.signal.readers[:last]
	}
	c.reads = c.reads[:0]
}

// maxWork bounds the nodes that all expressions together look at after one
// answer, and the marks that this sets; it is reached in about a second. What is
// left then is not computed. Setting out a form of 1,300 questions takes 13,000, the
// costliest answer to a real form that we have seen 5,400.
const maxWork = 3_000_000

// settle computes all that is marked.
func (in *Instance) settle() {
	in.answers++
	in.budget = maxWork
	for len(in.queue) > 0 {
		c := in.queue[len(in.queue)-1]
		in.queue = in.queue[:len(in.queue)-1]
		in.bring(c)
	}
}

func (in *Instance) flag(c *cell, e *xpath.Expression, otherwise bool) bool {
	v, err := e.Evaluate(&in.env, c.item.node)
	if err != nil {
		c.err = err
		return otherwise
	}
	return v.Boolean()
}

// evaluate computes a cell and tells whether its result is another one.
//
// An expression that fails must not stand in the inspector's way: its item is
// relevant, not required, can be written, and its value is accepted.
func (in *Instance) evaluate(c *cell) bool {
	i, d := c.item, c.item.def
	was := c.yes
	switch c.kind {
	case isRelevant:
		above := i.parent
		if i.id != "" { // a repeat is relevant because of its instances, not they because of it
			above = above.parent
		}
		c.yes = in.relevant(above) && in.relevantByItself(c)
		return c.yes != was
	case isReadOnly:
		c.yes = in.readOnly(i.parent) || d.readOnly != nil && in.flag(c, d.readOnly, false)
		return c.yes != was
	case isRequired:
		c.yes = in.flag(c, d.required, false)
		return c.yes != was
	case isSatisfied:
		c.yes = i.Text() == "" || in.flag(c, d.constraint, true)
		return c.yes != was
	case isCalculated:
		in.calculate(c)
		return false // what was written marked its readers
	case isTriggered:
		in.trigger(c)
		return false
	case isShown:
		before := c.text
		c.text = in.show(i)
		return c.text != before
	case isOffered:
		before := c.offered
		c.offered = in.offer(c)
		return !sameOffers(before, c.offered)
	case isCounted:
		return in.count(c)
	case isSaid:
		before, speaks := c.text, in.speaks
		in.speaks = c.language
		c.text = in.fill(c.say, i.node, i.node)
		in.speaks = speaks
		return c.text != before
	}
	return false
}

// relevantByItself looks at the item's own condition. A repeat is relevant when
// one of its instances is, or, while it has none, when its condition holds.
func (in *Instance) relevantByItself(c *cell) bool {
	i := c.item
	if i.isRange() {
		if i.def.relevant == nil {
			return true
		}
		in.read(&i.structure)
		if shown := i.shownInstances(); len(shown) > 0 {
			for _, instance := range shown {
				if in.relevant(instance) {
					return true
				}
			}
			return false
		}
	}
	return i.def.relevant == nil || in.flag(c, i.def.relevant, true)
}

// calculate writes the value when the expression comes to something else than
// before, or when its item has become relevant: an inspector may have written
// over it meanwhile.
func (in *Instance) calculate(c *cell) {
	i := c.item
	if !in.relevant(i) {
		c.yes = false
		return
	}
	v, err := i.def.calculate.Evaluate(&in.env, i.node)
	if err != nil {
		c.err = err
		v = xpath.OfText("")
	}
	text := in.computed(c, v)
	if c.begun && c.yes && text == c.text {
		return
	}
	c.yes, c.text = true, text
	if in.silent && i.kept {
		return
	}
	in.write(i, text)
}

// trigger writes the value when one of the triggers has another value than when
// it was last looked at.
func (in *Instance) trigger(c *cell) {
	i := c.item
	if !in.relevant(i) {
		return
	}
	var now strings.Builder
	for _, t := range i.def.triggers {
		for _, node := range in.seen(t, i.node, false) {
			now.WriteString(node.String())
		}
		now.WriteByte(0)
	}
	before := c.text
	c.text = now.String()
	if in.silent || !c.begun && strings.Trim(c.text, "\x00") == "" || c.begun && c.text == before {
		return
	}
	text := ""
	if i.def.calculate != nil {
		// What the calculation reads is no reason to do it again.
		in.unread(func() {
			v, err := i.def.calculate.Evaluate(&in.env, i.node)
			if err != nil {
				c.err = err
				return
			}
			text = in.computed(c, v)
		})
	}
	in.write(i, text)
}

// computed gives a result in the form of its item's type. One that is too long
// to be kept is none.
func (in *Instance) computed(c *cell, v xpath.Value) string {
	s := v.String()
	if len(s) > xpath.MaxText {
		c.err = &record.Error{Code: record.TooLarge, Message: "form.answer_long", Field: c.item.def.node.Name, Args: map[string]any{"limit": xpath.MaxText}}
		return ""
	}
	return tidy(c.item.def.holds, s)
}

// unread does something whose reading nobody is to depend on.
func (in *Instance) unread(do func()) {
	running := in.running
	in.running = nil
	do()
	in.running = running
}

// write sets the stored value.
func (in *Instance) write(i *Item, value string) {
	if i.value == value {
		return
	}
	i.value = value
	in.changed(i)
	in.mark(i.shown, stale)
}

// show gives the value as everybody reads it.
func (in *Instance) show(i *Item) string {
	for _, c := range [...]*cell{i.calculated, i.triggered} {
		if c != nil {
			in.read(&c.signal)
			in.bring(c)
		}
	}
	if !in.relevant(i) {
		return ""
	}
	if i.value == "" || i.offered == nil || !i.def.node.selects() || in.takesAny(i) {
		return i.value
	}
	in.read(&i.offered.signal)
	in.bring(i.offered)
	if !i.def.node.multiple() {
		if offers(i.offered.offered, i.value) {
			return i.value
		}
		return ""
	}
	words := strings.Fields(i.value)
	kept := words[:0]
	for _, w := range words {
		if offers(i.offered.offered, w) {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// maxInstances bounds how many instances a count may ask for. The largest
// repeat that we have seen in use had 60.
const maxInstances = 1000

// count brings a repeat to the number of instances that its expression asks
// for. Those beyond it are put aside, not thrown away: a number typed wrongly
// for a moment must not cost the answers below it.
func (in *Instance) count(c *cell) bool {
	i := c.item
	v, err := i.def.count.Evaluate(&in.env, i.node)
	if err != nil {
		c.err = err
	}
	want := 0 // also when there is no number: what is there follows from the answers
	if n := v.Number(); err == nil && n >= 1 {
		want = int(math.Min(n, maxInstances))
	}
	if want == i.counted {
		return false
	}
	in.unread(func() {
		for len(i.children) < want {
			in.grow(i, "", len(i.children))
		}
	})
	i.counted = want
	in.setDefaults()
	in.touch(&i.structure)
	return true
}
