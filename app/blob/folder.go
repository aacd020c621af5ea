package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"plumbline/app/disk"
	"plumbline/app/record"
)

// FolderName is the folder of files inside a data folder.
const FolderName = "files"

// Folder is a folder of files. It is safe for many goroutines; other programs
// may work in the same folder.
type Folder struct {
	dir string

	locks [len(hexDigits)]sync.Mutex // see lock
}

// Open opens the folder, making it if need be, and clears away what a crash
// left half written more than a day ago.
func Open(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	for _, d := range []string{dir, f.keys(), f.temp()} {
		if err := disk.MakeFolder(d); err != nil {
			return nil, fault("open folder", err)
		}
	}
	left, err := filepath.Glob(filepath.Join(f.temp(), "put-*"))
	if err != nil {
		return nil, fault("open folder", err)
	}
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			disk.Remove(name) // the next start tries again
		}
	}
	return f, fault("open folder", f.settle())
}

// settle waits for the disk in the place of a program that was killed: what that
// wrote and named can be seen, and will be told as kept. What is older than a day
// the system has written by itself.
func (f *Folder) settle() error {
	recent := func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && time.Since(info.ModTime()) < 24*time.Hour
	}
	parts, err := filepath.Glob(filepath.Join(f.temp(), "sha256-*"))
	if err != nil {
		return err
	}
	for _, part := range parts {
		key := filepath.Join(f.keys(), filepath.Base(part)+".key")
		if !recent(part) || !recent(key) {
			continue
		}
		if err := together(func() error { return syncFile(part) }, func() error { return syncFile(key) }); err != nil && !errors.Is(err, fs.ErrNotExist) && !readOnly(err) {
			return err
		}
	}
	folders, err := os.ReadDir(f.dir)
	for _, folder := range folders {
		if path := filepath.Join(f.dir, folder.Name()); err == nil && folder.IsDir() && recent(path) {
			err = disk.TrySyncFolder(path)
		}
	}
	return err
}

// readOnly tells whether err means that nothing can be changed here.
func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

func (f *Folder) keys() string { return filepath.Join(f.dir, "keys") }
func (f *Folder) temp() string { return filepath.Join(f.dir, "parts") }

// Name gives the file name of a digest. Digests come from strangers: whatever
// is not exactly a digest is no name, record.Invalid.
func Name(d record.Hash) (string, error) {
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
	n, err := Name(d)
	if err != nil {
		return "", err
	}
	return filepath.Join(f.dir, n[7:9], n), nil
}

// Put keeps the bytes of r and gives their digest and size. They are on the
// disk when it returns. The same bytes twice are one file.
func (f *Folder) Put(ctx context.Context, r io.Reader) (record.File, error) {
	key := NewKey()
	temp, out, err := f.write(ctx, key, r)
	if err != nil {
		return record.File{}, err
	}
	defer disk.Remove(temp) // gone already when all went well
	return out, f.keep(ctx, temp, key, out)
}

// PutAs is Put for bytes whose digest is known; other bytes are refused with
// record.Broken.
func (f *Folder) PutAs(ctx context.Context, d record.Hash, r io.Reader) (record.File, error) {
	if _, err := Name(d); err != nil {
		return record.File{}, err
	}
	key := NewKey()
	temp, out, err := f.write(ctx, key, r)
	if err != nil {
		return record.File{}, err
	}
	defer disk.Remove(temp)
	if out.Digest != d {
		return record.File{}, Changed(d, out.Digest)
	}
	return out, f.keep(ctx, temp, key, out)
}

// write encrypts r into a new file that is not yet a file of the folder, nor
// durable.
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
			disk.Remove(w.Name())
		}
	}()
	if out, err = Seal(ctx, w, key, r); err != nil {
		return "", out, err
	}
	return w.Name(), out, nil
}

// keep makes a temporary file a file of the folder.
func (f *Folder) keep(ctx context.Context, temp string, key []byte, file record.File) error {
	unlock, err := f.lock(file.Digest)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := f.size(file.Digest); err == nil {
		return nil
	}
	use, fresh, err := f.keyFor(file.Digest, key)
	if err != nil {
		return err
	}
	if !fresh {
		// A part of the same bytes has arrived: one file, one key.
		in, err := openFile(temp, key)
		if err != nil {
			return err
		}
		again, _, err := f.write(ctx, use, in)
		in.Close()
		if err != nil {
			return err
		}
		defer disk.Remove(again)
		temp = again
	}
	if err := together(func() error { return syncFile(temp) }, func() error { return syncFile(f.keyPath(file.Digest)) }); err != nil {
		return fault("keep file", err)
	}
	return f.rename(temp, file.Digest)
}

