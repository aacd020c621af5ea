package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/server"
	"plumbline/sync/synctest"
)

// notice drafts a notice about an inspection with all its slots filled.
func notice(t *testing.T, l *synctest.Laptop, inspection record.ID) record.ID {
	t.Helper()
	i, err := l.Store.Inspection(ctx, inspection)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	k, _ := record.FindDocumentKind("inspection-notice")
	for _, s := range k.Slots {
		fields[s.Name] = "十日"
	}
	id, changes, err := record.NewDocument(k.Name, i, "zh", 2, "示民社检", fields, record.DocumentStep{By: "per_drafter", Name: "拟稿人", At: "2026-11-20T09:00:00+08:00"})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, l, "per_drafter", changes)
	return id
}

func keep(t *testing.T, l *synctest.Laptop, by record.ID, changes []record.Change) {
	t.Helper()
	if _, err := l.Store.Append(ctx, by, changes...); err != nil {
		t.Fatal(err)
	}
}

// issue takes a document through review and issue.
func issue(t *testing.T, l *synctest.Laptop, id record.ID) {
	t.Helper()
	step(t, l, id, record.Reviewed, "per_reviewer")
	step(t, l, id, record.Issued, "per_head")
}

func step(t *testing.T, l *synctest.Laptop, id record.ID, to record.DocumentState, by record.ID) {
	t.Helper()
	changes, err := document(t, l.Store, id).Advance(to, record.Inspection{}, nil, record.DocumentStep{By: by, Name: string(by), At: "2026-11-20T10:00:00+08:00"})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, l, by, changes)
}

func document(t *testing.T, s *store.Store, id record.ID) record.Document {
	t.Helper()
	d, err := s.Document(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAnIssuedDocumentComesBackWithItsNumberFromTheSameSync(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		inspection := a.Plan(1)
		first, second, third := notice(t, a, inspection), notice(t, a, inspection), notice(t, a, inspection)
		a.Sync()
		b.Sync()
		issue(t, b, third)
		b.Sync()
		issue(t, a, first)
		a.Sync()
		for id, want := range map[record.ID]string{third: "示民社检〔2026〕1号", first: "示民社检〔2026〕2号", second: ""} {
			if got := document(t, a.Store, id).Number.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		step(t, a, first, record.Stamped, "per_clerk") // the office goes on with it
		a.Sync()
		b.Sync()
		synctest.Equal(t, a.Store, b.Store, o.Store)
		if v, err := a.Store.Verify(ctx, nil); err != nil || len(v.Problems) > 0 {
			t.Errorf("verify: %v, %v", v.Problems, err)
		}
		if q, err := o.Store.Quarantine(ctx); err != nil || len(q) > 0 {
			t.Errorf("in quarantine: %v, %v", q, err)
		}
	})
}

func TestAnotherAuthoritysLaptopsLearnNothingOfTheNumbers(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, other := o.Laptop(), o.LaptopOf("990200")
		a.Register()
		id := notice(t, a, a.Plan(1))
		issue(t, a, id)
		a.Sync()
		other.Sync()
		if n := synctest.Entries(t, other.Store); n != 0 {
			t.Errorf("%d entries on the other authority's laptop", n)
		}
		other.Register()
		theirs := notice(t, other, other.Plan(2))
		issue(t, other, theirs)
		other.Sync()
		if got := document(t, other.Store, theirs).Number.String(); got != "示民社检〔2026〕1号" {
			t.Errorf("got %q: each authority counts for itself", got)
		}
	})
}

