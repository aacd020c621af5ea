package store

import (
	"crypto/rand"

	"plumbline/app/journal"
)

// seal puts an entry's salt and body under a key of their own.
func seal(salt, body []byte) (key, box []byte, err error) {
	key = make([]byte, journal.KeySize)
	rand.Read(key)
	box, err = journal.SealBody(key, salt, body)
	return key, box, err
}

// unseal gives the entry that stored bytes hold. A body without its box or key
// is withheld or destroyed; the entry then stands without it.
func unseal(header, box, key []byte) (journal.Entry, error) {
	if box == nil || key == nil {
		return journal.Read(header, nil, nil)
	}
	salt, body, err := journal.OpenBody(key, box)
	if err != nil {
		return journal.Entry{}, err
	}
	return journal.Read(header, salt, body)
}
