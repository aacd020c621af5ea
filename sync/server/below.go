package server

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"

	"plumbline/app/blob"
	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// mayWrite keeps servers above from writing here.
func mayWrite(d account.Device) error {
	if d.Wide {
		return &record.Error{Code: record.Forbidden, Message: "link.read_only", Args: map[string]any{"device": string(d.ID)}}
	}
	return nil
}

// covered brings a page for a server above into a form in which nothing has to
// be believed: every chain in it ends at a head that its own device signed. A
// chain that the page cuts in the middle of a batch is continued to the batch's
// end; the next page repeats that. What no device has signed yet is left out: once
// it is signed, the gap makes whoever pulls begin again.
func (s *Server) covered(ctx context.Context, page []journal.Entry) ([]journal.Entry, []protocol.SignedHead, error) {
	type chain struct {
		first, last journal.Entry
	}
	chains := map[journal.Chain]*chain{}
	var order []journal.Chain
	room := maxPulled
	for _, e := range page {
		room -= len(e.Raw) + len(e.BodyJSON)
		c := chains[e.Chain()]
		if c == nil {
			c = &chain{first: e}
			chains[e.Chain()], order = c, append(order, e.Chain())
		}
		c.last = e
	}
	var heads []protocol.SignedHead
	var more []journal.Entry
	ends := map[journal.Chain]int64{}
	for _, name := range order {
		c := chains[name]
		h, ok, err := s.headFor(ctx, name, c.first.Seq, c.last)
		if err != nil {
			return nil, nil, err
		}
		if ok && h.Seq > c.last.Seq {
			rest, err := s.store.After(ctx, name, c.last.Seq, int(h.Seq-c.last.Seq), max(room, 1))
			if err != nil {
				return nil, nil, err
			}
			if ok = int64(len(rest)) == h.Seq-c.last.Seq; ok {
				for _, e := range rest {
					room -= len(e.Raw) + len(e.BodyJSON)
				}
				more = append(more, rest...)
			}
		}
		if ok {
			ends[name], heads = h.Seq, append(heads, h)
		}
	}
	out := make([]journal.Entry, 0, len(page)+len(more))
	for _, e := range page {
		if e.Seq <= ends[e.Chain()] {
			out = append(out, e)
		}
	}
	return append(out, more...), heads, nil
}

// headFor gives a signed head for what a page has of a chain: of its last entry,
// else the next one after it, else the last one within.
func (s *Server) headFor(ctx context.Context, c journal.Chain, first int64, last journal.Entry) (protocol.SignedHead, bool, error) {
	if c.Device == s.accounts.Server() {
		h := journal.Head{Seq: last.Seq, Hash: last.Hash}
		return protocol.SignedHead{Point: protocol.At(c, h), Signature: journal.SignHead(s.accounts.Key(), c, h)}, true, nil
	}
	for _, down := range []bool{false, true} {
		heads, err := s.accounts.HeadsFrom(ctx, c, last.Seq, down)
		if err != nil {
			return protocol.SignedHead{}, false, err
		}
		for _, h := range heads {
			if h.Seq < first {
				break
			}
			// A head may have come without its entries, or from a copy of the device.
			here, err := s.store.EntryAt(ctx, c, h.Seq)
			if err != nil || here == h.Hash {
				return h, err == nil, err
			}
		}
	}
	return protocol.SignedHead{}, false, nil
}

// OnMissing has files that entries of servers below name, and that are not here,
// fetched by fetch when somebody asks for them. It is called once, before the
// server answers anybody.
func (s *Server) OnMissing(fetch func(context.Context, record.Hash) error) { s.fetchBelow = fetch }

// OpenFile opens a file for somebody who may read it. One of a server below that
// is not here is fetched first; that may take a while.
func (s *Server) OpenFile(ctx context.Context, d record.Hash) (*blob.Reader, error) {
	f, err := s.files.Open(d)
	if record.CodeOf(err) != record.NotFound || s.fetchBelow == nil {
		return f, err
	}
	if s.fetchBelow(ctx, d) != nil {
		return nil, err // why not is told where the links are listed
	}
	return s.files.Open(d)
}

