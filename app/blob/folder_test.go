package blob_test

import (
	"bytes"
	"context"
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
