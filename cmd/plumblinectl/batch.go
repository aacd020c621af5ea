package main

import (
	"fmt"
	"math"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// printBatch prints many documents at once, those of inspections and those on
// their way through the office.
func printBatch(c *call) error {
	f := c.flags()
	all := f.Bool("all", false, c.t.T("ctl.flag.batch_all"))
	state := f.String("state", "", c.t.T("ctl.flag.state"))
	file := f.String("file", "", c.t.T("ctl.flag.batch_file"))
	document := f.String("document", "inspection-record", c.t.T("ctl.flag.document", "documents", strings.Join(desk.Documents(), ", ")))
	language := f.String("language", "", c.t.T("ctl.flag.language"))
	copyFor := f.Bool("organization-copy", false, c.t.T("ctl.flag.copy"))
	out := f.String("out", "", c.t.T("ctl.flag.batch_out"))
	args, err := c.parseBetween(f, 0, math.MaxInt)
	if err != nil {
		return err
	}
	lang, spoken := languages[*language]
	if *language != "" && !spoken {
		c.usage(c.t.T("ctl.language_unknown", "language", *language, "known", "zh, en, both"))
		return errUsage
	}
	if *out == "" || *all == (len(args) > 0 || *file != "") {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	b := desk.Batch{Document: *document, Printing: desk.Printing{Language: lang, OrganizationCopy: *copyFor}}
	for _, id := range args {
		b.IDs = append(b.IDs, record.ID(id))
	}
	if *file != "" {
		text, err := readFile(*file)
		if err != nil {
			return err
		}
		for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
			if words := strings.Fields(line); len(words) > 0 {
				b.IDs = append(b.IDs, record.ID(words[0]))
			}
		}
	}
	if *all {
		rows, err := c.desk.Store.Inspections(c.ctx, store.InspectionFilter{State: record.InspectionState(*state), Limit: math.MaxInt32})
		if err != nil {
			return err
		}
		for _, r := range rows {
			b.IDs = append(b.IDs, r.ID)
		}
	}
	made, err := c.desk.PrintBatch(c.ctx, "", b, *out, c.t, func(done, total int) {
		fmt.Fprintln(c.errOut, c.t.T("batch.line", "done", done, "total", total))
	})
	if err != nil {
		return err
	}
	return c.sayBatch(*out, made)
}

// sayBatch tells what was not made, or will not look as typed.
func (c *call) sayBatch(folder string, made []desk.Batched) error {
	type line struct {
		ID     record.ID `json:"id"`
		File   string    `json:"file,omitempty"`
		Pages  int       `json:"pages"`
		SHA256 string    `json:"sha256,omitempty"`
		Faults []string  `json:"faults"`
	}
	lines := []line{}
	refused, faults := 0, 0
	for _, x := range made {
		l := line{x.ID, x.File, x.Pages, x.SHA256, []string{}}
		if x.Err != nil {
			refused++
			l.Faults = append(l.Faults, c.t.Error(x.Err))
		}
		for _, w := range x.Warnings {
			l.Faults = append(l.Faults, c.t.Message(w.Message, w.Args))
		}
		faults += len(l.Faults)
		lines = append(lines, l)
	}
	if c.json {
		c.print(map[string]any{"folder": folder, "documents": lines})
	} else {
		for _, l := range lines {
			for _, why := range l.Faults {
				c.say("  ! %s", c.t.T("batch.refused", "id", l.ID, "why", why))
			}
		}
		c.say("%s", c.t.T("batch.done", "n", len(made)-refused, "folder", folder, "refused", refused))
	}
	if faults > 0 {
		return errFound
	}
	return nil
}

// sendToPrinter sends finished PDFs to paper.
func sendToPrinter(c *call) error {
	f := c.flags()
	printer := f.String("printer", "", c.t.T("ctl.flag.printer"))
	args, err := c.parseBetween(f, 1, math.MaxInt)
	if err != nil {
		return err
	}
	sent, err := desk.SendToPrinter(c.ctx, *printer, args, func(done, total int) {
		fmt.Fprintln(c.errOut, c.t.T("batch.line", "done", done, "total", total))
	})
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"sent": sent})
		return nil
	}
	c.say("%s", c.t.T("printer.sent", "n", sent))
	return nil
}
