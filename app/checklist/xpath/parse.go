package xpath

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/app/record"
)

// Limits on an expression from a stranger's form. The longest in use that we
// have seen has 9,000 bytes and is nested 40 deep.
const (
	MaxLength = 64 << 10 // bytes
	maxDepth  = 200
)

// Parse reads an expression. Quotes that a word processor has curled count as
// straight ones, as in every XLSForm program.
//
// An error is a *record.Error that tells the character where the expression
// goes wrong and what stands there. Whether the functions exist and what they
// ask for is told by Check: an expression that only calls a strange function
// can be read and kept.
func Parse(text string) (*Expression, error) {
	if len(text) > MaxLength {
		return nil, &record.Error{Code: record.TooLarge, Message: "xpath.long", Args: map[string]any{"limit": MaxLength}}
	}
	p := &parser{text: text, rest: straight.Replace(text)}
	p.next()
	root := p.expression(0)
	if p.err == nil && p.token.kind != atEnd {
		p.unexpected()
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Expression{text: text, root: root}, nil
}

// straight replaces one character by one, so that positions stay.
var straight = strings.NewReplacer("‘", "'", "’", "'", "“", `"`, "”", `"`, "\u00a0", " ", "\u3000", " ", "\ufeff", " ", "\u200b", " ")

type tokenKind uint8

const (
	atEnd tokenKind = iota
	aNumber
	aText
	aName
	aReference
	aSign
)

type token struct {
	kind tokenKind
	text string // of a text without its quotes, of a reference without ${}
	at   int    // character, from 1
}

// parser reads the grammar by recursive descent, binary operators by
// precedence. After a fault every method returns without going on.
type parser struct {
	text  string
	rest  string
	at    int // characters read
	token token
	ahead bool // the token before was the end of an operand, so that * and "div" are operators
	depth int
	err   *record.Error
}

func (p *parser) fail(message string, at int, args map[string]any) {
	if p.err != nil {
		return
	}
	if args == nil {
		args = map[string]any{}
	}
	args["expression"], args["at"] = excerpt(p.text, at), at
	p.err = &record.Error{Code: record.Invalid, Message: message, Args: args}
	p.token, p.rest = token{kind: atEnd, at: at}, ""
}

func (p *parser) unexpected() {
	if p.token.kind == atEnd {
		p.fail("xpath.ends_early", p.token.at, nil)
		return
	}
	found := p.token.text
	switch p.token.kind {
	case aText:
		found = "'" + found + "'"
	case aReference:
		found = "${" + found + "}"
	}
	p.fail("xpath.unexpected", p.token.at, map[string]any{"found": shorten(found)})
}

// excerpt gives what an expression says around a character, for a message.
func excerpt(s string, at int) string {
	const most, side = 120, 50
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	from, to := max(0, at-1-side), min(len(runes), at+side)
	out := string(runes[from:to])
	if from > 0 {
		out = "…" + out
	}
	if to < len(runes) {
		out += "…"
	}
	return out
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}

func nameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func nameRune(r rune) bool {
	return nameStart(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '·' || unicode.Is(unicode.Mn, r)
}

// nameLength gives the bytes of the name at the beginning of s.
func nameLength(s string) int {
	for n, r := range s {
		if n == 0 && !nameStart(r) || !nameRune(r) {
			return n
		}
	}
	return len(s)
}

// take makes a token of the first n bytes left.
func (p *parser) take(kind tokenKind, n int, text string) {
	p.token = token{kind: kind, text: text, at: p.at + 1}
	p.at += utf8.RuneCountInString(p.rest[:n])
	p.rest = p.rest[n:]
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// next reads the next token.
func (p *parser) next() {
	switch t := p.token; t.kind {
	case aNumber, aText, aName, aReference:
		p.ahead = true
	case aSign:
		p.ahead = t.text == ")" || t.text == "]" || t.text == "." || t.text == ".." || t.text == "*"
	default:
		p.ahead = false
	}
	for p.rest != "" {
		r, n := utf8.DecodeRuneInString(p.rest)
		if !unicode.IsSpace(r) {
			break
		}
		p.at++
		p.rest = p.rest[n:]
	}
	s := p.rest
	if s == "" {
		p.token = token{kind: atEnd, at: p.at + 1}
		return
	}
	c := s[0]
	switch {
	case c == '\'' || c == '"':
		n := strings.IndexByte(s[1:], c)
		if n < 0 {
			p.fail("xpath.open_text", p.at+1, nil)
			return
		}
		p.take(aText, n+2, s[1:n+1])
	case digits(s) > 0 || c == '.' && digits(s[1:]) > 0:
		n := digits(s)
		if n < len(s) && s[n] == '.' {
			n++
			n += digits(s[n:])
		}
		p.take(aNumber, n, s[:n])
	case strings.HasPrefix(s, "${"):
		n := strings.IndexByte(s, '}')
		if n < 0 {
			p.fail("xpath.open_reference", p.at+1, nil)
			return
		}
		p.take(aReference, n+1, strings.TrimSpace(s[2:n]))
	case nameLength(s) > 0:
		p.name(s)
	default:
		p.sign(s)
	}
}

// name reads a name, or an operator that looks like one. Where an operator
// must stand, it ends where the letters of "and" do: people write "1 and1".
func (p *parser) name(s string) {
	n := nameLength(s)
	if p.ahead {
		for _, word := range [...]string{"and", "or", "div", "mod"} {
			if !strings.HasPrefix(s, word) {
				continue
			}
			r, _ := utf8.DecodeRuneInString(s[len(word):])
			if len(s) == len(word) || !nameStart(r) && r != '-' {
				p.take(aSign, len(word), word)
				return
			}
		}
	}
	if n+1 < len(s) && s[n] == ':' {
		if more := nameLength(s[n+1:]); more > 0 {
			n += 1 + more
		} else if s[n+1] == '*' {
			n += 2
		}
	}
	p.take(aName, n, s[:n])
}

func (p *parser) sign(s string) {
	for _, two := range [...]string{"//", "::", "..", "!=", "<=", ">="} {
		if strings.HasPrefix(s, two) {
			p.take(aSign, 2, two)
			return
		}
	}
	if strings.IndexByte("()[].@,/|+-=<>*", s[0]) >= 0 {
		p.take(aSign, 1, s[:1])
		return
	}
	r, _ := utf8.DecodeRuneInString(s)
	if r >= 0xff01 && r <= 0xff5e { // the wide forms that a Chinese keyboard types
		p.fail("xpath.full_width", p.at+1, map[string]any{"found": string(r), "wanted": string(r - 0xfee0)})
		return
	}
	p.fail("xpath.unexpected", p.at+1, map[string]any{"found": string(r)})
}

func (p *parser) is(sign string) bool { return p.token.kind == aSign && p.token.text == sign }

func (p *parser) accept(sign string) bool {
	if !p.is(sign) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(sign string) {
	if p.accept(sign) || p.err != nil {
		return
	}
	if p.token.kind == atEnd {
		p.fail("xpath.not_closed", p.token.at, map[string]any{"wanted": sign})
		return
	}
	p.unexpected()
}

// deeper guards the recursion; call the result when leaving.
func (p *parser) deeper() func() {
	p.depth++
	if p.depth > maxDepth {
		p.fail("xpath.deep", p.token.at, map[string]any{"limit": maxDepth})
	}
	return func() { p.depth-- }
}

var infix = map[string]struct {
	op    operator
	binds int
}{
	"or": {opOr, 1}, "and": {opAnd, 2}, "=": {opEqual, 3}, "!=": {opUnequal, 3},
	"<": {opLess, 4}, "<=": {opLessOrEqual, 4}, ">": {opGreater, 4}, ">=": {opGreaterOrEqual, 4},
	"+": {opAdd, 5}, "-": {opSubtract, 5}, "*": {opMultiply, 6}, "div": {opDivide, 6}, "mod": {opModulo, 6},
}

func (p *parser) expression(above int) *term {
	defer p.deeper()()
	left := p.unary()
	for p.err == nil && p.token.kind == aSign {
		b, ok := infix[p.token.text]
		if !ok || b.binds <= above {
			break
		}
		at := p.token.at
		p.next()
		left = &term{op: b.op, at: at, args: []*term{left, p.expression(b.binds)}}
	}
	return left
}

func (p *parser) unary() *term {
	if p.is("-") {
		defer p.deeper()()
		at := p.token.at
		p.next()
		return &term{op: opNegative, at: at, args: []*term{p.unary()}}
	}
	left := p.union()
	for p.err == nil && p.is("|") {
		at := p.token.at
		p.next()
		left = &term{op: opUnion, at: at, args: []*term{left, p.union()}}
	}
	return left
}

var nodeTypes = map[string]test{"node": testNode, "text": testText, "comment": testComment, "processing-instruction": testInstruction}

// union reads one part of a union: a path, or what a path can start from.
func (p *parser) union() *term {
	if p.err != nil {
		return &term{}
	}
	t := p.token
	var base *term
	switch t.kind {
	case aNumber:
		n, err := strconv.ParseFloat(t.text, 64)
		if err != nil && n == 0 {
			p.unexpected()
			return &term{}
		}
		p.next()
		base = &term{op: opNumber, at: t.at, number: n}
	case aText:
		p.next()
		base = &term{op: opText, at: t.at, text: t.text}
	case aReference:
		if t.text == "" {
			p.unexpected()
			return &term{}
		}
		p.next()
		base = &term{op: opReference, at: t.at, text: t.text}
	case aName:
		_, nodeType := nodeTypes[t.text]
		if nodeType || !strings.HasPrefix(strings.TrimLeftFunc(p.rest, unicode.IsSpace), "(") {
			return p.location(&term{op: opPath, at: t.at})
		}
		base = p.call()
	case aSign:
		if t.text != "(" {
			return p.location(&term{op: opPath, at: t.at})
		}
		p.next()
		base = p.expression(0)
		p.expect(")")
	default:
		p.unexpected()
		return &term{}
	}
	filters := p.predicates()
	path := &term{op: opPath, at: t.at, args: []*term{base}, filters: filters}
	switch {
	case p.is("//"):
		p.next()
		path.steps = append(path.steps, step{axis: axisDescendantOrSelf, test: testNode})
	case p.is("/"):
		p.next()
	case len(filters) == 0:
		return base
	default:
		return path
	}
	return p.steps(path)
}

func (p *parser) call() *term {
	t := &term{op: opCall, at: p.token.at, text: p.token.text, function: functions[p.token.text]}
	p.next()
	p.next()
	if p.accept(")") {
		return t
	}
	for p.err == nil {
		t.args = append(t.args, p.expression(0))
		if p.accept(",") {
			continue
		}
		p.expect(")")
		return t
	}
	return t
}

func (p *parser) predicates() []*term {
	var list []*term
	for p.err == nil && p.accept("[") {
		list = append(list, p.expression(0))
		p.expect("]")
	}
	return list
}

func (p *parser) location(path *term) *term {
	switch {
	case p.accept("//"):
		path.absolute = true
		path.steps = append(path.steps, step{axis: axisDescendantOrSelf, test: testNode})
	case p.accept("/"):
		path.absolute = true
		if p.token.kind != aName && !p.is("*") && !p.is(".") && !p.is("..") && !p.is("@") {
			return path // the root alone
		}
	}
	return p.steps(path)
}

func (p *parser) steps(path *term) *term {
	for p.err == nil {
		path.steps = append(path.steps, p.step())
		if p.accept("//") {
			path.steps = append(path.steps, step{axis: axisDescendantOrSelf, test: testNode})
			continue
		}
		if !p.accept("/") {
			break
		}
	}
	return path
}

func (p *parser) step() step {
	switch {
	case p.accept("."):
		return step{axis: axisSelf, test: testNode, predicates: p.predicates()}
	case p.accept(".."):
		return step{axis: axisParent, test: testNode, predicates: p.predicates()}
	}
	s := step{}
	if p.accept("@") {
		s.axis = axisAttribute
	} else if p.token.kind == aName && strings.HasPrefix(strings.TrimLeftFunc(p.rest, unicode.IsSpace), "::") {
		a, ok := axes[p.token.text]
		if !ok {
			p.unexpected()
			return s
		}
		s.axis = a
		p.next()
		p.next()
	}
	t := p.token
	switch {
	case p.is("*"):
		p.next()
		s.test, s.name = testAny, "*"
	case t.kind == aReference && t.text != "": // as in "/data/${group}/x"; pyxform takes it so
		p.next()
		s.name = t.text
	case t.kind == aName && strings.HasSuffix(t.text, ":*"):
		p.next()
		s.test, s.name = testAny, t.text
	case t.kind == aName:
		p.next()
		s.name = t.text
		kind, ok := nodeTypes[t.text]
		if !ok || !p.is("(") {
			break
		}
		p.next()
		s.test, s.name = kind, ""
		if kind == testInstruction && p.token.kind == aText {
			s.name = p.token.text
			p.next()
		}
		p.expect(")")
	default:
		p.unexpected()
		return s
	}
	s.predicates = p.predicates()
	return s
}
