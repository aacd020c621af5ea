package record_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

// office is an inspection with its procedure; what is done to it follows from the
// changes the rules give.
type office struct {
	procedure *paper
	visit     *paper
	sealed    bool
	onsite    bool
	findings  []record.Rectification
	approval  int // LimitApproval
	clock     time.Time
}

// The visit has a team of two and a photo of the door.
func newOffice(t *testing.T) *office {
	x := planned(t)
	photo := record.Evidence{ID: "ev_door", Digest: record.HashOf([]byte("door")), Media: "image/jpeg", AddedAt: "2026-04-01T09:00:00+08:00"}
	changes, err := record.InspectionOf(x.id, x.state).Attach(photo, false)
	if err != nil {
		t.Fatal(err)
	}
	x.keep(t, changes)
	return &office{procedure: &paper{id: record.ProcedureID(x.id), state: record.State{}}, visit: x, approval: 1, clock: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
}

func (o *office) view() record.Procedure { return record.ProcedureOf(o.visit.id, o.procedure.state) }

func (o *office) situation() record.Case {
	i := record.InspectionOf(o.visit.id, o.visit.state)
	if o.onsite {
		i.State = record.OnSite
	}
	if o.sealed {
		i.State, i.Sealed = record.SealedNow, &record.SealBody{}
	}
	limits := record.Limits{}
	for name, n := range map[string]int{record.LimitApproval: o.approval, record.LimitMailings: 15, record.LimitPublication: 20, record.LimitSupplement: 2,
		record.LimitObjection: 5, record.LimitReconsideration: 10, record.LimitLawsuit: 15} {
		limits[name] = record.Limit{Name: name, N: n, Unit: record.WorkingDays}
	}
	return record.Case{Inspection: i, Findings: o.findings, Setting: record.Setting{Today: o.clock.Format(time.DateOnly), Limits: limits}}
}

// full is an act with everything that it could need.
func (o *office) full(act record.ProcedureAct, by record.ID) record.ProcedureStep {
	c := o.situation()
	team := []record.ID{}
	for _, m := range c.Inspection.Team {
		team = append(team, m.Person)
	}
	x := record.ProcedureStep{Act: act, By: by, Name: string(by), At: o.clock.Format(time.RFC3339), Note: "理由", Number: "EMS1",
		Service: &record.ServiceProof{On: c.Setting.Today, Way: record.ServedDirect, Proof: "回证1", To: "张三"},
		Why:     record.NobodyFound, Evidence: []record.ID{"ev_door"}, Witness: "社区干部", Persons: team, Result: record.ResultOther,
		Gone: team[len(team)-1], In: &record.Inspector{ID: "person_new", Name: "新", Certificate: "9"},
		Kind: record.ByLawsuit, Look: record.LookAgrees, Body: "云溪区人民法院",
		Recording: &record.Recording{Name: "a.mp4", Digest: record.HashOf([]byte("a")), Device: "DSJ-1", Place: "三号柜"}}
	if act == record.DeclareInterest {
		x.Note = ""
	}
	if o.view().Ended() {
		x.Result = record.ResultUnreachable
	}
	return x
}

func (o *office) do(x record.ProcedureStep) error {
	changes, err := o.view().Act(x, o.situation())
	if err != nil {
		return err
	}
	for _, c := range changes {
		to := o.procedure
		if c.Record == o.visit.id {
			to = o.visit
		}
		to.keep(panics{}, []record.Change{c})
	}
	o.clock = o.clock.Add(time.Minute)
	return nil
}

type panics struct{}

func (panics) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// hands says who usually takes an act.
func hands(act record.ProcedureAct) record.ID {
	switch act {
	case record.DeclareInterest, record.InterruptVisit, record.ResumeVisit, record.EndVisit, record.SubmitVisit:
		return "person_a"
	case record.ApproveVisit, record.DeclineVisit, record.SupplementVisit, record.AllowReplacement, record.TurnDown:
		return "head"
	case record.ReturnVisit, record.ConfirmVisit:
		return "reviewer"
	case record.PublishResult, record.WithholdResult, record.WithdrawResult:
		return "publisher"
	}
	return "clerk"
}

func (o *office) take(t *testing.T, acts ...record.ProcedureAct) {
	t.Helper()
	for _, act := range acts {
		if act == record.SubmitVisit && !o.view().Ended() {
			o.onsite, o.sealed = true, true
		}
		if act == record.EndVisit { // the second letter goes out three weeks later
			o.clock = o.clock.AddDate(0, 0, 21)
			if err := o.do(o.full(record.MailVisit, "clerk")); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.do(o.full(act, hands(act))); err != nil {
			t.Fatalf("%s at %s: %v", act, o.view().Stage, err)
		}
	}
}

var approved = []record.ProcedureAct{record.AskApproval, record.ApproveVisit, record.DeclareInterest}

// ways bring a procedure to each stage.
var procedureWay = map[record.Stage][]record.ProcedureAct{
	record.StageNew:         nil,
	record.StageAsked:       {record.AskApproval},
	record.StageDeclined:    {record.AskApproval, record.DeclineVisit},
	record.StageApproved:    approved,
	record.StageUrgent:      {record.GoUrgent, record.DeclareInterest},
	record.StageNotified:    append(slices.Clone(approved), record.NotifyVisit),
	record.StageInterrupted: append(slices.Clone(approved), record.NotifyNobody, record.InterruptVisit),
	record.StageSubmitted:   append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit),
	record.StageReturned:    append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ReturnVisit),
	record.StageConfirmed:   append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ConfirmVisit),
	record.StageTold:        append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ConfirmVisit, record.TellResult),
	record.StagePublished:   append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ConfirmVisit, record.TellResult, record.PublishResult),
	record.StageWithheld:    append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ConfirmVisit, record.TellResult, record.WithholdResult),
	record.StageWithdrawn:   append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ConfirmVisit, record.TellResult, record.PublishResult, record.WithdrawResult),
	record.StageArchived:    append(slices.Clone(approved), record.NotifyVisit, record.SubmitVisit, record.ConfirmVisit, record.TellResult, record.PublishResult, record.ArchiveVisit),
}

