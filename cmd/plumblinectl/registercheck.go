package main

import (
	"plumbline/app/desk"
	"plumbline/app/record"
)

func listDifferences(c *call) error {
	f := c.flags()
	from := f.String("from", "", c.t.T("ctl.flag.d_from"))
	to := f.String("to", "", c.t.T("ctl.flag.d_to"))
	open := f.Bool("open", false, c.t.T("ctl.flag.d_open"))
	book := c.xlsxFlag(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if err := goodDay(*from, *to); err != nil {
		return err
	}
	all, err := c.desk.RegisterDifferences(c.ctx, *from, *to, *open, nil)
	if err != nil {
		return err
	}
	switch {
	case *book != "":
		return c.workbook(*book, desk.RegisterDifferenceList(c.t, all), nil)
	case c.json:
		c.print(nonNil(all))
		return nil
	}
	for _, x := range all {
		line := c.t.T("register.difference", "field", record.Word("register.field."+x.Field), "registered", x.Registered, "seen", x.Seen)
		if x.Mended {
			line += "  " + c.t.T("register.mended")
		}
		c.say("%s  %s  %s  %s  %s", x.On, x.Code, x.Name, line, x.Inspection)
	}
	if len(all) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

// checkRegister ends with 3 when something should be looked at.
func checkRegister(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	all, err := c.desk.RegisterDoubts(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(all))
	} else {
		for _, x := range all {
			value := x.Value
			if x.Kind == "code" {
				value = c.t.T(x.Value)
			}
			c.say("%s", c.t.T("register.doubt."+x.Kind, "value", value, "n", len(x.Organizations)))
			for _, o := range x.Organizations {
				c.say("  %s  %s", o.Code, o.Name)
			}
		}
		if len(all) == 0 {
			c.say("%s", c.t.T("register.no_doubt"))
		}
	}
	if len(all) > 0 {
		return errFound
	}
	return nil
}

func handOver(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	to := f.String("to", "", c.t.T("ctl.flag.h_to"))
	reason := f.String("reason", "", c.t.T("ctl.flag.why"))
	dry := f.Bool("list", false, c.t.T("ctl.flag.h_list"))
	book := c.xlsxFlag(f)
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *to == "" || *by == "" {
		return c.wrongUse()
	}
	actor, err := c.openAs(*by)
	if err != nil {
		return err
	}
	from, err := c.person(args[0])
	if err != nil {
		return err
	}
	next, err := c.person(*to)
	if err != nil {
		return err
	}
	all, err := c.desk.HandOver(c.ctx, actor, from, next, *reason, *dry)
	if err != nil {
		return err
	}
	if *book != "" {
		return c.workbook(*book, desk.HandOverList(c.t, all), nil)
	}
	failed := false
	for _, h := range all {
		failed = failed || h.Left != nil
	}
	if c.json {
		c.print(nonNil(all))
	}
	for _, h := range all {
		if c.json {
			break
		}
		c.say("%s  %s  %s  %s", c.t.T("handover.kind."+h.Kind), h.Number, h.Name, h.HandOverText(c.t))
	}
	if len(all) == 0 && !c.json {
		c.say("%s", c.t.T("handover.nothing"))
	}
	if failed {
		return errFound // not every visit could be handed over
	}
	return nil
}
