package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PlanState is where a plan of inspections stands.
type PlanState string

const (
	PlanDrafted   PlanState = "draft"
	PlanApproved  PlanState = "approved"
	PlanFrozen    PlanState = "frozen" // lists frozen, commitment published
	PlanDrawn     PlanState = "drawn"
	PlanPublished PlanState = "published"
	PlanCancelled PlanState = "cancelled" // stays listed, with its commitment if it had one
)

// PlanStates lists them in the order of a plan's life.
var PlanStates = []PlanState{PlanDrafted, PlanApproved, PlanFrozen, PlanDrawn, PlanPublished, PlanCancelled}

// PlanAct is what a person does to a plan.
type PlanAct string

const (
	ApprovePlan PlanAct = "approve"
	FreezePlan  PlanAct = "freeze"
	DrawPlan    PlanAct = "draw"
	ImportDraw  PlanAct = "import" // the lot fell on another authority's platform
	PublishPlan PlanAct = "publish"
	CancelPlan  PlanAct = "cancel"
)

// PlanActs lists all of them.
var PlanActs = []PlanAct{ApprovePlan, FreezePlan, DrawPlan, ImportDraw, PublishPlan, CancelPlan}

// planWays says from where each act leads where.
var planWays = map[PlanAct]struct {
	from []PlanState
	to   PlanState
}{
	ApprovePlan: {[]PlanState{PlanDrafted}, PlanApproved},
	FreezePlan:  {[]PlanState{PlanApproved}, PlanFrozen},
	DrawPlan:    {[]PlanState{PlanFrozen}, PlanDrawn},
	ImportDraw:  {[]PlanState{PlanApproved}, PlanDrawn},
	PublishPlan: {[]PlanState{PlanDrawn}, PlanPublished},
	// After the lot has fallen nobody can take a plan back: an operator who could
	// would draw until the result pleases.
	CancelPlan: {[]PlanState{PlanDrafted, PlanApproved, PlanFrozen}, PlanCancelled},
}

// Kinds of plans (社会组织抽查暂行办法 art 5).
const (
	RegularPlan   = "regular"   // 定期抽查: the yearly draw, with a minimum share
	IrregularPlan = "irregular" // 不定期抽查: within a condition, share as needed
)

// PlanLevels are the levels of authorities, the lowest first.
var PlanLevels = []string{"county", "city", "province", "ministry"}

// What strata can be made of.
const (
	ByKind     = "kind"
	ByDistrict = "district"
	ByRisk     = "risk"
	BySince    = "since" // years since the last inspection
)

// StrataParts lists them.
var StrataParts = []string{ByKind, ByDistrict, ByRisk, BySince}

// RiskHeading is the column of the register that holds the class of risk as the
// authority set it by hand; where it is empty, the class follows from the records.
const RiskHeading = "风险等级"

// Share is a part of the organizations of a stratum, in hundredths of a
// percent, and where it comes from.
type Share struct {
	Points     int        `json:"points"` // 300 = 3 %
	Source     Text       `json:"source"`
	Confidence Confidence `json:"confidence,omitempty"`
}

// PlanTerms are what a plan says; they do not change once it is drafted.
type PlanTerms struct {
	Title      string             `json:"title"`
	Year       int                `json:"year"`
	Kind       string             `json:"kind"`            // regular or irregular
	Level      string             `json:"level,omitempty"` // county, city, province, ministry
	Share      Share              `json:"share"`
	Least      Share              `json:"least,omitzero"`        // the minimum that holds for the level, as it was known
	Strata     []string           `json:"strata,omitempty"`      // parts of a stratum's name; none: one stratum
	Shares     map[string]int     `json:"shares,omitempty"`      // points of strata with a share of their own
	SinceYears int                `json:"since_years,omitempty"` // BySince tells those inspected within so many years from the others
	Cap        int                `json:"cap,omitempty"`         // inspections a year that one organization bears, 0 = no cap
	Kinds      []OrganizationKind `json:"kinds,omitempty"`       // only these; empty = all
	Districts  []string           `json:"districts,omitempty"`   // only these; empty = all
	Active     []string           `json:"active"`                // words of the register for an active organization
	Unit       string             `json:"unit,omitempty"`        // only its inspectors: a delegated inspection 委托检查
	With       []string           `json:"with,omitempty"`        // authorities that take part: a combined inspection 联合检查
	Checklists []string           `json:"checklists"`            // ids; each organization gets the first that serves its kind
	VisitsFrom string             `json:"visits_from"`           // YYYY-MM-DD
	VisitsTo   string             `json:"visits_to"`             // certificates have to be valid on that day
	Team       int                `json:"team"`
}

