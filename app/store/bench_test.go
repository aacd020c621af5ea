package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

// Import of a register, each row journalled and searchable.
func BenchmarkRow_ImportRegister(b *testing.B) {
	const n = 20000
	for b.Loop() {
		s := storetest.SQLite(b, b.TempDir())
		start := time.Now()
		_, err := s.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
			for i := range n {
				o := organization(i)
				o.Address, o.Supervisor, o.Capital, o.RegisteredOn = fmt.Sprintf("云溪市东湖区和平路%d号", i), "云溪市文化和旅游局", "3万元", "2015-06-01"
				set := values(o)
				set["address"], set["supervisor"], set["capital"], set["registered_on"] = o.Address, o.Supervisor, o.Capital, o.RegisteredOn
				if !yield(store.RegisterRow{ID: o.ID, Set: func(record.Organization, bool) map[string]any { return set }}) {
					return
				}
			}
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "rows/s")
		s.Close()
	}
}

// Saving one answer through the rules and the journal against one raw durable
// commit of the same database, interleaved.
func BenchmarkRow_SaveAnswer(b *testing.B) {
	s := storetest.SQLite(b, b.TempDir())
	id := benchInspection(b, s)
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "raw.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(2)")
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	if _, err := raw.Exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)"); err != nil {
		b.Fatal(err)
	}
	i, err := s.Inspection(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	var ours, theirs time.Duration
	n := 0
	for b.Loop() {
		n++
		a := record.Answer{Value: []byte(`"nonconform"`), Note: fmt.Sprint("三笔付款无凭证", n)}
		changes, err := i.SetAnswer(fmt.Sprintf("k%d", n), a)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if _, err := raw.Exec("INSERT INTO t (b) VALUES (?)", a.Note); err != nil {
			b.Fatal(err)
		}
		ours, theirs = ours+middle.Sub(start), theirs+time.Since(middle)
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(n), "us/save")
	b.ReportMetric(float64(theirs.Microseconds())/float64(n), "us/rawcommit")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
}

func benchInspection(b *testing.B, s *store.Store) record.ID {
	b.Helper()
	if _, err := s.RegisterInspectors(ctx, "", people()); err != nil {
		b.Fatal(err)
	}
	id, changes, err := record.NewInspection(organization(1), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", people(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
		b.Fatal(err)
	}
	return id
}
