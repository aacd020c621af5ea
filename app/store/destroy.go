package store

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// States of a destruction in lists.
const (
	DestructionOpen     = "open"     // one person asked
	DestructionRejected = "rejected" // another one said no, or the first took it back
	DestructionUnproved = "unproved" // approved, but a signature does not verify here: nothing is destroyed
	DestructionDone     = "done"
)

// Destruction is a request to destroy unlawful content, and how it stands.
type Destruction struct {
	record.Destruction
	State string
}

// Destroyed is what two persons approved to destroy.
type Destroyed struct {
	Name        record.Hash `json:"name"` // digest of the entry or file
	Destruction record.ID   `json:"destruction"`
	Authority   string      `json:"authority"`
	Record      record.ID   `json:"record"`          // whose entry it is, or the inspection of the file
	Stand       string      `json:"stand,omitempty"` // JSON of what counts in an entry's place; "" for a file
}

// Only the authority whose inspection names a file may have it destroyed.
const (
	destroyedFile = `stand = '' AND NOT EXISTS (SELECT 1 FROM file f JOIN entry e ON e.record = f.inspection
		WHERE f.digest = destroyed.name AND e.authority <> '' AND e.authority <> destroyed.authority)`
	notDestroyed = "NOT EXISTS (SELECT 1 FROM destroyed WHERE name = file.digest AND " + destroyedFile + ")"
)

// Destructions lists all requests, by identity.
func (s *Store) Destructions(ctx context.Context) ([]Destruction, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, state FROM destruction ORDER BY id")
	if err != nil {
		return nil, s.fault("list destructions", err)
	}
	var out []Destruction
	for rows.Next() {
		var d Destruction
		if err := rows.Scan(&d.ID, &d.State); err != nil {
			rows.Close()
			return nil, s.fault("list destructions", err)
		}
		out = append(out, d)
	}
	err = rows.Err()
	rows.Close()
	if err != nil {
		return nil, s.fault("list destructions", err)
	}
	for n := range out {
		st, err := s.State(ctx, out[n].ID)
		if err != nil {
			return nil, err
		}
		out[n].Destruction, _ = record.DestructionOf(out[n].ID, st)
	}
	return out, nil
}

// Destruction gives one request.
func (s *Store) Destruction(ctx context.Context, id record.ID) (Destruction, error) {
	all, err := s.Destructions(ctx)
	for _, d := range all {
		if d.ID == id {
			return d, err
		}
	}
	if err == nil {
		err = &record.Error{Code: record.NotFound, Message: "destruction.not_found", Args: map[string]any{"id": string(id)}}
	}
	return Destruction{}, err
}

// AllDestroyed lists everything that was approved to be destroyed.
func (s *Store) AllDestroyed(ctx context.Context) ([]Destroyed, error) {
	return s.destroyed(ctx, "ORDER BY name")
}

// IsDestroyed tells whether a file was destroyed by approval: it must not come
// back.
func (s *Store) IsDestroyed(ctx context.Context, d record.Hash) (bool, error) {
	list, err := s.destroyed(ctx, "WHERE name = $1 AND "+destroyedFile, string(d))
	return len(list) > 0, err
}

