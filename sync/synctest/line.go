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
	Polite   bool         // a cut ends the connection instead of resetting it; what has passed can still be read

	to    string
	left  atomic.Int64 // bytes until the next cut, both directions; below 0 none is due
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// NewLine makes a line to a server; it ends with the test.
func NewLine(t testing.TB, to string) *Line {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{URL: u.Scheme + "://" + in.Addr().String(), to: u.Host, conns: map[net.Conn]bool{}}
	l.left.Store(-1)
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

// Hang cuts all connections now.
func (l *Line) Hang() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if t, ok := c.(*net.TCPConn); ok && !l.Polite {
			t.SetLinger(0)
		}
		c.Close()
	}
	clear(l.conns)
}

func (l *Line) carry(in net.Conn) {
	out, err := net.Dial("tcp", l.to)
	if err != nil {
		in.Close()
		return
	}
	l.mu.Lock()
	l.conns[in], l.conns[out] = true, true
	l.mu.Unlock()
	go l.pipe(in, out, &l.Up)
	l.pipe(out, in, &l.Down)
}

func (l *Line) pipe(from, to net.Conn, count *atomic.Int64) {
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
		if left := l.left.Load(); left >= 0 && n > 0 {
			if rest := l.left.Add(-int64(n)); rest < 0 && rest+int64(n) >= 0 {
				n, due = int(rest)+n, true
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
			l.left.Store(-1)
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
