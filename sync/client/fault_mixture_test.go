package client_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// An office at work, and everything that happens to it, in an order of chance:
// laptops plan, answer, photograph, seal and destroy; they sync over lines that
// are cut and carry sticks; laptops and server are restarted, and once in a
// while the server is restored from last night's copy. In the end all have equal
// tables, which a rebuild from the journal reproduces, nothing is left unsent,
// and what was destroyed is nowhere.
func TestSoakAnyMixtureOfWorkAndMishapsConverges(t *testing.T) {
	seed := synctest.Seed(t)
	for n := range uint64(synctest.Rounds(4, 400)) {
		ok := t.Run(fmt.Sprint("mixture ", seed+n), func(t *testing.T) {
			m := newMixture(t, synctest.Random(seed+n, 3), synctest.Start(t, &synctest.Office{}))
			for m.step = range 90 {
				m.something()
			}
			m.quiet()
		})
		if !ok {
			t.Fatalf("PLUMBLINE_SOAK_SEED=%d repeats this one first", seed+n)
		}
	}
}

type mixture struct {
	t         *testing.T
	r         *rand.Rand
	o         *synctest.Office
	lines     []*synctest.Line
	laptops   []*synctest.Laptop
	sticks    []string
	step      int
	planned   []record.ID
	destroyed map[record.Hash]bool
	backup    string
	did       []string // what happened, for whoever reads a failure
	sealed    int
	restored  int
}

func newMixture(t *testing.T, r *rand.Rand, o *synctest.Office) *mixture {
	m := &mixture{t: t, r: r, o: o, sticks: []string{t.TempDir(), t.TempDir()}, destroyed: map[record.Hash]bool{}}
	for range 3 {
		line := synctest.NewLine(t, o.URL)
		l := synctest.OpenLaptop(t, t.TempDir())
		l.Enrol(line.URL, o.Code())
		m.lines, m.laptops = append(m.lines, line), append(m.laptops, l)
	}
	m.laptops[0].Register()
	m.laptops[0].Plan(0)
	for range 2 {
		for _, l := range m.laptops {
			l.Sync()
		}
	}
	return m
}

func (m *mixture) failed(doing string, err error) {
	m.t.Helper()
	m.t.Fatalf("step %d, %s: %v\nbefore: %v", m.step, doing, err, m.did)
}

// some gives an inspection that this laptop knows of.
func (m *mixture) some(l *synctest.Laptop) (record.Inspection, bool) {
	rows, err := l.Store.Inspections(ctx, store.InspectionFilter{})
	if err != nil {
		m.failed("list inspections", err)
	}
	if len(rows) == 0 {
		return record.Inspection{}, false
	}
	i, err := l.Store.Inspection(ctx, rows[m.r.IntN(len(rows))].ID)
	if err != nil {
		m.failed("read an inspection", err)
	}
	return i, true
}

// keep saves what a rule decided; what a seal or an earlier decision forbids
// is no fault here.
func (m *mixture) keep(l *synctest.Laptop, person int, changes []record.Change, err error) {
	m.t.Helper()
	if err == nil {
		_, err = l.Store.Append(ctx, synctest.People()[person].ID, changes...)
	}
	if c := record.CodeOf(err); err != nil && c != record.Sealed && c != record.Conflict && c != record.Invalid {
		m.failed("keep", err)
	}
}

