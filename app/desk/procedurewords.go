package desk

import (
	"cmp"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
)

// ProcedureStepText words one step in a line: what was done, what came of it, and
// what was said.
func ProcedureStepText(t *i18n.Texts, x record.ProcedureStep, i record.Inspection) string {
	parts := []string{t.T("procedure.act." + string(x.Act))}
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	say := func(key, v string, args ...any) {
		if v != "" {
			add(t.T(key, args...))
		}
	}
	name := func(id record.ID) string {
		for _, m := range i.Team {
			if m.Person == id {
				return m.Name
			}
		}
		return ""
	}
	say("procedure.why."+x.Why, x.Why)
	say("procedure.kind."+x.Kind, x.Kind)
	say("procedure.result."+x.Result, x.Result)
	say("procedure.look."+x.Look, x.Look)
	add(x.Body)
	add(x.Number)
	if p := x.Service; p != nil {
		add(t.T("rectify.way." + p.Way))
		for _, v := range []string{p.On, p.To, p.Witness, p.Proof, p.Consent} {
			add(v)
		}
	}
	var who []string
	for _, id := range x.Persons {
		who = append(who, cmp.Or(name(id), "—"))
	}
	add(strings.Join(who, ", "))
	if x.Act == record.DeclareInterest && x.Note != "" {
		add(t.T("procedure.detail.interest"))
	}
	if x.In != nil {
		add(t.T("procedure.detail.replacement", "out", cmp.Or(x.GoneName, name(x.Gone)), "in", x.In.Name))
	}
	say("procedure.detail.witness", x.Witness, "name", x.Witness)
	say("procedure.detail.recorder", x.Recorder, "name", x.Recorder)
	if r := x.Recording; r != nil {
		add(t.T("procedure.detail.recording", "name", r.Name, "device", r.Device, "place", r.Place, "digest", r.Digest.Short()))
	}
	if p := x.Publication; p != nil {
		add(t.T("procedure.result." + p.Result))
		add(t.T("procedure.detail.published", "n", len(p.Findings)))
	}
	add(x.Note)
	say("procedure.detail.due", x.Due, "day", x.Due)
	return strings.Join(parts, " · ")
}

// NextText words what is to be done by when; "" for nothing.
func NextText(t *i18n.Texts, p record.Procedure, today string) string {
	act, day := p.Due()
	if act == "" {
		return ""
	}
	what := t.T("procedure.act." + string(act))
	if n, ok := record.DaysBetween(day, today); ok && n > 0 {
		return t.T("procedure.late", "act", what, "n", n)
	}
	return t.T("procedure.next", "act", what, "day", day)
}
