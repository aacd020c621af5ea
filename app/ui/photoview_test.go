package ui

import (
	"context"
	"image/color"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// enlarged gives a window that shows the photo large.
func enlarged(t *testing.T) (*Window, *photoView, record.Evidence) {
	t.Helper()
	w, e := photographed(t)
	w.openPhoto(e)
	v := w.photo
	if v.picture == nil || v.pane.image.Image == nil {
		t.Fatalf("the photo is not shown: %v", v.gone)
	}
	return w, v, e
}

// dragOver draws with the tool in hand between two places of the photo.
func dragOver(v *photoView, x0, y0, x1, y1 float32) {
	a, b := v.pane.toPane(x0, y0), v.pane.toPane(x1, y1)
	v.pane.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: b}, Dragged: fyne.NewDelta(b.X-a.X, b.Y-a.Y)})
	v.pane.DragEnd()
}

// photoFile writes a photo and gives its path.
func photoFile(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "现场.jpg")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func press1(w *Window, r rune) { w.canvas().OnTypedRune()(r) }

func TestStepsBecomeACopyWhenThePhotoIsLeftAndTheOriginalStays(t *testing.T) {
	w, v, e := enlarged(t)
	id := v.session.id
	press1(w, 'h')
	dragOver(v, 300, 250, 700, 400)
	press1(w, 'a')
	dragOver(v, 100, 100, 900, 600)
	if got := len(w.stored(t, id).Evidence); got != 1 {
		t.Fatalf("%d evidence while drawing, want the original alone", got)
	}
	v.back()
	i := w.stored(t, id)
	copies := i.CopiesOf(e)
	if len(copies) != 1 || !copies[0].Instead {
		t.Fatalf("the copies are %+v, want one, shown in place of the original", copies)
	}
	got := copies[0].Steps
	if len(got) != 2 || got[0].Do != record.HidePart || got[1].Do != record.DrawArrow {
		t.Fatalf("the steps are %+v, want hide and arrow", got)
	}
	for n, want := range []int{300, 250, 400, 150} {
		if p := got[0].Part(); far([]int{p.X, p.Y, p.W, p.H}[n], want) {
			t.Errorf("the hidden part is %+v, want about 300 250 400 150", p)
		}
	}
	if o := i.EvidenceOf(e.Item); len(o) != 1 || o[0].Digest != e.Digest || o[0].ID != e.ID {
		t.Errorf("the original is %+v, want as it was", o)
	}
	if shown, _ := i.Shown(e, false); shown.ID != copies[0].ID {
		t.Error("the record shows the original, want the copy")
	}
	if w.view != view(w.inspection) || w.inspection.at != e.Item {
		t.Errorf("the way back leads to %T at %q, want the item", w.view, w.inspection.at)
	}
	// Going on with the copy gives one in its place.
	w.openPhoto(e)
	if v.chosen != copies[0].ID || !reflect.DeepEqual(v.steps, got) {
		t.Fatalf("the photo opens with %q and %d steps, want the copy", v.chosen, len(v.steps))
	}
	press1(w, 'r')
	test.Tap(v.keepIt)
	again := w.stored(t, id).CopiesOf(e)
	if len(again) != 1 || len(again[0].Steps) != 3 || v.chosen != again[0].ID {
		t.Errorf("after a turn the copies are %+v, chosen %q, want one with three steps", again, v.chosen)
	}
	// Undoing every step withdraws the copy.
	for range 3 {
		v.undoLast()
	}
	v.back()
	if left := w.stored(t, id).CopiesOf(e); len(left) != 0 {
		t.Errorf("all steps undone, left are %+v", left)
	}
}

// far tells whether a place is off by more than the screen's pixels explain.
func far(got, want int) bool { return got-want > 3 || want-got > 3 }

func TestStepsAreUndoneAndRedone(t *testing.T) {
	w, v, _ := enlarged(t)
	press1(w, 'c')
	dragOver(v, 300, 300, 500, 500)
	press1(w, 'x')
	dragOver(v, 200, 200, 1000, 800)
	if f := v.pane.frame; far(f.W, 800) || far(f.H, 600) {
		t.Errorf("after the crop %+v is seen, want 800 × 600", f)
	}
	v.undoLast()
	if f := v.pane.frame; f.W != 1600 || f.H != 1200 || len(v.steps) != 1 {
		t.Errorf("after undoing the crop %+v is seen with %d steps", f, len(v.steps))
	}
	v.undoLast()
	v.undoLast() // nothing left to undo
	if len(v.steps) != 0 {
		t.Errorf("%d steps left after undoing all", len(v.steps))
	}
	v.redoLast()
	v.redoLast()
	if len(v.steps) != 2 || far(v.pane.frame.W, 800) {
		t.Errorf("redone are %d steps, frame %+v, want both", len(v.steps), v.pane.frame)
	}
	press1(w, 'o')
	if v.pane.frame.W != 1600 || len(v.drawnSteps()) != 0 {
		t.Errorf("O shows %+v with %d steps, want the original", v.pane.frame, len(v.drawnSteps()))
	}
	press1(w, 'o')
	if len(v.drawnSteps()) != 2 {
		t.Error("O again does not show the copy")
	}
}

