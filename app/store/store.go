package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Dialect tells the two databases apart where their SQL differs.
type Dialect int

const (
	SQLite Dialect = iota
	PostgreSQL
)

// ProjectionVersion is raised whenever the tables that follow from the same
// entries change; opening an older store projects it anew.
const ProjectionVersion = 9

// FileName is the database's name inside a laptop's data folder.
const FileName = "plumbline.db"

// Store is one data folder's or database's records. It is safe for many
// goroutines; other processes may have the same folder open.
type Store struct {
	write, read *sql.DB
	dialect     Dialect
	now         func() time.Time

	self atomic.Pointer[identity] // changes at enrolment, while others write

	// SQLite has one writing connection, so a statement prepared once stays with it.
	mu         sync.Mutex
	statements map[string]*sql.Stmt
	contact    int64     // when the server was last heard, unix ms
	asked      time.Time // when that was looked up
	known      *known    // left by the last transaction

	bodies bodies
}

// identity is who writes here.
type identity struct {
	chain     journal.Chain // this device's own journal
	authority string        // that it writes for
}

// Options name what a new store needs to know; an existing one keeps what it has.
type Options struct {
	Authority string           // GB/T 2260 code or another code of the authority; "" for a laptop not yet enrolled
	Now       func() time.Time // the clock; nil means time.Now
}

