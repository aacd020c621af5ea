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
	"plumbline/app/report"
	"plumbline/app/store"
)

// documentsView is the office's desk: the documents with where each stands on its
// way, and the step that is its turn. From an inspection it shows that one's, and
// drafts more of them.
type documentsView struct {
	page
	about *fyne.Container // whose documents these are
	tabs  map[string]*choiceButton

	tab        string
	inspection record.ID // whose documents are shown, "" all
	visit      *record.Inspection
	docs       []record.Document
	worker     *worker
	scans      *scansPart
	back       []desk.Back // of the inspection, from paper
	returned   []record.Returned
}

var documentTabs = []string{"open", "unnumbered", "filed", "voided"}

// inTab tells which documents a tab shows.
func inTab(tab string, d record.Document) bool {
	switch tab {
	case "unnumbered":
		return d.State == record.Issued && d.Next() == record.Numbered
	case "filed":
		return d.State == record.Filed
	case "voided":
		return d.State == record.Voided
	}
	return d.State != record.Filed && d.State != record.Voided
}

func newDocumentsView(w *Window) *documentsView {
	v := &documentsView{page: newPage(w), about: down(6), tabs: map[string]*choiceButton{}, tab: "open"}
	name := title("")
	w.say(func() { name.set(w.T("ui.nav.documents")) })
	tabs := flow(6)
	for _, tab := range documentTabs {
		b := newChoiceButton(w, "", inkColor, "-", func() { v.tab = tab; v.show() })
		w.say(func() { b.text.set(w.T("ui.documents.tab." + tab)) })
		v.tabs[tab] = b
		tabs.Add(b.press)
	}
	v.worker = newWorker(w)
	v.scans = newScansPart(v)
	take, export, forms := button("", func() { v.scans.ask() }), button("", v.askExport), button("", w.openForms)
	w.say(func() {
		forms.SetText(w.T("ui.forms.open"))
		take.SetText(w.T("ui.scans.take"))
		export.SetText(w.T("ui.documents.export"))
	})
	v.column(headLine(name, w.takers(), forms, take, export), v.worker.box, v.scans.box, v.about, tabs)
	w.say(v.show)
	return v
}

// openDocumentsOf shows the documents of an inspection.
func (w *Window) openDocumentsOf(id record.ID) {
	w.documents.inspection, w.documents.read = id, false
	w.show(w.documents, "documents")
}

func (v *documentsView) load() {
	d, of := v.w.desk, v.inspection
	var docs []record.Document
	var visit *record.Inspection
	var back []desk.Back
	var scans []record.Scan
	v.fetch(func(ctx context.Context) (err error) {
		if docs, err = d.Store.Documents(ctx, store.DocumentFilter{Inspection: of}); err != nil {
			return err
		}
		if of != "" {
			i, err := d.Store.Inspection(ctx, of)
			if err != nil {
				return err
			}
			visit = &i
			if back, err = d.Returned(ctx, of); err != nil {
				return err
			}
		}
		scans, err = d.Store.Scans(ctx, of)
		return err
	}, func() {
		v.docs, v.visit = docs, visit
		v.back, v.returned = back, record.ReturnedOf(scans)
		v.show()
	})
}

func (v *documentsView) show() {
	if !v.read {
		return
	}
	w := v.w
	for name, b := range v.tabs {
		b.choose(name == v.tab)
	}
	v.scans.show()
	v.about.Objects = nil
	if i := v.visit; i != nil {
		v.about.Add(across(10, 0, outdented(linkButton(w, i.Organization.Name+"  "+i.Number, func() { w.openInspection(i.ID, "") })),
			button(w.T("ui.documents.all"), func() { v.inspection = ""; v.load() }), mainButton(w.T("ui.documents.draft"), v.draft)))
		for _, b := range v.back {
			if b.Paper == "" { // the others are on their cards
				v.about.Add(across(8, 1, v.backMark(b.Returned), plain(w.T("ui.scans.back")+"  "+desk.BackText(w.texts, b))))
			}
		}
	} else {
		v.about.Add(quiet(w.T("ui.documents.how")))
	}
	v.body.Objects = nil
	for _, x := range v.docs {
		if inTab(v.tab, x) {
			v.body.Add(v.card(x))
		}
	}
	if len(v.body.Objects) == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("ui.documents.none")))))
	}
	v.scroll.Refresh()
}

