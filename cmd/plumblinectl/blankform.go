package main

import (
	"math"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

// listForms lists the pre-stamped blank forms that were booked out, or writes
// their ledger.
func listForms(c *call) error {
	f := c.flags()
	xlsx := c.xlsxFlag(f)
	pdf := f.String("pdf", "", c.t.T("ctl.flag.forms_pdf"))
	language := f.String("language", "zh", c.t.T("ctl.flag.document_language"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	lang, known := languages[*language]
	if !known {
		c.usage(c.t.T("ctl.language_unknown", "language", *language, "known", "zh, en, both"))
		return errUsage
	}
	if err := c.open(); err != nil {
		return err
	}
	switch {
	case *xlsx != "":
		table, err := c.desk.FormLedger(c.ctx, c.t)
		return c.workbook(*xlsx, table, err)
	case *pdf != "":
		var doc report.Document
		doc, err := c.desk.PrintFormLedger(c.ctx, lang)
		if err != nil {
			return err
		}
		return c.printed(*pdf, doc)
	}
	all, err := c.desk.Store.Bookings(c.ctx)
	if err != nil {
		return err
	}
	return c.sayBookings(all)
}

// sayBookings tells of bookings, and of numbers that are out twice.
func (c *call) sayBookings(all []record.Booking) error {
	twice := record.FormClashes(all)
	if c.json {
		c.print(map[string]any{"bookings": nonNil(all), "numbers_twice": nonNil(twice)})
	} else {
		for _, b := range all {
			n := b.Counts()
			c.say("%s  %s", b.ID, c.t.T("blank.line", "first", b.Number(b.First), "last", b.Number(b.Last), "kind", c.t.T("document.kind."+b.Kind), "name", b.Name,
				"used", n[record.FormUsed], "spoiled", n[record.FormSpoiled], "returned", n[record.FormReturned], "out", n[""]))
		}
		for _, n := range twice {
			c.say("  ! %s", c.t.T("blank.out_twice", "number", n))
		}
		if len(all) == 0 {
			c.say("%s", c.t.T("ctl.none_found"))
		}
	}
	if len(twice) > 0 {
		return errFound
	}
	return nil
}

func bookOutForms(c *call) error {
	f := c.flags()
	kind := f.String("kind", "", c.t.T("ctl.flag.document_kind"))
	to := f.String("to", "", c.t.T("ctl.flag.forms_to"))
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	args, err := c.parse(f, 2)
	if err != nil {
		return err
	}
	if *kind == "" || *to == "" || *by == "" {
		return c.wrongUse()
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	taker, err := c.person(*to)
	if err != nil {
		return err
	}
	b, err := c.desk.BookOut(c.ctx, person, taker, *kind, args[0], args[1])
	if err != nil {
		return err
	}
	return c.sayBookings([]record.Booking{b})
}

// tellForms is the verb for one fate of blank forms.
func tellForms(fate string) func(c *call) error {
	return func(c *call) error {
		f := c.flags()
		w := desk.FormsTold{Fate: fate}
		by := f.String("by", "", c.t.T("ctl.flag.acting"))
		f.StringVar(&w.Kind, "kind", "", c.t.T("ctl.flag.document_kind"))
		f.StringVar(&w.Note, "note", "", c.t.T("ctl.flag.forms_note"))
		if fate == record.FormUsed {
			f.StringVar(&w.Inspection, "inspection", "", c.t.T("ctl.flag.forms_inspection"))
		}
		args, err := c.parseBetween(f, 1, math.MaxInt)
		if err != nil {
			return err
		}
		if *by == "" {
			return c.wrongUse()
		}
		if w.Numbers, err = desk.FormNumbers(strings.Join(args, " ")); err != nil {
			return err
		}
		if w.By, err = c.openAs(*by); err != nil {
			return err
		}
		all, err := c.desk.TellForms(c.ctx, w)
		if err != nil {
			return err
		}
		return c.sayBookings(all)
	}
}
