package ui

import (
	"strings"

	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// draftPause is how long typing may go on before the text is on the disk.
const draftPause = 500 * time.Millisecond

// field is an entry for a text that is kept: half a second after a key its
// text is a draft on the disk, and when the field is left it becomes one entry.
type field struct {
	widget.Entry
	w         *Window
	onKeep    func(text string) // the field was left with a new text
	onDraft   func(text string) // typing paused
	onType    func(text string) // each key
	onDiscard func()            // a draft was typed back to what is kept
	onDown    func()            // the arrow down was pressed in a field of one line
	onEnter   func()            // Enter was pressed in a field of one line

	of        string // what the text belongs to
	kept      string
	refused   bool // the text could not be kept as it is; it stays to be mended
	setting   bool
	stopDraft func()
	drafted   bool
}

func newField(w *Window) *field {
	f := &field{w: w}
	f.ExtendBaseWidget(f)
	f.Wrapping = fyne.TextWrapOff
	f.OnChanged = f.changed
	return f
}

// newNote is a field of several lines.
func newNote(w *Window, rows int) *field {
	f := newField(w)
	f.MultiLine = true
	f.Wrapping = fyne.TextWrapBreak
	f.SetMinRowsVisible(rows)
	return f
}

// show sets what is kept under the name of; draft, if any, is unfinished text
// that stands above it. What somebody is typing just now stays, and so does a
// text that was refused, until the field shows something else.
func (f *field) show(of, kept, draft string) {
	if f.of == of {
		typing := f.Text != f.kept && f.w.canvas().Focused() == fyne.Focusable(f)
		if typing || f.refused {
			return
		}
	}
	f.of, f.kept, f.refused = of, kept, false
	text := kept
	if draft != "" {
		text = draft
	}
	if f.Text != text {
		f.setting = true
		f.SetText(text)
		f.setting = false
	}
}

// refuse takes back that the text was kept, and keeps it as a draft.
func (f *field) refuse(kept string) {
	f.kept, f.refused = kept, true
	if f.onDraft != nil {
		f.drafted = true
		f.onDraft(f.Text)
	}
}

func (f *field) changed(text string) {
	meet(text)
	if f.setting {
		return
	}
	if f.onType != nil {
		f.onType(text)
	}
	if f.onDraft == nil {
		return
	}
	if f.stopDraft != nil {
		f.stopDraft()
	}
	f.stopDraft = f.w.tasks.After(draftPause, func() {
		f.stopDraft = nil
		if f.Text != f.kept {
			f.drafted = true
			f.onDraft(f.Text)
		}
	})
}

// keep makes an entry of the text if it is a new one.
func (f *field) keep() {
	if f.stopDraft != nil {
		f.stopDraft()
		f.stopDraft = nil
	}
	if f.Text == f.kept {
		if f.drafted && f.onDiscard != nil {
			f.drafted = false
			f.onDiscard()
		}
		return
	}
	f.drafted = false
	if f.onKeep != nil {
		f.kept, f.refused = f.Text, false
		f.onKeep(f.Text)
	}
}

// AcceptsTab lets the Tab key move on from a field of several lines too.
func (f *field) AcceptsTab() bool { return false }

// FocusGained scrolls the field into view.
func (f *field) FocusGained() {
	f.Entry.FocusGained()
	f.w.reveal(f)
}

// FocusLost makes an entry of the text.
func (f *field) FocusLost() {
	f.Entry.FocusLost()
	f.keep()
}

// TypedShortcut hands the window's own shortcuts on; Fyne gives them to the
// field that has the focus and to nobody else.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if !f.w.shortcut(s) {
		f.Entry.TypedShortcut(s)
	}
}

// TypedKey sends function keys on, and leaves the field on Escape.
func (f *field) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		f.w.canvas().Unfocus()
		if f.w.canvas().Overlays().Top() != nil && f.w.shutModal != nil {
			f.w.shutModal()
		}
	case fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9:
		f.w.typedKey(e)
	case fyne.KeyDown:
		if f.onDown != nil {
			f.onDown()
			return
		}
		f.Entry.TypedKey(e)
	case fyne.KeyReturn, fyne.KeyEnter:
		f.Entry.TypedKey(e)
		if !f.MultiLine {
			f.keep()
			if f.onEnter != nil {
				f.onEnter()
			}
		}
	default:
		f.Entry.TypedKey(e)
	}
}

// formRow is a label, an input beneath it and room for what is wrong with it.
type formRow struct {
	*fyne.Container
	label, hint, fault *prose
	why                func() string // what is wrong, in the language of the time; nil nothing
}

// row is a formRow whose label and fault follow the language.
func (w *Window) row(key string, input fyne.CanvasObject) *formRow {
	r := newFormRow("", input)
	w.say(func() {
		r.label.set(w.T(key))
		if r.why != nil {
			r.wrong(r.why())
		}
	})
	return r
}