// PlanStep says who took a plan to a state, and when.
type PlanStep struct {
	By      ID     `json:"by"`
	Name    string `json:"name"`
	At      string `json:"at"`                // RFC 3339
	Witness string `json:"witness,omitempty"` // 监督人: saw the lot fall
	Note    string `json:"note,omitempty"`
}

// Lot is what decided a draw: the operator's secret, revealed, and what the
// sources gave.
type Lot struct {
	Secret string   `json:"secret"`
	Values []string `json:"values"`
}

// ForeignDraw is a draw that another platform made. Nobody can run it again
// here; the digest names the file that the platform gave.
type ForeignDraw struct {
	Platform  string       `json:"platform"`
	Reference string       `json:"reference"`
	File      Hash         `json:"file"`
	Visits    []DrawnVisit `json:"visits"`
}

// DrawnVisit is an organization that was drawn and its team, the leader first.
type DrawnVisit struct {
	Organization ID   `json:"organization"`
	Team         []ID `json:"team"`
}

// Replacement is an organization, or an inspector of its team, that gave way
// after the draw. Who comes instead follows from the draw, not from a person.
type Replacement struct {
	Organization ID       `json:"organization"`
	Inspector    ID       `json:"inspector,omitempty"` // who leaves the team; "" where the organization gives way
	Reason       string   `json:"reason"`
	Step         PlanStep `json:"step"`
}

