package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"plumbline/app/record"
)

// unfinished keeps what is typed into a form that is not yet kept: half a second
// after a key it is a draft on the disk, and stands in the form again when that
// is opened the next time, after Esc, after a crash, after a day. It is
// forgotten when the form is kept.
type unfinished struct {
	w      *Window
	form   record.ID // where its drafts lie: what is asked, and of which record
	fields map[string]*field
	picks  map[string]*pick
	begun  map[string]string // what each began with
	line   *fyne.Container   // says that something was put back
}

// unfinishedOf begins with a form; its name tells what is asked and of which
// record, so that two are not mixed up.
func (w *Window) unfinishedOf(name string) *unfinished {
	u := &unfinished{w: w, form: record.ID("form/" + name), fields: map[string]*field{}, picks: map[string]*pick{}, begun: map[string]string{}}
	u.line = across(10, 0, quiet(w.T("ui.form.put_back")), linkButton(w, w.T("ui.form.anew"), u.anew))
	u.line.Hide()
	return u
}

// field keeps what is typed into f.
func (u *unfinished) field(name string, f *field) {
	u.fields[name], u.begun[name] = f, f.Text
	f.kept = f.Text
	f.onDraft = func(text string) { u.save(name, text) }
	f.onKeep = f.onDraft
	f.onDiscard = func() { u.save(name, f.Text) }
}

// pick keeps what is chosen.
func (u *unfinished) pick(name string, p *pick) {
	u.picks[name], u.begun[name] = p, p.value()
	before := p.onPick
	p.onPick = func(value string) {
		if before != nil {
			before(value)
		}
		u.save(name, value)
	}
}

func (u *unfinished) save(name, text string) {
	d, same := u.w.desk, text == u.begun[name]
	u.w.tasks.Queue(func(ctx context.Context) error {
		if same {
			return d.Store.DropDraft(ctx, u.form, name)
		}
		return d.Store.SaveDraft(ctx, u.form, name, text)
	}, func(err error) { u.w.complain(err) })
}

// restore puts back what was left the last time, where nothing was typed
// meanwhile; then is called in any case.
func (u *unfinished) restore(then func()) {
	d := u.w.desk
	var left map[string]string
	u.w.tasks.Queue(func(ctx context.Context) (err error) {
		left, err = d.Store.Drafts(ctx, u.form)
		return err
	}, func(err error) {
		if err != nil {
			u.w.complain(err)
		}
		for name, text := range left {
			if f := u.fields[name]; f != nil && f.Text == u.begun[name] {
				f.show(f.of, u.begun[name], text)
				u.line.Show()
			}
			if p := u.picks[name]; p != nil && p.value() == u.begun[name] {
				p.choose(text)
				u.line.Show()
			}
		}
		then()
	})
}

// anew gives the form as it began.
func (u *unfinished) anew() {
	for name, f := range u.fields {
		f.kept = u.begun[name]
		f.SetText(u.begun[name])
		u.save(name, f.kept)
	}
	for name, p := range u.picks {
		p.choose(u.begun[name])
		u.save(name, u.begun[name])
	}
	u.line.Hide()
}

// release lets the fields go, which may serve another form next.
func (u *unfinished) release() {
	for _, f := range u.fields {
		if f.stopDraft != nil {
			f.stopDraft()
			f.stopDraft = nil
		}
		f.onDraft, f.onKeep, f.onDiscard, f.drafted = nil, nil, nil, false
	}
}

// forget is called when the form was kept.
func (u *unfinished) forget() {
	u.release()
	d := u.w.desk
	u.w.tasks.Queue(func(ctx context.Context) error { return d.Store.DropDrafts(ctx, u.form) }, func(err error) { u.w.complain(err) })
}
