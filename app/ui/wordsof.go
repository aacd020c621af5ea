package ui

import (
	"plumbline/app/checklist"
	"plumbline/app/record"
)

// Words for values of records, in the language of the window.

func kindWord(w *words, kind string) string { return checklist.KindText(kind, w.lang()) }

func organizationKind(w *words, k record.OrganizationKind) string { return w.T(k.Text()) }

func roleWord(w *words, role string) string { return w.T("role." + role) }

// findingState words where a finding stands, with sign and colour.
func findingState(w *words, f record.Finding) *pill {
	text := w.T("ui.finding.state." + string(f.State))
	switch f.State {
	case record.Closed, record.OnTheSpot:
		return newPill(tick, jadeColor, text)
	case record.PartlyPut:
		return newPill(half, amberColor, text)
	case record.Failed:
		return newPill(cross, vermilionColor, text)
	case record.Dropped, record.Referred, record.Carried:
		return newPill(dash, slateColor, text)
	case record.Reported:
		return newPill(half, amberColor, text)
	}
	return newPill(flag, amberColor, text)
}

func severityPill(w *words, s record.Severity) *pill {
	switch s {
	case record.Critical, record.Major:
		return newPill("", vermilionColor, checklist.SeverityText(s, w.lang()))
	case record.Minor:
		return newPill("", amberColor, checklist.SeverityText(s, w.lang()))
	}
	return newPill("", slateColor, checklist.SeverityText(s, w.lang()))
}

func severityWord(w *words, s record.Severity) string { return checklist.SeverityText(s, w.lang()) }
