package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// InspectionRow is one inspection as lists show it.
type InspectionRow struct {
	ID               record.ID              `json:"id"`
	Number           string                 `json:"number"`
	Organization     record.ID              `json:"organization"`
	OrganizationName string                 `json:"organization_name"`
	Code             string                 `json:"code"`
	Checklist        string                 `json:"checklist"`
	Kind             string                 `json:"kind"`
	State            record.InspectionState `json:"state"`
	PlannedOn        string                 `json:"planned_on"`
	StartedAt        string                 `json:"started_at,omitempty"`
	Conflicts        int                    `json:"conflicts"`
	Late             int                    `json:"late"`
}

// InspectionFilter narrows a list of inspections; zero fields do not.
type InspectionFilter struct {
	Organization record.ID
	State        record.InspectionState
	From, To     string // planned_on, YYYY-MM-DD, inclusive
	Limit        int
}

// Inspections lists inspections, the latest planned first.
func (s *Store) Inspections(ctx context.Context, f InspectionFilter) ([]InspectionRow, error) {
	query := `SELECT i.id, i.number, i.organization, i.organization_name, i.code, i.checklist, i.kind, i.state, i.planned_on, i.started_at,
		(SELECT COUNT(*) FROM field c WHERE c.record = i.id AND c.conflict = 1),
		(SELECT COUNT(*) FROM late l WHERE l.record = i.id)
		FROM inspection i WHERE 1 = 1`
	var args []any
	where := func(clause string, v string) {
		if v != "" {
			args = append(args, v)
			query += fmt.Sprintf(" AND i.%s $%d", clause, len(args))
		}
	}
	where("organization =", string(f.Organization))
	where("state =", string(f.State))
	where("planned_on >=", f.From)
	where("planned_on <=", f.To)
	query += " ORDER BY i.planned_on DESC, i.id"
	if f.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fault("list inspections", err)
	}
	defer rows.Close()
	var out []InspectionRow
	for rows.Next() {
		var r InspectionRow
		if err := rows.Scan(&r.ID, &r.Number, &r.Organization, &r.OrganizationName, &r.Code, &r.Checklist, &r.Kind, &r.State,
			&r.PlannedOn, &r.StartedAt, &r.Conflicts, &r.Late); err != nil {
			return nil, s.fault("list inspections", err)
		}
		out = append(out, r)
	}
	return out, s.fault("list inspections", rows.Err())
}

// Inspection gives one inspection with its answers, evidence, signatures,
// conflicts and the versions the next change will name as seen.
func (s *Store) Inspection(ctx context.Context, id record.ID) (record.Inspection, error) {
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Inspection{}, err
	}
	if len(st) == 0 {
		return record.Inspection{}, &record.Error{Code: record.NotFound, Message: "inspection.not_found"}
	}
	i := record.InspectionOf(id, st)
	err = s.read.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM late WHERE record = $1), (SELECT COUNT(*) FROM newer WHERE record = $1)", string(id)).Scan(&i.Late, &i.Newer)
	if err != nil {
		return i, s.fault("read inspection", err)
	}
	gone, err := s.destroyed(ctx, "WHERE record = $1 AND "+destroyedFile, string(id))
	for _, d := range gone {
		for n := range i.Evidence {
			if i.Evidence[n].Digest == d.Name {
				i.Evidence[n].Destroyed = d.Destruction
			}
		}
	}
	return i, err
}

// inspectionColumns are the columns of the inspection table and the paths they follow.
var inspectionColumns = map[string]string{
	"kind": "kind", "number": "number", "state": "state", "planned_on": "planned_on", "started_at": "started_at",
}

