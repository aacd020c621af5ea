package main

import (
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// sure words how sure a source is: nothing for one that was verified.
func (c *call) sure(confidence record.Confidence) string {
	if confidence == record.Verified {
		return ""
	}
	return " (" + c.t.T("ctl.calendar.unsure") + ")"
}

func showCalendar(c *call) error {
	args, err := c.parseBetween(c.flags(), 0, 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	calendar, err := c.desk.Calendar(c.ctx)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		years := []record.CalendarYear{}
		for _, n := range calendar.Covered() {
			y, _ := calendar.Year(n)
			years = append(years, y)
		}
		if c.json {
			c.print(years)
			return nil
		}
		for _, y := range years {
			c.sayYear(y)
		}
		return nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return c.wrongUse()
	}
	y, ok := calendar.Year(n)
	if !ok {
		return &record.Error{Code: record.NotFound, Message: "calendar.not_covered", Args: map[string]any{"year": n}}
	}
	if c.json {
		c.print(y)
		return nil
	}
	c.sayYear(y)
	for _, part := range []struct {
		word string
		days []record.CalendarDay
	}{{"ctl.calendar.off", y.Off}, {"ctl.calendar.work", y.Work}} {
		for _, d := range part.days {
			c.say("  %s  %s  %s", d.Date, c.t.T(part.word), d.Name.In(c.lang))
		}
	}
	return nil
}

func (c *call) sayYear(y record.CalendarYear) {
	c.say("%s%s", c.t.T("ctl.calendar.year", "year", y.Year, "off", len(y.Off), "work", len(y.Work), "source", y.Source.In(c.lang)), c.sure(y.Confidence))
}

func importCalendar(c *call) error {
	y, person, err := fileBy(c, desk.ReadCalendarYear)
	if err != nil {
		return err
	}
	moved, err := c.desk.SetCalendarYear(c.ctx, person, y)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"year": y.Year, "recounted": nonNil(moved)})
		return nil
	}
	c.say("%s", c.t.T("ctl.calendar.kept", "year", y.Year, "off", len(y.Off), "work", len(y.Work)))
	c.sayMoved(moved)
	return nil
}

func (c *call) sayMoved(moved []record.ID) {
	if len(moved) > 0 {
		c.say("%s", c.t.T("ctl.calendar.moved", "n", len(moved)))
	}
}

// fileBy reads the file that a verb is given and who keeps what it says (--by); the
// folder is opened once the file was found good.
func fileBy[V any](c *call, read func([]byte) (V, error)) (v V, person record.ID, err error) {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	args, err := c.parse(f, 1)
	if err != nil {
		return v, "", err
	}
	if *by == "" {
		return v, "", c.wrongUse()
	}
	b, err := readFile(args[0])
	if err != nil {
		return v, "", err
	}
	if v, err = read(b); err != nil {
		return v, "", err
	}
	person, err = c.openAs(*by)
	return v, person, err
}

// readFile reads a small file that a person names.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, "file", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, unreadable(path, "file", err)
	}
	return b, nil
}

func countDays(c *call) error {
	args, err := c.parse(c.flags(), 2)
	if err != nil {
		return err
	}
	term, err := desk.ParseTerm(args[1])
	if err != nil {
		return err
	}
	if _, bad := time.Parse(time.DateOnly, args[0]); bad != nil {
		c.usage(c.t.T("ctl.bad_day", "day", args[0]))
		return errUsage
	}
	if err := c.open(); err != nil {
		return err
	}
	calendar, err := c.desk.Calendar(c.ctx)
	if err != nil {
		return err
	}
	if term == nil {
		return c.wrongUse()
	}
	count, err := calendar.Count(args[0], *term)
	if err != nil {
		return err
	}
	if c.json {
		c.print(count)
		return nil
	}
	c.say("%s", strings.Join(desk.CountText(c.t, count), "; "))
	for _, n := range count.Unknown {
		c.say("! %s", c.t.T("calendar.not_covered", "year", n))
	}
	return nil
}

func showLimits(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	limits, err := c.desk.Limits(c.ctx)
	if err != nil {
		return err
	}
	list := []record.Limit{}
	for _, l := range limits {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b record.Limit) int { return strings.Compare(a.Name, b.Name) })
	if c.json {
		c.print(list)
		return nil
	}
	for _, l := range list {
		number := strconv.Itoa(l.N)
		if l.Unit != "" {
			number = desk.TermText(c.t, l.Term())
		}
		c.say("%-10s %s  %s\n           %s%s", l.Name, number, l.Title.In(c.lang), l.Source.In(c.lang), c.sure(l.Confidence))
	}
	return nil
}

func setLimit(c *call) error {
	f := c.flags()
	n := f.Int("n", -1, c.t.T("ctl.flag.c_n"))
	unit := f.String("unit", "", c.t.T("ctl.flag.c_unit"))
	source := f.String("source", "", c.t.T("ctl.flag.c_source"))
	confidence := f.String("confidence", string(record.FromMemory), c.t.T("ctl.flag.c_confidence"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *by == "" || *n < 0 {
		return c.wrongUse()
	}
	sure := record.Confidence(*confidence)
	if !slices.Contains([]record.Confidence{record.Verified, record.SecondarySeen, record.FromMemory}, sure) {
		c.usage(c.t.T("ctl.flag_value", "flag", "--confidence", "value", *confidence))
		return errUsage
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	moved, err := c.desk.SetLimit(c.ctx, person, record.Limit{Name: args[0], N: *n, Unit: record.Unit(*unit),
		Source: record.Text{Chinese: *source}, Confidence: sure})
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"name": args[0], "n": *n, "recounted": nonNil(moved)})
		return nil
	}
	c.say("%s", c.t.T("ctl.calendar.set", "name", args[0], "n", *n))
	c.sayMoved(moved)
	return nil
}
