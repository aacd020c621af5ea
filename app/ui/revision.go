package ui

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// revision is a checklist being changed here, without Excel: what it comes from,
// and what it is by now. Each change is on the disk before it is shown.
type revision struct {
	From    string                // id@version
	Content string                // as it is by now
	now     checklist.Checklist   //
	past    []checklist.Checklist // what Ctrl+Z goes back to
}

const revisionSetting = "checklist/revision"

// mostPast is how many changes can be taken back.
const mostPast = 100

// revise begins to change the checklist that is shown.
func (v *checklistsView) revise(c checklist.Checklist) {
	if err := c.Editable(); err != nil {
		v.w.complain(err)
		return
	}
	v.revised(&revision{From: c.ID + "@" + c.Version}, c)
}

// revised keeps the revision as it is now and shows it.
func (v *checklistsView) revised(r *revision, now checklist.Checklist) {
	w := v.w
	r.now, r.Content = now, string(now.Bytes())
	b, err := json.Marshal(r)
	if err != nil {
		w.complain(err)
		return
	}
	d := w.desk
	w.write(func(ctx context.Context) error { return d.Store.SetSetting(ctx, revisionSetting, string(b)) }, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.revision = r
		v.show()
	})
}

// readRevision takes up what was being changed when the window last closed.
func readRevision(kept string) *revision {
	var r revision
	if kept == "" || json.Unmarshal([]byte(kept), &r) != nil {
		return nil
	}
	c, err := checklist.Parse([]byte(r.Content))
	if err != nil {
		return nil // of another version of the program
	}
	r.now = c
	return &r
}

// change makes one change; what is wrong with it is told beside row.
func (v *checklistsView) change(row *formRow, by func(checklist.Checklist) (checklist.Checklist, error)) {
	r := v.revision
	next, err := by(r.now)
	switch {
	case err != nil && row != nil:
		row.failed(v.w, err)
	case err != nil:
		v.w.complain(err)
	case next.Ref() != r.now.Ref():
		r.past = append(r.past, r.now)
		r.past = r.past[max(0, len(r.past)-mostPast):]
		v.revised(r, next)
	}
}

// undoLast takes the last change of a revision back.
func (v *checklistsView) undoLast() {
	if r := v.revision; r != nil && len(r.past) > 0 {
		last := r.past[len(r.past)-1]
		r.past = r.past[:len(r.past)-1]
		v.revised(r, last)
	}
}

// dropRevision puts the changes aside.
func (v *checklistsView) dropRevision() {
	w, d := v.w, v.w.desk
	w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, revisionSetting, "") }, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.revision = nil
		v.show()
	})
}

// nextVersion proposes a number behind the one there is: 1.0.0 makes 1.0.1.
func nextVersion(version string) string {
	at := strings.LastIndexFunc(version, func(r rune) bool { return r < '0' || r > '9' }) + 1
	n, err := strconv.Atoi(version[at:])
	if err != nil {
		return version + ".1"
	}
	return version[:at] + strconv.Itoa(n+1)
}

// keepRevision asks for the version's number and in whose name it is kept.
func (v *checklistsView) keepRevision() {
	w, r := v.w, v.revision
	v.byWhom(func() {
		b := newInquiry(w, "checklist.revision/")
		b.text("version", w.T("ui.revise.version"), nextVersion(r.now.Version), 1)
		states, words := []string{"draft", "published"}, []string(nil)
		for _, s := range states {
			words = append(words, w.T("ctl.checklist.status."+s))
		}
		b.choice("status", w.T("ui.report.status"), states, words, r.now.Status)
		b.beside(2)
		b.person("by", w.T("ui.documents.by"), v.people, "")
		v.form = b
		b.ask(w.T("ui.revise.keep_question", "title", w.in(r.now.Title)), w.T("ui.report.take_explained"), w.T("ui.revise.keep_do"), "version", func(ctx context.Context, said map[string]string) error {
			by, err := actor(said)
			if err != nil {
				return err
			}
			c, err := r.now.AsVersion(strings.TrimSpace(said["version"]), said["status"])
			if err == nil {
				_, err = w.desk.ImportChecklist(ctx, by, c)
			}
			return err
		}, func() {
			v.want = r.now.ID
			v.dropRevision()
			v.load()
			w.tell(jadeColor, "ui.revise.kept", "title", w.in(r.now.Title), "version", b.texts["version"].Text)
		})
	})
}

