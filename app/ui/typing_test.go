package ui

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

// A paper pack has come back: somebody types it in, and every answer says so
// until they stop.
func TestAPaperPackIsTypedInByAPersonWhoIsNamed(t *testing.T) {
	w := onSite(t, "zh")
	v := w.inspection
	id := v.session.id
	lacks := func(want string) {
		t.Helper()
		for _, s := range textsOf(v.typing) {
			if s == want {
				t.Errorf("%q is shown", want)
			}
		}
	}
	lacks("据纸质件录入…")
	doc, err := w.desk.Print(context.Background(), "", id, "paper-pack", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	pack := filepath.Join(t.TempDir(), "pack.pdf")
	if err := os.WriteFile(pack, doc.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	typist := record.InspectorID("9901031307") // whose certificate has expired: to type needs none
	if _, err := w.desk.TakeInScans(context.Background(), desk.ScanDrop{By: typist, Paths: []string{pack}}, nil); err != nil {
		t.Fatal(err)
	}
	w.openInspection(id, node(t, w, checklist.Conformity).Key)
	shows(t, w, "纸质检查包：")
	v.askTypist()
	p := v.ask.picks["by"]
	for n, o := range p.Options {
		if o == "黄秀 · 9901031307" {
			p.choosePlace(n)
		}
	}
	test.Tap(w.asked)
	shows(t, w, "黄秀正在据纸质件录入")
	key := v.at
	w.canvas().OnTypedRune()('1')
	if got := v.visit.Inspection.Answers[key].TypedBy; got != typist {
		t.Errorf("typed by %q, want %q", got, typist)
	}
	shows(t, w, "由黄秀据纸质检查包扫描件")
	v.typist = record.Inspector{}
	v.show()
	w.canvas().OnTypedRune()('3')
	if got := v.visit.Inspection.Answers[v.at]; got.TypedBy != "" {
		t.Errorf("after the stop: typed by %q", got.TypedBy)
	}
	v.showPaper()
}
