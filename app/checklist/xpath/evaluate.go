package xpath

import (
	"math"
	"strings"
	"time"

	"plumbline/app/record"
)

// Environment is the world that an expression may ask about. Fields left empty
// stand for a world without them.
type Environment struct {
	Now  time.Time
	Zone *time.Location // nil is UTC
	// Root is where absolute paths begin; nil is the top of the context node's
	// tree.
	Root *Node
	// Instance gives the node above the root of a list or table, so that
	// instance('x')/root/item finds its rows; nil when there is none.
	Instance func(id string) *Node
	// Reference gives the nodes that ${name} stands for, seen from a node: in
	// the same instance of a repeat if they share one or, with all, those of
	// every instance.
	Reference func(name string, from *Node, all bool) []*Node
	// ChoiceName gives what is shown for a choice of the question that path,
	// "/data/town" or "${town}", leads to.
	ChoiceName func(value, path string, from *Node) string
	// Translate gives the text of jr:itext.
	Translate func(id string) string
	// Random gives a number from 0 up to but not 1.
	Random func() float64
	// Seed is what randomize() without a seed of its own shuffles by.
	Seed int64
	// UUID gives a new random UUID.
	UUID func() string

	indexes map[indexKey]map[string][]*Node
}

func (env *Environment) zone() *time.Location {
	if env.Zone == nil {
		return time.UTC
	}
	return env.Zone
}

// maxWork bounds the nodes looked at by one evaluation. The costliest
// expression that we have seen, a lookup in 4,580 choices, looks at 20,000.
const maxWork = 2_000_000

// Evaluate computes the expression with node as its context. An error is a
// *record.Error for whoever wrote the expression: it asks for a function that
// does not exist, or for too much.
func (e *Expression) Evaluate(env *Environment, node *Node) (Value, error) {
	v := evaluator{env: env, text: e.text, current: node}
	out := v.evaluate(e.root, context{node, 1, 1})
	if v.err != nil {
		return Value{}, v.err
	}
	return out, nil
}

// EvaluateIn is Evaluate for an expression about one of many nodes, such as the
// label of a choice: "." is node, while current() and ${} are seen from current.
func (e *Expression) EvaluateIn(env *Environment, node, current *Node) (Value, error) {
	v := evaluator{env: env, text: e.text, current: current}
	out := v.evaluate(e.root, context{node, 1, 1})
	if v.err != nil {
		return Value{}, v.err
	}
	return out, nil
}

// Filter keeps the nodes for which the expression is true, as a predicate
// does: a number is a position. ${} and current() are seen from current.
func (e *Expression) Filter(env *Environment, nodes []*Node, current *Node) ([]*Node, error) {
	v := evaluator{env: env, text: e.text, current: current}
	kept := v.filter(nodes, e.root, false)
	if v.err != nil {
		return nil, v.err
	}
	return kept, nil
}

type evaluator struct {
	env     *Environment
	text    string
	current *Node
	work    int
	err     *record.Error
}

// context is what a term is evaluated for: a node, and its place among those
// that a predicate looks at.
type context struct {
	node     *Node
	position int
	size     int
}

func (v *evaluator) fail(at int, message string, args map[string]any) {
	if v.err != nil {
		return
	}
	if args == nil {
		args = map[string]any{}
	}
	args["expression"], args["at"] = excerpt(v.text, at), at
	v.err = &record.Error{Code: record.Invalid, Message: message, Args: args}
}

func (v *evaluator) spend(nodes int) bool {
	if v.work += nodes; v.work > maxWork && v.err == nil {
		v.fail(1, "xpath.work", nil)
	}
	return v.err == nil
}

