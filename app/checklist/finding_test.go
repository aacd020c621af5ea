package checklist

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/assets"
)

func find(t testing.TB, id string) Checklist {
	t.Helper()
	c, ok := Find(id)
	if !ok {
		t.Fatalf("no checklist %s", id)
	}
	return c
}

// key gives the answer key of an item by its code.
func key(t testing.TB, c Checklist, code string) string {
	t.Helper()
	it, ok := c.ItemByCode(code)
	if !ok {
		t.Fatalf("%s has no item %s", c.ID, code)
	}
	return it.UID
}

func codes(nodes []Node) string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Item.Code)
	}
	return strings.Join(out, " ")
}

func TestItemsForOtherKindsAreHidden(t *testing.T) {
	c := find(t, "cn.finance-fundraising")
	if s := codes(Applicable(c, group, nil, nil)); !strings.Contains(s, "FIN-10") || strings.Contains(s, "GOV-20") {
		t.Errorf("social group: %s, want FIN-10 (membership fees) and no GOV-20", s)
	}
	if s := codes(Applicable(c, service, nil, nil)); strings.Contains(s, "FIN-10") {
		t.Errorf("service organization: %s, want no FIN-10", s)
	}
}

func TestAnItemShowsUntilSomebodySaysItsFactDoesNotHold(t *testing.T) {
	c := find(t, "cn.security-risk")
	node := func(org record.Organization, stated map[string]bool) *Node {
		for _, n := range Applicable(c, org, stated, nil) {
			if n.Item.Code == "SEC-08" {
				return &n
			}
		}
		return nil
	}
	if n := node(group, nil); n == nil || n.Unsure != "has_canteen" {
		t.Errorf("nobody knows of a canteen: %v, want the item marked has_canteen", n)
	}
	without := group
	without.Facts = map[string]bool{"has_canteen": false}
	if n := node(without, nil); n != nil {
		t.Errorf("the register says no canteen: %v, want no item", n)
	}
	if n := node(without, map[string]bool{"has_canteen": true}); n == nil || n.Unsure != "" {
		t.Errorf("the inspector saw a canteen: %v, want the item unmarked", n)
	}
	if n := node(group, map[string]bool{"has_canteen": false}); n != nil {
		t.Errorf("the inspector saw none: %v, want no item", n)
	}
	unknown := UnknownFacts(Applicable(c, group, nil, nil))
	if !among("has_canteen", unknown) || !among("serves_minors", unknown) {
		t.Errorf("unknown facts %v, want has_canteen and serves_minors among them", unknown)
	}
}

func TestAFoundationNeedsNotBeAskedWhetherItIsOne(t *testing.T) {
	c := find(t, "cn.finance-fundraising")
	for _, n := range Applicable(c, foundation, nil, nil) {
		if n.Unsure == "is_charity_or_foundation" {
			t.Errorf("%s asks a foundation whether it is one", n.Item.Code)
		}
	}
	// Stating the one settles the other.
	for _, n := range Applicable(c, group, map[string]bool{"is_charity": true}, nil) {
		if n.Unsure == "is_charity_or_foundation" {
			t.Errorf("%s is still unsure of a stated charity", n.Item.Code)
		}
	}
}

func TestFactsAreStatedAsAnswers(t *testing.T) {
	i := record.Inspection{Answers: map[string]record.Answer{
		FactKey("has_canteen"): value(Yes), FactKey("has_vehicles"): value(No), FactKey("has_hazard"): value("perhaps"), "6aesf879jb": value("conform"),
	}}
	got := StatedFacts(i)
	if len(got) != 2 || !got["has_canteen"] || got["has_vehicles"] {
		t.Errorf("stated facts %v, want a canteen and no vehicles", got)
	}
}

