package scan

import (
	"bytes"
	"strconv"
)

// What the objects of a PDF are made of, beside int, float64, bool, nil and
// []any.
type (
	dict      map[string]any
	name      string
	text      string
	reference int // the number of an object
	stream    struct {
		dict  dict
		bytes []byte
	}
)

// parser reads values from at on.
type parser struct {
	b  []byte
	at int
}

func white(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// space passes over white space and comments.
func (p *parser) space() {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case white(c):
			p.at++
		case c == '%':
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

// word reads up to white space or a delimiter.
func (p *parser) word() string {
	from := p.at
	for p.at < len(p.b) && !white(p.b[p.at]) && !delimiter(p.b[p.at]) {
		p.at++
	}
	return string(p.b[from:p.at])
}

// value reads one value; false where there is none.
func (p *parser) value(depth int) (any, bool) {
	p.space()
	if p.at >= len(p.b) || depth > maxDepth {
		return nil, false
	}
	switch c := p.b[p.at]; {
	case bytes.HasPrefix(p.b[p.at:], []byte("<<")):
		return p.dict(depth)
	case c == '<':
		return p.hex()
	case c == '(':
		return p.text()
	case c == '[':
		p.at++
		out := []any{}
		for {
			p.space()
			if p.at < len(p.b) && p.b[p.at] == ']' {
				p.at++
				return out, true
			}
			v, ok := p.value(depth + 1)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
	case c == '/':
		p.at++
		return name(unescaped(p.word())), true
	case delimiter(c):
		return nil, false
	}
	switch w := p.word(); w {
	case "true":
		return true, true
	case "false":
		return false, true
	case "null":
		return nil, true
	default:
		return p.number(w)
	}
}

// number reads a number, or a reference: two numbers and R.
func (p *parser) number(w string) (any, bool) {
	n, err := strconv.Atoi(w)
	if err != nil {
		f, err := strconv.ParseFloat(w, 64)
		return f, err == nil
	}
	after := *p
	after.space()
	if g := after.word(); n >= 0 && g != "" && len(g) <= 5 && g[0] >= '0' && g[0] <= '9' {
		after.space()
		if after.word() == "R" {
			p.at = after.at
			return reference(n), true
		}
	}
	return n, true
}

func (p *parser) dict(depth int) (any, bool) {
	p.at += 2
	d := dict{}
	for {
		p.space()
		if bytes.HasPrefix(p.b[p.at:], []byte(">>")) {
			p.at += 2
			return d, true
		}
		if p.at >= len(p.b) || p.b[p.at] != '/' {
			return nil, false
		}
		p.at++
		key := unescaped(p.word())
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		d[key] = v
	}
}

// unescaped undoes #20 in a name.
func unescaped(s string) string {
	if !bytes.Contains([]byte(s), []byte("#")) {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func (p *parser) hex() (any, bool) {
	p.at++
	n := bytes.IndexByte(p.b[p.at:], '>')
	if n < 0 {
		return nil, false
	}
	digits := bytes.Join(bytes.Fields(p.b[p.at:p.at+n]), nil)
	p.at += n + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		v, err := strconv.ParseUint(string(digits[i:i+2]), 16, 8)
		if err != nil {
			return nil, false
		}
		out = append(out, byte(v))
	}
	return text(out), true
}

// text reads a text in brackets.
func (p *parser) text() (any, bool) {
	var out []byte
	open := 0
	for ; p.at < len(p.b); p.at++ {
		switch c := p.b[p.at]; c {
		case '(':
			if open++; open > 1 {
				out = append(out, c)
			}
		case ')':
			if open--; open == 0 {
				p.at++
				return text(out), true
			}
			out = append(out, c)
		case '\\':
			p.at++
			out = append(out, p.escape()...)
		default:
			out = append(out, c)
		}
	}
	return nil, false
}

// escape reads what follows a backslash and leaves at on its last byte.
func (p *parser) escape() []byte {
	if p.at >= len(p.b) {
		return nil
	}
	c := p.b[p.at]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return []byte{"\n\r\t\b\f"[i]}
	}
	switch {
	case c == '\r' && p.at+1 < len(p.b) && p.b[p.at+1] == '\n':
		p.at++
		return nil
	case c == '\n' || c == '\r':
		return nil
	case c < '0' || c > '7':
		return []byte{c}
	}
	n := 0
	for i := 0; i < 3 && p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '7'; i++ {
		n = n*8 + int(p.b[p.at]-'0')
		p.at++
	}
	p.at--
	return []byte{byte(n)}
}
