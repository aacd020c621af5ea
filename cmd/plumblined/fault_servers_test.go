package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/postgres"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

// servers starts so many plumblined at one moment on one new PostgreSQL schema,
// each with a folder of its own that holds the same keys.
func servers(t *testing.T, n int) (all []*daemon, dsn string) {
	t.Helper()
	if dsn = os.Getenv("PLUMBLINE_POSTGRES"); dsn == "" {
		t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
	}
	dsn = schema(t, dsn)
	first := t.TempDir()
	if _, err := protocol.LoadDeviceKey(first); err != nil {
		t.Fatal(err)
	}
	all = make([]*daemon, n)
	var starting sync.WaitGroup
	for i := range all {
		folder := t.TempDir()
		if err := os.CopyFS(filepath.Join(folder, protocol.KeyFolder), os.DirFS(filepath.Join(first, protocol.KeyFolder))); err != nil {
			t.Fatal(err)
		}
		starting.Go(func() { all[i] = start(t, folder, "--listen", "127.0.0.1:0", "--postgres", dsn) })
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return all, dsn
}

// The commit-order trap: whoever takes a position before it commits lets a
// reader's cursor pass it. Sixteen laptops push through three processes behind
// a load balancer while others pull all the while.
func TestSoakNoCursorPassesAnEntryOfAnyOfThreeServersOnOnePostgreSQL(t *testing.T) {
	daemons, dsn := servers(t, 3)
	seed := synctest.Seed(t)
	var urls []string
	for _, d := range daemons {
		urls = append(urls, d.url)
	}
	balancer := synctest.NewLine(t, urls...)
	s, err := postgres.Open(ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key, err := protocol.LoadDeviceKey(daemons[0].folder)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.Open(ctx, s, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	laptop := func() *synctest.Laptop {
		l := synctest.OpenLaptop(t, t.TempDir())
		code, err := accounts.NewCode(ctx, synctest.Authority, "", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		l.Enrol(balancer.URL, code.String())
		return l
	}
	const pushers = 16
	var all []*synctest.Laptop
	for range pushers {
		all = append(all, laptop())
	}
	colleague := laptop() // a laptop as it is, pulling with the product's client
	// One reader stays with each process; one is sent from each to the next.
	readers := []*synctest.Follower{}
	for _, url := range append(urls, balancer.URL) {
		readers = append(readers, laptop().Follow(url))
	}
	all[0].Register()
	all[0].Sync()

	var done atomic.Bool
	var pulling, pushing sync.WaitGroup
	for n, f := range readers {
		pulling.Go(func() {
			for last := false; ; {
				more, err := f.Next(1 + n*n*n*20) // from one entry at a time to more than there is
				if record.CodeOf(err) == record.Offline {
					continue // the balancer sent us elsewhere
				}
				if err != nil {
					t.Errorf("reader %d after %d entries: %v", n, f.Count, err)
					return
				}
				if last && !more {
					return
				}
				if last = !more && done.Load(); !more {
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}
	received := 0
	pulling.Go(func() {
		for last := false; !last; {
			last = done.Load()
			r, err := colleague.Client.Sync(ctx, nil)
			received += r.Received
			if record.CodeOf(err) == record.Offline {
				last = false
				continue
			}
			if err != nil {
				t.Errorf("the colleague's laptop: %v", err)
				return
			}
		}
	})
	rounds := synctest.Rounds(3, 60)
	var syncs atomic.Int64
	for n, l := range all {
		pushing.Go(func() {
			random := synctest.Random(seed, uint64(n))
			for k := range rounds {
				id := l.Plan(1000*n + k)
				for range random.IntN(4) {
					l.Answer(id, fmt.Sprint("k", random.IntN(9)), record.Nonconform, fmt.Sprint("note ", random.IntN(1000)))
				}
				if random.IntN(4) == 0 { // what is refused makes the three write the server's one journal
					l.Keep([]record.Change{{Kind: record.Create, Record: record.ID(fmt.Sprintf("org_%d_%d", n, k)), Set: map[string]any{"scheme": "uscc", "code": "5199", "name": "x"}}}, nil)
				}
				_, err := l.Client.Sync(ctx, nil)
				for record.CodeOf(err) == record.Offline {
					_, err = l.Client.Sync(ctx, nil)
				}
				if err != nil {
					t.Errorf("laptop %d, round %d: %v", n, k, err)
					return
				}
				syncs.Add(1)
				if random.IntN(12) == 0 {
					balancer.Hang() // everybody is sent elsewhere
				}
			}
		})
	}
	pushing.Wait()
	done.Store(true)
	pulling.Wait()
	if t.Failed() {
		return
	}
	want := synctest.Entries(t, s)
	heads, err := s.Heads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for n, f := range readers {
		if f.Count != want {
			t.Errorf("reader %d saw %d entries, want all %d", n, f.Count, want)
		}
		for c, h := range heads {
			if h.Seq > 0 && f.Seen[c] != h {
				t.Errorf("reader %d saw %s up to %d, want %d", n, c.Device, f.Seen[c].Seq, h.Seq)
			}
		}
	}
	if int64(received) != want {
		t.Errorf("the colleague's laptop took in %d entries, want %d", received, want)
	}
	for range 2 {
		for _, l := range all {
			l.Sync()
		}
	}
	stores := []*store.Store{s, colleague.Store}
	for _, l := range all {
		stores = append(stores, l.Store)
	}
	synctest.Equal(t, stores...)
	if v, err := s.Verify(ctx, nil); err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %+v, %v", v.Problems, err)
	}
	q, err := s.Quarantine(ctx)
	t.Logf("%d syncs through three processes, %d entries, %d of them refused (%v); pulls: %d %d %d %d", syncs.Load(), want, len(q), err,
		readers[0].Pulls, readers[1].Pulls, readers[2].Pulls, readers[3].Pulls)
}
