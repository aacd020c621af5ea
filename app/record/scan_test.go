package record

import (
	"slices"
	"testing"
)

const ink = Hash("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")

func page(n, of, p int, how string) *Place {
	return &Place{Inspection: "insp_1", Kind: "inspection-record", Content: "0123456789ab", Page: p, Of: of, How: how}
}

// Two laptops that take in the same file write one scan, without a conflict; what
// is new in it later is added, and what was placed stays.
func TestTheSameScanTakenInTwiceIsOneScan(t *testing.T) {
	f := File{Digest: ink, Size: 9, Media: "application/pdf"}
	pages := []ScanPage{{N: 1, Place: page(1, 2, 1, PlacedByCode)}, {N: 2, Why: "scan.unknown", Said: "PL2/…"}}
	one := Scan{}.TakeIn(f, pages, Came{Name: "a.pdf", At: "1"})
	two := Scan{}.TakeIn(f, pages, Came{Name: "b.pdf", At: "2"})
	s := folded(folded(nil, "x", one...), "y", two...)
	x, ok := ScanOf(ScanID(ink), s)
	if !ok || len(s.Conflicts()) != 0 || len(x.Pages) != 2 || len(x.Came) != 2 {
		t.Fatalf("%+v, conflicts %v", x, s.Conflicts())
	}
	if again := x.TakeIn(f, pages, Came{At: "3"}); again != nil {
		t.Errorf("nothing new is written: %v", again)
	}
	moved := []ScanPage{{N: 1, Place: page(1, 9, 9, PlacedByCode)}, {N: 2, Place: page(2, 2, 2, PlacedByCode)}}
	x, _ = ScanOf(x.ID, folded(s, "z", x.TakeIn(f, moved, Came{At: "4"})...))
	if x.Place(1).Page != 1 || x.Place(2).Page != 2 {
		t.Errorf("pages are at %+v, %+v", x.Place(1), x.Place(2))
	}
}

func TestAPageBetweenItsNeighboursIsTheirs(t *testing.T) {
	hidden := func(n int) ScanPage { return ScanPage{N: n, Why: "scan.no_code"} }
	back := func(n int) ScanPage { return ScanPage{N: n, Why: "scan.blank"} }
	at := func(n, p int) ScanPage { return ScanPage{N: n, Place: page(n, 3, p, PlacedByCode)} }
	for _, c := range []struct {
		name  string
		pages []ScanPage
		want  []int // pages of the document; 0 = no place
	}{
		{"between", []ScanPage{at(1, 1), hidden(2), at(3, 3)}, []int{1, 2, 3}},
		{"the last", []ScanPage{at(1, 1), at(2, 2), hidden(3)}, []int{1, 2, 3}},
		{"with backs", []ScanPage{at(1, 1), back(2), hidden(3), back(4), at(5, 3)}, []int{1, 0, 2, 0, 3}},
		{"the first", []ScanPage{hidden(1), at(2, 2), at(3, 3)}, []int{0, 2, 3}},
		{"two in a row", []ScanPage{at(1, 1), hidden(2), hidden(3)}, []int{1, 0, 0}},
		{"not the last of three", []ScanPage{at(1, 1), hidden(2)}, []int{1, 0}},
		{"out of order", []ScanPage{at(1, 2), hidden(2), at(3, 1)}, []int{2, 3, 1}},
	} {
		Between(c.pages)
		var got []int
		for _, p := range c.pages {
			if p.Place == nil {
				got = append(got, 0)
			} else {
				got = append(got, p.Place.Page)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
