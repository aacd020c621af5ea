package checklist

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
)

var time0 = time.Date(2026, 11, 24, 9, 0, 0, 0, time.FixedZone("", 8*3600))

const household = `{
 "schema": "plumbline-checklist/2", "id": "x.household", "version": "1", "status": "draft", "jurisdiction": "CN", "title": {"en": "Household"},
 "applies_to": ["social_group"], "languages": ["English (en)", "中文"], "default_language": "English (en)",
 "elements": [
  {"uid": "canteen", "kind": "question", "type": "select_one", "list": "yn", "name": "canteen", "label": {"English (en)": "Is there a **canteen**?", "中文": "有食堂吗？"}},
  {"uid": "seats0", "kind": "question", "type": "integer", "name": "seats", "label": {"English (en)": "How many seats?"}, "required": "yes", "relevant": "${canteen} = 'yes'",
   "constraint": ". > 0 and . < 1000", "inspect": {"severity": "minor", "fail_when": ". > 200 and ${canteen} = 'yes'", "item_no": "4.1"}},
  {"uid": "group1", "kind": "repeat", "name": "cook", "label": {"English (en)": "Cook"}, "relevant": "${canteen} = 'yes'", "elements": [
   {"uid": "cookname", "kind": "question", "type": "text", "name": "who", "label": {"English (en)": "Name"}},
   {"uid": "cookcard", "kind": "question", "type": "select_one", "list": "yn", "name": "card", "label": {"English (en)": "Does ${who} have a health card?", "中文": "${who}有健康证吗？"}, "inspect": {"severity": "major", "answer": "conformity"}}
  ]},
  {"uid": "note01", "kind": "question", "type": "note", "name": "bye", "label": {"English (en)": "Thank you"}}
 ],
 "lists": [{"name": "yn", "choices": [{"name": "yes", "label": {"English (en)": "Yes"}}, {"name": "no", "label": {"English (en)": "No"}}]}],
 "legal_basis_of_check": [], "instruments": []
}`

func householdVisit(t *testing.T, answers map[string]string) (Checklist, record.Inspection, []Node) {
	t.Helper()
	c, err := Parse([]byte(household))
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := c.Logic(); len(problems) > 0 {
		t.Fatalf("the checklist's logic has problems: %v", problems[0].Err)
	}
	i := record.Inspection{Organization: record.Organization{Kind: record.SocialGroup}, Answers: map[string]record.Answer{}}
	for key, v := range answers {
		b, _ := json.Marshal(v)
		i.Answers[key] = record.Answer{Value: b}
	}
	return c, i, NodesOf(c, i, nil, time0)
}

func keys(nodes []Node) (out []string) {
	for _, n := range nodes {
		out = append(out, n.Key)
	}
	return out
}

func TestOnlyWhatIsRelevantIsAsked(t *testing.T) {
	_, _, nodes := householdVisit(t, nil)
	if got := keys(nodes); !slices.Equal(got, []string{"canteen"}) {
		t.Errorf("before any answer it asks %v, want canteen only", got)
	}
	_, _, nodes = householdVisit(t, map[string]string{"canteen": "no", "seats0": "20"})
	if got := keys(nodes); !slices.Equal(got, []string{"canteen"}) {
		t.Errorf("without a canteen it asks %v, want canteen only", got)
	}
	_, _, nodes = householdVisit(t, map[string]string{"canteen": "yes"})
	if got := keys(nodes); !slices.Equal(got, []string{"canteen", "seats0", "cookname@1", "cookcard@1"}) {
		t.Errorf("with a canteen it asks %v", got)
	}
}

func TestEveryInstanceOfARepeatIsAskedWithItsOwnWords(t *testing.T) {
	c, _, nodes := householdVisit(t, map[string]string{
		"canteen": "yes", "cookname@1": "李明", InstanceKey("group1", "7kq"): Yes, "cookname@7kq": "𬱖文", InstanceKey("group1", "8zz"): No, "cookname@8zz": "gone",
	})
	if got := keys(nodes); !slices.Equal(got, []string{"canteen", "seats0", "cookname@1", "cookcard@1", "cookname@7kq", "cookcard@7kq"}) {
		t.Fatalf("it asks %v", got)
	}
	if got := nodes[5].Item.Text; got.English != "Does 𬱖文 have a health card?" || got.Chinese != "𬱖文有健康证吗？" {
		t.Errorf("the second cook's card is asked for as %q, %q", got.English, got.Chinese)
	}
	if it, _ := c.Item("cookcard"); it.Text.English != "Does ${who} have a health card?" {
		t.Errorf("the checklist itself has changed: %q", it.Text.English)
	}
	if r := c.RepeatOf("cook"); r == nil || r.UID != "group1" {
		t.Error("the repeat is not found by its name")
	}
}

