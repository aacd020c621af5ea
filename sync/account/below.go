package account

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// MeetBelow tells what counts of a device that a server below vouches for with
// s, and whether that is news to KeepBelow. links are the servers below that we
// pull from. A server below speaks for its own devices and authorities only:
// record.Forbidden for a device that is known with another key, and for an
// authority that has laptops here or comes from another of the links.
func (a *Accounts) MeetBelow(ctx context.Context, server record.ID, links map[record.ID]bool, s protocol.CertificateStatement) (d Device, news bool, err error) {
	no := func(message string) error {
		return &record.Error{Code: record.Forbidden, Message: message, Args: map[string]any{"device": string(s.Device), "authority": s.Authority, "server": string(server)}}
	}
	if s.Device == a.server || s.Above || s.Device.Type() != record.DeviceType || len(s.Device) > 64 || s.Authority != "" && !validAuthority(s.Authority) || len(s.Name) > 200 {
		return d, false, no("link.device_elsewhere")
	}
	d = Device{ID: s.Device, Public: s.Public, Authority: s.Authority, Name: s.Name, Enrolled: s.Issued, Below: server}
	known, err := a.Device(ctx, s.Device)
	switch {
	case record.CodeOf(err) == record.NotFound:
		news = true
	case err != nil:
		return d, false, err
	case known.Below == server:
		news = s.Issued > known.Enrolled || s.Issued == known.Enrolled && !known.Public.Equal(ed25519.PublicKey(s.Public))
		if s.Issued < known.Enrolled {
			return d, false, nil // its key before the present one
		}
	case known.Public.Equal(ed25519.PublicKey(s.Public)) && known.Below == "" && known.Revoked > 0 && !known.Wide:
		news = true // it has moved to the server below
	case known.Public.Equal(ed25519.PublicKey(s.Public)) && (known.Below == "" || known.Authority == s.Authority):
		return known, false, nil // the same laptop by another way
	case known.Below == "" || links[known.Below]:
		return d, false, no("link.device_elsewhere")
	default:
		news = true // the link it came by was given up
	}
	if !news || s.Authority == "" {
		return d, news, nil
	}
	rows, err := a.read.QueryContext(ctx, "SELECT DISTINCT scope, below FROM account_device WHERE authority = $1 AND revoked = 0", s.Authority)
	if err != nil {
		return d, false, fmt.Errorf("account: read authority: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var scope string
		var below record.ID
		if err := rows.Scan(&scope, &below); err != nil {
			return d, false, fmt.Errorf("account: read authority: %w", err)
		}
		if scope == "" {
			return d, false, no("link.authority_ours")
		}
		if below != server && links[below] {
			return d, false, no("link.authority_elsewhere")
		}
	}
	if err := rows.Err(); err != nil {
		return d, false, fmt.Errorf("account: read authority: %w", err)
	}
	return d, true, nil
}

// KeepBelow takes in devices of servers below. This server vouches for them
// with its own key, so that whoever has pinned that can check what they signed.
func (a *Accounts) KeepBelow(ctx context.Context, devices []Device) error {
	if len(devices) == 0 {
		return nil
	}
	return fault("keep devices below", a.tx(ctx, func(t *sql.Tx) error {
		for n := range devices {
			if err := a.keep(ctx, t, &devices[n]); err != nil {
				return err
			}
		}
		return nil
	}))
}

// BelowOf gives the server below that a device belongs to, "" when it is ours or
// unknown.
func (a *Accounts) BelowOf(ctx context.Context, device record.ID) (record.ID, error) {
	d, err := a.Device(ctx, device)
	if record.CodeOf(err) == record.NotFound {
		err = nil
	}
	return d.Below, err
}

// KeeperOf gives the server that keeps an authority: the one below that its
// laptops are enrolled at, "" when it is this one or none is known.
func (a *Accounts) KeeperOf(ctx context.Context, authority string) (below record.ID, err error) {
	err = a.read.QueryRowContext(ctx, "SELECT below FROM account_device WHERE authority = $1 AND revoked = 0 ORDER BY below LIMIT 1", authority).Scan(&below)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return below, fault("read authority", err)
}

// HeadsFrom gives signed heads of a chain at or after an entry, the lowest
// first, or with down those before it, the highest first: at most a few. Each
// comes with a certificate of the key it was signed with, also when the device
// has lost that key since: what it signed then was checked then.
func (a *Accounts) HeadsFrom(ctx context.Context, c journal.Chain, seq int64, down bool) ([]protocol.SignedHead, error) {
	query := "SELECT seq, hash, signature, public FROM account_head WHERE device = $1 AND epoch = $2 AND seq >= $3 ORDER BY seq LIMIT 20"
	if down {
		query = "SELECT seq, hash, signature, public FROM account_head WHERE device = $1 AND epoch = $2 AND seq < $3 ORDER BY seq DESC LIMIT 20"
	}
	rows, err := a.read.QueryContext(ctx, query, string(c.Device), c.Epoch, seq)
	if err != nil {
		return nil, fmt.Errorf("account: read heads: %w", err)
	}
	defer rows.Close()
	var out []protocol.SignedHead
	var keys []ed25519.PublicKey
	for rows.Next() {
		h := protocol.SignedHead{Point: protocol.Point{Device: c.Device, Epoch: c.Epoch}}
		var public []byte
		if err := rows.Scan(&h.Seq, &h.Hash, &h.Signature, &public); err != nil {
			return nil, fmt.Errorf("account: read heads: %w", err)
		}
		out, keys = append(out, h), append(keys, public)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("account: read heads: %w", err)
	}
	if len(out) == 0 {
		return nil, nil
	}
	d, err := a.Device(ctx, c.Device)
	if err != nil {
		return nil, err
	}
	for n := range out {
		certificate := d.Certificate
		if !d.Public.Equal(keys[n]) {
			certificate, err = protocol.Certify(a.key, protocol.CertificateStatement{Server: a.server, Device: d.ID, Public: keys[n],
				Authority: d.Authority, Name: d.Name, Issued: d.Enrolled - 1, Below: d.Below})
			if err != nil {
				return nil, err
			}
		}
		out[n].Certificate = &certificate
	}
	return out, nil
}
