package store_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/sqlite"
	"plumbline/app/store/storetest"
)

// P3 and P6: after quiet, all replicas hold equal tables, whatever the order in
// which entries came and whether they came one by one or in bulk. Two laptops
// and a server edit, seal and refuse at random; entries travel in random pieces
// by random ways (the server, or from laptop to laptop as a bundle does).
// rapid prints a seed that replays a failure.
func TestReplicasEndUpEqualWhateverTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stores := make([]*store.Store, 3)
		for i := range stores {
			folder, err := os.MkdirTemp("", "replica")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(folder)
			s, err := sqlite.Open(ctx, folder, store.Options{Authority: "990100"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			stores[i] = s
		}
		leader := people()[0]
		private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		public := private.Public().(ed25519.PublicKey)
		key := journal.KeyID(public)
		var inspections []record.ID
		steps := rapid.IntRange(3, 25).Draw(t, "steps")
		for range steps {
			s := stores[rapid.IntRange(0, 2).Draw(t, "store")]
			switch rapid.SampledFrom([]string{"new", "answer", "answer", "bulk", "register", "key", "seal", "proceed", "carry", "carry", "refuse"}).Draw(t, "do") {
			case "new":
				id, changes, err := record.NewInspection(organization(len(inspections)), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", people(), time.Unix(1.7e9, 0))
				check(t, err)
				_, err = s.Append(ctx, people()[0].ID, changes...)
				check(t, err)
				inspections = append(inspections, id)
			case "answer", "bulk":
				if len(inspections) == 0 {
					continue
				}
				id := rapid.SampledFrom(inspections).Draw(t, "inspection")
				i, err := s.Inspection(ctx, id)
				if record.CodeOf(err) == record.NotFound {
					continue // has not come here yet
				}
				check(t, err)
				answers := map[string]record.Answer{}
				for range rapid.SampledFrom([]int{1, 1, 2, 12}).Draw(t, "answers") {
					answers[fmt.Sprintf("k%d", rapid.IntRange(0, 15).Draw(t, "item"))] = record.Answer{Value: json.RawMessage(fmt.Sprintf(`"v%d"`, rapid.IntRange(0, 2).Draw(t, "value")))}
				}
				changes, err := i.SetAnswers(answers)
				if record.CodeOf(err) == record.Sealed {
					continue
				}
				check(t, err)
				_, err = s.Append(ctx, people()[rapid.IntRange(0, 1).Draw(t, "person")].ID, changes...)
				check(t, err)
			case "proceed":
				if len(inspections) == 0 {
					continue
				}
				id := rapid.SampledFrom(inspections).Draw(t, "inspection")
				i, err := s.Inspection(ctx, id)
				if record.CodeOf(err) == record.NotFound {
					continue
				}
				check(t, err)
				p, err := s.Procedure(ctx, id)
				check(t, err)
				c := record.Case{Inspection: i, Setting: record.Setting{Today: "2026-11-27"}}
				allowed := p.Allowed(c)
				if len(allowed) == 0 {
					continue
				}
				by := rapid.SampledFrom([]record.ID{people()[0].ID, people()[1].ID, "person_head", "person_clerk"}).Draw(t, "by")
				changes, err := p.Act(record.ProcedureStep{Act: rapid.SampledFrom(allowed).Draw(t, "act"), By: by, Note: "x", Number: "1", Why: record.Suspended, Persons: []record.ID{people()[0].ID, people()[1].ID},
					Result: record.ResultOther, Service: &record.ServiceProof{On: "2026-11-27", Way: record.ServedMail, Proof: "1"}}, c)
				if err != nil {
					continue // not theirs to do, or something is lacking
				}
				_, err = s.Append(ctx, by, changes...)
				check(t, err)
			case "register":
				o := organization(rapid.IntRange(0, 3).Draw(t, "organization"))
				name := fmt.Sprint("name ", rapid.IntRange(0, 1).Draw(t, "name"))
				_, err := s.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
					yield(store.RegisterRow{ID: o.ID, Set: func(old record.Organization, found bool) map[string]any {
						if found && old.Name == name {
							return nil
						}
						if found {
							return map[string]any{"name": name}
						}
						set := values(o)
						set["name"] = name
						return set
					}})
				}, nil)
				check(t, err)
			case "key":
				_, err := s.Append(ctx, leader.ID, record.Change{Kind: record.Set, Record: leader.ID, Set: map[string]any{"keys/" + key: journal.PublicText(public)}})
				check(t, err)
			case "seal":
				if p, err := s.Person(ctx, leader.ID); len(inspections) == 0 || err != nil || p.Keys[key] == "" {
					continue
				}
				id := rapid.SampledFrom(inspections).Draw(t, "inspection")
				i, err := s.Inspection(ctx, id)
				if err != nil || i.Sealed != nil {
					continue
				}
				_, err = s.Seal(ctx, store.Sealing{Inspection: id, Actor: people()[0].ID, Content: i.Content(),
					Findings: []record.Finding{{ID: record.FindingID(id, "k1", ""), Inspection: id, State: record.Observed}},
					Sign: func(m []byte) (record.SealBody, error) {
						return record.SealBody{Manifest: m, Person: leader.ID, Key: key, Proof: ed25519.Sign(private, journal.ManifestStatement(m))}, nil
					}})
				check(t, err)
			case "carry":
				carry(t, s, stores[rapid.IntRange(0, 2).Draw(t, "to")], rapid.IntRange(1, 5).Draw(t, "piece"), nil)
			case "refuse":
				n := rapid.IntRange(0, 3).Draw(t, "nth")
				carry(t, s, stores[2], 100, func(e journal.Entry, _ record.Body) *record.Error {
					if n--; n == 0 && e.Kind == record.Set {
						return &record.Error{Code: record.Forbidden, Message: "refused"}
					}
					return nil
				})
			}
		}
		for range 3 { // quiet: everything reaches everybody
			for _, from := range stores {
				for _, to := range stores {
					carry(t, from, to, 1000, nil)
				}
			}
		}
		var first record.Hash
		for n, s := range stores {
			h, err := s.Digest(ctx)
			check(t, err)
			if n == 0 {
				first = h
			} else if h != first {
				t.Fatalf("store %d has other tables than store 0:\n%s", n, storetest.Difference(dump(stores[0]), dump(s)))
			}
			before := dump(s)
			check(t, s.Rebuild(ctx))
			if again, err := s.Digest(ctx); err != nil || again != h {
				t.Fatalf("store %d: rebuild gives other tables (%v):\n%s", n, err, storetest.Difference(before, dump(s)))
			}
		}
	})
}

func dump(s *store.Store) string {
	var b strings.Builder
	if err := s.Dump(ctx, &b); err != nil {
		return err.Error()
	}
	return b.String()
}

func check(t *rapid.T, err error) {
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
}

// carry brings up to n entries of each chain that to lacks.
func carry(t *rapid.T, from, to *store.Store, n int, judge store.Judge) {
	if from == to {
		return
	}
	heads, err := from.Heads(ctx)
	check(t, err)
	for c := range heads {
		h, err := to.Head(ctx, c)
		check(t, err)
		entries, err := from.After(ctx, c, h.Seq, n, 1<<30)
		check(t, err)
		results, err := to.Apply(ctx, entries, judge)
		check(t, err)
		for _, r := range results {
			if r.Verdict == store.Forked || r.Verdict == store.Gap {
				t.Fatalf("entry %d of %s: %s", r.Seq, c.Device, r.Verdict)
			}
		}
	}
}
