package ui

import (
	"strings"
	"testing"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

func TestFiguresCountTheFindingsOfSealedInspections(t *testing.T) {
	w := onSite(t, "en")
	w.openFigures()
	v := w.figures
	if !says(v.body, "come with the first sealed inspection") {
		t.Errorf("without a sealed inspection it says %q", textsOf(v.body))
	}
	sealed := newInspection(t, w.desk, "cn.spot.foundation")
	a := plainNode(t, w)
	var b checklist.Node
	for _, n := range w.inspection.visit.Nodes {
		if n.Item.Answer.Type == checklist.Conformity && n.Key != a.Key && n.Item.Evidence.Photo != checklist.PhotoRequired {
			b = n
		}
	}
	wrong := record.Answer{Value: jsonText(record.Nonconform), Note: "账簿缺页"}
	sealAnswered(t, w.desk, sealed, map[string]record.Answer{a.Key: wrong, b.Key: wrong})
	v.load()
	f := v.seen
	if f.Inspections != 1 || f.WithFindings != 1 || f.Findings != 2 || f.Open != 2 || f.Overdue != 0 {
		t.Fatalf("counted are %+v, want one visit with two open findings", f)
	}
	part := func(chart, words string) (out desk.Bar) {
		for _, c := range f.Charts {
			for _, b := range c.Bars {
				if c.Name == chart && strings.Contains(b.Words, words) {
					out = b
				}
			}
		}
		return out
	}
	if got := part("kind", "Foundation"); got.Findings != 2 || got.Open != 2 {
		t.Errorf("of foundations are %+v, want both", got)
	}
	if got := part("month", "2026-11"); got.Findings != 2 || got.Visits != 1 {
		t.Errorf("in November are %+v, want one visit, two findings", got)
	}
	total := 0
	for _, c := range f.Charts {
		if c.Name == "severity" {
			for _, b := range c.Bars {
				total += b.Findings
			}
		}
	}
	if total != 2 {
		t.Errorf("by severity there are %d, want 2", total)
	}
	for _, want := range []string{"As of 24 Nov 2026 09:30", "has no server", "sealed inspections"} {
		if !says(v.body, want) {
			t.Errorf("it does not say %q: %q", want, textsOf(v.body))
		}
	}
	rows := exported(t, w)
	last := rows[len(rows)-1]
	if len(rows) < 10 || rows[1][2] != "1" || rows[1][3] != "2" || !strings.Contains(last[1], "no server") {
		t.Errorf("exported are %d rows, the totals %q, the last %q", len(rows), rows[1], last)
	}
	v.period = "year"
	w.setLanguage("zh")
	if !says(v.body, "按社会组织类型") || !says(v.body, "基金会") {
		t.Errorf("in Chinese it says %q", textsOf(v.body))
	}
}
