package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// Answer keeps answers by item key (or by fact, see checklist.FactKey) and
// gives the visit as it stands then. What comes back is on the disk. The first
// answer takes a planned inspection on site.
func (d *Desk) Answer(ctx context.Context, actor, id record.ID, answers map[string]record.Answer) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	return d.answer(ctx, actor, v, v.Inspection, answers, nil)
}

// AnswerSeen is Answer for somebody who has had the inspection open for a
// while, as a window has: seen is what stood on the screen. Only what differs
// from it is written, and a word a colleague wrote meanwhile on the same path
// stays beside the new one as a conflict; Answer would overwrite it knowingly.
func (d *Desk) AnswerSeen(ctx context.Context, actor record.ID, seen record.Inspection, answers map[string]record.Answer) (Visit, error) {
	v, err := d.Visit(ctx, seen.ID)
	if err != nil {
		return v, err
	}
	return d.answer(ctx, actor, v, seen, answers, nil)
}

// typing is what stands for a person who types in from paper.
type typing struct {
	by    record.ID
	noted []record.Change // who types from which scans, where that is new
}

// Transcribe is AnswerSeen for a person who types in what was written by hand in a
// paper pack; it need not be one of the team. The scans of the pack that were
// taken in are the original: without one there is no transcription.
func (d *Desk) Transcribe(ctx context.Context, by record.ID, seen record.Inspection, answers map[string]record.Answer) (Visit, error) {
	v, err := d.Visit(ctx, seen.ID)
	if err != nil {
		return v, err
	}
	noted, err := d.transcribing(ctx, by, v.Inspection)
	if err != nil {
		return v, err
	}
	return d.answer(ctx, by, v, seen, answers, &typing{by, noted})
}

// TranscribeFields is SetFieldsSeen for what stands on the pack about the visit.
func (d *Desk) TranscribeFields(ctx context.Context, by record.ID, seen record.Inspection, values map[string]any) (Visit, error) {
	noted, err := d.transcribing(ctx, by, seen)
	if err != nil {
		return Visit{}, err
	}
	changes, err := seen.SetFields(values)
	if err != nil {
		return Visit{}, err
	}
	return d.keep(ctx, by, seen.ID, append(noted, changes...))
}

func (d *Desk) transcribing(ctx context.Context, by record.ID, i record.Inspection) ([]record.Change, error) {
	person := record.Inspector{}
	if by != "" {
		var err error
		if person, err = d.Store.Person(ctx, by); err != nil {
			return nil, err
		}
	}
	scans, err := d.Store.Scans(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	return i.Transcribe(person, scans, d.stamp())
}

func (d *Desk) answer(ctx context.Context, actor record.ID, v Visit, seen record.Inspection, answers map[string]record.Answer, paper *typing) (Visit, error) {
	if paper != nil {
		answers = seen.Typed(answers, paper.by)
	} else {
		answers = seen.Typed(answers, "")
	}
	if paper == nil && v.Inspection.Role(actor) == "" {
		return v, &record.Error{Code: record.Forbidden, Message: "answer.not_in_team", Field: "by"}
	}
	// Facts first: they decide which of the items are there to be answered.
	facts := map[string]record.Answer{}
	for key, a := range answers {
		if name, ok := strings.CutPrefix(key, checklist.FactKey("")); ok {
			if err := validateFact(v.Checklist, name, a); err != nil {
				return v, err
			}
			facts[key] = a
		}
	}
	to := v
	if len(facts) > 0 {
		to = v.With(facts, d.now())
	}
	for key, a := range answers {
		if _, ok := facts[key]; ok {
			continue
		}
		n, ok := to.Node(key)
		if !ok && v.Checklist.Schema == checklist.SchemaElements {
			// What is not asked at the moment may be by the time all these
			// answers are there, or once a colleague's are; it is kept.
			uid, instance := record.SplitItemKey(key)
			if instance != "" && v.Checklist.RepeatOf(uid) != nil {
				if err := checklist.ValidateFact(a); err != nil {
					return v, err
				}
				continue
			}
			n.Item, ok = v.Checklist.Item(uid)
			n.Key = key
		}
		if !ok {
			return v, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: key, Args: map[string]any{"item": key}}
		}
		if err := checklist.Validate(n.Item, a); err != nil {
			return v, atItem(err, n)
		}
	}
	begin, err := d.begin(ctx, v)
	if err != nil {
		return v, err
	}
	changes, err := seen.SetAnswers(answers)
	if err != nil {
		return v, err
	}
	if len(changes) == 0 {
		return v, nil
	}
	if paper != nil {
		begin = append(begin, paper.noted...)
	}
	return d.keep(ctx, actor, v.Inspection.ID, append(begin, changes...))
}

