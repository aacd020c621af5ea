package client_test

import (
	"fmt"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

// cutting is one kind of exchange that is cut after every so many bytes.
type cutting struct {
	prepare func(n int)  // makes what the nth exchange carries
	do      func() error // the exchange over the line
	there   func() error // after the exchange went well: is all of it there?
}

// The line is cut at every byte of a push, a pull, an upload and a fetch, on the
// way there and on the way back, by a reset and by a close. A sync that is cut
// is told as offline, has been promised nothing that is not on the server's
// disk, and the next one ends with everything there once.
func TestSoakALineCutAtAnyByteEitherWay(t *testing.T) {
	seed := synctest.Seed(t)
	for _, way := range []string{"up", "down"} {
		for _, polite := range []bool{false, true} {
			if polite && !synctest.Soaking() {
				continue
			}
			for _, kind := range []string{"push", "pull", "upload", "fetch"} {
				t.Run(fmt.Sprintf("%s %s polite=%v", kind, way, polite), func(t *testing.T) {
					cutEverywhere(t, seed, kind, way, polite)
				})
			}
		}
	}
}

func cutEverywhere(t *testing.T, seed uint64, kind, way string, polite bool) {
	o := synctest.Start(t, &synctest.Office{})
	line := synctest.NewLine(t, o.URL)
	line.Polite.Store(polite)
	a, l := o.Laptop(), synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(line.URL, o.Code())
	a.Register()
	id := a.Plan(1)
	a.Sync()
	l.Sync()

	sync := func() error { _, err := l.Client.Sync(ctx, nil); return err }
	equal := func() error {
		if got, want := synctest.Digest(t, l.Store), synctest.Digest(t, o.Store); got != want {
			return fmt.Errorf("the laptop's tables are not the server's")
		}
		if got, want := synctest.Entries(t, l.Store), synctest.Entries(t, o.Store); got != want {
			return fmt.Errorf("the laptop has %d entries, the server %d", got, want)
		}
		return nil
	}
	var e record.Evidence
	has := func(name string, has func(record.Hash) (record.Hash, error), d record.Hash) error {
		if got, err := has(d); err != nil || got != d {
			return fmt.Errorf("%s does not have the photo: %s, %w", name, got.Short(), err)
		}
		return nil
	}
	c := map[string]cutting{
		"push": {prepare: func(n int) { l.Answer(id, fmt.Sprint("k", n%5), record.Nonconform, fmt.Sprint("第", n, "次")) }, do: sync, there: equal},
		"pull": {prepare: func(n int) {
			a.Answer(id, fmt.Sprint("k", n%5), record.Nonconform, fmt.Sprint("第", n, "次"))
			a.Sync()
		}, do: sync, there: equal},
		"upload": {prepare: func(n int) { e = l.Attach(id, "k1", synctest.Picture(n, 1200), synctest.Picture(20_000+n, 300)) }, do: sync,
			there: func() error { return has("the server", o.Files.Digest, e.Digest) }},
		"fetch": {prepare: func(n int) {
			e = a.Attach(id, "k1", synctest.Picture(n, 1200), synctest.Picture(20_000+n, 300))
			a.Sync()
			l.Sync()
		}, do: func() error { return l.Client.Fetch(ctx, id, e.Digest, nil) },
			there: func() error { return has("the laptop", l.Files.Digest, e.Digest) }},
	}[kind]

	step := int64(synctest.Rounds(151, 1))
	if way == "up" && (kind == "pull" || kind == "fetch") { // few bytes ask for many
		step = min(step, 29)
	}
	if polite {
		step = 5
	}
	cuts := 0
	for n, at := 0, int64(seed%uint64(step)); ; n, at = n+1, at+step {
		if n%40 == 39 { // an inspection has few photos; a full one would slow the test down
			id = a.Plan(n)
			a.Sync()
			l.Sync()
		}
		c.prepare(n)
		before := line.Cuts.Load()
		l.Client.GiveUpAfter(1)
		if way == "up" {
			line.CutUpAfter(at)
		} else {
			line.CutDownAfter(at)
		}
		err := c.do()
		cut := line.Cuts.Load() > before
		line.CutUpAfter(-1)
		line.CutDownAfter(-1)
		if err != nil && (!cut || record.CodeOf(err) != record.Offline) {
			t.Fatalf("byte %d: got %v, want offline", at, err)
		}
		promised(t, at, id, l, o)
		l.Client.GiveUpAfter(3)
		if err := c.do(); err != nil {
			t.Fatalf("byte %d: the next one: %v", at, err)
		}
		if err := c.there(); err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		if !cut {
			break
		}
		cuts++
	}
	t.Logf("%d cuts, every %d bytes", cuts, step)
	if cuts < 2 {
		t.Errorf("only %d cuts: the test proves nothing", cuts)
	}
	l.Sync()
	a.Sync()
	synctest.Equal(t, o.Store, a.Store, l.Store)
	v, err := o.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return o.Files.Digest(f.Digest) })
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %+v, %v", v.Problems, err)
	}
}

// promised checks that the laptop was promised nothing that is not at the server.
func promised(t *testing.T, at int64, id record.ID, l *synctest.Laptop, o *synctest.Office) {
	t.Helper()
	r, _, err := l.Store.Remote(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := o.Store.Head(ctx, l.Store.Self()); err != nil || h.Seq < r.Confirmed {
		t.Fatalf("byte %d: %d entries were confirmed, the server has %d, %v", at, r.Confirmed, h.Seq, err)
	}
	files, err := l.Store.FilesOf(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Receipt == 0 {
			continue
		}
		if got, err := o.Files.Digest(f.Digest); err != nil || got != f.Digest {
			t.Fatalf("byte %d: file %s was receipted; at the server: %s, %v", at, f.Digest.Short(), got.Short(), err)
		}
	}
}
