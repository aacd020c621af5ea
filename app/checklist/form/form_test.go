package form

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/app/checklist/xpath"
	"plumbline/app/record"
)

func text(s string) Text { return Text{"": s} }

func ask(name string, t Type) *Node { return &Node{UID: "n_" + name, Name: name, Type: t} }

// begin compiles a form that must be without fault, and starts a filling.
func begin(t testing.TB, f *Form) *Instance {
	t.Helper()
	compiled, problems := Compile(f)
	for _, p := range problems {
		t.Fatalf("%s: %v", p.Column, p.Err)
	}
	return compiled.Begin(circumstances())
}

func answer(t testing.TB, in *Instance, ref, value string) []*Item {
	t.Helper()
	i := in.Find(ref)
	if i == nil {
		t.Fatalf("there is no %s", ref)
	}
	changed, err := in.Answer(i, value)
	if err != nil {
		t.Fatalf("answer %s with %q: %v", ref, value, err)
	}
	return changed
}

func value(t testing.TB, in *Instance, ref string) string {
	t.Helper()
	i := in.Find(ref)
	if i == nil {
		t.Fatalf("there is no %s", ref)
	}
	return in.State(i).Value
}

func wantValue(t testing.TB, in *Instance, ref, want string) {
	t.Helper()
	if got := value(t, in, ref); got != want {
		t.Errorf("%s = %q, want %q", ref, got, want)
	}
}

func faultOf(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return fmt.Sprint(err)
}

func TestAQuestionAppearsWhenItMattersAndKeepsItsAnswerMeanwhile(t *testing.T) {
	why := ask("why", TypeText)
	why.Relevant, why.Required = "${ok} = 'no'", "true()"
	in := begin(t, &Form{Nodes: []*Node{ask("ok", TypeText), why}})
	if in.State(in.Find("/data/why")).Relevant {
		t.Error("the reason is asked before anything is wrong")
	}
	answer(t, in, "/data/ok", "no")
	if s := in.State(in.Find("/data/why")); !s.Relevant || !s.Missing {
		t.Errorf("state = %+v, want a relevant question whose answer is missing", s)
	}
	answer(t, in, "/data/why", "no light")
	answer(t, in, "/data/ok", "yes")
	wantValue(t, in, "/data/why", "")
	if got := in.Find("/data/why").Stored(); got != "no light" {
		t.Errorf("stored = %q, want the answer to be kept", got)
	}
	answer(t, in, "/data/ok", "no")
	wantValue(t, in, "/data/why", "no light")
}

func TestAnAnswerTellsWhatElseIsDifferentNow(t *testing.T) {
	total := ask("total", TypeCalculate)
	total.Calculate = "${a} + ${b}"
	late := ask("late", TypeText)
	late.Relevant = "${total} > 10"
	note := ask("note", TypeNote)
	note.Label = text("You said ${a}.")
	other := ask("other", TypeText)
	other.Label = text("Nothing.")
	in := begin(t, &Form{Nodes: []*Node{ask("a", TypeInteger), ask("b", TypeInteger), total, late, note, other}})
	if got := in.Label(in.Find("/data/note")); got != "You said ." {
		t.Fatalf("label = %q", got)
	}
	names := func(items []*Item) string {
		var out []string
		for _, i := range items {
			out = append(out, i.Node().Name)
		}
		slices.Sort(out[1:])
		return strings.Join(out, " ")
	}
	if got := names(answer(t, in, "/data/a", "4")); got != "a note" {
		t.Errorf("changed = %s, want a note", got)
	}
	if got := names(answer(t, in, "/data/b", "4")); got != "b total" {
		t.Errorf("changed = %s, want b total", got)
	}
	if got := names(answer(t, in, "/data/b", "7")); got != "b late total" {
		t.Errorf("changed = %s, want b late total", got)
	}
	if got := in.Label(in.Find("/data/note")); got != "You said 4." {
		t.Errorf("label = %q", got)
	}
}

