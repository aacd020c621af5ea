package form

import (
	"slices"
	"strings"

	"plumbline/app/checklist/xpath"
	"plumbline/app/record"
)

// Compiled is a form ready to be filled. Any number of instances may share it,
// each used by one goroutine at a time.
type Compiled struct {
	form   *Form
	root   *def
	byName map[string]*def // the first of a name
	byUID  map[string]*def
	byPath map[string]*def
	lists  map[string]*xpath.Node
	outer  map[string]*xpath.Node  // the external ones
	rows   map[*xpath.Node]*Choice // what stands behind an item of a list
}

// Problem is something wrong in a form's definition. The form can be filled in
// spite of it: an expression that cannot be read counts as not there.
type Problem struct {
	Node   *Node  // nil for the form itself
	Column string // as XLSForm calls it: "relevant", "constraint_message"
	Err    error  // a *record.Error
}

// def is a node of the definition with its expressions parsed.
type def struct {
	node     *Node
	parent   *def
	index    int // among the parent's children
	path     string
	children []*def
	named    map[string][]int

	relevant, required, readOnly, constraint *xpath.Expression
	calculate, dynamic, count                *xpath.Expression
	choices                                  *choiceDef
	triggers                                 []*def
	holds                                    Type
	initial                                  string // the default, if it fits the type
}

// choiceDef says where the choices come from: a list and a filter, or nodes.
type choiceDef struct {
	list         *xpath.Node // the list's root
	open         bool        // the list comes from a file that nobody has read
	nodes        *xpath.Expression
	filter       *xpath.Expression
	value, label *xpath.Expression
	seed         *xpath.Expression
	random       bool
}

// Compile parses a form's expressions, links them, and tells what is wrong.
func Compile(f *Form) (*Compiled, []Problem) {
	c := &compiler{Compiled: &Compiled{
		form: f, byName: map[string]*def{}, byUID: map[string]*def{}, byPath: map[string]*def{},
		lists: map[string]*xpath.Node{}, outer: map[string]*xpath.Node{}, rows: map[*xpath.Node]*Choice{},
	}}
	for n := range f.Lists {
		c.list(&f.Lists[n])
	}
	name := f.Name
	if name == "" {
		name = "data"
	}
	top := &Node{Kind: Group, Name: name, Children: slices.Clone(f.Nodes)}
	if !slices.ContainsFunc(f.Nodes, func(n *Node) bool { return n.Name == "meta" }) {
		meta := &Node{Kind: Group, Name: "meta", Children: []*Node{{Name: "instanceID", Type: TypeMetadata, Preload: PreloadInstance, ReadOnly: "true()"}}}
		if f.InstanceName != "" {
			meta.Children = append(meta.Children, &Node{Name: "instanceName", Type: TypeCalculate, Calculate: f.InstanceName})
		}
		top.Children = append(top.Children, meta)
	}
	c.root = c.define(top, nil, 0)
	c.link(c.root)
	return c.Compiled, c.problems
}

type compiler struct {
	*Compiled
	problems []Problem
}

// list makes the tree in which expressions see a list.
func (c *compiler) list(l *List) {
	instance := &xpath.Node{Name: "instance"}
	root := &xpath.Node{Name: "root", Parent: instance}
	instance.Children = []*xpath.Node{root}
	cell := func(item *xpath.Node, name, text string) {
		if text != "" {
			item.Children = append(item.Children, &xpath.Node{Name: name, Text: text, Parent: item})
		}
	}
	for n := range l.Choices {
		row := &l.Choices[n]
		item := &xpath.Node{Name: "item", Parent: root}
		root.Children = append(root.Children, item)
		c.rows[item] = row
		cell(item, "name", row.Name)
		if _, ok := row.Columns["label"]; !ok {
			cell(item, "label", row.Label.In("", c.form.Languages...))
		}
		names := make([]string, 0, len(row.Columns))
		for name := range row.Columns {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			cell(item, name, row.Columns[name])
		}
	}
	if l.External {
		c.outer[l.Name] = instance
		return
	}
	c.lists[l.Name] = instance
}

func (c *compiler) define(n *Node, parent *def, index int) *def {
	d := &def{node: n, parent: parent, index: index, path: "/" + n.Name}
	if parent != nil {
		d.path = parent.path + "/" + n.Name
		if _, ok := c.byName[n.Name]; !ok {
			c.byName[n.Name] = d
		}
	}
	if _, ok := c.byPath[d.path]; !ok {
		c.byPath[d.path] = d
	}
	if n.UID != "" {
		c.byUID[n.UID] = d
	}
	d.holds = n.holds()
	d.named = make(map[string][]int, len(n.Children))
	for i, child := range n.Children {
		d.children = append(d.children, c.define(child, d, i))
		d.named[child.Name] = append(d.named[child.Name], i)
	}
	return d
}

