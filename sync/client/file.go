package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"context"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

const (
	firstPiece = 256 << 10
	leastPiece = 64 << 10 // the server keeps whole chunks of that size
	mostPiece  = 1 << 20
	manyFiles  = 20_000
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
		for _, m := range a.Missing {
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
	piece := firstPiece
	for _, f := range files {
		offset, lacks := missing[f.Digest]
		receipt := at
		if lacks {
			if receipt, err = s.sendFile(f, offset, &piece); err != nil {
				if c := record.CodeOf(err); c != record.NotFound && c != record.Broken {
					return err
				}
				// Its bytes are gone or broken on this disk: the others must not wait for it.
				s.result.FilesLost++
				s.result.warn("sync.file_lost", map[string]any{"file": f.Digest.Short()})
				continue
			}
			s.result.FilesSent++
		} else {
			s.report(func(p *Progress) { p.Bytes += f.Size })
		}
		if err := s.store.Receipt(s.ctx, f.Digest, receipt); err != nil {
			return err
		}
		s.report(func(p *Progress) { p.Files++ })
	}
	return nil
}

// sendFile sends one file from where the server's part of it ends and gives
// the receipt.
func (s *session) sendFile(f store.File, offset int64, piece *int) (receipt int64, err error) {
	r, err := s.files.Open(f.Digest)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	size := r.Size()
	stuck := 0
	s.report(func(p *Progress) { p.Bytes += offset })
	for {
		again := false
		var a protocol.FileAnswer
		err := s.try(func() error {
			if again {
				return nil
			}
			a, err = s.sendPiece(f.Digest, r, offset, min(int64(*piece), size-offset), size)
			return err
		}, func() error {
			// The line broke: part of the piece may have arrived.
			again = true
			*piece = max(leastPiece, *piece/2)
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
		s.report(func(p *Progress) { p.Bytes += a.Offset - offset })
		if a.Receipt > 0 {
			return a.Receipt, nil
		}
		if a.Offset <= offset {
			if stuck++; stuck > 10 {
				return 0, strange(fmt.Errorf("client: upload of %s stays at %d", f.Digest.Short(), a.Offset))
			}
		} else {
			stuck = 0
		}
		offset = a.Offset
		if !again {
			*piece = min(mostPiece, *piece*2)
		}
	}
}

func (s *session) sendPiece(d record.Hash, r io.ReadSeeker, offset, n, size int64) (a protocol.FileAnswer, err error) {
	err = s.authorized(func(token string) error {
		if _, err := r.Seek(offset, io.SeekStart); err != nil {
			return err
		}
		ctx, g, done := s.guarded(s.ctx)
		defer done()
		broken := &remember{r: io.LimitReader(r, n)}
		q, err := http.NewRequestWithContext(ctx, http.MethodPatch, s.remote.URL+protocol.PathFile+string(d), &moving{broken, g, nil})
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
	for _, f := range files {
		if _, lacks := missing[f.Digest]; lacks {
			continue // the colleague's laptop has not sent it yet
		}
		if err := s.fetchFile(f); err != nil {
			if record.CodeOf(err) == record.NotFound {
				continue // not for us to read
			}
			return err
		}
		s.result.FilesReceived++
		s.report(func(p *Progress) { p.Files++ })
	}
	return nil
}

// fetchFile gets one file, going on where an earlier try ended.
func (s *session) fetchFile(f store.File) error {
	broken := 0
	err := s.try(func() error {
		for {
			err := s.fetchRest(f)
			if record.CodeOf(err) != record.Broken || broken > 0 {
				return err
			}
			broken++ // what was left of an earlier try may have been wrong: once more from 0
		}
	}, nil)
	if err != nil {
		return err
	}
	if err := s.store.HaveFile(s.ctx, f.File); err != nil {
		return err
	}
	return s.store.Receipt(s.ctx, f.Digest, s.now().Add(-s.result.Skew).UnixMilli()) // it came from there
}

func (s *session) fetchRest(f store.File) error {
	at, err := s.files.Part(f.Digest)
	if err != nil {
		return err
	}
	if at < f.Size || f.Size == 0 {
		if err := s.fetchFrom(f, at); err != nil {
			return err
		}
	}
	_, err = s.files.Finish(f.Digest)
	return err
}

func (s *session) fetchFrom(f store.File, at int64) error {
	return s.authorized(func(token string) error {
		ctx, g, done := s.guarded(s.ctx)
		defer done()
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.remote.URL+protocol.PathFile+string(f.Digest), nil)
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
		body := &remember{r: resp.Body}
		end, err := s.files.Append(ctx, f.File, at, &moving{body, g, func(n int) { s.report(func(p *Progress) { p.Bytes += int64(n) }) }})
		if body.err != nil {
			return lineFault(q, body.err)
		}
		if err != nil {
			return err
		}
		if end < f.Size {
			return lineFault(q, io.ErrUnexpectedEOF)
		}
		return nil
	})
}

// Fetch gets one file that entries name: an original somebody wants to see. It
// is not an error when it is here already; record.NotFound says that the server
// does not have it yet.
func (c *Client) Fetch(ctx context.Context, inspection record.ID, d record.Hash, progress func(Progress)) error {
	files, err := c.store.FilesOf(ctx, inspection)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Digest != d {
			continue
		}
		if f.Here {
			return nil
		}
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
		return s.fetchFile(f)
	}
	return &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": d.Short()}}
}
