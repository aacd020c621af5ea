package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// destructionView lists the requests to destroy unlawful content, open ones
// first: what is asked for, on what ground, by whom, and who approved. It is
// reached from the settings, since it concerns every inspection here and a
// second person who may not have any of them open; a request is made where the
// content is seen, at the photo or the item.
type destructionView struct {
	w      *Window
	scroll *container.Scroll
	body   *fyne.Container
	latest latest
	seen   []asked
	people []record.Inspector // who may be the second person
	read   bool
}

// asked is a request with what a list says of its inspection and people.
type asked struct {
	store.Destruction
	organization, number string
	names                map[record.ID]string
	team                 []record.ID
}

func newDestructionView(w *Window) *destructionView {
	v := &destructionView{w: w, body: down(10)}
	name, how := title(""), plain("")
	back := newProse("", textSize, "hyperlink").oneLine()
	w.say(func() {
		back.set(w.T("ui.import.back"))
		name.set(w.T("ui.destroy.title"))
		how.set(w.T("ui.destroy.how"))
	})
	v.scroll = scrolled(atMost(900, down(12, flow(0, newPress(w, inset(2, 4, back), func() { w.goTo("settings") })), name, how, v.body)))
	w.say(v.show)
	return v
}

func (v *destructionView) object() fyne.CanvasObject    { return v.scroll }
func (v *destructionView) leave()                       {}
func (v *destructionView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *destructionView) load() {
	w := v.w
	d := w.desk
	var seen []asked
	var people []record.Inspector
	v.latest.run(w.tasks, func(ctx context.Context) error {
		all, err := d.Store.Destructions(ctx)
		if err != nil {
			return err
		}
		if people, err = d.Store.Inspectors(ctx); err != nil {
			return err
		}
		for _, x := range all {
			a := asked{Destruction: x, names: map[record.ID]string{}}
			if i, err := d.Store.Inspection(ctx, x.Request.Inspection); err == nil {
				a.organization, a.number = i.Organization.Name, i.Number
				for _, m := range i.Team {
					a.team = append(a.team, m.Person)
				}
			} else if record.CodeOf(err) != record.NotFound {
				return err
			}
			for _, p := range people {
				a.names[p.ID] = p.Name
			}
			seen = append(seen, a)
		}
		slices.SortStableFunc(seen, func(a, b asked) int {
			if (a.State == store.DestructionOpen) != (b.State == store.DestructionOpen) {
				if a.State == store.DestructionOpen {
					return -1
				}
				return 1
			}
			return strings.Compare(b.Request.At, a.Request.At)
		})
		return nil
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.seen, v.people, v.read = seen, people, true
		v.show()
	})
}

func (v *destructionView) show() {
	if !v.read {
		return
	}
	v.body.Objects = nil
	for _, a := range v.seen {
		v.body.Add(v.card(a))
	}
	if len(v.seen) == 0 {
		v.body.Add(panel(inset(14, 16, plain(v.w.T("ui.destroy.none")))))
	}
	v.scroll.Refresh()
}

func destructionPill(w *Window, state string) *pill {
	m, c := half, amberColor
	switch state {
	case store.DestructionRejected:
		m, c = dash, slateColor
	case store.DestructionUnproved:
		m, c = clash, vermilionColor
	case store.DestructionDone:
		m, c = cross, slateColor
	}
	return newPill(m, c, capital(w.T("destruction.state."+state)))
}

// mostDigests is how many digests of a request are shown; more are counted.
const mostDigests = 6

