package main

import (
	"flag"
	"slices"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// ledgerFlags are the flags that narrow the ledger.
type ledgerFlags struct {
	organization, district, severity, state *string
	open, overdue                           *bool
}

func (c *call) ledgerFlags(f *flag.FlagSet) ledgerFlags {
	return ledgerFlags{
		organization: f.String("organization", "", c.t.T("ctl.flag.organization")),
		district:     f.String("district", "", c.t.T("ctl.flag.l_district")),
		severity:     f.String("severity", "", c.t.T("ctl.flag.l_severity")),
		state:        f.String("state", "", c.t.T("ctl.flag.l_state")),
		open:         f.Bool("open", false, c.t.T("ctl.flag.l_open")),
		overdue:      f.Bool("overdue", false, c.t.T("ctl.flag.l_overdue")),
	}
}

// ledger opens the folder and reads the lines that the flags ask for.
func (c *call) ledger(l ledgerFlags) ([]desk.LedgerLine, error) {
	f := store.LedgerFilter{District: *l.district, Severity: record.Severity(*l.severity), State: record.FindingState(*l.state), Open: *l.open}
	if f.State != "" && !slices.Contains(record.FindingStates, f.State) {
		c.usage(c.t.T("ctl.rectify.unknown_state", "state", *l.state))
		return nil, errUsage
	}
	switch f.Severity {
	case "", record.Critical, record.Major, record.Minor:
	default:
		c.usage(c.t.T("rectify.severity"))
		return nil, errUsage
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	if *l.organization != "" {
		o, err := c.desk.Store.OrganizationByCode(c.ctx, *l.organization)
		if err != nil {
			return nil, err
		}
		f.Organization = o.ID
	}
	lines, err := c.desk.Ledger(c.ctx, f)
	if *l.overdue {
		lines = slices.DeleteFunc(lines, func(x desk.LedgerLine) bool { return !x.Overdue })
	}
	return lines, err
}

func listRectifications(c *call) error {
	f := c.flags()
	narrow := c.ledgerFlags(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	lines, err := c.ledger(narrow)
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(lines))
		return nil
	}
	limits, err := c.desk.Limits(c.ctx)
	if err != nil {
		return err
	}
	for _, l := range lines {
		c.say("%s  %-10s  %s  %s  %s", l.ID, l.Due, c.t.T("ctl.finding."+string(l.State)), l.Name, l.Next(c.t))
		c.say("    [%s] %s %s", checklist.SeverityText(l.Severity, c.lang), l.Code, c.problem(l.Finding))
		for _, w := range l.Warnings(c.t, limits) {
			c.say("    ! %s", w)
		}
	}
	if len(lines) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func showRectification(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	r, err := c.desk.Rectification(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	return c.sayRectified(r)
}

func rectifiedJSON(r desk.Rectified) map[string]any {
	return map[string]any{"finding": r.Line, "steps": nonNil(r.Steps), "allowed": nonNil(r.Allowed), "conflicts": nonNil(r.Conflicts),
		"proposals": r.Proposals, "before": nonNil(r.Before), "after": nonNil(r.Evidence)}
}

func (c *call) sayRectified(r desk.Rectified) error {
	if c.json {
		c.print(rectifiedJSON(r))
		return nil
	}
	limits, err := c.desk.Limits(c.ctx)
	if err != nil {
		return err
	}
	l := r.Line
	c.say("%s  %s  %s", l.ID, l.Name, l.USCC)
	c.say("  [%s] %s %s", checklist.SeverityText(l.Severity, c.lang), l.Code, c.problem(l.Finding))
	c.say("  %s  %s", c.t.T("ctl.finding."+string(l.State)), l.Next(c.t))
	counted := ""
	if p := l.Progress; p != nil && p.Count != nil {
		counted = strings.Join(desk.CountText(c.t, *p.Count), "; ")
		c.say("  %s", counted)
	}
	for _, w := range l.Warnings(c.t, limits) {
		if !strings.Contains(counted, w) {
			c.say("  ! %s", w)
		}
	}
	for _, s := range r.Steps {
		c.say("  %s  %s  (%s)", s.On, desk.StepText(c.t, s), r.Names[s.By])
	}
	for _, e := range r.Before {
		c.say("  %s: %s %s", c.t.T("ctl.rectify.before"), e.Name, e.Digest.Short())
	}
	for _, e := range r.Evidence {
		c.say("  %s: %s %s", c.t.T("ctl.rectify.after"), e.Name, e.Digest.Short())
	}
	var names []string
	for _, a := range r.Allowed {
		if a != record.Recount {
			names = append(names, string(a))
		}
	}
	if len(names) == 0 {
		c.say("  %s", c.t.T("ctl.rectify.nothing"))
		return nil
	}
	c.say("  %s", c.t.T("ctl.rectify.allowed", "actions", strings.Join(names, ", ")))
	return nil
}

func exportLedger(c *call) error {
	f := c.flags()
	narrow := c.ledgerFlags(f)
	sensitive := f.Bool("sensitive", false, c.t.T("ctl.flag.l_sensitive"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	lines, err := c.ledger(narrow)
	if err != nil {
		return err
	}
	b, err := c.ledgerSheet(lines, *sensitive)
	if err != nil {
		return err
	}
	if err := desk.WriteFile(args[0], b); err != nil {
		return unwritable(args[0], "file", err)
	}
	if c.json {
		c.print(map[string]any{"file": args[0], "findings": len(lines)})
		return nil
	}
	c.say("%s", c.t.T("ctl.rectify.exported", "n", len(lines), "file", args[0]))
	return nil
}

// rectify makes the verb that records one action. More names the flags that it
// takes beside --by, --on and --note.
func rectify(action record.Action, more ...string) func(*call) error {
	return func(c *call) error {
		f := c.flags()
		x := desk.Rectifying{Step: record.Step{Action: action}}
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		f.StringVar(&x.On, "on", "", c.t.T("ctl.flag.r_on"))
		f.StringVar(&x.Note, "note", "", c.t.T("ctl.flag.r_note"))
		var term, second string
		var service record.ServiceProof
		var severity string
		texts := map[string]*string{
			"term": &term, "second": &second, "number": &x.Number, "whom": &x.Whom, "way": &x.Way, "for": &x.For, "inspection": (*string)(&x.Inspection), "finding": (*string)(&x.Finding), "fact": &x.Fact, "severity": &severity,
			"served": &service.On, "service": &service.Way, "proof": &service.Proof, "to": &service.To, "witness": &service.Witness, "consent": &service.Consent,
		}
		for _, name := range more {
			switch name {
			case "inspector":
				f.Var((*list)(&x.Certificates), name, c.t.T("ctl.flag.r_inspector"))
			case "photo":
				f.Var((*list)(&x.Photos), name, c.t.T("ctl.flag.r_photo"))
			case "result":
				f.StringVar(&x.Result, name, "", c.t.T("ctl.flag.r_result_"+string(action)))
			default:
				f.StringVar(texts[name], name, "", c.t.T("ctl.flag.r_"+name))
			}
		}
		args, err := c.parse(f, 1)
		if err != nil {
			return err
		}
		if *by == "" {
			return c.wrongUse()
		}
		if x.Term, err = desk.ParseTerm(term); err != nil {
			return err
		}
		x.Severity = record.Severity(severity)
		if err := c.open(); err != nil {
			return err
		}
		if action == record.Serve {
			if service.On == "" {
				service.On = c.desk.Today()
			}
			x.Service = &service
		}
		person, err := c.person(*by)
		if err != nil {
			return err
		}
		if second != "" {
			if x.Second, err = c.person(second); err != nil {
				return err
			}
		}
		r, err := c.desk.Rectify(c.ctx, person, record.ID(args[0]), nil, x)
		if err != nil {
			return err
		}
		return c.sayRectified(r)
	}
}
