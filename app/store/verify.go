package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Problem is one thing that does not verify. Message is a key of assets/lang.
type Problem struct {
	Message string         `json:"message"`
	Record  record.ID      `json:"record,omitempty"`
	Chain   journal.Chain  `json:"chain,omitzero"`
	Seq     int64          `json:"seq,omitempty"`
	File    record.Hash    `json:"file,omitempty"`
	Args    map[string]any `json:"args,omitempty"`
}

// Verified counts what was checked.
type Verified struct {
	Entries   int         `json:"entries"`
	Seals     int         `json:"seals"`
	Files     int         `json:"files"`
	Destroyed []Destroyed `json:"destroyed,omitempty"` // by approval, which is no problem
	Problems  []Problem   `json:"problems"`
}

// Verify checks everything that can be checked offline: every entry's bytes,
// every chain's links, every seal's signatures, entries and files, and that the
// tables are what the entries say. open reads a file and gives its digest, or an error
// with record.NotFound when it is not here (which is no problem before the
// file has arrived).
func (s *Store) Verify(ctx context.Context, open func(record.File) (record.Hash, error)) (Verified, error) {
	var v Verified
	var err error
	if v.Destroyed, err = s.AllDestroyed(ctx); err != nil {
		return v, err
	}
	if err := s.verifyChains(ctx, &v); err != nil {
		return v, err
	}
	if err := s.verifySeals(ctx, &v); err != nil {
		return v, err
	}
	if err := s.verifyFiles(ctx, &v, open); err != nil {
		return v, err
	}
	if len(v.Problems) > 0 {
		return v, nil // tables made from broken entries prove nothing
	}
	return v, s.verifyTables(ctx, &v)
}

func (s *Store) verifyChains(ctx context.Context, v *Verified) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	approved := map[record.Hash][]Destroyed{}
	for _, d := range v.Destroyed {
		approved[d.Name] = append(approved[d.Name], d)
	}
	for c, want := range heads {
		var head journal.Head
		rows, err := s.read.QueryContext(ctx, `SELECT e.seq, e.hash, e.kind, e.record, e.authority, e.header, e.body, e.key FROM entry e JOIN chain c ON c.id = e.chain
			WHERE c.device = $1 AND c.epoch = $2 ORDER BY e.seq`, string(c.Device), c.Epoch)
		if err != nil {
			return s.fault("verify chain", err)
		}
		for rows.Next() {
			var seq int64
			var hash, kind, rec, authority string
			var header, box, key []byte
			if err := rows.Scan(&seq, &hash, &kind, &rec, &authority, &header, &box, &key); err != nil {
				rows.Close()
				return s.fault("verify chain", err)
			}
			v.Entries++
			problem := func(message string) {
				v.Problems = append(v.Problems, Problem{Message: message, Record: record.ID(rec), Chain: c, Seq: seq})
			}
			e, err := unseal(header, box, key)
			if err != nil {
				problem("verify.entry_changed")
				head = journal.Head{Seq: seq, Hash: record.Hash(hash)} // go on with the next
				continue
			}
			// Another authority's entries in a chain come without bodies, and so do a
			// server's refusals of them.
			ours := e.Authority == s.Authority() && e.Kind != record.Refuse || e.Device == s.Self().Device
			destroyed := slices.ContainsFunc(approved[e.Hash], func(d Destroyed) bool { return d.takes(e.Record, e.Authority, e.Kind) })
			if e.Withheld() && !destroyed && ours {
				problem("verify.body_missing")
			}
			if e.Hash != record.Hash(hash) || string(e.Kind) != kind || string(e.Record) != rec || e.Authority != authority || e.Chain() != c || e.Seq != seq {
				problem("verify.entry_changed")
			}
			next, err := head.Follow(e)
			if err != nil {
				problem("verify.chain_broken")
				next = journal.Head{Seq: e.Seq, Hash: e.Hash}
			}
			head = next
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return s.fault("verify chain", err)
		}
		if head != want {
			v.Problems = append(v.Problems, Problem{Message: "verify.chain_short", Chain: c, Seq: want.Seq})
		}
	}
	return nil
}

func (s *Store) verifySeals(ctx context.Context, v *Verified) error {
	rows, err := s.read.QueryContext(ctx, "SELECT id FROM inspection WHERE sealed <> '' ORDER BY id")
	if err != nil {
		return s.fault("verify seals", err)
	}
	var ids []record.ID
	for rows.Next() {
		var id record.ID
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return s.fault("verify seals", err)
		}
		ids = append(ids, id)
	}
	rows.Close()
	for _, id := range ids {
		if err := s.verifySeal(ctx, id, v); err != nil {
			return err
		}
	}
	unproved, err := s.read.QueryContext(ctx, "SELECT record FROM unproved ORDER BY entry")
	if err != nil {
		return s.fault("verify seals", err)
	}
	defer unproved.Close()
	for unproved.Next() {
		p := Problem{Message: "verify.seal_unproved"}
		if err := unproved.Scan(&p.Record); err != nil {
			return s.fault("verify seals", err)
		}
		v.Problems = append(v.Problems, p)
	}
	return s.fault("verify seals", unproved.Err())
}

