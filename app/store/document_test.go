package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

// draft drafts a notice about an inspection with all its slots filled.
func draft(t *testing.T, s *store.Store, id record.ID, kind, word string) record.Document {
	t.Helper()
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	k, _ := record.FindDocumentKind(kind)
	for _, slot := range k.Slots {
		fields[slot.Name] = "60"
	}
	doc, changes, err := record.NewDocument(kind, i, "zh", 2, word, fields, record.DocumentStep{By: "person_drafter", Name: "拟稿人", At: "2026-11-20T09:00:00+08:00"})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, s, changes)
	return read(t, s, doc)
}

func keep(t *testing.T, s *store.Store, changes []record.Change) {
	t.Helper()
	if _, err := s.Append(ctx, "", changes...); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s *store.Store, id record.ID) record.Document {
	t.Helper()
	d, err := s.Document(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// issue takes a draft through review and issue.
func issue(t *testing.T, s *store.Store, d record.Document) {
	t.Helper()
	for _, step := range []struct {
		to record.DocumentState
		by record.ID
	}{{record.Reviewed, "person_reviewer"}, {record.Issued, "person_head"}} {
		changes, err := read(t, s, d.ID).Advance(step.to, record.Inspection{}, nil, record.DocumentStep{By: step.by, At: "2026-11-20T10:00:00+08:00"})
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, changes)
	}
}

func TestNumbersAreGivenInTheOrderOfIssueAndAVoidOneIsNotGivenAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		id := newInspection(t, s)
		var all []record.Document
		for range 5 {
			all = append(all, draft(t, s, id, "inspection-notice", "示民社检"))
		}
		other := draft(t, s, id, "inspection-notice", "示民罚")
		for _, n := range []int{3, 1, 4} { // not the order of drafting
			issue(t, s, all[n])
		}
		issue(t, s, other)
		if given, err := s.NumberDocuments(ctx, nil); err != nil || len(given) != 4 {
			t.Fatalf("numbered %v, %v; want four", given, err)
		}
		changes, err := read(t, s, all[4].ID).Void("重复")
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, changes)
		issue(t, s, all[0])
		if _, err := s.NumberDocuments(ctx, nil); err != nil {
			t.Fatal(err)
		}
		for d, want := range map[record.ID]string{all[3].ID: "示民社检〔2026〕1号", all[1].ID: "示民社检〔2026〕2号", all[4].ID: "示民社检〔2026〕3号", all[0].ID: "示民社检〔2026〕4号", other.ID: "示民罚〔2026〕1号"} {
			if got := read(t, s, d).Number.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		list, err := s.Documents(ctx, store.DocumentFilter{Inspection: id})
		if err != nil || len(list) != 6 {
			t.Fatalf("%d documents, %v; want 6 with the void one", len(list), err)
		}
		var numbers []record.DocumentNumber
		for _, d := range list {
			if d.Number.N > 0 {
				numbers = append(numbers, d.Number)
			}
		}
		if gaps, _ := record.CheckNumbers(numbers); gaps != nil {
			t.Errorf("numbers are missing: %v", gaps)
		}
		before := digest(t, s)
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if after := digest(t, s); after != before {
			t.Error("rebuilt tables differ")
		}
	})
}

// Two servers on one database, and a server asked twice at once, never give one
// number twice or leave one out.
func TestManyWhoNumberAtOnceGiveEachNumberOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		id := newInspection(t, s)
		const n = 12
		for range n {
			issue(t, s, draft(t, s, id, "correction-order", "示民社检"))
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := s.NumberDocuments(ctx, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := s.Documents(ctx, store.DocumentFilter{State: record.Numbered})
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for i, d := range list {
			got = append(got, d.Number.String())
			want = append(want, fmt.Sprintf("示民社检〔2026〕%d号", i+1))
		}
		if len(list) != n || !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

// A replica holds the same documents, whatever came first.
func TestDocumentsAreTheSameOnEveryReplica(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a := open()
		id := newInspection(t, a)
		d := draft(t, a, id, "correction-order", "示民社检")
		issue(t, a, d)
		if _, err := a.NumberDocuments(ctx, nil); err != nil {
			t.Fatal(err)
		}
		by := record.DocumentStep{By: "person_office", At: time.Now().Format(time.RFC3339)}
		changes, err := read(t, a, d.ID).Advance(record.Stamped, record.Inspection{}, nil, by)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, a, changes)
		b := storetest.SQLite(t, t.TempDir())
		send(t, a, b)
		if got := read(t, b, d.ID); got.Number.String() != "示民社检〔2026〕1号" || got.State != record.Stamped {
			t.Errorf("the replica has %s %s", got.Number, got.State)
		}
		if digest(t, a) != digest(t, b) {
			t.Error("replicas differ")
		}
	})
}
