package client

import (
	"context"
	"encoding/json"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

const settingDirectory = "remote.directory" // JSON of protocol.Directory

// Directory gives whom this laptop may write bundles to, as the server told
// last; empty before the first sync.
func (c *Client) Directory(ctx context.Context) (protocol.Directory, error) {
	var d protocol.Directory
	v, err := c.store.Setting(ctx, settingDirectory)
	if err == nil && v != "" && json.Unmarshal([]byte(v), &d) != nil {
		d = protocol.Directory{} // asked for anew
	}
	return d, err
}

// Colleague is another laptop of the authority.
type Colleague struct {
	Device record.ID `json:"device"`
	Name   string    `json:"name"`
}

// Colleagues lists the other laptops of the authority, as the server told last:
// those that a bundle can be written for.
func (c *Client) Colleagues(ctx context.Context) ([]Colleague, error) {
	out := []Colleague{}
	r, ok, err := c.store.Remote(ctx)
	if err != nil || !ok {
		return out, err
	}
	server, err := journal.ParsePublic(r.ServerKey)
	if err != nil {
		return out, err
	}
	d, err := c.Directory(ctx)
	for _, x := range d.Devices {
		s, err := x.Verify(server)
		if err != nil {
			return out, err
		}
		if s.Device != c.store.Self().Device {
			out = append(out, Colleague{s.Device, s.Name})
		}
	}
	return out, err
}

func (c *Client) keepDirectory(ctx context.Context, d protocol.Directory) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return c.store.SetSetting(ctx, settingDirectory, string(b))
}

// storeHeads brings signed heads into the form they are kept in.
func storeHeads(heads []protocol.SignedHead) []store.SignedHead {
	var out []store.SignedHead
	for _, h := range heads {
		x := store.SignedHead{Chain: h.Chain(), Head: h.Head(), Signature: h.Signature}
		if h.Certificate != nil {
			x.Statement, x.Voucher = h.Certificate.Statement, h.Certificate.Signature
		}
		out = append(out, x)
	}
	return out
}

func signedHead(h store.SignedHead) protocol.SignedHead {
	out := protocol.SignedHead{Point: protocol.At(h.Chain, h.Head), Signature: h.Signature}
	if h.Statement != nil {
		out.Certificate = &protocol.Certificate{Statement: h.Statement, Signature: h.Voucher}
	}
	return out
}

// carry offers the server what others wrote and it may lack: what came here in
// a colleague's bundle and, when the server was restored from a backup,
// everything that we have of anybody.
func (s *session) carry() error {
	chains, err := s.store.Carried(s.ctx)
	if err == nil && s.anew {
		var all map[journal.Chain]int64
		all, err = s.store.Carriable(s.ctx)
		for c := range all {
			if _, ok := chains[c]; !ok {
				chains[c] = 0
			}
		}
	}
	if err != nil || len(chains) == 0 {
		return err
	}
	for c := range chains {
		if c.Device == s.store.Self().Device || string(c.Device) == s.remote.Server && !c.Numbers() {
			delete(chains, c) // ours has gone; what a restored server refused it refuses anew
		}
	}
	water, err := s.watermarks(chains)
	if err != nil {
		return err
	}
	for c := range chains {
		if err := s.carryChain(c, water[c]); err != nil {
			return err
		}
	}
	return nil
}

// watermarks asks how far the server holds others' chains.
func (s *session) watermarks(chains map[journal.Chain]int64) (map[journal.Chain]int64, error) {
	water := map[journal.Chain]int64{}
	var heads []protocol.Point
	ask := func() error {
		if len(heads) == 0 {
			return nil
		}
		return s.try(func() error {
			a, _, err := s.exchange(protocol.PathHello, protocol.Request{Hello: &protocol.Hello{Min: protocol.MinVersion, Max: protocol.Version, Heads: heads}}, nil)
			if err == nil && a.Hello == nil {
				err = strange(fmt.Errorf("client: the answer says no hello"))
			}
			if err != nil {
				return err
			}
			for _, w := range a.Hello.Watermarks {
				water[w.Chain()] = w.Seq
			}
			return nil
		}, nil)
	}
	for c := range chains {
		heads = append(heads, protocol.Point{Device: c.Device, Epoch: c.Epoch})
		if len(heads) == 500 {
			if err := ask(); err != nil {
				return nil, err
			}
			heads = nil
		}
	}
	return water, ask()
}

// carryChain sends what the server lacks of another device's chain: from one
// head that the device signed to the next.
func (s *session) carryChain(c journal.Chain, water int64) error {
	heads, err := s.store.SignedHeads(s.ctx, c, water)
	if err != nil {
		return err
	}
	for _, h := range heads {
		entries, err := s.store.Span(s.ctx, c, water, h.Head.Seq)
		if err != nil {
			return err
		}
		whole, err := s.store.Whole(s.ctx, entries)
		if err != nil {
			return err
		}
		if len(entries) > protocol.MaxEntries || !whole {
			break // not ours to send: its own device will
		}
		var a protocol.Answer
		err = s.try(func() error {
			var err error
			a, _, err = s.exchange(protocol.PathPush, protocol.Request{Push: &protocol.Push{Heads: []protocol.SignedHead{signedHead(h)}}}, entries)
			return err
		}, nil)
		if record.CodeOf(err) == record.Forbidden || record.CodeOf(err) == record.TooLarge {
			s.result.warn("sync.carry_refused", map[string]any{"device": string(c.Device)})
			return nil // the server's word on that device, not on us
		}
		if err != nil {
			return err
		}
		if a.Push == nil || a.Push.Gap || a.Push.Forked {
			return nil
		}
		s.result.Carried += a.Push.Stored + len(a.Push.Refused)
		water = h.Head.Seq
	}
	return s.store.CarriedTo(s.ctx, c, water)
}
