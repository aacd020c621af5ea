package store

import (
	"context"
	"encoding/json"
	"fmt"

	"plumbline/app/record"
)

// FindingFilter narrows a list of findings; zero fields do not.
type FindingFilter struct {
	Inspection   record.ID
	Organization record.ID
	Open         bool // there is still something to do
}

// Findings lists findings of sealed inspections, oldest deadline first.
func (s *Store) Findings(ctx context.Context, f FindingFilter) ([]record.Finding, error) {
	query := "SELECT doc FROM finding WHERE 1 = 1"
	var args []any
	where := func(column string, v record.ID) {
		if v != "" {
			args = append(args, string(v))
			query += fmt.Sprintf(" AND %s = $%d", column, len(args))
		}
	}
	where("inspection", f.Inspection)
	where("organization", f.Organization)
	if f.Open {
		query += " AND state NOT IN " + notOpen
	}
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY due, id", args...)
	if err != nil {
		return nil, s.fault("list findings", err)
	}
	defer rows.Close()
	var out []record.Finding
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return nil, s.fault("list findings", err)
		}
		var x record.Finding
		if err := json.Unmarshal([]byte(doc), &x); err != nil {
			return nil, fmt.Errorf("store: read finding: %w", err)
		}
		out = append(out, x)
	}
	return out, s.fault("list findings", rows.Err())
}

// projectFinding follows a finding and what was done about it. Photos of after
// hang on the finding itself: they may come before it does.
func (t *tx) projectFinding(id record.ID, set map[string]json.RawMessage) error {
	if err := t.projectFiles(id, set); err != nil {
		return err
	}
	st, err := t.state(id)
	if err != nil {
		return err
	}
	r, ok := record.RectificationOf(id, st)
	if !ok {
		return nil
	}
	f := r.Finding
	doc, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO finding (id, inspection, organization, severity, state, due, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state, due = excluded.due, doc = excluded.doc`,
		string(id), string(f.Inspection), string(f.Organization), string(f.Severity), string(f.State), f.Due, string(doc))
}