func TestAnAnswerMustFitItsQuestion(t *testing.T) {
	scale := ask("scale", TypeRange)
	scale.Holds, scale.Parameters = TypeInteger, map[string]string{"start": "1", "end": "5"}
	fixed := ask("fixed", TypeText)
	fixed.ReadOnly = "true()"
	one := ask("one", TypeSelectOne)
	one.Choices.List = "l"
	many := ask("many", TypeSelectMultiple)
	many.Choices.List = "l"
	f := &Form{Lists: []List{{Name: "l", Choices: []Choice{{Name: "a"}, {Name: "b"}, {Name: "c"}}}}, Nodes: []*Node{
		ask("n", TypeInteger), ask("d", TypeDecimal), ask("day", TypeDate), ask("at", TypeTime), ask("when", TypeDateTime), ask("where", TypeGeopoint), scale, fixed, one, many}}
	in := begin(t, f)
	for _, c := range []struct{ name, typed, want, fault string }{
		{"n", "007", "7", ""}, {"n", "1e3", "1000", ""}, {"n", "-3", "-3", ""}, {"n", "1.5", "", "form.not_integer"}, {"n", "x", "", "form.not_integer"}, {"n", "99999999999999999999", "", "form.integer_large"},
		{"n", "", "", ""}, {"n", " ", "", ""}, {"n", "NaN", "", "form.not_integer"}, {"n", "0x10", "", "form.not_integer"},
		{"d", " 12.50 ", "12.5", ""}, {"d", "1,5", "", "form.not_decimal"}, {"d", "Inf", "", "form.not_decimal"},
		{"day", "2025-06-15", "2025-06-15", ""}, {"day", "2025-02-30", "", "form.not_date"}, {"day", "2025-06-15T08:00:00.000+08:00", "2025-06-15", ""},
		{"at", "10:20", "10:20", ""}, {"at", "25:00", "", "form.not_time"},
		{"when", "2025-06-15T08:00:00.000+08:00", "2025-06-15T08:00:00.000+08:00", ""}, {"when", "yesterday", "", "form.not_date_time"},
		{"where", "39.9 116.4", "39.9 116.4", ""}, {"where", "91 0", "", "form.not_geopoint"}, {"where", "here", "", "form.not_geopoint"},
		{"scale", "5", "5", ""}, {"scale", "6", "", "form.off_scale"},
		{"fixed", "x", "", "form.read_only"},
		{"one", "b", "b", ""}, {"one", "x", "", "form.no_choice"},
		{"many", "c a", "a c", ""}, {"many", "a x", "", "form.no_choice"},
		{"n", "a\xff", "", "form.not_text"},
	} {
		i := in.Find("/data/" + c.name)
		_, err := in.Answer(i, c.typed)
		if c.fault != "" {
			if got := faultOf(err); got != c.fault {
				t.Errorf("answer %s with %q: %s, want %s", c.name, c.typed, got, c.fault)
			}
			continue
		}
		if err != nil || in.State(i).Value != c.want {
			t.Errorf("answer %s with %q: %q, %v; want %q", c.name, c.typed, in.State(i).Value, err, c.want)
		}
	}
	if _, err := in.Answer(in.Find("/data"), "x"); faultOf(err) != "form.no_value" {
		t.Errorf("a group takes an answer: %v", err)
	}
}

func TestWhatAConstraintRefusesIsAFaultWithItsMessage(t *testing.T) {
	age := ask("age", TypeInteger)
	age.Constraint, age.ConstraintMessage = ". >= 18 and . < ${limit}", Text{"": "Between 18 and ${limit}."}
	limit := ask("limit", TypeInteger)
	limit.Default = "65"
	name := ask("name", TypeText)
	name.Required, name.RequiredMessage = "${age} != ''", text("Whose age?")
	in := begin(t, &Form{Nodes: []*Node{limit, age, name}})
	if got := in.Faults(); len(got) != 0 {
		t.Fatalf("an empty form has faults: %+v", got)
	}
	answer(t, in, "/data/age", "17")
	faults := in.Faults()
	if len(faults) != 2 || faults[0].Missing || faults[0].Message != "Between 18 and 65." || !faults[1].Missing || faults[1].Message != "Whose age?" {
		t.Errorf("faults = %+v", faults)
	}
	if a, b := faultOf(faults[0].Describe()), faultOf(faults[1].Describe()); a != "form.refused" || b != "form.missing" {
		t.Errorf("the faults are called %s and %s", a, b)
	}
	answer(t, in, "/data/limit", "10")
	if got := in.ConstraintMessage(in.Find("/data/age")); got != "Between 18 and 10." {
		t.Errorf("message = %q", got)
	}
	answer(t, in, "/data/age", "")
	if got := in.Faults(); len(got) != 0 {
		t.Errorf("faults = %+v, want none: nothing is asked of an empty answer", got)
	}
}

