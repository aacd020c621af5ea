package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// DocumentFilter narrows a list of documents; zero fields do not.
type DocumentFilter struct {
	Inspection record.ID
	Kind       string
	State      record.DocumentState
}

// Documents lists documents: those with a number by number, then those without
// as they were drafted. Void ones are listed too.
func (s *Store) Documents(ctx context.Context, f DocumentFilter) ([]record.Document, error) {
	query := "SELECT id, doc FROM document WHERE 1 = 1"
	var args []any
	where := func(column, v string) {
		if v != "" {
			args = append(args, v)
			query += fmt.Sprintf(" AND %s = $%d", column, len(args))
		}
	}
	where("inspection", string(f.Inspection))
	where("kind", f.Kind)
	where("state", string(f.State))
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY CASE WHEN n > 0 THEN 0 ELSE 1 END, word, year, n, drafted, id", args...)
	if err != nil {
		return nil, s.fault("list documents", err)
	}
	defer rows.Close()
	var out []record.Document
	for rows.Next() {
		var id, doc string
		if err := rows.Scan(&id, &doc); err != nil {
			return nil, s.fault("list documents", err)
		}
		var d record.Document
		if err := json.Unmarshal([]byte(doc), &d); err != nil {
			return nil, fmt.Errorf("store: read document %s: %w", id, err)
		}
		out = append(out, d)
	}
	return out, s.fault("list documents", rows.Err())
}

// Document gives one document with the versions that the next change will name
// as seen.
func (s *Store) Document(ctx context.Context, id record.ID) (record.Document, error) {
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Document{}, err
	}
	d, ok := record.DocumentOf(id, st)
	if !ok || id.Type() != record.PaperType {
		return d, &record.Error{Code: record.NotFound, Message: "document.not_found", Args: map[string]any{"id": id}}
	}
	return d, nil
}

// LastWord gives the code word 机关代字 of the document drafted last, "" for none.
func (s *Store) LastWord(ctx context.Context) (word string, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT word FROM document WHERE authority = $1 AND word <> '' ORDER BY drafted DESC, id LIMIT 1", s.Authority())
	if err != nil {
		return "", s.fault("read code word", err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&word)
	}
	return word, s.fault("read code word", err)
}

// projectPaper lets the document's row and its files follow an entry.
func (t *tx) projectPaper(e journal.Entry, body record.Body, pos int64) error {
	st, err := t.state(e.Record)
	if err != nil {
		return err
	}
	d, ok := record.DocumentOf(e.Record, st)
	if !ok {
		return nil
	}
	for path, raw := range body.Set {
		var step record.DocumentStep
		if strings.HasPrefix(path, "steps/") && json.Unmarshal(raw, &step) == nil && step.File.Valid() {
			if err := t.nameFile(d.Inspection, record.File{Digest: step.File, Size: step.Size, Media: step.Media}, true); err != nil {
				return err
			}
		}
	}
	highest := d.Number.N // of this word and year: none of them is given again
	for _, o := range d.Others {
		if o.Word == d.Number.Word && o.Year == d.Number.Year {
			highest = max(highest, o.N)
		}
	}
	doc, err := json.Marshal(d)
	if err != nil {
		return err
	}
	var to record.DocumentState
	issued := int64(0)
	if json.Unmarshal(body.Set["state"], &to) == nil && to == record.Issued {
		issued = pos
	}
	return t.exec(`INSERT INTO document (id, authority, inspection, kind, state, word, year, n, issued, drafted, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, word = excluded.word, year = excluded.year, n = excluded.n, drafted = excluded.drafted, doc = excluded.doc,
		issued = CASE WHEN excluded.issued > 0 THEN excluded.issued ELSE document.issued END`,
		string(d.ID), e.Authority, string(d.Inspection), d.Kind, string(d.State), plain(d.Word), d.Number.Year, highest, issued, d.Steps[record.Drafted].At, plain(string(doc)))
}
