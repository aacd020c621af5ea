package server

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// counters are what /metrics shows.
type counters struct {
	stored, known, refused, pulled, files, bundles, enrolled, faults, in, out atomic.Int64

	mu       sync.Mutex
	requests map[string]int64 // by route and status
}

func (c *counters) entries(p protocol.Pushed) {
	c.stored.Add(int64(p.Stored))
	c.known.Add(int64(p.Known))
	c.refused.Add(int64(len(p.Refused)))
}

func (c *counters) request(r *http.Request, status int) {
	route := r.Pattern // not the path: strangers must not make labels
	if _, after, ok := strings.Cut(route, " "); ok {
		route = after
	}
	key := fmt.Sprintf(`path=%q,status="%d"`, route, status)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests == nil {
		c.requests = map[string]int64{}
	}
	c.requests[key]++
}

// health says that the server can read its database.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if _, err := s.store.Tip(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeJSON(w, http.StatusOK, map[string]any{"ok": true, "version": s.version, "sample": s.sample})
}

// fromHere tells whether a request was made on this machine, and not passed on
// by a gateway that runs here.
func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

// metrics gives the counters as Prometheus reads them, on this machine only:
// how much an office works is not for everybody on the network.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		s.fail(w, r, &record.Error{Code: record.NotFound, Message: "sync.no_such_path"})
		return
	}
	tip, err := s.store.Tip(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var b strings.Builder
	metric := func(name, kind, help string, v int64) {
		fmt.Fprintf(&b, "# HELP plumbline_%s %s\n# TYPE plumbline_%s %s\nplumbline_%s %d\n", name, help, name, kind, name, v)
	}
	c := &s.count
	metric("entries_stored_total", "counter", "journal entries stored", c.stored.Load())
	metric("entries_known_total", "counter", "entries that were here already", c.known.Load())
	metric("entries_refused_total", "counter", "entries that went to quarantine", c.refused.Load())
	metric("entries_pulled_total", "counter", "entries sent to devices", c.pulled.Load())
	metric("files_received_total", "counter", "files received whole", c.files.Load())
	metric("bundles_read_total", "counter", "parts of bundles read", c.bundles.Load())
	metric("devices_enrolled_total", "counter", "devices enrolled since the start", c.enrolled.Load())
	metric("faults_total", "counter", "requests that failed inside", c.faults.Load())
	metric("received_bytes_total", "counter", "bytes of requests", c.in.Load())
	metric("sent_bytes_total", "counter", "bytes of answers", c.out.Load())
	metric("feed_position", "gauge", "position of the last entry", tip)
	if err := s.linkMetrics(r.Context(), &b); err != nil {
		s.fail(w, r, err)
		return
	}
	fmt.Fprint(&b, "# HELP plumbline_requests_total requests by path and status\n# TYPE plumbline_requests_total counter\n")
	c.mu.Lock()
	lines := make([]string, 0, len(c.requests))
	for key, n := range c.requests {
		lines = append(lines, fmt.Sprintf("plumbline_requests_total{%s} %d\n", key, n))
	}
	c.mu.Unlock()
	slices.Sort(lines)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	w.Write([]byte(b.String() + strings.Join(lines, "")))
}
