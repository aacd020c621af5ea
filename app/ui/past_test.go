package ui

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/store"
)

// tapLink presses a link with these words, which must be there.
func tapLink(t *testing.T, o fyne.CanvasObject, text string) {
	t.Helper()
	for _, x := range visibleBelow(o) {
		if p, ok := x.(*press); ok {
			for _, said := range textsOf(p.content) {
				if said == text {
					test.Tap(p)
					return
				}
			}
		}
	}
	t.Fatalf("there is nothing to press that says %q among %q", text, textsOf(o))
}

// above gives what stands above the view, which must be something.
func above(t *testing.T, w *Window) fyne.CanvasObject {
	t.Helper()
	top := w.canvas().Overlays().Top()
	if top == nil {
		t.Fatalf("nothing is asked; the window says %q", w.said.text)
	}
	return top
}

// fieldsOf lists the fields of what stands above the view, in order.
func fieldsOf(o fyne.CanvasObject) []*field {
	var out []*field
	for _, x := range visibleBelow(o) {
		if f, ok := x.(*field); ok {
			out = append(out, f)
		}
	}
	return out
}

func says(o fyne.CanvasObject, text string) bool {
	return strings.Contains(strings.Join(textsOf(o), "\n"), text)
}

// two items that may be photographed, the first of which must be.
func twoItems(t *testing.T, w *Window) (a, b checklist.Node) {
	t.Helper()
	for _, n := range w.inspection.visit.Nodes {
		switch {
		case n.Item.PhotoForbidden():
		case a.Key == "" && n.Item.Evidence.Photo == checklist.PhotoRequired:
			a = n
		case b.Key == "":
			b = n
		}
	}
	if a.Key == "" || b.Key == "" {
		t.Fatal("the checklist has no item that must be photographed, or no other one")
	}
	return a, b
}

// photoOn hangs a photo on an item and opens it.
func photoOn(t *testing.T, w *Window, n checklist.Node) record.Evidence {
	t.Helper()
	v := w.inspection
	v.take(n.Key)
	path := filepath.Join(t.TempDir(), "现场.jpg")
	if err := os.WriteFile(path, testPhoto(), 0o600); err != nil {
		t.Fatal(err)
	}
	v.drop([]string{path})
	e := w.stored(t, v.session.id).EvidenceOf(n.Key)[0]
	showPhoto(w, v, e, e.Small)
	return e
}

func TestAWithdrawnPhotoStaysInItsPlaceAndCountsNoMore(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	id := v.session.id
	n, _ := twoItems(t, w)
	e := photoOn(t, w, n)
	missing := len(v.visit.Progress.MissingPhotos)
	test.Tap(buttonsOf(above(t, w), "Withdraw")[0])
	before := entries(t, w)
	test.Tap(w.asked)
	if entries(t, w) != before || !says(above(t, w), "Say why") {
		t.Fatal("a photo was withdrawn without a reason, or nobody is told that one is needed")
	}
	if leader := v.visit.Inspection.Team[0].Name; !says(above(t, w), leader) {
		t.Errorf("the question does not say that it is in the name of %s", leader)
	}
	fieldsOf(above(t, w))[0].SetText("拍到了无关的人")
	test.Tap(w.asked)
	if got := w.stored(t, id).EvidenceOf(n.Key); len(got) != 0 {
		t.Fatalf("%d photos still count, want none; the window says %q", len(got), w.said.text)
	}
	for _, want := range []string{"Photo withdrawn", "Reason: 拍到了无关的人", v.visit.Inspection.Team[0].Name + " · 24 Nov 2026 09:30", e.Name} {
		if !says(v.panel.photoTraces, want) {
			t.Errorf("in its place stands %q, want %q", textsOf(v.panel.photoTraces), want)
		}
	}
	struck := false
	for _, o := range visibleBelow(v.panel.photoTraces) {
		if p, ok := o.(*prose); ok && p.text == e.Name {
			struck = p.struck && len(test.WidgetRenderer(p).Objects()) > len(p.lines)
		}
	}
	if !struck {
		t.Error("the name of the withdrawn photo is not struck through")
	}
	if !v.panel.reasonR.Container.Visible() {
		t.Error("the item has a required photo no more, but nobody asks why")
	}
	v.answer(n.Key, func(a *record.Answer) { a.Value = jsonText(record.Conform) })
	if got := len(v.visit.Progress.MissingPhotos); got <= missing {
		t.Errorf("%d photos are missing, want one more than the %d before", got, missing)
	}
	v.undoLast() // the answer
	v.undoLast() // the withdrawal
	if got := w.stored(t, id).EvidenceOf(n.Key); len(got) != 1 || len(v.panel.photoTraces.Objects) != 0 {
		t.Errorf("after Ctrl+Z %d photos count, and %q is told of them", len(got), textsOf(v.panel.photoTraces))
	}
}