func (v *destructionView) card(a asked) fyne.CanvasObject {
	w, q := v.w, a.Request
	said := down(3, across(10, 0, strong(capital(w.T("destruction.reason."+q.Reason))), destructionPill(w, a.State).box))
	if q.Note != "" {
		said.Add(plain(q.Note))
	}
	if a.organization != "" {
		said.Add(outdented(linkButton(w, a.organization+"  "+a.number, func() { w.openInspection(q.Inspection, "") })))
	} else {
		said.Add(quiet(w.T("ui.destroy.not_here")))
	}
	var entries []record.Hash
	for _, e := range q.Entries {
		entries = append(entries, e.Entry)
	}
	for _, x := range []struct {
		count string
		list  []record.Hash
	}{{"ui.count.files", q.Files}, {"ui.count.entries", entries}} {
		if len(x.list) > 0 {
			said.Add(quiet(w.N(x.count, len(x.list)) + w.T("ui.colon") + digests(w, x.list)))
		}
	}
	said.Add(plain(w.T("ui.destroy.asked", "name", a.names[q.Person], "time", w.moment(q.At))))
	if a.Approval != nil {
		said.Add(plain(w.T("ui.destroy.approved", "name", a.names[a.Approval.Person], "time", w.moment(a.Approval.At))))
	}
	if a.Rejected != "" {
		said.Add(plain(w.T("ui.destroy.rejected", "name", a.names[a.RejectedBy], "reason", a.Rejected)))
	}
	if a.State == store.DestructionOpen {
		said.Add(inset(6, 0, flow(8, mainButton(w.T("ui.destroy.approve"), func() { v.approve(a) }), button(w.T("ui.destroy.reject"), func() { v.reject(a) }))))
	}
	return panel(inset(12, 14, said))
}

func digests(w *Window, list []record.Hash) string {
	text := "SHA-256"
	for _, d := range list[:min(len(list), mostDigests)] {
		text += "  " + d.Short()
	}
	if more := len(list) - mostDigests; more > 0 {
		text += "  " + w.T("ui.destroy.more", "n", more)
	}
	return text
}

// personPick offers the inspectors on this laptop but one, the team first.
func (v *destructionView) personPick(a asked, but record.ID) *pick {
	p := newPick(nil)
	people := slices.Clone(v.people)
	slices.SortStableFunc(people, func(x, y record.Inspector) int {
		in, jn := slices.Contains(a.team, x.ID), slices.Contains(a.team, y.ID)
		switch {
		case in == jn:
			return 0
		case in:
			return -1
		}
		return 1
	})
	var values, labels []string
	for _, x := range people {
		if x.ID != but {
			values, labels = append(values, string(x.ID)), append(labels, x.Name+" · "+x.Certificate)
		}
	}
	chosen := ""
	if len(values) > 0 {
		chosen = values[0]
	}
	p.show(values, labels, chosen)
	return p
}

