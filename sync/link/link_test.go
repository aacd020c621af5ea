package link_test

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

var ctx = context.Background()

// Authorities of the two counties; synctest.Authority is the province's.
const countyA, countyB = "990101", "990102"

// signs publishes a key for a person and gives what signs with it.
func signs(l *synctest.Laptop, person record.ID) func([]byte) ([]byte, string) {
	public, private, err := ed25519.GenerateKey(nil)
	key := journal.KeyID(public)
	l.Keep([]record.Change{{Kind: record.Set, Record: person, Set: map[string]any{"keys/" + key: journal.PublicText(public)}}}, err)
	return func(statement []byte) ([]byte, string) { return ed25519.Sign(private, statement), key }
}

// refused has a laptop write what every server for real work puts into
// quarantine.
func refused(l *synctest.Laptop, n int) record.ID {
	o := synctest.Organization(n)
	l.Keep([]record.Change{{Kind: record.Create, Record: o.ID, Set: map[string]any{"scheme": "uscc", "code": o.Code, "name": o.Name, "fictional": true}}}, nil)
	return o.ID
}

func quarantine(t testing.TB, s *store.Store) []string {
	t.Helper()
	list, err := s.Quarantine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, q := range list {
		out = append(out, q.Message)
	}
	return out
}

func state(t testing.TB, s *store.Store) store.Link {
	t.Helper()
	list, err := s.Links(ctx)
	if err != nil || len(list) != 1 {
		t.Fatalf("links %+v, %v, want one", list, err)
	}
	return list[0]
}

func has(t testing.TB, s *store.Store, id record.ID) bool {
	t.Helper()
	_, err := s.Inspection(ctx, id)
	if err != nil && record.CodeOf(err) != record.NotFound {
		t.Fatal(err)
	}
	return err == nil
}

func TestThreeLevelsHoldTheUnionOfTheirCounties(t *testing.T) {
	synctest.EachLevel(t, func(t *testing.T, open func() *synctest.Office) {
		a, b, p, m := open(), open(), open(), open()
		province := synctest.Above(p, a, b)
		ministry := synctest.Above(m, p)
		a1, a2, b1, p1 := a.LaptopOf(countyA), a.LaptopOf(countyA), b.LaptopOf(countyB), p.LaptopOf(synctest.Authority)
		for _, l := range []*synctest.Laptop{a1, a2, b1, p1} {
			l.Register()
		}
		// Two colleagues of county A answer one question differently.
		atA := a1.Plan(1)
		a1.Sync()
		a2.Sync()
		a1.Answer(atA, "k1", record.Conform, "seen by one")
		a2.Answer(atA, "k1", record.Nonconform, "seen by the other")
		atB := b1.Inspect(3)[0]
		refused(b1, 7)
		atP := p1.Plan(4)
		for _, l := range []*synctest.Laptop{a1, a2, b1, p1, a1} {
			l.Sync()
		}
		province.Pull()
		ministry.Pull()
		a1.Answer(atA, "k2", record.Conform, "")
		a1.Sync()
		a2.Sync()
		province.Pull()
		ministry.Pull()

		union := synctest.Union(t, a.Store, b.Store, p1.Store)
		synctest.Equal(t, union, p.Store, m.Store)
		synctest.Rebuilt(t, "the ministry", m.Store)
		for name, s := range map[string]*store.Store{"laptop": a1.Store, "county": a.Store, "province": p.Store, "ministry": m.Store} {
			if list, err := s.Conflicts(ctx); err != nil || len(list) != 2 { // value and note
				t.Errorf("%s: %d conflicts, %v, want 2", name, len(list), err)
			}
		}
		for name, s := range map[string]*store.Store{"county B": b.Store, "province": p.Store, "ministry": m.Store} {
			if q := quarantine(t, s); len(q) != 1 || q[0] != "refuse.sample" {
				t.Errorf("%s: quarantine %q, want the entry that county B refused", name, q)
			}
		}
		if has(t, a.Store, atB) || has(t, b.Store, atA) || has(t, a.Store, atP) {
			t.Error("a county sees what is another's")
		}
		before := synctest.Entries(t, p1.Store)
		p1.Sync()
		if !has(t, p1.Store, atP) || has(t, p1.Store, atA) || has(t, p1.Store, atB) || synctest.Entries(t, p1.Store) != before {
			t.Error("the province's laptop sees more than its own authority")
		}
		for name, s := range map[string]*store.Store{"province": p.Store, "ministry": m.Store} {
			if v, err := s.Verify(ctx, func(record.File) (record.Hash, error) { return "", &record.Error{Code: record.NotFound} }); err != nil || len(v.Problems) > 0 {
				t.Errorf("%s: verify %+v, %v", name, v.Problems, err)
			}
		}
		// A second round has nothing to do, and what came is not sent again.
		n := synctest.Entries(t, m.Store)
		province.Pull()
		ministry.Pull()
		if got := synctest.Entries(t, m.Store); got != n {
			t.Errorf("a round with nothing to do: %d entries, want %d", got, n)
		}
	})
}

