// Package disk has what os lacks for files that are evidence: names that stay
// after a power cut, moves that outlast a virus scanner, and whether a disk is
// full.
package disk

import (
	"os"
	"path/filepath"
)

// Rename gives a file or a folder another name, and takes the place of a file
// of that name. The new name is on the disk when it returns, unless the file
// system or a person's rights do not allow that.
//
// Windows refuses while anybody has one of the two open, as scanners, indexers
// and the other program on the folder have for moments: it is asked again for
// up to two seconds.
func Rename(from, to string) error {
	if err := Move(from, to); err != nil {
		return err
	}
	return TrySyncFolder(filepath.Dir(to))
}

// Move is Rename for callers that make several names durable at once: outside
// Windows the new name is on the disk only after SyncFolder.
func Move(from, to string) error {
	return patiently(func() error { return rename(from, to) })
}

// Remove removes a file or an empty folder, as patient as Rename.
func Remove(path string) error {
	return patiently(func() error { return os.Remove(path) })
}

// Open opens a file for reading, as OpenFile does.
func Open(path string) (*os.File, error) { return OpenFile(path, os.O_RDONLY) }

// OpenFile is os.OpenFile for a file that others may rename or remove while it
// is open, on Windows, too; flag is os.O_RDONLY or os.O_RDWR, with os.O_CREATE
// or without. Only its owner may read a new file.
func OpenFile(path string, flag int) (*os.File, error) { return openFile(path, flag) }
