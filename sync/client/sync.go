package client

import (
	"context"
	"errors"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// Phase is what a sync is doing.
type Phase string

const (
	Connecting  Phase = "connect"
	Pushing     Phase = "push"
	Pulling     Phase = "pull"
	Uploading   Phase = "upload"
	Downloading Phase = "download"
	Writing     Phase = "write" // a bundle
	Reading     Phase = "read"  // bundles
)

// Progress is how far a sync has come in its phase. Totals are 0 where they are
// not known; that of a pull is an estimate.
type Progress struct {
	Phase        Phase `json:"phase"`
	Entries      int64 `json:"entries"`
	EntriesTotal int64 `json:"entries_total"`
	Files        int   `json:"files"`
	FilesTotal   int   `json:"files_total"`
	Bytes        int64 `json:"bytes"`
	BytesTotal   int64 `json:"bytes_total"`
}

// Result is what a sync has done. After an error it says how far it came.
type Result struct {
	Sent          int           `json:"sent"`     // entries the server took
	Received      int           `json:"received"` // entries that were new here
	Refused       int           `json:"refused"`  // of those sent, how many the server put into quarantine
	Carried       int           `json:"carried"`  // entries of others that the server lacked and got from here
	FilesSent     int           `json:"files_sent"`
	FilesReceived int           `json:"files_received"`
	FilesLost     int           `json:"files_lost"`         // named here, but their bytes are missing or broken on this disk
	Skew          time.Duration `json:"skew"`               // this laptop's clock minus the server's
	Refilled      bool          `json:"refilled"`           // the server had been restored from a backup and got back what it lacked
	Warnings      []Warning     `json:"warnings,omitempty"` // for people; the sync went on
}

// Warning is something people should know; Message is a key of assets/lang.
type Warning struct {
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
}

func (r *Result) warn(message string, args map[string]any) {
	r.Warnings = append(r.Warnings, Warning{message, args})
}

// Sync brings this laptop and its server to the same state: it sends the
// entries the server lacks, gets those that are missing here, sends files and
// gets the small copies of colleagues' photos. progress, which may be nil, is
// called often and must return at once. Errors for people are *record.Error:
// Offline, Forbidden (revoked, or another server than the one enrolled with),
// Conflict (forked), Newer (only what is ours was sent), Full, Busy. What was done before an error stays
// done; the next Sync goes on from there.
func (c *Client) Sync(ctx context.Context, progress func(Progress)) (Result, error) {
	release, err := c.lease(ctx)
	if err != nil {
		return Result{}, err
	}
	defer release()
	r, ok, err := c.store.Remote(ctx)
	if err != nil {
		return Result{}, err
	}
	if !ok {
		return Result{}, &record.Error{Code: record.NotFound, Message: "sync.not_enrolled"}
	}
	s, err := c.session(ctx, r, progress)
	if err != nil {
		r.Problem = problemOf(err)
		return Result{}, errors.Join(err, c.store.SetRemote(context.WithoutCancel(ctx), r))
	}
	s.remote.Tried = c.now().UnixMilli()
	err = s.run()
	s.remote.Problem = problemOf(err)
	if e := errors.Join(c.store.SetRemote(context.WithoutCancel(ctx), s.remote), s.confirmEarlier()); err == nil {
		err = e
	}
	return s.result, err
}

// problemOf gives the message key that the status shows.
func problemOf(err error) string {
	var e *record.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Message
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "sync.interrupted"
	}
	return "internal"
}

func (s *session) run() error {
	if err := s.askForBodies(); err != nil {
		return err
	}
	if err := s.greet(); err != nil {
		var e *record.Error
		if errors.As(err, &e) && e.Message == "sync.version" {
			return s.handOver(err)
		}
		return err
	}
	// Somebody may go on working meanwhile; what is written now goes with it, but
	// not for ever.
	for round := 0; round < 5; round++ {
		sent, err := s.push()
		if err != nil {
			return err
		}
		if sent || round == 0 && s.more {
			if err := s.pullAll(); err != nil {
				return err
			}
		}
		if !sent {
			break
		}
	}
	if err := s.carry(); err != nil {
		return err
	}
	if err := s.checkReceipts(); err != nil {
		return err
	}
	if s.anew {
		// Entries are there and receipts honest again: what is left to send is known
		// without this note.
		if err := s.store.SetSetting(s.ctx, settingRefill, ""); err != nil {
			return err
		}
	}
	if err := s.sendFiles(); err != nil {
		return err
	}
	if err := s.fetchFiles(); err != nil {
		return err
	}
	return s.tellForks()
}

// tellForks tells of journals of which there are two. An error is only what goes
// on: a laptop that has begun a journal of its own since is as good as any.
func (s *session) tellForks() error {
	if s.forked[s.store.Self()] {
		return &record.Error{Code: record.Conflict, Message: "sync.forked"}
	}
	for c := range s.forked {
		if c.Device == s.store.Self().Device {
			s.result.warn("sync.forked_before", nil)
		} else {
			s.result.warn("bundle.forked", map[string]any{"device": string(c.Device)})
		}
	}
	return nil
}

// askForBodies has the feed pulled from its beginning, once a day, when entries
// are here without their bodies: the server may have them by now.
func (s *session) askForBodies() error {
	n, err := s.store.Bodiless(s.ctx)
	if err != nil || n == 0 {
		return err
	}
	today := s.now().Format(time.DateOnly)
	if last, err := s.store.Setting(s.ctx, settingBodies); err != nil || last == today {
		return err
	}
	s.whole = true
	s.remote.Cursor, s.remote.ServerEpoch = 0, ""
	return s.store.SetSetting(s.ctx, settingBodies, today)
}

