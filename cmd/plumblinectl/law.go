package main

import (
	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

func listLaws(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	own, err := c.desk.Laws(c.ctx)
	if err != nil {
		return err
	}
	builtin := desk.BuiltinLaws()
	if c.json {
		c.print(map[string]any{"library": nonNil(own), "builtin": builtin})
		return nil
	}
	for _, k := range own {
		c.sayLaw(k)
	}
	for _, e := range builtin {
		c.say("%s", c.t.T("ctl.law.builtin", "ref", e.Ref, "title", e.Title.In(c.lang), "edition", e.Edition.In(c.lang), "n", len(e.Articles)))
	}
	return nil
}

func (c *call) sayLaw(k record.KeptLaw) {
	state := c.t.T("ctl.law.waiting", "name", k.Edited.Name)
	switch {
	case k.Conflict:
		state = c.t.T("ctl.law.conflict")
	case k.Approved != nil:
		state = c.t.T("ctl.law.approved", "name", k.Approved.Name, "at", k.Approved.At[:len("2006-01-02")], "note", k.Approved.Note)
	}
	c.say("%s", c.t.T("ctl.law.line", "ref", k.Ref, "title", k.Title.In(c.lang), "edition", k.Edition.In(c.lang), "from", k.From, "state", state))
	c.say("    %s", k.ID())
}

// showLaw shows the editions of an instrument: those of the library, else what
// the program comes with, in the form that law keep reads.
func showLaw(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	own, err := c.desk.Laws(c.ctx)
	if err != nil {
		return err
	}
	var last *record.LawEdition
	for _, k := range own {
		if k.Ref != args[0] {
			continue
		}
		last = &k.LawEdition
		if !c.json {
			c.sayLaw(k)
		}
	}
	if last == nil {
		for _, e := range desk.BuiltinLaws() {
			if e.Ref == args[0] {
				last = &e
			}
		}
	}
	if last == nil {
		return &record.Error{Code: record.NotFound, Message: "law.not_found", Args: map[string]any{"id": args[0]}}
	}
	if c.json {
		c.print(last)
		return nil
	}
	for _, a := range last.Articles {
		cited := record.Citation{Ref: last.Ref, Chinese: last.Title.Chinese, English: last.Title.English, Article: a.Article, Confidence: a.Confidence}
		c.say("  %s", checklist.CitationText(cited, c.lang))
		if a.Text != "" {
			c.say("      %s", a.Text)
		}
	}
	return nil
}

func keepLaw(c *call) error {
	e, person, err := fileBy(c, desk.ReadLaw)
	if err != nil {
		return err
	}
	fresh, err := c.desk.EditLaw(c.ctx, person, e)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"id": e.ID(), "digest": e.Digest(), "fresh": fresh})
		return nil
	}
	message := "ctl.law.known"
	if fresh {
		message = "ctl.law.kept"
	}
	c.say("%s", c.t.T(message, "id", e.ID()))
	return nil
}

func approveLaw(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	note := f.String("note", "", c.t.T("ctl.flag.law_note"))
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
	k, err := c.desk.ApproveLaw(c.ctx, person, record.ID(args[0]), *note)
	if err != nil {
		return err
	}
	if c.json {
		c.print(k)
		return nil
	}
	c.say("%s", c.t.T("ctl.law.approved_now", "id", k.ID(), "from", k.From))
	return nil
}

// changedLaw lists findings that cite what has changed since: exit code 3 if any.
func changedLaw(c *call) error {
	f := c.flags()
	open := f.Bool("open", false, c.t.T("ctl.flag.law_open"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	list, err := c.desk.ChangedCitations(c.ctx, *open)
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(list))
	} else {
		for _, x := range list {
			c.say("%s", c.t.T("ctl.law.changed", "inspection", x.Inspection, "code", x.Code, "cited", checklist.CitationText(x.Cited, c.lang)+" "+x.Cited.EditionIn(c.lang),
				"now", checklist.CitationText(x.Now, c.lang)+" "+x.Now.EditionIn(c.lang), "change", c.t.T("law.change."+string(x.Change))))
		}
		if len(list) == 0 {
			c.say("%s", c.t.T("ctl.law.nothing_changed"))
		}
	}
	if len(list) > 0 {
		return errFound
	}
	return nil
}