func TestALineCutAnywhereBetweenTwoLevelsLosesAndDoublesNothing(t *testing.T) {
	seed := synctest.Seed(t)
	r := synctest.Random(seed, 1)
	a, p := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	l := a.LaptopOf(countyA)
	l.Register()
	l.Fill(250)
	id := l.Plan(300)
	e := l.Attach(id, "k1", synctest.Picture(1, 900_000), synctest.Picture(2, 200_000))
	l.Sync()
	line := synctest.NewLine(t, a.URL)
	province := synctest.Above(p)
	province.Originals = true
	province.Link(line.URL, a.CodeAbove())
	for range 40 {
		line.CutDownAfter(r.Int64N(400_000))
		if err := province.Links().Round(ctx); err != nil && record.CodeOf(err) != record.Offline {
			t.Fatalf("round: %v", err)
		}
	}
	line.CutDownAfter(-1)
	province.Pull()
	synctest.Equal(t, synctest.Union(t, a.Store), p.Store)
	if !p.Files.Has(e.Digest) || !p.Files.Has(e.Small) {
		t.Error("a file did not come whole")
	}
	if line.Cuts.Load() == 0 {
		t.Error("the line was never cut: the test proves nothing")
	}
	if got, want := synctest.Entries(t, p.Store), synctest.Entries(t, a.Store); got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
}

func TestARevokedLinkIsShutOutAndKeepsWhatItHas(t *testing.T) {
	synctest.EachLevel(t, func(t *testing.T, open func() *synctest.Office) {
		a, p := open(), open()
		province := synctest.Above(p, a)
		l := a.LaptopOf(countyA)
		l.Register()
		first := l.Plan(1)
		l.Sync()
		province.Pull()
		if err := a.Accounts.Revoke(ctx, p.Accounts.Server()); err != nil {
			t.Fatal(err)
		}
		second := l.Plan(2)
		l.Sync()
		if err := province.Links().Round(ctx); record.CodeOf(err) != record.Forbidden {
			t.Errorf("after it was revoked: got %v, want it forbidden", err)
		}
		if at := state(t, p.Store); at.Problem != "sync.device_revoked" || at.Contact == 0 {
			t.Errorf("the link says %+v", at)
		}
		if !has(t, p.Store, first) || has(t, p.Store, second) {
			t.Error("want what came before, and nothing after")
		}
		province.Link(a.URL, a.CodeAbove()) // an administrator lets it in again
		province.Pull()
		if at := state(t, p.Store); !has(t, p.Store, second) || at.Problem != "" {
			t.Errorf("let in again: the link says %+v", at)
		}
	})
}