func TestALaptopGivesNoNumbersAndJoinsNoDuties(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		l := o.Laptop()
		l.Register()
		inspection := l.Plan(1)
		numbered, forged, joined, visited := notice(t, l, inspection), notice(t, l, inspection), notice(t, l, inspection), notice(t, l, inspection)
		l.Sync()
		issue(t, l, numbered)
		changes, err := document(t, l.Store, numbered).GiveNumber(99, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		keep(t, l, "per_head", changes)
		// A program that does not keep the rules: entries by one person, in another's name, by
		// somebody of the team.
		bad := func(id record.ID, actor, by record.ID) {
			keep(t, l, actor, []record.Change{{Kind: record.Transition, Record: id, Set: map[string]any{"state": record.Reviewed,
				"steps/reviewed": record.DocumentStep{By: by, Name: "某人", At: "2026-11-20T10:00:00+08:00"}}}})
		}
		bad(forged, "per_clerk", "per_reviewer")
		bad(joined, "per_drafter", "per_drafter")
		bad(visited, synctest.People()[1].ID, synctest.People()[1].ID)
		l.Sync()
		l.Sync()
		q, err := l.Store.Quarantine(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var why []string
		for _, x := range q {
			why = append(why, x.Message)
		}
		slices.Sort(why)
		if got := strings.Join(why, " "); got != "refuse.duties refuse.duties refuse.number refuse.step_of_another" {
			t.Errorf("in quarantine: %s", got)
		}
		if got := document(t, l.Store, numbered).Number.String(); got != "示民社检〔2026〕1号" {
			t.Errorf("got %q: the server's number counts", got)
		}
	})
}

// What the server numbered after the backup is on the laptops only. Until they
// have brought it back, a number could go to another document a second time.
func TestARestoredServerGivesNoNumberTwice(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := o.Laptop(), o.Laptop()
	a.Register()
	inspection := a.Plan(1)
	var all []record.ID
	for range 4 {
		all = append(all, notice(t, a, inspection))
	}
	issue(t, a, all[0])
	a.Sync()
	b.Sync()
	o.End()
	backup := synctest.CopyFolder(t, o.Folder)
	o.Begin()
	issue(t, a, all[1])
	a.Sync()
	o.End()
	after := o.Folder
	o.Folder = backup
	outlived, err := os.ReadFile(filepath.Join(after, server.NoteName)) // the database
	if err == nil {
		err = os.WriteFile(filepath.Join(backup, server.NoteName), outlived, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.Begin()
	issue(t, b, all[2])
	b.Sync()
	if d := document(t, b.Store, all[2]); d.State != record.Issued {
		t.Errorf("numbered %s before the lost number came back", d.Number)
	}
	if held, err := server.NumbersHeld(ctx, o.Accounts); err != nil || !held {
		t.Errorf("held %v, %v", held, err)
	}
	a.Sync()
	if err := server.ResumeNumbers(ctx, o.Accounts); err != nil {
		t.Fatal(err)
	}
	b.Answer(inspection, "k1", record.Conform, "") // any push
	b.Sync()
	a.Sync()
	b.Sync()
	for n, id := range all[:3] {
		if got, want := document(t, o.Store, id).Number.String(), fmt.Sprintf("示民社检〔2026〕%d号", n+1); got != want {
			t.Errorf("got %q, want %s", got, want)
		}
	}
	synctest.Equal(t, a.Store, b.Store, o.Store)
}

func TestNumbersTravelUpAndTheServerAboveGivesNone(t *testing.T) {
	synctest.EachLevel(t, func(t *testing.T, open func() *synctest.Office) {
		county, province := open(), open()
		l := county.Laptop()
		l.Register()
		inspection := l.Plan(1)
		first, second := notice(t, l, inspection), notice(t, l, inspection)
		l.Sync()
		v := synctest.Above(province, county)
		v.Pull()
		issue(t, l, first)
		l.Sync()
		v.Pull()
		issue(t, l, second)
		l.Sync()
		v.Pull()
		for n, id := range []record.ID{first, second} {
			if got, want := document(t, province.Store, id).Number.String(), fmt.Sprintf("示民社检〔2026〕%d号", n+1); got != want {
				t.Errorf("got %q above, want %s", got, want)
			}
		}
		if q, err := province.Store.Quarantine(ctx); err != nil || len(q) > 0 {
			t.Errorf("in quarantine above: %v, %v", q, err)
		}
		synctest.Equal(t, l.Store, county.Store, province.Store)
	})
}
