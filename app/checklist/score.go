package checklist

import (
	"math/big"
	"sort"
	"strconv"
	"strings"

	"plumbline/app/record"
)

// How points are counted.
const (
	Weighted  = "weighted"  // what was earned, of what could be
	Deduction = "deduction" // from the full number, what each problem costs
)

// What a veto does beside giving the lowest grade.
const (
	VetoGrade = ""     // nothing
	VetoZero  = "zero" // no points either
)

// Scoring says how the answers come to points and a grade.
type Scoring struct {
	Method  string            `json:"method"`  // weighted | deduction
	Max     string            `json:"max"`     // points of a perfect inspection; "" is 100
	Weights map[string]string `json:"weights"` // by severity, for items without a weight of their own
	Veto    string            `json:"veto"`    // what a problem in a veto item does to the points
	Bands   []Band            `json:"bands"`
}

// Band is one grade and the points from which it is given.
type Band struct {
	Min   string      `json:"min"` // points; a decimal number
	Grade string      `json:"grade"`
	Label record.Text `json:"label"`
}

// settle checks a scoring and puts its bands in order, the highest first.
func (s *Scoring) settle() error {
	if err := firstError(oneOf("scoring.method", s.Method, Weighted, Deduction), oneOf("scoring.veto", s.Veto, VetoGrade, VetoZero)); err != nil {
		return err
	}
	if n, ok := points(s.Max); s.Max != "" && (!ok || n.Sign() <= 0) {
		return wrong("scoring.max", "checklist.not_points", map[string]any{"value": s.Max})
	}
	for severity, w := range s.Weights {
		if err := oneOf("scoring.weights", record.Severity(severity), severities...); err != nil {
			return err
		}
		if _, ok := points(w); !ok {
			return wrong("scoring.weights."+severity, "checklist.not_points", map[string]any{"value": w})
		}
	}
	for n, b := range s.Bands {
		at := "scoring.bands[" + strconv.Itoa(n) + "]"
		if _, ok := points(b.Min); !ok {
			return wrong(at+".min", "checklist.not_points", map[string]any{"value": b.Min})
		}
		if b.Grade == "" {
			return wrong(at+".grade", "checklist.missing", nil)
		}
	}
	sort.SliceStable(s.Bands, func(a, b int) bool { return rat(s.Bands[a].Min).Cmp(rat(s.Bands[b].Min)) > 0 })
	return nil
}

// points reads a number of points: decimal, not negative.
func points(s string) (*big.Rat, bool) {
	n, ok := ParseNumber(s)
	return n, ok && n.Sign() >= 0
}

func rat(s string) *big.Rat {
	n, ok := points(s)
	if !ok {
		return new(big.Rat)
	}
	return n
}

// ItemScore is what one answer earned.
type ItemScore struct {
	UID     string
	Key     string // where the answer is kept
	Code    string
	Outcome Outcome
	Weight  *big.Rat // what it could earn, or cost
	Earned  *big.Rat // of the weight
	Veto    bool     // a problem in a veto item
}

// Score is what the answers to a checklist come to. It is exact: equal answers
// give equal points on every machine.
type Score struct {
	Method string
	Points *big.Rat // nil when no answer counts yet
	Max    *big.Rat
	Band   *Band       // the grade, nil where none is laid down or no points are
	Vetoed []ItemScore // problems in veto items
	Items  []ItemScore // what counts, in order; not applicable, not checked and not answered do not
	Open   int         // items with a weight that are not answered yet: the score can still change
}

// ScoreOf computes the score of an inspection; ok is false when the checklist
// lays down no scoring. Items that do not apply or were not checked count
// neither for nor against; a problem that is partly put right earns half.
func ScoreOf(c Checklist, nodes []Node, i record.Inspection, s Situation) (score Score, ok bool) {
	how := c.Scoring
	if how == nil {
		return score, false
	}
	score = Score{Method: how.Method, Max: big.NewRat(100, 1)}
	if how.Max != "" {
		score.Max = rat(how.Max)
	}
	could, earned, lost := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, n := range nodes {
		a := i.Answers[n.Key]
		x := ItemScore{UID: n.Item.UID, Key: n.Key, Code: n.Item.Code, Outcome: OutcomeOf(n, a, s), Weight: how.weight(n.Item)}
		veto := n.Item.element != nil && n.Item.element.Inspect != nil && n.Item.element.Inspect.Veto
		if x.Weight.Sign() == 0 && !veto {
			continue
		}
		share, counts := c.share(n.Item, a, x.Outcome)
		if !counts {
			if x.Outcome == Unanswered || x.Outcome == Incomplete {
				score.Open++
			}
			continue
		}
		x.Earned = new(big.Rat).Mul(x.Weight, share)
		x.Veto = veto && x.Outcome == Problem
		if x.Veto {
			score.Vetoed = append(score.Vetoed, x)
		}
		score.Items = append(score.Items, x)
		could.Add(could, x.Weight)
		earned.Add(earned, x.Earned)
		lost.Add(lost, new(big.Rat).Sub(x.Weight, x.Earned))
	}
	switch {
	case len(score.Items) == 0:
		return score, true
	case how.Method == Deduction:
		score.Points = new(big.Rat).Sub(score.Max, lost)
		if score.Points.Sign() < 0 {
			score.Points.SetInt64(0)
		}
	case could.Sign() == 0: // veto items without a weight, and nothing else yet
		score.Points = new(big.Rat).Set(score.Max)
	default:
		score.Points = new(big.Rat).Mul(score.Max, new(big.Rat).Quo(earned, could))
	}
	if len(score.Vetoed) > 0 && how.Veto == VetoZero {
		score.Points = new(big.Rat)
	}
	score.Band = how.band(score.Points, len(score.Vetoed) > 0)
	return score, true
}

