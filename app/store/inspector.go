package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"plumbline/app/record"
)

// Inspectors lists everybody with a certificate, by name.
func (s *Store) Inspectors(ctx context.Context) ([]record.Inspector, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT doc FROM inspector ORDER BY name, certificate")
	if err != nil {
		return nil, s.fault("list inspectors", err)
	}
	defer rows.Close()
	var out []record.Inspector
	for rows.Next() {
		p, err := scanInspector(rows)
		if err != nil {
			return nil, s.fault("list inspectors", err)
		}
		out = append(out, p)
	}
	return out, s.fault("list inspectors", rows.Err())
}

// Inspector finds the holder of a certificate.
func (s *Store) Inspector(ctx context.Context, certificate string) (record.Inspector, error) {
	return s.Person(ctx, record.InspectorID(certificate))
}

// Person gives one inspector by identity.
func (s *Store) Person(ctx context.Context, id record.ID) (record.Inspector, error) {
	p, err := scanInspector(s.read.QueryRowContext(ctx, "SELECT doc FROM inspector WHERE id = $1", string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return p, &record.Error{Code: record.NotFound, Message: "inspector.not_found", Field: "inspector"}
	}
	return p, s.fault("read inspector", err)
}

func scanInspector(row interface{ Scan(...any) error }) (record.Inspector, error) {
	var doc string
	var p record.Inspector
	if err := row.Scan(&doc); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return p, fmt.Errorf("read inspector: %w", err)
	}
	return p, nil
}

func (t *tx) projectInspector(id record.ID) error {
	st, err := t.state(id)
	if err != nil {
		return err
	}
	p := record.InspectorOf(id, st)
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	err = t.exec(`INSERT INTO inspector (id, certificate, name, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET certificate = excluded.certificate, name = excluded.name, doc = excluded.doc`,
		string(id), plain(p.Certificate), plain(p.Name), string(doc))
	if err != nil {
		return err
	}
	if err := t.projectRoles(p); err != nil {
		return err
	}
	return t.unprovedAgain()
}

// projectRoles follows a person's roles.
func (t *tx) projectRoles(p record.Inspector) error {
	roles, err := t.roles()
	if err != nil || len(p.Roles)+len(roles[p.ID]) == 0 {
		return err
	}
	t.known.roles = nil
	if err := t.exec("DELETE FROM role_grant WHERE person = $1", string(p.ID)); err != nil {
		return err
	}
	for role, g := range p.Roles {
		doc, err := json.Marshal(g)
		if err != nil {
			return err
		}
		if err := t.exec("INSERT INTO role_grant (person, role, doc) VALUES ($1, $2, $3)", string(p.ID), plain(string(role)), plain(string(doc))); err != nil {
			return err
		}
	}
	return nil
}

// roles gives who holds what, as this transaction sees it.
func (t *tx) roles() (record.Roles, error) {
	if t.known.roles != nil {
		return t.known.roles, nil
	}
	r, err := t.s.readRoles(t.querier())
	t.known.roles = r
	return r, err
}

func (s *Store) readRoles(q querierContext) (record.Roles, error) {
	rows, err := q.query("SELECT person, role, doc FROM role_grant")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := record.Roles{}
	for rows.Next() {
		var person record.ID
		var role record.Role
		var doc string
		if err := rows.Scan(&person, &role, &doc); err != nil {
			return nil, err
		}
		var g record.RoleGrant
		if err := json.Unmarshal([]byte(doc), &g); err != nil {
			return nil, fmt.Errorf("read role: %w", err)
		}
		if g.Authority == "" {
			g.Authority = s.Authority() // given before the laptop was enrolled
		}
		if out[person] == nil {
			out[person] = map[record.Role]record.RoleGrant{}
		}
		out[person][role] = g
	}
	return out, rows.Err()
}

// Roles gives who holds what at the authority, or held it.
func (s *Store) Roles(ctx context.Context) (record.Roles, error) {
	r, err := s.readRoles(reader{ctx, s.read})
	return r, s.fault("read roles", err)
}

// RegisterInspectors imports inspectors: new ones and changed fields become
// entries, the rest nothing. Columns a list does not have stay as they are.
func (s *Store) RegisterInspectors(ctx context.Context, actor record.ID, list []record.Inspector) (Registered, error) {
	var r Registered
	err := s.tx(ctx, func(t *tx) error {
		own, err := t.own(int64(len(list)))
		if err != nil {
			return err
		}
		for _, p := range list {
			p.ID = record.InspectorID(p.Certificate)
			st, err := t.state(p.ID)
			if err != nil {
				return err
			}
			c := inspectorChange(p, st)
			switch {
			case len(c.Set) == 0:
				r.Unchanged++
				continue
			case c.Kind == record.Create:
				r.Added++
			default:
				r.Changed++
			}
			if _, err := own.write(actor, c); err != nil {
				return err
			}
		}
		return own.close()
	})
	return r, err
}

func inspectorChange(p record.Inspector, st record.State) record.Change {
	c := record.Change{Kind: record.Create, Record: p.ID, Set: map[string]any{}, Base: map[string][]record.Hash{}}
	if len(st) > 0 {
		c.Kind = record.Set
	}
	values := map[string]string{
		"certificate": strings.TrimSpace(p.Certificate), "name": p.Name, "unit": p.Unit, "phone": p.Phone,
		"valid_from": p.ValidFrom, "valid_to": p.ValidTo,
	}
	for path, v := range values {
		if v != "" && v != st.Text(path) {
			c.Set[path] = v
			if seen := st.Versions(path); seen != nil {
				c.Base[path] = seen
			}
		}
	}
	if p.Fictional && len(st) == 0 {
		c.Set["fictional"] = true
	}
	return c
}

// PublishKey records a person's public key, so that whoever gets the journal
// can check what the person signed.
func (s *Store) PublishKey(ctx context.Context, person record.ID, keyID, public string) error {
	_, err := s.Append(ctx, person, record.Change{Kind: record.Set, Record: person, Set: map[string]any{"keys/" + keyID: public}})
	return err
}