func (t *tx) projectInspection(e journal.Entry, body record.Body, whole bool) error {
	if whole && e.Kind == record.Create {
		st := record.State{}
		for p, v := range body.Set {
			st.Write(p, writeOf(e, p, v))
		}
		if err := t.insertInspection(e, st); err != nil {
			return err
		}
	} else if e.Kind == record.Create {
		st, err := t.state(e.Record)
		if err != nil {
			return err
		}
		if err := t.insertInspection(e, st); err != nil {
			return err
		}
	}
	if err := t.projectFiles(e.Record, body.Set); err != nil {
		return err
	}
	for path := range body.Set {
		if inspectionColumns[path] != "" && e.Kind != record.Create {
			c, err := t.cell(e.Record, path)
			if err != nil {
				return err
			}
			w, _ := c.Shown("")
			var text string
			json.Unmarshal(w.Value, &text)
			if err := t.exec("UPDATE inspection SET "+inspectionColumns[path]+" = $1 WHERE id = $2", plain(text), string(e.Record)); err != nil {
				return err
			}
		}
	}
	if e.Kind == record.Seal {
		return t.projectSeal(e.Record)
	}
	return nil
}

func (t *tx) insertInspection(e journal.Entry, st record.State) error {
	// Only what the list shows: the whole inspection takes far longer to read.
	var o struct {
		ID       record.ID `json:"id"`
		Name     string    `json:"name"`
		Code     string    `json:"code"`
		District string    `json:"district"`
	}
	var list struct {
		ID string `json:"id"`
	}
	state := string(record.Planned)
	st.Get("organization", &o)
	st.Get("checklist", &list)
	st.Get("state", &state)
	sealed, err := t.sealed(e.Record)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO inspection (id, authority, organization, organization_name, code, checklist, kind, number, state, planned_on, started_at, sealed, district)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
		string(e.Record), e.Authority, string(o.ID), plain(o.Name), plain(o.Code), list.ID,
		st.Text("kind"), plain(st.Text("number")), state, st.Text("planned_on"), st.Text("started_at"), sealed, plain(o.District))
}

// projectSeal notes which entry seals the inspection and, when entries are
// there that this seal had not seen, has the inspection projected anew.
func (t *tx) projectSeal(id record.ID) error {
	c, err := t.cell(id, "seal")
	if err != nil {
		return err
	}
	w, ok := c.Shown("")
	if !ok {
		return nil
	}
	if before := t.known.seals[id]; before != "" && before != string(w.Entry) {
		t.dirty[id] = true // another seal counts now: what was late may not be, and the other way round
	}
	t.known.seals[id] = string(w.Entry)
	if err := t.exec("UPDATE inspection SET sealed = $1, state = 'sealed' WHERE id = $2", string(w.Entry), string(id)); err != nil {
		return err
	}
	names, err := manifestOf(c)
	if err != nil {
		return err
	}
	rows, err := t.querier().query("SELECT hash, kind FROM entry WHERE record = $1", string(id))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var hash, kind string
		if err := rows.Scan(&hash, &kind); err != nil {
			return err
		}
		if !afterSeal(record.Kind(kind)) && !names[record.Hash(hash)] {
			t.dirty[id] = true
		}
	}
	return rows.Err()
}

// SaveDraft keeps text that is being typed. It is on the disk when this
// returns; the entry follows when the field is left.
func (s *Store) SaveDraft(ctx context.Context, id record.ID, path, text string) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO draft (record, path, value, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (record, path) DO UPDATE SET value = excluded.value, at = excluded.at`,
			string(id), path, strings.ReplaceAll(text, "\x00", ""), s.now().UnixMilli())
	})
}

// DropDraft forgets a draft whose text has become an entry.
func (s *Store) DropDraft(ctx context.Context, id record.ID, path string) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec("DELETE FROM draft WHERE record = $1 AND path = $2", string(id), path)
	})
}

// DropDrafts forgets all drafts of a record.
func (s *Store) DropDrafts(ctx context.Context, id record.ID) error {
	return s.tx(ctx, func(t *tx) error { return t.exec("DELETE FROM draft WHERE record = $1", string(id)) })
}

// Drafts gives the unfinished texts of a record by path: what a crash left.
func (s *Store) Drafts(ctx context.Context, id record.ID) (map[string]string, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT path, value FROM draft WHERE record = $1", string(id))
	if err != nil {
		return nil, s.fault("read drafts", err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var p, v string
		if err := rows.Scan(&p, &v); err != nil {
			return nil, s.fault("read drafts", err)
		}
		out[p] = v
	}
	return out, s.fault("read drafts", rows.Err())
}
