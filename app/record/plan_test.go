package record_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

func yearly() record.PlanTerms {
	return record.PlanTerms{Title: "云溪市2026年度定期抽查", Year: 2026, Kind: record.RegularPlan, Level: "city",
		Share: record.Share{Points: 400}, Least: record.Share{Points: 400}, Active: []string{"", "正常"}, SinceYears: 3,
		Checklists: []string{"cn.spot.social-group"}, VisitsFrom: "2026-04-01", VisitsTo: "2026-09-30", Team: 2}
}

func acts(by record.ID) record.PlanStep {
	return record.PlanStep{By: by, Name: string(by), At: "2026-03-01T09:00:00+08:00", Witness: "监督人", Note: "理由"}
}

// do lets a person do one thing to a plan.
func do(p record.Plan, act record.PlanAct, by record.PlanStep) ([]record.Change, error) {
	switch act {
	case record.ApprovePlan:
		return p.Approve(by)
	case record.FreezePlan:
		return p.Freeze(by, json.RawMessage(`{"v":1}`), "aaaa-bbbb", nil)
	case record.DrawPlan:
		return p.Draw(by, record.Lot{Secret: "s", Values: []string{"4711"}})
	case record.ImportDraw:
		return p.Import(by, record.ForeignDraw{Platform: "省平台", Reference: "12", Visits: []record.DrawnVisit{{Organization: "org_a", Team: []record.ID{"person_x", "person_y"}}}})
	case record.PublishPlan:
		return p.Publish(by)
	}
	return p.Cancel(by)
}

// paper is a plan whose state follows from the changes made to it.
type paper struct {
	id    record.ID
	state record.State
	n     int
}

func (x *paper) keep(t interface{ Fatal(...any) }, changes []record.Change) {
	for _, c := range changes {
		x.n++
		entry := record.HashOf([]byte(fmt.Sprint(x.n)))
		for path, v := range c.Set {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			x.state.Write(path, record.Write{Entry: entry, Value: b, Base: c.Base[path], Root: c.Kind == record.Create})
		}
	}
}

func (x *paper) plan(t interface{ Fatal(...any) }) record.Plan {
	p, ok := record.PlanOf(x.id, x.state)
	if !ok {
		t.Fatal("the state holds no plan")
	}
	return p
}

func drafted(t interface{ Fatal(...any) }) *paper {
	id, changes, err := record.NewPlan(yearly(), acts("author"))
	if err != nil {
		t.Fatal(err)
	}
	x := &paper{id: id, state: record.State{}}
	x.keep(t, changes)
	return x
}

// at brings a plan to a state the usual way.
func at(t *testing.T, want record.PlanState) *paper {
	t.Helper()
	x := drafted(t)
	way := map[record.PlanState][]record.PlanAct{
		record.PlanApproved: {record.ApprovePlan}, record.PlanFrozen: {record.ApprovePlan, record.FreezePlan},
		record.PlanDrawn:     {record.ApprovePlan, record.FreezePlan, record.DrawPlan},
		record.PlanPublished: {record.ApprovePlan, record.FreezePlan, record.DrawPlan, record.PublishPlan},
		record.PlanCancelled: {record.CancelPlan},
	}[want]
	hands := map[record.PlanAct]record.ID{record.ApprovePlan: "head", record.FreezePlan: "operator", record.DrawPlan: "operator", record.PublishPlan: "publisher", record.CancelPlan: "author"}
	for _, act := range way {
		changes, err := do(x.plan(t), act, acts(hands[act]))
		if err != nil {
			t.Fatalf("%s on the way to %s: %v", act, want, err)
		}
		x.keep(t, changes)
	}
	if got := x.plan(t).State; got != want {
		t.Fatalf("got a plan that is %q, want %q", got, want)
	}
	return x
}

