package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Append turns the changes that a rule decided on into entries of this
// device's journal and lets the tables follow. When it returns nil they are on
// the disk. actor is the person at the keyboard.
func (s *Store) Append(ctx context.Context, actor record.ID, changes ...record.Change) ([]journal.Entry, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	var out []journal.Entry
	err := s.tx(ctx, func(t *tx) error {
		entries, err := t.append(actor, changes...)
		out = entries
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// append writes changes at the end of this device's own chain.
func (t *tx) append(actor record.ID, changes ...record.Change) ([]journal.Entry, error) {
	own, err := t.own(int64(len(changes)))
	if err != nil {
		return nil, err
	}
	out := make([]journal.Entry, 0, len(changes))
	for _, c := range changes {
		if err := t.refuseSealed(c); err != nil {
			return nil, err
		}
		if done, err := t.moved(c); err != nil || done {
			if err != nil {
				return nil, err
			}
			continue
		}
		e, err := own.write(actor, c)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, own.close()
}

// refuseSealed keeps a window that has not seen the seal from writing behind it.
func (t *tx) refuseSealed(c record.Change) error {
	if c.Record.Type() != record.InspectionType || afterSeal(c.Kind) {
		return nil
	}
	sealed, err := t.sealed(c.Record)
	if err == nil && sealed != "" {
		return &record.Error{Code: record.Sealed, Message: "inspection.sealed"}
	}
	return err
}

// moved tells whether an inspection has already taken the step that a change
// takes it: another program on the same folder was quicker. To write the step
// twice would leave two words on when the inspection began.
func (t *tx) moved(c record.Change) (bool, error) {
	if c.Kind != record.Transition || c.Record.Type() != record.InspectionType {
		return false, nil
	}
	st, err := t.state(c.Record)
	if err != nil || slices.Equal(st.Versions("state"), c.Base["state"]) {
		return false, err
	}
	to, err := rawOf(c.Set["state"])
	if err != nil {
		return false, err
	}
	var next, now record.InspectionState
	return st.Get("state", &now) && json.Unmarshal(to, &next) == nil && next == now, nil
}

// sealed gives the entry that seals an inspection, "" if none does. It asks
// field, not the inspection's own row: a seal may arrive before the entry that
// created the inspection.
func (t *tx) sealed(id record.ID) (string, error) {
	if entry, known := t.known.seals[id]; known {
		return entry, nil
	}
	var entry string
	err := t.row("SELECT entry FROM field WHERE record = $1 AND path = 'seal'", string(id)).Scan(&entry)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err == nil {
		t.known.seals[id] = entry
	}
	return entry, err
}

// afterSeal tells which kinds may follow a seal.
func afterSeal(k record.Kind) bool {
	switch k {
	case record.Seal, record.Amend, record.Comment, record.Resolve, record.Refuse:
		return true
	}
	return false
}

// ownChain is this device's journal while a transaction writes to it.
type ownChain struct {
	t    *tx
	self identity // when it began: one transaction writes to one chain
	chainHead
	last int64 // when the server was last heard, unix ms; 0 never
}

// own opens this device's chain for n more entries.
func (t *tx) own(n int64) (*ownChain, error) {
	if err := t.reserve(n); err != nil {
		return nil, err
	}
	return t.openOwn(*t.s.self.Load())
}

// openOwn opens a chain of this device where positions are reserved already.
func (t *tx) openOwn(self identity) (*ownChain, error) {
	o := &ownChain{t: t, self: self}
	var err error
	if o.chainHead, err = t.chain(o.self.chain); err != nil {
		return nil, err
	}
	o.last, err = t.s.contacted(t)
	return o, err
}

// contactAge is how old our knowledge of the last contact may be: entries note
// it in seconds, as evidence, and every save would ask for it.
const contactAge = 2 * time.Second

// contacted tells when the server was last heard, in unix milliseconds.
func (s *Store) contacted(t *tx) (int64, error) {
	now := s.now()
	s.mu.Lock()
	at, asked := s.contact, s.asked
	s.mu.Unlock()
	if age := now.Sub(asked); age >= 0 && age < contactAge {
		return at, nil
	}
	at = 0
	err := t.row("SELECT contact FROM remote ORDER BY contact DESC LIMIT 1").Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	s.mu.Lock()
	s.contact, s.asked = at, now
	s.mu.Unlock()
	return at, nil
}

// write makes, stores and projects one entry.
func (o *ownChain) write(actor record.ID, c record.Change) (journal.Entry, error) {
	body, err := bodyOf(c)
	if err != nil {
		return journal.Entry{}, err
	}
	if err := o.t.mayWrite(actor, c.Record, body.Set); err != nil {
		return journal.Entry{}, err
	}
	return o.writeBody(actor, c, body)
}

// mayWrite tells why the authority's roles do not let a person write this, nil if
// they do.
func (t *tx) mayWrite(actor, id record.ID, set map[string]json.RawMessage) error {
	roles, err := t.roles()
	if err != nil {
		return err
	}
	if no := roles.Of(t.s.Authority()).May(actor, id, set, t.s.now().UnixMilli()); no != nil {
		return no
	}
	return nil
}

func (o *ownChain) writeBody(actor record.ID, c record.Change, body record.Body) (journal.Entry, error) {
	content, err := journal.NewContent(body)
	if err != nil {
		return journal.Entry{}, err
	}
	key, box, err := seal(content.Salt, content.JSON)
	if err != nil {
		return journal.Entry{}, err
	}
	return o.keep(actor, c, body, made{content: content, key: key, box: box})
}

// made is a body ready to be stored: written, digested and sealed.
type made struct {
	content  journal.Content
	key, box []byte
	fresh    bool // nothing was ever written to this record

	organization *organizationRow // of a new organization
}

func (o *ownChain) header(actor record.ID, c record.Change) journal.Header {
	now := o.t.s.now()
	o.hlc = journal.Tick(o.hlc, now)
	h := journal.Header{
		Authority: o.self.authority, Device: o.self.chain.Device, Epoch: o.self.chain.Epoch,
		Seq: o.head.Seq + 1, Prev: o.head.Hash,
		HLC: o.hlc, Wall: now.Format("2006-01-02T15:04:05.000Z07:00"),
		Actor: actor, Kind: c.Kind, Record: c.Record, Base: c.Base,
	}
	if len(h.Base) == 0 {
		h.Base = nil
	}
	if o.last > 0 {
		h.Contact = max(0, (now.UnixMilli()-o.last)/1000)
	}
	return h
}

// keep stores and projects one entry at the end of the chain.
func (o *ownChain) keep(actor record.ID, c record.Change, body record.Body, m made) (journal.Entry, error) {
	e, err := journal.New(o.header(actor, c), m.content)
	if err != nil {
		return e, err
	}
	if e.Size() > journal.MaxEntry {
		return e, &record.Error{Code: record.TooLarge, Message: "entry.too_large", Args: map[string]any{"limit": journal.MaxEntry >> 20}}
	}
	if o.head, err = o.head.Follow(e); err != nil {
		return e, err
	}
	p := plan{bulk: true}
	switch {
	case !projected(e):
		p = plan{skip: true, newer: true}
	case !m.fresh:
		// Nobody can have refused what is being written just now.
		if p, err = o.t.planUnrefused(e, body); err != nil {
			return e, err
		}
	}
	return e, o.t.store(o.id, e, body, m.key, m.box, p)
}

// close stores the chain's new head.
func (o *ownChain) close() error {
	if err := o.t.settle(); err != nil {
		return err
	}
	return o.t.setChain(o.self.chain, o.chainHead)
}

func bodyOf(c record.Change) (record.Body, error) {
	b := record.Body{Reason: c.Reason}
	if len(c.Set) > 0 {
		b.Set = make(map[string]json.RawMessage, len(c.Set))
	}
	for p, v := range c.Set {
		raw, err := rawOf(v)
		if err != nil {
			return b, fmt.Errorf("store: value at %s: %w", p, err)
		}
		b.Set[p] = raw
	}
	return b, nil
}

func rawOf(v any) (json.RawMessage, error) {
	if raw, ok := v.(json.RawMessage); ok && len(raw) > 0 {
		return raw, nil
	}
	return json.Marshal(v)
}

// reserve takes n positions of the commit sequence. It comes first in every
// transaction that adds entries: on PostgreSQL its row lock makes commits
// happen in the order of positions, so no reader's cursor can pass an entry
// that commits later. SQLite has one writer at a time and needs no lock: a page
// less to write for every answer saved.
func (t *tx) reserve(n int64) error {
	if t.s.dialect == SQLite {
		if err := t.row("SELECT COALESCE(MAX(pos), 0) FROM entry").Scan(&t.pos); err != nil {
			return err
		}
		t.start, t.end = t.pos, t.pos
		t.recall()
		return nil
	}
	var head int64
	if err := t.row("UPDATE stream SET head = head + $1 WHERE name = 'entries' RETURNING head", n).Scan(&head); err != nil {
		return fmt.Errorf("reserve positions: %w", err)
	}
	t.pos, t.start, t.end = head-n, head-n, head
	t.recall()
	return nil
}

// chainHead is how far a chain's row says it is here.
type chainHead struct {
	id   int64
	head journal.Head
	hlc  int64
}

// chain gives a chain's row, making it when it is new here.
func (t *tx) chain(c journal.Chain) (h chainHead, err error) {
	if h, ok := t.known.chains[c]; ok {
		return h, nil
	}
	find := func() error {
		return t.row("SELECT id, seq, hash, hlc FROM chain WHERE device = $1 AND epoch = $2", string(c.Device), c.Epoch).
			Scan(&h.id, &h.head.Seq, &h.head.Hash, &h.hlc)
	}
	if err = find(); errors.Is(err, sql.ErrNoRows) {
		if err = t.exec("INSERT INTO chain (device, epoch, seq, hash, hlc) VALUES ($1, $2, 0, '', 0)", string(c.Device), c.Epoch); err == nil {
			err = find()
		}
	}
	return h, err
}

func (t *tx) setChain(c journal.Chain, h chainHead) error {
	t.known.chains[c] = h
	return t.exec("UPDATE chain SET seq = $1, hash = $2, hlc = $3 WHERE id = $4", h.head.Seq, string(h.head.Hash), h.hlc, h.id)
}

// store puts an entry at the next position of the commit sequence and projects
// it. The unique index on chain and seq is what makes a batch that arrives
// twice harmless.
func (t *tx) store(chain int64, e journal.Entry, body record.Body, key, box []byte, p plan) error {
	t.pos++
	t.end = max(t.end, t.pos)
	err := t.exec(`INSERT INTO entry (pos, chain, seq, authority, hash, kind, record, header, body, key, received, bulk)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.pos, chain, e.Seq, e.Authority, string(e.Hash), string(e.Kind), string(e.Record), e.Raw, box, key, t.s.now().UnixMilli(), number(p.bulk))
	if err != nil {
		return fmt.Errorf("store entry %d of %s: %w", e.Seq, e.Device, err)
	}
	return t.project(e, body, t.pos, p)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sortedPaths(set map[string]json.RawMessage) []string {
	out := make([]string, 0, len(set))
	for p := range set {
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}