// A photo goes to another item by keys alone: what is typed finds the item,
// Enter takes it, and both places tell of the move.
func TestAPhotoIsMovedToAnItemFoundByTyping(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	id := v.session.id
	from, to := twoItems(t, w)
	photoOn(t, w, from)
	test.Tap(buttonsOf(above(t, w), "Move")[0])
	test.Tap(w.asked)
	if !says(above(t, w), "Choose the item") {
		t.Errorf("without an item the question says %q", textsOf(above(t, w)))
	}
	typeIn := func(text string) {
		for _, r := range text {
			w.canvas().Focused().TypedRune(r)
		}
	}
	typeIn("no such words")
	if !says(above(t, w), "No item has “no such words”") {
		t.Errorf("where nothing is found the question says %q", textsOf(above(t, w)))
	}
	w.canvas().Focused().(*field).SetText("")
	typeIn(to.Item.Code)
	pressKey(w, fyne.KeyReturn)
	typeIn("挂错事项") // the focus has gone on to the reason
	test.Tap(w.asked)
	i := w.stored(t, id)
	if len(i.EvidenceOf(from.Key)) != 0 || len(i.EvidenceOf(to.Key)) != 1 {
		t.Fatalf("%d photos at the old place, %d at the new one; the window says %q", len(i.EvidenceOf(from.Key)), len(i.EvidenceOf(to.Key)), w.said.text)
	}
	if !says(v.panel.photoTraces, "Now at "+to.Item.Code) {
		t.Errorf("the old place says %q", textsOf(v.panel.photoTraces))
	}
	v.take(to.Key)
	if !says(v.panel.photoTraces, "Moved from "+from.Item.Code) || !says(v.panel.photoTraces, "挂错事项") {
		t.Errorf("the new place says %q", textsOf(v.panel.photoTraces))
	}
	v.take(from.Key)
	tapLink(t, v.panel.photoTraces, "Move back")
	if len(w.stored(t, id).EvidenceOf(from.Key)) != 1 || len(v.panel.photoTraces.Objects) != 0 {
		t.Errorf("after moving back the old place says %q", textsOf(v.panel.photoTraces))
	}
}

// A photo dragged onto another item asks why, and goes there.
func TestAPhotoDraggedOntoAnItemGoesThere(t *testing.T) {
	w := onSite(t, "zh")
	v := w.inspection
	var from, to checklist.Node
	for _, n := range v.visit.Nodes {
		switch {
		case n.Item.PhotoForbidden():
		case from.Key == "":
			from = n
		case to.Key == "" && n.Item.Section == from.Item.Section:
			to = n
		}
	}
	photoOn(t, w, from)
	w.shutModal()
	var thumb *dragThumb
	for _, o := range visibleBelow(v.panel.photos) {
		if x, ok := o.(*dragThumb); ok {
			thumb = x
		}
	}
	at := func(key string) fyne.Position {
		for _, r := range v.rows {
			if r.Visible() && r.key == key {
				p := fyne.CurrentApp().Driver().AbsolutePositionForObject(r)
				return p.AddXY(20, r.Size().Height-4)
			}
		}
		t.Fatalf("%s is not on the screen", key)
		return fyne.Position{}
	}
	thumb.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at(from.Key)}})
	thumb.DragEnd()
	if w.canvas().Overlays().Top() != nil {
		t.Fatal("a photo dropped on its own item asks something")
	}
	reveal(v.middle, v.rows[1])
	thumb.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at(to.Key)}})
	thumb.DragEnd()
	if !says(above(t, w), to.Item.Code) {
		t.Errorf("the question says %q, want that the photo goes to %s", textsOf(above(t, w)), to.Item.Code)
	}
	fieldsOf(above(t, w))[0].SetText("挂错事项")
	test.Tap(w.asked)
	if i := w.stored(t, v.session.id); len(i.EvidenceOf(to.Key)) != 1 || len(i.EvidenceOf(from.Key)) != 0 {
		t.Errorf("%d photos at the item it was dropped on, %d where it was", len(i.EvidenceOf(to.Key)), len(i.EvidenceOf(from.Key)))
	}
}

