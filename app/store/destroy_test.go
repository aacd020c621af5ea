package store_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/sqlite"
	"plumbline/app/store/storetest"
)

// secret is what must be found nowhere once it is destroyed.
const secret = "涉密内容不应在此"

// signer publishes a key for a person and gives what signs with it.
func signer(t *testing.T, s *store.Store, person record.ID) func([]byte) ([]byte, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key := journal.KeyID(public)
	_, err = s.Append(ctx, person, record.Change{Kind: record.Set, Record: person, Set: map[string]any{"keys/" + key: journal.PublicText(public)}})
	if err != nil {
		t.Fatal(err)
	}
	return func(statement []byte) ([]byte, string) { return ed25519.Sign(private, statement), key }
}

// ask writes a request to destroy the notes on k1 and a file.
func ask(t *testing.T, s *store.Store, id record.ID, file record.Hash, sign func([]byte) ([]byte, string)) record.Destruction {
	t.Helper()
	entries, err := s.StandIns(ctx, id, func(path string, v json.RawMessage) (json.RawMessage, bool) {
		return json.RawMessage("null"), path == "items/k1/note" && string(v) != "null"
	})
	if err != nil {
		t.Fatal(err)
	}
	d, changes, err := record.NewDestruction(record.DestructionRequest{Inspection: id, Reason: record.ForClassified, Entries: entries,
		Files: []record.Hash{file}, Person: people()[0].ID, At: "2026-05-06T10:00:00+08:00"}, sign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, people()[0].ID, changes...); err != nil {
		t.Fatal(err)
	}
	return d
}

func approve(t *testing.T, s *store.Store, d record.Destruction, by record.ID, sign func([]byte) ([]byte, string)) {
	t.Helper()
	changes, err := d.Approve(by, "2026-05-06T10:05:00+08:00", sign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, by, changes...); err != nil {
		t.Fatal(err)
	}
}

// noted answers k1 with a note, then with the secret, then with another note.
func noted(t *testing.T, s *store.Store) record.ID {
	t.Helper()
	id := newInspection(t, s)
	answer(t, s, id, "k1", record.Conform, "before")
	answer(t, s, id, "k1", record.Nonconform, secret)
	answer(t, s, id, "k1", record.Nonconform, secret+"，又及")
	return id
}

func note(t *testing.T, s *store.Store, id record.ID) string {
	t.Helper()
	i, err := s.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(i.Conflicts) > 0 {
		t.Errorf("conflicts with nobody: %v", i.Conflicts)
	}
	if i.Answers["k1"].Text() != record.Nonconform {
		t.Errorf("got answer %q: only the words were to go", i.Answers["k1"].Text())
	}
	return i.Answers["k1"].Note
}

// holds tells whether the secret can be read from a store's entries or tables.
func holds(t *testing.T, s *store.Store) bool {
	t.Helper()
	var b bytes.Buffer
	if err := s.Dump(ctx, &b); err != nil {
		t.Fatal(err)
	}
	chains, err := s.Heads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for c := range chains {
		entries, err := s.After(ctx, c, 0, 10_000, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b.Write(e.BodyJSON)
		}
	}
	return strings.Contains(b.String(), secret)
}

func TestTwoPersonsDestroyANoteEverywhereAndTheChainStillVerifies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b, server := open(), open(), open()
		id := noted(t, a)
		first, second := signer(t, a, people()[0].ID), signer(t, a, people()[1].ID)
		send(t, a, server)
		send(t, server, b)
		file := record.HashOf([]byte("a photo of minors"))
		d := ask(t, a, id, file, first)
		if !holds(t, a) {
			t.Fatal("one person alone has destroyed something")
		}
		approve(t, a, d, people()[1].ID, second)
		send(t, a, server)
		send(t, server, b)
		for name, s := range map[string]*store.Store{"its laptop": a, "the server": server, "the colleague's laptop": b} {
			if holds(t, s) {
				t.Errorf("%s still holds the secret", name)
			}
			if n := note(t, s, id); n != "" {
				t.Errorf("%s: got note %q, want none", name, n)
			}
			if gone, err := s.IsDestroyed(ctx, file); err != nil || !gone {
				t.Errorf("%s: the file may come back (%v)", name, err)
			}
			v, err := s.Verify(ctx, nil)
			if err != nil || len(v.Problems) > 0 || len(v.Destroyed) != 4 {
				t.Errorf("%s: verify says %+v, %v; want 3 entries and a file destroyed, no problem", name, v, err)
			}
		}
		if x, y, z := digest(t, a), digest(t, b), digest(t, server); x != y || y != z {
			t.Errorf("replicas differ: %s %s %s", x.Short(), y.Short(), z.Short())
		}
		// Whoever hears of it first, and of the content later, destroys it all the same.
		late := open()
		send(t, b, late)
		if holds(t, late) || note(t, late, id) != "" || digest(t, late) != digest(t, b) {
			t.Errorf("a laptop that came later differs or holds the secret")
		}
		before := digest(t, server)
		if err := server.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if after := digest(t, server); after != before {
			t.Errorf("digest after rebuild %s, before %s", after, before)
		}
		// And work goes on.
		answer(t, b, id, "k1", record.Nonconform, "after")
		send(t, b, server)
		send(t, server, a)
		if n := note(t, a, id); n != "after" {
			t.Errorf("got note %q", n)
		}
	})
}

