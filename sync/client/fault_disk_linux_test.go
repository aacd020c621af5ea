package client_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

// The server's disk runs full at any of its writes: the laptop is told that it
// is the server's, was promised nothing that is not there, and the next sync
// after somebody made room ends with everything there once. The server is not
// restarted for that.
func TestSoakAFullDiskAtAnyWriteOfTheServerLosesNothing(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("plumbline-test", disk, "tmpfs", 0, "size=48m"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	o := synctest.Start(t, &synctest.Office{Folder: filepath.Join(disk, "server")})
	l, reader := o.Laptop(), o.Laptop()
	l.Register()
	l.Sync()
	reader.Sync()
	filler := filepath.Join(disk, "somebody-elses-film")
	told := map[string]int{}
	step := int64(synctest.Rounds(32, 4)) << 10
	rounds, well := 0, 0
	for keep := int64(0); well < 3; keep += step {
		rounds++
		l.Fill(12)
		id := l.Plan(rounds)
		e := l.Attach(id, "k1", synctest.Picture(rounds, 150_000), synctest.Picture(10_000+rounds, 900))
		fillDisk(t, filler, keep)
		l.Client.GiveUpAfter(2)
		_, err := l.Client.Sync(ctx, nil)
		var problem *record.Error
		switch {
		case err == nil:
			well++
		case !errors.As(err, &problem):
			t.Fatalf("%d KB left: %v is no error for people", keep>>10, err)
		default:
			well = 0
			told[problem.Message]++
			if m := problem.Message; m != "sync.server_full" && m != "file.store_full" {
				t.Errorf("%d KB left: the laptop is told %v", keep>>10, err)
			}
		}
		promised(t, keep, id, l, o)
		if _, err := reader.Client.Sync(ctx, nil); err != nil {
			t.Errorf("%d KB left: a laptop that only reads is told %v", keep>>10, err)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		l.Client.GiveUpAfter(6)
		if _, err := l.Client.Sync(ctx, nil); err != nil {
			t.Fatalf("%d KB had been left, now there is room: %v", keep>>10, err)
		}
		if got, err := o.Files.Digest(e.Digest); err != nil || got != e.Digest {
			t.Fatalf("%d KB had been left: the photo at the server: %v", keep>>10, err)
		}
		if t.Failed() {
			break
		}
	}
	reader.Sync()
	synctest.Equal(t, o.Store, l.Store, reader.Store)
	if got, want := synctest.Entries(t, o.Store), synctest.Entries(t, l.Store); got != want {
		t.Errorf("the server has %d entries, the laptop %d", got, want)
	}
	v, err := o.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return o.Files.Digest(f.Digest) })
	if err != nil || len(v.Problems) > 0 || v.Files != 2*rounds {
		t.Errorf("verify: %d files, %+v, %v", v.Files, v.Problems, err)
	}
	t.Logf("%d rounds, %d KB apart; told: %v", rounds, step>>10, told)
	if len(told) == 0 {
		t.Error("the disk was never full: the test proves nothing")
	}
}

// fillDisk leaves so many bytes on a disk.
func fillDisk(t *testing.T, filler string, keep int64) {
	t.Helper()
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(0)
	for _, n := range []int{1 << 20, 4096} {
		for b := make([]byte, n); ; {
			w, err := f.Write(b)
			size += int64(w)
			if errors.Is(err, syscall.ENOSPC) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Truncate(max(0, size-keep)); err != nil {
		t.Fatal(err)
	}
}