func TestWhatTheLogicSaysOfAnAnswer(t *testing.T) {
	for _, x := range []struct {
		seats string
		want  Outcome
	}{{"", Unanswered}, {"20", NoProblem}, {"300", Problem}, {"5000", Incomplete}, {"0", Incomplete}} {
		answers := map[string]string{"canteen": "yes"}
		if x.seats != "" {
			answers["seats0"] = x.seats
		}
		c, i, nodes := householdVisit(t, answers)
		s := SituationOf(c, i.Organization, i, time0)
		if got := OutcomeOf(nodes[1], i.Answers["seats0"], s); got != x.want {
			t.Errorf("%q seats come to %s, want %s", x.seats, got, x.want)
		}
		findings := Findings(c, i.Organization, i, nil, time0)
		if (len(findings) == 1) != (x.want == Problem) || len(findings) == 1 && (findings[0].Code != "4.1" || findings[0].Severity != record.Minor) {
			t.Errorf("%q seats make the findings %v", x.seats, findings)
		}
	}
}

func TestOptionalQuestionsDoNotHoldTheSealUp(t *testing.T) {
	c, i, _ := householdVisit(t, map[string]string{"canteen": "yes"})
	p := Progress(c, i.Organization, i, nil)
	// Required: seats. A judgement is asked of the card. The cook's name is optional.
	if want := []string{"4.1", "card"}; !slices.Equal(p.Unanswered, want) || p.Total != 3 || p.Answered != 1 {
		t.Errorf("%d of %d answered, unanswered %v; want 1 of 3, %v", p.Answered, p.Total, p.Unanswered, want)
	}
}