func officeAt(t *testing.T, stage record.Stage) *office {
	t.Helper()
	o := newOffice(t)
	o.take(t, procedureWay[stage]...)
	if got := o.view().Stage; got != stage {
		t.Fatalf("got a procedure that is %q, want %q", got, stage)
	}
	return o
}

// Every stage, every act, everybody who could have a part: where it leads, or the
// sentence that says why not.
func TestAProcedureGoesItsWayAndNobodyDoesTwoDuties(t *testing.T) {
	const team, inside, own = "procedure.only_team", "procedure.on_the_visit", "procedure.own_request"
	type key struct {
		stage record.Stage
		act   record.ProcedureAct
	}
	leads := map[key]record.Stage{}
	why := map[key]string{} // what is in neither is a wrong stage
	both := func(act record.ProcedureAct, to record.Stage, at ...record.Stage) {
		for _, s := range at {
			leads[key{s, act}] = to
			if to == "" {
				leads[key{s, act}] = s
			}
		}
	}
	refused := func(act record.ProcedureAct, message string, at ...record.Stage) {
		for _, s := range at {
			why[key{s, act}] = message
		}
	}
	const (
		fresh, asked, declined, ok, urgent, notified, off = record.StageNew, record.StageAsked, record.StageDeclined, record.StageApproved, record.StageUrgent, record.StageNotified, record.StageInterrupted
		submitted, returned, confirmed, told              = record.StageSubmitted, record.StageReturned, record.StageConfirmed, record.StageTold
		published, withheld, withdrawn, archived          = record.StagePublished, record.StageWithheld, record.StageWithdrawn, record.StageArchived
	)
	sealed := []record.Stage{submitted, returned, confirmed, told, published, withheld, withdrawn}
	open := append([]record.Stage{fresh, asked, declined, ok, urgent, notified, off}, sealed...)
	before := []record.Stage{fresh, asked, ok, urgent, notified}
	both(record.AskApproval, asked, fresh, declined)
	both(record.ApproveVisit, ok, asked)
	both(record.DeclineVisit, declined, asked)
	both(record.GoUrgent, urgent, fresh, asked)
	refused(record.SupplementVisit, "procedure.not_urgent", open...)
	both(record.SupplementVisit, ok, urgent)
	both(record.DeclareInterest, "", before...)
	both(record.NotifyVisit, notified, ok, urgent)
	both(record.NotifyNobody, notified, ok, urgent)
	both(record.InterruptVisit, off, urgent, notified)
	refused(record.InterruptVisit, "procedure.not_approved", fresh, asked)
	refused(record.InterruptVisit, "procedure.not_notified", ok)
	both(record.MailVisit, "", off)
	both(record.ResumeVisit, notified, off)
	refused(record.EndVisit, "procedure.two_letters", off)
	refused(record.SubmitVisit, "procedure.not_sealed", before...)
	both(record.SubmitVisit, submitted, returned)
	both(record.ReturnVisit, returned, submitted)
	both(record.ConfirmVisit, confirmed, submitted)
	both(record.TellResult, told, confirmed)
	both(record.PublishResult, published, told, withdrawn)
	both(record.WithholdResult, withheld, told, withdrawn)
	both(record.WithdrawResult, withdrawn, published)
	both(record.ArchiveVisit, archived, published, withheld, withdrawn)
	both(record.AskReplacement, "", before...)
	refused(record.AllowReplacement, "procedure.nothing_asked", before...)
	refused(record.TurnDown, "procedure.nothing_asked", before...)
	both(record.ChallengeResult, "", told, published, withheld, withdrawn, archived)
	refused(record.AnswerChallenge, "procedure.no_challenge", told, published, withheld, withdrawn, archived)
	refused(record.EndChallenge, "procedure.no_challenge", told, published, withheld, withdrawn, archived)
	both(record.KeepRecording, "", open...)
	both(record.SecondLook, "", confirmed, told, published, withheld, withdrawn, archived)

	outside := []record.ProcedureAct{record.ApproveVisit, record.DeclineVisit, record.SupplementVisit, record.ReturnVisit, record.ConfirmVisit,
		record.PublishResult, record.WithholdResult, record.WithdrawResult, record.SecondLook}
	insideOnly := []record.ProcedureAct{record.DeclareInterest, record.InterruptVisit, record.ResumeVisit, record.SubmitVisit}
	for _, stage := range record.Stages {
		for _, act := range record.ProcedureActs {
			for _, by := range []record.ID{"person_a", "person_b", "head", "reviewer", "publisher", "clerk"} {
				k := key{stage, act}
				to, can := leads[k]
				want := why[k]
				member := by == "person_a" || by == "person_b"
				switch {
				case !can && want == "":
					want = "procedure.wrong_stage"
				case !can:
				case slices.Contains(outside, act) && member:
					want, can = inside, false
				case slices.Contains(insideOnly, act) && !member:
					want, can = team, false
				case by == "clerk" && (stage == asked && (act == record.ApproveVisit || act == record.DeclineVisit) || stage == urgent && act == record.SupplementVisit):
					want, can = own, false
				default:
					want = ""
				}
				o := officeAt(t, stage)
				err := o.do(o.full(act, by))
				if got := messageOf(err); got != want {
					t.Errorf("%s by %s at %s: got %q, want %q", act, by, stage, got, want)
				}
				if got := o.view().Stage; can && got != to {
					t.Errorf("%s by %s at %s leads to %s, want %s", act, by, stage, got, to)
				}
				if !can && o.view().Stage != stage {
					t.Errorf("a refused %s at %s led to %s", act, stage, o.view().Stage)
				}
			}
		}
	}
}

