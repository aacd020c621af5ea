package xpath

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

// answers is a tree of elements that are nothing but a name and a text.
func answers(pairs ...string) *Node {
	data := &Node{Name: "data"}
	top := &Node{Kind: Document, Children: []*Node{data}}
	data.Parent = top
	for n := 0; n < len(pairs); n += 2 {
		data.Children = append(data.Children, &Node{Name: pairs[n], Text: pairs[n+1], Parent: data})
	}
	return data
}

func shanghai(t testing.TB) *Environment {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return &Environment{Zone: zone, Now: time.Date(2025, 6, 15, 10, 20, 30, 123e6, zone)}
}

func TestExpressionsComeToWhatODKSays(t *testing.T) {
	data := answers("age", "17", "papers", "id licence", "none", "", "born", "2008-02-29", "fee", "12.5", "fee", "7.5", "name", "李明")
	for _, c := range []struct{ expression, want string }{
		{"1 + 2 * 3", "7"},
		{"(1 + 2) * 3", "9"},
		{"10 - 2 - 3", "5"},
		{"- -2", "2"},
		{"7 mod 3", "1"},
		{"-7 mod 3", "-1"},
		{"1 div 3 * 3 = 1", "true"},
		{"0.1 + 0.2", "0.30000000000000004"},
		{"1 div 0", "Infinity"},
		{"/data/age + 1", "18"},
		{"age >= 18 or age = 17", "true"},
		{"1 and1", "true"},
		{"none + 1", "NaN"},
		{"none = ''", "true"},
		{"nothing = ''", "false"},
		{"nothing != ''", "false"},
		{"age > 'x'", "false"},
		{"'5' > '10'", "false"},
		{"fee = 7.5", "true"},
		{"sum(fee)", "20"},
		{"count(fee)", "2"},
		{"fee[2]", "7.5"},
		{"fee[. > 10]", "12.5"},
		{"fee[last()]", "7.5"},
		{"max(fee, 3)", "12.5"},
		{"min(fee)", "7.5"},
		{"count(fee | age)", "3"},
		{"selected(papers, 'id')", "true"},
		{"selected(papers, 'i')", "false"},
		{"selected-at(papers, 1)", "licence"},
		{"selected-at(papers, 2)", ""},
		{"count-selected(papers)", "2"},
		{"if(age < 18, 'minor', 'adult')", "minor"},
		{"coalesce(none, name)", "李明"},
		{"string-length(name)", "2"},
		{"substr(name, 0, 1)", "李"},
		{"concat(name, '-', fee)", "李明-12.57.5"},
		{"join(', ', fee)", "12.5, 7.5"},
		{"regex(name, '^\\p{Han}+$')", "true"},
		{"‘a’ = “a”", "true"},
		{"round(2.5)", "3"},
		{"round(-2.5)", "-3"},
		{"round(1234.567, 2)", "1234.57"},
		{"round(1234.567, -2)", "1200"},
		{"int(-3.7)", "-3"},
		{"not(false())", "true"},
		{"boolean-from-string('1')", "true"},
		{"number('007')", "7"},
		{"today()", "2025-06-15"},
		{"now()", "2025-06-15T10:20:30.123+08:00"},
		{"born < today()", "true"},
		{"date('2025-06-14') + 1 = date('2025-06-15')", "true"},
		{"date(date('2025-06-14') + 1)", "2025-06-15"},
		{"date('2025-02-30')", ""},
		{"format-date(born, '%e.%n.%Y')", "29.2.2008"},
		{"format-date-time(now(), '%H:%M:%S.%3 %a %b %y')", "10:20:30.123 Sun Jun 25"},
		{"int((today() - date(born)) div 365.25)", "17"},
		{"difference-in-months('2025-01-31', '2025-02-28')", "0"},
		{"decimal-time('12:00:00.000+08:00')", "0.5"},
		{"translate('2025-06', '-', '/')", "2025/06"},
		{"digest('plumb', 'SHA-256', 'hex')", "7b8a3f1af073c9b72ea0631011b870e4cd2938bede9fadadccdf876136c0bb1c"},
		{"/data/*[. = '17']", "17"},
		{"//fee", "12.5"},
		{"count(../data/fee)", "2"},
		{"name(*[1])", "age"},
	} {
		e, err := Parse(c.expression)
		if err != nil {
			t.Errorf("Parse(%s): %v", c.expression, err)
			continue
		}
		v, err := e.Evaluate(shanghai(t), data)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		if v.String() != c.want {
			t.Errorf("%s = %q, want %q", c.expression, v.String(), c.want)
		}
	}
}

func TestAFaultIsToldWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		expression, message string
		at                  int
	}{
		{"", "xpath.ends_early", 1},
		{"1 +", "xpath.ends_early", 4},
		{"${age} > ", "xpath.ends_early", 10},
		{"年龄 = 'x", "xpath.open_text", 6},
		{"${age", "xpath.open_reference", 1},
		{"selected(${a}, 'b'", "xpath.not_closed", 19},
		{"${a} = = 1", "xpath.unexpected", 8},
		{"${a} ${b}", "xpath.unexpected", 6},
		{"${a} ＝ 1", "xpath.full_width", 6},
		{"if（1，2，3）", "xpath.full_width", 3},
		{"a # b", "xpath.unexpected", 3},
		{"foo::bar", "xpath.unexpected", 1},
		{"${}", "xpath.unexpected", 1},
		{strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500), "xpath.deep", 201},
		{strings.Repeat("-", 500) + "1", "xpath.deep", 200},
		{strings.Repeat("a", MaxLength+1), "xpath.long", 0},
	} {
		_, err := Parse(c.expression)
		var e *record.Error
		if !errors.As(err, &e) {
			t.Errorf("Parse(%.40s) = %v, want %s", c.expression, err, c.message)
			continue
		}
		if at, _ := e.Args["at"].(int); e.Message != c.message || at != c.at {
			t.Errorf("Parse(%.40s) = %s at %d, want %s at %d", c.expression, e.Message, at, c.message, c.at)
		}
	}
}

