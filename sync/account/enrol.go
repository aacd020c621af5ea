package account

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// CodeLife is how long a one-time code may wait to be used.
const CodeLife = 15 * time.Minute

// NewCode makes a one-time enrolment code for a device of the authority. pin is
// the public key info of the server's own certificate authority, nil where
// there is none; device is empty, or the one device that may use the code: one
// that lost its key.
func (a *Accounts) NewCode(ctx context.Context, authority, name string, device record.ID, pin []byte) (protocol.Code, error) {
	if !validAuthority(authority) {
		return protocol.Code{}, &record.Error{Code: record.Invalid, Message: "enrol.authority_malformed", Field: "authority", Args: map[string]any{"authority": authority}}
	}
	if sample, err := a.Fact(ctx, "sample"); err != nil {
		return protocol.Code{}, err
	} else if sample == "yes" && !strings.HasPrefix(authority, protocol.FictionalRegion) {
		return protocol.Code{}, &record.Error{Code: record.Invalid, Message: "enrol.sample_authority", Field: "authority", Args: map[string]any{"authority": authority}}
	}
	return a.newCode(ctx, authority, name, device, pin, false)
}

// NewCodeAbove makes a one-time code for a server above: it may read everything
// here and write nothing.
func (a *Accounts) NewCodeAbove(ctx context.Context, name string, pin []byte) (protocol.Code, error) {
	return a.newCode(ctx, "", name, "", pin, true)
}

