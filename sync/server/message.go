package server

import (
	"context"
	"net/http"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// message answers a Request. /v1/hello, /v1/push and /v1/pull take one part
// each, /v1/sync takes any.
func (s *Server) message(path string) func(http.ResponseWriter, *http.Request, account.Device) {
	return func(w http.ResponseWriter, r *http.Request, d account.Device) {
		body, done, err := s.body(w, r, protocol.MaxBody)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		defer done()
		select {
		case s.work <- struct{}{}:
			defer func() { <-s.work }()
		case <-r.Context().Done():
			return
		}
		out, err := s.answer(r.Context(), path, d, body)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", protocol.MediaType)
		s.write(w, out)
	}
}

func (s *Server) answer(ctx context.Context, path string, d account.Device, body []byte) ([]byte, error) {
	var q protocol.Request
	entries, err := protocol.ReadMessage(body, &q)
	if err != nil {
		return nil, err
	}
	if only := map[string]bool{protocol.PathHello: q.Push == nil && q.Pull == nil && len(entries) == 0, protocol.PathPush: q.Pull == nil,
		protocol.PathPull: q.Push == nil && len(entries) == 0, protocol.PathSync: true}; !only[path] {
		return nil, &record.Error{Code: record.Invalid, Message: "sync.message_broken"}
	}
	a, found, err := s.reply(ctx, d, q, entries, path == protocol.PathHello)
	if err != nil {
		return nil, err
	}
	return protocol.AppendMessage(nil, a, found)
}

// reply does what a request asks, the parts in their order, whichever way it
// came: over the line or in a bundle.
func (s *Server) reply(ctx context.Context, d account.Device, q protocol.Request, entries []journal.Entry, limits bool) (protocol.Answer, []journal.Entry, error) {
	a := protocol.Answer{}
	if q.Push == nil && len(entries) > 0 {
		return a, nil, &record.Error{Code: record.Invalid, Message: "sync.message_broken"}
	}
	var err error
	var own []protocol.Point
	if q.Hello != nil {
		own = q.Hello.Heads
		if a.Hello, err = s.hello(ctx, d, *q.Hello, limits); err != nil {
			return a, nil, err
		}
	}
	if q.Push != nil {
		if err := mayWrite(d); err != nil {
			return a, nil, err
		}
		pushed, err := s.push(ctx, *q.Push, entries)
		if err != nil {
			return a, nil, err
		}
		a.Push = &pushed
	}
	var found []journal.Entry
	if q.Pull != nil {
		pulled, more, err := s.pull(ctx, d, *q.Pull, own)
		if err != nil {
			return a, nil, err
		}
		a.Pull, found = &pulled, more
	}
	a.Time = s.now().UnixMilli()
	return a, found, nil
}

// The versions of the protocol that a server serves.
var oldest, newest = protocol.MinVersion, protocol.Version

// hello says how far the server holds the device's journals.
func (s *Server) hello(ctx context.Context, d account.Device, h protocol.Hello, limits bool) (*protocol.Welcome, error) {
	if h.Max < oldest || h.Min > newest {
		return nil, &record.Error{Code: record.Newer, Message: "sync.version", Args: map[string]any{"min": oldest, "max": newest}}
	}
	if len(h.Heads) > 1000 {
		return nil, &record.Error{Code: record.TooLarge, Message: "sync.too_many_entries", Args: map[string]any{"limit": 1000}}
	}
	w := &protocol.Welcome{Version: min(h.Max, newest), Server: s.accounts.Server(), Feed: s.feed.now()}
	for _, p := range h.Heads {
		c := p.Chain()
		if c.Device == "" {
			c.Device = d.ID
		}
		head, err := s.store.Head(ctx, c)
		if err != nil {
			return nil, err
		}
		whole := head
		if c.Device == d.ID { // who wrote it has the bodies that a carrier left out
			if whole, err = s.store.WholeHead(ctx, c); err != nil {
				return nil, err
			}
		}
		m := protocol.Watermark{Point: protocol.Point{Device: p.Device, Epoch: p.Epoch, Seq: whole.Seq, Hash: whole.Hash}}
		if p.Seq > 0 && p.Seq <= head.Seq {
			here, err := s.store.EntryAt(ctx, c, p.Seq)
			if err != nil {
				return nil, err
			}
			m.Forked = here != p.Hash
		}
		w.Watermarks = append(w.Watermarks, m)
	}
	if h.Directory != nil {
		directory, err := s.accounts.Directory(ctx, d.Authority)
		if err != nil {
			return nil, err
		}
		if directory.Tag != *h.Directory {
			w.Directory = &directory
		}
	}
	if limits {
		w.Limits = &protocol.Limits{Entries: protocol.MaxEntries, Body: protocol.MaxBody, File: protocol.MaxFile}
	}
	return w, nil
}
