package record_test

import (
	"testing"
	"time"

	"plumbline/app/record"
)

// planned is an inspection that a plan drew, as the journal gives it back.
func planned(t *testing.T) *paper {
	t.Helper()
	p := at(t, record.PlanDrawn).plan(t)
	team := []record.Inspector{{ID: "person_a", Name: "甲", Certificate: "1"}, {ID: "person_b", Name: "乙", Certificate: "2"}}
	changes, err := p.Inspection(record.Organization{ID: "org_a", Name: "协会"}, record.ChecklistRef{ID: "x"}, team)
	if err != nil {
		t.Fatal(err)
	}
	x := &paper{id: changes[0].Record, state: record.State{}}
	x.keep(t, changes)
	if i := record.InspectionOf(x.id, x.state); i.Plan != p.ID || i.ID != record.DrawnID(p.ID, "org_a") || i.Kind != "random_regular" || i.PlannedOn != "2026-04-01" {
		t.Fatalf("got inspection %s of plan %q, kind %q, on %s", i.ID, i.Plan, i.Kind, i.PlannedOn)
	}
	return x
}

func TestWhoeverTakesTheLeadersPlaceLeads(t *testing.T) {
	x := planned(t)
	next := record.Inspector{ID: "person_c", Name: "丙", Certificate: "3", ValidTo: "2026-12-31"}
	changes, err := record.InspectionOf(x.id, x.state).Relieve("person_a", next, "病假")
	if err != nil {
		t.Fatal(err)
	}
	x.keep(t, changes)
	i := record.InspectionOf(x.id, x.state)
	if len(i.Team) != 2 || i.Role("person_c") != record.RoleLeader || i.Role("person_a") != "" || i.Role("person_b") != record.RoleInspector {
		t.Errorf("got team %+v", i.Team)
	}
	expired := next
	expired.ID, expired.ValidTo = "person_d", "2026-03-31"
	for _, c := range []struct {
		want   string
		gone   record.ID
		in     record.Inspector
		reason string
	}{
		{"evidence.reason_needed", "person_b", expired, " "},
		{"inspection.not_in_team", "person_a", expired, "病假"},
		{"inspection.inspector_twice", "person_b", next, "病假"},
		{"inspection.certificate_expired", "person_b", expired, "病假"},
	} {
		if _, err := i.Relieve(c.gone, c.in, c.reason); messageOf(err) != c.want {
			t.Errorf("got %q, want %q", messageOf(err), c.want)
		}
	}
}

func TestAnInspectionThatBeganIsCarriedThrough(t *testing.T) {
	x := planned(t)
	i := record.InspectionOf(x.id, x.state)
	if _, err := i.Cancel(""); messageOf(err) != "evidence.reason_needed" {
		t.Errorf("without a reason: got %v", err)
	}
	cancelled := planned(t)
	changes, err := i.Cancel("已注销")
	if err != nil || changes[0].Reason != "已注销" {
		t.Fatalf("got %+v, %v", changes, err)
	}
	cancelled.keep(t, changes)
	if _, err := record.InspectionOf(x.id, cancelled.state).Begin(time.Now()); messageOf(err) != "inspection.cancelled" {
		t.Errorf("a cancelled one began: got %v", err)
	}
	if changes, err = i.Begin(time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	x.keep(t, changes)
	i = record.InspectionOf(x.id, x.state)
	if _, err := i.Cancel("不想查了"); messageOf(err) != "inspection.begun" {
		t.Errorf("a begun one was cancelled: got %v", err)
	}
	if _, err := i.Relieve("person_a", record.Inspector{ID: "person_c"}, "病假"); messageOf(err) != "inspection.begun" {
		t.Errorf("the team of a begun one changed: got %v", err)
	}
}

func TestAReplacementNeedsADrawAReasonAndAnotherHandThanTheApprovers(t *testing.T) {
	for _, c := range []struct {
		want  string
		state record.PlanState
		by    record.ID
		why   string
	}{
		{"plan.not_drawn", record.PlanFrozen, "operator", "已注销"},
		{"plan.by_needed", record.PlanDrawn, "", "已注销"},
		{"plan.operator_approved", record.PlanDrawn, "head", "已注销"},
		{"evidence.reason_needed", record.PlanDrawn, "operator", " "},
		{"", record.PlanDrawn, "operator", "已注销"},
		{"", record.PlanPublished, "operator", "已注销"},
	} {
		x := at(t, c.state)
		changes, err := x.plan(t).Replace(record.Replacement{Organization: "org_a", Reason: c.why, Step: acts(c.by)})
		if messageOf(err) != c.want {
			t.Errorf("%s by %q: got %q, want %q", c.state, c.by, messageOf(err), c.want)
		}
		if x.keep(t, changes); c.want == "" && (len(x.plan(t).Replaced) != 1 || x.plan(t).State != c.state) {
			t.Errorf("got plan %+v", x.plan(t))
		}
	}
}

func TestNoPersonStandsAtTwoPartedSteps(t *testing.T) {
	steps := func(draft, approved, frozen, drawn, published record.ID) map[record.PlanState]record.PlanStep {
		return map[record.PlanState]record.PlanStep{record.PlanDrafted: acts(draft), record.PlanApproved: acts(approved),
			record.PlanFrozen: acts(frozen), record.PlanDrawn: acts(drawn), record.PlanPublished: acts(published)}
	}
	for _, c := range []struct {
		joined bool
		steps  map[record.PlanState]record.PlanStep
	}{
		{false, steps("a", "b", "c", "c", "d")}, {false, steps("a", "b", "a", "a", "b")}, {false, steps("", "", "", "", "")},
		{true, steps("a", "a", "c", "c", "d")}, {true, steps("a", "b", "b", "c", "d")}, {true, steps("a", "b", "c", "b", "d")}, {true, steps("a", "b", "c", "c", "a")},
	} {
		if who, joined := record.DutiesJoined(c.steps); joined != c.joined {
			t.Errorf("%v: got %q, %v, want %v", c.steps, who, joined, c.joined)
		}
	}
}
