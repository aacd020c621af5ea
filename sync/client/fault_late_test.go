package client_test

import (
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/synctest"
)

// Found by the mixture: one laptop sealed, the other had hung a photo on the
// same inspection and heard of the seal later. The server took the entry for
// late and never learned that it names a photo.
func TestAPhotoThatTheSealHadNotSeenReachesServerAndColleague(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := team(t, o)
		id := a.Plan(1)
		a.Sync()
		b.Sync()
		e := b.Attach(id, "k1", synctest.Picture(1, 50_000), synctest.Picture(2, 500))
		i, err := a.Store.Inspection(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		sign := signs(a, synctest.People()[0].ID)
		_, err = a.Store.Seal(ctx, store.Sealing{Inspection: id, Actor: synctest.People()[0].ID, Content: i.Content(),
			Sign: func(m []byte) (record.SealBody, error) {
				proof, key := sign(journal.ManifestStatement(m))
				return record.SealBody{Manifest: m, Person: synctest.People()[0].ID, Key: key, Proof: proof}, nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		a.Sync()
		b.Sync()
		a.Sync()
		synctest.Equal(t, o.Store, a.Store, b.Store)
		if got, err := a.Files.Digest(e.Small); err != nil || got != e.Small {
			t.Errorf("the small copy at the colleague who sealed: %s, %v", got.Short(), err)
		}
		if err := a.Client.Fetch(ctx, id, e.Digest, nil); err != nil {
			t.Errorf("the original: %v", err)
		}
		for _, s := range []*store.Store{o.Store, a.Store, b.Store} {
			if i, err := s.Inspection(ctx, id); err != nil || i.Late != 1 {
				t.Errorf("%d late entries, %v; want the photo's", i.Late, err)
			}
			if v, err := s.Verify(ctx, nil); err != nil || len(v.Problems) > 0 {
				t.Errorf("verify: %+v, %v", v.Problems, err)
			}
		}
	})
}
