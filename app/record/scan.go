package record

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// How the page of a scan found its place.
const (
	PlacedByCode  = "code"    // the QR code at its foot says it
	PlacedByFile  = "file"    // the file is a PDF of ours that was stamped elsewhere, and still carries what we attached
	PlacedBetween = "between" // its code does not read, and it lies between the pages before and after it
	PlacedByHand  = "hand"    // a person looked at it
)

// PrintCode is how many digits of the digest of what stands on its pages a
// print's QR codes bear.
const PrintCode = 12

// Place is where a page belongs that came back from paper: a page of a document
// 文书, or of what was printed of an inspection.
type Place struct {
	Inspection ID     `json:"inspection"`
	Paper      ID     `json:"paper,omitempty"` // the document; "" for what was printed of the inspection's records alone
	Kind       string `json:"kind"`            // of DocumentKinds
	Content    string `json:"content,omitempty"`
	Page       int    `json:"page,omitempty"` // from 1; 0 = not known
	Of         int    `json:"of,omitempty"`
	How        string `json:"how"`
	Note       string `json:"note,omitempty"` // of who placed it by hand
}

// Same tells whether two places are pages of one document.
func (p Place) Same(q Place) bool {
	return p.Inspection == q.Inspection && p.Paper == q.Paper && p.Kind == q.Kind
}

// ScanPage is one page of a scan. Without Place, Why is the message key of what
// hinders, or "scan.blank".
type ScanPage struct {
	N     int    `json:"n"` // in the file, from 1
	Place *Place `json:"place,omitempty"`
	Why   string `json:"why,omitempty"`
	Said  string `json:"said,omitempty"` // by its code, where that leads to nothing here
}

// Came is one time that a scan was taken in.
type Came struct {
	By   ID     `json:"by,omitempty"`
	Who  string `json:"who,omitempty"`
	Name string `json:"name"` // of the file
	At   string `json:"at"`   // RFC 3339
}

// Scan 扫描件 is a file that came back from paper: documents that were stamped, or
// signed in ink. Its pages may be of several documents. It is named by its
// digest: the same file taken in twice, on two laptops even, is one scan.
type Scan struct {
	ID    ID         `json:"id"`
	File  File       `json:"file"`
	Pages []ScanPage `json:"pages"`
	Came  []Came     `json:"came"`

	state State
}

// ScanID names the scan of a file.
func ScanID(digest Hash) ID { return DerivedID(ScanType, string(digest)) }

// ScanOf reads a scan from its record's state; false when it is none. A scan that
// nobody has taken in yet takes pages all the same.
func ScanOf(id ID, s State) (Scan, bool) {
	x := Scan{ID: id, state: s}
	known := s.Get("file", &x.File) && x.File.Digest.Valid() && ScanID(x.File.Digest) == id
	for _, p := range s.Paths("pages/") {
		page := ScanPage{}
		if s.Get(p, &page) && strconv.Itoa(page.N) == strings.TrimPrefix(p, "pages/") {
			x.Pages = append(x.Pages, page)
		}
	}
	slices.SortFunc(x.Pages, func(a, b ScanPage) int { return cmp.Compare(a.N, b.N) })
	for _, p := range s.Paths("came/") {
		c := Came{}
		if s.Get(p, &c) {
			x.Came = append(x.Came, c)
		}
	}
	slices.SortFunc(x.Came, func(a, b Came) int { return cmp.Compare(a.At, b.At) })
	return x, known
}

// Place gives the place of page n of the file, nil for none.
func (s Scan) Place(n int) *Place {
	for _, p := range s.Pages {
		if p.N == n {
			return p.Place
		}
	}
	return nil
}

// TakeIn notes a scan, or what is new in one that is here already: pages that
// find their place only now. A page that has one keeps it. Nothing new is no
// change.
func (s Scan) TakeIn(f File, pages []ScanPage, came Came) []Change {
	set := map[string]any{}
	for _, p := range pages {
		i := slices.IndexFunc(s.Pages, func(q ScanPage) bool { return q.N == p.N })
		if i < 0 || s.Pages[i].Place == nil && p.Place != nil {
			set["pages/"+strconv.Itoa(p.N)] = p
		}
	}
	if len(set) == 0 {
		return nil
	}
	set["came/"+came.At] = came
	if s.File.Digest == "" {
		set["file"] = f
		return []Change{{Kind: Create, Record: ScanID(f.Digest), Set: set}}
	}
	return []Change{s.state.change(Set, s.ID, set)}
}

// mostPages bounds a page number typed by hand: no document of ours is longer.
const mostPages = 5000

