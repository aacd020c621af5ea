package sqlite_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/app/journal"
	"plumbline/app/powertest"
	"plumbline/app/record"
	"plumbline/app/soaktest"
	"plumbline/app/store"
	"plumbline/app/store/sqlite"
	"plumbline/app/store/storetest"
)

var ctx = context.Background()

// life is what a laptop's database goes through while it is recorded.
type life struct {
	t      testing.TB
	folder string
	trace  *powertest.Trace
	s      *store.Store
	mu     sync.Mutex
	kept   []kept // for each mark of the trace
}

// kept is what had been acknowledged at a moment.
type kept struct {
	what    string
	look    string // all that the store held; "" while others were writing
	entries []record.Hash
}

func open(folder string) (*store.Store, error) {
	return sqlite.Open(ctx, folder, store.Options{Authority: "990100"})
}

func (l *life) open() *store.Store {
	l.t.Helper()
	s, err := open(l.folder)
	l.s = s
	l.keep("open", err)
	return s
}

// keep notes that something was acknowledged.
func (l *life) keep(what string, err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("%s: %v", what, err)
	}
	l.trace.Mark()
	seen, err := look(l.s)
	if err != nil {
		l.t.Fatal(err)
	}
	entries, err := entries(l.s)
	if err != nil {
		l.t.Fatal(err)
	}
	l.kept = append(l.kept, kept{what, seen, entries})
}

// keepOne notes that one entry was acknowledged while others are being written.
func (l *life) keepOne(written []journal.Entry, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.t.Error(err)
		return
	}
	l.trace.Mark()
	before := l.kept[len(l.kept)-1].entries
	l.kept = append(l.kept, kept{what: "append beside another program", entries: append(slices.Clip(before), written[0].Hash)})
}

// look tells all that a store holds: entries, tables, drafts, what is known of the server.
func look(s *store.Store) (string, error) {
	var b strings.Builder
	fmt.Fprintln(&b, s.Self(), s.Authority())
	hashes, err := entries(s)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(&b, hashes)
	remote, _, err := s.Remote(ctx)
	if err != nil {
		return "", err
	}
	drafts, err := s.Drafts(ctx, "draft")
	if err != nil {
		return "", err
	}
	fmt.Fprintln(&b, remote, drafts)
	return b.String(), errors.Join(err, s.Dump(ctx, &b))
}

func entries(s *store.Store) (out []record.Hash, err error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, err
	}
	for c, h := range heads {
		list, err := s.After(ctx, c, 0, int(h.Seq)+1, 1<<30)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			out = append(out, e.Hash)
		}
	}
	slices.Sort(out)
	return out, nil
}

func register(s *store.Store, from, to int) error {
	_, err := s.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
		for n := from; n < to; n++ {
			o := storetest.Organization(n)
			set := map[string]any{"scheme": o.Scheme, "code": o.Code, "name": o.Name, "kind": o.Kind}
			if !yield(store.RegisterRow{ID: o.ID, Set: func(record.Organization, bool) map[string]any { return set }}) {
				return
			}
		}
	}, nil)
	return err
}

