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
	admin, second := v.people[0], v.people[1]
	v.give(admin)
	choose("role", "审批人")
	choose("by", second.Name)
	fault("role", "首先须指定系统管理员")
	choose("role", "系统管理员")
	test.Tap(w.asked)
	shows(t, w, "系统管理员")
	v.give(second)
	choose("role", "审批人")
	choose("by", admin.Name)
	test.Tap(w.asked)
	shows(t, w, "取消：审批人（机关负责人）…")
	v.end(second, "approver")
	choose("by", v.people[2].Name)
	fault("by", "由系统管理员办理")
	choose("by", admin.Name)
	test.Tap(w.asked)
	for _, s := range textsOf(w.view.object()) {
		if strings.Contains(s, "取消：审批人") {
			t.Error("the role that was ended is shown still")
		}
	}
}
