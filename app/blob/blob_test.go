package blob

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/record"
)

var ctx = context.Background()

func folder(t testing.TB) *Folder {
	t.Helper()
	f, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func photo(size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{1, byte(size), byte(size >> 8)})
	r.Read(b)
	return b
}

func TestAnyChangedByteOfAStoredFileIsNoticed(t *testing.T) {
	f := folder(t)
	file, err := f.Put(ctx, bytes.NewReader(photo(chunkSize+100)))
	if err != nil {
		t.Fatal(err)
	}
	path, _ := f.path(file.Digest)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 1 + at/40 {
		b := bytes.Clone(whole)
		b[at] ^= 1
		os.WriteFile(path, b, 0o600)
		if _, err := f.Digest(file.Digest); record.CodeOf(err) != record.Broken {
			t.Fatalf("byte %d changed: got %v, want broken", at, err)
		}
	}
	for _, cut := range []int{1, overhead, overhead + 100, len(whole) - headSize, len(whole)} {
		os.WriteFile(path, whole[:len(whole)-cut], 0o600)
		if _, err := f.Digest(file.Digest); record.CodeOf(err) != record.Broken {
			t.Fatalf("%d bytes cut off: got %v, want broken", cut, err)
		}
	}
}

func FuzzNamesStayInsideTheFolder(f *testing.F) {
	good := string(record.HashOf([]byte("x")))
	for _, s := range []string{good, "", "sha256:../../etc/passwd", "../" + good, good[:len(good)-1] + "\x00", "sm3:" + strings.Repeat("a", 64),
		`sha256:..\..\..\windows`, strings.ToUpper(good), "sha256:" + strings.Repeat("/", 64), "sha256:" + strings.Repeat(".", 64)} {
		f.Add(s)
	}
	dir := f.TempDir()
	store, err := Open(filepath.Join(dir, "files"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := record.Hash(s)
		path, err := store.path(d)
		if err != nil {
			if record.CodeOf(err) != record.Invalid {
				t.Fatalf("%q: got %v, want invalid", s, err)
			}
			return
		}
		rel, err := filepath.Rel(store.dir, path)
		if err != nil || !filepath.IsLocal(rel) || strings.Count(filepath.ToSlash(rel), "/") != 1 || strings.ContainsAny(rel, ":*?\"<>|") {
			t.Errorf("%q lies at %q", s, rel)
		}
	})
}

// A 2 MB photo: hashed, encrypted, file, key and folders fsynced.
func BenchmarkPhoto2MB(b *testing.B) {
	f := folder(b)
	plain := photo(2 << 20)
	b.SetBytes(int64(len(plain)))
	for n := 0; b.Loop(); n++ {
		copy(plain, fmt.Sprint(n)) // another photo each time
		if _, err := f.Put(ctx, bytes.NewReader(plain)); err != nil {
			b.Fatal(err)
		}
	}
}
