package s3_test

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"

	"plumbline/app/blob"
	"plumbline/app/blob/blobtest"
	"plumbline/app/record"
	"plumbline/sync/s3"
	"plumbline/sync/s3/s3test"
)

// The disk of the machine between laptop and bucket is full: that is said of the
// server, nothing is left behind, and it goes on when there is room.
func TestAFullDiskOnTheWayIsSaidAndNothingIsLost(t *testing.T) {
	server := s3test.Start(t)
	disk := t.TempDir()
	if err := syscall.Mount("plumbline-test", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	o := server.Options()
	o.Spool = disk
	store, err := s3.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	b := blobtest.Photo(1, 3<<20)
	f := fileOf(b)
	full := func(what string, err error) {
		t.Helper()
		var e *record.Error
		if !errors.As(err, &e) || e.Code != record.Full || e.Message != "file.store_full" {
			t.Errorf("%s: got %v, want that the store is full", what, err)
		}
	}
	_, err = store.Put(ctx, bytes.NewReader(b))
	full("put", err)
	end, err := store.Append(ctx, f, 0, bytes.NewReader(b))
	full("append", err)
	if at, err := server.Open().Part(f.Digest); err != nil || at != end || at%blob.ChunkSize != 0 {
		t.Errorf("append said %d, %d bytes are durable, %v", end, at, err)
	}
	for at := end; at < f.Size; {
		if at, err = store.Append(ctx, f, at, bytes.NewReader(b[at:min(f.Size, at+8*blob.ChunkSize)])); err != nil {
			t.Fatal(err)
		}
	}
	_, err = store.Finish(f.Digest)
	full("finish", err)
	if left, err := os.ReadDir(disk); err != nil || len(left) != 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
	if _, err := server.Open().Finish(f.Digest); err != nil { // a process with room
		t.Fatal(err)
	}
	holds(t, store, b)
}
