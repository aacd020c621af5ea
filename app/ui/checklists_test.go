package ui

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/record"
)

// authored makes a checklist as somebody writes it in Excel.
func authored(t *testing.T, version, status string) checklist.Checklist {
	t.Helper()
	x := excelize.NewFile()
	defer x.Close()
	x.SetSheetName("Sheet1", "survey")
	for n, row := range [][]any{{"type", "name", "label", "inspect::severity"}, {"select_one yn", "exit", "消防通道是否畅通？", "critical"}} {
		x.SetSheetRow("survey", "A"+string(rune('1'+n)), &row)
	}
	for sheet, rows := range map[string][][]any{
		"choices":  {{"list_name", "name", "label"}, {"yn", "yes", "是"}, {"yn", "no", "否"}},
		"settings": {{"form_id", "form_title", "version"}, {"fire-safety", "消防检查", version}},
	} {
		x.NewSheet(sheet)
		for n, row := range rows {
			x.SetSheetRow(sheet, "A"+string(rune('1'+n)), &row)
		}
	}
	b, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	book, err := xlsform.ReadBook(bytes.NewReader(b.Bytes()), int64(b.Len()), "fire.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	in, err := xlsform.FromBook(book, "fire.xlsx", xlsform.Options{Status: status})
	if err != nil {
		t.Fatal(err)
	}
	return in.Checklist
}

// A checklist that was taken in is in the library and can be inspected by; of
// its versions the newest, and none once it is retired.
func TestAChecklistTakenInIsInTheLibraryAndCanBeChosen(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "zh", Syncing{})
	take := func(version, status string) {
		t.Helper()
		if _, err := w.desk.ImportChecklist(context.Background(), "", authored(t, version, status)); err != nil {
			t.Fatal(err)
		}
	}
	shown := func() (version string, offered bool) {
		t.Helper()
		w.goTo("checklists")
		if n := slices.IndexFunc(w.checklists.known, func(c checklist.Checklist) bool { return c.ID == "fire-safety" }); n >= 0 {
			version = w.checklists.known[n].Version
		}
		w.planFor(record.OrganizationID(record.SchemeUSCC, foundationCode))
		return version, slices.ContainsFunc(w.plan.lists, func(c checklist.Checklist) bool { return c.ID == "fire-safety" })
	}
	if v, offered := shown(); v != "" || offered {
		t.Fatalf("before: %q, %t", v, offered)
	}
	take("1", "published")
	take("2", "draft")
	if v, offered := shown(); v != "2" || !offered {
		t.Errorf("the library shows version %q (offered for an inspection: %t), want 2", v, offered)
	}
	w.goTo("checklists")
	if text := strings.Join(textsOf(w.checklists.lists), " "); !strings.Contains(text, "消防检查") || w.checklists.known[0].ID != checklist.Builtin()[0].ID {
		t.Errorf("the list says %q, beginning with %s", text, w.checklists.known[0].ID)
	}
}

func TestARetiredChecklistIsOfferedNoMore(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "zh", Syncing{})
	v := w.checklists
	w.goTo("checklists")
	gone := v.known[v.chosen]
	v.retire(gone)
	v.form.picks["by"].choosePlace(0)
	test.Tap(w.asked)
	if got := v.form.rows["reason"].fault.text; !strings.Contains(got, "原因") && !strings.Contains(got, "理由") {
		t.Errorf("beside the reason stands %q", got)
	}
	v.form.texts["reason"].SetText("改版")
	test.Tap(w.asked)
	if slices.ContainsFunc(v.known, func(c checklist.Checklist) bool { return c.ID == gone.ID }) {
		t.Errorf("%s is offered still", gone.ID)
	}
	// Who sees the library next is not left without one.
	if len(v.known) == 0 || v.chosen >= len(v.known) {
		t.Errorf("%d checklists, %d chosen", len(v.known), v.chosen)
	}
}