func TestNobodyFoundNeedsAPhotoOfTheDoorAndTwoLettersSoManyDaysApart(t *testing.T) {
	o := officeAt(t, record.StageNotified)
	x := o.full(record.InterruptVisit, "person_a")
	x.Evidence = nil
	if err := o.do(x); messageOf(err) != "procedure.door_photo" {
		t.Errorf("without a photo: got %v", err)
	}
	o.take(t, record.InterruptVisit, record.MailVisit)
	if err := o.do(o.full(record.EndVisit, "person_a")); messageOf(err) != "procedure.two_letters" {
		t.Errorf("after one letter: got %v", err)
	}
	o.clock = o.clock.AddDate(0, 0, 14)
	o.take(t, record.MailVisit)
	if err := o.do(o.full(record.EndVisit, "person_a")); messageOf(err) != "procedure.letters_apart" {
		t.Errorf("fourteen days apart: got %v", err)
	}
	o.take(t, record.EndVisit)
	clean := o.full(record.ConfirmVisit, "reviewer")
	clean.Result = record.ResultClean
	if err := o.do(clean); messageOf(err) != "procedure.result_ended" {
		t.Errorf("a visit that found nobody was called clean: %v", err)
	}
	o.take(t, record.ConfirmVisit, record.TellResult, record.PublishResult)
	if got := o.view().Last(record.PublishResult).Publication.Result; got != record.ResultUnreachable {
		t.Errorf("published as %q", got)
	}
}

