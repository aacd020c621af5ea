package store

import (
	"database/sql"
	"errors"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// known is what a writing transaction looked up or wrote. Every answer saved
// asks the same again, so it is handed on to the next transaction; it holds as
// long as nobody else, in this program or another, has added an entry since.
type known struct {
	end    int64 // of the commit sequence when the transaction committed
	chains map[journal.Chain]chainHead
	seals  map[record.ID]string // the entry that seals an inspection, "" none
	bulk   map[record.ID][]bulk
	plain  map[record.ID]bool // records that have no row in field
	roles  record.Roles       // nil: to be read
}

// maxKnown bounds what is handed on, in records: a day's inspections.
const maxKnown = 256

func newKnown() *known {
	return &known{chains: map[journal.Chain]chainHead{}, seals: map[record.ID]string{}, bulk: map[record.ID][]bulk{}, plain: map[record.ID]bool{}}
}

// recall takes up what the last transaction left, if nothing was added since.
// It is this transaction's alone from then on: one that fails loses it.
func (t *tx) recall() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if k := t.s.known; k != nil && k.end == t.start {
		t.known = k
	}
	t.s.known = nil
}

// remember hands on what this transaction knows once it has committed.
func (t *tx) remember() {
	if t.end == 0 || len(t.known.seals) > maxKnown || len(t.known.bulk) > maxKnown {
		return
	}
	t.known.end = t.end
	t.s.mu.Lock()
	t.s.known = t.known
	t.s.mu.Unlock()
}

// forgetKnown drops it where tables change without a new entry.
func (s *Store) forgetKnown() {
	s.mu.Lock()
	s.known = nil
	s.mu.Unlock()
}

// meet looks up a record of which nothing is known yet. Most entries that come
// from elsewhere begin a record or belong to one that began just before: one
// question then stands for four.
func (t *tx) meet(id record.ID) error {
	if _, met := t.known.bulk[id]; met {
		return nil
	}
	var one int
	err := t.row("SELECT 1 FROM entry WHERE record = $1 LIMIT 1", string(id)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		t.known.seals[id], t.known.bulk[id], t.known.plain[id] = "", nil, true
		return nil
	}
	return err
}