func TestAReinspectionAsksForEachEarlierFinding(t *testing.T) {
	c := find(t, "cn.rectification-reinspection")
	earlier := []record.Finding{
		{ID: "find_1", Code: "REG-05", Title: record.Text{Chinese: "住所不符", English: "Wrong address"}, Severity: record.Critical, Penalty: true, Sensitive: true,
			Citations: []record.Citation{{Ref: "STR", Article: "18"}}, Action: record.Text{Chinese: "变更登记"}, Authority: record.Text{Chinese: "甲局"}},
		{ID: "find_2", Code: "GOV-01", Title: record.Text{Chinese: "超期"}, Severity: record.Minor},
	}
	var keys []string
	for _, n := range Applicable(c, group, nil, earlier) {
		if n.Item.Code == "REC-04" {
			keys = append(keys, n.Key)
		}
	}
	uid := key(t, c, "REC-04")
	if got, want := strings.Join(keys, " "), uid+"@find_1 "+uid+"@find_2"; got != want {
		t.Fatalf("keys %s, want %s", got, want)
	}
	i := record.Inspection{ID: "insp_1", Answers: map[string]record.Answer{uid + "@find_1": value(NotRectified), uid + "@find_2": value(record.Partly)}}
	got := Findings(c, group, i, earlier, day)
	if len(got) != 2 {
		t.Fatalf("%d findings, want 2", len(got))
	}
	f := got[0]
	if f.ID != record.FindingID("insp_1", uid, "find_1") || f.Repeat != "find_1" || f.Code != "REC-04" || f.Title.Chinese != "原问题（REG-05）：住所不符" ||
		f.Title.English != "Earlier finding (REG-05): Wrong address" || f.Severity != record.Critical || !f.Penalty || !f.Sensitive || f.Citations[0].Ref != "STR" ||
		f.Action.Chinese != "变更登记" || f.Authority.Chinese != "甲局" || f.Partly {
		t.Errorf("the finding does not carry the earlier one: %+v", f)
	}
	if !got[1].Partly {
		t.Errorf("partly rectified is not marked partly: %+v", got[1])
	}
	// A second re-inspection does not wrap the title again.
	again := Findings(c, group, record.Inspection{ID: "insp_2", Answers: map[string]record.Answer{record.ItemKey(uid, string(f.ID)): value(Recurred)}}, got[:1], day)
	if len(again) != 1 || again[0].Title != f.Title {
		t.Errorf("title of the second re-inspection %v, want %v", again, f.Title)
	}
}

func TestAFindingPinsWhatItRestsOn(t *testing.T) {
	c := find(t, "cn.security-risk")
	i := record.Inspection{ID: "insp_1", Answers: map[string]record.Answer{
		key(t, c, "SEC-02"): {Value: js("nonconform"), Fact: "二楼安全出口上锁", OnTheSpot: true},
		key(t, c, "SEC-16"): {Value: js("nonconform"), Note: "按保密规定处置"},
		key(t, c, "SEC-24"): value("red"), // information
	}}
	got := Findings(c, group, i, nil, day)
	if len(got) != 2 {
		t.Fatalf("%d findings, want 2: %+v", len(got), got)
	}
	fire, secret := got[0], got[1]
	if fire.Code != "SEC-02" || fire.State != record.OnTheSpot || fire.Fact != "二楼安全出口上锁" || fire.Severity != record.Critical || fire.Authority.Chinese != "消防救援机构" ||
		!fire.Penalty || fire.ObservedOn != "2026-06-01" || fire.Organization != "org_group" || fire.DeadlineDays != libraryItem(t, "SEC-02").DeadlineDays() {
		t.Errorf("fire finding %+v", fire)
	}
	if len(fire.Citations) != 1 || fire.Citations[0].Chinese != "中华人民共和国消防法" || fire.Citations[0].Edition != "2021 amendment" || fire.Citations[0].Article != "16(1)(iv), 28" {
		t.Errorf("fire finding cites %+v, want the Fire Protection Law, 2021 amendment, 16(1)(iv), 28", fire.Citations)
	}
	if !secret.Sensitive || secret.State != record.Observed || secret.Fact != "按保密规定处置" {
		t.Errorf("sensitive finding %+v", secret)
	}
}

