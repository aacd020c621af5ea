package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

var sizes = []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 300_000}

func TestWhatWasPutComesBackByItsDigest(t *testing.T) {
	f := folder(t)
	for _, n := range sizes {
		b := photo(n)
		file, err := f.Put(ctx, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if want := record.HashOf(b); file.Digest != want || file.Size != int64(n) {
			t.Errorf("%d bytes: got %+v, want %s", n, file, want)
		}
		r, err := f.Open(file.Digest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, b) || r.Size() != int64(n) {
			t.Errorf("%d bytes: got %d bytes of size %d, %v", n, len(got), r.Size(), err)
		}
		if n > 10 {
			r.Seek(int64(n/2), io.SeekStart)
			if got, err = io.ReadAll(r); err != nil || !bytes.Equal(got, b[n/2:]) {
				t.Errorf("%d bytes from the middle: got %d, %v", n, len(got), err)
			}
		}
		r.Close()
		if d, err := f.Digest(file.Digest); err != nil || d != file.Digest {
			t.Errorf("digest of %d bytes: got %s, %v", n, d, err)
		}
	}
}

func TestNoPlainBytesLieOnTheDisk(t *testing.T) {
	f := folder(t)
	secret := []byte("云溪市书法协会三笔付款没有凭证")
	if _, err := f.Put(ctx, bytes.NewReader(secret)); err != nil {
		t.Fatal(err)
	}
	file := record.File{Digest: record.HashOf(photo(chunkSize), secret), Size: chunkSize + int64(len(secret))}
	if _, err := f.Append(ctx, file, 0, io.MultiReader(bytes.NewReader(photo(chunkSize)), bytes.NewReader(secret))); err != nil {
		t.Fatal(err)
	}
	seen := 0
	filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, secret) {
			t.Errorf("%s holds the plain text", path)
		}
		return err
	})
	if seen < 4 {
		t.Errorf("looked at %d files, want 2 files and 2 keys", seen)
	}
}

