package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

func listDocuments(c *call) error {
	f := c.flags()
	inspection := f.String("inspection", "", c.t.T("ctl.flag.document_inspection"))
	kind := f.String("kind", "", c.t.T("ctl.flag.document_kind"))
	state := f.String("state", "", c.t.T("ctl.flag.document_state"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	all, err := c.desk.Store.Documents(c.ctx, store.DocumentFilter{Inspection: record.ID(*inspection), Kind: *kind, State: record.DocumentState(*state)})
	if err != nil {
		return err
	}
	var gaps, twice []record.DocumentNumber
	if *inspection == "" && *kind == "" && *state == "" { // a part of the list has gaps by nature
		var numbers []record.DocumentNumber
		for _, d := range all {
			numbers = append(numbers, d.Numbers()...)
		}
		gaps, twice = record.CheckNumbers(numbers)
	}
	if c.json {
		c.print(map[string]any{"documents": nonNil(all), "missing_numbers": nonNil(gaps), "numbers_twice": nonNil(twice)})
	} else {
		for _, d := range all {
			c.say("%s  %s", d.ID, c.t.T("ctl.document_line", "number", d.Shown(), "state", c.t.T("document.state."+string(d.State)), "kind", c.t.T("document.kind."+d.Kind), "to", d.To))
			if d.State == record.Voided {
				c.say("%s", c.t.T("ctl.document_voided", "reason", d.Reason))
			}
		}
		for _, n := range gaps {
			c.say("%s", c.t.T("ctl.document_gap", "number", n))
		}
		for _, n := range twice {
			c.say("%s", c.t.T("ctl.document_twice", "number", n))
		}
		if len(all) == 0 {
			c.say("%s", c.t.T("ctl.none_found"))
		}
	}
	if len(gaps)+len(twice) > 0 {
		return errFound
	}
	return nil
}

func listDocumentKinds(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	return c.sayDocumentKinds()
}

// sayDocuments lists what can be printed, a name and a title a line.
func (c *call) sayDocuments() error {
	if c.json {
		return c.sayDocumentKinds()
	}
	for _, k := range record.DocumentKinds {
		c.say("%-22s %s", k.Name, c.t.T("document.kind."+k.Name))
	}
	return nil
}

func (c *call) sayDocumentKinds() error {
	type kind struct {
		Name     string        `json:"name"`
		Title    string        `json:"title"`
		Numbered bool          `json:"numbered"`
		Served   bool          `json:"served"`
		Order    bool          `json:"order"`
		Drafted  bool          `json:"drafted"`
		Slots    []record.Slot `json:"slots"`
	}
	kinds := []kind{}
	for _, k := range record.DocumentKinds {
		kinds = append(kinds, kind{k.Name, c.t.T("document.kind." + k.Name), k.Numbered, k.Served, k.Order, !k.Pack, nonNil(k.Slots)})
	}
	if c.json {
		c.print(kinds)
		return nil
	}
	for _, k := range kinds {
		c.say("%-22s %s", k.Name, k.Title)
		for _, s := range k.Slots {
			mark := " "
			if s.Needed {
				mark = "*"
			}
			c.say("    %s %-22s %s", mark, s.Name, c.t.T("document.slot."+s.Name))
		}
	}
	return nil
}

// slots reads what --set says: name=text, or name=@file.
func (c *call) slots(given list) (map[string]string, error) {
	fields := map[string]string{}
	for _, g := range given {
		name, text, ok := strings.Cut(g, "=")
		if !ok {
			c.usage(c.t.T("ctl.document_set", "given", g))
			return nil, errUsage
		}
		if path, file := strings.CutPrefix(text, "@"); file {
			b, err := os.ReadFile(path)
			if err != nil {
				return nil, unreadable(path, "set", err)
			}
			text = strings.TrimRight(strings.TrimPrefix(string(b), "\ufeff"), "\r\n")
		}
		fields[name] = text
	}
	return fields, nil
}

func draftDocument(c *call) error {
	f := c.flags()
	var given list
	w := desk.Drafting{}
	f.StringVar(&w.Kind, "kind", "", c.t.T("ctl.flag.document_kind"))
	f.StringVar(&w.Word, "word", "", c.t.T("ctl.flag.document_word"))
	f.IntVar(&w.Copies, "copies", 2, c.t.T("ctl.flag.document_copies"))
	language := f.String("language", "zh", c.t.T("ctl.flag.document_language"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	f.Var(&given, "set", c.t.T("ctl.flag.document_set"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if w.Kind == "" || *by == "" {
		return c.wrongUse()
	}
	var known bool
	if w.Language, known = languages[*language]; !known {
		c.usage(c.t.T("ctl.language_unknown", "language", *language, "known", "zh, en, both"))
		return errUsage
	}
	if w.Fields, err = c.slots(given); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	w.Inspection = record.ID(args[0])
	if w.By, err = c.person(*by); err != nil {
		return err
	}
	d, err := c.desk.Draft(c.ctx, w)
	if err != nil {
		return err
	}
	return c.sayDocument(d)
}

func fillDocument(c *call) error {
	f := c.flags()
	var given list
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	f.Var(&given, "set", c.t.T("ctl.flag.document_set"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" || len(given) == 0 {
		return c.wrongUse()
	}
	fields, err := c.slots(given)
	if err != nil {
		return err
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	d, err := c.desk.FillDocument(c.ctx, person, record.ID(args[0]), fields)
	if err != nil {
		return err
	}
	return c.sayDocument(d)
}

func showDocument(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	d, err := c.desk.Store.Document(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	if c.json {
		return c.sayDocument(d)
	}
	c.say("%s  %s  %s", d.ID, c.t.T("document.kind."+d.Kind), d.To)
	k, _ := record.FindDocumentKind(d.Kind)
	for _, s := range k.Slots {
		c.say("  %s: %s", c.t.T("document.slot."+s.Name), d.Fields[s.Name])
	}
	for _, s := range []record.DocumentState{record.Drafted, record.Reviewed, record.Issued, record.Numbered, record.Stamped, record.Served, record.Receipt, record.Filed} {
		if step, ok := d.Steps[s]; ok {
			line := c.t.T("document.state." + string(s))
			for _, part := range []string{step.At, step.Name, c.way(step.Way), step.Courier, step.Note} {
				if part != "" {
					line += "  " + part
				}
			}
			c.say("  %s", line)
		}
	}
	return c.sayDocument(d)
}

func (c *call) way(w string) string {
	if w == "" {
		return ""
	}
	return c.t.T("document.way." + w)
}

// documentStep is the verb for one step of a document's way.
func documentStep(to record.DocumentState) func(c *call) error {
	return func(c *call) error {
		f := c.flags()
		var s desk.DocumentStep
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		f.StringVar(&s.Note, "note", "", c.t.T("ctl.flag.document_note"))
		if to == record.Served {
			f.StringVar(&s.Way, "way", "", c.t.T("ctl.flag.document_way"))
			f.StringVar(&s.Courier, "courier", "", c.t.T("ctl.flag.document_courier"))
		}
		if to == record.Stamped || to == record.Receipt {
			f.StringVar(&s.File, "file", "", c.t.T("ctl.flag.document_file"))
		}
		args, err := c.parse(f, 1)
		if err != nil {
			return err
		}
		if *by == "" {
			return c.wrongUse()
		}
		if s.By, err = c.openAs(*by); err != nil {
			return err
		}
		d, err := c.desk.AdvanceDocument(c.ctx, record.ID(args[0]), to, s)
		if err != nil {
			return err
		}
		return c.sayDocument(d)
	}
}

func returnDocument(c *call) error { return documentEnd(c, (*desk.Desk).SendBackDocument) }
func voidDocument(c *call) error   { return documentEnd(c, (*desk.Desk).VoidDocument) }

// documentEnd is a verb that needs a reason.
func documentEnd(c *call, do func(*desk.Desk, context.Context, record.ID, record.ID, string) (record.Document, error)) error {
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
	d, err := do(c.desk, c.ctx, person, record.ID(args[0]), *reason)
	if err != nil {
		return err
	}
	return c.sayDocument(d)
}

func printOfficeDocument(c *call) error {
	id, out, p, err := c.toFile()
	if err != nil {
		return err
	}
	doc, err := c.desk.PrintDocument(c.ctx, "", id, p)
	if err != nil {
		return err
	}
	return c.printed(out, doc)
}

// wordDraft writes a draft for a word processor.
func wordDraft(c *call) error {
	id, out, p, err := c.toFile()
	if err != nil {
		return err
	}
	b, err := c.desk.WordDraft(c.ctx, id, p)
	if err != nil {
		return err
	}
	if err := desk.WriteFile(out, b); err != nil {
		return unwritable(out, "out", err)
	}
	if c.json {
		c.print(map[string]any{"file": out, "bytes": len(b)})
		return nil
	}
	c.say("%s", out)
	return nil
}

// toFile reads the arguments of a verb that writes a document into a file, and
// opens the data folder.
func (c *call) toFile() (id record.ID, out string, p desk.Printing, err error) {
	f := c.flags()
	language := f.String("language", "", c.t.T("ctl.flag.document_language"))
	f.StringVar(&out, "out", "", c.t.T("ctl.flag.out"))
	args, err := c.parse(f, 1)
	if err != nil {
		return id, out, p, err
	}
	var known bool
	if p.Language, known = languages[*language]; *language != "" && !known {
		c.usage(c.t.T("ctl.language_unknown", "language", *language, "known", "zh, en, both"))
		return id, out, p, errUsage
	}
	if out == "" {
		return id, out, p, c.wrongUse()
	}
	if err = c.open(); err != nil {
		return id, out, p, err
	}
	if _, err := os.Stat(filepath.Dir(out)); err != nil {
		return id, out, p, unwritable(out, "out", err)
	}
	return record.ID(args[0]), out, p, nil
}

// printed writes a document to its file and tells what will not look as typed.
func (c *call) printed(out string, doc report.Document) error {
	if err := desk.WriteFile(out, doc.PDF); err != nil {
		return unwritable(out, "out", err)
	}
	if c.json {
		type warning struct {
			Page    int    `json:"page"`
			Message string `json:"message"`
			Text    string `json:"text"`
		}
		warnings := []warning{}
		for _, w := range doc.Warnings {
			warnings = append(warnings, warning{w.Page, w.Message, c.t.Message(w.Message, w.Args)})
		}
		c.print(map[string]any{"file": out, "pages": doc.Pages, "sha256": doc.SHA256, "bytes": len(doc.PDF), "warnings": warnings})
	} else {
		c.say("%s", c.t.T("ctl.printed", "file", out, "pages", doc.Pages))
		for _, w := range doc.Warnings {
			c.say("  ! %s", c.t.Message(w.Message, w.Args))
		}
	}
	if len(doc.Warnings) > 0 {
		return errFound // something typed does not stand on the paper as typed
	}
	return nil
}

// sayDocument tells where a document stands and what it waits for.
func (c *call) sayDocument(d record.Document) error {
	if c.json {
		c.print(struct {
			record.Document
			Shown   string               `json:"shown"`
			Next    record.DocumentState `json:"next,omitempty"`
			Missing []string             `json:"missing"`
		}{d, d.Shown(), d.Next(), nonNil(d.Missing())})
		return nil
	}
	state := c.t.T("document.state." + string(d.State))
	switch next := d.Next(); {
	case next == record.Numbered:
		c.say("%s", c.t.T("ctl.document_waiting", "number", d.Shown()))
	case next == "":
		c.say("%s", c.t.T("ctl.document_end", "number", d.Shown(), "state", state))
	default:
		c.say("%s", c.t.T("ctl.document_now", "number", d.Shown(), "state", state, "next", c.t.T("document.state."+string(next))))
	}
	if missing := d.Missing(); len(missing) > 0 && d.State == record.Drafted {
		c.say("%s", c.t.T("ctl.document_missing", "slots", strings.Join(missing, ", ")))
	}
	if d.State == record.Voided {
		c.say("%s", c.t.T("ctl.document_voided", "reason", d.Reason))
	}
	c.say("%s", d.ID)
	return nil
}
