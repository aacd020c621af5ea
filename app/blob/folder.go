package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"plumbline/app/record"
)

// FolderName is the folder of files inside a data folder.
const FolderName = "files"

// Folder is a folder of files. It is safe for many goroutines; other programs
// may work in the same folder.
type Folder struct {
	dir string

	mu    sync.Mutex
	parts map[record.Hash]*sync.Mutex // who is writing to which part
}

// Open opens the folder, making it if need be, and clears away what a crash
// left half written more than a day ago.
func Open(dir string) (*Folder, error) {
	f := &Folder{dir: dir, parts: map[record.Hash]*sync.Mutex{}}
	for _, d := range []string{dir, f.keys(), f.temp()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fault("open folder", err)
		}
	}
	left, err := filepath.Glob(filepath.Join(f.temp(), "put-*"))
	if err != nil {
		return nil, fault("open folder", err)
	}
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(name) // the next start tries again
		}
	}
	return f, nil
}

func (f *Folder) keys() string { return filepath.Join(f.dir, "keys") }
func (f *Folder) temp() string { return filepath.Join(f.dir, "parts") }

// name gives the file name of a digest. Digests come from strangers: whatever
// is not exactly a digest is no name.
func name(d record.Hash) (string, error) {
	if !d.Valid() {
		return "", &record.Error{Code: record.Invalid, Message: "file.name", Args: map[string]any{"name": printable(string(d))}}
	}
	return "sha256-" + strings.TrimPrefix(string(d), "sha256:"), nil
}

// printable keeps a stranger's bytes from spoiling a log or a window.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '.'
		}
		return r
	}, strings.ToValidUTF8(s, "."))
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "")
	}
	return s
}

// path gives where the file with this digest lies.
func (f *Folder) path(d record.Hash) (string, error) {
	n, err := name(d)
	if err != nil {
		return "", err
	}
	return filepath.Join(f.dir, n[7:9], n), nil
}

// Put keeps the bytes of r and gives their digest and size. They are on the
// disk when it returns. The same bytes twice are one file.
func (f *Folder) Put(ctx context.Context, r io.Reader) (record.File, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	temp, out, err := f.write(ctx, key, r)
	if err != nil {
		return record.File{}, err
	}
	defer os.Remove(temp) // gone already when all went well
	return out, f.keep(ctx, temp, key, out)
}

// PutAs is Put for bytes whose digest is known; other bytes are refused with
// record.Broken.
func (f *Folder) PutAs(ctx context.Context, d record.Hash, r io.Reader) (record.File, error) {
	if _, err := name(d); err != nil {
		return record.File{}, err
	}
	key := make([]byte, keySize)
	rand.Read(key)
	temp, out, err := f.write(ctx, key, r)
	if err != nil {
		return record.File{}, err
	}
	defer os.Remove(temp)
	if out.Digest != d {
		return record.File{}, changed(d, out.Digest)
	}
	return out, f.keep(ctx, temp, key, out)
}

// write encrypts r into a new file that is not yet a file of the folder.
func (f *Folder) write(ctx context.Context, key []byte, r io.Reader) (temp string, out record.File, err error) {
	w, err := os.CreateTemp(f.temp(), "put-*")
	if err != nil {
		return "", out, fault("write file", err)
	}
	defer func() {
		if e := w.Close(); err == nil && e != nil {
			err = fault("write file", e)
		}
		if err != nil {
			os.Remove(w.Name())
		}
	}()
	sum := sha256.New()
	size, err := seal(ctx, w, key, io.TeeReader(r, sum))
	if err != nil {
		return "", out, err
	}
	if err := w.Sync(); err != nil {
		return "", out, fault("write file", err)
	}
	return w.Name(), record.File{Digest: record.HashFrom(sum.Sum(nil)), Size: size}, nil
}

// keep makes a temporary file a file of the folder.
func (f *Folder) keep(ctx context.Context, temp string, key []byte, file record.File) error {
	if f.Has(file.Digest) {
		return nil
	}
	use, err := f.publishKey(file.Digest, key)
	if err != nil {
		return err
	}
	if string(use) != string(key) {
		// Somebody keeps the same bytes at the same moment, or a part of them has
		// arrived: one file, one key.
		return f.keepUnder(ctx, temp, key, use, file)
	}
	return f.rename(temp, file.Digest)
}

