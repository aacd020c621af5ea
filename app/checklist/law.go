package checklist

import (
	"io/fs"
	"sync"

	"plumbline/app/record"
	"plumbline/assets"
)

// Law is the list of instruments the program comes with. Checklists carry
// their own instruments, pinned to the edition they cite; this list is what an
// authority reads, corrects and approves.
type Law struct {
	Schema      string          `json:"schema"`
	Edition     string          `json:"edition"` // of this list
	Read        record.Text     `json:"read"`    // which texts the articles were checked against
	Instruments []LawInstrument `json:"instruments"`
	Digest      record.Hash     `json:"-"` // of the list's bytes

	byRef map[string]int
}

// LawInstrument is an instrument with every article that items cite.
type LawInstrument struct {
	record.Instrument
	Articles []LawArticle `json:"articles"`
}

// LawArticle is one article and how sure we are of it.
type LawArticle struct {
	Article    string            `json:"article"` // "30(1)(iii)"
	Confidence record.Confidence `json:"confidence"`
}

// Instrument gives the instrument with this ref.
func (l Law) Instrument(ref string) (LawInstrument, bool) {
	n, ok := l.byRef[ref]
	if !ok {
		return LawInstrument{}, false
	}
	return l.Instruments[n], true
}

var provisions = sync.OnceValue(func() Law {
	l := Law{byRef: map[string]int{}}
	b := embedded("law/provisions.json")
	if _, err := read(b, &l, "plumbline-law/1"); err != nil {
		panic("checklist: law/provisions.json: " + err.Error()) // a test reads it
	}
	l.Digest = record.HashOf(b)
	for n, i := range l.Instruments {
		l.byRef[i.Ref] = n
	}
	return l
})

// Provisions gives the instruments the program comes with. The caller must not
// change them.
func Provisions() Law { return provisions() }

type itemLibrary struct {
	Schema  string `json:"schema"`
	Version string `json:"version"`
	Items   []Item `json:"items"`
}

var library = sync.OnceValue(func() []Item {
	var l itemLibrary
	if _, err := read(embedded("law/items.json"), &l, "plumbline-items/1"); err != nil {
		panic("checklist: law/items.json: " + err.Error()) // a test reads it
	}
	for n := range l.Items {
		if err := l.Items[n].settle(l.Items[n].Code, nil); err != nil {
			panic("checklist: law/items.json: " + err.Error())
		}
	}
	return l.Items
})

// Library gives all items that checklists are made from, with the provisions
// for every kind of organization. The caller must not change them.
func Library() []Item { return library() }

func embedded(name string) []byte {
	b, err := fs.ReadFile(assets.Law, name)
	if err != nil {
		panic(err) // embedded: cannot be missing
	}
	return b
}
