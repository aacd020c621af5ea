// Package synctest sets up what tests of the sync need: a real server on a
// loopback port, laptops with data folders of their own, and lines that can be
// counted and cut.
package synctest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/sqlite"
	"plumbline/app/store/storetest"
	"plumbline/sync/account"
	"plumbline/sync/client"
	"plumbline/sync/protocol"
	"plumbline/sync/server"
)

var ctx = context.Background()

// Authority is the authority of all offices here: a fictional one.
const Authority = "990100"

// Office is a real server on a loopback port. Fields that are set before Start
// change it.
type Office struct {
	T      testing.TB
	Folder string
	Open   func(folder string) *store.Store
	TLS    bool
	Sample bool
	Now    func() time.Time
	Listen func() net.Listener // instead of a port: a Link

	Store    *store.Store
	Files    *blob.Folder
	Accounts *account.Accounts
	URL      string
	Requests atomic.Int64

	busy   atomic.Int64 // requests being answered
	server *server.Server
	http   *http.Server
	listen string
}

// OpenSQLite opens the store in a folder.
func OpenSQLite(t testing.TB, folder string) *store.Store {
	t.Helper()
	s, err := sqlite.Open(ctx, folder, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// EachServer runs a test with the server on SQLite and, where there is one, on
// PostgreSQL.
func EachServer(t *testing.T, test func(t *testing.T, o *Office)) {
	t.Run("sqlite", func(t *testing.T) { test(t, Start(t, &Office{})) })
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv("PLUMBLINE_POSTGRES")
		if dsn == "" {
			t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
		}
		test(t, Start(t, &Office{Open: func(string) *store.Store { return storetest.Postgres(t, dsn) }}))
	})
}

// Start starts an office; it ends with the test.
func Start(t testing.TB, o *Office) *Office {
	t.Helper()
	o.T, o.listen = t, "127.0.0.1:0"
	if o.Folder == "" {
		o.Folder = t.TempDir()
	}
	if o.Open == nil {
		o.Open = func(folder string) *store.Store { return OpenSQLite(t, folder) }
	}
	o.Begin()
	t.Cleanup(o.End)
	return o
}

// Begin starts the server, at the address it had before if it had one.
func (o *Office) Begin() {
	o.T.Helper()
	must := func(err error) {
		o.T.Helper()
		if err != nil {
			o.T.Fatal(err)
		}
	}
	o.Store = o.Open(o.Folder)
	key, err := protocol.LoadDeviceKey(o.Folder)
	must(err)
	o.Files, err = blob.Open(filepath.Join(o.Folder, blob.FolderName))
	must(err)
	o.Accounts, err = account.Open(ctx, o.Store, key, o.Now)
	must(err)
	o.server, err = server.New(ctx, server.Options{Store: o.Store, Files: o.Files, Accounts: o.Accounts, Folder: o.Folder,
		Sample: o.Sample, Now: o.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(err)
	var l net.Listener
	if o.Listen != nil {
		l = o.Listen()
	} else {
		l, err = net.Listen("tcp", o.listen)
		for try := 0; err != nil && try < 100; try++ { // somebody's line may have that port for a moment
			time.Sleep(50 * time.Millisecond)
			l, err = net.Listen("tcp", o.listen)
		}
		must(err)
	}
	o.listen = l.Addr().String()
	h := o.server.Handler()
	o.http = server.NewHTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.Requests.Add(1)
		o.busy.Add(1)
		defer o.busy.Add(-1)
		h.ServeHTTP(w, r)
	}))
	o.http.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if o.URL = "http://" + o.listen; o.TLS {
		a, err := server.OpenAuthority(o.Folder, nil)
		must(err)
		o.http.TLSConfig = a.TLS()
		o.URL = "https://" + o.listen
		go o.http.ServeTLS(l, "", "")
		return
	}
	go o.http.Serve(l)
}

