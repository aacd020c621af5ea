package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/app/record"
)

// Found is one organization as a search shows it.
type Found struct {
	ID   record.ID               `json:"id"`
	Code string                  `json:"code"`
	Name string                  `json:"name"`
	Kind record.OrganizationKind `json:"kind"`
}

// grams gives the terms an organization is found by, from its names, code and
// legal representative: every pair of adjoining letters or digits; every
// character that is not ASCII by itself, since most Chinese searches have one or
// two characters, where SQLite's own trigram index finds nothing; and for ASCII
// triples, since pairs of digits are everywhere, and the last character with a
// mark, so that one letter finds all words as the beginning of a term.
func grams(texts ...string) []string {
	seen := map[string]bool{}
	var out []string
	add := func(g string) {
		if !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	for _, text := range texts {
		var before, last rune
		for _, r := range strings.ToLower(text) {
			if !searched(r) {
				r = 0
			}
			switch {
			case r >= utf8.RuneSelf:
				add(string(r))
			case r == 0 && last != 0 && last < utf8.RuneSelf:
				add(string(last) + "_")
			}
			if last != 0 && r != 0 {
				add(string(last) + string(r))
			}
			if ascii(before) && ascii(last) && ascii(r) {
				add(string(before) + string(last) + string(r))
			}
			before, last = last, r
		}
		if ascii(last) {
			add(string(last) + "_")
		}
	}
	return out
}

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
		case r >= utf8.RuneSelf && (i == 0 || runes[i-1] == 0):
			out = append(out, string(r))
		}
	}
	return out
}

func searchable(o record.Organization) []string {
	return grams(o.Name, o.NameEnglish, o.Code, o.LegalRepresentative)
}

// searchTerms are what organization n shall be found by from now on.
type searchTerms struct {
	n     int64
	old   bool // it has terms already
	terms []string
}

// index has organization n found by these terms; old tells whether it
// was found by others before.
func (t *tx) index(n int64, terms []string, old bool) {
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
		remove, add = "DELETE FROM organization_search WHERE n = $1", "INSERT INTO organization_search (n, grams) SELECT $1, ARRAY(SELECT jsonb_array_elements_text($2::jsonb))"
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
		if w.terms == nil {
			continue
		}
		text := strings.Join(w.terms, " ")
		if t.s.dialect == PostgreSQL {
			g, err := json.Marshal(w.terms)
			if err != nil {
				return err
			}
			text = string(g)
		}
		if err := t.exec(add, w.n, text); err != nil {
			return err
		}
	}
	t.terms = nil
	return nil
}

// firstLook is how many organizations are looked through for a text that has
// no terms (one letter): a common one is found among them at once.
const firstLook = 2000

// SearchOrganizations finds organizations whose name, English name, code or
// legal representative holds every word of text, at most limit of them. An
// empty text lists the register from its beginning.
func (s *Store) SearchOrganizations(ctx context.Context, text string, limit int) ([]Found, error) {
	words := strings.Fields(strings.ToLower(text))
	var terms []string
	letter := ""
	for _, w := range words {
		terms = append(terms, sought(w)...)
		if len(w) == 1 && searched(rune(w[0])) {
			letter = w
		}
	}
	if len(terms) > 0 || letter == "" {
		query, args := s.searchQuery(terms)
		return s.search(ctx, words, limit, query, args...)
	}
	found, err := s.search(ctx, words, limit, searchColumns+" WHERE o.n <= $1 ORDER BY o.n", firstLook)
	if err != nil || len(found) == limit {
		return found, err
	}
	if s.dialect == PostgreSQL {
		return s.search(ctx, words, limit, searchColumns+" ORDER BY o.n")
	}
	return s.search(ctx, words, limit, searchColumns+" JOIN organization_search s ON s.rowid = o.n WHERE s.organization_search MATCH $1", letter+"*")
}

const searchColumns = "SELECT o.id, o.code, o.name, o.kind, o.doc FROM organization o"

func (s *Store) search(ctx context.Context, words []string, limit int, query string, args ...any) ([]Found, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fault("search organizations", err)
	}
	defer rows.Close()
	var out []Found
	for len(out) < limit && rows.Next() {
		var f Found
		var doc string
		if err := rows.Scan(&f.ID, &f.Code, &f.Name, &f.Kind, &doc); err != nil {
			return nil, s.fault("search organizations", err)
		}
		if ok, err := holds(f, doc, words); err != nil {
			return nil, err
		} else if ok {
			out = append(out, f)
		}
	}
	return out, s.fault("search organizations", rows.Err())
}

// holds checks the words themselves: pairs that occur apart are no match.
func holds(f Found, doc string, words []string) (bool, error) {
	name, code := strings.ToLower(f.Name), strings.ToLower(f.Code)
	var o *record.Organization
	for _, w := range words {
		if strings.Contains(name, w) || strings.Contains(code, w) {
			continue
		}
		if o == nil {
			full, err := decodeOrganization(doc)
			if err != nil {
				return false, err
			}
			o = &full
		}
		if !strings.Contains(strings.ToLower(o.NameEnglish), w) && !strings.Contains(strings.ToLower(o.LegalRepresentative), w) {
			return false, nil
		}
	}
	return true, nil
}

func (s *Store) searchQuery(terms []string) (string, []any) {
	if len(terms) == 0 {
		return searchColumns + " ORDER BY o.n", nil
	}
	if s.dialect == PostgreSQL {
		g, _ := json.Marshal(terms) // strings always marshal
		return searchColumns + " JOIN organization_search s ON s.n = o.n WHERE s.grams @> ARRAY(SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY o.n", []any{string(g)}
	}
	quoted := make([]string, len(terms))
	for i, g := range terms {
		quoted[i] = fmt.Sprintf(`"%s"`, g)
	}
	return searchColumns + " JOIN organization_search s ON s.rowid = o.n WHERE s.organization_search MATCH $1", []any{strings.Join(quoted, " AND ")}
}
