package desk

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"strings"

	"plumbline/app/record"
	"plumbline/app/store"
)

// Unlawful is what one person asks to have destroyed in an inspection, and why.
type Unlawful struct {
	Reason   string      // record.ForClassified …
	Note     string      // why; never the content itself
	Evidence []record.ID // photos, with their captions and names
	Texts    []string    // item keys whose words go (note, fact, what was seen …), or a field as "statement"; in all versions, and what was made of them
}

// answerTexts are the parts of an answer that hold an inspector's own words.
var answerTexts = []string{"note", "seen", "reason", "fact", "inputs"}

// textFields are the fields of an inspection that hold somebody's own words.
var textFields = []string{"statement", "recusal", "place", "person_on_site", "person_post"}

// RequestDestruction is the first of two persons' words: nothing is destroyed
// before another one approves. The printed documents of the inspection, which
// show what shall go, go with it.
func (d *Desk) RequestDestruction(ctx context.Context, inspection, person record.ID, pin string, u Unlawful) (store.Destruction, error) {
	none := store.Destruction{}
	v, err := d.Visit(ctx, inspection)
	if err != nil {
		return none, err
	}
	i := v.Inspection
	q := record.DestructionRequest{Inspection: inspection, Reason: u.Reason, Note: u.Note, Person: person, At: d.stamp()}
	if err := d.frozen(ctx, q); err != nil {
		return none, err
	}
	for _, id := range u.Evidence {
		n := slices.IndexFunc(i.Evidence, func(e record.Evidence) bool { return e.ID == id })
		if n < 0 {
			return none, &record.Error{Code: record.NotFound, Message: "evidence.not_found", Field: "evidence"}
		}
		for _, e := range withCopies(i, i.Evidence[n]) {
			for _, f := range []record.Hash{e.Digest, e.Small} {
				if f != "" && !slices.Contains(q.Files, f) {
					q.Files = append(q.Files, f)
				}
			}
			if e.ID != id {
				u.Evidence = append(slices.Clip(u.Evidence), e.ID) // their labels go too
			}
		}
	}
	for _, key := range u.Texts {
		_, answered := i.Answers[key] // also one that the checklist does not ask for any more
		if _, known := v.Node(key); !known && !answered && !slices.Contains(textFields, key) {
			return none, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: key, Args: map[string]any{"item": key}}
		}
	}
	if q.Entries, err = d.Store.StandIns(ctx, inspection, u.withoutContent); err != nil {
		return none, err
	}
	findings, err := d.Store.Findings(ctx, store.FindingFilter{Inspection: inspection})
	if err != nil {
		return none, err
	}
	for _, f := range findings {
		key := f.Item
		if f.Repeat != "" {
			key += "@" + f.Repeat
		}
		if !slices.Contains(u.Texts, key) {
			continue
		}
		more, err := d.Store.StandIns(ctx, f.ID, withoutFact)
		if err != nil {
			return none, err
		}
		q.Entries = append(q.Entries, more...)
	}
	files, err := d.Store.FilesOf(ctx, inspection)
	if err != nil {
		return none, err
	}
	if len(q.Files)+len(q.Entries) > 0 {
		for _, f := range files {
			if f.Media == "application/pdf" {
				q.Files = append(q.Files, f.Digest)
			}
		}
	}
	if err := q.Check(); err != nil { // before the first PIN makes a key
		return none, err
	}
	sign, err := d.signAs(ctx, person, pin)
	if err != nil {
		return none, err
	}
	x, changes, err := record.NewDestruction(q, sign)
	if err != nil {
		return none, err
	}
	if _, err := d.Store.Append(ctx, person, changes...); err != nil {
		return none, err
	}
	return d.Store.Destruction(ctx, x.ID)
}

// withCopies gives a photo and all copies that were made of it, wherever they
// hang and whether they still count: each shows what the photo shows.
func withCopies(i record.Inspection, photo record.Evidence) []record.Evidence {
	out := []record.Evidence{photo}
	for _, e := range i.Evidence {
		if e.IsCopy() && e.Of == photo.Digest {
			out = append(out, e)
		}
	}
	return out
}

