package store_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

func world(today string) record.Setting {
	return record.Setting{Today: today, Limits: record.Limits{}, Calendar: record.NewCalendar(true, record.CalendarYear{Year: 2026, Source: record.Text{Chinese: "通知"},
		Off: []record.CalendarDay{{Date: "2026-10-01"}, {Date: "2026-10-02"}}})}
}

var looked = []record.Member{{Person: people()[0].ID, Name: "甲"}, {Person: people()[1].ID, Name: "乙"}}

// rounds tells the inspections of one call of toldFindings from another's.
var rounds int

// toldFindings writes findings as a seal tells them, each of an inspection of its own
// in one of two districts.
func toldFindings(t interface{ Fatal(...any) }, s *store.Store, n int) []record.ID {
	rounds++
	var out []record.ID
	for k := range n {
		o := organization(k)
		o.District = []string{"东湖区", "松涧县"}[k%2]
		inspection := record.DerivedID(record.InspectionType, fmt.Sprint(rounds, " ", k))
		f := record.Finding{Inspection: inspection, Organization: o.ID, Item: "k1", Severity: []record.Severity{record.Major, record.Minor, record.Critical}[k%3],
			ObservedOn: "2026-09-01", State: record.Observed, DeadlineDays: 10}
		f.ID = record.FindingID(f.Inspection, f.Item, "")
		changes := append([]record.Change{{Kind: record.Create, Record: inspection, Set: map[string]any{"organization": o, "number": fmt.Sprint("PL-", k), "planned_on": "2026-09-01"}}},
			record.TellFindings([]record.Finding{f})...)
		if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
			t.Fatal(err)
		}
		out = append(out, f.ID)
	}
	return out
}

// do takes one step on a store, and tells why not.
func do(s *store.Store, id record.ID, today string, x record.Step, photos ...record.Evidence) error {
	r, err := s.Rectification(ctx, id)
	if err != nil {
		return err
	}
	x.On, x.By = today, people()[0].ID
	changes, err := r.Do(x, photos, world(today))
	if err != nil {
		return err
	}
	_, err = s.Append(ctx, x.By, changes...)
	return err
}

func must(t *testing.T, s *store.Store, id record.ID, today string, steps ...record.Step) {
	t.Helper()
	for _, x := range steps {
		if err := do(s, id, today, x); err != nil {
			t.Fatalf("%s: %v", x.Action, err)
		}
	}
}

func served(on string) record.Step {
	return record.Step{Action: record.Serve, Service: &record.ServiceProof{On: on, Way: record.ServedMail, Proof: "EMS"}}
}

var (
	acceptIt = record.Step{Action: record.Accept}
	orderIt  = record.Step{Action: record.Order}
	fixedIt  = record.Step{Action: record.Reinspect, Result: record.Fixed, Note: "已改", Inspectors: looked}
	failedIt = record.Step{Action: record.Reinspect, Result: record.NotFixed, Note: "未改", Inspectors: looked}
)