func TestWhatWillGoWrongIsToldBefore(t *testing.T) {
	for expression, want := range map[string]string{
		"selected(${a}, 'b')":                 "",
		"selectd(${a}, 'b')":                  "xpath.unknown_function",
		"selected(${a})":                      "xpath.arguments",
		"regex(., '(?=x)')":                   "xpath.pattern",
		"regex(., 'a(')":                      "xpath.pattern",
		"if(true(), foo(), 1)":                "xpath.unknown_function",
		"/data/a[bar() = 1]/b":                "xpath.unknown_function",
		"regex(., '" + long("a", 3000) + "')": "xpath.pattern_long",
	} {
		e, err := Parse(expression)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, err := range e.Check() {
			var fault *record.Error
			if errors.As(err, &fault) {
				got = fault.Message
			}
		}
		if got != want {
			t.Errorf("Check(%.40s) = %q, want %q", expression, got, want)
		}
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }

func TestAnExpressionSaysWhatItReads(t *testing.T) {
	e, err := Parse("if(${a} = 1 and selected(/data/g/b, 'x'), instance('towns')/root/item[name = ${c} and ../d]/label, concat(${a}, pulldata('fees', 'fee', 'key', ../e)))")
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ got, want []string }{
		"References": {e.References(), []string{"a", "c"}},
		"Paths":      {e.Paths(), []string{"/data/g/b", "instance('towns')/root/item/label", "name", "../d", "../e"}},
		"Functions":  {e.Functions(), []string{"if", "selected", "instance", "concat", "pulldata"}},
		"Instances":  {e.Instances(), []string{"towns", "fees"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s = %q, want %q", what, c.got, c.want)
		}
	}
}

// A condition that is never reached may be wrong: "if" and "or" look no further
// than they must.
func TestOnlyWhatIsNeededIsEvaluated(t *testing.T) {
	for _, expression := range []string{"if(true(), 1, foo())", "true() or foo()", "not(false() and foo())", "coalesce(1, foo())"} {
		e, err := Parse(expression)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := e.Evaluate(shanghai(t), answers()); err != nil || !v.Boolean() {
			t.Errorf("%s = %v, %v, want true", expression, v, err)
		}
	}
}

func towns(n int) *Node {
	instance := &Node{Name: "instance"}
	root := &Node{Name: "root", Parent: instance}
	instance.Children = []*Node{root}
	for i := range n {
		item := &Node{Name: "item", Parent: root}
		for _, cell := range [][2]string{{"name", fmt.Sprint("t", i)}, {"county", fmt.Sprint("c", i%7)}, {"size", fmt.Sprint(i)}} {
			item.Children = append(item.Children, &Node{Name: cell[0], Text: cell[1], Parent: item})
		}
		root.Children = append(root.Children, item)
	}
	return instance
}

// A lookup by an equal value goes through an index, and comes to the same as
// looking at every row.
func TestALookupByIndexFindsWhatLookingAtEveryRowFinds(t *testing.T) {
	data := answers("county", "c3", "name", "t17", "empty", "")
	for _, predicate := range []string{
		"[county = /data/county]", "[/data/county = county]", "[county = ${county}]", "[county = ${county} and size > 50]", "[size > 50 and county = 'c3']",
		"[county = 'c3'][2]", "[county = ${empty}]", "[name = current()/../name]", "[county = 'c3' and position() < 20]", "[county = 'c3' or size = 2]", "[size = 5]", "[nothing = 'c3']",
		"[county = ${county}][size > 50]", "[county = /data/*]",
	} {
		e, err := Parse("instance('towns')/root/item" + predicate + "/name")
		if err != nil {
			t.Fatal(err)
		}
		find := func(list *Node) []string {
			env := shanghai(t)
			env.Root = data.Parent
			env.Instance = func(string) *Node { return list }
			env.Reference = func(name string, _ *Node, _ bool) []*Node { return []*Node{data.Child(name)} }
			v, err := e.Evaluate(env, data.Children[0])
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, n := range v.Nodes() {
				out = append(out, n.String())
			}
			return out
		}
		list := towns(200)
		indexed := find(list)
		list.Children[0].Live = unindexed{list.Children[0]}
		if every := find(list); !slices.Equal(indexed, every) {
			t.Errorf("%s finds %q by index, %q in every row", predicate, indexed, every)
		}
	}
}

// unindexed hides that a list never changes.
type unindexed struct{ n *Node }

func (u unindexed) Text() string         { return "" }
func (u unindexed) Children() []*Node    { return u.n.Children }
func (u unindexed) Named(string) []*Node { return u.n.Children }

func TestTooMuchWorkIsStopped(t *testing.T) {
	list := towns(3000)
	env := shanghai(t)
	env.Instance = func(string) *Node { return list }
	e, err := Parse("count(instance('a')/root/item[count(instance('a')/root/item[size > current()/size]) > 1])")
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Evaluate(env, answers())
	var fault *record.Error
	if !errors.As(err, &fault) || fault.Message != "xpath.work" {
		t.Errorf("err = %v, want xpath.work", err)
	}
}

// The same seed gives the same order as ODK's programs: the vector is that of
// the XForms specification's reference implementation.
func TestShufflingIsTheSameEverywhere(t *testing.T) {
	got := Shuffle([]string{"a", "b", "c", "d", "e", "f"}, 42)
	again := Shuffle([]string{"a", "b", "c", "d", "e", "f"}, 42)
	if !slices.Equal(got, again) {
		t.Errorf("one seed gives %q and %q", got, again)
	}
	if want := strings.Fields("a f c b d e"); !slices.Equal(got, want) {
		t.Errorf("seed 42 gives %q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Int()).Draw(t, "list")
		shuffled := Shuffle(list, rapid.Int64().Draw(t, "seed"))
		slices.Sort(shuffled)
		sorted := slices.Sorted(slices.Values(list))
		if !slices.Equal(shuffled, sorted) {
			t.Fatalf("%v became %v: something was lost or doubled", list, shuffled)
		}
	})
}

func TestANumberIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Float64().Draw(t, "n")
		if got := toNumber(formatNumber(n), nil); got != n && !math.IsInf(n, 0) {
			t.Fatalf("%v is written %s and read as %v", n, formatNumber(n), got)
		}
	})
}

