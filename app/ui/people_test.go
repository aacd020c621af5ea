package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
)

// The first role is the administrator's, who gives the others; what is wrong
// stands beside its field.
func TestRolesAreGivenAndEndedInTheWindow(t *testing.T) {
	w := onSite(t, "zh")
	v := w.people
	w.openPeople()
	shows(t, w, "人员与职责")
	ask := asking{t, w, func() *inquiry { return v.form }}
	admin, second := v.people[0], v.people[1]
	v.give(admin)
	ask.choose("role", "审批人")
	ask.choose("by", second.Name)
	ask.fault("role", "首先须指定系统管理员")
	ask.choose("role", "系统管理员")
	test.Tap(w.asked)
	shows(t, w, "系统管理员")
	v.give(second)
	ask.choose("role", "审批人")
	ask.choose("by", admin.Name)
	test.Tap(w.asked)
	shows(t, w, "取消：审批人（机关负责人）…")
	v.end(second, "approver")
	ask.choose("by", v.people[2].Name)
	ask.fault("by", "由系统管理员办理")
	ask.choose("by", admin.Name)
	test.Tap(w.asked)
	for _, s := range textsOf(w.view.object()) {
		if strings.Contains(s, "取消：审批人") {
			t.Error("the role that was ended is shown still")
		}
	}
}
