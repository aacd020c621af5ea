package ui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
)

// An inspection goes from approval to its publication in the window, each step by
// who may take it; what is wrong stands beside its field.
func TestAnInspectionIsTakenThroughItsProcedureInTheWindow(t *testing.T) {
	w := onSite(t, "zh")
	d := w.desk
	var office []record.Inspector
	for _, name := range []string{"经办甲", "局长乙", "法制丙", "公示丁"} {
		office = append(office, record.Inspector{Certificate: "OF-" + name, Name: name, ValidFrom: "2020-01-01", ValidTo: "2099-12-31"})
	}
	if _, err := d.Store.RegisterInspectors(context.Background(), "", office); err != nil {
		t.Fatal(err)
	}
	id := newInspection(t, d, "cn.spot.foundation")
	other := newInspection(t, d, "cn.spot.foundation")
	v := w.procedures
	w.goTo("procedures")
	shows(t, w, "待审批")
	v.askTogether(record.AskApproval, v.together(record.AskApproval, v.rows))
	ask := asking{t, w, func() *inquiry { return v.form }}
	ask.choose("by", "经办甲")
	test.Tap(w.asked)
	for _, x := range []record.ID{id, other} {
		if p, err := d.Store.Procedure(context.Background(), x); err != nil || p.Stage != record.StageAsked {
			t.Errorf("%s is %s, %v: want both asked for at once", x, p.Stage, err)
		}
	}
	w.openProcedure(id)
	take := func(act record.ProcedureAct, by string) {
		t.Helper()
		v.take(act, "")
		ask.choose("by", by)
	}
	leader := v.one.Case.Inspection.Team[0].Name
	v.take(record.ApproveVisit, "")
	if ask.offers("by", leader) {
		t.Error("one of the team is offered as who approves")
	}
	ask.choose("by", "经办甲")
	ask.fault("by", "须由他人决定")
	ask.choose("by", "局长乙")
	test.Tap(w.asked)
	shows(t, w, "已批准")
	take(record.DeclareInterest, leader)
	test.Tap(w.asked)
	take(record.NotifyVisit, "经办甲")
	ask.fault("proof", "送达证明")
	v.form.texts["proof"].SetText("回证1")
	v.form.texts["to"].SetText("李明")
	test.Tap(w.asked)
	shows(t, w, "已通知")
	sealAnswered(t, d, id, nil)
	v.load()
	take(record.SubmitVisit, leader)
	test.Tap(w.asked)
	take(record.ConfirmVisit, "法制丙")
	ask.fault("result", "不是检查结果类别")
	ask.choose("result", "未发现问题")
	test.Tap(w.asked)
	take(record.TellResult, "经办甲")
	v.form.texts["proof"].SetText("回证2")
	v.form.texts["to"].SetText("李明")
	test.Tap(w.asked)
	shows(t, w, "前：公示")
	take(record.PublishResult, "公示丁")
	test.Tap(w.asked)
	take(record.ArchiveVisit, "经办甲")
	test.Tap(w.asked)
	shows(t, w, "已归档")
	v.inspection, v.tab = "", "done"
	v.load()
	shows(t, w, "已归档")
}

// What stands in the way of leaving, and of going from the site, is told with what
// to do first.
func TestTheWindowSaysWhatIsToBeDoneBeforeLeavingAndBeforeGoing(t *testing.T) {
	w := onSite(t, "zh")
	id := newInspection(t, w.desk, "cn.spot.foundation")
	w.openInspection(id, "")
	w.inspection.goPlace(visitPlace)
	w.showReadiness(id, true)
	asks := func(want string) {
		t.Helper()
		if got := textsOf(w.canvas().Overlays().Top()); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%q is not asked, but: %q", want, got)
		}
	}
	asks("本机从未备份")
	test.Tap(w.asked)
	v := w.inspection
	v.take(plainNode(t, w).Key)
	w.canvas().OnTypedRune()('1')
	v.goPlace(visitPlace)
	w.showReadiness(id, false)
	asks("两名检查人员中已有 0 人签名")
	asks("须先处理")
}
