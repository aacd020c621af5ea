package server

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
)

// judge says which entries go to quarantine: kept and visible on both sides,
// but in no table. This is the whole list:
//
//	refuse.authority            written for an authority the device does not belong to
//	refuse.sample               marked fictional, and this server is for real work
//	refuse.organization_id      an organization's identity does not follow from its code
//	refuse.inspector_id         an inspector's identity does not follow from the certificate
//	refuse.finding_id           a finding's identity does not follow from inspection and item
//	refuse.checklist            a checklist's content is not what its digest says
//	refuse.two_inspectors       an inspection planned with fewer than two inspectors (行政处罚法 art 42)
//	refuse.certificate_expired  … or by somebody whose certificate was not in force that day
//	refuse.procedure_id         a procedure's identity does not follow from its inspection
//	role.needed, role.admin_no_case, role.auditor_reads, role.self   what the roles of the authority do not let the person do
//	refuse.duties               a step of a plan, document, procedure, complaint or amendment by somebody who had a duty there that it must be parted from
//	refuse.step_of_another      a step of a plan, document, procedure, complaint or amendment in another person's name than whoever wrote it
//	refuse.number               a document's number that no server gave
//
// Everything else is taken, unknown kinds and fields above all: a server must
// not refuse what a newer laptop knows.
func (s *Server) judge(ctx context.Context, devices map[journal.Chain]account.Device) (store.Judge, error) {
	roles, err := s.store.Roles(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string]record.Roles{} // by authority
	people := map[record.ID]*record.Inspector{}
	received := map[record.ID]record.ID{} // who received a complaint
	proposed := map[string]record.ID{}    // who proposed an amendment, by its path
	plans := map[record.ID]map[record.PlanState]record.PlanStep{}
	documents := judgingDocuments{s: s, ctx: ctx, documents: map[record.ID]record.Document{},
		procedures: map[record.ID]record.Procedure{}, teams: map[record.ID]map[record.ID]bool{}}
	return func(e journal.Entry, b record.Body) *record.Error {
		if e.Device == s.accounts.Server() {
			return nil // our own, coming back after a restore
		}
		d := devices[e.Chain()]
		if d.IsServer() && e.Chain().Numbers() {
			return s.judgeNumber(ctx, d, e, b)
		}
		if e.Authority != "" && e.Authority != d.Authority {
			return refuse(record.Forbidden, "refuse.authority", map[string]any{"authority": e.Authority})
		}
		if e.Withheld() {
			return nil
		}
		if !s.sample && fictional(b) {
			return refuse(record.Invalid, "refuse.sample", nil)
		}
		authority := cmp.Or(e.Authority, d.Authority)
		if of[authority] == nil {
			of[authority] = roles.Of(authority)
		}
		if no := of[authority].May(e.Actor, e.Record, b.Set, e.HLC>>16); no != nil {
			return no
		}
		if e.Record.Type() == record.PersonType {
			if other := rolesElsewhere(b, authority); other != "" {
				return refuse(record.Forbidden, "refuse.authority", map[string]any{"authority": other})
			}
			if roles.Follow(e.Record, b.Set) {
				clear(of)
			}
		}
		if e.Record.Type() == record.PlanType {
			return s.judgePlan(ctx, plans, e, b)
		}
		if e.Record.Type() == record.PaperType {
			return documents.judge(e, b)
		}
		if e.Record.Type() == record.ProcedureType {
			return documents.judgeProcedure(e, b)
		}
		if e.Record.Type() == record.ComplaintType {
			return s.judgeComplaint(ctx, received, e, b)
		}
		documents.see(e, b)
		if e.Kind == record.Amend && e.Record.Type() == record.InspectionType {
			return s.judgeAmendment(ctx, proposed, e, b)
		}
		if e.Kind != record.Create {
			return nil
		}
		if e.Record.Type() == record.InspectionType && devices[e.Chain()].Below != "" {
			return nil // whom the team's register names is known there, and was judged there
		}
		switch e.Record.Type() {
		case record.OrganizationType:
			return judgeOrganization(e, b)
		case record.PersonType:
			if c := text(b, "certificate"); c == "" || record.InspectorID(c) != e.Record {
				return refuse(record.Invalid, "refuse.inspector_id", nil)
			}
		case record.FindingType:
			return judgeFinding(e, b)
		case record.ChecklistType:
			digest := text(b, "digest")
			if record.HashOf([]byte(text(b, "content"))) != record.Hash(digest) || record.ChecklistID(record.Hash(digest)) != e.Record {
				return refuse(record.Invalid, "refuse.checklist", nil)
			}
		case record.InspectionType:
			return s.judgeInspection(ctx, people, e, b)
		}
		return nil
	}, nil
}

