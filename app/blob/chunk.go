package blob

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"plumbline/app/disk"
	"plumbline/app/record"
)

const (
	magic      = "plumfil1"
	headSize   = 16      // magic and length
	chunkSize  = 1 << 16 // plain bytes of a chunk
	nonceSize  = 12
	overhead   = nonceSize + 16 // what a chunk is longer on the disk
	sealedSize = chunkSize + overhead

	// KeySize is the length of a file's key in bytes.
	KeySize = 32
	// ChunkSize is how many bytes are encrypted together. What arrives is kept in
	// whole chunks.
	ChunkSize = chunkSize
	// SealedChunk is how long such a chunk is once encrypted.
	SealedChunk = sealedSize
	// HeadSize is the length of what stands before the first chunk.
	HeadSize = headSize
)

// NewKey makes the key of one file.
func NewKey() []byte {
	key := make([]byte, KeySize)
	rand.Read(key)
	return key
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("blob: key: %w", err)
	}
	return cipher.NewGCM(block)
}

// Header gives what stands before the first chunk of a file of size bytes.
func Header(size int64) []byte {
	return binary.BigEndian.AppendUint64([]byte(magic), uint64(size))
}

// SealedLength gives how long size bytes are once encrypted, with the header.
func SealedLength(size int64) int64 { return headSize + size + chunks(size)*overhead }

// PlainLength is the reverse of SealedLength; ok is false for a length that no
// whole file has.
func PlainLength(sealed int64) (size int64, ok bool) {
	body := sealed - headSize
	if body < overhead {
		return 0, false
	}
	n := (body + sealedSize - 1) / sealedSize
	size = body - n*overhead
	return size, size >= 0 && chunks(size) == n
}

// PieceLength gives how long the chunks are that hold the bytes from one place
// to another of a file of size bytes; both are at a chunk's edge, or to is size.
func PieceLength(size, from, to int64) int64 {
	if from == to && size > 0 {
		return 0
	}
	return to - from + max(1, (to-from+chunkSize-1)/chunkSize)*overhead
}

// chunks gives how many chunks size plain bytes make: at least one.
func chunks(size int64) int64 { return max(1, (size+chunkSize-1)/chunkSize) }

// sealChunk appends chunk n, sealed, to b.
func sealChunk(a cipher.AEAD, b []byte, n int64, last bool, plain []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, nonceSize)...)
	rand.Read(b[start:])
	return a.Seal(b, b[start:start+nonceSize], plain, place(n, last))
}

// place binds a chunk to its number, and the last one to being the last.
func place(n int64, last bool) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 9), uint64(n))
	if last {
		return append(b, 1)
	}
	return append(b, 0)
}

// Seal writes r, encrypted and with its header, to w, and gives the digest and
// size of what r held.
func Seal(ctx context.Context, w interface {
	io.Writer
	io.WriterAt
}, key []byte, r io.Reader) (record.File, error) {
	sum := sha256.New()
	r = io.TeeReader(r, sum)
	a, err := aead(key)
	if err != nil {
		return record.File{}, err
	}
	if _, err := w.Write(Header(0)); err != nil {
		return record.File{}, fault("write file", err)
	}
	// One chunk is held back: only at the end is it known which is the last.
	plain, next := make([]byte, chunkSize), make([]byte, chunkSize)
	box := make([]byte, 0, sealedSize)
	var size int64
	held, err := readFull(r, plain)
	for n := int64(0); err == nil; n++ {
		if err := ctx.Err(); err != nil {
			return record.File{}, err
		}
		var more int
		if held == chunkSize {
			if more, err = readFull(r, next); err != nil {
				break
			}
		}
		size += int64(held)
		box = sealChunk(a, box[:0], n, more == 0, plain[:held])
		if _, err := w.Write(box); err != nil {
			return record.File{}, fault("write file", err)
		}
		if more == 0 {
			_, err := w.WriteAt(Header(size), 0)
			return record.File{Digest: record.HashFrom(sum.Sum(nil)), Size: size}, fault("write file", err)
		}
		plain, next, held = next, plain, more
	}
	return record.File{}, fault("read what to keep", err)
}

