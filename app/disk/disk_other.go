//go:build !windows

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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

// MakeFolder makes a folder, and those above it that are missing. Their names
// are on the disk when it returns, also those that a program made which was
// killed then, unless the file system or a person's rights do not allow it.
func MakeFolder(dir string) error {
	names := []string{dir}
	for up := filepath.Dir(dir); up != names[len(names)-1]; up = filepath.Dir(up) {
		if _, err := os.Stat(up); err == nil {
			break
		}
		names = append(names, up)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, name := range names {
		if err := TrySyncFolder(filepath.Dir(name)); err != nil {
			return err
		}
	}
	return nil
}

// TrySyncFolder is SyncFolder, and no failure where the file system or a
// person's rights do not allow it.
func TrySyncFolder(dir string) error {
	err := SyncFolder(dir)
	for _, not := range []error{syscall.EINVAL, syscall.ENOTSUP, syscall.EROFS, fs.ErrPermission} {
		if errors.Is(err, not) {
			return nil
		}
	}
	return err
}
