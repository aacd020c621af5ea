package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

func listProcedures(c *call) error {
	f := c.flags()
	stage := f.String("stage", "", c.t.T("ctl.flag.p_stage"))
	due := f.String("due", "", c.t.T("ctl.flag.p_due"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if *stage != "" && !slices.Contains(record.Stages, record.Stage(*stage)) {
		return &record.Error{Code: record.Invalid, Message: "procedure.stage_unknown", Field: "stage", Args: map[string]any{"stage": *stage, "known": fmt.Sprint(record.Stages)}}
	}
	if err := goodDay(*due); err != nil {
		return err
	}
	rows, err := c.desk.Store.Procedures(c.ctx, store.ProcedureFilter{Stage: record.Stage(*stage), DueBy: *due})
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(rows))
		return nil
	}
	for _, r := range rows {
		c.say("%s  %s  %s  %s  %s", r.Inspection, r.Number, r.Name, c.t.T("procedure.stage."+string(r.Stage)), desk.NextText(c.t, r.Procedure, c.desk.Today()))
	}
	if len(rows) == 0 {
		c.say("%s", c.t.T("ctl.procedure.none"))
	}
	return nil
}

// goodDay refuses a day that none is: a filter by it would find the wrong things.
func goodDay(days ...string) error {
	for _, day := range days {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return &record.Error{Code: record.Invalid, Message: "filter.day", Args: map[string]any{"day": day}}
		}
	}
	return nil
}

func showProcedure(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	p, err := c.desk.Procedure(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	return c.sayProcedure(p)
}

func (c *call) sayProcedure(p desk.Proceeded) error {
	if c.json {
		c.print(map[string]any{"procedure": p.Procedure, "allowed": nonNil(p.Allowed), "undeclared": nonNil(p.Undeclared), "next": p.Next, "due": p.Due})
		return nil
	}
	i := p.Case.Inspection
	c.say("%s  %s  %s", i.ID, i.Number, i.Organization.Name)
	c.say("  %s  %s", c.t.T("procedure.stage."+string(p.Stage)), desk.NextText(c.t, p.Procedure, c.desk.Today()))
	for _, x := range p.Steps {
		c.say("  %s  %s  (%s)", x.On, desk.ProcedureStepText(c.t, x, i), x.Name)
	}
	for _, act := range []record.ProcedureAct{record.AskReplacement, record.ChallengeResult} {
		for _, x := range p.Open(act) {
			c.say("  %s", c.t.T("ctl.procedure.waiting", "step", x.ID, "text", desk.ProcedureStepText(c.t, x, i)))
		}
	}
	if len(p.Undeclared) > 0 && i.Sealed == nil {
		var names []string
		for _, m := range p.Undeclared {
			names = append(names, m.Name)
		}
		c.say("  %s", c.t.T("ctl.procedure.undeclared", "names", strings.Join(names, ", ")))
	}
	var acts []string
	for _, act := range p.Allowed {
		acts = append(acts, c.t.T("procedure.act."+string(act)))
	}
	if len(acts) == 0 {
		c.say("  %s", c.t.T("ctl.procedure.nothing"))
		return nil
	}
	c.say("  %s", c.t.T("ctl.procedure.allowed", "acts", strings.Join(acts, ", ")))
	return nil
}

// proceed makes the verb that records one step for one inspection or several. more
// names the flags that it takes beside --by, --on and --note.
func proceed(act record.ProcedureAct, more ...string) func(*call) error {
	return func(c *call) error {
		f := c.flags()
		x := desk.Proceeding{ProcedureStep: record.ProcedureStep{Act: act}}
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		f.StringVar(&x.On, "on", "", c.t.T("ctl.flag.p_on"))
		f.StringVar(&x.Note, "note", "", c.t.T("ctl.flag.p_note"))
		var service record.ServiceProof
		var recording record.Recording
		var photos list
		texts := map[string]*string{
			"number": &x.Number, "served": &service.On, "service": &service.Way, "proof": &service.Proof, "to": &service.To, "consent": &service.Consent,
			"witness": &x.Witness, "recorder": &x.Recorder, "why": &x.Why, "result": &x.Result, "gone": &x.GoneNumber, "in": &x.InNumber,
			"of": (*string)(&x.Of), "kind": &x.Kind, "look": &x.Look, "body": &x.Body,
			"file": &x.File, "device": &recording.Device, "place": &recording.Place, "from": &recording.From, "until": &recording.To,
		}
		for _, name := range more {
			switch name {
			case "photo":
				f.Var(&photos, name, c.t.T("ctl.flag.p_photo"))
			case "free":
				f.Var((*list)(&x.Free), name, c.t.T("ctl.flag.p_free"))
			default:
				f.StringVar(texts[name], name, "", c.t.T("ctl.flag.p_"+name))
			}
		}
		args, err := c.parseBetween(f, 1, 1000)
		if err != nil {
			return err
		}
		if *by == "" {
			return c.wrongUse()
		}
		if err := c.open(); err != nil {
			return err
		}
		person, err := c.person(*by)
		if err != nil {
			return err
		}
		if service.Way != "" {
			if service.Way == record.ServedLeft {
				service.Witness = x.Witness
			}
			x.Service = &service
		}
		if x.File != "" {
			x.Recording = &recording
		}
		var done []desk.Proceeded
		for _, id := range args {
			step := x
			step.Evidence = nil
			for _, name := range photos {
				e, err := c.photo(record.ID(id), name)
				if err != nil {
					return err
				}
				step.Evidence = append(step.Evidence, e)
			}
			p, err := c.desk.Proceed(c.ctx, person, record.ID(id), nil, step)
			if err != nil {
				return err
			}
			done = append(done, p)
		}
		for _, p := range done {
			if err := c.sayProcedure(p); err != nil {
				return err
			}
		}
		return nil
	}
}

// readiness makes the verb that looks at an inspection before a trip, or before
// leaving the site.
func readiness(look func(*desk.Desk, context.Context, record.ID) ([]desk.Check, error)) func(*call) error {
	return func(c *call) error {
		args, err := c.parse(c.flags(), 1)
		if err != nil {
			return err
		}
		if err := c.open(); err != nil {
			return err
		}
		checks, err := look(c.desk, c.ctx, record.ID(args[0]))
		if err != nil {
			return err
		}
		if c.json {
			c.print(checks)
		} else {
			for _, x := range checks {
				c.say("  %-6s %s", map[desk.Readiness]string{desk.Ready: "", desk.Look: "?", desk.Stop: "!"}[x.State], x.Text(c.t))
			}
		}
		if desk.Stopped(checks) {
			return errFound
		}
		return nil
	}
}