func TestAMomentIsReadBackAsItWasWritten(t *testing.T) {
	zone := shanghai(t).Zone
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(-60_000_000_000_000, 250_000_000_000_000).Draw(t, "ms")
		want := time.UnixMilli(ms).In(zone)
		got, ok := readMoment(formatMoment(want), zone)
		// Before 1928 the zone's offset had seconds, which ISO 8601 cannot write.
		if _, offset := want.Zone(); offset%60 != 0 {
			return
		}
		if !ok || !got.Equal(want) {
			t.Fatalf("%s is written %s and read as %s", want, formatMoment(want), got)
		}
	})
}

// A stranger's expression may be anything.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"${age} >= 18 and selected(${papers}, 'id')", "../a/b[position() = last()]/@c", "instance('x')/root/item[name = current()/../y]/label",
		"if(regex(., '^[0-9]{4}$'), concat('a', .), \"b\")", "-1.5e3 div .5 mod 2 | //x", "‘a’ != “b”", "jr:choice-name(${x}, '${x}')", "a[1][2]/b//c", "processing-instruction('x')", "child::*/self::node()",
		"indexed-repeat(${a}, ${b}, 1)", "pulldata('t', 'a', 'b', ${c})", "(1", "${", "'", "[", "date('2025-06-15') + 1", "round(1 div 3, 400)", "substr(., -1)", "uuid(9)", "digest(., 'MD5')", "format-date(now(), '%Y%')",
	} {
		f.Add(s)
	}
	data := answers("a", "1 2", "b", "2025-06-15", "c", "x")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s)
		if err != nil {
			var fault *record.Error
			if !errors.As(err, &fault) {
				t.Fatalf("Parse(%q) = %v, want a fault that a person can read", s, err)
			}
			if at, ok := fault.Args["at"].(int); ok && (at < 1 || at > len([]rune(s))+1) {
				t.Fatalf("Parse(%q): the fault is at %d, beyond the text", s, at)
			}
			return
		}
		e.Check()
		e.References()
		e.Paths()
		list := towns(3)
		env := shanghai(t)
		env.Instance = func(string) *Node { return list }
		env.Reference = func(string, *Node, bool) []*Node { return data.Children }
		env.UUID = func() string { return "3f2c1f0e-7b0a-4c3d-9e8f-0123456789ab" }
		first, err := e.Evaluate(env, data.Children[0])
		if err != nil {
			var fault *record.Error
			if !errors.As(err, &fault) {
				t.Fatalf("Evaluate(%q) = %v, want a fault that a person can read", s, err)
			}
			return
		}
		again, err := e.Evaluate(env, data.Children[0])
		if err != nil || first.String() != again.String() || first.Boolean() != again.Boolean() {
			t.Fatalf("%q comes to %q, then %q, %v", s, first, again, err)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	list := towns(4580)
	env := shanghai(b)
	env.Instance = func(string) *Node { return list }
	data := answers("town", "t4000")
	env.Root = data.Parent
	e, err := Parse("instance('towns')/root/item[name = /data/town]/size")
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		if v, err := e.Evaluate(env, data); err != nil || v.String() != "4000" {
			b.Fatal(v, err)
		}
	}
}
