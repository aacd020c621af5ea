package checklist

import (
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

// scored is a small authored checklist: two questions of weight, one with
// shares, one veto, one that only records.
const scored = `{
 "schema": "plumbline-checklist/2", "id": "x.scored", "version": "1", "status": "draft", "jurisdiction": "CN", "title": {"en": "Scored"},
 "applies_to": ["social_group"], "languages": [""],
 "elements": [
  {"uid": "aaaaaa", "kind": "question", "type": "select_one", "list": "yn", "name": "accounts", "label": {"": "Accounts kept?"}, "inspect": {"severity": "major", "weight": "6"}},
  {"uid": "bbbbbb", "kind": "question", "type": "select_one", "list": "state", "name": "order", "label": {"": "Order of the files"}, "inspect": {"severity": "minor", "weight": "4"}},
  {"uid": "cccccc", "kind": "question", "type": "select_one", "list": "yn", "name": "exits", "label": {"": "Exits open?"}, "inspect": {"severity": "critical", "veto": true}},
  {"uid": "dddddd", "kind": "question", "type": "text", "name": "remark", "label": {"": "Remark"}}
 ],
 "lists": [
  {"name": "yn", "choices": [{"name": "yes", "label": {"": "Yes"}}, {"name": "no", "label": {"": "No"}, "nonconforming": true}]},
  {"name": "state", "choices": [{"name": "good", "label": {"": "Good"}, "score": "1"}, {"name": "fair", "label": {"": "Fair"}, "score": "0.5"}, {"name": "poor", "label": {"": "Poor"}, "score": "0", "nonconforming": true}]}
 ],
 "scoring": {"method": "METHOD", "weights": {"critical": "VETOWEIGHT"}, "bands": [{"min": "0", "grade": "C"}, {"min": "90", "grade": "A"}, {"min": "60", "grade": "B"}]},
 "legal_basis_of_check": [], "instruments": []
}`

func scoredChecklist(t interface{ Fatal(...any) }, changes ...string) Checklist {
	text := scored
	for n := 0; n+1 < len(changes); n += 2 {
		text = replaceOnce(t, text, changes[n], changes[n+1])
	}
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func replaceOnce(t interface{ Fatal(...any) }, s, old, by string) string {
	for n := 0; n+len(old) <= len(s); n++ {
		if s[n:n+len(old)] == old {
			return s[:n] + by + s[n+len(old):]
		}
	}
	t.Fatal("not in the text: " + old)
	return s
}

func scoreWith(c Checklist, answers map[string]string) Score {
	i := record.Inspection{Organization: record.Organization{Kind: record.SocialGroup}, Answers: map[string]record.Answer{}}
	for key, v := range answers {
		b, _ := json.Marshal(v)
		i.Answers[key] = record.Answer{Value: b}
	}
	nodes := NodesOf(c, i, nil, time0)
	score, _ := ScoreOf(c, nodes, i, SituationOf(c, i.Organization, i, time0))
	return score
}

func TestScores(t *testing.T) {
	weighted := []string{"METHOD", "weighted", "VETOWEIGHT", "0"}
	for _, x := range []struct {
		about   string
		changes []string
		answers map[string]string
		points  string
		grade   string
		open    int
	}{
		{"nothing answered, nothing scored", weighted, nil, "", "", 3},
		{"all good", weighted, map[string]string{"aaaaaa": "yes", "bbbbbb": "good", "cccccc": "yes"}, "100", "A", 0},
		{"a choice earns its share", weighted, map[string]string{"aaaaaa": "yes", "bbbbbb": "fair", "cccccc": "yes"}, "80", "B", 0},
		{"a problem earns nothing", weighted, map[string]string{"aaaaaa": "no", "bbbbbb": "good", "cccccc": "yes"}, "40", "C", 0},
		{"what does not apply counts neither way", weighted, map[string]string{"aaaaaa": "not_applicable", "bbbbbb": "fair", "cccccc": "yes"}, "50", "C", 0},
		{"what was not checked counts neither way", weighted, map[string]string{"aaaaaa": "yes", "bbbbbb": "not_checked", "cccccc": "yes"}, "100", "A", 0},
		{"what is open is told", weighted, map[string]string{"aaaaaa": "yes"}, "100", "A", 2},
		{"a veto gives the lowest grade, and leaves the points", weighted, map[string]string{"aaaaaa": "yes", "bbbbbb": "good", "cccccc": "no"}, "100", "C", 0},
		{"a veto may take the points too", append([]string{`"method": "METHOD"`, `"method": "METHOD", "veto": "zero"`}, weighted...),
			map[string]string{"aaaaaa": "yes", "bbbbbb": "good", "cccccc": "no"}, "0", "C", 0},
		{"deduction takes off what each problem costs", []string{"METHOD", "deduction", "VETOWEIGHT", "20"},
			map[string]string{"aaaaaa": "no", "bbbbbb": "fair", "cccccc": "yes"}, "92", "A", 0},
		{"a weight by severity", []string{"METHOD", "deduction", "VETOWEIGHT", "20"},
			map[string]string{"aaaaaa": "yes", "bbbbbb": "good", "cccccc": "no"}, "80", "C", 0},
		{"no less than nothing", []string{"METHOD", "deduction", "VETOWEIGHT", "2000"},
			map[string]string{"aaaaaa": "no", "bbbbbb": "poor", "cccccc": "no"}, "0", "C", 0},
		{"points out of another number", append([]string{`"method": "METHOD"`, `"method": "METHOD", "max": "12"`}, weighted...),
			map[string]string{"aaaaaa": "yes", "bbbbbb": "fair", "cccccc": "yes"}, "9.6", "C", 0},
	} {
		got := scoreWith(scoredChecklist(t, x.changes...), x.answers)
		grade := ""
		if got.Band != nil {
			grade = got.Band.Grade
		}
		if PointsText(got.Points) != x.points || grade != x.grade || got.Open != x.open {
			t.Errorf("%s: got %s points, grade %q, %d open, want %s, %q, %d", x.about, PointsText(got.Points), grade, got.Open, x.points, x.grade, x.open)
		}
	}
}

func TestAChecklistWithoutScoringHasNoScore(t *testing.T) {
	c, _ := Find("cn.spot.foundation")
	if _, ok := ScoreOf(c, nil, record.Inspection{}, Situation{}); ok {
		t.Error("a checklist that lays down no scoring was scored")
	}
}

// A later version weighs an item anew and has one more: only what counted in
// both is compared, by the later weights.
func TestScoresOfTwoVersionsAreComparedByWhatTheyShare(t *testing.T) {
	first := scoredChecklist(t, "METHOD", "weighted", "VETOWEIGHT", "0")
	second := scoredChecklist(t, "METHOD", "weighted", "VETOWEIGHT", "10", `"weight": "6"`, `"weight": "12"`)
	before := scoreWith(first, map[string]string{"aaaaaa": "no", "bbbbbb": "good"})
	after := scoreWith(second, map[string]string{"aaaaaa": "yes", "bbbbbb": "fair", "cccccc": "yes"})
	c := Compare(before, after)
	if c.Shared != 2 || PointsText(c.Before) != "25" || PointsText(c.After) != "87.5" {
		t.Errorf("got %d shared, %s before, %s after, want 2, 25, 87.5", c.Shared, PointsText(c.Before), PointsText(c.After))
	}
	if len(c.Better) != 1 || c.Better[0] != "accounts" || len(c.Worse) != 1 || c.Worse[0] != "order" || len(c.New) != 1 || c.New[0] != "exits" || len(c.Gone) != 0 {
		t.Errorf("got better %v, worse %v, new %v, gone %v", c.Better, c.Worse, c.New, c.Gone)
	}
}

func TestPropertyScoresStayWithinTheirRangeAndNoAnswerOrderMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]string{"weighted", "deduction"}).Draw(t, "method")
		c := scoredChecklist(t, "METHOD", method, "VETOWEIGHT", rapid.SampledFrom([]string{"0", "3", "12.5"}).Draw(t, "weight"))
		answers := map[string]string{}
		for uid, values := range map[string][]string{"aaaaaa": {"yes", "no"}, "bbbbbb": {"good", "fair", "poor"}, "cccccc": {"yes", "no"}} {
			if v := rapid.SampledFrom(append(values, "", "not_applicable", "not_checked")).Draw(t, uid); v != "" {
				answers[uid] = v
			}
		}
		got := scoreWith(c, answers)
		if got.Points == nil {
			return
		}
		if got.Points.Sign() < 0 || got.Points.Cmp(big.NewRat(100, 1)) > 0 {
			t.Fatalf("%v gives %s points", answers, PointsText(got.Points))
		}
		// Turning a problem into none never costs points.
		for uid, fine := range map[string]string{"aaaaaa": "yes", "cccccc": "yes", "bbbbbb": "good"} {
			if answers[uid] != "no" && answers[uid] != "poor" {
				continue
			}
			was := answers[uid]
			answers[uid] = fine
			if better := scoreWith(c, answers); better.Points.Cmp(got.Points) < 0 {
				t.Fatalf("%s from %s to %s takes points away: %s, before %s", uid, was, fine, PointsText(better.Points), PointsText(got.Points))
			}
			answers[uid] = was
		}
	})
}