// A note written under the wrong organization goes to the other inspection of
// whoever records, and each of the two tells of the other.
func TestANoteIsMovedToAnotherInspectionOfMine(t *testing.T) {
	w := onSite(t, "en")
	other := newInspection(t, w.desk, "cn.spot.foundation")
	v := w.inspection
	id := v.session.id
	from, to := twoItems(t, w)
	v.take(from.Key)
	if says(v.panel.noteActs, "Move the note") {
		t.Error("an item without a note offers to move it")
	}
	v.edit(from.Key, func(a *record.Answer) { a.Note = "账簿第三页" }, nil)
	tapLink(t, v.panel.noteActs, "Move the note")
	for _, o := range visibleBelow(above(t, w)) {
		if s, ok := o.(*widget.Select); ok {
			if len(s.Options) != 2 {
				t.Fatalf("the inspections offered are %q, want this one and the other", s.Options)
			}
			s.SetSelectedIndex(1)
		}
	}
	f := fieldsOf(above(t, w))
	f[0].SetText(to.Item.Code)
	tapLink(t, above(t, w), to.Item.Code)
	f[1].SetText("记错单位")
	test.Tap(w.asked)
	if got := w.stored(t, other).Answers[to.Key].Note; got != "账簿第三页" {
		t.Fatalf("the note there is %q; the window says %q", got, w.said.text)
	}
	number := w.stored(t, other).Number
	if w.stored(t, id).Answers[from.Key].Note != "" || !says(v.panel.noteTraces, number) || !says(v.panel.noteTraces, "账簿第三页") {
		t.Errorf("where the note was stands %q", textsOf(v.panel.noteTraces))
	}
	tapLink(t, v.panel.noteTraces, "Open that inspection")
	if v.session.id != other || v.at != to.Key || !says(v.panel.noteTraces, "Moved from "+from.Item.Code) {
		t.Errorf("the other inspection at %s says %q", v.at, textsOf(v.panel.noteTraces))
	}
	tapLink(t, v.panel.noteActs, "Withdraw the note")
	fieldsOf(above(t, w))[0].SetText("误记")
	test.Tap(w.asked)
	if got := w.stored(t, other).Answers[to.Key].Note; got != "" || !says(v.panel.noteTraces, "Note withdrawn") {
		t.Errorf("after the withdrawal the note is %q, and its place says %q", got, textsOf(v.panel.noteTraces))
	}
	tapLink(t, v.panel.noteTraces, "Put back")
	if got := w.stored(t, other).Answers[to.Key].Note; got != "账簿第三页" || says(v.panel.noteTraces, "withdrawn") {
		t.Errorf("after it was put back the note is %q, and its place says %q", got, textsOf(v.panel.noteTraces))
	}
}