// weight gives what an item counts: its own weight, else that of its severity.
func (s *Scoring) weight(it *Item) *big.Rat {
	if e := it.element; e != nil && e.Inspect != nil && e.Inspect.Weight != "" {
		return rat(e.Inspect.Weight)
	}
	return rat(s.Weights[string(it.Severity)])
}

// share gives the part of its weight that an answer earns: what the choices
// say, else all for no problem and nothing for one.
func (c Checklist) share(it *Item, a record.Answer, o Outcome) (share *big.Rat, counts bool) {
	switch o {
	case NoProblem, Problem, Recorded:
		if s, ok := c.chosenShare(it, a); ok {
			return s, true
		}
	}
	switch o {
	case NoProblem:
		return big.NewRat(1, 1), true
	case Problem:
		return new(big.Rat), true
	case PartlyRectified:
		return big.NewRat(1, 2), true
	}
	return nil, false
}

// chosenShare adds up the scores of the choices that were taken, at most 1.
func (c Checklist) chosenShare(it *Item, a record.Answer) (share *big.Rat, ok bool) {
	if it.element == nil || Judgement(it, a) != "" {
		return nil, false
	}
	list := c.List(it.element.List, false)
	if list == nil {
		return nil, false
	}
	share = new(big.Rat)
	for _, v := range chosen(a) {
		for n := range list.Choices {
			if o := &list.Choices[n]; o.Name == v && o.Score != "" {
				share.Add(share, rat(o.Score))
				ok = true
				break
			}
		}
	}
	if share.Cmp(one) > 0 {
		share.Set(one)
	}
	return share, ok
}

// band gives the highest band that these points reach; a veto gives the lowest.
func (s *Scoring) band(points *big.Rat, vetoed bool) *Band {
	if len(s.Bands) == 0 {
		return nil
	}
	lowest := &s.Bands[len(s.Bands)-1]
	if vetoed {
		return lowest
	}
	for n := range s.Bands {
		if points.Cmp(rat(s.Bands[n].Min)) >= 0 {
			return &s.Bands[n]
		}
	}
	return lowest
}

// PointsText writes points for people: at most two decimals, rounded half away
// from zero, and none that say nothing.
func PointsText(n *big.Rat) string {
	if n == nil {
		return ""
	}
	s := n.FloatString(2)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Comparison sets two scores beside each other, of one organization in two
// years or of two organizations, whatever versions of the checklist they were
// made with: only items that counted in both are compared.
type Comparison struct {
	Shared        int      // answers that counted in both
	Before, After *big.Rat // percent of what could be earned with these; nil when Shared is 0
	Better, Worse []string // codes, as the later checklist calls them
	Gone, New     []string // codes of what counted in one only
}

// Compare compares an earlier score with a later one, item by item. What an
// item weighs is taken from the later one, so that a new weight is no change.
func Compare(before, after Score) Comparison {
	var c Comparison
	old := map[string]ItemScore{}
	for _, x := range before.Items {
		old[x.Key] = x
	}
	could, a, b := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, x := range after.Items {
		o, ok := old[x.Key]
		if !ok {
			c.New = append(c.New, x.Code)
			continue
		}
		delete(old, x.Key)
		c.Shared++
		was, is := part(o), part(x)
		could.Add(could, x.Weight)
		a.Add(a, new(big.Rat).Mul(x.Weight, was))
		b.Add(b, new(big.Rat).Mul(x.Weight, is))
		switch is.Cmp(was) {
		case 1:
			c.Better = append(c.Better, x.Code)
		case -1:
			c.Worse = append(c.Worse, x.Code)
		}
	}
	for _, x := range before.Items {
		if _, left := old[x.Key]; left {
			c.Gone = append(c.Gone, x.Code)
		}
	}
	if could.Sign() > 0 {
		hundred := big.NewRat(100, 1)
		c.Before = new(big.Rat).Mul(hundred, a.Quo(a, could))
		c.After = new(big.Rat).Mul(hundred, b.Quo(b, could))
	}
	return c
}

// part gives the share of its weight an item earned. One without a weight
// counts by its outcome.
func part(x ItemScore) *big.Rat {
	if x.Weight.Sign() > 0 {
		return new(big.Rat).Quo(x.Earned, x.Weight)
	}
	if x.Outcome == Problem {
		return new(big.Rat)
	}
	return big.NewRat(1, 1)
}
