package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Organization gives one organization of the register.
func (s *Store) Organization(ctx context.Context, id record.ID) (record.Organization, error) {
	var doc string
	err := s.read.QueryRowContext(ctx, "SELECT doc FROM organization WHERE id = $1", string(id)).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return record.Organization{}, &record.Error{Code: record.NotFound, Message: "organization.not_found"}
	}
	if err != nil {
		return record.Organization{}, s.fault("read organization", err)
	}
	return decodeOrganization(doc)
}

// OrganizationByCode finds an organization by its code, whatever the scheme.
func (s *Store) OrganizationByCode(ctx context.Context, code string) (record.Organization, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	for _, scheme := range []string{record.SchemeUSCC, record.SchemeEIN, record.SchemeUK, record.SchemeGB11714, "other"} {
		o, err := s.Organization(ctx, record.OrganizationID(scheme, code))
		if record.CodeOf(err) != record.NotFound {
			return o, err
		}
	}
	return record.Organization{}, &record.Error{Code: record.NotFound, Message: "organization.code_unknown", Args: map[string]any{"code": code}}
}

// OrganizationCount tells how many organizations the register holds.
func (s *Store) OrganizationCount(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM organization").Scan(&n)
	return n, s.fault("count organizations", err)
}

func decodeOrganization(doc string) (record.Organization, error) {
	var o record.Organization
	if err := json.Unmarshal([]byte(doc), &o); err != nil {
		return o, fmt.Errorf("store: read organization: %w", err)
	}
	return o, nil
}

// State gives everything known of a record, with
// versions and conflicts.
func (s *Store) State(ctx context.Context, id record.ID) (record.State, error) {
	st, err := s.stateOf(reader{ctx, s.read}, id, math.MaxInt64)
	return st, s.fault("read record", err)
}

// reader runs queries outside a writing transaction.
type reader struct {
	ctx context.Context
	db  *sql.DB
}

func (r reader) query(q string, args ...any) (*sql.Rows, error) {
	return r.db.QueryContext(r.ctx, q, args...)
}

