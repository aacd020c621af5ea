package checklist

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"plumbline/app/record"
)

// large is an authored checklist of 1,300 questions as inspections have them: in
// groups, reasons and deadlines asked only where the answer is no, a score for
// each group, and labels that name the organization.
func large(t testing.TB) Checklist {
	t.Helper()
	question := func(uid, kind string, more map[string]any) map[string]any {
		e := map[string]any{"uid": uid, "kind": "question", "type": kind, "name": uid, "label": map[string]string{"English (en)": "Is " + uid + " of ${organization} in order?", "中文": "${organization}的" + uid + "是否合规？"}}
		maps.Copy(e, more)
		return e
	}
	elements := []map[string]any{question("organization", "text", nil)}
	for g := range 26 {
		var inside []map[string]any
		score := "0"
		for q := range 16 {
			uid := fmt.Sprintf("ques%02dx%02d", g, q)
			inside = append(inside,
				question(uid, "select_one", map[string]any{"list": "yn", "required": "yes", "inspect": map[string]any{"severity": "minor", "fail_when": ". = 'no'"}}),
				question(uid+"why", "text", map[string]any{"relevant": "${" + uid + "} = 'no'", "required": "${" + uid + "} = 'no'", "constraint": "string-length(.) > 3"}),
				question(uid+"days", "integer", map[string]any{"relevant": "${" + uid + "} = 'no'", "constraint": ". > 0 and . <= 90"}))
			score += " + if(${" + uid + "} = 'yes', 1, 0)"
		}
		inside = append(inside, map[string]any{"uid": fmt.Sprintf("score%d", g), "kind": "question", "type": "calculate", "name": fmt.Sprintf("score%d", g), "calculation": score})
		elements = append(elements, map[string]any{"uid": fmt.Sprintf("group%d", g), "kind": "group", "name": fmt.Sprintf("group%d", g), "label": map[string]string{"English (en)": fmt.Sprint("Part ", g)}, "elements": inside})
	}
	b, err := json.Marshal(map[string]any{"schema": SchemaElements, "id": "x.large", "version": "1", "status": "draft", "jurisdiction": "CN", "title": map[string]string{"en": "Large"},
		"applies_to": []string{"social_group"}, "languages": []string{"English (en)", "中文"}, "default_language": "English (en)", "elements": elements,
		"lists": []any{map[string]any{"name": "yn", "choices": []any{map[string]any{"name": "yes"}, map[string]any{"name": "no"}}}}, "legal_basis_of_check": []string{}, "instruments": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// BenchmarkAnswer is what an answer to a checklist of 1,300 questions costs in a
// window: the logic, what is to be answered and read, progress, score and findings. All
// is answered; every tenth no has its reason and deadline open.
func BenchmarkAnswer(b *testing.B) {
	c := large(b)
	now := time0
	i := record.Inspection{ID: "insp_x", StartedAt: now.Format(time.RFC3339), Organization: record.Organization{Kind: record.SocialGroup, Name: "Sunshine"}, Answers: map[string]record.Answer{}}
	for n := range c.Items {
		switch it := &c.Items[n]; it.Answer.Type {
		case Choice:
			i.Answers[it.UID] = value([]string{"yes", "yes", "yes", "yes", "no"}[n%5])
		case Number:
			i.Answers[it.UID] = value("15")
		default:
			i.Answers[it.UID] = value("the door is locked")
		}
	}
	f := c.Fill(i, now)
	var took []time.Duration
	b.ResetTimer()
	for n := range b.N {
		i.Answers = maps.Clone(i.Answers)
		i.Answers[fmt.Sprintf("ques%02dx%02d", n%26, n/26%16)] = value([]string{"no", "yes"}[n/416%2])
		start := time.Now()
		f.Continue(i, now)
		nodes := f.Nodes(i, nil)
		LinesOf(f, nodes)
		s := SituationOf(c, i.Organization, i, now)
		ScoreOf(c, nodes, i, s)
		ProgressOf(c, nodes, i, s)
		FindingsOf(c, nodes, i, s, now)
		took = append(took, time.Since(start))
	}
	if f.begun != 1 {
		b.Errorf("the logic was set out %d times, want once", f.begun)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(len(c.Items)), "questions")
}
