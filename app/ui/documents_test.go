package ui

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
	"plumbline/app/store"
)

// The office takes a correction order its whole way in the window: slots, review,
// issue, number, stamp, service, receipt, file, each in other hands.
func TestAnOrderIsDraftedReviewedIssuedServedAndFiled(t *testing.T) {
	w, _ := toldWindow(t, "zh")
	d := w.desk
	var office []record.Inspector
	for _, name := range []string{"拟稿甲", "审核乙", "签发丙"} {
		office = append(office, record.Inspector{Certificate: "OF-" + name, Name: name, ValidFrom: "2020-01-01", ValidTo: "2099-12-31"})
	}
	if _, err := d.Store.RegisterInspectors(context.Background(), "", office); err != nil {
		t.Fatal(err)
	}
	lines, err := d.Ledger(context.Background(), store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	v := w.documents
	w.openDocumentsOf(lines[0].Inspection)
	shows(t, w, "此处没有文书")
	ask := asking{t, w, func() *inquiry { return v.form }}
	v.draft()
	ask.choose("by", "拟稿甲")
	ask.fault("kind", "请选择文书")
	ask.choose("kind", "责令限期改正通知书")
	v.form.texts["word"].SetText("示民社检")
	test.Tap(w.asked)
	shows(t, w, "尚未填写")
	into := t.TempDir()
	v.saveWord(v.docs[0], filepath.Join(into, "a.docx")) // the draft for a word processor
	if _, err := os.Stat(filepath.Join(into, "a.docx")); err != nil {
		t.Error(err)
	}
	v.advance(v.docs[0], record.Reviewed)
	ask.choose("by", "审核乙")
	ask.fault("by", "救济") // an order without remedies is not reviewed
	w.shutModal()
	v.fill(v.docs[0])
	for name, f := range v.form.texts {
		if f.Text == "" {
			f.SetText(map[string]string{"reconsideration_days": "60", "lawsuit_months": "6"}[name])
		}
		if f.Text == "" {
			f.SetText("云溪市人民政府")
		}
	}
	ask.choose("by", "拟稿甲")
	test.Tap(w.asked)
	step := func(next record.DocumentState, by string) {
		t.Helper()
		if got := v.docs[0].Next(); got != next {
			t.Fatalf("next is %s, want %s", got, next)
		}
		v.advance(v.docs[0], next)
		ask.choose("by", by)
	}
	step(record.Reviewed, "审核乙")
	if ask.offers("by", "拟稿甲") {
		t.Error("whoever drafted it is offered as the reviewer")
	}
	test.Tap(w.asked)
	step(record.Issued, "审核乙")
	ask.fault("by", "审核")
	ask.choose("by", "签发丙")
	test.Tap(w.asked)
	shows(t, w, "示民社检〔"+itoa(day.Year())+"〕1号")
	v.export(into)
	if found, err := filepath.Glob(filepath.Join(into, "文书 *", "*责令限期改正通知书*.pdf")); err != nil || len(found) != 1 {
		t.Errorf("exported: %q, %v", found, err)
	}
	if found, err := filepath.Glob(filepath.Join(into, "文书 *", "文书清单.xlsx")); err != nil || len(found) != 1 {
		t.Errorf("the list: %q, %v", found, err)
	}
	step(record.Stamped, "拟稿甲")
	test.Tap(w.asked)
	step(record.Served, "拟稿甲")
	ask.choose("way", "邮寄")
	ask.fault("courier", "须填写邮件编号")
	v.form.texts["courier"].SetText("EMS1234567890")
	test.Tap(w.asked)
	shows(t, w, "EMS1234567890")
	step(record.Receipt, "拟稿甲")
	v.form.texts["note"].SetText("李明签收")
	test.Tap(w.asked)
	step(record.Filed, "拟稿甲")
	test.Tap(w.asked)
	shows(t, w, "此处没有文书")
	v.tab = "filed"
	v.show()
	shows(t, w, "李明签收")
}