// End stops the server in the middle of whatever it does: every line is cut. What
// is being written then ends before the database is closed; else it would close
// behind our back, while a test copies the folder.
func (o *Office) End() {
	if o.http == nil {
		return
	}
	o.http.Close()
	for o.busy.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	o.server.Close()
	o.Store.Close()
	o.http = nil
}

// Code gives a new enrolment code.
func (o *Office) Code() string { return o.CodeFor(Authority) }

// CodeFor gives a new enrolment code of any authority.
func (o *Office) CodeFor(authority string) string {
	o.T.Helper()
	pin, err := server.Pin(o.Folder)
	if err != nil {
		o.T.Fatal(err)
	}
	c, err := o.Accounts.NewCode(ctx, authority, "", "", pin)
	if err != nil {
		o.T.Fatal(err)
	}
	return c.String()
}

// Laptop gives a new laptop that is enrolled here.
func (o *Office) Laptop() *Laptop {
	o.T.Helper()
	l := OpenLaptop(o.T, o.T.TempDir())
	l.Enrol(o.URL, o.Code())
	return l
}

// Laptop is a data folder with its client.
type Laptop struct {
	T      testing.TB
	Folder string
	Store  *store.Store
	Files  *blob.Folder
	Client *client.Client
}

// OpenLaptop opens a laptop's data folder; it closes with the test.
func OpenLaptop(t testing.TB, folder string) *Laptop {
	t.Helper()
	return OpenLaptopAt(t, folder, nil)
}

// OpenLaptopAt opens a laptop whose records are written by a clock of its own.
func OpenLaptopAt(t testing.TB, folder string, now func() time.Time) *Laptop {
	t.Helper()
	s, err := sqlite.Open(ctx, folder, store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	l := &Laptop{T: t, Folder: folder, Store: s}
	t.Cleanup(func() { l.Store.Close() })
	if l.Files, err = blob.Open(filepath.Join(folder, blob.FolderName)); err != nil {
		t.Fatal(err)
	}
	l.Client = client.New(l.Store, l.Files, folder)
	l.Client.Pause = time.Millisecond
	return l
}

// Enrol enrols the laptop.
func (l *Laptop) Enrol(url, code string) {
	l.T.Helper()
	if _, err := l.Client.Enrol(ctx, url, code); err != nil {
		l.T.Fatalf("enrol: %v", err)
	}
}

// Sync syncs and fails the test when that fails.
func (l *Laptop) Sync() client.Result {
	l.T.Helper()
	r, err := l.Client.Sync(ctx, nil)
	if err != nil {
		l.T.Fatalf("sync: %v", err)
	}
	return r
}

// Digest names the tables of a store.
func Digest(t testing.TB, s *store.Store) record.Hash {
	t.Helper()
	h, err := s.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// CopyFolder copies a data folder that nobody has open.
func CopyFolder(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Equal says that all replicas hold equal tables.
func Equal(t testing.TB, stores ...*store.Store) {
	t.Helper()
	want := Digest(t, stores[0])
	for n, s := range stores[1:] {
		if got := Digest(t, s); got != want {
			t.Errorf("replica %d: tables %s, want %s:\n%s", n+1, got.Short(), want.Short(), storetest.Difference(dump(t, stores[0]), dump(t, s)))
		}
	}
}

// Rebuilt says that a rebuild from the journal gives the tables as they are.
func Rebuilt(t testing.TB, name string, s *store.Store) {
	t.Helper()
	before := dump(t, s)
	if err := s.Rebuild(ctx); err != nil {
		t.Errorf("%s: rebuild: %v", name, err)
	}
	if after := dump(t, s); after != before {
		t.Errorf("%s: a rebuild gives other tables:\n%s", name, storetest.Difference(before, after))
	}
}

func dump(t testing.TB, s *store.Store) string {
	t.Helper()
	var out strings.Builder
	if err := s.Dump(ctx, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Entries counts the entries in a store.
func Entries(t testing.TB, s *store.Store) int64 {
	t.Helper()
	heads, err := s.Heads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for _, h := range heads {
		n += h.Seq
	}
	return n
}
