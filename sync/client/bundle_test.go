package client_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/bundle"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

func write(t *testing.T, l *synctest.Laptop, folder string, o client.BundleOptions) client.BundleWritten {
	t.Helper()
	w, err := l.Client.WriteBundle(ctx, folder, o, nil)
	if err != nil {
		t.Fatalf("write bundle: %v", err)
	}
	return w
}

func read(t *testing.T, l *synctest.Laptop, path string) client.BundleRead {
	t.Helper()
	r, err := l.Client.ReadBundle(ctx, path, nil)
	if err != nil {
		t.Fatalf("read bundle: %v", err)
	}
	return r
}

// team gives two laptops of one office that have both synced since the other
// was enrolled, so that each knows the other.
func team(t *testing.T, o *synctest.Office) (a, b *synctest.Laptop) {
	t.Helper()
	a, b = o.Laptop(), o.Laptop()
	a.Register()
	a.Sync()
	b.Sync()
	return a, b
}

func TestTwoLaptopsWithNoNetworkWorkOnOneInspectionOverAStick(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := team(t, o)
		stick := t.TempDir()
		id := a.Plan(1)
		a.Answer(id, "k1", record.Conform, "")
		photo := a.Attach(id, "k1", synctest.Picture(1, 300_000), synctest.Picture(2, 20_000))
		w := write(t, a, stick, client.BundleOptions{})
		if w.Entries == 0 || w.Files != 2 || len(w.For) != 1 {
			t.Errorf("written: %+v, want entries, 2 files, for one colleague", w)
		}
		r := read(t, b, stick)
		if r.Received != w.Entries || r.Files != 2 || r.Parts != 1 || r.Gap {
			t.Errorf("read: %+v, want %d entries and 2 files of 1 part", r, w.Entries)
		}
		if !b.Files.Has(photo.Digest) {
			t.Error("the colleague has not got the photo")
		}
		// The first laptop dies here. The colleague carries on, and carries both home.
		b.Answer(id, "k2", record.Nonconform, "来自另一台笔记本 𬱖")
		result := b.Sync()
		if result.Carried != w.Entries {
			t.Errorf("carried %d entries of the dead laptop, want %d", result.Carried, w.Entries)
		}
		i, err := o.Store.Inspection(ctx, id)
		if err != nil || len(i.Answers) != 2 {
			t.Fatalf("the server has %d answers (%v), want both laptops'", len(i.Answers), err)
		}
		if !o.Files.Has(photo.Digest) {
			t.Error("the dead laptop's photo has not reached the server")
		}
		if again := b.Sync(); again.Carried+again.Sent != 0 {
			t.Errorf("a second sync carries again: %+v", again)
		}
		// It was only asleep: what it sends itself is known already.
		if late := a.Sync(); late.Refused != 0 {
			t.Errorf("the first laptop's own sync: %+v", late)
		}
		synctest.Equal(t, a.Store, b.Store, o.Store)
	})
}

func TestABundleAndItsAnswerDoWhatASyncDoes(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := team(t, o)
		id := a.Plan(1)
		a.Answer(id, "k1", record.Conform, "")
		a.Attach(id, "k1", synctest.Picture(1, 300_000), synctest.Picture(2, 20_000))
		other := b.Plan(2)
		small := b.Attach(other, "k9", synctest.Picture(3, 90_000), synctest.Picture(4, 9_000))
		b.Sync()
		stick := t.TempDir()
		w := write(t, a, stick, client.BundleOptions{})
		carried, err := b.Client.CarryBundle(ctx, stick, nil)
		if err != nil || carried.Stored != w.Entries || carried.Files != 2 {
			t.Fatalf("carried: %+v, %v; want %d entries and 2 files", carried, err, w.Entries)
		}
		r := read(t, a, stick)
		if r.Own != 1 || r.Parts != 1 || r.Confirmed != 2 || r.Received == 0 {
			t.Errorf("read the answer: %+v, want receipts of 2 files and the colleague's entries", r)
		}
		// What the colleague wrote names a small copy: it came only if it was asked for.
		write(t, a, t.TempDir(), client.BundleOptions{})
		st, err := a.Store.Status(ctx)
		if err != nil || st.Sent != st.Entries || st.FilesLeft != 0 {
			t.Errorf("status %+v, %v; want all sent", st, err)
		}
		next := t.TempDir()
		write(t, a, next, client.BundleOptions{})
		if _, err := b.Client.CarryBundle(ctx, next, nil); err != nil {
			t.Fatal(err)
		}
		if r := read(t, a, next); r.Files != 1 || !a.Files.Has(small.Small) {
			t.Errorf("second answer: %+v, want the small copy of the colleague's photo", r)
		}
		if s := a.Sync(); s.Sent != 0 || s.FilesSent != 0 || s.Received != 0 {
			t.Errorf("a sync after it found %+v to do, want nothing", s)
		}
		synctest.Equal(t, a.Store, o.Store)
	})
}

