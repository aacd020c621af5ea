package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

var ctx = context.Background()

var (
	people       = storetest.People
	organization = storetest.Organization
)

func values(o record.Organization) map[string]any {
	return map[string]any{
		"scheme": o.Scheme, "code": o.Code, "name": o.Name, "kind": o.Kind, "legal_representative": o.LegalRepresentative,
	}
}

func register(t *testing.T, s *store.Store, from, to int) store.Registered {
	t.Helper()
	r, err := s.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
		for n := from; n < to; n++ {
			o := organization(n)
			if !yield(store.RegisterRow{ID: o.ID, Set: func(old record.Organization, found bool) map[string]any {
				if found && old.Name == o.Name && old.LegalRepresentative == o.LegalRepresentative {
					return nil
				}
				return values(o)
			}}) {
				return
			}
		}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newInspection(t *testing.T, s *store.Store) record.ID {
	t.Helper()
	if _, err := s.RegisterInspectors(ctx, "", people()); err != nil {
		t.Fatal(err)
	}
	id, changes, err := record.NewInspection(organization(1), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", people(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
		t.Fatal(err)
	}
	return id
}

func answer(t *testing.T, s *store.Store, id record.ID, item, value, note string) {
	t.Helper()
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := i.SetAnswer(item, record.Answer{Value: json.RawMessage(`"` + value + `"`), Note: note})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
		t.Fatal(err)
	}
}

func digest(t *testing.T, s *store.Store) record.Hash {
	t.Helper()
	h, err := s.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// send carries every entry from has to lacks that lacks does not have.
func send(t *testing.T, has, lacks *store.Store) []store.Result {
	t.Helper()
	heads, err := has.Heads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out []store.Result
	for c := range heads {
		h, err := lacks.Head(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := has.After(ctx, c, h.Seq, 10000, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		r, err := lacks.Apply(ctx, entries, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r...)
	}
	return out
}

func TestImportingTheSameRegisterTwiceChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if r := register(t, s, 0, 300); r.Added != 300 {
			t.Errorf("first import: got %+v, want 300 added", r)
		}
		if r := register(t, s, 0, 300); r.Unchanged != 300 || r.Added+r.Changed != 0 {
			t.Errorf("second import: got %+v, want 300 unchanged", r)
		}
	})
}

func TestSearchFindsChineseOfAnyLength(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		register(t, s, 0, 300)
		o := organization(7)
		for _, text := range []string{"第7书", "云", "书法", "书法协", "李明", o.Code, o.Code[8:16], o.Code[15:], strings.ToLower(o.Code), "书法 李明"} {
			found, err := s.SearchOrganizations(ctx, text, 300)
			if err != nil {
				t.Fatal(err)
			}
			ok := false
			for _, f := range found {
				ok = ok || f.ID == o.ID
			}
			if !ok {
				t.Errorf("search %q: %d found, %s is not among them", text, len(found), o.Name)
			}
		}
		if found, _ := s.SearchOrganizations(ctx, "书会", 10); len(found) != 0 {
			t.Errorf("search 书会: got %v, want nothing: the two characters do not adjoin", found)
		}
	})
}

