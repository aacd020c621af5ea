package ui

import (
	"context"
	"errors"
	"maps"
	"slices"

	"fyne.io/fyne/v2"

	"plumbline/app/record"
)

// inquiry is a form asked for in front of a view: fields and picks by name. What is
// wrong is told beside the field that an error names; what was typed stays.
type inquiry struct {
	w     *Window
	left  *unfinished
	texts map[string]*field
	picks map[string]*pick
	rows  map[string]*formRow
	lines [][]string // names, those of a line beside each other
}

// newInquiry begins a form; its name tells what is asked and of which record.
func newInquiry(w *Window, name string) *inquiry {
	return &inquiry{w: w, left: w.unfinishedOf(name), texts: map[string]*field{}, picks: map[string]*pick{}, rows: map[string]*formRow{}}
}

// text adds a field; more than one line makes it a note.
func (b *inquiry) text(name, label, value string, lines int) {
	f := newField(b.w)
	if lines > 1 {
		f = newNote(b.w, lines)
	}
	f.SetText(value)
	row := newFormRow(label, f)
	f.onType = func(string) { row.fine() }
	b.texts[name], b.rows[name] = f, row
	b.left.field(name, f)
	b.lines = append(b.lines, []string{name})
}

// browse lets a person choose the file instead of typing its path.
func (b *inquiry) browse(name, title string, kinds ...string) {
	f := b.texts[name]
	b.rows[name].Container.Add(flow(0, button(b.w.T("ui.choose_file"), func() { b.w.chooseFile(title, kinds, func(path string) { f.SetText(path) }) })))
}

// choice adds a pick.
func (b *inquiry) choice(name, label string, values, labels []string, chosen string) {
	p := newPick(nil)
	p.show(values, labels, chosen)
	row := newFormRow(label, p.framed)
	p.onPick = func(string) { row.fine() }
	b.picks[name], b.rows[name] = p, row
	b.left.pick(name, p)
	b.lines = append(b.lines, []string{name})
}

// person adds a pick of the people on this laptop but one; who acted last is
// chosen already.
func (b *inquiry) person(name, label string, people []record.Inspector, but record.ID) {
	var values, labels []string
	for _, x := range people {
		if x.ID != but {
			values, labels = append(values, string(x.ID)), append(labels, x.Name+" · "+x.Certificate)
		}
	}
	last := string(b.w.acted)
	if !slices.Contains(values, last) {
		last = ""
	}
	b.choice(name, label, values, labels, last)
}

// beside puts the last n rows on one line.
func (b *inquiry) beside(n int) {
	at := len(b.lines) - n
	var line []string
	for _, l := range b.lines[at:] {
		line = append(line, l...)
	}
	b.lines = append(b.lines[:at], line)
}

// said gives what stands in the form.
func (b *inquiry) said() map[string]string {
	out := map[string]string{}
	for name, f := range b.texts {
		out[name] = f.Text
	}
	for name, p := range b.picks {
		out[name] = p.value()
	}
	return out
}

// ask shows the form, with what was left in it the last time. do is called with what was said, away from the window's
// own thread; done when it went well.
func (b *inquiry) ask(heading, explained, yes, focus string, do func(ctx context.Context, said map[string]string) error, done func()) {
	b.left.restore(func() { b.show(heading, explained, yes, focus, do, done) })
}

func (b *inquiry) show(heading, explained, yes, focus string, do func(ctx context.Context, said map[string]string) error, done func()) {
	w := b.w
	body, rows := down(12, head(heading), b.left.line), down(12)
	if explained != "" {
		body.Add(plain(explained))
	}
	last := ""
	for _, line := range b.lines {
		row := equal(12)
		for _, name := range line {
			row.Add(b.rows[name].Container)
			last = name
		}
		rows.Add(row)
	}
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(yes, func() {
			said := maps.Clone(b.said())
			w.write(func(ctx context.Context) error { return do(ctx, said) }, func(err error) {
				if err == nil {
					w.acted = record.ID(said["by"])
					b.left.forget()
					shut()
					done()
					return
				}
				var e *record.Error
				if errors.As(err, &e) && b.rows[e.Field] != nil {
					b.rows[e.Field].failed(w, err)
				} else {
					b.rows[last].failed(w, err)
				}
			})
		})
		width := w.across(760)
		var form fyne.CanvasObject = rows
		// A long form scrolls; the buttons below it are always there.
		if most := w.canvas().Size().Height - 230; heightAt(rows, width) > most {
			form = atLeast(width, max(most, 120), scrolled(rows))
		}
		body.Add(form)
		body.Add(across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), w.asked))
		return atLeast(width, 10, body)
	})
	if f := b.texts[focus]; f != nil {
		w.canvas().Focus(f)
	}
}

// actor is who acts, as a form said; nobody is no answer.
func actor(said map[string]string) (record.ID, error) {
	if said["by"] == "" {
		return "", &record.Error{Code: record.Invalid, Message: "law.by", Field: "by"}
	}
	return record.ID(said["by"]), nil
}
