package synctest

import (
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Line is a TCP line to an office. It counts bytes, and can be cut.
type Line struct {
	URL      string
	Up, Down atomic.Int64 // bytes from the laptop, to the laptop
	Cuts     atomic.Int64 // how often it was cut
	Polite   atomic.Bool  // a cut ends the connection instead of resetting it; what has passed can still be read

	to    []string
	next  atomic.Int64
	left  atomic.Int64 // bytes until the next cut, both directions; below 0 none is due
	up    atomic.Int64 // … from the laptop alone
	down  atomic.Int64 // … to the laptop alone
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// NewLine makes a line to a server; it ends with the test. With several servers
// each new connection goes to the next of them, as behind a load balancer.
func NewLine(t testing.TB, to ...string) *Line {
	t.Helper()
	l := &Line{conns: map[net.Conn]bool{}}
	scheme := ""
	for _, each := range to {
		u, err := url.Parse(each)
		if err != nil {
			t.Fatal(err)
		}
		scheme, l.to = u.Scheme, append(l.to, u.Host)
	}
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.URL = scheme + "://" + in.Addr().String()
	for _, n := range []*atomic.Int64{&l.left, &l.up, &l.down} {
		n.Store(-1)
	}
	t.Cleanup(func() { in.Close(); l.Hang() })
	go func() {
		for {
			c, err := in.Accept()
			if err != nil {
				return
			}
			go l.carry(c)
		}
	}()
	return l
}

// CutAfter cuts the line once, after so many more bytes in either direction.
func (l *Line) CutAfter(n int64) { l.left.Store(n) }

// CutUpAfter cuts the line once, after so many more bytes from the laptop.
func (l *Line) CutUpAfter(n int64) { l.up.Store(n) }

// CutDownAfter cuts the line once, after so many more bytes to the laptop.
func (l *Line) CutDownAfter(n int64) { l.down.Store(n) }

// Hang cuts all connections now.
func (l *Line) Hang() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if t, ok := c.(*net.TCPConn); ok && !l.Polite.Load() {
			t.SetLinger(0)
		}
		c.Close()
	}
	clear(l.conns)
}

func (l *Line) carry(in net.Conn) {
	out, err := net.Dial("tcp", l.to[int(l.next.Add(1))%len(l.to)])
	if err != nil {
		in.Close()
		return
	}
	l.mu.Lock()
	l.conns[in], l.conns[out] = true, true
	l.mu.Unlock()
	go l.pipe(in, out, &l.Up, &l.up)
	l.pipe(out, in, &l.Down, &l.down)
}

func (l *Line) pipe(from, to net.Conn, count, way *atomic.Int64) {
	defer func() {
		l.mu.Lock()
		delete(l.conns, from)
		l.mu.Unlock()
		from.Close()
		to.Close()
	}()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		due := false
		for _, left := range []*atomic.Int64{&l.left, way} {
			if is := left.Load(); is >= 0 && n > 0 {
				if rest := left.Add(-int64(n)); rest < 0 && rest+int64(n) >= 0 {
					n, due = int(rest)+n, true
				}
			}
		}
		if n > 0 {
			count.Add(int64(n))
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if due {
			l.Cuts.Add(1)
			for _, left := range []*atomic.Int64{&l.left, way} {
				left.Store(-1)
			}
			l.Hang()
			return
		}
		if err != nil {
			return
		}
	}
}

// Reset sets the counters to 0.
func (l *Line) Reset() { l.Up.Store(0); l.Down.Store(0) }
