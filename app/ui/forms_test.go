package ui

import (
	"context"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
	"plumbline/app/store"
)

// An inspector takes ten stamped forms along, uses one, spoils one and brings the
// others back; each number has its fate.
func TestBlankFormsAreBookedOutAndAccountedFor(t *testing.T) {
	w, _ := toldWindow(t, "zh")
	lines, err := w.desk.Ledger(context.Background(), store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	i, err := w.desk.Store.Inspection(context.Background(), lines[0].Inspection)
	if err != nil {
		t.Fatal(err)
	}
	v := w.forms
	w.openForms()
	shows(t, w, "尚无领用记录")
	ask := asking{t, w, func() *inquiry { return v.form }}
	v.bookOut()
	ask.choose("kind", "行政检查通知书")
	v.form.texts["first"].SetText("A-000101")
	v.form.texts["last"].SetText("A-00110")
	ask.choose("by", "陈丽丽")
	ask.fault("last", "不连续")
	v.form.texts["last"].SetText("A-000110")
	ask.fault("to", "请填写领用人")
	ask.choose("to", "胡娟平")
	test.Tap(w.asked)
	shows(t, w, "未交回10份")

	v.tell(v.bookings[0], record.FormUsed)
	ask.choose("by", "胡娟平")
	v.form.texts["inspection"].SetText("17")
	ask.fault("inspection", "没有编号为“17”的检查")
	v.form.texts["inspection"].SetText(i.Number)
	test.Tap(w.asked)
	shows(t, w, i.Number)
	v.tell(v.bookings[0], record.FormSpoiled)
	ask.fault("note", "请填写作废原因")
	v.form.texts["note"].SetText("墨污")
	test.Tap(w.asked)
	v.tell(v.bookings[0], record.FormReturned)
	if got := v.form.texts["numbers"].Text; got != "A-000103—A-000110" {
		t.Errorf("the rest is %q", got)
	}
	test.Tap(w.asked)
	shows(t, w, "已全部核销")
	shows(t, w, "使用1 · 作废1 · 交回8 · 未交回0")
	v.tell(v.bookings[0], record.FormReturned)
	v.form.texts["numbers"].SetText("A-000101")
	ask.fault("note", "已由胡娟平于")
	w.shutModal()
	work, _ := v.taken(false)
	table, err := work(context.Background())
	if err != nil || len(table.Rows) != 10 || table.Rows[1][10] != "墨污" {
		t.Errorf("the ledger: %v, %v", table.Rows, err)
	}
	v.print()
}
