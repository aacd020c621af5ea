package ui

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// control presses Ctrl and a key as Fyne hands it on: to the field that has the
// focus, else to the window.
func control(w *Window, k fyne.KeyName) {
	s := &desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}
	if f, ok := w.canvas().Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(s)
		return
	}
	w.shortcut(s) // what the canvas was told to call; the test's canvas calls nothing
}

func pressKey(w *Window, k fyne.KeyName) {
	e := &fyne.KeyEvent{Name: k}
	if f := w.canvas().Focused(); f != nil {
		f.TypedKey(e)
		return
	}
	w.canvas().OnTypedKey()(e)
}

func TestShortcutsWorkWhileATextIsTyped(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	v.take(node(t, w, checklist.Conformity).Key)
	w.canvas().Focus(v.panel.note)
	control(w, fyne.KeyK)
	if w.canvas().Focused() != fyne.Focusable(w.search) {
		t.Errorf("Ctrl+K in a note leaves the focus on %T", w.canvas().Focused())
	}
	control(w, fyne.Key3)
	if w.view != view(w.organizations) {
		t.Errorf("Ctrl+3 in the search shows %T, want the organizations", w.view)
	}
	control(w, fyne.KeyF)
	if w.canvas().Focused() != fyne.Focusable(w.organizations.query) {
		t.Errorf("Ctrl+F leaves the focus on %T, want the search of the list", w.canvas().Focused())
	}
	w.goTo("sync")
	control(w, fyne.KeyF)
	if w.canvas().Focused() != fyne.Focusable(w.search) {
		t.Errorf("Ctrl+F where there is no list goes to %T, want the search of everything", w.canvas().Focused())
	}
}

func TestCtrlSKeepsTheTextAtHandAndLosesNothing(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.canvas().Focus(v.panel.note)
	for _, r := range "账簿第三页" {
		v.panel.note.TypedRune(r)
	}
	before := entries(t, w)
	control(w, fyne.KeyS)
	if got := w.stored(t, v.session.id).Answers[n.Key].Note; got != "账簿第三页" || entries(t, w) == before {
		t.Errorf("after Ctrl+S the note is %q", got)
	}
	if w.canvas().Focused() != fyne.Focusable(v.panel.note) {
		t.Error("Ctrl+S took the focus from the note")
	}
	if !strings.Contains(w.said.text, "saved") {
		t.Errorf("the window says %q, want that everything is saved", w.said.text)
	}
	v.panel.note.TypedRune('，')
	before = entries(t, w)
	control(w, fyne.KeyS)
	control(w, fyne.KeyS)
	if got := entries(t, w) - before; got != 1 {
		t.Errorf("Ctrl+S twice made %d entries, want one for the text and none for nothing", got)
	}
}

func TestEnterPressesAButtonButAloneNeverWhatCannotBeUndone(t *testing.T) {
	w := onSite(t, "en")
	done := 0
	b := button("Go", func() { done++ })
	w.modal(func(func()) fyne.CanvasObject { return b })
	w.canvas().Focus(b)
	pressKey(w, fyne.KeyReturn)
	pressKey(w, fyne.KeySpace)
	if done != 2 {
		t.Errorf("Enter and Space pressed the button %d times, want 2", done)
	}
	pressKey(w, fyne.KeyEscape)
	if w.canvas().Overlays().Top() != nil {
		t.Error("Escape on a button leaves the window in front standing")
	}
	sealed := 0
	w.ask("Seal?", "This cannot be undone.", "Seal", func() { sealed++ })
	pressKey(w, fyne.KeyReturn)
	if sealed != 0 || w.canvas().Overlays().Top() != nil {
		t.Errorf("Enter alone sealed %d times, or left the question standing", sealed)
	}
	w.ask("Seal?", "This cannot be undone.", "Seal", func() { sealed++ })
	w.canvas().FocusNext()
	pressKey(w, fyne.KeyReturn)
	if sealed != 1 {
		t.Errorf("Tab and Enter sealed %d times, want once", sealed)
	}
}

// The whole of an item by keys alone: 2, N, the note, Escape, F8.
func TestAnItemIsAnsweredWithoutTheMouse(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.canvas().Focus(v.onward) // wherever the focus is, except in a text
	typeRune := func(r rune) {
		if f := w.canvas().Focused(); f != nil {
			f.TypedRune(r)
			return
		}
		w.canvas().OnTypedRune()(r)
	}
	typeRune('2')
	typeRune('n')
	for _, r := range "缺两份凭证1" {
		typeRune(r)
	}
	pressKey(w, fyne.KeyEscape)
	a := w.stored(t, v.session.id).Answers[n.Key]
	if a.Text() != record.Nonconform || a.Note != "缺两份凭证1" {
		t.Errorf("the answer is %q with note %q", a.Text(), a.Note)
	}
	pressKey(w, fyne.KeyF8)
	if v.at == n.Key || v.at == "" {
		t.Errorf("after F8 the item in hand is %q, want the next one", v.at)
	}
	if drafts, err := w.desk.Store.Drafts(context.Background(), v.session.id); err != nil || len(drafts) != 0 {
		t.Errorf("drafts left: %v (%v)", drafts, err)
	}
}

func TestTheKeysAreToldOfInBothLanguages(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		w := openAt(t, openDesk(t, t.TempDir()), language, Syncing{})
		pressKey(w, fyne.KeyF1)
		tapLink(t, w.canvas().Content(), w.T("ui.keys.show"))
		top := w.canvas().Overlays().Top()
		if top == nil {
			t.Fatal("nothing tells of the keys")
		}
		said := strings.Join(textsOf(top), "\n")
		for _, k := range helpKeys {
			if words := w.T("ui.keys." + k.does); !strings.Contains(said, k.keys) || !strings.Contains(said, words) || strings.HasPrefix(words, "ui.") {
				t.Errorf("%s: nothing tells of %s: %q", language, k.keys, words)
			}
		}
		pressKey(w, fyne.KeyEscape)
		if w.canvas().Overlays().Top() != nil {
			t.Error("Escape leaves the keys standing")
		}
	}
}

// After the seal an answer that was not given does not look as if it could be.
func TestWhatCanNoLongerBeChosenDoesNotLookLikeAButton(t *testing.T) {
	w := onSite(t, "en")
	b := newChoiceButton(w, "", inkColor, "Conform", nil)
	for _, c := range []struct {
		can, chosen, framed bool
	}{{true, false, true}, {false, false, false}, {false, true, true}, {true, true, true}, {true, false, true}} {
		b.press.enable(c.can)
		b.choose(c.chosen)
		if got := b.press.stroke != ""; got != c.framed {
			t.Errorf("can be chosen %t, chosen %t: framed %t, want %t", c.can, c.chosen, got, c.framed)
		}
	}
}
