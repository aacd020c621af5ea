package ui

import (
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"plumbline/app/record"
)

// The item was photographed at one inspection and is looked at again at another.
func TestAnEarlierPhotoIsTakenAgainFromTheSamePlace(t *testing.T) {
	w, e := photographed(t)
	again := newInspection(t, w.desk, "cn.spot.foundation")
	w.openInspection(again, e.Item)
	p := w.inspection.panel
	if !p.earlier.Visible() || len(p.earlier.Objects) != 2 {
		t.Fatalf("the item offers %q, want the photo of the inspection before", textsOf(p.earlier))
	}
	pressOf(t, p.earlier).Tapped(nil)
	v := w.retake
	if w.view != view(v) || v.before.pane.image.Image == nil {
		t.Fatalf("%T is shown, want the earlier photo large", w.view)
	}
	if !strings.Contains(v.lacks.text, "Stand where") {
		t.Errorf("without a new photo it says %q", v.lacks.text)
	}
	// The ghost alone shows where to stand.
	press1(w, 'g')
	if g := v.after.pane.ghost; g == nil || v.left.Visible() {
		t.Fatal("the ghost is not shown")
	}
	w.dropped([]fyne.URI{storage.NewFileURI(photoFile(t, photoOf(color.RGBA{R: 214, G: 222, B: 236, A: 255})))})
	if list := w.stored(t, again).EvidenceOf(e.Item); len(list) != 1 || v.shown != list[0].ID {
		t.Fatalf("the photos of the item are %+v, shown is %q, want the new one", list, v.shown)
	}
	if v.after.picture == nil || v.after.pane.ghost == nil {
		t.Error("the new photo is not shown below the ghost")
	}
	was := v.after.pane.ghost.Translucency
	press1(w, '-')
	if now := v.after.pane.ghost.Translucency; now <= was {
		t.Errorf("− made the ghost %g see-through, was %g", now, was)
	}
	press1(w, 'g')
	if v.after.pane.ghost != nil || !v.left.Visible() {
		t.Error("G again does not put them side by side")
	}
	pressKey(w, fyne.KeyEscape)
	if w.view != view(w.inspection) || w.inspection.at != e.Item {
		t.Errorf("Escape leads to %T at %q, want the item", w.view, w.inspection.at)
	}
}

// pressOf finds the first thing below o that can be pressed.
func pressOf(t *testing.T, o fyne.CanvasObject) *press {
	t.Helper()
	for _, x := range visibleBelow(o) {
		if p, ok := x.(*press); ok {
			return p
		}
	}
	t.Fatal("nothing can be pressed")
	return nil
}

func TestBeforeAndAfterOfARectificationStandSideBySide(t *testing.T) {
	w, before := photographed(t)
	v := w.inspection
	v.attach("", []string{photoFile(t, photoOf(color.RGBA{R: 214, G: 232, B: 214, A: 255}))})
	r := &w.rectification.r
	r.Before, r.Evidence, r.ObservedOn = []record.Evidence{before}, v.visit.Inspection.EvidenceOf(""), "2026-11-14"
	w.rectification.compare()
	c := w.retake
	if w.view != view(c) || c.before.picture == nil || c.after.picture == nil || !strings.Contains(c.beforeName.text, "14 Nov 2026") {
		t.Fatalf("%T is shown, before %q", w.view, c.beforeName.text)
	}
	if c.add.Visible() {
		t.Error("a photo can be added to a comparison of what is recorded")
	}
	press1(w, 'g')
	if c.after.pane.ghost == nil {
		t.Error("the photo of before is not laid over that of after")
	}
}
