package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store/storetest"
)

// Taking in whole inspections of 40 answers, as a server does when laptops push.
func BenchmarkApplyInspections(b *testing.B) {
	const n = 2000
	from := storetest.SQLite(b, b.TempDir())
	for i := range n {
		id, changes, err := record.NewInspection(organization(i), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", people(), time.Now())
		if err != nil {
			b.Fatal(err)
		}
		answers := map[string]record.Answer{}
		for k := range 40 {
			answers[fmt.Sprintf("k%d", k)] = record.Answer{Value: json.RawMessage(`"nonconform"`), Note: "三笔付款无凭证，经办人说明情况"}
		}
		set, err := record.InspectionOf(id, record.State{}).SetAnswers(answers)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := from.Append(ctx, people()[0].ID, append(changes, set...)...); err != nil {
			b.Fatal(err)
		}
	}
	entries, err := from.After(ctx, from.Self(), 0, 10*n, 1<<40)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		to := storetest.SQLite(b, b.TempDir())
		start := time.Now()
		for batch := entries; len(batch) > 0; {
			k := min(500, len(batch))
			if _, err := to.Apply(ctx, append([]journal.Entry(nil), batch[:k]...), nil); err != nil {
				b.Fatal(err)
			}
			batch = batch[k:]
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "inspections/s")
		to.Close()
	}
}