// reviseLine shows an item with what can be changed at it.
func (v *checklistsView) reviseLine(c checklist.Checklist, it *checklist.Item) fyne.CanvasObject {
	w := v.w
	move := across(4, -1, button("↑", func() {
		v.change(nil, func(c checklist.Checklist) (checklist.Checklist, error) { return c.Move(it.UID, -1) })
	}),
		button("↓", func() {
			v.change(nil, func(c checklist.Checklist) (checklist.Checklist, error) { return c.Move(it.UID, 1) })
		}))
	body := down(8, acrossTop(10, 1, atLeast(64, 0, newProse(it.Code, smallSize, quietColor).strong().oneLine()), plain(w.in(it.Text)), severityPill(w.words, it.Severity).box, move))
	if v.at == it.UID {
		body.Add(inset(2, 74, v.reviseForm(c, it)))
		return down(0, inset(7, 8, body), hairline())
	}
	p := newPress(w, inset(7, 8, body), func() { v.at = it.UID; v.show() })
	return down(0, p, hairline())
}

// itemForm is what can be changed at one item. It is made once for an item, so
// that the focus stays where it is, and shows what the item is by now.
type itemForm struct {
	of    string
	box   *fyne.Container
	fills []func(*checklist.Item)
}

func (v *checklistsView) reviseForm(c checklist.Checklist, it *checklist.Item) fyne.CanvasObject {
	if of := it.UID + v.w.lang(); v.itemForm == nil || v.itemForm.of != of {
		v.itemForm = v.newItemForm(c, it)
		v.itemForm.of = of
	}
	for _, fill := range v.itemForm.fills {
		fill(it)
	}
	return v.itemForm.box
}

func (v *checklistsView) newItemForm(c checklist.Checklist, it *checklist.Item) *itemForm {
	w, uid := v.w, it.UID
	form := &itemForm{box: down(8)}
	apply := func(row *formRow, set func(*checklist.Edit)) {
		v.change(row, func(c checklist.Checklist) (checklist.Checklist, error) {
			now, ok := c.Item(uid)
			if !ok {
				return c, nil
			}
			e := checklist.EditOf(now)
			set(&e)
			return c.Apply(e)
		})
	}
	text := func(label string, rows int, is func(*checklist.Item) string, set func(row *formRow, text string)) {
		f := newField(w)
		if rows > 1 {
			f = newNote(w, rows)
		}
		row := newFormRow(label, f)
		f.onType = func(string) { row.fine() }
		f.onKeep = func(text string) {
			set(row, strings.TrimSpace(text))
			f.refused = row.why != nil // it stays to be mended
		}
		form.fills = append(form.fills, func(it *checklist.Item) { f.show(uid, is(it), "") })
		form.box.Add(row.Container)
	}
	text(w.T("ui.revise.text_zh"), 2, func(it *checklist.Item) string { return it.Text.Chinese }, func(row *formRow, s string) { apply(row, func(e *checklist.Edit) { e.Text.Chinese = s }) })
	text(w.T("ui.revise.text_en"), 2, func(it *checklist.Item) string { return it.Text.English }, func(row *formRow, s string) { apply(row, func(e *checklist.Edit) { e.Text.English = s }) })
	var values, words []string
	for _, s := range []record.Severity{record.Critical, record.Major, record.Minor, record.Info} {
		values, words = append(values, string(s)), append(words, checklist.SeverityText(s, w.lang()))
	}
	var grave *formRow
	p := newPick(func(s string) { apply(grave, func(e *checklist.Edit) { e.Severity = record.Severity(s) }) })
	grave = newFormRow(w.T("ui.item.severity"), p.framed)
	form.fills = append(form.fills, func(it *checklist.Item) { p.show(values, words, string(it.Severity)) })
	form.box.Add(grave.Container)
	text(w.T("ui.item.days"), 1, func(it *checklist.Item) string {
		if it.Deadline == nil {
			return ""
		}
		return itoa(*it.Deadline)
	}, func(row *formRow, s string) {
		n, err := strconv.Atoi(s)
		if s != "" && (err != nil || n < 0) {
			row.lacks(w, "checklist.not_count", "value", s)
			return
		}
		apply(row, func(e *checklist.Edit) {
			if e.Deadline = &n; s == "" {
				e.Deadline = nil
			}
		})
	})
	for n, b := range it.Basis {
		name := b.Ref
		if i, ok := c.Instrument(b.Ref); ok {
			name = w.in(record.Text{Chinese: i.Chinese, English: i.English})
		}
		text(w.T("ui.revise.article", "instrument", name), 1, func(it *checklist.Item) string { return it.Basis[n].Article }, func(row *formRow, s string) { apply(row, func(e *checklist.Edit) { e.Articles[n] = s }) })
	}
	if len(it.Basis) > 0 {
		form.box.Add(quiet(w.T("ui.revise.article_explained")))
	}
	return form
}
