package store

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/app/record"
)

// OrganizationFilter narrows a search of the register down; what is "" narrows
// nothing.
type OrganizationFilter struct {
	Text     string                  `json:"text,omitempty"`
	Kind     record.OrganizationKind `json:"kind,omitempty"`
	District string                  `json:"district,omitempty"` // as the register writes it
	Status   string                  `json:"status,omitempty"`   // as the register writes it; ActiveStatus where it says nothing
	Past     string                  `json:"past,omitempty"`     // NeverInspected or WithOpenFindings
}

// What a filter can say of status and past.
const (
	ActiveStatus     = "active"
	NeverInspected   = "never"
	WithOpenFindings = "open"
)

// status is what the register says of o, ActiveStatus where that is nothing.
func status(o record.Organization) string { return cmp.Or(o.Status, ActiveStatus) }

// facets are the terms of the search that a filter asks for: one for each
// column, so that a rare one is found at once among a million.
func facets(kind record.OrganizationKind, district, status string) []string {
	var out []string
	for n, value := range []string{string(kind), district, status} {
		if value != "" {
			sum := fnv.New32a()
			sum.Write([]byte(value)) // never fails
			out = append(out, fmt.Sprintf("_%d%08x", n, sum.Sum32()))
		}
	}
	return out
}

// Found is one organization as a search shows it.
type Found struct {
	ID   record.ID               `json:"id"`
	Code string                  `json:"code"`
	Name string                  `json:"name"`
	Kind record.OrganizationKind `json:"kind"`
}

