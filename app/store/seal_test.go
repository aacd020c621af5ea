package store_test

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

// sealed gives a laptop with an inspection that its leader has sealed, and the
// leader's key.
func sealed(t *testing.T, s *store.Store) (record.ID, ed25519.PrivateKey) {
	t.Helper()
	leader := people()[0].ID
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key := journal.KeyID(public)
	if _, err := s.Append(ctx, leader, record.Change{Kind: record.Set, Record: leader, Set: map[string]any{"keys/" + key: journal.PublicText(public)}}); err != nil {
		t.Fatal(err)
	}
	id := newInspection(t, s)
	answer(t, s, id, "k1", record.Nonconform, "三笔付款无凭证")
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Seal(ctx, store.Sealing{Inspection: id, Actor: leader, Content: i.Content(), Sign: func(m []byte) (record.SealBody, error) {
		return record.SealBody{Manifest: m, Person: leader, Key: key, Proof: ed25519.Sign(private, journal.ManifestStatement(m))}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return id, private
}

func isSealed(t *testing.T, s *store.Store, id record.ID) bool {
	t.Helper()
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return i.Sealed != nil
}

// A device that is enrolled, but no more, sends seals for a colleague's
// inspection. Else the inspection would vanish from every list, and what the
// colleague wrote would be late.
func TestASealThatProvesNothingCountsNowhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b, stranger := open(), open(), open()
		id := newInspection(t, a)
		answer(t, a, id, "k1", record.Nonconform, "三笔付款无凭证")
		send(t, a, b)
		send(t, a, stranger)
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		key, leader := journal.KeyID(public), people()[0].ID
		publish := record.Change{Kind: record.Set, Record: leader, Set: map[string]any{"keys/" + key: journal.PublicText(public)}}
		if _, err := stranger.Append(ctx, leader, publish); err != nil {
			t.Fatal(err)
		}
		head, err := stranger.Head(ctx, stranger.Self())
		if err != nil {
			t.Fatal(err)
		}
		forge := func(entries []record.Hash, sign func([]byte) []byte) journal.Entry {
			manifest, err := json.Marshal(record.Manifest{Version: 1, Inspection: id, Entries: entries})
			if err != nil {
				t.Fatal(err)
			}
			content, err := journal.NewContent(record.Body{Set: map[string]json.RawMessage{"state": json.RawMessage(`"sealed"`)},
				Seal: &record.SealBody{Manifest: manifest, Person: leader, Key: key, Proof: sign(manifest)}})
			if err != nil {
				t.Fatal(err)
			}
			e, err := journal.New(journal.Header{Authority: stranger.Authority(), Device: stranger.Self().Device, Epoch: stranger.Self().Epoch,
				Seq: head.Seq + 1, Prev: head.Hash, Kind: record.Seal, Record: id, Wall: "2026-11-27T10:00:00.000+08:00"}, content)
			if err != nil {
				t.Fatal(err)
			}
			if head, err = head.Follow(e); err != nil {
				t.Fatal(err)
			}
			return e
		}
		send(t, stranger, b)
		own, err := a.After(ctx, a.Self(), 0, 1000, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		var all []record.Hash
		for _, e := range own {
			if e.Record == id {
				all = append(all, e.Hash)
			}
		}
		forged := []journal.Entry{
			forge(all, func([]byte) []byte { return make([]byte, ed25519.SignatureSize) }),
			forge(nil, func(m []byte) []byte { return ed25519.Sign(private, journal.ManifestStatement(m)) }), // knows nothing of the inspection
		}
		if _, err := b.Apply(ctx, forged, nil); err != nil {
			t.Fatal(err)
		}
		i, err := b.Inspection(ctx, id)
		if err != nil || i.Sealed != nil || i.State == record.SealedNow || i.Late != 0 || i.Answers["k1"].Note == "" {
			t.Errorf("the colleague's inspection is %+v, %v", i, err)
		}
		v, err := b.Verify(ctx, nil)
		if err != nil || len(v.Problems) != 2 || v.Problems[0].Message != "verify.seal_unproved" || v.Problems[0].Record != id {
			t.Errorf("verify: %+v, %v", v.Problems, err)
		}
		before := digest(t, b)
		if err := b.Rebuild(ctx); err != nil || digest(t, b) != before {
			t.Errorf("rebuild changed the tables, %v", err)
		}
	})
}

// Whoever was not in the team closes no inspection, however good the key.
func TestOnlyTheTeamSeals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, first, last := open(), open(), open()
		id := newInspection(t, a)
		answer(t, a, id, "k1", record.Conform, "")
		stranger := record.InspectorID("ZF-9999")
		seal := func(by record.ID) error {
			public, private, err := ed25519.GenerateKey(nil)
			if err != nil {
				t.Fatal(err)
			}
			key := journal.KeyID(public)
			if _, err := a.Append(ctx, by, record.Change{Kind: record.Set, Record: by, Set: map[string]any{"keys/" + key: journal.PublicText(public)}}); err != nil {
				t.Fatal(err)
			}
			i, err := a.Inspection(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.Seal(ctx, store.Sealing{Inspection: id, Actor: by, Content: i.Content(), Sign: func(m []byte) (record.SealBody, error) {
				return record.SealBody{Manifest: m, Person: by, Key: key, Proof: ed25519.Sign(private, journal.ManifestStatement(m))}, nil
			}})
			return err
		}
		if err := seal(stranger); record.CodeOf(err) != record.Forbidden {
			t.Errorf("a stranger's seal: got %v, want forbidden", err)
		}
		if err := seal(people()[1].ID); err != nil {
			t.Fatal(err)
		}
		// In one piece, and with the entries that say who is in the team coming last.
		own, err := a.After(ctx, a.Self(), 0, 1000, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for n := range own {
			if _, err := last.Apply(ctx, own[n:n+1], nil); err != nil {
				t.Fatal(err)
			}
		}
		send(t, a, first)
		if x, y, z := digest(t, a), digest(t, first), digest(t, last); x != y || x != z {
			t.Errorf("tables differ: %s %s %s", x, y, z)
		}
		if i, err := last.Inspection(ctx, id); err != nil || i.Sealed == nil {
			t.Errorf("sealed: %+v, %v", i.Sealed, err)
		}
	})
}

