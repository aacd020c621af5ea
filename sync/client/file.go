package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

const (
	firstPiece = 256 << 10
	leastPiece = 64 << 10          // the server keeps whole chunks of that size
	slowPiece  = 1 << 20           // the longest on a line that is not quick
	mostPiece  = protocol.MaxPiece // the longest at all
	manyFiles  = 20_000

	// How many files travel at once. Small ones always do: what takes long is the
	// way there and back, and the disk at the other end. Large ones only on a line
	// that carries quickRate bytes a second; on a slow one a photo that is whole is
	// worth more than four halves.
	filesAtOnce = 4
	quickRate   = 256 << 10
	receiptsAt  = 32 // receipts noted in one go
)

// json does one request with JSON and a token.
func (s *session) json(path string, q, a any) error {
	return s.authorized(func(token string) error {
		return s.postWith(s.ctx, s.http, s.remote.URL+path, token, q, a)
	})
}

// have asks which of the files the server lacks, with how much of each arrived.
func (s *session) have(files []store.File) (missing map[record.Hash]int64, at int64, err error) {
	missing = map[record.Hash]int64{}
	for len(files) > 0 {
		n := min(len(files), protocol.MaxHave)
		var q protocol.HaveRequest
		for _, f := range files[:n] {
			q.Files = append(q.Files, f.Digest)
		}
		var a protocol.HaveAnswer
		if err := s.try(func() error { a = protocol.HaveAnswer{}; return s.json(protocol.PathHave, q, &a) }, nil); err != nil {
			return nil, 0, err
		}
		if a.Missing == nil || a.Of != "" && a.Of != protocol.ListOf(q.Files) {
			return nil, 0, strange(errors.New("client: the answer is to another question about files"))
		}
		asked := make(map[record.Hash]bool, n)
		for _, d := range q.Files {
			asked[d] = true
		}
		for _, m := range a.Missing {
			if !asked[m.Digest] {
				// A name that was altered on the way: the file it stands for would pass as there.
				return nil, 0, strange(errors.New("client: the answer names a file that was not asked for"))
			}
			missing[m.Digest] = m.Offset
		}
		at, files = a.Time, files[n:]
	}
	return missing, at, nil
}

// checkReceipts takes receipts back that a restored server no longer honours.
func (s *session) checkReceipts() error {
	if !s.anew {
		return nil
	}
	s.result.Refilled = true
	rows, err := s.store.Inspections(s.ctx, store.InspectionFilter{})
	if err != nil {
		return err
	}
	var receipted []store.File
	for _, r := range rows {
		files, err := s.store.FilesOf(s.ctx, r.ID)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.Here && f.Receipt > 0 {
				receipted = append(receipted, f)
			}
		}
	}
	missing, _, err := s.have(receipted)
	if err != nil {
		return err
	}
	for d := range missing {
		if err := s.store.Receipt(s.ctx, d, 0); err != nil {
			return err
		}
	}
	return nil
}

// sendFiles sends every file the server has not receipted, small ones first.
func (s *session) sendFiles() error {
	files, err := s.store.FilesToSend(s.ctx, manyFiles)
	if err != nil || len(files) == 0 {
		return err
	}
	s.enter(Uploading)
	missing, at, err := s.have(files)
	if err != nil {
		return err
	}
	s.report(func(p *Progress) {
		p.FilesTotal = len(files)
		for _, f := range files {
			p.BytesTotal += f.Size
		}
	})
	t := s.travel()
	for _, f := range files {
		offset, lacks := missing[f.Digest]
		if !t.start(f, func() error {
			receipt := at
			if lacks {
				var err error
				if receipt, err = s.sendFile(t, f, offset); destroyedThere(err) {
					return nil // the entries that say so come with the next pull
				} else if err != nil {
					if c := record.CodeOf(err); c != record.NotFound && c != record.Broken || isStrange(err) {
						return err
					}
					// Its bytes are gone or broken on this disk: the others must not wait for it.
					t.count(func() {
						s.result.FilesLost++
						s.result.warn("sync.file_lost", map[string]any{"file": f.Digest.Short()})
					})
					return nil
				}
				t.count(func() { s.result.FilesSent++ })
			} else {
				t.report(func(p *Progress) { p.Bytes += f.Size })
			}
			return t.receipt(f.File, receipt, false)
		}) {
			break
		}
	}
	return t.end()
}

