package main

import (
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/postgres"
	"plumbline/sync/synctest"
)

// engine is a database for a plumblined that is killed again and again.
type engine struct {
	args []string
	open func() *store.Store // the server's store, beside the server
}

func eachEngine(t *testing.T, test func(t *testing.T, folder string, e engine)) {
	t.Run("sqlite", func(t *testing.T) {
		folder := t.TempDir()
		test(t, folder, engine{open: func() *store.Store { return synctest.OpenSQLite(t, folder) }})
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv("PLUMBLINE_POSTGRES")
		if dsn == "" {
			t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
		}
		dsn = schema(t, dsn)
		test(t, t.TempDir(), engine{args: []string{"--postgres", dsn}, open: func() *store.Store {
			s, err := postgres.Open(ctx, dsn, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}})
	})
}

// pace chooses when to kill: some time within a whole sync, so that a fast
// machine is hit as often as a slow one, and one that is busy with other work.
type pace time.Duration // of the shortest sync that came to its end

func (p pace) moment(random *rand.Rand) time.Duration {
	return time.Duration(random.Int64N(int64(p)))
}

// ended learns from a sync that was over before the kill came.
func (p *pace) ended(begun time.Time) {
	if took := pace(time.Since(begun)); *p == 0 || took < *p {
		*p = max(took, pace(time.Millisecond))
	}
}

// goesOn tells whether a test of kills has another round: a busy machine gets
// more than it was to have until enough of them were hit.
func goesOn(round, rounds, hit, enough int) bool {
	return round <= rounds || hit < enough && round <= 10*rounds
}

// lost counts what was promised and is not there: entries that were confirmed
// to a laptop or handed out to it, and files that were receipted. A file that
// is in checked was read whole before and is not read again; verify reads all
// of them at the end.
func lost(t *testing.T, e engine, folder string, checked map[record.Hash]bool, laptops ...*synctest.Laptop) (entries int64, files int) {
	t.Helper()
	s := e.open()
	defer s.Close()
	at, err := s.Heads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	there, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range laptops {
		entries += max(0, remote(t, l).Confirmed-at[l.Store.Self()].Seq)
		heads, err := l.Store.Heads(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for c, h := range heads {
			if c != l.Store.Self() {
				entries += max(0, h.Seq-at[c].Seq) // it came from the server
			}
		}
		rows, err := l.Store.Inspections(ctx, store.InspectionFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			named, err := l.Store.FilesOf(ctx, r.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range named {
				if f.Receipt == 0 || checked[f.Digest] {
					continue
				}
				if got, err := there.Digest(f.Digest); err != nil || got != f.Digest {
					files++
					continue
				}
				checked[f.Digest] = true
			}
		}
	}
	return entries, files
}

// allThere wants a server's journal and its files, so many of them, whole.
func allThere(t *testing.T, s *store.Store, folder string, want int) {
	t.Helper()
	files, err := blob.Open(filepath.Join(folder, blob.FolderName))
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Verify(ctx, func(f record.File) (record.Hash, error) { return files.Digest(f.Digest) })
	if err != nil || len(v.Problems) > 0 || v.Files != want {
		t.Errorf("verify: %d files, want %d; %+v, %v", v.Files, want, v.Problems, err)
	}
}

// A real server process on either engine, killed at random moments while one
// laptop pushes and uploads and another pulls and fetches: whatever it had
// confirmed, handed out or receipted is there when it comes back, once.
func TestSoakServerKilledWhileLaptopsPushPullAndUpload(t *testing.T) {
	seed := synctest.Seed(t)
	eachEngine(t, func(t *testing.T, folder string, e engine) {
		random := synctest.Random(seed, 4)
		args := append([]string{"--listen", "127.0.0.1:0"}, e.args...)
		d := start(t, folder, args...)
		args[1] = strings.TrimPrefix(d.url, "http://")
		writer, reader := synctest.OpenLaptop(t, t.TempDir()), synctest.OpenLaptop(t, t.TempDir())
		for _, l := range []*synctest.Laptop{writer, reader} {
			l.Enrol(d.url, d.code(e.args...))
			l.Client.Pause = 50 * time.Millisecond
		}
		writer.Register()
		writer.Sync()
		rounds, broken := synctest.Rounds(4, 500), 0
		var lostEntries int64
		var whole pace
		lostFiles, checked := 0, map[record.Hash]bool{}
		round := 0
		for ; goesOn(round, rounds, broken, max(1, rounds/5)); round++ {
			writer.Fill(10 + random.IntN(40))
			id := writer.Plan(round)
			writer.Attach(id, "k1", synctest.Picture(round, 300_000), synctest.Picture(10_000+round, 60_000))
			reader.Plan(100_000 + round)
			if round == 0 { // undisturbed
				begun := time.Now()
				writer.Sync()
				whole.ended(begun)
				reader.Sync()
				continue
			}
			begun := time.Now()
			ended, wrote := make(chan error, 2), make(chan struct{})
			go func() { _, err := writer.Client.Sync(ctx, nil); ended <- err; close(wrote) }()
			go func() { _, err := reader.Client.Sync(ctx, nil); ended <- err }()
			select {
			case <-time.After(whole.moment(random)):
			case <-wrote:
				whole.ended(begun)
			}
			d.kill()
			for range 2 {
				if <-ended != nil {
					broken++
				}
			}
			n, f := lost(t, e, folder, checked, writer, reader)
			lostEntries, lostFiles = lostEntries+n, lostFiles+f
			if n != 0 || f != 0 {
				t.Errorf("round %d: %d promised entries and %d receipted files are not there", round, n, f)
			}
			d = start(t, folder, args...)
		}
		for range 2 {
			writer.Sync()
			reader.Sync()
		}
		d.kill()
		s := e.open()
		defer s.Close()
		synctest.Equal(t, s, writer.Store, reader.Store)
		if got, want := synctest.Entries(t, s), synctest.Entries(t, writer.Store); got != want {
			t.Errorf("the server has %d entries, the laptop %d", got, want)
		}
		allThere(t, s, folder, 2*round)
		t.Logf("%d kills, %d of %d syncs broken off, %d entries; lost %d entries, %d files", round-1, broken, 2*(round-1), synctest.Entries(t, s), lostEntries, lostFiles)
		if broken < max(1, rounds/5) {
			t.Errorf("only %d syncs were broken off: the test proves little", broken)
		}
	})
}

// The laptop's program killed at random moments while it pushes and uploads:
// all that was saved is on its disk, it believes nothing the server does not
// have, and the next sync ends with everything there once.
func TestSoakLaptopKilledWhilePushingAndUploading(t *testing.T) {
	seed := synctest.Seed(t)
	eachEngine(t, func(t *testing.T, serverFolder string, e engine) {
		random := synctest.Random(seed, 5)
		d := start(t, serverFolder, append([]string{"--listen", "127.0.0.1:0"}, e.args...)...)
		folder := t.TempDir()
		l := synctest.OpenLaptop(t, folder)
		l.Enrol(d.url, d.code(e.args...))
		l.Register()
		l.Sync()
		rounds, killed, checked := synctest.Rounds(4, 500), 0, map[record.Hash]bool{}
		var whole pace
		round := 0
		for ; goesOn(round, rounds, killed, max(1, rounds/4)); round++ {
			l.Fill(10 + random.IntN(60))
			id := l.Plan(round)
			l.Attach(id, "k1", synctest.Picture(round, 300_000), synctest.Picture(10_000+round, 1000))
			saved := synctest.Entries(t, l.Store)
			if err := l.Store.Close(); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "PLUMBLINE_SYNC_FOLDER="+folder)
			out, err := c.StdoutPipe()
			if err == nil {
				err = c.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			io.ReadFull(out, make([]byte, 1)) // it has begun
			begun, ended := time.Now(), make(chan error, 1)
			go func() { ended <- c.Wait() }()
			after := time.Minute // undisturbed
			if round > 0 {
				after = whole.moment(random)
			}
			select {
			case <-time.After(after):
				c.Process.Kill()
				if <-ended != nil {
					killed++
				}
			case err := <-ended:
				if err != nil {
					t.Fatal(err)
				}
				whole.ended(begun)
			}
			l = synctest.OpenLaptop(t, folder)
			if got := synctest.Entries(t, l.Store); got < saved {
				t.Errorf("round %d: %d entries were saved, %d are there", round, saved, got)
			}
			if n, f := lost(t, e, serverFolder, checked, l); n != 0 || f != 0 {
				t.Errorf("round %d: the laptop believes in %d entries and %d files that the server does not have", round, n, f)
			}
		}
		l.Sync()
		s := e.open()
		defer s.Close()
		synctest.Equal(t, l.Store, s)
		if got, want := synctest.Entries(t, s), synctest.Entries(t, l.Store); got != want {
			t.Errorf("the server has %d entries, the laptop %d", got, want)
		}
		if st, err := l.Store.Status(ctx); err != nil || st.FilesLeft != 0 || st.FilesSent != int64(2*round) {
			t.Errorf("status %+v, %v; want %d files sent", st, err, 2*round)
		}
		allThere(t, s, serverFolder, 2*round)
		t.Logf("%d rounds, %d killed, %d entries", round-1, killed, synctest.Entries(t, s))
		if killed < max(1, rounds/4) {
			t.Errorf("only %d of %d syncs were killed: the test proves little", killed, round-1)
		}
	})
}
