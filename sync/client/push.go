package client

import (
	"errors"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// batch is one message of entries of one chain, ready to be sent.
type batch struct {
	bytes   []byte
	first   int64
	last    journal.Head
	entries int
}

// push sends what the server lacks of our journals and tells whether anything
// was sent. The journal of an earlier life of this device (before a restore)
// goes as well.
func (s *session) push() (sent bool, err error) {
	heads, err := s.ownHeads()
	if err != nil {
		return false, err
	}
	var total int64
	for c, h := range heads {
		if s.forked[c] {
			delete(heads, c) // the others go all the same
			continue
		}
		total += max(0, h.Seq-s.water[c].Seq)
	}
	if total == 0 {
		return false, nil
	}
	s.enter(Pushing)
	s.report(func(p *Progress) { p.EntriesTotal = total })
	for c, h := range heads {
		if err := s.pushChain(c, h); err != nil {
			return true, err
		}
	}
	return true, s.save()
}

// pushChain sends one chain up to its head. While one batch is on the way the
// next is made.
func (s *session) pushChain(c journal.Chain, head journal.Head) error {
	var next chan made
	gaps, broken := 0, 0
	for !s.forked[c] && s.water[c].Seq < head.Seq {
		from := s.water[c].Seq
		var b batch
		if next != nil {
			m := <-next
			if b, next = m.batch, nil; m.err != nil {
				return m.err
			}
		}
		// What was made ahead may not be what the server wants now.
		if b.entries == 0 || b.first != from+1 || len(b.bytes) > protocol.MaxBody {
			var err error
			if b, err = s.makeBatch(c, from, s.size); err != nil {
				return err
			}
		}
		if b.last.Seq < head.Seq {
			next = s.makeAhead(c, b.last.Seq, s.size*2)
		}
		again := false
		var line error // why the batch did not get there
		err := s.try(func() error {
			if again {
				return nil // built anew below, from where the server stands
			}
			line = s.sendBatch(b)
			return line
		}, func() error {
			// The line broke: the batch may have arrived all the same. Ask, and send
			// less at a time.
			again = true
			s.size = max(leastSize, s.size/2)
			return s.ask()
		})
		if s.water[c].Seq > from {
			broken = 0
		} else if again {
			// Questions pass and batches do not: a gateway's doing, or a fault there.
			var t *transient
			if broken++; broken >= s.tries && err == nil && errors.As(line, &t) {
				err = t.err
			}
		}
		if err != nil {
			if next != nil {
				<-next
			}
			return err
		}
		if !again {
			s.size = min(mostSize, s.size*2)
			s.report(func(p *Progress) { p.Entries += int64(b.entries); p.Bytes += int64(len(b.bytes)) })
		}
		if s.water[c].Seq < from || s.water[c].Seq == from && !again {
			// The server went back (restored meanwhile) or does not move on.
			if gaps++; gaps > 3 {
				return strange(fmt.Errorf("client: the server stays at %d of %s", s.water[c].Seq, c.Epoch))
			}
		}
	}
	if next != nil {
		<-next
	}
	return nil
}

type made struct {
	batch batch
	err   error
}

func (s *session) makeAhead(c journal.Chain, after int64, size int) chan made {
	out := make(chan made, 1)
	go func() {
		b, err := s.makeBatch(c, after, min(size, mostSize))
		out <- made{b, err}
	}()
	return out
}

// makeBatch makes a message of the entries after a place, of about so many
// bytes before compression; at least one entry.
func (s *session) makeBatch(c journal.Chain, after int64, size int) (batch, error) {
	for {
		entries, err := s.store.After(s.ctx, c, after, protocol.MaxEntries, size)
		if err != nil {
			return batch{}, err
		}
		if len(entries) == 0 {
			return batch{}, &record.Error{Code: record.Broken, Message: "journal.gap", Err: fmt.Errorf("client: entry %d of %s is not here", after+1, c.Epoch)}
		}
		last := entries[len(entries)-1]
		b, err := protocol.AppendMessage(nil, protocol.Request{Push: s.signed(entries)}, entries)
		if err != nil {
			return batch{}, err
		}
		if len(b) <= protocol.MaxBody || len(entries) == 1 {
			return batch{b, after + 1, journal.Head{Seq: last.Seq, Hash: last.Hash}, len(entries)}, nil
		}
		size /= 2 // compresses badly
	}
}

func (s *session) sendBatch(b batch) error {
	a, _, err := s.exchangeBytes(protocol.PathPush, b.bytes)
	if err != nil {
		return err
	}
	if a.Push == nil {
		return strange(errors.New("client: the answer says nothing of the push"))
	}
	s.pushed(*a.Push)
	return nil
}

// ask learns anew how far the server holds our journals.
func (s *session) ask() error {
	return s.try(func() error {
		heads, err := s.ownHeads()
		if err != nil {
			return err
		}
		a, _, err := s.exchange(protocol.PathHello, protocol.Request{Hello: &protocol.Hello{Min: protocol.MinVersion, Max: protocol.Version, Heads: points(heads)}}, nil)
		if err != nil {
			return err
		}
		if a.Hello == nil {
			return strange(errors.New("client: the answer says no hello"))
		}
		s.holds(*a.Hello)
		return nil
	}, nil)
}
