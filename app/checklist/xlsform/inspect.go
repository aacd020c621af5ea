package xlsform

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

var (
	severities = []record.Severity{record.Critical, record.Major, record.Minor, record.Info}
	kinds      = []record.OrganizationKind{record.SocialGroup, record.ServiceOrganization, record.Foundation, record.Charity, record.OtherOrganization}
	photoRules = []string{checklist.PhotoRequired, checklist.PhotoRecommended, checklist.PhotoOptional, checklist.PhotoForbidden}
	answers    = []checklist.AnswerType{checklist.Conformity, checklist.Match, checklist.Choice, checklist.MultiChoice, checklist.Number, checklist.Count,
		checklist.Money, checklist.Percent, checklist.Ratio, checklist.Date, checklist.FreeText, checklist.Rating5, checklist.PerFinding}
	confidences = []record.Confidence{record.Verified, record.SecondarySeen, record.InstrumentOnly, record.FromMemory}
	credits     = []string{"abnormal", "serious"}
	keyForm     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

func has[T ~string](list []T, x string) bool {
	for _, y := range list {
		if string(y) == x {
			return true
		}
	}
	return false
}

func join[T ~string](list []T) string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return strings.Join(out, ", ")
}

// inspect reads one of our own columns; false leaves the cell to be carried
// along as it is.
func (in *importer) inspect(e *checklist.Element, what, v string, r Row, c column) bool {
	refuse := func(message string, args map[string]any) bool {
		in.warn("survey", r.Number, c.index, message, args)
		return false
	}
	oneOf := func(allowed string) bool {
		return refuse("xlsform.not_one_of", map[string]any{"value": short(v), "allowed": allowed})
	}
	if what == "uid" {
		if !uidForm.MatchString(v) {
			return refuse("xlsform.bad_uid", map[string]any{"value": short(v)})
		}
		e.UID = v
		return true
	}
	if what == "section" { // the id of a section in a checklist of items
		setX(&e.X, c.heading, v)
		return true
	}
	i := e.Inspect
	if i == nil {
		i = &checklist.Inspect{}
	}
	switch what {
	case "item_no":
		i.ItemNo = v
	case "answer":
		if !has(answers, v) {
			return oneOf(join(answers))
		}
		i.Answer = checklist.AnswerType(v)
	case "severity":
		s := strings.ToLower(v)
		if !has(severities, s) {
			return oneOf(join(severities))
		}
		i.Severity = record.Severity(s)
	case "fail_when":
		i.FailWhen = v
	case "weight":
		if n, ok := checklist.ParseNumber(v); !ok || n.Sign() < 0 {
			return refuse("xlsform.not_number", map[string]any{"value": short(v)})
		}
		i.Weight = v
	case "veto", "sensitive", "may_refer_to_penalty_case":
		y, ok := yes(v)
		if !ok {
			return refuse("xlsform.not_yes_no", map[string]any{"value": short(v)})
		}
		*map[string]*bool{"veto": &i.Veto, "sensitive": &i.Sensitive, "may_refer_to_penalty_case": &i.Penalty}[what] = y
	case "finding", "corrective_action", "competent_authority":
		if !setBoth(map[string]*record.Text{"finding": &i.Finding, "corrective_action": &i.Action, "competent_authority": &i.Authority}[what], c.lang, v) {
			return false
		}
	case "evidence":
		w := words(strings.ToLower(v))
		rule := checklist.EvidenceRule{}
		if len(w) > 0 {
			rule.Photo = w[0]
		}
		if len(w) == 2 && w[1] == "position" {
			rule.Position = "recommended"
		}
		if !has(photoRules, rule.Photo) || len(w) > 2 || len(w) == 2 && rule.Position == "" {
			return oneOf(strings.Join(photoRules, ", "))
		}
		i.Evidence = &rule
	case "legal_basis":
		for line := range strings.SplitSeq(v, "\n") {
			if line = trim(line); line == "" {
				continue
			}
			b, ok := readBasis(line)
			switch {
			case !ok:
				return refuse("xlsform.bad_basis", map[string]any{"value": short(line)})
			case in.instrument(b.Ref) == nil:
				return refuse("xlsform.no_instrument", map[string]any{"ref": b.Ref})
			}
			i.Basis = append(i.Basis, b)
		}
	case "deadline_days":
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 36500 {
			return refuse("xlsform.not_days", map[string]any{"value": short(v)})
		}
		i.Deadline = &n
	case "applies_if":
		if !keyForm.MatchString(v) {
			return refuse("xlsform.bad_key", map[string]any{"value": short(v)})
		}
		i.AppliesIf = v
	case "org_types":
		for _, w := range words(v) {
			if !has(kinds, w) {
				return oneOf(join(kinds))
			}
			i.OrgTypes = append(i.OrgTypes, record.OrganizationKind(w))
		}
	case "credit_consequence":
		if !has(credits, v) {
			return oneOf(strings.Join(credits, ", "))
		}
		i.Credit = v
	case "rule":
		x, err := checklist.Compile(v)
		if err != nil || x.Comparison() == "" {
			return refuse("xlsform.bad_rule", map[string]any{"value": short(v)})
		}
		i.Rule = v
	case "formula":
		m := map[string]string{}
		for line := range strings.SplitSeq(v, "\n") {
			if trim(line) == "" {
				continue
			}
			subtype, formula, ok := strings.Cut(line, ":")
			subtype, formula = trim(subtype), trim(formula)
			if _, err := checklist.Compile(formula); !ok || err != nil || !has(kinds, subtype) && subtype != "all" && subtype != checklist.PublicFoundation && subtype != checklist.PrivateFoundation {
				return refuse("xlsform.bad_formula", map[string]any{"value": short(line)})
			}
			m[subtype] = formula
		}
		i.Formula = m
	case "key":
		if !keyForm.MatchString(v) {
			return refuse("xlsform.bad_key", map[string]any{"value": short(v)})
		}
		i.Key = v
	case "expected_field":
		i.ExpectedField = v
	case "repeat_over":
		if v != "previous_findings" {
			return oneOf("previous_findings")
		}
		i.RepeatOver = v
	default:
		return false
	}
	e.Inspect = i
	return true
}

