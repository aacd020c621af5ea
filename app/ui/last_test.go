package ui

import (
	"context"
	"testing"

	"plumbline/app/record"
)

func TestTheWindowOpensWhereItWas(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	if w := openAt(t, d, "en", Syncing{}); w.view != view(w.home) {
		t.Errorf("the first window shows %T, want Home", w.view)
	}
	id := newInspection(t, d, "cn.spot.foundation")
	openAt(t, d, "en", Syncing{}).openInspection(id, "") // and it is never closed
	w := openAt(t, d, "en", Syncing{})
	if w.view != view(w.inspection) || w.inspection.session.id != id {
		t.Fatalf("after a crash the window shows %T, want the inspection", w.view)
	}
	foundation := record.OrganizationID(record.SchemeUSCC, foundationCode)
	w.openOrganization(foundation)
	if w = openAt(t, d, "en", Syncing{}); w.view != view(w.organization) || w.organization.id != foundation {
		t.Errorf("the window shows %T, want the organization", w.view)
	}
	w.goTo("findings")
	if w = openAt(t, d, "zh", Syncing{}); w.view != view(w.findings) {
		t.Errorf("the window shows %T, want the findings", w.view)
	}
	for _, gone := range []string{"inspection:gone", string(record.NewID(record.InspectionType)), "no such place", ""} {
		if err := d.Store.SetSetting(context.Background(), lastView, gone); err != nil {
			t.Fatal(err)
		}
		if w = openAt(t, d, "en", Syncing{}); w.view != view(w.home) {
			t.Errorf("with %q kept the window shows %T, want Home", gone, w.view)
		}
	}
}
