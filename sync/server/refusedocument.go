package server

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/account"
)

// judgingDocuments judges entries of documents and procedures by what is here and
// by what came before in the same push.
type judgingDocuments struct {
	s          *Server
	ctx        context.Context
	documents  map[record.ID]record.Document
	procedures map[record.ID]record.Procedure
	teams      map[record.ID]map[record.ID]bool // who is on the visit, by inspection
}

// see remembers the teams of inspections that come along.
func (j judgingDocuments) see(e journal.Entry, b record.Body) {
	if e.Record.Type() != record.InspectionType {
		return
	}
	for path, raw := range b.Set {
		id, ok := strings.CutPrefix(path, "team/")
		var m *record.Member
		if !ok || json.Unmarshal(raw, &m) != nil {
			continue
		}
		if m == nil { // relieved before the visit began
			delete(j.team(e.Record), record.ID(id))
		} else if m.Person != "" {
			j.team(e.Record)[m.Person] = true
		}
	}
}

// team gives everybody who is known to have been in an inspection's team.
func (j judgingDocuments) team(inspection record.ID) map[record.ID]bool {
	team, known := j.teams[inspection]
	if !known {
		team = map[record.ID]bool{}
		if i, err := j.s.store.Inspection(j.ctx, inspection); err == nil {
			for _, m := range i.Team {
				team[m.Person] = true
			}
		}
		j.teams[inspection] = team
	}
	return team
}

func (j judgingDocuments) judge(e journal.Entry, b record.Body) *record.Error {
	d, known := j.documents[e.Record]
	if !known {
		d, _ = j.s.store.Document(j.ctx, e.Record) // the zero document where it is new
		d.Steps = maps.Clone(d.Steps)
		if d.Steps == nil {
			d.Steps = map[record.DocumentState]record.DocumentStep{}
		}
	}
	var state record.DocumentState
	json.Unmarshal(b.Set["state"], &state)
	// Before it was enrolled, the one computer of an office gave numbers itself.
	if _, given := b.Set["number"]; (given || state == record.Numbered) && e.Authority != "" {
		return refuse(record.Forbidden, "refuse.number", nil)
	}
	with := d
	with.Steps = maps.Clone(d.Steps)
	if raw, ok := b.Set["inspection"]; ok && with.Inspection == "" {
		json.Unmarshal(raw, &with.Inspection)
	}
	for path, raw := range b.Set {
		name, ok := strings.CutPrefix(path, "steps/")
		var step record.DocumentStep
		if !ok || json.Unmarshal(raw, &step) != nil {
			continue
		}
		if step.By != "" && e.Actor != step.By {
			return refuse(record.Forbidden, "refuse.step_of_another", map[string]any{"name": step.Name})
		}
		with.Steps[record.DocumentState(name)] = step
	}
	team := j.team(with.Inspection)
	if who, joined := record.DocumentDutiesJoined(with.Steps, func(id record.ID) bool { return team[id] }); joined {
		return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": who})
	}
	j.documents[e.Record] = with
	return nil
}

// judgeProcedure checks that nobody judges their own visit or grants their own
// request.
func (j judgingDocuments) judgeProcedure(e journal.Entry, b record.Body) *record.Error {
	p, known := j.procedures[e.Record]
	if !known {
		var inspection record.ID
		if st, err := j.s.store.State(j.ctx, e.Record); err == nil && st.Get("inspection", &inspection) {
			p = record.ProcedureOf(inspection, st)
		}
	}
	if raw, ok := b.Set["inspection"]; ok && p.Inspection == "" {
		json.Unmarshal(raw, &p.Inspection)
	}
	if p.Inspection != "" && record.ProcedureID(p.Inspection) != e.Record {
		return refuse(record.Invalid, "refuse.procedure_id", nil)
	}
	team := j.team(p.Inspection)
	if raw, ok := b.Set["state"]; ok && e.Kind == record.Resolve {
		var to record.Stage
		json.Unmarshal(raw, &to)
		if no := p.SettleStage(to, e.Actor, team[e.Actor]); no != nil {
			return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": e.Actor})
		}
	}
	steps := slices.Clone(p.Steps)
	for path, raw := range b.Set {
		var x record.ProcedureStep
		if !strings.HasPrefix(path, "steps/") || json.Unmarshal(raw, &x) != nil {
			continue
		}
		if x.By != e.Actor {
			return refuse(record.Forbidden, "refuse.step_of_another", map[string]any{"name": x.Name})
		}
		steps = append(steps, x)
	}
	if who, joined := record.ProcedureDutiesJoined(steps[len(p.Steps):], steps, func(id record.ID) bool { return team[id] }); joined {
		return refuse(record.Forbidden, "refuse.duties", map[string]any{"name": who})
	}
	p.Steps = steps
	j.procedures[e.Record] = p
	return nil
}

// judgeNumber takes numbers from the server below that numbers the documents of
// their authority, and nothing else by the way.
func (s *Server) judgeNumber(ctx context.Context, d account.Device, e journal.Entry, b record.Body) *record.Error {
	keeper, err := s.accounts.KeeperOf(ctx, e.Authority)
	if err != nil || keeper == "" || keeper != d.ID && keeper != d.Below {
		return refuse(record.Forbidden, "refuse.authority", map[string]any{"authority": e.Authority})
	}
	for path := range b.Set {
		if e.Record.Type() != record.PaperType || path != "number" && path != "state" && path != "steps/"+string(record.Numbered) {
			return refuse(record.Forbidden, "refuse.number", nil)
		}
	}
	return nil
}