func TestAServerAboveReadsEverythingAndWritesNothing(t *testing.T) {
	a, p := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	synctest.Above(p, a)
	l := a.LaptopOf(countyA)
	l.Register()
	if _, err := l.Client.Enrol(ctx, a.URL, a.CodeAbove()); record.CodeOf(err) != record.Conflict {
		t.Errorf("a laptop with a code for servers: got %v", err)
	}
	if _, err := client.AddLink(ctx, p.Store, p.Folder, false, a.URL, a.CodeFor(countyA)); record.CodeOf(err) != record.Conflict {
		t.Errorf("a server with a code for laptops: got %v", err)
	}
	if _, err := client.AddLink(ctx, a.Store, a.Folder, false, a.URL, a.CodeAbove()); record.CodeOf(err) != record.Conflict {
		t.Errorf("a link to itself: got %v", err)
	}
	l.Sync()
	l.Plan(1)
	entries, err := l.Store.After(ctx, l.Store.Self(), 0, 100, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1]
	h := journal.Head{Seq: last.Seq, Hash: last.Hash}
	key, err := protocol.LoadDeviceKey(l.Folder)
	if err != nil {
		t.Fatal(err)
	}
	push := protocol.Request{Push: &protocol.Push{Heads: []protocol.SignedHead{{Point: protocol.At(last.Chain(), h), Signature: journal.SignHead(key, last.Chain(), h)}}}}
	body, err := protocol.AppendMessage(nil, push, entries)
	if err != nil {
		t.Fatal(err)
	}
	do := asServer(t, a, p)
	before := synctest.Entries(t, a.Store)
	for path, method := range map[string]string{protocol.PathPush: "POST", protocol.PathSync: "POST", protocol.PathBundle: "POST",
		protocol.PathFile + string(record.HashOf([]byte("x"))): "PATCH"} {
		if status := do(method, path, body); status != 403 {
			t.Errorf("%s %s: status %d, want 403", method, path, status)
		}
	}
	if got := synctest.Entries(t, a.Store); got != before {
		t.Errorf("%d entries, want %d", got, before)
	}
	l.Sync() // the laptop itself may
	if got := synctest.Entries(t, a.Store); got <= before {
		t.Error("the laptop's own push was not taken")
	}
}

func TestADestructionAtTheCountyReachesTheMinistry(t *testing.T) {
	synctest.EachLevel(t, func(t *testing.T, open func() *synctest.Office) {
		a, p, m := open(), open(), open()
		province, ministry := synctest.Above(p, a), synctest.Above(m, p)
		province.Originals, ministry.Originals = true, true
		l := a.LaptopOf(countyA)
		l.Register()
		id := l.Plan(1)
		picture, small := synctest.Picture(1, 90_000), synctest.Picture(2, 500)
		e := l.Attach(id, "k1", picture, small)
		l.Sync()
		province.Pull()
		ministry.Pull()
		if !m.Files.Has(e.Digest) || !m.Files.Has(e.Small) {
			t.Fatal("the photo did not reach the ministry: the test proves nothing")
		}
		first, second := synctest.People()[0].ID, synctest.People()[1].ID
		d, changes, err := record.NewDestruction(record.DestructionRequest{Inspection: id, Reason: record.ForMinor,
			Files: []record.Hash{e.Digest, e.Small}, Person: first, At: "2026-05-06T10:00:00+08:00"}, signs(l, first))
		l.Keep(changes, err)
		l.Keep(d.Approve(second, "2026-05-06T10:05:00+08:00", signs(l, second)))
		l.Sync()
		province.Pull()
		ministry.Pull()
		for name, o := range map[string]*synctest.Office{"county": a, "province": p, "ministry": m} {
			if o.Files.Has(e.Digest) || o.Files.Has(e.Small) {
				t.Errorf("the %s still has the destroyed photo", name)
			}
		}
		synctest.Equal(t, a.Store, p.Store, m.Store)
		province.Pull()
		if p.Files.Has(e.Digest) {
			t.Error("the province fetched it again")
		}
	})
}

