package synctest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Link is a network in memory, for tests in virtual time (testing/synctest): a
// slow line that delays and resets. It is a listener for the server; the laptop
// dials it.
type Link struct {
	Rate  int           // bytes a second in each direction
	Delay time.Duration // of every byte, one way
	Reset float64       // the share of messages in whose midst the connection is reset
	Up    atomic.Int64  // bytes the laptop sent, lost ones too
	Down  atomic.Int64
	Cuts  atomic.Int64

	mu     sync.Mutex
	random *rand.Rand
	busy   [2]time.Time // until when the line is taken, up and down; all connections share it
	dialed chan net.Conn
	closed chan struct{}
}

// NewLink makes a line; its faults follow from the random numbers.
func NewLink(random *rand.Rand) *Link {
	return &Link{Rate: 100 << 20, random: random, dialed: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept, Close and Addr make it a net.Listener.
func (l *Link) Accept() (net.Conn, error) {
	select {
	case c := <-l.dialed:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends listening.
func (l *Link) Close() error { close(l.closed); return nil }

// Addr is an address that looks like one of this machine.
func (l *Link) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8417} }

// Dial opens a connection; the way there and back is waited for.
func (l *Link) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	up, down := newHalf(), newHalf()
	laptop, server := &linkConn{l, down, up, &l.Up, &l.busy[0]}, &linkConn{l, up, down, &l.Down, &l.busy[1]}
	t := time.NewTimer(2 * l.Delay)
	defer t.Stop()
	for _, wait := range []func() error{
		func() error {
			select {
			case <-t.C:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		func() error {
			select {
			case l.dialed <- server:
				return nil
			case <-l.closed:
				return syscall.ECONNREFUSED
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	} {
		if err := wait(); err != nil {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: l.Addr(), Err: err}
		}
	}
	return laptop, nil
}

// fate tells after how many bytes of a message the connection is reset, -1 never.
func (l *Link) fate() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.random.Float64() >= l.Reset {
		return -1
	}
	return l.random.IntN(64 << 10)
}

type piece struct {
	b  []byte
	at time.Time // when it arrives
}

// half is one direction of a connection.
type half struct {
	mu       sync.Mutex
	queue    []piece
	last     time.Time // when something was sent last
	left     int       // bytes until a reset, -1 none
	err      error     // io.EOF after a close, ECONNRESET after a reset
	deadline time.Time
	wake     chan struct{}
}

func newHalf() *half { return &half{left: -1, wake: make(chan struct{}, 1)} }

func (h *half) change(f func()) {
	h.mu.Lock()
	f()
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

type linkConn struct {
	link    *Link
	in, out *half
	count   *atomic.Int64
	busy    *time.Time
}

// take takes the line for so many bytes, once there is less than a socket's
// buffer before them, and gives when they are through; else how long to wait.
func (c *linkConn) take(n int, now time.Time) (until time.Time, wait time.Duration) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if ahead := c.busy.Sub(now); ahead > time.Duration(64<<10)*time.Second/time.Duration(c.link.Rate) {
		return time.Time{}, ahead / 2
	}
	if c.busy.Before(now) {
		*c.busy = now
	}
	*c.busy = c.busy.Add(time.Duration(n) * time.Second / time.Duration(c.link.Rate))
	return *c.busy, 0
}

func (c *linkConn) Read(p []byte) (int, error) {
	for {
		c.in.mu.Lock()
		now := time.Now()
		wait := time.Duration(-1)
		switch q := c.in.queue; {
		case errors.Is(c.in.err, syscall.ECONNRESET), errors.Is(c.in.err, net.ErrClosed):
			c.in.mu.Unlock()
			return 0, &net.OpError{Op: "read", Net: "tcp", Err: c.in.err}
		case len(q) > 0 && !q[0].at.After(now):
			n := copy(p, q[0].b)
			if q[0].b = q[0].b[n:]; len(q[0].b) == 0 {
				c.in.queue = q[1:]
			}
			c.in.mu.Unlock()
			return n, nil
		case len(q) > 0:
			wait = q[0].at.Sub(now)
		case c.in.err != nil:
			c.in.mu.Unlock()
			return 0, c.in.err
		}
		if d := c.in.deadline; !d.IsZero() {
			if !d.After(now) {
				c.in.mu.Unlock()
				return 0, os.ErrDeadlineExceeded
			}
			if rest := d.Sub(now); wait < 0 || rest < wait {
				wait = rest
			}
		}
		c.in.mu.Unlock()
		if wait < 0 {
			<-c.in.wake
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-c.in.wake:
		}
		t.Stop()
	}
}

const segment = 1400

func (c *linkConn) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		c.out.mu.Lock()
		now := time.Now()
		if c.out.err != nil {
			c.out.mu.Unlock()
			return done, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
		}
		b := p[done:min(len(p), done+segment)]
		until, wait := c.take(len(b), now)
		if wait > 0 {
			c.out.mu.Unlock()
			time.Sleep(wait)
			continue
		}
		if now.Sub(c.out.last) > 100*time.Millisecond {
			c.out.left = c.link.fate() // another message begins
		}
		c.out.last = now
		c.count.Add(int64(len(b)))
		cut := c.out.left >= 0 && c.out.left < len(b)
		if c.out.left >= 0 {
			c.out.left -= len(b)
		}
		if !cut {
			c.out.queue = append(c.out.queue, piece{append([]byte(nil), b...), until.Add(c.link.Delay)})
		}
		c.out.mu.Unlock()
		if cut {
			c.link.Cuts.Add(1)
			for _, h := range []*half{c.in, c.out} {
				h.change(func() { h.err, h.queue = syscall.ECONNRESET, nil })
			}
			return done, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
		}
		select {
		case c.out.wake <- struct{}{}:
		default:
		}
		done += len(b)
	}
	return done, nil
}

func (c *linkConn) Close() error {
	c.out.change(func() {
		if c.out.err == nil {
			c.out.err = io.EOF
		}
	})
	c.in.change(func() {
		if c.in.err == nil {
			c.in.err = net.ErrClosed
		}
	})
	return nil
}

func (c *linkConn) LocalAddr() net.Addr  { return c.link.Addr() }
func (c *linkConn) RemoteAddr() net.Addr { return c.link.Addr() }

func (c *linkConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *linkConn) SetReadDeadline(t time.Time) error {
	c.in.change(func() { c.in.deadline = t })
	return nil
}

// SetWriteDeadline does nothing: a buffer always empties in the end.
func (c *linkConn) SetWriteDeadline(time.Time) error { return nil }
