package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Withdrawing and moving a photo or a note before the seal, with a reason.

// withdrawPhoto asks why a photo is withdrawn, and withdraws it.
func (v *inspectionView) withdrawPhoto(e record.Evidence) {
	v.askReason("withdraw/"+string(e.ID), v.w.T("ui.withdraw.photo"), v.w.T("ui.withdraw.photo_explained"), "ui.withdraw.reason", "ui.withdraw.do", func(reason string) {
		actor := v.actorID()
		v.undo = append(v.undo, step{back: func() { v.putBack(desk.Trace{Item: e.Item, Photo: &e}) }})
		v.rewrite(func(ctx context.Context, s *session) (desk.Visit, error) {
			return s.desk.WithdrawEvidence(ctx, actor, s.id, e.ID, reason)
		})
	})
}

// withdrawNote asks why the note on an item is withdrawn, and withdraws it.
func (v *inspectionView) withdrawNote(key string) {
	note := v.visit.Inspection.Answers[key].Note
	v.askReason("withdraw/"+string(v.session.id)+"/"+key, v.w.T("ui.withdraw.note"), v.w.T("ui.withdraw.note_explained"), "ui.withdraw.reason", "ui.withdraw.do", func(reason string) {
		actor := v.actorID()
		v.undo = append(v.undo, step{back: func() { v.putBack(desk.Trace{Item: key, Note: note}) }})
		v.rewrite(func(ctx context.Context, s *session) (desk.Visit, error) {
			return s.desk.WithdrawNote(ctx, actor, s.id, key, reason)
		})
	})
}

// askReason asks for the reason of something, in the name of whoever records.
// name tells what is asked and of what; question and explained are worded; label and yes are keys.
func (v *inspectionView) askReason(name, question, explained, label, yes string, do func(reason string)) {
	w := v.w
	reason := newNote(w, 2)
	row := newFormRow(w.T(label), reason)
	reason.onType = func(string) { row.fine() }
	left := w.unfinishedOf(name)
	left.field("reason", reason)
	left.restore(func() { v.askReasonIn(left, reason, row, question, explained, yes, do) })
}

func (v *inspectionView) askReasonIn(left *unfinished, reason *field, row *formRow, question, explained, yes string, do func(reason string)) {
	w := v.w
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T(yes), func() {
			if strings.TrimSpace(reason.Text) == "" {
				row.lacks(w, "evidence.reason_needed")
				w.canvas().Focus(reason)
				return
			}
			left.forget()
			shut()
			do(strings.TrimSpace(reason.Text))
		})
		return atLeast(w.across(480), 10, down(12, head(question), plain(explained), left.line, row.Container,
			across(8, 0, quiet(v.inTheNameOf()), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(reason)
}

// inTheNameOf tells whose name stands with what is done now.
func (v *inspectionView) inTheNameOf() string {
	for _, m := range v.visit.Inspection.Team {
		if m.Person == v.actorID() {
			return v.w.T("ui.withdraw.by", "name", m.Name)
		}
	}
	return ""
}

// mover lets a person choose where a photo or a note belongs.
type mover struct {
	v     *inspectionView
	from  string // key of the item it is on
	photo bool
	do    func(to record.ID, key, reason string)

	open   []store.InspectionRow // other inspections of whoever records that are not sealed
	visit  *desk.Visit           // the inspection chosen
	spots  []spot                // where it may go, as searched for
	chosen *spot                 // nil until one is

	where     *pick
	query     *field
	list      *fyne.Container
	more      *prose
	reason    *field
	spotRow   *formRow
	reasonRow *formRow
	latest    latest
}

// movePhotoFrom asks where a photo belongs, and moves it.
func (v *inspectionView) movePhotoFrom(e record.Evidence) {
	m := &mover{v: v, from: e.Item, photo: true, do: func(to record.ID, key, reason string) { v.movePhotoTo(e, to, key, reason) }}
	m.ask("ui.move.photo")
}

// movePhotoTo moves a photo, so that Ctrl+Z takes it back.
func (v *inspectionView) movePhotoTo(e record.Evidence, to record.ID, key, reason string) {
	here := v.session.id
	v.undo = append(v.undo, step{back: func() {
		if to != here {
			v.w.tell(amberColor, "ui.move.undo_there")
			return
		}
		v.movePhoto(e.ID, here, e.Item, v.w.T("ui.move.undone"))
	}})
	v.movePhoto(e.ID, to, key, reason)
}

// moveNoteFrom asks where the note on an item belongs, and moves it.
func (v *inspectionView) moveNoteFrom(key string) {
	m := &mover{v: v, from: key, do: func(to record.ID, there, reason string) {
		here, before := v.session.id, v.visit.Inspection.Answers[there].Note
		v.undo = append(v.undo, step{back: func() {
			if to != here || before != "" {
				v.w.tell(amberColor, "ui.move.undo_there")
				return
			}
			v.moveNote(there, here, key, v.w.T("ui.move.undone"))
		}})
		v.moveNote(key, to, there, reason)
	}}
	m.ask("ui.move.note")
}

func (m *mover) ask(question string) {
	v, w := m.v, m.v.w
	m.visit = v.visit
	m.where = newPick(func(string) { m.takeInspection() })
	m.query, m.reason = newField(w), newNote(w, 2)
	m.query.SetPlaceHolder(w.T("ui.move.search"))
	m.list, m.more = down(0), quiet("")
	m.spotRow = newFormRow(w.T("ui.move.item"), m.query)
	m.reasonRow = newFormRow(w.T("ui.move.reason"), m.reason)
	m.query.onType = func(string) { m.spotRow.fine(); m.find() }
	m.query.onEnter = func() {
		if len(m.spots) > 0 {
			m.choose(m.spots[0])
			w.canvas().Focus(m.reason)
		}
	}
	left := w.unfinishedOf("move/" + string(v.session.id) + "/" + m.from)
	left.field("reason", m.reason)
	m.reason.onType = func(string) { m.reasonRow.fine() }
	m.readOpen()
	m.showWhere()
	m.find()
	left.restore(func() { m.show(question, left) })
}

func (m *mover) show(question string, left *unfinished) {
	v, w := m.v, m.v.w
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(w.T("ui.move.do"), func() {
			reason := strings.TrimSpace(m.reason.Text)
			switch {
			case m.chosen == nil:
				m.spotRow.lacks(w, "ui.move.item_needed")
				w.canvas().Focus(m.query)
			case reason == "":
				m.reasonRow.lacks(w, "evidence.reason_needed")
				w.canvas().Focus(m.reason)
			default:
				left.forget()
				shut()
				m.do(m.visit.Inspection.ID, m.chosen.key, reason)
			}
		})
		to := newFormRow(w.T("ui.move.inspection"), m.where.framed)
		return atLeast(w.across(680), 10, down(10, head(w.T(question)), equal(12, to.Container, m.spotRow.Container),
			atLeast(0, float32(m.rows())*m.rowHeight(), m.list), m.more, left.line, m.reasonRow.Container,
			across(8, 0, quiet(v.inTheNameOf()), button(w.T("ui.cancel"), shut), w.asked)))
	})
	w.canvas().Focus(m.query)
}

