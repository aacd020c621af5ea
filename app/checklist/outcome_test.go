package checklist

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
)

var day = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// js gives a value as it stands in an answer.
func js(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func value(v any) record.Answer { return record.Answer{Value: js(v)} }

func judged(v any, judgement string) record.Answer {
	a := record.Answer{Inputs: map[string]string{JudgementInput: judgement}}
	if v != nil {
		a.Value = js(v)
	}
	return a
}

// libraryItem gives an item by its code.
func libraryItem(t testing.TB, code string) *Item {
	t.Helper()
	for n := range Library() {
		if Library()[n].Code == code {
			return &Library()[n]
		}
	}
	t.Fatalf("no item %s", code)
	return nil
}

var (
	group      = record.Organization{ID: "org_group", Kind: record.SocialGroup, Code: "51430100MJJ0000001", Name: "示例市（虚构）茶艺协会", Address: "示例市示例区示例路1号", LegalRepresentative: "张三", Capital: "3万元"}
	foundation = record.Organization{ID: "org_fund", Kind: record.Foundation, Capital: "200万元"}
	public     = record.Organization{ID: "org_public", Kind: record.Foundation, Fundraising: true}
	service    = record.Organization{ID: "org_service", Kind: record.ServiceOrganization}
)

func TestWhatAnAnswerComesTo(t *testing.T) {
	figures := map[string]string{"income_prev": "1,000,000", "net_assets_prev": "500万元", "charity_exp": "70万元", "total_exp": "100万元", "admin_cost": "100,001"}
	seen := func(s string) record.Answer { return record.Answer{Seen: s} }
	inputs := func(kv ...string) record.Answer {
		a := record.Answer{Inputs: map[string]string{}}
		for n := 0; n < len(kv); n += 2 {
			a.Inputs[kv[n]] = kv[n+1]
		}
		return a
	}
	reported := func(r, s string) record.Answer {
		return record.Answer{Seen: s, Inputs: map[string]string{ExpectedInput: r}}
	}
	for _, x := range []struct {
		code string
		org  record.Organization
		a    record.Answer
		want Outcome
		why  string
	}{
		{"REG-01", group, record.Answer{}, Unanswered, "nothing entered"},
		{"REG-01", group, record.Answer{Note: "稍后查看"}, Unanswered, "a note alone is no answer"},
		{"REG-01", group, value("conform"), NoProblem, ""},
		{"REG-01", group, value("nonconform"), Problem, ""},
		{"REG-01", group, value("partly"), PartlyRectified, ""},
		{"REG-01", group, value("not_applicable"), NotApplicable, ""},
		{"REG-01", group, value("not_checked"), NotChecked, ""},
		{"REG-01", group, value("maybe"), Incomplete, "not a value of conformity"},
		{"REG-01", group, value(1), Incomplete, "a number is none"},

		{"REG-05", group, seen("示例市示例区示例路１号"), NoProblem, "full-width digits"},
		{"REG-05", group, seen(" 示例市 示例区示例路1号 "), NoProblem, "spaces"},
		{"REG-05", group, seen("示例市示例区示例路2号"), Problem, "another house"},
		{"REG-05", group, record.Answer{Seen: "示例区示例路1号", Value: js("conform")}, NoProblem, "the inspector says it is the same place"},
		{"REG-05", group, value("nonconform"), Problem, "nobody there, nothing to compare"},
		{"REG-05", group, value("not_checked"), NotChecked, ""},
		{"REG-05", foundation, seen("示例路1号"), Incomplete, "the register has no address"},
		{"REG-04", group, seen("51430100mjj0000001"), NoProblem, "a code in small letters"},
		{"REG-07", group, seen("李四"), Problem, "another legal representative"},
		{"AR-10", group, reported("120万元", "1,200,000"), NoProblem, "the same amount in two forms"},
		{"AR-10", group, reported("120万元", "1,200,001"), Problem, "one yuan apart"},
		{"AR-10", group, seen("1,200,001"), Incomplete, "no reported value"},
		{"AR-10", group, inputs(ExpectedInput, "120万元"), Incomplete, "nothing seen"},
		{"AR-10", record.Organization{Kind: record.SocialGroup, Extra: map[string]string{"report.income": "1200000"}}, seen("120万元"), NoProblem, "the report's value came with the register"},
		{"INT-01", group, value("nonconform"), Problem, "judged directly"},

		{"FIN-18", group, value("unqualified"), NoProblem, ""},
		{"FIN-18", group, value("none"), Problem, "not audited"},
		{"FIN-18", group, value("unknown"), Incomplete, "no such option"},
		{"FIN-18", group, judged("qualified", "nonconform"), Problem, "the judgement stands above the list"},
		{"SEC-24", group, value("red"), Recorded, "information only"},
		{"DIS-07", group, value("na"), Recorded, "an option of its own"},
		{"PTY-19", group, value([]string{"union", "women"}), Recorded, ""},
		{"PTY-19", group, value([]string{}), Unanswered, "no option chosen yet"},
		{"PTY-19", group, value([]string{"club"}), Incomplete, "no such option"},
		{"PTY-19", group, value("not_checked"), NotChecked, ""},

		{"GOV-04", foundation, value("2"), NoProblem, ""},
		{"GOV-04", foundation, value(1), Problem, "one meeting a year"},
		{"GOV-04", foundation, judged(2, "nonconform"), Problem, "two meetings, but no quorum"},
		{"GOV-04", foundation, value("two"), Incomplete, "no number"},
		{"GOV-04", foundation, value("not_checked"), NotChecked, ""},
		{"GOV-01", group, value("2026-06-01"), NoProblem, "the term ends today"},
		{"GOV-01", group, value("2026-05-31"), Problem, "the term ended yesterday"},
		{"GOV-01", group, value("2026-02-30"), Incomplete, "no such day"},
		{"REG-12", group, value("30,000"), NoProblem, "exactly the registered capital"},
		{"REG-12", group, value("2.9999万元"), Problem, "one yuan short"},
		{"REG-12", public, value("1元"), Incomplete, "the register has no capital: nobody can compute"},
		{"REG-12", public, judged("1元", "nonconform"), Problem, "so the inspector judges"},
		{"DIS-01", group, value("2026-05-31"), Incomplete, "no rule: only the inspector can say if that was on time"},
		{"DIS-01", group, judged("2026-05-31", "conform"), NoProblem, ""},
		{"DIS-01", group, value("nonconform"), Problem, "never filed: there is no day"},
		{"GOV-13", group, value(49), Incomplete, "no rule"},
		{"GOV-13", group, judged(49, "nonconform"), Problem, ""},
		{"PTY-05", group, value("2.5"), Incomplete, "half a Party member"},
		{"HQ-03", group, value("12,000"), Recorded, ""},
		{"HQ-04", group, value("98%"), Recorded, ""},
		{"HQ-01", group, value(4), Recorded, ""},
		{"HQ-01", group, value(6), Incomplete, "beyond the scale"},
		{"HQ-17", group, value("缺少专职人员"), Recorded, ""},
		{"HQ-17", group, value("  "), Incomplete, "blank"},

		{"FIN-24", public, inputs("charity_exp", "70万元", "income_prev", "100万元"), NoProblem, "70 % exactly"},
		{"FIN-24", public, inputs("charity_exp", "699,999", "income_prev", "100万元"), Problem, "one yuan short of 70 %"},
		{"FIN-24", foundation, inputs("charity_exp", "8", "net_assets_prev", "100"), NoProblem, "8 % for one that may not raise funds from the public"},
		{"FIN-24", foundation, inputs("charity_exp", "8"), NoProblem, "the missing figure stands in another item"},
		{"FIN-24", foundation, inputs("charity_exp", "7", "net_assets_prev", "100"), Problem, "7 %"},
		{"FIN-24", public, inputs("charity_exp", "8", "income_prev", "0"), Incomplete, "nothing can be divided by no income"},
		{"FIN-24", service, inputs("charity_exp", "8", "net_assets_prev", "100"), Incomplete, "no formula for service organizations"},
		{"FIN-24", service, value("conform"), NoProblem, "so the inspector judges"},
		{"FIN-24", public, judged(nil, "conform"), NoProblem, "three-year average met"},
		{"FIN-25", public, inputs("admin_cost", "10", "total_exp", "100"), NoProblem, "10 % exactly"},
		{"FIN-25", public, inputs("admin_cost", "10.01", "total_exp", "100"), Problem, ""},
		{"HQ-10", group, inputs("net_assets_prev", "60", "total_exp", "120"), Recorded, "months of reserve"},

		{"REC-04", group, value("rectified"), NoProblem, ""},
		{"REC-04", group, value("partly"), PartlyRectified, ""},
		{"REC-04", group, value("not_rectified"), Problem, ""},
		{"REC-04", group, value("recurred"), Problem, ""},
		{"REG-01", group, value("rectified"), Incomplete, "said only of earlier findings"},
	} {
		s := Situation{Organization: x.org, Day: "2026-06-01"}
		if x.why == "the missing figure stands in another item" {
			s.Figures = map[string]string{"net_assets_prev": "100"}
		}
		it := libraryItem(t, x.code)
		if got := OutcomeOf(Node{Item: it, Key: it.UID}, x.a, s); got != x.want {
			t.Errorf("%s answered %s seen %q inputs %v: %s, want %s (%s)", x.code, x.a.Value, x.a.Seen, x.a.Inputs, got, x.want, x.why)
		}
	}
	// The figures of a finance check come from its own items.
	s := Situation{Organization: public, Figures: figures}
	if r := RatioOf(libraryItem(t, "FIN-24"), record.Answer{}, s); r.Err != nil || !r.Meets || RatioText(r, "zh") != "计算比例 70.00%（标准 ≥70%）" {
		t.Errorf("FIN-24 from the other items = %s, meets %v, want 70 %% and met", RatioText(r, "zh"), r.Meets)
	}
	if r := RatioOf(libraryItem(t, "FIN-25"), record.Answer{}, s); r.Meets || RatioText(r, "en") != "Computed ratio 10.0001% (standard ≤ 10%)" {
		t.Errorf("FIN-25 from the other items = %s, meets %v, want 10.0001 %% and not met: it may not look like 10 %%", RatioText(r, "en"), r.Meets)
	}
	if r := RatioOf(libraryItem(t, "FIN-24"), record.Answer{}, Situation{Organization: public}); RatioText(r, "zh") != "缺少“本年度慈善活动支出”，无法计算。请填写，或由检查人员自行判断。" {
		t.Errorf("a missing figure reads %s", RatioText(r, "zh"))
	}
}

func TestAStatedFactMakesAFoundationPublic(t *testing.T) {
	it := libraryItem(t, "FIN-24")
	a := record.Answer{Inputs: map[string]string{"charity_exp": "50", "income_prev": "100", "net_assets_prev": "100"}}
	if r := RatioOf(it, a, Situation{Organization: foundation}); r.Subtype != PrivateFoundation || !r.Meets {
		t.Errorf("register silent: %s, meets %v, want private and met", r.Subtype, r.Meets)
	}
	if r := RatioOf(it, a, Situation{Organization: foundation, Stated: map[string]bool{"public_foundation": true}}); r.Subtype != PublicFoundation || r.Meets {
		t.Errorf("stated to be public: %s, meets %v, want public and not met", r.Subtype, r.Meets)
	}
}

func TestRatioInputsAreNamedInBothLanguages(t *testing.T) {
	var got []string
	for _, f := range RatioInputs(libraryItem(t, "FIN-24")) {
		got = append(got, f.Key+" "+f.Name.Chinese+" "+f.Name.English)
	}
	want := "charity_exp 本年度慈善活动支出 Charitable expenditure of the year|income_prev 上年度总收入 Total income of last year|net_assets_prev 上年末净资产 Net assets at end of last year"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("inputs are %s, want %s", s, want)
	}
}