// household is a form with a repeat in a repeat.
func household() *Form {
	count := ask("nth", TypeCalculate)
	count.Calculate = "position(..)"
	of := ask("of", TypeCalculate)
	of.Calculate = "concat(${name}, ' of ', ${village}, ', ', ${nth}, '/', count(${person}))"
	return &Form{Nodes: []*Node{
		ask("village", TypeText),
		{UID: "n_house", Kind: Repeat, Name: "house", Children: []*Node{
			ask("owner", TypeText),
			{UID: "n_person", Kind: Repeat, Name: "person", Children: []*Node{ask("name", TypeText), ask("age", TypeInteger), count, of}},
			{UID: "n_sum", Name: "sum", Type: TypeCalculate, Calculate: "sum(${age})"},
		}},
		{UID: "n_all", Name: "all", Type: TypeCalculate, Calculate: "sum(${age})"},
		{UID: "n_second", Name: "second", Type: TypeCalculate, Calculate: "indexed-repeat(${name}, ${house}, 1, ${person}, 2)"},
	}}
}

func TestANameMeansTheOneInTheSameInstance(t *testing.T) {
	in := begin(t, household())
	house, person := in.Find("/data/house"), in.Find("/data/house[1]/person")
	if _, _, err := in.Add(person, "", -1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := in.Add(house, "laptop-b-1", -1); err != nil {
		t.Fatal(err)
	}
	for ref, v := range map[string]string{
		"/data/village": "Liu", "/data/house[1]/person[1]/name": "Ann", "/data/house[1]/person[2]/name": "Bo", "/data/house[2]/person[1]/name": "Cy",
		"/data/house[1]/person[1]/age": "30", "/data/house[1]/person[2]/age": "4", "/data/house[2]/person[1]/age": "70",
	} {
		answer(t, in, ref, v)
	}
	wantValue(t, in, "/data/house[1]/person[2]/of", "Bo of Liu, 2/2")
	wantValue(t, in, "/data/house[2]/person[1]/of", "Cy of Liu, 1/1")
	wantValue(t, in, "/data/house[1]/sum", "34")
	wantValue(t, in, "/data/house[2]/sum", "70")
	wantValue(t, in, "/data/all", "104")
	wantValue(t, in, "/data/second", "Bo")
	if got := in.Find("/data/house[2]/person[1]/age").Instance(); got != "laptop-b-1.1" {
		t.Errorf("instance = %q, want laptop-b-1.1", got)
	}
	if i := in.Item("n_age", "laptop-b-1.1"); i == nil || i.Ref() != "/data/house[2]/person[1]/age" {
		t.Errorf("item = %v", i)
	}
	// What stands behind a removed instance moves up, and keeps its identity.
	if _, err := in.Remove(in.Find("/data/house[1]")); err != nil {
		t.Fatal(err)
	}
	wantValue(t, in, "/data/all", "70")
	wantValue(t, in, "/data/house[1]/person[1]/of", "Cy of Liu, 1/1")
	if got := in.Find("/data/house[1]").Instance(); got != "laptop-b-1" {
		t.Errorf("instance = %q, want laptop-b-1", got)
	}
}

func TestInstancesKeepWhoeverAddsThemApart(t *testing.T) {
	in := begin(t, household())
	house := in.Find("/data/house")
	if _, _, err := in.Add(house, "x", 0); err != nil {
		t.Fatal(err)
	}
	if got := in.Find("/data/house[1]").Instance() + " " + in.Find("/data/house[2]").Instance(); got != "x 1" {
		t.Errorf("instances = %s, want x 1", got)
	}
	for _, id := range []string{"x", "1", "a.b"} {
		if _, _, err := in.Add(house, id, -1); faultOf(err) != "form.instance_taken" {
			t.Errorf("add %q: %v, want form.instance_taken", id, err)
		}
	}
	if _, err := in.Remove(in.Find("/data/village")); faultOf(err) != "form.no_repeat" {
		t.Errorf("err = %v", err)
	}
	gone := in.Find("/data/house[1]")
	if _, err := in.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Remove(gone); faultOf(err) != "form.instance_gone" {
		t.Errorf("err = %v", err)
	}
}

// A number typed wrongly for a moment does not cost the answers below it.
func TestACountThatShrinksAndGrowsAgainLosesNothing(t *testing.T) {
	in := begin(t, &Form{Nodes: []*Node{ask("how_many", TypeInteger),
		{UID: "n_r", Kind: Repeat, Name: "r", Count: "${how_many}", Children: []*Node{ask("what", TypeText)}},
		{Name: "n", Type: TypeCalculate, Calculate: "count(${r})"}, {Name: "joined", Type: TypeCalculate, Calculate: "join(' ', ${what})"}}})
	if len(in.Find("/data/r").Children()) != 0 {
		t.Error("a counted repeat begins with an instance")
	}
	answer(t, in, "/data/how_many", "3")
	for n := range 3 {
		answer(t, in, fmt.Sprintf("/data/r[%d]/what", n+1), fmt.Sprint("w", n+1))
	}
	wantValue(t, in, "/data/joined", "w1 w2 w3")
	answer(t, in, "/data/how_many", "1")
	wantValue(t, in, "/data/n", "1")
	wantValue(t, in, "/data/joined", "w1")
	answer(t, in, "/data/how_many", "")
	wantValue(t, in, "/data/n", "0")
	answer(t, in, "/data/how_many", "3")
	wantValue(t, in, "/data/joined", "w1 w2 w3")
	if _, _, err := in.Add(in.Find("/data/r"), "", -1); faultOf(err) != "form.counted" {
		t.Errorf("err = %v, want form.counted", err)
	}
	answer(t, in, "/data/how_many", "1000000")
	wantValue(t, in, "/data/n", "1000")
}

func towns() List {
	l := List{Name: "towns"}
	for _, c := range []string{"a north", "b north", "c south"} {
		name, county, _ := strings.Cut(c, " ")
		l.Choices = append(l.Choices, Choice{Name: name, Label: Text{"en": "Town " + name, "zh": name + "镇"}, Columns: map[string]string{"county": county, "people": "1" + fmt.Sprint(len(l.Choices))}})
	}
	return l
}

func TestChoicesFollowOtherAnswers(t *testing.T) {
	town := ask("town", TypeSelectOne)
	town.Choices = Choices{List: "towns", Filter: "county = ${county}"}
	many := ask("many", TypeSelectMultiple)
	many.Choices = Choices{List: "towns", Filter: "county = ${county}"}
	shown := ask("shown", TypeCalculate)
	shown.Calculate = "jr:choice-name(${town}, '${town}')"
	people := ask("people", TypeCalculate)
	people.Calculate = "pulldata('towns', 'people', 'name', ${town}) + instance('towns')/root/item[name = ${town}]/people"
	in := begin(t, &Form{Languages: []string{"en", "zh"}, Lists: []List{towns()}, Nodes: []*Node{ask("county", TypeText), town, many, shown, people}})
	options := func() string {
		var out []string
		for _, o := range in.Options(in.Find("/data/town")) {
			out = append(out, o.Value+"="+o.Label)
		}
		return strings.Join(out, " ")
	}
	if got := options(); got != "" {
		t.Errorf("options = %s, want none", got)
	}
	answer(t, in, "/data/county", "north")
	if got := options(); got != "a=Town a b=Town b" {
		t.Errorf("options = %s", got)
	}
	answer(t, in, "/data/town", "b")
	answer(t, in, "/data/many", "b a")
	wantValue(t, in, "/data/many", "a b")
	wantValue(t, in, "/data/shown", "Town b")
	wantValue(t, in, "/data/people", "22")
	in.Speak("zh")
	wantValue(t, in, "/data/shown", "b镇")
	// A choice that is no longer offered does not count, and comes back.
	answer(t, in, "/data/county", "south")
	wantValue(t, in, "/data/town", "")
	wantValue(t, in, "/data/many", "")
	wantValue(t, in, "/data/shown", "")
	answer(t, in, "/data/county", "north")
	wantValue(t, in, "/data/town", "b")
	wantValue(t, in, "/data/many", "a b")
}

func TestChoicesMayBeTheInstancesOfARepeat(t *testing.T) {
	head := ask("head", TypeSelectOne)
	head.Choices = Choices{Nodes: "${person}", Value: "name", Label: "name", Filter: "age > 17"}
	in := begin(t, &Form{Nodes: []*Node{{Kind: Repeat, Name: "person", Children: []*Node{ask("name", TypeText), ask("age", TypeInteger)}}, head}})
	if _, _, err := in.Add(in.Find("/data/person"), "", -1); err != nil {
		t.Fatal(err)
	}
	for ref, v := range map[string]string{"/data/person[1]/name": "Ann", "/data/person[1]/age": "40", "/data/person[2]/name": "Bo", "/data/person[2]/age": "7"} {
		answer(t, in, ref, v)
	}
	if got := in.OptionValues(in.Find("/data/head")); !slices.Equal(got, []string{"Ann"}) {
		t.Errorf("options = %q, want Ann", got)
	}
	answer(t, in, "/data/head", "Ann")
	answer(t, in, "/data/person[1]/name", "Anna")
	wantValue(t, in, "/data/head", "")
}

// A list that comes as a file which nobody has read refuses nothing.
func TestWithoutItsFileAListTakesWhatIsTyped(t *testing.T) {
	q := ask("q", TypeSelectOne)
	q.Choices.List = "organizations"
	list := List{Name: "organizations", File: "organizations.csv"}
	in := begin(t, &Form{Lists: []List{list}, Nodes: []*Node{q}})
	if !in.Find("/data/q").OpenChoice() {
		t.Error("the list counts as read")
	}
	answer(t, in, "/data/q", "Chess club")
	wantValue(t, in, "/data/q", "Chess club")
	list.Choices = []Choice{{Name: "1", Label: text("Chess club")}}
	in = begin(t, &Form{Lists: []List{list}, Nodes: []*Node{q}})
	if _, err := in.Answer(in.Find("/data/q"), "Chess club"); faultOf(err) != "form.no_choice" {
		t.Errorf("err = %v, want form.no_choice", err)
	}
}

// A list of select_one_external and one of select_one may have the same name.
func TestAnExternalListIsNotTheOneOfTheSameName(t *testing.T) {
	inner, outer := ask("inner", TypeSelectOne), ask("outer", TypeSelectOne)
	inner.Choices = Choices{List: "l"}
	outer.Choices = Choices{List: "l", External: true}
	in := begin(t, &Form{Lists: []List{{Name: "l", Choices: []Choice{{Name: "a"}}}, {Name: "l", External: true, Choices: []Choice{{Name: "b"}}}}, Nodes: []*Node{inner, outer}})
	if a, b := in.OptionValues(in.Find("/data/inner")), in.OptionValues(in.Find("/data/outer")); !slices.Equal(a, []string{"a"}) || !slices.Equal(b, []string{"b"}) {
		t.Errorf("options = %q and %q, want a and b", a, b)
	}
}

func TestShuffledChoicesStayWhereTheyAre(t *testing.T) {
	q := ask("q", TypeSelectOne)
	q.Choices = Choices{List: "l", Random: true, Seed: "42"}
	l := List{Name: "l"}
	for _, c := range "abcdef" {
		l.Choices = append(l.Choices, Choice{Name: string(c)})
	}
	in := begin(t, &Form{Lists: []List{l}, Nodes: []*Node{q, ask("other", TypeText)}})
	if got := strings.Join(in.OptionValues(in.Find("/data/q")), ""); got != "afcbde" {
		t.Errorf("order = %s, want afcbde, as ODK shuffles for 42", got)
	}
	q.Choices.Seed = ""
	in = begin(t, &Form{Lists: []List{l}, Nodes: []*Node{q, ask("other", TypeText)}})
	first := in.OptionValues(in.Find("/data/q"))
	answer(t, in, "/data/other", "x")
	if got := in.OptionValues(in.Find("/data/q")); !slices.Equal(got, first) {
		t.Errorf("order = %q, then %q", first, got)
	}
}

func TestDefaultsAreSetOnce(t *testing.T) {
	day := ask("day", TypeDate)
	day.DefaultExpression = "today()"
	copied := ask("copied", TypeText)
	copied.DefaultExpression = "${first}"
	wrong := ask("wrong", TypeInteger)
	first := ask("first", TypeText)
	first.Default = "x"
	in := begin(t, &Form{Nodes: []*Node{first, day, copied, wrong, {Kind: Repeat, Name: "r", Children: []*Node{{Name: "now", DefaultExpression: "concat(${first}, position(..))"}}}}})
	wantValue(t, in, "/data/day", "2025-06-15")
	wantValue(t, in, "/data/copied", "x")
	wantValue(t, in, "/data/r[1]/now", "x1")
	answer(t, in, "/data/first", "y")
	wantValue(t, in, "/data/copied", "x")
	if _, _, err := in.Add(in.Find("/data/r"), "", -1); err != nil {
		t.Fatal(err)
	}
	wantValue(t, in, "/data/r[2]/now", "y2")
	wantValue(t, in, "/data/r[1]/now", "x1")
}

func TestATriggerSetsAValueOnlyWhenItsQuestionIsAnswered(t *testing.T) {
	stamp := ask("stamp", TypeText)
	stamp.Trigger, stamp.Calculate = []string{"a"}, "concat(${a}, '/', ${b})"
	clear := ask("clear", TypeText)
	clear.Trigger = []string{"a"}
	in := begin(t, &Form{Nodes: []*Node{ask("a", TypeText), ask("b", TypeText), stamp, clear}})
	answer(t, in, "/data/clear", "mine")
	answer(t, in, "/data/b", "1")
	wantValue(t, in, "/data/stamp", "")
	wantValue(t, in, "/data/clear", "mine")
	answer(t, in, "/data/a", "x")
	wantValue(t, in, "/data/stamp", "x/1")
	wantValue(t, in, "/data/clear", "")
	answer(t, in, "/data/b", "2")
	wantValue(t, in, "/data/stamp", "x/1")
	answer(t, in, "/data/stamp", "typed over")
	answer(t, in, "/data/b", "3")
	wantValue(t, in, "/data/stamp", "typed over")
}

func TestACalculationMayBeWrittenOverUntilWhatItReadsChanges(t *testing.T) {
	q := ask("q", TypeText)
	q.Calculate = "concat('from ', ${a})"
	in := begin(t, &Form{Nodes: []*Node{ask("a", TypeText), ask("b", TypeText), q}})
	answer(t, in, "/data/q", "by hand")
	answer(t, in, "/data/b", "x")
	wantValue(t, in, "/data/q", "by hand")
	answer(t, in, "/data/a", "x")
	wantValue(t, in, "/data/q", "from x")
}

func TestOnceStaysAndChanceReplays(t *testing.T) {
	f := &Form{Nodes: []*Node{ask("a", TypeText), {Name: "id", Type: TypeCalculate, Calculate: "once(concat('n', ${a}, random()))"}, {Name: "u", Type: TypeCalculate, Calculate: "once(uuid())"}}}
	in := begin(t, f)
	id, u := value(t, in, "/data/id"), value(t, in, "/data/u")
	answer(t, in, "/data/a", "x")
	wantValue(t, in, "/data/id", id)
	if len(u) != 36 || u[14] != '4' || !strings.ContainsAny(u[19:20], "89ab") {
		t.Errorf("uuid = %s, want one of version 4", u)
	}
	again := begin(t, f)
	wantValue(t, again, "/data/id", id)
	wantValue(t, again, "/data/u", u)
	around := circumstances()
	around.Seed, around.UUIDs = 2, []string{"given"}
	compiled, _ := Compile(f)
	other := compiled.Begin(around)
	if value(t, other, "/data/id") == id {
		t.Error("another seed gives the same chance")
	}
	wantValue(t, other, "/data/u", "given")
}

func TestWhatTheProgramKnowsIsFilledIn(t *testing.T) {
	var nodes []*Node
	for _, p := range []Preload{PreloadStart, PreloadEnd, PreloadToday, PreloadDevice, PreloadUser, PreloadEmail, PreloadPhone} {
		nodes = append(nodes, &Node{Name: string(p), Type: TypeMetadata, Preload: p})
	}
	nodes = append(nodes, &Node{Name: "before", Type: TypeCalculate, Calculate: "${last-saved#village}"})
	compiled, problems := Compile(&Form{InstanceName: "concat('visit ', ${username})", Nodes: nodes})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	around := circumstances()
	around.LastSaved = func(name string) string { return "last " + name }
	in := compiled.Begin(around)
	in.Finish(around.Now.Add(time.Hour))
	for ref, want := range map[string]string{
		"/data/start": "2025-06-15T10:20:30.123+08:00", "/data/end": "2025-06-15T11:20:30.123+08:00", "/data/today": "2025-06-15", "/data/deviceid": "dev-1", "/data/username": "inspector1",
		"/data/email": "i@example.org", "/data/phonenumber": "13800000000", "/data/meta/instanceID": "uuid:7a7b", "/data/meta/instanceName": "visit inspector1", "/data/before": "last village",
	} {
		wantValue(t, in, ref, want)
	}
}

// A form that refers to itself in a circle comes to rest, says so, and lets the
// inspector go on.
func TestACircleIsToldAndStopsNobody(t *testing.T) {
	a, b := ask("a", TypeText), ask("b", TypeText)
	a.Calculate, b.Calculate = "number(${b}) + 1 + number(${c})", "number(${a}) + 1"
	c := ask("c", TypeInteger)
	c.Default = "0"
	hide := ask("hide", TypeText)
	hide.Relevant = "${hide} = ''"
	compiled, _ := Compile(&Form{Nodes: []*Node{c, a, b, hide, ask("free", TypeText)}})
	in := compiled.Begin(circumstances())
	answer(t, in, "/data/a", "1")
	answer(t, in, "/data/hide", "x")
	answer(t, in, "/data/free", "still here")
	wantValue(t, in, "/data/free", "still here")
	found := false
	for _, p := range in.Trouble() {
		found = found || faultOf(p.Err) == "form.circle"
	}
	if !found {
		t.Error("nobody is told of the circle")
	}
}

func TestDoublingCalculationsDoNotFillTheMemory(t *testing.T) {
	f := &Form{Nodes: []*Node{ask("c0", TypeText)}}
	for n := range 60 {
		f.Nodes = append(f.Nodes, &Node{Name: fmt.Sprint("c", n+1), Type: TypeCalculate, Calculate: fmt.Sprintf("concat(${c%d}, ${c%d})", n, n)})
		f.Nodes = append(f.Nodes, &Node{Name: fmt.Sprint("g", n+1), Type: TypeCalculate, Calculate: "/data"})
	}
	in := begin(t, f)
	answer(t, in, "/data/c0", strings.Repeat("x", 1000))
	if got := len(value(t, in, "/data/c60")); got > xpath.MaxText {
		t.Errorf("the last calculation has %d bytes", got)
	}
}

// A stranger's form can ask for work without end; the answer comes all the same.
func TestAFormThatAsksForTooMuchWorkIsStopped(t *testing.T) {
	compiled, _ := Compile(&Form{Nodes: []*Node{ask("a", TypeText), {Kind: Repeat, Name: "r", Count: "300", Children: []*Node{
		{Name: "n", Type: TypeCalculate, Calculate: "count(//*[count(//*[. = current()]) > 0])"}, {Name: "m", Type: TypeCalculate, Calculate: "count(//*[. = ../n])"}}}}})
	in := compiled.Begin(circumstances())
	if in.budget > 0 {
		t.Errorf("%d nodes are left to look at; the form of this test is meant to ask for too much", in.budget)
	}
	answer(t, in, "/data/a", "x")
	wantValue(t, in, "/data/a", "x")
	told := false
	for _, p := range in.Trouble() {
		told = told || faultOf(p.Err) == "xpath.work" || faultOf(p.Err) == "form.work"
	}
	if !told {
		t.Error("nobody is told")
	}
}

// A fault in a form is told, and does not stand in the inspector's way.
func TestAFormWithFaultsCanBeFilled(t *testing.T) {
	q := &Node{Name: "q", Type: TypeSelectOne, Relevant: "${nobody} = 1 +", Required: "foo(", Constraint: "foo(.)", Calculate: "'a", Default: "z", Choices: Choices{List: "missing", Filter: "x ="}, Label: text("Ask ${nobody} and ${a b"), Trigger: []string{"nobody"}}
	n := &Node{Name: "n", Type: TypeInteger, Default: "many", ReadOnly: "bar()", Relevant: "unknown(1)"}
	compiled, problems := Compile(&Form{Nodes: []*Node{q, n}})
	var columns []string
	for _, p := range problems {
		columns = append(columns, p.Column+":"+faultOf(p.Err))
		if p.Node == nil {
			t.Errorf("%v is of no node", p.Err)
		}
	}
	slices.Sort(columns)
	for _, want := range []string{"calculation:xpath.open_text", "choice_filter:xpath.ends_early", "constraint:xpath.unknown_function", "default:form.not_integer", "label:form.no_question", "read_only:xpath.unknown_function", "relevant:xpath.ends_early", "relevant:xpath.unknown_function", "required:xpath.ends_early", "trigger:form.no_question", "type:form.no_list"} {
		if !slices.Contains(columns, want) {
			t.Errorf("%s is not among the problems %q", want, columns)
		}
	}
	in := compiled.Begin(circumstances())
	answer(t, in, "/data/q", "anything")
	answer(t, in, "/data/n", "5")
	for _, ref := range []string{"/data/q", "/data/n"} {
		if s := in.State(in.Find(ref)); !s.Relevant || s.Required || s.ReadOnly || !s.Satisfied || s.Value == "" {
			t.Errorf("%s: %+v, want it to be in nobody's way", ref, s)
		}
	}
}

// rich is a form in which most things hang together.
func rich() *Form {
	f := household()
	f.Lists = []List{towns()}
	town := ask("town", TypeSelectOne)
	town.Choices = Choices{List: "towns", Filter: "county = ${county}"}
	n := ask("how_many", TypeInteger)
	late := ask("late", TypeText)
	late.Relevant, late.Required = "${all} > 50 or ${town} = 'a'", "${how_many} > 1"
	room := &Node{UID: "n_room", Kind: Repeat, Name: "room", Count: "${how_many}", Relevant: "not(selected(${county}, 'none'))", Children: []*Node{ask("size", TypeInteger),
		{UID: "n_rel", Name: "rel", Type: TypeCalculate, Calculate: "round(${size} div ${rooms} * 100)"}}}
	f.Nodes = append(f.Nodes, ask("county", TypeText), town, n, room, late,
		&Node{UID: "n_rooms", Name: "rooms", Type: TypeCalculate, Calculate: "sum(${size})"},
		&Node{UID: "n_shown", Name: "shown", Type: TypeCalculate, Relevant: "${late} != ''", Calculate: "jr:choice-name(${town}, '${town}')"})
	return f
}

func states(in *Instance) string {
	var out strings.Builder
	in.Walk(func(i *Item) {
		fmt.Fprintf(&out, "%s %s %+v %v\n", i.Ref(), i.Instance(), in.State(i), in.OptionValues(i))
	})
	return out.String()
}

// However a filling came about, its state follows from its answers: what is
// computed answer by answer is what is computed from all of them at once.
func TestStepByStepComesToTheSameAsFromTheStart(t *testing.T) {
	compiled, problems := Compile(rich())
	if len(problems) > 0 {
		t.Fatal(problems[0].Err)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := compiled.Begin(circumstances())
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			var open []*Item
			in.Walk(func(i *Item) {
				if i.IsRepeat() || i.IsInstance() || i.shown != nil && i.asked() && i.def.node.Preload == "" {
					open = append(open, i)
				}
			})
			i := rapid.SampledFrom(open).Draw(t, "item")
			var err error
			switch {
			case i.IsRepeat():
				_, _, err = in.Add(i, "", rapid.IntRange(-1, 2).Draw(t, "at"))
			case i.IsInstance():
				_, err = in.Remove(i)
			default:
				_, err = in.Answer(i, rapid.SampledFrom([]string{"", "1", "2", "30", "none", "north", "south", "a", "c", "李"}).Draw(t, "value"))
			}
			var e *record.Error
			if err != nil && !errors.As(err, &e) {
				t.Fatal(err)
			}
		}
		kept := in.Answers()
		again := compiled.Begin(circumstances())
		if unknown := again.Restore(kept); len(unknown) > 0 {
			t.Fatalf("rows that nobody knows: %+v", unknown)
		}
		if got, want := states(again), states(in); got != want {
			t.Fatalf("from the start:\n%s\nstep by step:\n%s\nrows: %+v", got, want, kept)
		}
	})
}