func TestALargeBundleComesInPartsThatGoOnAfterTheStickWasPulled(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	id := a.Plan(1)
	var photos []record.Evidence
	for n := range 6 {
		photos = append(photos, a.Attach(id, "k1", synctest.Picture(10+n, 3_000_000), synctest.Picture(20+n, 20_000)))
	}
	stick := t.TempDir()
	const size = 6 << 20
	// The stick is pulled in the middle of the third part: its name cannot be given.
	pulled, count := contextThatEndsAfterFiles(8)
	if _, err := a.Client.WriteBundle(pulled, stick, client.BundleOptions{PartSize: size}, count); err == nil {
		t.Fatal("the writing was not cut off")
	}
	before, _ := os.ReadDir(stick)
	w := write(t, a, stick, client.BundleOptions{PartSize: size})
	after, _ := os.ReadDir(stick)
	if len(before) == 0 || len(before) >= len(after) || w.New != len(after)-len(before) || len(w.Parts) != len(after) {
		t.Errorf("%d parts before, %d after; written now %d of %v", len(before), len(after), w.New, w.Parts)
	}
	for _, e := range after {
		info, _ := e.Info()
		if info.Size() > size || strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("part %s has %d bytes, want at most %d", e.Name(), info.Size(), size)
		}
	}
	// One part is torn on the way: the others are read, and a second copy mends it.
	torn := filepath.Join(stick, w.Parts[1])
	whole, err := os.ReadFile(torn)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(torn, whole[:len(whole)/2], 0o600)
	if r := read(t, b, stick); r.Broken != 1 || r.Parts == 0 {
		t.Errorf("with a torn part: %+v, want 1 broken", r)
	}
	os.WriteFile(torn, whole, 0o600)
	r := read(t, b, stick)
	for _, p := range photos {
		if !b.Files.Has(p.Digest) || !b.Files.Has(p.Small) {
			t.Errorf("photo %s is missing after %+v", p.Digest.Short(), r)
		}
	}
	b.Sync()
	synctest.Equal(t, b.Store, o.Store)
	if again := read(t, b, stick); again.Received != 0 || again.Files != 0 {
		t.Errorf("reading twice: %+v, want nothing new", again)
	}
}

func TestOnlyWhoItIsForReadsABundle(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	c := o.Laptop()
	c.Sync()
	a.Sync()
	id := a.Plan(1)
	a.Answer(id, "k1", record.Conform, "绝密线索")
	stick := t.TempDir()
	w := write(t, a, stick, client.BundleOptions{For: []record.ID{b.Store.Self().Device}})
	raw, err := os.ReadFile(filepath.Join(stick, w.Parts[0]))
	if err != nil || bytes.Contains(raw, []byte("绝密线索")) || bytes.Contains(raw, []byte(string(id))) {
		t.Errorf("the part shows what is in it (%v)", err)
	}
	if r := read(t, c, stick); r.NotForUs != 1 || r.Received != 0 {
		t.Errorf("a third laptop: %+v, want nothing read", r)
	}
	if r := read(t, b, stick); r.Received != w.Entries {
		t.Errorf("the colleague: %+v, want %d entries", r, w.Entries)
	}
	if _, err := a.Client.WriteBundle(ctx, t.TempDir(), client.BundleOptions{For: []record.ID{"dev_nobody"}}, nil); record.CodeOf(err) != record.NotFound {
		t.Errorf("for nobody: got %v, want not_found", err)
	}
}

func TestAStaleAnswerMovesNothingBack(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	id := a.Plan(1)
	a.Answer(id, "k1", record.Conform, "")
	stick := t.TempDir()
	write(t, a, stick, client.BundleOptions{})
	if _, err := b.Client.CarryBundle(ctx, stick, nil); err != nil {
		t.Fatal(err)
	}
	a.Answer(id, "k2", record.Conform, "")
	a.Sync()
	before, _ := a.Store.Status(ctx)
	read(t, a, stick)
	after, _ := a.Store.Status(ctx)
	if after.Sent != before.Sent || after.Remote.Cursor != before.Remote.Cursor {
		t.Errorf("sent %d, cursor %d; before the old answer %d, %d", after.Sent, after.Remote.Cursor, before.Sent, before.Remote.Cursor)
	}
}

