package ui

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"plumbline/app/record"
	"plumbline/app/store"
)

// organizationFilters are what the register can be narrowed down by, in the
// order of their choices.
var organizationFilters = []string{"kind", "district", "status", "past"}

// asked is what the view asks the register for.
func (v *organizationsView) asked() store.OrganizationFilter {
	f := v.filter
	f.Text = v.query.Text
	return f
}

// narrow takes a choice.
func (v *organizationsView) narrow(name, value string) {
	switch name {
	case "kind":
		v.filter.Kind = record.OrganizationKind(value)
	case "district":
		v.filter.District = value
	case "status":
		v.filter.Status = value
	case "past":
		v.filter.Past = value
	}
	v.find()
}

// find begins a search anew.
func (v *organizationsView) find() {
	v.limit = firstFound
	v.search(v.list.ScrollToTop)
}

// readFacets reads what can be chosen, once for each state of the register: it
// takes a second for a million rows, and the list does not wait for it.
func (v *organizationsView) readFacets() {
	if v.counted == v.total {
		return
	}
	v.counted = v.total
	var facets store.OrganizationFacets
	v.reading.run(v.w.tasks, func(ctx context.Context) (err error) {
		facets, err = v.w.desk.Store.OrganizationFacets(ctx)
		return err
	}, func(err error) {
		if err != nil {
			v.w.complain(err)
			return
		}
		v.facets = facets
		v.showFilters()
		v.all.Refresh()
	})
}

// showFilters shows the choices and the filters that have a name.
func (v *organizationsView) showFilters() {
	w := v.w
	put := func(name, chosen string, values, labels []string) {
		if chosen != "" && !slices.Contains(values, chosen) {
			values, labels = append(values, chosen), append(labels, chosen) // no organization is that any more
		}
		v.picks[name].show(append([]string{""}, values...), append([]string{w.T("ui.organizations.any." + name)}, labels...), chosen)
	}
	var kinds, kindWords []string
	for _, k := range v.facets.Kinds {
		kinds, kindWords = append(kinds, string(k)), append(kindWords, organizationKind(w.words, k))
	}
	var statusWords []string
	for _, s := range v.facets.Statuses {
		if s == store.ActiveStatus {
			s = w.T("ui.organizations.active")
		}
		statusWords = append(statusWords, s)
	}
	past := []string{store.NeverInspected, store.WithOpenFindings}
	put("kind", string(v.filter.Kind), kinds, kindWords)
	put("district", v.filter.District, slices.Clone(v.facets.Districts), slices.Clone(v.facets.Districts))
	put("status", v.filter.Status, slices.Clone(v.facets.Statuses), statusWords)
	put("past", v.filter.Past, past, []string{w.T("ui.organizations.past.never"), w.T("ui.organizations.past.open")})

	v.chips.Objects = nil
	now, known := v.asked(), false
	for n, s := range v.saved {
		b := newChoiceButton(w, "", inkColor, s.Name, func() { v.use(s.OrganizationFilter) })
		b.choose(s.OrganizationFilter == now)
		v.chips.Add(b.press)
		if s.OrganizationFilter == now {
			known = true
			v.chips.Add(linkButton(w, w.T("ui.organizations.forget_filter"), func() { v.keepFilters(slices.Delete(slices.Clone(v.saved), n, n+1)) }))
		}
	}
	if !known && now != (store.OrganizationFilter{}) {
		v.chips.Add(linkButton(w, w.T("ui.organizations.save_filter"), v.nameFilter))
	}
	if now != (store.OrganizationFilter{}) {
		v.chips.Add(linkButton(w, w.T("ui.organizations.no_filter"), func() { v.use(store.OrganizationFilter{}) }))
	}
	showIf(v.chips, len(v.chips.Objects) > 0)
}

// use searches by a filter.
func (v *organizationsView) use(f store.OrganizationFilter) {
	v.filter = f
	v.filter.Text = ""
	v.query.show("", f.Text, "")
	v.find()
}

// nameFilter asks for the name under which the filter is kept.
func (v *organizationsView) nameFilter() {
	w, f := v.w, v.asked()
	b := newInquiry(w, "organizations.filter")
	b.text("name", w.T("ui.organizations.filter_name"), strings.TrimSpace(f.Text+" "+f.District), 1)
	v.form = b
	saved := slices.Clone(v.saved)
	b.ask(w.T("ui.organizations.save_filter"), w.T("ui.organizations.filter_how"), w.T("ui.organizations.filter_do"), "name", func(ctx context.Context, said map[string]string) error {
		name := strings.TrimSpace(said["name"])
		if name == "" {
			return &record.Error{Code: record.Invalid, Message: "ui.organizations.filter_unnamed", Field: "name"}
		}
		list := slices.DeleteFunc(saved, func(s savedFilter) bool { return s.Name == name })
		return v.storeFilters(ctx, append(list, savedFilter{name, f}))
	}, v.load)
}

func (v *organizationsView) keepFilters(list []savedFilter) {
	v.w.tasks.Queue(func(ctx context.Context) error { return v.storeFilters(ctx, list) }, func(err error) {
		v.w.complain(err)
		v.load()
	})
}

func (v *organizationsView) storeFilters(ctx context.Context, list []savedFilter) error {
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return v.w.desk.Store.SetSetting(ctx, savedFilters, string(b))
}
