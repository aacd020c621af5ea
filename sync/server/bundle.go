package server

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"

	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/bundle"
	"plumbline/sync/protocol"
)

// BundleRead says what one part of a bundle brought.
type BundleRead struct {
	Header  bundle.Header
	Name    string // the laptop's
	Last    bool   // no part of its bundle comes after
	Stored  int    // entries new here
	Refused int    // of those, how many went to quarantine
	Files   int    // files that are whole now
}

// bundleAnswer is about how much an answer holds; what is left comes with the
// next bundle, or the next sync.
const bundleAnswer = 256 << 20

// ReadBundle takes in one part of a laptop's bundle as if it had come over the
// line, and writes the answer part for that laptop: its watermarks, refusals,
// receipts, and what is new for it here. What was taken in before an error
// stays.
func (s *Server) ReadBundle(ctx context.Context, part io.Reader, answer io.Writer) (BundleRead, error) {
	var out BundleRead
	p, err := bundle.Open(part)
	if err != nil {
		return out, err
	}
	out.Header = p.Header
	if p.Header.Kind != bundle.FromDevice {
		return out, &record.Error{Code: record.Invalid, Message: "bundle.an_answer"}
	}
	d, err := s.writer(ctx, p.Header)
	if err != nil {
		return out, err
	}
	out.Name = d.Name
	me, err := bundle.Identity(s.accounts.Key())
	if err != nil {
		return out, err
	}
	if err := p.Unlock(d.Public, me); err != nil {
		return out, err
	}
	to, err := bundle.Recipient(d.Public)
	if err != nil {
		return out, err
	}
	w, err := bundle.Begin(answer, bundle.Header{Kind: bundle.FromServer, Bundle: p.Header.Bundle, Part: p.Header.Part,
		From: s.accounts.Server(), To: d.ID, Made: s.now().UnixMilli()}, s.accounts.Key(), to)
	if err != nil {
		return out, err
	}
	for {
		item, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			if err = s.bundleItem(ctx, d, item, w, &out); theirs(err) {
				// One bad batch must not keep all that comes after it away.
				err = s.addFault(err, w)
			}
		}
		if err != nil {
			return out, err
		}
	}
	out.Last = p.Last
	s.count.bundles.Add(1)
	s.log.Info("bundle read", "device", string(d.ID), "bundle", p.Header.Bundle, "part", p.Header.Part, "stored", out.Stored, "files", out.Files)
	return out, w.Close(p.Last)
}

// writer finds the device that wrote a part. A server that was restored from a
// backup older than the enrolment knows it by its certificate.
func (s *Server) writer(ctx context.Context, h bundle.Header) (account.Device, error) {
	d, err := s.accounts.Device(ctx, h.From)
	if record.CodeOf(err) == record.NotFound {
		if h.Certificate != nil {
			c, e := h.Certificate.Verify(s.accounts.Key().Public().(ed25519.PublicKey))
			if e == nil && c.Device == h.From {
				return s.accounts.Readmit(ctx, *h.Certificate)
			}
		}
		return d, &record.Error{Code: record.Forbidden, Message: "bundle.device_unknown", Args: map[string]any{"device": string(h.From)}}
	}
	if err == nil {
		err = d.MaySpeak()
	}
	if err == nil {
		err = mayWrite(d)
	}
	return d, err
}

