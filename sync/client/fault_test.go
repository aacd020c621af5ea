package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// soaking tells whether the long form of a test is wanted.
func soaking() bool { return os.Getenv("PLUMBLINE_SOAK") == "1" }

// cutTest syncs again and again over a line that is cut once in each sync,
// every step bytes further on, until a sync needs fewer bytes than that.
func cutTest(t *testing.T, step int64, work func(l *synctest.Laptop, n int)) {
	o := synctest.Start(t, &synctest.Office{})
	line := synctest.NewLine(t, o.URL)
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(line.URL, o.Code())
	l.Register()
	l.Sync()
	cuts := 0
	for n := 0; ; n++ {
		work(l, n)
		before := line.Cuts.Load()
		line.CutAfter(int64(n) * step)
		if _, err := l.Client.Sync(ctx, nil); err != nil {
			t.Fatalf("cut after %d bytes: %v", int64(n)*step, err)
		}
		if line.Cuts.Load() == before {
			break
		}
		cuts++
		st, err := l.Store.Status(ctx)
		if err != nil || st.Sent != st.Entries || st.FilesLeft != 0 {
			t.Fatalf("cut after %d bytes: status %+v, %v", int64(n)*step, st, err)
		}
		if got, want := synctest.Entries(t, o.Store), synctest.Entries(t, l.Store); got != want {
			t.Fatalf("cut after %d bytes: the server has %d entries, the laptop %d", int64(n)*step, got, want)
		}
	}
	t.Logf("%d cuts", cuts)
	if cuts < 5 {
		t.Errorf("only %d cuts: the test proves nothing", cuts)
	}
	synctest.Equal(t, l.Store, o.Store)
	v, err := o.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return o.Files.Digest(f.Digest) })
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %+v, %v", v.Problems, err)
	}
}

func TestSoakALineCutAnywhereInASyncLosesAndDoublesNothing(t *testing.T) {
	step := int64(17)
	if soaking() {
		step = 1
	}
	var id record.ID
	cutTest(t, step, func(l *synctest.Laptop, n int) {
		if id == "" {
			id = l.Plan(1)
		}
		l.Answer(id, fmt.Sprintf("k%d", n%7), record.Nonconform, fmt.Sprintf("第%d次", n))
	})
}

func TestSoakALineCutAnywhereInAnUploadLosesAndDoublesNothing(t *testing.T) {
	step := int64(14_983)
	if soaking() {
		step = 997
	}
	var id record.ID
	cutTest(t, step, func(l *synctest.Laptop, n int) {
		if id == "" {
			id = l.Plan(1)
		}
		l.Attach(id, "k1", synctest.Picture(n, 200_000), synctest.Picture(10_000+n, 900))
	})
}

func TestAfterACutAtMostOneBatchIsSentAgain(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	line := synctest.NewLine(t, o.URL)
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(line.URL, o.Code())
	l.Register()
	l.Fill(600)
	line.Reset()
	line.CutAfter(300_000)
	l.Sync()
	up := line.Up.Load()
	other := synctest.Start(t, &synctest.Office{})
	whole := synctest.NewLine(t, other.URL)
	l.Enrol(whole.URL, other.Code())
	whole.Reset()
	l.Sync()
	if again := up - whole.Up.Load(); line.Cuts.Load() != 1 || again > 256<<10 {
		t.Errorf("%d cuts, %d bytes sent twice, want at most one batch", line.Cuts.Load(), again)
	}
	synctest.Equal(t, l.Store, o.Store, other.Store)
}

// A server that was restored from a backup gets back what it lacks, and every
// laptop gets what it would have missed, with nobody asked.
func TestARestoredServerIsRefilled(t *testing.T) {
	for _, how := range []string{"the whole folder", "the database alone", "the database in a new folder"} {
		t.Run(how, func(t *testing.T) {
			o := synctest.Start(t, &synctest.Office{})
			a, b := o.Laptop(), o.Laptop()
			a.Register()
			first := a.Plan(1)
			a.Attach(first, "k1", synctest.Picture(1, 90_000), synctest.Picture(2, 500))
			a.Sync()
			b.Sync()
			o.End()
			backup := synctest.CopyFolder(t, o.Folder)
			o.Begin()
			late := o.Laptop() // enrolled after the backup
			second := a.Plan(2)
			a.Answer(first, "k1", record.Nonconform, "after the backup")
			e := a.Attach(second, "k1", synctest.Picture(3, 90_000), synctest.Picture(4, 500))
			a.Sync()
			b.Answer(first, "k2", record.Conform, "")
			b.Sync()
			third := late.Plan(3)
			late.Sync()
			o.End()

			switch how {
			case "the whole folder":
				o.Folder = backup
			case "the database alone":
				restoreDatabase(t, backup, o.Folder)
			case "the database in a new folder":
				o.Folder = backup
				if err := os.Remove(filepath.Join(backup, "feed.note")); err != nil {
					t.Fatal(err)
				}
			}
			o.Begin()
			b.Plan(4)
			b.Sync()
			late.Sync()
			if r := a.Sync(); how != "the database alone" && (r.FilesSent == 0 || !r.Refilled) {
				t.Errorf("A: got %+v, want the original of the second inspection sent again", r)
			}
			b.Sync()
			late.Sync()
			a.Sync()
			for _, id := range []record.ID{first, second, third} {
				if _, err := o.Store.Inspection(ctx, id); err != nil {
					t.Errorf("inspection %s at the server: %v", id, err)
				}
			}
			if got, err := o.Files.Digest(e.Digest); err != nil || got != e.Digest {
				t.Errorf("photo at the server: %s, %v", got, err)
			}
			synctest.Equal(t, a.Store, b.Store, late.Store, o.Store)
		})
	}
}

