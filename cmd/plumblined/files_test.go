package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/sync/client"

	"plumbline/sync/s3/s3test"
	"plumbline/sync/synctest"
)

// bucketFor starts an S3 server and gives the flags for a plumblined on it; the
// keys are in the environment of every program of this test.
func bucketFor(t testing.TB, kind s3test.Kind) (*s3test.Server, []string) {
	t.Helper()
	s := s3test.StartKind(t, kind)
	t.Setenv("PLUMBLINED_S3_ACCESS_KEY", s3test.AccessKey)
	t.Setenv("PLUMBLINED_S3_SECRET_KEY", s3test.SecretKey)
	return s, []string{"--s3-endpoint", s.Endpoint, "--s3-bucket", s3test.Bucket, "--s3-key-bucket", s3test.KeyBucket}
}

func TestWrongSettingsForTheBucketsAreExplained(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []string{"--s3-endpoint", "https://s3.example", "--s3-bucket", "a", "--s3-key-bucket", "b"}
	for _, c := range []struct {
		env  string
		args []string
		code int
		says string
	}{
		{"", []string{"--s3-bucket", "a"}, 2, "--s3-endpoint is needed"},
		{"", []string{"--s3-ca", "a"}, 2, "--s3-endpoint is needed"},
		{"", all[:4], 2, "needs --s3-bucket and --s3-key-bucket"},
		{"", []string{"--s3-access-key", "x"}, 2, "not defined"},
		{"", all, 1, "Give them in the environment"},
		{"PLUMBLINED_S3_ACCESS_KEY=x", all, 1, "Give them in the environment"},
		{"PLUMBLINED_S3_ACCESS_KEY_FILE=/nowhere", all, 1, "/nowhere"},
		{"PLUMBLINED_S3_ACCESS_KEY=x PLUMBLINED_S3_ACCESS_KEY_FILE=" + key, all, 1, "only one of them"},
		{"", append(all, "--s3-ca", key), 1, "PEM"},
		{"PLUMBLINED_S3_ACCESS_KEY=x PLUMBLINED_S3_SECRET_KEY_FILE=" + key, append(all[:4:4], "--s3-key-bucket", "a"), 1, "Two different buckets"},
		{"PLUMBLINED_S3_ACCESS_KEY=x PLUMBLINED_S3_SECRET_KEY=x", append([]string{"--s3-endpoint", "http://s3.example"}, all[2:]...), 1, "Use https"},
	} {
		cmd := program(append([]string{"--data", t.TempDir(), "--listen", "127.0.0.1:0"}, c.args...)...)
		cmd.Env = append(cmd.Env, strings.Fields(c.env)...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) {
			t.Errorf("%s %v: exit %d, want %d; want %q in:\n%s", c.env, c.args, code, c.code, c.says, out)
		}
	}
	if code, out, errs := said(t, "move-files", "--data", t.TempDir()); code != 2 || !strings.Contains(errs, "where the files shall go") {
		t.Errorf("move-files to nowhere: exit %d, %s%s", code, out, errs)
	}
}

// arrived says that the bucket has these bytes, as another process reads them.
func arrived(t testing.TB, files blob.Store, digests ...record.Hash) {
	t.Helper()
	for _, d := range digests {
		if got, err := files.Digest(d); err != nil || got != d {
			t.Errorf("file %s in the bucket: %s, %v", d.Short(), got, err)
		}
	}
}

