package blob

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"plumbline/app/record"
)

const (
	magic      = "plumfil1"
	headSize   = 16      // magic and length
	chunkSize  = 1 << 16 // plain bytes of a chunk
	nonceSize  = 12
	overhead   = nonceSize + 16 // what a chunk is longer on the disk
	sealedSize = chunkSize + overhead
	keySize    = 32
)

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("blob: key: %w", err)
	}
	return cipher.NewGCM(block)
}

func header(size int64) []byte {
	return binary.BigEndian.AppendUint64([]byte(magic), uint64(size))
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

// seal writes r, encrypted, to a new file and gives its plain length.
func seal(ctx context.Context, w *os.File, key []byte, r io.Reader) (size int64, err error) {
	a, err := aead(key)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(header(0)); err != nil {
		return 0, fault("write file", err)
	}
	// One chunk is held back: only at the end is it known which is the last.
	plain, next := make([]byte, chunkSize), make([]byte, chunkSize)
	box := make([]byte, 0, sealedSize)
	held, err := readFull(r, plain)
	for n := int64(0); err == nil; n++ {
		if err := ctx.Err(); err != nil {
			return 0, err
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
			return 0, fault("write file", err)
		}
		if more == 0 {
			_, err := w.WriteAt(header(size), 0)
			return size, fault("write file", err)
		}
		plain, next, held = next, plain, more
	}
	return 0, fault("read what to keep", err)
}

// readFull fills b as far as r reaches; the end of r is no error.
func readFull(r io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// Reader reads a file of the folder. It is not safe for many goroutines.
type Reader struct {
	file  *os.File
	aead  cipher.AEAD
	size  int64
	pos   int64
	n     int64 // number of the chunk in plain, -1 none
	plain []byte
	box   []byte
}

// openFile opens an encrypted file. What is no such file is record.Broken.
func openFile(path string, key []byte) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f, n: -1}
	if r.aead, err = aead(key); err == nil {
		err = r.readHeader()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) readHeader() error {
	size, err := readHeader(r.file)
	if err != nil {
		return err
	}
	info, err := r.file.Stat()
	if err != nil {
		return fault("read file", err)
	}
	if want := headSize + size + chunks(size)*overhead; info.Size() != want {
		return r.broken(fmt.Errorf("blob: %d bytes on the disk, want %d", info.Size(), want))
	}
	r.size = size
	return nil
}

func readHeader(f *os.File) (size int64, err error) {
	b := make([]byte, headSize)
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, fault("read file", err)
	}
	size = int64(binary.BigEndian.Uint64(b[len(magic):]))
	if string(b[:len(magic)]) != magic || size < 0 || size > 1<<50 {
		return 0, &record.Error{Code: record.Broken, Message: "file.broken", Err: fmt.Errorf("blob: %s has no header", f.Name())}
	}
	return size, nil
}

func (r *Reader) broken(err error) error {
	return &record.Error{Code: record.Broken, Message: "file.broken", Err: err}
}

// Size tells the length of the file in bytes.
func (r *Reader) Size() int64 { return r.size }

// Read reads plain bytes. Bytes that were changed on the disk give record.Broken.
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

// load decrypts chunk n.
func (r *Reader) load(n int64) error {
	if r.n == n {
		return nil
	}
	if r.box == nil {
		r.box, r.plain = make([]byte, sealedSize), make([]byte, 0, chunkSize)
	}
	last := n == chunks(r.size)-1
	box := r.box
	if last {
		box = box[:r.size-n*chunkSize+overhead]
	}
	if _, err := r.file.ReadAt(box, headSize+n*sealedSize); err != nil {
		return fault("read file", err)
	}
	plain, err := r.aead.Open(r.plain[:0], box[:nonceSize], box[nonceSize:], place(n, last))
	if err != nil {
		r.n = -1
		return r.broken(fmt.Errorf("blob: chunk %d of %s: %w", n, r.file.Name(), err))
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
func (r *Reader) Close() error { return r.file.Close() }
