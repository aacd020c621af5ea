package store

import (
	"context"
	"encoding/json"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// ProcedureFilter narrows a list of procedures; zero fields do not.
type ProcedureFilter struct {
	Stage      record.Stage
	Inspection record.ID
	DueBy      string // YYYY-MM-DD: what follows is to be done by that day or before

	Organization record.ID
	Recorded     bool // only those of which something is recorded
}

// ProcedureRow is an inspection with the procedure that it goes through.
type ProcedureRow struct {
	record.Procedure
	Number       string                 `json:"number"`
	Organization record.ID              `json:"organization"`
	Name         string                 `json:"organization_name"`
	State        record.InspectionState `json:"state"`
	PlannedOn    string                 `json:"planned_on"`
	Due          string                 `json:"due,omitempty"`
}

// Procedures lists all inspections with their procedures: what is due first stands
// first, then the latest planned. One of which nothing is recorded is new.
func (s *Store) Procedures(ctx context.Context, f ProcedureFilter) ([]ProcedureRow, error) {
	query := `SELECT i.id, i.number, i.organization, i.organization_name, i.state, i.planned_on, COALESCE(p.due, '') AS due, COALESCE(p.doc, '')
		FROM inspection i LEFT JOIN procedure p ON p.inspection = i.id WHERE 1 = 1`
	var args []any
	where := func(condition, v string) {
		if v != "" {
			args = append(args, v)
			query += fmt.Sprintf(" AND "+condition, len(args))
		}
	}
	where("COALESCE(p.stage, 'new') = $%d", string(f.Stage))
	where("i.id = $%d", string(f.Inspection))
	where("i.organization = $%d", string(f.Organization))
	if f.Recorded {
		query += " AND p.id IS NOT NULL"
	}
	where("p.due <> '' AND p.due <= $%d", f.DueBy)
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY CASE WHEN COALESCE(p.due, '') = '' THEN 1 ELSE 0 END, due, i.planned_on DESC, i.id", args...)
	if err != nil {
		return nil, s.fault("list procedures", err)
	}
	defer rows.Close()
	var out []ProcedureRow
	for rows.Next() {
		var r ProcedureRow
		var id record.ID
		var doc string
		if err := rows.Scan(&id, &r.Number, &r.Organization, &r.Name, &r.State, &r.PlannedOn, &r.Due, &doc); err != nil {
			return nil, s.fault("list procedures", err)
		}
		if r.Procedure = record.ProcedureOf(id, nil); doc != "" {
			if err := json.Unmarshal([]byte(doc), &r.Procedure); err != nil {
				return nil, fmt.Errorf("store: read procedure of %s: %w", id, err)
			}
		}
		out = append(out, r)
	}
	return out, s.fault("list procedures", rows.Err())
}

// Procedure gives the procedure of an inspection with the versions that the next
// change will name as seen; a new one where nothing is recorded.
func (s *Store) Procedure(ctx context.Context, inspection record.ID) (record.Procedure, error) {
	st, err := s.State(ctx, record.ProcedureID(inspection))
	return record.ProcedureOf(inspection, st), err
}

// projectProcedure follows an entry. One whose identity is not its inspection's
// stays in the journal alone.
func (t *tx) projectProcedure(e journal.Entry) error {
	st, err := t.state(e.Record)
	if err != nil {
		return err
	}
	var inspection record.ID
	if !st.Get("inspection", &inspection) || record.ProcedureID(inspection) != e.Record {
		return t.exec("DELETE FROM procedure WHERE id = $1", string(e.Record))
	}
	p := record.ProcedureOf(inspection, st)
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, due := p.Due()
	return t.exec(`INSERT INTO procedure (id, inspection, stage, due, doc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, due = excluded.due, doc = excluded.doc`,
		string(p.ID), string(p.Inspection), plain(string(p.Stage)), plain(due), plain(string(doc)))
}

// ProcedureCounts are how many inspections wait for what.
type ProcedureCounts struct {
	Asked     int // for approval
	Submitted int // for review
	Overdue   int // for something whose day has passed
}

// CountProcedures counts what waits on a day, YYYY-MM-DD.
func (s *Store) CountProcedures(ctx context.Context, today string) (n ProcedureCounts, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN stage = 'asked' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN stage = 'submitted' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN due <> '' AND due < $1 THEN 1 ELSE 0 END), 0) FROM procedure`, today).Scan(&n.Asked, &n.Submitted, &n.Overdue)
	return n, s.fault("count procedures", err)
}