// failed shows an error beside the input.
func (r *formRow) failed(w *Window, err error) {
	r.why = func() string { return w.texts.Error(err) }
	r.wrong(r.why())
}

// lacks shows a text beside the input.
func (r *formRow) lacks(w *Window, key string, args ...any) {
	r.why = func() string { return w.T(key, args...) }
	r.wrong(r.why())
}

// reword words the fault anew, for a row whose label its view sets.
func (r *formRow) reword() {
	if r.why != nil {
		r.wrong(r.why())
	}
}

// fine takes back that something is wrong.
func (r *formRow) fine() {
	r.why = nil
	r.wrong("")
}

func newFormRow(label string, input fyne.CanvasObject) *formRow {
	r := &formRow{label: newProse(label, smallSize, quietColor), hint: quiet(""), fault: newProse("", smallSize, vermilionColor)}
	r.fault.Hide()
	r.hint.Hide()
	r.Container = down(3, r.label, input, r.fault, r.hint)
	return r
}

// wrong shows a fault already worded; "" none.
func (r *formRow) wrong(text string) {
	r.fault.set(text)
	if show := text != ""; show != r.fault.Visible() {
		if show {
			r.fault.Show()
		} else {
			r.fault.Hide()
		}
		r.Refresh()
	}
}

// say shows a remark under the input.
func (r *formRow) say(text string) {
	r.hint.set(text)
	if show := text != ""; show != r.hint.Visible() {
		if show {
			r.hint.Show()
		} else {
			r.hint.Hide()
		}
		r.Refresh()
	}
}

// pick is a choice among values, each with its words.
type pick struct {
	*widget.Select
	framed  fyne.CanvasObject // with the frame that Fyne's lacks
	values  []string
	setting bool
	fits    bool // as wide as its longest words
	onPick  func(value string)
}

func newPick(onPick func(value string)) *pick {
	p := &pick{onPick: onPick}
	p.Select = widget.NewSelect(nil, func(string) {
		if !p.setting && p.onPick != nil {
			p.onPick(p.value())
		}
	})
	p.Select.PlaceHolder = " "
	p.framed = newBox(inset(1, 1, p.Select), theme.ColorNameInputBackground, theme.ColorNameInputBorder, 4)
	return p
}

// show sets what can be chosen and what is. Two values may have the same words.
func (p *pick) show(values, labels []string, chosen string) {
	p.setting = true
	defer func() { p.setting = false }()
	for _, l := range labels {
		meet(l)
	}
	p.values = values
	p.Select.Options = labels
	if m := (measure{size: theme.Size(textSize)}); p.fits {
		// Fyne's choice is as wide as its placeholder; blanks grow with the text.
		widest := float32(0)
		for _, l := range labels {
			widest = max(widest, m.width(l))
		}
		p.Select.PlaceHolder = strings.Repeat(" ", 1+int(widest/m.of(' ')))
	}
	at := -1
	for n, v := range values {
		if v == chosen {
			at = n
		}
	}
	if at < 0 {
		p.Select.ClearSelected()
	} else {
		p.Select.SetSelectedIndex(at)
	}
	p.Select.Refresh()
}

func (p *pick) value() string {
	if n := p.Select.SelectedIndex(); n >= 0 && n < len(p.values) {
		return p.values[n]
	}
	return ""
}

// choose shows a value as chosen, without telling anybody.
func (p *pick) choose(value string) { p.show(p.values, p.Select.Options, value) }

// choosePlace presses the pick's value at place n, as a person would.
func (p *pick) choosePlace(n int) { p.Select.SetSelectedIndex(n) }

// buttons

// pushButton is a button that Enter presses too; the keys it has no use for
// go to the view.
type pushButton struct{ widget.Button }

func button(text string, onTap func()) *pushButton {
	b := &pushButton{}
	b.Text, b.OnTapped = text, onTap
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey presses the button on Space and Enter.
func (b *pushButton) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if b.OnTapped != nil && !b.Disabled() {
			b.OnTapped() // not Tapped, which takes the focus away
		}
	default:
		if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(e)
		}
	}
}

// TypedRune lets 1 2 3 answer the item in hand.
func (b *pushButton) TypedRune(r rune) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil && c.OnTypedRune() != nil && r != ' ' {
		c.OnTypedRune()(r)
	}
}

// mainButton is the one thing to do next.
func mainButton(text string, onTap func()) *pushButton {
	b := button(text, onTap)
	b.Importance = widget.HighImportance
	return b
}

// linkButton is a small action among text.
func linkButton(k keys, text string, onTap func()) *press {
	p := newPress(k, inset(2, 4, newProse(text, textSize, theme.ColorNameHyperlink).oneLine()), onTap)
	return p
}
