package server

import (
	"errors"
	"net/http"
	"strconv"
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
	if len(q.Files) > protocol.MaxHave {
		s.fail(w, r, &record.Error{Code: record.TooLarge, Message: "sync.message_too_large"})
		return
	}
	a := protocol.HaveAnswer{Missing: []protocol.MissingFile{}}
	for _, d := range q.Files {
		size, err := s.files.Size(d)
		if err == nil {
			// A crash may have come between the file and its row.
			if _, here, e := s.store.NamedBy(r.Context(), d); e == nil && !here {
				err = s.store.HaveFile(r.Context(), record.File{Digest: d, Size: size})
			}
			if err == nil {
				continue
			}
		}
		offset, err := s.files.Part(d)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		a.Missing = append(a.Missing, protocol.MissingFile{Digest: d, Offset: offset})
	}
	a.Time = s.now().UnixMilli()
	s.writeJSON(w, http.StatusOK, a)
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
func (s *Server) piece(w http.ResponseWriter, r *http.Request, _ account.Device) {
	f := record.File{Digest: record.Hash(r.PathValue("digest"))}
	var err, err2 error
	f.Size, err = strconv.ParseInt(r.Header.Get(protocol.HeaderLength), 10, 64)
	offset, err2 := strconv.ParseInt(r.Header.Get(protocol.HeaderOffset), 10, 64)
	if err = errors.Join(err, err2); err != nil || f.Size < 0 || offset < 0 || offset > f.Size {
		s.fail(w, r, &record.Error{Code: record.Invalid, Message: "sync.message_broken", Err: err})
		return
	}
	if f.Size > protocol.MaxFile {
		s.fail(w, r, &record.Error{Code: record.TooLarge, Message: "file.too_large", Args: map[string]any{"limit": protocol.MaxFile >> 20}})
		return
	}
	// What has arrived must be kept although the line breaks under way.
	at, err := s.files.Append(detached(r), f, offset, http.MaxBytesReader(w, s.patient(w, r), protocol.MaxPiece))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a := protocol.FileAnswer{Offset: at}
	if at == f.Size {
		if f, err = s.files.Finish(f.Digest); err == nil {
			err = s.store.HaveFile(detached(r), f)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		a.Receipt = s.now().UnixMilli()
		s.count.files.Add(1)
	}
	w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(at, 10))
	s.writeJSON(w, http.StatusOK, a)
}

// download sends a file, or a range of it, to a device of the authority whose
// inspection names it.
func (s *Server) download(w http.ResponseWriter, r *http.Request, d account.Device) {
	digest := record.Hash(r.PathValue("digest"))
	f, err := s.files.Open(digest)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer f.Close()
	ok, err := s.mayFetch(r, d, digest)
	if err == nil && !ok {
		err = &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": digest.Short()}}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", `"`+string(digest)+`"`)
	http.ServeContent(s.patientWriter(w), r, "", time.Time{}, f)
}

func (s *Server) mayFetch(r *http.Request, d account.Device, digest record.Hash) (bool, error) {
	inspection, _, err := s.store.NamedBy(r.Context(), digest)
	if err != nil || inspection == "" {
		return false, err
	}
	authority, device, err := s.store.AuthorityOf(r.Context(), inspection)
	if err != nil {
		return false, err
	}
	if authority == "" { // written before its device was enrolled
		return s.accounts.WroteUnder(r.Context(), device, d.Authority)
	}
	return authority == d.Authority, nil
}
