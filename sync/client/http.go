package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// pinned checks a server's TLS certificate against a pinned certificate
// authority: at enrolment the one whose key the code pins, later the one that
// was kept then. Such an authority signs its own server's certificates only, so
// the name in the address proves nothing more and may change.
type pinned struct {
	pin string // of the code, at enrolment
	ca  string // PEM; filled in at enrolment

	mu   sync.Mutex
	next string // PEM of the authority that ca, or the one after it, named as its successor
}

// config gives the TLS settings; without pin and authority those of the system.
func (p *pinned) config() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.pin == "" && p.ca == "" {
		return c
	}
	c.InsecureSkipVerify = true // VerifyConnection does it
	c.VerifyConnection = p.verify
	return c
}

var errNotPinned = errors.New("client: the server's certificate is not signed by the pinned authority")

func (p *pinned) verify(s tls.ConnectionState) error {
	var root *x509.Certificate
	if p.ca != "" {
		block, _ := pem.Decode([]byte(p.ca))
		if block == nil {
			return errNotPinned
		}
		var err error
		if root, err = x509.ParseCertificate(block.Bytes); err != nil {
			return errNotPinned
		}
	} else {
		for _, c := range s.PeerCertificates {
			if c.IsCA && protocol.PinOf(c.RawSubjectPublicKeyInfo) == p.pin {
				root = c
			}
		}
		if root == nil {
			return errNotPinned
		}
	}
	// The laptop's clock may be years off, and must not lock it out of its own
	// data: the time inside the certificate's life stands in for it.
	leaf := s.PeerCertificates[0]
	at := leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2)
	by := func(root *x509.Certificate) error {
		roots := x509.NewCertPool()
		roots.AddCert(root)
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		return err
	}
	err := by(root)
	if p.ca != "" {
		// From each authority to the one it named: a laptop may have been away for
		// more than one succession.
		for n := 0; err != nil && n < len(s.PeerCertificates); n++ {
			next := successor(root, s.PeerCertificates)
			if next == nil {
				break
			}
			if root, err = next, by(next); err == nil {
				p.mu.Lock()
				p.next = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
				p.mu.Unlock()
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errNotPinned, err)
	}
	if p.ca == "" {
		p.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
	}
	return nil
}

// successor gives the authority that root has signed for another key than its
// own; nil when there is none.
func successor(root *x509.Certificate, given []*x509.Certificate) *x509.Certificate {
	for _, c := range given {
		if c.IsCA && !bytes.Equal(c.RawSubjectPublicKeyInfo, root.RawSubjectPublicKeyInfo) && c.CheckSignatureFrom(root) == nil {
			return c
		}
	}
	return nil
}

// successor gives the authority that took the place of the pinned one, "" when
// none did.
func (p *pinned) successor() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

func (c *Client) transport(t *tls.Config) *http.Transport {
	dial := c.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial,
		TLSClientConfig:       t,
		TLSHandshakeTimeout:   20 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       2 * time.Minute,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // messages are compressed, photos cannot be
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
}

// visitor gives what does requests. It follows no redirect: the server sends
// none, and a login page that does must get neither token nor journal.
func visitor(rt http.RoundTripper) *http.Client {
	return &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// guard ends a request whose line stands still.
type guard struct {
	timer *time.Timer
	stall time.Duration
}

func (g *guard) moved() { g.timer.Reset(g.stall) }

var errStalled = errors.New("client: the line stands still")

// guarded gives a context that ends when nothing moves for too long.
func (c *Client) guarded(ctx context.Context) (context.Context, *guard, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	g := &guard{stall: c.stall}
	g.timer = time.AfterFunc(c.stall, func() { cancel(errStalled) })
	return ctx, g, func() { g.timer.Stop(); cancel(nil) }
}

// moving tells the guard, and whoever counts, what passes.
type moving struct {
	r     io.Reader
	guard *guard
	count func(int)
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if n > 0 {
		m.guard.moved()
		if m.count != nil {
			m.count(n)
		}
	}
	return n, err
}

// post sends JSON and reads JSON, without a token.
func (c *Client) post(ctx context.Context, h *http.Client, to string, q, a any) error {
	return c.postWith(ctx, h, to, "", q, a)
}

func (c *Client) postWith(ctx context.Context, h *http.Client, to, token string, q, a any) error {
	b, err := json.Marshal(q)
	if err != nil {
		return err
	}
	ctx, g, done := c.guarded(ctx)
	defer done()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	body, err := c.send(h, r, g, protocol.MaxJSON*4)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, a); err != nil {
		return strange(err)
	}
	return nil
}

