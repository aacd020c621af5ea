package client_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store/sqlite"
	"plumbline/sync/protocol"
	"plumbline/sync/safe/safetest"
	"plumbline/sync/synctest"
)

// on opens a folder on a machine with a safe.
func on(t *testing.T, folder string, m *safetest.Machine) *synctest.Laptop {
	t.Helper()
	l := synctest.OpenLaptop(t, folder)
	l.Client.Safe = m
	return l
}

func codeForDevice(t *testing.T, o *synctest.Office, device record.ID) string {
	t.Helper()
	code, err := o.Accounts.NewCode(ctx, synctest.Authority, "", device, nil)
	if err != nil {
		t.Fatal(err)
	}
	return code.String()
}

func notes(t *testing.T, l *synctest.Laptop, id record.ID, want map[string]string) {
	t.Helper()
	i, err := l.Store.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for item, note := range want {
		if got := i.Answers[item].Note; got != note {
			t.Errorf("note on %s: %q, want %q", item, got, note)
		}
	}
}

// The folder of a laptop is copied to another computer, or its Windows account
// was reset: whoever has it reads and writes on, enrols again, and what was never
// sent arrives.
func TestALaptopWhoseKeyIsLostEnrolsAgainAndWhatWasNotSentArrives(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		b := o.Laptop()
		first := on(t, t.TempDir(), &safetest.Machine{})
		first.Enrol(o.URL, o.Code())
		first.Register()
		id := first.Plan(1)
		first.Answer(id, "k1", record.Conform, "sent")
		first.Sync()
		first.Answer(id, "k2", record.Conform, "not sent")
		epoch := first.Store.Self().Epoch
		first.Store.Close()

		l := on(t, synctest.CopyFolder(t, first.Folder), &safetest.Machine{})
		device := l.Store.Self().Device
		notes(t, l, id, map[string]string{"k1": "sent", "k2": "not sent"})
		if _, err := l.Client.Sync(ctx, nil); message(err) != "key.elsewhere" {
			t.Fatalf("sync: %v", err)
		}
		st, err := l.Store.Status(ctx)
		if err != nil || st.Remote.Problem != "key.elsewhere" {
			t.Errorf("the status says %q, %v", st.Remote.Problem, err)
		}
		if k := l.Client.Key(); k != (protocol.KeyState{Kept: "machine", Problem: "key.elsewhere"}) {
			t.Errorf("key %+v", k)
		}
		l.Answer(id, "k3", record.Conform, "written without a key")
		if _, err := l.Client.Enrol(ctx, o.URL, o.Code()); message(err) != "enrol.other_key" {
			t.Errorf("with a code for anybody: %v", err)
		}
		if got := l.Store.Self().Epoch; got != epoch {
			t.Error("a new epoch although the server took no new key")
		}
		l.Enrol(o.URL, codeForDevice(t, o, device))
		if got := l.Store.Self(); got.Device != device || got.Epoch == epoch {
			t.Errorf("goes on as %v", got)
		}
		l.Answer(id, "k4", record.Conform, "in the new epoch")
		if st, err = l.Store.Status(ctx); err != nil || st.Entries-st.Sent != 3 {
			t.Errorf("the status says %d of %d sent, want 3 left (%v)", st.Sent, st.Entries, err)
		}
		l.Sync()
		if st, err = l.Store.Status(ctx); err != nil || st.Entries != st.Sent || st.Received != 0 {
			t.Errorf("the status says %d of %d sent, %d received (%v)", st.Sent, st.Entries, st.Received, err)
		}
		if k := l.Client.Key(); k != (protocol.KeyState{Kept: "machine"}) {
			t.Errorf("key %+v", k)
		}
		b.Sync()
		notes(t, b, id, map[string]string{"k1": "sent", "k2": "not sent", "k3": "written without a key", "k4": "in the new epoch"})
		synctest.Equal(t, l.Store, o.Store, b.Store)
		synctest.Rebuilt(t, "server", o.Store)

		// The first one, if it is still in use, is told and keeps its data; the
		// administrator decides.
		again := on(t, first.Folder, first.Client.Safe.(*safetest.Machine))
		again.Answer(id, "k2", record.Nonconform, "meanwhile at the first")
		if _, err := again.Client.Sync(ctx, nil); message(err) != "sync.device_key_wrong" {
			t.Errorf("the first: %v", err)
		}
		notes(t, again, id, map[string]string{"k2": "meanwhile at the first"})
	})
}