// destroyedThere tells whether the server refuses a file that two persons had
// destroyed.
func destroyedThere(err error) bool {
	var e *record.Error
	return errors.As(err, &e) && e.Message == "file.destroyed"
}

// travel is files on their way, several at once, in the order in which they
// were given.
type travel struct {
	s     *session
	piece atomic.Int64 // how many bytes to send at once
	quick atomic.Bool  // the line has shown that it is

	mu       sync.Mutex
	moved    *sync.Cond            // a file has ended, or the line turned out to be quick
	under    int                   // files under way
	failed   error                 // the first
	receipts map[record.Hash]int64 // not yet noted
	here     []record.File         // nor these
	noted    time.Time

	told sync.Mutex // progress and result: one at a time
}

func (s *session) travel() *travel {
	t := &travel{s: s, receipts: map[record.Hash]int64{}, noted: time.Now()}
	t.moved = sync.NewCond(&t.mu)
	t.piece.Store(firstPiece)
	return t
}

// start does f for a file as soon as it is the file's turn. It is false when the
// journey has failed and no more should set out.
func (t *travel) start(file store.File, f func() error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.failed == nil && t.under > 0 && (t.under >= filesAtOnce || file.Size > firstPiece && !t.quick.Load()) {
		t.moved.Wait()
	}
	if t.failed != nil {
		return false
	}
	t.under++
	go func() {
		err := f()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.under--
		if t.failed == nil {
			t.failed = err
		}
		t.moved.Broadcast()
	}()
	return true
}

// stopped tells whether another file has failed for good.
func (t *travel) stopped() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// end waits for what is under way and gives the first failure.
func (t *travel) end() error {
	t.mu.Lock()
	for t.under > 0 {
		t.moved.Wait()
	}
	err := t.failed
	t.mu.Unlock()
	// What has arrived is noted although another file failed, or the person gave up.
	if e := t.note(true); err == nil {
		err = e
	}
	return err
}

// carried learns from how long bytes were under way.
func (t *travel) carried(n int64, took time.Duration) {
	if n < leastPiece || float64(n) < quickRate*took.Seconds() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quick.Store(true)
	t.moved.Broadcast()
}

func (t *travel) report(change func(*Progress)) { t.count(func() { t.s.report(change) }) }

func (t *travel) count(change func()) {
	t.told.Lock()
	defer t.told.Unlock()
	change()
}

// receipt notes that the server has a file, and with here that we have it too
// now. A few are noted at a time, since each costs a wait for the disk; what a
// crash loses of them the next sync finds out again.
func (t *travel) receipt(f record.File, at int64, here bool) error {
	t.mu.Lock()
	t.receipts[f.Digest] = at
	if here {
		t.here = append(t.here, f)
	}
	t.mu.Unlock()
	if err := t.note(false); err != nil {
		return err
	}
	t.report(func(p *Progress) { p.Files++ })
	return nil
}

func (t *travel) note(all bool) error {
	t.mu.Lock()
	if !all && len(t.receipts) < receiptsAt && time.Since(t.noted) < time.Second {
		t.mu.Unlock()
		return nil
	}
	receipts, here := t.receipts, t.here
	t.receipts, t.here, t.noted = map[record.Hash]int64{}, nil, time.Now()
	t.mu.Unlock()
	ctx := context.WithoutCancel(t.s.ctx)
	if len(here) > 0 {
		if err := t.s.store.HaveFiles(ctx, here); err != nil {
			return err
		}
	}
	return t.s.store.Receipts(ctx, receipts)
}

