package desk

import (
	"context"

	"plumbline/app/record"
)

// GiveRole gives a person a role at this laptop's authority.
func (d *Desk) GiveRole(ctx context.Context, actor, person record.ID, role record.Role) error {
	return d.changeRole(ctx, actor, person, func(r record.Roles, st record.State, name string, t int64) (record.Change, error) {
		return r.GiveRole(d.Store.Authority(), person, role, st, actor, name, t)
	})
}

// EndRole takes a role from a person.
func (d *Desk) EndRole(ctx context.Context, actor, person record.ID, role record.Role) error {
	return d.changeRole(ctx, actor, person, func(r record.Roles, st record.State, name string, t int64) (record.Change, error) {
		return r.EndRole(person, role, st, actor, name, t)
	})
}

func (d *Desk) changeRole(ctx context.Context, actor, person record.ID, change func(record.Roles, record.State, string, int64) (record.Change, error)) error {
	by, err := d.Store.Person(ctx, actor)
	if err != nil {
		return err
	}
	if _, err := d.Store.Person(ctx, person); err != nil {
		return err
	}
	roles, err := d.Store.Roles(ctx)
	if err != nil {
		return err
	}
	st, err := d.Store.State(ctx, person)
	if err != nil {
		return err
	}
	c, err := change(roles.Of(d.Store.Authority()), st, by.Name, d.now().UnixMilli())
	if err != nil {
		return err
	}
	_, err = d.Store.Append(ctx, actor, c)
	return err
}
