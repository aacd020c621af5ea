package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// half builds a folder as a restore leaves it that is cut off after so many of
// its steps: three old things to put aside, the change of name, three new
// things to move in.
func half(t *testing.T, steps int) string {
	t.Helper()
	folder := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const aside = asidePrefix + "20260101-000000"
	ready := filepath.Join(folder, readyName)
	must(os.Mkdir(filepath.Join(folder, aside), 0o700))
	must(os.Mkdir(ready, 0o700))
	must(os.WriteFile(filepath.Join(folder, lockName), nil, 0o600))
	must(os.WriteFile(filepath.Join(ready, asidePlace), []byte(aside), 0o600))
	old, fresh := []string{"plumbline.db", "files", "old.pdf"}, []string{"plumbline.db", "files", "keys"}
	for _, name := range old {
		must(os.WriteFile(filepath.Join(folder, name), []byte("old"), 0o600))
	}
	for _, name := range fresh {
		must(os.WriteFile(filepath.Join(ready, name), []byte("new"), 0o600))
	}
	for n := range steps {
		switch {
		case n < len(old):
			must(os.Rename(filepath.Join(folder, old[n]), filepath.Join(folder, aside, old[n])))
		case n == len(old):
			must(os.Rename(ready, filepath.Join(folder, movingName)))
		default:
			name := fresh[n-len(old)-1]
			must(os.Rename(filepath.Join(folder, movingName, name), filepath.Join(folder, name)))
		}
	}
	return folder
}

func TestARestoreCutOffAnywhereIsFinishedAtTheNextStart(t *testing.T) {
	for steps := range 8 {
		t.Run(fmt.Sprint(steps, " steps"), func(t *testing.T) {
			folder := half(t, steps)
			if err := mendRestore(folder); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"plumbline.db", "files", "keys"} {
				if b, err := os.ReadFile(filepath.Join(folder, name)); string(b) != "new" {
					t.Errorf("%s holds %q (%v), want what was restored", name, b, err)
				}
			}
			entries, err := os.ReadDir(filepath.Join(folder, asidePrefix+"20260101-000000"))
			if err != nil {
				t.Fatal(err)
			}
			var kept []string
			for _, e := range entries {
				kept = append(kept, e.Name())
			}
			if want := []string{"files", "old.pdf", "plumbline.db"}; !slices.Equal(kept, want) {
				t.Errorf("kept aside: %v, want %v", kept, want)
			}
			if swapWaits(folder) {
				t.Error("the swap still waits")
			}
		})
	}
}
