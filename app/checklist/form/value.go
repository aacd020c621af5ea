package form

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline/app/record"
)

// MaxValue bounds one answer that is typed, in bytes. Computed ones may have
// xpath.MaxText.
const MaxValue = 1 << 20

// tidy gives a computed value in the form of its type: a number that is none is
// "", a whole number has no fraction.
func tidy(holds Type, s string) string {
	switch holds {
	case TypeInteger, TypeDecimal:
		n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return ""
		}
		if holds == TypeInteger {
			n = math.Trunc(n)
		}
		return formatFloat(n)
	}
	if s == "NaN" {
		return ""
	}
	return s
}

func formatFloat(n float64) string {
	if n == 0 {
		return "0"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// Accept gives an answer to a question as it is kept, in the form of the
// question's type. The error tells what the type asks for.
func (n *Node) Accept(s string) (string, error) { return accept(&def{node: n, holds: n.holds()}, s) }

// accept takes an answer as it was typed into the form of the question's type.
// The error tells what the type asks for.
func accept(d *def, s string) (string, error) {
	wrong := func(message string) error {
		return &record.Error{Code: record.Invalid, Message: message, Field: d.node.Name, Args: map[string]any{"value": s}}
	}
	if len(s) > MaxValue {
		return "", &record.Error{Code: record.TooLarge, Message: "form.answer_long", Field: d.node.Name, Args: map[string]any{"limit": MaxValue}}
	}
	if !utf8.ValidString(s) {
		return "", wrong("form.not_text")
	}
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		if d.holds == TypeText {
			return s, nil
		}
		return "", nil
	}
	switch d.holds {
	case TypeInteger, TypeDecimal:
		n, err := strconv.ParseFloat(trimmed, 64)
		switch {
		case err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(trimmed, "xXpP_"):
			if d.holds == TypeInteger {
				return "", wrong("form.not_integer")
			}
			return "", wrong("form.not_decimal")
		case d.holds == TypeInteger && n != math.Trunc(n):
			return "", wrong("form.not_integer")
		case d.holds == TypeInteger && math.Abs(n) > 1<<53:
			return "", wrong("form.integer_large")
		case !d.onScale(n):
			return "", &record.Error{Code: record.Invalid, Message: "form.off_scale", Field: d.node.Name, Args: map[string]any{
				"value": s, "start": d.node.Parameters["start"], "end": d.node.Parameters["end"]}}
		}
		return formatFloat(n), nil
	case TypeDate:
		day, _, _ := strings.Cut(trimmed, "T")
		if _, err := time.Parse("2006-01-02", day); err != nil {
			return "", wrong("form.not_date")
		}
		return day, nil
	case TypeDateTime:
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02"} {
			if _, err := time.Parse(layout, trimmed); err == nil {
				return trimmed, nil
			}
		}
		return "", wrong("form.not_date_time")
	case TypeTime:
		for _, layout := range [...]string{"15:04:05.999999999Z07:00", "15:04:05.999999999", "15:04", "15:04Z07:00"} {
			if _, err := time.Parse(layout, trimmed); err == nil {
				return trimmed, nil
			}
		}
		return "", wrong("form.not_time")
	case TypeBoolean:
		if trimmed != "true" && trimmed != "false" && trimmed != "1" && trimmed != "0" {
			return "", wrong("form.not_boolean")
		}
		return trimmed, nil
	case TypeGeopoint:
		if !isPoint(trimmed) {
			return "", wrong("form.not_geopoint")
		}
		return trimmed, nil
	case TypeGeotrace, TypeGeoshape:
		for _, p := range strings.Split(strings.Trim(trimmed, "; "), ";") {
			if !isPoint(p) {
				return "", wrong("form.not_geotrace")
			}
		}
		return trimmed, nil
	}
	return s, nil
}

// onScale: a range takes what lies between its start and its end. Its steps are
// for whoever shows it.
func (d *def) onScale(n float64) bool {
	if d.node.Type != TypeRange {
		return true
	}
	bound := func(name string, otherwise float64) float64 {
		if n, err := strconv.ParseFloat(strings.TrimSpace(d.node.Parameters[name]), 64); err == nil {
			return n
		}
		return otherwise
	}
	start, end := bound("start", 1), bound("end", 10)
	return n >= math.Min(start, end) && n <= math.Max(start, end)
}

// isPoint: latitude, longitude and perhaps altitude and accuracy.
func isPoint(s string) bool {
	f := strings.Fields(s)
	if len(f) < 2 || len(f) > 4 {
		return false
	}
	for i, w := range f {
		n, err := strconv.ParseFloat(w, 64)
		if err != nil || math.IsNaN(n) || i == 0 && math.Abs(n) > 90 || i == 1 && math.Abs(n) > 180 {
			return false
		}
	}
	return true
}