// New opens a store on databases that the dialect's package opened: write for
// transactions that change something, read for all else. It migrates tables
// and projects anew where the program is newer than the data; data that is
// newer than the program is refused with record.Newer.
func New(ctx context.Context, write, read *sql.DB, d Dialect, o Options) (*Store, error) {
	s := &Store{write: write, read: read, dialect: d, now: o.Now, statements: map[string]*sql.Stmt{}}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	if err := s.identify(ctx, o.Authority); err != nil {
		return nil, err
	}
	if err := s.reproject(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends the store's databases.
func (s *Store) Close() error {
	s.mu.Lock()
	for _, st := range s.statements {
		st.Close()
	}
	s.statements = map[string]*sql.Stmt{}
	s.mu.Unlock()
	if s.dialect == SQLite {
		// Leaves one file behind, easier to back up by hand; fails harmlessly
		// while another program reads.
		s.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Self gives this device's own chain.
func (s *Store) Self() journal.Chain { return s.self.Load().chain }

// Authority gives the authority this store belongs to, "" for a laptop that
// was never enrolled.
func (s *Store) Authority() string { return s.self.Load().authority }

// identify gives a new store its device and epoch.
func (s *Store) identify(ctx context.Context, authority string) error {
	return s.tx(ctx, func(t *tx) error {
		device, err := t.meta("device")
		if err != nil {
			return err
		}
		if device == "" {
			// Several servers may start at one moment on a new PostgreSQL: all take
			// what the first has written; the others wait for it here.
			for _, m := range [][2]string{{"device", string(record.NewID(record.DeviceType))}, {"epoch", newEpoch()}, {"authority", authority}} {
				if err := t.exec("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", m[0], m[1]); err != nil {
					return err
				}
			}
			if device, err = t.meta("device"); err != nil {
				return err
			}
		}
		epoch, err := t.meta("epoch")
		if err != nil {
			return err
		}
		owner, err := t.meta("authority")
		if err != nil {
			return err
		}
		s.self.Store(&identity{journal.Chain{Device: record.ID(device), Epoch: epoch}, owner})
		return nil
	})
}

func newEpoch() string {
	id := record.NewID("e")
	return string(id)[2:12]
}

// NewEpoch starts a new life of this device's journal: after a restore, so that
// entries written since the backup and entries written from now on cannot meet
// at one number. What the server had confirmed is asked anew.
func (s *Store) NewEpoch(ctx context.Context) error {
	if r, ok, err := s.Remote(ctx); err != nil {
		return err
	} else if ok {
		marks, err := s.earlier(ctx)
		if err != nil {
			return err
		}
		marks[s.Self().Epoch] = r.Confirmed
		if err := s.ConfirmEarlier(ctx, marks); err != nil {
			return err
		}
	}
	epoch := newEpoch()
	err := s.tx(ctx, func(t *tx) error {
		if err := t.exec("UPDATE remote SET confirmed = 0, cursor = 0"); err != nil {
			return err
		}
		return t.setMeta("epoch", epoch)
	})
	if err == nil {
		s.self.Store(&identity{journal.Chain{Device: s.Self().Device, Epoch: epoch}, s.Authority()})
	}
	return err
}

// SetAuthority tells the store at enrolment whose data it will hold. Entries
// written before keep the authority they were written under.
func (s *Store) SetAuthority(ctx context.Context, authority string) error {
	err := s.tx(ctx, func(t *tx) error { return t.setMeta("authority", authority) })
	if err == nil {
		s.self.Store(&identity{s.Self(), authority})
	}
	return err
}

// tx is one writing transaction.
type tx struct {
	*sql.Tx
	ctx     context.Context
	s       *Store
	pos     int64           // last position of the commit sequence in use
	start   int64           // positions up to here are committed
	end     int64           // where the next transaction will start; 0 when this one adds no entries
	missing map[string]bool // statements worth preparing once the connection is free
	dirty   map[record.ID]bool

	// Search terms wait for the end: every other statement with a savepoint
	// would make FTS5 write what it has gathered so far, row by row.
	terms      []searchTerms
	known      *known
	ready      map[record.ID]*organizationRow // made outside the transaction
	quarantine int                            // entries in quarantine + 1; 0 not looked up

	destructions map[record.ID]bool        // to be looked at when the entries are all there
	stands       map[record.Hash][]standIn // nil when not looked up
	swept        bool                      // a body was destroyed
}

// tx runs f in a transaction that is on the disk when it returns nil.
func (s *Store) tx(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A save must not be cut off half-way by a window that closes; the
	// transaction is short.
	ctx = context.WithoutCancel(ctx)
	begun, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fault("begin", err)
	}
	t := &tx{Tx: begun, ctx: ctx, s: s, start: math.MaxInt64, missing: map[string]bool{}, dirty: map[record.ID]bool{}, known: newKnown(),
		ready: map[record.ID]*organizationRow{}, destructions: map[record.ID]bool{}}
	err = f(t)
	if err == nil {
		err = t.writeTerms()
	}
	if err != nil {
		begun.Rollback()
		return s.fault("write", err)
	}
	if err := begun.Commit(); err != nil {
		return s.fault("commit", err)
	}
	t.remember()
	if t.swept {
		s.forgetKnown()
		s.sweep(ctx) // what stays behind in the database's files now goes with its next checkpoint
	}
	s.prepare(ctx, t.missing)
	return nil
}

// prepare keeps statements for the next transactions. SQLite's single writing
// connection is free now; PostgreSQL's driver does this by itself.
func (s *Store) prepare(ctx context.Context, queries map[string]bool) {
	for q := range queries {
		st, err := s.write.PrepareContext(ctx, q)
		if err != nil {
			continue // it runs unprepared then
		}
		s.mu.Lock()
		if s.statements[q] == nil {
			s.statements[q] = st
			st = nil
		}
		s.mu.Unlock()
		if st != nil {
			st.Close()
		}
	}
}

func (t *tx) statement(query string) *sql.Stmt {
	if t.s.dialect != SQLite {
		return nil
	}
	t.s.mu.Lock()
	st := t.s.statements[query]
	t.s.mu.Unlock()
	if st == nil {
		t.missing[query] = true
		return nil
	}
	return t.StmtContext(t.ctx, st)
}

// exec runs a statement that changes rows.
func (t *tx) exec(query string, args ...any) error {
	if st := t.statement(query); st != nil {
		_, err := st.ExecContext(t.ctx, args...)
		return err
	}
	_, err := t.ExecContext(t.ctx, query, args...)
	return err
}

// row asks for one row.
func (t *tx) row(query string, args ...any) *sql.Row {
	if st := t.statement(query); st != nil {
		return st.QueryRowContext(t.ctx, args...)
	}
	return t.QueryRowContext(t.ctx, query, args...)
}

func (t *tx) meta(key string) (string, error) {
	var v string
	err := t.row("SELECT value FROM meta WHERE key = $1", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func (t *tx) setMeta(key, value string) error {
	return t.exec("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
}

// fault turns what the database reports into what a person can deal with.
func (s *Store) fault(doing string, err error) error {
	var known *record.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	code, message := classify(err)
	if code != "" {
		return &record.Error{Code: code, Message: message, Err: fmt.Errorf("store: %s: %w", doing, err)}
	}
	return fmt.Errorf("store: %s: %w", doing, err)
}
