package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"plumbline/app/desk"
	"plumbline/app/draw"
	"plumbline/app/record"
)

func listShares(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	shares, err := c.desk.PlanShares(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(shares)
		return nil
	}
	for _, s := range shares {
		c.say("%-10s %5s %%  %s%s", s.Level, record.PercentOf(s.Points), s.Source.In(c.lang), c.unsure(s.Confidence))
	}
	return nil
}

// unsure marks what was not verified.
func (c *call) unsure(x record.Confidence) string {
	if x == "" || x == record.Verified {
		return ""
	}
	return c.t.T("plan.unverified")
}

func newPlan(c *call) error {
	f := c.flags()
	var kinds, districts, strata, own, with, active, checklists list
	t := record.PlanTerms{Year: time.Now().Year()}
	f.StringVar(&t.Title, "title", "", c.t.T("ctl.flag.plan_title"))
	f.IntVar(&t.Year, "year", t.Year, c.t.T("ctl.flag.plan_year"))
	f.StringVar(&t.Kind, "kind", record.RegularPlan, c.t.T("ctl.flag.plan_kind"))
	f.StringVar(&t.Level, "level", "", c.t.T("ctl.flag.plan_level"))
	share := f.String("share", "", c.t.T("ctl.flag.plan_share"))
	source := f.String("share-source", "", c.t.T("ctl.flag.plan_share_source"))
	f.Var(&own, "share-of", c.t.T("ctl.flag.plan_share_of"))
	f.Var(&strata, "stratum", c.t.T("ctl.flag.plan_stratum"))
	f.IntVar(&t.SinceYears, "since-years", 3, c.t.T("ctl.flag.plan_since"))
	f.IntVar(&t.Cap, "cap", 0, c.t.T("ctl.flag.plan_cap"))
	f.Var(&kinds, "only-kind", c.t.T("ctl.flag.plan_only_kind"))
	f.Var(&districts, "only-district", c.t.T("ctl.flag.plan_only_district"))
	f.Var(&active, "active", c.t.T("ctl.flag.plan_active"))
	f.StringVar(&t.Unit, "unit", "", c.t.T("ctl.flag.plan_unit"))
	f.Var(&with, "with", c.t.T("ctl.flag.plan_with"))
	f.Var(&checklists, "checklist", c.t.T("ctl.flag.plan_checklist"))
	f.StringVar(&t.VisitsFrom, "from", "", c.t.T("ctl.flag.plan_from"))
	f.StringVar(&t.VisitsTo, "to", "", c.t.T("ctl.flag.plan_to"))
	f.IntVar(&t.Team, "team", 2, c.t.T("ctl.flag.plan_team"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if t.Title == "" || *by == "" || len(checklists) == 0 || t.VisitsFrom == "" || t.VisitsTo == "" {
		return c.wrongUse()
	}
	var err error
	if *share != "" {
		if t.Share.Points, err = record.ParsePercent(*share); err != nil {
			return err
		}
	}
	if *source != "" {
		t.Share.Source = record.Text{Chinese: *source}
	}
	for _, x := range own {
		at := strings.LastIndex(x, "=") // a stratum's name may hold one
		if at < 0 {
			return &record.Error{Code: record.Invalid, Message: "plan.share", Field: "share-of", Args: map[string]any{"share": x}}
		}
		n, err := record.ParsePercent(x[at+1:])
		if err != nil {
			return err
		}
		if t.Shares == nil {
			t.Shares = map[string]int{}
		}
		t.Shares[x[:at]] = n
	}
	for _, k := range kinds {
		t.Kinds = append(t.Kinds, record.OrganizationKind(k))
	}
	t.Strata, t.Districts, t.With, t.Checklists, t.Active = strata, districts, with, checklists, active
	if len(active) == 0 {
		t.Active = record.ActiveWords
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	p, err := c.desk.DraftPlan(c.ctx, t, person)
	if err != nil {
		return err
	}
	return c.sayPlan(p)
}

func listPlans(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	all, err := c.desk.Store.Plans(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(all))
		return nil
	}
	for _, p := range all {
		c.say("%s  %d  %s  %s", p.ID, p.Terms.Year, c.t.T("plan.state."+string(p.State)), p.Terms.Title)
	}
	if len(all) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

// sayPlan tells what a plan says and where it stands.
func (c *call) sayPlan(p record.Plan) error {
	if c.json {
		c.print(p)
		return nil
	}
	t := p.Terms
	c.say("%s  %s", t.Title, c.t.T("plan.state."+string(p.State)))
	line := c.t.T("plan.share_line", "share", record.PercentOf(t.Share.Points))
	if t.Share.Source != (record.Text{}) {
		line += "  " + t.Share.Source.In(c.lang) + c.unsure(t.Share.Confidence)
	}
	c.say("  %s", line)
	for _, s := range record.PlanStates {
		if step, ok := p.Steps[s]; ok {
			line := c.t.T("plan.state."+string(s)) + "  " + step.At + "  " + step.Name
			if step.Witness != "" {
				line += "  " + c.t.T("plan.witnessed", "name", step.Witness)
			}
			c.say("  %s", line)
		}
	}
	for _, x := range p.LeftOff {
		c.say("  - %s: %s", x.Name, x.Reason)
	}
	if p.Code != "" {
		c.say("  %s", c.t.T("plan.code_line", "code", p.Code))
	}
	for _, r := range p.Replaced {
		c.say("  %s", c.t.T("plan.replaced_line", "name", r.Step.Name, "at", r.Step.At, "reason", r.Reason))
	}
	if p.Foreign != nil {
		c.say("  %s", c.t.T("plan.foreign_line", "platform", p.Foreign.Platform, "reference", p.Foreign.Reference, "n", len(p.Foreign.Visits)))
	}
	if p.Reason != "" {
		c.say("  %s", c.t.T("plan.cancelled_line", "reason", p.Reason))
	}
	c.say("%s", p.ID)
	return nil
}

func showPlan(c *call) error {
	f := c.flags()
	out := f.String("out", "", c.t.T("ctl.flag.draw_out"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	p, err := c.desk.Store.Plan(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	if *out != "" {
		file, err := desk.DrawOf(p)
		if err != nil {
			return err
		}
		if err := c.writeDraw(*out, file.Write); err != nil {
			return err
		}
	}
	return c.sayPlan(p)
}

// actOnPlan is what the verbs on one plan have in common: who acts.
func (c *call) actOnPlan(args []string, by string) (plan, person record.ID, err error) {
	if by == "" {
		return "", "", c.wrongUse()
	}
	person, err = c.openAs(by)
	return record.ID(args[0]), person, err
}

func approvePlan(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	p, err := c.desk.ApprovePlan(c.ctx, plan, person)
	if err != nil {
		return err
	}
	return c.sayPlan(p)
}

func cancelPlan(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	reason := f.String("reason", "", c.t.T("ctl.flag.why"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	p, err := c.desk.CancelPlan(c.ctx, plan, person, *reason)
	if err != nil {
		return err
	}
	return c.sayPlan(p)
}

// freezePlan freezes the lists and promises the draw. The secret is on the disk
// before the promise is in the journal: a promise without it could not be kept.
func freezePlan(c *call) error {
	f := c.flags()
	var sources list
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	f.Var(&sources, "source", c.t.T("ctl.flag.draw_source"))
	secretFile := f.String("secret-file", "", c.t.T("ctl.flag.draw_secret"))
	out := f.String("out", "", c.t.T("ctl.flag.draw_prepared"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *out == "" || *secretFile == "" || len(sources) == 0 {
		return c.wrongUse()
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(*secretFile); !errors.Is(err, fs.ErrNotExist) {
		return &record.Error{Code: record.Conflict, Message: "draw.secret_exists", Field: "secret-file", Args: map[string]any{"file": *secretFile}}
	}
	secret := draw.NewSecret()
	if err := desk.WriteFile(*secretFile, []byte(secret+"\n")); err != nil {
		return unwritable(*secretFile, "secret-file", err)
	}
	p, prepared, err := c.desk.FreezePlan(c.ctx, plan, person, secret, sources)
	if err != nil {
		return errors.Join(err, os.Remove(*secretFile)) // nothing was promised with it
	}
	if err := c.writeDraw(*out, prepared.Write); err != nil {
		return err
	}
	if !c.json {
		c.say("%s", c.t.T("ctl.draw_committed", "file", *out, "code", p.Code, "secret", *secretFile))
	}
	return c.sayPlan(p)
}

func drawPlan(c *call) error {
	f := c.flags()
	var values list
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	witness := f.String("witness", "", c.t.T("ctl.flag.plan_witness"))
	f.Var(&values, "value", c.t.T("ctl.flag.draw_value"))
	secretFile := f.String("secret-file", "", c.t.T("ctl.flag.draw_secret"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *secretFile == "" || len(values) == 0 {
		return c.wrongUse()
	}
	secret, err := pin(*secretFile)
	if err != nil {
		return err
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	p, file, err := c.desk.DrawPlan(c.ctx, plan, person, *witness, strings.TrimSpace(secret), values)
	if err != nil {
		return err
	}
	return c.sayDrawn(p, file)
}

// sayDrawn lists the inspections that came out of a draw.
func (c *call) sayDrawn(p record.Plan, file draw.File) error {
	type drawn struct {
		Inspection   record.ID `json:"inspection"`
		Organization string    `json:"organization"`
		Stratum      string    `json:"stratum"`
		Team         []string  `json:"team"`
	}
	lists, err := file.Reading()
	if err != nil {
		return err
	}
	var out []drawn
	for _, x := range file.Result {
		d := drawn{Inspection: record.DrawnID(p.ID, record.ID(x.Target)), Stratum: x.Stratum}
		for _, t := range lists.Targets {
			if t.ID == x.Target {
				d.Organization = t.Name
			}
		}
		for _, id := range x.Team {
			n := slices.IndexFunc(lists.Inspectors, func(i draw.Inspector) bool { return i.ID == id })
			d.Team = append(d.Team, lists.Inspectors[n].Name)
		}
		out = append(out, d)
	}
	if c.json {
		c.print(map[string]any{"plan": p, "drawn": out})
		return nil
	}
	for _, d := range out {
		c.say("%s  %s  %s  %s", d.Inspection, d.Stratum, d.Organization, strings.Join(d.Team, ", "))
	}
	return c.sayPlan(p)
}

func publishPlan(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	out := f.String("out", "", c.t.T("ctl.flag.draw_out"))
	page := f.String("page", "", c.t.T("ctl.flag.draw_page"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	if err := c.desk.MayPublish(c.ctx, plan, person); err != nil {
		return err
	}
	p, err := c.desk.Store.Plan(c.ctx, plan)
	if err != nil {
		return err
	}
	if p.Foreign == nil {
		if *out == "" {
			return c.wrongUse()
		}
		file, err := desk.DrawOf(p)
		if err != nil {
			return err
		}
		if err := c.writeDraw(*out, file.Write); err != nil {
			return err
		}
		if *page != "" {
			if err := c.writeDraw(*page, file.WritePage); err != nil {
				return err
			}
		}
	}
	if p, _, err = c.desk.PublishPlan(c.ctx, plan, person); err != nil {
		return err
	}
	return c.sayPlan(p)
}

// replaceInPlan lets one that was drawn give way; the draw says who comes.
func replaceInPlan(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	organization := f.String("organization", "", c.t.T("ctl.flag.organization"))
	leaver := f.String("inspector", "", c.t.T("ctl.flag.plan_leaver"))
	reason := f.String("reason", "", c.t.T("ctl.flag.why"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *organization == "" || *reason == "" {
		return c.wrongUse()
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	o, err := c.desk.Store.OrganizationByCode(c.ctx, *organization)
	if err != nil {
		return err
	}
	var gone record.ID
	if *leaver != "" {
		if gone, err = c.person(*leaver); err != nil {
			return err
		}
	}
	p, r, err := c.desk.ReplaceDrawn(c.ctx, plan, person, o.ID, gone, *reason)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"plan": p, "replacement": r})
		return nil
	}
	switch {
	case r.By == "":
		c.say("%s", c.t.T("ctl.plan_reserve_empty", "name", o.Name))
	case gone != "":
		in, err := c.desk.Store.Person(c.ctx, record.ID(r.By))
		if err != nil {
			return err
		}
		c.say("%s", c.t.T("ctl.plan_relieved", "name", in.Name, "certificate", in.Certificate, "organization", o.Name))
	default:
		next, err := c.desk.Store.Organization(c.ctx, record.ID(r.By))
		if err != nil {
			return err
		}
		c.say("%s  %s", record.DrawnID(p.ID, next.ID), c.t.T("ctl.plan_replaced", "name", next.Name, "organization", o.Name))
	}
	return c.sayPlan(p)
}

func importDraw(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	var in desk.ForeignDraw
	f.StringVar(&in.Platform, "platform", "", c.t.T("ctl.flag.plan_platform"))
	f.StringVar(&in.Reference, "reference", "", c.t.T("ctl.flag.plan_reference"))
	args, err := c.parse(f, 2)
	if err != nil {
		return err
	}
	if in.Platform == "" || in.Reference == "" {
		return c.wrongUse()
	}
	if in.File, err = os.ReadFile(args[1]); err != nil {
		return unreadable(args[1], "", err)
	}
	plan, person, err := c.actOnPlan(args, *by)
	if err != nil {
		return err
	}
	p, err := c.desk.ImportDraw(c.ctx, plan, person, in)
	if err != nil {
		return err
	}
	if !c.json {
		for _, v := range p.Foreign.Visits {
			c.say("%s", record.DrawnID(p.ID, v.Organization))
		}
	}
	return c.sayPlan(p)
}

func recuseInspector(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	organization := f.String("organization", "", c.t.T("ctl.flag.organization"))
	reason := f.String("reason", "", c.t.T("ctl.flag.recuse_reason"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" || *organization == "" {
		return c.wrongUse()
	}
	actor, err := c.openAs(*by)
	if err != nil {
		return err
	}
	person, err := c.person(args[0])
	if err != nil {
		return err
	}
	o, err := c.desk.Store.OrganizationByCode(c.ctx, *organization)
	if err != nil {
		return err
	}
	if err := c.desk.Recuse(c.ctx, actor, person, o.ID, *reason); err != nil {
		return err
	}
	p, err := c.desk.Store.Person(c.ctx, person)
	if err != nil {
		return err
	}
	if c.json {
		c.print(p)
		return nil
	}
	c.say("%s", c.t.T("ctl.recused", "name", p.Name, "organization", o.Name, "n", len(p.Recusals)))
	return nil
}
