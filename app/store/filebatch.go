package store

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"plumbline/app/record"
)

// HaveFiles is HaveFile for several files in one transaction: files that come
// at the same time wait for the disk once.
func (s *Store) HaveFiles(ctx context.Context, files []record.File) error {
	return s.tx(ctx, func(t *tx) error {
		// In one order, so that two processes never wait for each other.
		for _, f := range slices.SortedFunc(slices.Values(files), func(a, b record.File) int { return cmp.Compare(a.Digest, b.Digest) }) {
			err := t.exec(`INSERT INTO file (digest, size, media, inspection, original, here) VALUES ($1, $2, $3, '', 0, 1)
				ON CONFLICT (digest) DO UPDATE SET here = 1`, string(f.Digest), f.Size, f.Media)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Receipts is Receipt for several files in one transaction.
func (s *Store) Receipts(ctx context.Context, at map[record.Hash]int64) error {
	if len(at) == 0 {
		return nil
	}
	return s.tx(ctx, func(t *tx) error {
		for _, d := range slices.Sorted(maps.Keys(at)) {
			if err := t.exec("UPDATE file SET receipt = $1 WHERE digest = $2", at[d], string(d)); err != nil {
				return err
			}
		}
		return nil
	})
}
