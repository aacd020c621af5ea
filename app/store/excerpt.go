package store

import (
	"context"

	"plumbline/app/journal"
)

// Excerpt brings in entries from journals that are not here whole, each as if
// those before it were, and lets the tables follow. It is for a store that is
// made to look at them once and thrown away: such a store neither verifies nor
// syncs. Entries of one chain come in their order.
func (s *Store) Excerpt(ctx context.Context, entries []journal.Entry) error {
	ready, err := readyAll(entries)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		if err := t.reserve(int64(len(entries))); err != nil {
			return err
		}
		a := applying{t: t, chains: map[journal.Chain]*chainState{}}
		for i, e := range entries {
			c := a.chains[e.Chain()]
			if c == nil {
				c = &chainState{}
				if c.chainHead, err = t.chain(e.Chain()); err != nil {
					return err
				}
				a.chains[e.Chain()] = c
			}
			c.head = journal.Head{Seq: e.Seq - 1, Hash: e.Prev}
			if _, err := a.apply(e, ready[i]); err != nil {
				return err
			}
		}
		return a.close()
	})
}