func ids(rows []store.LedgerRow) []record.ID {
	var out []record.ID
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestTheLedgerShowsWhatIsMostUrgentFirstAndNarrowsDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		f := toldFindings(t, s, 6)
		must(t, s, f[0], "2026-09-02", acceptIt, orderIt, served("2026-09-02"))          // due 14 September: the 12th is a Saturday
		must(t, s, f[1], "2026-09-01", acceptIt, orderIt, served("2026-09-01"))          // due 11 September
		must(t, s, f[2], "2026-09-02", acceptIt, orderIt)                                // not served
		must(t, s, f[3], "2026-09-02", acceptIt, orderIt, served("2026-09-02"), fixedIt) // closed
		for _, c := range []struct {
			why    string
			filter store.LedgerFilter
			want   []record.ID
		}{
			{"overdue on the 13th", store.LedgerFilter{OverdueOn: "2026-09-13"}, []record.ID{f[1]}},
			{"overdue on the 14th, the last day of the other", store.LedgerFilter{OverdueOn: "2026-09-14"}, []record.ID{f[1]}},
			{"overdue on the 15th", store.LedgerFilter{OverdueOn: "2026-09-15"}, []record.ID{f[1], f[0]}},
			{"due by the 14th", store.LedgerFilter{DueBy: "2026-09-14"}, []record.ID{f[1], f[0]}},
			{"closed", store.LedgerFilter{State: record.Closed}, []record.ID{f[3]}},
			{"of one organization", store.LedgerFilter{Organization: organization(2).ID}, []record.ID{f[2]}},
		} {
			got, err := s.Ledger(ctx, c.filter)
			if err != nil || !slices.Equal(ids(got), c.want) {
				t.Errorf("%s: got %v %v, want %v", c.why, ids(got), err, c.want)
			}
		}
		openRows, err := s.Ledger(ctx, store.LedgerFilter{Open: true})
		if err != nil || len(openRows) != 5 || openRows[0].ID != f[1] || openRows[1].ID != f[0] || openRows[2].Due != "" {
			t.Errorf("open: got %v %v; want five, those with a deadline first", ids(openRows), err)
		}
		if r := openRows[0]; r.Name != organization(1).Name || r.District != "松涧县" || r.Number != "PL-1" || r.USCC != organization(1).Code {
			t.Errorf("beside the finding: got %+v", r)
		}
		here, err := s.Ledger(ctx, store.LedgerFilter{District: "东湖区", Severity: record.Major})
		if err != nil || !slices.Equal(ids(here), []record.ID{f[0]}) {
			t.Errorf("district and severity: got %v %v, want %v", ids(here), err, f[0])
		}
		if d, err := s.Districts(ctx); err != nil || len(d) != 2 {
			t.Errorf("districts: got %v %v", d, err)
		}
		before := digest(t, s)
		if err := s.Rebuild(ctx); err != nil || digest(t, s) != before {
			t.Errorf("rebuild: other tables (%v)", err)
		}
	})
}

// Two laptops re-inspect the same finding offline and come to different
// results: nobody's is lost, and nothing goes on until a person settles it.
func TestTwoLaptopsThatDisagreeAboutAReinspectionLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b, server := open(), open(), open()
		f := toldFindings(t, a, 1)[0]
		must(t, a, f, "2026-09-02", acceptIt, orderIt, served("2026-09-02"))
		send(t, a, b)
		photo := record.Evidence{ID: "ev_after", Digest: record.HashOf([]byte("after")), Size: 5, Media: "image/jpeg", Small: record.HashOf([]byte("small")), SmallSize: 5}
		if err := do(a, f, "2026-09-20", fixedIt, photo); err != nil {
			t.Fatal(err)
		}
		must(t, b, f, "2026-09-21", failedIt, record.Step{Action: record.Propose, For: record.ForInterview, Note: "未改"})
		send(t, b, server)
		send(t, a, server)
		send(t, server, a)
		send(t, server, b)
		for n, s := range []*store.Store{a, b, server} {
			r, err := s.Rectification(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Steps) != 6 || !slices.Equal(r.Conflicts, []string{"state"}) || len(r.Proposals) != 1 || len(r.Evidence) != 1 {
				t.Errorf("store %d: %d steps, conflicts %v, %d proposals, %d photos", n, len(r.Steps), r.Conflicts, len(r.Proposals), len(r.Evidence))
			}
			if row, err := s.Ledger(ctx, store.LedgerFilter{}); err != nil || !row[0].Progress.Conflict {
				t.Errorf("store %d: the ledger does not show the conflict (%v)", n, err)
			}
			if files, err := s.FilesOf(ctx, r.Inspection); err != nil || len(files) != 2 {
				t.Errorf("store %d: %d files of the inspection (%v), want the photo of after and its small copy", n, len(files), err)
			}
			if err := do(s, f, "2026-09-22", record.Step{Action: record.Close, Note: "x"}); record.CodeOf(err) != record.Conflict {
				t.Errorf("store %d: going on over a conflict: got %v", n, err)
			}
			if digest(t, s) != digest(t, a) {
				t.Errorf("store %d has other tables", n)
			}
		}
		st, err := a.State(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Append(ctx, people()[1].ID, record.Change{Kind: record.Resolve, Record: f, Set: map[string]any{"state": record.Failed},
			Base: map[string][]record.Hash{"state": st.Versions("state")}, Reason: "以21日复查为准"})
		if err != nil {
			t.Fatal(err)
		}
		must(t, a, f, "2026-09-23", record.Step{Action: record.Propose, For: record.ForCreditList, Note: "逾期"})
	})
}

