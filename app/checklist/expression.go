package checklist

import (
	"math/big"
	"regexp"
	"strings"

	"plumbline/app/record"
)

// Expression is a rule or formula of a checklist:
//
//	expression = sum [ (">=" | "<=" | ">" | "<" | "==" | "!=") sum ]
//	sum        = product { ("+" | "-") product }
//	product    = factor { ("*" | "/") factor }
//	factor     = number | name | "-" factor | "(" sum ")"
//
// Numbers are exact decimals. There is no call, no loop and no text, so an
// expression from a stranger's checklist can do no harm.
type Expression struct {
	text        string
	left, right *term // right is nil when nothing is compared
	comparison  string
	names       []string
}

// term is a node of an expression: a number, a name, or an operation on one
// or two terms.
type term struct {
	number *big.Rat
	name   string
	op     byte // + - * / or ~ for the negative
	a, b   *term
}

// Limits that keep the work of a stranger's expression small.
const (
	maxExpression = 300 // bytes
	maxNesting    = 40
	maxDigits     = 40
)

var tokenForm = regexp.MustCompile(`^(?:\d+(?:\.\d+)?|[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*|>=|<=|==|!=|[-+*/()<>])`)

// Compile reads an expression. An error tells the byte where it goes wrong.
func Compile(s string) (*Expression, error) {
	p := &expressionReader{rest: s, whole: len(s)}
	if len(s) > maxExpression {
		return nil, wrong("", "checklist.expression_long", map[string]any{"limit": maxExpression})
	}
	p.next()
	e := &Expression{text: s, left: p.sum()}
	switch p.token {
	case ">=", "<=", ">", "<", "==", "!=":
		e.comparison = p.token
		p.next()
		e.right = p.sum()
	}
	if p.failed || p.token != "" {
		return nil, wrong("", "checklist.expression_wrong", map[string]any{"expression": s, "at": p.at + 1})
	}
	e.names = p.names
	return e, nil
}

type expressionReader struct {
	rest   string
	whole  int
	token  string // "" at the end
	at     int    // where token starts
	depth  int
	failed bool
	names  []string
}

func (p *expressionReader) fail() *term {
	p.failed = true
	return &term{number: new(big.Rat)}
}

func (p *expressionReader) next() {
	if p.failed {
		return
	}
	p.rest = strings.TrimLeft(p.rest, " ")
	p.at = p.whole - len(p.rest)
	p.token = tokenForm.FindString(p.rest)
	p.rest = p.rest[len(p.token):]
	if p.token == "" && p.rest != "" {
		p.failed = true
	}
}

func (p *expressionReader) sum() *term {
	t := p.product()
	for !p.failed && (p.token == "+" || p.token == "-") {
		op := p.token[0]
		p.next()
		t = &term{op: op, a: t, b: p.product()}
	}
	return t
}

func (p *expressionReader) product() *term {
	t := p.factor()
	for !p.failed && (p.token == "*" || p.token == "/") {
		op := p.token[0]
		p.next()
		t = &term{op: op, a: t, b: p.factor()}
	}
	return t
}

func (p *expressionReader) factor() *term {
	p.depth++
	defer func() { p.depth-- }()
	if p.failed || p.token == "" || p.depth > maxNesting {
		return p.fail()
	}
	token := p.token
	switch c := token[0]; {
	case token == "-":
		p.next()
		return &term{op: '~', a: p.factor()}
	case token == "(":
		p.next()
		t := p.sum()
		if p.token != ")" {
			return p.fail()
		}
		p.next()
		return t
	case c >= '0' && c <= '9':
		n, ok := decimal(token)
		if !ok {
			return p.fail()
		}
		p.next()
		return &term{number: n}
	case c >= 'a' && c <= 'z':
		if !among(token, p.names) {
			p.names = append(p.names, token)
		}
		p.next()
		return &term{name: token}
	}
	return p.fail()
}

// String gives the expression as it was written.
func (e *Expression) String() string { return e.text }

// Names lists the names used, in order of appearance.
func (e *Expression) Names() []string { return e.names }

// Comparison gives the comparing sign, "" if the expression compares nothing.
func (e *Expression) Comparison() string { return e.comparison }

// Value is what a name stands for: a number or a day.
type Value struct {
	Number *big.Rat
	Day    string // YYYY-MM-DD
}

// Result is what an expression comes to.
type Result struct {
	Left, Right Value // Right only when something is compared
	Holds       bool  // whether the comparison holds
}

// Evaluate computes the expression; lookup gives the value of a name, or
// false when it has none. An error says which figure is missing, that a
// divisor is zero, or that a day was compared with a number.
func (e *Expression) Evaluate(lookup func(name string) (Value, bool)) (Result, error) {
	var r Result
	var err error
	if r.Left, err = e.left.evaluate(lookup); err != nil || e.right == nil {
		return r, err
	}
	if r.Right, err = e.right.evaluate(lookup); err != nil {
		return r, err
	}
	var order int
	switch {
	case r.Left.Number != nil && r.Right.Number != nil:
		order = r.Left.Number.Cmp(r.Right.Number)
	case r.Left.Number == nil && r.Right.Number == nil:
		order = strings.Compare(r.Left.Day, r.Right.Day)
	default:
		return r, wrong("", "checklist.day_and_number", map[string]any{"expression": e.text})
	}
	switch e.comparison {
	case ">=":
		r.Holds = order >= 0
	case "<=":
		r.Holds = order <= 0
	case ">":
		r.Holds = order > 0
	case "<":
		r.Holds = order < 0
	case "==":
		r.Holds = order == 0
	case "!=":
		r.Holds = order != 0
	}
	return r, nil
}

func (t *term) evaluate(lookup func(string) (Value, bool)) (Value, error) {
	if t.number != nil {
		return Value{Number: t.number}, nil
	}
	if t.name != "" {
		v, ok := lookup(t.name)
		if !ok || v.Number == nil && v.Day == "" {
			return Value{}, &record.Error{Code: record.NotFound, Message: "checklist.figure_missing", Field: t.name, Args: map[string]any{"name": t.name}}
		}
		return v, nil
	}
	a, err := t.a.evaluate(lookup)
	if err != nil {
		return Value{}, err
	}
	b := Value{Number: new(big.Rat)}
	if t.b != nil {
		if b, err = t.b.evaluate(lookup); err != nil {
			return Value{}, err
		}
	}
	if a.Number == nil || b.Number == nil {
		return Value{}, wrong("", "checklist.day_and_number", nil)
	}
	n := new(big.Rat)
	switch t.op {
	case '+':
		n.Add(a.Number, b.Number)
	case '-':
		n.Sub(a.Number, b.Number)
	case '*':
		n.Mul(a.Number, b.Number)
	case '/':
		if b.Number.Sign() == 0 {
			return Value{}, wrong("", "checklist.divisor_zero", nil)
		}
		n.Quo(a.Number, b.Number)
	case '~':
		n.Neg(a.Number)
	}
	return Value{Number: n}, nil
}
