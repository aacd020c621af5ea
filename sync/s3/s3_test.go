package s3_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"plumbline/app/blob"
	"plumbline/app/blob/blobtest"
	"plumbline/app/record"
	"plumbline/sync/s3"
	"plumbline/sync/s3/s3test"
)

var ctx = context.Background()

func TestABucketIsAStoreOfFiles(t *testing.T) {
	blobtest.Run(t, func(t testing.TB) blobtest.Place {
		s := s3test.Start(t)
		return blobtest.Place{Open: func() blob.Store { return s.Open() }, Raw: s.Raw, Write: s.Change}
	})
}

func fileOf(b []byte) record.File {
	return record.File{Digest: record.HashOf(b), Size: int64(len(b))}
}

// holds says that the store has exactly these bytes.
func holds(t testing.TB, s *s3.Store, want []byte) {
	t.Helper()
	r, err := s.Open(record.HashOf(want))
	if err != nil {
		t.Errorf("open: %v", err)
		return
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v, want the %d that were sent", len(got), err, len(want))
	}
}

// send brings a file to its end however often the S3 server is away, and gives
// how often it was.
func send(t testing.TB, s *s3.Store, b []byte) (broken int) {
	t.Helper()
	f := fileOf(b)
	var durable int64
	limit := time.Now().Add(2 * time.Minute)
	for time.Now().Before(limit) {
		at, err := s.Part(f.Digest)
		if err == nil && at < durable {
			t.Fatalf("%d bytes were durable, then %d", durable, at)
		}
		if err == nil {
			at, err = s.Append(ctx, f, at, bytes.NewReader(b[at:]))
			durable = max(durable, at)
		}
		if err == nil && at == f.Size {
			_, err = s.Finish(f.Digest)
		}
		switch {
		case err == nil && at == f.Size:
			return broken
		case err != nil && record.CodeOf(err) != record.Busy:
			t.Fatalf("at %d: got %v, want that the server is away", at, err)
		}
		broken++
	}
	t.Fatal("the upload does not come to its end")
	return 0
}

// The S3 server is killed while a photo of several pieces is on its way, at
// random moments, and started again: the upload goes on, and the bytes are those
// that were sent.
func TestSoakAnUploadGoesOnAfterTheS3ServerWasKilled(t *testing.T) {
	rounds := 3
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		rounds = 100
	}
	seed, err := strconv.ParseUint(os.Getenv("PLUMBLINE_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (PLUMBLINE_SOAK_SEED)", seed)
	random := rand.New(rand.NewPCG(seed, 5))
	server := s3test.Start(t)
	store := server.Open()
	kills, broken := 0, 0
	for round := range rounds {
		b := blobtest.Photo(round, 9<<20+random.IntN(3*blob.ChunkSize))
		done := make(chan int, 1)
		go func() {
			sent := -1
			defer func() { done <- sent }() // also when the test has failed
			sent = send(t, store, b)
		}()
		under := true
		for under {
			select {
			case n := <-done:
				if n < 0 {
					t.FailNow()
				}
				broken += n
				under = false
			case <-time.After(time.Duration(20+random.IntN(150)) * time.Millisecond):
				server.Kill()
				// Sometimes for longer than the store itself waits.
				if away := random.IntN(4); away > 0 {
					time.Sleep(time.Duration(away*random.IntN(900)) * time.Millisecond)
				}
				server.Begin()
				kills++
			}
			if kills > 2*(round+1) { // let it come to its end
				broken += max(0, <-done)
				under = false
			}
		}
		holds(t, server.Open(), b)
	}
	t.Logf("%d uploads, server killed %d times, %d requests gave up", rounds, kills, broken)
	if kills < rounds {
		t.Errorf("only %d kills in %d uploads: the test proves little", kills, rounds)
	}
}

