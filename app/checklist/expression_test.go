package checklist

import (
	"math/big"
	"strings"
	"testing"
)

func number(s string) Value {
	n, ok := ParseNumber(s)
	if !ok {
		panic(s)
	}
	return Value{Number: n}
}

func TestExpressionsComputeExactly(t *testing.T) {
	names := map[string]Value{"a": number("0.1"), "b": number("0.2"), "org.registered_capital": number("30000"), "zero": number("0"),
		"term_end": {Day: "2026-05-31"}, "inspection_date": {Day: "2026-06-01"}}
	look := func(n string) (Value, bool) { v, ok := names[n]; return v, ok }
	for text, want := range map[string]string{
		"a + b":                    "3/10", // binary fractions would give 0.30000000000000004
		"2 + 3 * 4":                "14/1",
		"(2 + 3) * 4":              "20/1",
		"8 / 4 / 2":                "1/1",
		"8 - 4 - 2":                "2/1",
		"-a * -2":                  "1/5",
		"1/3":                      "1/3",
		"org.registered_capital/2": "15000/1",
	} {
		e, err := Compile(text)
		if err != nil {
			t.Errorf("Compile(%q): %v", text, err)
			continue
		}
		r, err := e.Evaluate(look)
		if err != nil || r.Left.Number.String() != want {
			t.Errorf("%s = %v, %v, want %s", text, r.Left.Number, err, want)
		}
	}
	for text, want := range map[string]bool{
		"a + b == 0.3": true, "a + b != 0.3": false, "a >= 0.1": true, "a > 0.1": false, "a <= 0.1": true, "a < 0.1": false,
		"term_end >= inspection_date": false, "term_end < inspection_date": true,
	} {
		e, err := Compile(text)
		if err != nil {
			t.Errorf("Compile(%q): %v", text, err)
			continue
		}
		if r, err := e.Evaluate(look); err != nil || r.Holds != want {
			t.Errorf("%s holds %v, %v, want %v", text, r.Holds, err, want)
		}
	}
	for text, message := range map[string]string{"a / zero": "checklist.divisor_zero", "c > 1": "checklist.figure_missing", "term_end > 1": "checklist.day_and_number", "term_end + 1": "checklist.day_and_number", "-term_end": "checklist.day_and_number"} {
		e, err := Compile(text)
		if err != nil {
			t.Errorf("Compile(%q): %v", text, err)
			continue
		}
		if _, err := e.Evaluate(look); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: error %v, want %s", text, err, message)
		}
	}
}

func TestAllRulesAndFormulasOfTheItemsCompile(t *testing.T) {
	got := map[string]bool{}
	for _, it := range Library() {
		if it.Answer.Rule != "" {
			got[it.Answer.Rule] = true
		}
		for _, f := range it.Answer.Formula {
			got[f] = true
		}
	}
	want := []string{"net_assets >= org.registered_capital", "term_end >= inspection_date", "value >= 2",
		"charity_exp / income_prev >= 0.70", "charity_exp / net_assets_prev >= 0.08", "admin_cost / total_exp <= 0.10", "net_assets_prev / (total_exp/12)"}
	for _, text := range want {
		if !got[text] {
			t.Errorf("no item has %q any more", text)
		}
		if _, err := Compile(text); err != nil {
			t.Errorf("Compile(%q): %v", text, err)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the items have %d rules and formulas, this test knows %d", len(got), len(want))
	}
}

func TestWhatIsNoExpressionIsRefused(t *testing.T) {
	for _, text := range []string{"", " ", "a +", "a b", "a > b > c", "(a", "a)", "1.2.3", "1e9", "A > 1", "a = 1", "a >= (b > c)", "a && b", "f(a)", "\"x\"", "a;b", "org.", "会员 > 1",
		strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60), strings.Repeat("-", 200) + "1", strings.Repeat("9", 41), strings.Repeat("1+", 200) + "1"} {
		if e, err := Compile(text); err == nil {
			t.Errorf("Compile(%.30q) = %v, want an error", text, e)
		}
	}
}

func TestFiguresAreReadAsTyped(t *testing.T) {
	for text, want := range map[string]string{
		"12000": "12000", "12,000": "12000", "１２，０００．５": "12000.5", "3万元": "30000", "1.2亿元": "120000000", "¥3,000.50": "3000.5", "人民币3万元整": "30000",
		"3 万 元": "30000", "5000元人民币": "5000", "-20": "-20", "0": "0", "100万": "1000000", "3万元（人民币）": "30000", "￥8": "8",
	} {
		w, _ := new(big.Rat).SetString(want)
		if n, ok := ParseMoney(text); !ok || n.Cmp(w) != 0 {
			t.Errorf("ParseMoney(%q) = %v, %v, want %s", text, n, ok, want)
		}
	}
	for _, text := range []string{"", "万元", "1,5", "1,50,000", "1.5,0", "3万美元", "USD 5", "叁万元", "1e9", "--1", "1.", ".5", "NaN", "Inf", "0x10", "1_000", strings.Repeat("1", 41)} {
		if n, ok := ParseMoney(text); ok {
			t.Errorf("ParseMoney(%q) = %v, want none", text, n)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"net_assets >= org.registered_capital", "net_assets_prev / (total_exp/12)", "a/(b-b)", "-(-1)", "1>2", "((", "value >= 2"} {
		f.Add(s, "3万元")
	}
	f.Fuzz(func(t *testing.T, text, figure string) {
		n, ok := ParseMoney(figure)
		if ok && n == nil {
			t.Fatalf("ParseMoney(%q) is ok without a number", figure)
		}
		e, err := Compile(text)
		if err != nil {
			return
		}
		if again, err := Compile(e.String()); err != nil || len(again.Names()) != len(e.Names()) {
			t.Fatalf("%q compiles once but not twice: %v", text, err)
		}
		r, err := e.Evaluate(func(string) (Value, bool) { return Value{Number: n}, ok })
		if err == nil && (r.Left.Number == nil || (e.Comparison() != "") != (r.Right.Number != nil)) {
			t.Fatalf("%q of %q = %v", text, figure, r)
		}
	})
}

func FuzzArticle(f *testing.F) {
	for _, s := range []string{"30(1)(i)(v), 32", "7-10", "s. 46", "5(", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		places, ok := parseArticles(s)
		if ok && len(places) == 0 {
			t.Fatalf("%q is read as nothing", s)
		}
	})
}
