package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"github.com/xuri/excelize/v2"

	"plumbline/app/record"
	"plumbline/app/registry"
)

func writeRegister(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// chooseField chooses by hand what a column is.
func chooseField(t *testing.T, v *importView, column int, field string) {
	t.Helper()
	for n, value := range v.picks[column].values {
		if value == field {
			v.picks[column].choosePlace(n)
			return
		}
	}
	t.Fatalf("column %d cannot be %q: %v", column, field, v.picks[column].values)
}

// An import tells what became of every row and where the rejected ones are.
func TestAnImportSaysWhereTheRejectedRowsAre(t *testing.T) {
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	opened := ""
	w.opts.Open = func(path string) error { opened = path; return nil }
	path := writeRegister(t, "名册.csv", registerRows(3)+"无代码的单位,,社会团体,,,\n")
	w.importFile(organizationRegister, path)
	if w.importing.start.Disabled() {
		t.Fatalf("a register with known headings cannot be imported: %s", w.importing.lacks.text)
	}
	test.Tap(w.importing.start)
	said := strings.Join(textsOf(w.canvas().Content()), "\n")
	for _, want := range []string{"3 accepted, 1 rejected", "3 new, 0 changed", "名册-rejected.csv", "row 5", "The code is empty"} {
		if !strings.Contains(said, want) {
			t.Errorf("the window does not say %q but %q", want, said)
		}
	}
	rejects := strings.TrimSuffix(path, ".csv") + "-rejected.csv"
	if b, err := os.ReadFile(rejects); err != nil || !strings.Contains(string(b), "无代码的单位") {
		t.Errorf("the file of rejected rows holds %q (%v)", b, err)
	}
	test.Tap(buttonsOf(w.canvas().Content(), "Open the file of rejected rows")[0])
	if opened != rejects {
		t.Errorf("the button opened %q, want %q", opened, rejects)
	}
	// Somebody puts the rows right; the next import must not take that file's place.
	if err := os.WriteFile(rejects, []byte("half put right"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.importFile(organizationRegister, path)
	test.Tap(w.importing.start)
	if b, err := os.ReadFile(rejects); err != nil || string(b) != "half put right" {
		t.Errorf("the file somebody was working on now holds %q (%v)", b, err)
	}
	if said := strings.Join(textsOf(w.canvas().Content()), "\n"); !strings.Contains(said, "-rejected-2.csv") || !strings.Contains(said, "Nothing new") {
		t.Errorf("after the second import the window says %q", said)
	}
}

const oddRegister = "甲,乙,丙,丁\n" +
	"51990100MJK0000017,云溪市茶文化协会,王强,石桥路1号\n" +
	"51990100MJK0000025,云溪市棋类协会,李丽,石桥路2号\n"

func TestColumnsAreMappedByHandAndRememberedForTheSameHeadings(t *testing.T) {
	ctx := context.Background()
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	v := w.importing
	w.importFile(organizationRegister, writeRegister(t, "a.csv", oddRegister))
	if w.view != view(v) {
		t.Fatalf("the columns are not shown but %T, which says %q", w.view, w.said.text)
	}
	if !v.start.Disabled() || !v.lacks.Visible() {
		t.Error("a file without code and name can be imported, or nobody is told what is missing")
	}
	said := strings.Join(textsOf(w.canvas().Content()), "\n")
	for _, want := range []string{"甲", "云溪市茶文化协会  |  云溪市棋类协会", "Choose the column that holds: Code"} {
		if !strings.Contains(said, want) {
			t.Errorf("the window does not show %q but %q", want, said)
		}
	}
	chooseField(t, v, 0, "code")
	chooseField(t, v, 1, "name")
	chooseField(t, v, 2, "name")
	if !v.start.Disabled() || !strings.Contains(v.lacks.text, "Two columns") {
		t.Errorf("two columns for one name are let through; the window says %q", v.lacks.text)
	}
	chooseField(t, v, 2, "legal_representative")
	chooseField(t, v, 3, remark)
	test.Tap(v.start)
	found, err := d.Store.SearchOrganizations(ctx, "茶文化", 5)
	if err != nil || len(found) != 1 || found[0].Code != "51990100MJK0000017" {
		t.Fatalf("found %v (%v), want the tea association; the window said %q", found, err, w.said.text)
	}
	o, err := d.Store.Organization(ctx, found[0].ID)
	if err != nil || o.LegalRepresentative != "王强" || o.Address != "" {
		t.Errorf("the organization is %+v (%v), want 王强 and no address", o, err)
	}

	w.importFile(organizationRegister, writeRegister(t, "next-year.csv", strings.ReplaceAll(oddRegister, "王强", "赵敏")))
	if got, want := strings.Join(v.chosen(), ","), "code,name,legal_representative,"; got != want || !v.old {
		t.Errorf("for the same headings the columns are %s (remembered: %v), want %s", got, v.old, want)
	}
	test.Tap(v.start)
	if o, err = d.Store.Organization(ctx, o.ID); err != nil || o.LegalRepresentative != "赵敏" {
		t.Errorf("after the second import the representative is %q (%v), want 赵敏", o.LegalRepresentative, err)
	}
	w.importFile(organizationRegister, writeRegister(t, "other.csv", strings.Replace(oddRegister, "甲", "戊", 1)))
	if v.old {
		t.Error("other headings took over what was chosen for these")
	}
}

// What a heading says can be overruled: the column is another field, or none.
func TestAHeadingCanBeOverruled(t *testing.T) {
	ctx := context.Background()
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "zh", Syncing{})
	v := w.importing
	w.importFile(organizationRegister, writeRegister(t, "a.csv", registerRows(1)))
	at := map[string]int{}
	for n, f := range v.chosen() {
		at[f] = n
	}
	chooseField(t, v, at["capital"], remark)
	chooseField(t, v, at["legal_representative"], "supervisor")
	test.Tap(v.start)
	found, err := d.Store.SearchOrganizations(ctx, foundationCode, 1)
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v (%v); the window said %q", found, err, w.said.text)
	}
	o, err := d.Store.Organization(ctx, found[0].ID)
	if err != nil || o.Supervisor != "朱静国" || o.LegalRepresentative != "" || o.Capital != "" {
		t.Errorf("supervisor %q, representative %q, capital %q (%v)", o.Supervisor, o.LegalRepresentative, o.Capital, err)
	}
}

// Every field that is offered for a column is one that a register has.
func TestEveryFieldOfferedIsOneARegisterHas(t *testing.T) {
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	for kind, fields := range registerFields {
		for _, field := range fields {
			if w.T("ui.register."+field) == "ui.register."+field {
				t.Errorf("%s has no words", field)
			}
			read := d.ImportOrganizations
			if kind == inspectorRegister {
				read = d.ImportInspectors
			}
			path := writeRegister(t, "a.csv", "a,b,c\n1,2,3\n")
			_, err := read(context.Background(), "", path, registry.Options{Columns: registry.Columns{field: {"C"}}})
			var e *record.Error
			if errors.As(err, &e) && e.Message == "registry.columns_field" {
				t.Errorf("%s: %v", field, err)
			}
		}
	}
}

func TestAListOfInspectorsIsKnownByItsHeadings(t *testing.T) {
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	w.importFile(organizationRegister, writeRegister(t, "a.csv", inspectors))
	v := w.importing
	if !v.swap.Visible() || !strings.Contains(v.note.text, "list of inspectors") {
		t.Fatalf("the window says %q, want that it is a list of inspectors", v.note.text)
	}
	test.Tap(v.swap)
	test.Tap(v.start)
	people, err := d.Store.Inspectors(context.Background())
	if err != nil || len(people) != 3 {
		t.Errorf("%d inspectors (%v), want 3; the window said %q", len(people), err, w.said.text)
	}
}

// A stopped import says so and leaves a whole folder behind.
func TestAStoppedImportCanBeTakenUpAgain(t *testing.T) {
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	atOnce := w.tasks
	w.tasks = stopping{Tasks: atOnce, stop: func() { test.Tap(w.importing.work.stop) }}
	path := writeRegister(t, "a.csv", registerRows(5000))
	w.importFile(organizationRegister, path)
	test.Tap(w.importing.start)
	if !strings.Contains(w.said.text, "stopped") {
		t.Fatalf("the window says %q, want that the import was stopped", w.said.text)
	}
	w.tasks = atOnce
	test.Tap(w.importing.start)
	if n, err := d.Store.OrganizationCount(context.Background()); err != nil || n != 5000 {
		t.Errorf("after the second import there are %d organizations (%v), want 5,000", n, err)
	}
}

// stopping is Tasks with somebody who presses stop when progress is first told.
type stopping struct {
	Tasks
	stop func()
}

func (s stopping) Do(f func()) {
	f()
	s.stop()
}

// writeBook writes a workbook as an authority keeps it: a sheet of notes, then
// the register, whose headings are two rows below a title.
func writeBook(t *testing.T, path string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	sheets := map[string][][]any{
		"说明": {{"填报说明", "联系人"}, {"本表每季度更新一次", "王强"}},
		"登记名册": {
			{"云溪市社会组织登记名册（2026年第三季度）"},
			{"基本情况", nil, "负责人", "地址"},
			{"统一社会信用代码", "单位名称", "姓名", "住所"},
			{"51990100MJK0000017", "云溪市茶文化协会", "陈𬱖", "石桥路1号"},
			{"51990100MJK0000025", "云溪市棋类协会", "李丽", "石桥路2号"},
		},
	}
	for n, name := range []string{"说明", "登记名册"} {
		var err error
		if n == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err != nil {
			t.Fatal(err)
		}
		for r, cells := range sheets[name] {
			if err := f.SetSheetRow(name, "A"+itoa(r+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(f.MergeCell("登记名册", "A1", "D1"), f.MergeCell("登记名册", "A2", "B2"), f.SaveAs(path)); err != nil {
		t.Fatal(err)
	}
}

// The register on the second sheet of a workbook, its headings two rows below a
// title, is chosen and imported.
func TestTheSecondSheetWithATwoRowHeaderIsChosenAndImported(t *testing.T) {
	ctx := context.Background()
	d := openDesk(t, t.TempDir())
	w := openAt(t, d, "en", Syncing{})
	v := w.importing
	path := filepath.Join(t.TempDir(), "名册.xlsx")
	writeBook(t, path)
	w.importFile(organizationRegister, path)
	if !v.start.Disabled() || !v.sheetRow.Visible() || v.sheet.value() != "说明" {
		t.Fatalf("the first sheet shown is %q (choice visible: %v), and it can be imported: %v", v.sheet.value(), v.sheetRow.Visible(), !v.start.Disabled())
	}
	chooseSheet := func(name string) {
		for n, s := range v.sheet.values {
			if s == name {
				v.sheet.choosePlace(n)
			}
		}
	}
	chooseSheet("登记名册")
	if got := v.headers.value(); got != "3" {
		t.Errorf("the headings found take %s rows, want the title and two rows", got)
	}
	said := strings.Join(textsOf(w.canvas().Content()), "\n")
	for _, want := range []string{"登记名册", "云溪市茶文化协会  |  云溪市棋类协会", "单位名称"} {
		if !strings.Contains(said, want) {
			t.Errorf("the window does not show %q but %q", want, said)
		}
	}
	// A person who knows better is followed, and can come back.
	v.headers.choosePlace(1) // one row: the title
	if got := v.headers.value(); got != "1" || !v.start.Disabled() {
		t.Errorf("with the title as the only heading, %s rows are shown and it can be imported: %v", got, !v.start.Disabled())
	}
	v.headers.choosePlace(3)
	if v.start.Disabled() {
		t.Fatalf("the register cannot be imported: %s", v.lacks.text)
	}
	test.Tap(v.start)
	found, err := d.Store.SearchOrganizations(ctx, "茶文化", 5)
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v (%v), want the tea association; the window said %q", found, err, w.said.text)
	}
	o, err := d.Store.Organization(ctx, found[0].ID)
	if err != nil || o.Code != "51990100MJK0000017" || o.Address != "石桥路1号" {
		t.Errorf("the organization is %+v (%v)", o, err)
	}
	if n, err := d.Store.OrganizationCount(ctx); err != nil || n != 2 {
		t.Errorf("%d organizations (%v), want 2", n, err)
	}
}
