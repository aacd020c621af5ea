package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// stall is how long a line may stand still in the middle of a request. A slow
// line is no reason to hang up; a dead one is.
const stall = 60 * time.Second

// NewHTTPServer gives an http.Server with the time limits that suit slow lines
// and do not let idle ones pile up.
func NewHTTPServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 20 * time.Second, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 16 << 10}
}

// authorized lets in who shows a good token of an enrolled device.
func (s *Server) authorized(h func(http.ResponseWriter, *http.Request, account.Device)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			s.fail(w, r, account.ErrToken)
			return
		}
		d, err := s.accounts.Bearer(r.Context(), token)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if rec, ok := w.(*recorder); ok {
			rec.device = d.ID
		}
		h(w, r, d)
	}
}

// body reads a whole request. Memory for requests is rationed: who comes when it
// is used up waits. done gives the ration back.
func (s *Server) body(w http.ResponseWriter, r *http.Request, limit int64) (b []byte, done func(), err error) {
	if r.ContentLength > limit {
		return nil, nil, tooLarge(limit)
	}
	ration := limit
	if r.ContentLength >= 0 {
		ration = r.ContentLength
	}
	if err := s.bodies.take(r.Context(), ration); err != nil {
		return nil, nil, err
	}
	done = func() { s.bodies.give(ration) }
	b, err = readAll(http.MaxBytesReader(w, s.patient(w, r), limit), r.ContentLength)
	if err != nil {
		done()
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, nil, tooLarge(limit)
		}
		return nil, nil, &record.Error{Code: record.Broken, Message: "sync.message_broken", Err: err}
	}
	s.count.in.Add(int64(len(b)))
	return b, done, nil
}

func readAll(r io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		return io.ReadAll(r)
	}
	b := make([]byte, length)
	_, err := io.ReadFull(r, b)
	return b, err
}

// tooLarge is the fault of a message of more than limit bytes.
func tooLarge(limit int64) error {
	return &record.Error{Code: record.TooLarge, Message: "sync.message_too_large", Args: map[string]any{"limit": limit >> 20}}
}

func (s *Server) readJSON(w http.ResponseWriter, r *http.Request, v any, limit int64) error {
	b, done, err := s.body(w, r, limit)
	if err != nil {
		return err
	}
	defer done()
	if err := json.Unmarshal(b, v); err != nil {
		return &record.Error{Code: record.Broken, Message: "sync.message_broken", Err: err}
	}
	return nil
}

// patient reads a request's body and gives it more time as long as bytes come.
func (s *Server) patient(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	return &patientReader{r.Body, http.NewResponseController(w), time.Time{}}
}

type patientReader struct {
	io.ReadCloser
	control *http.ResponseController
	until   time.Time
}

func (p *patientReader) Read(b []byte) (int, error) {
	if now := time.Now(); p.until.Sub(now) < stall/2 {
		p.until = now.Add(stall)
		p.control.SetReadDeadline(p.until) // not every connection can; then there is none
	}
	return p.ReadCloser.Read(b)
}

// patientWriter does the same for an answer.
func (s *Server) patientWriter(w http.ResponseWriter) http.ResponseWriter {
	return &patientResponse{w, http.NewResponseController(w), time.Time{}}
}

type patientResponse struct {
	http.ResponseWriter
	control *http.ResponseController
	until   time.Time
}

func (p *patientResponse) Write(b []byte) (int, error) {
	if now := time.Now(); p.until.Sub(now) < stall/2 {
		p.until = now.Add(stall)
		p.control.SetWriteDeadline(p.until)
	}
	return p.ResponseWriter.Write(b)
}

// write sends an answer in pieces, each of which has its time.
func (s *Server) write(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	out := s.patientWriter(w)
	for len(b) > 0 {
		n := min(len(b), 256<<10)
		if _, err := out.Write(b[:n]); err != nil {
			return // the other side is gone and will ask again
		}
		b = b[n:]
	}
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.log.Error("write answer", "err", err)
		status, b = http.StatusInternalServerError, []byte(`{"code":"","message":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b)
}

// detached is the request's context for what must be finished although the
// line broke.
func detached(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) }

// statusOf maps the kinds of faults to HTTP.
var statusOf = map[record.Code]int{
	record.Invalid: http.StatusBadRequest, record.NotFound: http.StatusNotFound, record.Conflict: http.StatusConflict,
	record.Forbidden: http.StatusForbidden, record.Sealed: http.StatusConflict, record.Full: http.StatusInsufficientStorage,
	record.ReadOnly: http.StatusServiceUnavailable, record.Newer: http.StatusUpgradeRequired, record.Broken: http.StatusUnprocessableEntity,
	record.Busy: http.StatusServiceUnavailable, record.TooLarge: http.StatusRequestEntityTooLarge,
}

// fail sends an error. What no person can mend is logged whole and told as
// "internal" only.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *record.Error
	if store.NoRoom(err) && !errors.As(err, &e) {
		err = &record.Error{Code: record.Full, Message: "sync.server_full", Err: err}
	}
	if !errors.As(err, &e) {
		if r.Context().Err() == nil {
			s.log.Error("request failed", "path", r.URL.Path, "err", err)
		}
		s.count.faults.Add(1)
		s.writeJSON(w, http.StatusInternalServerError, protocol.Fault{Message: "internal"})
		return
	}
	message := e.Message
	if e.Code == record.Full && message != "file.store_full" {
		message = "sync.server_full" // our disk, not that of whoever reads it
	}
	status := statusOf[e.Code]
	switch {
	case e == account.ErrToken:
		status = http.StatusUnauthorized
	case e.Message == "enrol.too_many_tries":
		status = http.StatusTooManyRequests
		if minutes, ok := e.Args["minutes"].(int); ok {
			w.Header().Set("Retry-After", strconv.Itoa(60*minutes))
		}
	case status == 0:
		status = http.StatusInternalServerError
	}
	if e.Err != nil || e.Code == record.Full {
		s.log.Warn("request refused", "path", r.URL.Path, "err", err)
	}
	s.writeJSON(w, status, protocol.Fault{Code: e.Code, Message: message, Args: e.Args})
}

// logged writes one line for each request and survives a panic.
func (s *Server) logged(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if x := recover(); x != nil {
				if x == http.ErrAbortHandler {
					panic(x)
				}
				s.log.Error("panic", "path", r.URL.Path, "panic", fmt.Sprint(x), "stack", string(debug.Stack()))
				s.count.faults.Add(1)
				if !rec.wrote {
					s.writeJSON(rec, http.StatusInternalServerError, protocol.Fault{Message: "internal"})
				}
			}
			s.count.request(r, rec.status)
			s.count.out.Add(rec.bytes)
			s.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", rec.status, "bytes", rec.bytes,
				"ms", time.Since(begun).Milliseconds(), "device", string(rec.device), "from", address(r))
		}()
		h.ServeHTTP(rec, r)
	})
}

// address is where a request comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	wrote  bool
	device record.ID
}

func (r *recorder) WriteHeader(status int) {
	r.status, r.wrote = status, true
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (p *patientResponse) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// budget rations bytes.
type budget struct {
	mu   sync.Mutex
	free int64
	wait chan struct{} // closed whenever something was given back
}

func newBudget(n int64) *budget { return &budget{free: n, wait: make(chan struct{})} }

func (b *budget) take(ctx context.Context, n int64) error {
	for {
		b.mu.Lock()
		if b.free >= n {
			b.free -= n
			b.mu.Unlock()
			return nil
		}
		wait := b.wait
		b.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	b.free += n
	close(b.wait)
	b.wait = make(chan struct{})
	b.mu.Unlock()
}
