package powertest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// after gives every folder that may be found after the operations, as "name:bytes".
func after(ops ...Op) []string {
	d := (&Trace{}).Disk()
	for _, op := range ops {
		d.Do(op)
	}
	found := map[string]bool{}
	for seed := range uint64(200) {
		for _, s := range []State{d.None(), d.All(), d.Some(rand.New(rand.NewPCG(seed, 0)))} {
			var names []string
			for name, b := range s.Files {
				names = append(names, fmt.Sprintf("%s:%.4s", name, b))
			}
			slices.Sort(names)
			found[strings.Join(names, " ")] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestWhatMayBeFoundAfterAPowerCut(t *testing.T) {
	made, write, sync, names := Op{Kind: Create, Path: "a", File: 1}, Op{Kind: Write, File: 1, Bytes: []byte("text")}, Op{Kind: Sync, File: 1}, Op{Kind: SyncFolder, Path: "."}
	moved := Op{Kind: Rename, Path: "a", To: "in/b", File: 1}
	for _, test := range []struct {
		what string
		ops  []Op
		want []string
	}{
		{"all is synced", []Op{made, write, sync, names}, []string{"a:text"}},
		{"the name is not", []Op{made, write, sync}, []string{"", "a:text"}},
		{"the bytes are not", []Op{made, names, write}, []string{"a:", "a:\x00\x00\x00\x00", "a:text"}},
		{"a rename is not", []Op{made, write, sync, {Kind: MakeFolder, Path: "in"}, names, moved}, []string{"a:text", "a:text in/b:text", "in/b:text"}},
		{"a rename is, in its new folder only", []Op{made, write, sync, {Kind: MakeFolder, Path: "in"}, names, moved, {Kind: SyncFolder, Path: "in"}}, []string{"a:text in/b:text", "in/b:text"}},
		{"a rename into a folder that is not", []Op{made, write, sync, names, {Kind: MakeFolder, Path: "in"}, moved, {Kind: SyncFolder, Path: "in"}}, []string{"a:text", "a:text in/b:text", "in/b:text"}},
	} {
		got := slices.DeleteFunc(after(test.ops...), func(s string) bool { // garbage where nothing was written
			return test.what == "the bytes are not" && !slices.Contains(test.want, s)
		})
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.what, got, test.want)
		}
	}
}

func TestATraceBeginsWithWhatLiesInTheFolder(t *testing.T) {
	folder := t.TempDir()
	was := State{Files: map[string][]byte{"a": []byte("x"), "in/b": {}}, Folders: []string{"in"}}
	if err := was.Lay(filepath.Join(folder, "data")); err != nil {
		t.Fatal(err)
	}
	trace, err := Record(filepath.Join(folder, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if got := trace.Disk().None(); got.Sum() != was.Sum() {
		t.Errorf("got %s, want %s", got, was)
	}
	if err := was.Lay(filepath.Join(folder, "data")); !os.IsExist(err) {
		t.Errorf("laid over another folder: %v", err)
	}
}
