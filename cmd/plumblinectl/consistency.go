package main

import (
	"fmt"

	"plumbline/app/desk"
)

func showConsistency(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	from := f.String("from", "", c.t.T("ctl.flag.d_from"))
	to := f.String("to", "", c.t.T("ctl.flag.d_to"))
	seed := f.String("seed", "", c.t.T("ctl.flag.k_seed"))
	n := f.Int("n", 3, c.t.T("ctl.flag.k_n"))
	book := c.xlsxFlag(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if *by == "" || *n < 0 {
		return c.wrongUse()
	}
	if err := goodDay(*from, *to); err != nil {
		return err
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	items, looks, err := c.desk.Consistency(c.ctx, person, *from, *to, *seed, *n, nil)
	if err != nil {
		return err
	}
	switch {
	case *book != "":
		return c.workbook(*book, desk.ConsistencyTable(c.t, items), nil)
	case c.json:
		c.print(map[string]any{"items": nonNil(items), "second_looks": nonNil(looks)})
		return nil
	}
	for _, x := range items {
		c.say("%-8s %s", x.Code, c.t.T("consistency.line", "problems", x.Problems, "asked", x.Asked, "text", x.Title.In(c.lang)))
		if len(x.Leaders) < 2 {
			continue
		}
		for _, l := range x.Leaders {
			c.say("         %s", fmt.Sprintf("%s %d/%d", l.Leader, l.Problems, l.Asked))
		}
	}
	if len(items) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	for _, r := range looks {
		c.say("%s", c.t.T("consistency.look", "inspection", r.ID, "number", r.Number, "name", r.OrganizationName))
	}
	return nil
}
