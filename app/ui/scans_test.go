package ui

import (
	"context"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/scan/scantest"
	"plumbline/app/store"
)

// Scans dropped on the window find their record; the one whose code the seal
// covers is placed by hand.
func TestScansDroppedOnTheDocumentsFindTheirPlace(t *testing.T) {
	w, _ := toldWindow(t, "zh")
	lines, err := w.desk.Ledger(context.Background(), store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	id := lines[0].Inspection
	doc, err := w.desk.Print(context.Background(), "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(4))
	var pages [][]byte
	printed := scantest.Printed(t, doc.PDF, scantest.Office.DPI)
	for n, p := range printed {
		if n == len(printed)-1 {
			for i := len(p.Pix) * 9 / 10; i < len(p.Pix); i++ {
				p.Pix[i] = 90
			}
		}
		pages = append(pages, scantest.Office.Scan(t, p, 0, r))
	}
	dir := t.TempDir()
	last := filepath.Join(dir, "末页.jpg")
	for path, b := range map[string][]byte{filepath.Join(dir, "a.pdf"): scantest.PDF(t, "JPEG", pages[:len(pages)-1]...), last: pages[len(pages)-1]} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := w.documents
	w.openDocumentsOf(id)
	pickFirst := func(name, want string) {
		t.Helper()
		p := v.form.picks[name]
		for n, o := range p.Options {
			if strings.HasPrefix(o, want) {
				p.choosePlace(n)
				return
			}
		}
		t.Fatalf("%s is not offered at %s, but %v", want, name, p.Options)
	}
	w.dropped([]fyne.URI{storage.NewFileURI(dir)})
	pickFirst("by", "陈丽丽")
	test.Tap(w.asked)
	shows(t, w, "最近收录")
	shows(t, w, "未找到本程序的二维码")
	shows(t, w, "缺第"+itoa(doc.Pages)+"页")
	open := 0
	for n, x := range v.scans.last {
		if !x.Placed() {
			open++
			v.scans.place(n)
		}
	}
	if open != 1 {
		t.Fatalf("%d files have no place, want 1", open)
	}
	pickFirst("to", "现场检查笔录")
	v.form.texts["page"].SetText(itoa(doc.Pages))
	test.Tap(w.asked)
	shows(t, w, itoa(doc.Pages)+"页齐全；与封存（或当前）的笔录内容一致")
	v.scans.last = nil
	v.show()
	if strings.Contains(strings.Join(textsOf(w.canvas().Content()), "\n"), "最近收录") {
		t.Error("what was put away is still shown")
	}
}

// Signed in ink is as good as signed on the pad: the signing says whether the
// scan came back, and of which reading of the record it is.
func TestASignatureInInkTellsOfItsScan(t *testing.T) {
	w := onSite(t, "zh")
	id := w.inspection.session.id
	ctx := context.Background()
	if _, err := w.desk.Sign(ctx, id, desk.Signing{Role: record.RoleRepresentative, Name: "朱静国", Method: record.SignedPaper}); err != nil {
		t.Fatal(err)
	}
	w.openSigning(id)
	shows(t, w, "签名的打印件尚未扫描收录")
	doc, err := w.desk.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(path, doc.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.TakeInScans(ctx, desk.ScanDrop{Paths: []string{path}}, nil); err != nil {
		t.Fatal(err)
	}
	w.openSigning(id)
	shows(t, w, "页齐全；与封存（或当前）的笔录内容一致")
}
