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
	err := s.read.QueryRowContext(ctx, "SELECT o.doc FROM entry e JOIN organization o ON o.n = e.pos WHERE e.record = $1", string(id)).Scan(&doc)
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

// numberOf gives an organization's place in the register: the position of the
// entry that brought it into the table, so that no second index on identities,
// a page at random for every row imported, is needed beside that of entry.
func (t *tx) numberOf(id record.ID) (n int64, known bool, err error) {
	err = t.row("SELECT o.n FROM entry e JOIN organization o ON o.n = e.pos WHERE e.record = $1", string(id)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return n, err == nil, err
}

func (t *tx) projectOrganization(e journal.Entry, body record.Body, pos int64, whole bool) error {
	n, known := pos, false
	if t.ready[e.Record] == nil {
		was, found, err := t.numberOf(e.Record)
		if err != nil {
			return err
		}
		if found {
			n, known = was, true
		}
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
	terms        string // it is found by
}

func organizationRowOf(id record.ID, values map[string]json.RawMessage) (*organizationRow, error) {
	o := record.OrganizationOf(values)
	o.ID = id
	doc, err := json.Marshal(o)
	return &organizationRow{o, string(doc), searchable(o)}, err
}

func (t *tx) forgetOrganization(id record.ID) error {
	n, known, err := t.numberOf(id)
	if err != nil || !known {
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

// How many rows share one transaction: more and more as the register turns out
// to be large. Then each page of the indexes, where identities fall at random,
// is written for several rows at once; a cancelled import still stops within
// two seconds or so.
const (
	firstImport = 1000
	mostImport  = 16000
)

// Register imports rows of a register. A new row and a changed one become one
// entry each; an unchanged one nothing. Rows come in batches that are durable
// one by one, so a cancelled import may be repeated: it goes on where it stopped.
// While one batch is written the next is read and made ready.
func (s *Store) Register(ctx context.Context, actor record.ID, rows func(yield func(RegisterRow) bool), progress func(Registered)) (Registered, error) {
	var done Registered
	var failed error
	var writing chan written // the batch before
	finish := func() bool {
		if writing == nil {
			return true
		}
		w := <-writing
		writing = nil
		if failed = w.err; w.err != nil {
			return false
		}
		done.Added, done.Changed, done.Unchanged = done.Added+w.Added, done.Changed+w.Changed, done.Unchanged+w.Unchanged
		if progress != nil {
			progress(done)
		}
		return true
	}
	flush := func(batch []RegisterRow) bool {
		work, err := s.registerWork(ctx, batch)
		if !finish() {
			return false
		}
		if failed = err; err != nil {
			return false
		}
		writing = make(chan written, 1)
		go func(out chan written) {
			r, err := s.register(ctx, actor, work)
			out <- written{r, err}
		}(writing)
		return true
	}
	var batch []RegisterRow
	size := firstImport
	for r := range rows {
		if batch = append(batch, r); len(batch) < size {
			continue
		}
		if !flush(batch) {
			return done, failed
		}
		size = min(2*size, mostImport)
		batch = make([]RegisterRow, 0, size)
	}
	if len(batch) > 0 && !flush(batch) {
		return done, failed
	}
	finish()
	return done, failed
}

// written is what became of one batch of a register.
type written struct {
	Registered
	err error
}

// register writes one batch, made ready, in one transaction.
func (s *Store) register(ctx context.Context, actor record.ID, batch []registerWork) (Registered, error) {
	var r Registered
	err := s.tx(ctx, func(t *tx) error {
		own, err := t.own(int64(len(batch)))
		if err != nil {
			return err
		}
		ids := make([]record.ID, len(batch))
		for i, w := range batch {
			ids[i] = w.row.ID
		}
		known, err := organizationDocs(t.querier(), ids)
		if err != nil {
			return err
		}
		for _, w := range batch {
			// It may have come or changed since it was made ready, by the batch before
			// or further up in this one.
			if doc := known[w.row.ID]; doc != w.old {
				w = registerChange(w.row, doc)
			}
			if w.err != nil {
				return w.err
			}
			if len(w.change.Set) == 0 {
				r.Unchanged++
				continue
			}
			if w.change.Kind == record.Create {
				r.Added++
				known[w.row.ID] = w.made.organization.doc
				t.ready[w.row.ID] = w.made.organization
			} else {
				r.Changed++
				st, err := t.state(w.row.ID)
				if err != nil {
					return err
				}
				w.change.Base = map[string][]record.Hash{}
				for p := range w.change.Set {
					if v := st.Versions(p); v != nil {
						w.change.Base[p] = v
					}
				}
			}
			if _, err := own.keep(actor, w.change, w.body, w.made); err != nil {
				return err
			}
			delete(t.ready, w.row.ID)
			if w.change.Kind == record.Set {
				now, err := organizationDocs(t.querier(), []record.ID{w.row.ID})
				if err != nil {
					return err
				}
				known[w.row.ID] = now[w.row.ID]
			}
		}
		return own.close()
	})
	return r, err
}

// organizationDocs gives the documents of those organizations that are in the
// register already.
func organizationDocs(q querierContext, ids []record.ID) (map[record.ID]string, error) {
	known := make(map[record.ID]string, len(ids))
	const step = 250
	for len(ids) > 0 {
		n := min(step, len(ids))
		args := make([]any, n)
		marks := make([]string, n)
		for i, id := range ids[:n] {
			args[i], marks[i] = string(id), "$"+strconv.Itoa(i+1)
		}
		ids = ids[n:]
		rows, err := q.query("SELECT o.id, o.doc FROM entry e JOIN organization o ON o.n = e.pos WHERE e.record IN ("+strings.Join(marks, ",")+")", args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id, doc string
			if err := rows.Scan(&id, &doc); err != nil {
				rows.Close()
				return nil, err
			}
			known[record.ID(id)] = doc
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
	row    RegisterRow
	old    string // the document it changes, "" for a new organization
	change record.Change
	body   record.Body
	made   made
	err    error
}

// registerWork makes the rows' entries ready on all processors: writing and
// sealing bodies costs as much as storing them.
func (s *Store) registerWork(ctx context.Context, batch []RegisterRow) ([]registerWork, error) {
	ids := make([]record.ID, len(batch))
	for i, r := range batch {
		ids[i] = r.ID
	}
	known, err := organizationDocs(reader{ctx, s.read}, ids)
	if err != nil {
		return nil, s.fault("read organizations", err)
	}
	out := make([]registerWork, len(batch))
	var wg sync.WaitGroup
	parts := min(runtime.GOMAXPROCS(0), 8)
	for part := range parts {
		wg.Go(func() {
			for i := part; i < len(batch); i += parts {
				out[i] = registerChange(batch[i], known[batch[i].ID])
			}
		})
	}
	wg.Wait()
	return out, nil
}

// registerChange makes one row's entry ready. old is the organization's
// document as it stands, "" for a new one.
func registerChange(row RegisterRow, old string) registerWork {
	w := registerWork{row: row, old: old}
	var o record.Organization
	if old != "" {
		if o, w.err = decodeOrganization(old); w.err != nil {
			return w
		}
	}
	w.change = record.Change{Kind: record.Create, Record: row.ID, Set: row.Set(o, old != "")}
	if old != "" {
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
	if w.made.fresh = old == ""; w.made.fresh && w.err == nil {
		w.made.organization, w.err = organizationRowOf(row.ID, w.body.Set)
	}
	return w
}
