package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"plumbline/app/disk"
	"plumbline/app/record"
)

// lock lets one goroutine of one program at a time change what lies under a
// digest. Digests share a few locks, so nobody holds one while waiting for a
// line; who only waits for the disk may.
func (f *Folder) lock(d record.Hash) (unlock func(), err error) {
	n, err := Name(d)
	if err != nil {
		return nil, err
	}
	m := &f.locks[strings.IndexByte(hexDigits, n[7])]
	m.Lock()
	file := flock.New(filepath.Join(f.temp(), "lock-"+n[7:8]), flock.SetPermissions(0o600))
	if err := file.Lock(); err != nil {
		m.Unlock()
		return nil, fault("lock part", err)
	}
	return func() {
		file.Close()
		m.Unlock()
	}, nil
}

const hexDigits = "0123456789abcdef"

func (f *Folder) partPath(d record.Hash) (string, error) {
	n, err := Name(d)
	if err != nil {
		return "", err
	}
	return filepath.Join(f.temp(), n), nil
}

// Part tells how many bytes of a file that is still arriving are on the disk:
// 0 when nothing has arrived, its size when all of it is here.
func (f *Folder) Part(d record.Hash) (int64, error) {
	if size, err := f.Size(d); err == nil {
		return size, nil
	}
	return f.part(d)
}

func (f *Folder) part(d record.Hash) (int64, error) {
	path, err := f.partPath(d)
	if err != nil {
		return 0, err
	}
	p, err := disk.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fault("read part", err)
	}
	defer p.Close()
	size, offset, err := partOf(p)
	if record.CodeOf(err) == record.Broken {
		return 0, nil // begun, but no header yet: it begins anew
	}
	if err != nil {
		return 0, err
	}
	key, err := f.key(d)
	if record.CodeOf(err) == record.NotFound || record.CodeOf(err) == record.Broken {
		return 0, nil // what lies there opens with no key
	}
	if err != nil {
		return 0, err
	}
	return proven(p, key, size, offset)
}

// proven gives how far a part reaches whose last chunk opens with the key, when
// its length promises offset bytes: a power cut may leave a file longer than what
// of it reached the disk.
func proven(p *os.File, key []byte, size, offset int64) (int64, error) {
	r, err := NewReader(p, p.Name(), SealedLength(size), key)
	for err == nil && offset > 0 {
		last := (offset - 1) / chunkSize
		if err = r.load(last); record.CodeOf(err) != record.Broken {
			break
		}
		offset, err = last*chunkSize, nil
	}
	return offset, err
}

// partOf tells a part's whole length and how many plain bytes are there. A
// chunk that a crash tore does not count.
func partOf(p *os.File) (size, offset int64, err error) {
	if size, err = readHeader(p); err != nil {
		return 0, 0, err
	}
	info, err := p.Stat()
	if err != nil {
		return 0, 0, fault("read part", err)
	}
	if info.Size() == SealedLength(size) {
		return size, size, nil
	}
	return size, min(size, (info.Size()-headSize)/sealedSize*chunkSize), nil
}

// Append adds bytes of r to a part, which begins with offset 0 and whose whole
// length is file.Size. It gives how far the part reaches on the disk then,
// also when r ends early or fails: whole chunks of 64 KiB count, and the end of
// the file. An offset other than where the part ends is record.Conflict with
// the right one as Args "offset".
func (f *Folder) Append(ctx context.Context, file record.File, offset int64, r io.Reader) (int64, error) {
	if err := TooLarge(file.Size); err != nil {
		return 0, err
	}
	w, err := f.openPart(file, offset)
	if err != nil || w == nil {
		return file.Size, err
	}
	defer w.Close()
	if w.end < 0 {
		return w.at, WrongOffset(w.at)
	}
	end, broke := SealPiece(ctx, w, w.key, file.Size, w.at, file.Size, r, nil)
	wait := []func() error{w.Sync}
	if w.at == 0 { // a key may have been left by a program that was killed
		wait = append(wait, func() error { return syncFile(f.keyPath(file.Digest)) })
		if end < file.Size { // of a complete part the names become durable with the file's
			wait = append(wait, func() error { return disk.SyncFolder(f.keys()) }, func() error { return disk.SyncFolder(f.temp()) })
		}
	}
	if err := together(wait...); err != nil {
		return w.at, fault("write part", err)
	}
	if w.moved {
		at, err := f.Part(file.Digest)
		if err == nil {
			err = WrongOffset(at)
		}
		return at, err
	}
	return end, broke
}

// partWriter writes chunks at the end of a part, and only there: somebody else
// may be sending the same file.
type partWriter struct {
	*os.File
	f     *Folder
	d     record.Hash
	key   []byte
	at    int64 // plain bytes that were there
	end   int64 // where the next chunk belongs on the disk
	moved bool  // somebody else has written there
}