// move tells a laptop that its server has another address now.
func move(t testing.TB, l *synctest.Laptop, url string) {
	t.Helper()
	r, _, err := l.Store.Remote(ctx)
	if err == nil {
		r.URL = url
		err = l.Store.SetRemote(ctx, r)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// With TLS to the S3 server, its certificate signed by an authority of one's own,
// and keys from files.
func TestPhotosLieInTheBucketAndNotInTheFolder(t *testing.T) {
	server, args := bucketFor(t, s3test.Kind{TLS: true})
	key := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(key, []byte(s3test.SecretKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLUMBLINED_S3_SECRET_KEY", "")
	t.Setenv("PLUMBLINED_S3_SECRET_KEY_FILE", key)
	folder := t.TempDir()
	d := start(t, folder, append(args, "--listen", "127.0.0.1:0", "--s3-ca", server.CA)...)
	a, b := synctest.OpenLaptop(t, t.TempDir()), synctest.OpenLaptop(t, t.TempDir())
	a.Enrol(d.url, d.code())
	b.Enrol(d.url, d.code())
	a.Register()
	id := a.Plan(1)
	e := a.Attach(id, "k1", synctest.Picture(1, 6<<20), synctest.Picture(2, 9000))
	a.Sync()
	if r := b.Sync(); r.FilesReceived != 1 {
		t.Errorf("the colleague got %+v, want the small copy", r)
	}
	if err := b.Client.Fetch(ctx, id, e.Digest, nil); err != nil || !b.Files.Has(e.Digest) || !b.Files.Has(e.Small) {
		t.Errorf("the colleague fetches the photo: %v", err)
	}
	arrived(t, server.Open(), e.Digest, e.Small)
	// A stick carries the next photo, and is read while the server runs.
	e = a.Attach(id, "k2", synctest.Picture(3, 200_000), synctest.Picture(4, 9000))
	stick := t.TempDir()
	if _, err := a.Client.WriteBundle(ctx, stick, client.BundleOptions{For: []record.ID{}}, nil); err != nil {
		t.Fatal(err)
	}
	read := program(append(append([]string{"bundle", "--data", folder, "--s3-ca", server.CA}, args...), stick)...)
	if out, err := read.CombinedOutput(); err != nil || !strings.Contains(string(out), "2 files") {
		t.Errorf("bundle: %v: %s", err, out)
	}
	arrived(t, server.Open(), e.Digest, e.Small)
	if _, err := os.Stat(filepath.Join(folder, blob.FolderName)); !os.IsNotExist(err) {
		t.Errorf("a folder of files beside the bucket: %v", err)
	}
	d.kill()
	// Without its buckets it does not start, and says why.
	if code, out, errs := said(t, "--data", folder, "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(errs, "lie in S3 buckets") {
		t.Errorf("without the buckets: exit %d, %s%s", code, out, errs)
	}
	d.code() // what works with no files needs no buckets
}

// receipted gives the files of inspections that the laptop has receipts for.
func receipted(t testing.TB, l *synctest.Laptop, inspections []record.ID) (done []record.Hash) {
	t.Helper()
	for _, id := range inspections {
		files, err := l.Store.FilesOf(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.Receipt > 0 {
				done = append(done, f.Digest)
			}
		}
	}
	return done
}

// Server and S3 server, real processes both, are killed at random moments while
// a laptop sends photos: every receipt is kept, and all comes to its end.
func TestSoakPhotosToTheBucketWhileBothServersAreKilled(t *testing.T) {
	rounds := 8
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		rounds = 150
	}
	seed, err := strconv.ParseUint(os.Getenv("PLUMBLINE_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (PLUMBLINE_SOAK_SEED)", seed)
	random := rand.New(rand.NewPCG(seed, 6))
	server, args := bucketFor(t, s3test.Kind{})
	folder := t.TempDir()
	d := start(t, folder, append(args, "--listen", "127.0.0.1:0")...)
	args = append(args, "--listen", strings.TrimPrefix(d.url, "http://"))
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, d.code())
	l.Register()
	var inspections []record.ID
	l.Sync()
	broken, round, checked := 0, 0, map[record.Hash]bool{}
	var whole pace
	for ; goesOn(round, rounds, broken, max(1, rounds/5)); round++ {
		id := l.Plan(round)
		inspections = append(inspections, id)
		l.Attach(id, "k1", synctest.Picture(round, 5<<20+random.IntN(4<<20)), synctest.Picture(10_000+round, 2000))
		if round == 0 { // undisturbed
			begun := time.Now()
			l.Sync()
			whole.ended(begun)
			continue
		}
		begun, done := time.Now(), make(chan error, 1)
		go func() { _, err := l.Client.Sync(ctx, nil); done <- err }()
		select {
		case <-time.After(whole.moment(random)):
		case err := <-done:
			whole.ended(begun)
			done <- err
		}
		which := random.IntN(3)
		if which != 0 {
			d.kill()
		}
		if which != 1 {
			server.Kill()
		}
		if which == 0 { // the server lives on and sees the S3 server come back
			time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
			server.Begin()
		}
		if err := <-done; err != nil {
			broken++
		}
		if which == 2 {
			server.Begin()
		}
		files := server.Open()
		for _, f := range receipted(t, l, inspections) {
			if !checked[f] {
				arrived(t, files, f)
				checked[f] = true
			}
		}
		if which != 0 {
			d = start(t, folder, args...)
		}
	}
	l.Sync()
	if got := receipted(t, l, inspections); len(got) != 2*round {
		t.Errorf("%d files receipted, want %d", len(got), 2*round)
	}
	arrived(t, server.Open(), receipted(t, l, inspections)...)
	colleague := synctest.OpenLaptop(t, t.TempDir())
	colleague.Enrol(d.url, d.code())
	colleague.Sync()
	synctest.Equal(t, l.Store, colleague.Store)
	for n, id := range inspections {
		if n%10 != 0 {
			continue
		}
		files, err := l.Store.FilesOf(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := colleague.Client.Fetch(ctx, id, f.Digest, nil); err != nil || !colleague.Files.Has(f.Digest) {
				t.Errorf("the colleague fetches %s: %v", f.Digest.Short(), err)
			}
		}
	}
	t.Logf("%d rounds, %d syncs broken off", round-1, broken)
	if broken < max(1, rounds/5) {
		t.Errorf("only %d of %d syncs were broken off: the test proves little", broken, round-1)
	}
}

// A photo of three pieces, of which one had arrived in the bucket when the
// server was killed: the laptop sends the other two.
func TestAKilledServerGoesOnWithThePartInTheBucket(t *testing.T) {
	server, args := bucketFor(t, s3test.Kind{})
	folder := t.TempDir()
	d := start(t, folder, append(args, "--listen", "127.0.0.1:0")...)
	line := synctest.NewLine(t, d.url)
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(line.URL, d.code())
	l.Register()
	l.Sync()
	const size = 12 << 20
	e := l.Attach(l.Plan(1), "k1", synctest.Picture(1, size), synctest.Picture(2, 2000))
	files := server.Open()
	given := make(chan error, 1)
	go func() { _, err := l.Client.Sync(ctx, nil); given <- err }()
	var there int64
	for limit := time.Now().Add(time.Minute); there == 0 && time.Now().Before(limit); {
		var err error
		if there, err = files.Part(e.Digest); err != nil {
			t.Fatal(err)
		}
	}
	d.kill()
	line.Hang()
	<-given // it may have failed, or not
	there, err := files.Part(e.Digest)
	if err != nil || there == 0 {
		t.Fatalf("%d bytes had arrived, %v", there, err)
	}
	d = start(t, folder, append(args, "--listen", "127.0.0.1:0")...)
	line = synctest.NewLine(t, d.url)
	move(t, l, line.URL)
	l.Sync()
	if up := line.Up.Load(); up > size-there+200_000 {
		t.Errorf("%d of %d bytes had arrived, and %d were sent after that", there, size, up)
	}
	arrived(t, files, e.Digest, e.Small)
}

// Two servers on one PostgreSQL and one pair of buckets: what a laptop sends
// through one, its colleague gets through the other.
func TestTwoServersShareDatabaseAndBuckets(t *testing.T) {
	dsn := os.Getenv("PLUMBLINE_POSTGRES")
	if dsn == "" {
		t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
	}
	server, args := bucketFor(t, s3test.Kind{})
	t.Setenv("PLUMBLINED_POSTGRES", schema(t, dsn))
	args = append(args, "--listen", "127.0.0.1:0")
	one := start(t, t.TempDir(), args...)
	other := t.TempDir()
	if err := os.CopyFS(filepath.Join(other, "keys"), os.DirFS(filepath.Join(one.folder, "keys"))); err != nil {
		t.Fatal(err)
	}
	two := start(t, other, args...)
	a, b := synctest.OpenLaptop(t, t.TempDir()), synctest.OpenLaptop(t, t.TempDir())
	a.Enrol(one.url, one.code())
	b.Enrol(two.url, one.code())
	a.Register()
	id := a.Plan(1)
	e := a.Attach(id, "k1", synctest.Picture(1, 9<<20), synctest.Picture(2, 9000))
	if r := a.Sync(); r.FilesSent != 2 {
		t.Errorf("sent %+v", r)
	}
	if r := b.Sync(); r.FilesReceived != 1 {
		t.Errorf("the colleague got %+v, want the small copy", r)
	}
	if err := b.Client.Fetch(ctx, id, e.Digest, nil); err != nil || !b.Files.Has(e.Digest) {
		t.Errorf("the colleague fetches the photo through the other server: %v", err)
	}
	synctest.Equal(t, a.Store, b.Store)

	// Half through one server, which then dies, the rest through the other.
	const size = 12 << 20
	e = a.Attach(id, "k2", synctest.Picture(3, size), synctest.Picture(4, 9000))
	files := server.Open()
	given := make(chan error, 1)
	go func() { _, err := a.Client.Sync(ctx, nil); given <- err }()
	var there int64
	for limit := time.Now().Add(time.Minute); there == 0 && time.Now().Before(limit); {
		var err error
		if there, err = files.Part(e.Digest); err != nil {
			t.Fatal(err)
		}
	}
	one.kill()
	<-given
	line := synctest.NewLine(t, two.url)
	move(t, a, line.URL)
	a.Sync()
	if up := line.Up.Load(); up > size-there+200_000 {
		t.Errorf("%d of %d bytes had arrived, and %d were sent after that", there, size, up)
	}
	b.Sync()
	if err := b.Client.Fetch(ctx, id, e.Digest, nil); err != nil || !b.Files.Has(e.Digest) {
		t.Errorf("the colleague fetches the second photo: %v", err)
	}
	arrived(t, server.Open(), e.Digest, e.Small)
}

// Photos of 8 MB from a laptop to a server whose files lie in its folder, and to
// one whose files lie in buckets of an S3 server on the same disk: one round of
// the one, then one of the other.
func BenchmarkPhotosToFolderAndBucket(b *testing.B) {
	_, args := bucketFor(b, s3test.Kind{})
	const photos, size = 12, 8 << 20
	folder, bucket := start(b, b.TempDir(), "--listen", "127.0.0.1:0"), start(b, b.TempDir(), append(args, "--listen", "127.0.0.1:0")...)
	took := map[*daemon]time.Duration{}
	rounds := 0
	for b.Loop() {
		for _, d := range []*daemon{folder, bucket} {
			l := synctest.OpenLaptop(b, b.TempDir())
			l.Enrol(d.url, d.code())
			l.Register()
			l.Sync()
			id := l.Plan(rounds)
			for n := range photos {
				l.Attach(id, "k1", synctest.Picture(rounds*photos+n, size), synctest.Picture(30_000+rounds*photos+n, 1000))
			}
			begun := time.Now()
			if r := l.Sync(); r.FilesSent != 2*photos {
				b.Fatalf("got %+v", r)
			}
			took[d] += time.Since(begun)
			l.Store.Close()
			os.RemoveAll(l.Folder)
		}
		rounds++
	}
	bytes := float64(rounds*photos*size) / 1e6
	b.ReportMetric(bytes/took[folder].Seconds(), "folder-MB/s")
	b.ReportMetric(bytes/took[bucket].Seconds(), "bucket-MB/s")
	b.ReportMetric(took[bucket].Seconds()/took[folder].Seconds(), "ratio")
}
