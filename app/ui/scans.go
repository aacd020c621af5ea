package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// scansPart of the documents takes in what came back from paper, and lists what
// was taken in last with what has no place yet.
type scansPart struct {
	v    *documentsView
	box  *fyne.Container
	last []desk.TakenIn
}

func newScansPart(v *documentsView) *scansPart { return &scansPart{v: v, box: down(8)} }

// drop takes files that were dropped on the window.
func (v *documentsView) drop(paths []string) { v.scans.ask(paths...) }

// ask asks by whom scans are taken in, and from where if no paths are given.
func (p *scansPart) ask(paths ...string) {
	w := p.v.w
	if p.v.worker.busy() {
		return
	}
	b := newInquiry(w, "scans.take/")
	if len(paths) == 0 {
		b.text("file", w.T("ui.scans.path"), "", 1)
		b.rows["file"].Container.Add(flow(0, button(w.T("ui.choose_file"), func() {
			w.chooseFolder(w.T("ui.scans.choose"), []string{".pdf", ".jpg", ".jpeg", ".png"}, func(path string) { b.texts["file"].SetText(path) })
		})))
	}
	b.choice("steps", w.T("ui.scans.steps"), []string{"yes", "no"}, []string{w.T("ui.scans.steps_yes"), w.T("ui.scans.steps_no")}, "yes")
	b.person("by", w.T("ui.scans.by"), p.v.people, "")
	p.v.form = b
	drop := desk.ScanDrop{Paths: paths}
	b.ask(w.T("ui.scans.question"), w.T("ui.scans.explained"), w.T("ui.scans.do"), "file", func(_ context.Context, said map[string]string) (err error) {
		if path := strings.TrimSpace(said["file"]); path != "" {
			drop.Paths = []string{path}
		}
		drop.Steps = said["steps"] == "yes"
		if len(drop.Paths) == 0 {
			return &record.Error{Code: record.Invalid, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": ""}}
		}
		drop.By, err = actor(said)
		return err
	}, func() { p.take(drop) })
}

func (p *scansPart) take(drop desk.ScanDrop) {
	v, w := p.v, p.v.w
	d := w.desk
	var got []desk.TakenIn
	v.worker.run(w.T("ui.scans.taking"), func(ctx context.Context, progress workProgress) (err error) {
		got, err = d.TakeInScans(ctx, drop, func(done, all int) {
			progress(func() string { return w.T("ui.scans.taking") + " " + itoa(done) + "/" + itoa(all) }, int64(done), int64(all))
		})
		return err
	}, func(err error) {
		p.last = got
		open := 0
		for _, t := range got {
			if !t.Placed() {
				open++
			}
		}
		switch {
		case errors.Is(err, context.Canceled):
			w.tell(amberColor, "ui.scans.stopped", "n", len(got))
		case err != nil:
			w.complain(err)
		case open > 0:
			w.tell(amberColor, "ui.scans.open", "n", open)
		default:
			w.tell(jadeColor, "ui.scans.done", "n", len(got))
		}
		v.load()
	})
}

// show lists what was taken in last.
func (p *scansPart) show() {
	w := p.v.w
	p.box.Objects = nil
	if len(p.last) > 0 {
		p.box.Add(across(10, 0, head(w.T("ui.scans.last")), button(w.T("ui.scans.clear"), func() { p.last = nil; p.v.show() })))
	}
	for n, t := range p.last {
		p.box.Add(p.card(n, t))
	}
}

func (p *scansPart) card(n int, t desk.TakenIn) fyne.CanvasObject {
	w := p.v.w
	m, c := tick, jadeColor
	if !t.Placed() {
		m, c = half, amberColor
	}
	name := strong(filepath.Base(t.File)).atMostLines(2)
	said := down(3, across(10, 1, sign(m, c, 18), name))
	if t.Err == nil && !t.New {
		said.Add(quiet(w.T("ui.scans.known")))
	}
	for _, line := range p.lines(t) {
		said.Add(plain(line))
	}
	for _, x := range t.Steps {
		said.Add(quiet(w.T("scan.stepped", "document", p.v.kind(x)+" "+x.Shown(), "state", w.T("document.state."+string(x.State)))))
	}
	for _, h := range t.Held {
		said.Add(plain(p.v.kind(h.Document) + " " + h.Document.Shown() + ": " + w.texts.Error(h.Err)))
	}
	if t.Err != nil {
		said.Add(plain(w.texts.Error(t.Err)))
	}
	buttons := flow(8, button(w.T("ui.scans.show"), func() { w.openFile(t.File) }))
	if !t.Placed() {
		buttons.Add(button(w.T("ui.scans.place"), func() { p.place(n) }))
	}
	said.Add(inset(6, 0, buttons))
	return panel(inset(10, 14, said))
}

// lines tell what the pages are, those of one document in one line.
func (p *scansPart) lines(t desk.TakenIn) (out []string) {
	w := p.v.w
	if t.Err != nil {
		return nil
	}
	for _, r := range record.ReturnedOf([]record.Scan{{ID: t.Scan, Pages: t.Pages}}) {
		pages := make([]string, len(r.Have))
		for i, n := range r.Have {
			pages[i] = itoa(n)
		}
		document := strings.TrimSpace(w.T("document.kind."+r.Kind) + "  " + p.v.numberOf(r.Place))
		out = append(out, w.T("ui.scans.line", "document", document, "n", len(pages), "pages", strings.Join(pages, w.T("ui.list_comma"))))
	}
	for _, x := range t.Pages {
		if x.Place == nil && x.Why != "scan.blank" {
			out = append(out, w.T("ui.scans.page", "n", x.N)+desk.WhyText(w.texts, x))
		}
	}
	return out
}

// numberOf gives the number of the document that a page is of, "" where it is not
// in the list.
func (v *documentsView) numberOf(p record.Place) string {
	if p.Paper == "" && v.visit != nil && v.visit.ID == p.Inspection {
		return v.visit.Number
	}
	for _, x := range v.docs {
		if x.ID == p.Paper {
			return x.Shown()
		}
	}
	return ""
}

// place asks of which document the pages without a place are.
func (p *scansPart) place(n int) {
	v, w := p.v, p.v.w
	d, t := w.desk, p.last[n]
	var values, labels []string
	if i := v.visit; i != nil {
		for _, kind := range []string{"inspection-record", "evidence-list", "photo-sheet", "paper-pack"} {
			values, labels = append(values, "/"+kind), append(labels, w.T("document.kind."+kind)+"  "+i.Number)
		}
	}
	for _, x := range v.docs {
		if x.State != record.Voided {
			values, labels = append(values, string(x.ID)), append(labels, v.kind(x)+"  "+x.Shown()+"  "+x.To)
		}
	}
	if len(values) == 0 {
		w.tell(amberColor, "ui.scans.no_documents")
		return
	}
	b := newInquiry(w, "scan.assign/")
	b.choice("to", w.T("ui.scans.document"), values, labels, "")
	b.text("page", w.T("ui.scans.first_page"), "1", 1)
	b.person("by", w.T("ui.scans.by"), v.people, "")
	v.form = b
	b.ask(w.T("ui.scans.place_question"), w.T("ui.scans.place_explained"), w.T("ui.scans.place_do"), "page", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		var to record.Place
		if to.Page, err = strconv.Atoi(strings.TrimSpace(said["page"])); err != nil || to.Page < 1 {
			return &record.Error{Code: record.Invalid, Message: "ui.plans.number", Field: "page"}
		}
		if kind, ok := strings.CutPrefix(said["to"], "/"); ok {
			to.Inspection, to.Kind = v.visit.ID, kind
		} else if to.Paper = record.ID(said["to"]); to.Paper == "" {
			return &record.Error{Code: record.Invalid, Message: "ui.scans.place_question", Field: "to"}
		}
		path, id := t.File, t.Scan
		if id != "" {
			path = ""
		}
		got, err := d.PlaceScan(ctx, by, path, id, nil, to)
		if err == nil {
			got.File = t.File
			t = got
		}
		return err
	}, func() {
		p.last[n] = t
		if t.Placed() {
			w.tell(jadeColor, "ui.scans.done", "n", 1)
		}
		v.load()
	})
}
