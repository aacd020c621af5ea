package record

import (
	"encoding/json"
	"slices"
	"strings"
)

// Role is a duty at the authority. Who leads, inspects or records is said in each
// inspection's team and is no role.
type Role string

// The roles. One binds once somebody holds it: from then on only its holders do
// what it is for. An authority of three people gives none, and the separation of
// duties within each matter still holds.
const (
	Planner       Role = "planner"       // 计划员: drafts plans
	DrawOperator  Role = "draw_operator" // 抽取员: freezes lists and lets the lot fall
	Approver      Role = "approver"      // 机关负责人: approves plans, visits, documents, proposals
	Reviewer      Role = "reviewer"      // 审核（法制）: reviews records and documents, answers objections, approves law
	Publisher     Role = "publisher"     // 公示员: publishes draws and results
	Administrator Role = "administrator" // 系统管理员: gives roles; signs nothing and decides nothing in a case
	Auditor       Role = "auditor"       // 审计员: reads
)

// RoleNames lists the roles.
var RoleNames = []Role{Planner, DrawOperator, Approver, Reviewer, Publisher, Administrator, Auditor}

// RoleGrant says that a person has a role, since when and by whom.
type RoleGrant struct {
	Authority string `json:"authority,omitempty"` // where it holds; "" where it was given before the laptop was enrolled
	By        ID     `json:"by"`
	Name      string `json:"name"`            // of who gave it
	At        int64  `json:"at"`              // unix ms
	Until     int64  `json:"until,omitempty"` // unix ms, 0 still
	Ended     string `json:"ended,omitempty"` // who ended it
}

func (g RoleGrant) at(t int64) bool { return g.At <= t && (g.Until == 0 || t < g.Until) }

// Roles says who holds what, by person.
type Roles map[ID]map[Role]RoleGrant

// Of gives the roles that hold at one authority: those of a neighbour bind nobody
// here.
func (r Roles) Of(authority string) Roles {
	out := Roles{}
	for person, held := range r {
		for role, g := range held {
			if g.Authority != authority {
				continue
			}
			if out[person] == nil {
				out[person] = map[Role]RoleGrant{}
			}
			out[person][role] = g
		}
	}
	return out
}

// Hold tells whether a person holds a role at a time (unix ms).
func (r Roles) Hold(person ID, role Role, t int64) bool {
	g, ok := r[person][role]
	return ok && g.at(t)
}

// Holders counts those who hold a role at a time.
func (r Roles) Holders(role Role, t int64) (n int) {
	for person := range r {
		if r.Hold(person, role, t) {
			n++
		}
	}
	return n
}

// caseTypes are the records of a case: an administrator writes nothing there.
var caseTypes = []Type{InspectionType, FindingType, PaperType, PlanType, ProcedureType, ComplaintType, DestructionType}

// Follow takes up what an entry says of a person's roles, if it says something.
func (r Roles) Follow(person ID, set map[string]json.RawMessage) (said bool) {
	for path, raw := range set {
		role, ok := strings.CutPrefix(path, "roles/")
		var g RoleGrant
		if !ok || json.Unmarshal(raw, &g) != nil {
			continue
		}
		if r[person] == nil {
			r[person] = map[Role]RoleGrant{}
		}
		r[person][Role(role)] = g
		said = true
	}
	return said
}

// May tells why a person may not write this entry at a time, nil if they may. It
// is asked of every entry: by the store before it writes one, and by the server of
// what laptops send.
func (r Roles) May(actor ID, id ID, set map[string]json.RawMessage, t int64) *Error {
	if actor == "" || len(r) == 0 {
		return nil
	}
	switch {
	case r.Hold(actor, Auditor, t):
		return &Error{Code: Forbidden, Message: "role.auditor_reads", Field: "by"}
	case r.Hold(actor, Administrator, t) && slices.Contains(caseTypes, id.Type()):
		return &Error{Code: Forbidden, Message: "role.admin_no_case", Field: "by"}
	}
	for path, raw := range set {
		if id == actor && strings.HasPrefix(path, "roles/") && r.Holders(Administrator, t) > 0 {
			return &Error{Code: Forbidden, Message: "role.self", Field: "role"}
		}
		role := roleFor(id.Type(), path, raw)
		if role != "" && r.Holders(role, t) > 0 && !r.Hold(actor, role, t) {
			return &Error{Code: Forbidden, Message: "role.needed", Field: "by", Args: map[string]any{"role": Word("role.name." + string(role))}}
		}
	}
	return nil
}

