package store

import (
	"context"
	"encoding/json"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Printed is one print, by the digest of its file.
type Printed struct {
	ID         record.ID
	Inspection record.ID
	Paper      record.ID   // the document; "" for a print of the records alone
	Kind       string      // of record.DocumentKinds
	Reading    record.Hash // content of the record that it was printed from, "" before that was noted
	At         string      // RFC 3339
}

// PrintsWithCode lists the prints whose pages bear this beginning of the digest
// of their content, the earliest first.
func (s *Store) PrintsWithCode(ctx context.Context, code string) ([]Printed, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, inspection, paper, kind, reading, at FROM printed WHERE code = $1 AND code <> '' ORDER BY at, id", code)
	if err != nil {
		return nil, s.fault("list prints", err)
	}
	defer rows.Close()
	var out []Printed
	for rows.Next() {
		var p Printed
		if err := rows.Scan(&p.ID, &p.Inspection, &p.Paper, &p.Kind, &p.Reading, &p.At); err != nil {
			return nil, s.fault("list prints", err)
		}
		out = append(out, p)
	}
	return out, s.fault("list prints", rows.Err())
}

// Scan gives a scan, or one that nobody has taken in yet: then it has no pages.
func (s *Store) Scan(ctx context.Context, id record.ID) (record.Scan, error) {
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Scan{}, err
	}
	x, _ := record.ScanOf(id, st)
	return x, nil
}

// Scans lists the scans that hold a page of an inspection or its documents, all
// of them for "", as they were first taken in.
func (s *Store) Scans(ctx context.Context, inspection record.ID) ([]record.Scan, error) {
	query, args := "SELECT doc FROM scan ORDER BY id", []any{}
	if inspection != "" {
		query, args = "SELECT doc FROM scan WHERE id IN (SELECT scan FROM scan_page WHERE inspection = $1) ORDER BY id", []any{string(inspection)}
	}
	var out []record.Scan
	err := s.docs(ctx, query, func(doc []byte) error {
		var x record.Scan
		err := json.Unmarshal(doc, &x)
		out = append(out, x)
		return err
	}, args...)
	record.SortScans(out)
	return out, err
}

// InspectionsNumbered lists the inspections with an internal number, whatever the
// case of its letters: more than one is possible, on paper only one is meant.
func (s *Store) InspectionsNumbered(ctx context.Context, number string) (out []record.ID, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id FROM inspection WHERE UPPER(number) = UPPER($1) ORDER BY id", number)
	if err != nil {
		return nil, s.fault("find inspection", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id record.ID
		if err := rows.Scan(&id); err != nil {
			return nil, s.fault("find inspection", err)
		}
		out = append(out, id)
	}
	return out, s.fault("find inspection", rows.Err())
}

// projectScan lets a scan's rows and its file follow an entry.
func (t *tx) projectScan(e journal.Entry) error {
	st, err := t.state(e.Record)
	if err != nil {
		return err
	}
	x, ok := record.ScanOf(e.Record, st)
	if !ok {
		return nil
	}
	doc, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if err := t.exec("INSERT INTO scan (id, authority, digest, doc) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
		string(x.ID), e.Authority, string(x.File.Digest), plain(string(doc))); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM scan_page WHERE scan = $1", string(x.ID)); err != nil {
		return err
	}
	var first record.ID // the file goes where its first page belongs
	for _, p := range x.Pages {
		if p.Place == nil {
			continue
		}
		if first == "" {
			first = p.Place.Inspection
		}
		if err := t.exec("INSERT INTO scan_page (scan, n, inspection, paper) VALUES ($1, $2, $3, $4)", string(x.ID), p.N, string(p.Place.Inspection), string(p.Place.Paper)); err != nil {
			return err
		}
	}
	return t.nameFile(first, x.File, true)
}

// projectPrinted follows the note of a print, so that a scan of it leads here.
func (t *tx) projectPrinted(id record.ID) error {
	st, err := t.state(id)
	if err != nil {
		return err
	}
	p := Printed{ID: id}
	var content string
	if !st.Get("inspection", &p.Inspection) || !st.Get("document", &p.Kind) {
		return nil
	}
	for path, to := range map[string]any{"paper": &p.Paper, "content": &content, "reading": &p.Reading, "at": &p.At} {
		st.Get(path, to) // older notes do not say
	}
	return t.exec(`INSERT INTO printed (id, inspection, paper, kind, code, reading, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET inspection = excluded.inspection, paper = excluded.paper, kind = excluded.kind, code = excluded.code, reading = excluded.reading, at = excluded.at`,
		string(id), string(p.Inspection), string(p.Paper), plain(p.Kind), plain(content[:min(record.PrintCode, len(content))]), string(p.Reading), plain(p.At))
}
