package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// showing is how a cell style shows a number.
type showing int

const (
	asNumber showing = iota
	asDate
	asTime
)

// builtin tells what the formats show that a workbook does not spell out; 27 to
// 36 and 50 to 58 are Chinese and Japanese.
func builtin(format int) showing {
	switch n := format; {
	case n >= 14 && n <= 17, n == 22, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 58:
		return asDate
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n >= 45 && n <= 47:
		return asTime
	}
	return asNumber
}

// shows tells what a number format shows: a day, a time of day or a number.
func shows(code string) showing {
	how := asNumber
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == ';':
			return how // the first section is the one for positive numbers
		case strings.IndexByte("yYdD", c) >= 0:
			return asDate
		case strings.IndexByte("hHsS", c) >= 0:
			how = asTime
		}
	}
	return how
}

// number writes a number as the person who typed it would: whole numbers
// without a point, days and times in ISO form.
func number(raw string, how showing, from1904 bool) string {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return raw
	}
	if how == asTime && v >= 0 && v < 1 {
		_, clock := moment(v, from1904)
		return clock
	}
	if how != asNumber {
		if d, ok := Date(v, from1904); ok {
			return d
		}
	}
	if strings.Trim(raw, "0123456789") == "" || math.Abs(v) >= 1e15 {
		return raw // whole, or rounded: whoever needs a code sees that it was
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// Date turns a spreadsheet's day number into YYYY-MM-DD, with the time behind a
// space if there is one.
func Date(v float64, from1904 bool) (string, bool) {
	if v < 1 || v >= 2958466 { // 10000-01-01
		return "", false
	}
	day, clock := moment(v, from1904)
	if clock == "00:00:00" {
		return day, true
	}
	return day + " " + clock, true
}

// moment gives the day and the time of day of a day number.
func moment(v float64, from1904 bool) (day, clock string) {
	whole, part := math.Modf(v)
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case v < 60:
		first = first.AddDate(0, 0, 1) // the 29 February 1900 that never was comes later
	}
	at := first.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86_400_000)) * time.Millisecond)
	if at.Nanosecond() != 0 {
		return at.Format(time.DateOnly), at.Format(time.TimeOnly + ".000")
	}
	return at.Format(time.DateOnly), at.Format(time.TimeOnly)
}

// plainText undoes the _x000D_ writing of control characters.
func plainText(b []byte) string {
	s := string(b)
	if !strings.Contains(s, "_x") {
		return lines(s)
	}
	var out strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || i+7 > len(s) {
			out.WriteString(s)
			return lines(out.String())
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if s[i+6] != '_' || err != nil || !utf8.ValidRune(rune(n)) {
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		out.WriteString(s[:i])
		out.WriteRune(rune(n))
		s = s[i+7:]
	}
}

// lines gives line ends in a cell the one form text files are read with, too.
func lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return lineEnds.Replace(s)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// ColumnOf gives the zero-based column of a reference such as "AB12", -1 if
// it has none.
func ColumnOf(ref string) int {
	n := 0
	i := 0
	for i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4 {
		n = n*26 + int(ref[i]-'A') + 1
		i++
	}
	if i == 0 {
		return -1
	}
	return n - 1
}

// ColumnName names a zero-based column as a spreadsheet does: A, B … AA.
func ColumnName(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}
