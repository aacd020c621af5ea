package record_test

import (
	"slices"
	"testing"
	"time"

	"plumbline/app/record"
)

func received(t *testing.T) *paper {
	t.Helper()
	w := record.Setting{Today: "2026-04-01", Limits: record.Limits{record.LimitAccept: {N: 15, Unit: record.CalendarDays}, record.LimitAnswerComplaint: {N: 60, Unit: record.CalendarDays}}}
	id, changes, err := record.Receive(record.ComplaintTerms{On: "2026-03-30", Told: "letter", About: "某协会", Content: "乱收费", Name: "张某"}, "clerk", "经办", time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), w)
	if err != nil {
		t.Fatal(err)
	}
	x := &paper{id: id, state: record.State{}}
	x.keep(t, changes)
	return x
}

func complaintAt(t *testing.T, want record.ComplaintState) *paper {
	t.Helper()
	x := received(t)
	for _, act := range map[record.ComplaintState][]record.ComplaintAct{
		record.ComplaintAccepted: {record.AcceptComplaint}, record.ComplaintDeclined: {record.DeclineComplaint}, record.ComplaintReferred: {record.ReferComplaint},
		record.ComplaintAnswered: {record.AcceptComplaint, record.AnswerComplaint}, record.ComplaintClosed: {record.DeclineComplaint, record.CloseComplaint},
	}[want] {
		if err := doComplaint(t, x, act, "head"); err != nil {
			t.Fatalf("%s on the way to %s: %v", act, want, err)
		}
	}
	return x
}

func doComplaint(t *testing.T, x *paper, act record.ComplaintAct, by record.ID) error {
	c, ok := record.ComplaintOf(x.id, x.state)
	if !ok {
		t.Fatal("the state holds no complaint")
	}
	changes, err := c.Do(record.ComplaintStep{Act: act, By: by, Name: string(by), Note: "理由", Whom: "市场监管局", Result: record.Substantiated, Inspection: "insp_1"},
		record.Setting{Today: "2026-04-01", Limits: record.Limits{record.LimitAnswerComplaint: {N: 60, Unit: record.CalendarDays}}})
	if err == nil {
		x.keep(t, changes)
	}
	return err
}

// Every state, every act, by who received the complaint and by another.
func TestAComplaintGoesItsWayAndNobodyDeclinesItAlone(t *testing.T) {
	leads := map[record.ComplaintState]map[record.ComplaintAct]record.ComplaintState{
		record.ComplaintReceived: {record.AcceptComplaint: record.ComplaintAccepted, record.DeclineComplaint: record.ComplaintDeclined, record.ReferComplaint: record.ComplaintReferred},
		record.ComplaintAccepted: {record.ReferComplaint: record.ComplaintReferred, record.InspectComplaint: record.ComplaintAccepted, record.AnswerComplaint: record.ComplaintAnswered},
		record.ComplaintDeclined: {record.CloseComplaint: record.ComplaintClosed}, record.ComplaintReferred: {record.CloseComplaint: record.ComplaintClosed},
		record.ComplaintAnswered: {record.CloseComplaint: record.ComplaintClosed}, record.ComplaintClosed: {},
	}
	for _, state := range record.ComplaintStates {
		for _, act := range record.ComplaintActs {
			for _, by := range []record.ID{"clerk", "head"} {
				to, can := leads[state][act]
				want := ""
				switch {
				case !can:
					want = "complaint.wrong_state"
				case act == record.DeclineComplaint && by == "clerk":
					want = "complaint.own"
				}
				x := complaintAt(t, state)
				err := doComplaint(t, x, act, by)
				if got := messageOf(err); got != want {
					t.Errorf("%s by %s at %s: got %q, want %q", act, by, state, got, want)
				}
				c, _ := record.ComplaintOf(x.id, x.state)
				if want == "" && c.State != to || want != "" && c.State != state {
					t.Errorf("%s by %s at %s leads to %s", act, by, state, c.State)
				}
				if slices.Contains(c.Allowed(), record.CloseComplaint) != (c.State == record.ComplaintAnswered || c.State == record.ComplaintDeclined || c.State == record.ComplaintReferred) {
					t.Errorf("at %s: %v", c.State, c.Allowed())
				}
			}
		}
	}
}

func TestTheDaysToAnswerAComplaintRunFromItsAcceptance(t *testing.T) {
	x := received(t)
	if c, _ := record.ComplaintOf(x.id, x.state); c.Due() != "2026-04-14" {
		t.Errorf("to be decided by %q", c.Due())
	}
	x = complaintAt(t, record.ComplaintAccepted)
	if c, _ := record.ComplaintOf(x.id, x.state); c.Due() != "2026-05-31" {
		t.Errorf("to be answered by %q", c.Due())
	}
	x = complaintAt(t, record.ComplaintAnswered)
	if c, _ := record.ComplaintOf(x.id, x.state); c.Due() != "" || c.Result() != record.Substantiated {
		t.Errorf("after the answer: due %q, result %q", c.Due(), c.Result())
	}
}

func TestAComplaintThatSaysTooLittleIsRefused(t *testing.T) {
	good := record.ComplaintTerms{On: "2026-03-30", Told: "letter", About: "某协会", Content: "乱收费"}
	for want, change := range map[string]func(*record.ComplaintTerms){
		"procedure.bad_day": func(t *record.ComplaintTerms) { t.On = "2026-04-02" },
		"complaint.told":    func(t *record.ComplaintTerms) { t.Told = "pigeon" },
		"complaint.content": func(t *record.ComplaintTerms) { t.Content = " " },
		"complaint.about":   func(t *record.ComplaintTerms) { t.About = "" },
	} {
		terms := good
		change(&terms)
		if _, _, err := record.Receive(terms, "clerk", "经办", time.Now(), record.Setting{Today: "2026-04-01"}); messageOf(err) != want {
			t.Errorf("got %q, want %q", messageOf(err), want)
		}
	}
}
