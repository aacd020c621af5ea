package draw

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/soaktest"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew: only before format version 1 is out")

var frozenAt = time.Date(2026, 11, 27, 9, 30, 0, 0, time.FixedZone("", 8*3600))

const secret = "K7QX2M5RJ4T6W3Z8YB1N0PCD"

// city is a small campaign: two strata, five inspectors.
func city() Lists {
	l := Lists{Plan: Plan{ID: "plan_2026", Authority: "990100", Title: "云溪市2026年度社会组织抽查", CertificateUntil: "2026-12-31", Team: 2,
		Strata: []Stratum{{"社会团体", 3}, {"基金会", 2}}},
		Exclusions: []Exclusion{{"org_x", "云溪市集邮协会", "本年度已接受检查"}}}
	for n := range 12 {
		l.Targets = append(l.Targets, Target{fmt.Sprintf("org_%02d", n), "社会团体", fmt.Sprintf("云溪市第%d协会", n)})
	}
	for n := range 5 {
		l.Targets = append(l.Targets, Target{fmt.Sprintf("org_f%d", n), "基金会", fmt.Sprintf("𬱖光第%d基金会", n)})
	}
	for n, until := range []string{"2027-06-30", "2026-12-31", "2028-01-01", "2026-12-30", "2027-01-01"} {
		l.Inspectors = append(l.Inspectors, Inspector{fmt.Sprintf("person_%d", n), until, "检查员" + string(rune('甲'+n)), fmt.Sprintf("9901%d", n)})
	}
	l.Recusals = []Recusal{{"person_0", "org_03", "曾任理事"}, {"person_2", "org_f1", "配偶任职"}}
	return l
}

var sources = []string{"双色球第2026137期", "监督人王五所报数字"}