func TestAnAnswerThatCannotBeKeptIsToldBesideItsField(t *testing.T) {
	days := -1
	for _, x := range []struct {
		code           string
		a              record.Answer
		message, field string
	}{
		{"REG-01", value("ok"), "checklist.not_one_of", "value"},
		{"REG-01", value(map[string]int{"a": 1}), "checklist.value_form", "value"},
		{"REG-01", value("rectified"), "checklist.not_one_of", "value"},
		{"FIN-18", value("good"), "checklist.not_one_of", "value"},
		{"PTY-19", value([]string{"club"}), "checklist.no_option", "value"},
		{"PTY-19", value([]string{"union", "union"}), "checklist.twice", "value"},
		{"PTY-19", value([]string{"none", "union"}), "checklist.none_with_others", "value"},
		{"GOV-04", value("two"), "checklist.not_number", "value"},
		{"PTY-05", value("-3"), "checklist.not_count", "value"},
		{"REG-12", value("3万美元"), "checklist.not_money", "value"},
		{"HQ-04", value("-5%"), "checklist.not_percent", "value"},
		{"GOV-01", value("31.5.2026"), "checklist.not_date", "value"},
		{"HQ-01", value(0), "checklist.not_rating5", "value"},
		{"FIN-24", record.Answer{Inputs: map[string]string{"charity_exp": "many"}}, "checklist.not_money", "inputs/charity_exp"},
		{"FIN-24", record.Answer{Inputs: map[string]string{"cost": "1"}}, "checklist.no_input", "inputs/cost"},
		{"REG-01", record.Answer{Inputs: map[string]string{"judgement": "fine"}}, "checklist.not_one_of", "inputs/judgement"},
		{"REG-01", record.Answer{Inputs: map[string]string{"expected": "x"}}, "checklist.no_input", "inputs/expected"},
		{"REG-01", record.Answer{Value: js("nonconform"), Severity: record.Info}, "checklist.not_one_of", "severity"},
		{"REG-01", record.Answer{Value: js("nonconform"), DeadlineDays: &days}, "checklist.negative", "deadline_days"},
	} {
		err := Validate(libraryItem(t, x.code), x.a)
		e, ok := err.(*record.Error)
		if !ok || e.Message != x.message || e.Field != x.field {
			t.Errorf("%s %s %v: %v, want %s at %s", x.code, x.a.Value, x.a.Inputs, err, x.message, x.field)
		}
	}
	for code, a := range map[string]record.Answer{
		"REG-01": value("partly"), "REG-05": {Seen: "任何地方"}, "AR-10": {Seen: "1", Inputs: map[string]string{"expected": "2"}}, "FIN-18": value("not_checked"), "PTY-19": value([]string{"none"}),
		"GOV-04": judged(3, "nonconform"), "GOV-01": value("2026-05-31"), "REC-04": value("recurred"), "HQ-17": value("无"), "FIN-24": value("conform"), "REG-12": value("nonconform"), "REG-02": {}, "REG-03": value(nil), "HQ-01": value("5"),
	} {
		if err := Validate(libraryItem(t, code), a); err != nil {
			t.Errorf("%s %s %v: %v, want no error", code, a.Value, a.Inputs, err)
		}
	}
	if err := ValidateFact(value("maybe")); err == nil {
		t.Error("a fact that is neither yes nor no was taken")
	}
	if err := ValidateFact(value("yes")); err != nil {
		t.Errorf("a stated fact: %v", err)
	}
}

