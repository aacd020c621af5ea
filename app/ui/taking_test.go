package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

// plainNode is an item that asks for no photo, whatever the answer.
func plainNode(t *testing.T, w *Window) checklist.Node {
	t.Helper()
	for _, n := range w.inspection.visit.Nodes {
		if n.Item.Answer.Type == checklist.Conformity && n.Item.Evidence.Photo != checklist.PhotoRequired {
			return n
		}
	}
	t.Fatal("every item asks for a photo")
	return checklist.Node{}
}

// exported presses Ctrl+E, names a file and gives the rows that are in it.
func exported(t *testing.T, w *Window) [][]string {
	t.Helper()
	control(w, fyne.KeyE)
	path := filepath.Join(t.TempDir(), "清单.xlsx")
	for _, o := range visibleBelow(above(t, w)) {
		if e, ok := o.(*widget.Entry); ok {
			if filepath.Ext(e.Text) != ".xlsx" {
				t.Errorf("the name suggested is %q, want a workbook", e.Text)
			}
			e.SetText(path)
		}
	}
	test.Tap(buttonsOf(above(t, w), w.T("ui.chooser.take"))[0])
	if !strings.Contains(w.said.text, path) {
		t.Errorf("the window says %q, want where the list is", w.said.text)
	}
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEveryListGoesToExcelInTheLanguageOfTheWindow(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 300) // more than are shown at first
	id := newInspection(t, d, "cn.spot.foundation")
	w := openAt(t, d, "zh", Syncing{})
	w.openInspection(id, "")
	sealAnswered(t, d, id, map[string]record.Answer{plainNode(t, w).Key: {Value: jsonText(record.Nonconform), Note: "账簿缺页"}})

	w.goTo("organizations")
	rows := exported(t, w)
	if len(rows) != 301 || rows[0][0] != "统一社会信用代码" && rows[0][0] != w.T("ui.register.code") || rows[1][0] != foundationCode || rows[1][1] != "云溪市至善基金会" {
		t.Errorf("%d rows, the first %q and %q, want the whole register with headings", len(rows), rows[0], rows[1])
	}
	w.organizations.query.SetText("至善")
	if rows = exported(t, w); len(rows) != 2 {
		t.Errorf("%d rows after a search, want the headings and the one found", len(rows))
	}
	w.goTo("inspections")
	if rows = exported(t, w); len(rows) != 2 || rows[0][0] != "检查编号" || rows[1][3] != foundationCode || rows[1][6] != "已封存" {
		t.Errorf("inspections: %q", rows)
	}
	w.goTo("findings")
	if rows = exported(t, w); len(rows) != len(w.findings.lines)+1 || len(rows) < 2 || rows[1][0] != "云溪市至善基金会" || rows[1][4] != w.findings.lines[0].Title.Chinese {
		t.Errorf("findings: %q", rows)
	}
	if _, err := d.Draft(t.Context(), desk.Drafting{Kind: record.DraftedKinds()[0], Inspection: id, Language: report.Chinese, Copies: 1, By: w.stored(t, id).Team[0].Person}); err != nil {
		t.Fatal(err)
	}
	w.goTo("documents")
	if rows = exported(t, w); len(rows) != 2 || rows[0][0] != "文书" || rows[1][2] != "云溪市至善基金会" || rows[1][4] == "" {
		t.Errorf("documents: %q", rows)
	}
	w.goTo("checklists")
	if rows = exported(t, w); len(rows) != len(w.checklists.known[0].Items)+1 || rows[1][0] != w.checklists.known[0].Items[0].Code {
		t.Errorf("the checklist: %d rows, the first %q", len(rows), rows[1])
	}
	w.goTo("findings")
	w.setLanguage("en")
	if rows = exported(t, w); rows[0][0] != "Organization" || rows[1][4] != w.findings.lines[0].Title.English {
		t.Errorf("findings in English: %q", rows)
	}
}

func TestConflictsGoToExcelWithBothValues(t *testing.T) {
	folder := t.TempDir()
	d := openDesk(t, folder)
	fill(t, d, 3)
	id := newInspection(t, d, "cn.spot.foundation")
	a, b := openAt(t, d, "en", Syncing{}), openAt(t, openDesk(t, folder), "en", Syncing{})
	for _, w := range []*Window{a, b} {
		w.openInspection(id, "")
		w.inspection.take(node(t, w, checklist.Conformity).Key)
	}
	b.canvas().OnTypedRune()('2')
	a.canvas().OnTypedRune()('1')
	a.goTo("sync")
	rows := exported(t, a)
	if len(rows) != 3 || rows[1][0] != "Conflict" || rows[1][1] != "云溪市至善基金会" || !strings.HasPrefix(rows[1][3], node(t, a, checklist.Conformity).Item.Code) {
		t.Fatalf("conflicts: %q, want both values of one", rows)
	}
	if got := rows[1][4] + " / " + rows[2][4]; got != "No problem found / Problem found" && got != "Problem found / No problem found" {
		t.Errorf("the values are %q", got)
	}
}

func TestARowAndAListAreCopiedForExcel(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	w.copyRow()
	if got := w.app.Clipboard().Content(); got != "" {
		t.Errorf("with no row at hand %q was copied", got)
	}
	w.canvas().Focus(w.organizations.list)
	pressKey(w, fyne.KeyDown)
	w.copyRow()
	if got, want := w.app.Clipboard().Content(), w.organizations.found[w.organizations.list.at].Code+"\t"; !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("the clipboard holds %q, want one row that begins with %q", got, want)
	}
	w.canvas().Focus(w.organizations.query) // in a text too
	f := w.canvas().Focused().(fyne.Shortcutable)
	f.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyC, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift})
	got := strings.Split(strings.TrimSuffix(w.app.Clipboard().Content(), "\n"), "\n")
	if len(got) != 4 || !strings.HasPrefix(got[0], "Code\tName\t") || len(strings.Split(got[1], "\t")) != len(strings.Split(got[0], "\t")) {
		t.Errorf("the clipboard holds %q, want the headings and three rows", got)
	}
}

func TestAListThatCannotBeWrittenSaysWhyAndWhatToDo(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	control(w, fyne.KeyE)
	path := filepath.Join(t.TempDir(), "no such folder", "list.xlsx")
	for _, o := range visibleBelow(above(t, w)) {
		if e, ok := o.(*widget.Entry); ok {
			e.SetText(path)
		}
	}
	test.Tap(buttonsOf(above(t, w), w.T("ui.chooser.take"))[0])
	if !strings.Contains(w.said.text, path) || !strings.Contains(w.said.text, "choose another folder") {
		t.Errorf("the window says %q", w.said.text)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a file all the same")
	}
}

// A view whose list is empty says so, and asks for no file.
func TestAnEmptyListIsNotExported(t *testing.T) {
	w := openAt(t, openDesk(t, t.TempDir()), "en", Syncing{})
	for _, place := range []string{"organizations", "inspections", "findings", "sync"} {
		w.goTo(place)
		control(w, fyne.KeyE)
		if w.canvas().Overlays().Top() != nil || w.said.text != w.T("ui.list.nothing") {
			t.Errorf("%s: the window says %q", place, w.said.text)
		}
	}
}
