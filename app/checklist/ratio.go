package checklist

import (
	"math/big"
	"sort"

	"plumbline/app/record"
)

// Subtypes of foundations that formulas tell apart.
const (
	PublicFoundation  = "public_foundation"  // 公募: may raise funds from the public
	PrivateFoundation = "private_foundation" // 非公募
)

// Figure is one amount that a ratio is computed from.
type Figure struct {
	Key  string
	Name record.Text
}

// RatioInputs lists the figures a ratio item needs, whatever the organization:
// the inspector may note them even where no formula is laid down. They are
// given as Answer.Inputs by key, or come from the items with that key.
func RatioInputs(it *Item) []Figure {
	subtypes := make([]string, 0, len(it.Answer.formulas))
	for s := range it.Answer.formulas {
		subtypes = append(subtypes, s)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(subtypes))) // public before private
	var out []Figure
	seen := map[string]bool{}
	for _, s := range subtypes {
		for _, name := range it.Answer.formulas[s].Names() {
			if !seen[name] {
				seen[name] = true
				out = append(out, Figure{Key: name, Name: it.figureName(name)})
			}
		}
	}
	return out
}

// RatioResult is what a ratio item comes to.
type RatioResult struct {
	Formula   string   // the formula used, "" where none is laid down for this organization
	Subtype   string   // whose formula it is
	Value     *big.Rat // nil when it could not be computed
	Threshold *big.Rat // nil where the formula sets none
	Sign      string   // how value and threshold must compare: ">="
	Meets     bool     // whether they do
	Err       error    // why it could not be computed: a *record.Error

	item *Item
}

// formulaFor picks the formula for an organization: that of its subtype, of
// its kind, or the one for all.
func (it *Item) formulaFor(org *record.Organization, stated map[string]bool) (subtype string, e *Expression) {
	subtype = string(org.Kind)
	if org.Kind == record.Foundation {
		subtype = PrivateFoundation
		public, known := factOf(org, stated, PublicFoundation)
		if !known {
			public, _ = factOf(org, stated, "does_public_fundraising")
		}
		if public {
			subtype = PublicFoundation
		}
	}
	for _, s := range []string{subtype, string(org.Kind), "all"} {
		if e := it.Answer.formulas[s]; e != nil {
			return s, e
		}
	}
	return "", nil
}

// RatioOf computes a ratio item from the answer's own figures, and from those
// answered elsewhere in the checklist for what the answer leaves out.
func RatioOf(it *Item, a record.Answer, s Situation) RatioResult {
	r := RatioResult{item: it}
	var e *Expression
	if r.Subtype, e = it.formulaFor(&s.Organization, s.Stated); e == nil {
		r.Err = &record.Error{Code: record.NotFound, Message: "checklist.no_formula", Field: it.Code}
		return r
	}
	r.Formula, r.Sign = e.String(), e.Comparison()
	got, err := e.Evaluate(func(name string) (Value, bool) {
		if text := a.Inputs[name]; text != "" {
			n, ok := ParseMoney(text)
			return Value{Number: n}, ok
		}
		return s.figure(name)
	})
	if err != nil {
		r.Err = err
		return r
	}
	r.Value, r.Threshold, r.Meets = got.Left.Number, got.Right.Number, got.Holds
	return r
}

// share writes a ratio for people: as a percentage when it is held against a
// threshold, with as many decimals as it takes not to look equal to a
// threshold it differs from.
func share(n, threshold *big.Rat) string {
	if threshold == nil {
		return n.FloatString(1)
	}
	hundred := big.NewRat(100, 1)
	p := new(big.Rat).Mul(n, hundred)
	limit := new(big.Rat).Mul(threshold, hundred)
	for decimals := 2; ; decimals++ {
		text := p.FloatString(decimals)
		shown, _ := new(big.Rat).SetString(text)
		if shown.Cmp(limit) == p.Cmp(limit) || decimals == 12 {
			return text + "%"
		}
	}
}
