package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Verdict is what became of one entry that came from elsewhere.
type Verdict string

const (
	Stored  Verdict = "stored"  // on the disk and in the tables
	Known   Verdict = "known"   // was here already, byte for byte
	Refused Verdict = "refused" // stored, but in quarantine: see Code and Message
	Forked  Verdict = "forked"  // another entry stands at this place of the chain: a copied or restored device
	Gap     Verdict = "gap"     // entries before it are missing here
)

// Result is the verdict on one entry.
type Result struct {
	Chain   journal.Chain
	Seq     int64
	Hash    record.Hash
	Verdict Verdict
	Code    record.Code
	Message string
}

// Judge decides whether an entry may enter the tables; nil for yes. What it
// refuses is stored all the same, and the refusal becomes an entry of this
// store's own journal.
type Judge func(journal.Entry, record.Body) *record.Error

// Apply stores entries of other devices (or this one's own, after a restore)
// in the order given and lets the tables follow, in one transaction. Sending
// the same batch twice is harmless. judge may be nil.
func (s *Store) Apply(ctx context.Context, entries []journal.Entry, judge Judge) ([]Result, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	return s.apply(ctx, entries, judge, nil)
}

// Page is what came in one piece: entries, the devices' own words on them, and
// how far that brings us.
type Page struct {
	Entries []journal.Entry
	Heads   []SignedHead // found good
	Carried bool         // they came past the server
	Remote  *Remote      // what is known of the server then; nil leaves it
	Link    *Step        // the same of a server below; nil for none
	Judge   Judge        // nil takes everything
}

// ApplyPage is Apply for a whole page in one transaction: after a crash all of
// it is here, or nothing. Where an entry does not follow, heads and cursor stay
// as they were.
func (s *Store) ApplyPage(ctx context.Context, p Page) ([]Result, error) {
	if len(p.Entries) == 0 && len(p.Heads) == 0 && p.Remote == nil && p.Link == nil {
		return nil, nil
	}
	return s.apply(ctx, p.Entries, p.Judge, func(t *tx, results []Result) error {
		for _, r := range results {
			if r.Verdict == Gap || r.Verdict == Forked && p.Carried {
				return nil
			}
		}
		if p.Link != nil {
			if err := t.step(*p.Link); err != nil {
				return err
			}
		}
		if err := t.keepSignedHeads(p.Heads, p.Carried); err != nil || p.Remote == nil {
			return err
		}
		return t.setRemote(*p.Remote)
	})
}