func (f *Folder) keepUnder(ctx context.Context, temp string, key, use []byte, file record.File) error {
	in, err := openFile(temp, key)
	if err != nil {
		return err
	}
	again, _, err := f.write(ctx, use, in)
	in.Close()
	if err != nil {
		return err
	}
	defer os.Remove(again)
	return f.rename(again, file.Digest)
}

// rename gives a whole, fsynced file its name, durably.
func (f *Folder) rename(temp string, d record.Hash) error {
	path, err := f.path(d)
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	fresh := false
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		fresh = true
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fault("keep file", err)
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return fault("keep file", err)
	}
	if err := syncFolder(folder); err != nil {
		return fault("keep file", err)
	}
	if fresh {
		return fault("keep file", syncFolder(f.dir))
	}
	return nil
}

// publishKey gives the one key of a file: the one offered, unless the file has
// one already.
func (f *Folder) publishKey(d record.Hash, key []byte) ([]byte, error) {
	n, err := name(d)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(f.keys(), n+".key")
	if have, err := readKey(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return have, fault("read key", err)
	}
	temp, err := os.CreateTemp(f.keys(), "new-*")
	if err != nil {
		return nil, fault("write key", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(key)
	if err == nil {
		err = temp.Sync()
	}
	if e := temp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, fault("write key", err)
	}
	// A link never replaces what is there: the first of two writers wins.
	if err = os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		// No links on this file system (FAT, some shares).
		if _, there := os.Stat(path); there != nil {
			err = os.Rename(temp.Name(), path)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fault("write key", err)
	}
	if err := syncFolder(f.keys()); err != nil {
		return nil, fault("write key", err)
	}
	have, err := readKey(path)
	return have, fault("read key", err)
}

func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err == nil && len(key) != keySize {
		err = &record.Error{Code: record.Broken, Message: "file.key_broken", Err: fmt.Errorf("blob: key of %d bytes", len(key))}
	}
	return key, err
}

func (f *Folder) key(d record.Hash) ([]byte, error) {
	n, err := name(d)
	if err != nil {
		return nil, err
	}
	key, err := readKey(filepath.Join(f.keys(), n+".key"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(d, err)
	}
	return key, fault("read key", err)
}

// Has tells whether the whole file is here and can be opened.
func (f *Folder) Has(d record.Hash) bool {
	_, err := f.Size(d)
	return err == nil
}

// Size tells the length of a file in bytes; record.NotFound when it is not here.
func (f *Folder) Size(d record.Hash) (int64, error) {
	r, err := f.Open(d)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return r.Size(), nil
}

// Open opens a file for reading; record.NotFound when it is not here.
func (f *Folder) Open(d record.Hash) (*Reader, error) {
	path, err := f.path(d)
	if err != nil {
		return nil, err
	}
	key, err := f.key(d)
	if err != nil {
		return nil, err
	}
	r, err := openFile(path, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(d, err)
	}
	return r, err
}

// Digest reads a whole file and gives the digest of what is there: d itself,
// if nothing has changed. A file that does not open with its key is
// record.Broken, one that is not here record.NotFound.
func (f *Folder) Digest(d record.Hash) (record.Hash, error) {
	r, err := f.Open(d)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", fault("read file", err)
	}
	return record.HashFrom(sum.Sum(nil)), nil
}

func notFound(d record.Hash, err error) error {
	return &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": d.Short()}, Err: err}
}

func changed(want, got record.Hash) error {
	return &record.Error{Code: record.Broken, Message: "file.changed", Args: map[string]any{"file": want.Short()},
		Err: fmt.Errorf("blob: bytes of %s have digest %s", want, got)}
}

// fault turns what the file system reports into what a person can deal with.
func fault(doing string, err error) error {
	var known *record.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case diskFull(err):
		return &record.Error{Code: record.Full, Message: "file.disk_full", Err: fmt.Errorf("blob: %s: %w", doing, err)}
	case errors.Is(err, fs.ErrPermission):
		return &record.Error{Code: record.ReadOnly, Message: "file.read_only", Err: fmt.Errorf("blob: %s: %w", doing, err)}
	}
	return fmt.Errorf("blob: %s: %w", doing, err)
}
