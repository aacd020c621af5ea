package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"plumbline/app/record"
)

// ChecklistChange makes the change that carries a checklist version in the
// journal, so that whoever gets an inspection can read it. known is true, and
// no change is needed, when that version is here already.
func (s *Store) ChecklistChange(ctx context.Context, ref record.ChecklistRef, content []byte) (c record.Change, known bool, err error) {
	var one int
	err = s.read.QueryRowContext(ctx, "SELECT 1 FROM checklist WHERE digest = $1", string(ref.Digest)).Scan(&one)
	if err == nil {
		return c, true, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return c, false, s.fault("read checklist", err)
	}
	return record.Change{Kind: record.Create, Record: record.ChecklistID(ref.Digest), Set: map[string]any{
		"id": ref.ID, "version": ref.Version, "digest": ref.Digest, "content": string(content),
	}}, false, nil
}

// Checklist gives the exact bytes of a checklist version.
func (s *Store) Checklist(ctx context.Context, digest record.Hash) ([]byte, error) {
	var content string
	err := s.read.QueryRowContext(ctx, "SELECT content FROM checklist WHERE digest = $1", string(digest)).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, &record.Error{Code: record.NotFound, Message: "checklist.not_found"}
	}
	return []byte(content), s.fault("read checklist", err)
}

// KnownChecklist names a checklist version that this folder holds.
type KnownChecklist struct {
	ID      string
	Version string
	Digest  record.Hash
}

// Checklists lists the checklist versions that this folder holds: those that
// inspections here were made with, and those brought in.
func (s *Store) Checklists(ctx context.Context) ([]KnownChecklist, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, version, digest FROM checklist ORDER BY id, version, digest")
	if err != nil {
		return nil, s.fault("list checklists", err)
	}
	defer rows.Close()
	var out []KnownChecklist
	for rows.Next() {
		var k KnownChecklist
		if err := rows.Scan(&k.ID, &k.Version, &k.Digest); err != nil {
			return nil, s.fault("list checklists", err)
		}
		out = append(out, k)
	}
	return out, s.fault("list checklists", rows.Err())
}

func (t *tx) projectChecklist(body record.Body) error {
	var id, version, digest, content string
	for path, to := range map[string]*string{"id": &id, "version": &version, "digest": &digest, "content": &content} {
		if json.Unmarshal(body.Set[path], to) != nil {
			return nil
		}
	}
	if record.HashOf([]byte(content)) != record.Hash(digest) {
		return nil // not what it says it is: nobody may inspect by it
	}
	return t.exec("INSERT INTO checklist (digest, id, version, content) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING", digest, id, version, content)
}