// Two laptops take steps on the same findings at random, with and without
// having seen each other's; entries travel in random pieces. In the end all
// hold the same, no step is lost, and whatever disagrees is in a list.
func TestStepsOfTwoLaptopsInterleaveAnyhowAndNoneIsLost(t *testing.T) {
	steps := []record.Step{acceptIt, {Action: record.Object, Note: "不同意"}, {Action: record.Reply, Result: record.Dismissed, Note: "驳回"}, orderIt, orderIt,
		served("2026-09-02"), served("2026-09-03"), {Action: record.Remind, Whom: "李明", Way: "电话"},
		{Action: record.Extend, Term: &record.Term{N: 30, Unit: record.WorkingDays}, Note: "停业", Second: people()[1].ID},
		{Action: record.Report, Note: "已改"}, fixedIt, failedIt,
		{Action: record.Reinspect, Result: record.FixedPart, Note: "部分", Inspectors: looked, Term: &record.Term{N: 5, Unit: record.CalendarDays}},
		{Action: record.Propose, For: record.ForCase, Note: "拒不改正"}, {Action: record.Void, Note: "重复", Second: people()[1].ID}}
	// The same three all the time, with new findings: to open a store takes longer
	// than all that is done with it here.
	stores := make([]*store.Store, 3)
	for i := range stores {
		stores[i] = storetest.SQLite(t, t.TempDir())
	}
	rapid.Check(t, func(t *rapid.T) {
		f := toldFindings(t, stores[0], 2)
		carry(t, stores[0], stores[1], 1000, nil)
		done := map[record.ID]int{}
		for n := range rapid.IntRange(3, 18).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "carry") == 0 {
				carry(t, stores[rapid.IntRange(0, 2).Draw(t, "from")], stores[rapid.IntRange(0, 2).Draw(t, "to")], rapid.IntRange(1, 4).Draw(t, "piece"), nil)
			}
			id := rapid.SampledFrom(f).Draw(t, "finding")
			s := stores[rapid.IntRange(0, 1).Draw(t, "laptop")]
			today := []string{"2026-09-05", "2026-10-10"}[min(1, n/6)]
			x := rapid.SampledFrom(steps).Draw(t, "step")
			switch err := do(s, id, today, x); {
			case err == nil:
				done[id]++
			case record.CodeOf(err) == "":
				t.Fatal(err)
			}
			if rapid.IntRange(0, 7).Draw(t, "settle") == 0 {
				settle(t, s, id)
			}
		}
		for range 3 {
			for _, from := range stores {
				for _, to := range stores {
					carry(t, from, to, 1000, nil)
				}
			}
		}
		for n, s := range stores {
			for _, id := range f {
				r, err := s.Rectification(ctx, id)
				check(t, err)
				if first, err := stores[0].Rectification(ctx, id); err != nil || !reflect.DeepEqual(r, first) {
					t.Fatalf("store %d has another finding (%v):\n%+v\n%+v", n, err, r, first)
				}
				if len(r.Steps) != done[id] {
					t.Fatalf("%d steps were taken on %s, store %d has %d", done[id], id, n, len(r.Steps))
				}
				if r.Due != "" && r.Served() == nil && len(r.Conflicts) == 0 {
					t.Fatalf("due %s without service", r.Due)
				}
			}
		}
		// Whatever disagrees can be settled, and then work goes on.
		for _, id := range f {
			settle(t, stores[0], id)
			r, err := stores[0].Rectification(ctx, id)
			check(t, err)
			if len(r.Conflicts) > 0 {
				t.Fatalf("after settling: %v", r.Conflicts)
			}
		}
	})
	for _, s := range stores[1:] {
		send(t, stores[0], s)
	}
	for n, s := range stores {
		before := dump(s)
		if first := dump(stores[0]); before != first {
			t.Errorf("store %d has other tables:\n%s", n, storetest.Difference(first, before))
		}
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if after := dump(s); after != before {
			t.Errorf("store %d: rebuild gives other tables:\n%s", n, storetest.Difference(before, after))
		}
	}
}

