package server

import (
	"context"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

const (
	pullEntries = 500
	pullBytes   = 1 << 20
	maxPull     = 4000
	maxPulled   = 12 << 20 // bytes before compression: below protocol.MaxPlain by more than one entry
	maxWide     = 4 << 20  // of a server above: more may be needed to end at signed heads
)

// pull gives the entries of the device's authority after its cursor, its own
// included unless it says that it has them.
func (s *Server) pull(ctx context.Context, d account.Device, p protocol.Pull, own []protocol.Point) (protocol.Pulled, []journal.Entry, error) {
	var out protocol.Pulled
	pos, anew, err := s.feed.start(ctx, p.Cursor)
	if err != nil {
		return out, nil, err
	}
	out.Anew = anew
	if p.Heads != nil {
		own = p.Heads
	}
	sc := &scope{s: s, ctx: ctx, device: d, wrote: map[record.ID]bool{}, has: map[journal.Chain]int64{}}
	for _, h := range own {
		if h.Device == "" || h.Device == d.ID {
			sc.has[journal.Chain{Device: d.ID, Epoch: h.Epoch}] = h.Seq
		}
	}
	entries, bytes := pullEntries, pullBytes
	if p.Entries > 0 {
		entries = min(p.Entries, maxPull)
	}
	if p.Bytes > 0 {
		bytes = min(p.Bytes, maxPulled)
	}
	if d.Wide {
		bytes = min(bytes, maxWide)
	}
	found, next, more, err := s.store.FeedFor(ctx, pos, entries, bytes, sc.has, sc.needs)
	if err == nil {
		err = sc.err
	}
	if err != nil {
		return out, nil, err
	}
	for i := range found {
		if !sc.mayRead(found[i]) {
			found[i].Salt, found[i].BodyJSON = nil, nil
		}
	}
	if sc.err != nil {
		return out, nil, sc.err
	}
	if out.More = more; more {
		if out.Tip, err = s.store.Tip(ctx); err != nil {
			return out, nil, err
		}
	}
	if out.Cursor, err = s.feed.cursor(ctx, next); err != nil {
		return out, nil, err
	}
	if d.Wide {
		found, out.Heads, err = s.covered(ctx, found)
	} else {
		out.Heads, err = s.headsOf(ctx, found)
	}
	s.count.pulled.Add(int64(len(found)))
	return out, found, err
}

// headsOf gives, for each chain among the entries, the last signed head that
// they hold. What stands after it is covered by the head that comes later.
func (s *Server) headsOf(ctx context.Context, entries []journal.Entry) ([]protocol.SignedHead, error) {
	type ends struct{ first, last int64 }
	chains := map[journal.Chain]ends{}
	var order []journal.Chain
	hashes := map[protocol.Point]bool{}
	for _, e := range entries {
		c := e.Chain()
		x, ok := chains[c]
		if !ok {
			order = append(order, c)
			x.first = e.Seq
		}
		x.last = e.Seq
		chains[c] = x
		hashes[protocol.At(c, journal.Head{Seq: e.Seq, Hash: e.Hash})] = true
	}
	var out []protocol.SignedHead
	for _, c := range order {
		if c.Device == s.accounts.Server() {
			for _, e := range entries {
				if e.Chain() == c && e.Seq == chains[c].last {
					h := journal.Head{Seq: e.Seq, Hash: e.Hash}
					out = append(out, protocol.SignedHead{Point: protocol.At(c, h), Signature: journal.SignHead(s.accounts.Key(), c, h)})
				}
			}
			continue
		}
		h, ok, err := s.accounts.HeadWithin(ctx, c, chains[c].first, chains[c].last)
		if err != nil {
			return nil, err
		}
		if ok && hashes[h.Point] {
			out = append(out, h)
		}
	}
	return out, nil
}

// scope decides what one device may and needs to have.
type scope struct {
	s      *Server
	ctx    context.Context
	device account.Device
	wrote  map[record.ID]bool      // devices that wrote under the device's authority
	has    map[journal.Chain]int64 // how far the device has its own chains
	err    error
}

// needs tells whether an entry goes to the device, if only its header: a chain
// must have no gaps.
func (sc *scope) needs(e journal.Entry) bool {
	if e.Device == sc.s.accounts.Server() && e.Chain().Numbers() {
		return sc.device.Wide || e.Authority == sc.device.Authority
	}
	return sc.device.Wide && e.Device != sc.device.ID || e.Device == sc.device.ID || e.Authority == sc.device.Authority || e.Device == sc.s.accounts.Server() || sc.wroteHere(e.Device)
}

// mayRead tells whether the body goes with it.
func (sc *scope) mayRead(e journal.Entry) bool {
	if sc.device.Wide {
		return true
	}
	if e.Device == sc.s.accounts.Server() && e.Kind == record.Refuse {
		// A refusal concerns those who wrote the refused entry, and their colleagues.
		b, err := e.Decode()
		return err == nil && b.Refuse != nil && sc.wroteHere(b.Refuse.Device)
	}
	if e.Device == sc.device.ID || e.Authority == sc.device.Authority {
		return true
	}
	return e.Authority == "" && sc.wroteHere(e.Device)
}

func (sc *scope) wroteHere(device record.ID) bool {
	yes, known := sc.wrote[device]
	if !known {
		var err error
		if yes, err = sc.s.accounts.WroteUnder(sc.ctx, device, sc.device.Authority); err != nil {
			sc.err = err
		}
		sc.wrote[device] = yes
	}
	return yes
}
