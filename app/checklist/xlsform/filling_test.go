package xlsform

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/soaktest"
)

// anAnswer makes up an answer to a question, one that its type takes.
func anAnswer(r *rand.Rand, n checklist.Node) json.RawMessage {
	text := func(s string) json.RawMessage { b, _ := json.Marshal(s); return b }
	offered := n.Item.Answer.Options
	if q := n.Question; q != nil && len(q.Offered) > 0 {
		offered = q.Offered
	}
	switch n.Item.Answer.Type {
	case checklist.Number, checklist.Count:
		return text(fmt.Sprint(r.IntN(120)))
	case checklist.Date:
		return text(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(700)-300).Format(time.DateOnly))
	case checklist.MultiChoice:
		var names []string
		for _, o := range offered {
			if r.IntN(2) == 0 {
				names = append(names, o.Value)
			}
		}
		b, _ := json.Marshal(names)
		return b
	case checklist.Choice:
		if len(offered) == 0 {
			return nil
		}
	}
	if len(offered) > 0 {
		return text(offered[r.IntN(len(offered))].Value)
	}
	return text([]string{"Li Na", "12", "2026-03-04", "10:30", "30.25 120.1 5 3"}[r.IntN(5)])
}

// The logic that lives on from answer to answer says what a new one would say:
// what is on the screen is what another laptop, and the server, read from the
// same record.
func TestAnswersOneByOneComeToTheSameAsAllAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	seed := soaktest.Seed(t)
	forms, steps, questions := 0, 0, 0
	var slowest time.Duration
	for _, f := range corpusForms(t) {
		in, err := Open(filepath.Join(corpus, f.File), Options{})
		if err != nil {
			t.Fatal(err)
		}
		c := in.Checklist
		if compiled, _ := c.Logic(); compiled == nil {
			continue
		}
		forms++
		r := soaktest.Random(seed, uint64(forms))
		i := record.Inspection{ID: "insp_x", StartedAt: "2026-11-24T09:30:00+08:00", Organization: record.Organization{Kind: record.SocialGroup}, Answers: map[string]record.Answer{}}
		now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.FixedZone("", 8*3600))
		alive := c.Fill(i, now)
		for range soaktest.Rounds(12, 200) {
			nodes := alive.Nodes(i, nil)
			if len(nodes) == 0 {
				break
			}
			n := nodes[r.IntN(len(nodes))]
			switch repeats := strings.Split(n.Repeat, "."); {
			case n.Repeat != "" && len(repeats) == 1 && r.IntN(6) == 0:
				for _, g := range []string{checklist.Yes, checklist.No} {
					if e := repeatOf(c, n.Item.Element()); e != nil {
						i.Answers[checklist.InstanceKey(e.UID, fmt.Sprint(2+r.IntN(3)))] = record.Answer{Value: json.RawMessage(`"` + g + `"`)}
					}
				}
			case r.IntN(8) == 0:
				delete(i.Answers, n.Key)
			default:
				i.Answers[n.Key] = record.Answer{Value: anAnswer(r, n)}
			}
			start := time.Now()
			alive.Continue(i, now)
			got := alive.Nodes(i, nil)
			slowest = max(slowest, time.Since(start))
			want := checklist.NodesOf(c, i, nil, now)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: after %s the logic that lived on and a new one differ: %s", f.ID, n.Key, firstDifference(got, want))
				break
			}
			steps++
			questions += len(got)
		}
	}
	t.Logf("CORPUS: %d forms, %d answers, %d questions compared; slowest answer %v", forms, steps, questions, slowest.Round(time.Microsecond))
}

func repeatOf(c checklist.Checklist, e *checklist.Element) (repeat *checklist.Element) {
	c.Walk(func(x *checklist.Element, above []*checklist.Element) {
		for _, a := range above {
			if x == e && a.Kind == checklist.RepeatElement {
				repeat = a
			}
		}
	})
	return repeat
}

func firstDifference(a, b []checklist.Node) string {
	for n := range min(len(a), len(b)) {
		if !reflect.DeepEqual(a[n], b[n]) {
			return fmt.Sprintf("%s: %+v %+v, %+v %+v", a[n].Key, a[n], a[n].Question, b[n], b[n].Question)
		}
	}
	return fmt.Sprintf("%d and %d questions", len(a), len(b))
}
