package form

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/app/checklist/xpath"
	"plumbline/app/record"
)

// Circumstances are what a form may ask of the world. The same form, answers
// and circumstances give the same state, everywhere and always.
type Circumstances struct {
	Now  time.Time
	Zone *time.Location // nil is UTC
	// Seed stands for chance: random(), and the order of shuffled choices.
	Seed int64
	// UUIDs are what uuid() gives, one after the other; when they are used up,
	// further ones follow from Seed.
	UUIDs []string
	// Language is that of labels at the beginning; "" is the form's first.
	Language string
	// Instance is the identity of this filling, shown as instanceID.
	Instance                   string
	Device, User, Email, Phone string
	// LastSaved gives the answers of another filling for ${last-saved#name}; nil
	// when there are none.
	LastSaved func(name string) string
}

// Instance is one filling of a form. It must not be used by two goroutines at
// a time.
type Instance struct {
	form   *Compiled
	around Circumstances
	env    xpath.Environment
	root   *Item
	speaks string // language
	// language is read by what depends on it.
	language signal

	queue   []*cell
	running *cell // which is being computed,
	stamp   uint64
	stamps  uint64
	found   []*signal // and what it has read so far, after those of the ones around it
	answers uint64    // given so far

	news      []*Item
	templates map[string]*template
	paths     map[string]*xpath.Expression
	budget    int // nodes that expressions may still look at
	randoms   int64
	uuids     int
	loose     bool // external lists are not looked at
	silent    bool // while kept answers are set, triggers do not run
	begun     bool // Begin is over
	// ordered: the state may depend on more than the answers there are, such as
	// the order in which they came.
	ordered  bool
	defaults []*Item // new ones whose default is still to be evaluated
}

// Begin starts a filling: defaults are set, what the program knows is filled
// in, everything is computed.
func (f *Compiled) Begin(around Circumstances) *Instance {
	in := &Instance{form: f, around: around, templates: map[string]*template{}, paths: map[string]*xpath.Expression{}, speaks: around.Language}
	if in.speaks == "" && len(f.form.Languages) > 0 {
		in.speaks = f.form.Languages[0]
	}
	top := &xpath.Node{Kind: xpath.Document}
	in.env = xpath.Environment{
		Now: around.Now, Zone: around.Zone, Seed: around.Seed, Root: top,
		Instance:   func(id string) *xpath.Node { return f.lists[id] },
		Reference:  in.reference,
		ChoiceName: in.choiceName,
		Random:     in.random,
		UUID:       in.uuid,
		Budget:     &in.budget,
	}
	in.budget = maxWork
	in.root = in.make(f.root, nil)
	in.root.node.Parent = top
	top.Children = []*xpath.Node{in.root.node}
	in.setDefaults()
	in.settle()
	in.news, in.begun = nil, true
	return in
}

// make builds the item of a definition with all below it.
func (in *Instance) make(d *def, parent *Item) *Item {
	i := in.item(d, parent, "")
	if d.node.Kind == Repeat {
		in.inherit(i)
		if d.count != nil {
			i.countedOff = in.cell(i, isCounted)
			i.structure.cell = i.countedOff
		} else if !d.node.Empty {
			in.grow(i, "", 0)
		}
		return i
	}
	in.inherit(i)
	if d.node.Kind == Group {
		for _, child := range d.children {
			i.children = append(i.children, in.make(child, i))
		}
		return i
	}
	in.question(i)
	return i
}

func (in *Instance) item(d *def, parent *Item, id string) *Item {
	i := &Item{in: in, def: d, parent: parent, id: id}
	i.node = &xpath.Node{Name: d.node.Name, Live: liveNode{i}}
	if parent != nil {
		i.node.Parent = parent.node
		if parent.isRange() {
			i.node.Parent = parent.parent.node // a repeat as a whole is no element
		}
	}
	return i
}

