package record

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fates of a blank form.
const (
	FormUsed     = "used"     // 使用: filled in at an inspection
	FormSpoiled  = "spoiled"  // 作废
	FormReturned = "returned" // 交回: unused, and free to be booked out again
)

// FormFates in the order in which they are offered.
var FormFates = []string{FormUsed, FormSpoiled, FormReturned}

// FormFate is what became of one blank form.
type FormFate struct {
	Fate       string `json:"fate"` // one of FormFates
	Inspection ID     `json:"inspection,omitempty"`
	Number     string `json:"number,omitempty"`       // of the inspection
	To         string `json:"organization,omitempty"` // name of the organization, for lists
	Note       string `json:"note,omitempty"`         // why it is spoiled, or why this replaces an earlier word
	By         ID     `json:"by"`
	Who        string `json:"who"`
	At         string `json:"at"` // RFC 3339
}

// Booked is what is written when blank forms are handed out.
type Booked struct {
	Kind  string `json:"kind"`  // of DocumentKinds
	Word  string `json:"word"`  // what is printed before the figures of each form's number, "" for nothing
	First int    `json:"first"` // figures of the first form
	Last  int    `json:"last"`  // and of the last
	Width int    `json:"width"` // figures are filled with zeros to this width
	To    ID     `json:"to"`    // who took them
	Name  string `json:"name"`  // of who took them
	By    ID     `json:"by"`    // who handed them out
	Who   string `json:"who"`   // name of who handed them out
	At    string `json:"at"`    // RFC 3339
}

// Booking 领用 is a run of pre-stamped blank forms of one kind that one person
// took. The seal is on them already, so each number has to be accounted for: it
// has one fate. A view of its State.
type Booking struct {
	ID ID `json:"id"`
	Booked
	Fates map[int]FormFate `json:"fates"` // by figures
	Twice []int            `json:"twice"` // numbers with two fates, told on laptops that had not heard of each other

	state State
}

// maxForms bounds a booking: more are not carried out of an office at once.
const maxForms = 1000

// BookingOf reads a booking from its record's state; false when it is none.
func BookingOf(id ID, s State) (Booking, bool) {
	b := Booking{ID: id, Fates: map[int]FormFate{}, state: s}
	if !s.Get("booking", &b.Booked) || b.First < 1 || b.Last < b.First || b.Last-b.First >= maxForms {
		return b, false
	}
	for _, p := range s.Paths("fates/") {
		n, err := strconv.Atoi(strings.TrimPrefix(p, "fates/"))
		f := FormFate{}
		if err != nil || n < b.First || n > b.Last || !s.Get(p, &f) {
			continue
		}
		b.Fates[n] = f
		if len(s.values(p)) > 1 {
			b.Twice = append(b.Twice, n)
		}
	}
	slices.Sort(b.Twice)
	return b, true
}

// Number gives a form's number as it is printed on it.
func (b Booking) Number(n int) string { return fmt.Sprintf("%s%0*d", b.Word, b.Width, n) }

// Open lists the forms that have no fate yet.
func (b Booking) Open() (out []int) {
	for n := b.First; n <= b.Last; n++ {
		if _, told := b.Fates[n]; !told {
			out = append(out, n)
		}
	}
	return out
}

// Counts gives how many forms have each fate; "" counts those that are out.
func (b Booking) Counts() map[string]int {
	out := map[string]int{"": len(b.Open())}
	for _, f := range b.Fates {
		out[f.Fate]++
	}
	return out
}

// ParseFormNumber splits the number on a form into what stands before its last
// figures, the figures, and how many there are.
func ParseFormNumber(s string) (word string, n, width int, ok bool) {
	s = strings.TrimSpace(s)
	word = strings.TrimRight(s, "0123456789")
	figures := s[len(word):]
	n, err := strconv.Atoi(figures)
	return word, n, len(figures), err == nil && len(figures) <= 9 && n > 0 && len(word) <= 60
}