// A laptop that did not make the inspection seals it: its seal may be here before
// the entry that says who is in the team.
func TestASealIsLookedAtAgainWhenTheTeamBecomesKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b, c := open(), open(), open()
		id := newInspection(t, a)
		answer(t, a, id, "k1", record.Conform, "")
		send(t, a, b)
		by := people()[0].ID
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		key := journal.KeyID(public)
		if _, err := b.Append(ctx, by, record.Change{Kind: record.Set, Record: by, Set: map[string]any{"keys/" + key: journal.PublicText(public)}}); err != nil {
			t.Fatal(err)
		}
		i, err := b.Inspection(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Seal(ctx, store.Sealing{Inspection: id, Actor: by, Content: i.Content(), Sign: func(m []byte) (record.SealBody, error) {
			return record.SealBody{Manifest: m, Person: by, Key: key, Proof: ed25519.Sign(private, journal.ManifestStatement(m))}, nil
		}}); err != nil {
			t.Fatal(err)
		}
		own, err := b.After(ctx, b.Self(), 0, 1000, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Apply(ctx, own, nil); err != nil {
			t.Fatal(err)
		}
		if i, err := c.Inspection(ctx, id); err == nil && i.Sealed != nil {
			t.Error("sealed by somebody of whom nothing is known")
		}
		send(t, a, c)
		send(t, b, a)
		if x, y, z := digest(t, a), digest(t, b), digest(t, c); x != y || x != z {
			t.Errorf("tables differ: %s %s %s", x, y, z)
		}
		if i, err := c.Inspection(ctx, id); err != nil || i.Sealed == nil || i.Late != 0 {
			t.Errorf("sealed %+v, late %d, %v", i.Sealed, i.Late, err)
		}
	})
}

// The seal and the key that proves it may come from two laptops, in any order.
func TestASealWaitsForTheKeyThatProvesIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b := open(), open()
		id, private := sealed(t, a)
		leader, key := people()[0].ID, journal.KeyID(private.Public().(ed25519.PublicKey))
		entries, err := a.After(ctx, a.Self(), 0, 1000, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		refuseKey := func(e journal.Entry, body record.Body) *record.Error {
			if body.Set["keys/"+key] != nil {
				return &record.Error{Code: record.Forbidden, Message: "refuse.authority"}
			}
			return nil
		}
		if _, err := b.Apply(ctx, entries, refuseKey); err != nil {
			t.Fatal(err)
		}
		if isSealed(t, b, id) {
			t.Error("the inspection is sealed although nobody here knows the key")
		}
		publish := record.Change{Kind: record.Set, Record: leader, Set: map[string]any{"keys/" + key: journal.PublicText(private.Public().(ed25519.PublicKey))}}
		if _, err := b.Append(ctx, leader, publish); err != nil {
			t.Fatal(err)
		}
		if !isSealed(t, b, id) {
			t.Error("the key is here, and the inspection not sealed")
		}
		send(t, b, a)
		if digest(t, a) != digest(t, b) {
			t.Error("tables differ")
		}
		// What somebody writes in the key's place takes nothing from what it signed.
		if _, err := a.Append(ctx, leader, record.Change{Kind: record.Set, Record: leader, Set: map[string]any{"keys/" + key: "nonsense"}}); err != nil {
			t.Fatal(err)
		}
		if err := a.Rebuild(ctx); err != nil || !isSealed(t, a, id) {
			t.Errorf("the seal is gone with the key's value, %v", err)
		}
	})
}

func TestNobodySealsWithAKeyThatNobodyKnows(t *testing.T) {
	s := storetest.SQLite(t, t.TempDir())
	id := newInspection(t, s)
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Seal(ctx, store.Sealing{Inspection: id, Actor: people()[0].ID, Content: i.Content(), Sign: func(m []byte) (record.SealBody, error) {
		return record.SealBody{Manifest: m, Person: people()[0].ID, Key: "0123456789abcdef", Proof: make([]byte, 64)}, nil
	}})
	if record.CodeOf(err) != record.Forbidden || isSealed(t, s, id) {
		t.Errorf("got %v, want forbidden and an open inspection", err)
	}
}