// TakeBelow takes in a page that was pulled from a server below, with the
// cursor, in one transaction. Nothing is taken on that server's word alone: each
// chain must be signed by its device, whose certificate must be by the key
// that was pinned. A page with anything else in it is refused whole, with
// record.Forbidden or record.Broken, and nothing of it is kept.
func (s *Server) TakeBelow(ctx context.Context, l store.Link, step store.Step, heads []protocol.SignedHead, entries []journal.Entry) ([]store.Result, error) {
	spans, order, err := spansOf(entries)
	if err != nil {
		return nil, err
	}
	// In one order, so that two servers on one database never wait for each other.
	slices.SortFunc(order, func(a, b journal.Chain) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Epoch, b.Epoch))
	})
	t := taking{s: s, link: l, devices: map[journal.Chain]account.Device{}, ids: map[record.ID]account.Device{}}
	if err := t.check(ctx, heads, spans, order); err != nil {
		return nil, err
	}
	refused := map[record.Hash]record.ID{}
	for _, e := range entries {
		if e.Kind != record.Refuse {
			continue
		}
		of, err := t.refusal(ctx, e)
		if err != nil {
			return nil, err
		}
		if e.V <= journal.Version {
			refused[of] = e.Record
		}
	}
	// Devices first: entries without them could not be passed on, devices without
	// entries harm nothing.
	if err := s.accounts.KeepBelow(ctx, t.news); err != nil {
		return nil, err
	}
	doubts, err := s.accounts.KeepHeads(ctx, t.heads, values(t.devices, order))
	if err != nil {
		return nil, err
	}
	judge, err := s.judge(ctx, t.devices)
	if err != nil {
		return nil, err
	}
	results, err := s.store.ApplyPage(ctx, store.Page{Entries: entries, Link: &step, Judge: func(e journal.Entry, b record.Body) *record.Error {
		if refused[e.Hash] == e.Record && e.Record != "" {
			return nil // below already; its refusal travels with it
		}
		return judge(e, b)
	}})
	if err != nil {
		return nil, err
	}
	if err := s.settleHeads(ctx, doubts, t.heads, t.devices); err != nil {
		return nil, err
	}
	if err := s.store.DropFiles(ctx, s.files.Drop); err != nil {
		s.log.Error("drop destroyed files; the next push or start tries again", "err", err)
	}
	for _, r := range results {
		switch r.Verdict {
		case store.Stored:
			s.count.stored.Add(1)
		case store.Known:
			s.count.known.Add(1)
		case store.Refused:
			s.count.refused.Add(1)
		}
	}
	return results, nil
}

// taking is one page from a server below.
type taking struct {
	s       *Server
	link    store.Link
	heads   []protocol.SignedHead // one for each chain, in the order of the chains
	devices map[journal.Chain]account.Device
	ids     map[record.ID]account.Device
	news    []account.Device
}

// check checks each chain's signed head and finds out what its device is here.
func (t *taking) check(ctx context.Context, given []protocol.SignedHead, spans map[journal.Chain]span, order []journal.Chain) error {
	key, err := journal.ParsePublic(t.link.Key)
	if err != nil {
		return err
	}
	list, err := t.s.store.Links(ctx)
	if err != nil {
		return err
	}
	links := map[record.ID]bool{}
	for _, l := range list {
		links[l.Server] = true
	}
	by := map[journal.Chain]protocol.SignedHead{}
	for _, h := range given {
		by[h.Chain()] = h
	}
	for _, c := range order {
		h, ok := by[c]
		if !ok || h.Head() != spans[c].head {
			return unsigned(c, spans[c].head)
		}
		says := protocol.CertificateStatement{Server: t.link.Server, Device: c.Device, Public: key}
		if c.Device != t.link.Server {
			if h.Certificate == nil {
				return unsigned(c, h.Head())
			}
			if says, err = h.Certificate.Verify(key); err != nil || says.Device != c.Device || says.Server != t.link.Server {
				return unsigned(c, h.Head())
			}
		}
		if !journal.VerifyHead(ed25519.PublicKey(says.Public), c, h.Head(), h.Signature) {
			return unsigned(c, h.Head())
		}
		if t.s.sample && says.Authority != "" && !strings.HasPrefix(says.Authority, protocol.FictionalRegion) {
			return &record.Error{Code: record.Forbidden, Message: "link.sample", Args: map[string]any{"authority": says.Authority}}
		}
		d, news, err := t.s.accounts.MeetBelow(ctx, t.link.Server, links, says)
		if err != nil {
			return err
		}
		signed := d
		signed.Public = says.Public
		t.heads, t.devices[c] = append(t.heads, h), signed
		if had, twice := t.ids[d.ID]; !twice || d.Enrolled > had.Enrolled {
			t.ids[d.ID] = d
			if news {
				t.news = append(t.news, d)
			}
		}
	}
	return nil
}

