package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"sort"

	"plumbline/app/record"
)

// Digest names the content of all tables that follow from the entries. Two
// replicas of one scope at one projection version that hold the same entries
// give the same digest, whatever order the entries came in and whichever
// database holds them.
func (s *Store) Digest(ctx context.Context) (record.Hash, error) {
	h := sha256.New()
	if err := s.digestOf(reader{ctx, s.read}, h); err != nil {
		return "", s.fault("digest", err)
	}
	return record.HashFrom(h.Sum(nil)), nil
}

// Dump writes what Digest hashes, line by line, to find out how two replicas differ.
func (s *Store) Dump(ctx context.Context, w io.Writer) error {
	return s.fault("dump", s.digestOf(reader{ctx, s.read}, w))
}

func (s *Store) digestOf(q querierContext, h io.Writer) error {
	tables := []string{
		"SELECT id, doc FROM organization ORDER BY id",
		"SELECT id, doc FROM inspector ORDER BY id",
		"SELECT digest, id, version, content FROM checklist ORDER BY digest",
		"SELECT id, organization, organization_name, code, checklist, kind, number, state, planned_on, started_at, sealed, district FROM inspection ORDER BY id",
		"SELECT id, doc FROM finding ORDER BY id",
		"SELECT id, doc FROM calendar_year ORDER BY id",
		"SELECT id, doc FROM time_limit ORDER BY id",
		"SELECT id, doc FROM law_edition ORDER BY id",
		"SELECT id, stage, due, doc FROM procedure ORDER BY id",
		"SELECT id, organization, state, due, doc FROM complaint ORDER BY id",
		"SELECT id, authority, inspection, kind, state, word, year, n, doc FROM document ORDER BY id",
		"SELECT id, authority, state, year, title, doc FROM plan ORDER BY id",
		"SELECT id, inspection, paper, kind, code, reading, at FROM printed ORDER BY id",
		"SELECT id, authority, digest, doc FROM scan ORDER BY id",
		"SELECT scan, n, inspection, paper FROM scan_page ORDER BY scan, n",
		"SELECT id, authority, kind, doc FROM booking ORDER BY id",
		"SELECT entry, record FROM late ORDER BY entry",
		"SELECT entry, record, kind FROM newer ORDER BY entry",
		"SELECT entry, record FROM unproved ORDER BY entry",
		"SELECT entry, device, epoch, record, code, message, args FROM quarantine ORDER BY entry",
		"SELECT digest, media FROM file WHERE inspection <> '' ORDER BY digest",
		"SELECT id, inspection, state, doc FROM destruction ORDER BY id",
		"SELECT name, destruction, authority, record, stand FROM destroyed ORDER BY name, authority",
	}
	for _, query := range tables {
		fmt.Fprintln(h, query)
		if err := digestRows(q, h, query); err != nil {
			return err
		}
	}
	return s.digestStates(q, h)
}

func digestRows(q querierContext, h io.Writer, query string) error {
	rows, err := q.query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]string, len(columns))
	to := make([]any, len(columns))
	for i := range values {
		to[i] = &values[i]
	}
	var lines []string // ordered here: databases collate differently
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		line, err := json.Marshal(values)
		if err != nil {
			return err
		}
		lines = append(lines, string(line))
	}
	sort.Strings(lines)
	for _, l := range lines {
		fmt.Fprintln(h, l)
	}
	return rows.Err()
}

// digestStates covers every path of every record that is no register row left
// as it was imported: those are covered by their document.
func (s *Store) digestStates(q querierContext, h io.Writer) error {
	rows, err := q.query("SELECT DISTINCT record FROM field UNION SELECT id FROM inspection")
	if err != nil {
		return err
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	sort.Strings(ids)
	for _, id := range ids {
		st, err := s.stateOf(q, record.ID(id), 0)
		if err != nil {
			return err
		}
		fmt.Fprintln(h, id)
		for _, p := range st.Paths("") {
			for _, w := range st[p].Heads {
				fmt.Fprintln(h, p, w.Entry, w.Actor, w.HLC, string(w.Value))
			}
		}
	}
	return nil
}
