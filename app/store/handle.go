package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Handle gives the databases beneath the store to a package that keeps tables
// of its own beside the records, such as the server's list of devices: write
// for transactions, read for all else.
func (s *Store) Handle() (write, read *sql.DB, d Dialect) {
	return s.write, s.read, s.dialect
}

// AuthorityOf tells under whose authority a record's first entry here was
// written, "" when the record is not here.
func (s *Store) AuthorityOf(ctx context.Context, id record.ID) (authority string, device record.ID, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT e.authority, c.device FROM entry e JOIN chain c ON c.id = e.chain
		WHERE e.record = $1 ORDER BY e.pos LIMIT 1`, string(id))
	if err != nil {
		return "", "", s.fault("read authority", err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&authority, &device)
	}
	if err == nil {
		err = rows.Err()
	}
	return authority, device, s.fault("read authority", err)
}

// EntryHash gives the hash of the entry at a position of the commit sequence,
// "" when there is none.
func (s *Store) EntryHash(ctx context.Context, pos int64) (h record.Hash, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT hash FROM entry WHERE pos = $1", pos)
	if err != nil {
		return "", s.fault("read entry", err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&h)
	}
	if err == nil {
		err = rows.Err()
	}
	return h, s.fault("read entry", err)
}

// NamedBy tells which inspection names a file, "" for none, and whether its
// bytes are here.
func (s *Store) NamedBy(ctx context.Context, d record.Hash) (inspection record.ID, here bool, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT inspection, here FROM file WHERE digest = $1", string(d))
	if err != nil {
		return "", false, s.fault("read file", err)
	}
	defer rows.Close()
	var n int
	if rows.Next() {
		err = rows.Scan(&inspection, &n)
	}
	if err == nil {
		err = rows.Err()
	}
	return inspection, n == 1, s.fault("read file", err)
}

// FeedFor gives entries by commit order after cursor, for those who pull: as
// many as fit into limit entries and about size bytes. want tells which the
// puller may and needs to have; have names chains the puller already has up to
// a number, whose entries are passed over without being read: after a push of
// thousands that is most of them. The cursor passes what is left out. more is
// true when the feed goes on.
func (s *Store) FeedFor(ctx context.Context, cursor int64, limit, size int, have map[journal.Chain]int64, want func(journal.Entry) bool) (out []journal.Entry, next int64, more bool, err error) {
	// Everything up to the tip is there to see: positions commit in their order.
	tip, err := s.Tip(ctx)
	if err != nil || tip <= cursor {
		return nil, cursor, false, err
	}
	query, args := "SELECT pos, header, body, key FROM entry WHERE pos > $1 AND pos <= $2", []any{cursor, tip}
	for c, seq := range have {
		var id int64
		err := s.read.QueryRowContext(ctx, "SELECT id FROM chain WHERE device = $1 AND epoch = $2", string(c.Device), c.Epoch).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, cursor, false, s.fault("read feed", err)
		}
		args = append(args, id, seq)
		query += fmt.Sprintf(" AND NOT (chain = $%d AND seq <= $%d)", len(args)-1, len(args))
	}
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY pos", args...)
	if err != nil {
		return nil, cursor, false, s.fault("read feed", err)
	}
	defer rows.Close()
	next = cursor
	for size > 0 && len(out) < limit {
		if !rows.Next() {
			return out, tip, false, s.fault("read feed", rows.Err())
		}
		var header, box, key []byte
		if err := rows.Scan(&next, &header, &box, &key); err != nil {
			return nil, cursor, false, s.fault("read feed", err)
		}
		e, err := unseal(header, box, key)
		if err != nil {
			return nil, cursor, false, err
		}
		if want == nil || want(e) {
			out = append(out, e)
			size -= len(e.Raw) + len(e.BodyJSON)
		}
	}
	return out, next, next < tip, nil
}
