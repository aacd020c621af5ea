package journal

import (
	"fmt"
	"strings"

	"plumbline/app/record"
)

// Chain names the journal of one life of one device.
type Chain struct {
	Device record.ID `json:"device"`
	Epoch  string    `json:"epoch"`
}

// Numbers names the chain in which a device that begins epoch keeps the numbers
// that it gives the documents of an authority. A server serves several: a chain
// for each is one that the authority's laptops have whole, and can bring back.
func Numbers(device record.ID, epoch, authority string) Chain {
	return Chain{device, epoch + "." + authority}
}

// Numbers tells whether a chain is one that Numbers names.
func (c Chain) Numbers() bool { return strings.Contains(c.Epoch, ".") }

// Head is the last entry of a chain: its number and hash. The zero Head stands
// before the first entry.
type Head struct {
	Seq  int64       `json:"seq"`
	Hash record.Hash `json:"hash"`
}

// Chain gives the chain an entry belongs to.
func (e Entry) Chain() Chain { return Chain{e.Device, e.Epoch} }

// Follow checks that e comes right after h and gives the new head.
func (h Head) Follow(e Entry) (Head, error) {
	if e.Seq != h.Seq+1 {
		return h, broken("journal.gap", fmt.Errorf("journal: entry %d of %s after %d", e.Seq, e.Device, h.Seq))
	}
	if e.Prev != h.Hash {
		return h, &record.Error{Code: record.Conflict, Message: "journal.forked",
			Err: fmt.Errorf("journal: entry %d of %s follows %s, here stands %s", e.Seq, e.Device, e.Prev.Short(), h.Hash.Short())}
	}
	return Head{e.Seq, e.Hash}, nil
}