// What Validate takes, OutcomeOf can read: else an inspector is told "incomplete"
// without being told what is wrong.
func TestWhatIsTakenIsUnderstood(t *testing.T) {
	values := []any{"conform", "nonconform", "partly", "not_applicable", "not_checked", "rectified", "not_rectified", "recurred", "1", 1, "2.5", "-1", "3万元", "85%", "2026-05-31", "x", []string{"none"}, []string{"union"}, "pass", "5A", "none"}
	for n := range Library() {
		it := &Library()[n]
		if it.Answer.Type == Match || it.Answer.Type == Ratio {
			continue // what they come to is computed from more than the value
		}
		for _, v := range values {
			a := value(v)
			if Validate(it, a) != nil {
				continue
			}
			got := OutcomeOf(Node{Item: it}, a, Situation{Organization: record.Organization{Capital: "1"}, Day: "2026-06-01"})
			if got == Unanswered || got == Incomplete && !NeedsJudgement(it) {
				t.Errorf("%s takes %v but makes it %s", it.Code, v, got)
			}
		}
	}
}

func TestAnswersReadAsOfficialsSayThem(t *testing.T) {
	for _, x := range []struct {
		code   string
		a      record.Answer
		zh, en string
	}{
		{"REG-01", value("conform"), "未发现问题", "No problem found"},
		{"REG-01", value("nonconform"), "存在问题", "Problem found"},
		{"REG-01", value("not_applicable"), "不涉及", "Not applicable"},
		{"REG-01", value("not_checked"), "未检查", "Not checked"},
		{"REG-01", record.Answer{}, "未填写", "Not answered"},
		{"REC-04", value("partly"), "部分整改", "Partly rectified"},
		{"REC-04", value("recurred"), "反弹", "Recurred"},
		{"REG-05", record.Answer{Seen: "示例路2号", Value: js("conform")}, "现场所见：示例路2号；未发现问题", "Seen on site: 示例路2号; No problem found"},
		{"AR-10", record.Answer{Seen: "2", Inputs: map[string]string{"expected": "1"}}, "填报：1；现场所见：2", "Reported: 1; Seen on site: 2"},
		{"FIN-18", value("none"), "未审计", "Not audited"},
		{"PTY-19", value([]string{"union", "league"}), "工会、共青团", "Trade union, Youth League"},
		{"GOV-04", judged(2, "nonconform"), "2；存在问题", "2; Problem found"},
		{"REG-12", value("30,000"), "30,000元", "CNY 30,000"},
		{"REG-12", value("3万元"), "3万元", "3万元"},
		{"HQ-04", value(98.5), "98.5%", "98.5%"},
		{"GOV-01", value("2026-03-01"), "2026年3月1日", "1 March 2026"},
		{"GOV-01", value("nonconform"), "存在问题", "Problem found"},
		{"HQ-01", value(4), "4/5", "4/5"},
		{"FIN-24", record.Answer{Inputs: map[string]string{"charity_exp": "70万元", "income_prev": "100万元"}}, "本年度慈善活动支出：70万元；上年度总收入：100万元", "Charitable expenditure of the year: 70万元; Total income of last year: 100万元"},
	} {
		it := libraryItem(t, x.code)
		if got := AnswerText(it, x.a, "zh"); got != x.zh {
			t.Errorf("%s in Chinese: %s, want %s", x.code, got, x.zh)
		}
		if got := AnswerText(it, x.a, "en"); got != x.en {
			t.Errorf("%s in English: %s, want %s", x.code, got, x.en)
		}
	}
}

func ExampleConditionText() {
	fmt.Println(ConditionText("has_canteen", "zh"))
	fmt.Println(ConditionText("has_canteen", "en"))
	// Output:
	// 仅在以下情形适用：设有食堂或助餐点
	// Applies only if: it runs a canteen or meal point
}
