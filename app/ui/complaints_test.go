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
	ask := asking{t, w, func() *inquiry { return v.form }}
	first, second := v.people[0].Name, v.people[1].Name
	v.receive()
	ask.choose("by", first)
	ask.fault("content", "请填写反映的内容")
	v.form.texts["content"].SetText("强制收取培训费")
	ask.fault("about", "请注明所反映的单位")
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
	if ask.offers("by", first) {
		t.Error("whoever received it is offered as who declines it")
	}
	w.shutModal()
	v.take(v.all[0], record.AcceptComplaint)
	ask.choose("by", second)
	test.Tap(w.asked)
	v.take(v.all[0], record.InspectComplaint)
	ask.choose("checklist", "随机抽查检查表（基金会）")
	ask.choose("team", first)
	ask.choose("second", second)
	ask.choose("by", first)
	test.Tap(w.asked)
	if got := v.all[0].Inspections(); len(got) != 1 {
		t.Fatalf("looked into by %v", got)
	}
	v.take(v.all[0], record.AnswerComplaint)
	ask.choose("by", second)
	v.form.texts["note"].SetText("部分属实，已责令退费")
	ask.fault("result", "请注明核查结果")
	ask.choose("result", "部分属实")
	test.Tap(w.asked)
	shows(t, w, "已答复")
	v.take(v.all[0], record.CloseComplaint)
	ask.choose("by", second)
	test.Tap(w.asked)
	shows(t, w, "没有投诉举报")
}
