package record_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

// given makes roles as if an administrator gave them at time 10.
func given(pairs ...any) record.Roles {
	r := record.Roles{}
	for n := 0; n < len(pairs); n += 2 {
		person := record.ID(pairs[n].(string))
		if r[person] == nil {
			r[person] = map[record.Role]record.RoleGrant{}
		}
		r[person][pairs[n+1].(record.Role)] = record.RoleGrant{Authority: "440100", By: "root", At: 10}
	}
	return r
}

func bodySet(path string, v any) map[string]json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return map[string]json.RawMessage{path: b}
}

func TestARoleBindsOnceSomebodyHoldsIt(t *testing.T) {
	approve := bodySet("steps/1", record.ProcedureStep{Act: record.ApproveVisit, By: "a"})
	for _, c := range []struct {
		name  string
		roles record.Roles
		actor record.ID
		id    record.ID
		set   map[string]json.RawMessage
		at    int64
		want  string
	}{
		{"no roles given", record.Roles{}, "a", "proc_1", approve, 20, ""},
		{"nobody is approver", given("r", record.Reviewer), "a", "proc_1", approve, 20, ""},
		{"somebody else is", given("b", record.Approver), "a", "proc_1", approve, 20, "role.needed"},
		{"before it was given", given("b", record.Approver), "a", "proc_1", approve, 9, ""},
		{"the approver", given("a", record.Approver), "a", "proc_1", approve, 20, ""},
		{"asking is for everybody", given("b", record.Approver), "a", "proc_1", bodySet("steps/1", record.ProcedureStep{Act: record.AskApproval}), 20, ""},
		{"confirming is the reviewer's", given("b", record.Reviewer), "a", "proc_1", bodySet("steps/1", record.ProcedureStep{Act: record.ConfirmVisit}), 20, "role.needed"},
		{"publishing is the publisher's", given("b", record.Publisher), "a", "proc_1", bodySet("steps/1", record.ProcedureStep{Act: record.PublishResult}), 20, "role.needed"},
		{"a plan is drafted by a planner", given("b", record.Planner), "a", "plan_1", bodySet("steps/draft", record.PlanStep{}), 20, "role.needed"},
		{"drawn by an operator", given("b", record.DrawOperator), "a", "plan_1", bodySet("steps/drawn", record.PlanStep{}), 20, "role.needed"},
		{"a document issued by an approver", given("b", record.Approver), "a", "paper_1", bodySet("steps/issued", record.DocumentStep{}), 20, "role.needed"},
		{"sent back", given("b", record.Reviewer), "a", "paper_1", map[string]json.RawMessage{"steps/reviewed": json.RawMessage("null")}, 20, ""},
		{"an objection answered by a reviewer", given("b", record.Reviewer), "a", "find_1", bodySet("steps/1", record.Step{Action: record.Reply}), 20, "role.needed"},
		{"a law approved by a reviewer", given("b", record.Reviewer), "a", "law_1", bodySet("approved", record.LawStep{}), 20, "role.needed"},
		{"an administrator answers", given("a", record.Administrator), "a", "insp_1", bodySet("items/k/value", "conform"), 20, "role.admin_no_case"},
		{"an administrator signs", given("a", record.Administrator), "a", "insp_1", bodySet("signatures/a", 1), 20, "role.admin_no_case"},
		{"an administrator approves a destruction", given("a", record.Administrator), "a", "destr_1", bodySet("approval", 1), 20, "role.admin_no_case"},
		{"an administrator enters a holiday", given("a", record.Administrator), "a", "cal_1", bodySet("year", 1), 20, ""},
		{"an auditor writes", given("a", record.Auditor), "a", "cal_1", bodySet("year", 1), 20, "role.auditor_reads"},
		{"somebody gives roles", given("b", record.Administrator), "a", "person_1", bodySet("roles/approver", record.RoleGrant{}), 20, "role.needed"},
		{"an administrator to themselves", given("a", record.Administrator), "a", "a", bodySet("roles/approver", record.RoleGrant{}), 20, "role.self"},
		{"the program itself", given("b", record.Approver), "", "proc_1", approve, 20, ""},
	} {
		got := ""
		if no := c.roles.May(c.actor, c.id, c.set, c.at); no != nil {
			got = no.Message
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if r := given("b", record.Approver).Of("110000"); len(r) != 0 {
		t.Errorf("a neighbour's roles bind here: %v", r)
	}
}

// Whoever gives and takes roles in whatever order: once there is an administrator
// there always is one, and nobody gave anything to themselves.
func TestThereIsAlwaysAnAdministratorLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := []record.ID{"person_a", "person_b", "person_c"}
		papers := map[record.ID]*paper{}
		for _, p := range people {
			papers[p] = &paper{id: p, state: record.State{}}
		}
		started := false
		for now := int64(1); now < 40; now++ {
			roles := record.Roles{}
			for _, p := range people {
				roles[p] = record.InspectorOf(p, papers[p].state).Roles
			}
			who, by := rapid.SampledFrom(people).Draw(t, "who"), rapid.SampledFrom(people).Draw(t, "by")
			role := rapid.SampledFrom([]record.Role{record.Administrator, record.Administrator, record.Approver}).Draw(t, "role")
			var c record.Change
			var err error
			if rapid.Bool().Draw(t, "give") {
				c, err = roles.GiveRole("440100", who, role, papers[who].state, by, string(by), now)
			} else {
				c, err = roles.EndRole(who, role, papers[who].state, by, string(by), now)
			}
			if err != nil {
				continue
			}
			set := map[string]json.RawMessage{}
			for p, v := range c.Set {
				set[p], _ = json.Marshal(v)
			}
			if no := roles.May(by, who, set, now); no != nil {
				continue
			}
			if started && who == by {
				t.Fatal("somebody changed a role of their own")
			}
			papers[who].keep(t, []record.Change{c})
			roles[who] = record.InspectorOf(who, papers[who].state).Roles
			started = started || roles.Holders(record.Administrator, now) > 0
			if started && roles.Holders(record.Administrator, now) == 0 {
				t.Fatal(fmt.Sprint("no administrator is left: ", roles))
			}
		}
	})
}
