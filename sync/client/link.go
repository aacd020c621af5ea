package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"plumbline/app/blob"
	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

// Link is a server's way to one server below it: it pulls everything from there
// and sends nothing. It keeps connection and token between rounds, and is safe
// for many goroutines.
type Link struct {
	*Client
	server record.ID
	below  Below
	forked map[journal.Chain]bool // whose entries there are others than ours; for the one round at a time
}

// Below is what a link needs of the server that pulls.
type Below interface {
	// TakeBelow takes in a page with the cursor, or refuses all of it.
	TakeBelow(ctx context.Context, l store.Link, step store.Step, heads []protocol.SignedHead, entries []journal.Entry) ([]store.Result, error)
	// LaptopBelow tells whether a device belongs to a server below.
	LaptopBelow(ctx context.Context, server, device record.ID) (bool, error)
}

// linkSettings begins the names of the settings of a link.
func linkSettings(server record.ID) string { return "link." + string(server) + "." }

// NewLink makes the way to a server below from an open server folder.
func NewLink(s *store.Store, files blob.Store, folder string, server record.ID, below Below) *Link {
	c := New(s, nil, folder)
	c.files, c.prefix = files, linkSettings(server)
	return &Link{Client: c, server: server, below: below, forked: map[journal.Chain]bool{}}
}

// AddLink makes this server one that reads everything at the server below, with
// a one-time code that was printed there. The key of that server and its
// certificate authority are pinned from then on.
func AddLink(ctx context.Context, s *store.Store, folder string, insecure bool, server, code string) (store.Link, error) {
	c := New(s, nil, folder)
	c.Insecure = insecure
	u, ca, a, err := c.join(ctx, server, code, true)
	if err != nil {
		return store.Link{}, err
	}
	b, err := json.Marshal(a.Certificate)
	if err != nil {
		return store.Link{}, err
	}
	for name, v := range map[string]string{settingCA: ca, settingCertificate: string(b)} {
		if err := s.SetSetting(ctx, linkSettings(a.Server)+name, v); err != nil {
			return store.Link{}, err
		}
	}
	l := store.Link{URL: u, Server: a.Server, Key: journal.PublicText(a.ServerKey)}
	return l, s.AddLink(ctx, l)
}

// RemoveLink ends the pulling from a server below. What came from it stays.
func RemoveLink(ctx context.Context, s *store.Store, server record.ID) error {
	return s.RemoveLink(ctx, server, linkSettings(server))
}

// Pulled is what one round of a link has done.
type Pulled struct {
	Received int // entries that were new here
	Refused  int // of those, how many went to quarantine here
	Forked   int // entries there that differ from those here
	Files    int // that came whole
	Lost     int // files there whose bytes are wrong
}

// Pull gets everything after the link's cursor, then files: small copies,
// signatures and documents, and with originals those as well. What was done
// before an error stays done. l comes back as it then stands.
func (k *Link) Pull(ctx context.Context, l store.Link, originals bool) (store.Link, Pulled, error) {
	var out Pulled
	l.Tried = k.now().UnixMilli()
	s, err := k.session(ctx, remoteOf(l), nil)
	if err == nil {
		err = k.pullEntries(s, &l, &out)
	}
	if err == nil {
		err = k.pullFiles(s, l, &out, originals)
	}
	l.Problem, l.Detail = problemOf(err), ""
	switch {
	case err != nil:
		l.Detail = detailOf(err)
	case len(k.forked) > 0:
		l.Problem = "link.forked"
	}
	return l, out, err
}

// detailOf is for whoever administers the server.
func detailOf(err error) string {
	var e *record.Error
	if !errors.As(err, &e) || e.Err == nil && len(e.Args) == 0 {
		return err.Error()
	}
	b, _ := json.Marshal(e.Args)
	if e.Err != nil {
		return string(b) + " " + e.Err.Error()
	}
	return string(b)
}

func remoteOf(l store.Link) store.Remote {
	return store.Remote{URL: l.URL, Server: string(l.Server), ServerKey: l.Key, ServerEpoch: l.Feed, Cursor: l.Cursor}
}

