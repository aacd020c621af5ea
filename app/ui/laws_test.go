package ui

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// One person enters an edition in the window, another approves it. What is wrong
// stands beside its field, and what was typed stays.
func TestAnEditionIsEnteredByOneAndApprovedByAnother(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 3)
	w := openAt(t, d, "zh", Syncing{})
	v := w.laws
	w.openLaws()
	shows(t, w, "尚未录入")
	var from record.LawEdition
	for _, e := range desk.BuiltinLaws() {
		if e.Ref == "STR" {
			from = e
		}
	}
	v.enter(from)
	v.form.picks["by"].choosePlace(0)
	fault := func(field, want string) {
		t.Helper()
		if got := v.form.rows[field].fault.text; !strings.Contains(got, want) {
			t.Errorf("beside %s stands %q, want %q", field, got, want)
		}
	}
	for name, text := range map[string]string{"edition": "2027年修订", "source": "国务院公报2027年第3号", "articles": "30\n31 原 29\n32 奇怪"} {
		v.form.texts[name].SetText(text)
	}
	test.Tap(w.asked)
	fault("articles", "第 3 行的“奇怪”")
	v.form.texts["articles"].SetText("30\n31 原 29\n18 已删除")
	test.Tap(w.asked)
	fault("from", "不是有效期间")
	v.form.texts["from"].SetText("2027-03-01")
	test.Tap(w.asked)
	shows(t, w, "2027年修订 · 自 2027-03-01 起施行")
	shows(t, w, "待批准")
	if len(v.laws) != 1 || v.laws[0].Title.English == "" || len(v.laws[0].Articles) != 3 || v.laws[0].Articles[1].Was != "29" {
		t.Fatalf("kept: %+v", v.laws)
	}
	v.approve(v.laws[0])
	for _, name := range v.form.picks["by"].Options {
		if strings.Contains(name, v.laws[0].Edited.Name) {
			t.Error("whoever entered it is offered as the one who approves it")
		}
	}
	v.form.picks["by"].choosePlace(0)
	test.Tap(w.asked)
	fault("note", "与何文本核对")
	v.form.texts["note"].SetText("与公报逐条核对")
	test.Tap(w.asked)
	shows(t, w, "已批准")
	laws, err := d.Laws(context.Background())
	if err != nil || len(laws) != 1 || laws[0].Approved == nil || laws[0].Approved.Note != "与公报逐条核对" {
		t.Errorf("kept: %+v, %v", laws, err)
	}
}

func TestArticlesAreWrittenAsTheyAreRead(t *testing.T) {
	articles := []record.LawArticle{{Article: "30(1)(iii)", Confidence: record.Verified, Text: "词句"}, {Article: "31", Was: "29", Changed: true, Confidence: record.Verified}, {Article: "18", Repealed: true, Confidence: record.Verified}}
	for _, lang := range []string{"zh", "en"} {
		got, err := desk.ParseLawArticles("\n"+strings.Join(desk.LawArticleLines(articles, lang), "\n")+"\n", articles)
		if err != nil || len(got) != 3 || got[0] != articles[0] || got[1] != articles[1] || got[2] != articles[2] {
			t.Errorf("%s: got %+v, %v", lang, got, err)
		}
	}
}
