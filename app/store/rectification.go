package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"plumbline/app/record"
)

// LedgerFilter narrows the ledger of rectifications; zero fields do not.
type LedgerFilter struct {
	Organization record.ID
	District     string
	Severity     record.Severity
	State        record.FindingState
	Open         bool   // there is still something to do
	OverdueOn    string // YYYY-MM-DD: the deadline had passed on that day, with nothing reported
	DueBy        string // YYYY-MM-DD: the deadline ends on that day or before
}

// LedgerRow is one finding with what the ledger (整改台账) shows beside it.
type LedgerRow struct {
	record.Finding
	Name     string `json:"organization_name"`
	USCC     string `json:"organization_code"`
	District string `json:"district"`
	Number   string `json:"inspection_number"`
}

// notOpen are the states after which nothing is left to do, as record says.
var notOpen = func() string {
	var list []string
	for _, s := range record.FindingStates {
		if !s.Open() {
			list = append(list, "'"+string(s)+"'")
		}
	}
	return "(" + strings.Join(list, ", ") + ")"
}()

// Ledger lists findings of sealed inspections and how far their rectification
// is: the one whose deadline ends first stands first, those without one last.
func (s *Store) Ledger(ctx context.Context, f LedgerFilter) ([]LedgerRow, error) {
	query := `SELECT f.doc, COALESCE(i.organization_name, ''), COALESCE(i.code, ''), COALESCE(i.district, ''), COALESCE(i.number, '')
		FROM finding f LEFT JOIN inspection i ON i.id = f.inspection WHERE 1 = 1`
	var args []any
	where := func(condition, v string) {
		if v != "" {
			args = append(args, v)
			query += fmt.Sprintf(" AND "+condition, len(args))
		}
	}
	where("f.organization = $%d", string(f.Organization))
	where("i.district = $%d", f.District)
	where("f.severity = $%d", string(f.Severity))
	where("f.state = $%d", string(f.State))
	where("f.state IN ('ordered', 'partly') AND f.due <> '' AND f.due < $%d", f.OverdueOn)
	where("f.state IN ('ordered', 'partly') AND f.due <> '' AND f.due <= $%d", f.DueBy)
	if f.Open {
		query += " AND f.state NOT IN " + notOpen
	}
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY CASE WHEN f.due = '' THEN 1 ELSE 0 END, f.due, f.id", args...)
	if err != nil {
		return nil, s.fault("read ledger", err)
	}
	defer rows.Close()
	var out []LedgerRow
	for rows.Next() {
		var r LedgerRow
		var doc string
		if err := rows.Scan(&doc, &r.Name, &r.USCC, &r.District, &r.Number); err != nil {
			return nil, s.fault("read ledger", err)
		}
		if err := json.Unmarshal([]byte(doc), &r.Finding); err != nil {
			return nil, fmt.Errorf("store: read finding: %w", err)
		}
		out = append(out, r)
	}
	return out, s.fault("read ledger", rows.Err())
}

// Districts lists the districts that have findings, in order.
func (s *Store) Districts(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT DISTINCT i.district FROM finding f JOIN inspection i ON i.id = f.inspection WHERE i.district <> '' ORDER BY i.district")
	if err != nil {
		return nil, s.fault("list districts", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var d string
		if err := rows.Scan(&d); err != nil {
			return nil, s.fault("list districts", err)
		}
		out = append(out, d)
	}
	return out, s.fault("list districts", rows.Err())
}

// Rectification gives a finding with all that was done about it;
// record.NotFound when it is not here.
func (s *Store) Rectification(ctx context.Context, id record.ID) (record.Rectification, error) {
	if id.Type() != record.FindingType {
		return record.Rectification{}, &record.Error{Code: record.NotFound, Message: "rectify.not_found", Args: map[string]any{"id": string(id)}}
	}
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Rectification{}, err
	}
	r, ok := record.RectificationOf(id, st)
	if !ok {
		return r, &record.Error{Code: record.NotFound, Message: "rectify.not_found", Args: map[string]any{"id": string(id)}}
	}
	return r, nil
}

// CalendarYears lists the years of holidays that the authority has entered.
func (s *Store) CalendarYears(ctx context.Context) ([]record.CalendarYear, error) {
	var out []record.CalendarYear
	err := s.docs(ctx, "SELECT doc FROM calendar_year ORDER BY year", func(doc []byte) error {
		var y record.CalendarYear
		err := json.Unmarshal(doc, &y)
		out = append(out, y)
		return err
	})
	return out, err
}

// TimeLimits lists the figures of law that the authority has set.
func (s *Store) TimeLimits(ctx context.Context) ([]record.Limit, error) {
	var out []record.Limit
	err := s.docs(ctx, "SELECT doc FROM time_limit ORDER BY name", func(doc []byte) error {
		var l record.Limit
		err := json.Unmarshal(doc, &l)
		out = append(out, l)
		return err
	})
	return out, err
}

func (s *Store) docs(ctx context.Context, query string, each func(doc []byte) error, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return s.fault("read list", err)
	}
	defer rows.Close()
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return s.fault("read list", err)
		}
		if err := each([]byte(doc)); err != nil {
			return fmt.Errorf("store: read list: %w", err)
		}
	}
	return s.fault("read list", rows.Err())
}

// projectCalendar follows a year of holidays. One whose identity is another
// year's, or that cannot be counted with, stays in the journal alone.
func (t *tx) projectCalendar(id record.ID) error {
	st, err := t.state(id)
	if err != nil {
		return err
	}
	y, ok := record.CalendarYearOf(st)
	if !ok || record.CalendarID(y.Year) != id {
		return t.exec("DELETE FROM calendar_year WHERE id = $1", string(id))
	}
	doc, err := json.Marshal(y)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO calendar_year (id, year, doc) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc", string(id), y.Year, string(doc))
}

// projectLimit follows a figure of law.
func (t *tx) projectLimit(id record.ID) error {
	st, err := t.state(id)
	if err != nil {
		return err
	}
	l, ok := record.LimitOf(st)
	if !ok || record.LimitID(l.Name) != id {
		return t.exec("DELETE FROM time_limit WHERE id = $1", string(id))
	}
	doc, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO time_limit (id, name, doc) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc", string(id), plain(l.Name), string(doc))
}