// validateFact tells whether the checklist asks for such a fact and the answer
// states it: a misspelt fact would switch nothing on or off, unnoticed.
func validateFact(c checklist.Checklist, name string, a record.Answer) error {
	known := map[string]bool{}
	for i := range c.Items {
		if f := c.Items[i].AppliesIf; f != "" {
			known[f] = true
		}
	}
	if !known[name] {
		return &record.Error{Code: record.NotFound, Message: "answer.fact_unknown", Field: "facts/" + name,
			Args: map[string]any{"fact": name, "known": strings.Join(slices.Sorted(maps.Keys(known)), ", ")}}
	}
	err := checklist.ValidateFact(a)
	var e *record.Error
	if errors.As(err, &e) {
		located := *e
		located.Field = "facts/" + name
		return &located
	}
	return err
}

// atItem says at which item an answer cannot be kept.
func atItem(err error, n checklist.Node) error {
	var e *record.Error
	if !errors.As(err, &e) {
		return err
	}
	located := *e
	located.Field = n.Key + "/" + e.Field
	located.Args = map[string]any{"item": n.Item.Code}
	for k, v := range e.Args {
		located.Args[k] = v
	}
	return &located
}

// SetFields keeps facts about the visit itself: place, person_on_site,
// person_post, started_at, shown_papers, told_rights, recusal, statement …
func (d *Desk) SetFields(ctx context.Context, actor, id record.ID, values map[string]any) (Visit, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	return d.SetFieldsSeen(ctx, actor, i, values)
}

// SetFieldsSeen is SetFields for somebody who has the inspection on the screen
// as seen; see AnswerSeen.
func (d *Desk) SetFieldsSeen(ctx context.Context, actor record.ID, seen record.Inspection, values map[string]any) (Visit, error) {
	changes, err := seen.SetFields(values)
	if err != nil {
		return Visit{}, err
	}
	return d.keep(ctx, actor, seen.ID, changes)
}

func (d *Desk) keep(ctx context.Context, actor, id record.ID, changes []record.Change) (Visit, error) {
	if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
		return Visit{}, err
	}
	return d.Visit(ctx, id)
}

// Resolve settles a conflict: value is what the path shall hold from now on.
func (d *Desk) Resolve(ctx context.Context, actor, id record.ID, path string, value any, reason string) error {
	st, err := d.Store.State(ctx, id)
	if err != nil {
		return err
	}
	c := st[path]
	if c == nil || !c.Conflict() {
		return &record.Error{Code: record.NotFound, Message: "conflict.none"}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("desk: settle %s: %w", path, err)
	}
	if err := record.Settle(id, path, *c, raw); err != nil {
		return err
	}
	if err := d.maySettle(ctx, actor, id, path, st, raw); err != nil {
		return err
	}
	_, err = d.Store.Append(ctx, actor, record.Change{Kind: record.Resolve, Record: id, Set: map[string]any{path: value},
		Base: map[string][]record.Hash{path: c.Versions()}, Reason: reason})
	return err
}

// maySettle tells why the separation of duties does not let a person settle this,
// nil if it does.
func (d *Desk) maySettle(ctx context.Context, actor, id record.ID, path string, st record.State, value json.RawMessage) error {
	var no *record.Error
	switch {
	case path != "state":
	case id.Type() == record.ProcedureType:
		var inspection record.ID
		var to record.Stage
		st.Get("inspection", &inspection)
		json.Unmarshal(value, &to)
		i, err := d.Store.Inspection(ctx, inspection)
		if err != nil && record.CodeOf(err) != record.NotFound {
			return err
		}
		no = record.ProcedureOf(inspection, st).SettleStage(to, actor, i.Role(actor) != "")
	case id.Type() == record.ComplaintType:
		var to record.ComplaintState
		json.Unmarshal(value, &to)
		if c, ok := record.ComplaintOf(id, st); ok {
			no = c.SettleState(to, actor)
		}
	}
	if no != nil {
		return no
	}
	return nil
}

// stamp is the present time as records carry it.
func (d *Desk) stamp() string { return d.now().Format(time.RFC3339) }

// stampFine is stamp where the order within a second counts: photos are numbered
// as they were added.
func (d *Desk) stampFine() string { return d.now().Format("2006-01-02T15:04:05.000000Z07:00") }