func TestStepsThatAreNoCopyYetComeBackAfterACrash(t *testing.T) {
	w, v, e := enlarged(t)
	press1(w, 'h')
	dragOver(v, 300, 250, 700, 400)
	steps := v.steps
	// The window just ends, and another one opens.
	again := openAt(t, w.desk, "en", Syncing{})
	again.openInspection(v.session.id, e.Item)
	if !says(again.inspection.panel.photos, "not yet kept") {
		t.Errorf("beneath the photo stands %q, want that marks are not kept", textsOf(again.inspection.panel.photos))
	}
	again.openSigning(v.session.id)
	if !strings.Contains(again.said.text, "photo has marks") {
		t.Errorf("before signing the window says %q", again.said.text)
	}
	again.openInspection(v.session.id, e.Item)
	again.openPhoto(e)
	if !reflect.DeepEqual(again.photo.steps, steps) || !again.photo.changed {
		t.Fatalf("the steps are %+v, want %+v", again.photo.steps, steps)
	}
	again.photo.back()
	if copies := again.stored(t, v.session.id).CopiesOf(e); len(copies) != 1 || !reflect.DeepEqual(copies[0].Steps, steps) {
		t.Errorf("the copies are %+v, want the steps kept", copies)
	}
	if drafts, err := w.desk.Store.Drafts(context.Background(), v.session.id); err != nil || len(drafts) != 0 {
		t.Errorf("drafts left: %v (%v)", drafts, err)
	}
}

func TestAPhotoIsMarkedWithoutTheMouse(t *testing.T) {
	w, v, e := enlarged(t)
	press1(w, 'r')
	press1(w, 'h')
	pressKey(w, fyne.KeyRight)
	at := v.aim
	pressKey(w, fyne.KeyRight)
	// The photo is turned right: to the right of the screen is up on the photo.
	if v.aim.Y >= at.Y || v.aim.X != at.X {
		t.Errorf("the arrow moved %+v to %+v", at, v.aim)
	}
	press1(w, '+')
	pressKey(w, fyne.KeyReturn)
	if n := len(v.steps); n != 2 || v.steps[1].Do != record.HidePart || v.steps[1].W <= at.W {
		t.Fatalf("the steps are %+v, want a turn and a larger hidden part", v.steps)
	}
	pressKey(w, fyne.KeyEscape)
	if v.tool != "" || w.view != view(v) {
		t.Error("Escape did not lay the tool down alone")
	}
	press1(w, 't')
	for _, r := range "张某" {
		v.label.TypedRune(r)
	}
	pressKey(w, fyne.KeyEscape)
	pressKey(w, fyne.KeyDown)
	pressKey(w, fyne.KeyReturn)
	if s := v.steps[len(v.steps)-1]; s.Do != record.WriteText || s.Text != "张某" {
		t.Errorf("the last step is %+v, want the label", s)
	}
	pressKey(w, fyne.KeyEscape)
	if copies := w.stored(t, v.session.id).CopiesOf(e); len(copies) != 1 || len(copies[0].Steps) != 3 {
		t.Errorf("the copies are %+v, want one of three steps", copies)
	}
}

func TestAPlaceOnThePaneIsThatPlaceOfThePhotoHoweverTurnedAndZoomed(t *testing.T) {
	_, v, _ := enlarged(t)
	p := v.pane
	for q := range 4 {
		p.show(record.PhotoPart{X: 100, Y: 50, W: 900, H: 700}, q)
		for _, zoom := range []float32{0, 0.5, 3} {
			p.zoomTo(zoom, fyne.NewPos(40, 30))
			for _, at := range [][2]float32{{100, 50}, {1000, 750}, {333, 444}} {
				if x, y := p.toPhoto(p.toPane(at[0], at[1])); x-at[0] > 0.5 || at[0]-x > 0.5 || y-at[1] > 0.5 || at[1]-y > 0.5 {
					t.Errorf("turned %d, zoom %g: %v comes back as %g %g", q, zoom, at, x, y)
				}
			}
		}
	}
	p.show(record.PhotoPart{W: 1600, H: 1200}, 0)
	under := fyne.NewPos(200, 100)
	x, y := p.toPhoto(under)
	p.zoomBy(4, under)
	if nx, ny := p.toPhoto(under); nx-x > 1 || x-nx > 1 || ny-y > 1 || y-ny > 1 {
		t.Errorf("zooming moved what is under the pointer from %g %g to %g %g", x, y, nx, ny)
	}
}

func TestPhotosAreLeafedThroughInTheOrderOfTheItems(t *testing.T) {
	w, e := photographed(t)
	v := w.inspection
	v.goPlace(visitPlace)
	v.attach("", []string{photoFile(t, photoOf(color.RGBA{R: 214, G: 222, B: 236, A: 255}))})
	list := []record.ID{v.visit.Inspection.EvidenceOf("")[0].ID, e.ID}
	w.openPhoto(e)
	var seen []record.ID
	for range 2 {
		pressKey(w, fyne.KeyRight)
		seen = append(seen, w.photo.photo.ID)
	}
	if !slices.Equal(seen, list) {
		t.Errorf("right shows %v, want %v", seen, list)
	}
	if w.photo.count.text != "2 / 2" {
		t.Errorf("the count is %q, want 2 / 2", w.photo.count.text)
	}
}

func TestASealedPhotoIsLookedAtOnly(t *testing.T) {
	w := onSite(t, "zh")
	id := w.inspection.session.id
	n := node(t, w, checklist.Conformity)
	w.inspection.take(n.Key)
	w.inspection.attach(n.Key, []string{photoFile(t, testPhoto())})
	sealEmpty(t, w.desk, id)
	w.openInspection(id, n.Key)
	w.openPhoto(w.stored(t, id).EvidenceOf(n.Key)[0])
	press1(w, 'h')
	press1(w, 'r')
	if v := w.photo; v.edit.Visible() || v.tool != "" || len(v.steps) != 0 {
		t.Error("a photo of a sealed inspection offers tools")
	}
}