func (s *Store) verifySeal(ctx context.Context, id record.ID, v *Verified) error {
	v.Seals++
	problem := func(message string) { v.Problems = append(v.Problems, Problem{Message: message, Record: id}) }
	i, err := s.Inspection(ctx, id)
	if err != nil {
		if record.CodeOf(err) == record.Broken {
			problem("verify.entry_changed")
			return nil
		}
		return err
	}
	if i.Sealed == nil {
		problem("verify.seal_missing")
		return nil
	}
	m, err := ReadManifest(*i.Sealed)
	if err != nil || m.Inspection != id {
		problem("verify.seal_broken")
		return nil
	}
	if ok, err := s.signedBy(ctx, i.Sealed.Person, i.Sealed.Key, journal.ManifestStatement(i.Sealed.Manifest), i.Sealed.Proof); err != nil {
		return err
	} else if !ok {
		problem("verify.seal_signature")
	}
	for _, g := range i.Signatures {
		if g.Role != record.RoleLeader && g.Role != record.RoleInspector {
			continue
		}
		if ok, err := s.signedBy(ctx, g.ID, g.Key, g.Statement(id), g.Proof); err != nil {
			return err
		} else if !ok {
			problem("verify.person_signature")
		}
	}
	for _, h := range m.Entries {
		var one int
		err := s.read.QueryRowContext(ctx, "SELECT 1 FROM entry WHERE hash = $1 AND (record = $2 OR record IN (SELECT id FROM finding WHERE inspection = $2))", string(h), string(id)).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			problem("verify.entry_missing")
		} else if err != nil {
			return s.fault("verify seal", err)
		}
	}
	return nil
}

// signedBy checks a signature against the key the person published.
func (s *Store) signedBy(ctx context.Context, person record.ID, key string, statement, proof []byte) (bool, error) {
	p, err := s.Person(ctx, person)
	if record.CodeOf(err) == record.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	public, err := journal.ParsePublic(p.Keys[key])
	if err != nil || journal.KeyID(public) != key {
		return false, nil
	}
	return ed25519.Verify(public, statement, proof), nil
}

func (s *Store) verifyFiles(ctx context.Context, v *Verified, open func(record.File) (record.Hash, error)) error {
	if open == nil {
		return nil
	}
	files, err := s.files(ctx, "ORDER BY digest")
	if err != nil {
		return err
	}
	approved := map[record.Hash]bool{}
	for _, d := range v.Destroyed {
		approved[d.Name] = true
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if approved[f.Digest] {
			continue
		}
		got, err := open(f.File)
		message := ""
		switch {
		case err == nil && got == f.Digest:
			v.Files++
		case err == nil:
			message = "verify.file_changed"
		case record.CodeOf(err) == record.NotFound:
			if !f.Here {
				continue
			}
			message = "verify.file_missing"
		default:
			message = "verify.file_changed"
		}
		if message != "" {
			v.Problems = append(v.Problems, Problem{Message: message, Record: f.Inspection, File: f.Digest})
		}
	}
	return nil
}

// verifyTables makes the tables anew inside a transaction that is thrown away
// and compares.
func (s *Store) verifyTables(ctx context.Context, v *Verified) error {
	undo := errors.New("undo")
	err := s.tx(ctx, func(t *tx) error {
		before, after := sha256.New(), sha256.New()
		if err := s.digestOf(t.querier(), before); err != nil {
			return err
		}
		if err := t.rebuild(); err != nil {
			return err
		}
		if err := s.digestOf(t.querier(), after); err != nil {
			return err
		}
		if record.HashFrom(before.Sum(nil)) != record.HashFrom(after.Sum(nil)) {
			v.Problems = append(v.Problems, Problem{Message: "verify.tables_changed"})
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

// Conflict is one path with values nobody has settled.
type Conflict struct {
	Record record.ID      `json:"record"`
	Path   string         `json:"path"`
	Values []record.Write `json:"values"`
}

// Conflicts lists what a person has to settle.
func (s *Store) Conflicts(ctx context.Context) ([]Conflict, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT record, path, cell FROM field WHERE conflict = 1 ORDER BY record, path")
	if err != nil {
		return nil, s.fault("list conflicts", err)
	}
	defer rows.Close()
	var out []Conflict
	for rows.Next() {
		var c Conflict
		var raw string
		if err := rows.Scan(&c.Record, &c.Path, &raw); err != nil {
			return nil, s.fault("list conflicts", err)
		}
		var cell record.Cell
		if err := json.Unmarshal([]byte(raw), &cell); err != nil {
			return nil, fmt.Errorf("store: read conflict: %w", err)
		}
		c.Values = cell.Heads
		out = append(out, c)
	}
	return out, s.fault("list conflicts", rows.Err())
}

// Quarantined is an entry the server refused.
type Quarantined struct {
	Entry   record.Hash    `json:"entry"`
	Record  record.ID      `json:"record"`
	Seq     int64          `json:"seq"`
	Code    record.Code    `json:"code"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
	Wall    string         `json:"wall"`
}

// Quarantine lists the entries that were refused, with the reasons.
func (s *Store) Quarantine(ctx context.Context) ([]Quarantined, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT entry, record, seq, code, message, args, wall FROM quarantine ORDER BY wall, entry")
	if err != nil {
		return nil, s.fault("list quarantine", err)
	}
	defer rows.Close()
	var out []Quarantined
	for rows.Next() {
		var q Quarantined
		var args string
		if err := rows.Scan(&q.Entry, &q.Record, &q.Seq, &q.Code, &q.Message, &args, &q.Wall); err != nil {
			return nil, s.fault("list quarantine", err)
		}
		json.Unmarshal([]byte(args), &q.Args)
		out = append(out, q)
	}
	return out, s.fault("list quarantine", rows.Err())
}
