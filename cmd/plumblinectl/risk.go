package main

import (
	"plumbline/app/desk"
	"plumbline/app/record"
)

func showRiskRules(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	r, own, err := c.desk.RiskRules(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(r)
		return nil
	}
	head := "ctl.risk.builtin"
	if own {
		head = "ctl.risk.own"
	}
	c.say("%s", c.t.T(head, "source", r.Source.In(c.lang)))
	for _, x := range r.Rules {
		line := c.t.T("ctl.risk.rule", "name", x.Name, "title", x.Title.In(c.lang), "at", x.At, "points", x.Points)
		if x.Each {
			line += c.t.T("ctl.risk.each", "most", x.Most)
		}
		c.say("  %s", line)
	}
	c.say("  %s", c.t.T("ctl.risk.bands", "yellow", r.Bands.Yellow, "orange", r.Bands.Orange, "red", r.Bands.Red))
	return nil
}

func setRiskRules(c *call) error {
	rules, person, err := fileBy(c, desk.ReadRiskRules)
	if err != nil {
		return err
	}
	if err := c.desk.SetRiskRules(c.ctx, person, rules); err != nil {
		return err
	}
	if c.json {
		c.print(rules)
		return nil
	}
	c.say("%s", c.t.T("ctl.risk.set"))
	return nil
}

func showRisk(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	o, err := c.desk.Store.OrganizationByCode(c.ctx, args[0])
	if err != nil {
		return err
	}
	r, err := c.desk.Risk(c.ctx, o)
	if err != nil {
		return err
	}
	if c.json {
		c.print(desk.Rated{Organization: o, Rating: r})
		return nil
	}
	c.say("%s  %s", o.Code, o.Name)
	c.say("  %s", c.riskLine(r))
	for _, w := range r.Why {
		c.say("  %s", c.t.T("risk.why", "rule", w.Rule.Title.In(c.lang), "n", w.Count, "points", w.Points))
	}
	return nil
}

func (c *call) riskLine(r record.Rating) string {
	return c.t.T("risk.line", "class", record.Word("risk.class."+string(r.Class)), "points", r.Points)
}

func listRisks(c *call) error {
	f := c.flags()
	class := f.String("class", string(record.RiskYellow), c.t.T("ctl.flag.risk_class"))
	book := c.xlsxFlag(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	rated, err := c.desk.Risks(c.ctx, record.RiskClass(*class))
	if err != nil {
		return err
	}
	switch {
	case *book != "":
		return c.workbook(*book, desk.RiskList(c.t, rated), nil)
	case c.json:
		c.print(nonNil(rated))
		return nil
	}
	for _, r := range rated {
		c.say("%-20s %s  %s  %s", r.Organization.Code, r.Organization.Name, c.riskLine(r.Rating), desk.RiskText(c.t, r.Rating))
	}
	if len(rated) == 0 {
		c.say("%s", c.t.T("ctl.risk.none"))
	}
	return nil
}
