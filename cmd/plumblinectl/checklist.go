package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/i18n"
	"plumbline/app/record"
)

// readChecklist reads a checklist from a file: an XLSForm workbook, or our own
// JSON.
func readChecklist(path string, o xlsform.Options) (*xlsform.Import, error) {
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		return xlsform.Open(path, o)
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, "file", err)
	}
	if st.Size() > checklist.MaxBytes {
		return nil, &record.Error{Code: record.TooLarge, Message: "checklist.too_large", Args: map[string]any{"bytes": st.Size(), "limit": checklist.MaxBytes, "file": path}}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(path, "file", err)
	}
	c, err := checklist.Parse(b)
	var e *record.Error
	if errors.As(err, &e) {
		located := *e
		located.Args = map[string]any{"file": path, "item": e.Field}
		for k, v := range e.Args {
			located.Args[k] = v
		}
		return nil, &located
	}
	return &xlsform.Import{Checklist: c}, err
}

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
}

func rowOf(l checklist.Checklist) checklistRow {
	own, ok := checklist.Find(l.ID)
	return checklistRow{l.ID, l.Version, l.Status, l.Title, l.AppliesTo, len(l.Sections), len(l.Items), l.Scoring != nil, ok && own.Ref() == l.Ref(), l.Ref().Digest}
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
		at := w.Sheet
		switch {
		case w.Row > 0 && w.Column != "":
			at = fmt.Sprintf("%s!%s%d", w.Sheet, w.Column, w.Row)
		case w.Row > 0:
			at = c.t.T("ctl.checklist.row", "sheet", w.Sheet, "row", w.Row)
		}
		c.say("  %s  %s", at, w.Text)
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
	in, err := readChecklist(args[0], xlsform.Options{})
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
	in, err := readChecklist(args[0], xlsform.Options{ID: *id, Version: *version, Status: *status})
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
	content := l.Bytes()
	switch ext := strings.ToLower(filepath.Ext(*out)); ext {
	case ".json":
	case ".xlsx":
		var b bytes.Buffer
		if err := xlsform.Write(&b, l, authorNotes(c.t)); err != nil {
			return err
		}
		content = b.Bytes()
	default:
		return &record.Error{Code: record.Invalid, Message: "ctl.checklist.out_kind", Field: "out", Args: map[string]any{"file": *out}}
	}
	if err := writeNew(*out, content); err != nil {
		return unwritable(*out, "out", err)
	}
	files := []string{}
	if strings.EqualFold(filepath.Ext(*out), ".xlsx") {
		if files, err = c.writeTables(l, *out); err != nil {
			return err
		}
	}
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

// writeTables writes the files that go with a workbook into a folder beside it.
func (c *call) writeTables(l checklist.Checklist, workbook string) ([]string, error) {
	tables := xlsform.Files(l)
	out := []string{}
	if len(tables) == 0 {
		return out, nil
	}
	folder := strings.TrimSuffix(workbook, filepath.Ext(workbook)) + "-media"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, unwritable(folder, "out", err)
	}
	for _, name := range sortedKeys(tables) {
		path := filepath.Join(folder, filepath.Base(name))
		if err := writeNew(path, tables[name]); err != nil {
			return nil, unwritable(path, "out", err)
		}
		out = append(out, path)
	}
	return out, nil
}

// writeNew writes a file whole or not at all.
func writeNew(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".checklist-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
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
	rows := []checklistRow{}
	for _, l := range all {
		rows = append(rows, rowOf(l))
	}
	if c.json {
		c.print(rows)
		return nil
	}
	for _, r := range rows {
		from := ""
		if r.BuiltIn {
			from = c.t.T("ctl.checklist.built_in")
		}
		c.say("%-34s %-12s %-10s %4d  %s  %s", r.ID, r.Version, c.t.T("ctl.checklist.status."+r.Status), r.Items, r.Title.In(c.lang), from)
	}
	return nil
}

// authorNotes are the notes that an exported workbook carries for its authors.
func authorNotes(t *i18n.Texts) xlsform.Notes {
	n := xlsform.Notes{Columns: map[string]string{}}
	for _, what := range []string{"survey", "choices", "settings", "legal", "scoring", "logic", "check"} {
		n.Sheet = append(n.Sheet, [2]string{t.T("xlsform.note." + what), t.T("xlsform.note." + what + ".text")})
	}
	for _, name := range xlsform.NotedColumns {
		n.Columns[name] = t.T("xlsform.column." + strings.ReplaceAll(name, "::", "_"))
	}
	return n
}
