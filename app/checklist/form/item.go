package form

import (
	"strconv"
	"strings"

	"plumbline/app/checklist/xpath"
)

// Item is a node of a form being filled: a question, a group, a repeat, or one
// instance of a repeat. It stays the same Item for as long as it is there.
type Item struct {
	in     *Instance
	def    *def
	parent *Item
	node   *xpath.Node
	// id is the stable name of one instance of a repeat; "" for everything else.
	id string
	// children: of a group or instance, one for each node of the definition; of a
	// repeat, its instances, those put aside included.
	children []*Item

	value   string // stored; what is read is shown
	counted int    // of a repeat with a count: how many of the children are there
	gone    bool   // removed
	kept    bool   // the value was restored, and may be written over a calculation

	structure signal // of a repeat: which instances there are

	relevance, writing                         *cell // own or of the nearest item above that has one
	shown, required, satisfied                 *cell
	calculated, triggered, offered, countedOff *cell
	said                                       map[saying]*cell
}

// saying is a text of an item, by what it is and its language.
type saying struct {
	what     string
	language string
}

// Node gives the definition. It must not be changed.
func (i *Item) Node() *Node { return i.def.node }

// Parent gives the group, instance or repeat that the item is in; nil of the
// root.
func (i *Item) Parent() *Item { return i.parent }

// IsRange tells a repeat as a whole, whose children are its instances, from
// everything else.
func (i *Item) isRange() bool { return i.def.node.Kind == Repeat && i.id == "" }

// IsRepeat: the item is a repeat as a whole; its Children are the instances.
func (i *Item) IsRepeat() bool { return i.isRange() }

// IsInstance: the item is one instance of a repeat.
func (i *Item) IsInstance() bool { return i.id != "" }

// shownInstances gives the instances of a repeat that are there.
func (i *Item) shownInstances() []*Item {
	if i.def.count != nil {
		return i.children[:i.counted]
	}
	return i.children
}

// Children gives the items below, in order.
func (i *Item) Children() []*Item {
	if i.isRange() {
		return i.shownInstances()
	}
	return i.children
}

// Instance names the instances of repeats that the item is in, from the
// outermost, joined by "."; "" when it is in none. Together with the node's UID
// it is the key under which an answer is kept, and it never changes.
func (i *Item) Instance() string {
	var ids []string
	for up := i; up != nil; up = up.parent {
		if up.id != "" {
			ids = append([]string{up.id}, ids...)
		}
	}
	return strings.Join(ids, ".")
}

// Ref gives the item's path with the place of every instance:
// "/data/household[2]/name". It changes when instances are added or removed.
func (i *Item) Ref() string {
	if i.parent == nil {
		return "/" + i.def.node.Name
	}
	if i.id == "" {
		return i.parent.Ref() + "/" + i.def.node.Name
	}
	for n, s := range i.parent.children {
		if s == i {
			return i.parent.Ref() + "[" + strconv.Itoa(n+1) + "]"
		}
	}
	return i.parent.Ref() + "[0]"
}

// liveNode lets expressions read an item without making their methods part of
// Item.
type liveNode struct{ *Item }

// Text gives the string-value: of a group, all values below it.
func (i *Item) Text() string {
	if i.shown != nil {
		in := i.in
		if i.shown.running || i.calculated != nil && i.calculated.running || i.triggered != nil && i.triggered.running {
			// A calculation that reads its own item, as once() does.
			in.ordered = true
			if in.relevant(i) {
				return i.value
			}
			return ""
		}
		in.read(&i.shown.signal)
		in.bring(i.shown)
		return i.shown.text
	}
	var out strings.Builder
	for _, c := range i.elements() {
		out.WriteString(c.Live.Text())
		if out.Len() > xpath.MaxText {
			break
		}
	}
	return out.String()
}

// elements gives the child elements, the instances of a repeat in its place.
func (i *Item) elements() []*xpath.Node {
	if i.isRange() { // no element itself: it only evaluates its count
		return nil
	}
	var out []*xpath.Node
	for _, c := range i.children {
		out = c.append(out)
	}
	return out
}

func (i *Item) append(out []*xpath.Node) []*xpath.Node {
	if !i.isRange() {
		return append(out, i.node)
	}
	if i.countedOff != nil {
		i.in.bring(i.countedOff)
	}
	i.in.read(&i.structure)
	for _, c := range i.shownInstances() {
		out = append(out, c.node)
	}
	return out
}

func (l liveNode) Children() []*xpath.Node { return l.elements() }

func (l liveNode) Named(name string) []*xpath.Node {
	if l.isRange() {
		return nil
	}
	places := l.def.named[name]
	if len(places) == 1 {
		if c := l.children[places[0]]; !c.isRange() {
			return []*xpath.Node{c.node}
		}
	}
	var out []*xpath.Node
	for _, n := range places {
		out = l.children[n].append(out)
	}
	return out
}

func (in *Instance) relevant(i *Item) bool {
	if i == nil || i.relevance == nil {
		return true
	}
	in.read(&i.relevance.signal)
	in.bring(i.relevance)
	return i.relevance.yes
}

func (in *Instance) readOnly(i *Item) bool {
	if i == nil || i.writing == nil {
		return false
	}
	in.read(&i.writing.signal)
	in.bring(i.writing)
	return i.writing.yes
}
