package main

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/postgres"
	"plumbline/app/store/storetest"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

func said(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	c := program(args...)
	var stderr strings.Builder
	c.Stderr = &stderr
	b, err := c.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return code, string(b), stderr.String()
}

func TestWrongUseIsExplained(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "--data is needed"},
		{[]string{"-h"}, 0, "enrol --data DIR --authority CODE"},
		{[]string{"enrol", "-h"}, 0, "-authority"},
		{[]string{"dance"}, 2, `no verb "dance"`},
		{[]string{"--data", "x", "--dance"}, 2, "dance"},
		{[]string{"--data", "x", "y"}, 2, `"y"`},
		{[]string{"enrol", "--data", t.TempDir()}, 2, "--authority is needed"},
		{[]string{"--data", "x", "--tls-cert", "y"}, 2, "go together"},
		{[]string{"--data", t.TempDir(), "--listen", "256.0.0.1:1"}, 1, "Cannot listen"},
		{[]string{"enrol", "--data", t.TempDir(), "--authority", "a b"}, 1, "cannot be the code"},
	} {
		code, out, errs := said(t, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%v: exit %d, want %d; want %q in:\n%s%s", c.args, code, c.code, c.says, out, errs)
		}
	}
	if code, out, _ := said(t, "--version"); code != 0 || !strings.HasPrefix(out, "plumblined ") {
		t.Errorf("--version: exit %d, %q", code, out)
	}
}

