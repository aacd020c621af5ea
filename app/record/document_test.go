package record

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// paperOffice is a document and the state that follows its changes.
type paperOffice struct {
	id    ID
	state State
	n     int
}

func (o *paperOffice) take(t interface{ Fatal(...any) }, changes []Change) {
	for _, c := range changes {
		o.n++
		for path, v := range c.Set {
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			o.state.Write(path, Write{Entry: HashOf([]byte{byte(o.n), byte(o.n >> 8)}, []byte(path)), HLC: int64(o.n), Value: raw, Base: c.Base[path], Root: c.Kind == Create})
		}
	}
}

func (o *paperOffice) document(t interface{ Fatal(...any) }) Document {
	d, ok := DocumentOf(o.id, o.state)
	if !ok {
		t.Fatal("there is no document")
	}
	return d
}

var visit = Inspection{ID: "insp_1", Number: "PL-1", Team: []Member{{Person: "leader"}, {Person: "second"}}}

func filled(kind string) map[string]string {
	out := map[string]string{}
	k, _ := FindDocumentKind(kind)
	for _, s := range k.Slots {
		out[s.Name] = "60"
	}
	return out
}

func newPaper(t interface{ Fatal(...any) }, kind string, fields map[string]string) *paperOffice {
	id, changes, err := NewDocument(kind, visit, "zh", 1, "示民社检", fields, DocumentStep{By: "leader", At: "2026-11-20T09:00:00+08:00"})
	if err != nil {
		t.Fatal(err)
	}
	o := &paperOffice{id: id, state: State{}}
	o.take(t, changes)
	return o
}

func TestNoOrderIsReviewedWithoutRemediesTheirBodiesAndPeriods(t *testing.T) {
	for _, k := range DocumentKinds {
		if !k.Order {
			continue
		}
		for _, slot := range []string{"reconsideration_body", "reconsideration_days", "court", "lawsuit_months"} {
			fields := filled(k.Name)
			delete(fields, slot)
			_, err := newPaper(t, k.Name, fields).document(t).Advance(Reviewed, visit, nil, DocumentStep{By: "reviewer"})
			if messageOf(err) != "document.remedies_missing" {
				t.Errorf("%s without %s: got %v", k.Name, slot, err)
			}
		}
		for _, slot := range []string{"reconsideration_days", "lawsuit_months"} {
			for _, v := range []string{"0", "-1", "soon", "6.5"} {
				fields := filled(k.Name)
				fields[slot] = v
				_, err := newPaper(t, k.Name, fields).document(t).Advance(Reviewed, visit, nil, DocumentStep{By: "reviewer"})
				if messageOf(err) != "document.remedies_period" {
					t.Errorf("%s with %s %q: got %v", k.Name, slot, v, err)
				}
			}
		}
	}
}

func TestEveryOrderAsksForRemedies(t *testing.T) {
	for _, k := range DocumentKinds {
		for _, r := range remedies {
			has := slices.Contains(k.Slots, r)
			if has != k.Order {
				t.Errorf("%s: order %v, asks for %s %v", k.Name, k.Order, r.Name, has)
			}
		}
	}
}

func TestSeparationOfDuties(t *testing.T) {
	o := newPaper(t, "correction-order", filled("correction-order"))
	for by, want := range map[ID]string{"leader": "document.own_draft", "second": "document.on_the_visit", "": "document.by_needed"} {
		if _, err := o.document(t).Advance(Reviewed, visit, nil, DocumentStep{By: by}); messageOf(err) != want {
			t.Errorf("reviewed by %q: got %v, want %s", by, err, want)
		}
	}
	changes, err := o.document(t).Advance(Reviewed, visit, nil, DocumentStep{By: "reviewer"})
	if err != nil {
		t.Fatal(err)
	}
	o.take(t, changes)
	for by, want := range map[ID]string{"leader": "document.own_draft", "second": "document.on_the_visit", "reviewer": "document.own_review"} {
		if _, err := o.document(t).Advance(Issued, visit, nil, DocumentStep{By: by}); messageOf(err) != want {
			t.Errorf("issued by %q: got %v, want %s", by, err, want)
		}
	}
}

// Whatever anybody tries in whatever order: a document only moves forward by its
// own way, is changed only as a draft, has its number only after its issue and
// keeps it, and a void one moves no more.
func TestADocumentKeepsToItsWay(t *testing.T) {
	kinds := DraftedKinds()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		o := newPaper(t, kind, filled(kind))
		states := append(slices.Clone(documentStates), Voided)
		number := DocumentNumber{}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			before := o.document(t)
			var changes []Change
			var err error
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				changes, err = before.Fill(map[string]string{})
				if err == nil != (before.State == Drafted) {
					t.Fatalf("filled while %s: %v", before.State, err)
				}
			case 1:
				changes, err = before.SendBack("理由")
			case 2:
				changes, err = before.GiveNumber(41, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
			case 3:
				if rapid.IntRange(0, 9).Draw(t, "void") == 0 {
					changes, err = before.Void("理由")
				}
			default:
				to := rapid.SampledFrom(states).Draw(t, "to")
				by := rapid.SampledFrom([]ID{"leader", "second", "reviewer", "head"}).Draw(t, "by")
				changes, err = before.Advance(to, visit, nil, DocumentStep{By: by, At: "2026-11-20T10:00:00+08:00", Way: "in_person", Note: "已收"})
				if err == nil && to != before.Next() {
					t.Fatalf("from %s to %s, the next is %s", before.State, to, before.Next())
				}
			}
			if err != nil && len(changes) > 0 {
				t.Fatal("a refused step changes something")
			}
			o.take(t, changes)
			now := o.document(t)
			if number.N > 0 && now.Number != number {
				t.Fatalf("the number went from %s to %s", number, now.Number)
			}
			number = now.Number
			k, _ := FindDocumentKind(kind)
			if number.N > 0 && (!k.Numbered || number.String() != "示民社检〔2026〕42号") {
				t.Fatalf("%s bears %s", kind, number)
			}
			if before.State == Voided && now.State != Voided {
				t.Fatalf("a void document became %s", now.State)
			}
			if i := slices.Index(documentStates, now.State); i >= slices.Index(documentStates, Stamped) && k.Numbered && number.N == 0 {
				t.Fatalf("%s without a number", now.State)
			}
		}
	})
}

func TestMissingNumbersAreListed(t *testing.T) {
	got, twice := CheckNumbers([]DocumentNumber{{"乙", 2026, 1}, {"甲", 2026, 4}, {"甲", 2026, 1}, {"甲", 2025, 2}, {"甲", 2026, 4}, {"甲", 2026, 4}})
	var said []string
	for _, n := range got {
		said = append(said, n.String())
	}
	if want := "甲〔2025〕1号 甲〔2026〕2号 甲〔2026〕3号"; strings.Join(said, " ") != want {
		t.Errorf("got %v, want %s", said, want)
	}
	if len(twice) != 1 || twice[0].String() != "甲〔2026〕4号" {
		t.Errorf("twice: got %v", twice)
	}
}

func TestSlotNamesAreDistinct(t *testing.T) {
	names := map[string]bool{}
	for _, k := range DocumentKinds {
		if names[k.Name] {
			t.Errorf("%s is listed twice", k.Name)
		}
		names[k.Name] = true
		slots := map[string]bool{}
		for _, s := range k.Slots {
			if slots[s.Name] {
				t.Errorf("%s has %s twice", k.Name, s.Name)
			}
			slots[s.Name] = true
		}
	}
}
