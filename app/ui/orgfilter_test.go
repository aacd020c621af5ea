package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
	"plumbline/app/store"
)

func TestTheRegisterIsNarrowedDownAndTheFilterKeptByName(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 5)
	newInspection(t, d, "cn.spot.foundation")
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	v := w.organizations
	if !slices.Contains(v.picks["kind"].values, string(record.Foundation)) {
		t.Fatalf("the kinds to choose among are %q", v.picks["kind"].values)
	}
	v.picks["past"].choosePlace(1) // never inspected
	if len(v.found) != 4 {
		t.Errorf("%d never inspected, want all 5 but one", len(v.found))
	}
	v.query.SetText("yxsd")
	if len(v.found) != 4 {
		t.Errorf("%d found by pinyin initials, want 4", len(v.found))
	}
	v.nameFilter()
	v.form.texts["name"].SetText("没查过的")
	test.Tap(w.asked)
	if len(v.saved) != 1 || !says(v.chips, "没查过的") {
		t.Fatalf("saved are %+v, shown %q", v.saved, textsOf(v.chips))
	}
	v.use(store.OrganizationFilter{})
	if len(v.found) != 5 || v.query.Text != "" {
		t.Errorf("without a filter %d are found for %q", len(v.found), v.query.Text)
	}
	// It is there after a new start, and can be taken up by a press.
	again := openAt(t, d, "zh", Syncing{})
	again.goTo("organizations")
	tapLink(t, again.organizations.chips, "没查过的")
	v = again.organizations
	if len(v.found) != 4 || v.query.Text != "yxsd" || v.picks["past"].value() != store.NeverInspected {
		t.Errorf("the saved filter finds %d for %q", len(v.found), v.query.Text)
	}
	if rows := exported(t, again); len(rows) != 5 {
		t.Errorf("%d rows are exported, want the headings and the 4 found", len(rows))
	}
	tapLink(t, v.chips, again.T("ui.organizations.forget_filter"))
	if len(v.saved) != 0 {
		t.Errorf("forgotten, but saved are %+v", v.saved)
	}
}
