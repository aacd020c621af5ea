package account

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// TokenLife is how long a bearer token is good.
const TokenLife = 8 * time.Hour

// challengeLife is how long a device may take to sign a challenge.
const challengeLife = 5 * time.Minute

// Challenge gives something to sign. The server keeps nothing: it knows its own
// challenges again. The device's clock plays no part, so that a laptop whose
// clock is ten years off still gets in.
func (a *Accounts) Challenge() string {
	var b [12]byte
	rand.Read(b[:])
	return a.stamp("c1."+base64.RawURLEncoding.EncodeToString(b[:]), a.now().Add(challengeLife))
}

// stamp adds an end and a MAC to a text.
func (a *Accounts) stamp(text string, until time.Time) string {
	text += "." + strconv.FormatInt(until.UnixMilli(), 36)
	return text + "." + a.mac(text)
}

func (a *Accounts) mac(text string) string {
	m := hmac.New(sha256.New, a.secret)
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// unstamp gives the text back if this server stamped it and it has not ended.
func (a *Accounts) unstamp(s string) (text string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 || !hmac.Equal([]byte(s[i+1:]), []byte(a.mac(s[:i]))) {
		return "", false
	}
	s = s[:i]
	i = strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", false
	}
	until, err := strconv.ParseInt(s[i+1:], 36, 64)
	return s[:i], err == nil && a.now().UnixMilli() < until
}

// Token answers a token request: with a challenge, or a token for a challenge
// that the device signed with its enrolled key.
func (a *Accounts) Token(ctx context.Context, r protocol.TokenRequest) (protocol.TokenAnswer, error) {
	now := a.now()
	out := protocol.TokenAnswer{Time: now.UnixMilli()}
	if r.Challenge == "" {
		out.Challenge = a.Challenge()
		return out, nil
	}
	if len(r.Nonce) > 64 {
		return out, &record.Error{Code: record.Invalid, Message: "sync.message_broken"}
	}
	if c, ok := a.unstamp(r.Challenge); !ok || !strings.HasPrefix(c, "c1.") {
		return out, &record.Error{Code: record.Forbidden, Message: "sync.challenge_expired"}
	}
	d, err := a.Device(ctx, r.Device)
	if record.CodeOf(err) == record.NotFound && r.Certificate != nil {
		if s, e := r.Certificate.Verify(a.key.Public().(ed25519.PublicKey)); e == nil && s.Device == r.Device {
			d, err = a.Readmit(ctx, *r.Certificate)
		}
	}
	if record.CodeOf(err) == record.NotFound {
		return out, &record.Error{Code: record.Forbidden, Message: "sync.device_unknown", Args: map[string]any{"device": string(r.Device)}}
	}
	if err != nil {
		return out, err
	}
	if !ed25519.Verify(d.Public, protocol.TokenStatement(a.server, d.ID, r.Challenge), r.Signature) {
		return out, &record.Error{Code: record.Forbidden, Message: "sync.device_key_wrong", Args: map[string]any{"device": string(r.Device)}}
	}
	if err := d.MaySpeak(); err != nil {
		return out, err
	}
	until := now.Add(TokenLife)
	out.Token, out.Expires = a.stamp("t1."+string(d.ID), until), until.UnixMilli()
	out.Proof = ed25519.Sign(a.key, protocol.ServerStatement(a.server, d.ID, r.Nonce, out.Token))
	return out, nil
}

// MaySpeak tells whether a device has access here.
func (d Device) MaySpeak() error {
	if d.Below != "" {
		return &record.Error{Code: record.Forbidden, Message: "link.device_below", Args: map[string]any{"device": string(d.ID), "server": string(d.Below)}}
	}
	if d.Revoked == 0 {
		return nil
	}
	return &record.Error{Code: record.Forbidden, Message: "sync.device_revoked", Args: map[string]any{"device": string(d.ID), "name": d.Name}}
}

// ErrToken is the answer to a request without a good token.
var ErrToken = &record.Error{Code: record.Forbidden, Message: "sync.token"}

// Bearer gives the device a token belongs to: ErrToken when the token is no
// good, record.Forbidden when the device was revoked since.
func (a *Accounts) Bearer(ctx context.Context, token string) (Device, error) {
	text, ok := a.unstamp(token)
	id, is := strings.CutPrefix(text, "t1.")
	if !ok || !is {
		return Device{}, ErrToken
	}
	d, err := a.Device(ctx, record.ID(id))
	if record.CodeOf(err) == record.NotFound {
		return d, ErrToken // restored from an older backup: a new token brings the certificate
	}
	if err == nil {
		err = d.MaySpeak()
	}
	return d, err
}

// tries counts wrong codes from one address.
type tries struct {
	wrong int
	since time.Time
}

const (
	triesAllowed = 10
	triesWindow  = 10 * time.Minute
)

// MayTry tells whether an address may try an enrolment code, and if not, in how
// many seconds: after ten wrong ones it must wait.
func (a *Accounts) MayTry(address string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tries[address]
	if t == nil || t.wrong < triesAllowed {
		return nil
	}
	wait := t.since.Add(triesWindow).Sub(a.now())
	if wait <= 0 {
		delete(a.tries, address)
		return nil
	}
	return &record.Error{Code: record.Busy, Message: "enrol.too_many_tries", Args: map[string]any{"minutes": int(wait.Minutes()) + 1}}
}

// Wrong notes that an address tried a wrong code.
func (a *Accounts) Wrong(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for k, t := range a.tries {
		if now.Sub(t.since) > triesWindow {
			delete(a.tries, k)
		}
	}
	t := a.tries[address]
	if t == nil {
		t = &tries{since: now}
		a.tries[address] = t
	}
	t.wrong++
}
