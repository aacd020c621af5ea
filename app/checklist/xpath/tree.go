package xpath

// Expression is a parsed expression. It is never changed by its use, so that
// many may evaluate it at a time.
type Expression struct {
	text string
	root *term
}

// String gives the expression as it was written.
func (e *Expression) String() string { return e.text }

// operator says what a term is.
type operator uint8

const (
	opText      operator = iota // a literal
	opNumber                    // a literal
	opReference                 // ${name}
	opPath                      // steps, from args[0] if there is one
	opCall                      // name(args…)
	opOr
	opAnd
	opEqual
	opUnequal
	opLess
	opLessOrEqual
	opGreater
	opGreaterOrEqual
	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
	opNegative
	opUnion
)

// term is a node of the tree.
type term struct {
	op     operator
	at     int // character of the expression, from 1
	text   string
	number float64
	args   []*term
	// Of a path:
	absolute bool
	steps    []step
	filters  []*term // predicates on args[0], before the first step
	function *function
}

// axis is the direction of a step.
type axis uint8

const (
	axisChild axis = iota
	axisSelf
	axisParent
	axisAttribute
	axisDescendant
	axisDescendantOrSelf
	axisAncestor
	axisAncestorOrSelf
	axisFollowingSibling
	axisPrecedingSibling
	axisFollowing
	axisPreceding
	axisNamespace
)

var axes = map[string]axis{
	"child": axisChild, "self": axisSelf, "parent": axisParent, "attribute": axisAttribute,
	"descendant": axisDescendant, "descendant-or-self": axisDescendantOrSelf,
	"ancestor": axisAncestor, "ancestor-or-self": axisAncestorOrSelf,
	"following-sibling": axisFollowingSibling, "preceding-sibling": axisPrecedingSibling,
	"following": axisFollowing, "preceding": axisPreceding, "namespace": axisNamespace,
}

// backward axes count positions from the context node towards the beginning.
func (a axis) backward() bool {
	return a == axisAncestor || a == axisAncestorOrSelf || a == axisPrecedingSibling || a == axisPreceding
}

// test is what a step lets through.
type test uint8

const (
	testName    test = iota // elements (attributes, on their axis) of a name
	testAny                 // * or prefix:*
	testNode                // node()
	testText                // text()
	testComment             // comment()
	testInstruction
)

type step struct {
	axis       axis
	test       test
	name       string
	predicates []*term
}

// walk calls visit for t and every term below it.
func (t *term) walk(visit func(*term)) {
	visit(t)
	for _, a := range t.args {
		a.walk(visit)
	}
	for _, f := range t.filters {
		f.walk(visit)
	}
	for n := range t.steps {
		for _, p := range t.steps[n].predicates {
			p.walk(visit)
		}
	}
}

// References lists the names in ${} that the expression reads, each once, in
// the order of their first appearance.
func (e *Expression) References() []string {
	var names []string
	e.root.walk(func(t *term) {
		if t.op == opReference {
			names = once(names, t.text)
		}
	})
	return names
}

// Paths lists the location paths that the expression reads, without their
// predicates, each once: "/data/age", "../name", "instance('towns')/root/item".
func (e *Expression) Paths() []string {
	var paths []string
	e.root.walk(func(t *term) {
		if t.op == opPath && len(t.steps) > 0 {
			paths = once(paths, t.path())
		}
	})
	return paths
}

// Functions lists the functions that the expression calls, each once.
func (e *Expression) Functions() []string {
	var names []string
	e.root.walk(func(t *term) {
		if t.op == opCall {
			names = once(names, t.text)
		}
	})
	return names
}

// Instances lists the lists and tables that the expression looks things up
// in, by instance('…') or pulldata('…'), where their names are written out.
func (e *Expression) Instances() []string {
	var names []string
	e.root.walk(func(t *term) {
		if t.op == opCall && (t.text == "instance" || t.text == "pulldata") && len(t.args) > 0 && t.args[0].op == opText {
			names = once(names, t.args[0].text)
		}
	})
	return names
}

// Literal gives the text of an expression that is nothing but a text or a
// number.
func (e *Expression) Literal() (string, bool) {
	switch e.root.op {
	case opText:
		return e.root.text, true
	case opNumber:
		return formatNumber(e.root.number), true
	}
	return "", false
}

func (t *term) path() string {
	var out []byte
	if len(t.args) > 0 {
		switch base := t.args[0]; base.op {
		case opReference:
			out = append(out, "${"+base.text+"}"...)
		case opCall:
			out = append(out, base.text+"("...)
			if len(base.args) == 1 && base.args[0].op == opText {
				out = append(out, "'"+base.args[0].text+"'"...)
			}
			out = append(out, ')')
		default:
			out = append(out, "(…)"...)
		}
	}
	for n, s := range t.steps {
		if n > 0 || t.absolute || len(t.args) > 0 {
			out = append(out, '/')
		}
		switch {
		case s.axis == axisSelf && s.test == testNode:
			out = append(out, '.')
		case s.axis == axisParent && s.test == testNode:
			out = append(out, ".."...)
		case s.axis == axisDescendantOrSelf && s.test == testNode: // the // between two steps
		case s.axis == axisAttribute:
			out = append(out, "@"+s.name...)
		default:
			out = append(out, s.name...)
		}
	}
	return string(out)
}

func once(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
