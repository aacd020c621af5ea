package blob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/disk"
	"plumbline/app/record"
)

// Drop destroys a file, whole or still arriving: the key is gone from the disk
// when it returns, and with it every copy of the file under that key. The
// encrypted bytes are taken away as well.
func (f *Folder) Drop(_ context.Context, d record.Hash) error {
	n, err := Name(d)
	if err != nil {
		return err
	}
	unlock, err := f.lock(d)
	if err != nil {
		return err
	}
	defer unlock()
	if err := remove(f.keyPath(d)); err != nil {
		return fault("drop key", err)
	}
	return f.removePart(d, filepath.Join(f.dir, n[7:9], n))
}

// RemovePart forgets what has arrived of a file. A whole file stays.
func (f *Folder) RemovePart(_ context.Context, d record.Hash) error {
	unlock, err := f.lock(d)
	if err != nil {
		return err
	}
	defer unlock()
	return f.removePart(d)
}

// removePart takes a part away, and more files. The key stays: the same bytes may
// be arriving by another way.
func (f *Folder) removePart(d record.Hash, more ...string) error {
	path, err := f.partPath(d)
	if err != nil {
		return err
	}
	for _, path := range append(more, path) {
		if err := remove(path); err != nil {
			return fault("remove file", err)
		}
	}
	return nil
}

// remove removes a file durably; one that is not there is removed already.
func remove(path string) error {
	err := disk.Remove(path)
	if err == nil {
		return disk.SyncFolder(filepath.Dir(path))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List tells of everything in the folder.
func (f *Folder) List(ctx context.Context, each func(Held) error) error {
	folders, err := os.ReadDir(f.dir)
	if err != nil {
		return fault("list files", err)
	}
	for _, folder := range folders {
		part := folder.Name() == filepath.Base(f.temp())
		if !folder.IsDir() || !part && len(folder.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(f.dir, folder.Name()))
		if err != nil {
			return fault("list files", err)
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			d := record.Hash("sha256:" + strings.TrimPrefix(file.Name(), "sha256-"))
			if n, err := Name(d); err != nil || n != file.Name() {
				continue // a lock, or a file being written
			}
			h, err := f.held(filepath.Join(f.dir, folder.Name(), file.Name()), d, part)
			if errors.Is(err, fs.ErrNotExist) {
				continue // finished or removed meanwhile
			}
			if err != nil {
				return fault("list files", err)
			}
			if err := each(h); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Folder) held(path string, d record.Hash, part bool) (Held, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Held{}, err
	}
	h := Held{Digest: d, Part: part, Changed: info.ModTime()}
	if !part {
		h.Size, _ = PlainLength(info.Size()) // 0 for a damaged one
		return h, nil
	}
	p, err := disk.Open(path)
	if err != nil {
		return Held{}, err
	}
	defer p.Close()
	_, h.Size, err = partOf(p)
	if record.CodeOf(err) == record.Broken {
		err = nil // begun, but no header yet
	}
	return h, err
}
