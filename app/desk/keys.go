package desk

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// HasKey tells whether the person has a signing key on this laptop: if not, the
// PIN given at the first signature makes one.
func (d *Desk) HasKey(person record.ID) bool {
	_, err := os.Stat(d.keyPath(person))
	return err == nil
}

func (d *Desk) keyPath(person record.ID) string {
	return filepath.Join(d.folder, keysName, string(person)+".json")
}

// personKey opens the person's signing key with the PIN, making and publishing
// one at the first signature.
func (d *Desk) personKey(ctx context.Context, person record.ID, pin string) (ed25519.PrivateKey, string, error) {
	b, err := os.ReadFile(d.keyPath(person))
	if errors.Is(err, fs.ErrNotExist) {
		return d.newPersonKey(ctx, person, pin)
	}
	if err != nil {
		return nil, "", fmt.Errorf("desk: read key: %w", err)
	}
	k, err := journal.ParsePersonKey(b)
	if err != nil {
		return nil, "", err
	}
	private, err := k.Open(pin)
	if err != nil {
		return nil, "", err
	}
	return d.published(ctx, person, private)
}

func (d *Desk) newPersonKey(ctx context.Context, person record.ID, pin string) (ed25519.PrivateKey, string, error) {
	k, private, err := journal.NewPersonKey(person, pin)
	if err != nil {
		return nil, "", err
	}
	b, err := k.Marshal()
	if err != nil {
		return nil, "", fmt.Errorf("desk: write key: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(d.folder, keysName), 0o700); err != nil {
		return nil, "", folderFault(d.folder, err)
	}
	if err := WriteFile(d.keyPath(person), b); err != nil {
		return nil, "", folderFault(d.folder, err)
	}
	return d.published(ctx, person, private)
}

// published makes sure that the journal carries the public key: a crash may
// have come between the key file and the entry.
func (d *Desk) published(ctx context.Context, person record.ID, private ed25519.PrivateKey) (ed25519.PrivateKey, string, error) {
	public := private.Public().(ed25519.PublicKey)
	id := journal.KeyID(public)
	p, err := d.Store.Person(ctx, person)
	if err != nil {
		return nil, "", err
	}
	if p.Keys[id] == "" {
		if err := d.Store.PublishKey(ctx, person, id, journal.PublicText(public)); err != nil {
			return nil, "", err
		}
	}
	return private, id, nil
}
