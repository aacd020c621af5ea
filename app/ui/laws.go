package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// lawsView is the authority's library of law: findings whose law has changed
// since, editions that were entered, waiting and approved, and the instruments
// that come with the program, from which an edition is begun.
type lawsView struct {
	w      *Window
	scroll *container.Scroll
	body   *fyne.Container
	latest latest

	laws    record.LawLibrary
	changed []desk.ChangedCitation
	people  []record.Inspector
	opened  string // ref of the instrument whose articles are shown
	read    bool
	form    lawForm // that is asked for
}

// lawForm is what is asked of an edition, or of its approval.
type lawForm struct {
	texts map[string]*field
	rows  map[string]*formRow
	who   *pick
}

func newLawsView(w *Window) *lawsView {
	v := &lawsView{w: w, body: down(10)}
	name, how := title(""), plain("")
	back := newProse("", textSize, "hyperlink").oneLine()
	w.say(func() {
		back.set(w.T("ui.import.back"))
		name.set(w.T("ui.laws.title"))
		how.set(w.T("ui.laws.how"))
	})
	v.scroll = scrolled(atMost(900, down(12, flow(0, newPress(w, inset(2, 4, back), func() { w.goTo("settings") })), name, how, v.body)))
	w.say(v.show)
	return v
}

func (v *lawsView) object() fyne.CanvasObject    { return v.scroll }
func (v *lawsView) leave()                       {}
func (v *lawsView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

// openLaws shows the library.
func (w *Window) openLaws() { w.show(w.laws, "settings") }

func (v *lawsView) load() {
	w := v.w
	d := w.desk
	var laws record.LawLibrary
	var changed []desk.ChangedCitation
	var people []record.Inspector
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if laws, err = d.Laws(ctx); err != nil {
			return err
		}
		if changed, err = d.ChangedCitations(ctx, true); err != nil {
			return err
		}
		people, err = d.Store.Inspectors(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.laws, v.changed, v.people, v.read = laws, changed, people, true
		v.show()
	})
}

func (v *lawsView) show() {
	if !v.read {
		return
	}
	w := v.w
	v.body.Objects = nil
	if len(v.changed) > 0 {
		list := down(4, strong(w.T("ui.laws.changed", "n", len(v.changed))))
		for _, x := range v.changed {
			list.Add(newPress(w, inset(4, 6, down(1, plain(x.Code+"  "+v.cited(x.Cited)),
				quiet("→ "+v.cited(x.Now)+" · "+w.T("law.change."+string(x.Change))))), func() { w.openRectification(x.Finding) }))
		}
		v.body.Add(newBox(inset(10, 12, list), amberSoft, "", 4))
	}
	v.body.Add(across(10, 0, head(w.T("ui.laws.library")), button(w.T("ui.laws.enter"), func() { v.enter(record.LawEdition{}) })))
	for _, k := range slices.Backward(v.laws) {
		v.body.Add(v.card(k))
	}
	if len(v.laws) == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("ui.laws.none")))))
	}
	v.body.Add(inset(8, 0, head(w.T("ui.laws.builtin"))))
	for _, e := range desk.BuiltinLaws() {
		v.body.Add(v.instrument(e))
	}
	v.scroll.Refresh()
}

func (v *lawsView) cited(c record.Citation) string {
	return checklist.CitationText(c, v.w.lang()) + " · " + c.EditionIn(v.w.lang())
}

func (v *lawsView) card(k record.KeptLaw) fyne.CanvasObject {
	w := v.w
	state := newPill(half, amberColor, w.T("ui.laws.waiting"))
	switch {
	case k.Conflict:
		state = newPill(clash, vermilionColor, w.T("ui.laws.conflict"))
	case k.Approved != nil:
		state = newPill(tick, jadeColor, w.T("ui.laws.approved"))
	}
	until := w.T("ui.laws.from", "from", k.From)
	if k.Until != "" {
		until = w.T("ui.laws.period", "from", k.From, "until", k.Until)
	}
	said := down(3, across(10, 0, strong(w.in(k.Title)).atMostLines(2), state.box), plain(w.in(k.Edition)+" · "+until), quiet(w.T("ui.laws.source", "source", w.in(k.Source))),
		quiet(w.T("ui.laws.entered", "name", k.Edited.Name, "time", w.moment(k.Edited.At))))
	if a := k.Approved; a != nil {
		said.Add(quiet(w.T("ui.laws.approved_by", "name", a.Name, "time", w.moment(a.At), "note", a.Note)))
	}
	if text := articleLines(k.LawEdition, w.lang()); text != "" {
		said.Add(quiet(w.T("ui.laws.articles") + w.T("ui.colon") + strings.ReplaceAll(text, "\n", w.T("ui.list_comma"))).atMostLines(3))
	}
	buttons := flow(8)
	if k.Approved == nil && !k.Conflict {
		buttons.Add(mainButton(w.T("ui.laws.approve"), func() { v.approve(k) }))
	}
	buttons.Add(button(w.T("ui.laws.edit"), func() { v.enter(k.LawEdition) }))
	said.Add(inset(6, 0, buttons))
	return panel(inset(12, 14, said))
}

// articleLines writes the articles of an edition, a line each, as they are
// entered.
func articleLines(e record.LawEdition, lang string) string {
	return strings.Join(desk.LawArticleLines(e.Articles, lang), "\n")
}

