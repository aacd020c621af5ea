package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/workbook"
)

// formsView is the ledger of pre-stamped blank forms: who took which numbers, and
// what became of each.
type formsView struct {
	page

	bookings []record.Booking
}

func newFormsView(w *Window) *formsView {
	v := &formsView{page: newPage(w)}
	out, print := mainButton("", v.bookOut), button("", v.print)
	w.say(func() {
		out.SetText(w.T("ui.forms.out"))
		print.SetText(w.T("ui.forms.print"))
	})
	v.column(append(v.under("documents", "ui.forms.back", "list.blank_forms", "ui.forms.how", print, out), w.takers())...)
	w.say(v.show)
	return v
}

// openForms shows the ledger of blank forms.
func (w *Window) openForms() { w.show(w.forms, "documents") }

func (v *formsView) load() {
	d := v.w.desk
	var bookings []record.Booking
	v.fetch(func(ctx context.Context) (err error) {
		bookings, err = d.Store.Bookings(ctx)
		return err
	}, func() {
		v.bookings = bookings
		v.show()
	})
}

func (v *formsView) show() {
	if !v.read {
		return
	}
	w := v.w
	v.body.Objects = nil
	for _, n := range record.FormClashes(v.bookings) {
		v.body.Add(across(8, 1, sign(cross, vermilionColor, 18), plain(w.T("blank.out_twice", "number", n))))
	}
	for _, b := range v.bookings {
		v.body.Add(v.card(b))
	}
	if len(v.bookings) == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("ui.forms.none")))))
	}
	v.scroll.Refresh()
}

func (v *formsView) card(b record.Booking) fyne.CanvasObject {
	w := v.w
	open := b.Open()
	m, c, state := half, amberColor, w.T("ui.forms.left", "n", len(open))
	if len(open) == 0 {
		m, c, state = tick, jadeColor, w.T("ui.forms.settled")
	}
	numbers := b.Number(b.First)
	if b.Last > b.First {
		numbers += " — " + b.Number(b.Last)
	}
	n := b.Counts()
	said := down(3, across(10, 0, strong(numbers+"  "+w.T("document.kind."+b.Kind)).atMostLines(2), newPill(m, c, state).box),
		plain(w.T("ui.forms.taken", "name", b.Name, "at", w.moment(b.At), "by", b.Who)),
		quiet(w.T("ui.forms.counts", "used", n[record.FormUsed], "spoiled", n[record.FormSpoiled], "returned", n[record.FormReturned], "out", n[""])))
	for _, run := range runsOf(b) {
		said.Add(quiet(run.numbers + " · " + w.T("blank.fate."+run.Fate) + " · " + strings.Join(slices.DeleteFunc([]string{run.Number, run.To, run.Note, run.Who}, func(s string) bool { return s == "" }), " · ")))
	}
	buttons := flow(8)
	for _, fate := range record.FormFates {
		buttons.Add(button(w.T("ui.forms.tell."+fate), func() { v.tell(b, fate) }))
	}
	said.Add(inset(6, 0, buttons))
	return panel(inset(12, 14, said))
}

// fateRun is a run of numbers with one fate.
type fateRun struct {
	record.FormFate
	numbers string
}

// runsOf puts forms that follow each other and have the same fate together.
func runsOf(b record.Booking) (out []fateRun) {
	first := 0
	for n := b.First; n <= b.Last; n++ {
		f, told := b.Fates[n]
		if !told {
			continue
		}
		if last, ok := b.Fates[n-1]; ok && last == f && len(out) > 0 {
			out[len(out)-1].numbers = b.Number(first) + "—" + b.Number(n)
			continue
		}
		first = n
		out = append(out, fateRun{f, b.Number(n)})
	}
	return out
}

// bookOut asks who takes which forms.
func (v *formsView) bookOut() {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "forms.book/")
	var kinds, words []string
	for _, k := range record.DraftedKinds() {
		kinds, words = append(kinds, k), append(words, w.T("document.kind."+k))
	}
	b.choice("kind", w.T("ui.documents.field.kind"), kinds, words, "")
	b.text("first", w.T("ui.forms.first"), "", 1)
	b.text("last", w.T("ui.forms.last"), "", 1)
	b.beside(2)
	b.person("to", w.T("ui.forms.to"), v.people, "")
	b.person("by", w.T("ui.forms.by"), v.people, "")
	b.beside(2)
	v.form = b
	b.ask(w.T("ui.forms.out_question"), w.T("ui.forms.out_explained"), w.T("ui.forms.out_do"), "first", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		if said["kind"] == "" {
			return &record.Error{Code: record.Invalid, Message: "ui.documents.no_kind", Field: "kind"}
		}
		_, err = d.BookOut(ctx, by, record.ID(said["to"]), said["kind"], said["first"], said["last"])
		return err
	}, v.load)
}

// tell asks what became of forms.
func (v *formsView) tell(of record.Booking, fate string) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "forms.told/"+fate+"/"+string(of.ID))
	numbers := ""
	if open := of.Open(); len(open) > 0 {
		numbers = of.Number(open[0])
		if fate == record.FormReturned && len(open) == open[len(open)-1]-open[0]+1 && len(open) > 1 { // the rest comes back
			numbers += "—" + of.Number(open[len(open)-1])
		}
	}
	b.text("numbers", w.T("ui.forms.numbers"), numbers, 1)
	if fate == record.FormUsed {
		b.text("inspection", w.T("ui.forms.inspection"), "", 1)
		b.beside(2)
	}
	b.text("note", w.T("ui.forms.note."+fate), "", 2)
	b.person("by", w.T("ui.documents.by"), v.people, "")
	v.form = b
	b.ask(w.T("ui.forms.tell."+fate), w.T("ui.forms.tell_explained"), w.T("ui.forms.tell_do"), "numbers", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		told := desk.FormsTold{Kind: of.Kind, Fate: fate, Inspection: said["inspection"], Note: said["note"], By: by}
		if told.Numbers, err = desk.FormNumbers(said["numbers"]); err != nil {
			return err
		}
		_, err = d.TellForms(ctx, told)
		return err
	}, v.load)
}

// print makes the ledger's PDF and opens it.
func (v *formsView) print() {
	w, d := v.w, v.w.desk
	language := report.Chinese
	if w.texts.Lang() == "en" {
		language = report.English
	}
	var path string
	w.write(func(ctx context.Context) error {
		doc, err := d.PrintFormLedger(ctx, language)
		if err != nil {
			return err
		}
		path, err = keepPrint(d.Folder(), "form-ledger", desk.Printing{Language: language}, doc.PDF)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.openFile(path)
	})
}

func (v *formsView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	w, t := v.w, v.w.texts
	if one || len(v.bookings) == 0 {
		return nil, nil
	}
	return func(ctx context.Context) (workbook.Table, error) { return w.desk.FormLedger(ctx, t) }, nil
}
