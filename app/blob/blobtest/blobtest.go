// Package blobtest is what every store of files must hold to: one suite for the
// folder and for S3.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
)

// Place is where a store keeps its files, empty at first.
type Place struct {
	// Open opens a store over the place, as another process does: the suite uses
	// several at once.
	Open func() blob.Store
	// Raw gives everything that lies in the place, by its name there.
	Raw func() map[string][]byte
	// Write changes what lies in the place behind the store's back; nil removes it.
	Write func(name string, b []byte)
}

var ctx = context.Background()

const chunk = blob.ChunkSize

// Run runs the suite. place makes a new empty place.
func Run(t *testing.T, place func(t testing.TB) Place) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"WhatWasPutComesBackByItsDigest", putComesBack},
		{"AnyRangeCanBeRead", anyRange},
		{"OnlyCiphertextLiesInThePlace", onlyCiphertext},
		{"AnyChangedByteIsNoticed", changedByte},
		{"AnUploadGoesOnFromEveryChunkBoundary", everyBoundary},
		{"AnUploadGoesOnAtAnotherProcess", anotherProcess},
		{"ATornPieceIsSentAgain", tornPiece},
		{"OtherBytesThanTheNamePromisesAreRefused", otherBytes},
		{"AnIncompletePartIsNoFile", incomplete},
		{"AnotherLengthBeginsAnew", anotherLength},
		{"ManyKeepTheSamePhotoAtOnce", manyAtOnce},
		{"TwoProcessesUploadTheSameFile", twoUploads},
		{"DroppingTheKeyDestroysTheFile", dropped},
		{"DroppingWhatIsArriving", droppedPart},
		{"DroppingWhatIsBeingFinished", droppedWhileFinishing},
		{"WhoeverGivesUpKeepsWhatHasArrived", givenUp},
		{"ACopyBroughtBackWithoutItsKeyStaysDestroyed", copyBroughtBack},
		{"WhatLiesThereIsListed", listed},
		{"APartIsRemovedAFileStays", removedPart},
		{"NamesThatAreNoDigestsTouchNothing", names},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, place(t)) })
	}
}

// Photo gives size bytes that do not compress, others for each n.
func Photo(n, size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{1, byte(n), byte(n >> 8), byte(n >> 16)}).Read(b)
	return b
}

func fileOf(b []byte) record.File {
	return record.File{Digest: record.HashOf(b), Size: int64(len(b))}
}

// holds says that the store has exactly these bytes.
func holds(t testing.TB, s blob.Store, want []byte) {
	t.Helper()
	d := record.HashOf(want)
	r, err := s.Open(d)
	if err != nil {
		t.Errorf("open %d bytes: %v", len(want), err)
		return
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) || r.Size() != int64(len(want)) {
		t.Errorf("want %d bytes, got %d of size %d, %v", len(want), len(got), r.Size(), err)
	}
	if size, err := s.Size(d); err != nil || size != int64(len(want)) || !s.Has(d) {
		t.Errorf("size: got %d, %v, has %v; want %d", size, err, s.Has(d), len(want))
	}
	if got, err := s.Digest(d); err != nil || got != d {
		t.Errorf("digest: got %s, %v, want %s", got, err, d)
	}
	if at, err := s.Part(d); err != nil || at != int64(len(want)) {
		t.Errorf("part of a whole file: got %d, %v, want %d", at, err, len(want))
	}
}

