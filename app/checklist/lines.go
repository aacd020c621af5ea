package checklist

import (
	"cmp"
	"strconv"
	"time"

	"plumbline/app/checklist/form"
	"plumbline/app/record"
)

// LineKind is what a line of a checklist is, as an inspector sees it.
type LineKind string

const (
	AskLine      LineKind = "ask"      // something to answer
	NoteLine     LineKind = "note"     // something to read
	ValueLine    LineKind = "value"    // something computed, or that cannot be changed
	InstanceLine LineKind = "instance" // here one instance of a repeat begins
	RepeatLine   LineKind = "repeat"   // here a repeat ends: one more instance can be added
)

// Line is one line of a checklist as an inspector sees it, in order.
type Line struct {
	Kind    LineKind
	Section string
	Node    Node        // of an AskLine
	Text    record.Text // of the others
	Hint    record.Text
	Value   string // of a ValueLine
	// Repeat is the uid of an instance's or of a repeat's, Instance the instance
	// itself or, of a repeat, the one that the repeat is in.
	Repeat, Instance string
	Changeable       bool // the inspector may take the instance out, or add one
}

// Lines lists a checklist of items as it is asked.
func lines(nodes []Node) []Line {
	out := make([]Line, len(nodes))
	for n := range nodes {
		out[n] = Line{Kind: AskLine, Section: nodes[n].Item.Section, Node: nodes[n]}
	}
	return out
}

// LinesOf lists what an inspector sees: what nodes ask and, in an authored
// checklist that is being filled, what stands between. f is nil in a checklist of
// items.
func LinesOf(f *Filling, nodes []Node) []Line {
	if f == nil {
		return lines(nodes)
	}
	l := liner{f: f, asked: make(map[string]int, len(nodes)), nodes: nodes, within: map[string]string{}}
	for n := range nodes {
		l.asked[nodes[n].Key] = n
		if e := nodes[n].Earlier; e != nil {
			l.again = append(l.again, n)
		}
	}
	l.walk(f.in.Root(), record.Text{})
	return l.out
}

type liner struct {
	f      *Filling
	nodes  []Node
	asked  map[string]int
	again  []int             // that ask about earlier findings
	within map[string]string // by section: the instance that the last line there stands in
	out    []Line
}

func (l *liner) walk(x *form.Item, above record.Text) {
	in, node := l.f.in, x.Node()
	if node.Kind != form.Question && !in.State(x).Relevant {
		return
	}
	switch {
	case node.Kind == form.Question:
		l.question(x, above)
		return
	case x.IsInstance():
		above = joined(above, l.f.instanceName(x))
		section := l.f.list.places[node.UID]
		l.within[section] = x.Instance()
		l.add(Line{Kind: InstanceLine, Section: section, Text: above, Repeat: node.UID, Instance: x.Instance(), Changeable: node.Count == "" && node.UID != ""})
	}
	for _, c := range x.Children() {
		l.walk(c, above)
	}
	if x.IsRepeat() && node.Count == "" && node.UID != "" {
		section := l.f.list.places[node.UID]
		l.within[section] = x.Instance()
		l.add(Line{Kind: RepeatLine, Section: section, Text: l.f.named(x), Repeat: node.UID, Instance: x.Instance(), Changeable: !in.State(x).ReadOnly})
	}
}

func (l *liner) add(line Line) { l.out = append(l.out, line) }

// named gives what a repeat is called.
func (f *Filling) named(x *form.Item) record.Text {
	if t := f.say(x, itsLabel); t != (record.Text{}) {
		return t
	}
	return record.Text{English: x.Node().Name}
}

// instanceName gives what an instance is called: the repeat's name, and its place.
func (f *Filling) instanceName(x *form.Item) record.Text {
	t := f.named(x)
	for n, c := range x.Parent().Children() {
		if c == x {
			number := " " + strconv.Itoa(n+1)
			if t.Chinese != "" {
				t.Chinese += number
			}
			if t.English != "" {
				t.English += number
			}
		}
	}
	return t
}