func (v *evaluator) evaluate(t *term, c context) Value {
	if !v.spend(1) {
		return Value{}
	}
	switch t.op {
	case opText:
		return Value{kind: Text, text: t.text, zone: v.env.Zone}
	case opNumber:
		return OfNumber(t.number)
	case opReference:
		return v.reference(t, false)
	case opPath:
		return v.path(t, c)
	case opCall:
		return v.call(t, c)
	case opOr:
		return OfBoolean(v.evaluate(t.args[0], c).Boolean() || v.evaluate(t.args[1], c).Boolean())
	case opAnd:
		return OfBoolean(v.evaluate(t.args[0], c).Boolean() && v.evaluate(t.args[1], c).Boolean())
	case opNegative:
		return OfNumber(-v.evaluate(t.args[0], c).Number())
	}
	a, b := v.evaluate(t.args[0], c), v.evaluate(t.args[1], c)
	switch t.op {
	case opUnion:
		if a.kind != Nodes || b.kind != Nodes {
			v.fail(t.at, "xpath.not_nodes", map[string]any{"function": "|"})
			return Value{}
		}
		both := make([]*Node, 0, len(a.nodes)+len(b.nodes))
		return v.nodes(inOrder(append(append(both, a.nodes...), b.nodes...)))
	case opAdd:
		return OfNumber(a.Number() + b.Number())
	case opSubtract:
		return OfNumber(a.Number() - b.Number())
	case opMultiply:
		return OfNumber(a.Number() * b.Number())
	case opDivide:
		return OfNumber(a.Number() / b.Number())
	case opModulo:
		return OfNumber(math.Mod(a.Number(), b.Number()))
	}
	return OfBoolean(v.compare(t.op, a, b))
}

func (v *evaluator) nodes(list []*Node) Value {
	return Value{kind: Nodes, nodes: list, zone: v.env.Zone}
}

func (v *evaluator) reference(t *term, all bool) Value {
	if v.env.Reference == nil {
		return v.nodes(nil)
	}
	return v.nodes(v.env.Reference(t.text, v.current, all))
}

// compare: nodes stand for any one of them; beside a boolean, = and != ask
// whether there are any.
func (v *evaluator) compare(op operator, a, b Value) bool {
	if op == opEqual || op == opUnequal {
		if a.kind == Nodes && b.kind == Boolean {
			a = OfBoolean(len(a.nodes) > 0)
		}
		if b.kind == Nodes && a.kind == Boolean {
			b = OfBoolean(len(b.nodes) > 0)
		}
	}
	if a.kind == Nodes {
		for _, n := range a.nodes {
			if !v.spend(1) {
				return false
			}
			if v.compare(op, Value{kind: Text, text: n.String(), zone: v.env.Zone}, b) {
				return true
			}
		}
		return false
	}
	if b.kind == Nodes {
		for _, n := range b.nodes {
			if !v.spend(1) {
				return false
			}
			if v.compare(op, a, Value{kind: Text, text: n.String(), zone: v.env.Zone}) {
				return true
			}
		}
		return false
	}
	if op == opEqual || op == opUnequal {
		var equal bool
		switch {
		case a.kind == Boolean || b.kind == Boolean:
			equal = a.Boolean() == b.Boolean()
		case a.kind == Text && b.kind == Text:
			equal = a.text == b.text
		default:
			equal = a.Number() == b.Number()
		}
		return equal == (op == opEqual)
	}
	x, y := a.Number(), b.Number()
	switch op {
	case opLess:
		return x < y
	case opLessOrEqual:
		return x <= y
	case opGreater:
		return x > y
	}
	return x >= y
}

func (v *evaluator) path(t *term, c context) Value {
	var nodes []*Node
	switch {
	case len(t.args) > 0:
		base := v.evaluate(t.args[0], c)
		if base.kind != Nodes {
			v.fail(t.at, "xpath.not_nodes", map[string]any{"function": "/"})
			return Value{}
		}
		nodes = base.nodes
		for _, f := range t.filters {
			nodes = v.filter(nodes, f, false)
		}
	case t.absolute && v.env.Root != nil:
		nodes = []*Node{v.env.Root}
	case t.absolute:
		nodes = []*Node{c.node.top()}
	default:
		nodes = []*Node{c.node}
	}
	// flat: no node is above another, and they are in order. Then the children
	// are too, and need no sorting.
	flat := len(nodes) < 2 || len(t.args) > 0
	for n := range t.steps {
		nodes, flat = v.step(&t.steps[n], nodes, flat)
		if v.err != nil {
			return Value{}
		}
	}
	return v.nodes(nodes)
}