// SealPiece writes the chunks of a file of size bytes that begin at offset at,
// reading their bytes from r, and gives how far they reach: to limit at most,
// and less when r ends early or fails. Of what r gives only whole chunks count,
// and the end of the file. sum, which may be nil, is given the bytes that count.
func SealPiece(ctx context.Context, w io.Writer, key []byte, size, at, limit int64, r io.Reader, sum io.Writer) (int64, error) {
	a, err := aead(key)
	if err != nil {
		return at, err
	}
	plain, box := make([]byte, chunkSize), make([]byte, 0, sealedSize)
	for n := at / chunkSize; n < chunks(size) && (at < limit || size == 0); n++ {
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
		if _, err := w.Write(box); err != nil {
			return at, fault("write part", err)
		}
		if sum != nil {
			sum.Write(want)
		}
		at += int64(len(want))
	}
	return at, nil
}

// readFull fills b as far as r reaches; the end of r is no error.
func readFull(r io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// Source is where an encrypted file lies.
type Source interface {
	io.ReaderAt
	io.Closer
}

// Reader reads a stored file. It is not safe for many goroutines.
type Reader struct {
	src   Source
	name  string // for the log
	aead  cipher.AEAD
	size  int64
	pos   int64
	n     int64 // number of the chunk in plain, -1 none
	plain []byte
	box   []byte
}

// NewReader reads the encrypted file of length bytes that src holds. It takes
// src over. A length no file has is record.Broken.
func NewReader(src Source, name string, length int64, key []byte) (*Reader, error) {
	r := &Reader{src: src, name: name, n: -1}
	var err error
	ok := false
	if r.aead, err = aead(key); err == nil {
		if r.size, ok = PlainLength(length); !ok {
			err = broken(fmt.Errorf("blob: %s has %d bytes, which no file has", name, length))
		}
	}
	if err != nil {
		src.Close()
		return nil, err
	}
	return r, nil
}

// openFile opens an encrypted file of the disk.
func openFile(path string, key []byte) (*Reader, error) {
	f, err := disk.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fault("read file", err)
	}
	return NewReader(f, path, info.Size(), key)
}

// readHeader reads what a part on the disk will be as a whole.
func readHeader(f *os.File) (size int64, err error) {
	b := make([]byte, headSize)
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, fault("read file", err)
	}
	size = int64(binary.BigEndian.Uint64(b[len(magic):]))
	if string(b[:len(magic)]) != magic || size < 0 || size > 1<<50 {
		return 0, broken(fmt.Errorf("blob: %s has no header", f.Name()))
	}
	return size, nil
}

func broken(err error) error {
	return &record.Error{Code: record.Broken, Message: "file.broken", Err: err}
}

// Size tells the length of the file in bytes.
func (r *Reader) Size() int64 { return r.size }

// Prove tells whether the file's last chunk opens with its key, which it does
// only when it was sealed under that key and nothing was cut off; if not,
// record.Broken. Whether all of it is sound only reading it tells.
func (r *Reader) Prove() error { return r.load(chunks(r.size) - 1) }

// Read reads plain bytes. Bytes that were changed where they lie give
// record.Broken.
func (r *Reader) Read(p []byte) (int, error) {
	if r.pos >= r.size && (r.size > 0 || r.n == 0) {
		return 0, io.EOF
	}
	// Even an empty file has a chunk, which proves that it is meant to be empty.
	if err := r.load(r.pos / chunkSize); err != nil {
		return 0, err
	}
	if r.size == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.plain[r.pos%chunkSize:])
	r.pos += int64(n)
	return n, nil
}

// load decrypts chunk n. With the first it reads the header, so that a file is
// read in one go from its beginning.
func (r *Reader) load(n int64) error {
	if r.n == n {
		return nil
	}
	if r.box == nil {
		r.box, r.plain = make([]byte, headSize+sealedSize), make([]byte, 0, chunkSize)
	}
	last := n == chunks(r.size)-1
	box, at := r.box[headSize:], headSize+n*sealedSize
	if last {
		box = box[:r.size-n*chunkSize+overhead]
	}
	read := box
	if n == 0 {
		read, at = r.box[:headSize+len(box)], 0
	}
	r.n = -1
	if got, err := r.src.ReadAt(read, at); got < len(read) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return broken(fmt.Errorf("blob: %s was cut off: %w", r.name, err))
		}
		return fault("read file", err)
	}
	if n == 0 && !bytes.Equal(read[:headSize], Header(r.size)) {
		return broken(fmt.Errorf("blob: %s has another header", r.name))
	}
	plain, err := r.aead.Open(r.plain[:0], box[:nonceSize], box[nonceSize:], place(n, last))
	if err != nil {
		return broken(fmt.Errorf("blob: chunk %d of %s: %w", n, r.name, err))
	}
	r.plain, r.n = plain, n
	return nil
}

// Seek moves to a place in the plain bytes.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("blob: seek before the beginning")
	}
	r.pos = offset
	return offset, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.src.Close() }
