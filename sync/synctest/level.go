package synctest

import (
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"plumbline/app/store"
	"plumbline/app/store/storetest"
	"plumbline/sync/client"
	"plumbline/sync/link"
	"plumbline/sync/server"
)

// Level is an office that pulls from those below it.
type Level struct {
	*Office
	Originals bool

	links *link.Links
	of    *server.Server
}

// CodeAbove gives a new code for a server above.
func (o *Office) CodeAbove() string {
	o.T.Helper()
	pin, err := server.Pin(o.Folder)
	if err != nil {
		o.T.Fatal(err)
	}
	c, err := o.Accounts.NewCodeAbove(ctx, "above", pin)
	if err != nil {
		o.T.Fatal(err)
	}
	return c.String()
}

// LaptopOf gives a new laptop that is enrolled here for an authority.
func (o *Office) LaptopOf(authority string) *Laptop {
	o.T.Helper()
	l := OpenLaptop(o.T, o.T.TempDir())
	l.Enrol(o.URL, o.CodeFor(authority))
	return l
}

// Above links a server to those below it, whose addresses may be lines to them.
func Above(o *Office, below ...*Office) *Level {
	o.T.Helper()
	v := &Level{Office: o}
	for _, b := range below {
		v.Link(b.URL, b.CodeAbove())
	}
	return v
}

// Link adds a server below.
func (v *Level) Link(url, code string) {
	v.T.Helper()
	if _, err := client.AddLink(ctx, v.Store, v.Folder, false, url, code); err != nil {
		v.T.Fatalf("link: %v", err)
	}
}

// Links gives the office's links, new ones after the office began again.
func (v *Level) Links() *link.Links {
	if v.of != v.server {
		v.of = v.server
		v.links = link.New(link.Options{Store: v.Store, Files: v.Files, Folder: v.Folder, Server: v.server, Originals: v.Originals,
			Every: 50 * time.Millisecond, Pause: time.Millisecond, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	}
	return v.links
}

// Pull does one round and fails the test when that fails.
func (v *Level) Pull() {
	v.T.Helper()
	if err := v.Links().Round(ctx); err != nil {
		v.T.Fatalf("pull: %v", err)
	}
}

// EachLevel runs a test with servers on SQLite and, where there is one, on
// PostgreSQL. open starts one more of them.
func EachLevel(t *testing.T, test func(t *testing.T, open func() *Office)) {
	t.Run("sqlite", func(t *testing.T) { test(t, func() *Office { return Start(t, &Office{}) }) })
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv("PLUMBLINE_POSTGRES")
		if dsn == "" {
			t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
		}
		test(t, func() *Office {
			return Start(t, &Office{Open: func(string) *store.Store {
				s := storetest.Postgres(t, dsn)
				if err := s.SetAuthority(ctx, ""); err != nil { // a server has none
					t.Fatal(err)
				}
				return s
			}})
		})
	})
}

// Union gives a store with everything that the given ones hold, in a random order
// of their chains and with nobody judging.
func Union(t testing.TB, stores ...*store.Store) *store.Store {
	t.Helper()
	out := OpenSQLite(t, t.TempDir())
	t.Cleanup(func() { out.Close() })
	for _, s := range stores {
		heads, err := s.Heads(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for c, h := range heads {
			entries, err := s.Span(ctx, c, 0, h.Seq)
			if err == nil {
				_, err = out.Apply(ctx, entries, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}
