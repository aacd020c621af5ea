package main

import (
	"context"
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/registry"
	"plumbline/app/ui"
	"plumbline/sync/synctest"
)

// openHouse opens a data folder as the program does.
func openHouse(t *testing.T) *house {
	t.Helper()
	folder := t.TempDir()
	d, err := desk.Open(context.Background(), folder, database, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{desk: d, folder: folder}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// What the window's buttons do over a stick, with the real client and server:
// a colleague reads what this laptop wrote, with no network between.
func TestWhatTheWindowWritesOntoAStickAColleagueReads(t *testing.T) {
	ctx := context.Background()
	o := synctest.Start(t, &synctest.Office{})
	var houses [2]*house
	var syncs [2]ui.Syncing
	for n := range houses {
		houses[n] = openHouse(t)
		syncs[n] = houses[n].syncing()
		if err := syncs[n].Enrol(ctx, o.URL, o.Code()); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range syncs { // each learns of the other
		if err := s.Sync(ctx, func(ui.SyncProgress) {}); err != nil {
			t.Fatal(err)
		}
	}
	known, err := syncs[0].Colleagues(ctx)
	if err != nil || len(known) != 1 {
		t.Fatalf("colleagues are %v (%v), want one", known, err)
	}
	const register = "名称,统一社会信用代码\n云溪市茶文化协会,51990100MJK0000017\n"
	if _, err := houses[0].desk.ImportOrganizationsFrom(ctx, "", strings.NewReader(register), int64(len(register)), "名册.csv", registry.Options{}); err != nil {
		t.Fatal(err)
	}
	stick := t.TempDir()
	told := 0
	w, err := syncs[0].WriteBundle(ctx, ui.BundleWriting{Folder: stick, For: []record.ID{known[0].Device}}, func(ui.BundleProgress) { told++ })
	if err != nil || w.Entries == 0 || len(w.Parts) != 1 || len(w.For) != 1 || told == 0 {
		t.Fatalf("wrote %+v (%v), progress told %d times", w, err, told)
	}
	r, err := syncs[1].ReadBundle(ctx, stick, func(ui.BundleProgress) {})
	if err != nil || r.Entries != w.Entries || r.Parts != 1 || len(r.Refused) != 0 {
		t.Errorf("read %+v (%v), want the %d entries", r, err, w.Entries)
	}
}
