package client

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"plumbline/app/disk"
	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/bundle"
	"plumbline/sync/protocol"
)

// BundleRead says what the parts in a folder brought.
type BundleRead struct {
	Parts     int       `json:"parts"`      // read: a colleague's, or an answer for this laptop
	NotForUs  int       `json:"not_for_us"` // encrypted to others, or answers for others
	Own       int       `json:"own"`        // written by this laptop
	Broken    int       `json:"broken"`     // cut off or changed; what was good of them is here
	Received  int       `json:"received"`   // entries that were new here
	Files     int       `json:"files"`      // files that are whole now
	Confirmed int       `json:"confirmed"`  // files whose receipt came
	Gap       bool      `json:"gap"`        // a colleague's entries began later than what is here: ask for a whole bundle
	From      []string  `json:"from"`       // names of the laptops, "" for the server
	Warnings  []Warning `json:"warnings,omitempty"`
}

// ReadBundle reads every part of a bundle in a folder, or one part: colleagues'
// bundles and the server's answers. What others may not read is passed over.
// Reading twice changes nothing. A part that is cut off brings what it holds.
// keys, if any, open parts that were not written for this laptop: the
// authority's recovery key.
func (c *Client) ReadBundle(ctx context.Context, path string, progress func(Progress), keys ...age.Identity) (BundleRead, error) {
	var out BundleRead
	release, err := c.lease(ctx)
	if err != nil {
		return out, err
	}
	defer release()
	r, ok, err := c.store.Remote(ctx)
	if err == nil && !ok {
		err = &record.Error{Code: record.NotFound, Message: "sync.not_enrolled"}
	}
	if err != nil {
		return out, err
	}
	s, err := c.session(ctx, r, progress)
	if err != nil {
		return out, err
	}
	last, err := c.writing(ctx)
	if err != nil {
		return out, err
	}
	parts, err := partsIn(path)
	if err != nil {
		return out, bundleFault(path, err)
	}
	s.enter(Reading)
	s.report(func(p *Progress) {
		for _, x := range parts {
			p.BytesTotal += x.size
		}
	})
	for _, x := range parts {
		b := &unbundling{session: s, out: &out, last: last, keys: keys}
		err := b.read(x.path)
		switch record.CodeOf(err) {
		case record.Broken:
			out.Broken++
			err = nil
		case record.Forbidden, record.Newer:
			var e *record.Error
			errors.As(err, &e)
			out.Warnings = append(out.Warnings, Warning{e.Message, e.Args})
			err = nil
		}
		if err != nil {
			return out, bundleFault(path, err)
		}
		s.report(func(p *Progress) { p.Bytes += x.size; p.Files = out.Files; p.Entries = int64(out.Received) })
	}
	err = errors.Join(s.confirmEarlier(), s.tellForks())
	out.Warnings = append(out.Warnings, s.result.Warnings...)
	return out, err
}

type partFile struct {
	path   string
	size   int64
	header bundle.Header
}

// partsIn lists the parts in a folder, or the one that path is, in the order in
// which they were written.
func partsIn(path string) ([]partFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	paths := []string{path}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		paths = nil
		for _, e := range entries {
			if strings.EqualFold(filepath.Ext(e.Name()), bundle.Extension) && !e.IsDir() {
				paths = append(paths, filepath.Join(path, e.Name()))
			}
		}
	}
	var out []partFile
	for _, p := range paths {
		h, size, err := headerOf(p)
		if err != nil && (record.CodeOf(err) == "" || !info.IsDir()) {
			return nil, err
		}
		out = append(out, partFile{p, size, h}) // one that is none is counted as broken when it is read
	}
	if len(out) == 0 {
		return nil, &record.Error{Code: record.NotFound, Message: "bundle.none_here", Field: "folder", Args: map[string]any{"folder": path}}
	}
	slices.SortStableFunc(out, func(a, b partFile) int {
		if a.header.Bundle == b.header.Bundle {
			return a.header.Part - b.header.Part
		}
		return int(min(1, max(-1, a.header.Made-b.header.Made)))
	})
	return out, nil
}

func headerOf(path string) (bundle.Header, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return bundle.Header{}, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return bundle.Header{}, 0, err
	}
	p, err := bundle.Open(f)
	if err != nil {
		return bundle.Header{}, info.Size(), err
	}
	return p.Header, info.Size(), nil
}

