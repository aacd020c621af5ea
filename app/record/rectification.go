package record

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// Action is one thing that is done about a finding. The list only grows:
// actions stand in the journal.
type Action string

const (
	Accept    Action = "accept"    // the organization accepts the finding, or takes its objection back
	Object    Action = "object"    // the organization objects (陈述申辩)
	Reply     Action = "reply"     // the authority answers the objection: upheld, amended or dismissed
	Order     Action = "order"     // rectification is ordered (责令改正), with a term
	Serve     Action = "serve"     // the order, or the new deadline, was served: from here the term is counted
	Recount   Action = "recount"   // the holiday calendar changed: the same term ends on another day
	Extend    Action = "extend"    // more time, asked for and approved (延期)
	Remind    Action = "remind"    // 催办
	Report    Action = "report"    // the organization reports that it is put right
	Reinspect Action = "reinspect" // 复查: fixed, partly or failed
	Close     Action = "close"     // closed on documents alone (书面核查)
	Carry     Action = "carry"     // a sealed re-inspection takes it further as a finding of its own
	Propose   Action = "propose"   // credit list, interview, case
	Decide    Action = "decide"    // somebody else decides on a proposal
	Refer     Action = "refer"     // to the competent authority (问题线索移送)
	Notify    Action = "notify"    // a critical finding was reported at once: to whom, when
	Void      Action = "withdraw"  // 作废, with a reason and a second person
)

// Actions lists all actions, in the order of a finding's life.
var Actions = []Action{Accept, Object, Reply, Order, Serve, Recount, Extend, Remind, Report, Reinspect, Close, Carry, Propose, Decide, Refer, Notify, Void}

// Results of an answer to an objection, of a re-inspection, and of a decision.
const (
	Upheld    = "upheld"    // the organization was right: the finding is withdrawn
	Amended   = "amended"   // right in part: fact or severity are put otherwise
	Dismissed = "dismissed" // the finding stands

	Fixed     = "fixed"
	FixedPart = "partly"
	NotFixed  = "failed"

	Approved = "approved"
	Declined = "declined"
)

// What a failed rectification may be proposed for. The program proposes; it
// never lists anybody by itself.
const (
	ForCreditList = "credit_list" // 列入活动异常名录
	ForInterview  = "interview"   // 约谈
	ForCase       = "case"        // 立案、移送
)

// Ways of service (民事诉讼法 by way of 行政处罚法 art 61).
const (
	ServedDirect     = "direct"     // 直接送达
	ServedLeft       = "left"       // 留置送达: refused, left before a witness or on record
	ServedMail       = "mail"       // 邮寄送达: the day on the return slip
	ServedElectronic = "electronic" // 电子送达: only with the organization's signed consent
	ServedPublic     = "public"     // 公告送达
)

// ServiceProof is the proof that a paper reached the organization (送达回证).
type ServiceProof struct {
	On      string `json:"on"` // YYYY-MM-DD
	Way     string `json:"way"`
	Proof   string `json:"proof"`             // number of the receipt, courier number, reference of the notice
	To      string `json:"to,omitempty"`      // who received it
	Witness string `json:"witness,omitempty"` // of service left behind, or reference of the recorder's file
	Consent string `json:"consent,omitempty"` // of electronic service: reference of the signed confirmation
}

// Check tells what a proof of service lacks, nil if nothing.
func (p ServiceProof) Check() error {
	fault := func(message, field string) error { return &Error{Code: Invalid, Message: message, Field: field} }
	if _, err := time.Parse(time.DateOnly, p.On); err != nil {
		return &Error{Code: Invalid, Message: "service.bad_day", Field: "served", Args: map[string]any{"date": p.On}}
	}
	if strings.TrimSpace(p.Proof) == "" {
		return fault("service.no_proof", "proof")
	}
	switch p.Way {
	case ServedDirect:
		if strings.TrimSpace(p.To) == "" {
			return fault("service.no_recipient", "to")
		}
	case ServedLeft:
		if strings.TrimSpace(p.Witness) == "" {
			return fault("service.no_witness", "witness")
		}
	case ServedElectronic:
		if strings.TrimSpace(p.Consent) == "" {
			return fault("service.no_consent", "consent")
		}
	case ServedMail, ServedPublic:
	default:
		return fault("service.no_way", "way")
	}
	return nil
}