func TestALaptopThatHasNotHeardYetCannotBringTheContentBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		a, b, fresh := open(), open(), open()
		id := noted(t, a)
		first, second := signer(t, a, people()[0].ID), signer(t, a, people()[1].ID)
		send(t, a, b) // b holds the secret
		d := ask(t, a, id, record.HashOf([]byte("x")), first)
		approve(t, a, d, people()[1].ID, second)
		// A restored server hears of the destruction before it hears of the content.
		list, err := a.AllDestroyed(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := fresh.DestroyAgain(ctx, list); err != nil {
			t.Fatal(err)
		}
		send(t, b, fresh)
		if holds(t, fresh) {
			t.Error("the content is back")
		}
		if err := fresh.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if n := note(t, fresh, id); n != "" || holds(t, fresh) {
			t.Errorf("after a rebuild: note %q, or the content is back", n)
		}
		send(t, a, fresh)
		if x, y := digest(t, fresh), digest(t, a); x != y {
			t.Errorf("replicas differ: %s %s", x.Short(), y.Short())
		}
	})
}

func TestADestructionThatTwoPersonsDidNotSignDestroysNothing(t *testing.T) {
	s := storetest.SQLite(t, t.TempDir())
	id := noted(t, s)
	sign := signer(t, s, people()[0].ID)
	d := ask(t, s, id, record.HashOf([]byte("x")), sign)
	if _, err := d.Approve(people()[0].ID, "2026-05-06T10:05:00+08:00", sign); record.CodeOf(err) != record.Forbidden {
		t.Errorf("the same person approves: got %v, want forbidden", err)
	}
	// Written past the rule, as a doctored program would.
	own := record.DestructionApproval{Person: people()[0].ID, At: "2026-05-06T10:05:00+08:00"}
	own.Proof, own.Key = sign(d.ApprovalStatement(own))
	other := own
	other.Person = people()[1].ID // the colleague's name over the first one's key
	for n, a := range []record.DestructionApproval{own, other} {
		x := ask(t, s, id, record.HashOf([]byte("x")), sign)
		if _, err := s.Append(ctx, "", record.Change{Kind: record.Destroy, Record: x.ID, Set: map[string]any{"approval": a}}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Destruction(ctx, x.ID)
		if err != nil || got.State != store.DestructionUnproved {
			t.Errorf("forgery %d: state %q, %v", n, got.State, err)
		}
	}
	if !holds(t, s) || note(t, s, id) == "" {
		t.Error("something was destroyed")
	}
}

// The approver's key may come after the approval: from another laptop.
func TestAnApprovalCountsOnceTheApproversKeyHasCome(t *testing.T) {
	a, b, keys := storetest.SQLite(t, t.TempDir()), storetest.SQLite(t, t.TempDir()), storetest.SQLite(t, t.TempDir())
	id := noted(t, a)
	first := signer(t, a, people()[0].ID)
	if _, err := keys.RegisterInspectors(ctx, "", people()); err != nil {
		t.Fatal(err)
	}
	second := signer(t, keys, people()[1].ID)
	approve(t, a, ask(t, a, id, record.HashOf([]byte("x")), first), people()[1].ID, second)
	send(t, a, b)
	if !holds(t, b) {
		t.Fatal("destroyed although nobody can check the second signature yet")
	}
	send(t, keys, b)
	if holds(t, b) {
		t.Error("the key has come and the content is still here")
	}
}

func TestDestroyedContentIsInNoFileOfTheDatabase(t *testing.T) {
	folder := t.TempDir()
	s := storetest.SQLite(t, folder)
	// Drafts lie in plain columns; so do answers.
	id := noted(t, s)
	if err := s.SaveDraft(ctx, id, "items/k1/note", secret); err != nil {
		t.Fatal(err)
	}
	first, second := signer(t, s, people()[0].ID), signer(t, s, people()[1].ID)
	if !onDisk(t, folder) {
		t.Fatal("the test looks in the wrong place")
	}
	approve(t, s, ask(t, s, id, record.HashOf([]byte("x")), first), people()[1].ID, second)
	if onDisk(t, folder) {
		t.Error("the secret can still be read from the database's files")
	}
}

func onDisk(t *testing.T, folder string) bool {
	t.Helper()
	found := false
	for _, name := range []string{store.FileName, store.FileName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		found = found || bytes.Contains(b, []byte(secret))
	}
	return found
}

func TestFilesAreDroppedOnceAndTriedAgainUntilTheyAre(t *testing.T) {
	s := storetest.SQLite(t, t.TempDir())
	id := noted(t, s)
	first, second := signer(t, s, people()[0].ID), signer(t, s, people()[1].ID)
	file := record.HashOf([]byte("x"))
	approve(t, s, ask(t, s, id, file, first), people()[1].ID, second)
	var asked []record.Hash
	drop := func(fails error) func(context.Context, record.Hash) error {
		return func(_ context.Context, d record.Hash) error { asked = append(asked, d); return fails }
	}
	open := errors.New("open in another program")
	if err := s.DropFiles(ctx, drop(open)); !errors.Is(err, open) {
		t.Errorf("got %v", err)
	}
	for range 2 {
		if err := s.DropFiles(ctx, drop(nil)); err != nil {
			t.Error(err)
		}
	}
	if len(asked) != 2 || asked[1] != file {
		t.Errorf("asked for %v; want the file twice: once in vain, once well", asked)
	}
}

func TestABodyThatSomebodyRemovedIsNoDestruction(t *testing.T) {
	s := storetest.SQLite(t, t.TempDir())
	id := noted(t, s)
	db, _, _ := s.Handle()
	if _, err := db.Exec("UPDATE entry SET body = NULL, key = NULL WHERE record = ? AND seq = 5", string(id)); err != nil {
		t.Fatal(err)
	}
	v, err := s.Verify(ctx, nil)
	if err != nil || len(v.Problems) != 1 || v.Problems[0].Message != "verify.body_missing" {
		t.Errorf("got %+v, %v", v.Problems, err)
	}
}

// Another authority's persons may name our evidence in a request of theirs, by
// mistake or not: it destroys nothing of ours, and does not stand in the way of
// our own.
func TestAnotherAuthoritysDestructionTouchesNothingOfOurs(t *testing.T) {
	ours := storetest.SQLite(t, t.TempDir())
	theirs, err := sqlite.Open(ctx, t.TempDir(), store.Options{Authority: "990200"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	id := noted(t, ours)
	file := record.File{Digest: record.HashOf([]byte("x")), Size: 1}
	if err := ours.HaveFile(ctx, file); err != nil {
		t.Fatal(err)
	}
	i, err := ours.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := i.Attach(record.Evidence{ID: record.NewID(record.EvidenceType), Digest: file.Digest, Size: 1}, false)
	if err == nil {
		_, err = ours.Append(ctx, people()[0].ID, changes...)
	}
	if err != nil {
		t.Fatal(err)
	}
	entries, err := ours.StandIns(ctx, id, func(path string, v json.RawMessage) (json.RawMessage, bool) {
		return json.RawMessage("null"), path == "items/k1/note"
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.RegisterInspectors(ctx, "", people()); err != nil {
		t.Fatal(err)
	}
	a, b := signer(t, theirs, people()[0].ID), signer(t, theirs, people()[1].ID)
	d, changes, err := record.NewDestruction(record.DestructionRequest{Inspection: id, Reason: record.ForMinor, Entries: entries,
		Files: []record.Hash{file.Digest}, Person: people()[0].ID, At: "2026-05-06T10:00:00+08:00"}, a)
	if err == nil {
		_, err = theirs.Append(ctx, people()[0].ID, changes...)
	}
	if err != nil {
		t.Fatal(err)
	}
	approve(t, theirs, d, people()[1].ID, b)
	send(t, theirs, ours)
	var dropped []record.Hash
	drop := func(_ context.Context, d record.Hash) error { dropped = append(dropped, d); return nil }
	untouched := func() {
		t.Helper()
		if err := ours.DropFiles(ctx, drop); err != nil || len(dropped) > 0 || !holds(t, ours) {
			t.Errorf("dropped %v (%v), the note is here: %v", dropped, err, holds(t, ours))
		}
		if files, err := ours.FilesToSend(ctx, 10); err != nil || len(files) != 1 {
			t.Errorf("%d files to send (%v), want the photo", len(files), err)
		}
		if i, err := ours.Inspection(ctx, id); err != nil || !i.Evidence[0].Counts() {
			t.Errorf("the photo counts no more (%v)", err)
		}
	}
	untouched()
	if err := ours.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	untouched()
	first, second := signer(t, ours, people()[0].ID), signer(t, ours, people()[1].ID)
	approve(t, ours, ask(t, ours, id, file.Digest, first), people()[1].ID, second)
	if err := ours.DropFiles(ctx, drop); err != nil || len(dropped) != 1 || holds(t, ours) {
		t.Errorf("our own destruction: dropped %v (%v), the note is here: %v", dropped, err, holds(t, ours))
	}
}