// basisForm reads "FND 30(1)(iii) [secondary_source] {foundation}". What stands
// behind the colon tells why the article was left open.
var basisForm = regexp.MustCompile(`^(\S+)(?:\s+([^\[\]{}]*?))?\s*(?:\[([a-z_]+)(?:\s*:\s*([^\]]*))?\])?\s*(?:\{([^}]*)\})?$`)

func readBasis(line string) (checklist.Basis, bool) {
	m := basisForm.FindStringSubmatch(line)
	if m == nil || strings.ContainsAny(m[1], "[]{}") {
		return checklist.Basis{}, false
	}
	b := checklist.Basis{Ref: m[1], Article: trim(m[2]), Confidence: record.Confidence(m[3]), ArticleStatus: trim(m[4])}
	if b.Confidence == "" {
		b.Confidence = record.FromMemory // until somebody has looked it up
	}
	if !has(confidences, string(b.Confidence)) {
		return b, false
	}
	for _, w := range words(m[5]) {
		if !has(kinds, w) {
			return b, false
		}
		b.OrgTypes = append(b.OrgTypes, record.OrganizationKind(w))
	}
	return b, true
}

func writeBasis(b checklist.Basis) string {
	s := b.Ref
	if b.Article != "" {
		s += " " + b.Article
	}
	s += " [" + string(b.Confidence)
	if b.ArticleStatus != "" {
		s += ": " + b.ArticleStatus
	}
	s += "]"
	if len(b.OrgTypes) > 0 {
		s += " {" + join(b.OrgTypes) + "}"
	}
	return s
}

func (in *importer) instrument(ref string) *record.Instrument {
	for n := range in.c.Instruments {
		if in.c.Instruments[n].Ref == ref {
			return &in.c.Instruments[n]
		}
	}
	return nil
}

