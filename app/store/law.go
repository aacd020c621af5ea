package store

import (
	"context"
	"encoding/json"

	"plumbline/app/record"
)

// Laws lists the editions in the authority's library, by instrument, the earlier
// before the later.
func (s *Store) Laws(ctx context.Context) (record.LawLibrary, error) {
	var out record.LawLibrary
	err := s.docs(ctx, "SELECT doc FROM law_edition ORDER BY ref, id", func(doc []byte) error {
		var k record.KeptLaw
		err := json.Unmarshal(doc, &k)
		out = append(out, k)
		return err
	})
	out.Sort()
	return out, err
}

// projectLaw follows an edition. One whose identity is another's, or that cannot
// be read, stays in the journal alone.
func (t *tx) projectLaw(id record.ID) error {
	st, err := t.state(id)
	if err != nil {
		return err
	}
	k, ok := record.LawOf(st)
	if !ok || k.ID() != id {
		return t.exec("DELETE FROM law_edition WHERE id = $1", string(id))
	}
	doc, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO law_edition (id, ref, doc) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc", string(id), plain(k.Ref), plain(string(doc)))
}
