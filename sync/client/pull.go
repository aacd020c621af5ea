package client

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

func (s *session) pullRequest() *protocol.Pull {
	return &protocol.Pull{Cursor: protocol.Cursor{Feed: s.remote.ServerEpoch, Pos: s.remote.Cursor}, Entries: 500, Bytes: s.pull}
}

type answer struct {
	pulled  protocol.Pulled
	entries []journal.Entry
	err     error
}

// pullAll gets everything after our cursor. While one batch goes into the
// tables the next is on the way.
func (s *session) pullAll() error {
	s.enter(Pulling)
	start := s.remote.Cursor
	if s.remote.Cursor > 0 && s.tip > s.remote.Cursor {
		s.report(func(p *Progress) { p.EntriesTotal = s.tip - start })
	}
	next := s.pullNext(*s.pullRequest())
	for {
		a := <-next
		next = nil
		if a.err != nil {
			return a.err
		}
		if a.pulled.More {
			// From where this one ends, before this one is in the tables: if it fails
			// to get there, what follows is thrown away.
			s.pull = min(mostSize, s.pull*2)
			q := *s.pullRequest()
			q.Entries, q.Cursor = 2000, a.pulled.Cursor
			next = s.pullNext(q)
		}
		whole := s.whole
		err := s.pulled(a.pulled, a.entries)
		if err == nil && s.whole && !whole {
			if next != nil {
				<-next // of the old cursor
			}
			start = 0
			next = s.pullNext(*s.pullRequest())
			continue
		}
		s.report(func(p *Progress) {
			p.Entries += int64(len(a.entries))
			p.EntriesTotal = estimate(p.Entries, start, a.pulled)
		})
		if err != nil || next == nil {
			if next != nil {
				<-next
			}
			return err
		}
	}
}

// estimate tells how many entries a pull will bring, from how far the cursor
// has come: positions have gaps.
func estimate(done, start int64, p protocol.Pulled) int64 {
	passed := p.Cursor.Pos - start
	if !p.More || passed <= 0 || p.Tip <= p.Cursor.Pos {
		return done
	}
	return done + int64(float64(done)/float64(passed)*float64(p.Tip-p.Cursor.Pos))
}

func (s *session) pullNext(q protocol.Pull) chan answer {
	out := make(chan answer, 1)
	heads, err := s.ownHeads()
	if err != nil {
		out <- answer{err: err}
		return out
	}
	q.Heads = points(heads)
	go func() {
		var a answer
		a.err = s.try(func() error {
			got, entries, err := s.exchange(protocol.PathPull, protocol.Request{Pull: &q}, nil)
			if err == nil && got.Pull == nil {
				err = strange(errors.New("client: the answer says nothing of the pull"))
			}
			if err == nil {
				a.pulled, a.entries = *got.Pull, entries
			}
			return err
		}, func() error { q.Bytes = max(leastSize, q.Bytes/2); return nil })
		out <- a
	}()
	return out
}

// pulled brings entries into the tables and moves the cursor.
func (s *session) pulled(p protocol.Pulled, entries []journal.Entry) error {
	if err := s.checkHeads(p.Heads, entries); err != nil {
		return err
	}
	if p.Anew && !s.anew {
		// Before the cursor is the new feed's: if this sync ends early the next one
		// must still know what there is to refill.
		if err := s.store.SetSetting(s.ctx, settingRefill, s.remote.Server); err != nil {
			return err
		}
		s.anew = true
	}
	to := s.remote
	to.Cursor, to.ServerEpoch = p.Cursor.Pos, p.Cursor.Feed
	page := store.Page{Entries: entries, Heads: storeHeads(p.Heads)}
	if to.Cursor != s.remote.Cursor || to.ServerEpoch != s.remote.ServerEpoch {
		page.Remote = &to
	}
	results, err := s.store.ApplyPage(s.ctx, page)
	if err != nil {
		return err
	}
	if err := s.store.DropFiles(s.ctx, s.files.Drop); err != nil {
		s.result.warn("file.destroy_later", nil)
	}
	for _, r := range results {
		switch r.Verdict {
		case store.Stored:
			s.result.Received++
		case store.Forked:
			s.forked[r.Chain] = true // both stay where they are
		case store.Gap:
			if s.whole {
				return strange(fmt.Errorf("client: entry %d of %s came without those before it", r.Seq, r.Chain.Device))
			}
			// Should not happen; once more from the beginning loses nothing.
			s.whole, s.more = true, true
			s.remote.Cursor, s.remote.ServerEpoch = 0, ""
			return s.save()
		}
	}
	// Not the whole: the next page is being asked for meanwhile, with the rest of it.
	s.remote.Cursor, s.remote.ServerEpoch = to.Cursor, to.ServerEpoch
	s.more, s.tip = p.More, p.Tip
	return nil
}

// checkHeads checks the devices' signatures over what was pulled.
func (s *session) checkHeads(heads []protocol.SignedHead, entries []journal.Entry) error {
	hashes := make(map[protocol.Point]bool, len(entries))
	for _, e := range entries {
		hashes[protocol.At(e.Chain(), journal.Head{Seq: e.Seq, Hash: e.Hash})] = true
	}
	for _, h := range heads {
		public := s.server
		if string(h.Device) != s.remote.Server {
			if h.Certificate == nil {
				return badHead(h)
			}
			c, err := h.Certificate.Verify(s.server)
			if err != nil || c.Device != h.Device {
				return badHead(h)
			}
			public = ed25519.PublicKey(c.Public)
		}
		if !hashes[h.Point] || !journal.VerifyHead(public, h.Chain(), h.Head(), h.Signature) {
			return badHead(h)
		}
	}
	return nil
}

func badHead(h protocol.SignedHead) error {
	return &record.Error{Code: record.Broken, Message: "sync.head_signature", Args: map[string]any{"device": string(h.Device)},
		Err: fmt.Errorf("client: signature over %d of %s/%s is wrong", h.Seq, h.Device, h.Epoch)}
}
