package desk

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Fate is what became of a photo or of words on an item.
type Fate string

// The fates.
const (
	Withdrawn Fate = "withdrawn"  // 作废: counts no more
	MovedTo   Fate = "moved_to"   // stands elsewhere now
	MovedFrom Fate = "moved_from" // stood elsewhere before
	Destroyed Fate = "destroyed"  // unlawful content that two persons had destroyed
)

// Trace is what is left on an item of a photo or note that is not there any
// more, or tells where one that is there came from. What was undone leaves none.
type Trace struct {
	Item        string // key of the item; "" for the visit as a whole
	Fate        Fate
	Photo       *record.Evidence   // nil: words
	Note        string             // the words; "" when they were destroyed since
	Reason      string             // as it was given; "" for what was destroyed
	By          string             // name of who did it
	At          string             // RFC 3339
	Other       Spot               // the other end of a move; zero when it is not on this laptop
	Destruction *store.Destruction // of what was destroyed
	AskedBy     string             // name of who asked for the destruction
}

// Spot is an item of an inspection.
type Spot struct {
	Inspection   record.ID
	Number       string // of the inspection
	Organization string // its name
	Item         string // key; "" for the visit as a whole
	Code         string // of the item
}

// History gives the traces on an inspection's items, the oldest first.
func (d *Desk) History(ctx context.Context, v Visit) ([]Trace, error) {
	past, err := d.Store.Past(ctx, v.Inspection.ID)
	if err != nil {
		return nil, err
	}
	h := history{d: d, v: v, bodies: map[record.Hash]record.Body{}, after: map[record.Hash]journal.Entry{}, before: map[record.Hash]journal.Entry{}}
	for _, e := range slices.Concat(past.Entries, past.Beside) {
		b, err := e.Decode()
		if err != nil {
			continue // of a newer program perhaps; verify tells of it
		}
		h.bodies[e.Hash] = b
		h.before[e.Hash] = e
		h.after[e.Prev] = e
	}
	for _, e := range past.Entries {
		if err := h.read(ctx, e); err != nil {
			return nil, err
		}
	}
	err = h.destroyed(ctx)
	return h.traces, err
}

type history struct {
	d      *Desk
	v      Visit
	bodies map[record.Hash]record.Body
	before map[record.Hash]journal.Entry // by its own hash
	after  map[record.Hash]journal.Entry // by the hash of the entry before it
	traces []Trace
}

