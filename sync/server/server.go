package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// Options are what a server is made of.
type Options struct {
	Store    *store.Store
	Files    blob.Store
	Accounts *account.Accounts
	Folder   string           // the data folder, for the note beside the database
	Sample   bool             // takes sample data and nothing else; remembered from the first start
	Version  string           // of the program, for /healthz
	Log      *slog.Logger     // nil means slog.Default
	Now      func() time.Time // the clock; nil means time.Now
}

// Server answers laptops. It is safe for many goroutines.
type Server struct {
	store    *store.Store
	files    blob.Store
	noting   noting
	accounts *account.Accounts
	feed     *feed
	folder   string
	sample   bool
	version  string
	log      *slog.Logger
	now      func() time.Time
	count    counters
	bodies   *budget       // bytes of requests being read
	work     chan struct{} // messages being worked on

	unnumbered atomic.Bool // issued documents may wait for their numbers

	fetchBelow func(context.Context, record.Hash) error // gets a file from a server below; nil where there are none
}

const (
	bodyBudget = 64 << 20 // bytes of requests in memory at once; who comes later waits
	workers    = 8
)

// New makes a server. It finds out whether the database was restored from a
// backup since it last ran, and if so begins its feed and its own journal anew.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{store: o.Store, files: o.Files, accounts: o.Accounts, folder: o.Folder, version: o.Version, log: o.Log, now: o.Now,
		bodies: newBudget(bodyBudget), work: make(chan struct{}, workers)}
	var err error
	if s.sample, err = settleSample(ctx, o); err != nil {
		return nil, err
	}
	if s.feed, err = openFeed(ctx, o); err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	if err := s.store.DropFiles(ctx, s.files.Drop); err != nil {
		s.log.Error("drop destroyed files; the next push tries again", "err", err)
	}
	s.number(ctx, true)
	return s, nil
}

// begin begins our own journal anew. A database that was restored together with
// the note beside it looks as if nothing had happened; what we refuse from now on
// must not stand where laptops and servers above have what we refused before.
func (s *Server) begin(ctx context.Context) error {
	if err := s.store.NewEpoch(ctx); err != nil {
		return errors.Join(err, s.feed.close())
	}
	return nil
}

// settleSample remembers at the first start whether this is a server for
// samples, so that no later start mixes the two.
func settleSample(ctx context.Context, o Options) (bool, error) {
	want := "no"
	if o.Sample {
		want = "yes"
	}
	was, err := o.Accounts.SwapFact(ctx, "sample", "", want)
	if err == nil && was == "no" && o.Sample {
		err = &record.Error{Code: record.Conflict, Message: "server.not_sample"}
	}
	return was == "yes", err
}

// Close notes what must be known at the next start. The store stays open.
func (s *Server) Close() error { return s.feed.close() }

// Handler gives the HTTP endpoints.
func (s *Server) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST "+protocol.PathEnrol, s.enrol)
	m.HandleFunc("POST "+protocol.PathToken, s.token)
	for _, path := range []string{protocol.PathHello, protocol.PathPush, protocol.PathPull, protocol.PathSync} {
		m.HandleFunc("POST "+path, s.authorized(s.message(path)))
	}
	m.HandleFunc("POST "+protocol.PathHave, s.authorized(s.have))
	m.HandleFunc("HEAD "+protocol.PathFile+"{digest}", s.authorized(s.offset))
	m.HandleFunc("PATCH "+protocol.PathFile+"{digest}", s.authorized(s.piece))
	m.HandleFunc("GET "+protocol.PathFile+"{digest}", s.authorized(s.download))
	m.HandleFunc("POST "+protocol.PathBundle, s.authorized(s.bundle))
	m.HandleFunc("GET /healthz", s.health)
	m.HandleFunc("GET /metrics", s.metrics)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, &record.Error{Code: record.NotFound, Message: "sync.no_such_path"})
	})
	return s.logged(m)
}