// roleFor tells which role a value at a path of a record is for, "" for none.
func roleFor(t Type, path string, raw json.RawMessage) Role {
	if string(raw) == "null" {
		return ""
	}
	step, isStep := strings.CutPrefix(path, "steps/")
	switch t {
	case PersonType:
		if strings.HasPrefix(path, "roles/") {
			return Administrator
		}
	case LawType:
		if path == "approved" {
			return Reviewer
		}
	case InspectionType:
		if strings.HasPrefix(path, "amendments/") && strings.Count(path, "/") == 2 { // approved or rejected
			return Approver
		}
	case PlanType:
		return map[PlanState]Role{PlanDrafted: Planner, PlanApproved: Approver, PlanFrozen: DrawOperator, PlanDrawn: DrawOperator, PlanPublished: Publisher}[PlanState(step)]
	case PaperType:
		return map[DocumentState]Role{Reviewed: Reviewer, Issued: Approver}[DocumentState(step)]
	case ProcedureType:
		var x ProcedureStep
		if isStep && json.Unmarshal(raw, &x) == nil {
			return procedureRole[x.Act]
		}
	case FindingType:
		var x Step
		if isStep && json.Unmarshal(raw, &x) == nil {
			return map[Action]Role{Reply: Reviewer, Decide: Approver}[x.Action]
		}
	}
	return ""
}

var procedureRole = map[ProcedureAct]Role{
	ApproveVisit: Approver, DeclineVisit: Approver, SupplementVisit: Approver, AllowReplacement: Approver, TurnDown: Approver,
	ReturnVisit: Reviewer, ConfirmVisit: Reviewer,
	PublishResult: Publisher, WithholdResult: Publisher, WithdrawResult: Publisher,
}

// GiveRole gives a person a role. The first role that anybody gets is the
// administrator's; from then on an administrator gives them, and none to
// themselves. s is the person's record.
func (r Roles) GiveRole(authority string, person ID, role Role, s State, by ID, name string, t int64) (Change, error) {
	fault := func(code Code, message string) error {
		return &Error{Code: code, Message: message, Field: "role", Args: map[string]any{"role": Word("role.name." + string(role))}}
	}
	switch {
	case !slices.Contains(RoleNames, role):
		return Change{}, &Error{Code: Invalid, Message: "role.unknown", Field: "role", Args: map[string]any{"role": string(role)}}
	case by == "":
		return Change{}, &Error{Code: Invalid, Message: "procedure.by_needed", Field: "by"}
	case r.Hold(person, role, t):
		return Change{}, fault(Invalid, "role.has_it")
	case r.Holders(Administrator, t) == 0 && role != Administrator:
		return Change{}, fault(Conflict, "role.first_admin")
	case r.Holders(Administrator, t) > 0 && person == by:
		return Change{}, fault(Forbidden, "role.self")
	}
	return s.change(Assign, person, map[string]any{"roles/" + string(role): RoleGrant{Authority: authority, By: by, Name: name, At: t}}), nil
}

// EndRole takes a role from a person; there is always an administrator left.
func (r Roles) EndRole(person ID, role Role, s State, by ID, name string, t int64) (Change, error) {
	g, ok := r[person][role]
	switch {
	case by == "":
		return Change{}, &Error{Code: Invalid, Message: "procedure.by_needed", Field: "by"}
	case !ok || !g.at(t):
		return Change{}, &Error{Code: NotFound, Message: "role.has_it_not", Field: "role", Args: map[string]any{"role": Word("role.name." + string(role))}}
	case role == Administrator && r.Holders(Administrator, t) == 1:
		return Change{}, &Error{Code: Conflict, Message: "role.last_admin", Field: "role"}
	}
	g.Until, g.Ended = t, name
	return s.change(Assign, person, map[string]any{"roles/" + string(role): g}), nil
}