// sendFile sends one file from where the server's part of it ends and gives
// the receipt.
func (s *session) sendFile(t *travel, f store.File, offset int64) (receipt int64, err error) {
	r, err := s.files.Open(f.Digest)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	size := r.Size()
	stuck := 0
	var line error // why the last piece did not get there
	// A slow line must not be silent for a whole piece: what leaves is shown, and
	// put right when the server says what arrived.
	var left, shown int64
	leaves := func(n int) {
		t.count(func() {
			if left += int64(n); left >= leastPiece {
				s.report(func(p *Progress) { p.Bytes += left })
				left, shown = 0, shown+left
			}
		})
	}
	arrived := func(n int64) {
		t.report(func(p *Progress) {
			p.Bytes += n - shown
			left, shown = 0, 0
		})
	}
	arrived(offset)
	for {
		if err := t.stopped(); err != nil {
			return 0, err
		}
		again := false
		var a protocol.FileAnswer
		err := s.try(func() error {
			if again {
				return nil
			}
			n, begun := min(t.piece.Load(), size-offset), time.Now()
			if a, err = s.sendPiece(f.Digest, r, offset, n, size, leaves); err == nil {
				t.carried(n, time.Since(begun))
			}
			line = err
			return err
		}, func() error {
			// The line broke: part of the piece may have arrived.
			again = true
			t.quick.Store(false)
			t.piece.Store(max(leastPiece, t.piece.Load()/2))
			missing, at, err := s.have([]store.File{f})
			if err != nil {
				return err
			}
			if o, lacks := missing[f.Digest]; lacks {
				a = protocol.FileAnswer{Offset: o}
			} else {
				a = protocol.FileAnswer{Offset: size, Receipt: at}
			}
			return nil
		})
		var wrong *record.Error
		if errors.As(err, &wrong) && wrong.Message == "file.offset" {
			// Another laptop sends the same file; or the server lost the part.
			if o, ok := wrong.Args["offset"].(float64); ok {
				err, a, again = nil, protocol.FileAnswer{Offset: int64(o)}, true
			}
		}
		if err != nil {
			return 0, err
		}
		arrived(a.Offset - offset)
		if a.Receipt > 0 {
			return a.Receipt, nil
		}
		if a.Offset <= offset {
			stuck++
			var broken *transient
			if stuck >= s.tries && errors.As(line, &broken) {
				return 0, broken.err // questions pass, pieces do not: a gateway's doing
			}
			if stuck > 10 {
				return 0, strange(fmt.Errorf("client: upload of %s stays at %d", f.Digest.Short(), a.Offset))
			}
		} else {
			stuck = 0
		}
		offset = a.Offset
		if most := int64(slowPiece); !again {
			if t.quick.Load() {
				most = mostPiece
			}
			t.piece.Store(min(most, t.piece.Load()*2))
		}
	}
}

func (s *session) sendPiece(d record.Hash, r io.ReadSeeker, offset, n, size int64, leaves func(int)) (a protocol.FileAnswer, err error) {
	err = s.authorized(func(token string) error {
		if _, err := r.Seek(offset, io.SeekStart); err != nil {
			return err
		}
		ctx, g, done := s.guarded(s.ctx)
		defer done()
		broken := &remember{r: io.LimitReader(r, n)}
		q, err := http.NewRequestWithContext(ctx, http.MethodPatch, s.remote.URL+protocol.PathFile+string(d), &moving{broken, g, leaves})
		if err != nil {
			return err
		}
		q.ContentLength = n
		if n == 0 {
			q.Body = http.NoBody // an empty file
		}
		q.Header.Set("Authorization", "Bearer "+token)
		q.Header.Set("Content-Type", "application/octet-stream")
		q.Header.Set(protocol.HeaderOffset, strconv.FormatInt(offset, 10))
		q.Header.Set(protocol.HeaderLength, strconv.FormatInt(size, 10))
		b, err := s.send(s.http, q, g, protocol.MaxJSON)
		if broken.err != nil {
			return broken.err // not the line: our own file
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &a); err != nil {
			return strange(err)
		}
		return nil
	})
	return a, err
}

// remember keeps a reader's own error apart from the line's.
type remember struct {
	r   io.Reader
	err error
}

func (m *remember) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

// fetchFiles gets small copies, signatures and documents that entries name and
// that are not here. Originals are fetched when somebody wants to see one.
func (s *session) fetchFiles() error {
	all, err := s.store.FilesMissing(s.ctx, manyFiles)
	if err != nil {
		return err
	}
	var files []store.File
	for _, f := range all {
		if !f.Original {
			files = append(files, f)
		}
	}
	return s.fetch(files, s.fetchFile)
}