func refuse(code record.Code, message string, args map[string]any) *record.Error {
	return &record.Error{Code: code, Message: message, Args: args}
}

func text(b record.Body, path string) string {
	var v string
	json.Unmarshal(b.Set[path], &v)
	return v
}

// fictional tells whether an entry is marked as sample data, itself or as an
// inspection of a sample organization.
func fictional(b record.Body) bool {
	var yes bool
	if raw, ok := b.Set["fictional"]; ok && json.Unmarshal(raw, &yes) == nil && yes {
		return true
	}
	var o struct {
		Fictional bool `json:"fictional"`
	}
	raw, ok := b.Set["organization"]
	return ok && json.Unmarshal(raw, &o) == nil && o.Fictional
}

// rolesElsewhere names another authority for which an entry gives a role, "" for none.
func rolesElsewhere(b record.Body, authority string) string {
	for path, raw := range b.Set {
		var g record.RoleGrant
		if strings.HasPrefix(path, "roles/") && json.Unmarshal(raw, &g) == nil && g.Authority != "" && g.Authority != authority {
			return g.Authority
		}
	}
	return ""
}

func judgeOrganization(e journal.Entry, b record.Body) *record.Error {
	scheme, code := text(b, "scheme"), text(b, "code")
	if scheme == "" || code == "" || record.OrganizationID(scheme, code) != e.Record {
		return refuse(record.Invalid, "refuse.organization_id", map[string]any{"code": code})
	}
	return nil
}

func judgeFinding(e journal.Entry, b record.Body) *record.Error {
	var f record.Finding
	if json.Unmarshal(b.Set["finding"], &f) != nil || record.FindingID(f.Inspection, f.Item, f.Repeat) != e.Record {
		return refuse(record.Invalid, "refuse.finding_id", nil)
	}
	return nil
}

// judgePlan checks that nobody joins duties at a plan, by the steps that are here
// and those that came before in the same push.
func (s *Server) judgePlan(ctx context.Context, plans map[record.ID]map[record.PlanState]record.PlanStep, e journal.Entry, b record.Body) *record.Error {
	steps, known := plans[e.Record]
	if !known {
		steps = map[record.PlanState]record.PlanStep{}
		if p, err := s.store.Plan(ctx, e.Record); err == nil {
			steps = p.Steps
		}
		plans[e.Record] = steps
	}
	with := maps.Clone(steps)
	for path, raw := range b.Set {
		var step record.PlanStep
		if state, ok := strings.CutPrefix(path, "steps/"); ok && json.Unmarshal(raw, &step) == nil {
			with[record.PlanState(state)] = step
		}
		var gone record.Replacement
		if strings.HasPrefix(path, "replaced/") && json.Unmarshal(raw, &gone) == nil {
			step = gone.Step
		}
		if step.By != "" && step.By != e.Actor {
			return refuse(record.Forbidden, "refuse.step_of_another", map[string]any{"name": step.Name})
		}
	}
	if who, joined := record.DutiesJoined(with); joined {
		return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": who})
	}
	plans[e.Record] = with
	return nil
}