// together does things that each wait for the disk at the same time: the file
// system then writes its journal once for all of them.
func together(do ...func() error) error {
	errs := make([]error, len(do))
	var all sync.WaitGroup
	for i, f := range do[1:] {
		all.Go(func() { errs[i+1] = f() })
	}
	errs[0] = do[0]()
	all.Wait()
	return errors.Join(errs...)
}

func syncFile(path string) error {
	w, err := disk.OpenFile(path, os.O_RDWR)
	if err != nil {
		return err
	}
	return errors.Join(w.Sync(), w.Close())
}

// rename gives a whole, fsynced file its name, durably, and its key's name too.
func (f *Folder) rename(temp string, d record.Hash) error {
	path, err := f.path(d)
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	sync := []func() error{func() error { return disk.SyncFolder(folder) }, func() error { return disk.SyncFolder(f.keys()) }}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fault("keep file", err)
		}
		sync = append(sync, func() error { return disk.SyncFolder(f.dir) })
	}
	if err := disk.Move(temp, path); err != nil {
		return fault("keep file", err)
	}
	return fault("keep file", together(sync...))
}

// keyPath is where the key of a file lies; d is a digest.
func (f *Folder) keyPath(d record.Hash) string {
	return filepath.Join(f.keys(), "sha256-"+strings.TrimPrefix(string(d), "sha256:")+".key")
}

// keyFor gives the key of a file, whose lock the caller holds: the one it has,
// or else the one offered, which is fresh then and not yet durable.
func (f *Folder) keyFor(d record.Hash, offered []byte) (key []byte, fresh bool, err error) {
	path := f.keyPath(d)
	have, err := readKey(path)
	if err == nil {
		return have, false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && record.CodeOf(err) != record.Broken {
		return nil, false, fault("read key", err)
	}
	// A power cut can leave a name without its bytes. What was sealed under a key
	// that is gone is gone, so the same bytes may come again under another.
	return offered, true, fault("write key", os.WriteFile(path, offered, 0o600))
}

// readKey reads a key. One of zeros is what a power cut leaves of a file that was
// never written.
func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err == nil && (len(key) != KeySize || string(key) == string(make([]byte, KeySize))) {
		err = &record.Error{Code: record.Broken, Message: "file.key_broken", Err: fmt.Errorf("blob: key of %d bytes", len(key))}
	}
	return key, err
}

func (f *Folder) key(d record.Hash) ([]byte, error) {
	key, err := readKey(f.keyPath(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(d, err)
	}
	return key, fault("read key", err)
}

// Has tells whether the whole file is here and can be opened; see Size.
func (f *Folder) Has(d record.Hash) bool {
	_, err := f.Size(d)
	return err == nil
}

// Size tells the length of a file in bytes; record.NotFound when it is not
// here, record.Broken when it is not sealed under its key: then its key was
// dropped and another made since, or the disk has damaged it, and it may come anew.
func (f *Folder) Size(d record.Hash) (int64, error) {
	// Who gives a file its name holds the lock until the name is durable: before
	// that nobody may be told that it is here.
	unlock, err := f.lock(d)
	if readOnly(err) {
		return f.size(d)
	}
	if err != nil {
		return 0, err
	}
	defer unlock()
	return f.size(d)
}

func (f *Folder) size(d record.Hash) (int64, error) {
	r, err := f.Open(d)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return r.Size(), r.Prove()
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

// NotFound says that a file is not here.
func NotFound(d record.Hash) error { return notFound(d, nil) }

// Changed says that bytes named d have another digest.
func Changed(d, got record.Hash) error {
	return &record.Error{Code: record.Broken, Message: "file.changed", Args: map[string]any{"file": d.Short()},
		Err: fmt.Errorf("blob: bytes of %s have digest %s", d, got)}
}

// WrongOffset says where a part goes on.
func WrongOffset(at int64) error {
	return &record.Error{Code: record.Conflict, Message: "file.offset", Args: map[string]any{"offset": at}}
}

// TooLarge refuses what no file may be as long as, and lengths below nothing.
func TooLarge(size int64) error {
	if size >= 0 && size <= 1<<40 {
		return nil
	}
	return &record.Error{Code: record.TooLarge, Message: "file.too_large", Args: map[string]any{"size": size}}
}

// fault turns what the file system reports into what a person can deal with.
func fault(doing string, err error) error {
	var known *record.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case disk.Full(err):
		return &record.Error{Code: record.Full, Message: "file.disk_full", Err: fmt.Errorf("blob: %s: %w", doing, err)}
	case errors.Is(err, fs.ErrPermission):
		return &record.Error{Code: record.ReadOnly, Message: "file.read_only", Err: fmt.Errorf("blob: %s: %w", doing, err)}
	}
	return fmt.Errorf("blob: %s: %w", doing, err)
}