func TestAColleagueRefillsARestoredServer(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	o.End()
	backup := synctest.CopyFolder(t, o.Folder)
	o.Begin()
	id := a.Plan(1)
	a.Answer(id, "k1", record.Conform, "")
	a.Sync()
	b.Sync()
	want := synctest.Digest(t, o.Store)
	o.End()
	// The server's disk is replaced by last night's copy, and laptop a never
	// comes back. The note beside the database stays, as it does when a database
	// is restored in place.
	note, err := os.ReadFile(filepath.Join(o.Folder, "feed.note"))
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(o.Folder)
	if err := os.CopyFS(o.Folder, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(o.Folder, "feed.note"), note, 0o600)
	o.Begin()
	r := b.Sync()
	if !r.Refilled || r.Carried == 0 {
		t.Errorf("got %+v, want the colleague to refill the server", r)
	}
	if got := synctest.Digest(t, o.Store); got != want {
		t.Errorf("the server's tables are %s, want %s as before", got.Short(), want.Short())
	}
}

// P6: HTTP, bundles and any interleaving of the two give the same tables.
func TestAnyMixtureOfSyncAndBundlesGivesTheSameTables(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			o := synctest.Start(t, &synctest.Office{})
			a, b := team(t, o)
			c := o.Laptop()
			for _, l := range []*synctest.Laptop{a, b, c, a, b} {
				l.Sync()
			}
			all := []*synctest.Laptop{a, b, c}
			id := a.Plan(1)
			a.Sync()
			b.Sync()
			c.Sync()
			sticks := []string{t.TempDir(), t.TempDir()}
			for step := range 40 {
				l := all[r.IntN(3)]
				stick := sticks[r.IntN(2)]
				switch r.IntN(6) {
				case 0, 1:
					l.Answer(id, fmt.Sprint("k", r.IntN(4)), []string{record.Conform, record.Nonconform}[r.IntN(2)], fmt.Sprint("note ", step))
					if r.IntN(3) == 0 {
						l.Attach(id, "k1", synctest.Picture(step, 70_000), synctest.Picture(100+step, 5_000))
					}
				case 2:
					l.Sync()
				case 3:
					write(t, l, stick, client.BundleOptions{PartSize: 4 << 20})
				case 4:
					if _, err := l.Client.ReadBundle(ctx, stick, nil); err != nil && record.CodeOf(err) != record.NotFound {
						t.Fatalf("step %d: %v", step, err)
					}
				case 5:
					if _, err := l.Client.CarryBundle(ctx, stick, nil); err != nil && record.CodeOf(err) != record.NotFound {
						t.Fatalf("step %d: %v", step, err)
					}
				}
			}
			for range 3 {
				for _, l := range all {
					l.Sync()
				}
			}
			synctest.Equal(t, o.Store, a.Store, b.Store, c.Store)
			for _, l := range all {
				st, err := l.Store.Status(ctx)
				if err != nil || st.Sent != st.Entries || st.FilesLeft != 0 {
					t.Errorf("status %+v, %v; want all sent", st, err)
				}
				missing, err := o.Store.FilesMissing(ctx, 100)
				if err != nil || len(missing) > 0 {
					t.Errorf("the server lacks %d files (%v)", len(missing), err)
				}
			}
		})
	}
}

func TestABundleThatWasChangedIsNoticed(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	id := a.Plan(1)
	a.Answer(id, "k1", record.Conform, "")
	stick := t.TempDir()
	w := write(t, a, stick, client.BundleOptions{})
	path := filepath.Join(stick, w.Parts[0])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 60 {
		changed := bytes.Clone(whole)
		changed[r.IntN(len(changed))] ^= byte(1 + r.IntN(255))
		os.WriteFile(path, changed, 0o600)
		got, err := b.Client.ReadBundle(ctx, stick, nil)
		if err == nil && got.Received > 0 && got.Broken+len(got.Warnings) == 0 {
			t.Fatalf("a changed part was read as if nothing were: %+v", got)
		}
	}
	os.WriteFile(path, whole, 0o600)
	read(t, b, stick)
	b.Sync()
	synctest.Equal(t, b.Store, o.Store)
}

func FuzzAStrangersPart(f *testing.F) {
	f.Add([]byte("plumbline bundle 1\n{\"v\":1,\"kind\":\"device\"}\nage-encryption.org/v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := bundle.Open(bytes.NewReader(b))
		if err != nil {
			if record.CodeOf(err) == "" {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		if err := p.Unlock(make([]byte, 32)); err == nil {
			t.Error("opened without a key")
		}
	})
}