// handOver brings our work to a server that does not speak our version any
// more: entries and files it takes however old the program is. why is told to
// the person when that is done.
func (s *session) handOver(why error) error {
	s.water[s.store.Self()] = journal.Head{Seq: s.remote.Confirmed}
	if _, err := s.push(); err != nil {
		return err
	}
	if err := s.sendFiles(); err != nil {
		return err
	}
	return why
}

func (s *session) report(change func(*Progress)) {
	change(&s.progress)
	if s.tell != nil {
		s.tell(s.progress)
	}
}

func (s *session) enter(p Phase) { s.report(func(x *Progress) { *x = Progress{Phase: p} }) }

// ownHeads gives the heads of this device's journals: one for each epoch.
func (s *session) ownHeads() (map[journal.Chain]journal.Head, error) {
	heads, err := s.store.Heads(s.ctx)
	if err != nil {
		return nil, err
	}
	self := s.store.Self()
	for c, h := range heads {
		if c.Device != self.Device || h.Seq == 0 {
			delete(heads, c)
		}
	}
	return heads, nil
}

func points(heads map[journal.Chain]journal.Head) []protocol.Point {
	out := []protocol.Point{}
	for c, h := range heads {
		out = append(out, protocol.Point{Epoch: c.Epoch, Seq: h.Seq, Hash: h.Hash})
	}
	return out
}

// greet does everything in one request when there is little to do: it tells our
// heads, sends what is new since the server's last word if that is little, and
// asks for what is new there. What the server then says it has, counts.
func (s *session) greet() error {
	s.enter(Connecting)
	careful := false
	return s.try(func() error {
		heads, err := s.ownHeads()
		if err != nil {
			return err
		}
		q := protocol.Request{Hello: s.hello(heads), Pull: s.pullRequest()}
		var entries []journal.Entry
		self := s.store.Self()
		if h := heads[self]; !careful && h.Seq > s.remote.Confirmed {
			if entries, err = s.store.After(s.ctx, self, s.remote.Confirmed, protocol.MaxEntries, firstSize); err != nil {
				return err
			}
			q.Push = s.signed(entries)
		}
		a, found, err := s.exchange(protocol.PathSync, q, entries)
		if err != nil {
			return err
		}
		if a.Hello == nil || a.Pull == nil || q.Push != nil && a.Push == nil {
			return strange(errors.New("client: part of the answer is missing"))
		}
		s.heard(a.Time)
		if err := s.keepSuccessor(s.ctx, s.remote); err != nil {
			return err
		}
		if string(a.Hello.Server) != s.remote.Server {
			return &record.Error{Code: record.Forbidden, Message: "sync.wrong_server", Args: map[string]any{"server": s.remote.URL}}
		}
		s.holds(*a.Hello)
		if a.Hello.Directory != nil {
			if err := s.keepDirectory(s.ctx, *a.Hello.Directory); err != nil {
				return err
			}
		}
		if a.Push != nil {
			s.pushed(*a.Push)
		}
		return s.pulled(*a.Pull, found)
	}, func() error { careful = true; return nil })
}

// hello is what we say of ourselves.
func (s *session) hello(heads map[journal.Chain]journal.Head) *protocol.Hello {
	return &protocol.Hello{Min: protocol.MinVersion, Max: protocol.Version, App: s.App, Heads: points(heads), Directory: &s.directory.Tag}
}

// signed makes the push part for entries of one of our chains.
func (s *session) signed(entries []journal.Entry) *protocol.Push {
	last := entries[len(entries)-1]
	h := journal.Head{Seq: last.Seq, Hash: last.Hash}
	return &protocol.Push{Heads: []protocol.SignedHead{{Point: protocol.At(last.Chain(), h), Signature: journal.SignHead(s.key, last.Chain(), h)}}}
}

// holds takes in how far the server has our journals.
func (s *session) holds(w protocol.Welcome) {
	for _, w := range w.Watermarks {
		c := journal.Chain{Device: s.store.Self().Device, Epoch: w.Epoch}
		s.water[c] = w.Head()
		if w.Forked {
			s.forked[c] = true
		}
	}
	s.confirm()
}

// pushed takes in what the server says became of entries.
func (s *session) pushed(p protocol.Pushed) {
	for _, w := range p.Watermarks {
		s.water[w.Chain()] = w.Head()
		if p.Forked { // we push one chain at a time
			s.forked[w.Chain()] = true
		}
	}
	s.result.Sent += p.Stored + len(p.Refused)
	s.result.Refused += len(p.Refused)
	s.confirm()
}

// confirm notes the server's watermark of our present journal.
func (s *session) confirm() { s.remote.Confirmed = s.water[s.store.Self()].Seq }

// confirmEarlier keeps the server's watermarks of our earlier epochs. They are
// told all at once, or not at all.
func (s *session) confirmEarlier() error {
	marks := map[string]int64{}
	for c, h := range s.water {
		if c.Device == s.store.Self().Device && c.Epoch != s.store.Self().Epoch {
			marks[c.Epoch] = h.Seq
			if s.forked[c] {
				marks[c.Epoch] = 0 // where the two part is not known
			}
		}
	}
	if len(marks) == 0 {
		return nil
	}
	return s.store.ConfirmEarlier(context.WithoutCancel(s.ctx), marks)
}

// save keeps how far we have come.
func (s *session) save() error { return s.store.SetRemote(s.ctx, s.remote) }