// read notes what one entry did.
func (h *history) read(ctx context.Context, e journal.Entry) error {
	for path, v := range h.bodies[e.Hash].Set {
		var err error
		if id, ok := strings.CutPrefix(path, "evidence/"); ok {
			err = h.photo(ctx, e, record.ID(id), v)
		} else if key, ok := noteKey(path); ok {
			err = h.note(ctx, e, key, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noteKey gives the key of the item whose note stands at a path.
func noteKey(path string) (key string, ok bool) {
	rest, in := strings.CutPrefix(path, "items/")
	key, part, _ := strings.Cut(rest, "/")
	return key, in && part == "note"
}

// trace starts a trace of what an entry did.
func (h *history) trace(ctx context.Context, e journal.Entry, item string, f Fate) Trace {
	return Trace{Item: item, Fate: f, Reason: h.bodies[e.Hash].Reason, By: h.d.nameOf(ctx, h.v, e.Actor), At: e.Wall}
}

// nameOf gives a person's name, or the identity when nobody here knows it.
func (d *Desk) nameOf(ctx context.Context, v Visit, id record.ID) string {
	for _, m := range v.Inspection.Team {
		if m.Person == id {
			return m.Name
		}
	}
	if p, err := d.Store.Person(ctx, id); err == nil {
		return p.Name
	}
	return string(id)
}

func (h *history) photo(ctx context.Context, e journal.Entry, id record.ID, v json.RawMessage) error {
	var now, was record.Evidence
	if json.Unmarshal(v, &now) != nil {
		return nil
	}
	for _, seen := range e.Base["evidence/"+string(id)] {
		if old, ok := h.bodies[seen].Set["evidence/"+string(id)]; ok && json.Unmarshal(old, &was) != nil {
			return nil
		}
	}
	i := h.v.Inspection
	if h.wentAlong(e, now) {
		return nil
	}
	switch {
	case e.Kind == record.Detach:
		t := h.trace(ctx, e, now.Item, Withdrawn)
		t.Photo = &now
		if there, other, ok := movedPhoto(h.bodies, h.before[e.Prev], string(i.ID)+"/"+string(id)); ok {
			t.Fate = MovedTo
			t.Other = h.d.spot(ctx, other, there.Item)
		}
		if !h.back(id) {
			h.traces = append(h.traces, t)
		}
	case was.ID != "" && was.Item != now.Item:
		n := len(h.traces)
		if n >= 2 && h.traces[n-1].Fate == MovedFrom && h.traces[n-1].Photo != nil && h.traces[n-1].Photo.ID == id && h.traces[n-1].Other.Item == now.Item {
			h.traces = h.traces[:n-2] // moved back
			return nil
		}
		to, from := h.trace(ctx, e, was.Item, MovedTo), h.trace(ctx, e, now.Item, MovedFrom)
		to.Photo, to.Other = &now, h.here(now.Item)
		from.Photo, from.Other = &now, h.here(was.Item)
		h.traces = append(h.traces, to, from)
	case was.ID == "" && now.From != "":
		inspection, old, _ := strings.Cut(now.From, "/")
		if record.ID(inspection) == i.ID {
			return nil // withdrawn, and put back
		}
		t := h.trace(ctx, e, now.Item, MovedFrom)
		t.Photo, t.Other = &now, h.d.spot(ctx, record.ID(inspection), "")
		if next, ok := h.after[e.Hash]; ok && next.Kind == record.Detach {
			t.Reason = h.bodies[next.Hash].Reason
			var there record.Evidence
			if json.Unmarshal(h.bodies[next.Hash].Set["evidence/"+old], &there) == nil {
				t.Other = h.d.spot(ctx, next.Record, there.Item)
			}
		}
		h.traces = append(h.traces, t)
	}
	return nil
}

// back tells whether a withdrawn photo was put back where it hung.
func (h *history) back(id record.ID) bool {
	return slices.ContainsFunc(h.v.Inspection.Evidence, func(e record.Evidence) bool {
		return e.From == string(h.v.Inspection.ID)+"/"+string(id)
	})
}

// wentAlong tells whether a photo is an edited copy that an entry moved or
// withdrew with its original, which leaves the trace.
func (h *history) wentAlong(e journal.Entry, photo record.Evidence) bool {
	if !photo.IsCopy() {
		return false
	}
	for path, v := range h.bodies[e.Hash].Set {
		var other record.Evidence
		if strings.HasPrefix(path, "evidence/") && json.Unmarshal(v, &other) == nil && other.Digest == photo.Of {
			return true
		}
	}
	return false
}

// movedPhoto reads an entry that hung the photo of elsewhere that from names on
// an item.
func movedPhoto(bodies map[record.Hash]record.Body, e journal.Entry, from string) (there record.Evidence, inspection record.ID, ok bool) {
	if e.Kind != record.Attach {
		return there, "", false
	}
	for path, v := range bodies[e.Hash].Set {
		var photo record.Evidence
		if strings.HasPrefix(path, "evidence/") && json.Unmarshal(v, &photo) == nil && photo.From == from {
			return photo, e.Record, true
		}
	}
	return there, "", false
}

func (h *history) note(ctx context.Context, e journal.Entry, key string, v json.RawMessage) error {
	path := "items/" + key + "/note"
	var text string
	if e.Kind == record.Withdraw {
		for _, seen := range e.Base[path] {
			if json.Unmarshal(h.bodies[seen].Set[path], &text) != nil {
				text = "" // destroyed since
			}
		}
		return h.noteGone(ctx, e, key, text)
	}
	if json.Unmarshal(v, &text) != nil || text == "" {
		return nil
	}
	// A note that was put back where it was withdrawn, as its own undo does.
	h.traces = slices.DeleteFunc(h.traces, func(t Trace) bool {
		return t.Fate == Withdrawn && t.Photo == nil && t.Item == key && t.Note != "" && endsIn(text, t.Note)
	})
	// One that came from another inspection: it is taken off there right after.
	next, ok := h.after[e.Hash]
	if !ok || next.Kind != record.Withdraw || next.Record == e.Record {
		return nil
	}
	for p := range h.bodies[next.Hash].Set {
		if there, ok := noteKey(p); ok {
			t := h.trace(ctx, next, key, MovedFrom)
			t.Note, t.Other = text, h.d.spot(ctx, next.Record, there)
			h.traces = append(h.traces, t)
		}
	}
	return nil
}

// noteGone notes that a note was taken off: withdrawn, or put elsewhere just
// before, at the end of what was noted there.
func (h *history) noteGone(ctx context.Context, e journal.Entry, key, text string) error {
	t := h.trace(ctx, e, key, Withdrawn)
	t.Note = text
	before := h.before[e.Prev]
	for p, v := range h.bodies[before.Hash].Set {
		there, ok := noteKey(p)
		var now string
		if !ok || text == "" || json.Unmarshal(v, &now) != nil || !endsIn(now, text) || before.Record == e.Record && there == key {
			continue
		}
		t.Fate = MovedTo
		if before.Record != e.Record {
			t.Other = h.d.spot(ctx, before.Record, there)
			break
		}
		n := len(h.traces)
		if n >= 2 && h.traces[n-1].Fate == MovedFrom && h.traces[n-1].Photo == nil && h.traces[n-1].Item == key && h.traces[n-1].Other.Item == there && h.traces[n-1].Note == text {
			h.traces = h.traces[:n-2] // moved back
			return nil
		}
		from := h.trace(ctx, e, there, MovedFrom)
		t.Other, from.Other, from.Note = h.here(there), h.here(key), text
		h.traces = append(h.traces, t, from)
		return nil
	}
	h.traces = append(h.traces, t)
	return nil
}

// endsIn tells whether a note is text, or has it as its last lines.
func endsIn(note, text string) bool { return note == text || strings.HasSuffix(note, "\n"+text) }

// here is an item of the inspection whose history is read.
func (h *history) here(key string) Spot {
	i := h.v.Inspection
	return Spot{Inspection: i.ID, Number: i.Number, Organization: i.Organization.Name, Item: key, Code: codeOf(h.v, key)}
}

func codeOf(v Visit, key string) string {
	if n, ok := v.Node(key); ok {
		return n.Item.Code
	}
	return ""
}

// spot is an item of another inspection, as far as it is on this laptop.
func (d *Desk) spot(ctx context.Context, id record.ID, key string) Spot {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return Spot{}
	}
	return Spot{Inspection: id, Number: v.Inspection.Number, Organization: v.Inspection.Organization.Name, Item: key, Code: codeOf(v, key)}
}

// destroyed notes what two persons had destroyed.
func (h *history) destroyed(ctx context.Context) error {
	all, err := h.d.Store.AllDestroyed(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	requests, err := h.d.Store.Destructions(ctx)
	if err != nil {
		return err
	}
	by := map[record.ID]*store.Destruction{}
	for n := range requests {
		by[requests[n].ID] = &requests[n]
	}
	for _, e := range h.v.Inspection.Evidence {
		if e.Destroyed == "" {
			continue
		}
		h.traces = slices.DeleteFunc(h.traces, func(t Trace) bool { return t.Photo != nil && t.Photo.ID == e.ID })
		t := h.gone(ctx, e.Item, by[e.Destroyed])
		t.Photo = &e
		h.traces = append(h.traces, t)
	}
	told := map[string]bool{}
	for _, x := range all {
		var stand map[string]json.RawMessage
		if x.Record != h.v.Inspection.ID || json.Unmarshal([]byte(x.Stand), &stand) != nil {
			continue
		}
		for path, v := range stand {
			rest, ok := strings.CutPrefix(path, "items/")
			key, part, _ := strings.Cut(rest, "/")
			part, _, _ = strings.Cut(part, "/")
			if !ok || string(v) != "null" || !slices.Contains(answerTexts, part) || told[key+string(x.Destruction)] {
				continue
			}
			told[key+string(x.Destruction)] = true
			h.traces = append(h.traces, h.gone(ctx, key, by[x.Destruction]))
		}
	}
	return nil
}

// gone is the trace of what a destruction took from an item; By is who approved.
// x is nil where the request itself is not here.
func (h *history) gone(ctx context.Context, item string, x *store.Destruction) Trace {
	t := Trace{Item: item, Fate: Destroyed, Destruction: x}
	if x != nil && x.Approval != nil {
		t.At, t.AskedBy, t.By = x.Approval.At, h.d.nameOf(ctx, h.v, x.Request.Person), h.d.nameOf(ctx, h.v, x.Approval.Person)
	}
	return t
}

// PutBackEvidence hangs a withdrawn photo where it hung, as new evidence that
// says which it was: the withdrawal stays in the journal.
func (d *Desk) PutBackEvidence(ctx context.Context, actor, id, evidence record.ID) (Visit, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	changes, err := i.PutBack(evidence, newEvidence)
	if err != nil {
		return Visit{}, err
	}
	if len(changes) == 0 { // the same photo was hung there again meanwhile
		return d.Visit(ctx, id)
	}
	return d.keep(ctx, actor, id, changes)
}

// PutBackNote writes a withdrawn note on its item again, beneath what is noted
// there now.
func (d *Desk) PutBackNote(ctx context.Context, actor, id record.ID, key, note string) (Visit, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	a := i.Answers[key]
	a.Note = strings.TrimPrefix(a.Note+"\n"+note, "\n")
	changes, err := i.SetAnswer(key, a)
	if err != nil {
		return Visit{}, err
	}
	return d.keep(ctx, actor, id, changes)
}