// judgeComplaint checks that nobody writes in another's name, and that who received
// a complaint does not decline it.
func (s *Server) judgeComplaint(ctx context.Context, received map[record.ID]record.ID, e journal.Entry, b record.Body) *record.Error {
	if raw, ok := b.Set["by"]; ok {
		var by record.ID
		if json.Unmarshal(raw, &by) != nil || by != e.Actor {
			return refuse(record.Forbidden, "refuse.step_of_another", map[string]any{"name": text(b, "by_name")})
		}
		received[e.Record] = by
	}
	if _, known := received[e.Record]; !known {
		if c, err := s.store.Complaint(ctx, e.Record); err == nil {
			received[e.Record] = c.By
		}
	}
	if raw, ok := b.Set["state"]; ok && e.Kind == record.Resolve {
		var to record.ComplaintState
		json.Unmarshal(raw, &to)
		if c, err := s.store.Complaint(ctx, e.Record); err == nil && c.SettleState(to, e.Actor) != nil {
			return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": e.Actor})
		}
	}
	for path, raw := range b.Set {
		var x record.ComplaintStep
		if !strings.HasPrefix(path, "steps/") || json.Unmarshal(raw, &x) != nil {
			continue
		}
		switch {
		case x.By != e.Actor:
			return refuse(record.Forbidden, "refuse.step_of_another", map[string]any{"name": x.Name})
		case x.Act == record.DeclineComplaint && x.By == received[e.Record]:
			return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": x.Name})
		}
	}
	return nil
}

// judgeAmendment checks that nobody decides on an amendment of their own, or in
// another's name.
func (s *Server) judgeAmendment(ctx context.Context, proposed map[string]record.ID, e journal.Entry, b record.Body) *record.Error {
	for _, path := range slices.Sorted(maps.Keys(b.Set)) {
		rest, ok := strings.CutPrefix(path, "amendments/")
		var x struct {
			By   record.ID `json:"by"`
			Name string    `json:"name"`
		}
		if !ok || json.Unmarshal(b.Set[path], &x) != nil {
			continue
		}
		if x.By != e.Actor {
			return refuse(record.Forbidden, "refuse.step_of_another", map[string]any{"name": x.Name})
		}
		id, word, decided := strings.Cut(rest, "/")
		key := string(e.Record) + "/" + id
		if !decided {
			proposed[key] = x.By
			continue
		}
		by, known := proposed[key]
		if !known {
			if i, err := s.store.Inspection(ctx, e.Record); err == nil {
				if n := slices.IndexFunc(i.Amendments, func(a record.Amendment) bool { return string(a.ID) == id }); n >= 0 {
					by = i.Amendments[n].By
				}
			}
		}
		if word == "approved" && by == x.By {
			return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": x.Name})
		}
	}
	return nil
}

// judgeInspection checks the team of a new inspection, on the day as the laptop
// wrote it, by the certificates as the team had them and as we know them.
func (s *Server) judgeInspection(ctx context.Context, people map[record.ID]*record.Inspector, e journal.Entry, b record.Body) *record.Error {
	day := e.Time()
	team := 0
	for path, raw := range b.Set {
		if !strings.HasPrefix(path, "team/") {
			continue
		}
		var m record.Member
		if json.Unmarshal(raw, &m) != nil || m.Person == "" {
			continue
		}
		team++
		if day.IsZero() {
			continue
		}
		p := record.Inspector{ID: m.Person, Name: m.Name, Certificate: m.Certificate, ValidTo: m.ValidTo}
		if known := s.person(ctx, people, m.Person); known != nil && known.ValidTo != "" {
			p.ValidFrom, p.ValidTo = known.ValidFrom, known.ValidTo
		}
		if !p.ValidOn(day) {
			return refuse(record.Forbidden, "refuse.certificate_expired", map[string]any{"name": m.Name, "certificate": m.Certificate, "until": p.ValidTo})
		}
	}
	if team < 2 {
		return refuse(record.Invalid, "refuse.two_inspectors", nil)
	}
	return nil
}

// person gives an inspector as the register here has it, nil when it does not.
func (s *Server) person(ctx context.Context, people map[record.ID]*record.Inspector, id record.ID) *record.Inspector {
	if p, ok := people[id]; ok {
		return p
	}
	people[id] = nil
	if p, err := s.store.Person(ctx, id); err == nil {
		people[id] = &p
	}
	return people[id]
}