// approve asks the second person for the word after which nothing brings the
// content back.
func (v *destructionView) approve(a asked) {
	w := v.w
	who, pin := v.personPick(a, a.Request.Person), newPIN(w)
	w.askedPIN = pin
	whoRow, pinRow := newFormRow(w.T("ui.destroy.second"), who.framed), newFormRow(w.T("ui.sign.pin"), pin)
	whoRow.say(w.T("ui.destroy.not_first", "name", a.names[a.Request.Person]))
	hint := func() {
		pinRow.fine()
		pinRow.say(w.pinHint(record.ID(who.value())))
	}
	who.onPick = func(string) { hint() }
	hint()
	pin.onType = func(string) { pinRow.fine() }
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.destroy.approve_do"), func() {
			person, d := record.ID(who.value()), w.desk
			if person == "" {
				whoRow.lacks(w, "ui.destroy.nobody")
				return
			}
			w.write(func(ctx context.Context) error {
				_, err := d.ApproveDestruction(ctx, a.ID, person, pin.Text)
				return err
			}, func(err error) {
				if v.refused(err, map[string]*formRow{"pin": pinRow}, whoRow) {
					return
				}
				shut()
				w.tell(jadeColor, "ui.destroy.done")
				v.load()
			})
		})
		return atLeast(w.across(560), 10, down(12, head(w.T("ui.destroy.approve_question")), plain(w.T("ui.destroy.approve_explained")), whoRow.Container, atMost(w.across(320), pinRow.Container),
			across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(pin)
}

// refused shows an error beside the field at fault and tells whether there was one.
func (v *destructionView) refused(err error, rows map[string]*formRow, other *formRow) bool {
	if err == nil {
		return false
	}
	var e *record.Error
	if errors.As(err, &e) && rows[e.Field] != nil {
		rows[e.Field].failed(v.w, err)
	} else {
		other.failed(v.w, err)
	}
	return true
}

// pinHint tells what the PIN asked for is: the known one, or a new one.
func (w *Window) pinHint(person record.ID) string {
	if w.desk.HasKey(person) {
		return w.T("ui.sign.pin_known")
	}
	return w.T("ui.sign.pin_first")
}

// reject asks for the reason of a no, or of taking the request back.
func (v *destructionView) reject(a asked) {
	w := v.w
	who, reason := v.personPick(a, ""), newNote(w, 2)
	whoRow, reasonRow := newFormRow(w.T("ui.destroy.who"), who.framed), newFormRow(w.T("ui.destroy.reject_reason"), reason)
	reason.onType = func(string) { reasonRow.fine() }
	left := w.unfinishedOf("destroy.reject/" + string(a.ID))
	left.field("reason", reason)
	left.restore(func() { v.askReject(a, left, who, reason, whoRow, reasonRow) })
}

func (v *destructionView) askReject(a asked, left *unfinished, who *pick, reason *field, whoRow, reasonRow *formRow) {
	w := v.w
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.destroy.reject_do"), func() {
			person, d := record.ID(who.value()), w.desk
			w.write(func(ctx context.Context) error {
				_, err := d.RejectDestruction(ctx, a.ID, person, reason.Text)
				return err
			}, func(err error) {
				if v.refused(err, map[string]*formRow{"reason": reasonRow}, whoRow) {
					return
				}
				left.forget()
				shut()
				v.load()
			})
		})
		return atLeast(w.across(560), 10, down(12, head(w.T("ui.destroy.reject_question")), plain(w.T("ui.destroy.reject_explained")), left.line, whoRow.Container, reasonRow.Container,
			across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(reason)
}

// openDestructions shows the requests.
func (w *Window) openDestructions() { w.show(w.destructions, "settings") }

// grounds of a destruction, in the order they are offered.
var grounds = []string{record.ForClassified, record.ForMinor, record.ForThirdParty, record.ForOther}

// askDestruction is the first person's word that something seen here must not
// be kept.
func (v *inspectionView) askDestruction(u desk.Unlawful) {
	w := v.w
	person := v.actorID()
	note, pin := newNote(w, 2), newPIN(w)
	w.askedPIN = pin
	ground := flow(6)
	groundRow, noteRow, pinRow := newFormRow(w.T("ui.destroy.ground"), ground), newFormRow(w.T("ui.destroy.note"), note), newFormRow(w.T("ui.sign.pin"), pin)
	var all []*choiceButton
	for n, g := range grounds {
		b := newChoiceButton(w, "", inkColor, capital(w.T("destruction.reason."+g)), func() {
			u.Reason = g
			groundRow.fine()
			noteRow.fine()
			for k, other := range all {
				other.choose(k == n)
			}
		})
		b.choose(g == u.Reason)
		all = append(all, b)
		ground.Add(b.press)
	}
	note.onType = func(string) { noteRow.fine() }
	pin.onType = func(string) { pinRow.fine() }
	pinRow.say(w.pinHint(person))
	explained := "ui.destroy.ask_photo"
	if len(u.Texts) > 0 {
		explained = "ui.destroy.ask_words"
	}
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.destroy.ask_do"), func() {
			if u.Reason == "" {
				groundRow.lacks(w, "ui.destroy.ground_needed")
				return
			}
			asking := u
			asking.Note = note.Text
			s := v.session
			w.write(func(ctx context.Context) error {
				_, err := s.desk.RequestDestruction(ctx, s.id, person, pin.Text, asking)
				return err
			}, func(err error) {
				if w.destructions.refused(err, map[string]*formRow{"pin": pinRow, "note": noteRow}, groundRow) {
					return
				}
				shut()
				w.tell(jadeColor, "ui.destroy.asked_told")
			})
		})
		return atLeast(w.across(600), 10, down(12, head(w.T("ui.destroy.ask_question")), plain(w.T(explained)), groundRow.Container, noteRow.Container, atMost(w.across(320), pinRow.Container),
			across(8, 0, quiet(v.inTheNameOf()), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(all[0].press)
}