func TestCitationsAreThoseForTheKindOfOrganization(t *testing.T) {
	c := find(t, "cn.annual-report-verification")
	it, _ := c.ItemByCode("AR-10")
	for _, x := range []struct {
		org  record.Organization
		want string
	}{{group, "STR 28"}, {service, "NPE 23"}, {foundation, "FND 36"}} {
		i := record.Inspection{ID: "insp_1", Answers: map[string]record.Answer{it.UID: {Seen: "2", Inputs: map[string]string{ExpectedInput: "1"}}}}
		f := Findings(c, x.org, i, nil, day)
		if len(f) != 1 || len(f[0].Citations) != 1 || f[0].Citations[0].Ref+" "+f[0].Citations[0].Article != x.want {
			t.Errorf("%s: %+v, want one citation of %s", x.org.Kind, f, x.want)
			continue
		}
		if want := "登记（填报）为“1”，现场所见为“2”"; f[0].Fact != want {
			t.Errorf("fact %s, want %s", f[0].Fact, want)
		}
	}
}

func TestTheInspectorMayGradeAProblemButNotMakeItVanish(t *testing.T) {
	c := find(t, "cn.spot.social-group")
	uid, days := key(t, c, "REG-02"), 10
	answer := func(a record.Answer) record.Inspection {
		return record.Inspection{ID: "insp_1", Answers: map[string]record.Answer{uid: a}}
	}
	f := Findings(c, group, answer(record.Answer{Value: js("nonconform"), Severity: record.Critical, DeadlineDays: &days}), nil, day)
	if len(f) != 1 || f[0].Severity != record.Critical || f[0].DeadlineDays != 10 {
		t.Errorf("graded: %+v, want critical and 10 days", f)
	}
	f = Findings(c, group, answer(record.Answer{Value: js("nonconform"), Severity: record.Info}), nil, day)
	if len(f) != 1 || f[0].Severity != record.Major {
		t.Errorf("graded info: %+v, want the checklist's severity", f)
	}
}

func TestAFindingSaysWhatWasEntered(t *testing.T) {
	c := find(t, "cn.spot.foundation")
	for code, x := range map[string]struct {
		a    record.Answer
		want string
	}{
		"GOV-01": {value("2026-05-31"), "经查，该项为2026年5月31日；按规定应不早于2026年6月1日。"},
		"FIN-18": {value("none"), "未审计"},
		"FIN-24": {record.Answer{Inputs: map[string]string{"charity_exp": "69.9万元", "income_prev": "100万元"}}, "计算比例 69.90%（标准 ≥70%）"},
		"REG-12": {value("nonconform"), ""}, // nothing was entered but the judgement
	} {
		i := record.Inspection{ID: "insp_1", StartedAt: "2026-06-01T09:00:00+08:00", Answers: map[string]record.Answer{key(t, c, code): x.a}}
		if f := Findings(c, public, i, nil, day); len(f) != 1 || f[0].Fact != x.want {
			t.Errorf("%s: %+v, want the fact %q", code, f, x.want)
		}
	}
}

func TestFindingsFollowTheSections(t *testing.T) {
	b := strings.Replace(small, `"sections": [{"id": "a", "title": {"zh": "甲"}}]`, `"sections": [{"id": "b", "title": {"zh": "乙"}}, {"id": "a", "title": {"zh": "甲"}}]`, 1)
	b = strings.Replace(b, `"code": "A-02", "section": "a"`, `"code": "A-02", "section": "b"`, 1)
	c, err := Parse([]byte(b))
	if err != nil {
		t.Fatal(err)
	}
	i := record.Inspection{Answers: map[string]record.Answer{"aaaaaaaaaa": value("y"), "bbbbbbbbbb": value(9)}}
	f := Findings(c, group, i, nil, day)
	if len(f) != 2 || f[0].Code != "A-02" || f[1].Code != "A-01" {
		t.Errorf("findings %+v, want A-02 (first section) before A-01", f)
	}
}