// The first one went on while the copy did: the copy's branch stays where it is,
// and does not hold up what is written after the copy has enrolled.
func TestACopyThatWentItsOwnWayEnrolsAndWorksOn(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	first := on(t, t.TempDir(), &safetest.Machine{})
	first.Enrol(o.URL, o.Code())
	first.Register()
	id := first.Plan(1)
	first.Sync()
	first.Store.Close()
	l := on(t, synctest.CopyFolder(t, first.Folder), &safetest.Machine{})
	again := on(t, first.Folder, first.Client.Safe.(*safetest.Machine))
	again.Answer(id, "k1", record.Conform, "at the first")
	again.Sync()
	l.Answer(id, "k1", record.Nonconform, "at the copy")
	l.Answer(id, "k2", record.Conform, "at the copy")
	l.Enrol(o.URL, codeForDevice(t, o, l.Store.Self().Device))
	l.Answer(id, "k3", record.Conform, "in a journal of its own")
	for range 2 {
		r := l.Sync()
		if len(r.Warnings) != 1 || r.Warnings[0].Message != "sync.forked_before" {
			t.Errorf("warned of %+v", r.Warnings)
		}
	}
	notes(t, l, id, map[string]string{"k2": "at the copy", "k3": "in a journal of its own"})
	i, err := o.Store.Inspection(ctx, id)
	if err != nil || i.Answers["k1"].Note != "at the first" || i.Answers["k3"].Note != "in a journal of its own" {
		t.Errorf("the server has %+v, %v", i.Answers, err)
	}
}

func TestAPlainKeyIsTakenInByTheSystemAtTheNextSync(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	l := o.Laptop()
	l.Register()
	if k := l.Client.Key(); k.Kept != "file" {
		t.Errorf("key %+v", k)
	}
	l.Client.Safe = &safetest.Machine{}
	l.Sync()
	if k := l.Client.Key(); k != (protocol.KeyState{Kept: "machine"}) {
		t.Errorf("key %+v", k)
	}
	l.Plan(1)
	l.Sync()
	synctest.Equal(t, l.Store, o.Store)
}

func TestABackupHoldsNoKeyThatOpensElsewhere(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	machine := &safetest.Machine{}
	l := on(t, t.TempDir(), machine)
	key, err := protocol.Keys{Folder: l.Folder, Safe: machine}.Load()
	if err != nil {
		t.Fatal(err)
	}
	l.Enrol(o.URL, o.Code())
	l.Register()
	id := l.Plan(1)
	l.Sync()
	l.Store.Close()
	database := desk.Database{Open: sqlite.Open, Backup: sqlite.Backup, Check: sqlite.Check}
	d, err := desk.Open(ctx, l.Folder, database, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "b.backup")
	if err := d.Backup(ctx, to, nil); err != nil {
		t.Fatal(err)
	}
	d.Close()
	b, err := os.ReadFile(to)
	if err != nil || bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString(key.Seed()))) {
		t.Errorf("the backup gives the key away (%v)", err)
	}
	restored := func(m *safetest.Machine) *synctest.Laptop {
		folder := t.TempDir()
		if _, err := desk.Restore(ctx, folder, to, database, nil); err != nil {
			t.Fatal(err)
		}
		return on(t, folder, m)
	}
	same := restored(machine)
	same.Answer(id, "k1", record.Conform, "restored where it was made")
	same.Sync()
	same.Store.Close()
	other := restored(&safetest.Machine{})
	if _, err := other.Client.Sync(ctx, nil); message(err) != "key.elsewhere" {
		t.Errorf("restored elsewhere: %v", err)
	}
	other.Enrol(o.URL, codeForDevice(t, o, other.Store.Self().Device))
	other.Answer(id, "k2", record.Conform, "restored elsewhere")
	other.Sync()
	notes(t, other, id, map[string]string{"k1": "restored where it was made", "k2": "restored elsewhere"})
	synctest.Equal(t, other.Store, o.Store)
}
