package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"plumbline/app/record"
	"plumbline/sync/client"
)

func writeBundle(c *call) error {
	f := c.flags()
	var readers list
	f.Var(&readers, "for", c.t.T("ctl.flag.for"))
	size := f.String("part-size", "", c.t.T("ctl.flag.part_size"))
	whole := f.Bool("whole", false, c.t.T("ctl.flag.whole"))
	goOn := f.Bool("continue", false, c.t.T("ctl.flag.continue"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	o := client.BundleOptions{Whole: *whole, Continue: *goOn}
	if o.PartSize, err = bytesOf(*size); err != nil {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	if o.For, err = c.readers(readers); err != nil {
		return err
	}
	w, err := c.client().WriteBundle(c.ctx, args[0], o, c.patience(time.Now()))
	if err != nil {
		return err
	}
	if c.json {
		c.print(w)
		return nil
	}
	if w.Entries+w.Files == 0 {
		c.say("%s", c.t.T("ctl.bundle.nothing_new", "part", w.Parts[len(w.Parts)-1]))
		return nil
	}
	c.say("%s", c.t.T("ctl.bundle.written", "entries", w.Entries, "files", w.Files, "parts", len(w.Parts), "mb", (w.Bytes+1<<20-1)>>20))
	for _, name := range w.Parts {
		c.say("  %s", name)
	}
	if len(w.For) > 0 {
		c.say("%s", c.t.T("ctl.bundle.for", "names", strings.Join(w.For, c.t.T("ui.list_comma"))))
	} else {
		c.say("%s", c.t.T("ctl.bundle.for_server"))
	}
	return nil
}

// readers finds colleagues' laptops by their identity or name.
func (c *call) readers(names []string) ([]record.ID, error) {
	if len(names) == 0 {
		return nil, nil
	}
	known, err := c.client().Colleagues(c.ctx)
	if err != nil {
		return nil, err
	}
	var out []record.ID
	for _, name := range names {
		id := record.ID(name)
		for _, k := range known {
			if k.Name == name {
				id = k.Device
			}
		}
		out = append(out, id)
	}
	return out, nil
}

// bytesOf reads a size as people write it: 650M, 4.7G, 8388608.
func bytesOf(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	s = strings.TrimSuffix(strings.ToUpper(s), "B")
	unit := 1.0
	for letter, u := range map[string]float64{"K": 1e3, "M": 1e6, "G": 1e9} {
		if strings.HasSuffix(s, letter) {
			s, unit = strings.TrimSuffix(s, letter), u
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && n <= 0 {
		err = strconv.ErrRange
	}
	return int64(n * unit), err
}

// recoveryKeys reads the secret halves of recovery keys from a file.
func recoveryKeys(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	var keys []age.Identity
	if err == nil {
		keys, err = age.ParseIdentities(bytes.NewReader(b))
	}
	if err != nil {
		return nil, &record.Error{Code: record.Invalid, Message: "bundle.recovery_key", Field: "recovery", Args: map[string]any{"file": path}, Err: err}
	}
	return keys, nil
}

func readBundle(c *call) error {
	f := c.flags()
	recovery := f.String("recovery", "", c.t.T("ctl.flag.recovery"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	keys, err := recoveryKeys(*recovery)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	r, err := c.client().ReadBundle(c.ctx, args[0], c.patience(time.Now()), keys...)
	if err != nil {
		return err
	}
	if c.json {
		c.print(r)
	} else {
		c.say("%s", c.t.T("ctl.bundle.read", "entries", r.Received, "files", r.Files, "receipts", r.Confirmed, "parts", r.Parts))
		for key, n := range map[string]int{"ctl.bundle.not_for_us": r.NotForUs, "ctl.bundle.broken": r.Broken} {
			if n > 0 {
				c.say("  ! %s", c.t.T(key, "parts", n))
			}
		}
		if r.Gap {
			c.say("  ! %s", c.t.T("ctl.bundle.gap"))
		}
		for _, w := range r.Warnings {
			c.say("  ! %s", c.t.Message(w.Message, w.Args))
		}
	}
	if r.Broken > 0 || r.Gap || len(r.Warnings) > 0 {
		return errFound
	}
	return nil
}

func carryBundle(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	r, err := c.client().CarryBundle(c.ctx, args[0], c.patience(time.Now()))
	if err != nil {
		return err
	}
	if c.json {
		c.print(r)
		return nil
	}
	c.say("%s", c.t.T("ctl.bundle.carried", "entries", r.Stored, "files", r.Files, "parts", r.Parts))
	for _, name := range r.Answers {
		c.say("  %s", name)
	}
	return nil
}

func listLaptops(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	known, err := c.client().Colleagues(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(known)
		return nil
	}
	if len(known) == 0 {
		c.say("%s", c.t.T("ctl.bundle.no_laptops"))
	}
	for _, k := range known {
		c.say("%s  %s", k.Device, k.Name)
	}
	return nil
}
