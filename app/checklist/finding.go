package checklist

import (
	"encoding/json"
	"strings"
	"time"

	"plumbline/app/record"
)

// Progress counts how far the inspection is filled in. Earlier are the
// findings a re-inspection looks at again.
func Progress(c Checklist, org record.Organization, i record.Inspection, earlier []record.Finding) record.Progress {
	s := SituationOf(c, org, i, time.Time{})
	return ProgressOf(c, c.nodes(org, i, earlier, s.moment()), i, s)
}

// ProgressOf is Progress with what is to be answered already listed.
func ProgressOf(c Checklist, nodes []Node, i record.Inspection, s Situation) record.Progress {
	photos := map[string]int{}
	for n := range i.Evidence {
		if i.Evidence[n].Counts() {
			photos[i.Evidence[n].Item]++
		}
	}
	p := record.Progress{Total: len(nodes)}
	for _, n := range nodes {
		a := i.Answers[n.Key]
		outcome := OutcomeOf(n, a, s)
		switch outcome {
		case Unanswered:
			if n.optional {
				p.Total--
				continue
			}
			p.Unanswered = append(p.Unanswered, n.Item.Code)
			continue // what was not looked at yet lacks no photo either
		case Incomplete:
			p.Incomplete = append(p.Incomplete, n.Item.Code)
		case NotApplicable, NotChecked:
			p.Answered++
			continue // nothing to take a picture of
		default:
			p.Answered++
		}
		if c.makesFinding(n, outcome) {
			p.Problems++
		}
		if n.Item.Evidence.Photo == PhotoRequired && photos[n.Key] == 0 && a.Reason == "" {
			p.MissingPhotos = append(p.MissingPhotos, n.Item.Code)
		}
	}
	return p
}

// makesFinding tells whether an outcome makes a finding. An item that is only
// information never does, nor does a development visit 发展走访: an organization
// shows itself there without fear of an order.
func (c Checklist) makesFinding(n Node, o Outcome) bool {
	return (o == Problem || o == PartlyRectified) && n.Item.Severity != record.Info && c.Stage != "development"
}

// Findings gives the findings the answers make, in the order of the checklist,
// with everything they rest on pinned. On is the day they were observed.
func Findings(c Checklist, org record.Organization, i record.Inspection, earlier []record.Finding, on time.Time) []record.Finding {
	return FindingsOf(c, c.nodes(org, i, earlier, on), i, SituationOf(c, org, i, on), on)
}

// FindingsOf is Findings with what is to be answered already listed.
func FindingsOf(c Checklist, nodes []Node, i record.Inspection, s Situation, on time.Time) []record.Finding {
	var out []record.Finding
	for _, n := range nodes {
		a := i.Answers[n.Key]
		o := OutcomeOf(n, a, s)
		if c.makesFinding(n, o) {
			out = append(out, finding(n, a, o, s, i.ID, on))
		}
	}
	return out
}

func finding(n Node, a record.Answer, o Outcome, s Situation, inspection record.ID, on time.Time) record.Finding {
	it := n.Item
	f := record.Finding{
		ID:           record.FindingID(inspection, it.UID, n.Repeat),
		Inspection:   inspection,
		Organization: s.Organization.ID,
		Item:         it.UID,
		Repeat:       n.Repeat,
		Code:         it.Code,
		Title:        n.Worded(it.heading()),
		Severity:     it.Severity,
		Partly:       o == PartlyRectified,
		Citations:    s.checklist.Citations(it, s.Organization.Kind),
		Action:       it.Action,
		DeadlineDays: it.DeadlineDays(),
		State:        record.Observed,
		Sensitive:    it.Sensitive,
		Penalty:      it.Penalty,
		Credit:       it.Credit,
		Authority:    it.Authority,
		ObservedOn:   on.Format(time.DateOnly),
	}
	if n.Earlier != nil {
		carry(&f, n.Earlier)
	}
	f.Fact = factWords(n, a, s)
	switch a.Severity {
	case record.Critical, record.Major, record.Minor:
		f.Severity = a.Severity
	}
	if a.DeadlineDays != nil && *a.DeadlineDays >= 0 {
		f.DeadlineDays = *a.DeadlineDays
	}
	if a.OnTheSpot {
		f.State = record.OnTheSpot
	}
	return f
}

