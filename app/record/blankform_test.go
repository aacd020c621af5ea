package record

import (
	"encoding/json"
	"slices"
	"testing"
)

// folded applies changes to a record's state as a store does.
func folded(s State, entry string, changes ...Change) State {
	if s == nil {
		s = State{}
	}
	for _, c := range changes {
		for path, v := range c.Set {
			raw, _ := json.Marshal(v) // records always marshal
			s.Write(path, Write{Entry: Hash(entry + path), Value: raw, Base: c.Base[path], Root: c.Kind == Create})
		}
	}
	return s
}

var (
	keeper = Inspector{ID: "person_keeper", Name: "陈丽丽"}
	taker  = Inspector{ID: "person_taker", Name: "胡娟平"}
)

func booked(t *testing.T, others []Booking, first, last string) Booking {
	t.Helper()
	id, changes, err := BookOut(others, "inspection-notice", first, last, taker, keeper, "2026-11-24T09:30:00+08:00")
	if err != nil {
		t.Fatal(err)
	}
	b, ok := BookingOf(id, folded(nil, "a", changes...))
	if !ok {
		t.Fatal("no booking")
	}
	return b
}

func TestANumberIsBookedOutOnceUntilItComesBack(t *testing.T) {
	a := booked(t, nil, "A-000101", "A-000110")
	if got := a.Number(101); got != "A-000101" || len(a.Open()) != 10 {
		t.Errorf("%s, %d out", got, len(a.Open()))
	}
	_, _, err := BookOut([]Booking{a}, "inspection-notice", "A-000110", "A-000120", taker, keeper, "")
	if messageOf(err) != "blank.booked" {
		t.Errorf("booked out twice: %v", err)
	}
	for _, other := range [][2]string{{"B-000101", "B-000110"}, {"A-0000101", "A-0000110"}} { // other words, other numbers
		if _, _, err := BookOut([]Booking{a}, "inspection-notice", other[0], other[1], taker, keeper, ""); err != nil {
			t.Errorf("%v: %v", other, err)
		}
	}
	changes, err := a.Tell([]int{110}, FormFate{Fate: FormReturned, By: taker.ID, Who: taker.Name, At: "2026-11-25T09:00:00+08:00"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _ = BookingOf(a.ID, folded(a.state, "b", changes...))
	again := booked(t, []Booking{a}, "A-000110", "A-000110")
	if clashes := FormClashes([]Booking{a, again}); len(clashes) != 0 {
		t.Errorf("a number that came back clashes: %v", clashes)
	}
	// Two laptops that had not heard of each other.
	if clashes := FormClashes([]Booking{a, booked(t, nil, "A-000105", "A-000106")}); !slices.Equal(clashes, []string{"A-000105", "A-000106"}) {
		t.Errorf("clashes: %v", clashes)
	}
}

func TestEachNumberHasOneFate(t *testing.T) {
	b := booked(t, nil, "7", "9")
	by := FormFate{By: taker.ID, Who: taker.Name, At: "2026-11-25T09:00:00+08:00"}
	fate := func(f string, note string) FormFate { by.Fate, by.Note = f, note; return by }
	i := &Inspection{ID: "insp_1", Number: "PL-1"}
	for want, try := range map[string]func() error{
		"blank.fate_unknown":      func() error { _, err := b.Tell([]int{7}, fate("eaten", ""), nil); return err },
		"blank.inspection_needed": func() error { _, err := b.Tell([]int{7}, fate(FormUsed, ""), nil); return err },
		"blank.reason_needed":     func() error { _, err := b.Tell([]int{7}, fate(FormSpoiled, " "), nil); return err },
		"blank.none":              func() error { _, err := b.Tell(nil, fate(FormReturned, ""), nil); return err },
		"blank.not_in_booking":    func() error { _, err := b.Tell([]int{10}, fate(FormReturned, ""), nil); return err },
	} {
		if got := messageOf(try()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	changes, err := b.Tell([]int{7, 8}, fate(FormUsed, ""), i)
	if err != nil {
		t.Fatal(err)
	}
	b, _ = BookingOf(b.ID, folded(b.state, "b", changes...))
	if again, err := b.Tell([]int{7}, fate(FormUsed, ""), i); err != nil || len(again) != 0 {
		t.Errorf("told again: %v, %v", again, err)
	}
	if _, err := b.Tell([]int{7}, fate(FormReturned, ""), nil); messageOf(err) != "blank.fate_told" {
		t.Errorf("another fate without a reason: %v", err)
	}
	if changes, err = b.Tell([]int{7}, fate(FormReturned, "登记有误"), nil); err != nil {
		t.Fatal(err)
	}
	b, _ = BookingOf(b.ID, folded(b.state, "c", changes...))
	if n := b.Counts(); n[FormUsed] != 1 || n[FormReturned] != 1 || n[""] != 1 || len(b.Twice) != 0 {
		t.Errorf("counts %v, twice %v", n, b.Twice)
	}
	// Two laptops at once: both words stay, and are listed.
	one, _ := b.Tell([]int{9}, fate(FormReturned, ""), nil)
	two, _ := b.Tell([]int{9}, fate(FormSpoiled, "墨污"), nil)
	b, _ = BookingOf(b.ID, folded(folded(b.state, "d", one...), "e", two...))
	if !slices.Equal(FormClashes([]Booking{b}), []string{"9"}) {
		t.Errorf("twice: %v", b.Twice)
	}
}

// Two laptops that had not heard of each other booked out the same forms: each of
// them is listed, and telling what became of it in one booking settles it.
func TestEachFormThatIsOutTwiceIsListed(t *testing.T) {
	a, b := booked(t, nil, "A-6", "A-8"), booked(t, nil, "A-7", "A-9")
	if got := FormClashes([]Booking{a, b}); !slices.Equal(got, []string{"A-7", "A-8"}) {
		t.Errorf("out twice: %v", got)
	}
}
