package checklist

import (
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"plumbline/app/record"
)

// Outcome is what an answer comes to.
type Outcome string

const (
	Unanswered      Outcome = "unanswered"
	Incomplete      Outcome = "incomplete"       // answered in part: a figure or the inspector's judgement is missing
	NoProblem       Outcome = "no_problem"       // 未发现问题
	Problem         Outcome = "problem"          // 存在问题
	PartlyRectified Outcome = "partly_rectified" // 部分整改
	NotApplicable   Outcome = "not_applicable"   // 不涉及
	NotChecked      Outcome = "not_checked"      // 未检查
	Recorded        Outcome = "recorded"         // a fact noted, nothing to judge
)

// JudgementInput is the name in Answer.Inputs of the inspector's own judgement
// on an item whose value is something else: a number, a date, a text. Its
// values are those of a conformity item. It stands above what a rule computes,
// for rules know only figures.
const JudgementInput = "judgement"

// ExpectedInput is the name in Answer.Inputs of the registered or reported
// value of a match item where the register does not hold it.
const ExpectedInput = "expected"

// Situation is what an outcome depends on beside the answer itself.
type Situation struct {
	Organization record.Organization
	Stated       map[string]bool   // facts stated by the inspectors
	Figures      map[string]string // figures answered in the checklist, by key, as typed
	Day          string            // day of the inspection, YYYY-MM-DD

	checklist Checklist
}

// SituationOf gathers the situation of an inspection. The day is that on which
// it began, else on which it is planned, else the given one: a rule on a date
// gives the same result whenever it is computed.
func SituationOf(c Checklist, org record.Organization, i record.Inspection, on time.Time) Situation {
	s := Situation{Organization: org, Stated: StatedFacts(i), checklist: c}
	for _, day := range []string{i.StartedAt, i.PlannedOn} {
		if len(day) >= len(time.DateOnly) && ParseDay(day[:len(time.DateOnly)]) {
			s.Day = day[:len(time.DateOnly)]
			break
		}
	}
	if s.Day == "" && !on.IsZero() {
		s.Day = on.Format(time.DateOnly)
	}
	for _, it := range c.keyed {
		if text := valueText(i.Answers[it.UID].Value); text != "" {
			if s.Figures == nil {
				s.Figures = map[string]string{}
			}
			s.Figures[it.Answer.Key] = text
		}
	}
	return s
}

// moment is the day of the inspection, for an authored checklist's clock.
func (s Situation) moment() time.Time {
	day, _ := time.Parse(time.DateOnly, s.Day)
	return day
}

// figure gives what a name in a rule or formula stands for.
func (s Situation) figure(name string) (Value, bool) {
	if name == "inspection_date" {
		return Value{Day: s.Day}, s.Day != ""
	}
	text, ok := s.Figures[name], true
	if strings.HasPrefix(name, "org.") {
		text, ok = s.Organization.Field(name)
	}
	if !ok || text == "" {
		return Value{}, false
	}
	if ParseDay(text) {
		return Value{Day: text}, true
	}
	n, ok := ParseMoney(text)
	return Value{Number: n}, ok
}

// Judgement gives the inspector's own judgement in an answer, one of the
// values of a conformity item, or "" if there is none. It stands in
// Inputs["judgement"] or, where no other value was entered, as the value.
func Judgement(it *Item, a record.Answer) string {
	j := a.Inputs[JudgementInput]
	if j == "" {
		j = valueText(a.Value)
		if it.option(j) != nil {
			return "" // an option that happens to have the same name
		}
	}
	switch j {
	case record.Conform, record.Nonconform, record.Partly, record.NotApplicable, record.NotChecked:
		return j
	case Rectified, NotRectified, Recurred:
		if it.Answer.Type == PerFinding {
			return j
		}
	}
	return ""
}

// NeedsJudgement tells whether only the inspector can say if an answer to this
// item shows a problem: no rule, formula or list of values decides it, and the
// item is more than information.
func NeedsJudgement(it *Item) bool {
	if it.Severity == record.Info {
		return false
	}
	switch it.Answer.Type {
	case Number, Count, Money, Percent, Date:
		return it.Answer.rule == nil
	case Choice, MultiChoice:
		return len(it.Answer.Nonconforming) == 0 && !it.scored
	case FreeText, Rating5:
		return true
	}
	return false
}