func (m *mixture) something() {
	n := m.r.IntN(len(m.laptops))
	l := m.laptops[n]
	do := m.r.IntN(24)
	name := []string{"plan", "plan", "answer", "answer", "answer", "photo", "photo", "seal", "register", "destroy photo", "destroy note",
		"sync", "sync", "sync", "cut sync", "cut sync", "cut sync", "write bundle", "read bundle", "carry bundle", "restart laptop", "restart server",
		"sync without server", "back up or restore"}[do]
	m.did = append(m.did, fmt.Sprint(n, " ", name))
	switch name {
	case "plan":
		m.planned = append(m.planned, l.Plan(m.r.IntN(6)))
	case "answer":
		if i, ok := m.some(l); ok {
			changes, err := i.SetAnswers(map[string]record.Answer{fmt.Sprint("k", m.r.IntN(5)): {
				Value: json.RawMessage([]string{`"conform"`, `"nonconform"`}[m.r.IntN(2)]), Note: fmt.Sprint("note ", m.r.IntN(4))}})
			m.keep(l, m.r.IntN(2), changes, err)
		}
	case "photo":
		if i, ok := m.some(l); ok && i.Sealed == nil {
			l.Attach(i.ID, "k1", synctest.Picture(m.step, 1000+m.r.IntN(120_000)), synctest.Picture(1000+m.step, 100+m.r.IntN(2000)))
		}
	case "seal":
		if i, ok := m.some(l); ok && i.Sealed == nil && m.r.IntN(5) == 0 {
			sign := signs(l, synctest.People()[0].ID)
			_, err := l.Store.Seal(ctx, store.Sealing{Inspection: i.ID, Actor: synctest.People()[0].ID, Content: i.Content(),
				Findings: []record.Finding{{ID: record.FindingID(i.ID, "k1", ""), Inspection: i.ID, Item: "k1", State: record.Observed}},
				Sign: func(b []byte) (record.SealBody, error) {
					proof, key := sign(journal.ManifestStatement(b))
					return record.SealBody{Manifest: b, Person: synctest.People()[0].ID, Key: key, Proof: proof}, nil
				}})
			if err != nil && record.CodeOf(err) == "" {
				m.failed("seal", err)
			}
			m.sealed++
		}
	case "register":
		if _, err := l.Store.RegisterInspectors(ctx, "", synctest.People()); err != nil {
			m.failed(name, err)
		}
	case "destroy photo":
		i, ok := m.some(l)
		if !ok || len(i.Evidence) == 0 || m.r.IntN(2) == 0 {
			return
		}
		e := i.Evidence[m.r.IntN(len(i.Evidence))]
		destroyPhoto(l, i.ID, e)
		m.destroyed[e.Digest], m.destroyed[e.Small] = true, true
	case "destroy note":
		if i, ok := m.some(l); ok && m.r.IntN(3) == 0 {
			m.destroyNote(l, i)
		}
	case "sync":
		m.sync(l)
	case "cut sync":
		line := m.lines[n]
		line.Polite.Store(false)
		at := m.r.Int64N(1 << (4 + m.r.IntN(14)))
		switch m.r.IntN(3) {
		case 0:
			line.CutAfter(at)
		case 1:
			line.CutUpAfter(at)
		case 2:
			line.CutDownAfter(at)
		}
		l.Client.GiveUpAfter(1 + m.r.IntN(3))
		m.sync(l)
		line.CutAfter(-1)
		line.CutUpAfter(-1)
		line.CutDownAfter(-1)
		l.Client.GiveUpAfter(6)
	case "write bundle":
		write(m.t, l, m.sticks[m.r.IntN(2)], client.BundleOptions{PartSize: 4 << 20, Whole: m.r.IntN(3) == 0})
	case "read bundle":
		if _, err := l.Client.ReadBundle(ctx, m.sticks[m.r.IntN(2)], nil); err != nil && record.CodeOf(err) != record.NotFound {
			m.failed(name, err)
		}
	case "carry bundle":
		if _, err := l.Client.CarryBundle(ctx, m.sticks[m.r.IntN(2)], nil); err != nil && record.CodeOf(err) != record.NotFound && record.CodeOf(err) != record.Offline {
			m.failed(name, err)
		}
	case "restart laptop":
		if err := l.Store.Close(); err != nil {
			m.failed(name, err)
		}
		m.laptops[n] = synctest.OpenLaptop(m.t, l.Folder)
	case "restart server":
		m.o.End()
		m.o.Begin()
	case "sync without server":
		m.o.End()
		l.Client.GiveUpAfter(1)
		if _, err := l.Client.Sync(ctx, nil); record.CodeOf(err) != record.Offline {
			m.failed(name, err)
		}
		l.Client.GiveUpAfter(6)
		m.o.Begin()
	case "back up or restore":
		switch {
		case m.r.IntN(2) == 0:
		case m.backup == "" || m.r.IntN(3) == 0:
			m.o.End()
			m.backup = synctest.CopyFolder(m.t, m.o.Folder)
			m.o.Begin()
		default:
			m.o.End()
			m.o.Folder = synctest.CopyFolder(m.t, m.backup)
			m.o.Begin()
			m.restored++
		}
	}
}