func (a *Accounts) newCode(ctx context.Context, authority, name string, device record.ID, pin []byte, above bool) (protocol.Code, error) {
	var b [8]byte
	rand.Read(b[:])
	c := protocol.NewCode(b, pin)
	now := a.now()
	if _, err := a.write.ExecContext(ctx, "DELETE FROM account_code WHERE expires < $1", now.Add(-30*24*time.Hour).UnixMilli()); err != nil {
		return c, fmt.Errorf("account: clear codes: %w", err)
	}
	_, err := a.write.ExecContext(ctx, "INSERT INTO account_code (digest, authority, name, device, made, expires, used, above) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
		protocol.CodeDigest(c.Secret), authority, name, string(device), now.UnixMilli(), now.Add(CodeLife).UnixMilli(), flag(above))
	if err != nil {
		return c, fmt.Errorf("account: keep code: %w", err)
	}
	return c, nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// validAuthority takes codes of letters, digits, dots and dashes.
func validAuthority(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTVUWXYZ.-") == ""
}

// Enrol takes a device in: the code must be good, unused and at most
// CodeLife old, and the device must show that it holds the key it brings.
func (a *Accounts) Enrol(ctx context.Context, r protocol.EnrolRequest) (Device, error) {
	code, err := protocol.ParseCode(r.Code)
	if err != nil {
		return Device{}, err
	}
	digest := protocol.CodeDigest(code.Secret)
	if r.Device.Type() != record.DeviceType || len(r.Device) > 64 || len(r.Public) != ed25519.PublicKeySize || len(r.Name) > 200 ||
		!ed25519.Verify(r.Public, protocol.EnrolStatement(digest, r.Device, r.Public), r.Proof) {
		return Device{}, &record.Error{Code: record.Invalid, Message: "enrol.proof_wrong"}
	}
	var d Device
	err = a.tx(ctx, func(t *sql.Tx) error {
		var name, only string
		var above int
		d = Device{ID: r.Device, Public: r.Public, Enrolled: a.now().UnixMilli(), Wide: r.Above}
		// One statement takes the code, so that two devices cannot both use it.
		err := t.QueryRowContext(ctx, "UPDATE account_code SET used = $1 WHERE digest = $2 AND used = 0 AND expires >= $1 RETURNING authority, name, device, above", d.Enrolled, digest).
			Scan(&d.Authority, &name, &only, &above)
		if errors.Is(err, sql.ErrNoRows) {
			return a.whyNot(ctx, t, digest)
		}
		if err != nil {
			return err
		}
		switch { // the code stays good: what is undone here is its use as well
		case above == 1 && !r.Above:
			return &record.Error{Code: record.Conflict, Message: "enrol.code_above", Field: "code"}
		case above == 0 && r.Above:
			return &record.Error{Code: record.Conflict, Message: "link.code_laptop", Field: "code"}
		case r.Device == a.server:
			return &record.Error{Code: record.Conflict, Message: "link.itself"}
		}
		if d.Name = r.Name; name != "" {
			d.Name = name
		}
		old, err := scanDevice(t.QueryRowContext(ctx, "SELECT "+deviceColumns+" FROM account_device WHERE id = $1", string(r.Device)))
		if err == nil && !old.Public.Equal(ed25519.PublicKey(r.Public)) && only != string(r.Device) || only != "" && only != string(r.Device) {
			return &record.Error{Code: record.Conflict, Message: "enrol.other_key", Args: map[string]any{"device": string(r.Device)}}
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return a.keep(ctx, t, &d)
	})
	return d, fault("enrol", err)
}

func (a *Accounts) whyNot(ctx context.Context, t *sql.Tx, digest string) error {
	var used int64
	err := t.QueryRowContext(ctx, "SELECT used FROM account_code WHERE digest = $1", digest).Scan(&used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &record.Error{Code: record.Forbidden, Message: "enrol.code_wrong", Field: "code"}
	case err != nil:
		return err
	case used > 0:
		return &record.Error{Code: record.Forbidden, Message: "enrol.code_used", Field: "code"}
	}
	return &record.Error{Code: record.Forbidden, Message: "enrol.code_expired", Field: "code", Args: map[string]any{"minutes": int(CodeLife.Minutes())}}
}

// keep certifies a device and stores it.
func (a *Accounts) keep(ctx context.Context, t *sql.Tx, d *Device) error {
	var err error
	d.Certificate, err = protocol.Certify(a.key, protocol.CertificateStatement{
		Server: a.server, Device: d.ID, Public: d.Public, Authority: d.Authority, Name: d.Name, Issued: d.Enrolled, Above: d.Wide, Below: d.Below})
	if err != nil {
		return err
	}
	return a.insert(ctx, t, *d)
}

func (a *Accounts) insert(ctx context.Context, t *sql.Tx, d Device) error {
	_, err := t.ExecContext(ctx, `INSERT INTO account_device (id, public, authority, name, statement, signature, enrolled, revoked, scope, below) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)
		ON CONFLICT (id) DO UPDATE SET public = excluded.public, authority = excluded.authority, name = excluded.name,
		statement = excluded.statement, signature = excluded.signature, enrolled = excluded.enrolled, revoked = 0,
		scope = excluded.scope, below = excluded.below`,
		string(d.ID), []byte(d.Public), d.Authority, d.Name, d.Certificate.Statement, d.Certificate.Signature, d.Enrolled, d.scope(), string(d.Below))
	if err != nil || d.Authority == "" {
		return err
	}
	_, err = t.ExecContext(ctx, "INSERT INTO account_scope (device, authority) VALUES ($1, $2) ON CONFLICT (device, authority) DO NOTHING", string(d.ID), d.Authority)
	return err
}

// Readmit knows a device again by its certificate: this server was restored
// from a backup older than the enrolment.
func (a *Accounts) Readmit(ctx context.Context, c protocol.Certificate) (Device, error) {
	s, err := c.Verify(a.key.Public().(ed25519.PublicKey))
	if err != nil {
		return Device{}, err
	}
	d := Device{ID: s.Device, Public: s.Public, Authority: s.Authority, Name: s.Name, Certificate: c, Enrolled: s.Issued, Wide: s.Above, Below: s.Below}
	err = a.tx(ctx, func(t *sql.Tx) error {
		var n int
		if err := t.QueryRowContext(ctx, "SELECT COUNT(*) FROM account_device WHERE id = $1", string(d.ID)).Scan(&n); err != nil || n > 0 {
			return err // known after all: its row decides
		}
		return a.insert(ctx, t, d)
	})
	if err != nil {
		return Device{}, fault("readmit", err)
	}
	return a.Device(ctx, d.ID)
}

func (a *Accounts) tx(ctx context.Context, f func(*sql.Tx) error) error {
	t, err := a.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(t); err != nil {
		t.Rollback()
		return err
	}
	return t.Commit()
}

func fault(doing string, err error) error {
	var known *record.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fmt.Errorf("account: %s: %w", doing, err)
}
