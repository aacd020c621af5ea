package ui

import (
	"bytes"
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/desk"
	"plumbline/app/soaktest"
)

// everyType is a form with every type of question that an inspector answers or
// reads, as somebody writes it in Excel.
var everyType = map[string][][]any{
	"survey": {
		{"type", "name", "label::English (en)", "label::中文 (zh)", "hint::English (en)", "hint::中文 (zh)", "required", "relevant", "constraint", "constraint_message::English (en)", "constraint_message::中文 (zh)", "calculation", "appearance", "parameters", "choice_filter", "default", "repeat_count"},
		{"note", "hello", "Read this first", "请先阅读"},
		{"text", "name", "Name of the place", "场所名称", "As on the sign", "以门牌为准", "yes"},
		{"text", "story", "What happened", "情况说明", "", "", "", "", "", "", "", "", "multiline"},
		{"integer", "seats", "Seats", "座位数", "", "", "", "", ". > 0 and . < 500", "Between 1 and 499", "应在1至499之间"},
		{"decimal", "area", "Area in m²", "面积"},
		{"range", "order", "Order, 1 to 5", "整洁程度", "", "", "", "", "", "", "", "", "", "start=1 end=5 step=1"},
		{"select_one county", "county", "County", "县"},
		{"select_one town", "town", "Town", "镇", "", "", "", "", "", "", "", "", "", "", "county = ${county}"},
		{"select_one level", "mood", "How was it?", "感受", "", "", "", "", "", "", "", "", "likert"},
		{"select_one many", "trade", "Trade", "行业", "", "", "", "", "", "", "", "", "minimal"},
		{"select_multiple exit", "exits", "Exits that are free", "畅通的出口"},
		{"select_one_from_file people.csv", "person", "Whom did you meet?", "见到了谁"},
		{"rank level", "ranked", "Put in order", "请排序"},
		{"date", "day", "Day of founding", "成立日期"},
		{"time", "opens", "Opens at", "开门时间"},
		{"dateTime", "met", "Met at", "会面时间"},
		{"geopoint", "place", "Where is it?", "位置"},
		{"barcode", "code", "Code on the plate", "牌上条码"},
		{"acknowledge", "told", "They know their rights", "已告知权利"},
		{"image", "front", "Photo of the front", "正面照片"},
		{"file", "lease", "Lease", "租赁合同"},
		{"audio", "talk", "Recording", "录音"},
		{"video", "walk", "Video", "录像"},
		{"text", "lang", "Language", "语言", "", "", "", "", "", "", "", "", "", "", "", "Chinese"},
		{"calculate", "double", "Seats twice", "座位数的两倍", "", "", "", "", "", "", "", "${seats} * 2"},
		{"begin_repeat", "cook", "Cook", "厨师"},
		{"text", "cook_name", "Name", "姓名"},
		{"select_one yn", "card", "Does ${cook_name} have a health card?", "${cook_name}有健康证吗？"},
		{"end_repeat"},
		{"begin_repeat", "floor", "Floor", "楼层", "", "", "", "", "", "", "", "", "", "", "", "", "${seats} div 100"},
		{"text", "use", "Use", "用途"},
		{"end_repeat"},
	},
	"choices": {
		{"list_name", "name", "label::English (en)", "label::中文 (zh)", "county"},
		{"county", "n", "North", "北县"}, {"county", "s", "South", "南县"},
		{"town", "a", "Town A", "甲镇", "n"}, {"town", "b", "Town B", "乙镇", "s"},
		{"level", "good", "Good", "好"}, {"level", "fair", "Fair", "一般"}, {"level", "bad", "Bad", "差"},
		{"exit", "front", "Front", "前门"}, {"exit", "back", "Back", "后门"}, {"exit", "none", "None", "无"},
		{"yn", "yes", "Yes", "是"}, {"yn", "no", "No", "否"},
		{"many", "school", "School", "学校"}, {"many", "clinic", "Clinic", "诊所"}, {"many", "home", "Care home", "养老院"},
	},
	"settings": {{"form_id", "form_title::English (en)", "form_title::中文 (zh)", "version", "default_language"}, {"every-type", "Every type", "全部题型", "1", "English (en)"}},
}

// writtenForm writes a form's sheets as an .xlsx.
func writtenForm(t testing.TB, sheets map[string][][]any) []byte {
	t.Helper()
	x := excelize.NewFile()
	defer x.Close()
	x.SetSheetName("Sheet1", "survey")
	for sheet, rows := range sheets {
		x.NewSheet(sheet)
		for n, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, n+1)
			if err != nil {
				t.Fatal(err)
			}
			x.SetSheetRow(sheet, cell, &row)
		}
	}
	b, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// written gives a form as it is read from its workbook.