func (v *documentsView) kind(x record.Document) string { return v.w.T("document.kind." + x.Kind) }

func (v *documentsView) card(x record.Document) fyne.CanvasObject {
	w := v.w
	m, c := half, amberColor
	switch x.State {
	case record.Filed, record.Receipt, record.Served:
		m, c = tick, jadeColor
	case record.Voided:
		m, c = cross, slateColor
	}
	said := down(3, across(10, 0, strong(v.kind(x)+"  "+x.Shown()).atMostLines(2), newPill(m, c, capital(w.T("document.state."+string(x.State)))).box), plain(x.To))
	if len(x.Others) > 0 {
		var others []string
		for _, n := range x.Others {
			others = append(others, n.String())
		}
		said.Add(plain(w.T("ui.documents.others", "numbers", strings.Join(others, w.T("ui.list_comma")))))
	}
	for _, s := range []record.DocumentState{record.Drafted, record.Reviewed, record.Issued, record.Numbered, record.Stamped, record.Served, record.Receipt, record.Filed} {
		step, ok := x.Steps[s]
		if !ok {
			continue
		}
		line := capital(w.T("document.state."+string(s))) + " · " + w.moment(step.At)
		if step.Name != "" {
			line += " · " + step.Name
		}
		if step.Way != "" {
			line += " · " + w.T("document.way."+step.Way)
		}
		if step.Courier != "" {
			line += " · " + step.Courier
		}
		if step.Note != "" {
			line += " · " + step.Note
		}
		said.Add(quiet(line))
	}
	if x.Reason != "" {
		said.Add(quiet(w.T("ui.documents.void_reason", "reason", x.Reason)))
	}
	if missing := x.Missing(); x.State == record.Drafted && len(missing) > 0 {
		var names []string
		for _, n := range missing {
			names = append(names, w.T("document.slot."+n))
		}
		said.Add(plain(w.T("ui.documents.missing", "slots", strings.Join(names, w.T("ui.list_comma")))))
	}
	if x.State == record.Issued && x.Next() == record.Numbered {
		said.Add(plain(w.T("ui.documents.waits")))
	}
	for _, r := range v.returned {
		if r.Paper == x.ID {
			said.Add(across(8, 1, v.backMark(r), plain(w.T("ui.scans.back")+"  "+desk.PagesText(w.texts, r))))
		}
	}
	buttons := flow(8)
	step := mainButton
	if x.State == record.Drafted {
		fill := button
		if len(x.Missing()) > 0 { // what is the turn is the main button
			fill, step = mainButton, button
		}
		buttons.Add(fill(w.T("ui.documents.fill"), func() { v.fill(x) }))
	}
	if next := x.Next(); next != "" && next != record.Numbered && x.State != record.Voided {
		buttons.Add(step(w.T("ui.documents.step."+string(next)), func() { v.advance(x, next) }))
	}
	if x.State == record.Reviewed {
		buttons.Add(button(w.T("ui.documents.return"), func() { v.giveReason(x, "return") }))
	}
	buttons.Add(button(w.T("ui.documents.print"), func() { v.print(x) }))
	if (x.State == record.Drafted || x.State == record.Reviewed) && report.Editable(x.Kind) {
		buttons.Add(button(w.T("ui.documents.word"), func() { v.word(x) }))
	}
	if x.State != record.Voided && x.State != record.Filed {
		buttons.Add(button(w.T("ui.documents.void"), func() { v.giveReason(x, "void") }))
	}
	if v.inspection == "" {
		buttons.Add(button(w.T("ui.documents.inspection"), func() { w.openInspection(x.Inspection, "") }))
	}
	said.Add(inset(6, 0, buttons))
	return panel(inset(12, 14, said))
}

// backMark tells whether all pages of a document came back.
func (v *documentsView) backMark(r record.Returned) fyne.CanvasObject {
	if r.Whole() {
		return sign(tick, jadeColor, 18)
	}
	return sign(half, amberColor, 18)
}