func TestAReaderGoesOnAfterTheS3ServerWasKilled(t *testing.T) {
	server := s3test.Start(t)
	store := server.Open()
	b := blobtest.Photo(1, 8<<20)
	if _, err := store.Put(ctx, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	r, err := store.Open(record.HashOf(b))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first := make([]byte, 1<<20)
	if _, err := io.ReadFull(r, first); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	server.Begin()
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(append(first, rest...), b) {
		t.Errorf("got %d and %d bytes, %v, want all %d", len(first), len(rest), err, len(b))
	}
	server.Kill()
	if _, err := store.Open(record.HashOf(b)); record.CodeOf(err) != record.Busy {
		t.Errorf("server away: got %v, want busy", err)
	}
	if store.Has(record.HashOf(b)) {
		t.Error("server away: the store claims to have the file")
	}
	for what, err := range map[string]error{"Size": second(store.Size(record.HashOf(b))), "Part": second(store.Part(record.HashOf(b))),
		"Put": second(store.Put(ctx, bytes.NewReader(first))), "Drop": store.Drop(ctx, record.HashOf(b))} {
		if record.CodeOf(err) != record.Busy {
			t.Errorf("%s with the server away: got %v, want busy", what, err)
		}
	}
	server.Begin()
	holds(t, store, b)
}

func second[T any](_ T, err error) error { return err }

// Two processes get the same long photo at the same moment from two laptops:
// several pieces each, and neither stands in the other's way.
func TestTwoProcessesTakeInTheSameLongPhoto(t *testing.T) {
	server := s3test.Start(t)
	b := blobtest.Photo(1, 9<<20+17)
	f := fileOf(b)
	stores := []*s3.Store{server.Open(), server.Open()}
	var all sync.WaitGroup
	for n, s := range stores {
		all.Go(func() {
			for tries := 0; ; tries++ {
				at, err := s.Part(f.Digest)
				if err == nil {
					at, err = s.Append(ctx, f, at, bytes.NewReader(b[at:min(f.Size, at+int64(3+n)<<20)]))
				}
				if err == nil && at == f.Size {
					if _, err = s.Finish(f.Digest); err == nil {
						return
					}
				}
				if c := record.CodeOf(err); err != nil && c != record.Conflict && c != record.NotFound || tries > 100 {
					t.Errorf("process %d at %d: %v", n, at, err)
					return
				}
			}
		})
	}
	all.Wait()
	for _, s := range stores {
		holds(t, s, b)
	}
	if err := stores[0].Drop(ctx, f.Digest); err != nil {
		t.Fatal(err)
	}
	if raw := server.Raw(); len(raw) != 0 {
		t.Errorf("after the drop %d things are left, want none", len(raw))
	}
}

// An object that was cut off, which no whole one of another length could be, is
// no file and does not stand in the way of the same bytes coming again.
func TestAnObjectThatWasCutOffIsNoFileAndComesAnew(t *testing.T) {
	server := s3test.Start(t)
	store := server.Open()
	b := blobtest.Photo(1, 3*blob.ChunkSize+5)
	f := fileOf(b)
	for round := range 2 {
		if _, err := store.Put(ctx, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		for name, raw := range server.Raw() {
			if strings.Contains(name, "/files/") {
				server.Change(name, raw[:blob.HeadSize+2*blob.SealedChunk]) // a length that a file can have
			}
		}
		if store.Has(f.Digest) {
			t.Fatal("the rest of it counts as the file")
		}
		if _, err := store.Size(f.Digest); record.CodeOf(err) != record.Broken {
			t.Errorf("size: got %v, want broken", err)
		}
		if round == 0 {
			continue // comes again whole
		}
		for at := int64(0); at < f.Size; {
			end, err := store.Append(ctx, f, at, bytes.NewReader(b[at:min(f.Size, at+2*blob.ChunkSize)]))
			if err != nil {
				t.Fatal(err)
			}
			at = end
		}
		if _, err := store.Finish(f.Digest); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, store, b)
}

func TestWhatStandsInTheWayOfABucketIsSaid(t *testing.T) {
	server := s3test.Start(t)
	for _, c := range []struct {
		name    string
		change  func(*s3.Options)
		code    record.Code
		message string
	}{
		{"no such access key", func(o *s3.Options) { o.AccessKey = "nobody" }, record.Forbidden, "server.s3_wrong_keys"},
		{"another secret key", func(o *s3.Options) { o.SecretKey = "guessed" }, record.Forbidden, "server.s3_wrong_keys"},
		{"no keys", func(o *s3.Options) { o.SecretKey = "" }, record.Invalid, "server.s3_credentials"},
		{"no bucket of files", func(o *s3.Options) { o.Bucket = "plumbline-none" }, record.NotFound, "server.s3_no_bucket"},
		{"no bucket of keys", func(o *s3.Options) { o.KeyBucket = "plumbline-none" }, record.NotFound, "server.s3_no_bucket"},
		{"one bucket for both", func(o *s3.Options) { o.KeyBucket = o.Bucket }, record.Invalid, "server.s3_two_buckets"},
		{"a path", func(o *s3.Options) { o.Endpoint += "/plumbline" }, record.Invalid, "server.s3_endpoint"},
		{"no address", func(o *s3.Options) { o.Endpoint = "plumbline" }, record.Invalid, "server.s3_endpoint"},
		{"plain http elsewhere", func(o *s3.Options) { o.Endpoint = "http://192.0.2.1:9000" }, record.Invalid, "server.s3_plain"},
		{"nobody there", func(o *s3.Options) { o.Endpoint = "http://127.0.0.1:1" }, record.Offline, "server.s3_away"},
	} {
		o := server.Options()
		c.change(&o)
		_, err := s3.Open(ctx, o)
		var e *record.Error
		if !errors.As(err, &e) || e.Code != c.code || e.Message != c.message {
			t.Errorf("%s: got %v, want %s, %s", c.name, err, c.code, c.message)
		}
	}
}

func TestTheCertificateOfTheS3ServerIsChecked(t *testing.T) {
	server := s3test.StartKind(t, s3test.Kind{TLS: true})
	b := blobtest.Photo(1, 200_000)
	store := server.Open()
	if _, err := store.Put(ctx, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	holds(t, store, b)
	o := server.Options()
	o.Roots = x509.NewCertPool()
	var e *record.Error
	if _, err := s3.Open(ctx, o); !errors.As(err, &e) || e.Message != "server.s3_away" {
		t.Errorf("signed by somebody unknown: got %v, want s3_away", err)
	}
}

// versions switches versions of the bucket of keys on or to what is kept of them.
func versions(t testing.TB, server *s3test.Server, status string) {
	t.Helper()
	if err := server.Client().SetBucketVersioning(ctx, s3test.KeyBucket, minio.BucketVersioningConfiguration{Status: status}); err != nil {
		t.Fatal(err)
	}
}

func TestABucketOfKeysThatKeepsVersionsIsRefused(t *testing.T) {
	server := s3test.StartKind(t, s3test.Kind{Versions: true})
	versions(t, server, minio.Enabled)
	var e *record.Error
	if _, err := s3.Open(ctx, server.Options()); !errors.As(err, &e) || e.Code != record.Invalid || e.Message != "server.s3_key_versions" {
		t.Errorf("got %v, want it refused", err)
	}
	versions(t, server, minio.Suspended)
	server.Open()
}

// Versions that somebody switches on later keep no key of a destroyed file.
func TestDroppingAKeyDropsAllItsVersions(t *testing.T) {
	server := s3test.StartKind(t, s3test.Kind{Versions: true})
	store := server.Open()
	versions(t, server, minio.Enabled)
	var files []record.Hash
	for n := range 3 {
		f, err := store.Put(ctx, bytes.NewReader(blobtest.Photo(n, 1000)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f.Digest)
	}
	kept := func() (n int) {
		for o := range server.Client().ListObjects(ctx, s3test.KeyBucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			if !strings.HasPrefix(o.Key, "probe/") && !strings.HasSuffix(o.Key, "/") {
				n++
			}
		}
		return n
	}
	if kept() != 3 {
		t.Fatalf("%d versions of keys, want 3", kept())
	}
	// One was deleted by hand before: its version lies behind a marker.
	for name := range server.Raw() {
		if strings.HasPrefix(name, s3test.KeyBucket+"/") && strings.Contains(name, "sha256-"+strings.TrimPrefix(string(files[0]), "sha256:")) {
			server.Change(name, nil)
		}
	}
	for n, d := range files {
		if n == 1 {
			versions(t, server, minio.Suspended)
		}
		if err := store.Drop(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	if kept() != 0 {
		t.Errorf("%d versions of keys are left, want none", kept())
	}
}