// carry makes the finding of a re-inspection speak of the earlier one it looked
// at again: what it was about, what it rested on, and how grave it was.
func carry(f *record.Finding, e *record.Finding) {
	f.Title = e.Title
	if e.Repeat == "" { // else the title says it already
		args := func(lang string) map[string]string {
			return map[string]string{"code": e.Code, "title": e.Title.In(lang)}
		}
		f.Title = record.Text{Chinese: word("zh", "checklist.earlier_finding", args("zh")), English: word("en", "checklist.earlier_finding", args("en"))}
	}
	f.Severity = e.Severity
	f.Citations = append(append([]record.Citation(nil), e.Citations...), f.Citations...)
	if e.Action != (record.Text{}) {
		f.Action = e.Action
	}
	f.Sensitive = f.Sensitive || e.Sensitive
	f.Penalty = f.Penalty || e.Penalty
	if f.Credit == "" {
		f.Credit = e.Credit
	}
	if f.Authority == (record.Text{}) {
		f.Authority = e.Authority
	}
}

// factWords words what was found: as the inspector put it, else the values
// that were entered, in the language of the law.
func factWords(n Node, a record.Answer, s Situation) string {
	if a.Fact != "" {
		return a.Fact
	}
	if a.Note != "" {
		return a.Note
	}
	lang := "zh"
	if s.checklist.Jurisdiction != "CN" {
		lang = "en"
	}
	switch n.Item.Answer.Type {
	case Conformity, PerFinding:
		return "" // the item's text says all there is
	case Match:
		if expected, ok := Expected(n.Item, a, s); ok && a.Seen != "" {
			return word(lang, "checklist.registered_and_seen", map[string]string{"registered": expected, "seen": a.Seen})
		}
	case Ratio:
		if r := RatioOf(n.Item, a, s); r.Err == nil {
			return RatioText(r, lang)
		}
	}
	return found(n.Item, a, s, lang)
}

// comparisons name how a rule compares, for its words.
var comparisons = map[string]string{">=": "least", "<=": "most", ">": "above", "<": "below", "==": "equal", "!=": "other"}

// found words a value that makes a problem as a sentence, with the standard that it
// was held against: a bare figure tells an organization nothing.
func found(it *Item, a record.Answer, s Situation, lang string) string {
	text := entered(it, a, lang)
	switch it.Answer.Type {
	case Number, Count, Money, Percent, Date:
	default:
		return text
	}
	if text == "" {
		return ""
	}
	v, ok := it.read(valueText(a.Value))
	rule := it.Answer.rule
	if !ok || rule == nil || rule.right == nil {
		return word(lang, "checklist.found", map[string]string{"value": text})
	}
	r, err := rule.Evaluate(s.with(it, v))
	bound := r.Right.Day
	if r.Right.Number != nil {
		bound = strings.TrimSuffix(decimalText(r.Right), ".")
	}
	raw, bad := json.Marshal(bound)
	if err != nil || bad != nil {
		return word(lang, "checklist.found", map[string]string{"value": text})
	}
	kind := "number"
	if it.Answer.Type == Date {
		kind = "day"
	}
	return word(lang, "checklist.found_against", map[string]string{
		"value": text, "sign": word(lang, "checklist.should."+kind+"."+comparisons[rule.comparison], nil), "standard": entered(it, record.Answer{Value: raw}, lang)})
}

// Worded gives a text of the item with the instance of a repeat that it is asked
// of, so that two cooks are told apart.
func (n Node) Worded(t record.Text) record.Text {
	if n.Within == (record.Text{}) {
		return t
	}
	if t.Chinese != "" {
		t.Chinese += "（" + n.Within.In("zh") + "）"
	}
	if t.English != "" {
		t.English += " (" + n.Within.In("en") + ")"
	}
	return t
}

// heading is what a finding of the item is headed by.
func (it *Item) heading() record.Text {
	if it.element != nil && it.element.Inspect != nil && it.element.Inspect.Finding != (record.Text{}) {
		return it.element.Inspect.Finding
	}
	return it.Text
}