// draft asks which document is drafted about the inspection.
func (v *documentsView) draft() {
	w, d, id := v.w, v.w.desk, v.inspection
	b := newInquiry(w, "document.draft/"+string(id))
	var kinds, words []string
	for _, k := range record.DraftedKinds() {
		kinds, words = append(kinds, k), append(words, w.T("document.kind."+k))
	}
	b.choice("kind", w.T("ui.documents.field.kind"), kinds, words, "")
	b.choice("language", w.T("ui.documents.field.language"), []string{"zh", "en", "both"}, []string{"中文", "English", "中文 / English"}, "zh")
	b.beside(2)
	b.text("word", w.T("ui.documents.field.word"), "", 1)
	b.text("copies", w.T("ui.documents.field.copies"), "2", 1)
	b.beside(2)
	b.rows["word"].say(w.T("ui.documents.word_how"))
	b.person("by", w.T("ui.documents.drafter"), v.people, "")
	v.form = b
	b.ask(w.T("ui.documents.draft_question"), w.T("ui.documents.draft_explained"), w.T("ui.documents.draft_do"), "", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		if said["kind"] == "" {
			return &record.Error{Code: record.Invalid, Message: "ui.documents.no_kind", Field: "kind"}
		}
		copies, err := strconv.Atoi(strings.TrimSpace(said["copies"]))
		if err != nil {
			return &record.Error{Code: record.Invalid, Message: "ui.plans.number", Field: "copies"}
		}
		_, err = d.Draft(ctx, desk.Drafting{Kind: said["kind"], Inspection: id, Language: report.Language(said["language"]), Copies: copies, Word: strings.TrimSpace(said["word"]), By: by})
		return err
	}, func() { v.tab = "open"; v.load() })
}

// fill asks for the slots of a draft.
func (v *documentsView) fill(x record.Document) {
	w, d := v.w, v.w.desk
	k, ok := record.FindDocumentKind(x.Kind)
	if !ok || len(k.Slots) == 0 {
		w.tell(jadeColor, "ui.documents.nothing_to_fill")
		return
	}
	b := newInquiry(w, "document.fill/"+string(x.ID))
	short := 0 // short slots stand two on a line
	for _, s := range k.Slots {
		label := w.T("document.slot." + s.Name)
		if s.Needed {
			label += " *"
		}
		value := x.Fields[s.Name]
		rows := 1
		if len(value) > 60 || longSlots[s.Name] {
			rows = 3
		}
		b.text(s.Name, label, value, rows)
		if short++; rows > 1 {
			short = 0
		}
		if short == 2 {
			b.beside(2)
			short = 0
		}
	}
	b.person("by", w.T("ui.documents.editor"), v.people, "")
	v.form = b
	b.ask(v.kind(x)+"  "+x.Shown(), "", w.T("ui.documents.fill_do"), k.Slots[0].Name, func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		fields := map[string]string{}
		for _, s := range k.Slots {
			fields[s.Name] = said[s.Name]
		}
		_, err = d.FillDocument(ctx, by, x.ID, fields)
		return err
	}, v.load)
}

// longSlots are the slots that take more than a line.
var longSlots = map[string]bool{"items": true, "case_facts": true, "interview": true, "statement": true, "review_facts": true, "review_opinion": true, "talk_record": true,
	"handler_opinion": true, "opinion": true, "closing_opinion": true, "reinspection_result": true, "dossier_note": true, "preserved": true, "drawn": true, "conditions": true}

// advance asks for what the next step needs.
func (v *documentsView) advance(x record.Document, next record.DocumentState) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "document.step/"+string(x.ID)+"/"+string(next))
	switch next {
	case record.Served:
		var words []string
		for _, way := range record.ServiceWays {
			words = append(words, w.T("document.way."+way))
		}
		b.choice("way", w.T("ui.documents.field.way"), record.ServiceWays, words, record.ServiceWays[0])
		b.text("courier", w.T("ui.documents.field.courier"), "", 1)
		b.beside(2)
	case record.Stamped, record.Receipt:
		b.text("file", w.T("ui.documents.field.file"), "", 1)
		b.browse("file", w.T("ui.documents.field.file"), ".pdf", ".jpg", ".jpeg", ".png")
	}
	b.text("note", w.T("ui.documents.field.note"), "", 2)
	var not record.ID
	if next == record.Reviewed || next == record.Issued {
		not = x.Steps[record.Drafted].By
	}
	b.person("by", w.T("ui.documents.by"), v.people, not)
	v.form = b
	b.ask(w.T("ui.documents.step_question", "step", w.T("ui.documents.step."+string(next)), "document", v.kind(x)+" "+x.Shown()), w.T("ui.documents.explained."+string(next)), w.T("ui.documents.step."+string(next)), "note",
		func(ctx context.Context, said map[string]string) error {
			by, err := actor(said)
			if err != nil {
				return err
			}
			_, err = d.AdvanceDocument(ctx, x.ID, next, desk.DocumentStep{By: by, Note: strings.TrimSpace(said["note"]), Way: said["way"], Courier: strings.TrimSpace(said["courier"]), File: strings.TrimSpace(said["file"])})
			return err
		}, v.load)
}

