package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

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
	for _, scheme := range []string{record.SchemeUSCC, record.SchemeEIN, record.SchemeUK} {
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
	st, err := stateOf(reader{ctx, s.read}, id)
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
	values := body.Set
	if !whole || e.Kind != record.Create {
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
	o := record.OrganizationOf(values)
	o.ID = e.Record
	doc, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if whole && e.Kind == record.Create {
		var n int64
		err := t.row("INSERT INTO organization (id, authority, code, name, kind, doc) VALUES ($1, $2, $3, $4, $5, $6) RETURNING n",
			string(o.ID), e.Authority, plain(o.Code), plain(o.Name), string(o.Kind), string(doc)).Scan(&n)
		if err != nil {
			return err
		}
		return t.index(n, o)
	}
	var n int64
	err = t.row(`INSERT INTO organization (id, authority, code, name, kind, doc) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, kind = excluded.kind, doc = excluded.doc RETURNING n`,
		string(o.ID), e.Authority, plain(o.Code), plain(o.Name), string(o.Kind), string(doc)).Scan(&n)
	if err != nil {
		return err
	}
	if err := t.unindex(n); err != nil {
		return err
	}
	return t.index(n, o)
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
	if err := t.unindex(n); err != nil {
		return err
	}
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
	Added, Changed, Unchanged int
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
		for _, row := range batch {
			var doc string
			var old record.Organization
			err := t.row("SELECT doc FROM organization WHERE id = $1", string(row.ID)).Scan(&doc)
			found := err == nil
			switch {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return err
			default:
				if old, err = decodeOrganization(doc); err != nil {
					return err
				}
			}
			set := row.Set(old, found)
			if len(set) == 0 {
				r.Unchanged++
				continue
			}
			c := record.Change{Kind: record.Create, Record: row.ID, Set: set}
			if found {
				st, err := t.state(row.ID)
				if err != nil {
					return err
				}
				c.Kind, c.Base = record.Set, map[string][]record.Hash{}
				for p := range set {
					if v := st.Versions(p); v != nil {
						c.Base[p] = v
					}
				}
				r.Changed++
			} else {
				r.Added++
			}
			if _, err := own.write(actor, c); err != nil {
				return err
			}
		}
		return own.close()
	})
	return r, err
}
