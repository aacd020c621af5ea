package record

import (
	"encoding/json"
	"sort"
	"strings"
)

// State is everything known of one record: a Cell for each path ever written.
type State map[string]*Cell

// Write adds one entry's word on one path.
func (s State) Write(path string, w Write) {
	c := s[path]
	if c == nil {
		c = &Cell{}
		s[path] = c
	}
	c.Write(w)
}

// Get decodes the shown value at path into v and tells whether there is one.
func (s State) Get(path string, v any) bool {
	c := s[path]
	if c == nil {
		return false
	}
	w, ok := c.Shown("")
	if !ok || len(w.Value) == 0 || string(w.Value) == "null" {
		return false
	}
	return json.Unmarshal(w.Value, v) == nil
}

// Text gives the shown string at path, "" if there is none.
func (s State) Text(path string) string {
	var v string
	s.Get(path, &v)
	return v
}

// values are what stands at path: more than one value where they differ.
func (s State) values(path string) []json.RawMessage {
	var out []json.RawMessage
	if c := s[path]; c != nil {
		for _, w := range c.Heads {
			out = append(out, w.Value)
		}
	}
	return out
}

// Versions are the entries seen at path: the base of the next change there.
func (s State) Versions(path string) []Hash {
	c := s[path]
	if c == nil || len(c.Heads) == 0 {
		return nil
	}
	return c.Versions()
}

// Conflicts lists the paths where values differ, in order.
func (s State) Conflicts() []string {
	var out []string
	for p, c := range s {
		if c.Conflict() {
			out = append(out, p)
		}
	}
	sort.Strings(out)
	return out
}

// Paths lists the paths below prefix, in order.
func (s State) Paths(prefix string) []string {
	var out []string
	for p := range s {
		if strings.HasPrefix(p, prefix) {
			out = append(out, p)
		}
	}
	sort.Strings(out)
	return out
}

// Digest names the content of the record apart from the except paths and, where
// one ends in a slash, all below it: the paths and the entries whose values stand there. Two people who
// see the same digest have read the same record; a signature names it.
func (s State) Digest(except ...string) Hash {
	var b strings.Builder
next:
	for _, p := range s.Paths("") {
		for _, x := range except {
			if p == x || strings.HasSuffix(x, "/") && strings.HasPrefix(p, x) {
				continue next
			}
		}
		b.WriteString(p)
		for _, h := range s[p].Versions() {
			b.WriteByte(0)
			b.WriteString(string(h))
		}
		b.WriteByte('\n')
	}
	return HashOf([]byte(b.String()))
}

// change starts a change of record id whose base is what s has seen.
func (s State) change(kind Kind, id ID, set map[string]any) Change {
	c := Change{Kind: kind, Record: id, Set: set, Base: map[string][]Hash{}}
	for p := range set {
		if v := s.Versions(p); v != nil {
			c.Base[p] = v
		}
	}
	return c
}