// Every state, every act, every person who had a part in it: allowed, or refused
// with the sentence that says why.
func TestAPlanGoesItsWayAndNobodyDoesTwoDuties(t *testing.T) {
	const step, own, operator, publisher = "plan.wrong_step", "plan.own_plan", "plan.operator_approved", "plan.own_publication"
	type key struct {
		state record.PlanState
		act   record.PlanAct
		by    record.ID
	}
	want := map[key]string{} // what is not here is a wrong step
	for _, by := range []record.ID{"author", "head", "operator", "publisher", "stranger"} {
		allow := func(s record.PlanState, a record.PlanAct, but record.ID, message string) {
			want[key{s, a, by}] = ""
			if by == but {
				want[key{s, a, by}] = message
			}
		}
		allow(record.PlanDrafted, record.ApprovePlan, "author", own)
		allow(record.PlanApproved, record.FreezePlan, "head", operator)
		allow(record.PlanApproved, record.ImportDraw, "head", operator)
		allow(record.PlanFrozen, record.DrawPlan, "head", operator)
		allow(record.PlanDrawn, record.PublishPlan, "author", publisher)
		for _, s := range []record.PlanState{record.PlanDrafted, record.PlanApproved, record.PlanFrozen} {
			allow(s, record.CancelPlan, "", "")
		}
	}
	for _, state := range record.PlanStates {
		for _, act := range record.PlanActs {
			for _, by := range []record.ID{"author", "head", "operator", "publisher", "stranger"} {
				message, told := want[key{state, act, by}]
				if !told {
					message = step
				}
				_, err := do(at(t, state).plan(t), act, acts(by))
				if got := messageOf(err); got != message {
					t.Errorf("%s by %s on a plan that is %s: got %q, want %q", act, by, state, got, message)
				}
			}
		}
	}
}

func messageOf(err error) string {
	if e, ok := err.(*record.Error); ok {
		return e.Message
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestWhatAPlanAsksForBesidesTheRightPerson(t *testing.T) {
	nobody, alone, self, silent := acts(""), acts("operator"), acts("operator"), acts("author")
	alone.Witness, self.Witness, silent.Note = " ", self.Name, " "
	twice := record.ForeignDraw{Platform: "p", Reference: "1", Visits: []record.DrawnVisit{{Organization: "o"}, {Organization: "o"}}}
	approver := record.ForeignDraw{Platform: "p", Reference: "1", Visits: []record.DrawnVisit{{Organization: "o", Team: []record.ID{"x", "head"}}}}
	for _, c := range []struct {
		want string
		got  func() ([]record.Change, error)
	}{
		{"plan.by_needed", func() ([]record.Change, error) { return at(t, record.PlanDrafted).plan(t).Approve(nobody) }},
		{"plan.witness_needed", func() ([]record.Change, error) { return at(t, record.PlanFrozen).plan(t).Draw(alone, record.Lot{}) }},
		{"plan.witness_needed", func() ([]record.Change, error) { return at(t, record.PlanFrozen).plan(t).Draw(self, record.Lot{}) }},
		{"evidence.reason_needed", func() ([]record.Change, error) { return at(t, record.PlanFrozen).plan(t).Cancel(silent) }},
		{"plan.platform_needed", func() ([]record.Change, error) {
			return at(t, record.PlanApproved).plan(t).Import(acts("operator"), record.ForeignDraw{Platform: "p"})
		}},
		{"plan.foreign_empty", func() ([]record.Change, error) {
			return at(t, record.PlanApproved).plan(t).Import(acts("operator"), record.ForeignDraw{Platform: "p", Reference: "1"})
		}},
		{"plan.foreign_twice", func() ([]record.Change, error) {
			return at(t, record.PlanApproved).plan(t).Import(acts("operator"), twice)
		}},
		{"plan.approver_in_team", func() ([]record.Change, error) {
			return at(t, record.PlanApproved).plan(t).Import(acts("operator"), approver)
		}},
	} {
		if _, err := c.got(); messageOf(err) != c.want {
			t.Errorf("got %q, want %q", messageOf(err), c.want)
		}
	}
}

// Whatever people try in whatever order, duties stay parted and a plan whose lot
// fell never becomes one that did not.
func TestNoSequenceOfActsJoinsDuties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, fell := drafted(t), false
		for range rapid.IntRange(1, 25).Draw(t, "acts") {
			act := rapid.SampledFrom(record.PlanActs).Draw(t, "act")
			by := rapid.SampledFrom([]record.ID{"author", "b", "c", "d"}).Draw(t, "by")
			if changes, err := do(x.plan(t), act, acts(by)); err == nil {
				x.keep(t, changes)
			}
			p := x.plan(t)
			fell = fell || p.Steps[record.PlanDrawn].By != ""
			author, head := p.Steps[record.PlanDrafted].By, p.Steps[record.PlanApproved].By
			switch {
			case head == author, head != "" && (p.Steps[record.PlanFrozen].By == head || p.Steps[record.PlanDrawn].By == head), p.Steps[record.PlanPublished].By == author:
				t.Fatalf("one person had two duties: %v", p.Steps)
			case fell && p.State != record.PlanDrawn && p.State != record.PlanPublished:
				t.Fatalf("the lot fell and the plan is %q", p.State)
			case len(x.state.Conflicts()) > 0:
				t.Fatalf("conflicts at %v", x.state.Conflicts())
			}
		}
	})
}