func TestDroppingTheKeyDestroysTheFile(t *testing.T) {
	f := folder(t)
	file, err := f.Put(ctx, bytes.NewReader(photo(5000)))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := name(file.Digest)
	if err := os.Remove(filepath.Join(f.keys(), n+".key")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Digest(file.Digest); record.CodeOf(err) != record.NotFound {
		t.Errorf("got %v, want not found", err)
	}
	// The same bytes may come again; the old ciphertext must not stand in their way.
	if _, err := f.PutAs(ctx, file.Digest, bytes.NewReader(photo(5000))); err != nil {
		t.Fatal(err)
	}
	if d, err := f.Digest(file.Digest); err != nil || d != file.Digest {
		t.Errorf("got %s, %v", d, err)
	}
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

// cut is a line that breaks after n bytes.
type cut struct {
	r io.Reader
	n int
}

func (c *cut) Read(p []byte) (int, error) {
	if c.n <= 0 {
		return 0, errors.New("line cut")
	}
	n, err := c.r.Read(p[:min(len(p), c.n)])
	c.n -= n
	return n, err
}

func TestAnUploadGoesOnWhereTheLineBroke(t *testing.T) {
	for _, size := range sizes {
		f := folder(t)
		b := photo(size)
		file := record.File{Digest: record.HashOf(b), Size: int64(size)}
		sent := 0
		for try := 0; ; try++ {
			at, err := f.Part(file.Digest)
			if err != nil {
				t.Fatal(err)
			}
			line := &cut{bytes.NewReader(b[at:]), chunkSize + 777}
			sent -= line.n
			end, err := f.Append(ctx, file, at, line)
			sent += line.n
			if again, _ := f.Part(file.Digest); size > 0 && again != end {
				t.Fatalf("%d bytes: Append said %d, Part says %d", size, end, again)
			}
			if err == nil && end == file.Size {
				break
			}
			if try > 20 {
				t.Fatalf("%d bytes: no end after %d tries: at %d, %v", size, try, end, err)
			}
			f, err = Open(f.dir) // as after a crash
			if err != nil {
				t.Fatal(err)
			}
		}
		if f.Has(file.Digest) {
			t.Errorf("%d bytes: the file is there before it was checked", size)
		}
		got, err := f.Finish(file.Digest)
		if err != nil || got != file {
			t.Fatalf("%d bytes: got %+v, %v", size, got, err)
		}
		if d, err := f.Digest(file.Digest); err != nil || d != file.Digest {
			t.Errorf("%d bytes: got %s, %v", size, d, err)
		}
		if -sent > 0 && -sent > size+(size/chunkSize+1)*1000 {
			t.Errorf("%d bytes: %d sent", size, -sent)
		}
	}
}

func TestATornChunkIsSentAgain(t *testing.T) {
	f := folder(t)
	b := photo(3 * chunkSize)
	file := record.File{Digest: record.HashOf(b), Size: int64(len(b))}
	if _, err := f.Append(ctx, file, 0, bytes.NewReader(b[:2*chunkSize])); err != nil {
		t.Fatal(err)
	}
	path, _ := f.partPath(file.Digest)
	if err := os.Truncate(path, headSize+sealedSize+1234); err != nil {
		t.Fatal(err)
	}
	at, err := f.Part(file.Digest)
	if err != nil || at != chunkSize {
		t.Fatalf("got %d, %v, want %d", at, err, chunkSize)
	}
	if _, err := f.Append(ctx, file, 2*chunkSize, bytes.NewReader(nil)); record.CodeOf(err) != record.Conflict {
		t.Errorf("a gap: got %v, want conflict", err)
	}
	if end, err := f.Append(ctx, file, at, bytes.NewReader(b[at:])); err != nil || end != file.Size {
		t.Fatalf("got %d, %v", end, err)
	}
	if _, err := f.Finish(file.Digest); err != nil {
		t.Fatal(err)
	}
}

func TestOtherBytesThanTheNamePromisesAreRefused(t *testing.T) {
	f := folder(t)
	good, bad := photo(1000), photo(1001)[:1000]
	d := record.HashOf(good)
	if _, err := f.PutAs(ctx, d, bytes.NewReader(bad)); record.CodeOf(err) != record.Broken {
		t.Errorf("PutAs: got %v, want broken", err)
	}
	file := record.File{Digest: d, Size: 1000}
	if _, err := f.Append(ctx, file, 0, bytes.NewReader(bad)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Finish(d); record.CodeOf(err) != record.Broken {
		t.Errorf("Finish: got %v, want broken", err)
	}
	if f.Has(d) {
		t.Error("the wrong bytes are kept under the name")
	}
	if at, _ := f.Part(d); at != 0 {
		t.Errorf("after the wrong bytes the part stands at %d, want 0", at)
	}
	if _, err := f.PutAs(ctx, d, bytes.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Digest(d); err != nil || got != d {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestManyKeepTheSamePhotoAtOnce(t *testing.T) {
	f := folder(t)
	other, err := Open(f.dir) // another program in the same folder
	if err != nil {
		t.Fatal(err)
	}
	b := photo(200_000)
	d := record.HashOf(b)
	var all sync.WaitGroup
	failed := make(chan error, 40)
	for n := range 12 {
		all.Add(3)
		folder := []*Folder{f, other}[n%2]
		go func() { defer all.Done(); _, err := folder.Put(ctx, bytes.NewReader(b)); failed <- err }()
		go func() { defer all.Done(); _, err := folder.PutAs(ctx, d, bytes.NewReader(b)); failed <- err }()
		go func() {
			defer all.Done()
			_, err := f.Append(ctx, record.File{Digest: d, Size: int64(len(b))}, 0, bytes.NewReader(b))
			if err == nil {
				_, err = f.Finish(d)
			}
			if c := record.CodeOf(err); c == record.Conflict || c == record.NotFound {
				err = nil // another goroutine was first
			}
			failed <- err
		}()
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	if got, err := f.Digest(d); err != nil || got != d {
		t.Errorf("got %s, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.temp(), "put-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func FuzzNamesStayInsideTheFolder(f *testing.F) {
	good := record.HashOf([]byte("x"))
	for _, s := range []string{string(good), "", "sha256:", "sha256:../../etc/passwd", "../" + string(good), string(good) + "/..", string(good[:len(good)-1]) + "\x00",
		"sha256:" + strings.Repeat("A", 64), "sm3:" + strings.Repeat("a", 64), `sha256:..\..\..\windows`, strings.ToUpper(string(good)), string(good) + ".key", "sha256:" + strings.Repeat("/", 64)} {
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
			for what, err := range map[string]error{"Open": second(store.Open(d)), "Part": second(store.Part(d)), "Finish": second(store.Finish(d)),
				"PutAs": second(store.PutAs(ctx, d, strings.NewReader("x"))), "Append": second(store.Append(ctx, record.File{Digest: d, Size: 1}, 0, strings.NewReader("x")))} {
				if record.CodeOf(err) != record.Invalid {
					t.Errorf("%s(%q): got %v, want invalid", what, s, err)
				}
			}
			return
		}
		rel, err := filepath.Rel(store.dir, path)
		if err != nil || !filepath.IsLocal(rel) || strings.Count(filepath.ToSlash(rel), "/") != 1 || strings.ContainsAny(rel, ":*?\"<>|") {
			t.Errorf("%q lies at %q", s, rel)
		}
	})
}

func second[T any](_ T, err error) error { return err }

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