func TestProgressTellsWhatIsMissing(t *testing.T) {
	c := find(t, "cn.spot.foundation")
	i := record.Inspection{ID: "insp_1", StartedAt: "2026-06-01T09:00:00+08:00", Answers: map[string]record.Answer{}}
	org := foundation
	org.Facts = map[string]bool{"receives_donations": false, "does_public_fundraising": false, "is_charity": true, "has_special_funds": false, "has_entities": false}
	p := Progress(c, org, i, nil)
	if p.Total == 0 || len(p.Unanswered) != p.Total || p.Answered != 0 || len(p.MissingPhotos) != 0 {
		t.Fatalf("at the start: %+v, want everything unanswered", p)
	}
	i.Answers[key(t, c, "REG-01")] = value("conform")                                             // photo required, none taken
	i.Answers[key(t, c, "REG-05")] = record.Answer{Value: js("nonconform"), Reason: "门卫不让拍照"}     // a reason instead
	i.Answers[key(t, c, "REG-03")] = value("not_checked")                                         // nothing to take a picture of
	i.Answers[key(t, c, "GOV-01")] = value("2026-05-31")                                          // one day late on the day of the visit
	i.Answers[key(t, c, "FIN-24")] = record.Answer{Inputs: map[string]string{"charity_exp": "7"}} // the other figure is missing
	i.Answers[key(t, c, "DIS-01")] = value("2026-04-30")                                          // judged by nobody
	before := p.Total
	p = Progress(c, org, i, nil)
	if p.Total != before || p.Answered != 4 || p.Problems != 2 || len(p.Unanswered) != p.Total-6 {
		t.Errorf("progress %+v, want 4 answered, 2 problems, %d unanswered", p, p.Total-6)
	}
	if got := strings.Join(p.Incomplete, " "); got != "FIN-24 DIS-01" {
		t.Errorf("incomplete %s, want FIN-24 DIS-01", got)
	}
	if got := strings.Join(p.MissingPhotos, " "); got != "REG-01" {
		t.Errorf("missing photos %s, want REG-01", got)
	}
	i.Evidence = []record.Evidence{{Item: key(t, c, "REG-01"), Withdrawn: "模糊"}}
	if p = Progress(c, org, i, nil); len(p.MissingPhotos) != 1 {
		t.Errorf("missing photos %v, want REG-01: a withdrawn photo is none", p.MissingPhotos)
	}
	i.Evidence = append(i.Evidence, record.Evidence{Item: key(t, c, "REG-01")})
	if p = Progress(c, org, i, nil); len(p.MissingPhotos) != 0 {
		t.Errorf("missing photos %v, want none", p.MissingPhotos)
	}
	if f := Findings(c, org, i, nil, day.AddDate(0, 0, 30)); len(f) != p.Problems {
		t.Errorf("%d findings, %d problems", len(f), p.Problems)
	}
}

func TestTheFindingsOfAVisitDoNotChangeWithTheDayTheyAreComputed(t *testing.T) {
	c := find(t, "cn.spot.social-group")
	i := record.Inspection{ID: "insp_1", StartedAt: "2026-06-01T09:00:00+08:00", Answers: map[string]record.Answer{key(t, c, "GOV-01"): value("2026-06-02")}}
	for _, on := range []time.Time{day, day.AddDate(0, 0, 7)} {
		if f := Findings(c, group, i, nil, on); len(f) != 0 {
			t.Errorf("computed on %s: %d findings, want none: the term had not ended on the day of the visit", on.Format(time.DateOnly), len(f))
		}
	}
}

func TestTheQualityChecklistMakesNoFinding(t *testing.T) {
	c := find(t, "cn.quality-development")
	i := record.Inspection{ID: "insp_1", Answers: map[string]record.Answer{}}
	for _, it := range c.Items {
		i.Answers[it.UID] = judged(nil, record.Nonconform)
	}
	if f := Findings(c, group, i, nil, day); len(f) != 0 {
		t.Errorf("%d findings, want none", len(f))
	}
}