// inherit gives an item its own condition, or that of what it is in.
func (in *Instance) inherit(i *Item) {
	if i.parent != nil {
		i.relevance, i.writing = i.parent.relevance, i.parent.writing
	}
	if i.id != "" { // an instance is not what makes its repeat relevant
		i.relevance = i.parent.parent.relevance
	}
	if i.def.relevant != nil {
		i.relevance = in.cell(i, isRelevant)
	}
	if i.def.readOnly != nil {
		i.writing = in.cell(i, isReadOnly)
	}
}

func (in *Instance) question(i *Item) {
	d := i.def
	i.value = d.initial
	if s := in.preload(d.node.Preload); s != "" {
		i.value = s
	}
	if d.choices != nil {
		i.offered = in.cell(i, isOffered)
	}
	i.shown = in.cell(i, isShown)
	if d.required != nil {
		i.required = in.cell(i, isRequired)
	}
	if d.constraint != nil {
		i.satisfied = in.cell(i, isSatisfied)
	}
	switch {
	case len(d.triggers) > 0:
		in.ordered = true
		i.triggered = in.cell(i, isTriggered)
	case d.calculate != nil:
		i.calculated = in.cell(i, isCalculated)
	}
	if d.dynamic != nil {
		in.defaults = append(in.defaults, i)
	}
}

func (in *Instance) preload(p Preload) string {
	switch p {
	case PreloadStart:
		return in.env.Now.In(in.zone()).Format(dateTimeForm)
	case PreloadToday:
		return in.env.Now.In(in.zone()).Format("2006-01-02")
	case PreloadDevice:
		return in.around.Device
	case PreloadUser:
		return in.around.User
	case PreloadEmail:
		return in.around.Email
	case PreloadPhone:
		return in.around.Phone
	case PreloadInstance:
		return in.around.Instance
	}
	return ""
}

const dateTimeForm = "2006-01-02T15:04:05.000-07:00"

func (in *Instance) zone() *time.Location {
	if in.around.Zone == nil {
		return time.UTC
	}
	return in.around.Zone
}

// random gives numbers that follow from the seed: a chance that replays.
func (in *Instance) random() float64 {
	in.ordered = true
	in.randoms++
	return float64(mix(uint64(in.around.Seed), uint64(in.randoms))>>11) / (1 << 53)
}

