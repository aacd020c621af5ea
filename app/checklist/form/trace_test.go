package form

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func corpus(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "xlsforms", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIP: %s is not there; these forms are other people's and not in the repository", path)
	}
	return path
}

func circumstances() Circumstances {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return Circumstances{Now: time.Date(2025, 6, 15, 10, 20, 30, 123e6, zone), Zone: zone, Seed: 1,
		Device: "dev-1", User: "inspector1", Email: "i@example.org", Phone: "13800000000", Instance: "uuid:7a7b"}
}

// total adds up replays.
type total struct {
	forms, perfect, asked, matched int
	byKind                         map[string]int
}

func (s *total) add(t *testing.T, id string, f *Form, tr *Trace) {
	t.Helper()
	compiled, _ := Compile(f)
	r, err := Replay(compiled, tr)
	if err != nil {
		t.Fatal(err)
	}
	s.forms++
	if r.Perfect() {
		s.perfect++
	}
	s.asked += r.Assertions
	s.matched += r.Matched
	for k, n := range r.ByKind {
		s.byKind[k] += n
	}
	for _, m := range r.Misses[:min(3, len(r.Misses))] {
		t.Logf("%s %s", id, m)
	}
}

func (s *total) report(t *testing.T, what string, forms, assertions float64) {
	for _, k := range slices.Sorted(maps.Keys(s.byKind)) {
		t.Logf("%-10s %d", k, s.byKind[k])
	}
	t.Logf("%s: %d forms, %d perfect (%.1f %%); assertions %d, matched %d (%.3f %%)", what, s.forms, s.perfect, 100*float64(s.perfect)/float64(s.forms), s.asked, s.matched, 100*float64(s.matched)/float64(s.asked))
	if got := float64(s.perfect) / float64(s.forms); got < forms {
		t.Errorf("%s: %.1f %% of forms perfect, want %.1f", what, 100*got, 100*forms)
	}
	if got := float64(s.matched) / float64(s.asked); got < assertions {
		t.Errorf("%s: %.3f %% of assertions hold, want %.2f", what, 100*got, 100*assertions)
	}
}

// Real forms, compiled by pyxform, filled by chance: after every answer each
// item's state is what ODK Web Forms made it.
func TestRealFormsBehaveAsInODK(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "trace"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	sum := total{byKind: map[string]int{}}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".json")
		if id == "summary" {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := ReadTrace(b)
		if err != nil {
			t.Fatal(err)
		}
		sum.add(t, id, xform(t, readXML(t, filepath.Join(corpus(t, "xform"), id+".xml"))), tr)
	}
	sum.report(t, "real forms", 0.95, 0.999)
}

// The unit cases of pyxform that ODK's engine could load.
func TestUnitFormsBehaveAsInODK(t *testing.T) {
	b, err := os.ReadFile(corpus(t, "unit/pyxform_md_cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Test, XML string
		Trace     *Trace
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	sum := total{byKind: map[string]int{}}
	for _, c := range cases {
		if c.Trace == nil || c.XML == "" || c.Trace.Initial == nil {
			continue
		}
		sum.add(t, c.Test, xform(t, parseXML(t, strings.NewReader(c.XML))), c.Trace)
	}
	sum.report(t, "unit forms", 0.95, 0.999)
}
