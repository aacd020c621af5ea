package main

import (
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

func requestDestruction(c *call) error {
	f := c.flags()
	var photos, texts list
	var u desk.Unlawful
	f.StringVar(&u.Reason, "reason", "", c.t.T("ctl.flag.destroy_reason"))
	f.StringVar(&u.Note, "note", "", c.t.T("ctl.flag.destroy_note"))
	f.Var(&photos, "photo", c.t.T("ctl.flag.destroy_photo"))
	f.Var(&texts, "text", c.t.T("ctl.flag.destroy_text"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	pinFile := f.String("pin-file", "", c.t.T("ctl.flag.pin_file"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" || len(photos)+len(texts) == 0 {
		return c.wrongUse()
	}
	secret, err := pin(*pinFile)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	for _, p := range photos {
		evidence, err := c.photo(id, p)
		if err != nil {
			return err
		}
		u.Evidence = append(u.Evidence, evidence)
	}
	for _, t := range texts {
		if key, err := c.item(id, t); err == nil {
			t = key
		}
		u.Texts = append(u.Texts, t)
	}
	person, err := c.person(*by)
	if err != nil {
		return err
	}
	d, err := c.desk.RequestDestruction(c.ctx, id, person, secret, u)
	if err != nil {
		return err
	}
	if c.json {
		c.print(destructionJSON(d))
		return nil
	}
	c.say("%s", c.t.T("ctl.destroy_asked", "id", d.ID, "entries", len(d.Request.Entries), "files", len(d.Request.Files)))
	return nil
}

func approveDestruction(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	pinFile := f.String("pin-file", "", c.t.T("ctl.flag.pin_file"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" {
		return c.wrongUse()
	}
	secret, err := pin(*pinFile)
	if err != nil {
		return err
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	d, err := c.desk.ApproveDestruction(c.ctx, record.ID(args[0]), person, secret)
	if err != nil {
		return err
	}
	return c.sayDestruction(d)
}

func rejectDestruction(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	reason := f.String("reason", "", c.t.T("ctl.flag.why"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" || *reason == "" {
		return c.wrongUse()
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	d, err := c.desk.RejectDestruction(c.ctx, record.ID(args[0]), person, *reason)
	if err != nil {
		return err
	}
	return c.sayDestruction(d)
}

func listDestructions(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	all, err := c.desk.Store.Destructions(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		out := []map[string]any{}
		for _, d := range all {
			out = append(out, destructionJSON(d))
		}
		c.print(out)
		return nil
	}
	for _, d := range all {
		if err := c.sayDestruction(d); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func (c *call) sayDestruction(d store.Destruction) error {
	if c.json {
		c.print(destructionJSON(d))
		return nil
	}
	c.say("%s  %s  %s", d.ID, c.t.T("destruction.state."+d.State), c.t.T("ctl.destroy_of", "inspection", d.Request.Inspection,
		"entries", len(d.Request.Entries), "files", len(d.Request.Files)))
	c.say("  %s", c.t.T("ctl.destroy_by", "name", c.nameOf(d.Request.Person), "at", d.Request.At, "reason", c.t.T("destruction.reason."+d.Request.Reason)))
	if d.Request.Note != "" {
		c.say("  %s", d.Request.Note)
	}
	if d.Approval != nil {
		c.say("  %s", c.t.T("ctl.destroy_approved", "name", c.nameOf(d.Approval.Person), "at", d.Approval.At))
	}
	if d.Rejected != "" {
		c.say("  %s", c.t.T("ctl.destroy_rejected", "name", c.nameOf(d.RejectedBy), "reason", d.Rejected))
	}
	return nil
}

// nameOf gives a person's name, or the identity when nobody here knows it.
func (c *call) nameOf(id record.ID) string {
	if p, err := c.desk.Store.Person(c.ctx, id); err == nil {
		return p.Name
	}
	return string(id)
}

func destructionJSON(d store.Destruction) map[string]any {
	entries := []record.Hash{}
	for _, e := range d.Request.Entries {
		entries = append(entries, e.Entry)
	}
	out := map[string]any{"id": d.ID, "state": d.State, "inspection": d.Request.Inspection, "reason": d.Request.Reason, "note": d.Request.Note,
		"entries": entries, "files": nonNil(d.Request.Files), "requested_by": d.Request.Person, "requested_at": d.Request.At}
	if d.Approval != nil {
		out["approved_by"], out["approved_at"] = d.Approval.Person, d.Approval.At
	}
	if d.Rejected != "" {
		out["rejected"], out["rejected_by"] = d.Rejected, d.RejectedBy
	}
	return out
}