func TestARefusedInspectionHasAWitnessOrARecording(t *testing.T) {
	o := officeAt(t, record.StageNotified)
	x := o.full(record.InterruptVisit, "person_b")
	x.Why, x.Witness, x.Evidence = record.Refused, "", nil
	if err := o.do(x); messageOf(err) != "signature.witness_needed" {
		t.Errorf("without a witness: got %v", err)
	}
	x.Recorder = "DSJ-1/0001"
	if err := o.do(x); err != nil {
		t.Fatal(err)
	}
	if err := o.do(o.full(record.EndVisit, "person_b")); err != nil || o.view().Stage != record.StageSubmitted {
		t.Errorf("a refused visit is %s, %v", o.view().Stage, err)
	}
}

func TestAnUrgentInspectionIsApprovedAfterwardsAndNotPublishedBefore(t *testing.T) {
	o := officeAt(t, record.StageUrgent)
	if due := o.view().Last(record.GoUrgent).Due; due != "2026-04-03" {
		t.Errorf("the approval is due on %q", due)
	}
	o.take(t, record.NotifyNobody, record.SubmitVisit, record.ConfirmVisit, record.TellResult)
	if err := o.do(o.full(record.PublishResult, "publisher")); messageOf(err) != "procedure.supplement_open" {
		t.Errorf("published without approval: %v", err)
	}
	o.take(t, record.SupplementVisit, record.PublishResult, record.ArchiveVisit)
}

func TestAReplacedInspectorIsApprovedAskedAgainAndToldOf(t *testing.T) {
	o := officeAt(t, record.StageNotified)
	o.take(t, record.AskReplacement)
	if err := o.do(o.full(record.AllowReplacement, "clerk")); messageOf(err) != "procedure.own_request" {
		t.Errorf("whoever asked allowed it: %v", err)
	}
	if err := o.do(o.full(record.AllowReplacement, "person_new")); messageOf(err) != "procedure.own_request" {
		t.Errorf("whoever comes allowed it: %v", err)
	}
	o.take(t, record.AllowReplacement)
	c := o.situation()
	if c.Inspection.Role("person_new") == "" || c.Inspection.Role("person_b") != "" || o.view().Stage != record.StageApproved {
		t.Errorf("got team %v at %s", c.Inspection.Team, o.view().Stage)
	}
	if err := o.do(o.full(record.NotifyVisit, "clerk")); messageOf(err) != "procedure.undeclared" {
		t.Errorf("notice went out before the new inspector was asked: %v", err)
	}
	o.take(t, record.DeclareInterest, record.NotifyVisit)
}

