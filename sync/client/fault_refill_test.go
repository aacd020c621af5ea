package client_test

import (
	"testing"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

// Found by the mixture: the sync that learned of the restore was cut before it
// had asked which photos the server lacks, and the one after it no longer knew.
func TestARestoredServerGetsItsPhotosBackAlthoughTheFirstSyncIsCut(t *testing.T) {
	for _, at := range []int64{1500, 3000, 4500, 6000} {
		o := synctest.Start(t, &synctest.Office{})
		line := synctest.NewLine(t, o.URL)
		l := synctest.OpenLaptop(t, t.TempDir())
		l.Enrol(line.URL, o.Code())
		l.Register()
		l.Sync()
		o.End()
		backup := synctest.CopyFolder(t, o.Folder)
		o.Begin()
		id := l.Plan(1)
		var photos []record.Evidence
		for n := range 4 {
			photos = append(photos, l.Attach(id, "k1", synctest.Picture(n, 9000), synctest.Picture(100+n, 500)))
		}
		l.Sync()
		o.End()
		o.Folder = backup
		o.Begin()
		l.Client.GiveUpAfter(1)
		line.CutAfter(at)
		if _, err := l.Client.Sync(ctx, nil); record.CodeOf(err) != record.Offline {
			t.Errorf("cut after %d bytes: got %v, want offline", at, err)
		}
		l.Client.GiveUpAfter(6)
		l.Sync()
		for _, e := range photos {
			for _, d := range []record.Hash{e.Digest, e.Small} {
				if got, err := o.Files.Digest(d); err != nil || got != d {
					t.Errorf("cut after %d bytes: photo %s at the server: %v", at, d.Short(), err)
				}
			}
		}
		synctest.Equal(t, l.Store, o.Store)
	}
}

// The first laptop that finds the server restored also brings back what it has
// of its colleague's chain. Then the colleague's cursor fits again, and yet the
// colleague alone has the photos.
func TestARestoredServerGetsTheColleaguesPhotosBackAsWell(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := team(t, o)
	o.End()
	backup := synctest.CopyFolder(t, o.Folder)
	o.Begin()
	id := a.Plan(1)
	e := a.Attach(id, "k1", synctest.Picture(1, 9000), synctest.Picture(2, 500))
	a.Sync()
	b.Sync()
	o.End()
	o.Folder = backup
	o.Begin()
	b.Sync()
	a.Sync()
	if got, err := o.Files.Digest(e.Digest); err != nil || got != e.Digest {
		t.Errorf("the photo at the server: %s, %v", got.Short(), err)
	}
	synctest.Equal(t, a.Store, b.Store, o.Store)
}
