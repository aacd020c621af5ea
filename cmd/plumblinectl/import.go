package main

import (
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/registry"
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
	columns := f.String("columns", "", `which column is which: "name=机构名称,code=C" (heading, letter or number)`)
	headers := f.Int("header-rows", 0, "rows above the data; 0 finds out, -1 none")
	sheet := f.String("sheet", "", "worksheet; the first one if not given")
	scheme := f.String("scheme", "", "kind of code: uscc, ein, uk, gb11714; found out if not given")
	rejects := f.String("rejects", "", "file for rejected rows (default FILE.rejected.csv)")
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
	out := &rejectsFile{path: *rejects}
	o.Rejects = out
	done, err := read(args[0], o)
	err = errors.Join(err, out.Close())
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"read": done.Report, "added": done.Added, "changed": done.Changed, "unchanged": done.Unchanged, "rejects_file": out.written()})
	} else {
		c.sayImported(done)
		if out.written() != "" {
			c.say("%s", c.t.T("ctl.rejects_in", "file", out.written()))
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
	for _, key := range sortedKeys(done.Reasons) {
		c.say("  %d × %s", done.Reasons[key], c.t.T("ctl.rejected_for", "reason", key))
	}
	for _, key := range sortedKeys(done.Counts) {
		c.say("  %d × %s", done.Counts[key], c.t.T("ctl.warned_of", "reason", key))
	}
	if len(done.Unmapped) > 0 {
		c.say("%s", c.t.T("ctl.unmapped", "columns", strings.Join(done.Unmapped, ", ")))
	}
}

func sortedKeys(m map[string]int) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// rejectsFile is a file that is made at its first byte: no rejects, no file.
type rejectsFile struct {
	path string
	f    *os.File
}

func (l *rejectsFile) Write(b []byte) (int, error) {
	if l.f == nil {
		f, err := os.Create(l.path)
		if err != nil {
			return 0, err
		}
		l.f = f
	}
	return l.f.Write(b)
}

func (l *rejectsFile) Close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}

func (l *rejectsFile) written() string {
	if l.f == nil {
		return ""
	}
	return l.path
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