// joined names an instance within the one that it is in.
func joined(above, t record.Text) record.Text {
	if above == (record.Text{}) {
		return t
	}
	return record.Text{Chinese: above.In("zh") + " › " + t.In("zh"), English: above.In("en") + " › " + t.In("en")}
}

func (l *liner) question(x *form.Item, above record.Text) {
	node := x.Node()
	key := record.ItemKey(node.UID, x.Instance())
	line := Line{Section: l.f.list.places[node.UID], Instance: x.Instance()}
	if n, ok := l.asked[key]; ok {
		line.Kind, line.Section, line.Node = AskLine, l.nodes[n].Item.Section, l.nodes[n]
	} else if it := l.f.list.uids[node.UID]; it != nil {
		for _, n := range l.again {
			if l.nodes[n].Item == it {
				l.add(Line{Kind: AskLine, Section: it.Section, Node: l.nodes[n]})
			}
		}
		return
	} else if !l.read(x, &line) {
		return
	}
	if at := l.within[line.Section]; at != line.Instance {
		if line.Instance != "" {
			l.add(Line{Kind: InstanceLine, Section: line.Section, Text: above, Instance: line.Instance})
		}
		l.within[line.Section] = line.Instance
	}
	l.add(line)
}

// read makes a line of what is there to be read and not to be answered.
func (l *liner) read(x *form.Item, line *Line) bool {
	f, node := l.f, x.Node()
	s := f.in.State(x)
	if node.UID == "" || len(node.Label) == 0 || !s.Relevant || line.Section == "" {
		return false
	}
	line.Text = f.say(x, itsLabel)
	line.Hint = f.say(x, itsHint)
	line.Kind = NoteLine
	if node.Type != form.TypeNote {
		line.Kind = ValueLine
		line.Value = MomentText(string(cmp.Or(node.Holds, node.Type)), s.Value)
		for _, o := range f.in.Options(x) {
			if o.Value == s.Value {
				line.Value = o.Label
			}
		}
	}
	return line.Text != (record.Text{})
}

// place says in which section each row stands that is not answered itself: in
// that of the next one that is answered under the same heading, else of the one
// before.
func (c *Checklist) place() {
	c.places = map[string]string{}
	sections := map[string]string{}
	for n := range c.Items {
		if e := c.Items[n].element; e != nil && sections[e.UID] == "" {
			sections[e.UID] = c.Items[n].Section
		}
	}
	type waiting struct {
		uid     string
		heading *Element
	}
	var open []waiting
	last := ""
	c.Walk(func(e *Element, above []*Element) {
		section := sections[e.UID]
		if section == "" {
			open = append(open, waiting{e.UID, heading(above)})
			return
		}
		for _, w := range open {
			if last == "" || w.heading == heading(above) || among(w.heading, above) || among(w.uid, uidsOf(above)) {
				c.places[w.uid] = section
			} else {
				c.places[w.uid] = last
			}
		}
		c.places[e.UID], open, last = section, nil, section
	})
	for _, w := range open {
		c.places[w.uid] = last
	}
}

// heading is the innermost group that has a label.
func heading(above []*Element) *Element {
	for n := len(above) - 1; n >= 0; n-- {
		if len(above[n].Label) > 0 {
			return above[n]
		}
	}
	return nil
}

func uidsOf(list []*Element) (out []string) {
	for _, e := range list {
		out = append(out, e.UID)
	}
	return out
}

// NewInstance gives the name of one more instance of a repeat: behind all that
// are there and, but for a chance that nobody will meet, none that another
// laptop gives. among are the instances there are or ever were.
func NewInstance(among []string, now time.Time, chance uint16) string {
	n := now.UnixMilli()*1000 + int64(chance)%1000
	for _, id := range among {
		if k, err := strconv.ParseInt(id, 10, 64); err == nil && k >= n && k < n*2 {
			n = k + 1
		}
	}
	return strconv.FormatInt(n, 10)
}
