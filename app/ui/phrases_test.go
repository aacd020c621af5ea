package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/checklist"
)

// A sentence with a voucher's number, amount and date goes into the finding; the
// inspector edits it afterwards, and Ctrl+Z takes it back.
func TestASentenceForTheRecordIsFilledInAndEdited(t *testing.T) {
	w := onSite(t, "zh")
	v := w.inspection
	var n checklist.Node
	for _, x := range v.visit.Nodes {
		if strings.HasPrefix(x.Item.Code, "FIN-") && x.Item.Answer.Type == checklist.Conformity {
			n = x
			break
		}
	}
	w.openInspection(v.session.id, n.Key)
	w.canvas().OnTypedRune()('2')
	p := v.panel
	p.askPhrase()
	place := -1
	for i, o := range p.form.picks["phrase"].Options {
		if !strings.Contains(o, "待核对") {
			t.Errorf("%s is not marked as unchecked", o)
		}
		if strings.HasPrefix(o, "付款无原始凭证") {
			place = i
		}
	}
	if place < 0 {
		t.Fatalf("offered: %v", p.form.picks["phrase"].Options)
	}
	p.form.picks["phrase"].choosePlace(place)
	test.Tap(w.asked)
	for slot, text := range map[string]string{"date": "2026年3月2日", "voucher": "17", "amount": "12,500", "payee": "甲公司", "purpose": "会议费"} {
		p.form.texts[slot].SetText(text)
	}
	test.Tap(w.asked)
	want := "2026年3月2日第17号记账凭证记载支付甲公司12,500元，用途记为“会议费”，所附原始凭证＿＿＿＿。"
	if got := v.visit.Inspection.Answers[n.Key].Fact; got != want {
		t.Errorf("the finding says %q, want %q", got, want)
	}
	if p.fact.Text != want {
		t.Errorf("to edit there is %q", p.fact.Text)
	}
	v.undoLast()
	if got := v.visit.Inspection.Answers[n.Key].Fact; got != "" {
		t.Errorf("taken back, the finding still says %q", got)
	}
}
