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
	"sync"

	"plumbline/app/record"
)

// lock lets one goroutine at a time write to a part.
func (f *Folder) lock(d record.Hash) (unlock func()) {
	f.mu.Lock()
	m := f.parts[d]
	if m == nil {
		m = &sync.Mutex{}
		f.parts[d] = m
	}
	f.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// forget drops the lock of a part that has become a file.
func (f *Folder) forget(d record.Hash) {
	f.mu.Lock()
	delete(f.parts, d)
	f.mu.Unlock()
}

func (f *Folder) partPath(d record.Hash) (string, error) {
	n, err := name(d)
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
	path, err := f.partPath(d)
	if err != nil {
		return 0, err
	}
	p, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fault("read part", err)
	}
	defer p.Close()
	_, offset, err := partOf(p)
	if record.CodeOf(err) == record.Broken {
		return 0, nil // begun, but no header yet: it begins anew
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
	if info.Size() == headSize+size+chunks(size)*overhead {
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
	path, err := f.partPath(file.Digest)
	if err != nil {
		return 0, err
	}
	if file.Size < 0 || file.Size > 1<<40 {
		return 0, &record.Error{Code: record.TooLarge, Message: "file.too_large", Args: map[string]any{"size": file.Size}}
	}
	defer f.lock(file.Digest)()
	if size, err := f.Size(file.Digest); err == nil {
		return size, nil // all of it is here
	}
	p, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, fault("write part", err)
	}
	defer p.Close()
	at, err := f.begin(p, file)
	if err != nil {
		return 0, err
	}
	if at != offset {
		return at, &record.Error{Code: record.Conflict, Message: "file.offset", Args: map[string]any{"offset": at}}
	}
	key := make([]byte, keySize)
	rand.Read(key)
	if key, err = f.publishKey(file.Digest, key); err != nil {
		return at, err
	}
	end, err := appendChunks(ctx, p, key, file.Size, at, r)
	if e := p.Sync(); e != nil {
		return at, fault("write part", e)
	}
	return end, err
}

// begin gives where the part ends, cutting off a torn chunk. A new part, and
// one of another length or without a readable header, begins at 0.
func (f *Folder) begin(p *os.File, file record.File) (int64, error) {
	size, at, err := partOf(p)
	if err != nil && record.CodeOf(err) != record.Broken {
		return 0, err
	}
	if err != nil || size != file.Size {
		if err := p.Truncate(0); err != nil {
			return 0, fault("write part", err)
		}
		_, err := p.WriteAt(header(file.Size), 0)
		return 0, fault("write part", err)
	}
	end := headSize + at/chunkSize*sealedSize
	if at == size {
		end = headSize + size + chunks(size)*overhead
	}
	if size == 0 {
		at = 0 // its one chunk is written by Append
	}
	return at, fault("write part", p.Truncate(end))
}

func appendChunks(ctx context.Context, p *os.File, key []byte, size, at int64, r io.Reader) (int64, error) {
	a, err := aead(key)
	if err != nil {
		return at, err
	}
	plain, box := make([]byte, chunkSize), make([]byte, 0, sealedSize)
	for n := at / chunkSize; n < chunks(size) && (at < size || size == 0); n++ {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		want := plain[:min(chunkSize, size-at)]
		if _, err := io.ReadFull(r, want); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return at, nil // the piece ends here; the rest comes with the next
			}
			return at, fmt.Errorf("blob: receive: %w", err)
		}
		box = sealChunk(a, box[:0], n, n == chunks(size)-1, want)
		if _, err := p.WriteAt(box, headSize+n*sealedSize); err != nil {
			return at, fault("write part", err)
		}
		at += int64(len(want))
	}
	return at, nil
}

// Finish makes a part that is complete a file, durably, after reading it back
// and checking its digest. A part with other bytes is dropped: record.Broken.
func (f *Folder) Finish(d record.Hash) (record.File, error) {
	path, err := f.partPath(d)
	if err != nil {
		return record.File{}, err
	}
	defer f.lock(d)()
	if size, err := f.Size(d); err == nil {
		os.Remove(path) // came by another way meanwhile
		f.forget(d)
		return record.File{Digest: d, Size: size}, nil
	}
	key, err := f.key(d)
	if err != nil {
		return record.File{}, err
	}
	r, err := openFile(path, key)
	if errors.Is(err, fs.ErrNotExist) {
		return record.File{}, notFound(d, err)
	}
	sum := sha256.New()
	if err == nil {
		_, err = io.Copy(sum, r)
		r.Close()
	}
	if err == nil && record.HashFrom(sum.Sum(nil)) != d {
		err = changed(d, record.HashFrom(sum.Sum(nil)))
	}
	if err != nil {
		if record.CodeOf(err) == record.Broken {
			os.Remove(path)
		}
		return record.File{}, fault("finish file", err)
	}
	if err := f.rename(path, d); err != nil {
		return record.File{}, err
	}
	f.forget(d)
	return record.File{Digest: d, Size: r.Size()}, nil
}