// apply is Apply; then, if any, belongs to the same transaction.
func (s *Store) apply(ctx context.Context, entries []journal.Entry, judge Judge, then func(*tx, []Result) error) ([]Result, error) {
	ready, err := readyAll(entries)
	if err != nil {
		return nil, err
	}
	var out []Result
	err = s.tx(ctx, func(t *tx) error {
		// Twice as many positions as entries: each may cause a refusal.
		if err := t.reserve(2 * int64(len(entries))); err != nil {
			return err
		}
		a := applying{t: t, chains: map[journal.Chain]*chainState{}, judge: judge}
		out = make([]Result, 0, len(entries))
		for i, e := range entries {
			r, err := a.apply(e, ready[i])
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		if err := a.close(); err != nil || then == nil {
			return err
		}
		return then(t, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// received is an entry made ready to be stored, outside the transaction's
// single line of work.
type received struct {
	body     record.Body
	plan     plan
	key, box []byte
}

// readyAll decodes and seals the bodies on all processors.
func readyAll(entries []journal.Entry) ([]received, error) {
	out := make([]received, len(entries))
	parts := min(runtime.GOMAXPROCS(0), 8)
	errs := make([]error, parts)
	var wg sync.WaitGroup
	for part := range parts {
		wg.Go(func() {
			for i := part; i < len(entries); i += parts {
				e := entries[i]
				out[i].body, out[i].plan = decode(e)
				if e.Withheld() {
					continue
				}
				if out[i].key, out[i].box, errs[part] = seal(e.Salt, e.BodyJSON); errs[part] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return out, errors.Join(errs...)
}

type chainState struct {
	chainHead
	changed bool
}

type applying struct {
	t        *tx
	chains   map[journal.Chain]*chainState
	judge    Judge
	refusals []record.Refusal
	records  []record.ID
	hlc      int64
}

func (a *applying) apply(e journal.Entry, x received) (Result, error) {
	r := Result{Chain: e.Chain(), Seq: e.Seq, Hash: e.Hash}
	c := a.chains[e.Chain()]
	if c == nil {
		c = &chainState{}
		var err error
		if c.chainHead, err = a.t.chain(e.Chain()); err != nil {
			return r, err
		}
		a.chains[e.Chain()] = c
	}
	switch {
	case e.Seq <= c.head.Seq:
		same, bodiless, err := a.t.has(c.id, e)
		if err != nil {
			return r, err
		}
		r.Verdict = Known
		if !same {
			r.Verdict, r.Code, r.Message = Forked, record.Conflict, "journal.forked"
		} else if bodiless && !e.Withheld() {
			err = a.fill(c.id, e, x)
		}
		return r, err
	case e.Seq > c.head.Seq+1:
		r.Verdict, r.Code, r.Message = Gap, record.Broken, "journal.gap"
		return r, nil
	}
	head, err := c.head.Follow(e)
	if err != nil {
		r.Verdict, r.Code, r.Message = Forked, record.Conflict, "journal.forked"
		return r, nil
	}
	s, stood, err := a.t.standIn(e)
	if err != nil {
		return r, err
	}
	if stood {
		x = received{body: s.body} // it comes from somewhere that has not heard yet
	}
	r.Verdict = Stored
	if no := a.judged(e, x.body); no != nil {
		r.Verdict, r.Code, r.Message = Refused, no.Code, no.Message
	}
	c.head, c.hlc, c.changed = head, max(c.hlc, e.HLC), true
	a.hlc = max(a.hlc, journal.Witness(a.hlc, e.HLC, a.t.s.now()))
	p := x.plan
	if !p.skip {
		if p, err = a.t.plan(e, x.body); err != nil {
			return r, err
		}
		p.bulk = p.bulk && !stood
	}
	return r, a.t.store(c.id, e, x.body, x.key, x.box, p)
}

// judged asks the judge about an entry; close writes down what it refuses.
func (a *applying) judged(e journal.Entry, body record.Body) *record.Error {
	if a.judge == nil {
		return nil
	}
	no := a.judge(e, body)
	if no != nil {
		a.refusals = append(a.refusals, record.Refusal{Entry: e.Hash, Device: e.Device, Epoch: e.Epoch, Seq: e.Seq,
			Code: no.Code, Message: no.Message, Args: no.Args})
		a.records = append(a.records, e.Record)
	}
	return no
}

// close writes the refusals into our own journal and stores the heads.
func (a *applying) close() error {
	for name, c := range a.chains {
		if c.changed {
			if err := a.t.setChain(name, c.chainHead); err != nil {
				return err
			}
		}
	}
	if len(a.refusals) > 0 {
		own, err := a.t.openOwn(*a.t.s.self.Load())
		if err != nil {
			return err
		}
		for i, r := range a.refusals {
			c := record.Change{Kind: record.Refuse, Record: a.records[i]}
			if _, err := own.writeBody("", c, record.Body{Refuse: &r}); err != nil {
				return err
			}
		}
		if err := own.close(); err != nil {
			return err
		}
	}
	return a.t.settle()
}

// has tells whether this entry stands at its place of the chain, and whether it
// does without its body.
func (t *tx) has(chain int64, e journal.Entry) (same, bodiless bool, err error) {
	var hash string
	err = t.row("SELECT hash, body IS NULL FROM entry WHERE chain = $1 AND seq = $2", chain, e.Seq).Scan(&hash, &bodiless)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, fmt.Errorf("chain %d has lost entry %d", chain, e.Seq)
	}
	return record.Hash(hash) == e.Hash, bodiless, err
}

// fill gives an entry its body that came without it first. One that was
// destroyed stays as it is.
func (a *applying) fill(chain int64, e journal.Entry, x received) error {
	if _, stood, err := a.t.standIn(e); err != nil || stood {
		return err
	}
	if err := a.t.exec("UPDATE entry SET body = $1, key = $2 WHERE chain = $3 AND seq = $4", x.box, x.key, chain, e.Seq); err != nil {
		return err
	}
	a.t.dirty[e.Record] = true
	a.judged(e, x.body)
	return nil
}

// bodiless finds entries that came without their bodies and were not destroyed.
const bodiless = `e.body IS NULL AND NOT EXISTS (SELECT 1 FROM destroyed d WHERE d.name = e.hash AND d.authority = e.authority)`

// Bodiless counts the entries whose bodies are not here and were not destroyed.
func (s *Store) Bodiless(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM entry e WHERE "+bodiless).Scan(&n)
	return n, s.fault("count entries", err)
}

// WholeHead gives the head of a chain up to which every entry is here with its body,
// but for those that were destroyed by approval.
func (s *Store) WholeHead(ctx context.Context, c journal.Chain) (journal.Head, error) {
	head, err := s.Head(ctx, c)
	if err != nil || head.Seq == 0 {
		return head, err
	}
	var first sql.NullInt64
	err = s.read.QueryRowContext(ctx, "SELECT MIN(e.seq) FROM entry e JOIN chain c ON c.id = e.chain WHERE c.device = $1 AND c.epoch = $2 AND "+bodiless,
		string(c.Device), c.Epoch).Scan(&first)
	if err != nil || !first.Valid {
		return head, s.fault("read head", err)
	}
	hash, err := s.EntryAt(ctx, c, first.Int64-1)
	return journal.Head{Seq: first.Int64 - 1, Hash: hash}, err
}

// Heads gives the contiguous head of every chain here: everything up to it is
// on this disk. This, not anybody's memory of what was sent, decides what to send.
func (s *Store) Heads(ctx context.Context) (map[journal.Chain]journal.Head, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT device, epoch, seq, hash FROM chain")
	if err != nil {
		return nil, s.fault("read heads", err)
	}
	defer rows.Close()
	out := map[journal.Chain]journal.Head{}
	for rows.Next() {
		var c journal.Chain
		var h journal.Head
		if err := rows.Scan(&c.Device, &c.Epoch, &h.Seq, &h.Hash); err != nil {
			return nil, s.fault("read heads", err)
		}
		out[c] = h
	}
	return out, s.fault("read heads", rows.Err())
}

// Head gives the head of one chain, the zero Head for one never heard of.
func (s *Store) Head(ctx context.Context, c journal.Chain) (journal.Head, error) {
	var h journal.Head
	err := s.read.QueryRowContext(ctx, "SELECT seq, hash FROM chain WHERE device = $1 AND epoch = $2", string(c.Device), c.Epoch).Scan(&h.Seq, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Head{}, nil
	}
	return h, s.fault("read head", err)
}

// EntryAt gives the hash of a chain's entry seq, "" when it is not here.
func (s *Store) EntryAt(ctx context.Context, c journal.Chain, seq int64) (record.Hash, error) {
	var h record.Hash
	err := s.read.QueryRowContext(ctx, `SELECT e.hash FROM entry e JOIN chain c ON c.id = e.chain
		WHERE c.device = $1 AND c.epoch = $2 AND e.seq = $3`, string(c.Device), c.Epoch, seq).Scan(&h)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return h, s.fault("read entry", err)
}

// After gives entries of a chain after seq in order, as many as fit into limit
// entries and about size bytes, at least one if there is one.
func (s *Store) After(ctx context.Context, c journal.Chain, seq int64, limit, size int) ([]journal.Entry, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT e.header, e.body, e.key FROM entry e JOIN chain c ON c.id = e.chain
		WHERE c.device = $1 AND c.epoch = $2 AND e.seq > $3 ORDER BY e.seq LIMIT $4`, string(c.Device), c.Epoch, seq, limit)
	if err != nil {
		return nil, s.fault("read entries", err)
	}
	defer rows.Close()
	var out []journal.Entry
	for rows.Next() && size > 0 {
		var header, box, key []byte
		if err := rows.Scan(&header, &box, &key); err != nil {
			return nil, s.fault("read entries", err)
		}
		e, err := unseal(header, box, key)
		if err != nil {
			return nil, err
		}
		size -= len(e.Raw) + len(e.BodyJSON)
		out = append(out, e)
	}
	return out, s.fault("read entries", rows.Err())
}

// Tip gives the position of the last committed entry: the newest cursor.
func (s *Store) Tip(ctx context.Context) (pos int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT COALESCE(MAX(pos), 0) FROM entry").Scan(&pos)
	return pos, s.fault("read tip", err)
}
