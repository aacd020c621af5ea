package ui

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/desk"
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
	// Among all versions it is there, and can be offered again.
	v.every = true
	v.load()
	v.chosen = slices.IndexFunc(v.known, func(c checklist.Checklist) bool { return c.ID == gone.ID })
	v.show()
	if c := v.known[v.chosen]; c.Status != checklist.Retired || len(buttonsOf(v.body, "重新启用…")) != 1 {
		t.Errorf("among all versions %s is %s", c.ID, c.Status)
	}
	test.Tap(buttonsOf(v.body, "重新启用…")[0])
	v.form.picks["by"].choosePlace(0)
	v.form.texts["reason"].SetText("仍需使用")
	test.Tap(w.asked)
	if c := v.known[v.chosen]; c.ID != gone.ID || c.Status == checklist.Retired {
		t.Errorf("offered again, %s is %s", c.ID, c.Status)
	}
	// Who sees the library next is not left without one.
	if len(v.known) == 0 || v.chosen >= len(v.known) {
		t.Errorf("%d checklists, %d chosen", len(v.known), v.chosen)
	}
}

// A workbook is read, its remarks are shown with their place and can be taken
// along, it is tried out with nothing kept, taken in, and written to Excel again.
func TestAWorkbookIsReadTriedTakenInAndWrittenAgain(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "en", Syncing{})
	v := w.checklists
	w.goTo("checklists")
	path := filepath.Join(t.TempDir(), "fire.xlsx")
	sheets := maps.Clone(everyType)
	sheets["survey"] = append(slices.Clone(everyType["survey"]), []any{"hologram", "ghost", "A question of an unknown type"})
	if err := os.WriteFile(path, writtenForm(t, sheets), 0o600); err != nil {
		t.Fatal(err)
	}
	before := entries(t, w)
	v.read(path)
	shown := strings.Join(textsOf(v.body), " | ")
	if v.report == nil || !strings.Contains(shown, "survey!A34") || !strings.Contains(shown, "hologram") || !strings.Contains(shown, "not kept yet") {
		t.Fatalf("the report says %s", shown)
	}
	v.copyReport()
	if got := w.app.Clipboard().Content(); !strings.Contains(got, "survey\t34\tA\t") {
		t.Errorf("copied is %q", got)
	}

	// Tried out: the same widgets, and nothing of it anywhere.
	test.Tap(buttonsOf(v.body, "Try it out…")[0])
	if w.view != view(w.trying) || w.trying.visit == nil || !says(w.canvas().Content(), "nothing is kept") {
		t.Fatal("no trial is shown")
	}
	folder := w.trying.trial.Folder()
	for _, n := range w.trying.visit.Nodes {
		if n.Item.Element().Name == "seats" {
			w.trying.take(n.Key)
			typeInto(w, w.trying.panel.value, "900")
		}
	}
	if got := strings.Join(textsOf(w.trying.panel.answer), " | "); !strings.Contains(got, "Between 1 and 499") {
		t.Errorf("the trial says %q", got)
	}
	pressKey(w, fyne.KeyF1) // the help does not end it
	pressKey(w, fyne.KeyEscape)
	if w.view != view(w.trying) || w.trying.trial == nil {
		t.Error("looking at the help ended the trial")
	}
	test.Tap(w.trying.sign)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || w.view != view(v) || v.report == nil {
		t.Errorf("after the trial: folder %v, report %v", err, v.report != nil)
	}
	if got := entries(t, w); got != before {
		t.Errorf("reading and trying made %d entries, want none", got-before)
	}

	test.Tap(buttonsOf(v.body, "Keep this checklist…")[0])
	v.form.picks["by"].choosePlace(0)
	v.form.picks["status"].choosePlace(1)
	test.Tap(w.asked)
	c := v.known[v.chosen]
	if v.report != nil || c.ID != "every-type" || c.Status != "published" {
		t.Fatalf("after taking it in %s (%s) is shown", c.ID, c.Status)
	}
	out := filepath.Join(t.TempDir(), "out.xlsx")
	if _, err := desk.WriteChecklist(c, out, w.texts); err != nil {
		t.Fatal(err)
	}
	again, err := desk.ReadChecklist(out, xlsform.Options{})
	if err != nil || again.Checklist.Ref() != c.Ref() {
		t.Errorf("written and read again it is %v (%v), want %v", again.Checklist.Ref(), err, c.Ref())
	}
	// A file that is none is refused in words, and what was shown stays.
	broken := filepath.Join(t.TempDir(), "broken.xlsx")
	if err := os.WriteFile(broken, []byte("no workbook"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v.read(broken); v.report != nil {
		t.Error("a broken file has a report")
	}
}

// A version that only a newer program can read is in the list, with what to do.
func TestAChecklistOfANewerProgramIsListed(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	ctx := context.Background()
	b := bytes.Replace(authored(t, "9", "published").Bytes(), []byte(`"plumbline-checklist/2"`), []byte(`"plumbline-checklist/9"`), 1)
	change, _, err := d.Store.ChecklistChange(ctx, record.ChecklistRef{ID: "fire-safety", Version: "9", Digest: record.HashOf(b)}, b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Store.Append(ctx, "", change); err != nil {
		t.Fatal(err)
	}
	w := openAt(t, d, "en", Syncing{})
	w.goTo("checklists")
	if got := strings.Join(textsOf(w.checklists.lists), " | "); !strings.Contains(got, "fire-safety 9") || !strings.Contains(got, "newer") {
		t.Errorf("the library lists %s", got)
	}
}

// An open inspection stays on its version, is told of a newer one with what that
// changes, and moves when somebody says so; not once it is signed.
func TestAnOpenInspectionMovesToANewerVersionWhenAsked(t *testing.T) {
	sheets := maps.Clone(everyType)
	w := formOnSite(t, "en", sheets)
	v := w.inspection
	n := v.inHand(t, "county")
	pressIn(t, w, "North")
	id, before := v.session.id, v.visit.Checklist.Ref()

	// Version 2 asks one question anew and calls the counties otherwise.
	sheets["choices"] = append(slices.Clone(everyType["choices"][:1]), append([][]any{{"county", "nn", "New North", "新北县"}}, everyType["choices"][2:]...)...)
	sheets["settings"] = [][]any{everyType["settings"][0], {"every-type", "Every type", "全部题型", "2", "English (en)"}}
	sheets["survey"] = append(slices.Clone(everyType["survey"]), []any{"text", "more", "Anything else", "其他"})
	second := written(t, sheets)
	if _, err := w.desk.ImportChecklist(context.Background(), "", second); err != nil {
		t.Fatal(err)
	}
	w.openInspection(id, "")
	if v.visit.Checklist.Ref() != before || !says(v.newerBox, "newer version of the checklist: 2") {
		t.Fatalf("it is on %v, and says %q", v.visit.Checklist.Ref(), textsOf(v.newerBox))
	}
	test.Tap(buttonsOf(v.newerBox, "See what changes…")[0])
	if said := above(t, w); !says(said, "Anything else") || !says(said, "does not fit any more") {
		t.Errorf("it says it changes %q", textsOf(said))
	}
	test.Tap(w.asked)
	if got := w.stored(t, id).Checklist; got != second.Ref() || v.newerBox.Visible() {
		t.Errorf("it is on %v, want %v; still offered: %t", got, second.Ref(), v.newerBox.Visible())
	}
	if n, _ = v.visit.Node(n.Key); w.storedAt(t, n) != `"n"` || v.outcome(n) != checklist.Incomplete {
		t.Errorf("the answer that does not fit is %s and comes to %s", w.storedAt(t, n), v.outcome(n))
	}
}

// A checklist is changed in the window: every change is on the disk, can be taken
// back, outlives the window, and becomes a version when somebody keeps it.
func TestAChecklistIsChangedInTheWindow(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "en", Syncing{})
	v := w.checklists
	w.goTo("checklists")
	base := v.known[v.chosen]
	test.Tap(buttonsOf(v.body, "Change…")[0])
	it := base.Items[0]
	v.at = it.UID
	v.show()
	fields := fieldsOf(v.itemForm.box)
	typeInto(w, fields[1], "Is the certificate on the wall?")
	typeInto(w, fields[2], "9")
	typeInto(w, fields[3], "77")
	typeInto(w, fields[2], "soon") // no days: it stays beside its fault, and nothing is changed
	for _, o := range visibleBelow(v.itemForm.box) {
		if s, ok := o.(*widget.Select); ok {
			s.SetSelectedIndex(0)
		}
	}
	now := func(v *checklistsView) *checklist.Item {
		it, _ := v.revision.now.Item(it.UID)
		return it
	}
	check := func(when string, v *checklistsView, text string, severity record.Severity, days int, article string) {
		t.Helper()
		if got := now(v); got.Text.English != text || got.Severity != severity || got.DeadlineDays() != days || got.Basis[0].Article != article {
			t.Errorf("%s: %q, %s, %d days, article %q", when, got.Text.English, got.Severity, got.DeadlineDays(), got.Basis[0].Article)
		}
	}
	check("changed", v, "Is the certificate on the wall?", record.Critical, 9, "77")
	v.undoLast()
	check("after one undo", v, "Is the certificate on the wall?", it.Severity, 9, "77")
	if now(v).Basis[0].Confidence == record.Verified {
		t.Error("an article typed by hand counts as verified")
	}

	// Another window takes up where this one was.
	again := openAt(t, d, "zh", Syncing{})
	again.goTo("checklists")
	if again.checklists.revision == nil {
		t.Fatal("the changes did not outlive the window")
	}
	check("in another window", again.checklists, "Is the certificate on the wall?", it.Severity, 9, "77")

	v.keepRevision()
	v.form.picks["by"].choosePlace(0)
	v.form.picks["status"].choosePlace(1)
	test.Tap(w.asked)
	if c := v.known[v.chosen]; v.revision != nil || c.ID != base.ID || c.Version != "1.0.1" || c.Status != "published" || c.Items[0].Text.English != "Is the certificate on the wall?" {
		t.Errorf("after keeping it %s %s (%s) is shown, first item %q", c.ID, c.Version, c.Status, c.Items[0].Text.English)
	}
}