// link parses the expressions, once all names are known.
func (c *compiler) link(d *def) {
	n := d.node
	d.relevant = c.parse(n, "relevant", n.Relevant)
	d.required = c.parse(n, "required", n.Required)
	d.readOnly = c.parse(n, "read_only", n.ReadOnly)
	d.constraint = c.parse(n, "constraint", n.Constraint)
	d.calculate = c.parse(n, "calculation", n.Calculate)
	d.dynamic = c.parse(n, "default", n.DefaultExpression)
	d.count = c.parse(n, "repeat_count", n.Count)
	for _, t := range n.Trigger {
		name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(t), "${"), "}")
		other := c.byPath[name]
		if other == nil {
			other = c.byName[strings.TrimSpace(name)]
		}
		if other == nil {
			c.problem(n, "trigger", "form.no_question", map[string]any{"name": name})
			continue
		}
		d.triggers = append(d.triggers, other)
	}
	var err error
	if d.initial, err = accept(d, n.Default); err != nil {
		c.problems = append(c.problems, Problem{n, "default", err})
	}
	c.choicesOf(d)
	for _, text := range []struct {
		column string
		text   Text
	}{{"label", n.Label}, {"hint", n.Hint}, {"guidance_hint", n.Guidance}, {"constraint_message", n.ConstraintMessage}, {"required_message", n.RequiredMessage}} {
		for _, s := range text.text {
			c.template(n, text.column, s)
		}
	}
	for _, child := range d.children {
		c.link(child)
	}
}

func (c *compiler) choicesOf(d *def) {
	from := &d.node.Choices
	if from.List == "" && from.Nodes == "" {
		return
	}
	ch := &choiceDef{
		nodes:  c.parse(d.node, "type", from.Nodes),
		filter: c.parse(d.node, "choice_filter", from.Filter),
		value:  c.parse(d.node, "parameters", from.Value),
		label:  c.parse(d.node, "parameters", from.Label),
		seed:   c.parse(d.node, "parameters", from.Seed),
		random: from.Random,
	}
	if from.List != "" {
		list := c.lists[from.List]
		if from.External {
			list = c.outer[from.List]
		}
		if list == nil {
			c.problem(d.node, "type", "form.no_list", map[string]any{"list": from.List})
			ch.open = true
		} else {
			ch.list = list.Child("root")
		}
		for n := range c.form.Lists {
			if l := &c.form.Lists[n]; l.Name == from.List && l.External == from.External && l.File != "" && len(l.Choices) == 0 {
				ch.open = true
			}
		}
	}
	d.choices = ch
}

func (c *compiler) problem(n *Node, column, message string, args map[string]any) {
	c.problems = append(c.problems, Problem{n, column, &record.Error{Code: record.Invalid, Message: message, Args: args}})
}

// parse reads an expression and checks what it names. nil when it is not there
// or cannot be read.
func (c *compiler) parse(n *Node, column, text string) *xpath.Expression {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	e, err := xpath.Parse(text)
	if err != nil {
		c.problems = append(c.problems, Problem{n, column, err})
		return nil
	}
	for _, err := range e.Check() {
		c.problems = append(c.problems, Problem{n, column, err})
	}
	for _, name := range e.References() {
		if _, ok := c.byName[name]; !ok && !strings.HasPrefix(name, lastSaved) {
			c.problem(n, column, "form.no_question", map[string]any{"name": name})
		}
	}
	for _, name := range e.Instances() {
		if _, ok := c.lists[name]; !ok && !strings.HasPrefix(name, "__last-saved") {
			c.problem(n, column, "form.no_list", map[string]any{"list": name})
		}
	}
	return e
}

// lastSaved begins a reference to the answer that was last kept on this device
// for another filling of the form.
const lastSaved = "last-saved#"

// holds tells the type of a node's value.
func (n *Node) holds() Type {
	if n.Holds != "" {
		return n.Holds
	}
	switch n.Type {
	case TypeInteger, TypeDecimal, TypeBoolean, TypeDate, TypeTime, TypeDateTime, TypeSelectMultiple, TypeRank, TypeGeopoint, TypeGeotrace, TypeGeoshape:
		return n.Type
	}
	return TypeText
}

// selects: the value is of what is offered, and of nothing else. A range may
// have a list too, for the words at its ticks.
func (n *Node) selects() bool {
	return n.Type == TypeSelectOne || n.Type == TypeSelectMultiple || n.Type == TypeRank
}

// multiple: the value is several choices separated by spaces.
func (n *Node) multiple() bool { return n.Type == TypeSelectMultiple || n.Type == TypeRank }