func (s *Server) bundleItem(ctx context.Context, d account.Device, item bundle.Item, w *bundle.Writer, out *BundleRead) error {
	switch item.Kind {
	case bundle.Message:
		var q protocol.Request
		entries, err := protocol.ReadMessage(item.Bytes, &q)
		if err != nil {
			return err
		}
		for {
			a, found, err := s.reply(ctx, d, q, entries, false)
			if err != nil {
				return err
			}
			if a.Push != nil {
				out.Stored += a.Push.Stored + len(a.Push.Refused)
				out.Refused += len(a.Push.Refused)
			}
			b, err := protocol.AppendMessage(nil, a, found)
			if err == nil {
				err = w.Add(bundle.Message, b)
			}
			if err != nil || a.Pull == nil || !a.Pull.More || w.Size() > bundleAnswer {
				return err
			}
			// There is nobody to ask for the next page: it goes along.
			pull := protocol.Pull{Cursor: a.Pull.Cursor, Heads: q.Pull.Heads, Entries: maxPull, Bytes: pullBytes}
			if pull.Heads == nil && q.Hello != nil {
				pull.Heads = q.Hello.Heads
			}
			q, entries = protocol.Request{Pull: &pull}, nil
		}
	case bundle.File:
		return s.bundlePiece(ctx, item, out)
	case bundle.Have:
		var q protocol.HaveRequest
		if err := json.Unmarshal(item.Bytes, &q); err != nil {
			return &record.Error{Code: record.Invalid, Message: "sync.message_broken", Err: err}
		}
		a, err := s.haves(ctx, q)
		if err != nil {
			return err
		}
		a.Asked = q.Files
		b, err := json.Marshal(a)
		if err == nil {
			err = w.Add(bundle.Have, b)
		}
		return err
	case bundle.Want:
		var q protocol.HaveRequest
		if err := json.Unmarshal(item.Bytes, &q); err != nil {
			return &record.Error{Code: record.Invalid, Message: "sync.message_broken", Err: err}
		}
		for _, f := range q.Files {
			if w.Size() > bundleAnswer {
				break
			}
			if err := s.addFile(ctx, d, f, w); err != nil {
				return err
			}
		}
	}
	return nil // of a kind we do not know: nothing that could be lost stands in it
}

// bundlePiece puts a piece of a file on the disk. One that does not join on, or
// whose bytes are wrong, brings no receipt: it is sent again.
func (s *Server) bundlePiece(ctx context.Context, item bundle.Item, out *BundleRead) error {
	f := record.File{Digest: item.Piece.Digest, Size: item.Piece.Size}
	if s.files.Has(f.Digest) {
		return nil
	}
	arrived, err := s.files.Part(f.Digest)
	if err != nil {
		return err
	}
	offset, ok, err := item.Join(arrived)
	if err != nil || !ok {
		return err
	}
	_, receipt, err := s.takePiece(ctx, f, offset, io.LimitReader(item.Body, f.Size-offset))
	var known *record.Error
	if errors.As(err, &known) && slices.Contains([]string{"file.offset", "file.changed", "file.destroyed"}, known.Message) {
		return nil
	}
	if receipt > 0 {
		out.Files++
	}
	return err
}

// theirs tells whether an error lies in what was sent, and not in this server.
func theirs(err error) bool {
	switch record.CodeOf(err) {
	case record.Invalid, record.Forbidden, record.Broken, record.TooLarge, record.Newer, record.Conflict, record.NotFound:
		return true
	}
	return false
}

func (s *Server) addFault(err error, w *bundle.Writer) error {
	var e *record.Error
	errors.As(err, &e)
	s.log.Warn("in a bundle", "err", err)
	b, err := json.Marshal(protocol.Fault{Code: e.Code, Message: e.Message, Args: e.Args})
	if err != nil {
		return err
	}
	return w.Add(bundle.Fault, b)
}

// addFile adds a file that the device asked for, if it is here and the device
// may have it.
func (s *Server) addFile(ctx context.Context, d account.Device, digest record.Hash, w *bundle.Writer) error {
	f, err := s.files.Open(digest)
	if c := record.CodeOf(err); c == record.NotFound || c == record.Invalid || c == record.Broken {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if ok, err := s.mayFetch(ctx, d, digest); err != nil || !ok {
		return err
	}
	return w.AddFile(bundle.Piece{Digest: digest, Size: f.Size(), Length: f.Size()}, f)
}

// bundle answers POST /v1/bundle: any enrolled device may carry anybody's
// bundle; the answer can be read only by whom it is for.
func (s *Server) bundle(w http.ResponseWriter, r *http.Request, d account.Device) {
	if err := mayWrite(d); err != nil {
		s.fail(w, r, err)
		return
	}
	answer, err := os.CreateTemp(s.folder, ".answer-*")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer os.Remove(answer.Name())
	defer answer.Close()
	read, err := s.ReadBundle(r.Context(), s.patient(w, r), answer)
	if err == nil {
		_, err = answer.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if b, err := json.Marshal(protocol.BundleAnswer{Name: read.Name, Stored: read.Stored, Refused: read.Refused, Files: read.Files, Last: read.Last}); err == nil {
		h.Set(protocol.HeaderBundle, base64.StdEncoding.EncodeToString(b))
	}
	io.Copy(s.patientWriter(w), answer)
}
