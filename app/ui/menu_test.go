package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// chooseIn presses what the menu above the view offers at place n, by keys.
func chooseIn(t *testing.T, w *Window, n int) {
	t.Helper()
	if w.canvas().Overlays().Top() == nil || w.shutModal == nil {
		t.Fatal("no menu stands above the view")
	}
	for range n {
		pressKey(w, fyne.KeyDown)
	}
	pressKey(w, fyne.KeyReturn)
	if w.canvas().Overlays().Top() != nil {
		t.Error("what was chosen left the menu standing")
	}
}

func TestARowOffersItsVerbsOnTheRightButtonAndTheMenuKey(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 5)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	l := w.organizations.list
	var row fyne.SecondaryTappable
	for _, r := range l.rows {
		if r.n == 1 {
			row = r
		}
	}
	if row == nil {
		t.Fatal("the second row is not shown")
	}
	row.TappedSecondary(&fyne.PointEvent{AbsolutePosition: fyne.NewPos(400, 300)})
	chooseIn(t, w, 2)
	if got := w.app.Clipboard().Content(); got != l.items[1].Code {
		t.Errorf("on the clipboard is %q, want the code %s", got, l.items[1].Code)
	}
	// The same by keys: the row where the arrows stand.
	w.canvas().Focus(l)
	l.at = 1
	l.TypedKey(&fyne.KeyEvent{Name: desktop.KeyMenu})
	chooseIn(t, w, 0)
	if w.view != view(w.organization) || w.organization.id != l.items[1].ID {
		t.Errorf("Open shows %T", w.view)
	}
	// A press of the left button opens as before.
	w.goTo("organizations")
	test.Tap(row.(fyne.Tappable))
	if w.view != view(w.organization) {
		t.Errorf("a press shows %T", w.view)
	}
}

func TestAnItemIsAnsweredFromItsMenu(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.canvas().Unfocus()
	pressKey(w, desktop.KeyMenu)
	chooseIn(t, w, 1)
	if got := w.stored(t, v.session.id).Answers[n.Key].Text(); got != record.Nonconform {
		t.Errorf("the answer is %q", got)
	}
}

func TestWhatWasOpenedLastStandsOnHome(t *testing.T) {
	w := onSite(t, "en")
	foundation := record.OrganizationID(record.SchemeUSCC, foundationCode)
	w.openOrganization(foundation)
	again := openAt(t, w.desk, "en", Syncing{})
	again.goTo("home")
	h := again.home
	if len(h.seen.recent) != 2 || h.seen.recent[0].id != foundation || h.seen.recent[1].id != w.inspection.session.id {
		t.Fatalf("opened last are %+v", h.seen.recent)
	}
	test.Tap(h.recent.Objects[1].(*press))
	if again.view != view(again.inspection) {
		t.Errorf("a press shows %T, want the inspection", again.view)
	}
}

func TestWhatIsDueIsToldOfOnceADayUnlessSwitchedOff(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	newInspection(t, d, "cn.spot.foundation") // today
	want := fyne.NewNotification("Plumbline: due today", "one inspection today")
	w := openAt(t, d, "en", Syncing{})
	set := func(key, value string) {
		t.Helper()
		if err := d.Store.SetSetting(t.Context(), key, value); err != nil {
			t.Fatal(err)
		}
	}
	set(remindedOn, "2026-11-23")
	test.AssertNotificationSent(t, want, func() { w.reminded = ""; w.remind() })
	test.AssertNotificationSent(t, nil, func() { w.reminded = ""; w.remind() })
	set(remindedOn, "2026-11-23")
	set(remindedOff, "1")
	test.AssertNotificationSent(t, nil, func() { w.reminded = ""; w.remind() })
	w.goTo("settings")
	if w.settings.reminding.on || !strings.Contains(w.settings.reminding.text.text, "once a day") {
		t.Error("the settings do not show that it is switched off")
	}
	test.Tap(w.settings.reminding.press)
	test.AssertNotificationSent(t, want, func() { w.reminded = ""; w.remind() })
}
