package main

import (
	"strings"
	"time"

	"plumbline/app/record"
)

func listRoles(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	return c.sayRoles()
}

func (c *call) sayRoles() error {
	people, err := c.desk.Store.Inspectors(c.ctx)
	if err != nil {
		return err
	}
	type line struct {
		Person      record.ID        `json:"person"`
		Name        string           `json:"name"`
		Certificate string           `json:"certificate"`
		Role        record.Role      `json:"role"`
		Grant       record.RoleGrant `json:"grant"`
	}
	lines := []line{}
	for _, role := range record.RoleNames {
		for _, p := range people {
			if g, ok := p.Roles[role]; ok {
				lines = append(lines, line{p.ID, p.Name, p.Certificate, role, g})
			}
		}
	}
	if c.json {
		c.print(lines)
		return nil
	}
	day := func(ms int64) string { return time.UnixMilli(ms).Format(time.DateOnly) }
	for _, l := range lines {
		said := c.t.T("ctl.role.since", "day", day(l.Grant.At), "name", l.Grant.Name)
		if l.Grant.Until > 0 {
			said = c.t.T("ctl.role.ended", "from", day(l.Grant.At), "until", day(l.Grant.Until), "name", l.Grant.Ended)
		}
		c.say("%s  %s %s  %s", c.t.T("role.name."+string(l.Role)), l.Name, l.Certificate, said)
	}
	if len(lines) == 0 {
		c.say("%s", c.t.T("ctl.role.none"))
	}
	return nil
}

// changeRole makes the verb that gives a role, or ends it.
func changeRole(give bool) func(*call) error {
	return func(c *call) error {
		f := c.flags()
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		args, err := c.parse(f, 2)
		if err != nil {
			return err
		}
		if *by == "" {
			return c.wrongUse()
		}
		actor, err := c.openAs(*by)
		if err != nil {
			return err
		}
		person, err := c.person(args[0])
		if err != nil {
			return err
		}
		do, role := c.desk.EndRole, record.Role(strings.TrimSpace(args[1]))
		if give {
			do = c.desk.GiveRole
		}
		if err := do(c.ctx, actor, person, role); err != nil {
			return err
		}
		return c.sayRoles()
	}
}