// Step is one action as it was recorded. Only the fields that the action needs
// are set.
type Step struct {
	ID      ID            `json:"id"`
	Action  Action        `json:"action"`
	On      string        `json:"on"` // the day it happened, YYYY-MM-DD
	At      string        `json:"at"` // when it was recorded, RFC 3339
	By      ID            `json:"by"` // who did it
	From    FindingState  `json:"from"`
	To      FindingState  `json:"to"`
	Note    string        `json:"note,omitempty"`   // what was said, found or asked for; the reason
	Result  string        `json:"result,omitempty"` // of a reply, re-inspection or decision
	Term    *Term         `json:"term,omitempty"`
	Service *ServiceProof `json:"service,omitempty"`
	Count   *Count        `json:"count,omitempty"`  // how the due date came about
	Due     string        `json:"due,omitempty"`    // as it was after this step
	Number  string        `json:"number,omitempty"` // of the paper that belongs to it
	Whom    string        `json:"whom,omitempty"`   // who was reminded or told, to whom it was referred
	Way     string        `json:"way,omitempty"`    // by what: telephone, letter, visit
	Second  ID            `json:"second,omitempty"` // who approved it: never the one who did it

	For        string   `json:"for,omitempty"`        // of a proposal
	Inspectors []Member `json:"inspectors,omitempty"` // of a re-inspection
	Evidence   []ID     `json:"evidence,omitempty"`   // photos of after, on this finding
	Inspection ID       `json:"inspection,omitempty"` // the re-inspection's own record, if it has one
	Finding    ID       `json:"finding,omitempty"`    // that takes it further

	Fact     string   `json:"fact,omitempty"`     // of an amended finding
	Severity Severity `json:"severity,omitempty"` // of an amended finding
}

// Proposal is what somebody proposed after a failure, and what was decided.
type Proposal struct {
	For       string `json:"for"`
	On        string `json:"on"`
	By        ID     `json:"by"`
	Reason    string `json:"reason"`
	Decision  string `json:"decision,omitempty"`
	DecidedOn string `json:"decided_on,omitempty"`
	DecidedBy ID     `json:"decided_by,omitempty"`
	Number    string `json:"number,omitempty"` // of the paper that it led to
}

// FindingProgress is what the ledger shows of what was done about a finding.
type FindingProgress struct {
	ObjectedOn  string        `json:"objected_on,omitempty"`
	OrderedOn   string        `json:"ordered_on,omitempty"`
	OrderNumber string        `json:"order_number,omitempty"`
	Term        *Term         `json:"term,omitempty"`
	Served      *ServiceProof `json:"served,omitempty"`
	Count       *Count        `json:"count,omitempty"`
	ReportedOn  string        `json:"reported_on,omitempty"`
	ClosedOn    string        `json:"closed_on,omitempty"` // day of the step that ended it
	NotifiedOn  string        `json:"notified_on,omitempty"`
	Rounds      int           `json:"rounds,omitempty"` // new deadlines after partly
	Extensions  int           `json:"extensions,omitempty"`
	Reminders   int           `json:"reminders,omitempty"`
	Proposed    []string      `json:"proposed,omitempty"` // for what, waiting for a decision
	Conflict    bool          `json:"conflict,omitempty"` // two laptops differ: a person has to settle it
}

// Rectification is one finding with all that was done about it: a view of its
// record's State. Whatever two laptops record without having seen each other
// stays: steps have identities of their own, and where they lead to different
// states, terms or services, that is a conflict which a person settles.
type Rectification struct {
	Finding
	Steps     []Step
	Evidence  []Evidence // photos of after
	Proposals map[string]Proposal
	Conflicts []string // paths

	state State
}

