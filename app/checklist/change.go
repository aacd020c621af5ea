package checklist

import (
	"reflect"
	"slices"
	"strings"

	"plumbline/app/record"
)

// ChangeKind is in what a later version of a checklist differs at one item.
type ChangeKind string

const (
	ItemAdded    ChangeKind = "added"
	ItemGone     ChangeKind = "gone"     // what was answered stays in the journal and is not asked any more
	ItemReworded ChangeKind = "reworded" //
	ItemAnswered ChangeKind = "answer"   // it is answered in another way
	ItemJudged   ChangeKind = "judged"   // severity, deadline or provisions
	ItemLogic    ChangeKind = "logic"    // when it is asked, and what it accepts
)

// VersionChange is one thing that a later version of a checklist changes for an
// inspection that moves to it.
type VersionChange struct {
	Kind   ChangeKind  `json:"kind"`
	Code   string      `json:"code"`
	Text   record.Text `json:"text"`
	Before record.Text `json:"before"` // of ItemReworded
	// Answered: the item is answered already. Unfit: that answer does not fit the
	// later version, where it counts as incomplete until it is mended.
	Answered bool `json:"answered"`
	Unfit    bool `json:"unfit"`
}

// Changes lists what a later version changes for an inspection, in the order of
// the later version, with what is gone at the end.
func Changes(from, to Checklist, i record.Inspection) []VersionChange {
	answers := map[string][]record.Answer{}
	for key, a := range i.Answers {
		if uid, _ := record.SplitItemKey(key); !a.Empty() {
			answers[uid] = append(answers[uid], a)
		}
	}
	var out []VersionChange
	for _, it := range to.ordered {
		old, known := from.uids[it.UID]
		c := VersionChange{Code: it.Code, Text: it.Text, Answered: len(answers[it.UID]) > 0}
		if !known {
			c.Kind = ItemAdded
			out = append(out, c)
			continue
		}
		c.Unfit = slices.ContainsFunc(answers[it.UID], func(a record.Answer) bool { return Validate(it, a) != nil })
		for _, kind := range differences(old, it) {
			if c.Kind = kind; kind == ItemReworded {
				c.Before = old.Text
			}
			out = append(out, c)
			c.Before = record.Text{}
		}
	}
	for _, it := range from.ordered {
		if to.uids[it.UID] == nil {
			out = append(out, VersionChange{Kind: ItemGone, Code: it.Code, Text: it.Text, Answered: len(answers[it.UID]) > 0})
		}
	}
	return out
}

func differences(a, b *Item) (out []ChangeKind) {
	if a.Text != b.Text {
		out = append(out, ItemReworded)
	}
	x, y := a.Answer, b.Answer
	if x.Type != y.Type || !slices.Equal(x.Options, y.Options) || !slices.Equal(x.Nonconforming, y.Nonconforming) || x.Rule != y.Rule || !reflect.DeepEqual(x.Formula, y.Formula) {
		out = append(out, ItemAnswered)
	}
	if a.Severity != b.Severity || a.DeadlineDays() != b.DeadlineDays() || !reflect.DeepEqual(a.Basis, b.Basis) || a.Evidence != b.Evidence {
		out = append(out, ItemJudged)
	}
	if logicOf(a) != logicOf(b) {
		out = append(out, ItemLogic)
	}
	return out
}

// logicOf is what decides when an item is asked and what it accepts.
func logicOf(it *Item) string {
	e := it.element
	if e == nil {
		return it.AppliesIf
	}
	parts := []string{e.Type, e.Relevant, e.Constraint, e.Required, e.Calculation, e.ChoiceFilter, e.Default, e.ReadOnly, e.Parameters, it.AppliesIf}
	if e.Inspect != nil {
		parts = append(parts, e.Inspect.FailWhen)
	}
	return strings.Join(parts, "\x00")
}
