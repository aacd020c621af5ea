package main

import (
	"cmp"

	"plumbline/app/desk"
)

func showFigures(c *call) error {
	f := c.flags()
	from := f.String("from", "", c.t.T("ctl.flag.from"))
	to := f.String("to", "", c.t.T("ctl.flag.to"))
	book := c.xlsxFlag(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if err := goodDay(*from, *to); err != nil {
		return err
	}
	x, err := c.desk.Figures(c.ctx, c.t, *from, cmp.Or(*to, c.desk.Today()))
	if err != nil {
		return err
	}
	if *book != "" {
		return c.workbook(*book, desk.FigureTable(c.t, x), nil)
	}
	if c.json {
		c.print(x)
		return nil
	}
	c.say("%s", c.t.T("figures.sum", "visits", x.Inspections, "with", x.WithFindings, "findings", x.Findings, "open", x.Open, "overdue", x.Overdue))
	for _, chart := range x.Charts {
		c.say("%s", c.t.T("figures.chart."+chart.Name))
		for _, b := range chart.Bars {
			if chart.Name == "month" {
				c.say("  %s: %s", b.Words, c.t.T("figures.bar_month", "visits", b.Visits, "n", b.Findings, "closed", b.Closed))
				continue
			}
			c.say("  %s: %s", b.Words, c.t.T("figures.bar", "n", b.Findings, "open", b.Open))
		}
	}
	for _, line := range x.Said(c.t) {
		c.say("%s", line)
	}
	return nil
}
