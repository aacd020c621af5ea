package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// have says which of many files are not here.
func (s *Server) have(w http.ResponseWriter, r *http.Request, _ account.Device) {
	var q protocol.HaveRequest
	if err := s.readJSON(w, r, &q, protocol.MaxHave*100); err != nil {
		s.fail(w, r, err)
		return
	}
	a, err := s.haves(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeJSON(w, http.StatusOK, a)
}

// haves says which of the files are not here, and how much of each has arrived.
func (s *Server) haves(ctx context.Context, q protocol.HaveRequest) (protocol.HaveAnswer, error) {
	a := protocol.HaveAnswer{Missing: []protocol.MissingFile{}, Of: protocol.ListOf(q.Files)}
	if len(q.Files) > protocol.MaxHave {
		return a, &record.Error{Code: record.TooLarge, Message: "sync.too_many_entries", Args: map[string]any{"limit": protocol.MaxHave}}
	}
	// A bucket takes a millisecond or more for each; a folder does not mind.
	missing, failed := make([]*protocol.MissingFile, len(q.Files)), make([]error, len(q.Files))
	var all sync.WaitGroup
	places := make(chan struct{}, 16)
	for n, d := range q.Files {
		places <- struct{}{}
		all.Go(func() {
			missing[n], failed[n] = s.lacks(ctx, d)
			<-places
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return a, failed[slices.IndexFunc(failed, func(err error) bool { return err != nil })]
	}
	for _, m := range missing {
		if m != nil {
			a.Missing = append(a.Missing, *m)
		}
	}
	a.Time = s.now().UnixMilli()
	return a, nil
}

// lacks tells how much of a file has arrived; nil when all of it is here.
func (s *Server) lacks(ctx context.Context, d record.Hash) (*protocol.MissingFile, error) {
	size, err := s.files.Size(d)
	if err == nil {
		// A crash may have come between the file and its row.
		if _, here, e := s.store.NamedBy(ctx, d); e == nil && !here {
			err = s.haveFile(record.File{Digest: d, Size: size})
		}
		if err == nil {
			return nil, nil
		}
	}
	if gone, err := s.store.IsDestroyed(ctx, d); gone || err != nil {
		return nil, err // never missing again
	}
	offset, err := s.files.Part(d)
	return &protocol.MissingFile{Digest: d, Offset: offset}, err
}

// noting gathers files that have just come, so that those of one moment wait
// for the database once.
type noting struct {
	mu   sync.Mutex
	next *notes // not yet begun; nil when nothing waits
	busy bool
}

type notes struct {
	files []record.File
	done  chan struct{}
	err   error // read after done
}

// haveFile notes that a file's bytes are here; it returns when that is durable.
func (s *Server) haveFile(f record.File) error {
	n := &s.noting
	n.mu.Lock()
	if n.next == nil {
		n.next = &notes{done: make(chan struct{})}
	}
	mine := n.next
	mine.files = append(mine.files, f)
	if !n.busy {
		n.busy = true
		go s.note()
	}
	n.mu.Unlock()
	<-mine.done
	return mine.err
}

// note writes what waits, until nothing does.
func (s *Server) note() {
	n := &s.noting
	for {
		n.mu.Lock()
		now := n.next
		n.next, n.busy = nil, now != nil
		n.mu.Unlock()
		if now == nil {
			return
		}
		// Whoever sent them may hang up: the files have come all the same.
		now.err = s.store.HaveFiles(context.Background(), now.files)
		close(now.done)
	}
}

// offset says how much of a file is here.
func (s *Server) offset(w http.ResponseWriter, r *http.Request, _ account.Device) {
	d := record.Hash(r.PathValue("digest"))
	if size, err := s.files.Size(d); err == nil {
		w.Header().Set(protocol.HeaderLength, strconv.FormatInt(size, 10))
		w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(size, 10))
		return
	}
	at, err := s.files.Part(d)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(at, 10))
}

// piece takes the next bytes of a file. What it acknowledges is on the disk;
// with the last piece the whole file is, checked, under its name.
func (s *Server) piece(w http.ResponseWriter, r *http.Request, d account.Device) {
	if err := mayWrite(d); err != nil {
		s.fail(w, r, err)
		return
	}
	f := record.File{Digest: record.Hash(r.PathValue("digest"))}
	var err, err2 error
	f.Size, err = strconv.ParseInt(r.Header.Get(protocol.HeaderLength), 10, 64)
	offset, err2 := strconv.ParseInt(r.Header.Get(protocol.HeaderOffset), 10, 64)
	if err = errors.Join(err, err2); err != nil || f.Size < 0 || offset < 0 || offset > f.Size {
		s.fail(w, r, &record.Error{Code: record.Invalid, Message: "sync.message_broken", Err: err})
		return
	}
	// What has arrived must be kept although the line breaks under way.
	at, receipt, err := s.takePiece(detached(r), f, offset, http.MaxBytesReader(w, s.patient(w, r), protocol.MaxPiece))
	if big := new(http.MaxBytesError); errors.As(err, &big) {
		err = tooLarge(protocol.MaxPiece)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(at, 10))
	s.writeJSON(w, http.StatusOK, protocol.FileAnswer{Offset: at, Receipt: receipt})
}

// takePiece puts the next bytes of a file on the disk. With the last of them
// the file gets its name, and the receipt is not 0.
func (s *Server) takePiece(ctx context.Context, f record.File, offset int64, r io.Reader) (at, receipt int64, err error) {
	if f.Size > protocol.MaxFile {
		return 0, 0, &record.Error{Code: record.TooLarge, Message: "file.too_large", Args: map[string]any{"limit": protocol.MaxFile >> 20}}
	}
	if err := s.refuseDestroyed(ctx, f.Digest); err != nil {
		return 0, 0, err
	}
	if at, err = s.files.Append(ctx, f, offset, r); err != nil || at < f.Size {
		return at, 0, err
	}
	if f, err = s.files.Finish(f.Digest); err == nil {
		err = s.haveFile(f)
	}
	if err != nil {
		return at, 0, err
	}
	// Two persons may have had it destroyed while it arrived.
	if err := s.refuseDestroyed(ctx, f.Digest); err != nil {
		if record.CodeOf(err) == record.Forbidden {
			err = errors.Join(err, s.files.Drop(ctx, f.Digest))
		}
		return at, 0, err
	}
	s.count.files.Add(1)
	return at, s.now().UnixMilli(), nil
}

// refuseDestroyed keeps a file out that two persons had destroyed.
func (s *Server) refuseDestroyed(ctx context.Context, d record.Hash) error {
	gone, err := s.store.IsDestroyed(ctx, d)
	if err == nil && gone {
		err = &record.Error{Code: record.Forbidden, Message: "file.destroyed", Args: map[string]any{"file": d.Short()}}
	}
	return err
}

// download sends a file, or a range of it, to a device of an authority one of
// whose inspections names it.
func (s *Server) download(w http.ResponseWriter, r *http.Request, d account.Device) {
	digest := record.Hash(r.PathValue("digest"))
	ok, err := s.mayFetchFor(r.Context(), d, digest, record.ID(r.URL.Query().Get(protocol.QueryInspection)))
	if err == nil && !ok {
		err = &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": digest.Short()}}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f, err := s.OpenFile(r.Context(), digest)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", `"`+string(digest)+`"`)
	http.ServeContent(s.patientWriter(w), r, "", time.Time{}, f)
}

// mayFetchFor is mayFetch for a device that says which inspection names the
// file for it: the one we know may be another authority's, for whom somebody
// attached the same bytes before.
func (s *Server) mayFetchFor(ctx context.Context, d account.Device, digest record.Hash, inspection record.ID) (bool, error) {
	ok, err := s.mayFetch(ctx, d, digest)
	if err != nil || ok || inspection == "" {
		return ok, err
	}
	if ok, err = s.mayRead(ctx, d, inspection); err != nil || !ok {
		return false, err
	}
	i, err := s.store.Inspection(ctx, inspection)
	if record.CodeOf(err) == record.NotFound {
		return false, nil
	}
	named := slices.ContainsFunc(i.Evidence, func(e record.Evidence) bool { return e.Digest == digest || e.Small == digest }) ||
		slices.ContainsFunc(i.Signatures, func(g record.Signature) bool { return g.Image == digest })
	return named, err
}

func (s *Server) mayFetch(ctx context.Context, d account.Device, digest record.Hash) (bool, error) {
	inspection, _, err := s.store.NamedBy(ctx, digest)
	if err != nil || inspection == "" {
		return false, err
	}
	return s.mayRead(ctx, d, inspection)
}

// mayRead tells whether an inspection is the device's authority's; a server
// above may read all.
func (s *Server) mayRead(ctx context.Context, d account.Device, inspection record.ID) (bool, error) {
	if d.Wide {
		return true, nil
	}
	authority, device, err := s.store.AuthorityOf(ctx, inspection)
	if err != nil || device == "" {
		return false, err
	}
	if authority == "" { // written before its device was enrolled
		return s.accounts.WroteUnder(ctx, device, d.Authority)
	}
	return authority == d.Authority, nil
}
