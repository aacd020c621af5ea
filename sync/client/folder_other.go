//go:build !windows

package client

import "os"

// syncFolder makes a new name in a folder durable. A FAT stick's driver may
// not know how; then the data is there all the same.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	d.Sync()
	return d.Close()
}