// fetch gets those of the files that the server has, each by get.
func (s *session) fetch(files []store.File, get func(*travel, store.File) error) error {
	if len(files) == 0 {
		return nil
	}
	s.enter(Downloading)
	missing, _, err := s.have(files)
	if err != nil {
		return err
	}
	s.report(func(p *Progress) {
		for _, f := range files {
			if _, lacks := missing[f.Digest]; !lacks {
				p.FilesTotal++
				p.BytesTotal += f.Size
			}
		}
	})
	t := s.travel()
	for _, f := range files {
		if _, lacks := missing[f.Digest]; lacks {
			continue // the colleague's laptop has not sent it yet
		}
		if !t.start(f, func() error {
			err := get(t, f)
			if record.CodeOf(err) == record.NotFound {
				return nil // not for us to read
			}
			if err == nil {
				t.count(func() { s.result.FilesReceived++ })
			}
			return err
		}) {
			break
		}
	}
	return t.end()
}

// fetchFile gets one file, going on where an earlier try ended.
func (s *session) fetchFile(t *travel, f store.File) error {
	broken := 0
	err := s.try(func() error {
		for {
			err := s.fetchRest(t, f)
			if c := record.CodeOf(err); c != record.Broken && c != record.Conflict || broken > 0 {
				return err
			}
			broken++ // what was left of an earlier try may have been wrong or torn: once more from where it is good
		}
	}, nil)
	if err != nil {
		return err
	}
	return t.receipt(f.File, s.now().Add(-s.result.Skew).UnixMilli(), true) // it came from there
}

func (s *session) fetchRest(t *travel, f store.File) error {
	at, err := s.files.Part(f.Digest)
	if err != nil {
		return err
	}
	if at < f.Size || f.Size == 0 {
		if err := s.fetchFrom(t, f, at); err != nil {
			return err
		}
	}
	_, err = s.files.Finish(f.Digest)
	return err
}

func (s *session) fetchFrom(t *travel, f store.File, at int64) error {
	return s.authorized(func(token string) error {
		ctx, g, done := s.guarded(s.ctx)
		defer done()
		to := s.remote.URL + protocol.PathFile + string(f.Digest)
		if f.Inspection != "" {
			to += "?" + protocol.QueryInspection + "=" + url.QueryEscape(string(f.Inspection))
		}
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", "Bearer "+token)
		if at > 0 {
			q.Header.Set("Range", fmt.Sprintf("bytes=%d-", at))
		}
		resp, err := s.open(s.http, q, g)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if at > 0 && resp.StatusCode != http.StatusPartialContent {
			return strange(errors.New("client: the server sent the whole file for a range"))
		}
		body, begun := &remember{r: resp.Body}, time.Now()
		end, err := s.files.Append(ctx, f.File, at, &moving{body, g, func(n int) { t.report(func(p *Progress) { p.Bytes += int64(n) }) }})
		if body.err != nil {
			return lineFault(q, body.err)
		}
		if err != nil {
			return err
		}
		if end < f.Size {
			return lineFault(q, io.ErrUnexpectedEOF)
		}
		t.carried(end-at, time.Since(begun))
		return nil
	})
}

// Fetch gets one file that entries name: an original somebody wants to see. It
// is not an error when it is here already; record.NotFound says that the server
// does not have it yet.
func (c *Client) Fetch(ctx context.Context, inspection record.ID, d record.Hash, progress func(Progress)) error {
	f, err := c.store.NamedFile(ctx, d)
	if err != nil || f.Here {
		return err
	}
	f.Inspection = inspection // several may name it; this one is ours to read
	r, ok, err := c.store.Remote(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return &record.Error{Code: record.NotFound, Message: "sync.not_enrolled"}
	}
	s, err := c.session(ctx, r, progress)
	if err != nil {
		return err
	}
	s.enter(Downloading)
	s.report(func(p *Progress) { p.FilesTotal, p.BytesTotal = 1, f.Size })
	t := s.travel()
	err = s.fetchFile(t, f)
	if e := t.end(); err == nil {
		err = e
	}
	return err
}