// RectificationOf reads a finding and what was done about it from its record;
// ok is false when the finding itself has not come yet.
func RectificationOf(id ID, s State) (r Rectification, ok bool) {
	r = Rectification{Proposals: map[string]Proposal{}, Conflicts: s.Conflicts(), state: s}
	if !s.Get("finding", &r.Finding) {
		return r, false
	}
	r.ID = id
	s.Get("state", &r.State)
	s.Get("due", &r.Due)
	s.Get("fact", &r.Fact)
	s.Get("severity", &r.Severity)
	clock := map[ID]int64{}
	for _, p := range s.Paths("") {
		head, rest, _ := strings.Cut(p, "/")
		switch head {
		case "steps":
			var x Step
			if s.Get(p, &x) {
				w, _ := s[p].Shown("")
				clock[x.ID] = w.HLC
				r.Steps = append(r.Steps, x)
			}
		case "evidence":
			var e Evidence
			if s.Get(p, &e) {
				r.Evidence = append(r.Evidence, e)
			}
		case "proposals":
			var x Proposal
			if s.Get(p, &x) {
				r.Proposals[rest] = x
			}
		}
	}
	// By the day it happened, then as it was recorded: for reading only, no rule
	// asks which of two steps was first.
	sort.SliceStable(r.Steps, func(a, b int) bool {
		x, y := r.Steps[a], r.Steps[b]
		if x.On != y.On {
			return x.On < y.On
		}
		if clock[x.ID] != clock[y.ID] {
			return clock[x.ID] < clock[y.ID]
		}
		return x.ID < y.ID
	})
	sort.SliceStable(r.Evidence, func(a, b int) bool { return r.Evidence[a].AddedAt < r.Evidence[b].AddedAt })
	r.Progress = r.progress()
	return r, true
}

func (r Rectification) progress() *FindingProgress {
	if len(r.Steps) == 0 && len(r.Conflicts) == 0 {
		return nil
	}
	p := &FindingProgress{Conflict: len(r.Conflicts) > 0}
	var t Term
	if r.state.Get("term", &t) {
		p.Term = &t
	}
	var served ServiceProof
	if r.state.Get("served", &served) {
		p.Served = &served
	}
	var c Count
	if r.state.Get("count", &c) {
		p.Count = &c
	}
	for _, x := range r.Steps {
		switch x.Action {
		case Object:
			p.ObjectedOn = x.On
		case Order:
			p.OrderedOn, p.OrderNumber = x.On, x.Number
		case Report:
			p.ReportedOn = x.On
		case Extend:
			p.Extensions++
		case Remind:
			p.Reminders++
		case Notify:
			p.NotifiedOn = x.On
		case Reinspect:
			if x.Result == FixedPart {
				p.Rounds++
			}
		}
		if !r.State.Open() && x.To == r.State {
			p.ClosedOn = x.On
		}
	}
	for what, x := range r.Proposals {
		if x.Decision == "" {
			p.Proposed = append(p.Proposed, what)
		}
	}
	sort.Strings(p.Proposed)
	return p
}

// Served gives the proof of service of the term that runs, nil without one.
func (r Rectification) Served() *ServiceProof {
	if r.Progress == nil {
		return nil
	}
	return r.Progress.Served
}

// Term gives the term that was ordered last, false when none was.
func (r Rectification) Term() (Term, bool) {
	if r.Progress == nil || r.Progress.Term == nil {
		return Term{}, false
	}
	return *r.Progress.Term, true
}

// Overdue tells whether the deadline has passed on a day with nothing reported.
// Without proof of service nothing is due.
func (f Finding) Overdue(today string) bool {
	return (f.State == Ordered || f.State == PartlyPut) && f.Due != "" && f.Due < today
}

// DaysLeft tells how many days are left on a day until the deadline; negative
// when it has passed. ok is false when none runs.
func (f Finding) DaysLeft(today string) (n int, ok bool) {
	if f.Due == "" || f.State != Ordered && f.State != PartlyPut && f.State != Reported {
		return 0, false
	}
	return DaysBetween(today, f.Due)
}

// Setting is what the rules on rectification need to know of the world.
type Setting struct {
	Today    string // YYYY-MM-DD
	Calendar Calendar
	Limits   Limits
	Team     []ID // who made the inspection: they do not judge an objection to it
}

// from tells in which states each action is allowed.
var from = map[Action][]FindingState{
	Accept:    {Told, Objected},
	Object:    {Told},
	Reply:     {Objected},
	Order:     {Told, Confirmed},
	Serve:     {Ordered, PartlyPut},
	Recount:   {Ordered, PartlyPut},
	Extend:    {Ordered, PartlyPut},
	Remind:    {Ordered, PartlyPut},
	Report:    {Ordered, PartlyPut},
	Reinspect: {Ordered, Reported, PartlyPut, Failed},
	Close:     {Confirmed, Ordered, Reported, PartlyPut},
	Carry:     {Told, Confirmed, Objected, Ordered, Reported, PartlyPut, Failed},
	Propose:   {Failed},
	Decide:    {Failed},
	Refer:     {Told, Confirmed},
	Notify:    {Told, Confirmed, Objected, OnTheSpot, Ordered, Reported, PartlyPut, Failed, Closed, Referred, Carried},
	Void:      {Told, Confirmed, Objected, Ordered, Reported, PartlyPut, Failed},
}

