package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
)

// A complaint is recorded, accepted and looked into; who complains is shown to who
// asks, and nowhere else.
func TestAComplaintIsTakenOnInTheWindow(t *testing.T) {
	w := onSite(t, "zh")
	v := w.complaints
	w.openComplaints()
	shows(t, w, "没有投诉举报")
	choose := func(name, want string) {
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
	fault := func(name, want string) {
		t.Helper()
		test.Tap(w.asked)
		if got := v.form.rows[name].fault.text; !strings.Contains(got, want) {
			t.Errorf("beside %s stands %q, want %q", name, got, want)
		}
	}
	first, second := v.people[0].Name, v.people[1].Name
	v.receive()
	choose("by", first)
	fault("content", "请填写反映的内容")
	v.form.texts["content"].SetText("强制收取培训费")
	fault("about", "请注明所反映的单位")
	v.form.texts["organization"].SetText(foundationCode)
	v.form.texts["name"].SetText("张某某")
	test.Tap(w.asked)
	shows(t, w, "强制收取培训费")
	shows(t, w, "前：决定是否受理")
	for _, s := range textsOf(w.view.object()) {
		if strings.Contains(s, "张某某") {
			t.Errorf("who complains stands on the list: %q", s)
		}
	}
	v.tellWho(v.all[0])
	if got := strings.Join(textsOf(w.canvas().Overlays().Top()), " "); !strings.Contains(got, "张某某") {
		t.Errorf("who complains is not told: %q", got)
	}
	w.shutModal()
	v.take(v.all[0], record.DeclineComplaint)
	for _, o := range v.form.picks["by"].Options {
		if strings.HasPrefix(o, first) {
			t.Error("whoever received it is offered as who declines it")
		}
	}
	w.shutModal()
	v.take(v.all[0], record.AcceptComplaint)
	choose("by", second)
	test.Tap(w.asked)
	v.take(v.all[0], record.InspectComplaint)
	choose("checklist", "随机抽查检查表（基金会）")
	choose("team", first)
	choose("second", second)
	choose("by", first)
	test.Tap(w.asked)
	if got := v.all[0].Inspections(); len(got) != 1 {
		t.Fatalf("looked into by %v", got)
	}
	v.take(v.all[0], record.AnswerComplaint)
	choose("by", second)
	v.form.texts["note"].SetText("部分属实，已责令退费")
	fault("result", "请注明核查结果")
	choose("result", "部分属实")
	test.Tap(w.asked)
	shows(t, w, "已答复")
	v.take(v.all[0], record.CloseComplaint)
	choose("by", second)
	test.Tap(w.asked)
	shows(t, w, "没有投诉举报")
}
