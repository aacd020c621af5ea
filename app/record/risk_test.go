package record_test

import (
	"testing"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

func riskRules() record.RiskRules {
	title := record.Text{Chinese: "规则"}
	return record.RiskRules{Source: title, Bands: record.RiskBands{Yellow: 10, Orange: 30, Red: 60}, Rules: []record.RiskRule{
		{Name: "abnormal", Title: title, Fact: record.RiskAbnormal, At: 1, Points: 35},
		{Name: "open", Title: title, Fact: record.RiskOpen, At: 2, Points: 4, Each: true, Most: 12},
		{Name: "never", Title: title, Fact: record.RiskYearsSince, At: 5, Points: 5},
	}}
}

func TestEveryPointOfARatingIsExplained(t *testing.T) {
	for _, c := range []struct {
		count  map[string]int
		class  record.RiskClass
		points int
	}{
		{nil, record.RiskGreen, 0},
		{map[string]int{record.RiskOpen: 1}, record.RiskGreen, 0},
		{map[string]int{record.RiskOpen: 2}, record.RiskGreen, 4},
		{map[string]int{record.RiskOpen: 4}, record.RiskYellow, 12},
		{map[string]int{record.RiskOpen: 9, record.RiskYearsSince: 5}, record.RiskYellow, 17},
		{map[string]int{record.RiskAbnormal: 1}, record.RiskOrange, 35},
		{map[string]int{record.RiskAbnormal: 1, record.RiskOpen: 99, record.RiskYearsSince: 20}, record.RiskOrange, 52},
	} {
		r := riskRules().Rate(c.count)
		if r.Class != c.class || r.Points != c.points {
			t.Errorf("%v: got %s with %d points, want %s with %d", c.count, r.Class, r.Points, c.class, c.points)
		}
		sum := 0
		for _, w := range r.Why {
			sum += w.Points
		}
		if sum != r.Points {
			t.Errorf("%v: %d points, %d explained", c.count, r.Points, sum)
		}
	}
}

// More of what a rule counts never makes a rating better.
func TestARatingNeverFallsByMoreFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := map[string]int{}
		for _, f := range record.RiskFacts {
			count[f] = rapid.IntRange(0, 12).Draw(t, f)
		}
		before := riskRules().Rate(count).Points
		count[rapid.SampledFrom(record.RiskFacts).Draw(t, "more")]++
		if after := riskRules().Rate(count).Points; after < before {
			t.Fatalf("%d points, after more %d", before, after)
		}
	})
}

func TestRulesOnRiskThatCannotBeAreRefused(t *testing.T) {
	for want, change := range map[string]func(*record.RiskRules){
		"risk.no_source":  func(r *record.RiskRules) { r.Source = record.Text{} },
		"risk.bands":      func(r *record.RiskRules) { r.Bands.Orange = r.Bands.Red },
		"risk.rule_named": func(r *record.RiskRules) { r.Rules[1].Name = r.Rules[0].Name },
		"risk.fact":       func(r *record.RiskRules) { r.Rules[0].Fact = "good_practice" }, // what is done well never counts
		"risk.points":     func(r *record.RiskRules) { r.Rules[0].Points = 0 },
	} {
		r := riskRules()
		change(&r)
		if got := messageOf(r.Check()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if err := riskRules().Check(); err != nil {
		t.Error(err)
	}
}