// Allowed lists what can be done about the finding as it stands, as far as its
// state decides.
func (r Rectification) Allowed() []Action {
	if len(r.Conflicts) > 0 {
		return nil
	}
	var out []Action
	for _, a := range Actions {
		if a != Carry && r.refusal(a) == nil {
			out = append(out, a)
		}
	}
	return out
}

// refusal tells why an action does not go with the state, nil when it does.
func (r Rectification) refusal(a Action) error {
	fault := func(message string) error {
		return &Error{Code: Invalid, Message: message, Field: "action", Args: map[string]any{"due": r.Due, "authority": r.Authority}}
	}
	allowed, known := from[a]
	if !known {
		return fault("rectify.unknown_action")
	}
	if len(r.Conflicts) > 0 {
		return &Error{Code: Conflict, Message: "rectify.conflict", Field: "action", Args: map[string]any{"n": len(r.Conflicts)}}
	}
	if !slices.Contains(allowed, r.State) {
		switch r.State {
		case Observed:
			return fault("rectify.not_sealed")
		case OnTheSpot:
			return fault("rectify.on_the_spot")
		case Closed:
			return fault("rectify.closed")
		case Referred:
			return fault("rectify.referred")
		case Carried:
			return fault("rectify.carried")
		case Dropped:
			return fault("rectify.withdrawn")
		case Objected:
			return fault("rectify.objection_open")
		}
		switch a {
		case Accept, Object:
			return fault("rectify.stands_already")
		case Reply:
			return fault("rectify.no_objection")
		case Order:
			return fault("rectify.ordered_already")
		case Serve, Recount, Extend, Remind, Report, Reinspect:
			if r.State == Reported {
				return fault("rectify.reported_already")
			}
			if r.State == Failed {
				return fault("rectify.failed_already")
			}
			return fault("rectify.not_ordered")
		case Close:
			if r.State == Failed {
				return fault("rectify.reinspect_first")
			}
			return fault("rectify.not_confirmed")
		case Propose, Decide:
			return fault("rectify.not_failed")
		case Refer:
			return fault("rectify.too_late_to_refer")
		}
		return fault("rectify.not_now")
	}
	served := r.Served() != nil
	switch a {
	case Order:
		if r.Authority != (Text{}) {
			return fault("rectify.others_matter")
		}
	case Refer:
		if r.Authority == (Text{}) {
			return fault("rectify.own_matter")
		}
	case Extend, Remind, Recount:
		if !served {
			return fault("rectify.not_served")
		}
	case Notify:
		if r.Severity != Critical {
			return fault("rectify.not_critical")
		}
	case Decide:
		if r.Progress == nil || len(r.Progress.Proposed) == 0 {
			return fault("rectify.nothing_proposed")
		}
	}
	return nil
}

// Do records one step: what it changes, or why it cannot be. The step's By, On
// and At are set; evidence of after goes into photos, which hang on the finding.
func (r Rectification) Do(x Step, photos []Evidence, w Setting) ([]Change, error) {
	if err := r.refusal(x.Action); err != nil {
		return nil, err
	}
	x.ID, x.From, x.To = NewID(StepType), r.State, r.State
	x.Note = strings.TrimSpace(x.Note)
	if err := r.day(x, w); err != nil {
		return nil, err
	}
	set := map[string]any{}
	var err error
	switch x.Action {
	case Accept:
		x.To = Confirmed
	case Object:
		err = need(x.Note, "rectify.say_objection")
		x.To = Objected
	case Reply:
		err = r.reply(&x, set, w)
	case Order:
		err = r.order(&x, set, w)
	case Serve:
		err = r.serve(&x, set, w)
	case Recount:
		err = r.recount(&x, set, w)
	case Extend:
		err = r.extend(&x, set, w)
	case Remind:
		if err = need(x.Whom, "rectify.say_whom"); err == nil {
			err = need(x.Way, "rectify.say_way")
		}
	case Report:
		err = need(x.Note, "rectify.say_report")
		x.To = Reported
	case Reinspect:
		err = r.reinspect(&x, photos, set, w)
	case Close:
		err = need(x.Note, "rectify.say_why")
		x.To = Closed
	case Carry:
		err = r.carry(&x)
	case Propose:
		err = r.propose(&x, set)
	case Decide:
		err = r.decide(&x, set)
	case Refer:
		if err = need(x.Whom, "rectify.say_whom"); err == nil {
			err = need(x.Number, "rectify.say_number")
		}
		x.To = Referred
	case Notify:
		if err = need(x.Whom, "rectify.say_whom"); err == nil {
			err = need(x.Way, "rectify.say_way")
		}
	case Void:
		if err = need(x.Note, "rectify.say_why"); err == nil {
			err = second(x)
		}
		x.To = Dropped
	}
	if err != nil {
		return nil, err
	}
	if x.Action != Reinspect && len(photos) > 0 {
		return nil, &Error{Code: Invalid, Message: "rectify.photos_at_reinspection", Field: "photo"}
	}
	kind := Set
	if x.To != x.From {
		kind = Transition
		set["state"] = x.To
	}
	x.Due = r.Due
	if due, ok := set["due"].(string); ok {
		x.Due = due
	}
	set["steps/"+string(x.ID)] = x
	c := r.state.change(kind, r.ID, set)
	c.Reason = x.Note
	return []Change{c}, nil
}