func TestAForgedChainFromACountyIsRefusedAndHarmsNothing(t *testing.T) {
	synctest.EachLevel(t, func(t *testing.T, open func() *synctest.Office) {
		a, b, p := open(), open(), open()
		province := synctest.Above(p, b)
		lb, lp := b.LaptopOf(countyB), p.LaptopOf(synctest.Authority)
		lb.Register()
		lp.Register()
		atB := lb.Plan(1)
		lb.Sync()
		lp.Sync()
		province.Pull()
		province.Link(a.URL, a.CodeAbove())
		whole := synctest.Digest(t, p.Store)
		round := func(name, want string) {
			t.Helper()
			err := province.Links().Round(ctx)
			if e := (&record.Error{}); !asError(err, &e) || e.Message != want || e.Code != record.Forbidden {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
			if got := synctest.Digest(t, p.Store); got != whole {
				t.Errorf("%s: the province's tables changed", name)
			}
			for _, at := range links(t, p.Store) {
				if at.URL == a.URL && (at.Problem != want || at.Cursor != 0) || at.URL == b.URL && at.Problem != "" {
					t.Errorf("%s: the link says %+v", name, at)
				}
			}
		}
		write, _, _ := a.Store.Handle()
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := write.ExecContext(ctx, query, args...); err != nil {
				t.Fatal(err)
			}
		}

		// Entries with a signature that is not their device's.
		la := a.LaptopOf(countyA)
		la.Register()
		atA := la.Plan(2)
		la.Sync()
		exec("UPDATE account_head SET signature = $1 WHERE device = $2", make([]byte, 64), string(la.Store.Self().Device))
		round("a false signature", "sync.head_signature")

		// The same entries under a certificate that is not of that county's key.
		var good []byte
		h := headOf(t, la)
		good = h.Signature
		exec("UPDATE account_head SET signature = $1 WHERE device = $2", good, string(la.Store.Self().Device))
		mine, err := a.Accounts.Device(ctx, la.Store.Self().Device)
		if err != nil {
			t.Fatal(err)
		}
		other, err := protocol.Certify(ed25519.NewKeyFromSeed(make([]byte, 32)), protocol.CertificateStatement{Server: a.Accounts.Server(), Device: mine.ID, Public: mine.Public, Authority: countyA})
		if err != nil {
			t.Fatal(err)
		}
		exec("UPDATE account_device SET statement = $1, signature = $2 WHERE id = $3", other.Statement, other.Signature, string(mine.ID))
		round("a false certificate", "sync.head_signature")

		// In another county's name, and in the province's own.
		for authority, want := range map[string]string{countyB: "link.authority_elsewhere", synctest.Authority: "link.authority_ours"} {
			c, err := protocol.Certify(a.Accounts.Key(), protocol.CertificateStatement{Server: a.Accounts.Server(), Device: mine.ID, Public: mine.Public, Authority: authority, Issued: mine.Enrolled})
			if err != nil {
				t.Fatal(err)
			}
			exec("UPDATE account_device SET statement = $1, signature = $2 WHERE id = $3", c.Statement, c.Signature, string(mine.ID))
			round("in the name of "+authority, want)
		}

		// A device of county B under a key of county A's choosing.
		c, err := protocol.Certify(a.Accounts.Key(), protocol.CertificateStatement{Server: a.Accounts.Server(), Device: lb.Store.Self().Device, Public: mine.Public, Authority: countyA})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Accounts.Readmit(ctx, c); err != nil {
			t.Fatal(err)
		}
		forged := forge(t, la, lb)
		if _, err := a.Store.Apply(ctx, forged.entries, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Accounts.KeepHeads(ctx, []protocol.SignedHead{forged.head}, deviceOf(mine)); err != nil {
			t.Fatal(err)
		}
		exec("UPDATE account_device SET statement = $1, signature = $2 WHERE id = $3", mine.Certificate.Statement, mine.Certificate.Signature, string(mine.ID))
		round("another county's device", "link.device_elsewhere")

		// Entries of county B that county A's server says it refuses.
		a2 := open()
		theirs, err := b.Store.Span(ctx, lb.Store.Self(), 0, headOf(t, lb).Seq)
		if err != nil {
			t.Fatal(err)
		}
		no := &record.Error{Code: record.Invalid, Message: "refuse.sample"}
		if _, err := a2.Store.Apply(ctx, theirs, func(journal.Entry, record.Body) *record.Error { return no }); err != nil {
			t.Fatal(err)
		}
		province.Link(a2.URL, a2.CodeAbove())
		if err := province.Links().Round(ctx); err == nil || synctest.Digest(t, p.Store) != whole || len(quarantine(t, p.Store)) > 0 {
			t.Errorf("a county refused another county's entries: %v", err)
		}
		if !has(t, p.Store, atB) || has(t, p.Store, atA) {
			t.Error("want county B's inspection and nothing of the forger's")
		}
		lb.Plan(3)
		lb.Sync()
		province.Links().Round(ctx) // fails for the forgers; county B's goes on
		synctest.Equal(t, synctest.Union(t, b.Store, lp.Store), p.Store)
	})
}

func TestEntriesOfAnotherAuthorityAreInQuarantineAbove(t *testing.T) {
	a, p, m := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	province, ministry := synctest.Above(p, a), synctest.Above(m, p)
	l := a.LaptopOf(countyA)
	l.Register()
	l.Sync()
	// The county's server has been changed so that it takes what it should not.
	if err := l.Store.SetAuthority(ctx, countyB); err != nil {
		t.Fatal(err)
	}
	id := l.Plan(1)
	entries, err := l.Store.Span(ctx, l.Store.Self(), 0, headOf(t, l).Seq)
	if err == nil {
		_, err = a.Store.Apply(ctx, entries, nil)
	}
	if err == nil {
		d, e := a.Accounts.Device(ctx, l.Store.Self().Device)
		if err = e; err == nil {
			_, err = a.Accounts.KeepHeads(ctx, []protocol.SignedHead{headOf(t, l)}, deviceOf(d))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	province.Pull()
	ministry.Pull()
	if !has(t, a.Store, id) {
		t.Fatal("the county does not have it: the test proves nothing")
	}
	for name, s := range map[string]*store.Store{"province": p.Store, "ministry": m.Store} {
		if q := quarantine(t, s); has(t, s, id) || len(q) == 0 || q[0] != "refuse.authority" {
			t.Errorf("%s: quarantine %q; want what was written for another authority there, and in no table", name, q)
		}
	}
	synctest.Equal(t, p.Store, m.Store)
}

func TestARestoredCountyIsRefilledAndTheProvinceSaysWhatItLost(t *testing.T) {
	a, p, m := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	province, ministry := synctest.Above(p, a), synctest.Above(m, p)
	l := a.LaptopOf(countyA)
	l.Register()
	l.Plan(1)
	l.Sync()
	province.Pull()
	a.End()
	backup := synctest.CopyFolder(t, a.Folder)
	a.Begin()
	l.Inspect(4)
	l.Sync()
	province.Pull()
	ministry.Pull()
	have := synctest.Entries(t, p.Store)
	a.End()
	a.Folder = backup
	a.Begin()
	lost := have - synctest.Entries(t, a.Store)
	if lost <= 0 {
		t.Fatal("the backup lacks nothing: the test proves nothing")
	}
	province.Pull()
	if at := state(t, p.Store); at.Lost != lost {
		t.Errorf("the province says %d entries are lost, want %d", at.Lost, lost)
	}
	if got := synctest.Entries(t, p.Store); got < have {
		t.Errorf("the province has %d entries, had %d", got, have)
	}
	l.Sync()
	province.Pull()
	ministry.Pull()
	if at := state(t, p.Store); at.Lost != 0 || at.Problem != "" {
		t.Errorf("after the laptop has refilled it the link says %+v", at)
	}
	synctest.Equal(t, l.Store, a.Store, p.Store, m.Store)
}

func TestACountyRestoredToBeforeTheLinkKnowsItAgain(t *testing.T) {
	a, p := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	l := a.LaptopOf(countyA)
	l.Register()
	l.Sync()
	a.End()
	backup := synctest.CopyFolder(t, a.Folder)
	a.Begin()
	province := synctest.Above(p, a)
	l.Plan(1)
	l.Sync()
	province.Pull()
	a.End()
	a.Folder = backup
	a.Begin()
	l.Sync()
	l.Plan(2)
	l.Sync()
	province.Pull()
	synctest.Equal(t, a.Store, p.Store)
	if d, err := a.Accounts.Device(ctx, p.Accounts.Server()); err != nil || !d.Wide {
		t.Errorf("the province came back as %+v, %v; want a server above", d, err)
	}
	if status := asServer(t, a, p)("POST", protocol.PathBundle, nil); status != 403 {
		t.Errorf("a bundle: status %d, want 403", status)
	}
}

func TestARestoredProvinceEndsWhole(t *testing.T) {
	a, p, m := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	province, ministry := synctest.Above(p, a), synctest.Above(m, p)
	l := a.LaptopOf(countyA)
	l.Register()
	id := l.Plan(1)
	early := l.Attach(id, "k0", synctest.Picture(5, 9000), synctest.Picture(6, 500))
	l.Sync()
	province.Pull()
	p.End()
	backup := synctest.CopyFolder(t, p.Folder)
	p.Begin()
	l.Inspect(4)
	late := l.Attach(id, "k1", synctest.Picture(7, 9000), synctest.Picture(8, 500))
	l.Sync()
	province.Pull()
	ministry.Pull()
	p.End()
	p.Folder = backup
	if err := os.RemoveAll(filepath.Join(backup, "files")); err != nil { // and the files are gone
		t.Fatal(err)
	}
	p.Begin()
	if p.Files.Has(early.Small) {
		t.Fatal("the files are not gone: the test proves nothing")
	}
	province.Pull()
	ministry.Pull()
	synctest.Equal(t, l.Store, a.Store, p.Store, m.Store)
	for _, d := range []record.Hash{early.Small, late.Small} {
		if !p.Files.Has(d) || !m.Files.Has(d) {
			t.Errorf("file %s is missing: at the province %v, at the ministry %v", d.Short(), !p.Files.Has(d), !m.Files.Has(d))
		}
	}
	if at := state(t, m.Store); at.Lost != 0 || at.Problem != "" {
		t.Errorf("the ministry's link says %+v", at)
	}
}

func TestALaptopThatLostItsKeyIsStillProvedAbove(t *testing.T) {
	a, p, m := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	province, ministry := synctest.Above(p), synctest.Above(m, p)
	l := a.LaptopOf(countyA)
	l.Register()
	l.Plan(1)
	l.Sync()
	l.Store.Close()
	if err := os.Remove(filepath.Join(l.Folder, "keys", "device.key")); err != nil {
		t.Fatal(err)
	}
	again := synctest.OpenLaptop(t, l.Folder)
	code, err := a.Accounts.NewCode(ctx, countyA, "", again.Store.Self().Device, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Enrol(a.URL, code.String())
	// Only now does the province come: nothing is signed with the new key yet.
	province.Link(a.URL, a.CodeAbove())
	province.Pull()
	ministry.Pull()
	synctest.Equal(t, again.Store, a.Store, p.Store, m.Store)
	again.Plan(2)
	again.Sync()
	province.Pull()
	ministry.Pull()
	synctest.Equal(t, again.Store, a.Store, p.Store, m.Store)
}

func TestAnOriginalComesWhenSomebodyAboveOpensIt(t *testing.T) {
	a, b, p, m := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	province, ministry := synctest.Above(p, a, b), synctest.Above(m, p)
	l := a.LaptopOf(countyA)
	l.Register()
	id := l.Plan(1)
	e := l.Attach(id, "k1", synctest.Picture(1, 300_000), synctest.Picture(2, 500))
	l.Sync()
	province.Pull()
	asked := b.Requests.Load()
	ministry.Pull()
	if !m.Files.Has(e.Small) || p.Files.Has(e.Digest) || m.Files.Has(e.Digest) {
		t.Error("want the small copy everywhere, and no original above")
	}
	if err := ministry.Links().Fetch(ctx, e.Digest); err != nil {
		t.Fatal(err)
	}
	if !p.Files.Has(e.Digest) || !m.Files.Has(e.Digest) {
		t.Error("want the original at the ministry, and at the province that it came through")
	}
	if got := b.Requests.Load(); got != asked {
		t.Errorf("county B was asked %d times for county A's photo", got-asked)
	}
	if err := ministry.Links().Fetch(ctx, record.HashOf([]byte("nobody's"))); record.CodeOf(err) != record.NotFound {
		t.Errorf("a file nobody names: got %v", err)
	}
}

func TestLinksPullByThemselvesAndGoOnWhenTheCountyComesBack(t *testing.T) {
	a, p := synctest.Start(t, &synctest.Office{TLS: true}), synctest.Start(t, &synctest.Office{})
	province := synctest.Above(p)
	run, end := context.WithCancel(ctx)
	ended := make(chan bool)
	links := province.Links()
	go func() { links.Run(run); close(ended) }()
	defer func() { end(); <-ended }()
	l := a.LaptopOf(countyA)
	l.Register()
	first := l.Plan(1)
	l.Sync()
	province.Link(a.URL, a.CodeAbove()) // while it runs
	until(t, "the first inspection", func() bool { return has(t, p.Store, first) })
	a.End()
	until(t, "the problem", func() bool { return state(t, p.Store).Problem == "sync.offline" })
	a.Begin()
	second := l.Plan(2)
	l.Sync()
	until(t, "the second inspection", func() bool { return has(t, p.Store, second) && state(t, p.Store).Problem == "" })
	if err := client.RemoveLink(ctx, p.Store, a.Accounts.Server()); err != nil {
		t.Fatal(err)
	}
	if !has(t, p.Store, first) {
		t.Error("what came is gone with the link")
	}
}

func TestTwoServersOfOneProvincePullingAtOnceDoNoHarm(t *testing.T) {
	synctest.EachLevel(t, func(t *testing.T, open func() *synctest.Office) {
		a, p := open(), open()
		one := synctest.Above(p, a)
		two := &synctest.Level{Office: p}
		l := a.LaptopOf(countyA)
		l.Register()
		for range 3 {
			l.Inspect(30)
			l.Sync()
			var both sync.WaitGroup
			for _, v := range []*synctest.Level{one, two} {
				links := v.Links()
				both.Go(func() {
					if err := links.Round(ctx); err != nil {
						t.Errorf("round: %v", err)
					}
				})
			}
			both.Wait()
			one.Pull()
			synctest.Equal(t, a.Store, p.Store)
		}
		if got, want := synctest.Entries(t, p.Store), synctest.Entries(t, a.Store); got != want {
			t.Errorf("%d entries, want %d", got, want)
		}
	})
}

func TestALaptopThatMovedToTheCountysOwnServerComesFromThere(t *testing.T) {
	a, p := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	l := p.LaptopOf(countyA) // the county had no server yet
	l.Register()
	id := l.Plan(1)
	l.Sync()
	province := synctest.Above(p, a)
	l.Enrol(a.URL, a.CodeFor(countyA))
	refused(l, 7)
	e := l.Attach(id, "k1", synctest.Picture(1, 900), synctest.Picture(2, 500))
	l.Sync()
	if err := p.Accounts.Revoke(ctx, l.Store.Self().Device); err != nil {
		t.Fatal(err)
	}
	province.Pull()
	synctest.Equal(t, a.Store, p.Store)
	if !p.Files.Has(e.Small) || len(quarantine(t, p.Store)) != 1 {
		t.Error("want its photo and the county's refusal at the province")
	}
	if _, err := l.Client.Enrol(ctx, p.URL, p.CodeAbove()); record.CodeOf(err) != record.Conflict {
		t.Errorf("got %v", err)
	}
}

// A county restored from a backup takes another branch of a copied laptop's
// journal than the one the province has.
func TestAForkBelowIsToldAndHoldsNothingUp(t *testing.T) {
	a, p := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	province := synctest.Above(p, a)
	l, other := a.LaptopOf(countyA), a.LaptopOf(countyA)
	l.Register()
	l.Sync()
	other.Sync()
	province.Pull()
	a.End()
	backup := synctest.CopyFolder(t, a.Folder)
	a.Begin()
	l.Store.Close()
	copied := synctest.OpenLaptop(t, synctest.CopyFolder(t, l.Folder))
	l = synctest.OpenLaptop(t, l.Folder)
	first := l.Plan(1)
	l.Sync()
	province.Pull()
	a.End()
	a.Folder = backup
	a.Begin()
	var theirs []record.ID
	more := func() {
		t.Helper()
		for range 3 {
			theirs = append(theirs, copied.Plan(2))
		}
		copied.Sync()
	}
	more()
	province.Pull()
	if at := state(t, p.Store); at.Problem != "link.forked" {
		t.Errorf("the link says %+v, want that a journal has forked", at)
	}
	more()
	ofOther := other.Plan(3)
	other.Sync()
	for range 2 {
		province = &synctest.Level{Office: p} // as after a restart, when nothing is remembered
		more()
		province.Pull()
		if at := state(t, p.Store); at.Problem != "link.forked" || at.Behind != 0 {
			t.Errorf("the link says %+v, want that a journal has forked, and nothing behind", at)
		}
	}
	if !has(t, p.Store, first) || !has(t, p.Store, ofOther) {
		t.Error("want what the province had, and what others wrote since")
	}
	for _, id := range theirs {
		if has(t, p.Store, id) {
			t.Errorf("the province took %s from behind the fork", id)
		}
	}
}

func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for range 1500 {
		if f() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("never came: %s", what)
}
