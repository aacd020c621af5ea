package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// pass, fail: steps that need nothing.
func pass(name, after string) step {
	return step{name: name, after: after, run: func(context.Context, checks) error { return nil }}
}

func fail(name string) step {
	return step{name: name, run: func(context.Context, checks) error { return errors.New("broken") }}
}

func TestOneFailedStepFailsTheRun(t *testing.T) {
	err := runSteps(t.Context(), []step{pass("one", ""), fail("two"), pass("three", "")}, checks{})
	if err == nil || err.Error() != "not ok: two" {
		t.Errorf("got %v, want not ok: two", err)
	}
	if err := runSteps(t.Context(), []step{pass("one", ""), pass("three", "one")}, checks{}); err != nil {
		t.Errorf("all passed: got %v, want nil", err)
	}
}

func TestStepAfterAFailedOneIsSkippedAndNotOk(t *testing.T) {
	ran := false
	last := step{name: "last", after: "first", run: func(context.Context, checks) error { ran = true; return nil }}
	err := runSteps(t.Context(), []step{fail("first"), last}, checks{})
	if ran || err == nil || !strings.Contains(err.Error(), "last") {
		t.Errorf("got ran %v and %v, want it skipped and named", ran, err)
	}
}

func TestStepsCanBeChosen(t *testing.T) {
	names := func(chosen []step) string {
		var all []string
		for _, s := range chosen {
			all = append(all, s.name)
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		only  string
		quick bool
		want  string
	}{
		{"vet,gofmt", false, "vet gofmt"},
		{"windows", true, "windows"},
		{"", true, "gofmt imports build vet staticcheck test race native window"},
	} {
		if got, err := choose(c.only, c.quick); err != nil || names(got) != c.want {
			t.Errorf("choose(%q, %v): got %q (%v), want %q", c.only, c.quick, names(got), err, c.want)
		}
	}
	if _, err := choose("tests", false); err == nil {
		t.Error("choose(tests): got no error, want one that names the unknown step")
	}
}
