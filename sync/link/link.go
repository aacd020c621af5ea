package link

import (
	"context"
	"errors"
	"log/slog"
	mrand "math/rand/v2"
	"sync"
	"time"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/server"
)

// Options are what links are made of.
type Options struct {
	Store     *store.Store
	Files     blob.Store
	Folder    string // the data folder, which has the server's key
	Server    *server.Server
	Every     time.Duration // how often to pull; 0 means a minute
	Originals bool          // fetch originals of photos as well; else each when somebody opens it
	App       string        // program and version, for the log below
	Log       *slog.Logger  // nil means slog.Default
	Pause     time.Duration // before the first retry on a bad line; 0 means half a second
}

const (
	look    = 2 * time.Second  // how soon a link that was added or removed counts
	longest = 15 * time.Minute // between two tries while a server is away
)

// Links pulls from all servers below. It is safe for many goroutines.
type Links struct {
	Options
	mu     sync.Mutex
	links  map[record.ID]*way
	looked bool // whether the files noted as being here are
	found  sync.Mutex
}

// way is what is remembered of one link while the program runs.
type way struct {
	link   *client.Link
	round  sync.Mutex // one round at a time
	busy   bool       // a round has been begun by Run
	next   time.Time  // when the next one is due
	failed int        // rounds in a row that failed
	told   string     // the problem that the log has
}

// New makes the links of a server. Nothing is pulled before Run or Round; what
// the server is asked for and lacks is fetched from now on.
func New(o Options) *Links {
	if o.Every <= 0 {
		o.Every = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	l := &Links{Options: o, links: map[record.ID]*way{}}
	o.Server.OnMissing(l.Fetch)
	return l
}

func (l *Links) way(server record.ID) *way {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.links[server]
	if w == nil {
		w = &way{link: client.NewLink(l.Store, l.Files, l.Folder, server, l.Server)}
		w.link.App, w.link.Pause = l.App, l.Pause
		l.links[server] = w
	}
	return w
}

// Run pulls from each server below, at once and then again and again, until the
// context ends; from one that is away with growing pauses. It waits for rounds
// under way.
func (l *Links) Run(ctx context.Context) {
	var rounds sync.WaitGroup
	defer rounds.Wait()
	for {
		list, err := l.Store.Links(ctx)
		if err != nil && ctx.Err() == nil {
			l.Log.Error("read links", "err", err)
		}
		for _, at := range list {
			w := l.way(at.Server)
			l.mu.Lock()
			due := !w.busy && !time.Now().Before(w.next)
			w.busy = w.busy || due
			l.mu.Unlock()
			if !due {
				continue
			}
			rounds.Go(func() {
				err := l.pull(ctx, w, at)
				l.mu.Lock()
				defer l.mu.Unlock()
				w.busy, w.next = false, time.Now().Add(l.wait(w, err))
			})
		}
		t := time.NewTimer(min(look, l.Every))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// wait gives how long to wait after a round. With jitter, so that a ministry
// does not ask thirty provinces in one moment.
func (l *Links) wait(w *way, err error) time.Duration {
	d := l.Every
	if w.failed = w.failed + 1; err == nil {
		w.failed = 0
	} else {
		d = max(d, min(longest, l.Every<<min(w.failed-1, 8)))
	}
	return d - d/4 + time.Duration(mrand.Int64N(int64(d/2)+1))
}

// Round pulls once from each server below, one after the other.
func (l *Links) Round(ctx context.Context) error {
	list, err := l.Store.Links(ctx)
	for _, at := range list {
		err = errors.Join(err, l.pull(ctx, l.way(at.Server), at))
	}
	return err
}

// pull does one round of one link and notes how it stands.
func (l *Links) pull(ctx context.Context, w *way, at store.Link) error {
	w.round.Lock()
	defer w.round.Unlock()
	if err := l.lookForFiles(ctx); err != nil {
		return err
	}
	now, did, err := w.link.Pull(ctx, at, l.Originals)
	if ctx.Err() != nil {
		return ctx.Err() // we are ending: that is no problem of the link
	}
	if record.CodeOf(err) == record.Busy && now.Problem == "link.elsewhere" {
		return nil // another server on this database was quicker; it notes the state
	}
	if e := l.Store.SetLinkState(ctx, now); err == nil {
		err = e
	}
	l.tell(w, now, did, err)
	return err
}

// tell logs what came, and a problem when it begins, changes or ends.
func (l *Links) tell(w *way, at store.Link, did client.Pulled, err error) {
	log := l.Log.With("server", at.URL)
	if did.Received > 0 || did.Files > 0 {
		log.Info("pulled from the server below", "entries", did.Received, "refused", did.Refused, "files", did.Files)
	}
	if did.Lost > 0 {
		log.Warn("files of the server below are damaged there", "files", did.Lost)
	}
	problem := at.Problem
	if problem == "" && at.Lost > 0 {
		problem = "link.lost"
	}
	if problem == w.told {
		return
	}
	w.told = problem
	switch problem {
	case "":
		log.Info("the server below can be reached again")
	case "link.lost":
		log.Warn("the server below has lost entries that are here; its laptops bring them back, or a bundle", "entries", at.Lost)
	default:
		log.Warn("cannot pull from the server below", "problem", at.Problem, "detail", at.Detail, "err", err)
	}
}

// Fetch gets a file that entries of a server below name. record.NotFound says
// that none of them has it.
func (l *Links) Fetch(ctx context.Context, d record.Hash) error {
	list, err := l.Store.Links(ctx)
	if err != nil {
		return err
	}
	err = &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": d.Short()}}
	for _, at := range list {
		e := l.way(at.Server).link.FetchBelow(ctx, at, d)
		if e == nil {
			return nil
		}
		if record.CodeOf(e) != record.NotFound {
			err = e
		}
	}
	return err
}
