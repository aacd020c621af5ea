package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	out := &rejectsFile{path: *rejects}
	defer out.discard()
	o.Rejects = out
	done, err := read(args[0], o)
	if err == nil {
		err = out.keep()
	}
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"read": done.Report, "added": done.Added, "changed": done.Changed, "unchanged": done.Unchanged, "rejects_file": out.written})
	} else {
		c.sayImported(done)
		if out.written != "" {
			c.say("%s", c.t.T("ctl.rejects_in", "file", out.written))
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

// rejectsFile takes the rejected rows of a register. It is made at its first
// byte (no rejects, no file) and never takes the place of another file: that
// one may hold rows somebody is putting right.
type rejectsFile struct {
	path    string // as wished
	written string // as it is called now, "" while there is none
	f       *os.File
	err     error
}

func (l *rejectsFile) Write(b []byte) (int, error) {
	if l.f == nil && l.err == nil {
		l.f, l.err = os.CreateTemp(filepath.Dir(l.path), ".plumbline-*")
	}
	n := 0
	if l.err == nil {
		n, l.err = l.f.Write(b)
	}
	if l.err != nil {
		return n, unwritable(l.path, "rejects", l.err)
	}
	return n, nil
}

// keep gives the file its name, or a numbered one if that is taken by another.
func (l *rejectsFile) keep() error {
	if l.f == nil {
		return nil
	}
	name := l.f.Name()
	err := errors.Join(l.f.Sync(), l.f.Close())
	if err != nil {
		return unwritable(l.path, "rejects", err)
	}
	ours, err := os.ReadFile(name)
	if err != nil {
		return unwritable(l.path, "rejects", err)
	}
	ext := filepath.Ext(l.path)
	path := l.path
	for n := 2; ; n++ {
		there, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := os.Rename(name, path); err != nil {
				return unwritable(path, "rejects", err)
			}
			l.written = path
			return nil
		case err != nil:
			return unwritable(path, "rejects", err)
		case bytes.Equal(there, ours): // the same import again
			l.written = path
			return nil
		}
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(l.path, ext), n, ext)
	}
}

// discard removes what has no name yet.
func (l *rejectsFile) discard() {
	if l.f == nil {
		return
	}
	l.f.Close()
	os.Remove(l.f.Name())
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
