package ui

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/record"
)

// peopleView lists the people of the authority with their certificates and roles,
// and gives and ends roles.
type peopleView struct {
	page

	find *field
}

func newPeopleView(w *Window) *peopleView {
	v := &peopleView{page: newPage(w)}
	v.find = newField(w)
	v.find.onType = func(string) { v.show() }
	w.say(func() { v.find.SetPlaceHolder(w.T("ui.people.find")) })
	v.column(append(v.under("settings", "ui.people.back", "ui.people.title", "ui.people.how"), v.find)...)
	w.say(v.show)
	return v
}

// openPeople shows the people.
func (w *Window) openPeople() { w.show(w.people, "settings") }

func (v *peopleView) load() {
	v.fetch(func(context.Context) error { return nil }, v.show)
}

// roles are those that a person has now, in their order.
func (v *peopleView) roles(p record.Inspector) (out []record.Role) {
	now := v.w.now().UnixMilli()
	for _, role := range record.RoleNames {
		if (record.Roles{p.ID: p.Roles}).Hold(p.ID, role, now) {
			out = append(out, role)
		}
	}
	return out
}

func (v *peopleView) show() {
	if !v.read {
		return
	}
	w := v.w
	v.body.Objects = nil
	text := strings.ToLower(strings.TrimSpace(v.find.Text))
	var found []record.Inspector
	for _, p := range v.people {
		if text == "" || strings.Contains(strings.ToLower(p.Name+" "+p.Certificate+" "+p.Unit), text) {
			found = append(found, p)
		}
	}
	// Who has a role stands first.
	slices.SortStableFunc(found, func(a, b record.Inspector) int { return cmp.Compare(len(v.roles(b)), len(v.roles(a))) })
	for n, p := range found {
		if n == mostCards {
			v.body.Add(quiet(w.T("ui.procedures.more", "n", len(found)-mostCards)))
			break
		}
		v.body.Add(v.card(p))
	}
	if len(found) == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("ui.people.none")))))
	}
	v.scroll.Refresh()
}

func (v *peopleView) card(p record.Inspector) fyne.CanvasObject {
	w := v.w
	head := flow(8, strong(p.Name).oneLine())
	for _, role := range v.roles(p) {
		head.Add(newPill(tick, jadeColor, capital(w.T("role.name."+string(role)))).box)
	}
	if !p.ValidOn(w.now()) {
		head.Add(newPill(cross, amberColor, w.T("ui.people.expired")).box)
	}
	said := down(3, head, quiet(w.T("ui.people.valid", "certificate", p.Certificate, "unit", cmp.Or(p.Unit, "—"), "until", cmp.Or(w.day(p.ValidTo), w.T("ui.people.open_end")))))
	if len(p.Recusals) > 0 {
		said.Add(quiet(w.T("ui.people.recused", "n", len(p.Recusals))))
	}
	buttons := flow(8, button(w.T("ui.people.give"), func() { v.give(p) }))
	for _, role := range v.roles(p) {
		buttons.Add(button(w.T("ui.people.end", "role", w.T("role.name."+string(role))), func() { v.end(p, role) }))
	}
	said.Add(inset(6, 0, buttons))
	return panel(inset(12, 14, said))
}

// give asks which role a person gets.
func (v *peopleView) give(p record.Inspector) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "role.give/"+string(p.ID))
	var values, words []string
	for _, role := range record.RoleNames {
		values, words = append(values, string(role)), append(words, capital(w.T("role.name."+string(role)))+" · "+w.T("role.for."+string(role)))
	}
	b.choice("role", w.T("ui.people.role"), values, words, "")
	b.person("by", w.T("ui.documents.by"), v.people, p.ID)
	v.form = b
	b.ask(w.T("ui.people.give_question", "name", p.Name), w.T("ui.people.how"), w.T("ui.people.give_do"), "", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		return d.GiveRole(ctx, by, p.ID, record.Role(said["role"]))
	}, v.load)
}

// end asks before a role is taken from a person.
func (v *peopleView) end(p record.Inspector, role record.Role) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "role.end/"+string(p.ID))
	b.person("by", w.T("ui.documents.by"), v.people, p.ID)
	v.form = b
	b.ask(w.T("ui.people.end_question", "name", p.Name, "role", w.T("role.name."+string(role))), "", w.T("ui.people.end_do"), "", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		return d.EndRole(ctx, by, p.ID, role)
	}, v.load)
}
