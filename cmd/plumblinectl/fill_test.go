package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	_ "time/tzdata"
)

// Workbooks that others wrote, read by this program and filled as ODK's engine
// was: after every answer each item's state is the same.
func TestWorkbooksOfOthersBehaveAsInODK(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "xlsforms")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("SKIP: %s is not there; these forms are other people's and not in the repository", folder)
	}
	var out, errOut bytes.Buffer
	code := run(t.Context(), []string{"--json", "checklist", "trace", filepath.Join(folder, "forms"), filepath.Join(folder, "trace")}, &out, &errOut)
	var got struct {
		Assertions, Matched, Perfect int
		Forms                        []traced
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, errOut.String())
	}
	for _, f := range got.Forms {
		if f.Error != "" {
			t.Errorf("%s: %s", f.Form, f.Error)
		} else if !f.Perfect() {
			t.Logf("%s: %d differences, the first: %s", f.Form, len(f.Misses), f.Misses[0])
		}
	}
	t.Logf("CORPUS: assertions %d, matched %d (%.3f %%), forms perfect %d of %d (%.1f %%)", got.Assertions, got.Matched, 100*float64(got.Matched)/float64(got.Assertions),
		got.Perfect, len(got.Forms), 100*float64(got.Perfect)/float64(len(got.Forms)))
	if float64(got.Matched) < 0.999*float64(got.Assertions) || float64(got.Perfect) < 0.95*float64(len(got.Forms)) {
		t.Error("below what is asked: 99.9 % of assertions, 95 % of forms perfect")
	}
}