func restoreDatabase(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range []string{"plumbline.db", "plumbline.db-wal", "plumbline.db-shm"} {
		os.Remove(filepath.Join(to, name))
		b, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A laptop that was restored from a backup gets its own later entries back.
func TestARestoredLaptopGetsItsOwnEntriesBack(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	id := a.Plan(1)
	a.Answer(id, "k1", record.Conform, "")
	a.Sync()
	a.Store.Close()
	backup := synctest.CopyFolder(t, a.Folder)
	a = synctest.OpenLaptop(t, a.Folder)
	a.Answer(id, "k2", record.Nonconform, "after the backup")
	a.Sync()
	a.Store.Close()

	again := synctest.OpenLaptop(t, backup)
	if err := again.Store.NewEpoch(ctx); err != nil { // as restoring does
		t.Fatal(err)
	}
	again.Answer(id, "k3", record.Conform, "after the restore")
	again.Sync()
	i, err := again.Store.Inspection(ctx, id)
	if err != nil || i.Answers["k2"].Note != "after the backup" || i.Answers["k3"].Note != "after the restore" {
		t.Errorf("got %+v, %v", i.Answers, err)
	}
	synctest.Equal(t, again.Store, o.Store)
}

// Two laptops from one disk image: the second is told, and loses nothing.
func TestAClonedLaptopIsTold(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	id := a.Plan(1)
	a.Sync()
	a.Store.Close()
	clone := synctest.OpenLaptop(t, synctest.CopyFolder(t, a.Folder))
	a = synctest.OpenLaptop(t, a.Folder)
	a.Answer(id, "k1", record.Conform, "at the first")
	a.Sync()
	before := synctest.Digest(t, o.Store)
	clone.Answer(id, "k1", record.Nonconform, "at the clone")
	mine := synctest.Entries(t, clone.Store)
	_, err := clone.Client.Sync(ctx, nil)
	var e *record.Error
	if !errors.As(err, &e) || e.Message != "sync.forked" {
		t.Errorf("got %v, want sync.forked", err)
	}
	if synctest.Digest(t, o.Store) != before {
		t.Error("the clone changed the server")
	}
	i, err := clone.Store.Inspection(ctx, id)
	if err != nil || i.Answers["k1"].Note != "at the clone" || synctest.Entries(t, clone.Store) != mine {
		t.Errorf("the clone lost its own: %+v, %v", i.Answers, err)
	}
	st, _ := clone.Store.Status(ctx)
	if st.Remote.Problem != "sync.forked" {
		t.Errorf("the status says %q", st.Remote.Problem)
	}
}

func TestOfflineIsToldAtOnceAndNothingIsLost(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Client.Pause = time.Hour // nobody waits for a second try
	a.Register()
	o.End()
	before := synctest.Digest(t, a.Store)
	_, err := a.Client.Sync(ctx, nil)
	if record.CodeOf(err) != record.Offline {
		t.Errorf("got %v, want offline", err)
	}
	st, _ := a.Store.Status(ctx)
	if st.Remote.Problem != "sync.offline" || st.Remote.Tried == 0 {
		t.Errorf("status %+v", st.Remote)
	}
	o.Begin()
	a.Sync()
	if synctest.Digest(t, a.Store) != before {
		t.Error("the tables changed")
	}
	synctest.Equal(t, a.Store, o.Store)
}

func TestASyncStopsWhenToldAndGoesOnLater(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	a.Fill(500)
	stop, cancel := context.WithCancel(ctx)
	_, err := a.Client.Sync(stop, func(p client.Progress) {
		if p.Phase == client.Pushing && p.Entries > 100 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	st, _ := a.Store.Status(ctx)
	if st.Remote.Problem != "sync.interrupted" {
		t.Errorf("status %+v", st.Remote)
	}
	a.Sync()
	synctest.Equal(t, a.Store, o.Store)
}

func TestTwoProgramsOnOneFolderSyncOneAfterTheOther(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	a.Fill(300)
	other := client.New(a.Store, a.Files, a.Folder)
	var second error
	done := make(chan bool)
	started := false
	_, err := a.Client.Sync(ctx, func(client.Progress) {
		if !started {
			started = true
			go func() { _, second = other.Sync(ctx, nil); close(done) }()
		}
	})
	<-done
	if err != nil || second != nil && record.CodeOf(second) != record.Busy {
		t.Errorf("got %v and %v", err, second)
	}
	synctest.Equal(t, a.Store, o.Store)
}

func TestAClockThatIsYearsOffWarnsAndSyncsAllTheSame(t *testing.T) {
	for _, years := range []int{-10, 10} {
		o := synctest.Start(t, &synctest.Office{TLS: true, Now: func() time.Time { return time.Now().AddDate(years, 0, 0) }})
		a := o.Laptop()
		a.Register()
		r := a.Sync()
		if len(r.Warnings) != 1 || r.Warnings[0].Message != "sync.clock" {
			t.Errorf("%d years: got %+v, want a warning", years, r)
		}
		synctest.Equal(t, a.Store, o.Store)
	}
}
