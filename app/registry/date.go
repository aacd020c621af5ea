package registry

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"plumbline/app/sheet"
)

// readDate makes YYYY-MM-DD, YYYY-MM or YYYY of what registers write: 2007-7-31,
// 2007/07/31, 2007.7.31, 2007年7月31日, 20070731, 200707, a day number of a
// spreadsheet. ok is false where the order of day and month would be a guess.
func readDate(s string) (date string, ok bool) {
	s = strings.TrimSpace(width.Narrow.String(s))
	if len(s) > 10 && (s[10] == ' ' || s[10] == 'T') {
		s = s[:10] // the time of day
	} else if day, _, cut := strings.Cut(s, " "); cut && strings.ContainsAny(day, "-/.年") {
		s = day
	}
	if isDigits(s) {
		switch len(s) {
		case 8:
			return calendar(s[:4], s[4:6], s[6:])
		case 6:
			return calendar(s[:4], s[4:], "")
		case 4:
			return calendar(s, "", "")
		case 5:
			n, _ := strconv.Atoi(s)
			if n < 10000 || n > 80000 {
				return "", false
			}
			return sheet.Date(float64(n), false)
		}
		return "", false
	}
	s = strings.NewReplacer("年", "-", "月", "-", "日", "", "号", "", "/", "-", ".", "-").Replace(s)
	parts := strings.Split(strings.TrimSuffix(s, "-"), "-")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
		if !isDigits(parts[i]) {
			return "", false
		}
	}
	parts = append(parts, "", "")
	switch {
	case len(parts) > 5:
		return "", false
	case len(parts[0]) == 4:
		return calendar(parts[0], parts[1], parts[2])
	case len(parts) == 5 && len(parts[2]) == 4:
		// 31/7/2007 and 7/31/2007 can be told apart only if one number is above 12.
		a, _ := strconv.Atoi(parts[0])
		b, _ := strconv.Atoi(parts[1])
		switch {
		case a > 12 || a == b:
			return calendar(parts[2], parts[1], parts[0])
		case b > 12:
			return calendar(parts[2], parts[0], parts[1])
		}
	}
	return "", false
}

// calendar checks that the day exists. Zeros for month or day mean not known.
func calendar(year, month, day string) (string, bool) {
	num := func(s string) int {
		n, err := strconv.Atoi(s)
		if s == "" {
			return 0
		}
		if err != nil || n > 9999 {
			return -1
		}
		return n
	}
	y, m, d := num(year), num(month), num(day)
	switch {
	case y < 1000 || m < 0 || d < 0 || m > 12 || d > 31:
		return "", false
	case m == 0 && d == 0:
		return year, true
	case m == 0:
		return "", false
	case d == 0:
		return time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), true
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d {
		return "", false
	}
	return t.Format(time.DateOnly), true
}

// readValidity splits "2021-01-01至2026-12-31".
func readValidity(s string) (from, to string, ok bool) {
	if isOpenEnd(s) {
		return "", "", true
	}
	for _, sep := range []string{"至", "到", "~", "～", "—", "–", " - ", " to "} {
		a, b, cut := strings.Cut(s, sep)
		if !cut {
			continue
		}
		b = strings.TrimLeft(b, "-—–~～ ")
		if from, ok = readDate(a); !ok {
			return "", "", false
		}
		if isOpenEnd(b) {
			return from, "", true
		}
		to, ok = readDate(b)
		return from, to, ok
	}
	to, ok = readDate(strings.TrimPrefix(s, "有效期至"))
	return "", to, ok
}

// isOpenEnd tells whether a validity has no end.
func isOpenEnd(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "长期", "永久", "长期有效", "permanent", "unlimited":
		return true
	}
	return false
}

// readYesNo reads a yes or no as registers write them.
func readYesNo(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(width.Narrow.String(s))) {
	case "是", "有", "true", "yes", "y", "1", "√", "✓", "✔", "t", "对", "公募", "具备", "具有", "已取得":
		return true, true
	case "否", "无", "没有", "不是", "false", "no", "n", "0", "×", "✗", "x", "f", "错", "非公募", "不具备", "不具有", "未取得":
		return false, true
	}
	return false, false
}
