package ui

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
)

// typeRunes types a text key by key.
func typeRunes(f *field, text string) {
	for _, r := range text {
		f.TypedRune(r)
	}
}

func TestAFormThatWasLeftStandsAsItWasWhenItIsOpenedAgain(t *testing.T) {
	w := onSite(t, "en")
	open := func(w *Window) *inquiry {
		w.openLaws()
		w.laws.enter(record.LawEdition{})
		return w.laws.form
	}
	b := open(w)
	w.canvas().Focus(b.texts["title"])
	typeRunes(b.texts["title"], "社会组织登记管理条例")
	pressKey(w, fyne.KeyEscape) // leaves the field and shuts the form
	if w.canvas().Overlays().Top() != nil {
		t.Fatal("Escape leaves the form standing")
	}
	if got := open(w).texts["title"].Text; got != "社会组织登记管理条例" {
		t.Errorf("opened again the title is %q", got)
	}
	// After a crash too, and in another window.
	again := openAt(t, w.desk, "zh", Syncing{})
	b = open(again)
	if got := b.texts["title"].Text; got != "社会组织登记管理条例" || !b.left.line.Visible() {
		t.Errorf("after a crash the title is %q, said %t", got, b.left.line.Visible())
	}
	b.left.anew()
	if got := b.texts["title"].Text; got != "" {
		t.Errorf("begun anew the title is %q", got)
	}
	pressKey(again, fyne.KeyEscape)
	if b = open(again); b.texts["title"].Text != "" || b.left.line.Visible() {
		t.Errorf("after beginning anew the form opens with %q", b.texts["title"].Text)
	}
}

func TestAFormThatWasKeptIsForgotten(t *testing.T) {
	w, e := photographed(t)
	v := w.inspection
	v.withdrawPhoto(e)
	reason := w.canvas().Focused().(*field)
	typeRunes(reason, "拍到了无关的人")
	pressKey(w, fyne.KeyEscape)
	v.withdrawPhoto(e)
	reason = w.canvas().Focused().(*field)
	if reason.Text != "拍到了无关的人" {
		t.Fatalf("asked again the reason is %q", reason.Text)
	}
	typeRunes(reason, "。")
	test.Tap(w.asked)
	if list := w.stored(t, v.session.id).EvidenceOf(e.Item); len(list) != 0 {
		t.Fatal("the photo was not withdrawn")
	}
	drafts, err := w.desk.Store.Drafts(context.Background(), record.ID("form/withdraw/"+string(e.ID)))
	if err != nil || len(drafts) != 0 {
		t.Errorf("drafts left: %v (%v)", drafts, err)
	}
}

func TestTwoFormsAreNotMixedUp(t *testing.T) {
	w := onSite(t, "en")
	w.openLaws()
	w.laws.enter(record.LawEdition{})
	typeRunes(w.laws.form.texts["title"], "甲")
	w.canvas().Unfocus()
	w.shutModal()
	w.laws.enter(record.LawEdition{Ref: "STR", From: "2016-02-06", Title: record.Text{Chinese: "社会团体登记管理条例"}})
	if got := w.laws.form.texts["title"].Text; got != "社会团体登记管理条例" {
		t.Errorf("another edition opens with %q", got)
	}
}

func TestASignersRemarksComeBackForThatPersonAlone(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	w.openSigning(v.session.id)
	w.signing.begin(representativeID)
	f := w.signing.form
	w.canvas().Focus(f.remarks)
	typeRunes(f.remarks, "第三项不属实")
	w.signing.begin(v.visit.Inspection.Team[0].Person)
	if f.remarks.Text != "" {
		t.Errorf("the inspector's form begins with %q", f.remarks.Text)
	}
	again := openAt(t, w.desk, "en", Syncing{})
	again.openInspection(v.session.id, "")
	again.openSigning(v.session.id)
	again.signing.begin(representativeID)
	if got := again.signing.form.remarks.Text; got != "第三项不属实" {
		t.Errorf("after a crash the remarks are %q", got)
	}
}

func TestTextIsPastedIntoAField(t *testing.T) {
	w := onSite(t, "en")
	w.openLaws()
	w.laws.enter(record.LawEdition{})
	f := w.laws.form.texts["articles"]
	w.canvas().Focus(f)
	clip := w.app.Clipboard()
	clip.SetContent("第一条 甲\n第二条 乙")
	f.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	if f.Text != "第一条 甲\n第二条 乙" {
		t.Errorf("pasted is %q", f.Text)
	}
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
	f.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
	f.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyS, Modifier: fyne.KeyModifierShortcutDefault})
	if clip.Content() != f.Text {
		t.Errorf("copied is %q", clip.Content())
	}
}