func (k *Link) pullEntries(s *session, l *store.Link, out *Pulled) error {
	at := store.Place{Feed: l.Feed, Cursor: l.Cursor} // as the database has it
	ask := at
	for first, whole := true, false; ; first = false {
		q := protocol.Request{Pull: &protocol.Pull{Entries: 2000}}
		if first {
			q.Hello = &protocol.Hello{Min: protocol.MinVersion, Max: protocol.Version, App: s.App, Heads: []protocol.Point{}}
		}
		var a protocol.Answer
		var entries []journal.Entry
		err := s.try(func() (err error) {
			q.Pull.Cursor, q.Pull.Bytes = protocol.Cursor{Feed: ask.Feed, Pos: ask.Cursor}, s.pull
			a, entries, err = s.exchange(protocol.PathSync, q, nil)
			return err
		}, func() error { s.pull = max(leastSize, s.pull/2); return nil })
		if err != nil {
			return err
		}
		if a.Pull == nil || first && a.Hello == nil {
			return strange(errors.New("client: part of the answer is missing"))
		}
		if first {
			if a.Hello.Server != l.Server {
				return &record.Error{Code: record.Forbidden, Message: "sync.wrong_server", Args: map[string]any{"server": l.URL}}
			}
			if err := s.keepSuccessor(s.ctx, s.remote); err != nil {
				return err
			}
		}
		s.heard(a.Time)
		l.Contact = s.remote.Contact
		if a.Pull.Anew && l.Lost >= 0 {
			// Noted before the cursor is the new feed's: a round that ends early must
			// not forget to count.
			l.Lost = -1
			if err := s.store.SetLinkState(s.ctx, *l); err != nil {
				return err
			}
		}
		step := store.Step{Server: l.Server, From: at, To: store.Place{Feed: a.Pull.Cursor.Feed, Cursor: a.Pull.Cursor.Pos}}
		gaps, err := k.take(s, l, step, a.Pull.Heads, entries, out)
		if err != nil {
			return err
		}
		if len(gaps) > 0 {
			known, err := k.findForks(s, gaps)
			if err != nil {
				return err
			}
			if !known && whole {
				return strange(fmt.Errorf("client: entries of %s come without those before them", gaps[0].Device))
			}
			// A chain that was left out while nobody had signed it begins before the
			// cursor; once more from the beginning loses nothing.
			if !known {
				whole, ask = true, store.Place{}
			}
			continue
		}
		l.Feed, l.Cursor, at, ask = step.To.Feed, step.To.Cursor, step.To, step.To
		s.pull = min(mostSize, s.pull*2)
		if l.Behind = max(0, a.Pull.Tip-a.Pull.Cursor.Pos); !a.Pull.More {
			l.Behind = 0
			break
		}
		if err := s.store.SetLinkState(s.ctx, *l); err != nil {
			return err
		}
	}
	if l.Lost == 0 {
		return nil
	}
	return k.countLost(s, l)
}

// take hands a page on and gives the chains in which entries before it are
// missing here.
func (k *Link) take(s *session, l *store.Link, step store.Step, heads []protocol.SignedHead, entries []journal.Entry, out *Pulled) ([]journal.Chain, error) {
	var page []journal.Entry
	for _, e := range entries {
		if !k.forked[e.Chain()] {
			page = append(page, e)
		}
	}
	results, err := k.below.TakeBelow(s.ctx, *l, step, heads, page)
	if err != nil {
		return nil, err
	}
	var gaps []journal.Chain
	for _, r := range results {
		switch r.Verdict {
		case store.Stored:
			out.Received++
		case store.Refused:
			out.Received++
			out.Refused++
		case store.Forked:
			out.Forked++
			k.forked[r.Chain] = true
		case store.Gap:
			gaps = append(gaps, r.Chain)
		}
	}
	return gaps, nil
}

// findForks asks which of the chains go on there from another entry than the
// last one here: what follows that will never fit. known is true when all do.
func (k *Link) findForks(s *session, gaps []journal.Chain) (known bool, err error) {
	known = true
	for _, c := range gaps {
		if k.forked[c] {
			continue
		}
		h, err := s.store.Head(s.ctx, c)
		if err != nil {
			return false, err
		}
		var a protocol.Answer
		err = s.try(func() (err error) {
			a, _, err = s.exchange(protocol.PathHello, protocol.Request{Hello: &protocol.Hello{Min: protocol.MinVersion, Max: protocol.Version, Heads: []protocol.Point{protocol.At(c, h)}}}, nil)
			return err
		}, nil)
		if err != nil {
			return false, err
		}
		if a.Hello == nil || len(a.Hello.Watermarks) != 1 {
			return false, strange(errors.New("client: the answer says no hello"))
		}
		k.forked[c] = a.Hello.Watermarks[0].Forked
		if !k.forked[c] {
			delete(k.forked, c)
			known = false
		}
	}
	return known, nil
}

