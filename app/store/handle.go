package store

import (
	"context"
	"database/sql"

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
