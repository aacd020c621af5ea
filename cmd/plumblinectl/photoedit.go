package main

import (
	"encoding/json"
	"os"
	"slices"

	"plumbline/app/desk"
	"plumbline/app/photo"
	"plumbline/app/record"
)

// editPhoto hangs an edited copy beside a photo, by the steps in a file.
func editPhoto(c *call) error {
	f := c.flags()
	file := f.String("steps", "", c.t.T("ctl.flag.steps"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	instead := f.Bool("instead", false, c.t.T("ctl.flag.instead"))
	reason := f.String("reason", "", c.t.T("ctl.flag.why"))
	args, err := c.parse(f, 2)
	if err != nil {
		return err
	}
	if *file == "" || *by == "" {
		return c.wrongUse()
	}
	b, err := os.ReadFile(*file)
	if err != nil {
		return unreadable(*file, "steps", err)
	}
	var steps []record.PhotoStep
	if err := json.Unmarshal(b, &steps); err != nil {
		return &record.Error{Code: record.Invalid, Message: "ctl.steps_unreadable", Field: "steps", Args: map[string]any{"file": *file}, Err: err}
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	p, err := c.photo(id, args[1])
	if err != nil {
		return err
	}
	actor, err := c.person(*by)
	if err != nil {
		return err
	}
	if *reason == "" {
		*reason = c.t.T("photo.replaced") // read only where a copy is replaced
	}
	v, err := c.desk.EditPhoto(c.ctx, actor, id, desk.PhotoEdit{Photo: p, Steps: steps, Instead: *instead, Reason: *reason})
	if err != nil {
		return err
	}
	n := slices.IndexFunc(v.Inspection.Evidence, func(e record.Evidence) bool { return e.IsCopy() && e.Counts() && sameSteps(e.Steps, steps) })
	if n < 0 {
		return &record.Error{Code: record.NotFound, Message: "evidence.not_found"}
	}
	e := v.Inspection.Evidence[n]
	return c.done("ctl.photo_edited", map[string]any{"n": n + 1, "evidence": e.ID, "digest": e.Digest, "of": e.Of})
}

func sameSteps(a, b []record.PhotoStep) bool {
	return slices.EqualFunc(a, b, func(x, y record.PhotoStep) bool {
		one, err1 := json.Marshal(x)
		two, err2 := json.Marshal(y)
		return err1 == nil && err2 == nil && string(one) == string(two)
	})
}

// chooseCopy says whether an edited copy is shown in place of its original.
func chooseCopy(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	off := f.Bool("original", false, c.t.T("ctl.flag.original"))
	args, err := c.parse(f, 2)
	if err != nil {
		return err
	}
	if *by == "" {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	p, err := c.photo(id, args[1])
	if err != nil {
		return err
	}
	actor, err := c.person(*by)
	if err != nil {
		return err
	}
	if _, err := c.desk.ShowCopy(c.ctx, actor, id, p, !*off); err != nil {
		return err
	}
	if *off {
		return c.done("ctl.photo_original_shown", map[string]any{"evidence": p})
	}
	return c.done("ctl.photo_copy_shown", map[string]any{"evidence": p})
}

// checkCopy makes an edited copy again from its original and compares.
func checkCopy(c *call) error {
	args, err := c.parse(c.flags(), 2)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	p, err := c.photo(id, args[1])
	if err != nil {
		return err
	}
	match, e, err := c.desk.CheckCopy(c.ctx, id, p)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"match": match, "digest": e.Digest, "of": e.Of, "steps": e.Steps})
	} else {
		c.say("%s", c.t.T("ctl.copy."+string(match), "digest", e.Digest.Short(), "of", e.Of.Short()))
		for _, s := range e.Steps {
			b, err := json.Marshal(s)
			if err != nil {
				return err
			}
			c.say("  %s", b)
		}
	}
	if match == photo.Different {
		return errFound
	}
	return nil
}

// savePhoto writes the file of a photo, an original or a copy, as it is.
func savePhoto(c *call) error {
	f := c.flags()
	out := f.String("out", "", c.t.T("ctl.flag.out"))
	args, err := c.parse(f, 2)
	if err != nil {
		return err
	}
	if *out == "" {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	p, err := c.photo(id, args[1])
	if err != nil {
		return err
	}
	i, err := c.desk.Store.Inspection(c.ctx, id)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(i.Evidence, func(e record.Evidence) bool { return e.ID == p })
	b, err := c.desk.File(i.Evidence[n].Digest)
	if err != nil {
		return err
	}
	if err := desk.WriteFile(*out, b); err != nil {
		return unwritable(*out, "out", err)
	}
	return c.done("ctl.photo_saved", map[string]any{"file": *out, "bytes": len(b)})
}
