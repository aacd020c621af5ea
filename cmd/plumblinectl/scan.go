package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// takeScans takes in what came back from paper.
func takeScans(c *call) error {
	f := c.flags()
	w := desk.ScanDrop{}
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	f.BoolVar(&w.Steps, "steps", false, c.t.T("ctl.flag.scan_steps"))
	args, err := c.parseBetween(f, 1, math.MaxInt)
	if err != nil {
		return err
	}
	if *by == "" {
		return c.wrongUse()
	}
	if w.By, err = c.openAs(*by); err != nil {
		return err
	}
	w.Paths = args
	all, err := c.desk.TakeInScans(c.ctx, w, func(done, total int) {
		fmt.Fprintln(c.errOut, c.t.T("batch.line", "done", done, "total", total))
	})
	if err != nil {
		return err
	}
	return c.sayTakenIn(all...)
}

// sayTakenIn tells what became of each file.
func (c *call) sayTakenIn(all ...desk.TakenIn) error {
	type file struct {
		File    string            `json:"file"`
		Scan    record.ID         `json:"scan,omitempty"`
		New     bool              `json:"new"`
		Pages   []record.ScanPage `json:"pages"`
		Stepped []record.ID       `json:"stepped"` // documents that took their step
		Faults  []string          `json:"faults"`
	}
	files := []file{}
	open := 0
	for _, t := range all {
		x := file{File: t.File, Scan: t.Scan, New: t.New, Pages: nonNil(t.Pages), Stepped: []record.ID{}, Faults: []string{}}
		if t.Err != nil {
			x.Faults = append(x.Faults, c.t.Error(t.Err))
		}
		for _, h := range t.Held {
			x.Faults = append(x.Faults, h.Document.Shown()+": "+c.t.Error(h.Err))
		}
		for _, d := range t.Steps {
			x.Stepped = append(x.Stepped, d.ID)
		}
		if !t.Placed() {
			open++
		}
		files = append(files, x)
	}
	if c.json {
		c.print(map[string]any{"files": files, "open": open})
	} else {
		for n, x := range files {
			c.say("%s", filepath.Base(x.File))
			if all[n].Err == nil {
				c.sayPages(x.Pages)
			}
			for _, d := range all[n].Steps {
				c.say("    %s", c.t.T("scan.stepped", "document", d.Shown(), "state", c.t.T("document.state."+string(d.State))))
			}
			for _, why := range x.Faults {
				c.say("  ! %s", why)
			}
		}
		c.say("%s", c.t.T("scan.taken_in", "n", len(files)-open, "open", open))
	}
	if open > 0 {
		return errFound
	}
	return nil
}

// sayPages tells what each page of a scan is.
func (c *call) sayPages(pages []record.ScanPage) {
	for _, p := range pages {
		if p.Place == nil {
			c.say("    %d  %s", p.N, desk.WhyText(c.t, p))
			continue
		}
		c.say("    %d  %s", p.N, c.place(*p.Place))
	}
}

// place tells where a page belongs.
func (c *call) place(p record.Place) string {
	whose := p.Paper
	if whose == "" {
		whose = p.Inspection
	}
	key := "scan.place"
	if p.Of == 0 {
		key = "scan.place_alone"
	}
	return c.t.T(key, "document", c.t.T("document.kind."+p.Kind), "page", p.Page, "of", p.Of, "how", c.t.T("scan.how."+p.How)) + "  " + string(whose)
}

func listScans(c *call) error {
	args, err := c.parseBetween(c.flags(), 0, 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	var inspection record.ID
	if len(args) > 0 {
		inspection = record.ID(args[0])
	}
	scans, err := c.desk.Store.Scans(c.ctx, inspection)
	if err != nil {
		return err
	}
	back := []desk.Back{}
	if inspection != "" {
		if back, err = c.desk.Returned(c.ctx, inspection); err != nil {
			return err
		}
	}
	if c.json {
		c.print(map[string]any{"scans": nonNil(scans), "returned": nonNil(back)})
		return nil
	}
	for _, x := range scans {
		name := ""
		if len(x.Came) > 0 {
			name = x.Came[0].Name + "  " + x.Came[0].Who + "  " + x.Came[0].At
		}
		c.say("%s  %s", x.ID, name)
		c.sayPages(x.Pages)
	}
	for _, b := range back {
		c.say("%s", desk.BackText(c.t, b))
	}
	if len(scans) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

// placeScan places pages of a scan by hand.
func placeScan(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	to := f.String("to", "", c.t.T("ctl.flag.scan_to"))
	var place record.Place
	f.StringVar(&place.Kind, "document", "inspection-record", c.t.T("ctl.flag.scan_document"))
	f.IntVar(&place.Page, "page", 0, c.t.T("ctl.flag.scan_page"))
	f.StringVar(&place.Note, "note", "", c.t.T("ctl.flag.scan_note"))
	which := f.String("pages", "", c.t.T("ctl.flag.scan_pages"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	pages, ok := numbers(*which)
	if *by == "" || *to == "" || !ok {
		return c.wrongUse()
	}
	person, err := c.openAs(*by)
	if err != nil {
		return err
	}
	if id := record.ID(*to); id.Type() == record.PaperType {
		place.Paper = id
	} else {
		place.Inspection = id
	}
	path, id := args[0], record.ID("")
	if record.ID(path).Type() == record.ScanType {
		path, id = "", record.ID(path)
	}
	t, err := c.desk.PlaceScan(c.ctx, person, path, id, pages, place)
	if err != nil {
		return err
	}
	if t.File == "" {
		t.File = string(t.Scan)
	}
	return c.sayTakenIn(t)
}

// numbers reads a list such as 2,4-6; nothing is an empty list.
func numbers(s string) (out []int, ok bool) {
	if s == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(s, ",") {
		first, last, run := strings.Cut(strings.TrimSpace(part), "-")
		a, err := strconv.Atoi(first)
		z := a
		if run && err == nil {
			z, err = strconv.Atoi(last)
		}
		if err != nil || a < 1 || z < a || z-a > 10000 {
			return nil, false
		}
		for n := a; n <= z; n++ {
			out = append(out, n)
		}
	}
	return out, true
}
