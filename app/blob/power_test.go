package blob_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/blob"
	"plumbline/app/blob/blobtest"
	"plumbline/app/powertest"
	"plumbline/app/record"
	"plumbline/app/soaktest"
)

const chunk = blob.ChunkSize

// The files of the recorded laptop; their digests are known to both programs.
var photos = [][]byte{blobtest.Photo(1, 3000), blobtest.Photo(2, 2*chunk+5), blobtest.Photo(3, 4*chunk+17), blobtest.Photo(4, chunk), blobtest.Photo(5, 3*chunk), {}}

func fileOf(b []byte) record.File { return record.File{Digest: record.HashOf(b), Size: int64(len(b))} }

// told is what the program under test says of a photo once it is so.
type told struct {
	Photo int
	Whole bool  // here
	Part  int64 // so many of its bytes are here
	Gone  bool  // destroyed
}

// photograph is the program that is recorded.
func photograph(folder, marks string) error {
	out, err := os.OpenFile(marks, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	say := func(s told) {
		b, _ := json.Marshal(s)
		_, e := out.Write(b)
		err = errors.Join(err, e)
	}
	ctx := context.Background()
	f, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil {
		return err
	}
	for n, b := range photos { // what an earlier program left
		d := fileOf(b).Digest
		if at, e := f.Part(d); e != nil {
			return e
		} else if f.Has(d) {
			say(told{Photo: n, Whole: true})
		} else {
			say(told{Photo: n, Part: at, Gone: at == 0})
		}
	}
	put := func(n int) {
		if err == nil {
			if _, err = f.Put(ctx, bytes.NewReader(photos[n])); err == nil {
				say(told{Photo: n, Whole: true})
			}
		}
	}
	send := func(n int, to int64) {
		if err == nil {
			at, e := f.Part(fileOf(photos[n]).Digest)
			if err = e; err != nil || at >= to || f.Has(fileOf(photos[n]).Digest) {
				return
			}
			if at, err = f.Append(ctx, fileOf(photos[n]), at, bytes.NewReader(photos[n][at:to])); err == nil && at < fileOf(photos[n]).Size {
				say(told{Photo: n, Part: at})
			}
		}
	}
	finish := func(n int) {
		if err == nil {
			if _, err = f.Finish(fileOf(photos[n]).Digest); err == nil {
				say(told{Photo: n, Whole: true})
			}
		}
	}
	drop := func(n int) {
		if err == nil {
			if err = f.Drop(ctx, fileOf(photos[n]).Digest); err == nil {
				say(told{Photo: n, Gone: true})
			}
		}
	}
	send(2, 2*chunk)
	put(0)
	put(1)
	send(2, 3*chunk)
	send(2, int64(len(photos[2])))
	finish(2)
	send(4, chunk)
	put(4) // the same bytes by another way
	put(5)
	put(0)
	drop(1)
	drop(4)
	put(4)
	put(3)
	return errors.Join(err, out.Close())
}

// recordPhotos follows the program and gives what it did, with what it said as
// marks. It begins in a folder with what an earlier one left, if any.
func recordPhotos(t *testing.T, trace *powertest.Trace, folder string) {
	t.Helper()
	marks := filepath.Join(t.TempDir(), "said")
	cmd := exec.Command(os.Args[0], "-test.run", "^TestSoakAPowerCutLeavesPhotosWhole$", "-test.count=1")
	cmd.Env = append(os.Environ(), "PLUMBLINE_POWER_FOLDER="+folder, "PLUMBLINE_POWER_MARKS="+marks, "GODEBUG=asyncpreemptoff=1")
	cmd.Stderr = os.Stderr
	err := trace.Follow(cmd, folder, marks)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
		t.Skip("what a program does to the disk cannot be followed here:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkPhotos opens a folder as a power cut left it: every photo is what was
// last said of it, or is where the program was bringing it; none is half there.
func checkPhotos(folder string, said map[int]told, next told) (err error) {
	f, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	for n, b := range photos {
		want := fileOf(b)
		s, sure := said[n]
		busy := next.Photo == n
		here := f.Has(want.Digest)
		if here {
			if got, err := f.Digest(want.Digest); err != nil || got != want.Digest {
				return fmt.Errorf("photo %d is there and is not whole: %s, %w", n, got, err)
			}
		}
		part, err := f.Part(want.Digest)
		if err != nil {
			return fmt.Errorf("part of photo %d: %w", n, err)
		}
		switch {
		case sure && s.Whole && !here && !(busy && next.Gone):
			return fmt.Errorf("photo %d was kept and is lost", n)
		case sure && s.Part > part && !(busy && next.Gone):
			return fmt.Errorf("%d bytes of photo %d were kept, %d are there", s.Part, n, part)
		case sure && s.Gone && here && !busy:
			return fmt.Errorf("photo %d was destroyed and is back", n)
		}
	}
	return goOn(f)
}

// goOn brings every photo anew: every second one from where it is, and once more
// from where that turns out to be torn.
func goOn(f *blob.Folder) error {
	for n, b := range photos {
		want := fileOf(b)
		var err error
		if n%2 == 0 {
			if err = bring(f, b); record.CodeOf(err) == record.Conflict {
				err = bring(f, b)
			}
		} else {
			_, err = f.PutAs(context.Background(), want.Digest, bytes.NewReader(b))
		}
		if err != nil {
			return fmt.Errorf("photo %d again: %w", n, err)
		}
		if got, err := f.Digest(want.Digest); err != nil || got != want.Digest {
			return fmt.Errorf("photo %d again: %s, %w", n, got, err)
		}
	}
	return nil
}

func bring(f *blob.Folder, b []byte) error {
	want := fileOf(b)
	at, err := f.Part(want.Digest)
	if err == nil {
		_, err = f.Append(context.Background(), want, at, bytes.NewReader(b[at:]))
	}
	if err == nil {
		_, err = f.Finish(want.Digest)
	}
	return err
}

// said reads what the program said: for each mark of the trace what was so by
// then, and what it said next.
func said(t *testing.T, trace *powertest.Trace) (by []map[int]told, next []told) {
	t.Helper()
	now := map[int]told{}
	by = append(by, maps.Clone(now))
	for _, op := range trace.Ops() {
		if op.Kind != powertest.Mark {
			continue
		}
		var s told
		if err := json.Unmarshal(op.Bytes, &s); err != nil {
			t.Fatal(err)
		}
		now[s.Photo] = s
		by, next = append(by, maps.Clone(now)), append(next, s)
	}
	return by, append(next, told{Photo: -1})
}

// photosAfter checks what each cut leaves of the photos.
func photosAfter(t *testing.T, trace *powertest.Trace, cuts iter.Seq[powertest.Cut]) (checked int, wrong []string) {
	by, next := said(t, trace)
	return powertest.Check(t, cuts, func(folder string, c powertest.Cut) error {
		return checkPhotos(folder, by[c.Marks], next[c.Marks])
	})
}

func recorded(t *testing.T, folder string) *powertest.Trace {
	t.Helper()
	trace, err := powertest.Record(folder)
	if err != nil {
		t.Fatal(err)
	}
	recordPhotos(t, trace, folder)
	return trace
}

// P1 and P2 for files when the power fails: after any operation on the disk, with
// any part of what was not synced lost or torn, a file that was kept is whole, a
// destroyed one does not come back, none is half there, and any can come anew.
func TestSoakAPowerCutLeavesPhotosWhole(t *testing.T) {
	if folder := os.Getenv("PLUMBLINE_POWER_FOLDER"); folder != "" {
		if err := photograph(folder, os.Getenv("PLUMBLINE_POWER_MARKS")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	seed := soaktest.Seed(t)
	trace, random := recorded(t, t.TempDir()), soaktest.Random(seed, 0)
	chosen := func(int, powertest.Op) bool { return soaktest.Soaking() || random.IntN(3) == 0 }
	checked, wrong := photosAfter(t, trace, trace.Cuts(random, soaktest.Rounds(1, 20), nil, chosen))
	for _, w := range wrong {
		t.Error(w)
	}
	t.Logf("%d operations; %d folders", len(trace.Ops()), checked)

	// Worth something only if it finds a disk that does not keep its word.
	for what, lies := range map[string]func(powertest.Op) bool{
		"no file is synced":            func(op powertest.Op) bool { return op.Kind == powertest.Sync },
		"no key is synced":             func(op powertest.Op) bool { return op.Kind == powertest.Sync && strings.HasSuffix(op.Path, ".key") },
		"the folder of keys is not":    func(op powertest.Op) bool { return op.Path == "files/keys" },
		"the folders of files are not": func(op powertest.Op) bool { return op.Kind == powertest.SyncFolder && len(path.Base(op.Path)) == 2 },
		"the data folder is not":       func(op powertest.Op) bool { return op.Path == "." },
	} {
		if checked, wrong := photosAfter(t, trace, trace.Cuts(nil, 0, lies, powertest.AtMarks)); len(wrong) == 0 {
			t.Errorf("%s: %d folders, and nothing was missed", what, checked)
		}
	}
}

// A program is killed before it has synced what it wrote. What the next one says
// of the files it finds stays so although the power fails then.
func TestSoakWhatAKilledProgramLeftOfPhotosIsKeptOnceItWasSeen(t *testing.T) {
	seed := soaktest.Seed(t)
	first, random := recorded(t, t.TempDir()), soaktest.Random(seed, 1)
	for round := range soaktest.Rounds(2, 40) {
		killed := 1 + random.IntN(len(first.Ops()))
		// A file that has just got its name, or a part, tells most.
		for want := [...]powertest.Kind{powertest.Rename, powertest.Write}; round < 2 && first.Ops()[killed-1].Kind != want[round]; {
			killed = 1 + random.IntN(len(first.Ops()))
		}
		disk := first.Disk()
		for _, op := range first.Ops()[:killed] {
			disk.Do(op)
		}
		folder := t.TempDir()
		if err := disk.All().Lay(folder); err != nil {
			t.Fatal(err)
		}
		trace := first.First(killed)
		recordPhotos(t, trace, folder)
		silent := len(photos) // of so many the next program has not spoken yet
		after := func(n int, op powertest.Op) bool {
			if n >= killed && op.Kind == powertest.Mark {
				silent--
			}
			return silent <= 0 && (soaktest.Soaking() || op.Kind == powertest.Mark)
		}
		_, wrong := photosAfter(t, trace, trace.Cuts(random, 1, nil, after))
		for _, w := range wrong {
			t.Errorf("killed after operation %d: %s", killed, w)
		}
	}
}
