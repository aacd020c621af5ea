package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/store"
)

// searchEntry is the search in the bar above, Ctrl+K from anywhere: what is
// typed is looked for in organizations, inspections and checklist items.
type searchEntry struct {
	widget.Entry
	w    *Window
	stop func()
}

func newSearchEntry(w *Window) *searchEntry {
	e := &searchEntry{w: w}
	e.ExtendBaseWidget(e)
	e.SetIcon(lens.resource(quietColor))
	e.OnChanged = func(text string) {
		meet(text)
		if e.stop != nil {
			e.stop()
		}
		e.stop = w.tasks.After(searchPause, func() { w.found.find(text) })
	}
	e.OnSubmitted = func(string) { w.found.openFirst() }
	return e
}

// TypedShortcut hands the window's own shortcuts on.
func (e *searchEntry) TypedShortcut(s fyne.Shortcut) {
	if !e.w.shortcut(s) {
		e.Entry.TypedShortcut(s)
	}
}

// TypedKey leaves the search on Escape and goes into the results on Down.
func (e *searchEntry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyEscape:
		e.SetText("")
		e.w.canvas().Unfocus()
		if e.w.view == view(e.w.found) && e.w.found.from != "" {
			e.w.goTo(e.w.found.from)
		}
	case fyne.KeyDown:
		e.w.canvas().FocusNext()
	default:
		e.Entry.TypedKey(k)
	}
}

// searchView shows what was found, by kind.
type searchView struct {
	w      *Window
	from   string // place of the navigation where the search began
	scroll *container.Scroll
	body   *fyne.Container
	latest latest
	first  func()

	text        string
	found       []store.Found
	inspections []store.InspectionRow
	items       []*checklist.Item
}

const mostOfEach = 8

func newSearchView(w *Window) *searchView {
	v := &searchView{w: w, body: down(2)}
	v.scroll = scrolled(v.body)
	w.say(v.show)
	return v
}

func (v *searchView) object() fyne.CanvasObject    { return v.scroll }
func (v *searchView) leave()                       {}
func (v *searchView) load()                        {}
func (v *searchView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *searchView) find(text string) {
	w := v.w
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	var found []store.Found
	var inspections []store.InspectionRow
	lower := strings.ToLower(text)
	v.latest.run(w.tasks, func(ctx context.Context) error {
		var err error
		if found, err = w.desk.Store.SearchOrganizations(ctx, text, mostOfEach); err != nil {
			return err
		}
		all, err := w.desk.Store.Inspections(ctx, store.InspectionFilter{Limit: 5000})
		for _, r := range all {
			if strings.Contains(strings.ToLower(r.Number+" "+r.OrganizationName+" "+r.Code), lower) && len(inspections) < mostOfEach {
				inspections = append(inspections, r)
			}
		}
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.text, v.found, v.inspections, v.items = text, found, inspections, itemsWith(lower)
		if w.view != view(v) {
			// Not show: the focus stays in the search.
			v.from = w.place
			w.view.leave()
			w.view, w.place = v, ""
			w.body.Objects = []fyne.CanvasObject{v.scroll}
			for _, p := range w.nav {
				p.selectIt(false)
			}
			w.body.Refresh()
		}
		v.show()
	})
}

func itemsWith(lower string) []*checklist.Item {
	var out []*checklist.Item
	library := checklist.Library()
	for n := range library {
		it := &library[n]
		if strings.Contains(strings.ToLower(it.Code+" "+it.Text.Chinese+" "+it.Text.English), lower) && len(out) < mostOfEach {
			out = append(out, it)
		}
	}
	return out
}

func (v *searchView) openFirst() {
	if v.first != nil && v.w.view == view(v) {
		v.first()
	}
}

func (v *searchView) show() {
	w := v.w
	v.body.Objects, v.first = nil, nil
	add := func(o fyne.CanvasObject, open func()) {
		if v.first == nil {
			v.first = open
		}
		v.body.Add(newPress(w, inset(6, 8, o), open))
	}
	group := func(key string, n int) {
		if n > 0 {
			v.body.Add(inset(10, 8, head(w.T(key))))
		}
	}
	group("ui.nav.organizations", len(v.found))
	for _, f := range v.found {
		r := newFoundRow()
		r.show(w.words, f)
		r.all = inset(0, 0, r.all.Objects[0])
		add(r, func() { w.openOrganization(f.ID) })
	}
	group("ui.nav.inspections", len(v.inspections))
	for _, i := range v.inspections {
		add(across(12, 1, quiet(w.day(i.PlannedOn)).oneLine(), plain(i.OrganizationName), quiet(i.Number).oneLine(), statePill(w.words, i.State, i.Conflicts)), func() { w.openInspection(i.ID, "") })
	}
	group("ui.search.items", len(v.items))
	for _, it := range v.items {
		add(across(12, 1, atLeast(64, 0, quiet(it.Code).oneLine()), plain(w.in(it.Text))), func() { w.checklists.openItem(it.UID) })
	}
	if len(v.body.Objects) == 0 {
		v.body.Add(plain(w.T("ui.search.none", "text", v.text)))
	}
	v.scroll.Refresh()
}
