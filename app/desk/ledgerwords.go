package desk

import (
	"fmt"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
)

// Next words what is to be done next about a finding and how long there is:
// "5 days left", "3 days overdue", "not served: nothing is due". It is "" where
// nothing is left to do.
func (l LedgerLine) Next(t *i18n.Texts) string {
	p := l.Progress
	switch {
	case p != nil && p.Conflict:
		return t.T("rectify.left.conflict")
	case l.State == record.Objected && l.AnswerBy != "":
		return t.T("rectify.left.answer", "day", l.AnswerBy)
	case (l.State == record.Told || l.State == record.Confirmed) && l.Authority != (record.Text{}):
		return t.T("rectify.left.refer", "authority", l.Authority.In(t.Lang()))
	case l.State == record.Told && l.ObjectBy != "":
		return t.T("rectify.left.object", "day", l.ObjectBy)
	case l.State == record.Told, l.State == record.Confirmed:
		return t.T("rectify.left.confirmed")
	case l.State == record.Reported:
		return t.T("rectify.left.reported")
	case l.State == record.Failed && p != nil && len(p.Proposed) > 0:
		return t.T("rectify.left.decide")
	case l.State == record.Failed:
		return t.T("rectify.left.propose")
	case l.Unserved:
		return t.T("rectify.left.unserved")
	case l.DaysLeft == nil:
		return ""
	case *l.DaysLeft == 0:
		return t.T("rectify.left.today")
	case *l.DaysLeft < 0:
		return t.T("rectify.left.over", "n", -*l.DaysLeft)
	}
	return t.T("rectify.left.days", "n", *l.DaysLeft)
}

// Warnings words what must not be overlooked about a finding.
func (l LedgerLine) Warnings(t *i18n.Texts, limits record.Limits) []string {
	var out []string
	if l.Unnotice {
		out = append(out, t.T("rectify.unreported", "n", limits.N(record.LimitCritical)))
	}
	if len(l.Uncertain) > 0 {
		out = append(out, t.T("rectify.uncertain", "years", strings.Trim(fmt.Sprint(l.Uncertain), "[]")))
	}
	return out
}

// TermText words a term: "15 working days".
func TermText(t *i18n.Texts, term record.Term) string {
	if term.Date != "" {
		return t.T("rectify.term.date", "date", term.Date)
	}
	return t.T("rectify.term."+string(term.Unit), "n", term.N)
}

// CountText words how a last day came about, with what moved it.
func CountText(t *i18n.Texts, c record.Count) []string {
	out := []string{t.T("rectify.counted", "from", c.From, "term", TermText(t, c.Term), "due", c.Due)}
	if len(c.Skipped) > 0 {
		out = append(out, t.T("rectify.skipped", "n", len(c.Skipped)))
	}
	if c.Moved != "" {
		out = append(out, t.T("rectify.moved", "day", c.Moved))
	}
	if len(c.Unknown) > 0 {
		out = append(out, t.T("rectify.uncertain", "years", strings.Trim(fmt.Sprint(c.Unknown), "[]")))
	}
	return out
}

// StepText words one step in a line: what was done, what came of it, and what
// was said.
func StepText(t *i18n.Texts, s record.Step) string {
	parts := []string{t.T("rectify.action." + string(s.Action))}
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if s.For != "" {
		add(t.T("rectify.for." + s.For))
	}
	if s.Result != "" {
		add(t.T("rectify.result." + s.Result))
	}
	add(s.Number)
	if s.Term != nil {
		add(TermText(t, *s.Term))
	}
	if p := s.Service; p != nil {
		add(t.T("rectify.way." + p.Way))
		add(p.On)
		add(p.To)
		add(p.Witness)
		add(p.Proof)
	}
	add(s.Whom)
	add(s.Way)
	for _, m := range s.Inspectors {
		add(m.Name)
	}
	add(s.Fact)
	add(s.Note)
	return strings.Join(parts, " · ")
}
