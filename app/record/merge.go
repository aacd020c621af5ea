package record

import (
	"bytes"
	"encoding/json"
	"sort"
)

// Write is one entry's word on one path.
type Write struct {
	Entry Hash
	Actor ID
	HLC   int64           // sorts timelines only
	Value json.RawMessage // "null" empties the path
	Base  []Hash          // entries whose value the writer saw at this path
	Root  bool            // from a create entry: it follows nothing
}

// Cell is what is known of one path of one record: the values nobody has
// overwritten knowingly. One value is the usual case; two or more different
// ones are a conflict that a person settles. Writing the same entries in any
// order gives the same Cell, which is what makes replicas equal.
type Cell struct {
	Heads []Write `json:"heads"`
	// Gone are entries that somebody overwrote but that have not arrived here.
	Gone []Hash `json:"gone,omitempty"`
	// Settled are values of create entries that somebody overwrote. Two laptops
	// importing the same register create the same record with the same values;
	// whoever overwrites one of these has overwritten its twins.
	Settled []json.RawMessage `json:"settled,omitempty"`
}

// Write adds one entry's word. The same entry must not be written twice.
func (c *Cell) Write(w Write) {
	for _, seen := range w.Base {
		if !c.overwrite(seen) {
			c.Gone = append(c.Gone, seen)
			sort.Slice(c.Gone, func(i, j int) bool { return c.Gone[i] < c.Gone[j] })
		}
	}
	if i := indexHash(c.Gone, w.Entry); i >= 0 {
		c.Gone = append(c.Gone[:i], c.Gone[i+1:]...)
		if w.Root {
			c.settle(w.Value)
		}
		return
	}
	if w.Root && c.isSettled(w.Value) {
		return
	}
	w.Base = nil
	c.Heads = append(c.Heads, w)
	sort.Slice(c.Heads, func(i, j int) bool { return c.Heads[i].Entry < c.Heads[j].Entry })
}

// overwrite drops the head that entry left, and its twins, and tells whether
// there was one.
func (c *Cell) overwrite(entry Hash) bool {
	for i, h := range c.Heads {
		if h.Entry != entry {
			continue
		}
		c.Heads = append(c.Heads[:i:i], c.Heads[i+1:]...)
		if h.Root {
			c.settle(h.Value)
		}
		return true
	}
	return false
}

func (c *Cell) settle(v json.RawMessage) {
	kept := c.Heads[:0:0]
	for _, h := range c.Heads {
		if !(h.Root && bytes.Equal(h.Value, v)) {
			kept = append(kept, h)
		}
	}
	c.Heads = kept
	if !c.isSettled(v) {
		c.Settled = append(c.Settled, v)
		sort.Slice(c.Settled, func(i, j int) bool { return bytes.Compare(c.Settled[i], c.Settled[j]) < 0 })
	}
}

func (c *Cell) isSettled(v json.RawMessage) bool {
	for _, s := range c.Settled {
		if bytes.Equal(s, v) {
			return true
		}
	}
	return false
}

// Shown is the value to show: the only one, or for a conflict a provisional
// one, the owner's if the owner wrote one, else the one whose entry has the
// smallest hash. ok is false when nobody wrote here yet.
func (c Cell) Shown(owner ID) (w Write, ok bool) {
	if len(c.Heads) == 0 {
		return Write{}, false
	}
	if owner != "" {
		for _, h := range c.Heads {
			if h.Actor == owner {
				return h, true
			}
		}
	}
	return c.Heads[0], true
}

// Conflict tells whether values differ. The same value written twice is none.
func (c Cell) Conflict() bool {
	for _, h := range c.Heads[min(1, len(c.Heads)):] {
		if !bytes.Equal(h.Value, c.Heads[0].Value) {
			return true
		}
	}
	return false
}

// Plain tells whether the cell is a single value with no memory of others, so
// that a store may keep it in plain columns.
func (c Cell) Plain() bool {
	return len(c.Heads) == 1 && !c.Heads[0].Root && len(c.Gone) == 0 && len(c.Settled) == 0
}

// Versions are the entries an editor who sees this cell has seen; they become
// the base of what that editor writes next.
func (c Cell) Versions() []Hash {
	out := make([]Hash, len(c.Heads))
	for i, h := range c.Heads {
		out[i] = h.Entry
	}
	return out
}

func indexHash(list []Hash, h Hash) int {
	for i, x := range list {
		if x == h {
			return i
		}
	}
	return -1
}