// readLegal reads the sheet of instruments that items cite.
func (in *importer) readLegal() {
	s := in.book.sheet("legal")
	if s == nil || len(s.Rows) == 0 {
		return
	}
	cols := headings(s.Rows[0], legalColumns, nil)
	in.keepColumns("legal", cols)
	for _, r := range s.Rows[1:] {
		if r.blank() {
			continue
		}
		var x record.Instrument
		var title, edition record.Text
		for _, c := range cols {
			v := trim(r.cell(c.index))
			if v == "" {
				continue
			}
			switch c.name {
			case "ref":
				x.Ref = v
			case "title":
				setBoth(&title, c.lang, v)
			case "edition":
				if checklist.LanguageCode(c.lang) == "zh" {
					edition.Chinese = v
				} else {
					edition.English = v
				}
			case "note":
				x.Note = v
			}
		}
		x.Chinese, x.English, x.Edition, x.EditionChinese = title.Chinese, title.English, edition.English, edition.Chinese
		switch {
		case x.Ref == "" || strings.ContainsAny(x.Ref, " \t\n[]{}"):
			in.warn("legal", r.Number, columnNamed(cols, "ref"), "xlsform.bad_ref", map[string]any{"ref": short(x.Ref)})
		case title == (record.Text{}):
			in.warn("legal", r.Number, columnNamed(cols, "title"), "xlsform.no_title", map[string]any{"ref": x.Ref})
		case in.instrument(x.Ref) != nil:
			in.warn("legal", r.Number, columnNamed(cols, "ref"), "xlsform.ref_twice", map[string]any{"ref": x.Ref})
		default:
			in.c.Instruments = append(in.c.Instruments, x)
		}
	}
}

// readScoring reads how answers come to points: rows of "setting" and "value",
// and of "grade", "min" and "label".
func (in *importer) readScoring() {
	s := in.book.sheet("scoring")
	if s == nil || len(s.Rows) == 0 {
		return
	}
	cols := headings(s.Rows[0], scoringColumns, nil)
	in.keepColumns("scoring", cols)
	out := checklist.Scoring{}
	for _, r := range s.Rows[1:] {
		var setting, value string
		var b checklist.Band
		for _, c := range cols {
			v := trim(r.cell(c.index))
			switch c.name {
			case "setting":
				setting = strings.ToLower(v)
			case "value":
				value = v
			case "grade":
				b.Grade = v
			case "min":
				b.Min = v
			case "label":
				if v != "" {
					setBoth(&b.Label, c.lang, v)
				}
			}
		}
		bad := func(column, value, allowed string) {
			in.warn("scoring", r.Number, columnNamed(cols, column), "xlsform.not_one_of", map[string]any{"value": short(value), "allowed": allowed})
		}
		number := func(column, v string) bool {
			n, ok := checklist.ParseNumber(v)
			if ok = ok && n.Sign() >= 0; !ok {
				in.warn("scoring", r.Number, columnNamed(cols, column), "xlsform.not_number", map[string]any{"value": short(v)})
			}
			return ok
		}
		weight, isWeight := strings.CutPrefix(setting, "weight ")
		switch {
		case setting == "method":
			if value != checklist.Weighted && value != checklist.Deduction {
				bad("value", value, checklist.Weighted+", "+checklist.Deduction)
				break
			}
			out.Method = value
		case setting == "max":
			if n, _ := checklist.ParseNumber(value); number("value", value) && n.Sign() > 0 {
				out.Max = value
			}
		case setting == "veto":
			if value != "grade" && value != checklist.VetoZero {
				bad("value", value, "grade, "+checklist.VetoZero)
				break
			}
			if value == checklist.VetoZero {
				out.Veto = value
			}
		case isWeight && has(severities, weight):
			if number("value", value) {
				if out.Weights == nil {
					out.Weights = map[string]string{}
				}
				out.Weights[weight] = value
			}
		case setting != "":
			var allowed []string
			for _, s := range severities {
				allowed = append(allowed, "weight "+string(s))
			}
			bad("setting", setting, "method, max, veto, "+strings.Join(allowed, ", "))
		}
		if b.Grade != "" && number("min", b.Min) {
			out.Bands = append(out.Bands, b)
		}
	}
	if out.Method == "" && out.Max == "" && out.Weights == nil && out.Bands == nil {
		return
	}
	out.Method = first(out.Method, checklist.Weighted)
	in.c.Scoring = &out
}

// formulaText writes the formulas of an item as its cell shows them.
func formulaText(m map[string]string) string {
	var lines []string
	for subtype, formula := range m {
		lines = append(lines, fmt.Sprintf("%s: %s", subtype, formula))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}