func written(t testing.TB, sheets map[string][][]any) checklist.Checklist {
	t.Helper()
	b := writtenForm(t, sheets)
	book, err := xlsform.ReadBook(bytes.NewReader(b), int64(len(b)), "form.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	in, err := xlsform.FromBook(book, "form.xlsx", xlsform.Options{Status: "published", Files: fstest.MapFS{"people.csv": {Data: []byte("name,label\nli,Li Na\nwang,Wang Wei\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	return in.Checklist
}

// formOnSite gives a window with an inspection by a form open.
func formOnSite(t *testing.T, language string, sheets map[string][][]any) *Window {
	t.Helper()
	c := written(t, sheets)
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	if _, err := d.ImportChecklist(context.Background(), "", c); err != nil {
		t.Fatal(err)
	}
	w := openAt(t, d, language, Syncing{})
	w.openInspection(newInspection(t, d, c.ID), "")
	return w
}

// inHand takes the question of this name in hand.
func (v *inspectionView) inHand(t *testing.T, name string) checklist.Node {
	t.Helper()
	for _, n := range v.visit.Nodes {
		if e := n.Item.Element(); e != nil && e.Name == name {
			v.take(n.Key)
			if v.at != n.Key {
				t.Fatalf("%s cannot be taken in hand", name)
			}
			n, _ = v.visit.Node(n.Key)
			return n
		}
	}
	t.Fatalf("%s is not asked", name)
	return checklist.Node{}
}

func typeInto(w *Window, f *field, text string) {
	w.canvas().Focus(f)
	f.SetText("")
	for _, r := range text {
		f.TypedRune(r)
	}
	w.canvas().Unfocus()
}

// pressIn presses the choice, button or box in the panel whose words these are.
func pressIn(t *testing.T, w *Window, words string) {
	t.Helper()
	for _, o := range visibleBelow(w.inspection.panel.answer) {
		switch x := o.(type) {
		case *press:
			if slices.Contains(textsOf(x), words) {
				test.Tap(x)
				return
			}
		case *pushButton:
			if x.Text == words {
				test.Tap(x)
				return
			}
		}
	}
	t.Fatalf("nothing to press says %q; there is %q", words, textsOf(w.inspection.panel.answer))
}

func (w *Window) storedAt(t *testing.T, n checklist.Node) string {
	t.Helper()
	return string(w.stored(t, w.inspection.session.id).Answers[n.Key].Value)
}

// Every type of question is filled in through what is on the screen, and the
// answers are read back from the disk.
func TestEveryTypeOfQuestionIsFilledInInTheWindow(t *testing.T) {
	w := formOnSite(t, "en", everyType)
	p := w.inspection.panel
	for _, x := range []struct {
		name, typed, want string
	}{
		{"name", "Sunshine 𬱖", `"Sunshine 𬱖"`}, {"seats", "250", `"250"`}, {"area", "12.5", `"12.5"`}, {"day", "2011-05-06", `"2011-05-06"`},
		{"opens", "08:30", `"08:30:00"`}, {"place", "30.25, 120.1, 5", `"30.25 120.1 5"`}, {"code", "6901234567892", `"6901234567892"`},
		{"lease", "lease.pdf, red folder", `"lease.pdf, red folder"`}, {"talk", "talk.m4a", `"talk.m4a"`}, {"walk", "walk.mp4", `"walk.mp4"`},
	} {
		n := w.inspection.inHand(t, x.name)
		typeInto(w, p.value, x.typed)
		if got := w.storedAt(t, n); got != x.want {
			t.Errorf("%s: stored is %s, want %s (fault %q)", x.name, got, x.want, p.valueR.fault.text)
		}
	}
	n := w.inspection.inHand(t, "story")
	typeInto(w, p.long, "It rained.")
	if got := w.storedAt(t, n); got != `"It rained."` {
		t.Errorf("story: stored is %s", got)
	}
	n = w.inspection.inHand(t, "met")
	typeInto(w, p.value, "2026-11-24 10:15")
	if got := w.storedAt(t, n); !strings.HasPrefix(got, `"2026-11-24T10:15:00.000`) || p.value.Text != "2026-11-24 10:15" {
		t.Errorf("met: stored is %s, shown %q", got, p.value.Text)
	}
	for _, x := range []struct {
		name   string
		pushed []string
		want   string
	}{
		{"county", []string{"North"}, `"n"`}, {"town", []string{"Town A"}, `"a"`}, {"mood", []string{"Fair"}, `"fair"`}, {"trade", []string{"Clinic"}, `"clinic"`},
		{"exits", []string{"None", "Front", "Back"}, `["front","back"]`}, {"person", []string{"Wang Wei"}, `"wang"`}, {"told", []string{"Read and acknowledged"}, `"OK"`},
		{"ranked", []string{"This order is right", "↓"}, `["fair","good","bad"]`}, {"lang", []string{"Take this"}, `"Chinese"`}, {"order", []string{"Set to 1"}, `"1"`},
	} {
		n := w.inspection.inHand(t, x.name)
		for _, words := range x.pushed {
			if words == "↓" {
				for _, o := range visibleBelow(p.answer) {
					if b, ok := o.(*pushButton); ok && b.Text == "↓" {
						test.Tap(b)
						break
					}
				}
				continue
			}
			pressIn(t, w, words)
		}
		if got := w.storedAt(t, n); got != x.want {
			t.Errorf("%s: stored is %s, want %s", x.name, got, x.want)
		}
	}
	n = w.inspection.inHand(t, "order")
	for _, o := range visibleBelow(p.answer) {
		if s, ok := o.(*widget.Slider); ok {
			s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
			s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
		}
	}
	if got := w.storedAt(t, n); got != `"3"` {
		t.Errorf("the slider moved twice: stored is %s, want 3", got)
	}
	n = w.inspection.inHand(t, "day") // 6 May 2011, and by the calendar a month and nine days later
	pressIn(t, w, "Calendar…")
	test.Tap(buttonsOf(above(t, w), "›")[0])
	for _, o := range visibleBelow(above(t, w)) {
		if x, ok := o.(*press); ok && slices.Equal(textsOf(x), []string{"15"}) {
			test.Tap(x)
		}
	}
	if got := w.storedAt(t, n); got != `"2011-06-15"` {
		t.Errorf("by the calendar the day is %s", got)
	}
	n = w.inspection.inHand(t, "front")
	photoOn(t, w, n)
	if n, _ = w.inspection.visit.Node(n.Key); w.inspection.outcome(n) != checklist.Recorded {
		t.Errorf("the photo is no answer: %s", w.inspection.outcome(n))
	}

	// What the form computes and counts is on the screen.
	w.inspection.page++
	w.inspection.show()
	if got := strings.Join(textsOf(w.inspection.items), " | "); !strings.Contains(got, "500") {
		t.Errorf("twice 250 seats is not shown: %s", got)
	}
	floors := 0
	for _, l := range w.inspection.visit.Lines {
		if l.Kind == checklist.AskLine && l.Node.Item.Element().Name == "use" {
			floors++
		}
	}
	if floors != 2 {
		t.Errorf("250 seats make %d floors, want 2", floors)
	}

	// Nothing is left that the form asks for.
	if left := w.inspection.visit.Progress.Unanswered; len(left) != 0 {
		t.Errorf("unanswered: %v", left)
	}
}

// A repeat gets another instance and loses one, with its own words; Ctrl+Z
// brings it back with its answers.
func TestInstancesOfARepeatAreAddedAndTakenOut(t *testing.T) {
	w := formOnSite(t, "zh", everyType)
	v := w.inspection
	names := func() (out []string) {
		for _, n := range v.visit.Nodes {
			if n.Item.Element().Name == "card" {
				out = append(out, n.Item.Text.Chinese)
			}
		}
		return out
	}
	find := func(kind checklist.LineKind) (out []checklist.Line) {
		for _, l := range v.visit.Lines {
			if l.Kind == kind && l.Changeable {
				out = append(out, l)
			}
		}
		return out
	}
	w.inspection.inHand(t, "cook_name")
	typeInto(w, v.panel.value, "李明")
	var add []*pushButton
	for _, o := range visibleBelow(v.items) {
		if b, ok := o.(*pushButton); ok && b.Text == "添加：厨师" {
			add = append(add, b)
		}
	}
	if len(add) != 1 {
		t.Fatalf("%d buttons add a cook, want 1", len(add))
	}
	test.Tap(add[0])
	instances := find(checklist.InstanceLine)
	if len(instances) != 2 || len(names()) != 2 {
		t.Fatalf("%d cooks, asked %v", len(instances), names())
	}
	for _, n := range v.visit.Nodes {
		if n.Item.Element().Name == "cook_name" && n.Repeat == instances[1].Instance {
			v.take(n.Key)
			typeInto(w, v.panel.value, "𬱖文")
		}
	}
	if got := names(); !slices.Equal(got, []string{"李明有健康证吗？", "𬱖文有健康证吗？"}) {
		t.Errorf("asked %v", got)
	}
	v.removeInstance(instances[0])
	if got := names(); !slices.Equal(got, []string{"𬱖文有健康证吗？"}) {
		t.Errorf("without the first: %v", got)
	}
	v.undoLast()
	if got := names(); len(got) != 2 || got[0] != "李明有健康证吗？" {
		t.Errorf("brought back: %v", got)
	}
}

// What the form does not accept stays on the screen and on the disk, with the
// form's own words beside it.
func TestARefusedAnswerStaysWithTheFormsWords(t *testing.T) {
	w := formOnSite(t, "en", everyType)
	v := w.inspection
	n := w.inspection.inHand(t, "seats")
	typeInto(w, v.panel.value, "900")
	said := func() string { return strings.Join(textsOf(v.panel.answer), " | ") }
	if got := w.storedAt(t, n); got != `"900"` || v.panel.value.Text != "900" || !strings.Contains(said(), "Between 1 and 499") {
		t.Errorf("stored %s, shown %q, said %q", got, v.panel.value.Text, said())
	}
	w.setLanguage("zh")
	if !strings.Contains(said(), "应在1至499之间") {
		t.Errorf("in Chinese it says %q", said())
	}
	w.setLanguage("en")
	// No whole number: it is not kept, but stays to be mended.
	typeInto(w, v.panel.value, "a few")
	if got := w.storedAt(t, n); got != `"900"` || v.panel.value.Text != "a few" || v.panel.valueR.fault.text == "" {
		t.Errorf("stored %s, shown %q, fault %q", got, v.panel.value.Text, v.panel.valueR.fault.text)
	}
	w.inspection.inHand(t, "name")
	if w.inspection.inHand(t, "seats"); v.panel.value.Text != "a few" {
		t.Errorf("coming back it shows %q", v.panel.value.Text)
	}
	// Required, and in whose words.
	if w.inspection.inHand(t, "name"); !strings.Contains(said(), "needs an answer") || !strings.Contains(said(), "As on the sign") {
		t.Errorf("the required question says %q", said())
	}
	// A choice that another answer takes away stays, is said, and comes back.
	w.inspection.inHand(t, "county")
	pressIn(t, w, "North")
	w.inspection.inHand(t, "town")
	pressIn(t, w, "Town A")
	w.inspection.inHand(t, "county")
	pressIn(t, w, "South")
	if n = w.inspection.inHand(t, "town"); w.storedAt(t, n) != `"a"` || !strings.Contains(said(), "no longer offered") {
		t.Errorf("stored %s, said %q", w.storedAt(t, n), said())
	}
	if got := v.outcome(n); got != checklist.Incomplete {
		t.Errorf("the town that is not offered comes to %s", got)
	}
}

// Real forms that others wrote are tried out: every question taken in hand has a
// widget, and what is typed or chosen there is kept.
func TestRealFormsAreFilledInTheWindow(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/xlsforms/forms/*.xlsx")
	if len(files) == 0 {
		t.Skip("SKIPPED: the corpus of forms is not beside the repository (../shared/xlsforms)")
	}
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "en", Syncing{})
	random := soaktest.Random(soaktest.Seed(t), 0)
	typed := map[string]string{"integer": "12", "decimal": "1.5", "date": "2026-01-02", "time": "10:30", "dateTime": "2026-01-02 10:30", "geopoint": "30 120"}
	forms, answers, types := 0, 0, map[string]int{}
	for n := 0; n < len(files); n += soaktest.Rounds(21, 1) { // the long form takes all
		in, err := desk.ReadChecklist(files[n], xlsform.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Checklist.Items) == 0 {
			continue
		}
		w.try(in.Checklist)
		v := w.trying
		forms++
		for range 20 {
			if len(v.visit.Nodes) == 0 {
				break
			}
			n := v.visit.Nodes[random.IntN(len(v.visit.Nodes))]
			v.take(n.Key)
			q := n.Question
			if !v.panel.answer.Visible() || len(v.panel.answer.Objects) == 0 {
				t.Errorf("%s: %s (%s) has nothing to answer with", in.Checklist.ID, n.Item.Code, q.Type)
			}
			types[q.Type]++
			switch {
			case q.ReadOnly, q.Type == "range", q.Type == "rank", q.Type == "image", q.Type == "acknowledge", q.Choices && !q.Open && len(q.Offered) == 0:
				continue
			case len(q.Offered) > 0:
				o := q.Offered[random.IntN(len(q.Offered))]
				v.panel.asked.choose(n, o.Value, q.Type == "select_multiple")
				continue
			}
			f, text := v.panel.value, cmp.Or(typed[q.Type], "words")
			if q.Type == "text" && q.Shown("multiline") {
				f = v.panel.long
			}
			typeInto(w, f, text)
			answers++
			if a := v.visit.Inspection.Answers[n.Key]; a.Empty() {
				t.Errorf("%s: %s (%s): %q was typed and is not kept: %s", in.Checklist.ID, n.Item.Code, q.Type, text, v.panel.valueR.fault.text)
			}
		}
	}
	t.Logf("CORPUS: %d forms, %d answers typed, questions taken in hand by type %v", forms, answers, types)
}