func TestOneRareLetterFindsAnOrganizationFarDownTheRegister(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		register(t, s, 0, 700)
		for _, name := range []string{"Quiz Club", "Pro Bono Colloq", "龘"} {
			_, err := s.Append(ctx, "", record.Change{Kind: record.Create, Record: record.OrganizationID(record.SchemeEIN, name),
				Set: map[string]any{"scheme": record.SchemeEIN, "code": "53", "name": name, "kind": record.Charity}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for text, want := range map[string]string{"q": "Pro Bono Colloq", "Q": "Quiz Club", "龘": "龘", "quiz": "Quiz Club", "uiz": "Quiz Club", "pro colloq": "Pro Bono Colloq"} {
			found, err := s.SearchOrganizations(ctx, text, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(found, func(f store.Found) bool { return f.Name == want }) {
				t.Errorf("search %q: %d found, %s is not among them", text, len(found), want)
			}
		}
		if found, _ := s.SearchOrganizations(ctx, "quiz colloq", 10); len(found) != 0 {
			t.Errorf("search of two words that no one organization has: got %v", found)
		}
	})
}

func TestAnswersComeBackAfterReopening(t *testing.T) {
	folder := t.TempDir()
	s := storetest.SQLite(t, folder)
	id := newInspection(t, s)
	answer(t, s, id, "k1", record.Nonconform, "三笔付款无凭证 𬱖𬭸𬬭")
	s.Close()
	s = storetest.SQLite(t, folder)
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if a := i.Answers["k1"]; a.Text() != record.Nonconform || a.Note != "三笔付款无凭证 𬱖𬭸𬬭" {
		t.Errorf("got %+v", a)
	}
	if len(i.Team) != 2 || i.Team[0].Role != record.RoleLeader {
		t.Errorf("team: got %+v", i.Team)
	}
}

func TestWhatCouldNeverBeSentIsRefusedAndNothingOfItIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		id := newInspection(t, s)
		answer(t, s, id, "k1", record.Nonconform, "before")
		before := digest(t, s)
		long := strings.Repeat("长", journal.MaxEntry/len("长"))
		small := record.Change{Record: id, Kind: record.Comment, Set: map[string]any{"comments/a": "beside it"}}
		large := record.Change{Record: id, Kind: record.Comment, Set: map[string]any{"comments/b": long}}
		if _, err := s.Append(ctx, people()[0].ID, small, large); record.CodeOf(err) != record.TooLarge {
			t.Fatalf("got %v, want too_large", err)
		}
		if after := digest(t, s); after != before {
			t.Errorf("digest %s after the refusal, %s before", after, before)
		}
		large.Set["comments/b"] = long[:len(long)-4<<10]
		entries, err := s.Append(ctx, people()[0].ID, large)
		if err != nil || entries[0].Size() > journal.MaxEntry {
			t.Errorf("just below the limit: %v", err)
		}
	})
}

func TestRebuildReproducesTheTables(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		register(t, s, 0, 50)
		id := newInspection(t, s)
		for n := range 12 {
			answer(t, s, id, fmt.Sprintf("k%d", n%5), record.Nonconform, fmt.Sprint(n))
		}
		before := digest(t, s)
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if after := digest(t, s); after != before {
			t.Errorf("digest after rebuild %s, before %s", after, before)
		}
	})
}

func TestTwoProgramsOnOneFolderTakeAnInspectionOnSiteOnce(t *testing.T) {
	folder := t.TempDir()
	window, command := storetest.SQLite(t, folder), storetest.SQLite(t, folder)
	id := newInspection(t, window)
	at := time.Date(2026, 5, 6, 9, 0, 0, 0, time.UTC)
	var seen []record.Inspection // by both, before either has written
	for _, s := range []*store.Store{window, command} {
		i, err := s.Inspection(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, i)
	}
	for n, s := range []*store.Store{window, command} {
		changes, err := seen[n].Begin(at.Add(time.Duration(n) * time.Minute))
		if err != nil || len(changes) != 1 {
			t.Fatalf("program %d: %d changes, %v", n, len(changes), err)
		}
		if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
			t.Fatal(err)
		}
	}
	i, err := window.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if i.State != record.OnSite || i.StartedAt != at.Format(time.RFC3339) || len(i.Conflicts) > 0 {
		t.Errorf("state %s since %s, conflicts %v; want on site since the first program's word", i.State, i.StartedAt, i.Conflicts)
	}
	// Whoever has seen the first step may still take another one.
	if changes, err := i.Begin(at); err != nil || len(changes) > 0 {
		t.Errorf("begin again: %v, %v", changes, err)
	}
}

func TestTwoLaptopsOnOneInspectionEndUpEqualAndKeepBothValues(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b, server := open(), open(), open()
		id := newInspection(t, a)
		answer(t, a, id, "k1", record.Conform, "")
		send(t, a, server)
		send(t, server, b)
		answer(t, a, id, "k1", record.Nonconform, "seen by A")
		answer(t, b, id, "k1", record.NotApplicable, "seen by B")
		answer(t, b, id, "k2", record.Conform, "")
		for range 2 {
			send(t, a, server)
			send(t, b, server)
			send(t, server, a)
			send(t, server, b)
		}
		if x, y, z := digest(t, a), digest(t, b), digest(t, server); x != y || y != z {
			t.Errorf("replicas differ: %s %s %s", x.Short(), y.Short(), z.Short())
		}
		conflicts, err := server.Conflicts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(conflicts) != 2 { // value and note
			t.Errorf("got %d conflicts, want 2: %+v", len(conflicts), conflicts)
		}
		i, _ := server.Inspection(ctx, id)
		if i.Answers["k2"].Text() != record.Conform {
			t.Errorf("k2: got %+v: different paths must merge", i.Answers["k2"])
		}
	})
}

