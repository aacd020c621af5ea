package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/postgres"
	"plumbline/sync/synctest"
)

// Sixteen laptops push while the primary of a synchronous pair dies: what any of
// them was told is durable is at the standby, and they carry on by themselves.
func TestNothingAcknowledgedIsLostWhenThePrimaryDies(t *testing.T) {
	primary := newCluster(t, "wal_level = replica", "max_wal_senders = 5", "hot_standby = on")
	standby := primary.synchronousStandby()
	dsn := "host=" + primary.folder + "," + standby.folder + " user=plumbline dbname=plumbline target_session_attrs=read-write connect_timeout=2"
	d := start(t, t.TempDir(), "--listen", "127.0.0.1:0", "--postgres", dsn)

	const laptops, each = 16, 6
	all := make([]*synctest.Laptop, laptops)
	for n := range all {
		all[n] = synctest.OpenLaptop(t, t.TempDir())
		all[n].Enrol(d.url, d.code("--postgres", dsn))
	}
	all[0].Register()
	all[0].Sync()
	told := make([]atomic.Int64, laptops) // what each knows to be durable
	var acknowledged, failed atomic.Int64
	var killed, back atomic.Int64 // unix ms: when the primary died, and when the first sync begun after it ended well
	var work sync.WaitGroup
	for n, l := range all {
		work.Go(func() {
			for k := range each {
				l.Plan(1000*n + k)
				for end := time.Now().Add(2 * time.Minute); ; {
					begun := time.Now().UnixMilli()
					_, err := l.Client.Sync(ctx, nil)
					r, _, e := l.Store.Remote(ctx)
					if e != nil {
						t.Error(e)
						return
					}
					told[n].Store(r.Confirmed)
					if err == nil {
						acknowledged.Add(1)
						if k := killed.Load(); k > 0 && begun > k {
							back.CompareAndSwap(0, time.Now().UnixMilli())
						}
						break
					}
					failed.Add(1)
					if time.Now().After(end) {
						t.Errorf("laptop %d does not come back: %v; the server said:\n%s", n, err, d.log())
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	for acknowledged.Load() < laptops*each/3 {
		time.Sleep(5 * time.Millisecond)
	}
	primary.kill()
	killed.Store(time.Now().UnixMilli())
	// What was told until now must be at the standby, before anybody sends it again.
	var before [laptops]int64
	for n := range told {
		before[n] = told[n].Load()
	}
	at := map[record.ID]int64{}
	for line := range strings.Lines(standby.ask("SELECT device || ' ' || MAX(seq) FROM chain GROUP BY device")) {
		var device record.ID
		var seq int64
		if _, err := fmt.Sscan(line, &device, &seq); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		at[device] = seq
	}
	for n, l := range all {
		if seq := at[l.Store.Self().Device]; seq < before[n] {
			t.Errorf("laptop %d was told that %d entries are durable; the standby has %d", n, before[n], seq)
		}
	}
	standby.promote()
	work.Wait()
	if t.Failed() {
		return
	}
	t.Logf("%d syncs acknowledged, %d tries failed meanwhile, %d ms from the primary's death to the first sync that began after it and went well",
		acknowledged.Load(), failed.Load(), back.Load()-killed.Load())
	for range 2 {
		for _, l := range all {
			l.Sync()
		}
	}
	server, err := postgres.Open(ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	stores := []*store.Store{server}
	for _, l := range all {
		stores = append(stores, l.Store)
	}
	synctest.Equal(t, stores...)
	rows, err := server.Inspections(ctx, store.InspectionFilter{})
	if err != nil || len(rows) != laptops*each {
		t.Errorf("the server has %d inspections, want %d (%v)", len(rows), laptops*each, err)
	}
}

// The records of a server on PostgreSQL are set back to a moment before somebody
// deleted them; laptops bring back what came after it.
func TestARestoreToAPointInTimeIsRefilledByTheLaptops(t *testing.T) {
	archive := t.TempDir()
	if uid, gid, ok := postgresUser(t); ok {
		for dir := archive; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chown(archive, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	c := newCluster(t, "wal_level = replica", "archive_mode = on", "archive_command = 'cp %p "+archive+"/%f'")
	folder := t.TempDir()
	d := start(t, folder, "--listen", "127.0.0.1:0", "--postgres", c.dsn())
	a, b := synctest.OpenLaptop(t, t.TempDir()), synctest.OpenLaptop(t, t.TempDir())
	a.Enrol(d.url, d.code("--postgres", c.dsn()))
	b.Enrol(d.url, d.code("--postgres", c.dsn()))
	a.Register()
	first := a.Plan(1)
	a.Sync()
	base := filepath.Join(c.folder, "base")
	c.run("pg_basebackup", "-h", c.folder, "-U", "plumbline", "-D", base, "-X", "none", "--checkpoint=fast")
	second := a.Plan(2)
	a.Sync()
	moment := c.ask("SELECT now()")
	time.Sleep(20 * time.Millisecond)
	third := a.Plan(3)
	photo := a.Attach(third, "k1", synctest.Picture(1, 50_000), synctest.Picture(2, 500))
	a.Sync()
	b.Sync()
	c.ask("DROP TABLE entry CASCADE") // the accident
	c.ask("SELECT pg_switch_wal()")
	for end := time.Now().Add(time.Minute); c.ask("SELECT COALESCE(MAX(last_archived_time), 'epoch') > '"+moment+"'::timestamptz FROM pg_stat_archiver") != "t"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing is archived")
		}
	}
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	c.kill()
	if err := os.RemoveAll(c.data()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(base, c.data()); err != nil {
		t.Fatal(err)
	}
	c.configure("restore_command = 'cp "+archive+"/%f %p'", "recovery_target_time = '"+moment+"'", "recovery_target_action = 'promote'")
	if out, err := exec.Command("touch", filepath.Join(c.data(), "recovery.signal")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	c.start()
	for end := time.Now().Add(time.Minute); c.ask("SELECT pg_is_in_recovery()") != "f"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("recovery does not end")
		}
	}
	if n := c.ask("SELECT COUNT(*) FROM inspection"); n != "2" {
		t.Fatalf("%s inspections after the restore, want the first 2: the test proves nothing", n)
	}
	d = start(t, folder, "--listen", "127.0.0.1:0", "--postgres", c.dsn())
	for _, l := range []*synctest.Laptop{a, b} {
		r, _, err := l.Store.Remote(ctx)
		if err == nil {
			r.URL = d.url
			err = l.Store.SetRemote(ctx, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b.Sync()
	if r := a.Sync(); !r.Refilled {
		t.Errorf("got %+v, want the server refilled", r)
	}
	b.Sync()
	server, err := postgres.Open(ctx, c.dsn(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, id := range []record.ID{first, second, third} {
		if _, err := server.Inspection(ctx, id); err != nil {
			t.Errorf("inspection %s: %v", id, err)
		}
	}
	if named, here, err := server.NamedBy(ctx, photo.Digest); err != nil || named != third || !here {
		t.Errorf("the photo: named by %q, here %v, %v", named, here, err)
	}
	synctest.Equal(t, server, a.Store, b.Store)
}
