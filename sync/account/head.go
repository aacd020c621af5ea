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

// CheckHead tells whether a signed head is good: the chain's device must be
// enrolled here and must have signed it. The device may have been revoked
// since: what it signed before then counts when others carry it.
func (a *Accounts) CheckHead(ctx context.Context, h protocol.SignedHead) (Device, error) {
	if h.Device == a.server {
		if journal.VerifyHead(a.key.Public().(ed25519.PublicKey), h.Chain(), h.Head(), h.Signature) {
			return Device{ID: a.server, Public: a.key.Public().(ed25519.PublicKey)}, nil
		}
		return Device{}, badHead(h)
	}
	d, err := a.Device(ctx, h.Device)
	if record.CodeOf(err) == record.NotFound && h.Certificate != nil {
		if s, e := h.Certificate.Verify(a.key.Public().(ed25519.PublicKey)); e == nil && s.Device == h.Device {
			d, err = a.Readmit(ctx, *h.Certificate)
		}
	}
	if err != nil {
		return d, err
	}
	if !journal.VerifyHead(d.Public, h.Chain(), h.Head(), h.Signature) {
		return d, badHead(h)
	}
	return d, nil
}

func badHead(h protocol.SignedHead) error {
	return &record.Error{Code: record.Forbidden, Message: "sync.head_signature", Args: map[string]any{"device": string(h.Device)},
		Err: fmt.Errorf("account: signature over %d of %s/%s is wrong", h.Seq, h.Device, h.Epoch)}
}

// KeepHeads stores signed heads that were found good. Where another head is
// kept for the same place, as two copies of a laptop sign them, that one stays,
// and is told as a doubt: SettleHead decides once the entries are here.
func (a *Accounts) KeepHeads(ctx context.Context, heads []protocol.SignedHead, from []Device) (doubts []int, err error) {
	err = a.tx(ctx, func(t *sql.Tx) error {
		for i, h := range heads {
			r, err := a.keepHead(ctx, t, h, from[i].Public, " WHERE account_head.hash = excluded.hash")
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err == nil && n == 0 {
				doubts = append(doubts, i)
			}
		}
		return nil
	})
	return doubts, fault("keep heads", err)
}

func (a *Accounts) keepHead(ctx context.Context, t *sql.Tx, h protocol.SignedHead, public ed25519.PublicKey, when string) (sql.Result, error) {
	return t.ExecContext(ctx, `INSERT INTO account_head (device, epoch, seq, hash, signature, public, received) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (device, epoch, seq) DO UPDATE SET hash = excluded.hash, signature = excluded.signature, public = excluded.public`+when,
		string(h.Device), h.Epoch, h.Seq, string(h.Hash), h.Signature, []byte(public), a.now().UnixMilli())
}

// SettleHead has this head stand where another one was kept for the same place
// of a chain: the entries that are here are its.
func (a *Accounts) SettleHead(ctx context.Context, h protocol.SignedHead, from Device) error {
	return fault("settle head", a.tx(ctx, func(t *sql.Tx) error {
		_, err := a.keepHead(ctx, t, h, from.Public, "")
		return err
	}))
}

// HeadWithin gives the last signed head of a chain at or between two entries;
// ok is false when there is none.
func (a *Accounts) HeadWithin(ctx context.Context, c journal.Chain, first, last int64) (h protocol.SignedHead, ok bool, err error) {
	h.Device, h.Epoch = c.Device, c.Epoch
	var public []byte
	err = a.read.QueryRowContext(ctx, `SELECT seq, hash, signature, public FROM account_head
		WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq DESC LIMIT 1`,
		string(c.Device), c.Epoch, first, last).Scan(&h.Seq, &h.Hash, &h.Signature, &public)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	if err != nil {
		return h, false, fmt.Errorf("account: read head: %w", err)
	}
	d, err := a.Device(ctx, c.Device)
	if err != nil || !d.Public.Equal(ed25519.PublicKey(public)) {
		return h, false, err // signed with a key the device has lost since
	}
	h.Certificate = &d.Certificate
	return h, true, nil
}
