package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/disk"
)

// Rejects takes the rejected rows of a register. Its file is made at the first
// byte (no rejects, no file) and never takes the place of another: that one may
// hold rows somebody is putting right.
type Rejects struct {
	Path     string // as wished
	Fallback string // for where Path cannot be made, such as a disc; "" none
	// Fault makes a person's error of what the system says about a file.
	Fault func(path string, err error) error

	written string // as it is called now, "" while there is none
	f       *os.File
}

// Write writes to the file.
func (r *Rejects) Write(b []byte) (int, error) {
	if r.f == nil {
		var err error
		if r.f, err = r.begin(); err != nil {
			return 0, r.Fault(r.Path, err)
		}
	}
	n, err := r.f.Write(b)
	if err != nil {
		return n, r.Fault(r.Path, err)
	}
	return n, nil
}

func (r *Rejects) begin() (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(r.Path), ".plumbline-*")
	if err != nil && r.Fallback != "" {
		r.Path = r.Fallback
		return os.CreateTemp(filepath.Dir(r.Path), ".plumbline-*")
	}
	return f, err
}

// Written gives the name of the file once Keep has given it one, "" if no row
// was rejected.
func (r *Rejects) Written() string { return r.written }

// Discard takes an unfinished file away.
func (r *Rejects) Discard() {
	if r.f != nil && r.written == "" {
		r.f.Close()
		os.Remove(r.f.Name())
	}
}

// Keep gives the file its name, or a numbered one if that is taken by another.
func (r *Rejects) Keep() error {
	if r.f == nil {
		return nil
	}
	if err := errors.Join(r.f.Sync(), r.f.Close()); err != nil {
		return r.Fault(r.Path, err)
	}
	ours, err := os.ReadFile(r.f.Name())
	if err != nil {
		return r.Fault(r.Path, err)
	}
	ext := filepath.Ext(r.Path)
	path := r.Path
	for n := 2; ; n++ {
		there, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := disk.Rename(r.f.Name(), path); err != nil {
				return r.Fault(path, err)
			}
			r.written = path
			return nil
		case err != nil:
			return r.Fault(path, err)
		case bytes.Equal(there, ours): // the same import again
			r.written = path
			return os.Remove(r.f.Name())
		}
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(r.Path, ext), n, ext)
	}
}
