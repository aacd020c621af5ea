package client_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/synctest"
)

// Laptops whose clocks are ten years behind, ten years ahead and jumping about,
// at a server whose own clock may be wrong: people are told, everything travels,
// and who saw the other's word and wrote after it has the last one, whatever
// the clocks say.
func TestSoakClocksThatAreWrongOrJumpDecideNothing(t *testing.T) {
	seed := synctest.Seed(t)
	for n, years := range []int{0, -10, 10} {
		t.Run(fmt.Sprintf("the server is %d years off", years), func(t *testing.T) {
			var mu sync.Mutex
			random := synctest.Random(seed, uint64(n))
			away := func(years int) func() time.Time {
				return func() time.Time { return time.Now().AddDate(years, 0, 0) }
			}
			jumping := func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return time.Now().Add(time.Duration(random.Int64N(int64(20*365*24*time.Hour))) - 10*365*24*time.Hour)
			}
			o := synctest.Start(t, &synctest.Office{TLS: true, Now: away(years)})
			var all []*synctest.Laptop
			for _, clock := range []func() time.Time{away(-10), away(10), jumping, time.Now} {
				l := synctest.OpenLaptopAt(t, t.TempDir(), clock)
				l.Client.Clock(clock)
				l.Enrol(o.URL, o.Code())
				all = append(all, l)
			}
			told := make([]int, len(all))
			sync := func(k int) {
				t.Helper()
				r := all[k].Sync()
				for _, w := range r.Warnings {
					if w.Message == "sync.clock" {
						told[k]++
					}
				}
			}
			all[0].Register()
			id := all[0].Plan(1)
			for range 2 {
				for k := range all {
					sync(k)
				}
			}
			for step := range synctest.Rounds(10, 600) {
				k := random.IntN(len(all))
				sync(k)
				note := fmt.Sprint("note ", step)
				all[k].Answer(id, "k1", []string{record.Conform, record.Nonconform}[step%2], note)
				sync(k)
				other := random.IntN(len(all))
				sync(other)
				i, err := all[other].Store.Inspection(ctx, id)
				if err != nil || i.Answers["k1"].Note != note {
					t.Fatalf("step %d: laptop %d shows %q, %v; want what laptop %d wrote last, %q", step, other, i.Answers["k1"].Note, err, k, note)
				}
			}
			stores := []*store.Store{o.Store}
			for k, l := range all {
				sync(k)
				stores = append(stores, l.Store)
				if c, err := l.Store.Conflicts(ctx); err != nil || len(c) > 0 {
					t.Errorf("laptop %d: conflicts %+v, %v; nobody wrote without having seen the other", k, c, err)
				}
			}
			synctest.Equal(t, stores...)
			for k, want := range []bool{years != -10, years != 10, true, years != 0} {
				if got := told[k] > 0; got != want {
					t.Errorf("laptop %d: told %d times that its clock is off, want %v", k, told[k], want)
				}
			}
			// The server's own clock is no laptop's to move.
			e := all[1].Attach(id, "k1", synctest.Picture(1, 3000), synctest.Picture(2, 300))
			sync(1)
			files, err := all[1].Store.FilesOf(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				if at := time.UnixMilli(f.Receipt); f.Digest == e.Digest && at.Sub(o.Now()).Abs() > time.Hour {
					t.Errorf("the photo was receipted at %v, the server's clock says %v", at, o.Now())
				}
			}
		})
	}
}
