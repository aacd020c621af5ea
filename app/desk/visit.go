package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Visit is one inspection with everything that follows from its answers.
type Visit struct {
	Inspection record.Inspection
	Checklist  checklist.Checklist
	Nodes      []checklist.Node // what is to be answered, in order
	Lines      []checklist.Line // the same with what stands between
	Situation  checklist.Situation
	Progress   record.Progress
	Score      checklist.Score  // as the answers stand
	Scored     bool             // whether the checklist lays down a scoring
	Findings   []record.Finding // as told once sealed, before that as the answers make them
	Earlier    []record.Finding // findings of earlier inspections that this one asks about
	Drafts     map[string]string

	laws record.LawLibrary // of the authority: citations are pinned by it
}

// Plan describes an inspection to be made.
type Plan struct {
	Organization record.ID
	Checklist    string   // id, for the newest version; id@version for that one
	Certificates []string // numbers; the first is the team leader's
	Kind         string   // random_regular, targeted …; "" takes the checklist's first
	Day          time.Time
	Actor        record.ID
}

// NewInspection plans an inspection and pins the checklist version to it.
func (d *Desk) NewInspection(ctx context.Context, p Plan) (record.ID, error) {
	o, err := d.Store.Organization(ctx, p.Organization)
	if err != nil {
		return "", err
	}
	list, err := d.offered(ctx, p.Checklist)
	if err != nil {
		return "", err
	}
	if !list.Serves(o.Kind) {
		return "", &record.Error{Code: record.Invalid, Message: "checklist.other_kind", Field: "checklist",
			Args: map[string]any{"checklist": p.Checklist, "kind": string(o.Kind)}}
	}
	var team []record.Inspector
	for _, number := range p.Certificates {
		person, err := d.Store.Inspector(ctx, number)
		if record.CodeOf(err) == record.NotFound {
			return "", &record.Error{Code: record.NotFound, Message: "inspector.unknown", Field: "team", Args: map[string]any{"certificate": number}}
		}
		if err != nil {
			return "", err
		}
		team = append(team, person)
	}
	if p.Day.IsZero() {
		p.Day = d.now()
	}
	if p.Kind == "" && len(list.InspectionKinds) > 0 {
		p.Kind = list.InspectionKinds[0]
	}
	id, changes, err := record.NewInspection(o, list.Ref(), p.Kind, team, p.Day)
	if err != nil {
		return "", err
	}
	c, known, err := d.Store.ChecklistChange(ctx, list.Ref(), list.Bytes())
	if err != nil {
		return "", err
	}
	if !known {
		changes = append([]record.Change{c}, changes...)
	}
	if p.Actor == "" {
		p.Actor = team[0].ID
	}
	_, err = d.Store.Append(ctx, p.Actor, changes...)
	return id, err
}

// Visit gives one inspection with its checklist and what follows from it.
func (d *Desk) Visit(ctx context.Context, id record.ID) (Visit, error) {
	var v Visit
	var err error
	if v.Inspection, err = d.Store.Inspection(ctx, id); err != nil {
		return v, err
	}
	if v.Checklist, err = d.checklist(ctx, v.Inspection.Checklist); err != nil {
		return v, err
	}
	if v.Drafts, err = d.Store.Drafts(ctx, id); err != nil {
		return v, err
	}
	if v.Earlier, err = d.earlier(ctx, v.Inspection); err != nil {
		return v, err
	}
	if v.Inspection.Sealed == nil {
		if v.laws, err = d.Laws(ctx); err != nil {
			return v, err
		}
	}
	now := d.now()
	if seal := v.Inspection.Sealed; seal != nil { // what depends on the day stays as it was then
		m, err := store.ReadManifest(*seal)
		if err != nil {
			return v, err
		}
		now = moment(m.At)
	}
	f := d.filling(v, now)
	v.update(f, now)
	d.putAside(id, f)
	if v.Inspection.Sealed != nil {
		v.Findings, err = d.Store.Findings(ctx, store.FindingFilter{Inspection: id})
		sortFindings(v.Findings, v.Nodes)
	}
	return v, err
}