func TestAnInspectorWithAnInterestDoesNotGo(t *testing.T) {
	o := officeAt(t, record.StageApproved)
	x := o.full(record.DeclareInterest, "person_b")
	x.Persons, x.Note = []record.ID{"person_b"}, "兄弟在该会任职"
	if err := o.do(x); err != nil {
		t.Fatal(err)
	}
	if err := o.do(o.full(record.NotifyVisit, "clerk")); messageOf(err) != "procedure.undeclared" {
		t.Errorf("got %v", err)
	}
}

func TestNothingIsConfirmedOrFiledWithAnAmendmentOpen(t *testing.T) {
	o := officeAt(t, record.StageSubmitted)
	amend := func(set map[string]any) {
		o.visit.keep(t, []record.Change{{Kind: record.Amend, Record: o.visit.id, Set: set}})
	}
	amend(map[string]any{"amendments/amend_1": record.Amendment{ID: "amend_1", Part: "place", Original: "一楼", Amended: "二楼", By: "person_a"}})
	if err := o.do(o.full(record.ConfirmVisit, "reviewer")); messageOf(err) != "procedure.amendment_open" {
		t.Errorf("confirmed with an amendment open: %v", err)
	}
	amend(map[string]any{"amendments/amend_1/approved": record.AmendmentStep{By: "head"}})
	o.take(t, record.ConfirmVisit, record.TellResult, record.PublishResult)
	amend(map[string]any{"amendments/amend_2": record.Amendment{ID: "amend_2", Part: "place", Original: "二楼", Amended: "三楼", By: "person_a"}})
	if err := o.do(o.full(record.ArchiveVisit, "clerk")); messageOf(err) != "procedure.amendment_open" {
		t.Errorf("filed with an amendment open: %v", err)
	}
}

func TestTheTermToPublishRunsFromTheServiceOfTheResult(t *testing.T) {
	o := officeAt(t, record.StageTold)
	if got := o.view().Last(record.TellResult).Due; got != "2026-04-29" {
		t.Errorf("due on %s, want 20 working days after 2026-04-01", got)
	}
}

func TestAnInspectionWithAnOpenLawsuitIsNotArchived(t *testing.T) {
	o := officeAt(t, record.StagePublished)
	o.take(t, record.ChallengeResult, record.AnswerChallenge)
	if err := o.do(o.full(record.ArchiveVisit, "clerk")); messageOf(err) != "procedure.challenged" {
		t.Errorf("got %v", err)
	}
	o.take(t, record.EndChallenge, record.ArchiveVisit, record.ChallengeResult)
	if !o.view().Challenged() {
		t.Error("a lawsuit after the archive does not count")
	}
}

func TestWithoutTheRuleOfApprovalAnInspectionIsSubmittedAsItIsSealed(t *testing.T) {
	o := newOffice(t)
	o.approval = 0
	if err := o.view().MayBegin(o.situation().Setting); err != nil {
		t.Error(err)
	}
	o.take(t, record.SubmitVisit, record.ConfirmVisit)
	o.approval = 1
	if err := newOffice(t).view().MayBegin(o.situation().Setting); messageOf(err) != "procedure.not_approved" {
		t.Errorf("got %v", err)
	}
}

