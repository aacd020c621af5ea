package server

import (
	"context"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// span is what one message carries of one chain.
type span struct {
	first journal.Entry
	head  journal.Head
}

// push checks entries, stores them in one transaction and says what became of
// each. Nothing is taken on the word of the transport: every chain's own device
// must have signed what is pushed of it.
func (s *Server) push(ctx context.Context, p protocol.Push, entries []journal.Entry) (protocol.Pushed, error) {
	var out protocol.Pushed
	if len(entries) == 0 {
		return out, nil
	}
	if len(entries) > protocol.MaxEntries {
		return out, &record.Error{Code: record.TooLarge, Message: "sync.too_many_entries", Args: map[string]any{"limit": protocol.MaxEntries}}
	}
	spans, order, err := spansOf(entries)
	if err != nil {
		return out, err
	}
	heads, devices, err := s.checkHeads(ctx, p.Heads, spans, order)
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		if e.Size() > protocol.MaxEntry {
			return out, &record.Error{Code: record.TooLarge, Message: "sync.entry_too_large", Args: map[string]any{"limit": protocol.MaxEntry >> 20}}
		}
		if e.Kind == record.Refuse && e.Device != s.accounts.Server() {
			return out, &record.Error{Code: record.Forbidden, Message: "refuse.not_a_server", Args: map[string]any{"device": string(e.Device)}}
		}
	}
	for _, c := range order {
		h, err := s.store.Head(ctx, c)
		if err != nil {
			return out, err
		}
		first := spans[c].first
		out.Gap = out.Gap || first.Seq > h.Seq+1
		out.Forked = out.Forked || first.Seq == h.Seq+1 && first.Prev != h.Hash
		out.Watermarks = append(out.Watermarks, protocol.At(c, h))
	}
	if out.Gap || out.Forked {
		return out, nil
	}
	doubts, err := s.accounts.KeepHeads(ctx, heads, values(devices, order))
	if err != nil {
		return out, err
	}
	judge, err := s.judge(ctx, devices)
	if err != nil {
		return out, err
	}
	results, err := s.store.Apply(ctx, entries, judge)
	if err != nil {
		return out, err
	}
	papers := false
	for n, r := range results {
		switch r.Verdict {
		case store.Stored:
			out.Stored++
			papers = papers || entries[n].Record.Type() == record.PaperType
		case store.Known:
			out.Known++
		case store.Refused:
			out.Refused = append(out.Refused, protocol.Refusal{Point: protocol.At(r.Chain, journal.Head{Seq: r.Seq, Hash: r.Hash}), Code: r.Code, Message: r.Message})
		case store.Forked:
			out.Forked = true
		case store.Gap:
			out.Gap = true
		}
	}
	if err := s.settleHeads(ctx, doubts, heads, devices); err != nil {
		return out, err
	}
	if err := s.store.DropFiles(ctx, s.files.Drop); err != nil {
		s.log.Error("drop destroyed files; the next push or start tries again", "err", err)
	}
	s.number(ctx, papers)
	out.Watermarks = out.Watermarks[:0]
	for _, c := range order {
		h, err := s.store.Head(ctx, c)
		if err != nil {
			return out, err
		}
		out.Watermarks = append(out.Watermarks, protocol.At(c, h))
	}
	s.count.entries(out)
	return out, nil
}

// settleHeads keeps those of the heads in doubt whose entries are here.
func (s *Server) settleHeads(ctx context.Context, doubts []int, heads []protocol.SignedHead, devices map[journal.Chain]account.Device) error {
	for _, n := range doubts {
		h := heads[n]
		here, err := s.store.EntryAt(ctx, h.Chain(), h.Seq)
		if err == nil && here == h.Hash {
			err = s.accounts.SettleHead(ctx, h, devices[h.Chain()])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spansOf sorts entries by chain and checks that each chain's follow each other.
func spansOf(entries []journal.Entry) (map[journal.Chain]span, []journal.Chain, error) {
	spans := map[journal.Chain]span{}
	var order []journal.Chain
	for _, e := range entries {
		c := e.Chain()
		sp, known := spans[c]
		if !known {
			order = append(order, c)
			spans[c] = span{e, journal.Head{Seq: e.Seq, Hash: e.Hash}}
			continue
		}
		head, err := sp.head.Follow(e)
		if err != nil {
			return nil, nil, &record.Error{Code: record.Broken, Message: "sync.message_broken", Err: err}
		}
		sp.head = head
		spans[c] = sp
	}
	return spans, order, nil
}

// checkHeads finds the signed head of each chain and checks it.
func (s *Server) checkHeads(ctx context.Context, given []protocol.SignedHead, spans map[journal.Chain]span, order []journal.Chain) ([]protocol.SignedHead, map[journal.Chain]account.Device, error) {
	var heads []protocol.SignedHead
	devices := map[journal.Chain]account.Device{}
	for _, h := range given {
		sp, ok := spans[h.Chain()]
		if !ok || sp.head != h.Head() {
			continue
		}
		if _, twice := devices[h.Chain()]; twice {
			continue
		}
		d, err := s.accounts.CheckHead(ctx, h)
		if err != nil {
			if record.CodeOf(err) == record.NotFound {
				err = &record.Error{Code: record.Forbidden, Message: "sync.device_unknown", Args: map[string]any{"device": string(h.Device)}}
			}
			return nil, nil, err
		}
		devices[h.Chain()] = d
	}
	for _, c := range order {
		if _, ok := devices[c]; !ok {
			return nil, nil, &record.Error{Code: record.Forbidden, Message: "sync.head_signature", Args: map[string]any{"device": string(c.Device)},
				Err: fmt.Errorf("server: no signature over entry %d of %s/%s", spans[c].head.Seq, c.Device, c.Epoch)}
		}
		for _, h := range given {
			if h.Chain() == c && h.Head() == spans[c].head {
				heads = append(heads, h)
				break
			}
		}
	}
	return heads, devices, nil
}

func values(m map[journal.Chain]account.Device, order []journal.Chain) []account.Device {
	out := make([]account.Device, len(order))
	for i, c := range order {
		out[i] = m[c]
	}
	return out
}