// whole is one checklist of all 242 items: longer than any real one.
func whole(t testing.TB) Checklist {
	t.Helper()
	b, err := assets.Law.ReadFile("law/items.json")
	if err != nil {
		t.Fatal(err)
	}
	var l struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatal(err)
	}
	for _, it := range l.Items {
		it["section"] = "all"
	}
	doc := map[string]any{"schema": Schema, "id": "x.whole", "version": "1.0.0", "status": "draft", "jurisdiction": "CN", "title": map[string]string{"zh": "全部"},
		"applies_to": []string{"social_group"}, "sections": []any{map[string]any{"id": "all", "title": map[string]string{"zh": "全部"}}}, "items": l.Items, "instruments": Provisions().Instruments}
	var out []byte
	if out, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// filled answers every item, every fifth with a problem.
func filled(c Checklist) record.Inspection {
	i := record.Inspection{ID: "insp_1", StartedAt: "2026-06-01T09:00:00+08:00", Answers: map[string]record.Answer{}}
	for n := range c.Items {
		it := &c.Items[n]
		a := value(record.Conform)
		switch {
		case n%5 == 0:
			a = record.Answer{Value: js(record.Nonconform), Fact: fmt.Sprint("问题", n)}
		case it.Answer.Type == Match:
			a = record.Answer{Seen: "示例市示例区示例路1号"}
		case it.Answer.Type == Money:
			a = value("123,456.78")
		case it.Answer.Type == Choice:
			a = value(it.Answer.Options[0].Value)
		case it.Answer.Type == Ratio:
			a = record.Answer{Inputs: map[string]string{"charity_exp": "10"}}
		}
		i.Answers[it.UID] = a
	}
	return i
}

func TestACompleteInspectionOfAllItems(t *testing.T) {
	c := whole(t)
	i := filled(c)
	p := Progress(c, public, i, []record.Finding{{ID: "find_1"}})
	if p.Total < 190 || p.Problems < 30 {
		t.Errorf("progress %+v, want about 200 items and 40 problems", p)
	}
	f := Findings(c, public, i, nil, day)
	if len(f) != p.Problems {
		t.Errorf("%d findings, %d problems", len(f), p.Problems)
	}
}

func BenchmarkProgressAndFindings(b *testing.B) {
	c := whole(b)
	i := filled(c)
	b.Run("all-242-items", func(b *testing.B) {
		for b.Loop() {
			Progress(c, public, i, nil)
			Findings(c, public, i, nil, day)
		}
	})
	spot := find(b, "cn.spot.foundation")
	j := filled(spot)
	b.Run("foundation-45-items", func(b *testing.B) {
		for b.Loop() {
			Progress(spot, public, j, nil)
			Findings(spot, public, j, nil, day)
		}
	})
}

func BenchmarkParseBuiltin(b *testing.B) {
	all := Builtin()
	for b.Loop() {
		for _, c := range all {
			if _, err := Parse(c.Bytes()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// An inspection moved to a newer version keeps its answers; one that the item there
// cannot hold is incomplete, and no seal closes over it.
func TestAnAnswerThatTheItemCannotHoldIsIncomplete(t *testing.T) {
	c := find(t, "cn.spot.foundation")
	for code, v := range map[string]string{"GOV-04": "a dozen", "GOV-01": "last summer", "FIN-18": "triangle", "REG-01": "12", "REG-04": "5"} {
		i := record.Inspection{ID: "insp_1", StartedAt: "2026-06-01T09:00:00+08:00", Answers: map[string]record.Answer{key(t, c, code): value(v)}}
		if p := Progress(c, public, i, nil); !slices.Contains(p.Incomplete, code) || p.Answered != 0 {
			t.Errorf("%s answered %q: %+v, want it incomplete", code, v, p)
		}
	}
}
