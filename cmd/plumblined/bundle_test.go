package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// A server with no network at all: the stick is read on it, while it runs.
func TestASticksBundlesAreReadAtTheServerAndWithTheRecoveryKey(t *testing.T) {
	d := start(t, t.TempDir())
	key, err := program("recovery-key", "--data", d.folder).Output()
	if err != nil || !strings.Contains(string(key), "AGE-SECRET-KEY-1") {
		t.Fatalf("recovery key %q, %v", key, err)
	}
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, d.code())
	l.Register()
	l.Sync()
	other := synctest.OpenLaptop(t, t.TempDir())
	other.Enrol(d.url, d.code())
	other.Sync()
	id := l.Plan(1)
	l.Answer(id, "k1", record.Conform, "")
	photo := l.Attach(id, "k1", synctest.Picture(1, 200_000), synctest.Picture(2, 9_000))
	stick := t.TempDir()
	w, err := l.Client.WriteBundle(ctx, stick, client.BundleOptions{For: []record.ID{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(stick)); err != nil {
		t.Fatal(err)
	}
	out, err := program("bundle", "--data", d.folder, stick).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 files") {
		t.Fatalf("bundle: %v: %s", err, out)
	}
	r, err := l.Client.ReadBundle(ctx, stick, nil)
	if err != nil || r.Confirmed != 2 {
		t.Errorf("the answer: %+v, %v; want receipts of 2 files", r, err)
	}
	if got := l.Sync(); got.Sent+got.FilesSent != 0 {
		t.Errorf("after the bundle a sync still sends: %+v", got)
	}

	// The laptop dies, and its bundle was for the server alone. With the key from
	// the safe any other laptop of this server opens it.
	r, err = other.Client.ReadBundle(ctx, copied, nil)
	if err != nil || r.NotForUs != 1 {
		t.Errorf("without the key: %+v, %v; want a part that is not for us", r, err)
	}
	keys, err := age.ParseIdentities(bytes.NewReader(key))
	if err != nil {
		t.Fatal(err)
	}
	r, err = other.Client.ReadBundle(ctx, copied, nil, keys...)
	if err != nil || r.Received != w.Entries || !other.Files.Has(photo.Digest) {
		t.Errorf("with the key: %+v, %v; want %d entries and the photo", r, err, w.Entries)
	}
}