func (t *tx) projectOrganization(e journal.Entry, body record.Body, whole bool) error {
	var n int64
	err := sql.ErrNoRows
	if t.ready[e.Record] == nil {
		err = t.row("SELECT n FROM organization WHERE id = $1", string(e.Record)).Scan(&n)
	}
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if known && whole {
		if said, err := t.saidBefore(e, body); said || err != nil {
			return err
		}
	}
	values := body.Set
	if known || !whole {
		st, err := t.state(e.Record)
		if err != nil {
			return err
		}
		values = make(map[string]json.RawMessage, len(st))
		for p, c := range st {
			if w, ok := c.Shown(""); ok {
				values[p] = w.Value
			}
		}
	}
	row := t.ready[e.Record]
	if row == nil {
		var err error
		if row, err = organizationRowOf(e.Record, values); err != nil {
			return err
		}
	}
	o := row.organization
	if known {
		t.index(n, row.terms, true)
		return t.exec("UPDATE organization SET code = $1, name = $2, kind = $3, doc = $4 WHERE n = $5",
			plain(o.Code), plain(o.Name), string(o.Kind), row.doc, n)
	}
	if n, err = t.nextNumber(); err != nil {
		return err
	}
	t.index(n, row.terms, false)
	return t.exec("INSERT INTO organization (n, id, authority, code, name, kind, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		n, string(o.ID), e.Authority, plain(o.Code), plain(o.Name), string(o.Kind), row.doc)
}

// saidBefore tells whether an earlier bulk entry says all that this one says:
// the same register row, imported on another laptop.
func (t *tx) saidBefore(e journal.Entry, body record.Body) (bool, error) {
	bulks, err := t.bulks(e.Record)
	if err != nil {
		return false, err
	}
next:
	for _, b := range bulks {
		if b.entry.Hash == e.Hash {
			continue
		}
		for p := range body.Set {
			if _, ok := b.body.Set[p]; !ok {
				continue next
			}
		}
		return true, nil
	}
	return false, nil
}

// organizationRow is an organization as the tables keep it.
type organizationRow struct {
	organization record.Organization
	doc          string
	terms        []string // it is found by
}

func organizationRowOf(id record.ID, values map[string]json.RawMessage) (*organizationRow, error) {
	o := record.OrganizationOf(values)
	o.ID = id
	doc, err := json.Marshal(o)
	return &organizationRow{o, string(doc), searchable(o)}, err
}

// nextNumber gives the next place in the register. Writers queue, so the
// highest one can be counted up from.
func (t *tx) nextNumber() (int64, error) {
	if t.number == 0 {
		if err := t.row("SELECT COALESCE(MAX(n), 0) FROM organization").Scan(&t.number); err != nil {
			return 0, err
		}
	}
	t.number++
	return t.number, nil
}

func (t *tx) forgetOrganization(id record.ID) error {
	var n int64
	err := t.row("SELECT n FROM organization WHERE id = $1", string(id)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	t.unindex(n)
	return t.exec("DELETE FROM organization WHERE n = $1", n)
}

// plain leaves out NUL, which PostgreSQL's TEXT cannot hold; doc keeps it, escaped.
func plain(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// RegisterRow is one row of a register about to be imported. Set tells which
// paths the row changes in the organization as it stands; found is false for a
// new one.
type RegisterRow struct {
	ID  record.ID
	Set func(old record.Organization, found bool) map[string]any
}

// Registered counts what an import did.
type Registered struct {
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
}

// importBatch is how many rows share one transaction: enough to spread the
// fsync thin, few enough that a cancelled import stops soon.
const importBatch = 2000

// Register imports rows of a register. A new row and a changed one become one
// entry each; an unchanged one nothing. Rows come in batches that are durable
// one by one, so a cancelled import may be repeated: it goes on where it stopped.
func (s *Store) Register(ctx context.Context, actor record.ID, rows func(yield func(RegisterRow) bool), progress func(Registered)) (Registered, error) {
	var done Registered
	batch := make([]RegisterRow, 0, importBatch)
	var failed error
	flush := func() bool {
		if failed = ctx.Err(); failed != nil {
			return false
		}
		r, err := s.register(ctx, actor, batch)
		if failed = err; err != nil {
			return false
		}
		done.Added, done.Changed, done.Unchanged = done.Added+r.Added, done.Changed+r.Changed, done.Unchanged+r.Unchanged
		batch = batch[:0]
		if progress != nil {
			progress(done)
		}
		return true
	}
	for r := range rows {
		batch = append(batch, r)
		if len(batch) == importBatch && !flush() {
			return done, failed
		}
	}
	if len(batch) > 0 && !flush() {
		return done, failed
	}
	return done, nil
}

func (s *Store) register(ctx context.Context, actor record.ID, batch []RegisterRow) (Registered, error) {
	var r Registered
	err := s.tx(ctx, func(t *tx) error {
		own, err := t.own(int64(len(batch)))
		if err != nil {
			return err
		}
		known, err := t.organizations(batch)
		if err != nil {
			return err
		}
		changes := registerChanges(batch, known)
		for i, row := range batch {
			c := changes[i]
			if c.err != nil {
				return c.err
			}
			if len(c.change.Set) == 0 {
				r.Unchanged++
				continue
			}
			if o, found := known[row.ID]; found && c.change.Kind == record.Create {
				// The same organization stood further up in this batch.
				c = registerChange(row, o, true)
				if c.err != nil {
					return c.err
				}
				if len(c.change.Set) == 0 {
					r.Unchanged++
					continue
				}
			}
			if c.change.Kind == record.Create {
				r.Added++
			} else {
				r.Changed++
				st, err := t.state(row.ID)
				if err != nil {
					return err
				}
				c.change.Base = map[string][]record.Hash{}
				for p := range c.change.Set {
					if v := st.Versions(p); v != nil {
						c.change.Base[p] = v
					}
				}
			}
			if c.row != nil {
				t.ready[row.ID] = c.row
				known[row.ID] = c.row.organization
			}
			if _, err := own.keep(actor, c.change, c.body, c.made); err != nil {
				return err
			}
			delete(t.ready, row.ID)
		}
		return own.close()
	})
	return r, err
}

// organizations gives those of the batch that are in the register already.
func (t *tx) organizations(batch []RegisterRow) (map[record.ID]record.Organization, error) {
	known := make(map[record.ID]record.Organization, len(batch))
	const step = 250
	for len(batch) > 0 {
		n := min(step, len(batch))
		args := make([]any, n)
		marks := make([]string, n)
		for i, r := range batch[:n] {
			args[i], marks[i] = string(r.ID), "$"+strconv.Itoa(i+1)
		}
		batch = batch[n:]
		rows, err := t.querier().query("SELECT doc FROM organization WHERE id IN ("+strings.Join(marks, ",")+")", args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var doc string
			if err := rows.Scan(&doc); err != nil {
				rows.Close()
				return nil, err
			}
			o, err := decodeOrganization(doc)
			if err != nil {
				rows.Close()
				return nil, err
			}
			known[o.ID] = o
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// registerWork is one row's change, made ready outside the transaction's
// single line of work.
type registerWork struct {
	change record.Change
	body   record.Body
	made   made
	row    *organizationRow // of a new organization
	err    error
}

// registerChanges makes the rows' entries ready on all processors: writing and
// sealing bodies costs as much as storing them.
func registerChanges(batch []RegisterRow, known map[record.ID]record.Organization) []registerWork {
	out := make([]registerWork, len(batch))
	var wg sync.WaitGroup
	parts := min(runtime.GOMAXPROCS(0), 8)
	for part := range parts {
		wg.Go(func() {
			for i := part; i < len(batch); i += parts {
				old, found := known[batch[i].ID]
				out[i] = registerChange(batch[i], old, found)
			}
		})
	}
	wg.Wait()
	return out
}

func registerChange(row RegisterRow, old record.Organization, found bool) (w registerWork) {
	w.change = record.Change{Kind: record.Create, Record: row.ID, Set: row.Set(old, found)}
	if found {
		w.change.Kind = record.Set
	}
	if len(w.change.Set) == 0 {
		return w
	}
	if w.body, w.err = bodyOf(w.change); w.err != nil {
		return w
	}
	if w.made.content, w.err = journal.NewContent(w.body); w.err != nil {
		return w
	}
	w.made.key, w.made.box, w.err = seal(w.made.content.Salt, w.made.content.JSON)
	if w.made.fresh = !found; w.made.fresh && w.err == nil {
		w.row, w.err = organizationRowOf(row.ID, w.body.Set)
	}
	return w
}
