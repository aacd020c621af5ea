package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// lawsView is the authority's library of law: findings whose law has changed
// since, editions that were entered, waiting and approved, and the instruments
// that come with the program, from which an edition is begun.
type lawsView struct {
	page

	laws    record.LawLibrary
	changed []desk.ChangedCitation
	opened  string // ref of the instrument whose articles are shown
}

func newLawsView(w *Window) *lawsView {
	v := &lawsView{page: newPage(w)}
	v.column(v.under("settings", "ui.import.back", "ui.laws.title", "ui.laws.how")...)
	w.say(v.show)
	return v
}

// openLaws shows the library.
func (w *Window) openLaws() { w.show(w.laws, "settings") }

func (v *lawsView) load() {
	d := v.w.desk
	var laws record.LawLibrary
	var changed []desk.ChangedCitation
	v.fetch(func(ctx context.Context) (err error) {
		if laws, err = d.Laws(ctx); err != nil {
			return err
		}
		changed, err = d.ChangedCitations(ctx, true)
		return err
	}, func() {
		v.laws, v.changed = laws, changed
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

// approve asks who compared the edition, and with what.
func (v *lawsView) approve(k record.KeptLaw) {
	w := v.w
	b := newInquiry(w, "law.approve/"+string(k.ID()))
	b.person("by", w.T("ui.laws.approver"), v.people, k.Edited.By)
	b.rows["by"].say(w.T("ui.laws.not_editor", "name", k.Edited.Name))
	b.text("note", w.T("ui.laws.compared"), "", 2)
	v.form = b
	d := w.desk
	b.ask(w.T("ui.laws.approve_question", "title", w.in(k.Title), "edition", w.in(k.Edition)), w.T("ui.laws.approve_explained"), w.T("ui.laws.approve_do"), "note",
		func(ctx context.Context, said map[string]string) error {
			by, err := actor(said)
			if err == nil {
				_, err = d.ApproveLaw(ctx, by, k.ID(), said["note"])
			}
			return err
		}, v.load)
}

// enter asks for an edition, beginning from one.
func (v *lawsView) enter(from record.LawEdition) {
	w := v.w
	b := newInquiry(w, "law.enter/"+from.Ref+"/"+from.From)
	b.text("ref", w.T("ui.laws.field.ref"), from.Ref, 1)
	b.text("title", w.T("ui.laws.field.title"), from.Title.Chinese, 1)
	b.beside(2)
	b.text("edition", w.T("ui.laws.field.edition"), from.Edition.Chinese, 1)
	b.text("from", w.T("ui.laws.field.from"), from.From, 1)
	b.text("until", w.T("ui.laws.field.until"), from.Until, 1)
	b.beside(3)
	b.text("source", w.T("ui.laws.field.source"), from.Source.Chinese, 1)
	b.text("articles", w.T("ui.laws.field.articles"), articleLines(from, w.lang()), 5)
	b.rows["articles"].say(w.T("ui.laws.articles_how"))
	b.person("by", w.T("ui.laws.editor"), v.people, "")
	v.form = b
	d := w.desk
	b.ask(w.T("ui.laws.enter_question"), "", w.T("ui.laws.enter_do"), "edition", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		e := record.LawEdition{Ref: strings.TrimSpace(said["ref"]), Title: reworded(from.Title, said["title"]), Edition: reworded(from.Edition, said["edition"]),
			From: strings.TrimSpace(said["from"]), Until: strings.TrimSpace(said["until"]), Source: reworded(from.Source, said["source"]), Confidence: record.Verified}
		if e.Articles, err = desk.ParseLawArticles(said["articles"], from.Articles); err != nil {
			return err
		}
		_, err = d.EditLaw(ctx, by, e)
		return err
	}, func() { w.tell(jadeColor, "ui.laws.kept"); v.load() })
}

// reworded keeps the English words of a text whose Chinese ones stayed.
func reworded(was record.Text, chinese string) record.Text {
	chinese = strings.TrimSpace(chinese)
	if chinese == was.Chinese {
		return was
	}
	return record.Text{Chinese: chinese}
}
