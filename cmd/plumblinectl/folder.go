package main

import (
	"encoding/json"

	"plumbline/app/desk"
	"plumbline/app/record"
)

func listConflicts(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	rows, err := c.desk.Store.Conflicts(c.ctx)
	if err != nil {
		return err
	}
	refused, err := c.desk.Store.Quarantine(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"conflicts": nonNil(rows), "quarantine": nonNil(refused)})
	} else {
		for _, r := range rows {
			c.say("%s %s", r.Record, r.Path)
			for _, v := range r.Values {
				c.say("    %s  (%s)", v.Value, v.Actor)
			}
		}
		for _, q := range refused {
			c.say("%s", c.t.T("ctl.refused", "record", q.Record, "reason", c.t.Message(q.Message, q.Args)))
		}
		if len(rows)+len(refused) == 0 {
			c.say("%s", c.t.T("ctl.nothing_to_settle"))
		}
	}
	if len(rows)+len(refused) > 0 {
		return errFound
	}
	return nil
}

func settleConflict(c *call) error {
	f := c.flags()
	by := f.String("by", "", "certificate number of the person who settles it")
	reason := f.String("reason", "", "why")
	args, err := c.parse(f, 3)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	var value any = args[2]
	if json.Valid([]byte(args[2])) {
		value = json.RawMessage(args[2])
	}
	actor := record.ID("")
	if *by != "" {
		actor = record.InspectorID(*by)
	}
	return c.desk.Resolve(c.ctx, actor, record.ID(args[0]), args[1], value, *reason)
}

func showStatus(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	s, err := c.desk.Store.Status(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(s)
		return nil
	}
	c.say("%s", c.t.T("ctl.status_entries", "saved", s.Entries, "sent", s.Sent, "left", s.Entries-s.Sent, "received", s.Received))
	c.say("%s", c.t.T("ctl.status_files", "files", s.Files, "sent", s.FilesSent, "left", s.FilesLeft, "missing", s.FilesMissing))
	c.say("%s", c.t.T("ctl.status_settle", "conflicts", s.Conflicts, "late", s.Late, "quarantine", s.Quarantine, "drafts", s.Drafts))
	c.say("%s", c.t.T("ctl.status_register", "organizations", s.Organizations, "inspections", s.Inspections))
	if !s.Enrolled {
		c.say("%s", c.t.T("ctl.not_enrolled"))
		return nil
	}
	c.say("%s", c.t.T("ctl.status_server", "url", s.Remote.URL))
	if s.Remote.Problem != "" {
		c.say("  ! %s", c.t.T(s.Remote.Problem))
	}
	return nil
}

func verify(c *call) error {
	f := c.flags()
	n := 0
	for _, a := range c.args {
		if len(a) > 0 && a[0] != '-' {
			n = 1
		}
	}
	args, err := c.parse(f, n)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if n == 1 {
		return verifyPDF(c, args[0])
	}
	v, err := c.desk.Verify(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		v.Problems = nonNil(v.Problems)
		c.print(v)
	} else {
		c.say("%s", c.t.T("ctl.verified", "entries", v.Entries, "seals", v.Seals, "files", v.Files, "problems", len(v.Problems)))
		for _, p := range v.Problems {
			c.say("  ! %s  %s %d %s %s", c.t.Message(p.Message, p.Args), p.Record, p.Seq, p.Chain.Device, p.File.Short())
		}
	}
	if len(v.Problems) > 0 {
		return errFound
	}
	return nil
}

func verifyPDF(c *call, path string) error {
	doc, err := c.desk.VerifyPDF(c.ctx, path)
	if record.CodeOf(err) == record.Broken {
		c.fail(err)
		return errFound
	}
	if err != nil {
		return err
	}
	if c.json {
		c.print(doc)
		return nil
	}
	c.say("%s", c.t.T("ctl.pdf_ours", "document", doc.Document, "inspection", doc.Inspection, "at", doc.At))
	return nil
}

func rebuild(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	before, err := c.desk.Store.Digest(c.ctx)
	if err != nil {
		return err
	}
	if err := c.desk.Store.Rebuild(c.ctx); err != nil {
		return err
	}
	after, err := c.desk.Store.Digest(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"before": before, "after": after, "same": before == after})
	} else if before == after {
		c.say("%s", c.t.T("ctl.rebuilt_same", "digest", after.Short()))
	} else {
		c.say("%s", c.t.T("ctl.rebuilt_changed", "before", before.Short(), "after", after.Short()))
	}
	if before != after {
		return errFound
	}
	return nil
}

func backup(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if err := c.desk.Backup(c.ctx, args[0], nil); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"file": args[0]})
		return nil
	}
	c.say("%s", c.t.T("ctl.backed_up", "file", args[0]))
	return nil
}

func restore(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	aside, err := desk.Restore(c.ctx, c.data, args[0], database, nil)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"moved_aside": aside})
		return nil
	}
	c.say("%s", c.t.T("ctl.restored", "file", args[0]))
	if aside != "" {
		c.say("%s", c.t.T("ctl.moved_aside", "folder", aside))
	}
	return nil
}