// day checks when the step is said to have happened.
func (r Rectification) day(x Step, w Setting) error {
	if _, err := time.Parse(time.DateOnly, x.On); err != nil {
		return &Error{Code: Invalid, Message: "rectify.bad_day", Field: "on", Args: map[string]any{"date": x.On}}
	}
	if x.On > w.Today {
		return &Error{Code: Invalid, Message: "rectify.future", Field: "on", Args: map[string]any{"date": x.On}}
	}
	if r.ObservedOn != "" && x.On < r.ObservedOn {
		return &Error{Code: Invalid, Message: "rectify.before_visit", Field: "on", Args: map[string]any{"date": x.On, "visit": r.ObservedOn}}
	}
	return nil
}

func need(text, message string) error {
	if strings.TrimSpace(text) == "" {
		return &Error{Code: Invalid, Message: message, Field: strings.TrimPrefix(message, "rectify.say_")}
	}
	return nil
}

// second checks that another person approved.
func second(x Step) error {
	switch x.Second {
	case "":
		return &Error{Code: Invalid, Message: "rectify.second_needed", Field: "second"}
	case x.By:
		return &Error{Code: Forbidden, Message: "rectify.second_same", Field: "second"}
	}
	return nil
}

// ObjectionUntil gives the last day on which the organization may object; ""
// when there is no such limit, or the visit has no date.
func (f Finding) ObjectionUntil(w Setting) string {
	l := w.Limits[LimitObjection]
	if l.N == 0 || f.ObservedOn == "" {
		return ""
	}
	c, err := w.Calendar.Count(f.ObservedOn, l.Term())
	if err != nil {
		return ""
	}
	return c.Due
}

// AnswerUntil gives the day by which the objection is to be answered; "" when
// none is open or there is no such limit.
func (f Finding) AnswerUntil(w Setting) string {
	l := w.Limits[LimitAnswer]
	if l.N == 0 || f.State != Objected || f.Progress == nil {
		return ""
	}
	c, err := w.Calendar.Count(f.Progress.ObjectedOn, l.Term())
	if err != nil {
		return ""
	}
	return c.Due
}

func (r Rectification) reply(x *Step, set map[string]any, w Setting) error {
	if slices.Contains(w.Team, x.By) {
		return &Error{Code: Forbidden, Message: "rectify.reply_not_by_team", Field: "by"}
	}
	if err := need(x.Note, "rectify.say_why"); err != nil {
		return err
	}
	switch x.Result {
	case Upheld:
		x.To = Dropped
	case Dismissed:
		x.To = Confirmed
	case Amended:
		x.To = Confirmed
		x.Fact = strings.TrimSpace(x.Fact)
		if x.Fact == "" && x.Severity == "" {
			return &Error{Code: Invalid, Message: "rectify.say_amended", Field: "fact"}
		}
		if x.Fact != "" {
			set["fact"] = x.Fact
		}
		switch x.Severity {
		case "":
		case Critical, Major, Minor:
			set["severity"] = x.Severity
		default:
			return &Error{Code: Invalid, Message: "rectify.severity", Field: "severity"}
		}
	default:
		return &Error{Code: Invalid, Message: "rectify.reply_result", Field: "result"}
	}
	return nil
}