func TestTwoLaptopsThatTakeTheProcedureDifferentWaysMakeAConflict(t *testing.T) {
	o := officeAt(t, record.StageTold)
	a, _ := o.view().Act(o.full(record.PublishResult, "publisher"), o.situation())
	b, _ := o.view().Act(o.full(record.WithholdResult, "head"), o.situation())
	o.procedure.keep(t, a)
	o.procedure.keep(t, b)
	p := o.view()
	if p.Last(record.PublishResult) == nil || p.Last(record.WithholdResult) == nil || len(p.Conflicts) != 1 {
		t.Fatalf("got steps %v, conflicts %v", p.Steps, p.Conflicts)
	}
	if err := o.do(o.full(record.ArchiveVisit, "clerk")); messageOf(err) == "" {
		t.Error("a procedure in conflict went on")
	}
}

// Whatever people try, in whatever order: nothing is published with an objection
// open or a need-to-know finding told, nobody judges their own work, and nothing
// is filed with something left to do.
func TestWhateverIsTriedTheProcedureKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := newOffice(t)
		o.approval = rapid.IntRange(0, 1).Draw(r, "approval")
		people := []record.ID{"person_a", "person_b", "head", "reviewer", "publisher", "clerk"}
		states := []record.FindingState{record.Told, record.Objected, record.Confirmed, record.Ordered, record.Closed, record.Dropped, record.Referred}
		for n := range rapid.IntRange(0, 3).Draw(r, "findings") {
			f := record.Finding{ID: record.ID(fmt.Sprint("find_", n)), ObservedOn: "2026-04-01", State: rapid.SampledFrom(states).Draw(r, "state"), Sensitive: rapid.Bool().Draw(r, "sensitive")}
			o.findings = append(o.findings, record.Rectification{Finding: f})
		}
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			o.clock = o.clock.AddDate(0, 0, rapid.IntRange(0, 20).Draw(r, "days"))
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				o.onsite, o.sealed = true, o.sealed || rapid.Bool().Draw(r, "sealed")
			case 1:
				if len(o.findings) > 0 {
					rapid.SampledFrom([]*record.Rectification{&o.findings[0]}).Draw(r, "finding").State = rapid.SampledFrom(states).Draw(r, "state")
				}
			}
			c := o.situation()
			acts := record.ProcedureActs
			if rapid.IntRange(0, 3).Draw(r, "turn") > 0 { // mostly what is the turn
				if acts = o.view().Allowed(c); len(acts) == 0 {
					continue
				}
			}
			x := o.full(rapid.SampledFrom(acts).Draw(r, "act"), rapid.SampledFrom(people).Draw(r, "by"))
			x.Why = rapid.SampledFrom(record.Interruptions).Draw(r, "why")
			x.Result = rapid.SampledFrom(record.Results).Draw(r, "result")
			if open := o.view().Open(record.AskReplacement); len(open) > 0 {
				x.Of = open[0].ID
			}
			if x.Act == record.AnswerChallenge || x.Act == record.EndChallenge {
				x.Of = ""
			}
			if o.do(x) != nil {
				continue
			}
			p := o.view()
			switch x.Act {
			case record.PublishResult:
				published := p.Last(record.PublishResult).Publication
				for _, f := range o.findings {
					if f.State == record.Objected {
						r.Fatalf("published with an objection open")
					}
					if f.Sensitive && slices.ContainsFunc(published.Findings, func(x record.PublishedFinding) bool { return x.Finding == f.ID }) {
						r.Fatalf("a need-to-know finding was published")
					}
				}
			case record.ArchiveVisit:
				for _, f := range o.findings {
					if f.State.Open() {
						r.Fatalf("filed with a finding that is %s", f.State)
					}
				}
				if p.Challenged() || len(p.Open(record.GoUrgent)) > 0 {
					r.Fatalf("filed with something left to do")
				}
			}
			team := func(id record.ID) bool { return id == "person_a" || o.situation().Inspection.Role(id) != "" }
			if who, joined := record.ProcedureDutiesJoined(p.Steps, p.Steps, team); joined {
				r.Fatalf("%s joined two duties by %s", who, x.Act)
			}
			if o.approval == 1 && x.Act == record.SubmitVisit && p.Last(record.ApproveVisit) == nil && p.Last(record.GoUrgent) == nil {
				r.Fatalf("submitted without approval")
			}
		}
	})
}

