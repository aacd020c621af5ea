package blob

import (
	"errors"
	"syscall"
)

// syncFolder does nothing: Windows cannot fsync a folder, NTFS journals its
// changes itself.
func syncFolder(string) error { return nil }

func diskFull(err error) bool {
	const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112)
	return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
}
