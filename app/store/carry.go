package store

import (
	"context"
	"fmt"
	"math"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// SignedHead is a device's own word on its chain, and by which certificate it
// can be checked. Entries go on to others only together with one.
type SignedHead struct {
	Chain     journal.Chain
	Head      journal.Head
	Signature []byte
	Statement []byte // of the device's certificate, nil when it is kept already or not known
	Voucher   []byte // the server's signature of it
}

// keepSignedHeads keeps heads that were found good. Carried says that they came
// past the server: their chains are then offered to it at the next sync.
func (t *tx) keepSignedHeads(heads []SignedHead, carried bool) error {
	for _, h := range heads {
		err := t.exec(`INSERT INTO signed_head (device, epoch, seq, hash, signature) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (device, epoch, seq) DO UPDATE SET hash = excluded.hash, signature = excluded.signature`,
			string(h.Chain.Device), h.Chain.Epoch, h.Head.Seq, string(h.Head.Hash), h.Signature)
		if err != nil {
			return err
		}
		if h.Statement != nil {
			err := t.exec(`INSERT INTO device_certificate (device, statement, signature) VALUES ($1, $2, $3)
				ON CONFLICT (device) DO UPDATE SET statement = excluded.statement, signature = excluded.signature`,
				string(h.Chain.Device), h.Statement, h.Voucher)
			if err != nil {
				return err
			}
		}
		if carried && h.Chain.Device != t.s.Self().Device {
			err := t.exec("INSERT INTO carried (device, epoch, confirmed) VALUES ($1, $2, 0) ON CONFLICT (device, epoch) DO NOTHING",
				string(h.Chain.Device), h.Chain.Epoch)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// SignedHeads gives the kept heads of a chain after seq that fit the entries
// here, the lowest first.
func (s *Store) SignedHeads(ctx context.Context, c journal.Chain, seq int64) ([]SignedHead, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT h.seq, h.hash, h.signature, d.statement, d.signature FROM signed_head h
		JOIN chain c ON c.device = h.device AND c.epoch = h.epoch
		JOIN entry e ON e.chain = c.id AND e.seq = h.seq AND e.hash = h.hash
		LEFT JOIN device_certificate d ON d.device = h.device
		WHERE h.device = $1 AND h.epoch = $2 AND h.seq > $3 ORDER BY h.seq`, string(c.Device), c.Epoch, seq)
	if err != nil {
		return nil, s.fault("read signed heads", err)
	}
	defer rows.Close()
	var out []SignedHead
	for rows.Next() {
		h := SignedHead{Chain: c}
		if err := rows.Scan(&h.Head.Seq, &h.Head.Hash, &h.Signature, &h.Statement, &h.Voucher); err != nil {
			return nil, s.fault("read signed heads", err)
		}
		out = append(out, h)
	}
	return out, s.fault("read signed heads", rows.Err())
}

// Carried gives the chains that came here past the server and that it is not
// known to have whole, with the watermark it told last.
func (s *Store) Carried(ctx context.Context) (map[journal.Chain]int64, error) {
	return s.chains(ctx, `SELECT k.device, k.epoch, k.confirmed FROM carried k
		JOIN chain c ON c.device = k.device AND c.epoch = k.epoch WHERE k.confirmed < c.seq`)
}

// Carriable gives every chain here of which a signed head is kept: all that
// this device could refill a server with. The number is the last such head's.
func (s *Store) Carriable(ctx context.Context) (map[journal.Chain]int64, error) {
	return s.chains(ctx, "SELECT device, epoch, MAX(seq) FROM signed_head GROUP BY device, epoch")
}

func (s *Store) chains(ctx context.Context, query string) (map[journal.Chain]int64, error) {
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return nil, s.fault("read chains", err)
	}
	defer rows.Close()
	out := map[journal.Chain]int64{}
	for rows.Next() {
		var c journal.Chain
		var n int64
		if err := rows.Scan(&c.Device, &c.Epoch, &n); err != nil {
			return nil, s.fault("read chains", err)
		}
		out[c] = n
	}
	return out, s.fault("read chains", rows.Err())
}

// CarriedTo notes the server's durable watermark of a chain that this device
// carries for another.
func (s *Store) CarriedTo(ctx context.Context, c journal.Chain, seq int64) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec("UPDATE carried SET confirmed = $1 WHERE device = $2 AND epoch = $3", seq, string(c.Device), c.Epoch)
	})
}

// Writers lists the devices that wrote on an inspection, this one aside.
func (s *Store) Writers(ctx context.Context, inspection record.ID) ([]record.ID, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT DISTINCT c.device FROM entry e JOIN chain c ON c.id = e.chain WHERE e.record = $1 ORDER BY c.device", string(inspection))
	if err != nil {
		return nil, s.fault("read writers", err)
	}
	defer rows.Close()
	var out []record.ID
	for rows.Next() {
		var d record.ID
		if err := rows.Scan(&d); err != nil {
			return nil, s.fault("read writers", err)
		}
		if d != s.Self().Device {
			out = append(out, d)
		}
	}
	return out, s.fault("read writers", rows.Err())
}

// Span gives the entries of a chain after one number up to another.
func (s *Store) Span(ctx context.Context, c journal.Chain, after, upto int64) ([]journal.Entry, error) {
	entries, err := s.After(ctx, c, after, int(upto-after), math.MaxInt)
	if err == nil && int64(len(entries)) != upto-after {
		err = &record.Error{Code: record.Broken, Message: "journal.gap", Err: fmt.Errorf("store: %d entries of %s/%s after %d, want %d", len(entries), c.Device, c.Epoch, after, upto-after)}
	}
	return entries, err
}
