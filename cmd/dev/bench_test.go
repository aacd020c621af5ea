package main

import (
	"strings"
	"testing"
)

// What go test -bench prints, two rounds of it, with the processor count
// behind the name as on every machine but one with a single core.
const benchOutput = `goos: linux
pkg: plumbline/app/store
BenchmarkRow_SaveAnswer-2   	    1342	    891042 ns/op	         1.310 ratio
BenchmarkRow_Search-2       	     100	   2891042 ns/op	         7.500 ms-worst	     120 B/op
BenchmarkOther-2            	     100	   1 ns/op
ok  	plumbline/app/store	3.2s
BenchmarkRow_SaveAnswer-2   	    1342	    891042 ns/op	         1.450 ratio
BenchmarkRow_SaveAnswer     	    1342	    891042 ns/op	         9.000 ratio
`

func TestFiguresAreReadFromBenchmarkOutput(t *testing.T) {
	figures := map[string][]float64{}
	readFigures(benchOutput, figures)
	for key, want := range map[string]float64{"SaveAnswer ratio": 1.45, "Search ms-worst": 7.5, "Search B/op": 120} {
		if len(figures[key]) == 0 || median(figures[key]) != want {
			t.Errorf("%s: got %v, want the median %v", key, figures[key], want)
		}
	}
	if len(figures["Other ns/op"]) != 0 {
		t.Errorf("a benchmark that is no row was read: %v", figures)
	}
}

func TestVerdictSaysByHowMuch(t *testing.T) {
	for _, c := range []struct {
		row  row
		ours float64
		want string
	}{
		{row{limit: 5}, 5, "ok"},
		{row{limit: 5}, 7.5, "over by ×1.50"},
		{row{limit: 3000, atLeast: true}, 3000, "ok"},
		{row{limit: 3000, atLeast: true}, 1500, "under by ×2.00"},
		{row{limit: 0}, 0, "ok"},
		{row{limit: 0}, 2, "over"},
	} {
		if got := c.row.verdict(c.ours); got != c.want {
			t.Errorf("verdict of %v against %+v: got %q, want %q", c.ours, c.row, got, c.want)
		}
	}
}

func TestBenchmarkWithoutARowIsToldOf(t *testing.T) {
	err := unknownFigures(map[string][]float64{"SaveAnswer ns/op": {1}, "SaveAnsver ns/op": {1}})
	if err == nil || !strings.Contains(err.Error(), "SaveAnsver") || strings.Contains(err.Error(), "SaveAnswer ") {
		t.Errorf("unknownFigures: got %v, want an error about SaveAnsver alone", err)
	}
}

func TestNumbersHaveThousandsApart(t *testing.T) {
	for value, want := range map[float64]string{0.4: "0.4", 16.6: "16.6", 999: "999", 15000: "15,000", 1234567: "1,234,567"} {
		if got := number(value); got != want {
			t.Errorf("number(%v): got %q, want %q", value, got, want)
		}
	}
}
