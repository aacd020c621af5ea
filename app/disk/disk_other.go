//go:build !windows

package disk

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder makes the names in a folder durable. It fails on file systems that
// cannot, such as a FAT stick's.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Full tells whether err means that a disk, or a person's share of it, is full.
func Full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func rename(from, to string) error { return os.Rename(from, to) }

func openFile(path string, flag int) (*os.File, error) { return os.OpenFile(path, flag, 0o600) }

func patiently(do func() error) error { return do() }