// update computes what follows from the inspection's answers anew.
func (v *Visit) update(f *checklist.Filling, now time.Time) {
	o, i := v.Inspection.Organization, v.Inspection
	if f != nil {
		v.Nodes = f.Nodes(i, v.Earlier)
	} else {
		v.Nodes = checklist.NodesOf(v.Checklist, i, v.Earlier, now)
	}
	v.Lines = checklist.LinesOf(f, v.Nodes)
	v.Situation = checklist.SituationOf(v.Checklist, o, i, now)
	v.Score, v.Scored = checklist.ScoreOf(v.Checklist, v.Nodes, i, v.Situation)
	v.Progress = checklist.ProgressOf(v.Checklist, v.Nodes, i, v.Situation)
	if i.Sealed == nil {
		v.Findings = pinned(checklist.FindingsOf(v.Checklist, v.Nodes, i, v.Situation, now), v.Earlier, v.laws)
	}
}

// filling gives the logic of the visit's checklist with its answers: the one
// that was put aside after the last answer, brought up to date, else a new one;
// nil for a checklist of items. Until it is put aside again nobody else has it.
func (d *Desk) filling(v Visit, now time.Time) *checklist.Filling {
	d.filled.Lock()
	f := d.fillings[v.Inspection.ID]
	delete(d.fillings, v.Inspection.ID)
	d.filled.Unlock()
	if f == nil || !f.Of(v.Checklist) {
		return v.Checklist.Fill(v.Inspection, now)
	}
	f.Continue(v.Inspection, now)
	return f
}

// mostFillings is how many inspections have their logic kept alive.
const mostFillings = 4

func (d *Desk) putAside(id record.ID, f *checklist.Filling) {
	if f == nil {
		return
	}
	d.filled.Lock()
	defer d.filled.Unlock()
	if d.fillings == nil || len(d.fillings) >= mostFillings {
		d.fillings = map[record.ID]*checklist.Filling{}
	}
	d.fillings[id] = f
}

// With gives the visit as it would stand with these answers too. Facts among
// them decide which items there are.
func (v Visit) With(answers map[string]record.Answer, now time.Time) Visit {
	i := v.Inspection
	i.Answers = maps.Clone(i.Answers)
	for key, a := range answers {
		i.Answers[key] = a
	}
	v.Inspection = i
	v.update(v.Checklist.Fill(i, now), now) // never the one put aside: nobody has given these answers yet
	return v
}

// Node finds what is answered under key.
func (v *Visit) Node(key string) (checklist.Node, bool) {
	for _, n := range v.Nodes {
		if n.Key == key {
			return n, true
		}
	}
	return checklist.Node{}, false
}

// NewInstance gives the key under which one more instance of a repeat is added,
// with the answer Yes. within is the instance that the repeat itself is in, "" for
// most.
func (v *Visit) NewInstance(repeat, within string, now time.Time) string {
	var among []string
	for key := range v.Inspection.Answers {
		if uid, instance := record.SplitItemKey(key); uid == repeat {
			among = append(among, strings.TrimPrefix(strings.TrimPrefix(instance, within), "."))
		}
	}
	var chance [2]byte
	rand.Read(chance[:]) // never fails
	id := checklist.NewInstance(among, now, binary.LittleEndian.Uint16(chance[:]))
	if within != "" {
		id = within + "." + id
	}
	return checklist.InstanceKey(repeat, id)
}

func sortFindings(list []record.Finding, nodes []checklist.Node) {
	place := map[string]int{}
	for n, node := range nodes {
		place[node.Key] = n
	}
	for a := 1; a < len(list); a++ {
		for b := a; b > 0; b-- {
			x, y := record.ItemKey(list[b-1].Item, list[b-1].Repeat), record.ItemKey(list[b].Item, list[b].Repeat)
			if place[x] <= place[y] {
				break
			}
			list[b-1], list[b] = list[b], list[b-1]
		}
	}
}

// earlier gives the findings of earlier inspections that an inspection asks
// about: those that it has answered, whatever became of them since, and, until it
// is sealed, those that are still open. A sealed record never changes with what
// happens to them later, neither in what it lists nor in their order.
func (d *Desk) earlier(ctx context.Context, i record.Inspection) ([]record.Finding, error) {
	asked := map[record.ID]bool{}
	for key := range i.Answers {
		if _, of := record.SplitItemKey(key); of != "" {
			asked[record.ID(of)] = true
		}
	}
	all, err := d.Store.Findings(ctx, store.FindingFilter{Organization: i.Organization.ID, Open: len(asked) == 0})
	if err != nil || i.Sealed != nil && len(asked) == 0 {
		return nil, err
	}
	out := slices.DeleteFunc(all, func(f record.Finding) bool {
		return f.Inspection == i.ID || !asked[f.ID] && (i.Sealed != nil || !f.State.Open())
	})
	slices.SortFunc(out, func(a, b record.Finding) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}
