package ui

import (
	"context"
	"sort"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// visitForm holds the facts of the visit itself: where, who received the
// inspectors, what was shown and told, and what the organization says.
type visitForm struct {
	v      *inspectionView
	w      *Window
	all    *fyne.Container
	fields []*visitField
	papers *tickBox
	rights *tickBox
	facts  *fyne.Container
	photos *fyne.Container
	traces *fyne.Container // of photos of the visit as a whole
	open   *fyne.Container // conflicts on these fields
	about  *fyne.Container
	start  *fyne.Container
}

// visitField is one text of the form and the path it is kept at.
type visitField struct {
	*field
	row  *formRow
	path string
	text func(record.Inspection) string
}

func newVisitForm(v *inspectionView) *visitForm {
	w := v.w
	f := &visitForm{v: v, w: w, facts: down(6), photos: flow(8), traces: down(6), open: down(8), about: down(4), start: flow(8)}
	for _, x := range []*visitField{
		{path: "place", text: func(i record.Inspection) string { return i.Place }},
		{path: "person_on_site", text: func(i record.Inspection) string { return i.PersonOnSite }},
		{path: "person_post", text: func(i record.Inspection) string { return i.PersonPost }},
		{path: "recusal", text: func(i record.Inspection) string { return i.Recusal }},
		{path: "statement", text: func(i record.Inspection) string { return i.Statement }},
	} {
		x.field = newField(w)
		if x.path == "statement" {
			x.field = newNote(w, 3)
		}
		x.row = w.row("ui.field."+x.path, x.field)
		x.onDraft = func(text string) { v.draft(x.path, text) }
		x.onDiscard = func() { v.discard(x.path) }
		x.onType = func(string) { x.row.fine() }
		x.onKeep = func(text string) { f.keep(x, text) }
		f.fields = append(f.fields, x)
	}
	f.papers = newTickBox(w, func(on bool) { f.check("shown_papers", on) })
	f.rights = newTickBox(w, func(on bool) { f.check("told_rights", on) })
	factsHead, photosHead := head(""), head("")
	w.say(func() {
		f.papers.text.set(w.T("ui.field.shown_papers"))
		f.rights.text.set(w.T("ui.field.told_rights"))
		factsHead.set(w.T("ui.visit.facts"))
		photosHead.set(w.T("ui.visit.photos"))
	})
	by := map[string]fyne.CanvasObject{}
	for _, x := range f.fields {
		by[x.path] = x.row.Container
	}
	f.all = inset(10, 8, atMost(900, down(14, f.about, f.open, down(2, f.papers.press, f.rights.press), by["place"], equal(14, by["person_on_site"], by["person_post"]),
		by["recusal"], by["statement"], photosHead, f.photos, f.traces, factsHead, f.facts, f.start)))
	return f
}

// keep keeps one text of the form.
func (f *visitForm) keep(x *visitField, text string) {
	f.set(map[string]any{x.path: text}, func(err error) {
		x.refuse(x.text(f.v.visit.Inspection))
		x.row.failed(f.w, err)
	}, x.path)
}

func (f *visitForm) check(path string, on bool) {
	f.set(map[string]any{path: on}, nil)
}

func (f *visitForm) set(values map[string]any, failed func(error), drafts ...string) {
	v := f.v
	actor, typist := v.actorID(), v.typist.ID
	v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
		set := s.desk.SetFieldsSeen
		if typist != "" {
			set, actor = s.desk.TranscribeFields, typist
		}
		visit, err := set(ctx, actor, s.seen, values)
		for _, path := range drafts {
			if err == nil {
				delete(visit.Drafts, path)
				err = s.desk.Store.DropDraft(ctx, s.id, path)
			}
		}
		return visit, err
	}, failed)
}

func (f *visitForm) show() {
	w, v := f.w, f.v
	i := v.visit.Inspection
	sealed := i.Sealed != nil
	f.papers.set(i.ShownPapers)
	f.rights.set(i.ToldRights)
	f.papers.press.enable(!sealed)
	f.rights.press.enable(!sealed)
	for _, x := range f.fields {
		x.field.show(string(i.ID), x.text(i), v.visit.Drafts[x.path])
		enableField(x.field, !sealed)
	}
	f.about.Objects = nil
	var team []string
	for _, m := range i.Team {
		team = append(team, m.Name+" ("+roleWord(w.words, m.Role)+", "+m.Certificate+")")
	}
	f.about.Add(across(8, 1, atLeast(120, 0, quiet(w.T("ui.visit.team"))), plain(strings.Join(team, w.T("ui.list_comma")))))
	f.about.Add(across(8, 1, atLeast(120, 0, quiet(w.T("ui.register.address"))), plain(i.Organization.Address)))
	if i.StartedAt != "" {
		f.about.Add(across(8, 1, atLeast(120, 0, quiet(w.T("ui.field.started_at"))), plain(w.moment(i.StartedAt))))
	}
	switch {
	case sealed || i.State == record.Cancelled:
	case i.State == record.Planned:
		f.about.Add(inset(4, 0, flow(8, button(w.T("ui.ready.leave"), func() { w.showReadiness(i.ID, true) }))))
	default:
		f.about.Add(inset(4, 0, flow(8, button(w.T("ui.ready.go"), func() { w.showReadiness(i.ID, false) }))))
	}
	f.open.Objects = nil
	for _, path := range i.Conflicts {
		if !strings.HasPrefix(path, "items/") {
			f.open.Add(conflictBox(w, i, path, i.Cell(path).Heads, func() { v.load() }))
		}
	}
	showIf(f.open, len(f.open.Objects) > 0)
	f.photos.Objects = nil
	for _, e := range i.EvidenceOf("") {
		f.photos.Add(photoThumb(w, v, e))
	}
	if !sealed {
		f.photos.Add(button(w.T("ui.item.add_photo"), func() {
			w.chooseFile(w.T("ui.item.add_photo"), []string{".jpg", ".jpeg", ".png"}, func(path string) { v.attach("", []string{path}) })
		}))
	}
	v.showTraces(f.traces, "", true)
	f.showFacts(sealed)
	f.start.Objects = nil
	if sealed {
		f.start.Add(button(w.T("ui.amend.open"), func() { v.askAmend(checklist.Node{}) }))
	}
	if !sealed && len(v.visit.Checklist.Sections) > 0 {
		f.start.Add(mainButton(w.T("ui.visit.go_on"), func() { v.goPlace(v.firstOpenSection()) }))
	}
	f.all.Refresh()
}

// showFacts asks for the facts that decide which items apply.
func (f *visitForm) showFacts(sealed bool) {
	w, v := f.w, f.v
	f.facts.Objects = nil
	stated := checklist.StatedFacts(v.visit.Inspection)
	names := checklist.UnknownFacts(v.visit.Nodes)
	for name := range stated {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value, known := stated[name]
		yes := newChoiceButton(w, tick, inkColor, w.T("ui.yes"), func() { v.stateFact(name, checklist.Yes) })
		no := newChoiceButton(w, dash, inkColor, w.T("ui.no"), func() { v.stateFact(name, checklist.No) })
		yes.press.enable(!sealed)
		no.press.enable(!sealed)
		yes.choose(known && value)
		no.choose(known && !value)
		f.facts.Add(across(10, 0, plain(checklist.FactText(name, w.lang())), yes.press, no.press))
	}
	if len(names) == 0 {
		f.facts.Add(quiet(w.T("ui.visit.no_facts")))
	}
}