// LeftOff is an inspector who is not on the frozen list, and why.
type LeftOff struct {
	Person ID     `json:"person"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Plan is a plan of inspections: a view of its State.
type Plan struct {
	ID       ID                     `json:"id"`
	State    PlanState              `json:"state"`
	Terms    PlanTerms              `json:"terms"`
	Steps    map[PlanState]PlanStep `json:"steps"`
	Code     string                 `json:"code,omitempty"` // of the commitment
	LeftOff  []LeftOff              `json:"left_off,omitempty"`
	Reason   string                 `json:"reason,omitempty"` // of the cancellation
	Foreign  *ForeignDraw           `json:"foreign,omitempty"`
	Replaced []Replacement          `json:"replaced,omitempty"` // in their order
	Prepared json.RawMessage        `json:"-"`                  // the frozen lists and the commitment, as app/draw writes them
	Lot      *Lot                   `json:"-"`

	state State
}

// PlanOf reads a plan from its state; false when it is none.
func PlanOf(id ID, s State) (Plan, bool) {
	p := Plan{ID: id, State: PlanDrafted, Steps: map[PlanState]PlanStep{}, state: s}
	if id.Type() != PlanType || !s.Get("terms", &p.Terms) {
		return p, false
	}
	s.Get("state", &p.State)
	s.Get("left_off", &p.LeftOff)
	s.Get("prepared", &p.Prepared)
	p.Code, p.Reason = s.Text("code"), s.Text("reason")
	var lot Lot
	if s.Get("lot", &lot) {
		p.Lot = &lot
	}
	var foreign ForeignDraw
	if s.Get("foreign", &foreign) {
		p.Foreign = &foreign
	}
	for _, path := range s.Paths("replaced/") {
		var r Replacement
		if s.Get(path, &r) {
			p.Replaced = append(p.Replaced, r)
		}
	}
	for _, path := range s.Paths("steps/") {
		var step PlanStep
		if s.Get(path, &step) {
			p.Steps[PlanState(strings.TrimPrefix(path, "steps/"))] = step
		}
	}
	return p, true
}

// NewPlan drafts a plan. A share below the minimum of the level needs the rule
// that allows it.
func NewPlan(t PlanTerms, by PlanStep) (ID, []Change, error) {
	if err := t.check(); err != nil {
		return "", nil, err
	}
	if by.By == "" {
		return "", nil, &Error{Code: Invalid, Message: "plan.by_needed", Field: "by"}
	}
	id := NewID(PlanType)
	return id, []Change{{Kind: Create, Record: id, Set: map[string]any{"terms": t, "state": PlanDrafted, "steps/" + string(PlanDrafted): by}}}, nil
}

func (t PlanTerms) check() error {
	fault := func(message, field string, args map[string]any) error {
		return &Error{Code: Invalid, Message: message, Field: field, Args: args}
	}
	from, err1 := time.Parse(time.DateOnly, t.VisitsFrom)
	to, err2 := time.Parse(time.DateOnly, t.VisitsTo)
	switch {
	case strings.TrimSpace(t.Title) == "":
		return fault("plan.title_needed", "title", nil)
	case t.Kind != RegularPlan && t.Kind != IrregularPlan:
		return fault("plan.kind_unknown", "kind", map[string]any{"kind": t.Kind})
	case err1 != nil || err2 != nil || to.Before(from):
		return fault("plan.visits", "visits_from", nil)
	case t.Team < 2:
		return fault("inspection.two_inspectors", "team", nil)
	case len(t.Checklists) == 0:
		return fault("plan.checklist_needed", "checklist", nil)
	case t.Kind == RegularPlan && t.Least.Points == 0:
		return fault("plan.level_unknown", "level", map[string]any{"level": t.Level})
	case t.Share.Points <= 0 || t.Share.Points > 10_000:
		return fault("plan.share", "share", map[string]any{"share": PercentOf(t.Share.Points)})
	case t.Cap < 0 || t.SinceYears < 0:
		return fault("plan.cap", "cap", nil)
	case t.Kind == RegularPlan && t.Share.Points < t.Least.Points && t.Share.Source == (Text{}):
		return fault("plan.share_low", "share", map[string]any{"share": PercentOf(t.Share.Points), "least": PercentOf(t.Least.Points), "level": t.Level})
	}
	for n, part := range t.Strata {
		if !slices.Contains(StrataParts, part) || slices.Contains(t.Strata[:n], part) {
			return fault("plan.strata", "strata", map[string]any{"part": part, "known": strings.Join(StrataParts, ", ")})
		}
	}
	for name, points := range t.Shares {
		if points <= 0 || points > 10_000 {
			return fault("plan.share", "share", map[string]any{"share": name + " " + PercentOf(points)})
		}
	}
	return nil
}

// ParsePercent reads a share such as "3 %", "3.5%" or "4" into hundredths of a
// percent.
func ParsePercent(v string) (points int, err error) {
	whole, part, _ := strings.Cut(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "%")), ".")
	n, bad := strconv.ParseUint(whole+(part + "00")[:2], 10, 20)
	if bad != nil || len(part) > 2 || whole == "" {
		return 0, &Error{Code: Invalid, Message: "plan.share", Field: "share", Args: map[string]any{"share": v}}
	}
	return int(n), nil
}

// PercentOf writes a share in points as a percentage: 350 is "3.5".
func PercentOf(points int) string {
	b, _ := json.Marshal(float64(points) / 100) // a finite number: cannot fail
	return string(b)
}

// ActiveWords are the words of a register for an organization that is active; the
// abnormal list is no reason to be spared.
var ActiveWords = []string{"", "正常", "列入活动异常名录", "active"}

// Can tells whether an act is the plan's turn, whoever takes it.
func (p Plan) Can(act PlanAct) bool { return slices.Contains(planWays[act].from, p.State) }

// MayAct tells why a person may not do this to the plan now, nil if they may.
// This is where duties are parted: who approves did not draft; who freezes or
// draws did not approve, and does not do it alone; who publishes did not draft.
func (p Plan) MayAct(act PlanAct, by PlanStep) error {
	way, known := planWays[act]
	if !known || !slices.Contains(way.from, p.State) {
		return &Error{Code: Conflict, Message: "plan.wrong_step", Args: map[string]any{"title": p.Terms.Title, "state": Word("plan.state." + string(p.State)), "act": Word("plan.act." + string(act))}}
	}
	if by.By == "" {
		return &Error{Code: Invalid, Message: "plan.by_needed", Field: "by"}
	}
	forbidden := func(message string) error {
		return &Error{Code: Forbidden, Message: message, Field: "by", Args: map[string]any{"name": by.Name}}
	}
	author, approver := p.Steps[PlanDrafted].By, p.Steps[PlanApproved].By
	switch act {
	case ApprovePlan:
		if by.By == author {
			return forbidden("plan.own_plan")
		}
	case FreezePlan, DrawPlan, ImportDraw:
		if by.By == approver {
			return forbidden("plan.operator_approved")
		}
		if witness := strings.TrimSpace(by.Witness); act == DrawPlan && (witness == "" || witness == by.Name) {
			return &Error{Code: Invalid, Message: "plan.witness_needed", Field: "witness"}
		}
	case PublishPlan:
		if by.By == author {
			return forbidden("plan.own_publication")
		}
	case CancelPlan:
		if strings.TrimSpace(by.Note) == "" {
			return &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
		}
	}
	return nil
}

// DutiesJoined tells whether one person had two duties at a plan that no person
// may join. A server asks it of what laptops send.
func DutiesJoined(steps map[PlanState]PlanStep) (who string, joined bool) {
	for _, pair := range [][2]PlanState{{PlanDrafted, PlanApproved}, {PlanApproved, PlanFrozen}, {PlanApproved, PlanDrawn}, {PlanDrafted, PlanPublished}} {
		a, b := steps[pair[0]], steps[pair[1]]
		if a.By != "" && a.By == b.By {
			return b.Name, true
		}
	}
	return "", false
}

// act takes the plan on, with what the act adds.
func (p Plan) act(act PlanAct, by PlanStep, set map[string]any) ([]Change, error) {
	if err := p.MayAct(act, by); err != nil {
		return nil, err
	}
	to := planWays[act].to
	set["state"], set["steps/"+string(to)] = to, by
	c := p.state.change(Transition, p.ID, set)
	c.Reason = by.Note
	return []Change{c}, nil
}

// Approve approves the plan (the head of the authority).
func (p Plan) Approve(by PlanStep) ([]Change, error) { return p.act(ApprovePlan, by, map[string]any{}) }

// Publish says that the draw was published.
func (p Plan) Publish(by PlanStep) ([]Change, error) { return p.act(PublishPlan, by, map[string]any{}) }

// Cancel ends a plan whose lot has not fallen; by.Note is the reason. A promised
// draw that was not held stays listed with its code.
func (p Plan) Cancel(by PlanStep) ([]Change, error) {
	return p.act(CancelPlan, by, map[string]any{"reason": by.Note})
}

// Freeze keeps the frozen lists and the code of the commitment to them.
func (p Plan) Freeze(by PlanStep, prepared json.RawMessage, code string, off []LeftOff) ([]Change, error) {
	return p.act(FreezePlan, by, map[string]any{"prepared": prepared, "code": code, "left_off": off})
}

// Draw keeps what decided the lot.
func (p Plan) Draw(by PlanStep, lot Lot) ([]Change, error) {
	return p.act(DrawPlan, by, map[string]any{"lot": lot})
}

// Import keeps a draw that another platform made, as such.
func (p Plan) Import(by PlanStep, f ForeignDraw) ([]Change, error) {
	switch {
	case strings.TrimSpace(f.Platform) == "" || strings.TrimSpace(f.Reference) == "":
		return nil, &Error{Code: Invalid, Message: "plan.platform_needed", Field: "platform"}
	case len(f.Visits) == 0:
		return nil, &Error{Code: Invalid, Message: "plan.foreign_empty", Field: "file"}
	}
	for n, v := range f.Visits {
		if slices.ContainsFunc(f.Visits[:n], func(o DrawnVisit) bool { return o.Organization == v.Organization }) {
			return nil, &Error{Code: Invalid, Message: "plan.foreign_twice", Field: "file", Args: map[string]any{"line": n + 2}}
		}
		if approver := p.Steps[PlanApproved]; slices.Contains(v.Team, approver.By) {
			return nil, &Error{Code: Forbidden, Message: "plan.approver_in_team", Field: "file", Args: map[string]any{"name": approver.Name, "line": n + 2}}
		}
	}
	return p.act(ImportDraw, by, map[string]any{"foreign": f})
}

// Replace lets an organization, or an inspector of its team, give way after the
// draw, with the reason. The head who approved the plan has no hand in it.
func (p Plan) Replace(r Replacement) ([]Change, error) {
	switch {
	case p.Lot == nil || p.State != PlanDrawn && p.State != PlanPublished:
		return nil, &Error{Code: Conflict, Message: "plan.not_drawn", Args: map[string]any{"title": p.Terms.Title}}
	case r.Step.By == "":
		return nil, &Error{Code: Invalid, Message: "plan.by_needed", Field: "by"}
	case r.Step.By == p.Steps[PlanApproved].By:
		return nil, &Error{Code: Forbidden, Message: "plan.operator_approved", Field: "by", Args: map[string]any{"name": r.Step.Name}}
	case strings.TrimSpace(r.Reason) == "":
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	c := p.state.change(Assign, p.ID, map[string]any{fmt.Sprintf("replaced/%04d", len(p.Replaced)+1): r})
	c.Reason = r.Reason
	return []Change{c}, nil
}

// DrawnID names the inspection of an organization that a plan drew, the same on
// every device.
func DrawnID(plan, organization ID) ID {
	return DerivedID(InspectionType, "plan", string(plan), string(organization))
}

// Inspection gives the planned inspection of an organization that was drawn.
func (p Plan) Inspection(o Organization, list ChecklistRef, team []Inspector) ([]Change, error) {
	day, err := time.Parse(time.DateOnly, p.Terms.VisitsFrom)
	if err != nil {
		return nil, &Error{Code: Invalid, Message: "plan.visits", Field: "visits_from"}
	}
	kind := "random_regular"
	if p.Terms.Kind == IrregularPlan {
		kind = "random_irregular"
	}
	_, changes, err := NewInspection(o, list, kind, team, day)
	if err != nil {
		return nil, err
	}
	id := DrawnID(p.ID, o.ID)
	for n := range changes {
		changes[n].Record = id
		changes[n].Set["number"] = InspectionNumber(id, day)
		changes[n].Set["plan"] = p.ID
	}
	return changes, nil
}

// Past is what is known of an organization's earlier inspections.
type Past struct {
	Times int    // in the year of the plan, cancelled ones left out
	Last  string // YYYY-MM-DD of the last one carried out, "" for never
}

// Covers tells whether the plan is about the organization at all: of the kinds
// and districts that it names.
func (t PlanTerms) Covers(o Organization) bool {
	return (len(t.Kinds) == 0 || slices.Contains(t.Kinds, o.Kind)) && (len(t.Districts) == 0 || slices.Contains(t.Districts, o.District))
}

// Excluded gives the key of the reason why an organization that the plan covers
// cannot be drawn, "" if it can. registered is false for one that does not
// count among the registered any more: it does not enlarge the quota either.
func (t PlanTerms) Excluded(o Organization, past Past, served bool) (reason string, registered bool) {
	switch {
	case !slices.Contains(t.Active, o.Status):
		return "plan.excluded.status", false
	case t.Cap > 0 && past.Times >= t.Cap:
		return "plan.excluded.cap", true
	case !served:
		return "plan.excluded.checklist", true
	}
	return "", true
}

// Stratum names the stratum of an organization. word gives the text of a key.
func (t PlanTerms) Stratum(o Organization, past Past, word func(key string) string) string {
	var parts []string
	for _, part := range t.Strata {
		v := ""
		switch part {
		case ByKind:
			v = word(o.Kind.Text())
		case ByDistrict:
			v = o.District
		case ByRisk:
			v = o.Extra[RiskHeading]
		case BySince:
			v = word(t.since(past))
		}
		if v = strings.Join(strings.Fields(v), " "); v == "" {
			v = word("plan.stratum.none")
		}
		parts = append(parts, v)
	}
	if len(parts) == 0 {
		return word("plan.stratum.all")
	}
	return strings.Join(parts, " / ")
}

// since tells whether the last inspection lies within the plan's years.
func (t PlanTerms) since(past Past) string {
	last, err := time.Parse(time.DateOnly, past.Last)
	from, err2 := time.Parse(time.DateOnly, t.VisitsFrom)
	if err != nil || err2 != nil || last.AddDate(t.SinceYears, 0, 0).Before(from) {
		return "plan.stratum.long_ago"
	}
	return "plan.stratum.recent"
}

// StratumCount is how many organizations of a stratum are registered, and how
// many of them can be drawn.
type StratumCount struct {
	Name             string
	Registered, Able int
}

// Quotas tells how many are drawn from each stratum, in the order of counts. The
// strata without a share of their own together give no less than the plan's
// share of all that are registered in them; within that each gets its part, the
// largest remainders first. What a stratum cannot give, others do.
func (t PlanTerms) Quotas(counts []StratumCount) ([]int, error) {
	quotas := make([]int, len(counts))
	rest := map[int]int{} // remainders of strata that share the plan's quota
	registered, given := 0, 0
	for n, c := range counts {
		if own, ok := t.Shares[c.Name]; ok {
			quotas[n] = ceil(c.Registered*own, 10_000)
			if quotas[n] > c.Able {
				return nil, &Error{Code: Invalid, Message: "plan.too_few", Field: "share", Args: map[string]any{"stratum": c.Name, "quota": quotas[n], "able": c.Able}}
			}
			continue
		}
		quotas[n] = min(c.Registered*t.Share.Points/10_000, c.Able)
		rest[n] = c.Registered * t.Share.Points % 10_000
		registered, given = registered+c.Registered, given+quotas[n]
	}
	for name := range t.Shares {
		if !slices.ContainsFunc(counts, func(c StratumCount) bool { return c.Name == name }) {
			return nil, &Error{Code: Invalid, Message: "plan.stratum_unknown", Field: "share", Args: map[string]any{"stratum": name}}
		}
	}
	for want := ceil(registered*t.Share.Points, 10_000); given < want; given++ {
		best := -1
		for n, c := range counts {
			if r, shares := rest[n]; shares && quotas[n] < c.Able && (best < 0 || r > rest[best]) {
				best = n
			}
		}
		if best < 0 {
			return nil, &Error{Code: Invalid, Message: "plan.too_few", Field: "share", Args: map[string]any{"stratum": t.Title, "quota": want, "able": given}}
		}
		quotas[best]++
		rest[best] -= 10_000
	}
	return quotas, nil
}

func ceil(a, b int) int { return (a + b - 1) / b }