// withoutContent gives what shall stand at a path of the inspection instead.
func (u Unlawful) withoutContent(path string, v json.RawMessage) (json.RawMessage, bool) {
	if id, ok := strings.CutPrefix(path, "evidence/"); ok && slices.Contains(u.Evidence, record.ID(id)) {
		var e record.Evidence
		if json.Unmarshal(v, &e) != nil {
			return nil, false
		}
		// The digest, where it hung and what a copy hides stay; words about it go
		// with the picture.
		e, words := e.WithoutWords()
		if !words {
			return nil, false
		}
		b, err := json.Marshal(e)
		return b, err == nil
	}
	null := json.RawMessage("null")
	if string(v) == "null" {
		return nil, false
	}
	if slices.Contains(textFields, path) {
		return null, slices.Contains(u.Texts, path)
	}
	rest, ok := strings.CutPrefix(path, "items/")
	key, part, _ := strings.Cut(rest, "/")
	part, _, _ = strings.Cut(part, "/")
	return null, ok && slices.Contains(u.Texts, key) && slices.Contains(answerTexts, part)
}

// withoutFact takes the inspector's words out of a finding.
func withoutFact(path string, v json.RawMessage) (json.RawMessage, bool) {
	var f record.Finding
	if path != "finding" || json.Unmarshal(v, &f) != nil || f.Fact == "" {
		return nil, false
	}
	f.Fact = ""
	b, err := json.Marshal(f)
	return b, err == nil
}

func (d *Desk) frozen(ctx context.Context, q record.DestructionRequest) error {
	p, err := d.Store.Procedure(ctx, q.Inspection)
	if err != nil {
		return err
	}
	return q.Frozen(p)
}

// ApproveDestruction is the second person's word. When it returns the content
// is gone from this laptop; others destroy it when they sync.
func (d *Desk) ApproveDestruction(ctx context.Context, id, person record.ID, pin string) (store.Destruction, error) {
	x, err := d.Store.Destruction(ctx, id)
	if err != nil {
		return x, err
	}
	if err := d.frozen(ctx, x.Request); err != nil {
		return x, err
	}
	// Whoever may not approve is told so before a PIN is asked for or a key made.
	if _, err := x.Approve(person, d.stamp(), func([]byte) ([]byte, string) { return nil, "" }); err != nil {
		return x, err
	}
	sign, err := d.signAs(ctx, person, pin)
	if err != nil {
		return x, err
	}
	changes, err := x.Approve(person, d.stamp(), sign)
	if err != nil {
		return x, err
	}
	if _, err := d.Store.Append(ctx, person, changes...); err != nil {
		return x, err
	}
	if err := d.Store.DropFiles(ctx, d.Files.Drop); err != nil {
		return x, err
	}
	return d.Store.Destruction(ctx, id)
}

// RejectDestruction is the second person's no, or the first one's word that the
// request is taken back.
func (d *Desk) RejectDestruction(ctx context.Context, id, person record.ID, reason string) (store.Destruction, error) {
	x, err := d.Store.Destruction(ctx, id)
	if err != nil {
		return x, err
	}
	changes, err := x.Reject(person, reason)
	if err != nil {
		return x, err
	}
	if _, err := d.Store.Append(ctx, person, changes...); err != nil {
		return x, err
	}
	return d.Store.Destruction(ctx, id)
}

// signAs opens a person's key.
func (d *Desk) signAs(ctx context.Context, person record.ID, pin string) (func([]byte) ([]byte, string), error) {
	if _, err := d.Store.Person(ctx, person); err != nil {
		return nil, err
	}
	private, key, err := d.personKey(ctx, person, pin)
	return func(statement []byte) ([]byte, string) { return ed25519.Sign(private, statement), key }, err
}
