package store

import (
	"context"
	"encoding/json"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// ComplaintFilter narrows a list of complaints; zero fields do not.
type ComplaintFilter struct {
	Organization record.ID
	State        record.ComplaintState
	Open         bool   // not closed
	DueBy        string // YYYY-MM-DD
}

// Complaints lists complaints and reports: what is due first stands first.
func (s *Store) Complaints(ctx context.Context, f ComplaintFilter) ([]record.Complaint, error) {
	query := "SELECT doc FROM complaint WHERE 1 = 1"
	var args []any
	where := func(condition, v string) {
		if v != "" {
			args = append(args, v)
			query += fmt.Sprintf(" AND "+condition, len(args))
		}
	}
	where("organization = $%d", string(f.Organization))
	where("state = $%d", string(f.State))
	where("due <> '' AND due <= $%d", f.DueBy)
	if f.Open {
		query += " AND state <> 'closed'"
	}
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY CASE WHEN due = '' THEN 1 ELSE 0 END, due, id", args...)
	if err != nil {
		return nil, s.fault("list complaints", err)
	}
	defer rows.Close()
	var out []record.Complaint
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return nil, s.fault("list complaints", err)
		}
		var c record.Complaint
		if err := json.Unmarshal([]byte(doc), &c); err != nil {
			return nil, fmt.Errorf("store: read complaint: %w", err)
		}
		out = append(out, c)
	}
	return out, s.fault("list complaints", rows.Err())
}

// Complaint gives one complaint with the versions that the next change will name as
// seen.
func (s *Store) Complaint(ctx context.Context, id record.ID) (record.Complaint, error) {
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Complaint{}, err
	}
	c, ok := record.ComplaintOf(id, st)
	if !ok {
		return c, &record.Error{Code: record.NotFound, Message: "complaint.not_found", Args: map[string]any{"id": string(id)}}
	}
	return c, nil
}

// projectComplaint follows an entry.
func (t *tx) projectComplaint(e journal.Entry) error {
	st, err := t.state(e.Record)
	if err != nil {
		return err
	}
	c, ok := record.ComplaintOf(e.Record, st)
	if !ok {
		return t.exec("DELETE FROM complaint WHERE id = $1", string(e.Record))
	}
	doc, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO complaint (id, organization, state, due, doc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET organization = excluded.organization, state = excluded.state, due = excluded.due, doc = excluded.doc`,
		string(c.ID), string(c.Terms.Organization), plain(string(c.State)), plain(c.Due()), plain(string(doc)))
}
