package client

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

// Enrolled says what the laptop now belongs to.
type Enrolled struct {
	URL       string    `json:"url"`
	Authority string    `json:"authority"`
	Server    record.ID `json:"server"`
	Device    record.ID `json:"device"`
}

// Enrol makes this laptop one of the server's devices with a one-time code that
// an administrator printed. The server's key, and its certificate authority
// where it has its own, are pinned from then on. A laptop whose device key does
// not open gets a new one, and a new epoch; the server takes it with a code that
// was made for this very device.
func (c *Client) Enrol(ctx context.Context, server, code string) (Enrolled, error) {
	release, err := c.lease(ctx)
	if err != nil {
		return Enrolled{}, err
	}
	defer release()
	u, ca, a, err := c.join(ctx, server, code, false)
	if err != nil {
		return Enrolled{}, err
	}
	if had := c.store.Authority(); had != "" && had != a.Authority {
		return Enrolled{}, &record.Error{Code: record.Conflict, Message: "enrol.other_authority", Args: map[string]any{"here": had, "there": a.Authority}}
	}
	if sample, err := c.store.Sample(ctx); err != nil {
		return Enrolled{}, err
	} else if sample && !strings.HasPrefix(a.Authority, protocol.FictionalRegion) {
		return Enrolled{}, &record.Error{Code: record.Conflict, Message: "enrol.sample_folder", Args: map[string]any{"authority": a.Authority}}
	}
	if c.keys().Renewing() {
		// Where the lost key still is, another laptop may go on writing this journal.
		if err := c.store.NewEpoch(ctx); err != nil {
			return Enrolled{}, err
		}
		if err := c.keys().Renewed(); err != nil {
			return Enrolled{}, err
		}
	}
	if err := c.keep(ctx, u, ca, a); err != nil {
		return Enrolled{}, err
	}
	return Enrolled{URL: u, Authority: a.Authority, Server: a.Server, Device: c.store.Self().Device}, nil
}

// join shows a code to a server and gives what the server answers, with the
// certificate authority that the code pins. A server that joins one below it
// says so with above.
func (c *Client) join(ctx context.Context, server, code string, above bool) (u, ca string, a protocol.EnrolAnswer, err error) {
	if u, err = c.address(server); err != nil {
		return "", "", a, err
	}
	parsed, err := protocol.ParseCode(code)
	if err != nil {
		return "", "", a, err
	}
	key, err := c.key()
	var e *record.Error
	if errors.As(err, &e) && (e.Message == "key.elsewhere" || e.Message == "key.closed") {
		key, err = c.keys().Renew()
	}
	if err != nil {
		return "", "", a, err
	}
	device, public := c.store.Self().Device, key.Public().(ed25519.PublicKey)
	pin := &pinned{pin: parsed.Pin}
	h := visitor(c.transport(pin.config()))
	defer h.CloseIdleConnections()
	err = c.post(ctx, h, u+protocol.PathEnrol, protocol.EnrolRequest{Code: parsed.Secret, Device: device, Public: public, Name: host(), Above: above,
		Proof: ed25519.Sign(key, protocol.EnrolStatement(protocol.CodeDigest(parsed.Secret), device, public))}, &a)
	var t *transient
	if errors.As(err, &t) {
		err = t.err
	}
	if err != nil {
		return "", "", a, err
	}
	if s, err := a.Certificate.Verify(a.ServerKey); err != nil || s.Device != device || s.Server != a.Server || s.Above != above {
		return "", "", a, &record.Error{Code: record.Broken, Message: "enrol.server_strange", Err: err}
	}
	return u, pin.ca, a, nil
}

// keep writes down what enrolment brought, the remote last: it is what makes a
// folder enrolled.
func (c *Client) keep(ctx context.Context, u, ca string, a protocol.EnrolAnswer) error {
	b, err := json.Marshal(a.Certificate)
	if err != nil {
		return err
	}
	if err := c.store.SetAuthority(ctx, a.Authority); err != nil {
		return err
	}
	if err := c.store.SetSetting(ctx, settingCA, ca); err != nil {
		return err
	}
	if err := c.store.SetSetting(ctx, settingCertificate, string(b)); err != nil {
		return err
	}
	c.mu.Lock()
	c.token, c.http = "", nil
	c.mu.Unlock()
	r := store.Remote{URL: u, Server: string(a.Server), ServerKey: journal.PublicText(a.ServerKey)}
	if old, ok, err := c.store.Remote(ctx); err == nil && ok && old.Server == r.Server {
		old.URL, old.ServerKey, old.Problem = r.URL, r.ServerKey, "" // the same server: how far we have come still holds
		r = old
	}
	return c.store.SetRemote(ctx, r)
}

// address brings a server's address, as a person types it, into form.
func (c *Client) address(s string) (string, error) {
	bad := func(message string, err error) error {
		return &record.Error{Code: record.Invalid, Message: message, Field: "server", Args: map[string]any{"server": s}, Err: err}
	}
	t := strings.TrimSpace(s)
	if t == "" {
		return "", bad("enrol.url_malformed", nil)
	}
	if !strings.Contains(t, "://") {
		t = "https://" + t
	}
	u, err := url.Parse(t)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", bad("enrol.url_malformed", err)
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !c.Insecure && !loopback(u.Hostname()) {
			return "", bad("enrol.plain_http", nil)
		}
	default:
		return "", bad("enrol.url_malformed", errors.New("scheme "+u.Scheme))
	}
	return u.Scheme + "://" + u.Host + strings.TrimRight(u.Path, "/"), nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
