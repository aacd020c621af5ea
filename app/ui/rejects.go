package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/record"
)

// rejectsFile takes the rejected rows of a register. It is made at its first
// byte (no rejects, no file) and never takes the place of another file: that
// one may hold rows somebody is putting right.
type rejectsFile struct {
	path     string // as wished: beside the register
	fallback string // for a register on a disc that cannot be written
	written  string // as it is called now, "" while there is none
	f        *os.File
}

func (l *rejectsFile) Write(b []byte) (int, error) {
	if l.f == nil {
		var err error
		if l.f, err = os.CreateTemp(filepath.Dir(l.path), ".plumbline-*"); err != nil {
			l.path = l.fallback
			if l.f, err = os.CreateTemp(filepath.Dir(l.path), ".plumbline-*"); err != nil {
				return 0, l.fault(err)
			}
		}
	}
	n, err := l.f.Write(b)
	if err != nil {
		return n, l.fault(err)
	}
	return n, nil
}

func (l *rejectsFile) fault(err error) error {
	return &record.Error{Code: record.ReadOnly, Message: "ui.import.rejects_unwritable", Args: map[string]any{"file": l.path}, Err: err}
}

// discard takes an unfinished file away.
func (l *rejectsFile) discard() {
	if l.f != nil && l.written == "" {
		l.f.Close()
		os.Remove(l.f.Name())
	}
}

// keep gives the file its name, or a numbered one if that is taken by another.
func (l *rejectsFile) keep() error {
	if l.f == nil {
		return nil
	}
	if err := errors.Join(l.f.Sync(), l.f.Close()); err != nil {
		return l.fault(err)
	}
	ours, err := os.ReadFile(l.f.Name())
	if err != nil {
		return l.fault(err)
	}
	ext := filepath.Ext(l.path)
	path := l.path
	for n := 2; ; n++ {
		there, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := os.Rename(l.f.Name(), path); err != nil {
				return l.fault(err)
			}
			l.written = path
			return nil
		case err != nil:
			return l.fault(err)
		case bytes.Equal(there, ours): // the same import again
			l.written = path
			return os.Remove(l.f.Name())
		}
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(l.path, ext), n, ext)
	}
}
