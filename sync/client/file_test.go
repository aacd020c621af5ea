package client_test

import (
	"os"
	"path/filepath"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

func TestPhotosAreReceiptedAndColleaguesGetTheSmallCopy(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		id := a.Plan(1)
		original, small := synctest.Picture(1, 700_000), synctest.Picture(2, 30_000)
		e := a.Attach(id, "k1", original, small)
		empty := a.Attach(id, "k2", nil, []byte("x")) // somebody attaches an empty file
		r := a.Sync()
		if r.FilesSent != 4 {
			t.Errorf("got %+v, want 4 files sent", r)
		}
		left, err := a.Store.FilesToSend(ctx, 10)
		if err != nil || len(left) != 0 {
			t.Errorf("left to send: %+v, %v", left, err)
		}
		for _, d := range []record.Hash{e.Digest, e.Small, empty.Digest} {
			if got, err := o.Files.Digest(d); err != nil || got != d {
				t.Errorf("at the server: got %s, %v, want %s", got, err, d)
			}
		}
		if r := b.Sync(); r.FilesReceived != 2 {
			t.Errorf("got %+v, want 2 small copies", r)
		}
		if got, err := b.Files.Digest(e.Small); err != nil || got != e.Small {
			t.Errorf("small copy at B: %s, %v", got, err)
		}
		if b.Files.Has(e.Digest) {
			t.Error("the original came unasked")
		}
		if err := b.Client.Fetch(ctx, id, e.Digest, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Files.Digest(e.Digest); err != nil || got != e.Digest {
			t.Errorf("original at B: %s, %v", got, err)
		}
	})
}

func TestADownloadGoesOnWhereTheLineBroke(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	id := a.Plan(1)
	e := a.Attach(id, "k1", synctest.Picture(1, 2_000_000), synctest.Picture(2, 3000))
	a.Sync()
	line := synctest.NewLine(t, o.URL)
	line.Polite.Store(true)
	b := synctest.OpenLaptop(t, t.TempDir())
	b.Enrol(line.URL, o.Code())
	b.Sync()
	line.Reset()
	line.CutAfter(1_200_000)
	if err := b.Client.Fetch(ctx, id, e.Digest, nil); err != nil {
		t.Fatal(err)
	}
	if line.Cuts.Load() != 1 || line.Down.Load() > 2_300_000 {
		t.Errorf("%d cuts, %d bytes for 2,000,000: the part that had arrived was not used", line.Cuts.Load(), line.Down.Load())
	}
	if got, err := b.Files.Digest(e.Digest); err != nil || got != e.Digest {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAPhotoWhoseBytesAreGoneDoesNotStopTheOthers(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	id := a.Plan(1)
	lost := a.Attach(id, "k1", synctest.Picture(1, 1000), synctest.Picture(2, 100))
	kept := a.Attach(id, "k2", synctest.Picture(3, 1000), synctest.Picture(4, 100))
	name := "sha256-" + string(lost.Digest[7:])
	if err := os.Remove(filepath.Join(a.Folder, "files", name[7:9], name)); err != nil {
		t.Fatal(err)
	}
	r := a.Sync()
	if r.FilesSent != 3 || r.FilesLost != 1 || len(r.Warnings) != 1 {
		t.Errorf("got %+v, want 3 sent and 1 lost with a warning", r)
	}
	if !o.Files.Has(kept.Digest) {
		t.Error("the other photo did not arrive")
	}
}

func TestProgressReachesItsTotals(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	a.Fill(400)
	id := a.Plan(1)
	for n := range 3 {
		a.Attach(id, "k1", synctest.Picture(n, 300_000), synctest.Picture(100+n, 2000))
	}
	last := map[client.Phase]client.Progress{}
	if _, err := a.Client.Sync(ctx, func(p client.Progress) {
		before := last[p.Phase]
		if p.Entries < before.Entries || p.Files < before.Files || p.Bytes < before.Bytes {
			t.Errorf("went back from %+v to %+v", before, p)
		}
		last[p.Phase] = p
	}); err != nil {
		t.Fatal(err)
	}
	if p := last[client.Pushing]; p.Entries == 0 || p.Entries != p.EntriesTotal {
		t.Errorf("push: %+v", p)
	}
	if p := last[client.Uploading]; p.Files != 6 || p.Files != p.FilesTotal || p.Bytes != p.BytesTotal || p.Bytes != 906_000 {
		t.Errorf("upload: %+v", p)
	}
}