func (m *mixture) sync(l *synctest.Laptop) {
	m.t.Helper()
	if _, err := l.Client.Sync(ctx, nil); err != nil && record.CodeOf(err) != record.Offline {
		m.failed("sync", err)
	}
}

// destroyNote has the notes on one item destroyed.
func (m *mixture) destroyNote(l *synctest.Laptop, i record.Inspection) {
	item := fmt.Sprint("items/k", m.r.IntN(5), "/note")
	stand, err := l.Store.StandIns(ctx, i.ID, func(path string, v json.RawMessage) (json.RawMessage, bool) {
		return json.RawMessage("null"), path == item
	})
	if err != nil {
		m.failed("stand-ins", err)
	}
	if len(stand) == 0 {
		return
	}
	first, second := synctest.People()[0].ID, synctest.People()[1].ID
	d, changes, err := record.NewDestruction(record.DestructionRequest{Inspection: i.ID, Reason: record.ForClassified,
		Entries: stand, Person: first, At: "2026-05-06T10:00:00+08:00"}, signs(l, first))
	m.keep(l, 0, changes, err)
	approval, err := d.Approve(second, "2026-05-06T10:05:00+08:00", signs(l, second))
	m.keep(l, 1, approval, err)
}

// quiet lets everybody finish and looks at what came of it.
func (m *mixture) quiet() {
	for range 4 {
		for _, l := range m.laptops {
			if _, err := l.Client.Sync(ctx, nil); err != nil {
				m.failed("sync in the end", err)
			}
		}
	}
	stores := []*store.Store{m.o.Store}
	for n, l := range m.laptops {
		stores = append(stores, l.Store)
		st, err := l.Store.Status(ctx)
		if err != nil || st.Sent != st.Entries || st.FilesLeft != 0 {
			m.t.Errorf("laptop %d: status %+v, %v; want all sent", n, st, err)
		}
	}
	synctest.Equal(m.t, stores...)
	missing, err := m.o.Store.FilesMissing(ctx, 100)
	if err != nil || len(missing) > 0 {
		m.t.Errorf("the server lacks %d files (%v)", len(missing), err)
	}
	for n, s := range stores {
		files := m.o.Files
		if n > 0 {
			files = m.laptops[n-1].Files
		}
		synctest.Rebuilt(m.t, fmt.Sprint("replica ", n), s)
		for d := range m.destroyed {
			if files.Has(d) {
				m.t.Errorf("replica %d still has the destroyed file %s", n, d.Short())
			}
		}
		v, err := s.Verify(ctx, func(f record.File) (record.Hash, error) { return files.Digest(f.Digest) })
		if err != nil || len(v.Problems) > 0 {
			m.t.Errorf("replica %d: verify: %+v, %v", n, v.Problems, err)
		}
	}
	for _, id := range m.planned {
		if _, err := m.o.Store.Inspection(ctx, id); err != nil {
			m.t.Errorf("inspection %s at the server: %v", id, err)
		}
	}
	m.t.Logf("%d entries, %d sealed, %d files destroyed, %d restores", synctest.Entries(m.t, m.o.Store), m.sealed, len(m.destroyed), m.restored)
	if m.t.Failed() {
		m.t.Log("what happened:", m.did)
	}
}
