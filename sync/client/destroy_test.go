package client_test

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// signs publishes a key for a person and gives what signs with it.
func signs(l *synctest.Laptop, person record.ID) func([]byte) ([]byte, string) {
	public, private, err := ed25519.GenerateKey(nil)
	key := journal.KeyID(public)
	l.Keep([]record.Change{{Kind: record.Set, Record: person, Set: map[string]any{"keys/" + key: journal.PublicText(public)}}}, err)
	return func(statement []byte) ([]byte, string) { return ed25519.Sign(private, statement), key }
}

// destroyPhoto has a photo destroyed: one person asks, another one approves.
func destroyPhoto(l *synctest.Laptop, id record.ID, e record.Evidence) {
	first, second := synctest.People()[0].ID, synctest.People()[1].ID
	d, changes, err := record.NewDestruction(record.DestructionRequest{Inspection: id, Reason: record.ForMinor,
		Files: []record.Hash{e.Digest, e.Small}, Person: first, At: "2026-05-06T10:00:00+08:00"}, signs(l, first))
	l.Keep(changes, err)
	l.Keep(d.Approve(second, "2026-05-06T10:05:00+08:00", signs(l, second)))
	if err := l.Store.DropFiles(ctx, l.Files.Drop); err != nil {
		l.T.Fatal(err)
	}
}

func TestADestroyedPhotoIsGoneEverywhereAndNobodyBringsItBack(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		id := a.Plan(1)
		picture, small := synctest.Picture(1, 90_000), synctest.Picture(2, 500)
		e := a.Attach(id, "k1", picture, small)
		a.Sync()
		b.Sync()
		if err := b.Client.Fetch(ctx, id, e.Digest, nil); err != nil {
			t.Fatal(err)
		}
		backup := ""
		if _, _, dialect := o.Store.Handle(); dialect == store.SQLite {
			o.End()
			backup = synctest.CopyFolder(t, o.Folder)
			o.Begin()
		}
		destroyPhoto(a, id, e)
		a.Sync()
		b.Sync()
		gone := func(when string) {
			t.Helper()
			for name, has := range map[string]func(record.Hash) bool{"laptop A": a.Files.Has, "laptop B": b.Files.Has, "the server": o.Files.Has} {
				for _, d := range []record.Hash{e.Digest, e.Small} {
					if has(d) {
						t.Errorf("%s: %s still has file %s", when, name, d.Short())
					}
				}
			}
			for _, l := range []*synctest.Laptop{a, b} {
				i, err := l.Store.Inspection(ctx, id)
				if err != nil || len(i.Evidence) != 1 || i.Evidence[0].Counts() || i.Evidence[0].Digest != e.Digest {
					t.Errorf("%s: got evidence %+v, %v; want it there by digest, and to count no more", when, i.Evidence, err)
				}
			}
		}
		gone("after the sync")
		synctest.Equal(t, a.Store, b.Store, o.Store)

		// A stranger to all this attaches the same bytes and sends them.
		c := o.Laptop()
		other := c.Plan(2)
		c.Attach(other, "k1", picture, small)
		if _, err := c.Client.Sync(ctx, nil); err != nil {
			t.Errorf("its sync: %v", err)
		}
		c.Sync()
		gone("after the same picture came again")
		if c.Files.Has(e.Digest) {
			t.Error("the laptop that brought it again keeps it")
		}

		if backup == "" {
			return // PostgreSQL is restored with tools of its own
		}
		o.End()
		o.Folder = backup
		o.Begin()
		if !o.Files.Has(e.Digest) {
			t.Fatal("the backup does not hold the picture: the test proves nothing")
		}
		for range 2 {
			b.Sync()
			a.Sync()
			c.Sync()
		}
		gone("after the server was restored")
		synctest.Equal(t, a.Store, b.Store, c.Store, o.Store)
	})
}

// The colleague of a laptop that is lost refills a restored server although a
// body in the lost laptop's chain was destroyed, and the server destroys what
// its own backup still holds.
func TestAChainWithADestroyedBodyIsCarriedOn(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	o.End()
	empty := synctest.CopyFolder(t, o.Folder)
	o.Begin()
	id := a.Plan(1)
	a.Answer(id, "k1", record.Nonconform, "涉密")
	a.Sync()
	o.End()
	holding := synctest.CopyFolder(t, o.Folder)
	o.Begin()
	first, second := synctest.People()[0].ID, synctest.People()[1].ID
	stand, err := a.Store.StandIns(ctx, id, func(path string, v json.RawMessage) (json.RawMessage, bool) {
		return json.RawMessage("null"), path == "items/k1/note"
	})
	if err != nil {
		t.Fatal(err)
	}
	d, changes, err := record.NewDestruction(record.DestructionRequest{Inspection: id, Reason: record.ForClassified,
		Entries: stand, Person: first, At: "2026-05-06T10:00:00+08:00"}, signs(a, first))
	a.Keep(changes, err)
	a.Keep(d.Approve(second, "2026-05-06T10:05:00+08:00", signs(a, second)))
	a.Answer(id, "k2", record.Conform, "")
	a.Sync()
	b.Sync()
	want := synctest.Digest(t, o.Store)
	for name, folder := range map[string]string{"a backup from before the inspection": empty, "a backup that holds the content": holding} {
		o.End()
		o.Folder = folder
		o.Begin()
		b.Sync()
		b.Sync()
		if got := synctest.Digest(t, o.Store); got != want {
			t.Errorf("%s: the server's tables are %s, want %s as before", name, got.Short(), want.Short())
		}
		i, err := o.Store.Inspection(ctx, id)
		if err != nil || i.Answers["k1"].Note != "" || i.Answers["k1"].Text() != record.Nonconform {
			t.Errorf("%s: got %+v, %v", name, i.Answers["k1"], err)
		}
		if v, err := o.Store.Verify(ctx, nil); err != nil || len(v.Problems) > 0 {
			t.Errorf("%s: verify: %+v, %v", name, v.Problems, err)
		}
	}
}

func TestABundleBringsNothingDestroyedBack(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := o.Laptop(), o.Laptop()
	a.Register()
	a.Sync()
	b.Sync()
	id := a.Plan(1)
	e := a.Attach(id, "k1", synctest.Picture(1, 90_000), synctest.Picture(2, 500))
	stick := t.TempDir()
	write(t, a, stick, client.BundleOptions{}) // written before
	destroyPhoto(a, id, e)
	a.Sync()
	b.Sync()
	read(t, b, stick)
	for _, l := range []*synctest.Laptop{a, b} {
		if l.Files.Has(e.Digest) || l.Files.Has(e.Small) {
			t.Error("the stick has brought the picture back")
		}
	}
	synctest.Equal(t, a.Store, b.Store, o.Store)
}
