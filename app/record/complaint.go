package record

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// ComplaintState is where a complaint or report 投诉举报 stands.
type ComplaintState string

const (
	ComplaintReceived ComplaintState = "received" // 已登记
	ComplaintAccepted ComplaintState = "accepted" // 已受理
	ComplaintDeclined ComplaintState = "declined" // 不予受理
	ComplaintReferred ComplaintState = "referred" // 已移送
	ComplaintAnswered ComplaintState = "answered" // 已答复
	ComplaintClosed   ComplaintState = "closed"   // 已办结
)

// ComplaintStates lists them in the order of a complaint's life.
var ComplaintStates = []ComplaintState{ComplaintReceived, ComplaintAccepted, ComplaintDeclined, ComplaintReferred, ComplaintAnswered, ComplaintClosed}

// ComplaintAct is what a person does about a complaint.
type ComplaintAct string

const (
	AcceptComplaint  ComplaintAct = "accept"  // 受理
	DeclineComplaint ComplaintAct = "decline" // 不予受理, by somebody who did not receive it
	ReferComplaint   ComplaintAct = "refer"   // 移送: another authority's matter
	InspectComplaint ComplaintAct = "inspect" // an inspection looks into it
	AnswerComplaint  ComplaintAct = "answer"  // 答复, with what was found
	CloseComplaint   ComplaintAct = "close"   // 办结
)

// ComplaintActs lists them.
var ComplaintActs = []ComplaintAct{AcceptComplaint, DeclineComplaint, ReferComplaint, InspectComplaint, AnswerComplaint, CloseComplaint}

var complaintWays = map[ComplaintAct]struct {
	from []ComplaintState
	to   ComplaintState
}{
	AcceptComplaint:  {[]ComplaintState{ComplaintReceived}, ComplaintAccepted},
	DeclineComplaint: {[]ComplaintState{ComplaintReceived}, ComplaintDeclined},
	ReferComplaint:   {[]ComplaintState{ComplaintReceived, ComplaintAccepted}, ComplaintReferred},
	InspectComplaint: {[]ComplaintState{ComplaintAccepted}, ComplaintAccepted},
	AnswerComplaint:  {[]ComplaintState{ComplaintAccepted}, ComplaintAnswered},
	CloseComplaint:   {[]ComplaintState{ComplaintAnswered, ComplaintDeclined, ComplaintReferred}, ComplaintClosed},
}

// ComplaintTold is how a complaint reached the authority.
var ComplaintTold = []string{"letter", "visit", "phone", "web", "referral"}

// What came of a complaint.
const (
	Substantiated   = "substantiated"   // 属实
	SubstantiatedIn = "in_part"         // 部分属实
	Unsubstantiated = "unsubstantiated" // 不属实
)

// ComplaintResults lists them.
var ComplaintResults = []string{Substantiated, SubstantiatedIn, Unsubstantiated}

// ComplaintTerms are what was received; they do not change. Who complains is
// need-to-know: it is on no list and no paper, and never told to the organization.
type ComplaintTerms struct {
	On           string `json:"on"` // YYYY-MM-DD
	Told         string `json:"told"`
	Organization ID     `json:"organization,omitempty"`
	About        string `json:"about"` // the organization's name as it was told
	Content      string `json:"content"`
	Name         string `json:"name,omitempty"` // "" anonymous
	Contact      string `json:"contact,omitempty"`
}

// ComplaintStep is one act as it was recorded.
type ComplaintStep struct {
	ID         ID             `json:"id"`
	Act        ComplaintAct   `json:"act"`
	By         ID             `json:"by"`
	Name       string         `json:"name"`
	At         string         `json:"at"` // RFC 3339
	From       ComplaintState `json:"from"`
	To         ComplaintState `json:"to"`
	Note       string         `json:"note,omitempty"`
	Number     string         `json:"number,omitempty"` // of the paper
	Whom       string         `json:"whom,omitempty"`   // to whom it was referred
	Result     string         `json:"result,omitempty"`
	Inspection ID             `json:"inspection,omitempty"`
	Due        string         `json:"due,omitempty"` // YYYY-MM-DD: until when it is answered
}

// Complaint is a complaint or report: a view of its State.
type Complaint struct {
	ID        ID              `json:"id"`
	Number    string          `json:"number"`
	State     ComplaintState  `json:"state"`
	Terms     ComplaintTerms  `json:"terms"`
	By        ID              `json:"by"` // who received it
	ByName    string          `json:"by_name"`
	At        string          `json:"at"`
	Accept    string          `json:"accept,omitempty"` // YYYY-MM-DD: until when it is decided whether to accept it
	Steps     []ComplaintStep `json:"steps,omitempty"`
	Conflicts []string        `json:"conflicts,omitempty"`

	state State
}

