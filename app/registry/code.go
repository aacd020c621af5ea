package registry

import (
	"strings"

	"golang.org/x/text/width"

	"plumbline/app/record"
)

// schemeOther marks a code of which nothing is known.
const schemeOther = "other"

// schemeOfHeading tells the scheme that a heading of a code column names, ""
// when the heading fits any.
func schemeOfHeading(heading string) string {
	n := normal(heading)
	switch {
	case strings.Contains(n, "信用代码"), strings.Contains(n, "统一代码"), strings.Contains(n, "uscc"), strings.Contains(n, "usci"), strings.Contains(n, "socialcredit"), strings.Contains(n, "creditcode"):
		return record.SchemeUSCC
	case n == "ein", n == "employeridentificationnumber":
		return record.SchemeEIN
	case strings.Contains(n, "charityn"), n == "regnumber", n == "charityregnumber":
		return record.SchemeUK
	case strings.HasPrefix(n, "组织机构代码"), n == "baorg":
		return record.SchemeGB11714
	}
	return ""
}

// schemeOfCodes tells the scheme most codes of a column have the form of.
func schemeOfCodes(codes []string) string {
	uscc, gb, all := 0, 0, 0
	for _, c := range codes {
		c = tidyCode("", c)
		if c == "" {
			continue
		}
		all++
		switch p := record.USCCProblem(c); {
		case p == "" || p == "code.check_digit" || p == "code.body_check_digit":
			uscc++
		case gb11714Problem(c) == "":
			gb++
		}
	}
	switch {
	case all == 0:
	case uscc*2 > all:
		return record.SchemeUSCC
	case gb*5 > all*4:
		return record.SchemeGB11714
	}
	return schemeOther
}

// gb11714Problem says what is wrong with a nine-character organization code,
// as a message key, "" when nothing is.
func gb11714Problem(code string) string {
	if len(code) != 9 {
		return "registry.orgcode_length"
	}
	for i := range 8 {
		if c := code[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return "registry.orgcode_length"
		}
	}
	// The same check character stands inside a unified code.
	if record.NewUSCC("53", "100000", code[:8])[16] != code[8] {
		return "registry.orgcode_check_digit"
	}
	return ""
}

// tidyCode gives a code the one form it is identified by: half-width capitals
// and, where the scheme allows them as mere separators, no spaces or hyphens.
func tidyCode(scheme, s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	// ="0123" and '0123 are how people keep a spreadsheet from making it a number.
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		s = strings.TrimSuffix(inner, `"`)
	}
	s = strings.TrimPrefix(s, "'")
	s = strings.ToUpper(strings.TrimSpace(width.Narrow.String(s)))
	switch scheme {
	case record.SchemeUSCC, record.SchemeEIN, record.SchemeGB11714, "":
		s = strings.NewReplacer("-", "", "－", "", "–", "", "—", "", " ", "", "\u00a0", "", "\u3000", "").Replace(s)
	}
	return s
}

// readCode makes a code of a cell. reject names why that cannot be done
// without guessing; warnings name what was done and what looks wrong.
func readCode(scheme, cell string, warn warner) (code string, reject string) {
	code = tidyCode(scheme, cell)
	if mantissa, exp, ok := scientific(code); ok {
		digits := strings.Replace(mantissa, ".", "", 1)
		if len(digits) != exp+1 {
			return "", "registry.code_scientific"
		}
		code = digits // every digit is still there
	}
	if whole, ok := strings.CutSuffix(code, ".0"); ok && isDigits(whole) {
		code = whole
	}
	if code == "" {
		return "", "registry.code_missing"
	}
	if len(code) > 64 || strings.ContainsAny(code, "\n\r\t\x00#\ufffd") {
		return "", "registry.code_malformed"
	}
	switch scheme {
	case record.SchemeUSCC:
		problem := record.USCCProblem(code)
		if problem != "" && len(code) == 18 && isDigits(code) && strings.HasSuffix(code, "000") {
			// A spreadsheet keeps 15 digits of a number and writes zeros for the rest.
			return "", "registry.code_rounded"
		}
		if problem != "" {
			warn("code", "registry."+strings.ReplaceAll(problem, ".", "_"), map[string]any{"code": code})
		}
	case record.SchemeEIN:
		if n := len(code); isDigits(code) && n >= 5 && n < 9 {
			code = strings.Repeat("0", 9-n) + code
			warn("code", "registry.ein_zeros", map[string]any{"code": code, "was": cell})
			return code, ""
		}
		if !isDigits(code) || len(code) != 9 {
			warn("code", "registry.ein_form", map[string]any{"code": code})
		}
	case record.SchemeGB11714:
		if p := gb11714Problem(code); p != "" {
			warn("code", p, map[string]any{"code": code})
		}
	}
	if code != cell {
		warn("code", "registry.code_rewritten", map[string]any{"code": code, "was": cell})
	}
	return code, ""
}

// scientific reads 9.15E+17. The sign is asked for: without it the text may
// well be a code.
func scientific(s string) (mantissa string, exp int, ok bool) {
	mantissa, e, ok := strings.Cut(s, "E+")
	if !ok || len(e) == 0 || len(e) > 3 || !isDigits(e) || !isDigits(strings.Replace(mantissa, ".", "", 1)) {
		return "", 0, false
	}
	if i := strings.IndexByte(mantissa, '.'); i >= 0 && i != 1 {
		return "", 0, false
	}
	for _, c := range e {
		exp = exp*10 + int(c-'0')
	}
	return mantissa, exp, true
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