// unbundling reads one part.
type unbundling struct {
	*session
	out  *BundleRead
	last writing
	keys []age.Identity
}

func (b *unbundling) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := bundle.Open(f)
	if err != nil {
		return err
	}
	self, h := b.store.Self().Device, p.Header
	if h.From == self {
		b.out.Own++
		return nil
	}
	public, name, err := b.writer(h)
	if err != nil {
		return err
	}
	if h.Kind == bundle.FromServer && h.To != self {
		b.out.NotForUs++
		return nil
	}
	me, err := bundle.Identity(b.key)
	if err != nil {
		return err
	}
	err = p.Unlock(public, append(b.keys[:len(b.keys):len(b.keys)], me)...)
	var e *record.Error
	if errors.As(err, &e) && e.Message == "bundle.not_for_us" {
		b.out.NotForUs++
		return nil
	}
	if err != nil {
		return err
	}
	b.out.Parts++
	if !slices.Contains(b.out.From, name) {
		b.out.From = append(b.out.From, name)
	}
	for {
		item, err := p.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if err := b.item(h, item); err != nil {
			return err
		}
	}
}

// writer finds the key a part is signed with: the server's, or a colleague's by
// the server's word.
func (b *unbundling) writer(h bundle.Header) (ed25519.PublicKey, string, error) {
	if h.Kind == bundle.FromServer {
		if string(h.From) != b.remote.Server {
			return nil, "", &record.Error{Code: record.Forbidden, Message: "bundle.other_server"}
		}
		return b.server, "", nil
	}
	if h.Certificate == nil {
		return nil, "", &record.Error{Code: record.Forbidden, Message: "bundle.device_unknown", Args: map[string]any{"device": string(h.From)}}
	}
	d, err := h.Certificate.Verify(b.server)
	if err != nil || d.Device != h.From {
		return nil, "", &record.Error{Code: record.Forbidden, Message: "bundle.other_server", Err: err}
	}
	return d.Public, d.Name, nil
}

func (b *unbundling) item(h bundle.Header, item bundle.Item) error {
	if item.Kind == bundle.File {
		return b.piece(h, item)
	}
	if h.Kind == bundle.FromDevice {
		if item.Kind == bundle.Message {
			return b.colleague(h, item.Bytes)
		}
		return nil // questions to the server
	}
	switch item.Kind {
	case bundle.Message:
		return b.answer(h, item.Bytes)
	case bundle.Have:
		return b.receipts(h, item.Bytes)
	case bundle.Fault:
		var f protocol.Fault
		if err := json.Unmarshal(item.Bytes, &f); err != nil {
			return strange(err)
		}
		b.out.Warnings = append(b.out.Warnings, Warning{f.Message, f.Args})
	}
	return nil
}

// fresh tells whether an answer is to our last bundle, with no sync since. A
// stale one brings entries and files, but how far the server was then says
// nothing of now.
func (b *unbundling) fresh(h bundle.Header) bool {
	return h.Bundle == b.last.Bundle && b.remote.Contact <= b.last.Made
}

// answer takes in what the server said, as pull and push do over the line.
func (b *unbundling) answer(h bundle.Header, message []byte) error {
	var a protocol.Answer
	entries, err := protocol.ReadMessage(message, &a)
	if err != nil {
		return err
	}
	if b.fresh(h) {
		if a.Hello != nil {
			b.holds(*a.Hello)
			if a.Hello.Directory != nil {
				if err := b.keepDirectory(b.ctx, *a.Hello.Directory); err != nil {
					return err
				}
			}
		}
		if a.Push != nil {
			if err := b.pushedOf(*a.Push); err != nil {
				return err
			}
		}
	}
	if a.Pull == nil {
		return b.save()
	}
	before, cursor, epoch := b.result.Received, b.remote.Cursor, b.remote.ServerEpoch
	if err := b.pulled(*a.Pull, entries); err != nil {
		return err
	}
	b.out.Received += b.result.Received - before
	if !b.fresh(h) {
		b.remote.Cursor, b.remote.ServerEpoch = cursor, epoch
	}
	return b.save()
}