func TestMarksOfMarkdownAndHTMLDoNotPrint(t *testing.T) {
	for in, want := range map[string]string{
		"Is there a **canteen**?": "Is there a canteen?", "<b>Name</b> of <span style=\"color:red\">owner</span>": "Name of owner",
		"See [the law](https://example.org/a)": "See the law", "# Head": "Head", "a < b and c > d": "a < b and c > d", "2 * 3 * 4": "2 * 3 * 4", "snake_case_name": "snake_case_name",
	} {
		if got := plainLabel(in); got != want {
			t.Errorf("plainLabel(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDefaultsThatComputeAndDefaultsThatStand(t *testing.T) {
	for _, x := range []struct {
		text, kind string
		want       bool
	}{
		{"today()", "date", true}, {"2012-01-02", "text", false}, {"2012-01-02", "date", false}, {"foo-bar", "text", false}, {"10 - 2", "integer", true}, {"-5", "integer", false},
		{"${a}", "text", true}, {"'a + b'", "text", false}, {"a div b", "text", true}, {"5.0 5.0 0.0 0.0", "geopoint", false}, {"2", "integer", false}, {"1+1", "integer", true},
		{"jr://images/a.jpg", "image", false}, {"https://example.org/a?b", "text", false},
	} {
		if got := dynamic(x.text, x.kind); got != x.want {
			t.Errorf("dynamic(%q, %s) = %v, want %v", x.text, x.kind, got, x.want)
		}
	}
}

func TestTheValueItselfInFailWhen(t *testing.T) {
	for in, want := range map[string]string{
		". > 5": "../q > 5", "selected(., 'a.b')": "selected(../q, 'a.b')", ".5 < . and .. = 1.5": ".5 < ../q and .. = 1.5", "${a.b} = .": "${a.b} = ../q", "string-length(.)>0": "string-length(../q)>0",
	} {
		if got := selfAs(in, "../q"); got != want {
			t.Errorf("selfAs(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestVersionsAreOrderedAsPeopleCount(t *testing.T) {
	ordered := []string{"", "1", "1.0.0", "1.0.1", "1.9", "1.10", "2", "10", "2014120401", "v1", "v2"}
	for n := range ordered {
		for k := range ordered {
			want := 0
			if n < k {
				want = -1
			} else if n > k {
				want = 1
			}
			if got := CompareVersions(ordered[n], ordered[k]); got != want {
				t.Errorf("CompareVersions(%q, %q) = %d, want %d", ordered[n], ordered[k], got, want)
			}
		}
	}
}

// What an inspector sees stands in the order of the form: questions, the
// instances of a repeat with their own heading, where to add one, and notes.
func TestTheLinesOfAFormStandInItsOrder(t *testing.T) {
	c, i, nodes := householdVisit(t, map[string]string{"canteen": "yes", "cookname@1": "李明", InstanceKey("group1", "7"): Yes, "cookname@7": "𬱖文"})
	var got []string
	for _, l := range LinesOf(c.Fill(i, time0), nodes) {
		words := string(l.Kind) + " " + l.Section + " " + l.Instance + " " + l.Text.English
		if l.Kind == AskLine {
			words = string(l.Kind) + " " + l.Section + " " + l.Node.Key
		}
		got = append(got, words)
	}
	want := []string{"ask general canteen", "ask general seats0", "instance group1 1 Cook 1", "ask group1 cookname@1", "ask group1 cookcard@1",
		"instance group1 7 Cook 2", "ask group1 cookname@7", "ask group1 cookcard@7", "repeat group1  Cook", "note group1  Thank you"}
	if !slices.Equal(got, want) {
		t.Errorf("the lines are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, _, nodes = householdVisit(t, map[string]string{"canteen": "no"})
	if _, i, _ := householdVisit(t, map[string]string{"canteen": "no"}); len(LinesOf(c.Fill(i, time0), nodes)) != 2 {
		t.Error("without a canteen there are more lines than the question and the note")
	}
}

func TestAnInstanceAddedComesBehindAllThatThereAre(t *testing.T) {
	first := NewInstance([]string{"1"}, time0, 7)
	second := NewInstance([]string{"1", first}, time0, 3)
	if CompareVersions("1", first) >= 0 || CompareVersions(first, second) >= 0 {
		t.Errorf("1, %s, %s are not in order", first, second)
	}
	if NewInstance([]string{"1"}, time0, 8) == first {
		t.Error("two laptops give the same name in one moment")
	}
}

func TestATypeRefusesWhatIsNoneOfIt(t *testing.T) {
	item := func(kind, parameters string) *Item {
		e := `{"uid": "thing1", "kind": "question", "type": "` + kind + `", "name": "thing", "parameters": "` + parameters + `", "label": {"": "Thing"}}`
		c, err := Parse([]byte(strings.Replace(strings.Split(household, `"elements": [`)[0], "x.household", "x.thing", 1) + `"elements": [` + e + `], "legal_basis_of_check": [], "instruments": []}`))
		if err != nil {
			t.Fatal(err)
		}
		return &c.Items[0]
	}
	for _, x := range []struct {
		kind, parameters string
		good, bad        string
	}{
		{"integer", "", "-12", "12.5"}, {"decimal", "", "12.5", "a few"}, {"range", "start=1 end=5", "5", "6"}, {"date", "", "2026-11-24", "24.11.2026"},
		{"time", "", "10:30", "half past ten"}, {"dateTime", "", "2026-11-24T10:30", "2026-11-24 at ten"}, {"geopoint", "", "30.25 120.1 5", "30.25"},
	} {
		it := item(x.kind, x.parameters)
		if err := Validate(it, value(x.good)); err != nil {
			t.Errorf("%s refuses %s: %v", x.kind, x.good, err)
		}
		if err := Validate(it, value(x.bad)); err == nil {
			t.Errorf("%s takes %s", x.kind, x.bad)
		}
	}
}

// Whoever moves an inspection to a later version is told what that changes, and
// which answers do not fit any more.
func TestALaterVersionSaysWhatItChanges(t *testing.T) {
	from, i, _ := householdVisit(t, map[string]string{"canteen": "no", "seats0": "20", "cookname@1": "李明"})
	later := strings.NewReplacer(`"version": "1"`, `"version": "2"`, `{"name": "no", "label": {"English (en)": "No"}}`, `{"name": "never", "label": {"English (en)": "Never"}}`,
		"How many seats?", "How many places?", `"severity": "minor", "fail_when"`, `"severity": "major", "fail_when"`, `"uid": "cookname"`, `"uid": "cookwho0"`).Replace(household)
	to, err := Parse([]byte(later))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range Changes(from, to, i) {
		s := string(c.Kind) + " " + c.Code
		if c.Answered {
			s += " answered"
		}
		if c.Unfit {
			s += " unfit"
		}
		got = append(got, s)
	}
	want := []string{"answer canteen answered unfit", "reworded 4.1 answered", "judged 4.1 answered", "added who", "gone who answered"}
	if !slices.Equal(got, want) {
		t.Errorf("it changes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := Changes(from, from, i); len(c) != 0 {
		t.Errorf("a version changes %v against itself", c)
	}
}

func TestAFindingSaysOfWhichInstanceItIs(t *testing.T) {
	c, i, _ := householdVisit(t, map[string]string{"canteen": "yes", InstanceKey("group1", "7"): Yes, "cookname@7": "𬱖文", "cookcard@7": record.Nonconform})
	f := Findings(c, i.Organization, i, nil, time0)
	if len(f) != 1 || f[0].Title.English != "Does 𬱖文 have a health card? (Cook 2)" || f[0].Title.Chinese != "𬱖文有健康证吗？（Cook 2）" {
		t.Errorf("the findings are %+v", f)
	}
}