// Whatever a stranger's form and answers are, filling ends.
func FuzzExpressionInAForm(f *testing.F) {
	for _, s := range []string{"${a} + 1", "sum(${n})", "count(${r})", "once(${q})", "position(..)", "../r/n", "/data/r[1]/n", "${q}", "indexed-repeat(${n}, ${r}, 2)", "jr:choice-name(${c}, '${c}')", "concat(/data, /data)", "//*", "${q} + 1", "string(..)"} {
		f.Add(s, "3")
	}
	f.Fuzz(func(t *testing.T, expression, given string) {
		c := ask("c", TypeSelectOne)
		c.Choices = Choices{List: "towns", Filter: expression}
		form := &Form{Lists: []List{towns()}, Nodes: []*Node{ask("a", TypeText), c,
			{Name: "q", Type: TypeText, Calculate: expression, Relevant: expression, Constraint: expression, Required: expression, Label: text("${" + expression + "}")},
			{Kind: Repeat, Name: "r", Count: expression, Children: []*Node{{Name: "n", Type: TypeInteger, Calculate: expression, DefaultExpression: expression}}},
			{Name: "t", Trigger: []string{"a", "q"}, Calculate: expression}}}
		compiled, _ := Compile(form)
		in := compiled.Begin(circumstances())
		for _, ref := range []string{"/data/a", "/data/c", "/data/q", "/data/t"} {
			if i := in.Find(ref); i != nil {
				_, _ = in.Answer(i, given) // whatever it says of it, it must come back
			}
		}
		in.Label(in.Find("/data/q"))
		in.Faults()
		in.Trouble()
		if len(in.queue) > 0 {
			t.Fatalf("%d computations are left", len(in.queue))
		}
	})
}