// grams gives the terms an organization is found by, from its names, code and
// legal representative, one space between two of them: every pair of adjoining
// letters or digits; every character but ASCII digits by itself, since most
// Chinese searches have one or two characters, where SQLite's own trigram index
// finds nothing; and for ASCII triples, since pairs of digits are everywhere,
// and the last digit with a mark, so that one digit finds all words as the
// beginning of a term.
//
// read are those of the texts that are found by the first letters of how they
// are read as well.
func grams(texts []string, read ...string) string {
	all := make([]gram, 0, 256)
	for _, text := range read {
		all = initialGrams(all, text)
	}
	for _, text := range texts {
		var before, last rune
		for _, r := range text {
			if r = unicode.ToLower(r); !searched(r) {
				r = 0
			}
			switch {
			case alone(r):
				all = append(all, gramOf(r))
			case r == 0 && ascii(last) && !alone(last):
				all = append(all, gramOf(last, '_'))
			}
			if last != 0 && r != 0 {
				all = append(all, gramOf(last, r))
			}
			if ascii(before) && ascii(last) && ascii(r) {
				all = append(all, gramOf(before, last, r))
			}
			before, last = last, r
		}
		if ascii(last) && !alone(last) {
			all = append(all, gramOf(last, '_'))
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	out := make([]byte, 0, 6*len(all))
	for i, g := range all {
		if i > 0 {
			out = append(out, ' ')
		}
		out = g.append(out)
	}
	return string(out)
}

// gram is a term of up to three characters, 21 bits each, which sorts and
// compares faster than the text it stands for.
type gram uint64

func gramOf(runes ...rune) (g gram) {
	for _, r := range runes {
		g = g<<21 | gram(r)
	}
	return g
}

func (g gram) append(b []byte) []byte {
	for shift := 42; shift >= 0; shift -= 21 {
		if r := rune(g >> shift & (1<<21 - 1)); r != 0 {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// alone tells which characters are a term by themselves.
func alone(r rune) bool { return r >= utf8.RuneSelf || 'a' <= r && r <= 'z' }

func searched(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func ascii(r rune) bool { return r != 0 && r < utf8.RuneSelf }

// sought gives the terms that must all be there for word to be: the fewest
// that say as much as all its grams.
func sought(word string) []string {
	var runes []rune
	for _, r := range word {
		if searched(r) {
			runes = append(runes, r)
		} else {
			runes = append(runes, 0)
		}
	}
	var out []string
	for i, r := range runes {
		next := i+1 < len(runes) && runes[i+1] != 0
		switch {
		case r == 0:
		case i+2 < len(runes) && ascii(r) && ascii(runes[i+1]) && ascii(runes[i+2]):
			out = append(out, string(runes[i:i+3]))
		case i >= 1 && next && ascii(runes[i-1]) && ascii(r) && ascii(runes[i+1]):
			// the triple before covers this pair
		case next:
			out = append(out, string(runes[i:i+2]))
		case alone(r) && (i == 0 || runes[i-1] == 0):
			out = append(out, string(r))
		}
	}
	return out
}

func searchable(o record.Organization) string {
	return strings.Join(append(facets(o.Kind, o.District, status(o)), grams([]string{o.Name, o.NameEnglish, o.Code, o.LegalRepresentative}, o.Name, o.LegalRepresentative)), " ")
}

// searchTerms are what organization n shall be found by from now on.
type searchTerms struct {
	n     int64
	old   bool   // it has terms already
	terms string // "" none any more
}

// index has organization n found by these terms; old tells whether it
// was found by others before.
func (t *tx) index(n int64, terms string, old bool) {
	t.terms = append(t.terms, searchTerms{n, old, terms})
}

func (t *tx) unindex(n int64) { t.terms = append(t.terms, searchTerms{n: n, old: true}) }

// writeTerms brings the search up to date at the end of a transaction.
func (t *tx) writeTerms() error {
	last := map[int64]int{}
	old := map[int64]bool{}
	for i, w := range t.terms {
		if _, again := last[w.n]; !again {
			old[w.n] = w.old
		}
		last[w.n] = i
	}
	remove, add := "DELETE FROM organization_search WHERE rowid = $1", "INSERT INTO organization_search (rowid, grams) VALUES ($1, $2)"
	if t.s.dialect == PostgreSQL {
		remove, add = "DELETE FROM organization_search WHERE n = $1", "INSERT INTO organization_search (n, grams) VALUES ($1, string_to_array($2, ' '))"
	}
	for i, w := range t.terms {
		if last[w.n] != i {
			continue
		}
		if old[w.n] {
			if err := t.exec(remove, w.n); err != nil {
				return err
			}
		}
		if w.terms == "" {
			continue
		}
		if err := t.exec(add, w.n, w.terms); err != nil {
			return err
		}
	}
	t.terms = nil
	return nil
}

// firstLook is how many organizations are looked through for a text that has
// no terms (one digit): a common one is found among them at once.
const firstLook = 2000

// SearchOrganizations finds organizations whose name, English name, code or
// legal representative holds every word of text, or whose name or legal
// representative is read with those letters first, at most limit of them. An
// empty text lists the register from its beginning.
func (s *Store) SearchOrganizations(ctx context.Context, text string, limit int) ([]Found, error) {
	return s.FindOrganizations(ctx, OrganizationFilter{Text: text}, limit)
}

// FindOrganizations is SearchOrganizations narrowed down by a filter.
func (s *Store) FindOrganizations(ctx context.Context, f OrganizationFilter, limit int) ([]Found, error) {
	words := strings.Fields(strings.ToLower(f.Text))
	terms := facets(f.Kind, f.District, f.Status)
	digit := ""
	for _, w := range words {
		terms = append(terms, sought(w)...)
		if len(w) == 1 && searched(rune(w[0])) && !alone(rune(w[0])) {
			digit = w
		}
	}
	q := search{filter: f, words: words, limit: limit}
	if len(terms) > 0 || digit == "" {
		return s.search(ctx, q, s.searchQuery(terms, f.Past))
	}
	found, err := s.search(ctx, q, ask{searchColumns + pastOf(f.Past, "WHERE") + " ORDER BY o.n LIMIT $1", []any{firstLook}})
	if err != nil || len(found) == limit {
		return found, err
	}
	if s.dialect == PostgreSQL {
		return s.search(ctx, q, ask{searchColumns + pastOf(f.Past, "WHERE") + " ORDER BY o.n", nil})
	}
	return s.search(ctx, q, ask{searchColumns + " JOIN organization_search s ON s.rowid = o.n WHERE s.organization_search MATCH $1" + pastOf(f.Past, "AND"), []any{digit + "*"}})
}

const searchColumns = "SELECT o.id, o.code, o.name, o.kind, o.doc FROM organization o"

// pastOf is what a filter asks of the inspections before, after the word given.
func pastOf(past, word string) string {
	switch past {
	case NeverInspected:
		return " " + word + " NOT EXISTS (SELECT 1 FROM inspection i WHERE i.organization = o.id)"
	case WithOpenFindings:
		return " " + word + " EXISTS (SELECT 1 FROM finding f WHERE f.organization = o.id AND f.state NOT IN " + notOpen + ")"
	}
	return ""
}

// search is what is looked for, ask the question to the database.
type search struct {
	filter OrganizationFilter
	words  []string // of its text
	limit  int
}

type ask struct {
	query string
	args  []any
}

func (s *Store) search(ctx context.Context, q search, a ask) ([]Found, error) {
	rows, err := s.read.QueryContext(ctx, a.query, a.args...)
	if err != nil {
		return nil, s.fault("search organizations", err)
	}
	defer rows.Close()
	var out []Found
	for len(out) < q.limit && rows.Next() {
		var f Found
		var doc string
		if err := rows.Scan(&f.ID, &f.Code, &f.Name, &f.Kind, &doc); err != nil {
			return nil, s.fault("search organizations", err)
		}
		ok, err := holds(f, doc, q.words)
		if ok && err == nil {
			ok, err = q.filter.takes(f, doc)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, f)
		}
	}
	return out, s.fault("search organizations", rows.Err())
}

// takes checks the columns themselves: the terms of two values may be the same.
func (f OrganizationFilter) takes(found Found, doc string) (bool, error) {
	if f.Kind != "" && found.Kind != f.Kind {
		return false, nil
	}
	if f.District == "" && f.Status == "" {
		return true, nil
	}
	o, err := decodeOrganization(doc)
	return (f.District == "" || o.District == f.District) && (f.Status == "" || status(o) == f.Status), err
}

// holds checks the words themselves: pairs that occur apart are no match.
func holds(f Found, doc string, words []string) (bool, error) {
	name, code := strings.ToLower(f.Name), strings.ToLower(f.Code)
	var o *record.Organization
	for _, w := range words {
		if strings.Contains(name, w) || strings.Contains(code, w) || readAs(name, w) {
			continue
		}
		if o == nil {
			full, err := decodeOrganization(doc)
			if err != nil {
				return false, err
			}
			o = &full
		}
		if !strings.Contains(strings.ToLower(o.NameEnglish), w) && !strings.Contains(strings.ToLower(o.LegalRepresentative), w) && !readAs(o.LegalRepresentative, w) {
			return false, nil
		}
	}
	return true, nil
}

func (s *Store) searchQuery(terms []string, past string) ask {
	if len(terms) == 0 {
		return ask{searchColumns + pastOf(past, "WHERE") + " ORDER BY o.n", nil}
	}
	if s.dialect == PostgreSQL {
		return ask{searchColumns + " JOIN organization_search s ON s.n = o.n WHERE s.grams @> string_to_array($1, ' ')" + pastOf(past, "AND") + " ORDER BY o.n", []any{strings.Join(terms, " ")}}
	}
	quoted := make([]string, len(terms))
	for i, g := range terms {
		quoted[i] = fmt.Sprintf(`"%s"`, g)
	}
	return ask{searchColumns + " JOIN organization_search s ON s.rowid = o.n WHERE s.organization_search MATCH $1" + pastOf(past, "AND"), []any{strings.Join(quoted, " AND ")}}
}

// OrganizationFacets are what a filter can choose among.
type OrganizationFacets struct {
	Kinds     []record.OrganizationKind
	Districts []string
	Statuses  []string // ActiveStatus where the register says nothing
}

// OrganizationFacets lists what the register's organizations are, each in
// order. It reads the whole register: about a second for a million rows.
func (s *Store) OrganizationFacets(ctx context.Context) (OrganizationFacets, error) {
	column := func(name string) string { return "COALESCE(json_extract(doc, '$." + name + "'), '')" }
	if s.dialect == PostgreSQL {
		column = func(name string) string { return "COALESCE(doc::json->>'" + name + "', '')" }
	}
	var out OrganizationFacets
	rows, err := s.read.QueryContext(ctx, "SELECT DISTINCT kind, "+column("district")+", "+column("status")+" FROM organization")
	if err != nil {
		return out, s.fault("list what organizations are", err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind record.OrganizationKind
		var district, status string
		if err := rows.Scan(&kind, &district, &status); err != nil {
			return out, s.fault("list what organizations are", err)
		}
		out.Kinds = append(out.Kinds, kind)
		out.Statuses = append(out.Statuses, cmp.Or(status, ActiveStatus))
		if district != "" {
			out.Districts = append(out.Districts, district)
		}
	}
	out.Kinds, out.Districts, out.Statuses = ordered(out.Kinds), ordered(out.Districts), ordered(out.Statuses)
	return out, s.fault("list what organizations are", rows.Err())
}

// ordered gives each value once, in order.
func ordered[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}