// Unlawful content is gone once a second person approved; what stays is told
// at the item, in the list, by verify and in the PDF.
func TestTwoPersonsDestroyAPhotoAndWords(t *testing.T) {
	ctx := context.Background()
	w := onSite(t, "en")
	v := w.inspection
	id := v.session.id
	n, _ := twoItems(t, w)
	e := photoOn(t, w, n)
	w.shutModal()
	v.edit(n.Key, func(a *record.Answer) { a.Note = "证人张某某的身份证号码" }, nil)
	w.openDestructions()
	if !says(w.canvas().Content(), "Nothing has been asked") {
		t.Errorf("the empty list says %q", textsOf(w.canvas().Content()))
	}
	ask := func(open func(), ground string) {
		t.Helper()
		w.openInspection(id, n.Key)
		open()
		test.Tap(w.asked)
		if !says(above(t, w), "Choose the ground") {
			t.Errorf("without a ground the question says %q", textsOf(above(t, w)))
		}
		tapLink(t, above(t, w), ground)
		f := fieldsOf(above(t, w))
		f[1].SetText("12")
		before := len(must(w.desk.Store.Destructions(ctx)))
		test.Tap(w.asked)
		if w.canvas().Overlays().Top() == nil || len(must(w.desk.Store.Destructions(ctx))) != before {
			t.Error("a wrong PIN was taken")
		}
		f[1].SetText(selfTestPIN)
		test.Tap(w.asked)
	}
	ask(func() {
		showPhoto(w, v, e, e.Small)
		tapLink(t, above(t, w), "Ask for destruction")
	}, "Content on minors")
	all := must(w.desk.Store.Destructions(ctx))
	if len(all) != 1 || all[0].State != store.DestructionOpen {
		t.Fatalf("the requests are %+v, want one that is open; the window says %q", all, w.said.text)
	}
	first := v.visit.Inspection.Team[0].Name
	w.goTo("settings")
	if !says(w.canvas().Content(), "1 request waits") {
		t.Error("the settings do not say that a request waits")
	}
	test.Tap(w.settings.destroy)
	for _, want := range []string{"Waits for a second person", "Content on minors", "Asked for by " + first, all[0].Request.Files[0].Short()} {
		if !says(w.canvas().Content(), want) {
			t.Errorf("the list does not say %q but %q", want, textsOf(w.canvas().Content()))
		}
	}
	test.Tap(buttonsOf(w.canvas().Content(), "Approve")[0])
	for _, o := range visibleBelow(above(t, w)) {
		if s, ok := o.(*widget.Select); ok && strings.Contains(strings.Join(s.Options, " "), first) {
			t.Errorf("%s, who asked, is offered as the second person: %q", first, s.Options)
		}
	}
	fieldsOf(above(t, w))[0].SetText("271828")
	test.Tap(w.asked)
	if all = must(w.desk.Store.Destructions(ctx)); all[0].State != store.DestructionDone || !says(w.canvas().Content(), "Approved by") {
		t.Fatalf("after the second person's word the state is %s; the window says %q", all[0].State, w.said.text)
	}
	if _, err := w.desk.File(e.Digest); record.CodeOf(err) != record.NotFound {
		t.Errorf("the photo can still be read (%v)", err)
	}
	w.openInspection(id, n.Key)
	for _, want := range []string{"Photo destroyed by approval", "Content on minors", e.Digest.Short(), first} {
		if !says(v.panel.photoTraces, want) {
			t.Errorf("the item says %q, want %q", textsOf(v.panel.photoTraces), want)
		}
	}

	ask(func() { tapLink(t, v.panel.noteActs, "Ask for destruction") }, "Content on third parties")
	w.openDestructions()
	test.Tap(buttonsOf(w.canvas().Content(), "Refuse or take back")[0])
	test.Tap(w.asked)
	if !says(above(t, w), "Say why") {
		t.Error("a request was refused without a reason, or nobody is told that one is needed")
	}
	fieldsOf(above(t, w))[0].SetText("不属于第三人信息")
	test.Tap(w.asked)
	if !says(w.canvas().Content(), "不属于第三人信息") || w.stored(t, id).Answers[n.Key].Note == "" {
		t.Errorf("after the refusal the list says %q", textsOf(w.canvas().Content()))
	}
	w.openInspection(id, n.Key)
	tapLink(t, v.panel.noteActs, "Withdraw the note")
	fieldsOf(above(t, w))[0].SetText("误记")
	test.Tap(w.asked)
	ask(func() { tapLink(t, v.panel.noteTraces, "Ask for destruction") }, "Classified content")
	w.openDestructions()
	test.Tap(buttonsOf(w.canvas().Content(), "Approve")[0])
	fieldsOf(above(t, w))[0].SetText("271828")
	test.Tap(w.asked)
	w.openInspection(id, n.Key)
	v.undoLast() // of what was withdrawn before
	if says(v.panel.noteTraces, "证人张某某") {
		t.Errorf("the withdrawn note still says %q", textsOf(v.panel.noteTraces))
	}
	if got := w.stored(t, id).Answers[n.Key].Note; got != "" || !says(v.panel.noteTraces, "Words destroyed by approval") {
		t.Errorf("the note is %q, and its place says %q", got, textsOf(v.panel.noteTraces))
	}
	w.goTo("settings")
	test.Tap(w.settings.verify)
	if !says(w.canvas().Content(), "were destroyed by approval of two persons") || !says(w.canvas().Content(), "Nothing was altered") {
		t.Errorf("verify says %q", textsOf(w.settings.outcome))
	}
	w.openSigning(id)
	test.Tap(w.signing.make)
	if got := pdfText(t, w.signing.path); !strings.Contains(got, "经批准已销毁") || !strings.Contains(got, string(e.Digest)[7:15]) {
		t.Errorf("the PDF does not tell of the destroyed photo")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pdfText gives the text of a PDF without its spaces.
func pdfText(t *testing.T, path string) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("needs pdftotext")
	}
	out, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), "")
}
