package main

import (
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

func listComplaints(c *call) error {
	f := c.flags()
	open := f.Bool("open", false, c.t.T("ctl.flag.c_open"))
	code := f.String("organization", "", c.t.T("ctl.flag.organization"))
	book := c.xlsxFlag(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	filter := store.ComplaintFilter{Open: *open}
	if *code != "" {
		o, err := c.desk.Store.OrganizationByCode(c.ctx, *code)
		if err != nil {
			return err
		}
		filter.Organization = o.ID
	}
	all, err := c.desk.Store.Complaints(c.ctx, filter)
	if err != nil {
		return err
	}
	switch {
	case *book != "":
		return c.workbook(*book, desk.ComplaintList(c.t, all, c.desk.Today()), nil)
	case c.json:
		for n := range all {
			all[n].Terms.Name, all[n].Terms.Contact = "", "" // need-to-know: complaint show tells
		}
		c.print(nonNil(all))
		return nil
	}
	for _, x := range all {
		c.say("%s  %s  %s  %s  %s", x.ID, x.Number, x.Terms.About, c.t.T("complaint.state."+string(x.State)), desk.ComplaintNext(c.t, x, c.desk.Today()))
	}
	if len(all) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func showComplaint(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	x, err := c.desk.Store.Complaint(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	return c.sayComplaint(x)
}

func (c *call) sayComplaint(x record.Complaint) error {
	if c.json {
		c.print(x)
		return nil
	}
	t := x.Terms
	c.say("%s  %s  %s  %s", x.ID, x.Number, t.On, c.t.T("complaint.told."+t.Told))
	c.say("  %s  %s", c.t.T("complaint.state."+string(x.State)), desk.ComplaintNext(c.t, x, c.desk.Today()))
	c.say("  %s: %s", t.About, t.Content)
	who := c.t.T("complaint.anonymous")
	if t.Name != "" {
		who = c.t.T("ctl.complaint.who", "name", t.Name, "contact", t.Contact)
	}
	c.say("  %s", who)
	for _, s := range x.Steps {
		c.say("  %s  %s  (%s)", s.At[:len(time.DateOnly)], desk.ComplaintStepText(c.t, s), s.Name)
		if s.Inspection != "" {
			c.say("      %s", s.Inspection)
		}
	}
	return nil
}

func receiveComplaint(c *call) error {
	f := c.flags()
	var t record.ComplaintTerms
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	code := f.String("organization", "", c.t.T("ctl.flag.organization"))
	f.StringVar(&t.About, "about", "", c.t.T("ctl.flag.c_about"))
	f.StringVar(&t.On, "on", "", c.t.T("ctl.flag.c_on"))
	f.StringVar(&t.Told, "told", "letter", c.t.T("ctl.flag.c_told"))
	f.StringVar(&t.Content, "content", "", c.t.T("ctl.flag.c_content"))
	f.StringVar(&t.Name, "name", "", c.t.T("ctl.flag.c_name"))
	f.StringVar(&t.Contact, "contact", "", c.t.T("ctl.flag.c_contact"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if *by == "" {
		return c.wrongUse()
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	x, err := c.desk.ReceiveComplaint(c.ctx, person, t, *code)
	if err != nil {
		return err
	}
	return c.sayComplaint(x)
}

// complaintStep makes the verb that takes one step about a complaint.
func complaintStep(act record.ComplaintAct, more ...string) func(*call) error {
	return func(c *call) error {
		f := c.flags()
		x := record.ComplaintStep{Act: act}
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		f.StringVar(&x.Note, "note", "", c.t.T("ctl.flag.p_note"))
		texts := map[string]*string{"number": &x.Number, "whom": &x.Whom, "result": &x.Result}
		for _, name := range more {
			f.StringVar(texts[name], name, "", c.t.T("ctl.flag.c_"+name))
		}
		args, err := c.parse(f, 1)
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
		got, err := c.desk.ComplaintStep(c.ctx, person, record.ID(args[0]), x)
		if err != nil {
			return err
		}
		return c.sayComplaint(got)
	}
}

func inspectComplaint(c *call) error {
	f := c.flags()
	var p desk.Plan
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	f.StringVar(&p.Checklist, "checklist", "", c.t.T("ctl.flag.checklist"))
	f.Var((*list)(&p.Certificates), "inspector", c.t.T("ctl.flag.team"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" || p.Checklist == "" {
		return c.wrongUse()
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	x, _, err := c.desk.InspectComplaint(c.ctx, person, record.ID(args[0]), p)
	if err != nil {
		return err
	}
	return c.sayComplaint(x)
}