// giveReason sends a document back to its draft, or takes it out of force.
func (v *documentsView) giveReason(x record.Document, what string) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "document."+what+"/"+string(x.ID))
	b.text("reason", w.T("ui.plans.reason"), "", 2)
	b.person("by", w.T("ui.documents.by"), v.people, "")
	v.form = b
	b.ask(w.T("ui.documents."+what+"_question", "document", v.kind(x)+" "+x.Shown()), w.T("ui.documents."+what+"_explained"), w.T("ui.documents."+what+"_do"), "reason", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		do := d.VoidDocument
		if what == "return" {
			do = d.SendBackDocument
		}
		_, err = do(ctx, by, x.ID, said["reason"])
		return err
	}, v.load)
}

// askExport asks for the folder into which what the tab shows is printed.
func (v *documentsView) askExport() {
	v.w.chooseFolder(v.w.T("ui.documents.export_folder"), nil, v.export)
}

// export prints what the tab shows into a new folder in one, with a list beside.
func (v *documentsView) export(into string) {
	w, d, t := v.w, v.w.desk, v.w.texts
	var b desk.Batch
	for _, x := range v.docs {
		if inTab(v.tab, x) {
			b.IDs = append(b.IDs, x.ID)
		}
	}
	folder := filepath.Join(into, w.T("ui.nav.documents")+" "+w.now().Format("2006-01-02 150405"))
	n, failed := 0, 0
	v.worker.run(w.T("ui.documents.exporting"), func(ctx context.Context, progress workProgress) error {
		made, err := d.PrintBatch(ctx, w.acted, b, folder, t, func(done, all int) {
			progress(func() string { return w.T("ui.documents.exporting") + " " + itoa(done) + "/" + itoa(all) }, int64(done), int64(all))
		})
		for _, x := range made {
			if x.Err == nil {
				n++
			} else {
				failed++
			}
		}
		return err
	}, func(err error) {
		switch {
		case errors.Is(err, context.Canceled):
			w.tell(amberColor, "ui.documents.export_stopped", "n", n, "folder", folder)
		case err != nil:
			w.complain(err)
		case failed > 0:
			w.tell(amberColor, "ui.documents.export_failed", "n", failed, "folder", folder)
		default:
			w.tell(jadeColor, "ui.documents.exported", "n", n, "folder", folder)
		}
	})
}

// word writes the draft for a word processor, where the person chooses.
func (v *documentsView) word(x record.Document) {
	v.w.chooseNewFile(v.w.T("ui.documents.word_where"), fileSafe(v.kind(x)+" "+x.Internal)+".docx", func(path string) { v.saveWord(x, path) })
}

func (v *documentsView) saveWord(x record.Document, path string) {
	w, d := v.w, v.w.desk
	w.write(func(ctx context.Context) error {
		b, err := d.WordDraft(ctx, x.ID, desk.Printing{})
		if err != nil {
			return err
		}
		if err := desk.WriteFile(path, b); err != nil {
			return printFault(path, err)
		}
		return nil
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.tell(jadeColor, "ui.documents.word_written", "file", path)
	})
}

// fileSafe takes out of a name what no file system takes.
func fileSafe(name string) string {
	return strings.NewReplacer("/", "-", "\\", "-", ":", "-").Replace(name)
}

// print makes the document's PDF and opens it in the system's viewer.
func (v *documentsView) print(x record.Document) {
	w, d := v.w, v.w.desk
	var path string
	w.write(func(ctx context.Context) error {
		p := desk.Printing{Language: report.Language(x.Language)}
		doc, err := d.PrintDocument(ctx, x.Steps[record.Drafted].By, x.ID, p)
		if err != nil {
			return err
		}
		path, err = keepPrint(d.Folder(), fileSafe(x.Kind+"-"+x.Internal), p, doc.PDF)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.openFile(path)
	})
}
