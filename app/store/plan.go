package store

import (
	"context"
	"encoding/json"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Plans lists plans of inspections, the latest year first, those that were given
// up among them.
func (s *Store) Plans(ctx context.Context) ([]record.Plan, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, doc FROM plan ORDER BY year DESC, title, id")
	if err != nil {
		return nil, s.fault("list plans", err)
	}
	defer rows.Close()
	var out []record.Plan
	for rows.Next() {
		var id, doc string
		if err := rows.Scan(&id, &doc); err != nil {
			return nil, s.fault("list plans", err)
		}
		var p record.Plan
		if err := json.Unmarshal([]byte(doc), &p); err != nil {
			return nil, fmt.Errorf("store: read plan %s: %w", id, err)
		}
		out = append(out, p)
	}
	return out, s.fault("list plans", rows.Err())
}

// Plan gives one plan with its frozen lists and the versions that the next
// change will name as seen.
func (s *Store) Plan(ctx context.Context, id record.ID) (record.Plan, error) {
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Plan{}, err
	}
	p, ok := record.PlanOf(id, st)
	if !ok {
		return p, &record.Error{Code: record.NotFound, Message: "plan.not_found", Args: map[string]any{"id": id}}
	}
	return p, nil
}

// EachOrganization hands every organization of the register to f, in the order
// of their ids, until f fails.
func (s *Store) EachOrganization(ctx context.Context, f func(record.Organization) error) error {
	rows, err := s.read.QueryContext(ctx, "SELECT doc FROM organization ORDER BY id")
	if err != nil {
		return s.fault("read organizations", err)
	}
	defer rows.Close()
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return s.fault("read organizations", err)
		}
		o, err := decodeOrganization(doc)
		if err != nil {
			return err
		}
		if err := f(o); err != nil {
			return err
		}
	}
	return s.fault("read organizations", rows.Err())
}

// projectPlan lets the plan's row follow an entry.
func (t *tx) projectPlan(e journal.Entry) error {
	st, err := t.state(e.Record)
	if err != nil {
		return err
	}
	p, ok := record.PlanOf(e.Record, st)
	if !ok {
		return nil
	}
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO plan (id, authority, state, year, title, doc) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, year = excluded.year, title = excluded.title, doc = excluded.doc`,
		string(p.ID), e.Authority, string(p.State), p.Terms.Year, plain(p.Terms.Title), plain(string(doc)))
}
