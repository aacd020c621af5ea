package desk

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/draw"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
)

// LevelShare is the least share of the yearly draw at a level of authority.
type LevelShare struct {
	Level string `json:"level"`
	record.Share
}

// PlanShares gives the least shares as the authority has them: limits named for
// their level, in hundredths of a percent.
func (d *Desk) PlanShares(ctx context.Context) ([]LevelShare, error) {
	limits, err := d.Limits(ctx)
	if err != nil {
		return nil, err
	}
	var out []LevelShare
	for _, level := range record.PlanLevels {
		l := limits[record.LimitShare+level]
		out = append(out, LevelShare{level, record.Share{Points: l.N, Source: l.Source, Confidence: l.Confidence}})
	}
	return out, nil
}

// DraftPlan drafts a plan. The least share of its level is pinned to it; a plan
// that names no share takes that.
func (d *Desk) DraftPlan(ctx context.Context, t record.PlanTerms, by record.ID) (record.Plan, error) {
	shares, err := d.PlanShares(ctx)
	if err != nil {
		return record.Plan{}, err
	}
	for _, s := range shares {
		if s.Level == t.Level {
			t.Least = s.Share
		}
	}
	if t.Share.Points == 0 {
		t.Share = t.Least
	}
	for _, id := range t.Checklists {
		if _, err := d.offered(ctx, id); err != nil {
			return record.Plan{}, err
		}
	}
	step, err := d.planStep(ctx, by, "", "")
	if err != nil {
		return record.Plan{}, err
	}
	id, changes, err := record.NewPlan(t, step)
	if err != nil {
		return record.Plan{}, err
	}
	if _, err := d.Store.Append(ctx, by, changes...); err != nil {
		return record.Plan{}, err
	}
	return d.Store.Plan(ctx, id)
}

func (d *Desk) planStep(ctx context.Context, by record.ID, witness, note string) (record.PlanStep, error) {
	p, err := d.Store.Person(ctx, by)
	if err != nil {
		return record.PlanStep{}, err
	}
	return record.PlanStep{By: by, Name: p.Name, At: d.stamp(), Witness: strings.TrimSpace(witness), Note: note}, nil
}

// advancePlan does one act and gives the plan as it then is.
func (d *Desk) advancePlan(ctx context.Context, id, by record.ID, note string, act func(record.Plan, record.PlanStep) ([]record.Change, error)) (record.Plan, error) {
	p, err := d.Store.Plan(ctx, id)
	if err != nil {
		return p, err
	}
	step, err := d.planStep(ctx, by, "", note)
	if err != nil {
		return p, err
	}
	changes, err := act(p, step)
	if err != nil {
		return p, err
	}
	if _, err := d.Store.Append(ctx, by, changes...); err != nil {
		return p, err
	}
	return d.Store.Plan(ctx, id)
}

// ApprovePlan approves a plan.
func (d *Desk) ApprovePlan(ctx context.Context, id, by record.ID) (record.Plan, error) {
	return d.advancePlan(ctx, id, by, "", record.Plan.Approve)
}

// CancelPlan gives a plan up before its lot falls.
func (d *Desk) CancelPlan(ctx context.Context, id, by record.ID, reason string) (record.Plan, error) {
	return d.advancePlan(ctx, id, by, reason, record.Plan.Cancel)
}

// PublishPlan says that the draw was published, and gives the file to publish.
func (d *Desk) PublishPlan(ctx context.Context, id, by record.ID) (record.Plan, draw.File, error) {
	p, err := d.advancePlan(ctx, id, by, "", record.Plan.Publish)
	if err != nil || p.Foreign != nil {
		return p, draw.File{}, err
	}
	f, err := DrawOf(p)
	return p, f, err
}

// MayPublish tells why this person cannot publish the plan now, nil if they can.
func (d *Desk) MayPublish(ctx context.Context, id, by record.ID) error {
	p, err := d.Store.Plan(ctx, id)
	if err != nil {
		return err
	}
	step, err := d.planStep(ctx, by, "", "")
	if err != nil {
		return err
	}
	return p.MayAct(record.PublishPlan, step)
}

