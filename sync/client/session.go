package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

// session is one Sync.
type session struct {
	*Client
	ctx       context.Context
	remote    store.Remote
	http      *http.Client
	key       ed25519.PrivateKey
	server    ed25519.PublicKey
	tell      func(Progress)
	progress  Progress
	result    Result
	water     map[journal.Chain]journal.Head // what the server has of our chains
	directory protocol.Directory
	forked    map[journal.Chain]bool // of which other entries stand elsewhere in the place of these
	anew      bool                   // the server was restored, and we have not yet brought back what it lacks
	begun     bool                   // the server has answered; written before other goroutines start
	more      bool                   // the feed goes on after our cursor
	whole     bool                   // we are pulling from the beginning because of a gap
	tip       int64
	size      int // bytes before compression that a push may have
	pull      int // … and a pull
}

const (
	// About four times what goes over the wire: 64 KiB at first, 1 MiB at most.
	firstSize = 256 << 10
	leastSize = 8 << 10
	mostSize  = 4 << 20
)

const pause = 500 * time.Millisecond

func (c *Client) session(ctx context.Context, r store.Remote, tell func(Progress)) (*session, error) {
	s := &session{Client: c, ctx: ctx, remote: r, tell: tell, water: map[journal.Chain]journal.Head{}, forked: map[journal.Chain]bool{}, size: firstSize, pull: firstSize}
	var err error
	if s.key, err = c.key(); err != nil {
		return nil, err
	}
	if s.server, err = journal.ParsePublic(r.ServerKey); err != nil {
		return nil, err
	}
	if s.directory, err = c.Directory(ctx); err != nil {
		return nil, err
	}
	refill, err := c.store.Setting(ctx, settingRefill)
	if err != nil {
		return nil, err
	}
	s.anew = refill == r.Server && refill != ""
	s.http, err = c.connection(ctx, r)
	return s, err
}

// connection gives the HTTP client for a server, the same one from sync to sync.
func (c *Client) connection(ctx context.Context, r store.Remote) (*http.Client, error) {
	ca, err := c.store.Setting(ctx, c.prefix+settingCA)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http == nil || c.http4 != r.URL+"\n"+ca {
		if c.http != nil {
			c.http.CloseIdleConnections()
		}
		c.pin = &pinned{ca: ca}
		c.http, c.http4, c.token = visitor(c.transport(c.pin.config())), r.URL+"\n"+ca, ""
	}
	return c.http, nil
}

// keepSuccessor pins the certificate authority that took the place of the one
// we knew. The server has answered with its own key's signature by then.
func (c *Client) keepSuccessor(ctx context.Context, r store.Remote) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pin == nil {
		return nil
	}
	next := c.pin.successor()
	if next == "" || c.http4 == r.URL+"\n"+next {
		return nil
	}
	if err := c.store.SetSetting(ctx, c.prefix+settingCA, next); err != nil {
		return err
	}
	// The connection stays: it was checked against this very authority.
	c.http4 = r.URL + "\n" + next
	return nil
}

// bearer gives a token that is good for a while.
func (s *session) bearer() (string, error) {
	s.mu.Lock()
	token, until := s.token, s.until
	s.mu.Unlock()
	if token != "" && s.now().Before(until) && until.Sub(s.now()) < 24*time.Hour {
		return token, nil
	}
	device := s.store.Self().Device
	var a protocol.TokenAnswer
	if err := s.post(s.ctx, s.http, s.remote.URL+protocol.PathToken, protocol.TokenRequest{Device: device}, &a); err != nil {
		return "", err
	}
	certificate, err := s.certificate(s.ctx)
	if err != nil {
		return "", err
	}
	server := record.ID(s.remote.Server)
	q := protocol.TokenRequest{Device: device, Challenge: a.Challenge, Nonce: make([]byte, 16), Certificate: certificate,
		Signature: ed25519.Sign(s.key, protocol.TokenStatement(server, device, a.Challenge))}
	rand.Read(q.Nonce)
	a = protocol.TokenAnswer{}
	if err := s.post(s.ctx, s.http, s.remote.URL+protocol.PathToken, q, &a); err != nil {
		return "", err
	}
	if !ed25519.Verify(s.server, protocol.ServerStatement(server, device, q.Nonce, a.Token), a.Proof) {
		return "", &record.Error{Code: record.Forbidden, Message: "sync.wrong_server", Args: map[string]any{"server": s.remote.URL}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// By how long it lasts, not by the server's clock: ours may be years off.
	s.token, s.until = a.Token, s.now().Add(time.Duration(a.Expires-a.Time)*time.Millisecond*9/10)
	return s.token, nil
}

func (s *session) dropToken() {
	s.mu.Lock()
	s.token = ""
	s.mu.Unlock()
}

// authorized does f with a token, and once more with a new one if need be.
func (s *session) authorized(f func(token string) error) error {
	for again := false; ; again = true {
		token, err := s.bearer()
		if err != nil {
			return err
		}
		if err = f(token); !errors.Is(err, errToken) {
			return err
		}
		if again {
			return &record.Error{Code: record.Forbidden, Message: "sync.token"}
		}
		s.dropToken()
	}
}

// try does f until it succeeds, fails for good, or has failed on the line too
// often in a row. failed, which may be nil, is told of each failure. A server
// that was never reached in this sync is offline: nobody should wait for that.
func (s *session) try(f func() error, failed func() error) error {
	for n := 0; ; n++ {
		err := f()
		var t *transient
		if err == nil || !errors.As(err, &t) {
			return err
		}
		if n+1 >= s.tries || t.dial && !s.begun {
			return t.err
		}
		// With jitter, so that a hundred laptops do not come back in one moment.
		wait := pause << n
		if s.Pause > 0 {
			wait = s.Pause << n
		}
		wait = wait/2 + time.Duration(mrand.Int64N(int64(wait/2)+1))
		if err := sleep(s.ctx, min(wait, 30*time.Second)); err != nil {
			return err
		}
		if failed != nil {
			if err := failed(); err != nil {
				return err
			}
		}
	}
}

// exchange sends one message and reads the answer.
func (s *session) exchange(path string, q protocol.Request, entries []journal.Entry) (protocol.Answer, []journal.Entry, error) {
	b, err := protocol.AppendMessage(nil, q, entries)
	if err != nil {
		return protocol.Answer{}, nil, err
	}
	return s.exchangeBytes(path, b)
}

func (s *session) exchangeBytes(path string, b []byte) (a protocol.Answer, entries []journal.Entry, err error) {
	err = s.authorized(func(token string) error {
		ctx, g, done := s.guarded(s.ctx)
		defer done()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.remote.URL+path, &moving{bytes.NewReader(b), g, nil})
		if err != nil {
			return err
		}
		r.ContentLength = int64(len(b))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
		r.Header.Set("Content-Type", protocol.MediaType)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := s.send(s.http, r, g, protocol.MaxPlain)
		if err != nil {
			return err
		}
		a = protocol.Answer{}
		if entries, err = protocol.ReadMessage(answer, &a); err != nil {
			return strange(err)
		}
		return nil
	})
	return a, entries, err
}

// heard notes that the server answered, and how far the two clocks are apart.
func (s *session) heard(at int64) {
	now := s.now()
	s.remote.Contact = now.UnixMilli()
	s.result.Skew = now.Sub(time.UnixMilli(at))
	if minutes := int(s.result.Skew.Abs().Minutes()); minutes >= 5 && !s.begun {
		s.result.warn("sync.clock", map[string]any{"minutes": minutes})
	}
	s.begun = true
}
