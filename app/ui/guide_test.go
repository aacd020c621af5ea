package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
)

func TestTheGuideLeadsThroughAFirstInspection(t *testing.T) {
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	g := w.home.guide
	step := func() string {
		w.goTo("home")
		for n, name := range guideSteps {
			if !g.done[n] {
				return name
			}
		}
		return ""
	}
	if got := step(); got != "register" || !g.all.Visible() {
		t.Fatalf("on an empty folder the next step is %q", got)
	}
	fill(t, d, 3)
	if got := step(); got != "plan" {
		t.Errorf("with a register the next step is %q", got)
	}
	test.Tap(buttonsOf(g.all, "Choose one")[0])
	if w.view != view(w.organizations) {
		t.Errorf("the button leads to %T", w.view)
	}
	id := newInspection(t, d, "cn.spot.foundation")
	if got := step(); got != "answer" {
		t.Errorf("with an inspection the next step is %q", got)
	}
	test.Tap(buttonsOf(g.all, "Answer")[0])
	if w.view != view(w.inspection) || w.inspection.session.id != id || w.inspection.at == "" {
		t.Errorf("the button leads to %T at %q, want the first item", w.view, w.inspection.at)
	}
	press1(w, '1')
	if got := step(); got != "seal" {
		t.Errorf("with an answer the next step is %q", got)
	}
	test.Tap(buttonsOf(g.all, "Sign")[0])
	if w.view != view(w.signing) {
		t.Errorf("the button leads to %T", w.view)
	}
	sealAnswered(t, d, id, map[string]record.Answer{})
	if got := step(); got != "" || g.all.Visible() {
		t.Errorf("sealed, and the guide still stands, next %q", got)
	}
}

func TestTheGuideCanBePutAway(t *testing.T) {
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	w.goTo("home")
	tapLink(t, w.home.guide.all, "Put away")
	again := openAt(t, d, "zh", Syncing{})
	again.goTo("home")
	if w.home.guide.all.Visible() || again.home.guide.all.Visible() {
		t.Error("the guide came back")
	}
}