// FreezePlan freezes the lists of a plan and promises a draw from them by these
// sources and this secret. What it returns is published before the lot falls.
func (d *Desk) FreezePlan(ctx context.Context, id, by record.ID, secret string, sources []string) (record.Plan, draw.Prepared, error) {
	var out draw.Prepared
	p, err := d.Store.Plan(ctx, id)
	if err != nil {
		return p, out, err
	}
	step, err := d.planStep(ctx, by, "", "")
	if err != nil {
		return p, out, err
	}
	if err := p.MayAct(record.FreezePlan, step); err != nil { // before the register is read
		return p, out, err
	}
	lists, off, err := d.drawLists(ctx, p)
	if err != nil {
		return p, out, err
	}
	frozen, err := lists.Freeze()
	if err != nil {
		return p, out, err
	}
	commitment, err := draw.Commit(frozen, secret, sources, d.now())
	if err != nil {
		return p, out, err
	}
	out = draw.Prepared{V: 1, Frozen: frozen, Commitment: commitment}
	raw, err := json.Marshal(out)
	if err != nil {
		return p, out, fmt.Errorf("desk: write frozen lists: %w", err)
	}
	changes, err := p.Freeze(step, raw, commitment.Code(), off)
	if err != nil {
		return p, out, err
	}
	_, err = d.Store.Append(ctx, by, changes...)
	if record.CodeOf(err) == record.TooLarge { // the lists are one entry
		err = &record.Error{Code: record.TooLarge, Message: "plan.lists_large", Args: map[string]any{"n": len(lists.Targets)}, Err: err}
	}
	if err != nil {
		return p, out, err
	}
	p, err = d.Store.Plan(ctx, id)
	return p, out, err
}

// drawLists makes the lists of a plan from the registers as they are now. The
// published lists are in Chinese, the language that counts.
func (d *Desk) drawLists(ctx context.Context, p record.Plan) (draw.Lists, []record.LeftOff, error) {
	t, word := p.Terms, i18n.New("zh")
	lists := draw.Lists{Plan: draw.Plan{ID: string(p.ID), Authority: d.Store.Authority(), Title: t.Title, CertificateUntil: t.VisitsTo, Team: t.Team}}
	past, err := d.past(ctx, t.Year)
	if err != nil {
		return lists, nil, err
	}
	served := map[record.OrganizationKind]bool{}
	for _, id := range t.Checklists {
		list, err := d.FindChecklist(ctx, id)
		if err != nil {
			return lists, nil, err
		}
		for _, k := range []record.OrganizationKind{record.SocialGroup, record.ServiceOrganization, record.Foundation, record.Charity, record.OtherOrganization} {
			served[k] = served[k] || list.Serves(k)
		}
	}
	var risk *rater
	if slices.Contains(t.Strata, record.ByRisk) {
		if risk, err = d.newRater(ctx, ""); err != nil {
			return lists, nil, err
		}
	}
	at := map[string]int{}
	var counts []record.StratumCount
	on := map[record.ID]bool{}
	err = d.Store.EachOrganization(ctx, func(o record.Organization) error {
		if !t.Covers(o) {
			return nil
		}
		name := strings.Join(strings.Fields(o.Name), " ")
		why, registered := t.Excluded(o, past[o.ID], served[o.Kind])
		if risk != nil && o.Extra[record.RiskHeading] == "" { // a class in the register goes first
			o.Extra = maps.Clone(o.Extra)
			if o.Extra == nil {
				o.Extra = map[string]string{}
			}
			o.Extra[record.RiskHeading] = word.T("risk.class." + string(risk.rate(o).Class))
		}
		stratum := t.Stratum(o, past[o.ID], func(key string) string { return word.T(key) })
		if registered || why == "" {
			if _, known := at[stratum]; !known {
				at[stratum] = len(counts)
				counts = append(counts, record.StratumCount{Name: stratum})
			}
			counts[at[stratum]].Registered++
		}
		if why != "" {
			lists.Exclusions = append(lists.Exclusions, draw.Exclusion{ID: string(o.ID), Name: name, Reason: word.T(why, "status", o.Status, "n", t.Cap)})
			return nil
		}
		counts[at[stratum]].Able++
		on[o.ID] = true
		lists.Targets = append(lists.Targets, draw.Target{ID: string(o.ID), Stratum: stratum, Name: name})
		return nil
	})
	if err != nil {
		return lists, nil, err
	}
	slices.SortFunc(counts, func(a, b record.StratumCount) int { return strings.Compare(a.Name, b.Name) })
	quotas, err := t.Quotas(counts)
	if err != nil {
		return lists, nil, err
	}
	for n, c := range counts {
		if c.Able > 0 { // a stratum with nobody to draw has no line on the list
			lists.Plan.Strata = append(lists.Plan.Strata, draw.Stratum{Name: c.Name, Quota: quotas[n]})
		}
	}
	off, err := d.drawInspectors(ctx, p, on, &lists)
	return lists, off, err
}

