package main

import (
	"plumbline/app/checklist"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// checklistRow is a checklist as --json lists it.
type checklistRow struct {
	ID       string                    `json:"id"`
	Version  string                    `json:"version"`
	Status   string                    `json:"status"`
	Title    record.Text               `json:"title"`
	For      []record.OrganizationKind `json:"applies_to"`
	Sections int                       `json:"sections"`
	Items    int                       `json:"items"`
	Scored   bool                      `json:"scored"`
	BuiltIn  bool                      `json:"built_in"`
	Digest   record.Hash               `json:"digest"`
	Unread   string                    `json:"unread,omitempty"` // why this version of the program cannot read it
}

func rowOf(l checklist.Checklist) checklistRow {
	own, ok := checklist.Find(l.ID)
	return checklistRow{ID: l.ID, Version: l.Version, Status: l.Status, Title: l.Title, For: l.AppliesTo, Sections: len(l.Sections), Items: len(l.Items), Scored: l.Scoring != nil,
		BuiltIn: ok && own.Ref() == l.Ref(), Digest: l.Ref().Digest}
}

// warning is a warning as --json gives it.
type warning struct {
	xlsform.Warning
	Text string `json:"text"`
}

func (c *call) warnings(in *xlsform.Import) []warning {
	out := []warning{}
	for _, w := range in.Warnings {
		out = append(out, warning{w, c.t.Message(w.Message, w.Args)})
	}
	return out
}

// sayWarnings writes a line for each warning: the sheet and the cell, and what
// to do.
func (c *call) sayWarnings(in *xlsform.Import) {
	for _, w := range c.warnings(in) {
		c.say("  %s  %s", desk.WarningPlace(c.t, w.Warning), w.Text)
	}
	if in.Untold > 0 {
		c.say("  %s", c.t.T("ctl.checklist.untold", "n", in.Untold))
	}
}

func checkChecklist(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	in, err := desk.ReadChecklist(args[0], xlsform.Options{})
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"checklist": rowOf(in.Checklist), "warnings": c.warnings(in), "untold": in.Untold})
	} else {
		l := in.Checklist
		c.say("%s", c.t.T("ctl.checklist.read", "id", l.ID, "version", l.Version, "title", l.Title.In(c.lang), "sections", len(l.Sections), "items", len(l.Items)))
		c.say("%s", c.t.T("ctl.checklist.warnings", "n", len(in.Warnings)+in.Untold))
		c.sayWarnings(in)
	}
	if len(in.Warnings) > 0 {
		return errFound
	}
	return nil
}

func importChecklist(c *call) error {
	f := c.flags()
	id := f.String("id", "", c.t.T("ctl.flag.checklist_id"))
	version := f.String("version", "", c.t.T("ctl.flag.checklist_version"))
	status := f.String("status", "", c.t.T("ctl.flag.checklist_status"))
	by := f.String("by", "", c.t.T("ctl.flag.checklist_by"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	switch *status {
	case "", "draft", "published", "retired":
	default:
		c.usage(c.t.T("ctl.checklist.status_unknown", "status", *status))
		return errUsage
	}
	in, err := desk.ReadChecklist(args[0], xlsform.Options{ID: *id, Version: *version, Status: *status})
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	actor := record.ID("")
	if *by != "" {
		if actor, err = c.person(*by); err != nil {
			return err
		}
	}
	fresh, err := c.desk.ImportChecklist(c.ctx, actor, in.Checklist)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"checklist": rowOf(in.Checklist), "new": fresh, "warnings": c.warnings(in), "untold": in.Untold})
		return nil
	}
	l, key := in.Checklist, "ctl.checklist.kept"
	if !fresh {
		key = "ctl.checklist.here"
	}
	c.say("%s", c.t.T(key, "id", l.ID, "version", l.Version, "title", l.Title.In(c.lang), "sections", len(l.Sections), "items", len(l.Items)))
	if len(in.Warnings) > 0 {
		c.say("%s", c.t.T("ctl.checklist.warnings", "n", len(in.Warnings)+in.Untold))
		c.sayWarnings(in)
	}
	return nil
}

func exportChecklist(c *call) error {
	f := c.flags()
	out := f.String("out", "", c.t.T("ctl.flag.checklist_out"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *out == "" {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	l, err := c.desk.FindChecklist(c.ctx, args[0])
	if err != nil {
		return err
	}
	tables, err := desk.WriteChecklist(l, *out, c.t)
	switch {
	case record.CodeOf(err) == record.ReadOnly:
		return unwritable(*out, "out", err)
	case err != nil:
		return err
	}
	files := append([]string{}, tables...)
	if c.json {
		c.print(map[string]any{"checklist": rowOf(l), "file": *out, "tables": files})
		return nil
	}
	c.say("%s", c.t.T("ctl.checklist.written", "id", l.ID, "version", l.Version, "file", *out))
	for _, f := range files {
		c.say("  %s", f)
	}
	return nil
}

func retireChecklist(c *call) error { return c.changeOffer(true) }

func offerChecklist(c *call) error { return c.changeOffer(false) }

// changeOffer retires a version of a checklist, or offers it again.
func (c *call) changeOffer(retire bool) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	reason := f.String("reason", "", c.t.T("ctl.flag.why"))
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
	l, err := c.desk.FindChecklist(c.ctx, args[0])
	if err != nil {
		return err
	}
	change, said := c.desk.OfferChecklist, "ctl.checklist.now_offered"
	if retire {
		change, said = c.desk.RetireChecklist, "ctl.checklist.now_retired"
	}
	if err := change(c.ctx, person, l, *reason); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"checklist": l.ID, "version": l.Version, "digest": l.Ref().Digest})
		return nil
	}
	c.say("%s", c.t.T(said, "checklist", l.ID+"@"+l.Version))
	return nil
}

func listAllChecklists(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	all, err := c.desk.Checklists(c.ctx)
	if err != nil {
		return err
	}
	unread, err := c.desk.UnreadChecklists(c.ctx)
	if err != nil {
		return err
	}
	rows := []checklistRow{}
	for _, l := range all {
		rows = append(rows, rowOf(l))
	}
	for _, u := range unread {
		rows = append(rows, checklistRow{ID: u.Checklist.ID, Version: u.Checklist.Version, Digest: u.Checklist.Digest, Unread: c.t.Error(u.Err)})
	}
	if c.json {
		c.print(rows)
		return nil
	}
	for _, r := range rows {
		if r.Unread != "" {
			c.say("%-34s %-12s %s", r.ID, r.Version, r.Unread)
			continue
		}
		from := ""
		if r.BuiltIn {
			from = c.t.T("ctl.checklist.built_in")
		}
		c.say("%-34s %-12s %-10s %4d  %s  %s", r.ID, r.Version, c.t.T("ctl.checklist.status."+r.Status), r.Items, r.Title.In(c.lang), from)
	}
	return nil
}
