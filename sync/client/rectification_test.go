package client_test

import (
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// order tells a finding of an inspection, has it accepted and ordered.
func order(t *testing.T, l *synctest.Laptop, inspection record.ID) record.ID {
	t.Helper()
	f := record.Finding{Inspection: inspection, Organization: synctest.Organization(1).ID, Item: "k1", Severity: record.Major, State: record.Observed, DeadlineDays: 15}
	f.ID = record.FindingID(inspection, "k1", "")
	l.Keep(record.TellFindings([]record.Finding{f}), nil)
	for _, x := range []record.Step{{Action: record.Accept}, {Action: record.Order},
		{Action: record.Serve, Service: &record.ServiceProof{On: today(), Way: record.ServedMail, Proof: "EMS"}}} {
		rectify(t, l, f.ID, x)
	}
	return f.ID
}

func today() string { return time.Now().Format(time.DateOnly) }

func rectify(t *testing.T, l *synctest.Laptop, f record.ID, x record.Step, photos ...record.Evidence) {
	t.Helper()
	r, err := l.Store.Rectification(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	x.On, x.By = today(), synctest.People()[0].ID
	changes, err := r.Do(x, photos, record.Setting{Today: today()})
	l.Keep(changes, err)
}

func members() []record.Member {
	p := synctest.People()
	return []record.Member{{Person: p[0].ID, Name: p[0].Name}, {Person: p[1].ID, Name: p[1].Name}}
}

// A photo of after hangs on the finding, not on the inspection: it reaches the
// server and a colleague all the same, by the line and by the stick.
func TestThePhotoOfAReinspectionReachesServerAndColleague(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := team(t, o)
		id := a.Plan(1)
		f := order(t, a, id)
		a.Sync()
		b.Sync()
		// Offline at the organization's.
		after := b.Photo("k1", synctest.Picture(1, 300_000), synctest.Picture(2, 20_000))
		rectify(t, b, f, record.Step{Action: record.Reinspect, Result: record.Fixed, Note: "已补凭证", Inspectors: members()}, after)
		if r := b.Sync(); r.FilesSent != 2 || r.Refused != 0 {
			t.Errorf("sent %+v, want the photo and its small copy", r)
		}
		if !o.Files.Has(after.Digest) || !o.Files.Has(after.Small) {
			t.Error("the photo is not at the server")
		}
		a.Sync()
		if !a.Files.Has(after.Small) {
			t.Error("the colleague has not got the small copy")
		}
		if err := a.Client.Fetch(ctx, id, after.Digest, nil); err != nil || !a.Files.Has(after.Digest) {
			t.Errorf("the colleague cannot fetch the original: %v", err)
		}
		r, err := a.Store.Rectification(ctx, f)
		if err != nil || r.State != record.Closed || len(r.Evidence) != 1 {
			t.Errorf("at the colleague's: %s, %d photos, %v", r.State, len(r.Evidence), err)
		}
		synctest.Equal(t, a.Store, b.Store, o.Store)

		stick := t.TempDir()
		if w := write(t, b, stick, client.BundleOptions{Whole: true}); w.Files != 2 {
			t.Errorf("a whole bundle carries %d files, want 2", w.Files)
		}
	})
}