// drawInspectors puts the inspectors and their recusals on the lists, and says
// who was left off and why. Every target has to be able to get its team,
// whatever the lot: a team that came out short would be filled by choice.
func (d *Desk) drawInspectors(ctx context.Context, p record.Plan, on map[record.ID]bool, lists *draw.Lists) ([]record.LeftOff, error) {
	t, word := p.Terms, i18n.New("zh")
	people, err := d.Store.Inspectors(ctx)
	if err != nil {
		return nil, err
	}
	var off []record.LeftOff
	able, recused := 0, map[record.ID]int{}
	for _, i := range people {
		if i.Certificate == "" || t.Unit != "" && i.Unit != t.Unit {
			continue
		}
		switch {
		case i.ID == p.Steps[record.PlanApproved].By:
			off = append(off, record.LeftOff{Person: i.ID, Name: i.Name, Reason: word.T("plan.off.approver")})
			continue
		case i.ValidFrom > t.VisitsFrom, i.ValidTo != "" && i.ValidTo < t.VisitsTo:
			off = append(off, record.LeftOff{Person: i.ID, Name: i.Name, Reason: word.T("plan.off.certificate", "from", i.ValidFrom, "to", i.ValidTo)})
			continue
		}
		until := i.ValidTo
		if until == "" {
			until = "9999-12-31"
		}
		able++
		lists.Inspectors = append(lists.Inspectors, draw.Inspector{ID: string(i.ID), ValidTo: until, Name: i.Name, Certificate: i.Certificate})
		for o, reason := range i.Recusals {
			if on[o] {
				recused[o]++
				lists.Recusals = append(lists.Recusals, draw.Recusal{Inspector: string(i.ID), Target: string(o), Reason: strings.Join(strings.Fields(reason), " ")})
			}
		}
	}
	for _, x := range lists.Targets {
		if left := able - recused[record.ID(x.ID)]; left < t.Team {
			return nil, &record.Error{Code: record.Invalid, Message: "plan.team_short", Field: "team", Args: map[string]any{"name": x.Name, "left": left, "team": t.Team}}
		}
	}
	return off, nil
}

// past tells of every organization how often it was inspected in the year and
// when last.
func (d *Desk) past(ctx context.Context, year int) (map[record.ID]record.Past, error) {
	all, err := d.Store.Inspections(ctx, store.InspectionFilter{})
	if err != nil {
		return nil, err
	}
	out := map[record.ID]record.Past{}
	for _, i := range all {
		if i.State == record.Cancelled {
			continue
		}
		x := out[i.Organization]
		if strings.HasPrefix(i.PlannedOn, fmt.Sprintf("%04d-", year)) {
			x.Times++
		}
		if i.State == record.SealedNow {
			x.Last = max(x.Last, i.PlannedOn)
		}
		out[i.Organization] = x
	}
	return out, nil
}

// DrawOf runs the draw of a plan again from what the journal holds.
func DrawOf(p record.Plan) (draw.File, error) {
	if p.Lot == nil {
		return draw.File{}, &record.Error{Code: record.Conflict, Message: "plan.not_drawn", Args: map[string]any{"title": p.Terms.Title}}
	}
	prepared, err := draw.ReadPrepared(bytes.NewReader(p.Prepared))
	if err != nil {
		return draw.File{}, err
	}
	f, err := draw.Run(prepared.Frozen, prepared.Commitment, p.Lot.Secret, p.Lot.Values)
	for _, r := range p.Replaced {
		if err != nil {
			return f, err
		}
		f, err = f.Replace(drawReplacement(r))
	}
	return f, err
}

