package desk

import (
	"errors"
	"os"
	"path/filepath"

	"plumbline/app/disk"
)

// WriteFile writes a file that is whole or absent, whatever happens meanwhile,
// and stays once this returns. Its folder must be there.
func WriteFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".plumbline-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = disk.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