// pushedOf takes in watermarks of our chains and of those we carry.
func (b *unbundling) pushedOf(p protocol.Pushed) error {
	own := p
	own.Watermarks = nil
	for _, w := range p.Watermarks {
		if w.Device == b.store.Self().Device {
			own.Watermarks = append(own.Watermarks, w)
			continue
		}
		if err := b.store.CarriedTo(b.ctx, w.Chain(), w.Seq); err != nil {
			return err
		}
	}
	b.pushed(own)
	return nil
}

// receipts notes which files the server has for good.
func (b *unbundling) receipts(h bundle.Header, j []byte) error {
	var a protocol.HaveAnswer
	if err := json.Unmarshal(j, &a); err != nil {
		return strange(err)
	}
	if !b.fresh(h) {
		return nil
	}
	missing := map[record.Hash]bool{}
	for _, m := range a.Missing {
		missing[m.Digest] = true
	}
	for d, written := range b.last.Files {
		if written >= 0 || missing[d] || !slices.Contains(a.Asked, d) {
			continue
		}
		if err := b.store.Receipt(b.ctx, d, a.Time); err != nil {
			return err
		}
		b.out.Confirmed++
	}
	return nil
}

// colleague takes in what a colleague's laptop wrote, past the server. Every
// chain must be signed by its own device, and that device vouched for by our
// server; the signatures are kept, so that this laptop can carry the entries on.
func (b *unbundling) colleague(h bundle.Header, message []byte) error {
	var q protocol.Request
	entries, err := protocol.ReadMessage(message, &q)
	if err != nil || q.Push == nil {
		return err
	}
	for i := range q.Push.Heads {
		if x := &q.Push.Heads[i]; x.Device == h.From && x.Certificate == nil {
			x.Certificate = h.Certificate
		}
	}
	if err := b.checkHeads(q.Push.Heads, entries); err != nil {
		return err
	}
	if err := covered(q.Push.Heads, entries); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Kind == record.Refuse && string(e.Device) != b.remote.Server {
			return &record.Error{Code: record.Forbidden, Message: "refuse.not_a_server", Args: map[string]any{"device": string(e.Device)}}
		}
	}
	results, err := b.store.ApplyPage(b.ctx, store.Page{Entries: entries, Heads: storeHeads(q.Push.Heads), Carried: true})
	if err != nil {
		return err
	}
	if err := b.store.DropFiles(b.ctx, b.files.Drop); err != nil {
		b.out.Warnings = append(b.out.Warnings, Warning{"file.destroy_later", nil})
	}
	for _, r := range results {
		switch r.Verdict {
		case store.Stored:
			b.out.Received++
		case store.Gap:
			b.out.Gap = true
		case store.Forked:
			b.out.Warnings = append(b.out.Warnings, Warning{"bundle.forked", map[string]any{"device": string(r.Chain.Device)}})
		}
	}
	return nil
}

// covered tells whether a signed head ends what each chain has in a message.
func covered(heads []protocol.SignedHead, entries []journal.Entry) error {
	last := map[journal.Chain]journal.Head{}
	for _, e := range entries {
		last[e.Chain()] = journal.Head{Seq: e.Seq, Hash: e.Hash}
	}
	for _, h := range heads {
		if last[h.Chain()] == h.Head() {
			delete(last, h.Chain())
		}
	}
	for c := range last {
		return &record.Error{Code: record.Forbidden, Message: "sync.head_signature", Args: map[string]any{"device": string(c.Device)}}
	}
	return nil
}

// piece puts a piece of a file on the disk; with the last one the file is
// checked and named.
func (b *unbundling) piece(h bundle.Header, item bundle.Item) error {
	f := record.File{Digest: item.Piece.Digest, Size: item.Piece.Size, Media: item.Piece.Media}
	if gone, err := b.store.IsDestroyed(b.ctx, f.Digest); gone || err != nil {
		return err // written before two persons had it destroyed
	}
	if b.Client.files.Has(f.Digest) {
		return b.store.HaveFile(b.ctx, f)
	}
	arrived, err := b.Client.files.Part(f.Digest)
	if err != nil {
		return err
	}
	offset, ok, err := item.Join(arrived)
	if err != nil || !ok {
		return err
	}
	if arrived < f.Size || f.Size == 0 {
		if arrived, err = b.Client.files.Append(b.ctx, f, offset, item.Body); err != nil || arrived < f.Size {
			return err
		}
	}
	if _, err := b.Client.files.Finish(f.Digest); err != nil {
		if c := record.CodeOf(err); c == record.Broken || c == record.Conflict {
			b.out.Warnings = append(b.out.Warnings, Warning{"bundle.file_broken", map[string]any{"file": f.Digest.Short()}})
			return nil
		}
		return err
	}
	if err := b.store.HaveFile(b.ctx, f); err != nil {
		return err
	}
	b.out.Files++
	if h.Kind == bundle.FromServer {
		return b.store.Receipt(b.ctx, f.Digest, h.Made) // it came from there
	}
	return nil
}

