package store

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"plumbline/app/disk"
	"plumbline/app/record"
)

// sqliteCode is what modernc's error has: SQLite's own result code.
type sqliteCode interface{ Code() int }

// postgresCode is what pgx's error has: the SQLSTATE.
type postgresCode interface{ SQLState() string }

// classify names the faults of a database that a person can mend. The result
// codes are SQLite's (busy 5, read-only 8, I/O 10, corrupt 11, full 13, cannot
// open 14, not a database 26) and PostgreSQL's SQLSTATEs.
func classify(err error) (record.Code, string) {
	var lite sqliteCode
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case 5, 6:
			return record.Busy, "store.busy"
		case 8:
			return record.ReadOnly, "store.read_only"
		case 10:
			// No room for the shared-memory file (SQLITE_IOERR_SHMSIZE) is what a
			// disk without a single free page says.
			if lite.Code() == 10|19<<8 || errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "full") {
				return record.Full, "store.full"
			}
			return record.Full, "store.disk"
		case 11, 26:
			return record.Broken, "store.broken"
		case 13:
			return record.Full, "store.full"
		case 14:
			return record.ReadOnly, "store.cannot_open"
		}
	}
	var pg postgresCode
	if errors.As(err, &pg) {
		switch pg.SQLState() {
		case "53100":
			return record.Full, "store.full"
		case "25006":
			return record.ReadOnly, "store.read_only"
		}
	}
	switch {
	case NoRoom(err):
		return record.Full, "store.full"
	case errors.Is(err, fs.ErrPermission):
		return record.ReadOnly, "store.read_only"
	}
	return "", ""
}

// NoRoom tells whether err means that the disk is full.
func NoRoom(err error) bool {
	var lite sqliteCode
	if errors.As(err, &lite) && lite.Code()&0xff == 13 {
		return true
	}
	return disk.Full(err)
}