func drawn(t testing.TB, l Lists, values ...string) File {
	t.Helper()
	f, err := l.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Commit(f, secret, sources, frozenAt)
	if err != nil {
		t.Fatal(err)
	}
	file, err := Run(f, c, secret, values)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

type vectors struct {
	Numbers map[string][]int `json:"numbers"` // below 2, 3, 10, 2^31 in turn, from the stream of that label
	Seed    string           `json:"seed"`
	Code    string           `json:"code"`
	Draws   []File           `json:"draws"`
}

func example(t *testing.T) vectors {
	plain := drawn(t, city(), "03 08 14 22 27 31 + 09", "4711")
	with := plain
	for _, r := range []Replacement{
		{Kind: ReplaceTarget, Target: plain.Result[0].Target, Reason: "已注销", At: "2026-12-01T09:00:00+08:00"},
		{Kind: ReplaceInspector, Target: plain.Result[1].Target, Inspector: plain.Result[1].Team[0], Reason: "现场申请回避", At: "2026-12-02T09:00:00+08:00"},
		{Kind: ReplaceInspector, Target: plain.Result[1].Target, Inspector: plain.Result[1].Team[1], Reason: "病假", At: "2026-12-02T10:00:00+08:00"},
	} {
		var err error
		if with, err = with.Replace(r); err != nil {
			t.Fatal(err)
		}
	}
	v := vectors{Numbers: map[string][]int{}, Code: plain.Commitment.Code(), Draws: []File{plain, with}}
	seed := seedOf(plain.Commitment, plain.Secret, plain.Values)
	v.Seed = fmt.Sprintf("%x", seed)
	for _, label := range []string{"inspectors", "targets/社会团体", "replacement/1"} {
		s := &stream{seed: seed, label: label}
		for n := range 12 {
			v.Numbers[label] = append(v.Numbers[label], s.below([]int{2, 3, 10, 1 << 31}[n%4]))
		}
	}
	return v
}

func TestVectorsStillHold(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(example(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/vectors.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the code no longer draws as format version 1 does:\n%s", &b)
	}
}

// testdata/draw.py was written from README.md and shares nothing with the code.
func TestASecondImplementationDrawsTheSame(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	out, err := exec.Command(python, "testdata/draw.py", "testdata/vectors.json").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 draws hold") {
		t.Errorf("draw.py: %v\n%s", err, out)
	}
}

func messages(p []Problem) (out []string) {
	for _, x := range p {
		out = append(out, x.Message)
	}
	return out
}

func TestAPublishedDrawHolds(t *testing.T) {
	for n, f := range example(t).Draws {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		read, err := Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		typed := strings.ToUpper(strings.ReplaceAll(f.Commitment.Code(), "-", " "))
		if p := read.Verify(typed); len(p) > 0 {
			t.Errorf("draw %d: %v", n, messages(p))
		}
		if got := messages(read.Verify("")); !slices.Equal(got, []string{"draw.code_unchecked"}) {
			t.Errorf("draw %d without its code: %v", n, got)
		}
	}
}

func TestEveryChangeOfAPublishedDrawIsFound(t *testing.T) {
	for name, change := range map[string]func(f *File){
		"a target taken off":  func(f *File) { _, f.Targets, _ = strings.Cut(f.Targets, "\n") },
		"a name":              func(f *File) { f.Targets = strings.Replace(f.Targets, "第3协会", "第三协会", 1) },
		"a recusal":           func(f *File) { f.Recusals = "" },
		"an exclusion":        func(f *File) { f.Exclusions = "" },
		"a certificate":       func(f *File) { f.Inspectors = strings.Replace(f.Inspectors, "2026-12-30", "2027-12-30", 1) },
		"a quota":             func(f *File) { f.Plan = strings.Replace(f.Plan, `"quota":3`, `"quota":4`, 1) },
		"a space in the plan": func(f *File) { f.Plan += " " },
		"the secret":          func(f *File) { f.Secret += "A" },
		"a value":             func(f *File) { f.Values[1] = "4712" },
		"a value taken away":  func(f *File) { f.Values = f.Values[:1] },
		"a source": func(f *File) {
			f.Commitment = Commitment(strings.Replace(string(f.Commitment), "2026137", "2026138", 1))
		},
		"the time":                func(f *File) { f.Commitment = Commitment(strings.Replace(string(f.Commitment), "09:30", "09:31", 1)) },
		"a target of the result":  func(f *File) { f.Result[2].Target = "org_11" },
		"the order of the result": func(f *File) { f.Result[0], f.Result[1] = f.Result[1], f.Result[0] },
		"a team":                  func(f *File) { slices.Reverse(f.Result[0].Team) },
		"a result left out":       func(f *File) { f.Result = f.Result[:4] },
		"who came instead":        func(f *File) { f.Replacements[0].By = "org_x" },
		"whose team":              func(f *File) { f.Replacements[0].Team = []string{"person_1", "person_4"} },
		"a replacement left out":  func(f *File) { f.Replacements = slices.Delete(f.Replacements, 1, 2) },
		"a reason":                func(f *File) { f.Replacements[1].Reason = " " },
	} {
		f := example(t).Draws[1]
		code := f.Commitment.Code()
		change(&f)
		if len(f.Verify(code)) == 0 {
			t.Errorf("%s was changed and nobody sees it", name)
		}
	}
}

// An operator who runs a thousand draws in secret, each with a secret of its
// own, and publishes the one that spares a friend, has a file that holds in
// itself. The code that the witnesses wrote down before tells.
func TestAnOperatorWhoTriesAThousandSecretsIsFound(t *testing.T) {
	f, err := city().Freeze()
	if err != nil {
		t.Fatal(err)
	}
	published, err := Commit(f, secret, sources, frozenAt)
	if err != nil {
		t.Fatal(err)
	}
	values := []string{"03 08 14 22 27 31 + 09", "4711"}
	friend := func(d Drawn) bool { return d.Target == "org_05" || d.Target == "org_f2" }
	spared := 0
	for n := range 1000 {
		another := fmt.Sprintf("another secret number %04d", n)
		c, err := Commit(f, another, sources, frozenAt)
		if err != nil {
			t.Fatal(err)
		}
		file, err := Run(f, c, another, values)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(file.Result, friend) {
			continue
		}
		spared++
		if got := messages(file.Verify(published.Code())); !slices.Equal(got, []string{"draw.code_differs"}) {
			t.Fatalf("the draw of secret %d: %v", n, got)
		}
		// Nor does the published commitment cover the other secret.
		file.Commitment = published
		if got := messages(file.Verify(published.Code())); !slices.Contains(got, "draw.commitment_other") {
			t.Fatalf("the draw of secret %d under the published commitment: %v", n, got)
		}
	}
	if spared < 100 {
		t.Errorf("only %d of 1,000 draws spare the friends: the test proves little", spared)
	}
}

// The lot favours nobody: over 100,000 draws (20,000 in the quick run) every target is drawn equally
// often, every pair of targets of one stratum, and every inspector. The seeds
// are fixed, so the figures are always the same; the bounds are those of
// chi-square at one in ten thousand.
func TestSoakTheLotFavoursNobody(t *testing.T) {
	l := Lists{Plan: Plan{ID: "p", Title: "t", CertificateUntil: "2026-12-31", Team: 2, Strata: []Stratum{{"a", 3}, {"b", 1}}}}
	for n := range 10 {
		l.Targets = append(l.Targets, Target{fmt.Sprint("a", n), "a", ""})
	}
	for n := range 7 {
		l.Targets = append(l.Targets, Target{fmt.Sprint("b", n), "b", ""})
	}
	for n := range 6 {
		l.Inspectors = append(l.Inspectors, Inspector{fmt.Sprint("i", n), "2027-01-01", "", ""})
	}
	f, err := l.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	lists, err := f.read()
	if err != nil {
		t.Fatal(err)
	}
	draws := soaktest.Rounds(20_000, 100_000)
	targets, pairs, teams := map[string]int{}, map[string]int{}, map[string]int{}
	for n := range draws {
		lot := deal(lists, seedOf("", secret, []string{fmt.Sprint(n)}))
		for _, d := range lot.result {
			targets[d.Target]++
		}
		first := []string{lot.result[0].Target, lot.result[1].Target}
		slices.Sort(first)
		pairs[strings.Join(first, " ")]++
		team := slices.Clone(lot.result[0].Team)
		slices.Sort(team)
		teams[strings.Join(team, " ")]++
	}
	square := func(counts map[string]int, prefix string, cells int, each float64) (x float64) {
		seen := 0
		for k, n := range counts {
			if strings.HasPrefix(k, prefix) {
				seen++
				x += (float64(n) - each) * (float64(n) - each) / each
			}
		}
		return x + float64(cells-seen)*each
	}
	for _, c := range []struct {
		what          string
		counts        map[string]int
		prefix        string
		cells         int
		each, at1e4th float64
	}{
		{"targets of a", targets, "a", 10, float64(draws) * 0.3, 33.7}, // 9 degrees of freedom; quota draws vary less
		{"targets of b", targets, "b", 7, float64(draws) / 7, 27.9},    // 6
		{"pairs of targets", pairs, "", 45, float64(draws) / 45, 90.0},
		{"teams", teams, "", 15, float64(draws) / 15, 42.6},
	} {
		if x := square(c.counts, c.prefix, c.cells, c.each); x > c.at1e4th {
			t.Errorf("%s: chi-square %.1f, want at most %.1f: %v", c.what, x, c.at1e4th, c.counts)
		} else {
			t.Logf("%s: chi-square %.1f of at most %.1f", c.what, x, c.at1e4th)
		}
	}
}

func TestNumbersBelowPassOverTheTopmost(t *testing.T) {
	s := &stream{label: "x"}
	// Just over half of all numbers are below n: without passing over, the
	// smaller remainders would come twice as often.
	n := 1<<62 + 1<<61
	low := 0
	for range 4000 {
		if s.below(n) < 1<<61 {
			low++
		}
	}
	if low < 1200 || low > 1470 { // a third of 4,000; with the bias it would be 1,500 or more
		t.Errorf("%d of 4,000 numbers below 2^61 of %d, want about 1,333", low, n)
	}
}

func TestTeamsKeepTheRules(t *testing.T) {
	for n := range 300 {
		f := drawn(t, city(), fmt.Sprint("v", n), "x")
		load := map[string]int{}
		for _, d := range f.Result {
			if len(d.Team) != 2 || d.Team[0] == d.Team[1] {
				t.Fatalf("draw %d: team %v", n, d.Team)
			}
			for _, i := range d.Team {
				load[i]++
				if i == "person_3" {
					t.Fatalf("draw %d: %s's certificate ends before the campaign", n, i)
				}
				if i == "person_0" && d.Target == "org_03" || i == "person_2" && d.Target == "org_f1" {
					t.Fatalf("draw %d: %s inspects %s in spite of the recusal", n, i, d.Target)
				}
			}
		}
		for _, i := range []string{"person_0", "person_1", "person_2", "person_4"} { // ten places, four people
			if load[i] < 2 || load[i] > 3 {
				t.Fatalf("draw %d: loads %v", n, load)
			}
		}
	}
}

func TestWhenTheReserveAndThePeopleRunOut(t *testing.T) {
	l := city()
	l.Plan.Strata[1].Quota = 5
	l.Inspectors = l.Inspectors[:3]
	l.Recusals = []Recusal{{"person_0", "org_f0", "x"}, {"person_1", "org_f0", "x"}}
	f := drawn(t, l, "1", "2")
	if got := f.Lacking(); !slices.Equal(got, []string{"org_f0"}) {
		t.Errorf("short teams: %v, want that of org_f0", got)
	}
	f, err := f.Replace(Replacement{Kind: ReplaceTarget, Target: "org_f3", Reason: "已注销", At: "2026-12-01T09:00:00+08:00"})
	if err != nil || f.Replacements[0].By != "" {
		t.Fatalf("got %+v, %v: nobody of the stratum is left", f.Replacements, err)
	}
	if standing, err := f.Standing(); err != nil || len(standing) != 7 || slices.ContainsFunc(standing, func(d Drawn) bool { return d.Target == "org_f3" }) {
		t.Errorf("standing %+v, %v", standing, err)
	}
	if p := f.Verify(f.Commitment.Code()); len(p) > 0 {
		t.Errorf("verify: %v", messages(p))
	}
}

func TestWrongListsAreToldInWords(t *testing.T) {
	for want, change := range map[string]func(l *Lists){
		"draw.plan_nameless":   func(l *Lists) { l.Plan.Title = "" },
		"draw.day":             func(l *Lists) { l.Plan.CertificateUntil = "2026-13-01" },
		"draw.team_size":       func(l *Lists) { l.Plan.Team = 1 },
		"draw.no_strata":       func(l *Lists) { l.Plan.Strata = nil },
		"draw.stratum_name":    func(l *Lists) { l.Plan.Strata[1].Name = l.Plan.Strata[0].Name },
		"draw.stratum_unknown": func(l *Lists) { l.Targets[0].Stratum = "民非" },
		"draw.quota":           func(l *Lists) { l.Plan.Strata[1].Quota = 6 },
		"draw.nothing":         func(l *Lists) { l.Plan.Strata[0].Quota, l.Plan.Strata[1].Quota = 0, 0 },
		"draw.line_twice":      func(l *Lists) { l.Targets[1].ID = l.Targets[0].ID },
		"draw.line_malformed":  func(l *Lists) { l.Targets[1].Name = "a\tb" },
		"draw.recusal":         func(l *Lists) { l.Recusals[0].Target = "org_99" },
		"draw.exclusion":       func(l *Lists) { l.Exclusions[0].Reason = "" },
	} {
		l := city()
		change(&l)
		_, err := l.Freeze()
		if e, ok := err.(*record.Error); !ok || e.Message != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f, _ := city().Freeze()
	if _, err := Commit(f, "too short", sources, frozenAt); record.CodeOf(err) != record.Invalid {
		t.Errorf("a short secret: %v", err)
	}
	if _, err := Commit(f, NewSecret(), nil, frozenAt); record.CodeOf(err) != record.Invalid {
		t.Errorf("no source: %v", err)
	}
	c, err := Commit(f, secret, sources, frozenAt)
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range [][]string{{"1"}, {"1", " "}, {"1", "2", "3"}} {
		if _, err := Run(f, c, secret, values); record.CodeOf(err) != record.Invalid {
			t.Errorf("values %q: %v", values, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		f.Fatal(err)
	}
	for _, d := range v.Draws {
		var b bytes.Buffer
		d.Write(&b)
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Read(bytes.NewReader(b))
		if err != nil {
			if record.CodeOf(err) == "" {
				t.Errorf("not for people: %v", err)
			}
			return
		}
		d.Verify(d.Commitment.Code())
	})
}