// DropFiles has the bytes of destroyed files dropped that may still lie here,
// and notes it. One that cannot be dropped now, since another program reads it
// perhaps, is tried again at the next call.
func (s *Store) DropFiles(ctx context.Context, drop func(context.Context, record.Hash) error) error {
	list, err := s.destroyed(ctx, "WHERE "+destroyedFile+" AND dropped = 0 ORDER BY name")
	if err != nil || len(list) == 0 {
		return err
	}
	var failed error
	err = s.tx(ctx, func(t *tx) error {
		for _, d := range list {
			if e := drop(ctx, d.Name); e != nil {
				failed = errors.Join(failed, e)
				continue
			}
			if err := t.exec("UPDATE destroyed SET dropped = 1 WHERE name = $1", string(d.Name)); err != nil {
				return err
			}
			if err := t.exec("UPDATE file SET here = 0 WHERE digest = $1", string(d.Name)); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(failed, err)
}

func (s *Store) destroyed(ctx context.Context, where string, args ...any) ([]Destroyed, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT name, destruction, authority, record, stand FROM destroyed "+where, args...)
	if err != nil {
		return nil, s.fault("list destroyed", err)
	}
	defer rows.Close()
	var out []Destroyed
	for rows.Next() {
		var d Destroyed
		if err := rows.Scan(&d.Name, &d.Destruction, &d.Authority, &d.Record, &d.Stand); err != nil {
			return nil, s.fault("list destroyed", err)
		}
		out = append(out, d)
	}
	return out, s.fault("list destroyed", rows.Err())
}

// DestroyAgain destroys what was known to be destroyed before this store was
// restored from a backup that did not know it yet. It stays known although the
// entries that say so may come back only with the next sync.
func (s *Store) DestroyAgain(ctx context.Context, list []Destroyed) error {
	if len(list) == 0 {
		return nil
	}
	return s.tx(ctx, func(t *tx) error {
		for _, d := range list {
			if err := t.destroy(d, true); err != nil {
				return err
			}
		}
		return t.settle()
	})
}

// projectDestruction notes that a destruction has to be looked at once the
// transaction's entries are all there.
func (t *tx) projectDestruction(id record.ID) { t.destructions[id] = true }

// unprovedAgain has those destructions and seals looked at again that waited
// for a person's key.
func (t *tx) unprovedAgain() error {
	for query, again := range map[string]map[record.ID]bool{
		"SELECT id FROM destruction WHERE state = 'unproved'": t.destructions,
		"SELECT DISTINCT record FROM unproved":                t.dirty,
	} {
		rows, err := t.querier().query(query)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id record.ID
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return err
			}
			again[id] = true
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// settleDestructions carries out what two persons have approved.
func (t *tx) settleDestructions() error {
	for id := range t.destructions {
		delete(t.destructions, id)
		st, err := t.state(id)
		if err != nil {
			return err
		}
		d, ok := record.DestructionOf(id, st)
		if !ok {
			continue
		}
		state := DestructionOpen
		switch {
		case d.Approval != nil:
			state = DestructionUnproved
			proved, err := t.proved(d)
			if err != nil {
				return err
			}
			if proved {
				state = DestructionDone
			}
		case d.Rejected != "":
			state = DestructionRejected
		}
		err = t.exec(`INSERT INTO destruction (id, inspection, state, doc) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET inspection = excluded.inspection, state = excluded.state, doc = excluded.doc`,
			string(id), string(d.Request.Inspection), state, string(d.Content))
		if err != nil {
			return err
		}
		if state != DestructionDone {
			continue
		}
		if err := t.carryOut(d); err != nil {
			return err
		}
	}
	return nil
}

// proved tells whether two different persons signed. A record that anybody
// could write is not enough to destroy evidence.
func (t *tx) proved(d record.Destruction) (bool, error) {
	if d.Approval.Person == d.Request.Person {
		return false, nil
	}
	first, err := t.personSigned(d.Request.Person, d.Key, d.RequestStatement(), d.Proof)
	if err != nil || !first {
		return false, err
	}
	return t.personSigned(d.Approval.Person, d.Approval.Key, d.ApprovalStatement(*d.Approval), d.Approval.Proof)
}

func (t *tx) personSigned(person record.ID, key string, statement, proof []byte) (bool, error) {
	public, err := t.published(person, key)
	return public != nil && ed25519.Verify(public, statement, proof), err
}

// published gives a key that a person has published, nil when none is known. Its
// name follows from it, so whoever writes something else in its place later
// takes nothing from what it signed.
func (t *tx) published(person record.ID, key string) (ed25519.PublicKey, error) {
	entries, err := t.entriesOf(person)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		body, _ := decode(e.Entry)
		var text string
		if json.Unmarshal(body.Set["keys/"+key], &text) != nil {
			continue
		}
		public, err := journal.ParsePublic(text)
		if err != nil || journal.KeyID(public) != key {
			continue
		}
		if refused, err := t.refused(e.Hash); err != nil || !refused {
			return public, err
		}
	}
	return nil, nil
}

func (t *tx) carryOut(d record.Destruction) error {
	var authority string
	if err := t.row("SELECT authority FROM entry WHERE record = $1 ORDER BY pos LIMIT 1", string(d.ID)).Scan(&authority); err != nil {
		return err
	}
	for _, e := range d.Request.Entries {
		stand, err := json.Marshal(e.Stand)
		if err != nil {
			return fmt.Errorf("write stand-in: %w", err)
		}
		if err := t.destroy(Destroyed{Name: e.Entry, Destruction: d.ID, Authority: authority, Record: e.Record, Stand: string(stand)}, false); err != nil {
			return err
		}
	}
	for _, f := range d.Request.Files {
		if err := t.destroy(Destroyed{Name: f, Destruction: d.ID, Authority: authority, Record: d.Request.Inspection}, false); err != nil {
			return err
		}
	}
	return nil
}

// destroy drops the key of an entry's body if it is here, and remembers that it
// must go if it comes; for a file it remembers that whoever holds the bytes has
// to drop them.
func (t *tx) destroy(d Destroyed, kept bool) error {
	// Two laptops may have had the same destroyed: whichever comes first, all
	// replicas keep the same one.
	err := t.exec(`INSERT INTO destroyed (name, destruction, authority, record, stand, kept) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (name, authority) DO UPDATE SET destruction = excluded.destruction, record = excluded.record, stand = excluded.stand
		WHERE excluded.destruction < destroyed.destruction`,
		string(d.Name), string(d.Destruction), d.Authority, string(d.Record), d.Stand, number(kept))
	if err != nil {
		return err
	}
	t.stands = nil
	if d.Stand == "" {
		return nil
	}
	rows, err := t.querier().query("SELECT pos, kind, authority FROM entry WHERE record = $1 AND hash = $2", string(d.Record), string(d.Name))
	if err != nil {
		return err
	}
	var pos int64
	for rows.Next() {
		var at int64
		var kind record.Kind
		var authority string
		if err := rows.Scan(&at, &kind, &authority); err != nil {
			rows.Close()
			return err
		}
		if d.takes(d.Record, authority, kind) {
			pos = at
		}
	}
	err = rows.Err()
	rows.Close()
	if err != nil || pos == 0 {
		return err
	}
	if err := t.exec("UPDATE entry SET body = NULL, key = NULL WHERE pos = $1", pos); err != nil {
		return err
	}
	var stand map[string]json.RawMessage
	if err := json.Unmarshal([]byte(d.Stand), &stand); err != nil {
		return fmt.Errorf("read stand-in: %w", err)
	}
	for path := range stand {
		if err := t.exec("DELETE FROM draft WHERE record = $1 AND path = $2", string(d.Record), path); err != nil {
			return err
		}
	}
	t.swept = true
	t.dirty[d.Record] = true
	return nil
}

// standIn is what counts in the place of a destroyed body.
type standIn struct {
	Destroyed
	body record.Body
}

// takes tells whether the destruction is good for such an entry: only the
// authority's own, and none that holds others together.
func (d Destroyed) takes(id record.ID, authority string, kind record.Kind) bool {
	return d.Record == id && (authority == "" || d.Authority == authority) && kind.Destroyable() && id.Type() != record.DestructionType
}

// standIn gives what stands in an entry's place; false for one that was never
// destroyed, as nearly all are.
func (t *tx) standIn(e journal.Entry) (standIn, bool, error) {
	if t.stands == nil {
		t.stands = map[record.Hash][]standIn{}
		rows, err := t.querier().query("SELECT name, destruction, authority, record, stand FROM destroyed WHERE stand <> '' ORDER BY name, authority")
		if err != nil {
			return standIn{}, false, err
		}
		defer rows.Close()
		for rows.Next() {
			var s standIn
			if err := rows.Scan(&s.Name, &s.Destruction, &s.Authority, &s.Record, &s.Stand); err != nil {
				return s, false, err
			}
			if err := json.Unmarshal([]byte(s.Stand), &s.body.Set); err != nil {
				return s, false, fmt.Errorf("read stand-in: %w", err)
			}
			t.stands[s.Name] = append(t.stands[s.Name], s)
		}
		if err := rows.Err(); err != nil {
			return standIn{}, false, err
		}
	}
	for _, s := range t.stands[e.Hash] {
		if s.takes(e.Record, e.Authority, e.Kind) && e.V <= journal.Version {
			return s, true, nil
		}
	}
	return standIn{}, false, nil
}

// content gives what an entry that is here counts as: its body, or what stands
// in the place of a destroyed one.
func (t *tx) content(e journal.Entry) (body record.Body, p plan, stood bool, err error) {
	if !e.Withheld() {
		body, p = decode(e)
		return body, p, false, nil
	}
	s, stood, err := t.standIn(e)
	if err != nil || !stood {
		return record.Body{}, plan{skip: true}, false, err
	}
	return s.body, plan{}, true, nil
}

// sweep takes what was destroyed out of the database's files as well: it runs
// after the commit, and what it cannot do now the next one does.
func (s *Store) sweep(ctx context.Context) error {
	s.bodies.forget()
	if s.dialect == SQLite {
		// Deleted bytes are overwritten with zeros (secure_delete); the log still
		// has the pages as they were.
		_, err := s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		return s.fault("sweep", err)
	}
	var err error
	for _, table := range strings.Fields("entry field inspection finding inspector organization draft") {
		_, e := s.write.ExecContext(ctx, "VACUUM "+table)
		err = errors.Join(err, e)
	}
	return s.fault("sweep", err)
}

func (b *bodies) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = nil
}

// StandIns finds the entries of a record that say what is to be destroyed.
// change gives what shall stand at a path instead of v; false leaves it.
func (s *Store) StandIns(ctx context.Context, id record.ID, change func(path string, v json.RawMessage) (json.RawMessage, bool)) ([]record.DestroyedEntry, error) {
	entries, err := s.opened(ctx, "SELECT header, body, key FROM entry WHERE record = $1 ORDER BY pos", string(id))
	if err != nil {
		return nil, err
	}
	var out []record.DestroyedEntry
	for _, e := range entries {
		body, p := decode(e)
		if p.skip || !e.Kind.Destroyable() {
			continue
		}
		stand, found := map[string]json.RawMessage{}, false
		for path, v := range body.Set {
			if instead, yes := change(path, v); yes {
				v, found = instead, true
			}
			stand[path] = v
		}
		if found {
			out = append(out, record.DestroyedEntry{Record: id, Entry: e.Hash, Stand: stand})
		}
	}
	return out, nil
}

// Whole tells whether nothing is missing from entries but what two persons had
// destroyed: only then may they be passed on for their device.
func (s *Store) Whole(ctx context.Context, entries []journal.Entry) (bool, error) {
	for _, e := range entries {
		if !e.Withheld() {
			continue
		}
		gone, err := s.destroyed(ctx, "WHERE name = $1 AND stand <> ''", string(e.Hash))
		if err != nil || len(gone) == 0 {
			return false, err
		}
	}
	return true, nil
}