func (r Rectification) order(x *Step, set map[string]any, w Setting) error {
	// Whoever may still object is not ordered about yet.
	if until := r.ObjectionUntil(w); r.State == Told && until != "" && w.Today <= until {
		return &Error{Code: Invalid, Message: "rectify.objection_period", Field: "on", Args: map[string]any{"until": until}}
	}
	if x.Term == nil && r.DeadlineDays > 0 {
		x.Term = &Term{N: r.DeadlineDays, Unit: CalendarDays}
	}
	if x.Term == nil {
		return &Error{Code: Invalid, Message: "rectify.term_needed", Field: "term"}
	}
	if err := x.Term.Check(); err != nil {
		return err
	}
	if x.Term.Date != "" && x.Term.Date < x.On {
		return &Error{Code: Invalid, Message: "rectify.term_past", Field: "term", Args: map[string]any{"date": x.Term.Date}}
	}
	x.To = Ordered
	r.run(set, x.Term, nil, nil, "")
	return nil
}

// run puts the term that runs, its service and its last day in place; nil and
// "" take them away.
func (r Rectification) run(set map[string]any, t *Term, p *ServiceProof, c *Count, due string) {
	set["term"], set["served"], set["count"], set["due"] = t, p, c, due
}

func (r Rectification) serve(x *Step, set map[string]any, w Setting) error {
	if x.Service == nil {
		return &Error{Code: Invalid, Message: "service.no_proof", Field: "proof"}
	}
	if err := x.Service.Check(); err != nil {
		return err
	}
	p := *x.Service
	begun := "" // when the paper that is served was written
	for _, s := range r.Steps {
		if s.Action == Order || s.Action == Reinspect && s.Result == FixedPart {
			begun = max(begun, s.On)
		}
	}
	switch {
	case p.On > w.Today:
		return &Error{Code: Invalid, Message: "rectify.future", Field: "served", Args: map[string]any{"date": p.On}}
	case p.On < begun:
		return &Error{Code: Invalid, Message: "service.before_order", Field: "served", Args: map[string]any{"date": p.On, "ordered": begun}}
	case r.Served() != nil && x.Note == "":
		return &Error{Code: Invalid, Message: "service.already", Field: "note", Args: map[string]any{"date": r.Served().On}}
	}
	t, ok := r.Term()
	if !ok {
		return &Error{Code: Invalid, Message: "rectify.term_needed", Field: "term"}
	}
	c, err := w.Calendar.Count(p.On, t)
	if err != nil {
		return err
	}
	x.Count = &c
	r.run(set, &t, &p, &c, c.Due)
	return nil
}

// Recounted gives the count of the running term by another calendar, and
// whether it ends on another day than the one recorded.
func (r Rectification) Recounted(c Calendar) (Count, bool) {
	t, ok := r.Term()
	p := r.Served()
	if !ok || p == nil || r.State != Ordered && r.State != PartlyPut {
		return Count{}, false
	}
	out, err := c.Count(p.On, t)
	return out, err == nil && out.Due != r.Due
}

func (r Rectification) recount(x *Step, set map[string]any, w Setting) error {
	c, differs := r.Recounted(w.Calendar)
	if !differs {
		return &Error{Code: Invalid, Message: "rectify.same_count", Field: "action", Args: map[string]any{"due": r.Due}}
	}
	t, _ := r.Term()
	x.Count = &c
	r.run(set, &t, r.Served(), &c, c.Due)
	return nil
}

func (r Rectification) extend(x *Step, set map[string]any, w Setting) error {
	if err := need(x.Note, "rectify.say_why"); err != nil {
		return err
	}
	if err := second(*x); err != nil {
		return err
	}
	if x.Term == nil {
		return &Error{Code: Invalid, Message: "rectify.term_needed", Field: "term"}
	}
	// More days are counted from service too: the whole term, anew.
	c, err := w.Calendar.Count(r.Served().On, *x.Term)
	if err != nil {
		return err
	}
	if c.Due <= r.Due {
		return &Error{Code: Invalid, Message: "rectify.no_extension", Field: "term", Args: map[string]any{"due": r.Due, "new": c.Due}}
	}
	x.Count = &c
	r.run(set, x.Term, r.Served(), &c, c.Due)
	return nil
}