// BookOut hands forms to a person. others are the bookings so far: a number that
// is out, used or spoiled is not handed out again; one that was returned is.
func BookOut(others []Booking, kind, first, last string, to, by Inspector, at string) (ID, []Change, error) {
	fault := func(code Code, message, field string, args map[string]any) (ID, []Change, error) {
		return "", nil, &Error{Code: code, Message: message, Field: field, Args: args}
	}
	if k, ok := FindDocumentKind(kind); !ok || k.Pack {
		return fault(NotFound, "document.kind_unknown", "kind", map[string]any{"kind": kind, "known": strings.Join(DraftedKinds(), ", ")})
	}
	word, a, width, ok := ParseFormNumber(first)
	word2, z, width2, ok2 := ParseFormNumber(last)
	switch {
	case !ok:
		return fault(Invalid, "blank.number", "first", map[string]any{"number": first})
	case !ok2 || word != word2 || width != width2:
		return fault(Invalid, "blank.number_other", "last", map[string]any{"first": first, "last": last})
	case z < a || z-a >= maxForms:
		return fault(Invalid, "blank.run", "last", map[string]any{"first": first, "last": last, "limit": maxForms})
	case to.ID == "":
		return fault(Invalid, "blank.to_needed", "to", nil)
	case by.ID == "":
		return fault(Invalid, "blank.by_needed", "by", nil)
	}
	b := Booking{Booked: Booked{kind, word, a, z, width, to.ID, to.Name, by.ID, by.Name, at}}
	for _, o := range others {
		if both := b.clash(o); len(both) > 0 {
			return fault(Conflict, "blank.booked", "first", map[string]any{"number": b.Number(both[0]), "name": o.Name, "at": dayOf(o.At)})
		}
	}
	id := NewID(BlankType)
	return id, []Change{{Kind: Create, Record: id, Set: map[string]any{"booking": b.Booked}}}, nil
}

// dayOf gives the day of a time in RFC 3339.
func dayOf(at string) string { return at[:min(len(time.DateOnly), len(at))] }

// clash gives the numbers that two bookings have both handed out.
func (b Booking) clash(o Booking) (out []int) {
	if b.Kind != o.Kind || b.Word != o.Word || b.Width != o.Width {
		return nil
	}
	for n := max(b.First, o.First); n <= min(b.Last, o.Last); n++ {
		if b.Fates[n].Fate != FormReturned && o.Fates[n].Fate != FormReturned {
			out = append(out, n)
		}
	}
	return out
}

// FormClashes lists the numbers that are out twice: two laptops booked them out
// and had not heard of each other.
func FormClashes(all []Booking) (out []string) {
	for i, b := range all {
		for _, o := range all[i+1:] {
			for _, n := range b.clash(o) {
				out = append(out, b.Number(n))
			}
		}
		for _, n := range b.Twice {
			out = append(out, b.Number(n))
		}
	}
	return out
}

// Tell says what became of forms. A used one names its inspection, a spoiled one
// the reason. A fate stands; another one in its place needs a note of why, and
// the earlier stays in the journal.
func (b Booking) Tell(numbers []int, f FormFate, i *Inspection) ([]Change, error) {
	fault := func(code Code, message, field string, args map[string]any) ([]Change, error) {
		return nil, &Error{Code: code, Message: message, Field: field, Args: args}
	}
	f.Note = strings.TrimSpace(f.Note)
	switch {
	case !slices.Contains(FormFates, f.Fate):
		return fault(Invalid, "blank.fate_unknown", "fate", map[string]any{"fate": f.Fate, "known": strings.Join(FormFates, ", ")})
	case f.Fate == FormUsed && i == nil:
		return fault(Invalid, "blank.inspection_needed", "inspection", nil)
	case f.Fate == FormSpoiled && f.Note == "":
		return fault(Invalid, "blank.reason_needed", "note", nil)
	case len(numbers) == 0:
		return fault(Invalid, "blank.none", "numbers", nil)
	case f.By == "":
		return fault(Invalid, "blank.by_needed", "by", nil)
	}
	if f.Fate == FormUsed {
		f.Inspection, f.Number, f.To = i.ID, i.Number, i.Organization.Name
	}
	set := map[string]any{}
	for _, n := range numbers {
		was, told := b.Fates[n]
		switch {
		case n < b.First || n > b.Last:
			return fault(NotFound, "blank.not_in_booking", "numbers", map[string]any{"number": b.Number(n), "first": b.Number(b.First), "last": b.Number(b.Last)})
		case told && was.Fate == f.Fate && was.Inspection == f.Inspection:
			continue // told before
		case told && f.Note == "":
			return fault(Conflict, "blank.fate_told", "note", map[string]any{"number": b.Number(n), "name": was.Who, "at": dayOf(was.At)})
		}
		set["fates/"+strconv.Itoa(n)] = f
	}
	if len(set) == 0 {
		return nil, nil
	}
	return []Change{b.state.change(Set, b.ID, set)}, nil
}

// SortBookings orders bookings as a ledger does: by kind and number.
func SortBookings(all []Booking) {
	slices.SortFunc(all, func(a, b Booking) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Word, b.Word), cmp.Compare(a.First, b.First), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
}