func TestSendingABatchTwiceIsHarmless(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, server := open(), open()
		id := newInspection(t, a)
		answer(t, a, id, "k1", record.Conform, "")
		entries, err := a.After(ctx, a.Self(), 0, 100, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for round, want := range []store.Verdict{store.Stored, store.Known} {
			results, err := server.Apply(ctx, entries, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Verdict != want {
					t.Errorf("round %d, entry %d: got %s, want %s", round, r.Seq, r.Verdict, want)
				}
			}
		}
		if digest(t, a) != digest(t, server) {
			t.Error("tables differ")
		}
	})
}

func TestACopiedLaptopIsNoticed(t *testing.T) {
	a, server := storetest.SQLite(t, t.TempDir()), storetest.SQLite(t, t.TempDir())
	newInspection(t, a)
	send(t, a, server)
	head, _ := server.Head(ctx, a.Self())
	content, err := journal.NewContent(record.Body{})
	if err != nil {
		t.Fatal(err)
	}
	forged, err := journal.New(journal.Header{Authority: "990100", Device: a.Self().Device, Epoch: a.Self().Epoch,
		Seq: head.Seq, Prev: record.HashOf([]byte("x")), Kind: record.Set, Record: "insp_x", Wall: "w"}, content)
	if err != nil {
		t.Fatal(err)
	}
	r, err := server.Apply(ctx, []journal.Entry{forged}, nil)
	if err != nil || r[0].Verdict != store.Forked {
		t.Errorf("got %+v, %v, want forked", r, err)
	}
}

func TestTheSameRegisterOnTwoLaptopsIsOneAndTheFullerRowCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b := open(), open()
		register(t, a, 0, 30)
		register(t, b, 0, 30)
		o := organization(40)
		for s, extra := range map[*store.Store]string{a: "", b: "云溪市东湖区和平路1号"} {
			_, err := s.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
				yield(store.RegisterRow{ID: o.ID, Set: func(record.Organization, bool) map[string]any {
					set := values(o)
					if extra != "" {
						set["address"] = extra
					}
					return set
				}})
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
		}
		send(t, a, b)
		send(t, b, a)
		if digest(t, a) != digest(t, b) {
			t.Error("tables differ")
		}
		for name, s := range map[string]*store.Store{"a": a, "b": b} {
			got, err := s.Organization(ctx, o.ID)
			if err != nil || got.Address == "" {
				t.Errorf("%s: address %q, %v", name, got.Address, err)
			}
			if c, err := s.Conflicts(ctx); err != nil || len(c) > 0 {
				t.Errorf("%s: %d conflicts, %v", name, len(c), err)
			}
			before := digest(t, s)
			if err := s.Rebuild(ctx); err != nil || digest(t, s) != before {
				t.Errorf("%s: rebuild differs (%v)", name, err)
			}
		}
	})
}

