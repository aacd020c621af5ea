package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Sealing says what to seal and what the person who seals has read.
type Sealing struct {
	Inspection record.ID
	Actor      record.ID        // who seals: the team leader
	Content    record.Hash      // the record as that person saw it
	Findings   []record.Finding // as the sealed record tells them
	Law        string           // edition of the provisions
	// Sign signs the exact bytes of the manifest with the person's key.
	Sign func(manifest []byte) (record.SealBody, error)
}

// Seal freezes the findings and closes the inspection with a signed manifest
// of all its entries and files, in one transaction. It fails with
// record.Conflict when the record is no longer what Content names, and with
// record.Forbidden when no key that the person has published proves the seal.
func (s *Store) Seal(ctx context.Context, o Sealing) (journal.Entry, error) {
	var out journal.Entry
	err := s.tx(ctx, func(t *tx) error {
		own, err := t.own(int64(len(o.Findings)) + 1)
		if err != nil {
			return err
		}
		st, err := t.state(o.Inspection)
		if err != nil {
			return err
		}
		i := record.InspectionOf(o.Inspection, st)
		if i.Sealed != nil {
			return &record.Error{Code: record.Sealed, Message: "inspection.sealed"}
		}
		if i.Content() != o.Content {
			return &record.Error{Code: record.Conflict, Message: "seal.record_changed"}
		}
		var told []record.ID
		for _, c := range record.TellFindings(o.Findings) {
			if _, err := own.write(o.Actor, c); err != nil {
				return err
			}
			told = append(told, c.Record)
		}
		m, err := t.manifestFor(i, told, o)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(m)
		if err != nil {
			return err
		}
		body, err := o.Sign(raw)
		if err != nil {
			return err
		}
		if counts, err := t.sealCounts(o.Inspection, body); err != nil {
			return err
		} else if !counts {
			return &record.Error{Code: record.Forbidden, Message: "verify.seal_signature", Err: fmt.Errorf("store: no published key of %s proves the seal", body.Person)}
		}
		c := record.Change{Kind: record.Seal, Record: o.Inspection, Base: map[string][]record.Hash{"state": st.Versions("state")},
			Set: map[string]any{"state": record.SealedNow}}
		b, err := bodyOf(c)
		if err != nil {
			return err
		}
		b.Seal = &body
		if err := t.mayWrite(o.Actor, c.Record, b.Set); err != nil {
			return err
		}
		if out, err = own.writeBody(o.Actor, c, b); err != nil {
			return err
		}
		return own.close()
	})
	return out, err
}

func (t *tx) manifestFor(i record.Inspection, told []record.ID, o Sealing) (record.Manifest, error) {
	m := record.Manifest{
		Version: 1, Inspection: i.ID, Organization: i.Organization.ID, Checklist: i.Checklist, Law: o.Law,
		Content: o.Content, Findings: told, At: t.s.now().Format(time.RFC3339), Files: FilesNamed(i),
	}
	for _, id := range append([]record.ID{i.ID}, told...) {
		entries, err := t.entriesOf(id)
		if err != nil {
			return m, err
		}
		for _, e := range entries {
			m.Entries = append(m.Entries, e.Hash)
		}
	}
	sort.Slice(m.Entries, func(a, b int) bool { return m.Entries[a] < m.Entries[b] })
	sort.Slice(m.Findings, func(a, b int) bool { return m.Findings[a] < m.Findings[b] })
	return m, nil
}

// FilesNamed lists the files an inspection names, withdrawn ones too, by digest.
func FilesNamed(i record.Inspection) []record.File {
	seen := map[record.Hash]bool{}
	var out []record.File
	add := func(f record.File) {
		if f.Digest != "" && !seen[f.Digest] {
			seen[f.Digest] = true
			out = append(out, f)
		}
	}
	for _, e := range i.Evidence {
		add(record.File{Digest: e.Digest, Size: e.Size, Media: e.Media})
		add(record.File{Digest: e.Small, Size: e.SmallSize, Media: "image/jpeg"})
	}
	for _, g := range i.Signatures {
		add(record.File{Digest: g.Image, Size: g.ImageSize, Media: "image/png"})
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Digest < out[b].Digest })
	return out
}

// ReadManifest gives the manifest a seal signs.
func ReadManifest(b record.SealBody) (record.Manifest, error) {
	var m record.Manifest
	if err := json.Unmarshal(b.Manifest, &m); err != nil {
		return m, fmt.Errorf("store: read manifest: %w", err)
	}
	return m, nil
}

// sealCounts tells whether a seal is one: a published key of the person proves
// it, it names the entries that made the inspection, which whoever sealed it must
// have seen, and by the entries it names the person was in the team then. Else
// anybody could close a colleague's inspection, and what the colleague wrote would
// count as late.
func (t *tx) sealCounts(id record.ID, b record.SealBody) (bool, error) {
	m, err := ReadManifest(b)
	if err != nil || m.Inspection != id {
		return false, nil
	}
	if signed, err := t.personSigned(b.Person, b.Key, journal.ManifestStatement(b.Manifest), b.Proof); err != nil || !signed {
		return false, err
	}
	rows, err := t.querier().query("SELECT header, body, key FROM entry WHERE record = $1 AND kind IN ($2, $3)", string(id), string(record.Create), string(record.Assign))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	team, whole := record.State{}, true
	for rows.Next() {
		var header, box, key []byte
		if err := rows.Scan(&header, &box, &key); err != nil {
			return false, err
		}
		e, err := unseal(header, box, key)
		if err != nil {
			return false, err
		}
		if !slices.Contains(m.Entries, e.Hash) {
			if e.Kind == record.Create {
				return false, nil
			}
			continue // somebody was assigned elsewhere, and the one who sealed did not know
		}
		body, _ := decode(e)
		whole = whole && !e.Withheld()
		for path, raw := range body.Set {
			if strings.HasPrefix(path, "team/") {
				team.Write(path, writeOf(e, path, raw))
			}
		}
	}
	var member record.Member
	return !whole || team.Get("team/"+string(b.Person), &member), rows.Err()
}

// sealAgain has an inspection's seals looked at again, if there are any: who made
// it and who is in its team decides whether they count.
func (t *tx) sealAgain(id record.ID) error {
	var n int
	err := t.row("SELECT COUNT(*) FROM entry WHERE record = $1 AND kind = $2", string(id), string(record.Seal)).Scan(&n)
	if err == nil && n > 0 {
		t.dirty[id] = true
	}
	return err
}

// sealsAgain has all seals looked at again: an entry of a person was refused,
// and may have been the one that published a key.
func (t *tx) sealsAgain() error {
	rows, err := t.querier().query("SELECT DISTINCT record FROM entry WHERE kind = $1", string(record.Seal))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id record.ID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		t.dirty[id] = true
	}
	return rows.Err()
}
