package store

import (
	"context"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Past is a record's history as the journal has it.
type Past struct {
	Entries []journal.Entry // of the record, as they came here
	// Beside are entries of other records: the ones that stand in the journal of a
	// device next to a withdrawal. What is moved to another record comes down there
	// and is taken off here, one right after the other.
	Beside []journal.Entry
}

// Past gives the history of a record.
func (s *Store) Past(ctx context.Context, id record.ID) (Past, error) {
	var p Past
	var err error
	if p.Entries, err = s.opened(ctx, "SELECT header, body, key FROM entry WHERE record = $1 ORDER BY pos", string(id)); err != nil {
		return p, err
	}
	p.Beside, err = s.opened(ctx, `SELECT b.header, b.body, b.key FROM entry a JOIN entry b ON b.chain = a.chain AND b.seq = a.seq - 1
			WHERE a.record = $1 AND a.kind IN ('detach', 'withdraw') AND b.record <> a.record
		UNION ALL
		SELECT b.header, b.body, b.key FROM entry a JOIN entry b ON b.chain = a.chain AND b.seq = a.seq + 1
			WHERE a.record = $1 AND b.kind IN ('detach', 'withdraw') AND b.record <> a.record`, string(id))
	return p, err
}

// opened reads entries; a destroyed or withheld one stands without its body.
func (s *Store) opened(ctx context.Context, query string, args ...any) ([]journal.Entry, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fault("read entries", err)
	}
	defer rows.Close()
	var out []journal.Entry
	for rows.Next() {
		var header, box, key []byte
		if err := rows.Scan(&header, &box, &key); err != nil {
			return nil, s.fault("read entries", err)
		}
		e, err := unseal(header, box, key)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, s.fault("read entries", rows.Err())
}