func (r Rectification) reinspect(x *Step, photos []Evidence, set map[string]any, w Setting) error {
	people := map[ID]bool{}
	for _, m := range x.Inspectors {
		people[m.Person] = true
		if m.ValidTo != "" && m.ValidTo < x.On {
			return &Error{Code: Invalid, Message: "inspection.certificate_expired", Field: "inspectors",
				Args: map[string]any{"name": m.Name, "certificate": m.Certificate, "until": m.ValidTo}}
		}
	}
	if len(people) < 2 {
		return &Error{Code: Invalid, Message: "inspection.two_inspectors", Field: "inspectors"}
	}
	if err := need(x.Note, "rectify.say_found"); err != nil {
		return err
	}
	if r.Sensitive && len(photos) > 0 {
		return &Error{Code: Forbidden, Message: "rectify.no_photo_sensitive", Field: "photo"}
	}
	switch x.Result {
	case Fixed:
		x.To = Closed
	case FixedPart:
		// From a failure too: late, but going on.
		if most := w.Limits.N(LimitRounds); most > 0 && r.Progress != nil && r.Progress.Rounds >= most {
			return &Error{Code: Invalid, Message: "rectify.rounds", Field: "result", Args: map[string]any{"n": most}}
		}
		if x.Term == nil {
			return &Error{Code: Invalid, Message: "rectify.term_needed", Field: "term"}
		}
		if err := x.Term.Check(); err != nil {
			return err
		}
		if x.Term.Date != "" && x.Term.Date < x.On {
			return &Error{Code: Invalid, Message: "rectify.term_past", Field: "term", Args: map[string]any{"date": x.Term.Date}}
		}
		x.To = PartlyPut
		r.run(set, x.Term, nil, nil, "") // the new deadline has to be served as well
	case NotFixed:
		if r.State != Reported && r.State != Failed {
			if r.Served() == nil {
				return &Error{Code: Invalid, Message: "rectify.not_served", Field: "result"}
			}
			if r.Due >= x.On {
				return &Error{Code: Invalid, Message: "rectify.not_due_yet", Field: "result", Args: map[string]any{"due": r.Due}}
			}
		}
		x.To = Failed
	default:
		return &Error{Code: Invalid, Message: "rectify.reinspect_result", Field: "result"}
	}
	for _, e := range photos {
		e.Item = ItemKey(r.Item, r.Repeat) // what stands beside it is the photo of before
		set["evidence/"+string(e.ID)] = e
		x.Evidence = append(x.Evidence, e.ID)
	}
	return nil
}

func (r Rectification) carry(x *Step) error {
	if x.Finding == "" || x.Finding == r.ID || x.Inspection == "" {
		return &Error{Code: Invalid, Message: "rectify.carry_where", Field: "finding"}
	}
	x.To = Carried
	return nil
}

func (r Rectification) propose(x *Step, set map[string]any) error {
	switch x.For {
	case ForCreditList, ForInterview, ForCase:
	default:
		return &Error{Code: Invalid, Message: "rectify.propose_what", Field: "for"}
	}
	if err := need(x.Note, "rectify.say_why"); err != nil {
		return err
	}
	if old, ok := r.Proposals[x.For]; ok && old.Decision != Declined {
		return &Error{Code: Conflict, Message: "rectify.proposed_already", Field: "for", Args: map[string]any{"date": old.On}}
	}
	set["proposals/"+x.For] = Proposal{For: x.For, On: x.On, By: x.By, Reason: x.Note}
	return nil
}

func (r Rectification) decide(x *Step, set map[string]any) error {
	p, ok := r.Proposals[x.For]
	switch {
	case !ok || p.Decision != "":
		return &Error{Code: Invalid, Message: "rectify.nothing_proposed", Field: "for"}
	case p.By == x.By:
		return &Error{Code: Forbidden, Message: "rectify.decide_same", Field: "by"}
	case x.Result != Approved && x.Result != Declined:
		return &Error{Code: Invalid, Message: "rectify.decide_result", Field: "result"}
	case x.Result == Declined && x.Note == "":
		return need("", "rectify.say_why")
	case x.Result == Approved && strings.TrimSpace(x.Number) == "":
		return need("", "rectify.say_number")
	}
	p.Decision, p.DecidedOn, p.DecidedBy, p.Number = x.Result, x.On, x.By, x.Number
	set["proposals/"+x.For] = p
	if x.For == ForCase && x.Result == Approved {
		x.To = Referred
	}
	return nil
}
