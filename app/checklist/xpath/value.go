package xpath

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a value.
type Kind uint8

const (
	Text Kind = iota
	Number
	Boolean
	Nodes
	Moment // a point in time, or none when a date could not be read
)

// Value is what an expression comes to. Every value can be had as any type,
// by the rules of XPath and ODK.
type Value struct {
	kind   Kind
	number float64 // of a boolean 0 or 1; of a moment, days since 1970 in UTC
	text   string  // of a number, how it is written where that is not by its digits
	nodes  []*Node
	when   time.Time // in the zone of the environment
	zone   *time.Location
}

// OfText makes a value.
func OfText(s string) Value { return Value{kind: Text, text: s} }

// OfNumber makes a value.
func OfNumber(n float64) Value { return Value{kind: Number, number: n} }

// OfBoolean makes a value.
func OfBoolean(b bool) Value {
	if b {
		return Value{kind: Boolean, number: 1}
	}
	return Value{kind: Boolean}
}

// Kind tells the value's own type.
func (v Value) Kind() Kind { return v.kind }

// Nodes gives the nodes of a value that is nodes, nil of all others.
func (v Value) Nodes() []*Node { return v.nodes }

// String gives the value as text: of nodes, that of the first.
func (v Value) String() string {
	switch v.kind {
	case Number:
		if v.text != "" {
			return v.text
		}
		return formatNumber(v.number)
	case Boolean:
		return strconv.FormatBool(v.number != 0)
	case Nodes:
		if len(v.nodes) == 0 {
			return ""
		}
		return v.nodes[0].String()
	case Moment:
		return formatMoment(v.when)
	}
	return v.text
}

// Number gives the value as a number, NaN when it is none. A date counts as
// days since 1970-01-01.
func (v Value) Number() float64 {
	switch v.kind {
	case Number, Boolean:
		return v.number
	case Moment:
		return daysOf(v.when)
	}
	return toNumber(v.String(), v.zone)
}

// Boolean gives the value as a boolean: text that is not empty, nodes that are
// there and numbers but 0 and NaN are true.
func (v Value) Boolean() bool {
	switch v.kind {
	case Number, Boolean:
		return v.number != 0 && !math.IsNaN(v.number)
	case Nodes:
		return len(v.nodes) > 0
	case Moment:
		return !v.when.IsZero()
	}
	return v.text != ""
}

// formatNumber writes a number as XPath does: digits, never an exponent.
func formatNumber(n float64) string {
	switch {
	case math.IsNaN(n):
		return "NaN"
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	case n == 0:
		return "0"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// toNumber reads decimal digits, with a sign before, a point among them and a
// power of ten after them, or an ISO date or date time.
func toNumber(s string, zone *time.Location) float64 {
	s = strings.TrimSpace(s)
	if isDecimal(s) || isPower(s) {
		n, _ := strconv.ParseFloat(s, 64)
		return n
	}
	if len(s) < 8 || s[0] < '0' || s[0] > '9' {
		return math.NaN()
	}
	if t, ok := readMoment(s, zone); ok {
		return daysOf(t)
	}
	return math.NaN()
}

func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	n := digits(s)
	more := 0
	if rest := s[n:]; rest != "" {
		if rest[0] != '.' {
			return false
		}
		if more = digits(rest[1:]); more+1 != len(rest) {
			return false
		}
	}
	return n+more > 0
}

// isPower: digits and a power of ten, as spreadsheets write numbers that are
// very small or large.
func isPower(s string) bool {
	head, power, found := strings.Cut(strings.ToLower(s), "e")
	power = strings.TrimPrefix(strings.TrimPrefix(power, "+"), "-")
	return found && isDecimal(head) && power != "" && len(power) < 4 && digits(power) == len(power)
}