// settle takes the shown value of whatever is in conflict.
func settle(t *rapid.T, s *store.Store, id record.ID) {
	r, err := s.Rectification(ctx, id)
	if record.CodeOf(err) == record.NotFound {
		return
	}
	check(t, err)
	st, err := s.State(ctx, id)
	check(t, err)
	for _, path := range r.Conflicts {
		w, _ := st[path].Shown("")
		_, err := s.Append(ctx, people()[1].ID, record.Change{Kind: record.Resolve, Record: id, Set: map[string]any{path: json.RawMessage(w.Value)},
			Base: map[string][]record.Hash{path: st.Versions(path)}, Reason: "核对"})
		check(t, err)
	}
}

func TestACalendarYearIsEverybodysAndOneUnderAnotherNameIsNobodys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b := open(), open()
		y := record.CalendarYear{Year: 2027, Source: record.Text{Chinese: "通知"}, Confidence: record.Verified, Off: []record.CalendarDay{{Date: "2027-01-01"}}}
		write := func(s *store.Store, c record.Change, err error) {
			t.Helper()
			if err == nil {
				_, err = s.Append(ctx, people()[0].ID, c)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		c, err := y.Change(nil)
		write(a, c, err)
		l := record.Limit{Name: record.LimitObjection, N: 3, Unit: record.WorkingDays, Source: record.Text{Chinese: "本机关规定"}}
		c, err = l.Change(nil)
		write(a, c, err)
		astray := y
		astray.Year, astray.Off = 2028, []record.CalendarDay{{Date: "2028-01-01"}}
		c, err = astray.Change(nil)
		c.Record = record.CalendarID(2029)
		write(a, c, err)
		send(t, a, b)
		for n, s := range []*store.Store{a, b} {
			years, err := s.CalendarYears(ctx)
			if err != nil || len(years) != 1 || years[0].Year != 2027 {
				t.Errorf("store %d: got %+v %v, want 2027 alone", n, years, err)
			}
			limits, err := s.TimeLimits(ctx)
			if err != nil || len(limits) != 1 || limits[0].N != 3 {
				t.Errorf("store %d: got %+v %v", n, limits, err)
			}
		}
		// A colleague's change that nobody saw, and another one here: both stay.
		for s, day := range map[*store.Store]string{a: "2027-01-02", b: "2027-01-03"} {
			st, err := s.State(ctx, record.CalendarID(2027))
			if err != nil {
				t.Fatal(err)
			}
			z := y
			z.Off = append(slices.Clone(y.Off), record.CalendarDay{Date: day})
			c, err := z.Change(st)
			write(s, c, err)
		}
		send(t, a, b)
		send(t, b, a)
		for n, s := range []*store.Store{a, b} {
			list, err := s.Conflicts(ctx)
			if err != nil || len(list) != 1 || list[0].Record != record.CalendarID(2027) {
				t.Errorf("store %d: conflicts %+v %v, want the year", n, list, err)
			}
		}
		if digest(t, a) != digest(t, b) {
			t.Error("the two differ")
		}
		before := digest(t, a)
		if err := a.Rebuild(ctx); err != nil || digest(t, a) != before {
			t.Errorf("rebuild: other tables (%v)", err)
		}
	})
}
