package form

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// large is a form of 1,300 questions as inspection forms are: in groups, most
// relevant only after a yes, some required only then, a score for each group
// and a total over all, a finding where an answer is no.
func large() *Form {
	f := &Form{Lists: []List{{Name: "yn", Choices: []Choice{{Name: "yes", Label: Text{"": "Yes"}}, {Name: "no", Label: Text{"": "No"}}}}}}
	total := "0"
	for g := range 26 {
		group := &Node{Kind: Group, Name: fmt.Sprintf("g%d", g), Relevant: fmt.Sprintf("not(selected(${skip}, 'g%d'))", g)}
		score := "0"
		for q := range 16 {
			name := fmt.Sprintf("q%d_%d", g, q)
			group.Children = append(group.Children,
				&Node{UID: name, Name: name, Type: TypeSelectOne, Choices: Choices{List: "yn"}, Required: "true()", Label: Text{"": "Is ${organization} in order?"}},
				&Node{UID: name + "_why", Name: name + "_why", Relevant: fmt.Sprintf("${%s} = 'no'", name), Required: fmt.Sprintf("${%s} = 'no'", name), Constraint: "string-length(.) > 3"},
				&Node{UID: name + "_days", Name: name + "_days", Type: TypeInteger, Relevant: fmt.Sprintf("${%s} = 'no'", name), Constraint: ". > 0 and . <= 90"})
			score += fmt.Sprintf(" + if(${%s} = 'yes', 1, 0)", name)
		}
		group.Children = append(group.Children, &Node{UID: group.Name + "_score", Name: group.Name + "_score", Type: TypeCalculate, Calculate: score})
		total += fmt.Sprintf(" + number(${%s_score})", group.Name)
		f.Nodes = append(f.Nodes, group)
	}
	f.Nodes = append([]*Node{{UID: "organization", Name: "organization"}, {UID: "skip", Name: "skip"}}, f.Nodes...)
	f.Nodes = append(f.Nodes, &Node{UID: "total", Name: "total", Type: TypeCalculate, Calculate: "round((" + total + ") div 416 * 100, 1)"},
		&Node{Kind: Repeat, Name: "person", Children: []*Node{{Name: "p_name"}, {Name: "p_no", Type: TypeCalculate, Calculate: "position(..)"}}})
	return f
}

func questions(f *Form) int {
	n := 0
	var count func([]*Node)
	count = func(list []*Node) {
		for _, x := range list {
			if x.Kind == Question {
				n++
			}
			count(x.Children)
		}
	}
	count(f.Nodes)
	return n
}

// BenchmarkAnswer answers the questions of a form of 1,300 one after the other.
func BenchmarkAnswer(b *testing.B) {
	f := large()
	compiled, problems := Compile(f)
	if len(problems) > 0 {
		b.Fatal(problems[0].Err)
	}
	in := compiled.Begin(circumstances())
	var took []time.Duration
	b.ReportMetric(float64(questions(f)), "questions")
	b.ResetTimer()
	for n := range b.N {
		item := in.Find(fmt.Sprintf("/data/g%d/q%d_%d", n%26, n%26, n/26%16))
		start := time.Now()
		if _, err := in.Answer(item, []string{"yes", "no"}[n/416%2]); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkAnswerThatMatters answers the question on which every group's
// relevance depends.
func BenchmarkAnswerThatMatters(b *testing.B) {
	compiled, _ := Compile(large())
	in := compiled.Begin(circumstances())
	skip := in.Find("/data/skip")
	for n := range b.N {
		if _, err := in.Answer(skip, []string{"g1", "g2 g3", ""}[n%3]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBegin(b *testing.B) {
	compiled, _ := Compile(large())
	for range b.N {
		compiled.Begin(circumstances())
	}
}

func BenchmarkCompile(b *testing.B) {
	f := large()
	for range b.N {
		Compile(f)
	}
}