// Assign places pages of a scan by hand, the first of them at place and each
// next one a page further where place says which. What has a place already goes
// elsewhere only with a note of why.
func (s Scan) Assign(pages []int, place Place) ([]Change, error) {
	place.How = PlacedByHand
	set := map[string]any{}
	for i, n := range pages {
		was := s.Place(n)
		p := place
		if p.Page > 0 {
			p.Page += i
		}
		switch {
		case p.Page < 0 || p.Page > mostPages || p.Of > 0 && p.Page > p.Of:
			return nil, &Error{Code: Invalid, Message: "scan.page_wrong", Field: "page", Args: map[string]any{"page": p.Page}}
		case !slices.ContainsFunc(s.Pages, func(q ScanPage) bool { return q.N == n }):
			return nil, &Error{Code: NotFound, Message: "scan.page_unknown", Field: "pages", Args: map[string]any{"page": n, "pages": len(s.Pages)}}
		case was != nil && strings.TrimSpace(place.Note) == "":
			return nil, &Error{Code: Invalid, Message: "scan.note_needed", Field: "note", Args: map[string]any{"page": n}}
		}
		set["pages/"+strconv.Itoa(n)] = ScanPage{N: n, Place: &p}
	}
	if len(set) == 0 {
		return nil, &Error{Code: Invalid, Message: "scan.no_page", Field: "pages"}
	}
	return []Change{s.state.change(Set, s.ID, set)}, nil
}

// Between places pages whose code did not read: those that lie in the file
// between page p-1 and page p+1 of one document, or after p-1 where p is its
// last. Backs of sheets are passed over.
func Between(pages []ScanPage) {
	var sheets []*ScanPage
	for i := range pages {
		if pages[i].Why != "scan.blank" {
			sheets = append(sheets, &pages[i])
		}
	}
	for i, p := range sheets {
		if i == 0 || p.Place != nil || p.Why != "scan.no_code" || sheets[i-1].Place == nil {
			continue
		}
		place := *sheets[i-1].Place
		place.Page++
		place.How = PlacedBetween
		var next *Place
		if i+1 < len(sheets) {
			next = sheets[i+1].Place
		}
		inside := next != nil && next.Same(place) && next.Page == place.Page+1
		ends := place.Page == place.Of && (i+1 == len(sheets) || next != nil && next.Page == 1)
		if inside || ends {
			p.Place, p.Why = &place, ""
		}
	}
}

// Returned is what has come back of one document: which of its pages, and of
// which print of it.
type Returned struct {
	Place
	Have    []int    `json:"have"`    // pages, in order
	Missing []int    `json:"missing"` // pages that have not come
	Scans   []ID     `json:"scans"`
	Prints  []string `json:"prints"` // beginnings of the digests of the contents they were printed from: more than one = pages of different prints
	At      string   `json:"at"`     // when the last of it came
}

// Whole tells whether every page came back, all of one print.
func (r Returned) Whole() bool { return len(r.Have) > 0 && len(r.Missing) == 0 && len(r.Prints) <= 1 }

// SortScans orders scans as they first came.
func SortScans(all []Scan) {
	first := func(s Scan) string {
		if len(s.Came) == 0 {
			return ""
		}
		return s.Came[0].At
	}
	slices.SortFunc(all, func(a, b Scan) int { return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.ID, b.ID)) })
}

// ReturnedOf sums up what scans hold, document by document.
func ReturnedOf(scans []Scan) []Returned {
	var out []Returned
	for _, s := range scans {
		for _, p := range s.Pages {
			if p.Place == nil {
				continue
			}
			i := slices.IndexFunc(out, func(r Returned) bool { return r.Same(*p.Place) })
			if i < 0 {
				i = len(out)
				out = append(out, Returned{Place: *p.Place})
			}
			r := &out[i]
			r.Of = max(r.Of, p.Place.Of)
			if p.Place.Page > 0 && !slices.Contains(r.Have, p.Place.Page) {
				r.Have = append(r.Have, p.Place.Page)
			}
			if !slices.Contains(r.Scans, s.ID) {
				r.Scans = append(r.Scans, s.ID)
			}
			if c := p.Place.Content; c != "" && !slices.Contains(r.Prints, c) {
				r.Prints = append(r.Prints, c)
			}
			if len(s.Came) > 0 {
				r.At = max(r.At, s.Came[len(s.Came)-1].At)
			}
		}
	}
	for i := range out {
		slices.Sort(out[i].Have)
		for n := 1; n <= out[i].Of; n++ {
			if !slices.Contains(out[i].Have, n) {
				out[i].Missing = append(out[i].Missing, n)
			}
		}
	}
	return out
}