// Write writes one chunk.
func (w *partWriter) Write(box []byte) (int, error) {
	unlock, err := w.f.lock(w.d)
	if err != nil {
		return 0, err
	}
	defer unlock()
	info, err := w.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() != w.end {
		w.moved = true
		return 0, WrongOffset(w.at)
	}
	n, err := w.WriteAt(box, w.end)
	w.end += int64(n)
	return n, err
}

// openPart gets ready to write to a part; nil when the whole file is here. Its
// end is below 0 when the part does not end at offset.
func (f *Folder) openPart(file record.File, offset int64) (*partWriter, error) {
	path, err := f.partPath(file.Digest)
	if err != nil {
		return nil, err
	}
	unlock, err := f.lock(file.Digest)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := f.size(file.Digest); err == nil {
		return nil, nil
	}
	w := &partWriter{f: f, d: file.Digest}
	var fresh bool
	if w.key, fresh, err = f.keyFor(file.Digest, NewKey()); err != nil {
		return nil, err
	}
	if w.File, err = disk.OpenFile(path, os.O_RDWR|os.O_CREATE); err != nil {
		return nil, fault("write part", err)
	}
	if fresh { // what may lie there opens with no key
		err = fault("write part", w.Truncate(0))
	}
	if err == nil {
		w.at, w.end, err = begin(w.File, w.key, file)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	if w.at != offset {
		w.end = -1
	}
	return w, nil
}

// begin gives where the part ends, in plain bytes and on the disk, cutting off
// a torn chunk. A new part, and one of another length or without a readable
// header, begins at 0.
func begin(p *os.File, key []byte, file record.File) (at, end int64, err error) {
	size, at, err := partOf(p)
	if err != nil && record.CodeOf(err) != record.Broken {
		return 0, 0, err
	}
	if err != nil || size != file.Size {
		if err := p.Truncate(0); err != nil {
			return 0, 0, fault("write part", err)
		}
		_, err := p.WriteAt(Header(file.Size), 0)
		return 0, headSize, fault("write part", err)
	}
	if at, err = proven(p, key, size, at); err != nil {
		return 0, 0, err
	}
	end = headSize + at/chunkSize*sealedSize
	if at == size && size > 0 {
		end = SealedLength(size)
	}
	return at, end, fault("write part", p.Truncate(end)) // the one chunk of an empty file is written again
}

// Finish makes a part that is complete a file, durably, after reading it back
// and checking its digest. A part with other bytes is dropped: record.Broken.
// One that is not complete, or torn by a power cut, stays, record.Conflict with
// where it goes on.
func (f *Folder) Finish(d record.Hash) (record.File, error) {
	path, err := f.partPath(d)
	if err != nil {
		return record.File{}, err
	}
	unlock, err := f.lock(d)
	if err != nil {
		return record.File{}, err
	}
	defer unlock()
	if size, err := f.size(d); err == nil {
		disk.Remove(path) // came by another way meanwhile
		return record.File{Digest: d, Size: size}, nil
	}
	file, err := f.check(d, path)
	if err != nil {
		if record.CodeOf(err) == record.Broken {
			disk.Remove(path)
		}
		return record.File{}, fault("finish file", err)
	}
	// Another process may have written it, and its key, and not yet waited for the disk.
	if err := together(func() error { return syncFile(path) }, func() error { return syncFile(f.keyPath(d)) }); err != nil {
		return record.File{}, fault("finish file", err)
	}
	return file, f.rename(path, d)
}

// check reads a part back.
func (f *Folder) check(d record.Hash, path string) (record.File, error) {
	key, err := f.key(d)
	if err != nil {
		return record.File{}, err
	}
	p, err := disk.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return record.File{}, notFound(d, err)
	}
	if err != nil {
		return record.File{}, err
	}
	size, at, err := partOf(p)
	if err == nil && at < size {
		err = WrongOffset(at)
	}
	if err != nil {
		p.Close()
		return record.File{}, err
	}
	r, err := NewReader(p, path, SealedLength(size), key)
	if err != nil {
		return record.File{}, err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); record.CodeOf(err) == record.Broken {
		// A power cut has torn it there: the bytes before are good.
		if err := os.Truncate(path, headSize+r.pos/chunkSize*sealedSize); err != nil {
			return record.File{}, err
		}
		return record.File{}, WrongOffset(r.pos)
	} else if err != nil {
		return record.File{}, err
	}
	if got := record.HashFrom(sum.Sum(nil)); got != d {
		return record.File{}, Changed(d, got)
	}
	return record.File{Digest: d, Size: size}, nil
}