func (m *mover) rowHeight() float32 { return 32 * theme.Size(textSize) / 15 }

// rows is how many items fit on the window beside what else is asked.
func (m *mover) rows() int {
	k := theme.Size(textSize) / 15
	return max(2, min(6, int((m.v.w.canvas().Size().Height-60-360*k)/m.rowHeight())))
}

// readOpen looks for other inspections of whoever records that are not sealed.
func (m *mover) readOpen() {
	v, w := m.v, m.v.w
	d, actor, here := v.session.desk, v.actorID(), v.session.id
	var open []store.InspectionRow
	m.latest.run(w.tasks, func(ctx context.Context) error {
		rows, err := d.Store.Inspections(ctx, store.InspectionFilter{})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.ID == here || r.State != record.Planned && r.State != record.OnSite {
				continue
			}
			i, err := d.Store.Inspection(ctx, r.ID)
			if err != nil {
				return err
			}
			if i.Role(actor) != "" {
				open = append(open, r)
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		m.open = open
		m.showWhere()
	})
}

func (m *mover) showWhere() {
	here := m.v.visit.Inspection
	values, labels := []string{string(here.ID)}, []string{m.v.w.T("ui.move.here")}
	for _, r := range m.open {
		values, labels = append(values, string(r.ID)), append(labels, r.OrganizationName+" · "+r.Number)
	}
	m.where.show(values, labels, string(m.visit.Inspection.ID))
}

// takeInspection shows the items of the inspection chosen.
func (m *mover) takeInspection() {
	w, d := m.v.w, m.v.session.desk
	id := record.ID(m.where.value())
	var visit desk.Visit
	m.latest.run(w.tasks, func(ctx context.Context) (err error) {
		visit, err = d.Visit(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		m.visit, m.chosen = &visit, nil
		m.find()
	})
}

// spot is a place a photo or a note may go to.
type spot struct{ key, code, text string }

// find lists the places whose code or text holds what was typed.
func (m *mover) find() {
	w := m.v.w
	here := m.visit.Inspection.ID == m.v.session.id
	text := strings.ToLower(strings.TrimSpace(m.query.Text))
	m.spots = nil
	add := func(s spot, said string) {
		if (!here || s.key != m.from) && strings.Contains(strings.ToLower(said), text) {
			m.spots = append(m.spots, s)
		}
	}
	forbidden := 0
	for _, n := range m.visit.Nodes {
		said := n.Item.Code + " " + n.Item.Text.Chinese + " " + n.Item.Text.English
		switch {
		case !m.photo || !n.Item.PhotoForbidden():
			add(spot{n.Key, n.Item.Code, w.in(n.Item.Text)}, said)
		case strings.Contains(strings.ToLower(said), text):
			forbidden++
		}
	}
	if m.photo {
		add(spot{"", "", w.T("ui.past.visit")}, w.T("ui.past.visit"))
	}
	m.showSpots()
	switch left := len(m.spots) - m.rows(); {
	case len(m.spots) == 0 && forbidden > 0:
		m.more.set(w.T("ui.move.only_forbidden"))
	case len(m.spots) == 0:
		m.more.set(w.T("ui.move.none", "text", m.query.Text))
	case left > 0:
		m.more.set(w.N("ui.move.more", left))
	default:
		m.more.set(" ")
	}
}

func (m *mover) choose(s spot) {
	m.chosen = &s
	m.spotRow.fine()
	m.showSpots()
}

func (m *mover) showSpots() {
	w := m.v.w
	m.list.Objects = nil
	seen := false
	for _, s := range m.spots[:min(len(m.spots), m.rows())] {
		code := newProse(s.code, smallSize, quietColor).strong().oneLine()
		row := newPress(w, inset(5, 8, across(10, 1, atLeast(64, 0, code), plain(s.text).oneLine())), func() { m.choose(s) })
		row.edge, row.selected = true, m.chosen != nil && m.chosen.key == s.key
		seen = seen || row.selected
		m.list.Add(row)
	}
	if !seen {
		m.chosen = nil // never one that is out of sight
	}
	m.list.Refresh()
}