// lacks says that the store has no such file.
func lacks(t testing.TB, s blob.Store, d record.Hash) {
	t.Helper()
	if s.Has(d) {
		t.Error("has what is not to be here")
	}
	for what, err := range map[string]error{"Size": second(s.Size(d)), "Open": second(s.Open(d)), "Digest": second(s.Digest(d))} {
		if record.CodeOf(err) != record.NotFound {
			t.Errorf("%s: got %v, want not found", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// send uploads from where the store's part ends.
func send(t testing.TB, s blob.Store, b []byte) {
	t.Helper()
	f := fileOf(b)
	at, err := s.Part(f.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if end, err := s.Append(ctx, f, at, bytes.NewReader(b[at:])); err != nil || end != f.Size {
		t.Fatalf("append at %d: got %d, %v, want %d", at, end, err, f.Size)
	}
	if got, err := s.Finish(f.Digest); err != nil || got != f {
		t.Fatalf("finish: got %+v, %v, want %+v", got, err, f)
	}
}

func putComesBack(t *testing.T, p Place) {
	s := p.Open()
	for n, size := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 300_000} {
		b := Photo(n, size)
		lacks(t, s, record.HashOf(b))
		if got, err := s.Put(ctx, bytes.NewReader(b)); err != nil || got != fileOf(b) {
			t.Fatalf("%d bytes: got %+v, %v, want %+v", size, got, err, fileOf(b))
		}
		holds(t, s, b)
		holds(t, p.Open(), b)
		if got, err := s.PutAs(ctx, record.HashOf(b), bytes.NewReader(b)); err != nil || got != fileOf(b) {
			t.Errorf("%d bytes again: got %+v, %v", size, got, err)
		}
		if got, err := s.Append(ctx, fileOf(b), 0, bytes.NewReader(b)); err != nil || got != int64(size) {
			t.Errorf("append to a whole file: got %d, %v, want %d", got, err, size)
		}
	}
}

func anyRange(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 5*chunk+321)
	f, err := s.Put(ctx, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(f.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct{ from, n int }{{0, 1}, {chunk - 1, 2}, {3*chunk + 5, chunk}, {5 * chunk, 321}, {10, 4 * chunk}, {len(b) - 1, 1}, {0, len(b)}} {
		if _, err := r.Seek(int64(c.from), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, c.n)
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, b[c.from:c.from+c.n]) {
			t.Errorf("%d bytes from %d: other bytes, %v", c.n, c.from, err)
		}
	}
	if end, err := r.Seek(0, io.SeekEnd); err != nil || end != f.Size {
		t.Errorf("end: got %d, %v, want %d", end, err, f.Size)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the end: got %d, %v", n, err)
	}
}

func onlyCiphertext(t *testing.T, p Place) {
	s := p.Open()
	secret := bytes.Repeat([]byte("云溪市书法协会三笔付款没有凭证"), 9000)
	if _, err := s.Put(ctx, bytes.NewReader(secret)); err != nil {
		t.Fatal(err)
	}
	arriving := append([]byte("x"), secret...)
	if _, err := s.Append(ctx, fileOf(arriving), 0, bytes.NewReader(arriving[:2*chunk])); err != nil {
		t.Fatal(err)
	}
	raw := p.Raw()
	for name, b := range raw {
		if bytes.Contains(b, secret[:45]) {
			t.Errorf("%s holds the plain text", name)
		}
	}
	if len(raw) < 4 {
		t.Errorf("%d things lie there, want a file, a part and two keys", len(raw))
	}
}

// stored finds the encrypted whole file.
func stored(t testing.TB, p Place) (name string, b []byte) {
	t.Helper()
	for n, raw := range p.Raw() {
		if bytes.HasPrefix(raw, []byte("plumfil1")) {
			name, b = n, raw
		}
	}
	if name == "" {
		t.Fatal("no encrypted file lies in the place")
	}
	return name, b
}

func changedByte(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, chunk+100)
	if _, err := s.Put(ctx, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	d := record.HashOf(b)
	name, whole := stored(t, p)
	for at := 0; at < len(whole); at += 1 + at/3 {
		other := bytes.Clone(whole)
		other[at] ^= 1
		p.Write(name, other)
		if _, err := s.Digest(d); record.CodeOf(err) != record.Broken {
			t.Fatalf("byte %d changed: got %v, want broken", at, err)
		}
	}
	for _, cut := range []int{1, 28, 128, len(whole) - blob.HeadSize, len(whole)} {
		p.Write(name, whole[:len(whole)-cut])
		if _, err := s.Digest(d); record.CodeOf(err) != record.Broken {
			t.Fatalf("%d bytes cut off: got %v, want broken", cut, err)
		}
	}
	p.Write(name, whole)
	holds(t, s, b)
}

// line breaks after n bytes.
type line struct {
	r io.Reader
	n int
}

var errCut = errors.New("line cut")

func (c *line) Read(p []byte) (int, error) {
	if c.n <= 0 {
		return 0, errCut
	}
	n, err := c.r.Read(p[:min(len(p), c.n)])
	c.n -= n
	return n, err
}

func everyBoundary(t *testing.T, p Place) {
	n := 0
	for _, size := range []int{1, chunk, 4*chunk + 100} {
		for edge := 0; edge <= size+chunk-1; edge += chunk {
			for _, cut := range []int{edge - 1, edge, edge + 1} {
				if cut < 0 || cut >= size {
					continue
				}
				n++
				b := Photo(1000+n, size)
				if size == 1 {
					b = []byte{byte(n)}
				}
				f := fileOf(b)
				end, err := p.Open().Append(ctx, f, 0, &line{bytes.NewReader(b), cut})
				if want := int64(cut / chunk * chunk); end != want || !errors.Is(err, errCut) {
					t.Fatalf("%d bytes cut after %d: got %d, %v, want %d", size, cut, end, err, want)
				}
				s := p.Open() // as after a crash
				if at, err := s.Part(f.Digest); err != nil || at != end {
					t.Fatalf("%d bytes cut after %d: Append said %d, Part says %d, %v", size, cut, end, at, err)
				}
				lacks(t, s, f.Digest)
				send(t, s, b)
				holds(t, s, b)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d cuts", n)
	}
	// In pieces of every length around a chunk, and an empty file.
	for n, piece := range []int{1, chunk - 1, chunk, chunk + 1, 2 * chunk, 1 << 20} {
		b := Photo(2000+n, 3*chunk+7)
		f, s := fileOf(b), p.Open()
		var at int64
		for tries := 0; at < f.Size; tries++ {
			end, err := s.Append(ctx, f, at, bytes.NewReader(b[at:min(len(b), int(at)+max(piece, chunk))]))
			if err != nil || end <= at || tries > 10 {
				t.Fatalf("pieces of %d: at %d got %d, %v", piece, at, end, err)
			}
			at = end
		}
		send(t, s, b)
		holds(t, s, b)
	}
	s := p.Open()
	send(t, s, nil)
	holds(t, s, nil)
}

func anotherProcess(t *testing.T, p Place) {
	one, two := p.Open(), p.Open()
	b := Photo(1, 6*chunk+5)
	f := fileOf(b)
	var at int64
	for n := 0; at < f.Size; n++ {
		s := []blob.Store{one, two}[n%2]
		if part, err := s.Part(f.Digest); err != nil || part != at {
			t.Fatalf("Part: got %d, %v, want %d", part, err, at)
		}
		end, err := s.Append(ctx, f, at, bytes.NewReader(b[at:min(len(b), int(at)+2*chunk)]))
		if err != nil || end <= at {
			t.Fatalf("at %d: got %d, %v", at, end, err)
		}
		at = end
	}
	if _, err := one.Finish(f.Digest); err != nil {
		t.Fatal(err)
	}
	holds(t, two, b)
	if got, err := two.Finish(f.Digest); err != nil || got != f {
		t.Errorf("Finish once more: got %+v, %v", got, err)
	}
}

func tornPiece(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 3*chunk)
	f := fileOf(b)
	for n := range 2 {
		if _, err := s.Append(ctx, f, int64(n*chunk), bytes.NewReader(b[n*chunk:(n+1)*chunk])); err != nil {
			t.Fatal(err)
		}
	}
	last := ""
	raw := p.Raw()
	for name, b := range raw {
		if len(b) > blob.KeySize && name > last {
			last = name
		}
	}
	p.Write(last, raw[last][:len(raw[last])-1234])
	at, err := s.Part(f.Digest)
	if err != nil || at != chunk {
		t.Fatalf("got %d, %v, want %d", at, err, chunk)
	}
	_, err = s.Append(ctx, f, 2*chunk, bytes.NewReader(b[2*chunk:]))
	var wrong *record.Error
	if !errors.As(err, &wrong) || wrong.Code != record.Conflict || fmt.Sprint(wrong.Args["offset"]) != fmt.Sprint(chunk) {
		t.Errorf("a gap: got %v, want conflict at %d", err, chunk)
	}
	send(t, s, b)
	holds(t, s, b)
}

func otherBytes(t *testing.T, p Place) {
	s := p.Open()
	for n, size := range []int{1000, 2*chunk + 1} {
		good, bad := Photo(n, size), Photo(n+10, size)
		f := fileOf(good)
		if _, err := s.PutAs(ctx, f.Digest, bytes.NewReader(bad)); record.CodeOf(err) != record.Broken {
			t.Errorf("PutAs: got %v, want broken", err)
		}
		lacks(t, s, f.Digest)
		if end, err := s.Append(ctx, f, 0, bytes.NewReader(bad)); err != nil || end != f.Size {
			t.Fatalf("Append: got %d, %v", end, err)
		}
		lacks(t, s, f.Digest)
		if _, err := s.Finish(f.Digest); record.CodeOf(err) != record.Broken {
			t.Errorf("Finish: got %v, want broken", err)
		}
		lacks(t, s, f.Digest)
		if at, err := s.Part(f.Digest); err != nil || at != 0 {
			t.Errorf("after the wrong bytes the part stands at %d, %v, want 0", at, err)
		}
		send(t, s, good)
		holds(t, s, good)
	}
	// A name whose digest cannot be the empty file's.
	d := record.HashOf([]byte("x"))
	if _, err := s.Append(ctx, record.File{Digest: d}, 0, strings.NewReader("")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(d); record.CodeOf(err) != record.Broken {
		t.Errorf("nothing for something: got %v, want broken", err)
	}
	send(t, s, []byte("x"))
	for _, size := range []int64{-1, 1 << 50} {
		if _, err := s.Append(ctx, record.File{Digest: d, Size: size}, 0, strings.NewReader("")); record.CodeOf(err) != record.TooLarge {
			t.Errorf("size %d: got %v, want too large", size, err)
		}
	}
}

func incomplete(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 3*chunk)
	f := fileOf(b)
	if _, err := s.Finish(f.Digest); record.CodeOf(err) != record.NotFound {
		t.Errorf("nothing has arrived: got %v, want not found", err)
	}
	if _, err := s.Append(ctx, f, 0, bytes.NewReader(b[:2*chunk])); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(f.Digest); record.CodeOf(err) != record.Conflict {
		t.Errorf("two chunks of three: got %v, want conflict", err)
	}
	if at, err := s.Part(f.Digest); err != nil || at != 2*chunk {
		t.Errorf("the part: got %d, %v, want %d", at, err, 2*chunk)
	}
	lacks(t, s, f.Digest)
}

func anotherLength(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 3*chunk)
	f := fileOf(b)
	lie := record.File{Digest: f.Digest, Size: f.Size + 5*chunk}
	if _, err := s.Append(ctx, lie, 0, bytes.NewReader(b[:2*chunk])); err != nil {
		t.Fatal(err)
	}
	end, err := s.Append(ctx, f, 0, bytes.NewReader(b))
	if err != nil || end != f.Size {
		t.Fatalf("got %d, %v, want %d", end, err, f.Size)
	}
	if _, err := s.Finish(f.Digest); err != nil {
		t.Fatal(err)
	}
	holds(t, s, b)
}

// lost is what may befall who is not the first: somebody else has brought the
// part on, or to its end.
func lost(err error) bool {
	c := record.CodeOf(err)
	return c == record.Conflict || c == record.NotFound || c == record.Busy
}

func manyAtOnce(t *testing.T, p Place) {
	stores := []blob.Store{p.Open(), p.Open()}
	b := Photo(1, 200_000)
	f := fileOf(b)
	var all sync.WaitGroup
	failed := make(chan error, 40)
	for n := range 8 {
		s := stores[n%2]
		all.Go(func() { failed <- second(s.Put(ctx, bytes.NewReader(b))) })
		all.Go(func() { failed <- second(s.PutAs(ctx, f.Digest, bytes.NewReader(b))) })
		all.Go(func() {
			_, err := s.Append(ctx, f, 0, bytes.NewReader(b))
			if err == nil {
				_, err = s.Finish(f.Digest)
			}
			if lost(err) {
				err = nil
			}
			failed <- err
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	holds(t, stores[0], b)
	for name := range p.Raw() {
		if strings.Contains(name, "put-") {
			t.Errorf("left behind: %s", name)
		}
	}
}

// Two laptops with the same photo, whose requests a load balancer gives to two
// processes: each goes on wherever the store says, and both come to an end.
func twoUploads(t *testing.T, p Place) {
	for round := range 4 {
		b := Photo(100+round, 9*chunk+17)
		f := fileOf(b)
		var all sync.WaitGroup
		for n := range 3 {
			s := p.Open()
			all.Go(func() {
				var at int64
				for tries := 0; ; tries++ {
					end, err := s.Append(ctx, f, at, bytes.NewReader(b[at:min(len(b), int(at)+(n+1)*chunk)]))
					if err == nil && end == f.Size {
						if _, err = s.Finish(f.Digest); err == nil {
							return
						}
					}
					if err != nil && !lost(err) || tries > 100 {
						t.Errorf("laptop %d at %d: %d, %v", n, at, end, err)
						return
					}
					if at, err = s.Part(f.Digest); err != nil {
						t.Errorf("laptop %d: part: %v", n, err)
						return
					}
				}
			})
		}
		all.Wait()
		holds(t, p.Open(), b)
	}
}

func keys(p Place) (names []string) {
	for name, b := range p.Raw() {
		if len(b) == blob.KeySize {
			names = append(names, name)
		}
	}
	return names
}

func dropped(t *testing.T, p Place) {
	s := p.Open()
	b, other := Photo(1, 3*chunk), Photo(2, 100)
	for _, b := range [][]byte{b, other} {
		if _, err := s.Put(ctx, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys(p)) != 2 {
		t.Fatalf("%d keys, want 2", len(keys(p)))
	}
	d := record.HashOf(b)
	for range 2 { // once more is no error
		if err := s.Drop(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	lacks(t, s, d)
	lacks(t, p.Open(), d)
	holds(t, s, other)
	if len(keys(p)) != 1 {
		t.Errorf("%d keys are left, want 1", len(keys(p)))
	}
	if at, err := s.Part(d); err != nil || at != 0 {
		t.Errorf("part: got %d, %v, want 0", at, err)
	}
	// The same bytes may come again.
	send(t, s, b)
	holds(t, s, b)
}

func droppedPart(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 3*chunk)
	f := fileOf(b)
	if _, err := s.Append(ctx, f, 0, bytes.NewReader(b[:2*chunk])); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(ctx, f.Digest); err != nil {
		t.Fatal(err)
	}
	if raw := p.Raw(); len(raw) != 0 {
		t.Errorf("%d things are left, want none", len(raw))
	}
	if at, err := s.Part(f.Digest); err != nil || at != 0 {
		t.Errorf("part: got %d, %v, want 0", at, err)
	}
	if _, err := s.Append(ctx, f, 2*chunk, bytes.NewReader(b[2*chunk:])); record.CodeOf(err) != record.Conflict {
		t.Errorf("going on: got %v, want conflict", err)
	}
	send(t, s, b)
	holds(t, s, b)
}

// Two persons have a file destroyed at the moment its last piece comes: whoever
// is first, nothing of it stays.
func droppedWhileFinishing(t *testing.T, p Place) {
	one, two := p.Open(), p.Open()
	for round := range 12 {
		b := Photo(round, 5*chunk+round)
		f := fileOf(b)
		for at := 0; at < len(b); at += 3 * chunk {
			if _, err := one.Append(ctx, f, int64(at), bytes.NewReader(b[at:min(at+3*chunk, len(b))])); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := one.Finish(f.Digest); err != nil && !lost(err) {
				t.Errorf("round %d: finish: %v", round, err)
			}
		})
		all.Go(func() {
			time.Sleep(time.Duration(round) * time.Millisecond) // some rounds early, some late
			if err := two.Drop(ctx, f.Digest); err != nil {
				t.Errorf("round %d: drop: %v", round, err)
			}
		})
		all.Wait()
		lacks(t, two, f.Digest)
		if raw := p.Raw(); len(raw) != 0 {
			t.Fatalf("round %d: %d things are left, want none", round, len(raw))
		}
	}
}

// stopping ends a context when n bytes have been read.
type stopping struct {
	r    io.Reader
	n    int
	stop func()
}

func (s *stopping) Read(p []byte) (int, error) {
	n, err := s.r.Read(p[:min(len(p), s.n)])
	if s.n -= n; s.n <= 0 {
		s.stop()
		s.n = 1 << 30
	}
	return n, err
}

func givenUp(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 6*chunk)
	f := fileOf(b)
	given, stop := context.WithCancel(ctx)
	end, err := s.Append(given, f, 0, &stopping{bytes.NewReader(b), 3 * chunk, stop})
	if !errors.Is(err, context.Canceled) || end != 3*chunk {
		t.Fatalf("got %d, %v, want %d and that it was given up", end, err, 3*chunk)
	}
	if at, err := p.Open().Part(f.Digest); err != nil || at != 3*chunk {
		t.Errorf("the part: got %d, %v, want %d", at, err, 3*chunk)
	}
	send(t, s, b)
	holds(t, s, b)
	given, stop = context.WithCancel(ctx)
	other := Photo(2, 6*chunk)
	if _, err := s.Put(given, &stopping{bytes.NewReader(other), 3 * chunk, stop}); !errors.Is(err, context.Canceled) {
		t.Errorf("put: got %v, want that it was given up", err)
	}
	lacks(t, s, record.HashOf(other))
}

// A backup of the files, restored without the key, brings nothing back, and does
// not stand in the way of the same bytes coming again.
func copyBroughtBack(t *testing.T, p Place) {
	s := p.Open()
	b := Photo(1, 2*chunk+9)
	f := fileOf(b)
	if _, err := s.Put(ctx, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	name, raw := stored(t, p)
	if err := s.Drop(ctx, f.Digest); err != nil {
		t.Fatal(err)
	}
	p.Write(name, raw)
	lacks(t, s, f.Digest)
	for at := 0; at < len(b); at += chunk { // piece by piece: the second meets a key
		if _, err := s.Append(ctx, f, int64(at), bytes.NewReader(b[at:min(at+chunk, len(b))])); err != nil {
			t.Fatalf("at %d: %v", at, err)
		}
		if s.Has(f.Digest) && at+chunk < len(b) {
			t.Fatal("the copy counts as the file")
		}
	}
	send(t, s, b)
	holds(t, s, b)
}

func listed(t *testing.T, p Place) {
	s := p.Open()
	begun := time.Now().Add(-time.Minute)
	whole, small, part := Photo(1, 2*chunk+5), []byte{}, Photo(3, 5*chunk)
	for _, b := range [][]byte{whole, small} {
		if _, err := s.Put(ctx, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
	}
	for at := range 2 {
		if _, err := s.Append(ctx, fileOf(part), int64(at*chunk), bytes.NewReader(part[at*chunk:(at+1)*chunk])); err != nil {
			t.Fatal(err)
		}
	}
	want := map[record.Hash]blob.Held{
		record.HashOf(whole): {Size: int64(len(whole))}, record.HashOf(small): {}, record.HashOf(part): {Part: true, Size: 2 * chunk}}
	err := s.List(ctx, func(h blob.Held) error {
		w, ok := want[h.Digest]
		if !ok || w.Part != h.Part || w.Size != h.Size || h.Changed.Before(begun) || h.Changed.After(time.Now().Add(time.Minute)) {
			t.Errorf("listed %+v, want %+v", h, w)
		}
		delete(want, h.Digest)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("not listed: %v, %v", want, err)
	}
	if got, err := blob.AbandonedParts(ctx, s, time.Now().Add(time.Hour)); err != nil || len(got) != 1 || got[0].Digest != record.HashOf(part) {
		t.Errorf("parts: got %+v, %v, want one", got, err)
	}
	if got, err := blob.AbandonedParts(ctx, s, begun); err != nil || len(got) != 0 {
		t.Errorf("parts older than the test: got %+v, %v", got, err)
	}
	named := func(d record.Hash) (bool, error) { return d == record.HashOf(whole), nil }
	if got, err := blob.Unnamed(ctx, s, time.Now().Add(time.Hour), named); err != nil || len(got) != 1 || got[0].Digest != record.HashOf(small) {
		t.Errorf("unnamed: got %+v, %v, want the empty file", got, err)
	}
	stop := errors.New("enough")
	if err := s.List(ctx, func(blob.Held) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want what each returned", err)
	}
}

func removedPart(t *testing.T, p Place) {
	s := p.Open()
	whole, part := Photo(1, 2*chunk), Photo(2, 2*chunk)
	if _, err := s.Put(ctx, bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, fileOf(part), 0, bytes.NewReader(part[:chunk])); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{whole, part, part} {
		if err := s.RemovePart(ctx, record.HashOf(b)); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, s, whole)
	if at, err := s.Part(record.HashOf(part)); err != nil || at != 0 {
		t.Errorf("part: got %d, %v, want 0", at, err)
	}
	if left, err := blob.AbandonedParts(ctx, s, time.Now().Add(time.Hour)); err != nil || len(left) != 0 {
		t.Errorf("still listed: %+v, %v", left, err)
	}
	send(t, s, part)
	holds(t, s, part)
}

// BadNames are names that are no digests.
func BadNames() []string {
	good := string(record.HashOf([]byte("x")))
	return []string{"", "sha256:", "sha256:../../etc/passwd", "../" + good, good + "/..", good[:len(good)-1] + "\x00",
		"sha256:" + strings.Repeat("A", 64), "sm3:" + strings.Repeat("a", 64), `sha256:..\..\..\windows`, strings.ToUpper(good), good + ".key",
		"sha256:" + strings.Repeat("/", 64), "sha256:" + strings.Repeat(".", 64), good + "?versionId=x", "sha256:" + strings.Repeat("%2e", 21) + "a"}
}

func names(t *testing.T, p Place) {
	s := p.Open()
	for _, name := range BadNames() {
		Refused(t, s, record.Hash(name))
	}
	if raw := p.Raw(); len(raw) != 0 {
		t.Errorf("%d things lie in the place, want none", len(raw))
	}
}

// Refused says that every verb refuses a name as invalid.
func Refused(t testing.TB, s blob.Store, d record.Hash) {
	t.Helper()
	if s.Has(d) {
		t.Errorf("has %q", d)
	}
	for what, err := range map[string]error{"Open": second(s.Open(d)), "Size": second(s.Size(d)), "Digest": second(s.Digest(d)), "Part": second(s.Part(d)),
		"Finish": second(s.Finish(d)), "PutAs": second(s.PutAs(ctx, d, strings.NewReader("x"))), "Drop": s.Drop(ctx, d), "RemovePart": s.RemovePart(ctx, d),
		"Append": second(s.Append(ctx, record.File{Digest: d, Size: 1}, 0, strings.NewReader("x")))} {
		if record.CodeOf(err) != record.Invalid {
			t.Errorf("%s(%q): got %v, want invalid", what, d, err)
		}
	}
}