func unsigned(c journal.Chain, h journal.Head) error {
	return &record.Error{Code: record.Forbidden, Message: "sync.head_signature", Args: map[string]any{"device": string(c.Device)},
		Err: fmt.Errorf("server: no good signature over entry %d of %s/%s from the server below", h.Seq, c.Device, c.Epoch)}
}

// refusal checks a refusal and gives the entry it is of: only a server writes
// one, and only on devices that it, or one below it, has. Else a county could
// take another county's entries out of the province's tables.
func (t *taking) refusal(ctx context.Context, e journal.Entry) (record.Hash, error) {
	d := t.devices[e.Chain()]
	no := &record.Error{Code: record.Forbidden, Message: "refuse.not_a_server", Args: map[string]any{"device": string(e.Device)}}
	if !d.IsServer() {
		return "", no
	}
	b, err := e.Decode()
	if err != nil || b.Refuse == nil {
		return "", nil // of another shape: it is projected by nobody who cannot read it
	}
	below := t.ids[b.Refuse.Device].Below
	if below == "" {
		if below, err = t.s.accounts.BelowOf(ctx, b.Refuse.Device); err != nil {
			return "", err
		}
	}
	if below != t.link.Server {
		return "", no
	}
	return b.Refuse.Entry, nil
}

// LaptopBelow tells whether a device is a laptop of a server below, or of one
// below that. A server's own journal holds refusals, which one that was restored
// makes anew, and numbers, which its laptops bring back.
func (s *Server) LaptopBelow(ctx context.Context, server, device record.ID) (bool, error) {
	d, err := s.accounts.Device(ctx, device)
	if record.CodeOf(err) == record.NotFound {
		return false, nil
	}
	return d.Below == server && !d.IsServer(), err
}

// linkMetrics tells how it stands with the servers below.
func (s *Server) linkMetrics(ctx context.Context, b *strings.Builder) error {
	links, err := s.store.Links(ctx)
	if err != nil || len(links) == 0 {
		return err
	}
	for _, m := range []struct {
		name, help string
		of         func(store.Link) int64
	}{
		{"link_contact_seconds", "when a server below last answered, Unix time, 0 never", func(l store.Link) int64 { return l.Contact / 1000 }},
		{"link_behind_entries", "about how many entries of a server below are not here yet", func(l store.Link) int64 { return l.Behind }},
		{"link_lost_entries", "entries that a server below has lost and that are here, -1 not yet counted", func(l store.Link) int64 { return l.Lost }},
		{"link_problem", "1 when the last pull from a server below failed", func(l store.Link) int64 {
			if l.Problem != "" {
				return 1
			}
			return 0
		}},
	} {
		fmt.Fprintf(b, "# HELP plumbline_%s %s\n# TYPE plumbline_%s gauge\n", m.name, m.help, m.name)
		for _, l := range links {
			fmt.Fprintf(b, "plumbline_%s{server=%q,url=%q} %d\n", m.name, string(l.Server), l.URL, m.of(l))
		}
	}
	return nil
}