func (v *lawsView) instrument(e record.LawEdition) fyne.CanvasObject {
	w := v.w
	line := across(10, 0, plain(w.in(e.Title)), quiet(w.in(e.Edition)).oneLine(), quiet(w.T("ui.laws.n_articles", "n", len(e.Articles))).oneLine())
	body := down(4, line)
	if v.opened == e.Ref {
		for _, a := range e.Articles {
			body.Add(quiet("    " + checklist.CitationText(record.Citation{Ref: e.Ref, Chinese: e.Title.Chinese, English: e.Title.English, Article: a.Article, Confidence: a.Confidence}, w.lang())))
		}
		body.Add(flow(0, button(w.T("ui.laws.begin"), func() { v.enter(e) })))
	}
	p := newPress(w, inset(6, 8, body), func() {
		if v.opened == e.Ref {
			v.opened = ""
		} else {
			v.opened = e.Ref
		}
		v.show()
	})
	return p
}

// who offers the people on this laptop.
func (v *lawsView) who(but record.ID) *pick {
	p := newPick(nil)
	var values, labels []string
	for _, x := range v.people {
		if x.ID != but {
			values, labels = append(values, string(x.ID)), append(labels, x.Name+" · "+x.Certificate)
		}
	}
	p.show(values, labels, "")
	return p
}

// approve asks who compared the edition, and with what.
func (v *lawsView) approve(k record.KeptLaw) {
	w := v.w
	who, note := v.who(k.Edited.By), newNote(w, 2)
	whoRow, noteRow := newFormRow(w.T("ui.laws.approver"), who.framed), newFormRow(w.T("ui.laws.compared"), note)
	whoRow.say(w.T("ui.laws.not_editor", "name", k.Edited.Name))
	who.onPick = func(string) { whoRow.fine() }
	note.onType = func(string) { noteRow.fine() }
	v.form = lawForm{map[string]*field{"note": note}, map[string]*formRow{"note": noteRow, "by": whoRow}, who}
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.laws.approve_do"), func() {
			d, person, text := w.desk, record.ID(who.value()), note.Text
			w.write(func(ctx context.Context) error {
				if person == "" {
					return &record.Error{Code: record.Invalid, Message: "law.by", Field: "by"}
				}
				_, err := d.ApproveLaw(ctx, person, k.ID(), text)
				return err
			}, func(err error) {
				if w.destructions.refused(err, v.form.rows, noteRow) {
					return
				}
				shut()
				v.load()
			})
		})
		return atLeast(w.across(560), 10, down(12, head(w.T("ui.laws.approve_question", "title", w.in(k.Title), "edition", w.in(k.Edition))), plain(w.T("ui.laws.approve_explained")),
			whoRow.Container, noteRow.Container, across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(note)
}

// enter asks for an edition, beginning from one.
func (v *lawsView) enter(from record.LawEdition) {
	w := v.w
	texts := map[string]*field{}
	rows := map[string]*formRow{}
	form := down(10)
	add := func(name, value string, lines int) {
		f := newField(w)
		if lines > 1 {
			f = newNote(w, lines)
		}
		f.SetText(value)
		row := newFormRow(w.T("ui.laws.field."+name), f)
		f.onType = func(string) { row.fine() }
		texts[name], rows[name] = f, row
	}
	add("ref", from.Ref, 1)
	add("title", from.Title.Chinese, 1)
	add("edition", from.Edition.Chinese, 1)
	add("from", from.From, 1)
	add("until", from.Until, 1)
	add("source", from.Source.Chinese, 1)
	add("articles", articleLines(from, w.lang()), 5)
	rows["articles"].say(w.T("ui.laws.articles_how"))
	who := v.who("")
	whoRow := newFormRow(w.T("ui.laws.editor"), who.framed)
	who.onPick = func(string) { whoRow.fine() }
	rows["by"] = whoRow
	for _, line := range [][]string{{"ref", "title"}, {"edition", "from", "until"}, {"source"}, {"articles"}, {"by"}} {
		beside := equal(12)
		for _, name := range line {
			beside.Add(rows[name].Container)
		}
		form.Add(beside)
	}
	v.form = lawForm{texts, rows, who}
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.laws.enter_do"), func() {
			e := from
			e.Ref, e.From, e.Until, e.Confidence = strings.TrimSpace(texts["ref"].Text), strings.TrimSpace(texts["from"].Text), strings.TrimSpace(texts["until"].Text), record.Verified
			e.Title, e.Edition, e.Source = record.Text{Chinese: texts["title"].Text, English: from.Title.English}, reworded(from.Edition, texts["edition"].Text), reworded(from.Source, texts["source"].Text)
			lines, kept := texts["articles"].Text, from.Articles
			d, person := w.desk, record.ID(who.value())
			w.write(func(ctx context.Context) error {
				if person == "" {
					return &record.Error{Code: record.Invalid, Message: "law.by", Field: "by"}
				}
				var err error
				if e.Articles, err = desk.ParseLawArticles(lines, kept); err != nil {
					return err
				}
				_, err = d.EditLaw(ctx, person, e)
				return err
			}, func(err error) {
				if w.destructions.refused(err, rows, whoRow) {
					return
				}
				shut()
				w.tell(jadeColor, "ui.laws.kept")
				v.load()
			})
		})
		return atLeast(w.across(760), 10, down(12, head(w.T("ui.laws.enter_question")), form, across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(texts["edition"])
}

// reworded keeps the English words of a text whose Chinese ones stayed.
func reworded(was record.Text, chinese string) record.Text {
	chinese = strings.TrimSpace(chinese)
	if chinese == was.Chinese {
		return was
	}
	return record.Text{Chinese: chinese}
}
