package checklist

import (
	"slices"
	"strings"
	"testing"

	"plumbline/app/i18n"
)

func TestEverySentenceForTheRecordIsWholeAndUnchecked(t *testing.T) {
	zh, en := i18n.New("zh"), i18n.New("en")
	seen := map[string]bool{}
	for _, p := range Phrases() {
		if seen[p.ID] || p.Title.Chinese == "" || p.Title.English == "" || !slices.Contains([]string{WhenProblem, WhenClean, "any"}, p.When) {
			t.Errorf("%s: %+v", p.ID, p)
		}
		seen[p.ID] = true
		if p.Checked() {
			t.Errorf("%s is called checked: by whom?", p.ID)
		}
		a, b := p.Slots("zh"), p.Slots("en")
		slices.Sort(a)
		slices.Sort(b)
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%s has places %v in Chinese, %v in English", p.ID, a, b)
		}
		for _, s := range a {
			key := "phrase.slot." + s
			if zh.T(key) == key || en.T(key) == key {
				t.Errorf("%s has no words", key)
			}
		}
		for _, word := range []string{"违法", "违规", "违反", "illegal", "unlawful", "violat"} { // a record states facts and judges nothing
			if strings.Contains(p.Text.Chinese+p.Text.English, word) {
				t.Errorf("%s judges: %s", p.ID, word)
			}
		}
	}
}

func TestASentenceIsFilledInAndWhatIsOpenStaysOpen(t *testing.T) {
	p, ok := FindPhrase("voucher_none")
	if !ok {
		t.Fatal("no such sentence")
	}
	got := p.Fill("zh", map[string]string{"date": "2026年3月2日", "voucher": "17", "payee": "甲公司", "amount": "12,500", "purpose": " {amount} ", "attached": "无"})
	if want := "2026年3月2日第17号记账凭证记载支付甲公司12,500元，用途记为“{amount}”，所附原始凭证无。"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := p.Fill("en", nil); !strings.Contains(got, "＿＿＿＿") {
		t.Errorf("nothing is left open: %s", got)
	}
	fin, reg := PhrasesFor("FIN-07", true), PhrasesFor("REG-01", false)
	if !slices.ContainsFunc(fin, func(p Phrase) bool { return p.ID == "voucher_none" }) || len(fin[0].For) == 0 {
		t.Errorf("of FIN-07: %+v", fin)
	}
	if slices.ContainsFunc(reg, func(p Phrase) bool { return p.When == WhenProblem }) {
		t.Errorf("an item without a problem is offered %+v", reg)
	}
}
