package ui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// toldWindow is a window whose folder has one finding that was told ten days ago.
func toldWindow(t *testing.T, language string) (*Window, record.ID) {
	t.Helper()
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	id := newInspection(t, d, "cn.spot.foundation")
	f := record.Finding{Inspection: id, Organization: record.OrganizationID(record.SchemeUSCC, foundationCode), Item: "k1", Code: "FIN-07",
		Title: record.Text{Chinese: "付款均有凭证", English: "Every payment has a voucher"}, Fact: "三笔付款无凭证，经手人陈𬱖𬭸𬬭", Severity: record.Major,
		DeadlineDays: 15, ObservedOn: day.AddDate(0, 0, -10).Format("2006-01-02"), State: record.Observed}
	f.ID = record.FindingID(id, "k1", "")
	if _, err := d.Store.Append(context.Background(), "", record.TellFindings([]record.Finding{f})...); err != nil {
		t.Fatal(err)
	}
	return openAt(t, d, language, Syncing{}), f.ID
}

func rectified(t *testing.T, w *Window, id record.ID) desk.Rectified {
	t.Helper()
	r, err := w.desk.Rectification(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func shows(t *testing.T, w *Window, want string) {
	t.Helper()
	if got := textsOf(w.view.object()); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
		t.Errorf("%q is not shown, but: %q", want, got)
	}
}

func enter(t *testing.T, w *Window, a record.Action, texts map[string]string, places map[string]int) {
	t.Helper()
	v := w.rectification
	b := v.buttons[a]
	if b == nil {
		t.Fatalf("%s is not offered, but: %v", a, v.r.Allowed)
	}
	test.Tap(b)
	v.form.by.choosePlace(0)
	for name, text := range texts {
		if name == "note" {
			v.form.note.SetText(text)
		} else {
			v.form.texts[name].SetText(text)
		}
	}
	for name, n := range places {
		v.form.picks[name].choosePlace(n)
	}
	test.Tap(v.form.save)
}

func TestAFindingIsTakenFromToldToClosedInTheWindow(t *testing.T) {
	w, f := toldWindow(t, "en")
	w.goTo("findings")
	shows(t, w, "to be ordered")
	shows(t, w, "三笔付款无凭证")
	w.openRectification(f)
	enter(t, w, record.Accept, nil, nil)
	enter(t, w, record.Order, map[string]string{"number": "云民改〔2026〕3号", "term": "10 working days"}, nil)
	shows(t, w, "not served: nothing is due")
	// What is lacking stands beside its field, and what was typed stays.
	enter(t, w, record.Serve, map[string]string{"proof": "回证3号"}, nil)
	v := w.rectification
	if v.form == nil || v.form.text("proof") != "回证3号" {
		t.Fatal("the form is gone with what was typed")
	}
	shows(t, w, "Say who received the paper")
	w.setLanguage("zh")
	if v.form.text("proof") != "回证3号" || v.form.by.value() == "" {
		t.Errorf("another language took away what was typed: proof %q, by %q", v.form.text("proof"), v.form.by.value())
	}
	shows(t, w, "签收人")
	w.setLanguage("en")
	v.form.texts["to"].SetText("李明")
	test.Tap(v.form.save)
	r := rectified(t, w, f)
	if r.Due != "2026-12-08" {
		t.Fatalf("ten working days from 24 November: due %q", r.Due)
	}
	shows(t, w, "14 days left")
	enter(t, w, record.Remind, map[string]string{"whom": "李明", "how": "电话"}, nil)
	enter(t, w, record.Report, map[string]string{"note": "已补凭证"}, nil)
	enter(t, w, record.Reinspect, map[string]string{"note": "凭证齐全"}, map[string]int{"first": 0, "other": 1})
	if r = rectified(t, w, f); r.State != record.Closed || len(r.Steps) != 6 {
		t.Errorf("got %s after %d steps", r.State, len(r.Steps))
	}
	shows(t, w, "凭证齐全")
	w.goTo("findings")
	shows(t, w, "None. Findings appear here")
}

func TestOverdueRectificationsAreCountedAtHomeAndListedBehindTheNumber(t *testing.T) {
	w, f := toldWindow(t, "en")
	w.openRectification(f)
	enter(t, w, record.Accept, nil, nil)
	past := day.AddDate(0, 0, -3).Format("2006-01-02")
	enter(t, w, record.Order, map[string]string{"on": past, "term": past}, nil)
	enter(t, w, record.Serve, map[string]string{"on": past, "proof": "回证3号", "to": "李明"}, nil)
	w.goTo("home")
	if got := w.home.tiles["rectify_overdue"].number.text; got != "1" {
		t.Errorf("home counts %s overdue, want 1", got)
	}
	test.Tap(w.home.tiles["rectify_overdue"].press)
	shows(t, w, "3 days overdue")
	w.findings.severity.choosePlace(3)
	if n := len(w.findings.narrowed()); n != 0 {
		t.Errorf("%d minor ones, want none", n)
	}
	shows(t, w, "None is overdue")
}

func TestWhatTwoLaptopsDisagreeOnIsSettledWhereItStands(t *testing.T) {
	w, f := toldWindow(t, "en")
	seen := rectified(t, w, f).Rectification
	actor := record.InspectorID("9901031001")
	for _, a := range []record.Action{record.Accept, record.Object} {
		if _, err := w.desk.Rectify(context.Background(), actor, f, &seen, desk.Rectifying{Step: record.Step{Action: a, Note: "记账有误"}}); err != nil {
			t.Fatal(err)
		}
	}
	w.openRectification(f)
	shows(t, w, "two laptops differ: settle it")
	shows(t, w, "Objection open")
	if len(w.rectification.buttons) != 0 {
		t.Errorf("offered over a conflict: %v", w.rectification.buttons)
	}
	keep := buttonsOf(w.view.object(), w.T("ui.conflict.keep"))
	if len(keep) != 2 {
		t.Fatalf("%d values to keep, want 2", len(keep))
	}
	fields := fieldsOf(w.view.object())
	fields[0].SetText("以书面异议为准")
	test.Tap(keep[0])
	if r := rectified(t, w, f); len(r.Conflicts) != 0 || len(r.Steps) != 2 {
		t.Errorf("conflicts %v, %d steps", r.Conflicts, len(r.Steps))
	}
	if len(w.rectification.buttons) == 0 {
		t.Error("nothing is offered after it was settled")
	}
}