// OutcomeOf tells what an answer comes to. An answer that is there but cannot
// be understood is Incomplete, never silently none.
func OutcomeOf(n Node, a record.Answer, s Situation) Outcome {
	it := n.Item
	if a.Empty() && !n.pictured {
		return Unanswered
	}
	if n.refused {
		return Incomplete // the checklist says that this answer cannot be
	}
	switch Judgement(it, a) {
	case record.Conform, Rectified:
		return NoProblem
	case record.Nonconform, NotRectified, Recurred:
		return Problem
	case record.Partly:
		return PartlyRectified
	case record.NotApplicable:
		return NotApplicable
	case record.NotChecked:
		return NotChecked
	}
	switch {
	case n.fails > 0:
		return Problem
	case n.fails < 0:
		return NoProblem
	case n.pictured:
		return recordedUnlessJudged(it)
	}
	switch it.Answer.Type {
	case Match:
		return matchOutcome(it, a, s)
	case Ratio:
		r := RatioOf(it, a, s)
		if r.Err != nil {
			return Incomplete
		}
		if r.Sign == "" {
			return Recorded
		}
		return problemUnless(r.Meets)
	case Choice:
		v := valueText(a.Value)
		if it.option(v) == nil {
			return Incomplete
		}
		return chosenOutcome(it, v)
	case MultiChoice:
		var list []string
		if json.Unmarshal(a.Value, &list) != nil {
			return Incomplete
		}
		if len(list) == 0 {
			return Unanswered
		}
		for _, v := range list {
			if it.option(v) == nil {
				return Incomplete
			}
		}
		return chosenOutcome(it, list...)
	case Number, Count, Money, Percent, Date, Rating5, FreeText:
		v, ok := it.read(valueText(a.Value))
		if !ok {
			return Incomplete
		}
		if it.Answer.rule != nil {
			return ruleOutcome(it, v, s)
		}
		return recordedUnlessJudged(it)
	}
	return Incomplete // conformity and per_finding with a value that is none of theirs
}

func problemUnless(fine bool) Outcome {
	if fine {
		return NoProblem
	}
	return Problem
}

func recordedUnlessJudged(it *Item) Outcome {
	if NeedsJudgement(it) {
		return Incomplete
	}
	return Recorded
}

// Expected gives the value a match item compares with: the register's, or the
// one the inspector copied from the report where the register has none.
func Expected(it *Item, a record.Answer, s Situation) (value string, ok bool) {
	if value, ok = s.Organization.Field(it.Answer.ExpectedField); ok {
		return value, true
	}
	value = a.Inputs[ExpectedInput]
	return value, value != ""
}

// SameValue tells whether a value seen is the registered one, as a match item
// compares them.
func SameValue(registered, seen string) bool { return same(registered, seen) }

func matchOutcome(it *Item, a record.Answer, s Situation) Outcome {
	expected, ok := Expected(it, a, s)
	if !ok || strings.TrimSpace(a.Seen) == "" {
		return Incomplete
	}
	return problemUnless(same(expected, a.Seen))
}

func chosenOutcome(it *Item, values ...string) Outcome {
	if len(it.Answer.Nonconforming) == 0 {
		return recordedUnlessJudged(it)
	}
	for _, v := range values {
		if among(v, it.Answer.Nonconforming) {
			return Problem
		}
	}
	return NoProblem
}

// with gives the figures of the situation and an item's own value.
func (s Situation) with(it *Item, v Value) func(name string) (Value, bool) {
	return func(name string) (Value, bool) {
		if name == "value" || name == it.Answer.Key {
			return v, true
		}
		return s.figure(name)
	}
}

func ruleOutcome(it *Item, v Value, s Situation) Outcome {
	r, err := it.Answer.rule.Evaluate(s.with(it, v))
	if err != nil {
		return Incomplete // the register lacks a figure: the inspector must judge
	}
	return problemUnless(r.Holds)
}

// read reads a value of the item's type; a text is a value without number.
func (it *Item) read(text string) (v Value, ok bool) {
	switch it.Answer.Type {
	case Number:
		v.Number, ok = ParseNumber(text)
	case Count:
		v.Number, ok = ParseNumber(text)
		ok = ok && v.Number.IsInt() && v.Number.Sign() >= 0
	case Money:
		v.Number, ok = ParseMoney(text)
	case Percent:
		v.Number, ok = ParsePercent(text)
		ok = ok && v.Number.Sign() >= 0
	case Rating5:
		v.Number, ok = ParseNumber(text)
		ok = ok && v.Number.IsInt() && v.Number.Cmp(one) >= 0 && v.Number.Cmp(five) <= 0
	case Date:
		v.Day, ok = text, ParseDay(text)
	case FreeText:
		ok = strings.TrimSpace(text) != ""
	}
	return v, ok
}

var one, five = big.NewRat(1, 1), big.NewRat(5, 1)

// chosen lists the values of an answer to a choice or multichoice.
func chosen(a record.Answer) []string {
	var list []string
	if json.Unmarshal(a.Value, &list) == nil {
		return list
	}
	if v := valueText(a.Value); v != "" {
		return []string{v}
	}
	return nil
}
