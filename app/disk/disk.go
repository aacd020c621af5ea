// Package disk has what os lacks for files that are evidence: names that stay
// after a power cut, moves that outlast a virus scanner, and whether a disk is
// full.
package disk

import "os"

// Rename gives a file another name, and takes the place of a file of that name.
// On Windows it returns once the new name is on the disk; elsewhere SyncFolder
// makes it so.
//
// Windows refuses while anybody has one of the two open, as scanners, indexers
// and the other program on the folder have for moments: it is asked again for
// up to two seconds.
func Rename(from, to string) error {
	return patiently(func() error { return rename(from, to) })
}

// Remove removes a file or an empty folder, as patient as Rename.
func Remove(path string) error {
	return patiently(func() error { return os.Remove(path) })
}