// mix spreads a seed and a count over 64 bits (SplitMix64).
func mix(seed, n uint64) uint64 {
	z := seed + n*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (in *Instance) uuid() string {
	in.ordered = true
	in.uuids++
	if in.uuids <= len(in.around.UUIDs) {
		return in.around.UUIDs[in.uuids-1]
	}
	n := uint64(in.uuids)
	a, b := mix(uint64(in.around.Seed)^0x75756964, 2*n), mix(uint64(in.around.Seed)^0x75756964, 2*n+1)
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	hex := func(n uint64, digits int) string {
		s := strconv.FormatUint(n, 16)
		return strings.Repeat("0", digits-len(s)) + s
	}
	all := hex(a, 16) + hex(b, 16)
	return all[:8] + "-" + all[8:12] + "-" + all[12:16] + "-" + all[16:20] + "-" + all[20:]
}

// reference finds what ${name} stands for, seen from a node.
func (in *Instance) reference(name string, from *xpath.Node, all bool) []*xpath.Node {
	if rest, ok := strings.CutPrefix(name, lastSaved); ok {
		if in.around.LastSaved == nil {
			return nil
		}
		return []*xpath.Node{{Name: rest, Text: in.around.LastSaved(rest)}}
	}
	target := in.form.byName[name]
	if target == nil {
		return nil
	}
	return in.seen(target, from, all)
}

// seen gives the nodes of a definition as they are seen from a node: those in
// the same instance of the innermost repeat that both are in or, with all, in
// every instance.
func (in *Instance) seen(target *def, from *xpath.Node, all bool) []*xpath.Node {
	start := in.root
	if live, ok := from.Live.(liveNode); ok && !all {
		start = live.Item
		for start.parent != nil && !(start.id != "" && target.inside(start.def)) {
			start = start.parent
		}
	}
	// The definitions between, outermost first.
	var way []*def
	for d := target; d != start.def; d = d.parent {
		way = append(way, d)
	}
	nodes := []*xpath.Node{start.node}
	for n := len(way) - 1; n >= 0; n-- {
		d := way[n]
		var next []*xpath.Node
		for _, node := range nodes {
			next = node.Live.(liveNode).children[d.index].append(next)
		}
		nodes = next
	}
	return nodes
}

// inside: d is somewhere below other.
func (d *def) inside(other *def) bool {
	for up := d.parent; up != nil; up = up.parent {
		if up == other {
			return true
		}
	}
	return false
}

// grow adds an instance to a repeat.
func (in *Instance) grow(rng *Item, id string, at int) *Item {
	if id == "" {
		id = freeID(rng)
	}
	i := in.item(rng.def, rng, id)
	in.inherit(i)
	for _, child := range rng.def.children {
		i.children = append(i.children, in.make(child, i))
	}
	rng.children = slices.Insert(rng.children, at, i)
	return i
}

// setDefaults evaluates the defaults of new items, once. What they read does
// not set them again.
func (in *Instance) setDefaults() {
	for len(in.defaults) > 0 {
		list := in.defaults
		in.defaults, in.ordered = nil, in.ordered || in.begun
		in.unread(func() {
			for _, i := range list {
				if v, err := i.def.dynamic.Evaluate(&in.env, i.node); err == nil {
					in.write(i, tidy(i.def.holds, v.String()))
				}
			}
		})
	}
}

// freeID gives the smallest number that names no instance yet: 1 for the first,
// on every laptop.
func freeID(rng *Item) string {
	for n := len(rng.children) + 1; ; n++ {
		id := strconv.Itoa(n)
		if !slices.ContainsFunc(rng.children, func(i *Item) bool { return i.id == id }) {
			return id
		}
	}
}

func (in *Instance) changed(i *Item) { in.news = append(in.news, i) }

// done computes all that follows and tells what is different now.
func (in *Instance) done() []*Item {
	in.settle()
	var out []*Item
	seen := map[*Item]bool{}
	for _, i := range in.news {
		if !seen[i] && !i.removed() {
			seen[i] = true
			out = append(out, i)
		}
	}
	in.news = in.news[:0]
	return out
}

// removed: the item or something that it is in is no longer there.
func (i *Item) removed() bool {
	for up := i; up != nil; up = up.parent {
		if up.gone {
			return true
		}
	}
	return false
}

func (in *Instance) refuse(i *Item, message string, args map[string]any) error {
	return &record.Error{Code: record.Forbidden, Message: message, Field: i.def.node.Name, Args: args}
}

// Answer sets the value of a question, in the form of its type, and gives the
// items whose state is different now, the question's own first. A group or
// repeat among them stands for all that is in it. Of choices, those that are
// not offered are refused.
func (in *Instance) Answer(i *Item, value string) ([]*Item, error) {
	switch {
	case i.shown == nil:
		return nil, in.refuse(i, "form.no_value", nil)
	case in.readOnly(i):
		return nil, in.refuse(i, "form.read_only", nil)
	}
	value, err := accept(i.def, value)
	if err != nil {
		return nil, err
	}
	if i.offered != nil && value != "" && i.def.node.selects() && !in.takesAny(i) {
		if value, err = in.choose(i, value); err != nil {
			return nil, err
		}
	}
	in.write(i, value)
	if len(in.news) == 0 {
		in.changed(i)
	}
	return in.done(), nil
}

// choose checks chosen names, and puts those of a select_multiple into the
// order in which they are offered.
func (in *Instance) choose(i *Item, value string) (string, error) {
	in.bring(i.offered)
	list := i.offered.offered
	names := []string{value}
	if i.def.node.multiple() {
		names = strings.Fields(value)
	}
	for _, name := range names {
		if !offers(list, name) {
			return "", &record.Error{Code: record.Invalid, Message: "form.no_choice", Field: i.def.node.Name, Args: map[string]any{"value": name}}
		}
	}
	if i.def.node.Type != TypeSelectMultiple {
		return value, nil
	}
	kept := names[:0:0]
	for _, o := range list {
		if slices.Contains(names, o.value) && !slices.Contains(kept, o.value) {
			kept = append(kept, o.value)
		}
	}
	return strings.Join(kept, " "), nil
}

// Add adds an instance to a repeat that the inspector may add to, before the
// instance at a place counted from 0, or at the end for -1. id becomes part of
// the keys of its answers and must be unique in the repeat on all laptops; with
// "" it is the smallest number that is free.
func (in *Instance) Add(repeat *Item, id string, at int) (*Item, []*Item, error) {
	switch {
	case !repeat.isRange():
		return nil, nil, in.refuse(repeat, "form.no_repeat", nil)
	case repeat.def.count != nil:
		return nil, nil, in.refuse(repeat, "form.counted", nil)
	case len(repeat.children) >= maxInstances:
		return nil, nil, &record.Error{Code: record.TooLarge, Message: "form.many_instances", Field: repeat.def.node.Name, Args: map[string]any{"limit": maxInstances}}
	case strings.Contains(id, ".") || slices.ContainsFunc(repeat.children, func(i *Item) bool { return i.id == id }):
		return nil, nil, &record.Error{Code: record.Conflict, Message: "form.instance_taken", Field: repeat.def.node.Name, Args: map[string]any{"id": id}}
	}
	if at < 0 || at > len(repeat.children) {
		at = len(repeat.children)
	}
	i := in.grow(repeat, id, at)
	in.setDefaults()
	in.changed(repeat)
	in.touch(&repeat.structure)
	return i, in.done(), nil
}

// Remove takes an instance out of a repeat that the inspector may add to.
func (in *Instance) Remove(instance *Item) ([]*Item, error) {
	repeat := instance.parent
	switch {
	case instance.id == "":
		return nil, in.refuse(instance, "form.no_repeat", nil)
	case repeat.def.count != nil:
		return nil, in.refuse(repeat, "form.counted", nil)
	}
	n := slices.Index(repeat.children, instance)
	if n < 0 {
		return nil, &record.Error{Code: record.NotFound, Message: "form.instance_gone", Field: repeat.def.node.Name}
	}
	repeat.children = slices.Delete(repeat.children, n, n+1)
	instance.discard()
	in.changed(repeat)
	in.touch(&repeat.structure)
	return in.done(), nil
}

// discard unlinks the cells of an item and all below it.
func (i *Item) discard() {
	i.gone = true
	for _, c := range i.cells() {
		c.forget()
	}
	for _, child := range i.children {
		child.discard()
	}
}

// cells gives the item's own cells.
func (i *Item) cells() []*cell {
	var out []*cell
	for _, c := range [...]*cell{i.relevance, i.writing, i.shown, i.required, i.satisfied, i.calculated, i.triggered, i.offered, i.countedOff} {
		if c != nil && c.item == i {
			out = append(out, c)
		}
	}
	for _, c := range i.said {
		out = append(out, c)
	}
	return out
}

// Speak changes the language of labels and messages and gives the items whose
// texts are different now.
func (in *Instance) Speak(language string) []*Item {
	in.speaks = language
	in.touch(&in.language)
	return in.done()
}

// Spoken has f ask for texts in another language. What is computed from them
// stays in the language of the instance.
func (in *Instance) Spoken(language string, f func()) {
	speaks := in.speaks
	in.speaks = language
	f()
	in.speaks = speaks
}

// At moves the clock that today() and now() tell. What was computed with the
// old time stays until something else changes: a form is not to alter by
// itself while it lies open.
func (in *Instance) At(now time.Time) { in.env.Now = now }

// Finish sets what is only known at the end: the time at which the filling was
// finished.
func (in *Instance) Finish(now time.Time) []*Item {
	in.At(now)
	var walk func(*Item)
	walk = func(i *Item) {
		if i.shown != nil && i.def.node.Preload == PreloadEnd {
			in.write(i, now.In(in.zone()).Format(dateTimeForm))
		}
		for _, c := range i.children {
			walk(c)
		}
	}
	walk(in.root)
	return in.done()
}