func TestWhoeverDecidedAboutAVisitDoesNotJoinItsTeam(t *testing.T) {
	o := officeAt(t, record.StageApproved)
	x := o.full(record.AskReplacement, "clerk")
	x.In = &record.Inspector{ID: "head", Name: "处长", Certificate: "9"}
	if err := o.do(x); messageOf(err) != "procedure.judged" {
		t.Errorf("the approver may join the team: %v", err)
	}
	o.take(t, record.AskReplacement)
	if err := o.do(o.full(record.AskReplacement, "clerk")); messageOf(err) != "procedure.asked_already" {
		t.Errorf("asked twice: %v", err)
	}
}

func TestAnInterestThatWasDeclaredIsNotWipedByAColleague(t *testing.T) {
	o := officeAt(t, record.StageAsked)
	x := o.full(record.DeclareInterest, "person_a")
	x.Persons, x.Note = []record.ID{"person_a"}, "法定代表人是我的兄弟"
	if err := o.do(x); err != nil {
		t.Fatal(err)
	}
	o.take(t, record.ApproveVisit)
	if err := o.do(o.full(record.DeclareInterest, "person_b")); err != nil {
		t.Fatal(err)
	}
	if left := o.view().Undeclared(o.situation().Inspection); len(left) != 1 || left[0].Person != "person_a" {
		t.Errorf("left: %v, want the one with an interest", left)
	}
	if err := o.do(o.full(record.NotifyVisit, "clerk")); messageOf(err) != "procedure.undeclared" {
		t.Errorf("the visit goes ahead: %v", err)
	}
}

func TestAStepDoesNotLieBeforeTheOneItFollows(t *testing.T) {
	o := officeAt(t, record.StageConfirmed)
	x := o.full(record.TellResult, "clerk")
	x.Service = &record.ServiceProof{On: "2020-01-01", Way: record.ServedMail, Proof: "1"}
	if err := o.do(x); messageOf(err) != "procedure.before" {
		t.Errorf("served six years before the visit: %v", err)
	}
}

// A conflict is settled with what one of the two wrote, and by who could have
// written it.
func TestAConflictOfStagesIsSettledByWhoMayTakeTheStepThatWins(t *testing.T) {
	o := officeAt(t, record.StageAsked)
	a, _ := o.view().Act(o.full(record.ApproveVisit, "head"), o.situation())
	b, _ := o.view().Act(o.full(record.DeclineVisit, "reviewer"), o.situation())
	o.procedure.keep(t, a)
	o.procedure.keep(t, b)
	cell := *o.procedure.state["state"]
	id := o.view().ID
	for value, want := range map[string]string{`"approved"`: "", `"declined"`: "", `"published"`: "conflict.other_value", `"garbage"`: "conflict.other_value", `{"a":1}`: "conflict.other_value"} {
		if got := messageOf(record.Settle(id, "state", cell, []byte(value))); got != want {
			t.Errorf("settled with %s: got %q, want %q", value, got, want)
		}
	}
	for _, c := range []struct {
		by   record.ID
		team bool
		want string
	}{{"person_a", true, "conflict.not_yours"}, {"clerk", false, "conflict.not_yours"}, {"publisher", false, ""}} {
		got := ""
		if no := o.view().SettleStage(record.StageApproved, c.by, c.team); no != nil {
			got = no.Message
		}
		if got != c.want {
			t.Errorf("settled by %s: got %q, want %q", c.by, got, c.want)
		}
	}
	if err := record.Settle("insp_1", "items/k1/note", cell, []byte(`"both"`)); err != nil {
		t.Errorf("two notes in one: %v", err)
	}
	if err := record.Settle("insp_1", "checklist", cell, []byte(`"rubbish"`)); messageOf(err) != "conflict.other_value" {
		t.Errorf("a checklist that nobody chose: %v", err)
	}
}