// BundleCarried says what a carried bundle brought to the server.
type BundleCarried struct {
	Parts   int      `json:"parts"`
	Stored  int      `json:"stored"`
	Refused int      `json:"refused"`
	Files   int      `json:"files"`
	Answers []string `json:"answers"` // names of the answers, in the same folder
	From    []string `json:"from"`    // names of the laptops
}

// AnswerName is the name of the answer to a part.
func AnswerName(part string) string {
	return strings.TrimSuffix(part, filepath.Ext(part)) + "-answer" + bundle.Extension
}

// CarryBundle sends the laptops' parts in a folder to the server and lays its
// answers beside them, for the laptops to read. Whoever carries can read
// neither.
func (c *Client) CarryBundle(ctx context.Context, path string, progress func(Progress)) (BundleCarried, error) {
	var out BundleCarried
	r, ok, err := c.store.Remote(ctx)
	if err == nil && !ok {
		err = &record.Error{Code: record.NotFound, Message: "sync.not_enrolled"}
	}
	if err != nil {
		return out, err
	}
	s, err := c.session(ctx, r, progress)
	if err != nil {
		return out, err
	}
	parts, err := partsIn(path)
	if err != nil {
		return out, bundleFault(path, err)
	}
	s.enter(Pushing)
	s.report(func(p *Progress) {
		for _, x := range parts {
			p.BytesTotal += x.size
		}
	})
	for _, x := range parts {
		if x.header.Kind != bundle.FromDevice {
			continue
		}
		var a protocol.BundleAnswer
		err := s.try(func() error {
			return s.authorized(func(token string) error { return s.carryPart(x, token, &a) })
		}, nil)
		if err != nil {
			return out, err
		}
		out.Parts++
		out.Stored += a.Stored
		out.Refused += a.Refused
		out.Files += a.Files
		out.Answers = append(out.Answers, AnswerName(filepath.Base(x.path)))
		if !slices.Contains(out.From, a.Name) {
			out.From = append(out.From, a.Name)
		}
	}
	return out, nil
}

// carryPart sends one part and keeps the answer.
func (s *session) carryPart(x partFile, token string, a *protocol.BundleAnswer) error {
	f, err := os.Open(x.path)
	if err != nil {
		return err
	}
	defer f.Close()
	ctx, g, done := s.guarded(s.ctx)
	defer done()
	broken := &remember{r: f}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.remote.URL+protocol.PathBundle,
		&moving{broken, g, func(n int) { s.report(func(p *Progress) { p.Bytes += int64(n) }) }})
	if err != nil {
		return err
	}
	q.ContentLength = x.size
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Content-Type", "application/octet-stream")
	resp, err := s.open(s.http, q, g)
	if broken.err != nil {
		return broken.err
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	said, err := base64.StdEncoding.DecodeString(resp.Header.Get(protocol.HeaderBundle))
	if err == nil {
		err = json.Unmarshal(said, a)
	}
	if err != nil {
		return strange(err)
	}
	path := filepath.Join(filepath.Dir(x.path), AnswerName(filepath.Base(x.path)))
	out, err := os.Create(path + ".tmp")
	if err != nil {
		return bundleFault(path, err)
	}
	defer os.Remove(path + ".tmp")
	defer out.Close()
	body := &remember{r: resp.Body}
	_, err = io.Copy(out, &moving{body, g, nil})
	if body.err != nil {
		return lineFault(q, body.err)
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = disk.Rename(path+".tmp", path)
	}
	return bundleFault(path, err)
}