// countLost counts what laptops there once sent and the server below, restored
// from a backup, has no more. Only they, or a bundle, can bring it back: this
// server does not write there.
func (k *Link) countLost(s *session, l *store.Link) error {
	heads, err := s.store.Heads(s.ctx)
	if err != nil {
		return err
	}
	chains := map[journal.Chain]int64{}
	for c, h := range heads {
		mine, err := k.below.LaptopBelow(s.ctx, l.Server, c.Device)
		if err != nil {
			return err
		}
		if mine {
			chains[c] = h.Seq
		}
	}
	water, err := s.watermarks(chains)
	if err != nil {
		return err
	}
	l.Lost = 0
	for c, have := range chains {
		l.Lost += max(0, have-water[c])
	}
	return nil
}

// pullFiles gets what is to be here of the files from there: the small ones
// first, then originals.
func (k *Link) pullFiles(s *session, l store.Link, out *Pulled, originals bool) error {
	for _, original := range []bool{false, true} {
		if original && !originals {
			break
		}
		for after, full := record.Hash(""), true; full; {
			all, err := s.store.FilesAway(s.ctx, original, after, manyFiles)
			if err != nil {
				return err
			}
			if full = len(all) == manyFiles; full {
				after = all[len(all)-1].Digest
			}
			files, err := k.mine(s, l, all)
			if err == nil {
				err = s.fetch(files, func(t *travel, f store.File) error { return k.fetchUnbroken(s, t, f, out) })
			}
			out.Files = s.result.FilesReceived
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// fetchUnbroken gets one file. One whose bytes are wrong there is counted: the
// others must not wait for it.
func (k *Link) fetchUnbroken(s *session, t *travel, f store.File, out *Pulled) error {
	err := k.fetchOne(s, t, f)
	if record.CodeOf(err) != record.Broken || isStrange(err) {
		return err
	}
	t.count(func() { out.Lost++ })
	return &record.Error{Code: record.NotFound, Message: "file.not_found", Err: err}
}

// mine keeps those files that the server below has sent entries on: it learns
// nothing of others'.
func (k *Link) mine(s *session, l store.Link, all []store.File) ([]store.File, error) {
	known := map[record.ID]bool{}
	var out []store.File
	for _, f := range all {
		mine, met := known[f.Inspection]
		if !met {
			_, device, err := s.store.AuthorityOf(s.ctx, f.Inspection)
			if err == nil && device != "" {
				mine, err = k.below.LaptopBelow(s.ctx, l.Server, device)
			}
			if err != nil {
				return nil, err
			}
			known[f.Inspection] = mine
		}
		if mine {
			out = append(out, f)
		}
	}
	return out, nil
}

// fetchOne gets one file, unless two persons had it destroyed; if that happens
// while it is under way, what came is dropped again.
func (k *Link) fetchOne(s *session, t *travel, f store.File) error {
	gone, err := s.store.IsDestroyed(s.ctx, f.Digest)
	if err == nil && !gone {
		if err := s.fetchFile(t, f); err != nil {
			return err
		}
		gone, err = s.store.IsDestroyed(s.ctx, f.Digest)
	}
	if err != nil || !gone {
		return err
	}
	if err := s.files.Drop(s.ctx, f.Digest); err != nil {
		return err
	}
	return &record.Error{Code: record.NotFound, Message: "file.destroyed", Args: map[string]any{"file": f.Digest.Short()}}
}

// FetchBelow gets one file that an entry from the server below names: an
// original somebody wants to see. record.NotFound says that it is not of that
// server, or not there yet.
func (k *Link) FetchBelow(ctx context.Context, l store.Link, d record.Hash) error {
	f, err := k.store.NamedFile(ctx, d)
	if err != nil {
		return err
	}
	s, err := k.session(ctx, remoteOf(l), nil)
	if err != nil {
		return err
	}
	files, err := k.mine(s, l, []store.File{f})
	if err == nil && len(files) == 0 {
		err = &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": d.Short()}}
	}
	if err != nil {
		return err
	}
	t := s.travel()
	err = k.fetchOne(s, t, f)
	if e := t.end(); err == nil {
		err = e
	}
	return err
}
