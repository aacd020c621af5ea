package client_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"plumbline/sync/server"
	"plumbline/sync/synctest"
)

func TestALaptopGoesOverToTheAuthorityThatItsOwnNamed(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{TLS: true})
	l, away, late := o.Laptop(), o.Laptop(), synctest.OpenLaptop(t, t.TempDir())
	l.Register()
	l.Sync()
	succeed := func() {
		o.End()
		if err := server.Succeed(o.Folder); err != nil {
			t.Fatal(err)
		}
		o.Begin()
	}
	succeed()
	first := l.Plan(1)
	l.Sync()
	// While the window stays open, and after it was closed.
	succeed()
	l.Sync()
	l = synctest.OpenLaptop(t, synctest.CopyFolder(t, l.Folder))
	l.Sync()
	// Who was away all the while, for two successions.
	away.Sync()
	if _, err := away.Store.Inspection(ctx, first); err != nil {
		t.Error(err)
	}
	late.Enrol(o.URL, o.Code())
	late.Sync()
	synctest.Equal(t, l.Store, away.Store, late.Store, o.Store)

	// What is pinned now is the last one: a server that has only the first is none
	// of ours.
	old := synctest.Start(t, &synctest.Office{TLS: true})
	old.End()
	if err := server.Succeed(old.Folder); err != nil { // a stranger's successor
		t.Fatal(err)
	}
	old.Begin()
	r, _, err := l.Store.Remote(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = old.URL
	if err := l.Store.SetRemote(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Client.Sync(ctx, nil); message(err) != "sync.wrong_server" {
		t.Errorf("with a server whose authority nobody named: got %v", err)
	}
}

func TestASuccessionCutOffIsFinishedOrNeverWas(t *testing.T) {
	folder := t.TempDir()
	if _, err := server.OpenAuthority(folder, nil); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(folder, "keys")
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(keys, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return b
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(keys, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	oldKey, oldCert := read("ca.key"), read("ca.crt")
	if err := server.Succeed(folder); err != nil {
		t.Fatal(err)
	}
	newKey, newCert := read("ca.key"), read("ca.crt")
	if string(newCert) == string(oldCert) {
		t.Fatal("nobody succeeded")
	}
	for name, cut := range map[string]struct {
		make func()
		want []byte
	}{
		"before it was in office": {func() { write("ca.key", oldKey); write("ca.crt", oldCert); write("ca.next.key", newKey) }, oldCert},
		"before the key": {func() {
			write("ca.key", oldKey)
			write("ca.crt", oldCert)
			write("ca.next.key", newKey)
			write("ca.next.crt", newCert)
		}, newCert},
		"between key and certificate": {func() { write("ca.key", newKey); write("ca.crt", oldCert); write("ca.next.crt", newCert) }, newCert},
	} {
		for _, left := range []string{"ca.next.key", "ca.next.crt"} {
			os.Remove(filepath.Join(keys, left))
		}
		cut.make()
		if _, err := server.OpenAuthority(folder, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := read("ca.crt"); string(got) != string(cut.want) {
			t.Errorf("%s: another authority is in office", name)
		}
	}
	if err := server.Succeed(folder); err != nil {
		t.Errorf("once more: %v", err)
	}
}
