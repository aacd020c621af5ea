package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/app/blob"
	"plumbline/app/blob/blobtest"
	"plumbline/app/record"
)

func TestAFolderIsAStoreOfFiles(t *testing.T) {
	blobtest.Run(t, func(t testing.TB) blobtest.Place {
		dir := filepath.Join(t.TempDir(), "files")
		return blobtest.Place{
			Open: func() blob.Store {
				f, err := blob.Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				return f
			},
			Raw: func() map[string][]byte {
				raw := map[string][]byte{}
				err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
					if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), "lock-") {
						raw[path], err = os.ReadFile(path)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				return raw
			},
			Write: func(name string, b []byte) {
				err := os.Remove(name)
				if b != nil {
					err = os.WriteFile(name, b, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}

// What a crash left of a file being written is cleared away a day later.
func TestWhatACrashLeftIsClearedAwayADayLater(t *testing.T) {
	dir := t.TempDir()
	f, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(dir, "parts", "put-1"), filepath.Join(dir, "parts", "put-2")
	for _, name := range []string{old, young} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	day := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, day, day); err != nil {
		t.Fatal(err)
	}
	// A part is no such thing: its laptop may come back after months.
	b := blobtest.Photo(1, 2*blob.ChunkSize)
	file := record.File{Digest: record.HashOf(b), Size: int64(len(b))}
	if _, err := f.Append(context.Background(), file, 0, bytes.NewReader(b[:blob.ChunkSize])); err != nil {
		t.Fatal(err)
	}
	if f, err = blob.Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old one: got %v, want it gone", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young one: got %v, want it there", err)
	}
	if at, err := f.Part(file.Digest); err != nil || at != blob.ChunkSize {
		t.Errorf("the part: got %d, %v", at, err)
	}
}

// A power cut may leave a part longer than what of it reached the disk. What is
// good is kept, and the rest comes anew.
func TestATornPartGoesOnWhereItIsTorn(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	b := blobtest.Photo(1, 4*blob.ChunkSize)
	file := record.File{Digest: record.HashOf(b), Size: int64(len(b))}
	f, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	name, err := blob.Name(file.Digest)
	if err != nil {
		t.Fatal(err)
	}
	// tear makes a chunk zeros.
	tear := func(chunk int64) {
		t.Helper()
		p, err := os.OpenFile(filepath.Join(dir, "parts", name), os.O_RDWR, 0)
		if err == nil {
			_, err = p.WriteAt(make([]byte, blob.SealedChunk), blob.HeadSize+chunk*blob.SealedChunk)
			err = errors.Join(err, p.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	send := func(from, to int64) {
		t.Helper()
		if at, err := f.Append(ctx, file, from, bytes.NewReader(b[from:to])); err != nil || at != to {
			t.Fatalf("append at %d: got %d, %v, want %d", from, at, err, to)
		}
	}
	send(0, 3*blob.ChunkSize)
	tear(2)
	if at, err := f.Part(file.Digest); err != nil || at != 2*blob.ChunkSize {
		t.Errorf("torn at its end: got %d, %v, want %d", at, err, 2*blob.ChunkSize)
	}
	send(2*blob.ChunkSize, file.Size)
	tear(1)
	_, err = f.Finish(file.Digest)
	var wrong *record.Error
	if !errors.As(err, &wrong) || wrong.Code != record.Conflict || wrong.Args["offset"] != int64(blob.ChunkSize) {
		t.Errorf("torn in the middle: got %v, want a conflict at %d", err, blob.ChunkSize)
	}
	send(blob.ChunkSize, file.Size)
	if got, err := f.Finish(file.Digest); err != nil || got != file {
		t.Errorf("got %+v, %v", got, err)
	}
}
