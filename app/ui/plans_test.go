package ui

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/draw"
	"plumbline/app/record"
)

// A plan goes its whole way in the window, each step in other hands, and what is
// published can be run again.
func TestAPlanIsDraftedApprovedFrozenDrawnAndPublished(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 60)
	var more []record.Inspector
	for _, name := range []string{"处长赵", "操作员钱", "办公室孙", "组员李", "组员周", "组员吴"} {
		more = append(more, record.Inspector{Certificate: "PL-" + name, Name: name, ValidFrom: "2020-01-01", ValidTo: "2099-12-31"})
	}
	if _, err := d.Store.RegisterInspectors(context.Background(), "", more); err != nil {
		t.Fatal(err)
	}
	w := openAt(t, d, "zh", Syncing{})
	v := w.plans
	w.openPlans()
	shows(t, w, "尚无计划")
	by := func(name string) {
		t.Helper()
		p := v.form.picks["by"]
		for n, o := range p.Options {
			if strings.HasPrefix(o, name) {
				p.choosePlace(n)
				return
			}
		}
		t.Fatalf("%s is not offered, but %v", name, p.Options)
	}
	set := func(name, text string) { v.form.texts[name].SetText(text) }
	fault := func(name, want string) {
		t.Helper()
		test.Tap(w.asked)
		if got := v.form.rows[name].fault.text; !strings.Contains(got, want) {
			t.Errorf("beside %s stands %q, want %q", name, got, want)
		}
	}
	v.draft()
	by("办公室孙")
	set("title", "2099年度双随机抽查")
	set("from", "2099-03-01")
	set("to", "2099-06-30")
	fault("checklist", "请选择检查表")
	for n, o := range v.form.picks["checklist"].Options {
		if strings.Contains(o, "社会团体") {
			v.form.picks["checklist"].choosePlace(n)
		}
	}
	set("team", "两")
	fault("team", "请填写数字")
	set("team", "2")
	test.Tap(w.asked)
	shows(t, w, "2099年度双随机抽查")
	step := func(act func(record.Plan), name string) {
		t.Helper()
		act(v.plans[0])
		by(name)
	}
	step(v.approve, "处长赵")
	for _, o := range v.form.picks["by"].Options {
		if strings.HasPrefix(o, "办公室孙") {
			t.Error("whoever drafted it is offered as the one who approves")
		}
	}
	test.Tap(w.asked)
	folder := t.TempDir()
	step(v.freeze, "操作员钱")
	set("folder", folder)
	fault("sources", "请至少写明一个随机来源")
	set("sources", "双色球第2099021期开奖号码")
	test.Tap(w.asked)
	if v.plans[0].Code == "" {
		t.Fatalf("not frozen: %+v, %q", v.plans[0].State, v.form.rows["by"].fault.text)
	}
	shows(t, w, v.plans[0].Code)
	step(v.lot, "操作员钱")
	set("values", "03 11 17 21 28 32 09")
	set("witness", "监督人冯某")
	set("folder", t.TempDir())
	fault("folder", "没有密码文件")
	set("folder", folder)
	test.Tap(w.asked)
	shows(t, w, "监督人冯某")
	step(v.publish, "处长赵")
	set("folder", folder)
	test.Tap(w.asked)
	if v.plans[0].State != record.PlanPublished {
		t.Fatalf("state %s: %q %q", v.plans[0].State, v.form.rows["by"].fault.text, v.form.rows["folder"].fault.text)
	}
	f, err := os.Open(filepath.Join(folder, string(v.plans[0].ID)+"-draw.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := draw.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if problems := file.Verify(v.plans[0].Code); len(problems) > 0 || len(file.Result) == 0 {
		t.Errorf("what was published does not verify: %v, %d drawn", problems, len(file.Result))
	}
	if page, err := os.ReadFile(filepath.Join(folder, string(v.plans[0].ID)+"-draw.html")); err != nil || !strings.Contains(string(page), "<html") {
		t.Errorf("the page: %d bytes, %v", len(page), err)
	}
}
