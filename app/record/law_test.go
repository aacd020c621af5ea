package record

import "testing"

func lawState(t *testing.T, changes ...Change) State {
	t.Helper()
	o := &paperOffice{state: State{}}
	o.take(t, changes)
	return o.state
}

var statute = LawEdition{Ref: "STR", Title: Text{Chinese: "社会团体登记管理条例", English: "Regulations on Social Groups"}, Edition: Text{Chinese: "2027年修订", English: "2027 revision"},
	From: "2027-03-01", Source: Text{Chinese: "国务院公报2027年第3号"}, Confidence: Verified, Articles: []LawArticle{
		{Article: "30", Confidence: Verified},
		{Article: "31", Was: "29", Confidence: Verified},
		{Article: "32", Was: "31", Changed: true, Confidence: SecondarySeen},
		{Article: "18", Repealed: true, Confidence: Verified},
	}}

func TestAnEditionCountsOnceSomebodyElseHasApprovedExactlyIt(t *testing.T) {
	editor, approver := LawStep{By: "person_a", Name: "甲"}, LawStep{By: "person_b", Name: "乙", Note: "与公报核对"}
	enter, err := EditLaw(State{}, statute, editor)
	if err != nil {
		t.Fatal(err)
	}
	s := lawState(t, enter)
	k, ok := LawOf(s)
	if !ok || k.Approved != nil {
		t.Fatalf("entered: %v %+v", ok, k.Approved)
	}
	for want, by := range map[string]LawStep{"law.own_edit": {By: "person_a", Note: "x"}, "law.compared": {By: "person_b"}, "law.by": {Note: "x"}} {
		if _, err := k.Approve(by); messageOf(err) != want {
			t.Errorf("%+v: got %v, want %s", by, err, want)
		}
	}
	approve, err := k.Approve(approver)
	if err != nil {
		t.Fatal(err)
	}
	if k, _ = LawOf(lawState(t, enter, approve)); k.Approved == nil || k.Approved.Name != "乙" {
		t.Fatalf("approved: %+v", k)
	}
	// Another word, and it must be approved anew, also where somebody forges the old approval.
	other := statute
	other.Until = "2030-01-01"
	edit, err := EditLaw(k.state, other, editor)
	if err != nil {
		t.Fatal(err)
	}
	if k, _ = LawOf(lawState(t, enter, approve, edit)); k.Approved != nil || k.Until == "" {
		t.Errorf("edited: %+v", k)
	}
	if k, _ = LawOf(lawState(t, enter, edit, Change{Set: map[string]any{"approved": approve.Set["approved"]}})); k.Approved != nil {
		t.Error("an approval of another text counts")
	}
}

func TestACitationStandsInTheEditionInForceThatDay(t *testing.T) {
	old := statute
	old.Edition, old.From, old.Until = Text{Chinese: "2016年修订", English: "2016 revision"}, "2016-02-06", "2027-02-28"
	old.Articles = []LawArticle{{Article: "28", Confidence: Verified}}
	waiting := statute
	waiting.Edition, waiting.From = Text{Chinese: "2028年修订"}, "2027-06-01"
	ok := &LawStep{By: "person_b"}
	library := LawLibrary{{LawEdition: old, Approved: ok}, {LawEdition: statute, Approved: ok}, {LawEdition: waiting}}
	for _, c := range []struct {
		day, article string
		sure         Confidence
		want         string
		now          Confidence
		change       LawChange
		edition      string
	}{
		{"2027-02-28", "28", FromMemory, "28", Verified, LawSame, "2016年修订"}, // the authority has read it
		{"2027-02-28", "40", Verified, "40", Verified, LawSame, "2016年修订"},   // the list need not be whole for what was read
		{"2027-02-28", "40", FromMemory, "40", FromMemory, LawSame, "2016年修订"},
		{"2027-03-01", "30", Verified, "30", Verified, LawSame, "2027年修订"},
		{"2027-03-01", "29", FromMemory, "31", Verified, LawNumber, "2027年修订"},
		{"2027-03-01", "31", Verified, "32", FromMemory, LawWords, "2027年修订"}, // not the new 31, which was 29
		{"2027-03-01", "18", Verified, "18", FromMemory, LawRepealed, "2027年修订"},
		{"2027-03-01", "40", Verified, "40", FromMemory, LawUnknown, "2027年修订"},
		{"2027-03-01", "30, 29", Verified, "30, 31", Verified, LawNumber, "2027年修订"},
		{"2027-03-01", "29, 40", Verified, "31, 40", FromMemory, LawUnknown, "2027年修订"},
		{"2027-03-01", "", InstrumentOnly, "", InstrumentOnly, LawSame, "2027年修订"},
		{"2027-12-01", "30", Verified, "30", Verified, LawSame, "2027年修订"}, // a later one that nobody approved counts not
		{"2015-01-01", "28", FromMemory, "28", FromMemory, LawSame, "2016年修订"},
	} {
		got, change := library.Pin(Citation{Ref: "STR", Chinese: "旧名", Article: c.article, EditionChinese: "2016年修订", Edition: "2016 revision", Confidence: c.sure}, c.day)
		if got.Article != c.want || got.Confidence != c.now || change != c.change || got.EditionChinese != c.edition {
			t.Errorf("%s on %s: got %+v, %q", c.article, c.day, got, change)
		}
	}
	if got, change := library.Pin(Citation{Ref: "CHL", Article: "22", Confidence: Verified}, "2027-03-01"); got.Article != "22" || change != LawSame {
		t.Errorf("another instrument: %+v %q", got, change)
	}
}

func TestAnEditionThatNobodyCouldCiteIsRefused(t *testing.T) {
	for want, change := range map[string]func(*LawEdition){
		"law.named":      func(e *LawEdition) { e.Edition = Text{} },
		"law.validity":   func(e *LawEdition) { e.Until = "2027-02-28" },
		"law.source":     func(e *LawEdition) { e.Source = Text{} },
		"law.confidence": func(e *LawEdition) { e.Confidence = "sure" },
		"law.article_twice": func(e *LawEdition) {
			e.Articles = append(e.Articles, LawArticle{Article: "33", Was: "29", Confidence: Verified})
		},
	} {
		e := statute
		e.Articles = append([]LawArticle(nil), statute.Articles...)
		change(&e)
		if err := e.Check(); messageOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
