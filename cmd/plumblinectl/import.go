package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/registry"
	"plumbline/app/store"
)

func importOrganizations(c *call) error {
	return importRegister(c, func(path string, o registry.Options) (desk.Imported, error) {
		return c.desk.ImportOrganizations(c.ctx, "", path, o)
	})
}

func importInspectors(c *call) error {
	return importRegister(c, func(path string, o registry.Options) (desk.Imported, error) {
		return c.desk.ImportInspectors(c.ctx, "", path, o)
	})
}

func importRegister(c *call, read func(path string, o registry.Options) (desk.Imported, error)) error {
	f := c.flags()
	columns := f.String("columns", "", c.t.T("ctl.flag.columns"))
	headers := f.Int("header-rows", 0, c.t.T("ctl.flag.header_rows"))
	sheet := f.String("sheet", "", c.t.T("ctl.flag.sheet"))
	scheme := f.String("scheme", "", c.t.T("ctl.flag.scheme"))
	rejects := f.String("rejects", "", c.t.T("ctl.flag.rejects"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	o := registry.Options{HeaderRows: *headers, Sheet: *sheet, Scheme: *scheme, Words: c.t.Message}
	if o.Columns, err = registry.ParseColumns(*columns); err != nil {
		return err
	}
	if *rejects == "" {
		*rejects = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + ".rejected.csv"
	}
	if err := c.open(); err != nil {
		return err
	}
	out := &desk.Rejects{Path: *rejects, Fault: func(path string, err error) error { return unwritable(path, "rejects", err) }}
	defer out.Discard()
	o.Rejects = out
	done, err := read(args[0], o)
	if err == nil {
		err = out.Keep()
	}
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"read": done.Report, "added": done.Added, "changed": done.Changed, "unchanged": done.Unchanged, "rejects_file": out.Written()})
	} else {
		c.sayImported(done)
		if out.Written() != "" {
			c.say("%s", c.t.T("ctl.rejects_in", "file", out.Written()))
		}
	}
	if done.Rejected > 0 {
		return errFound
	}
	return nil
}

func (c *call) sayImported(done desk.Imported) {
	c.say("%s", c.t.T("ctl.imported", "rows", done.Rows, "accepted", done.Accepted, "rejected", done.Rejected,
		"duplicates", done.Duplicates, "blank", done.Blank))
	if done.Added+done.Changed == 0 {
		c.say("%s", c.t.T("ctl.nothing_changed", "unchanged", done.Unchanged))
	} else {
		c.say("%s", c.t.T("ctl.changed", "added", done.Added, "changed", done.Changed, "unchanged", done.Unchanged))
	}
	c.sayRows("ctl.rejected_for", done.Reasons, done.Rejects)
	c.sayRows("ctl.warned_of", done.Counts, done.Warnings)
	if len(done.Unmapped) > 0 {
		c.say("%s", c.t.T("ctl.unmapped", "columns", strings.Join(done.Unmapped, ", ")))
	}
}

// sayRows says how many rows have something to tell, and as an example what it
// is in the first of them.
func (c *call) sayRows(key string, counts map[string]int, examples []registry.Warning) {
	for _, message := range sortedKeys(counts) {
		for _, w := range examples {
			if w.Message == message {
				c.say("  %d × %s", counts[message], c.t.T(key, "row", w.Row, "reason", c.t.Message(w.Message, w.Args)))
				break
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// unwritable says that a file cannot be written and why.
func unwritable(path, field string, err error) error {
	code, message := record.ReadOnly, "ctl.file_unwritable"
	switch {
	case store.NoRoom(err):
		code, message = record.Full, "ctl.no_room"
	case errors.Is(err, fs.ErrNotExist):
		code, message = record.NotFound, "ctl.no_folder"
	}
	return &record.Error{Code: code, Message: message, Field: field, Args: map[string]any{"file": path}, Err: err}
}

func loadSample(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	s, err := c.desk.LoadSample(c.ctx, nil)
	if err != nil {
		return err
	}
	if c.json {
		c.print(s)
		return nil
	}
	c.say("%s", c.t.T("ctl.sample", "city", s.City.Accepted, "charities", s.Charities.Accepted, "inspectors", s.Inspectors.Accepted))
	return nil
}