func TestTheServerSaysWhereItListensAndStopsWhenAsked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no interrupt for other processes")
	}
	folder := t.TempDir()
	d := start(t, folder, "--listen", "127.0.0.1:0")
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+$`).MatchString(d.url) {
		t.Errorf("listens on %q", d.url)
	}
	code := d.code("--name", "office laptop") // while the server runs
	if !regexp.MustCompile(`^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$`).MatchString(code) {
		t.Errorf("code %q", code)
	}
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, code)
	l.Register()
	l.Sync()
	if c, out, errs := said(t, "--data", folder, "--listen", "127.0.0.1:0"); c != 1 || out != "" || !strings.Contains(errs, "already runs") {
		t.Errorf("a second server on the folder: exit %d, %s%s", c, out, errs)
	}
	if _, out, _ := said(t, "devices", "--data", folder); !strings.Contains(out, "office laptop") || !strings.Contains(out, string(l.Store.Self().Device)) {
		t.Errorf("devices:\n%s", out)
	}
	if c, out, errs := said(t, "revoke", "--data", folder, string(l.Store.Self().Device)); c != 0 {
		t.Errorf("revoke: exit %d, %s%s", c, out, errs)
	}
	if _, err := l.Client.Sync(ctx, nil); record.CodeOf(err) != record.Forbidden {
		t.Errorf("after revoke: got %v", err)
	}
	if err := d.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestTLSWithTheServersOwnAuthority(t *testing.T) {
	d := start(t, t.TempDir(), "--listen", "127.0.0.1:0", "--tls")
	if !strings.HasPrefix(d.url, "https://") {
		t.Fatalf("listens on %q", d.url)
	}
	code := d.code()
	if len(code) != 39 {
		t.Errorf("code %q carries no pin", code)
	}
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, code)
	l.Register()
	l.Sync()
}

func TestTLSWithFilesOfAnotherAuthority(t *testing.T) {
	cert, key := filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	for _, f := range []string{cert, key} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if c, _, errs := said(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key); c != 1 || !strings.Contains(errs, "cannot be used together") {
		t.Errorf("exit %d: %s", c, errs)
	}
}

func TestRecordsInPostgreSQLFilesInTheFolder(t *testing.T) {
	dsn := os.Getenv("PLUMBLINE_POSTGRES")
	if dsn == "" {
		t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
	}
	dsn = schema(t, dsn)
	folder := t.TempDir()
	t.Setenv("PLUMBLINED_POSTGRES", dsn)
	d := start(t, folder, "--listen", "127.0.0.1:0")
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, d.code())
	l.Register()
	id := l.Plan(1)
	e := l.Attach(id, "k1", synctest.Picture(1, 5000), synctest.Picture(2, 500))
	l.Sync()
	d.kill()
	s, err := postgres.Open(ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Equal(t, l.Store, s)
	s.Close()
	if _, err := os.Stat(filepath.Join(folder, store.FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a SQLite file in the folder: %v", err)
	}
	files, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil || !files.Has(e.Digest) {
		t.Errorf("the photo is not in the folder: %v", err)
	}
	d = start(t, folder, "--listen", "127.0.0.1:0")
	r, _, _ := l.Store.Remote(ctx)
	r.URL = d.url
	if err := l.Store.SetRemote(ctx, r); err != nil {
		t.Fatal(err)
	}
	l.Sync()
}

// schema gives a connection string to a new schema of the test server.
func schema(t *testing.T, dsn string) string {
	t.Helper()
	name := "d_" + strings.ToLower(string(record.NewID("s"))[2:])
	s := storetest.Postgres(t, dsn) // to have a connection
	db, _, _ := s.Handle()
	if _, err := db.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Exec("DROP SCHEMA " + name + " CASCADE") })
	return storetest.InSchema(dsn, name)
}

// A real server process, killed at random moments while a laptop pushes
// entries and photos: what it acknowledged is there, once.
func TestSoakServerKilledWhilePushing(t *testing.T) {
	rounds := 20
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		rounds = 500
	}
	n, err := strconv.ParseUint(os.Getenv("PLUMBLINE_SOAK_SEED"), 10, 64)
	if err != nil {
		n = rand.Uint64()
	}
	t.Logf("seed %d", n)
	random := rand.New(rand.NewPCG(n, 2))
	folder := t.TempDir()
	d := start(t, folder, "--listen", "127.0.0.1:0")
	address := strings.TrimPrefix(d.url, "http://")
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, d.code())
	l.Register()
	l.Sync()
	killed, round := 0, 0
	var whole pace
	for ; goesOn(round, rounds, killed, max(1, rounds/5)); round++ {
		l.Fill(20 + random.IntN(40))
		id := l.Plan(round)
		l.Attach(id, "k1", synctest.Picture(round, 400_000), synctest.Picture(10_000+round, 2000))
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
		d.kill()
		if err := <-done; err != nil {
			killed++
		}
		confirmed := remote(t, l).Confirmed
		receipts, err := l.Store.FilesToSend(ctx, 1000)
		if err != nil {
			t.Fatal(err)
		}
		d = start(t, folder, "--listen", address)
		checkAcknowledged(t, folder, l, confirmed, receipts)
	}
	l.Sync()
	d.kill()
	s := synctest.OpenSQLite(t, folder)
	defer s.Close()
	synctest.Equal(t, l.Store, s)
	if got, want := synctest.Entries(t, s), synctest.Entries(t, l.Store); got != want {
		t.Errorf("the server has %d entries, the laptop %d", got, want)
	}
	allThere(t, s, folder, 2*round)
	t.Logf("%d rounds, %d syncs broken off", round-1, killed)
	if killed < max(1, rounds/5) {
		t.Errorf("only %d of %d syncs were broken off: the test proves little", killed, round-1)
	}
}

func remote(t *testing.T, l *synctest.Laptop) store.Remote {
	t.Helper()
	r, _, err := l.Store.Remote(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkAcknowledged looks, with the server just started again, whether what
// the laptop was told is so.
func checkAcknowledged(t *testing.T, folder string, l *synctest.Laptop, confirmed int64, left []store.File) {
	t.Helper()
	s := synctest.OpenSQLite(t, folder)
	defer s.Close()
	h, err := s.Head(ctx, l.Store.Self())
	if err != nil || h.Seq < confirmed {
		t.Fatalf("the server confirmed %d entries and has %d, %v", confirmed, h.Seq, err)
	}
	open := map[record.Hash]bool{}
	for _, f := range left {
		open[f.Digest] = true
	}
	files, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := l.Store.Inspections(ctx, store.InspectionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[:min(len(rows), 50)] {
		named, err := l.Store.FilesOf(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range named {
			if got, err := files.Digest(f.Digest); !open[f.Digest] && (err != nil || got != f.Digest) {
				t.Fatalf("receipted file %s: %s, %v", f.Digest.Short(), got, err)
			}
		}
	}
}

// A laptop killed in the middle of a sync goes on from what is on its disk.
func TestSoakLaptopKilledWhileSyncing(t *testing.T) {
	rounds := 15
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		rounds = 500
	}
	d := start(t, t.TempDir(), "--listen", "127.0.0.1:0")
	a := synctest.OpenLaptop(t, t.TempDir())
	a.Enrol(d.url, d.code())
	a.Register()
	b := t.TempDir()
	l := synctest.OpenLaptop(t, b)
	l.Enrol(d.url, d.code())
	l.Store.Close()
	killed := 0
	for round := range rounds {
		a.Fill(60)
		id := a.Plan(round)
		a.Attach(id, "k1", synctest.Picture(round, 30_000), synctest.Picture(10_000+round, 200_000))
		a.Sync()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "PLUMBLINE_SYNC_FOLDER="+b)
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		io.ReadFull(out, make([]byte, 1)) // it has begun
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		c.Process.Kill()
		if c.Wait() != nil {
			killed++
		}
	}
	l = synctest.OpenLaptop(t, b)
	l.Sync()
	synctest.Equal(t, a.Store, l.Store)
	v, err := l.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return l.Files.Digest(f.Digest) })
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %+v, %v", v.Problems, err)
	}
	t.Logf("%d rounds, %d killed", rounds, killed)
}

// syncOnce is the laptop process of TestSoakLaptopKilledWhileSyncing.
func syncOnce(folder string) int {
	s, err := openLaptopStore(folder)
	if err != nil {
		return 1
	}
	defer s.Close()
	files, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil {
		return 1
	}
	os.Stdout.Write([]byte("x"))
	if _, err := client.New(s, files, folder).Sync(ctx, nil); err != nil {
		return 1
	}
	return 0
}
