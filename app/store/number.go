package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// issued is a document that waits for its number.
type issued struct {
	id        record.ID
	device    record.ID // on which it was issued
	authority string    // under which it is numbered
}

// NumberDocuments gives issued documents their numbers, in the order in which
// they became known here as issued, and tells which it numbered. For each
// authority one place may do that: the server that its laptops are enrolled at,
// or the one computer of an authority without a server.
//
// A server's whose tells the authority of a device, "" for one whose documents
// are numbered elsewhere; the numbers then go into a chain of that authority's
// own. With nil this store's authority numbers what is here, in its own chain.
//
// The servers that share a database take turns: the first statement of the
// transaction locks the commit sequence.
func (s *Store) NumberDocuments(ctx context.Context, whose func(device record.ID) (string, error)) ([]record.ID, error) {
	// Asked without a lock: mostly nothing waits.
	waiting, err := s.waiting(ctx, whose)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	var out []record.ID
	err = s.tx(ctx, func(t *tx) error {
		out = nil
		if err := t.reserve(int64(len(waiting))); err != nil {
			return err
		}
		chains := map[string]*ownChain{}
		for _, w := range waiting {
			own := chains[w.authority]
			if own == nil {
				self := *s.self.Load()
				if whose != nil {
					self = identity{journal.Numbers(self.chain.Device, self.chain.Epoch, w.authority), w.authority}
				}
				if own, err = t.openOwn(self); err != nil {
					return err
				}
				chains[w.authority] = own
			}
			done, err := t.number(own, w.id)
			if err != nil {
				return err
			}
			if done {
				out = append(out, w.id)
			}
		}
		for _, own := range chains {
			if err := own.close(); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// waiting lists the issued documents that are numbered here, as they were issued.
func (s *Store) waiting(ctx context.Context, whose func(record.ID) (string, error)) ([]issued, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT d.id, c.device FROM document d JOIN entry e ON e.pos = d.issued JOIN chain c ON c.id = e.chain
		WHERE d.state = 'issued' AND d.word <> '' ORDER BY d.issued, d.id`)
	if err != nil {
		return nil, s.fault("number documents", err)
	}
	defer rows.Close()
	var all, out []issued
	for rows.Next() {
		w := issued{authority: s.Authority()}
		if err := rows.Scan(&w.id, &w.device); err != nil {
			return nil, s.fault("number documents", err)
		}
		all = append(all, w)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fault("number documents", err)
	}
	for _, w := range all {
		if whose != nil {
			if w.authority, err = whose(w.device); err != nil {
				return nil, err
			}
			if w.authority == "" {
				continue
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// number gives one document its number; false for one whose kind bears none, or
// that another server has numbered meanwhile.
func (t *tx) number(own *ownChain, id record.ID) (bool, error) {
	st, err := t.state(id)
	if err != nil {
		return false, err
	}
	d, ok := record.DocumentOf(id, st)
	if !ok || d.State != record.Issued || d.Next() != record.Numbered {
		return false, nil
	}
	// What an office wrote before it was enrolled anywhere counts as well.
	var last sql.NullInt64
	err = t.row("SELECT MAX(n) FROM document WHERE authority IN ($1, '') AND word = $2 AND year = $3", own.self.authority, d.Word, d.Year()).Scan(&last)
	if err != nil {
		return false, err
	}
	changes, err := d.GiveNumber(int(last.Int64), t.s.now())
	if err != nil {
		return false, err
	}
	for _, c := range changes {
		if _, err := own.write("", c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Numbers gives the numbers of all documents by authority, and how many issued
// documents have none yet.
func (s *Store) Numbers(ctx context.Context) (numbers map[string][]record.DocumentNumber, waiting int, err error) {
	numbers = map[string][]record.DocumentNumber{}
	rows, err := s.read.QueryContext(ctx, "SELECT authority, doc FROM document WHERE n > 0")
	if err != nil {
		return nil, 0, s.fault("list numbers", err)
	}
	defer rows.Close()
	for rows.Next() {
		var authority, doc string
		if err := rows.Scan(&authority, &doc); err != nil {
			return nil, 0, s.fault("list numbers", err)
		}
		var d record.Document
		if err := json.Unmarshal([]byte(doc), &d); err != nil {
			return nil, 0, fmt.Errorf("store: read document: %w", err)
		}
		numbers[authority] = append(numbers[authority], d.Numbers()...)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, s.fault("list numbers", err)
	}
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM document WHERE state = 'issued' AND word <> ''").Scan(&waiting)
	return numbers, waiting, s.fault("list numbers", err)
}
