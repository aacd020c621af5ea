package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxFrame bounds one part of a frame: a header, salt or body, in bytes. A
// stranger who announces more is cut off before anything is allocated.
const MaxFrame = 8 << 20

const (
	flagBody = 1 // salt and body follow the header
)

// AppendFrame adds an entry's frame to b: one flag byte, then header, and
// salt and body if they are there, each after its length as an unsigned varint.
func AppendFrame(b []byte, e Entry) []byte {
	var flags byte
	if !e.Withheld() {
		flags |= flagBody
	}
	b = append(b, flags)
	b = appendPart(b, e.Raw)
	if flags&flagBody != 0 {
		b = appendPart(b, e.Salt)
		b = appendPart(b, e.BodyJSON)
	}
	return b
}

func appendPart(b, part []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}

// ReadFrame reads one frame and checks it. It gives io.EOF exactly at the end
// of the last whole frame, io.ErrUnexpectedEOF for a torn one.
func ReadFrame(r *bufio.Reader) (Entry, error) {
	flags, err := r.ReadByte()
	if err != nil {
		return Entry{}, err
	}
	if flags&^flagBody != 0 {
		return Entry{}, broken("journal.frame", fmt.Errorf("journal: frame flags %#x are unknown", flags))
	}
	raw, err := readPart(r)
	if err != nil {
		return Entry{}, err
	}
	var salt, body []byte
	if flags&flagBody != 0 {
		if salt, err = readPart(r); err != nil {
			return Entry{}, err
		}
		if body, err = readPart(r); err != nil {
			return Entry{}, err
		}
	}
	return Read(raw, salt, body)
}

func readPart(r *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, torn(err)
	}
	if n > MaxFrame {
		return nil, broken("journal.frame", fmt.Errorf("journal: frame part of %d bytes is over the limit of %d", n, MaxFrame))
	}
	// Grow as bytes arrive: an announced length alone must not cost memory.
	const step = 64 << 10
	b := make([]byte, 0, min(n, step))
	for uint64(len(b)) < n {
		k := min(n-uint64(len(b)), step)
		start := len(b)
		b = append(b, make([]byte, k)...)
		if _, err := io.ReadFull(r, b[start:]); err != nil {
			return nil, torn(err)
		}
	}
	return b, nil
}

func torn(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
