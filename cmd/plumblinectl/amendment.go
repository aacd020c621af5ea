package main

import (
	"plumbline/app/desk"
	"plumbline/app/record"
)

// listAmendments lists what was amended of a sealed inspection.
func listAmendments(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	v, err := c.desk.Visit(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	return c.sayAmendments(v)
}

func (c *call) sayAmendments(v desk.Visit) error {
	type line struct {
		record.Amendment
		State     string                `json:"state"`
		Decided   *record.AmendmentStep `json:"decided,omitempty"`
		Overruled *record.AmendmentStep `json:"overruled,omitempty"` // approved at the same time
	}
	lines := []line{}
	for _, a := range v.Inspection.Amendments {
		l := line{a, "proposed", nil, a.Overruled}
		switch {
		case a.Approved != nil:
			l.State, l.Decided = "approved", a.Approved
		case a.Rejected != nil:
			l.State, l.Decided = "rejected", a.Rejected
		}
		lines = append(lines, l)
	}
	if c.json {
		c.print(lines)
		return nil
	}
	for _, l := range lines {
		c.say("%s  %s  %s", l.ID, c.t.T("amendment.state."+l.State), desk.AmendedPlace(c.t, v, l.Amendment))
		c.say("    %s", c.t.T("amendment.line", "original", l.Original, "amended", l.Amended, "reason", l.Reason, "name", l.Name))
		if l.Decided != nil {
			c.say("    %s  %s  %s", l.Decided.Name, l.Decided.At, l.Decided.Note)
		}
	}
	if len(lines) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

// proposeAmendment proposes to amend a sealed record.
func proposeAmendment(c *call) error {
	f := c.flags()
	w := desk.Amending{}
	item := f.String("item", "", c.t.T("ctl.flag.amend_item"))
	f.StringVar(&w.Part, "part", "note", c.t.T("ctl.flag.amend_part"))
	f.StringVar(&w.Text, "text", "", c.t.T("ctl.flag.amend_text"))
	f.StringVar(&w.Reason, "reason", "", c.t.T("ctl.flag.why"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if w.Text == "" || w.Reason == "" || *by == "" {
		return c.wrongUse()
	}
	if w.By, err = c.openAs(*by); err != nil {
		return err
	}
	id := record.ID(args[0])
	if *item != "" {
		if w.Item, err = c.item(id, *item); err != nil {
			return err
		}
	}
	v, err := c.desk.Amend(c.ctx, id, w)
	if err != nil {
		return err
	}
	return c.sayAmendments(v)
}

// decideAmendment is the verb that approves a proposed amendment or rejects it.
func decideAmendment(approve bool) func(c *call) error {
	return func(c *call) error {
		f := c.flags()
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		reason := f.String("reason", "", c.t.T("ctl.flag.why"))
		args, err := c.parse(f, 2)
		if err != nil {
			return err
		}
		if *by == "" {
			return c.wrongUse()
		}
		person, err := c.openAs(*by)
		if err != nil {
			return err
		}
		v, err := c.desk.DecideAmendment(c.ctx, person, record.ID(args[0]), record.ID(args[1]), approve, *reason)
		if err != nil {
			return err
		}
		return c.sayAmendments(v)
	}
}
