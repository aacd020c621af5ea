package checklist

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline/app/record"
)

// fold makes full-width letters, digits and signs half-width, letters upper
// case, and drops spaces: "（０２１） 5888" and "(021)5888" are the same words.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '−' || r == '–' || r == '—' || r == '‐' || r == '‑':
			r = '-'
		case r == '·' || r == '•' || r == '‧' || r == '・':
			r = '·' // in names of persons: 买买提·艾力
		case r == '\u200b' || r == '\ufeff' || unicode.IsSpace(r):
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// decimal reads plain digits with at most one point. Exponents are refused: a
// few bytes could ask for a number of a billion digits.
func decimal(s string) (*big.Rat, bool) {
	digits, points := 0, 0
	for n, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && n > 0 && n < len(s)-1:
			points++
		default:
			return nil, false
		}
	}
	if digits == 0 || digits > maxDigits || points > 1 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// ParseNumber reads a decimal number, full or half width, with or without
// thousands separators: "1,234.5".
func ParseNumber(s string) (*big.Rat, bool) {
	s = fold(s)
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if strings.Contains(s, ",") {
		whole, fraction, _ := strings.Cut(s, ".")
		if strings.Contains(fraction, ",") {
			return nil, false
		}
		for n, group := range strings.Split(whole, ",") {
			if len(group) != 3 && !(n == 0 && len(group) > 0 && len(group) < 3) {
				return nil, false // "1,5" may be a decimal comma: better ask than guess
			}
		}
		s = strings.ReplaceAll(s, ",", "")
	}
	n, ok := decimal(s)
	if ok && negative {
		n.Neg(n)
	}
	return n, ok
}

// ParseMoney reads an amount in yuan: "12,000", "¥3000.50", "3万元",
// "人民币1.2亿元整". An amount in another currency is none.
func ParseMoney(s string) (*big.Rat, bool) {
	s = fold(s)
	for _, word := range []string{"人民币", "RMB", "CNY", "¥", "￥"} {
		s = strings.TrimPrefix(s, word)
		s = strings.TrimSuffix(strings.TrimSuffix(s, "("+word+")"), word)
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "整"), "正")
	unit := int64(1)
	for _, u := range moneyUnits {
		if rest, ok := strings.CutSuffix(s, u.word); ok {
			s, unit = rest, u.yuan
			break
		}
	}
	n, ok := ParseNumber(s)
	if ok && unit != 1 {
		n.Mul(n, new(big.Rat).SetInt64(unit))
	}
	return n, ok
}

var moneyUnits = []struct {
	word string
	yuan int64
}{
	{"亿元", 100_000_000}, {"百万元", 1_000_000}, {"万元", 10_000}, {"千元", 1000}, {"亿", 100_000_000}, {"万", 10_000}, {"元", 1},
}

// ParsePercent reads a share in percent: "85", "85%".
func ParsePercent(s string) (*big.Rat, bool) {
	return ParseNumber(strings.TrimSuffix(fold(s), "%"))
}

// ParseDay tells whether s is a day that exists, YYYY-MM-DD.
func ParseDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// valueText gives a JSON string or number as written, "" for anything else.
func valueText(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	// Nearly all answers are one of these, and an inspection is computed anew
	// after every key.
	switch string(raw) {
	case "":
		return ""
	case `"` + record.Conform + `"`:
		return record.Conform
	case `"` + record.Nonconform + `"`:
		return record.Nonconform
	case `"` + record.NotApplicable + `"`:
		return record.NotApplicable
	}
	if c := raw[0]; c == '-' || c >= '0' && c <= '9' {
		return string(raw)
	}
	if raw[0] != '"' {
		return ""
	}
	if n := len(raw) - 1; n > 0 && raw[n] == '"' && utf8.Valid(raw) && !bytes.ContainsFunc(raw[1:n], func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		return string(raw[1:n])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// same tells whether two values say the same: as amounts when both are, else
// as words.
func same(a, b string) bool {
	if fold(a) == fold(b) {
		return true
	}
	x, ok := ParseMoney(a)
	if !ok {
		return false
	}
	y, ok := ParseMoney(b)
	return ok && x.Cmp(y) == 0
}