// send does one request and gives the whole answer, or the error it tells.
func (c *Client) send(h *http.Client, r *http.Request, g *guard, limit int64) ([]byte, error) {
	resp, err := c.open(h, r, g)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(&moving{resp.Body, g, nil}, limit+1))
	if err != nil {
		return nil, lineFault(r, err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("<")) {
		return nil, gateway(r, resp) // a page that does not say it is one
	}
	if int64(len(b)) > limit {
		return nil, strange(fmt.Errorf("client: answer of more than %d bytes", limit))
	}
	return b, nil
}

// open does one request and gives the answer when it is a good one.
func (c *Client) open(h *http.Client, r *http.Request, g *guard) (*http.Response, error) {
	r.Header.Set("User-Agent", "plumbline/1")
	if c.App != "" {
		r.Header.Set("User-Agent", c.App)
	}
	resp, err := h.Do(r)
	if err != nil {
		return nil, lineFault(r, err)
	}
	g.moved()
	page := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
	if resp.StatusCode < 300 && !page {
		return resp, nil
	}
	defer resp.Body.Close()
	if page {
		return nil, gateway(r, resp) // a login page, most likely
	}
	b, err := io.ReadAll(io.LimitReader(&moving{resp.Body, g, nil}, protocol.MaxJSON))
	if err != nil {
		return nil, lineFault(r, err)
	}
	return nil, faultOf(r, resp, b)
}

// transient is a fault that may be gone at the next try.
type transient struct {
	err  error
	dial bool // the server was not even reached
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// lineFault says what a broken line means to a person.
func lineFault(r *http.Request, err error) error {
	if cause := context.Cause(r.Context()); cause != nil && !errors.Is(cause, errStalled) {
		return cause // the person gave up, not the line
	}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	if errors.Is(err, errNotPinned) || errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid) {
		return &record.Error{Code: record.Forbidden, Message: "sync.wrong_server", Args: map[string]any{"server": r.URL.Host}, Err: err}
	}
	var op *net.OpError
	dial := errors.As(err, &op) && op.Op == "dial"
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the address is in Args
	}
	return &transient{&record.Error{Code: record.Offline, Message: "sync.offline", Args: map[string]any{"server": r.URL.Host}, Err: err}, dial}
}

// gateway says that something between us and the server answered.
func gateway(r *http.Request, resp *http.Response) error {
	return &transient{&record.Error{Code: record.Offline, Message: "sync.gateway", Args: map[string]any{"server": r.URL.Host, "status": resp.StatusCode},
		Err: fmt.Errorf("client: answer %s", resp.Status)}, false}
}

// errToken says that the server wants a new token.
var errToken = errors.New("client: the token is no longer good")

// faultOf reads the error an answer tells.
func faultOf(r *http.Request, resp *http.Response, b []byte) error {
	var f protocol.Fault
	if json.Unmarshal(b, &f) != nil || f.Message == "" {
		return gateway(r, resp)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return errToken
	}
	if f.Code == "" {
		return &transient{&record.Error{Code: record.Offline, Message: "sync.server_trouble", Args: map[string]any{"server": r.URL.Host}}, false}
	}
	e := &record.Error{Code: f.Code, Message: f.Message, Args: f.Args}
	if max, ok := f.Args["max"].(float64); ok && f.Message == "sync.version" && max < protocol.MinVersion {
		e.Message = "sync.version_server" // it is not ours that must be updated
	}
	if f.Code == record.Busy && resp.StatusCode != http.StatusTooManyRequests {
		return &transient{e, false}
	}
	return e
}

func isStrange(err error) bool {
	var e *record.Error
	return errors.As(err, &e) && e.Message == "sync.answer_strange"
}

func strange(err error) error {
	return &record.Error{Code: record.Broken, Message: "sync.answer_strange", Err: err}
}