func drawReplacement(r record.Replacement) draw.Replacement {
	out := draw.Replacement{Kind: draw.ReplaceTarget, Target: string(r.Organization), Inspector: string(r.Inspector), Reason: r.Reason, At: r.Step.At}
	if r.Inspector != "" {
		out.Kind = draw.ReplaceInspector
	}
	return out
}

// ReplaceDrawn lets an organization that was drawn, or an inspector of its team
// where one is named, give way. Who comes instead follows from the draw; the
// planned inspections follow at once.
func (d *Desk) ReplaceDrawn(ctx context.Context, id, by, organization, inspector record.ID, reason string) (record.Plan, draw.Replacement, error) {
	var out draw.Replacement
	p, err := d.Store.Plan(ctx, id)
	if err != nil {
		return p, out, err
	}
	step, err := d.planStep(ctx, by, "", "")
	if err != nil {
		return p, out, err
	}
	r := record.Replacement{Organization: organization, Inspector: inspector, Reason: reason, Step: step}
	changes, err := p.Replace(r)
	if err != nil {
		return p, out, err
	}
	f, err := DrawOf(p)
	if err != nil {
		return p, out, err
	}
	if f, err = f.Replace(drawReplacement(r)); err != nil {
		return p, out, err
	}
	out = f.Replacements[len(f.Replacements)-1]
	i, err := d.Store.Inspection(ctx, record.DrawnID(id, organization))
	if err != nil {
		return p, out, err
	}
	var more []record.Change
	if inspector != "" {
		if out.By == "" {
			return p, out, &record.Error{Code: record.Invalid, Message: "plan.nobody_left", Args: map[string]any{"name": i.Organization.Name}}
		}
		in, err := d.Store.Person(ctx, record.ID(out.By))
		if err != nil {
			return p, out, err
		}
		if more, err = i.Relieve(inspector, in, reason); err != nil {
			return p, out, err
		}
	} else {
		if more, err = i.Cancel(reason); err != nil {
			return p, out, err
		}
		if out.By != "" {
			v := record.DrawnVisit{Organization: record.ID(out.By)}
			for _, person := range out.Team {
				v.Team = append(v.Team, record.ID(person))
			}
			planned, err := d.planVisits(ctx, p, []record.DrawnVisit{v})
			if err != nil {
				return p, out, err
			}
			more = append(more, planned...)
		}
	}
	if _, err := d.Store.Append(ctx, by, append(changes, more...)...); err != nil {
		return p, out, err
	}
	p, err = d.Store.Plan(ctx, id)
	return p, out, err
}

// DrawPlan lets the lot fall, before a witness, and plans the inspections that
// come out of it, all at once.
func (d *Desk) DrawPlan(ctx context.Context, id, by record.ID, witness, secret string, values []string) (record.Plan, draw.File, error) {
	p, err := d.Store.Plan(ctx, id)
	if err != nil {
		return p, draw.File{}, err
	}
	step, err := d.planStep(ctx, by, witness, "")
	if err != nil {
		return p, draw.File{}, err
	}
	changes, err := p.Draw(step, record.Lot{Secret: secret, Values: values})
	if err != nil {
		return p, draw.File{}, err
	}
	p.Lot = &record.Lot{Secret: secret, Values: values}
	f, err := DrawOf(p)
	if err != nil {
		return p, f, err
	}
	var visits []record.DrawnVisit
	for _, x := range f.Result {
		v := record.DrawnVisit{Organization: record.ID(x.Target)}
		for _, i := range x.Team {
			v.Team = append(v.Team, record.ID(i))
		}
		visits = append(visits, v)
	}
	planned, err := d.planVisits(ctx, p, visits)
	if err != nil {
		return p, f, err
	}
	if _, err := d.Store.Append(ctx, by, append(changes, planned...)...); err != nil {
		return p, f, err
	}
	p, err = d.Store.Plan(ctx, id)
	return p, f, err
}