func plan(s *store.Store, n int) (record.ID, []journal.Entry, error) {
	team := storetest.People()
	id, changes, err := record.NewInspection(storetest.Organization(n), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", team, time.Unix(1.7e9, 0))
	if err != nil {
		return "", nil, err
	}
	written, err := s.Append(ctx, team[0].ID, changes...)
	return id, written, err
}

func answer(s *store.Store, id record.ID, item string) ([]journal.Entry, error) {
	i, err := s.Inspection(ctx, id)
	if err != nil {
		return nil, err
	}
	changes, err := i.SetAnswer(item, record.Answer{Value: json.RawMessage(`"nonconform"`), Note: "三笔付款没有凭证 " + item})
	if err != nil {
		return nil, err
	}
	return s.Append(ctx, storetest.People()[0].ID, changes...)
}

func seal(s *store.Store, id record.ID, key ed25519.PrivateKey) error {
	i, err := s.Inspection(ctx, id)
	if err != nil {
		return err
	}
	leader := storetest.People()[0].ID
	_, err = s.Seal(ctx, store.Sealing{Inspection: id, Actor: leader, Content: i.Content(),
		Findings: []record.Finding{{ID: record.FindingID(id, "k1", ""), Inspection: id, Item: "k1", State: record.Observed}},
		Sign: func(m []byte) (record.SealBody, error) {
			return record.SealBody{Manifest: m, Person: leader, Key: journal.KeyID(key.Public().(ed25519.PublicKey)), Proof: ed25519.Sign(key, journal.ManifestStatement(m))}, nil
		}})
	return err
}

func checkpoint(s *store.Store, how string) error {
	write, _, _ := s.Handle()
	_, err := write.Exec("PRAGMA wal_checkpoint(" + how + ")")
	return err
}

// page gives what a colleague's laptop has written, as a sync brings it.
func page(t testing.TB) store.Page {
	t.Helper()
	other, err := open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	id, _, err := plan(other, 3)
	for n := range 5 {
		if err == nil {
			_, err = answer(other, id, fmt.Sprint("k", n))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := other.After(ctx, other.Self(), 0, 100, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return store.Page{Entries: list, Remote: &store.Remote{URL: "https://server", Server: "v_1", Cursor: 7}}
}

// live records a laptop's database from the first start on.
func live(t testing.TB, r *recorder) *life {
	t.Helper()
	l := &life{t: t, folder: t.TempDir()}
	l.trace = r.record(t, l.folder)
	s := l.open()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	leader := storetest.People()[0].ID
	_, err = s.RegisterInspectors(ctx, "", storetest.People())
	l.keep("register inspectors", err)
	l.keep("publish key", s.PublishKey(ctx, leader, journal.KeyID(public), journal.PublicText(public)))
	l.keep("import register", register(s, 0, 30))
	id, _, err := plan(s, 1)
	l.keep("plan", err)
	for n := range 3 {
		_, err := answer(s, id, fmt.Sprint("k", n))
		l.keep("answer", err)
	}
	l.keep("draft", s.SaveDraft(ctx, "draft", "note", "现场"))
	l.keep("checkpoint", checkpoint(s, "PASSIVE")) // the next entry begins the log anew, over the old one
	l.keep("seal", seal(s, id, key))
	_, err = s.ApplyPage(ctx, page(t))
	l.keep("page from the server", err)
	l.keep("checkpoint", checkpoint(s, "TRUNCATE"))
	id, _, err = plan(s, 2)
	l.keep("plan", err)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, other := l.open(), l.open() // two programs in one folder
	for range 2 {
		for _, s := range []*store.Store{s, other} {
			_, err := answer(s, id, fmt.Sprint("k", len(l.kept)))
			l.keep("answer", err)
		}
	}
	var all sync.WaitGroup
	for _, s := range []*store.Store{s, other} {
		all.Go(func() {
			for n := range 3 {
				_, written, err := plan(s, n)
				l.keepOne(written, err)
			}
		})
	}
	all.Wait()
	l.keep("checkpoint beside another program", checkpoint(s, "PASSIVE"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = answer(other, id, "k0")
	l.keep("answer", err)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	return l
}

// check opens a folder as a power cut left it. The first told of what was kept
// had been acknowledged.
func (l *life) check(folder string, told int) (err error) {
	s, err := open(folder)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	seen, err := look(s)
	if err != nil {
		return fmt.Errorf("look: %w", err)
	}
	if told > 0 {
		if err := l.compare(s, seen, told); err != nil {
			return err
		}
	}
	if v, err := s.Verify(ctx, nil); err != nil || len(v.Problems) > 0 {
		return fmt.Errorf("verify: %+v, %w", v.Problems, err)
	}
	_, read, _ := s.Handle()
	var verdict string
	if err := read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("integrity_check: %s, %w", verdict, err)
	}
	if err := s.Rebuild(ctx); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if again, err := look(s); err != nil || again != seen {
		return fmt.Errorf("a rebuild gives other tables, %w:\n%s", err, storetest.Difference(seen, again))
	}
	if _, _, err := plan(s, 9); err != nil {
		return fmt.Errorf("go on: %w", err)
	}
	return nil
}

// compare says that everything acknowledged is in the store once, and nothing
// by halves.
func (l *life) compare(s *store.Store, seen string, told int) error {
	here, err := entries(s)
	if err != nil {
		return err
	}
	if twice := len(here) - len(slices.Compact(slices.Clone(here))); twice > 0 {
		return fmt.Errorf("%d entries are there twice", twice)
	}
	last := l.kept[told-1]
	lost := 0
	for _, h := range last.entries {
		if !slices.Contains(here, h) {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d of %d acknowledged entries are lost", lost, len(last.entries))
	}
	next := last
	if told < len(l.kept) {
		next = l.kept[told]
	}
	if last.look != "" && next.look != "" && seen != last.look && seen != next.look {
		return fmt.Errorf("the store is neither as after %q nor as after %q:\n%s", last.what, next.what, storetest.Difference(last.look, seen))
	}
	return nil
}

// P1 and P2 when the power fails: after any operation on the disk, with any part
// of what was not synced lost or torn, what was acknowledged is there, the
// journal verifies, the tables are what it says and the work goes on. The power
// may fail once more while the program mends what the first cut left.
func TestSoakAPowerCutAtAnyMomentLosesNothingKept(t *testing.T) {
	r, seed := beneathSQLite(t), soaktest.Seed(t)
	l, random := live(t, r), soaktest.Random(seed, 0)
	chosen := func(int, powertest.Op) bool { return soaktest.Soaking() || random.IntN(len(l.trace.Ops())) < 40 }
	var again atomic.Int64
	checked, wrong := powertest.Check(t, l.trace.Cuts(random, soaktest.Rounds(1, 10), nil, chosen), func(folder string, c powertest.Cut) error {
		random := soaktest.Random(seed, uint64(c.After))
		if err := shared(folder, random); err != nil || random.IntN(5) > 0 {
			return errors.Join(err, l.check(folder, c.Marks))
		}
		again.Add(1)
		return l.checkTwice(r, folder, c, random)
	})
	for _, w := range wrong {
		t.Error(w)
	}
	t.Logf("%d operations, %d acknowledged; %d folders, in %d of them the power failed once more", len(l.trace.Ops()), len(l.kept), checked, again.Load())
}

// shared puts a file of shared memory into a folder as a power cut may leave it:
// nobody ever syncs it.
func shared(folder string, random *rand.Rand) error {
	b := make([]byte, 32768)
	if random.IntN(2) == 0 {
		for i := range b {
			b[i] = byte(random.Uint32())
		}
	}
	return os.WriteFile(filepath.Join(folder, store.FileName+"-shm"), b, 0o600)
}

// checkTwice checks a folder, and what a power cut leaves of it while it is
// being opened.
func (l *life) checkTwice(r *recorder, folder string, c powertest.Cut, random *rand.Rand) error {
	trace := r.record(l.t, folder)
	s, err := open(folder)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	at, n := random.IntN(max(1, len(trace.Ops()))), 0
	for second := range trace.Cuts(random, 1, nil, func(n int, _ powertest.Op) bool { return n == at }) {
		n++
		again := fmt.Sprint(folder, "-", n)
		err := second.State.Lay(again)
		if err == nil {
			err = l.check(again, c.Marks)
		}
		if err != nil {
			return fmt.Errorf("the power failed again after operation %d of the mending: %w", at, err)
		}
		if err := os.RemoveAll(again); err != nil {
			return err
		}
	}
	return l.check(folder, c.Marks)
}

// A program is killed before it has synced what it wrote. The next one finds it
// and tells people and the server so: it is kept although the power fails then.
func TestSoakWhatAKilledProgramLeftIsKeptOnceItWasSeen(t *testing.T) {
	r := beneathSQLite(t)
	l, random := live(t, r), soaktest.Random(soaktest.Seed(t), 3)
	disk := l.trace.Disk()
	for n, op := range l.trace.Ops() {
		if disk.Do(op); op.Kind != powertest.Write || !soaktest.Soaking() && random.IntN(len(l.trace.Ops())) > 20 {
			continue
		}
		next := &life{t: t, folder: t.TempDir(), trace: l.trace.First(n + 1), kept: slices.Clip(l.kept[:disk.Marks()])}
		if err := disk.All().Lay(next.folder); err != nil {
			t.Fatal(err)
		}
		r.goOn(t, next.folder, next.trace)
		s := next.open()
		seen := len(next.trace.Ops()) - 1
		_, wrong := powertest.Check(t, next.trace.Cuts(random, 1, nil, func(n int, _ powertest.Op) bool { return n == seen }), func(folder string, c powertest.Cut) error {
			return next.check(folder, c.Marks)
		})
		for _, w := range wrong {
			t.Errorf("killed after operation %d: %s", n+1, w)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The tests above are worth something only if they find a disk, or a program,
// that does not keep its word.
func TestAPowerCutFindsSyncsThatAreMissing(t *testing.T) {
	r := beneathSQLite(t)
	finds := func(t *testing.T, l *life, lies func(powertest.Op) bool) {
		t.Helper()
		checked, wrong := powertest.Check(t, l.trace.Cuts(nil, 0, lies, powertest.AtMarks), func(folder string, c powertest.Cut) error { return l.check(folder, c.Marks) })
		if len(wrong) == 0 {
			t.Errorf("%d folders, and nothing was missed", checked)
		}
	}
	l := live(t, r)
	for what, lies := range map[string]func(powertest.Op) bool{
		"a disk that syncs nothing":  func(powertest.Op) bool { return true },
		"the log is not synced":      func(op powertest.Op) bool { return strings.HasSuffix(op.Path, "-wal") },
		"the database is not synced": func(op powertest.Op) bool { return op.Path == store.FileName },
		"the folder is not synced":   func(op powertest.Op) bool { return op.Kind == powertest.SyncFolder },
	} {
		t.Run(what, func(t *testing.T) { finds(t, l, lies) })
	}
	for _, weak := range []string{"NORMAL", "OFF"} {
		t.Run("synchronous "+weak, func(t *testing.T) {
			l := &life{t: t, folder: t.TempDir()}
			l.trace = r.record(t, l.folder)
			s := l.open()
			write, _, _ := s.Handle()
			if _, err := write.Exec("PRAGMA synchronous=" + weak); err != nil {
				t.Fatal(err)
			}
			_, err := s.RegisterInspectors(ctx, "", storetest.People())
			l.keep("register inspectors", err)
			finds(t, l, nil)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