// ComplaintOf reads a complaint from its state; false when it is none.
func ComplaintOf(id ID, s State) (Complaint, bool) {
	c := Complaint{ID: id, State: ComplaintReceived, Conflicts: s.Conflicts(), state: s}
	if id.Type() != ComplaintType || !s.Get("terms", &c.Terms) {
		return c, false
	}
	s.Get("state", &c.State)
	s.Get("by", &c.By)
	c.Number, c.ByName, c.At, c.Accept = s.Text("number"), s.Text("by_name"), s.Text("at"), s.Text("accept")
	clock := map[ID]int64{}
	for _, path := range s.Paths("steps/") {
		var x ComplaintStep
		if s.Get(path, &x) {
			w, _ := s[path].Shown("")
			clock[x.ID] = w.HLC
			c.Steps = append(c.Steps, x)
		}
	}
	slices.SortStableFunc(c.Steps, func(a, b ComplaintStep) int {
		return cmp.Or(cmp.Compare(clock[a.ID], clock[b.ID]), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return c, true
}

// Receive records a complaint as it came in.
func Receive(t ComplaintTerms, by ID, name string, at time.Time, w Setting) (ID, []Change, error) {
	fault := func(message, field string) error { return &Error{Code: Invalid, Message: message, Field: field} }
	_, err := time.Parse(time.DateOnly, t.On)
	switch {
	case by == "":
		return "", nil, fault("procedure.by_needed", "by")
	case err != nil || t.On > w.Today || t.On < "1949-10-01":
		return "", nil, &Error{Code: Invalid, Message: "procedure.bad_day", Field: "on", Args: map[string]any{"date": t.On}}
	case !slices.Contains(ComplaintTold, t.Told):
		return "", nil, fault("complaint.told", "told")
	case strings.TrimSpace(t.Content) == "":
		return "", nil, fault("complaint.content", "content")
	case strings.TrimSpace(t.About) == "":
		return "", nil, fault("complaint.about", "about")
	}
	id := NewID(ComplaintType)
	set := map[string]any{"terms": t, "state": ComplaintReceived, "by": by, "by_name": name, "at": at.Format(time.RFC3339),
		"number": "TS-" + strings.ReplaceAll(t.On, "-", "") + "-" + strings.ToUpper(string(id[len(id)-6:]))}
	if due := dueBy(w, LimitAccept, t.On); due != "" {
		set["accept"] = due
	}
	return id, []Change{{Kind: Create, Record: id, Set: set}}, nil
}

// dueBy counts a limit from a day; "" where the authority has set none.
func dueBy(w Setting, limit, day string) string {
	l, ok := w.Limits[limit]
	if !ok || l.N == 0 {
		return ""
	}
	c, err := w.Calendar.Count(day, l.Term())
	if err != nil {
		return ""
	}
	return c.Due
}

// Due is the day by which the next step is to be taken, "" for none.
func (c Complaint) Due() string {
	switch c.State {
	case ComplaintReceived:
		return c.Accept
	case ComplaintAccepted:
		for n := len(c.Steps) - 1; n >= 0; n-- {
			if c.Steps[n].Act == AcceptComplaint {
				return c.Steps[n].Due
			}
		}
	}
	return ""
}

// Result is what came of it, "" as long as it is not answered.
func (c Complaint) Result() string {
	for n := len(c.Steps) - 1; n >= 0; n-- {
		if c.Steps[n].Act == AnswerComplaint {
			return c.Steps[n].Result
		}
	}
	return ""
}

// Inspections are the inspections that look into it.
func (c Complaint) Inspections() (out []ID) {
	for _, x := range c.Steps {
		if x.Inspection != "" {
			out = append(out, x.Inspection)
		}
	}
	return out
}

// Allowed lists the acts that are the complaint's turn.
func (c Complaint) Allowed() (out []ComplaintAct) {
	for _, act := range ComplaintActs {
		if c.turn(act) == nil {
			out = append(out, act)
		}
	}
	return out
}

func (c Complaint) turn(act ComplaintAct) error {
	way, known := complaintWays[act]
	fault := func(message string) error {
		return &Error{Code: Conflict, Message: message, Field: "act", Args: map[string]any{"number": c.Number, "state": Word("complaint.state." + string(c.State)), "act": Word("complaint.act." + string(act))}}
	}
	switch {
	case len(c.Conflicts) > 0:
		return fault("complaint.conflict")
	case !known || !slices.Contains(way.from, c.State):
		return fault("complaint.wrong_state")
	}
	return nil
}

// Do takes a step. Who declines did not receive it: nobody makes a complaint go
// away alone.
func (c Complaint) Do(x ComplaintStep, w Setting) ([]Change, error) {
	if err := c.turn(x.Act); err != nil {
		return nil, err
	}
	fault := func(message, field string) error { return &Error{Code: Invalid, Message: message, Field: field} }
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	switch {
	case x.By == "":
		return nil, fault("procedure.by_needed", "by")
	case x.Act == DeclineComplaint && x.By == c.By:
		return nil, &Error{Code: Forbidden, Message: "complaint.own", Field: "by", Args: map[string]any{"name": x.Name}}
	case (x.Act == DeclineComplaint || x.Act == AnswerComplaint) && blank(x.Note):
		return nil, fault("evidence.reason_needed", "note")
	case x.Act == ReferComplaint && blank(x.Whom):
		return nil, fault("complaint.whom", "whom")
	case x.Act == AnswerComplaint && !slices.Contains(ComplaintResults, x.Result):
		return nil, fault("complaint.result", "result")
	case x.Act == InspectComplaint && x.Inspection.Type() != InspectionType:
		return nil, fault("complaint.inspection", "inspection")
	}
	if x.Act == AcceptComplaint {
		x.Due = dueBy(w, LimitAnswerComplaint, w.Today)
	}
	x.ID, x.From, x.To = NewID(StepType), c.State, complaintWays[x.Act].to
	set := map[string]any{"steps/" + string(x.ID): x}
	if x.To != c.State {
		set["state"] = x.To
	}
	change := c.state.change(Transition, c.ID, set)
	change.Reason = x.Note
	return []Change{change}, nil
}
