package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/registry"
	"plumbline/app/store/sqlite"
	"plumbline/assets"
)

var database = desk.Database{Open: sqlite.Open, Backup: sqlite.Backup, Check: sqlite.Check}

// The visit takes place on this day.
var day = time.Date(2026, 11, 24, 9, 30, 0, 0, time.Local)

func openDesk(t *testing.T, folder string) *desk.Desk {
	t.Helper()
	d, err := desk.Open(context.Background(), folder, database, desk.Options{Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

const (
	foundationCode = "53990100534132518E"
	inspectors     = "姓名,执法证号,单位,有效期起,有效期至\n陈丽丽,9901031001,民政局,2025-01-01,2030-01-01\n胡娟平,9901031018,民政局,2025-01-01,2030-01-01\n黄秀,9901031307,民政局,2020-01-01,2024-06-25\n"
)

// registerRows is a register of n foundations; the first has a real form of code.
func registerRows(n int) string {
	var b strings.Builder
	b.WriteString("名称,统一社会信用代码,社会组织类型,法定代表人,住所,注册资金\n")
	fmt.Fprintf(&b, "云溪市至善基金会,%s,基金会,朱静国,云溪市石桥路278号,200万元\n", foundationCode)
	for k := 1; k < n; k++ {
		fmt.Fprintf(&b, "云溪市第%d基金会,%s,基金会,朱静国,云溪市石桥路%d号,200万元\n", k, record.NewUSCC("53", "990100", fmt.Sprintf("MJ%06d", k)), k)
	}
	return b.String()
}

func fill(t *testing.T, d *desk.Desk, rows int) {
	t.Helper()
	ctx := context.Background()
	text := registerRows(rows)
	if _, err := d.ImportOrganizationsFrom(ctx, "", strings.NewReader(text), int64(len(text)), "名册.csv", registry.Options{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "inspectors.csv")
	if err := os.WriteFile(path, []byte(inspectors), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ImportInspectors(ctx, "", path, registry.Options{}); err != nil {
		t.Fatal(err)
	}
}

// openAt opens a window of 1366×768 on a desk. Everything happens at once.
func openAt(t *testing.T, d *desk.Desk, language string, sync Syncing) *Window {
	t.Helper()
	return openWith(t, d, language, sync, &Inline{})
}

func openWith(t *testing.T, d *desk.Desk, language string, sync Syncing, tasks Tasks) *Window {
	t.Helper()
	w, err := New(test.NewTempApp(t), d, Options{Tasks: tasks, Sync: sync, Language: language, Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.endTrial(nil) })
	w.Window().Resize(fyne.NewSize(1366, 768))
	w.Window().Show()
	return w
}

// onSite gives a window with a new inspection of the foundation open.
func onSite(t *testing.T, language string) *Window {
	t.Helper()
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, language, Syncing{})
	w.openInspection(newInspection(t, d, "cn.spot.foundation"), "")
	return w
}

func newInspection(t *testing.T, d *desk.Desk, list string) record.ID {
	t.Helper()
	id, err := d.NewInspection(context.Background(), desk.Plan{
		Organization: record.OrganizationID(record.SchemeUSCC, foundationCode), Checklist: list, Certificates: []string{"9901031001", "9901031018"}, Day: day,
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func entries(t *testing.T, w *Window) int64 {
	t.Helper()
	st, err := w.desk.Store.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return st.Entries
}

// node finds an item that is answered in the way wanted.
func node(t *testing.T, w *Window, kind checklist.AnswerType) checklist.Node {
	t.Helper()
	for _, n := range w.inspection.visit.Nodes {
		if n.Item.Answer.Type == kind && !n.Item.PhotoForbidden() {
			return n
		}
	}
	t.Fatalf("the checklist has no %s item", kind)
	return checklist.Node{}
}

func (w *Window) stored(t *testing.T, id record.ID) record.Inspection {
	t.Helper()
	i, err := w.desk.Store.Inspection(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestOneKeyAnswersTheItemInHandAndIsSaved(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	before := entries(t, w)
	for key, want := range map[rune]string{'1': record.Conform, '2': record.Nonconform, '3': record.NotApplicable, '4': record.NotChecked} {
		w.canvas().OnTypedRune()(key)
		if got := w.stored(t, v.session.id).Answers[n.Key]; got.Text() != want {
			t.Errorf("after key %c the answer is %q, want %q", key, got.Text(), want)
		}
	}
	// Four answers, and one entry that takes the inspection on site.
	if got, want := entries(t, w)-before, int64(5); got != want {
		t.Errorf("four answers made %d entries, want %d", got, want)
	}
	if !strings.Contains(w.bar.text, "Saved 09:30:00") {
		t.Errorf("the status bar says %q, want that it is saved", w.bar.text)
	}
}

func TestUndoGivesTheAnswerBeforeBack(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.canvas().OnTypedRune()('1')
	w.canvas().OnTypedRune()('2')
	v.undoLast()
	if got := w.stored(t, v.session.id).Answers[n.Key].Text(); got != record.Conform {
		t.Errorf("after one undo the answer is %q, want conform", got)
	}
	v.undoLast()
	if a := w.stored(t, v.session.id).Answers[n.Key]; !a.Empty() {
		t.Errorf("after two undos the answer is %v, want none", a)
	}
}

func TestLeavingANoteMakesOneEntry(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.canvas().OnTypedRune()('2')
	before := entries(t, w)
	w.canvas().Focus(v.panel.note)
	const text = "三笔付款没有凭证，经手人陈𬱖𬭸𬬭"
	for _, r := range text {
		v.panel.note.TypedRune(r)
	}
	drafts, err := w.desk.Store.Drafts(context.Background(), v.session.id)
	if err != nil {
		t.Fatal(err)
	}
	if got := drafts[notePath(n.Key)]; got != text {
		t.Errorf("while typing the draft on the disk is %q, want %q", got, text)
	}
	if got := entries(t, w) - before; got != 0 {
		t.Errorf("typing made %d entries, want none before the field is left", got)
	}
	w.canvas().Unfocus()
	if got := entries(t, w) - before; got != 1 {
		t.Errorf("leaving the note made %d entries, want 1", got)
	}
	if got := w.stored(t, v.session.id).Answers[n.Key].Note; got != text {
		t.Errorf("the note is %q, want %q", got, text)
	}
	if drafts, _ = w.desk.Store.Drafts(context.Background(), v.session.id); len(drafts) != 0 {
		t.Errorf("drafts left: %v, want none", drafts)
	}
}

func TestUnfinishedTextComesBackAfterACrash(t *testing.T) {
	w := onSite(t, "en")
	n := node(t, w, checklist.Conformity)
	w.inspection.take(n.Key)
	w.canvas().Focus(w.inspection.panel.note)
	for _, r := range "半句话" {
		w.inspection.panel.note.TypedRune(r)
	}
	// No field is left: the window just ends, and another one opens.
	again := openAt(t, w.desk, "en", Syncing{})
	again.openInspection(w.inspection.session.id, n.Key)
	if got := again.inspection.panel.note.Text; got != "半句话" {
		t.Fatalf("the note shows %q, want the unfinished text", got)
	}
	again.canvas().Focus(again.inspection.panel.note)
	again.canvas().Unfocus()
	if got := again.stored(t, w.inspection.session.id).Answers[n.Key].Note; got != "半句话" {
		t.Errorf("after leaving the field the note is %q, want it kept", got)
	}
}

func TestTwoWindowsOnOneInspectionLoseNothing(t *testing.T) {
	folder := t.TempDir()
	d := openDesk(t, folder)
	fill(t, d, 3)
	id := newInspection(t, d, "cn.spot.foundation")
	a, b := openAt(t, d, "en", Syncing{}), openAt(t, openDesk(t, folder), "zh", Syncing{})
	for _, w := range []*Window{a, b} {
		w.openInspection(id, "")
	}
	n := node(t, a, checklist.Conformity)
	a.inspection.take(n.Key)
	b.inspection.take(n.Key)
	type_ := func(w *Window, text string) {
		w.canvas().Focus(w.inspection.panel.note)
		for _, r := range text {
			w.inspection.panel.note.TypedRune(r)
		}
		w.canvas().Unfocus()
	}
	type_(a, "甲的备注")
	b.canvas().OnTypedRune()('2') // b has not seen the note, and must not empty it
	if got := a.stored(t, id).Answers[n.Key]; got.Note != "甲的备注" || got.Text() != record.Nonconform {
		t.Fatalf("the answer is %q with note %q, want both windows' words", got.Text(), got.Note)
	}
	a.canvas().OnTypedRune()('1') // a has not seen that answer: both stay
	i := a.stored(t, id)
	if path := "items/" + n.Key + "/value"; !slices.Contains(i.Conflicts, path) {
		t.Fatalf("conflicts are %v, want %s", i.Conflicts, path)
	}
	a.goTo("sync")
	if len(a.syncing.conflicts) != 1 {
		t.Fatalf("the sync view lists %d conflicts, want 1", len(a.syncing.conflicts))
	}
	for _, want := range []string{"No problem found", "Problem found"} {
		if !slices.Contains(textsOf(a.canvas().Content()), want) {
			t.Errorf("the conflict does not show %q", want)
		}
	}
	keep := buttonsOf(a.canvas().Content(), "Keep this one")
	if len(keep) != 2 {
		t.Fatalf("%d values to keep, want 2", len(keep))
	}
	test.Tap(keep[0])
	if len(a.stored(t, id).Conflicts) != 1 {
		t.Error("a conflict was settled without a reason")
	}
	for _, o := range visibleBelow(a.canvas().Content()) {
		if f, ok := o.(*field); ok && f != a.syncing.url && f != a.syncing.code {
			f.SetText("现场再次核对")
		}
	}
	test.Tap(keep[0])
	if got := a.stored(t, id).Conflicts; len(got) != 0 {
		t.Errorf("conflicts after settling: %v, want none", got)
	}
}

func TestWhatIsWrongStandsBesideItsFieldAndTheTextStays(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Money)
	v.take(n.Key)
	w.canvas().Focus(v.panel.value)
	for _, r := range "1,5元左右" {
		v.panel.value.TypedRune(r)
	}
	w.canvas().Unfocus()
	if !v.panel.valueR.fault.Visible() || !strings.Contains(v.panel.valueR.fault.text, "1,5元左右") {
		t.Errorf("beside the field stands %q, want what is wrong with 1,5元左右", v.panel.valueR.fault.text)
	}
	w.setLanguage("zh")
	if !strings.Contains(v.panel.valueR.fault.text, "金额") {
		t.Errorf("in Chinese the fault is %q", v.panel.valueR.fault.text)
	}
	w.canvas().OnTypedRune()('1')
	if got := v.panel.value.Text; got != "1,5元左右" {
		t.Errorf("after another answer the field shows %q, want the text to be mended", got)
	}
	other := node(t, w, checklist.Conformity)
	v.take(other.Key)
	v.take(n.Key)
	if got := v.panel.value.Text; got != "1,5元左右" {
		t.Errorf("coming back the field shows %q, want the text to be mended", got)
	}
}

func TestAnItemThatMustNotBePhotographedOffersNoPhoto(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 2)
	w := openAt(t, d, "en", Syncing{})
	id := newInspection(t, d, "cn.security-risk")
	w.openInspection(id, "")
	v := w.inspection
	for _, n := range v.visit.Nodes {
		if !n.Item.PhotoForbidden() {
			continue
		}
		v.take(n.Key)
		if len(buttonsOf(w.canvas().Content(), "Add a photo (P)")) != 0 {
			t.Errorf("%s must not be photographed, but offers it", n.Item.Code)
		}
		path := filepath.Join(t.TempDir(), "a.jpg")
		if err := os.WriteFile(path, testPhoto(), 0o600); err != nil {
			t.Fatal(err)
		}
		v.drop([]string{path})
		if len(w.stored(t, id).EvidenceOf(n.Key)) != 0 {
			t.Errorf("%s took a photo dropped on it", n.Item.Code)
		}
		return
	}
	t.Fatal("no item of the checklist forbids photos")
}

func TestADroppedPhotoHangsOnTheItemInHand(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	path := filepath.Join(t.TempDir(), "现场.jpg")
	if err := os.WriteFile(path, testPhoto(), 0o600); err != nil {
		t.Fatal(err)
	}
	v.drop([]string{path})
	got := w.stored(t, v.session.id).EvidenceOf(n.Key)
	if len(got) != 1 || got[0].Name != "现场.jpg" {
		t.Errorf("evidence is %v, want the photo", got)
	}
}

func TestAnExpiredCertificateIsToldBesideTheInspector(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 2)
	w := openAt(t, d, "en", Syncing{})
	w.planFor(record.OrganizationID(record.SchemeUSCC, foundationCode))
	v := w.plan
	place := map[string]int{}
	for n, p := range v.inspectors {
		place[p.Certificate] = n
	}
	v.team[0].choosePlace(place["9901031001"])
	v.team[1].choosePlace(place["9901031307"])
	test.Tap(v.start)
	if f := v.rows["team"].fault; !f.Visible() || !strings.Contains(f.text, "9901031307") {
		t.Errorf("beside the team stands %q, want that 9901031307 has expired", f.text)
	}
	v.team[1].choosePlace(place["9901031018"])
	test.Tap(v.start)
	if w.view != view(w.inspection) {
		t.Error("two valid inspectors were not let through")
	}
}

// The whole line in the window: answer, sign, seal, print.
func TestAnInspectionIsAnsweredSignedSealedAndPrinted(t *testing.T) {
	w := onSite(t, "zh")
	v := w.inspection
	v.form.check("shown_papers", true)
	v.form.check("told_rights", true)
	photo := filepath.Join(t.TempDir(), "a.jpg")
	if err := os.WriteFile(photo, testPhoto(), 0o600); err != nil {
		t.Fatal(err)
	}
	for range v.visit.Nodes {
		v.key(fyne.KeyF8)
		n, _ := v.visit.Node(v.at)
		w.canvas().OnTypedRune()('1')
		if v.unanswered(n) { // information only: nothing to judge
			v.edit(n.Key, func(a *record.Answer) { a.Value = jsonText("12") }, nil)
		}
		if v.unanswered(n) {
			v.edit(n.Key, func(a *record.Answer) {
				a.Value, a.Inputs = nil, map[string]string{checklist.JudgementInput: record.NotApplicable}
			}, nil)
		}
		if n.Item.Evidence.Photo == checklist.PhotoRequired {
			v.drop([]string{photo})
		}
	}
	if p := v.visit.Progress; p.Answered != p.Total {
		t.Fatalf("answered %d of %d, open %v", p.Answered, p.Total, p.Unanswered)
	}
	id := v.session.id
	w.openSigning(id)
	s := w.signing
	for _, who := range []record.ID{representativeID, v.visit.Inspection.Team[0].Person, v.visit.Inspection.Team[1].Person} {
		s.begin(who)
		test.Tap(s.form.done)
		if s.signer == "" {
			t.Fatal("an empty signature was taken")
		}
		s.form.pad.Resize(fyne.NewSize(450, 150))
		drawName(s.form.pad, 1)
		s.form.name.SetText("欧阳𬭸")
		s.form.pin.SetText(selfTestPIN)
		test.Tap(s.form.done)
		if s.signer != "" {
			t.Fatalf("%s could not sign: %s %s", who, w.said.text, s.form.rows["pin"].fault.text)
		}
	}
	s.sealPIN.SetText("000000")
	s.sealIt()
	if w.stored(t, id).Sealed != nil || !s.sealRow.fault.Visible() {
		t.Fatal("a wrong PIN sealed, or was not told beside the field")
	}
	s.sealPIN.SetText(selfTestPIN)
	test.Tap(s.sealNow)
	test.Tap(w.asked)
	if w.stored(t, id).Sealed == nil {
		t.Fatalf("not sealed: %s", w.said.text)
	}
	test.Tap(s.make)
	if s.doc == nil || s.doc.Pages == 0 || !strings.HasPrefix(string(s.doc.PDF), "%PDF") {
		t.Fatal("no PDF was made")
	}
	if b, err := os.ReadFile(s.path); err != nil || len(b) != len(s.doc.PDF) {
		t.Errorf("the PDF at %s has %d bytes (%v), want %d", s.path, len(b), err, len(s.doc.PDF))
	}
	before := entries(t, w)
	w.openInspection(id, "")
	v.take(v.visit.Nodes[0].Key)
	w.canvas().OnTypedRune()('2')
	if entries(t, w) != before {
		t.Error("a sealed inspection took an answer")
	}
	for _, n := range v.visit.Nodes {
		if list := v.visit.Inspection.EvidenceOf(n.Key); len(list) > 0 {
			v.take(n.Key)
			showPhoto(w, v, list[0], list[0].Small)
		}
	}
	for _, o := range []fyne.CanvasObject{above(t, w), v.panel.noteActs} {
		if !says(o, "检查已封存") || len(buttonsOf(o, "移动"))+len(buttonsOf(o, "作废")) > 0 {
			t.Errorf("after the seal the photo offers %q, want why it cannot be moved", textsOf(o))
		}
	}
	w.shutModal()
}

func TestARefusalNeedsAReasonAndAWitness(t *testing.T) {
	w := onSite(t, "en")
	w.openSigning(w.inspection.session.id)
	s := w.signing
	s.begin(representativeID)
	test.Tap(s.form.methods[record.SignRefused].press)
	test.Tap(s.form.done)
	if !s.form.rows["reason"].fault.Visible() {
		t.Error("a refusal without a reason was taken, or not told beside the field")
	}
	s.form.reason.SetText("对第三项有异议")
	test.Tap(s.form.done)
	if !s.form.rows["witness"].fault.Visible() {
		t.Error("a refusal without a witness was taken, or not told beside the field")
	}
	s.form.witness.SetText("王强，社区居委会")
	test.Tap(s.form.done)
	g := w.stored(t, s.session.id).Signatures
	if len(g) != 1 || g[0].Method != record.SignRefused || g[0].Reason != "对第三项有异议" {
		t.Errorf("signatures are %+v, want the refusal", g)
	}
}

// Every text on every view changes with the language.
func TestLanguageReachesEveryVisibleText(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	v.take(node(t, w, checklist.Conformity).Key)
	w.canvas().OnTypedRune()('2')
	english := wordsOf(t, "en")
	chinese := wordsOf(t, "zh")
	only := map[string]string{} // English texts whose Chinese differs
	for key, text := range english {
		if key != "ui.language.en" && !strings.Contains(text, "{") && chinese[key] != text && len(text) > 2 {
			only[text] = key
		}
	}
	id := v.session.id
	views := map[string]func(){
		"inspection": func() { w.openInspection(id, "") }, "visit": func() { v.goPlace(visitPlace) }, "findings of inspection": func() { v.goPlace(findingsPlace) },
		"signing": func() { w.openSigning(id); w.signing.begin(representativeID) }, "refusal": func() { test.Tap(w.signing.form.methods[record.SignRefused].press) },
		"inspector signs": func() { w.signing.begin(v.visit.Inspection.Team[0].Person) },
		"organization":    func() { w.openOrganization(record.OrganizationID(record.SchemeUSCC, foundationCode)) },
		"plan":            func() { w.planFor(record.OrganizationID(record.SchemeUSCC, foundationCode)) },
		"search":          func() { w.found.find("基金会") },
		"destructions":    w.openDestructions,
		"laws":            w.openLaws,
		"forms":           w.openForms,
		"plans":           w.openPlans,
		"complaints":      w.openComplaints,
		"people":          w.openPeople,
	}
	for _, p := range places {
		views[p.name] = func() { w.goTo(p.name) }
	}
	for _, name := range slices.Sorted(maps.Keys(views)) {
		w.setLanguage("en")
		views[name]()
		before := textsOf(w.canvas().Content())
		w.setLanguage("zh")
		after := textsOf(w.canvas().Content())
		if slices.Equal(before, after) {
			t.Errorf("%s: nothing changed with the language", name)
		}
		for _, text := range after {
			if key, is := only[text]; is {
				t.Errorf("%s in Chinese still shows %q (%s)", name, text, key)
			}
			if strings.HasPrefix(text, "ui.") || strings.HasPrefix(text, "checklist.") || strings.HasPrefix(text, "error.") {
				t.Errorf("%s shows a key: %q", name, text)
			}
		}
	}
}

func wordsOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	b, err := fs.ReadFile(assets.Lang, "lang/ui."+lang+".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// visibleBelow lists the objects below o that can be seen.
func visibleBelow(o fyne.CanvasObject) []fyne.CanvasObject {
	if !o.Visible() {
		return nil
	}
	out := []fyne.CanvasObject{o}
	var below []fyne.CanvasObject
	switch x := o.(type) {
	case *fyne.Container:
		below = x.Objects
	case fyne.Widget:
		below = test.WidgetRenderer(x).Objects()
	}
	for _, child := range below {
		out = append(out, visibleBelow(child)...)
	}
	return out
}

// textsOf lists the texts that can be seen below o.
func textsOf(o fyne.CanvasObject) []string {
	var out []string
	for _, x := range visibleBelow(o) {
		text := ""
		switch x := x.(type) {
		case *prose:
			text = x.text
		case *pushButton:
			text = x.Text
		case *widget.Select:
			text = x.Selected
		case *field:
			text = x.PlaceHolder
		case *searchEntry:
			text = x.PlaceHolder
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

func buttonsOf(o fyne.CanvasObject, text string) []*pushButton {
	var out []*pushButton
	for _, x := range visibleBelow(o) {
		if b, ok := x.(*pushButton); ok && b.Text == text {
			out = append(out, b)
		}
	}
	return out
}

// Fyne's table makes one separator for each row of data; a long register must
// not bring that back.
func TestALongRegisterMakesNoSeparatorForEachRow(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 1000)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	if got := len(w.organizations.found); got != firstFound {
		t.Fatalf("%d organizations are shown, want %d", got, firstFound)
	}
	separators := 0
	for _, o := range visibleBelow(w.organizations.list) {
		if _, ok := o.(*widget.Separator); ok {
			separators++
		}
	}
	if separators > 60 {
		t.Errorf("%d separators for a screen of rows, want at most 60", separators)
	}
}

// The whole register can be scrolled through, though a search shows 200 at once.
func TestScrollingOnShowsMoreOfTheRegister(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 700)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	v := w.organizations
	v.list.ScrollTo(firstFound - 1)
	if got := len(v.list.items); got != 700 {
		t.Fatalf("at the end of the list there are %d organizations, want all 700", got)
	}
	if v.list.GetScrollOffset() == 0 {
		t.Error("more rows sent the list back to its top")
	}
	if !strings.Contains(v.count.text, "700") || strings.Contains(v.count.text, "first") {
		t.Errorf("above the list stands %q, want that there are 700", v.count.text)
	}
	at := v.list.GetScrollOffset()
	v.load() // as after a sync
	if v.list.GetScrollOffset() != at {
		t.Error("reading the list anew loses the place")
	}
	v.query.SetText("第69")
	if got := len(v.list.items); got != 11 {
		t.Errorf("the next search shows %d, want the 11 that are called so", got)
	}
}

func TestArrowKeysGoFromTheSearchIntoTheListAndEnterOpens(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 30)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	v := w.organizations
	w.canvas().Focus(v.query)
	press := func(k fyne.KeyName) { w.canvas().Focused().TypedKey(&fyne.KeyEvent{Name: k}) }
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn} {
		press(k)
	}
	if want := v.found[2].ID; w.view != view(w.organization) || w.organization.id != want {
		t.Errorf("Enter on the third row opened %v of %T, want %v", w.organization.id, w.view, want)
	}
}

func TestSearchFindsWhileTyping(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 300)
	w := openAt(t, d, "en", Syncing{})
	w.goTo("organizations")
	w.canvas().Focus(w.organizations.query)
	for _, r := range "至善" {
		w.organizations.query.TypedRune(r)
	}
	if got := w.organizations.found; len(got) != 1 || got[0].Code != foundationCode {
		t.Errorf("found %v, want the one foundation", got)
	}
}

func TestASyncThatFailsSaysWhyAndLosesNothing(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 2)
	steps := 0
	w := openAt(t, d, "en", Syncing{Sync: func(ctx context.Context, progress func(SyncProgress)) error {
		progress(SyncProgress{Step: "ui.sync.step.push", Done: 1, Total: 2})
		steps++
		return &record.Error{Code: record.Offline, Message: "no.such.message"}
	}})
	before := entries(t, w)
	w.goTo("sync")
	w.syncing.start()
	if steps != 1 || w.syncing.running {
		t.Errorf("the sync ran %d times, still running %v; want once, ended", steps, w.syncing.running)
	}
	if !w.notice.Visible() || !strings.Contains(w.said.text, "server cannot be reached") {
		t.Errorf("the window says %q, want that the server cannot be reached", w.said.text)
	}
	if entries(t, w) != before {
		t.Error("a failed sync changed the journal")
	}
}

func TestTheStatusBarCountsWhatTheServerLacks(t *testing.T) {
	w := onSite(t, "en")
	w.inspection.take(node(t, w, checklist.Conformity).Key)
	w.canvas().OnTypedRune()('1')
	st := w.status
	want := fmt.Sprintf("laptop only (%d entries, %d files not yet at the server)", st.Entries, st.FilesLeft)
	if !strings.HasSuffix(w.bar.text, want) {
		t.Errorf("the status bar says %q, want it to end in %q", w.bar.text, want)
	}
	if got := entries(t, w); got != st.Entries {
		t.Errorf("the bar counts %d entries, the journal has %d", st.Entries, got)
	}
}

func TestTabMovesThroughTheFormInReadingOrder(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	v.goPlace(visitPlace)
	w.canvas().Focus(v.form.papers.press)
	var got []string
	for range 4 {
		w.canvas().FocusNext()
		name := fmt.Sprintf("%T", w.canvas().Focused())
		if w.canvas().Focused() == fyne.Focusable(v.form.rights.press) {
			name = "told_rights"
		}
		for _, f := range v.form.fields {
			if w.canvas().Focused() == fyne.Focusable(f.field) {
				name = f.path
			}
		}
		got = append(got, name)
	}
	if want := []string{"told_rights", "place", "person_on_site", "person_post"}; !slices.Equal(got, want) {
		t.Errorf("Tab goes %v, want %v", got, want)
	}
}

func TestChineseLinesDoNotBeginWithAComma(t *testing.T) {
	test.NewTempApp(t)
	m := measure{15, false}
	const text = "经现场核查，该单位财务账簿齐全，银行存款余额与账面一致（见附件三）。Codes such as 53990100534132518E stay whole."
	for width := float32(60); width < 400; width += 7 {
		lines := m.wrap(text, width)
		for _, l := range lines {
			if l != "" && strings.ContainsRune(notFirst, []rune(l)[0]) {
				t.Fatalf("at width %v a line begins with %q: %q", width, []rune(l)[0], lines)
			}
		}
		if got, want := strings.Join(lines, ""), strings.ReplaceAll(text, " ", ""); strings.ReplaceAll(got, " ", "") != want {
			t.Fatalf("at width %v characters were lost: %q", width, lines)
		}
	}
}

func TestQuotationMarksFitTheScript(t *testing.T) {
	test.NewTempApp(t)
	for text, want := range map[string]string{
		"unauthorised “China/National” names": `unauthorised "China/National" names`,
		"关注擅自使用“中国”字样":                        "关注擅自使用“中国”字样",
		"the organization’s seal":             "the organization's seal",
	} {
		p := plain(text)
		p.Resize(fyne.NewSize(800, 22))
		if got := strings.Join(p.lines, ""); got != want || p.text != text {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestASignatureIsAPictureOfAllItsStrokes(t *testing.T) {
	test.NewTempApp(t)
	p := newSignaturePad()
	p.Resize(fyne.NewSize(450, 150))
	if !p.empty() {
		t.Error("a new pad is not empty")
	}
	p.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, 20)}})
	p.MouseUp(&desktop.MouseEvent{})
	if !p.empty() {
		t.Error("a slip of the hand counts as a signature")
	}
	p.clear()
	drawName(p, 0)
	if p.empty() || len(p.strokes) != 3 {
		t.Fatalf("the pad holds %d strokes, want 3", len(p.strokes))
	}
	// All three were drawn before the first frame was painted.
	img := p.paint(450, 150)
	for stroke := range 3 {
		dark := 0
		for x := 450 * (12 + 26*stroke) / 100; x < 450*(34+26*stroke)/100; x++ {
			for y := range 150 {
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0x8000 {
					dark++
				}
			}
		}
		if dark < 50 {
			t.Errorf("stroke %d left %d dark pixels on the screen", stroke+1, dark)
		}
	}
}

func TestABackupComesBackAndWhatWasThereIsSetAside(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	d, err := desk.Open(ctx, folder, database, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d, 5)
	w, err := New(test.NewTempApp(t), d, Options{Tasks: &Inline{}, Language: "en", Restore: func(ctx context.Context, from string, progress func(desk.BackupProgress)) (*desk.Desk, string, error) {
		if err := d.Close(); err != nil {
			return nil, "", err
		}
		aside, err := desk.Restore(ctx, folder, from, database, progress)
		d, _ = desk.Open(ctx, folder, database, desk.Options{})
		return d, aside, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.Window().Show()
	backup := filepath.Join(t.TempDir(), "b.zip")
	if err := d.Backup(ctx, backup, nil); err != nil {
		t.Fatal(err)
	}
	fill(t, d, 9)
	w.settings.restoreFrom(backup)
	defer func() { w.desk.Close() }()
	if w.notice.Visible() {
		t.Fatalf("the window said %q", w.said.text)
	}
	if n, err := w.desk.Store.OrganizationCount(ctx); err != nil || n != 5 {
		t.Errorf("after restoring there are %d organizations (%v), want 5", n, err)
	}
	w.goTo("organizations")
	if got := len(w.organizations.found); got != 5 {
		t.Errorf("the window lists %d organizations, want 5", got)
	}
}

func TestKeysDoNothingWhileAQuestionIsAsked(t *testing.T) {
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.ask("Sure?", "Really?", "Yes", func() {})
	w.canvas().OnTypedRune()('2')
	if a := w.stored(t, v.session.id).Answers[n.Key]; !a.Empty() {
		t.Errorf("a key beneath the question answered %q", a.Text())
	}
	w.canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.canvas().Overlays().Top() != nil {
		t.Error("Escape left the question standing")
	}
}

// BenchmarkOpenInspection opens an inspection of 45 items at a section, as a
// press in the list does, up to the laid-out window.
func BenchmarkOpenInspection(b *testing.B) {
	w, id := benchWindow(b)
	for b.Loop() {
		w.inspection.session = nil
		w.openInspection(id, w.inspection.visit.Nodes[12].Key)
	}
}

// BenchmarkAnswerShown answers the item in hand by key, up to the window
// that shows it as saved.
func BenchmarkAnswerShown(b *testing.B) {
	w, _ := benchWindow(b)
	w.inspection.take(w.inspection.visit.Nodes[12].Key)
	keys := []rune{'1', '2'}
	n := 0
	for b.Loop() {
		n++
		w.canvas().OnTypedRune()(keys[n%2])
		w.inspection.undo = nil
	}
}

func benchWindow(b *testing.B) (*Window, record.ID) {
	b.Helper()
	ctx := context.Background()
	d, err := desk.Open(ctx, b.TempDir(), database, desk.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	if _, err := d.LoadSample(ctx, nil); err != nil {
		b.Fatal(err)
	}
	w, err := New(test.NewTempApp(b), d, Options{Tasks: &Inline{}, Language: "zh"})
	if err != nil {
		b.Fatal(err)
	}
	w.Window().Resize(fyne.NewSize(1366, 768))
	w.Window().Show()
	found, err := d.Store.SearchOrganizations(ctx, foundationCode, 1)
	if err != nil || len(found) != 1 {
		b.Fatalf("found %v, %v", found, err)
	}
	id, err := d.NewInspection(ctx, desk.Plan{Organization: found[0].ID, Checklist: "cn.spot.foundation", Certificates: []string{"9901031001", "9901031018"}})
	if err != nil {
		b.Fatal(err)
	}
	w.openInspection(id, "")
	return w, id
}
