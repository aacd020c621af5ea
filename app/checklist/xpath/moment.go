package xpath

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const dayMilliseconds = 86_400_000

// daysOf gives a moment as days since 1970-01-01 in UTC, to the millisecond;
// NaN for none.
func daysOf(t time.Time) float64 {
	if t.IsZero() {
		return math.NaN()
	}
	return float64(t.UnixMilli()) / dayMilliseconds
}

// formatMoment writes a moment: the date alone at midnight, otherwise to the
// millisecond with its zone. No moment is "".
func formatMoment(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() < 1e6:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02T15:04:05.000-07:00")
}

// readMoment reads an ISO date, "2025-6-5" included, or date time. A date is
// the midnight at which it begins in zone; a date time without a zone is in it
// too.
func readMoment(s string, zone *time.Location) (time.Time, bool) {
	if zone == nil {
		zone = time.UTC
	}
	day, clock, timed := strings.Cut(strings.TrimSpace(s), "T")
	parts := strings.Split(day, "-")
	if len(parts) != 3 || len(parts[0]) != 4 {
		return time.Time{}, false
	}
	var ymd [3]int
	for i, p := range parts {
		n, ok := whole(p)
		if !ok || i > 0 && len(p) > 2 {
			return time.Time{}, false
		}
		ymd[i] = n
	}
	year, month, date := ymd[0], ymd[1], ymd[2]
	if month < 1 || month > 12 || date < 1 || date > time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return time.Time{}, false
	}
	since := time.Duration(0)
	if timed {
		var ok bool
		if since, zone, ok = readClock(clock, zone); !ok {
			return time.Time{}, false
		}
	}
	h, m, sec := int(since/time.Hour), int(since/time.Minute)%60, int(since/time.Second)%60
	return time.Date(year, time.Month(month), date, h, m, sec, int(since%time.Second), zone), true
}

// readClock reads a time of day with or without seconds and zone: the time
// since midnight, and the zone it is told in.
func readClock(s string, zone *time.Location) (time.Duration, *time.Location, bool) {
	if i := strings.LastIndexAny(s, "Z+-"); i >= 0 {
		offset, ok := 0, s[i:] == "Z"
		if !ok {
			h, m, _ := strings.Cut(s[i+1:], ":")
			if len(s[i+1:]) == 4 {
				h, m = s[i+1:i+3], s[i+3:]
			}
			hours, fine := whole(h)
			minutes, fine2 := 0, true
			if m != "" {
				minutes, fine2 = whole(m)
			}
			ok = fine && fine2 && len(h) == 2 && hours < 24 && minutes < 60
			offset = hours*3600 + minutes*60
			if s[i] == '-' {
				offset = -offset
			}
		}
		if !ok {
			return 0, nil, false
		}
		zone, s = time.FixedZone("", offset), s[:i]
	}
	s, fraction, _ := strings.Cut(s, ".")
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, nil, false
	}
	var hms [3]int
	for i, p := range parts {
		n, ok := whole(p)
		if !ok || len(p) != 2 || n > 59 || i == 0 && n > 23 {
			return 0, nil, false
		}
		hms[i] = n
	}
	nanoseconds := 0
	if fraction != "" {
		if digits(fraction) != len(fraction) {
			return 0, nil, false
		}
		nanoseconds, _ = strconv.Atoi((fraction + "000000000")[:9])
	}
	return time.Duration(hms[0])*time.Hour + time.Duration(hms[1])*time.Minute + time.Duration(hms[2])*time.Second + time.Duration(nanoseconds), zone, true
}

func whole(s string) (int, bool) {
	if s == "" || digits(s) != len(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// moment takes a value as a moment: a number as days since 1970 in UTC, text as
// ISO 8601.
func (v *evaluator) moment(a Value) Value {
	out := Value{kind: Moment, zone: v.env.Zone}
	switch a.kind {
	case Moment:
		return a
	case Boolean:
		return out
	}
	days := a.number
	if a.kind != Number {
		s := a.String()
		if !isDecimal(strings.TrimSpace(s)) {
			if t, ok := readMoment(s, v.env.zone()); ok {
				out.when = t.In(v.env.zone())
			}
			return out
		}
		days = a.Number()
	}
	if ms := math.Round(days * dayMilliseconds); math.Abs(ms) < 1e15 { // the year 33,000
		out.when = time.UnixMilli(int64(ms)).In(v.env.zone())
	}
	return out
}

// layout formats a moment by the letters of ODK's format-date-time. What is no
// such letter stays as it is.
func layout(t time.Time, format string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(format, "%")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if after == "" {
			out.WriteByte('%')
			return out.String()
		}
		c := after[0]
		format = after[1:]
		switch c {
		case 'Y':
			out.WriteString(t.Format("2006"))
		case 'y':
			out.WriteString(t.Format("06"))
		case 'm':
			out.WriteString(t.Format("01"))
		case 'n':
			out.WriteString(t.Format("1"))
		case 'b':
			out.WriteString(t.Format("Jan"))
		case 'd':
			out.WriteString(t.Format("02"))
		case 'e':
			out.WriteString(t.Format("2"))
		case 'a':
			out.WriteString(t.Format("Mon"))
		case 'H':
			out.WriteString(t.Format("15"))
		case 'h':
			out.WriteString(strconv.Itoa(t.Hour()))
		case 'M':
			out.WriteString(t.Format("04"))
		case 'S':
			out.WriteString(t.Format("05"))
		case '3':
			out.WriteString(t.Format(".000")[1:])
		case '%':
			out.WriteByte('%')
		default:
			out.WriteByte('%')
			out.WriteByte(c)
		}
	}
}

// months gives the whole months from one day to another, negative backwards.
func months(from, to time.Time) float64 {
	n := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	if n > 0 && to.Day() < from.Day() {
		n--
	}
	if n < 0 && to.Day() > from.Day() {
		n++
	}
	return float64(n)
}