// planVisits makes the inspections of organizations that were drawn.
func (d *Desk) planVisits(ctx context.Context, p record.Plan, visits []record.DrawnVisit) ([]record.Change, error) {
	var lists []checklist.Checklist
	var out []record.Change
	for _, id := range p.Terms.Checklists {
		list, err := d.FindChecklist(ctx, id)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
		c, known, err := d.Store.ChecklistChange(ctx, list.Ref(), list.Bytes())
		if err != nil {
			return nil, err
		}
		if !known {
			out = append(out, c)
		}
	}
	for _, v := range visits {
		o, err := d.Store.Organization(ctx, v.Organization)
		if err != nil {
			return nil, err
		}
		n := slices.IndexFunc(lists, func(c checklist.Checklist) bool { return c.Serves(o.Kind) })
		if n < 0 {
			return nil, &record.Error{Code: record.Invalid, Message: "plan.no_checklist", Args: map[string]any{"name": o.Name}}
		}
		var team []record.Inspector
		for _, id := range v.Team {
			person, err := d.Store.Person(ctx, id)
			if err != nil {
				return nil, err
			}
			team = append(team, person)
		}
		changes, err := p.Inspection(o, lists[n].Ref(), team)
		if err != nil {
			return nil, err
		}
		out = append(out, changes...)
	}
	return out, nil
}

// ForeignDraw says where a draw comes from that another platform made.
type ForeignDraw struct {
	Platform  string
	Reference string
	File      []byte // CSV: a heading line, then code, certificate of the leader, further certificates
}

// ImportDraw takes over a draw that another platform made, as such, and plans
// its inspections.
func (d *Desk) ImportDraw(ctx context.Context, id, by record.ID, in ForeignDraw) (record.Plan, error) {
	p, err := d.Store.Plan(ctx, id)
	if err != nil {
		return p, err
	}
	step, err := d.planStep(ctx, by, "", "")
	if err != nil {
		return p, err
	}
	f := record.ForeignDraw{Platform: strings.TrimSpace(in.Platform), Reference: strings.TrimSpace(in.Reference), File: record.HashOf(in.File)}
	if f.Visits, err = d.readForeign(ctx, in.File); err != nil {
		return p, err
	}
	changes, err := p.Import(step, f)
	if err != nil {
		return p, err
	}
	planned, err := d.planVisits(ctx, p, f.Visits)
	if err != nil {
		return p, err
	}
	if _, err := d.Store.Append(ctx, by, append(changes, planned...)...); err != nil {
		return p, err
	}
	return d.Store.Plan(ctx, id)
}

func (d *Desk) readForeign(ctx context.Context, b []byte) ([]record.DrawnVisit, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	var out []record.DrawnVisit
	for line := 1; ; line++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		fault := func(message, what string) error {
			return &record.Error{Code: record.Invalid, Message: message, Field: "file", Args: map[string]any{"line": line, "value": what}, Err: err}
		}
		if err != nil {
			return nil, fault("plan.foreign_unreadable", "")
		}
		if line == 1 {
			continue
		}
		o, err := d.Store.OrganizationByCode(ctx, strings.TrimSpace(row[0]))
		if record.CodeOf(err) == record.NotFound {
			return nil, fault("plan.foreign_organization", row[0])
		}
		if err != nil {
			return nil, err
		}
		v := record.DrawnVisit{Organization: o.ID}
		for _, cell := range row[1:] {
			if cell = strings.TrimSpace(cell); cell == "" {
				continue
			}
			person, err := d.Store.Inspector(ctx, cell)
			if record.CodeOf(err) == record.NotFound {
				return nil, fault("plan.foreign_inspector", cell)
			}
			if err != nil {
				return nil, err
			}
			if _, recused := person.Recusals[o.ID]; recused {
				return nil, fault("plan.foreign_recused", person.Name)
			}
			v.Team = append(v.Team, person.ID)
		}
		out = append(out, v)
	}
}

// Recuse keeps an inspector away from an organization, with the reason; an empty
// reason takes it back.
func (d *Desk) Recuse(ctx context.Context, actor, person, organization record.ID, reason string) error {
	st, err := d.Store.State(ctx, person)
	if err != nil {
		return err
	}
	_, err = d.Store.Append(ctx, actor, record.Recuse(person, organization, strings.TrimSpace(reason), st)...)
	return err
}