func TestAnEntryOfANewerProgramIsKeptAndHoldsNothingUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		server := open()
		chain := journal.Chain{Device: record.NewID(record.DeviceType), Epoch: "e"}
		var head journal.Head
		var entries []journal.Entry
		for n, body := range []string{`{"set":["another shape"]}`, `{"set":{"name":"云溪市书法协会","scheme":"uscc","code":"5"}}`} {
			salt := make([]byte, journal.SaltSize)
			e, err := journal.New(journal.Header{Authority: "990100", Device: chain.Device, Epoch: chain.Epoch, Seq: int64(n + 1), Prev: head.Hash,
				Wall: "w", Kind: record.Create, Record: record.ID(fmt.Sprint("org_", n))}, journal.Content{Salt: salt, JSON: []byte(body), Hash: record.HashOf(salt, []byte(body))})
			if err != nil {
				t.Fatal(err)
			}
			head = journal.Head{Seq: e.Seq, Hash: e.Hash}
			entries = append(entries, e)
		}
		if _, err := server.Apply(ctx, entries, nil); err != nil {
			t.Fatal(err)
		}
		if n, err := server.OrganizationCount(ctx); err != nil || n != 1 {
			t.Errorf("%d organizations, %v, want the one that can be read", n, err)
		}
		kept, err := server.After(ctx, chain, 0, 10, 1<<20)
		if err != nil || len(kept) != 2 || kept[0].Hash != entries[0].Hash {
			t.Errorf("passed on: %d entries, %v", len(kept), err)
		}
		if err := server.Rebuild(ctx); err != nil {
			t.Errorf("rebuild: %v", err)
		}
	})
}

func TestARefusedEntryIsVisibleOnBothSidesAndCountsNowhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, server := open(), open()
		id := newInspection(t, a)
		answer(t, a, id, "k1", record.Conform, "")
		answer(t, a, id, "k2", record.Nonconform, "")
		entries, _ := a.After(ctx, a.Self(), 0, 100, 1<<20)
		last := entries[len(entries)-1]
		r, err := server.Apply(ctx, entries, func(e journal.Entry, _ record.Body) *record.Error {
			if e.Hash == last.Hash {
				return &record.Error{Code: record.Forbidden, Message: "refuse.certificate_expired"}
			}
			return nil
		})
		if err != nil || r[len(r)-1].Verdict != store.Refused {
			t.Fatalf("got %+v, %v", r, err)
		}
		send(t, server, a)
		for name, s := range map[string]*store.Store{"laptop": a, "server": server} {
			q, err := s.Quarantine(ctx)
			if err != nil || len(q) != 1 || q[0].Entry != last.Hash {
				t.Errorf("%s: quarantine %+v, %v", name, q, err)
			}
			i, _ := s.Inspection(ctx, id)
			if _, there := i.Answers["k2"]; there {
				t.Errorf("%s: the refused answer still shows", name)
			}
		}
		if digest(t, a) != digest(t, server) {
			t.Error("tables differ")
		}
		before := digest(t, a)
		if err := a.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if digest(t, a) != before {
			t.Error("rebuild changed the tables")
		}
	})
}

// Whoever settles a refusal has to see the photo that the entry names: its file
// is known everywhere, in whatever order the two arrive.
func TestTheFileOfARefusedEntryIsKnownInWhateverOrderTheRefusalComes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, server, b := open(), open(), open()
		id := newInspection(t, a)
		i, err := a.Inspection(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		e := record.Evidence{ID: record.NewID(record.EvidenceType), Item: "k1", Media: "image/jpeg", Digest: record.HashOf([]byte("photo")), Size: 5, AddedAt: "2026-11-27T10:00:00+08:00"}
		changes, err := i.Attach(e, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Append(ctx, people()[0].ID, changes...); err != nil {
			t.Fatal(err)
		}
		entries, err := a.After(ctx, a.Self(), 0, 100, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		last := entries[len(entries)-1]
		if _, err := server.Apply(ctx, entries, func(e journal.Entry, _ record.Body) *record.Error {
			if e.Hash == last.Hash {
				return &record.Error{Code: record.Forbidden, Message: "refuse.certificate_expired"}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		send(t, server, a)
		refusals, err := server.After(ctx, server.Self(), 0, 100, 1<<20)
		if err != nil || len(refusals) == 0 {
			t.Fatalf("the server wrote %d entries, %v", len(refusals), err)
		}
		for _, page := range [][]journal.Entry{refusals, entries} {
			if _, err := b.Apply(ctx, page, nil); err != nil {
				t.Fatal(err)
			}
		}
		want := digest(t, server)
		for name, s := range map[string]*store.Store{"laptop": a, "colleague": b} {
			files, err := s.FilesOf(ctx, id)
			if err != nil || len(files) != 1 || files[0].Digest != e.Digest {
				t.Errorf("%s knows the files %+v, %v", name, files, err)
			}
			if digest(t, s) != want {
				t.Errorf("%s: tables differ from the server's", name)
			}
		}
	})
}
