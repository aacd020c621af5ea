package store_test

import (
	"encoding/json"
	"testing"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

// A plan and its draw live in the journal; the list follows, in both databases,
// and a rebuild gives the same.
func TestAPlanIsListedAndRebuilt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		terms := record.PlanTerms{Title: "年度抽查\x00", Year: 2027, Kind: record.IrregularPlan, Share: record.Share{Points: 100},
			Checklists: []string{"x"}, VisitsFrom: "2027-04-01", VisitsTo: "2027-09-30", Team: 2}
		by := func(who record.ID) record.PlanStep {
			return record.PlanStep{By: who, Name: string(who), At: "2027-03-01T09:00:00+08:00", Witness: "监督人"}
		}
		id, changes, err := record.NewPlan(terms, by("author"))
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, changes)
		for _, act := range []func(record.Plan) ([]record.Change, error){
			func(p record.Plan) ([]record.Change, error) { return p.Approve(by("head")) },
			func(p record.Plan) ([]record.Change, error) {
				return p.Freeze(by("operator"), json.RawMessage(`{"v":1}`), "aaaa", []record.LeftOff{{Person: "head", Name: "head", Reason: "批准"}})
			},
			func(p record.Plan) ([]record.Change, error) {
				return p.Draw(by("operator"), record.Lot{Secret: "s", Values: []string{"4711"}})
			},
		} {
			p, err := s.Plan(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if changes, err = act(p); err != nil {
				t.Fatal(err)
			}
			keep(t, s, changes)
		}
		p, err := s.Plan(ctx, id)
		if err != nil || p.State != record.PlanDrawn || p.Lot == nil || string(p.Prepared) != `{"v":1}` || p.LeftOff[0].Reason != "批准" {
			t.Errorf("got plan %+v, %v", p, err)
		}
		all, err := s.Plans(ctx)
		if err != nil || len(all) != 1 || all[0].ID != id || all[0].State != record.PlanDrawn || all[0].Code != "aaaa" {
			t.Errorf("got plans %+v, %v", all, err)
		}
		before, err := s.Digest(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if after, err := s.Digest(ctx); err != nil || after != before {
			t.Errorf("a rebuild gives %s, %v, want %s", after, err, before)
		}
		if _, err := s.Plan(ctx, "plan_none"); record.CodeOf(err) != record.NotFound {
			t.Errorf("a plan nobody made: got %v", err)
		}
	})
}

func TestARecusalIsPartOfThePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if _, err := s.RegisterInspectors(ctx, "", people()); err != nil {
			t.Fatal(err)
		}
		who := record.InspectorID(people()[0].Certificate)
		for _, reason := range []string{"曾任理事", "曾任理事", ""} {
			st, err := s.State(ctx, who)
			if err != nil {
				t.Fatal(err)
			}
			keep(t, s, record.Recuse(who, "org_a", reason, st))
			p, err := s.Person(ctx, who)
			if got, stands := p.Recusals["org_a"]; err != nil || got != reason || stands != (reason != "") {
				t.Errorf("got %q, %v, %v, want %q", got, stands, err, reason)
			}
		}
	})
}