func TestAShareBelowTheLeastNeedsItsRule(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*record.PlanTerms)
	}{
		{"", func(*record.PlanTerms) {}},
		{"plan.share_low", func(p *record.PlanTerms) { p.Share.Points = 399 }},
		{"", func(p *record.PlanTerms) {
			p.Share = record.Share{Points: 300, Source: record.Text{Chinese: "市局规定"}}
		}},
		{"", func(p *record.PlanTerms) { p.Kind, p.Share.Points = record.IrregularPlan, 100 }},
		{"plan.level_unknown", func(p *record.PlanTerms) { p.Least = record.Share{} }},
		{"plan.share", func(p *record.PlanTerms) { p.Share.Points = 10_001 }},
		{"plan.share", func(p *record.PlanTerms) { p.Shares = map[string]int{"基金会": 0} }},
		{"plan.kind_unknown", func(p *record.PlanTerms) { p.Kind = "weekly" }},
		{"plan.title_needed", func(p *record.PlanTerms) { p.Title = " " }},
		{"plan.visits", func(p *record.PlanTerms) { p.VisitsTo = "2026-03-31" }},
		{"plan.visits", func(p *record.PlanTerms) { p.VisitsFrom = "April" }},
		{"plan.checklist_needed", func(p *record.PlanTerms) { p.Checklists = nil }},
		{"plan.strata", func(p *record.PlanTerms) { p.Strata = []string{"kind", "colour"} }},
		{"plan.strata", func(p *record.PlanTerms) { p.Strata = []string{"kind", "kind"} }},
		{"plan.cap", func(p *record.PlanTerms) { p.Cap = -1 }},
		{"inspection.two_inspectors", func(p *record.PlanTerms) { p.Team = 1 }},
	} {
		terms := yearly()
		c.change(&terms)
		if _, _, err := record.NewPlan(terms, acts("author")); messageOf(err) != c.want {
			t.Errorf("got %q, want %q", messageOf(err), c.want)
		}
	}
}

func TestQuotasReachTheShareAndEachStratumGetsItsPart(t *testing.T) {
	terms := yearly()
	terms.Shares = map[string]int{"红": 5000}
	got, err := terms.Quotas([]record.StratumCount{{"甲", 300, 300}, {"乙", 110, 100}, {"丙", 15, 15}, {"红", 7, 6}})
	// 425 × 4 % = 17: 12 + 4 + 0 whole, and one for the largest remainder, 0.6 of 丙.
	if want := []int{12, 4, 1, 4}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := terms.Quotas([]record.StratumCount{{"红", 7, 3}}); messageOf(err) != "plan.too_few" {
		t.Errorf("a quota above what can be drawn: got %v", err)
	}
	if _, err := terms.Quotas([]record.StratumCount{{"甲", 7, 7}}); messageOf(err) != "plan.stratum_unknown" {
		t.Errorf("a share for a stratum that nobody is in: got %v", err)
	}
}

func TestQuotasNeverFallShortOfTheLeastShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := yearly()
		terms.Share.Points = rapid.IntRange(1, 10_000).Draw(t, "share")
		var counts []record.StratumCount
		registered, able := 0, 0
		for n := range rapid.IntRange(1, 12).Draw(t, "strata") {
			c := record.StratumCount{Name: fmt.Sprint(n), Registered: rapid.IntRange(0, 400).Draw(t, "registered")}
			c.Able = rapid.IntRange(0, c.Registered).Draw(t, "able")
			counts, registered, able = append(counts, c), registered+c.Registered, able+c.Able
		}
		want := (registered*terms.Share.Points + 9_999) / 10_000
		got, err := terms.Quotas(counts)
		if able < want {
			if messageOf(err) != "plan.too_few" {
				t.Fatalf("%d of %d can be drawn, %d wanted: got %v, %v", able, registered, want, got, err)
			}
			return
		}
		sum := 0
		for n, q := range got {
			if sum += q; q > counts[n].Able {
				t.Fatalf("stratum %d: %d of %d", n, q, counts[n].Able)
			}
		}
		if err != nil || sum != want {
			t.Fatalf("got %d, %v, want %d", sum, err, want)
		}
	})
}

func TestWhoCanBeDrawn(t *testing.T) {
	terms := yearly()
	terms.Cap, terms.Strata = 1, []string{record.ByKind, record.ByDistrict, record.ByRisk, record.BySince}
	terms.Kinds, terms.Districts = []record.OrganizationKind{record.Foundation}, []string{"东湖区"}
	o := record.Organization{Kind: record.Foundation, District: "东湖区", Status: "正常"}
	word := func(key string) string { return "<" + key + ">" }
	for _, c := range []struct {
		name    string
		change  func(*record.Organization)
		past    record.Past
		served  bool
		covers  bool
		reason  string
		counts  bool
		stratum string
	}{
		{"never inspected", func(*record.Organization) {}, record.Past{}, true, true, "", true, "<kind.foundation> / 东湖区 / <plan.stratum.none> / <plan.stratum.long_ago>"},
		{"inspected last year", func(o *record.Organization) { o.Extra = map[string]string{record.RiskHeading: " 红\t色 "} }, record.Past{Last: "2025-05-01"}, true, true, "", true, "<kind.foundation> / 东湖区 / 红 色 / <plan.stratum.recent>"},
		{"inspected three years ago to the day", func(*record.Organization) {}, record.Past{Last: "2023-04-01"}, true, true, "", true, "<kind.foundation> / 东湖区 / <plan.stratum.none> / <plan.stratum.recent>"},
		{"the day before that", func(*record.Organization) {}, record.Past{Last: "2023-03-31"}, true, true, "", true, "<kind.foundation> / 东湖区 / <plan.stratum.none> / <plan.stratum.long_ago>"},
		{"dissolved", func(o *record.Organization) { o.Status = "注销" }, record.Past{}, true, true, "plan.excluded.status", false, ""},
		{"at its cap", func(*record.Organization) {}, record.Past{Times: 1}, true, true, "plan.excluded.cap", true, ""},
		{"no checklist", func(*record.Organization) {}, record.Past{}, false, true, "plan.excluded.checklist", true, ""},
		{"another kind", func(o *record.Organization) { o.Kind = record.SocialGroup }, record.Past{}, true, false, "", true, ""},
		{"another district", func(o *record.Organization) { o.District = "西山区" }, record.Past{}, true, false, "", true, ""},
	} {
		x := o
		c.change(&x)
		reason, counts := terms.Excluded(x, c.past, c.served)
		if terms.Covers(x) != c.covers || reason != c.reason || counts != c.counts {
			t.Errorf("%s: got covered %v, %q, registered %v", c.name, terms.Covers(x), reason, counts)
		}
		if got := terms.Stratum(x, c.past, word); c.stratum != "" && got != c.stratum {
			t.Errorf("%s: got stratum %q, want %q", c.name, got, c.stratum)
		}
	}
}
