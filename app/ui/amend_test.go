package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/record"
)

// What was sealed is amended: proposed by one, approved by another, and shown
// beside the original.
func TestASealedRecordIsAmendedByTwo(t *testing.T) {
	w := onSite(t, "zh")
	v := w.inspection
	n := plainNode(t, w)
	id := newInspection(t, w.desk, "cn.spot.foundation")
	sealAnswered(t, w.desk, id, map[string]record.Answer{n.Key: {Value: jsonText(record.Nonconform), Note: "账簿缺页"}})
	w.openInspection(id, n.Key)
	n, _ = v.visit.Node(n.Key)
	pick := func(name, want string) {
		t.Helper()
		p := v.ask.picks[name]
		for n, o := range p.Options {
			if strings.HasPrefix(o, want) {
				p.choosePlace(n)
				return
			}
		}
		t.Fatalf("%s is not offered at %s, but %v", want, name, p.Options)
	}
	v.askAmend(n)
	pick("part", "备注")
	pick("by", "陈丽丽")
	test.Tap(w.asked)
	if got := v.ask.rows["text"].fault.text; !strings.Contains(got, "请填写与原内容不同") {
		t.Errorf("beside the text stands %q", got)
	}
	v.ask.texts["text"].SetText("账簿缺两页")
	v.ask.texts["reason"].SetText("漏记")
	test.Tap(w.asked)
	shows(t, w, "待批准")
	v.askDecision(v.visit.Inspection.Amendments[0], true)
	for _, o := range v.ask.picks["by"].Options {
		if strings.HasPrefix(o, "陈丽丽") {
			t.Error("whoever proposed it is offered to approve it")
		}
	}
	pick("by", "胡娟平")
	test.Tap(w.asked)
	shows(t, w, "已批准")
	shows(t, w, "补正为“账簿缺两页”")
	if got := v.visit.Inspection.Answers[n.Key].Note; got == "账簿缺两页" {
		t.Error("the original is changed")
	}
}
