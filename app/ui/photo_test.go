package ui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// photographed gives a window with one photo on the item in hand.
func photographed(t *testing.T) (*Window, record.Evidence) {
	t.Helper()
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	v.drop([]string{photoFile(t, testPhoto())})
	list := w.stored(t, v.session.id).EvidenceOf(n.Key)
	if len(list) != 1 {
		t.Fatalf("%d photos on the item, want 1", len(list))
	}
	return w, list[0]
}

// openPhoto presses the photo and gives its caption field.
func openPhoto(t *testing.T, w *Window, e record.Evidence) *field {
	t.Helper()
	showPhoto(w, w.inspection, e, e.Small)
	for _, o := range visibleBelow(w.canvas().Overlays().Top()) {
		if f, ok := o.(*field); ok {
			return f
		}
	}
	t.Fatal("a photo before the seal has no field for its caption")
	return nil
}

func TestACaptionIsWrittenAndChangedBeforeTheSeal(t *testing.T) {
	w, e := photographed(t)
	id := w.inspection.session.id
	caption := func() string { return w.stored(t, id).EvidenceOf(e.Item)[0].Caption }
	for _, want := range []string{"正门挂牌 𬭎", "正门挂牌，左为会长陈頔"} {
		f := openPhoto(t, w, w.stored(t, id).EvidenceOf(e.Item)[0])
		before := entries(t, w)
		w.canvas().Focus(f)
		f.SetText("")
		for _, r := range want {
			f.TypedRune(r)
		}
		drafts, err := w.desk.Store.Drafts(context.Background(), id)
		if err != nil || drafts[captionPath(e.ID)] != want {
			t.Errorf("while typing the draft on the disk is %q (%v), want %q", drafts[captionPath(e.ID)], err, want)
		}
		test.Tap(buttonsOf(w.canvas().Overlays().Top(), "Close")[0])
		if got := caption(); got != want || entries(t, w) != before+1 {
			t.Errorf("the caption is %q after %d entries, want %q after one", got, entries(t, w)-before, want)
		}
		if !slices.Contains(textsOf(w.canvas().Content()), want) {
			t.Errorf("the caption %q does not stand beneath the photo", want)
		}
		if drafts, _ := w.desk.Store.Drafts(context.Background(), id); len(drafts) != 0 {
			t.Errorf("drafts left: %v", drafts)
		}
	}
	// Looking without changing makes no entry.
	before := entries(t, w)
	w.canvas().Focus(openPhoto(t, w, w.stored(t, id).EvidenceOf(e.Item)[0]))
	w.canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.canvas().Overlays().Top() != nil {
		t.Error("Escape left the photo standing")
	}
	if entries(t, w) != before {
		t.Error("looking at a photo made an entry")
	}
}

// Two people caption one photo, neither having seen the other's words.
func TestTwoCaptionsOfOnePhotoBothStay(t *testing.T) {
	w, e := photographed(t)
	ctx := context.Background()
	id := w.inspection.session.id
	seen := w.stored(t, id)
	actor := seen.Team[0].Person
	for _, caption := range []string{"甲：账簿第三页", "乙：账簿封面"} {
		if _, err := w.desk.CaptionEvidence(ctx, actor, seen, e.ID, caption); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.stored(t, id).Conflicts; len(got) != 1 {
		t.Fatalf("conflicts are %v, want the photo", got)
	}
	w.goTo("sync")
	said := strings.Join(textsOf(w.canvas().Content()), "\n")
	if !strings.Contains(said, "甲：账簿第三页") || !strings.Contains(said, "乙：账簿封面") || strings.Contains(said, "{\"") {
		t.Errorf("the conflict shows %q, want both captions in words", said)
	}
}