func (v *evaluator) step(s *step, from []*Node, flat bool) ([]*Node, bool) {
	var out []*Node
	for _, n := range from {
		found := v.along(s, n)
		for _, p := range s.predicates {
			found = v.filter(found, p, s.axis.backward())
		}
		if len(from) == 1 {
			out = found
		} else {
			out = append(out, found...)
		}
	}
	switch s.axis {
	case axisChild, axisAttribute, axisSelf:
		if flat {
			return out, true
		}
	}
	if len(out) < 2 {
		return out, true
	}
	return inOrder(out), false
}

func (s *step) takes(n *Node) bool {
	switch s.test {
	case testNode:
		return true
	case testText:
		return n.Kind == TextNode
	case testComment:
		return n.Kind == Comment
	case testInstruction:
		return n.Kind == Instruction && (s.name == "" || s.name == n.Name)
	}
	want := Element
	if s.axis == axisAttribute {
		want = Attribute
	}
	if n.Kind != want {
		return false
	}
	if s.test == testName {
		return n.Name == s.name
	}
	return s.name == "*" || strings.HasPrefix(n.Name, s.name[:len(s.name)-1])
}

// along gives the nodes on an axis that pass the test, in the axis's direction.
func (v *evaluator) along(s *step, n *Node) []*Node {
	var out []*Node
	keep := func(c *Node) {
		if v.spend(1) && s.takes(c) {
			out = append(out, c)
		}
	}
	var below func(*Node)
	below = func(n *Node) {
		for _, c := range n.children() {
			keep(c)
			below(c)
		}
	}
	siblings := func() (before, after []*Node) {
		if n.Parent == nil || n.Kind == Attribute {
			return nil, nil
		}
		all := n.Parent.children()
		for i, c := range all {
			if c == n {
				return all[:i], all[i+1:]
			}
		}
		return nil, nil
	}
	switch s.axis {
	case axisChild:
		if n.Live != nil && s.test == testName {
			named := n.Live.Named(s.name)
			v.spend(len(named))
			return named
		}
		if n.Live == nil && s.test == testName && len(s.predicates) > 0 && len(n.Children) > indexFrom {
			if rows, ok := v.indexed(s, n); ok {
				return rows
			}
		}
		for _, c := range n.children() {
			keep(c)
		}
	case axisSelf:
		keep(n)
	case axisParent:
		if n.Parent != nil {
			keep(n.Parent)
		}
	case axisAttribute:
		for _, a := range n.Attributes {
			keep(a)
		}
	case axisDescendant:
		below(n)
	case axisDescendantOrSelf:
		keep(n)
		below(n)
	case axisAncestor, axisAncestorOrSelf:
		if s.axis == axisAncestorOrSelf {
			keep(n)
		}
		for p := n.Parent; p != nil; p = p.Parent {
			keep(p)
		}
	case axisFollowingSibling:
		_, after := siblings()
		for _, c := range after {
			keep(c)
		}
	case axisPrecedingSibling:
		before, _ := siblings()
		for i := len(before) - 1; i >= 0; i-- {
			keep(before[i])
		}
	case axisFollowing:
		if n.Kind == Attribute {
			n = n.Parent
			below(n)
		}
		for ; n != nil; n = n.Parent {
			_, after := siblings()
			for _, c := range after {
				keep(c)
				below(c)
			}
		}
	case axisPreceding:
		var up func(*Node)
		up = func(n *Node) {
			all := n.children()
			for i := len(all) - 1; i >= 0; i-- {
				up(all[i])
			}
			keep(n)
		}
		if n.Kind == Attribute {
			n = n.Parent
		}
		for ; n != nil; n = n.Parent {
			before, _ := siblings()
			for i := len(before) - 1; i >= 0; i-- {
				up(before[i])
			}
		}
	}
	return out
}

// filter keeps the nodes for which a predicate holds.
func (v *evaluator) filter(nodes []*Node, predicate *term, backward bool) []*Node {
	if predicate.op == opNumber {
		n := int(predicate.number)
		if float64(n) != predicate.number || n < 1 || n > len(nodes) {
			return nil
		}
		return nodes[n-1 : n : n]
	}
	var out []*Node
	for i, n := range nodes {
		r := v.evaluate(predicate, context{n, i + 1, len(nodes)})
		if v.err != nil {
			return nil
		}
		if r.kind == Number && r.number == float64(i+1) || r.kind != Number && r.Boolean() {
			out = append(out, n)
		}
	}
	return out
}
