package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
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
	e, err := Read(raw, salt, body)
	switch {
	case err != nil:
		return Entry{}, err
	case flags&flagBody != 0 && len(salt) != SaltSize:
		return Entry{}, broken("journal.body", fmt.Errorf("journal: salt of %d bytes", len(salt)))
	}
	return e, readsOneWay(raw)
}

// readsOneWay refuses a header that says one thing to us and another to other
// programs: Go takes "Seq" for "seq" and the last of two equal names, others do
// not, and some read no JSON that is not UTF-8.
func readsOneWay(raw []byte) error {
	if !utf8.Valid(raw) {
		return broken("journal.header", errors.New("journal: header is not UTF-8"))
	}
	// It has been read as JSON before: strings and brackets end.
	var seen []string
	for i, depth, name := 0, 0, true; i < len(raw); i++ {
		switch raw[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			name = true
		case ':':
			name = false
		case '"':
			start := i + 1
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			if depth > 1 || !name {
				continue
			}
			s := string(raw[start:i])
			if slices.Contains(seen, s) || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
				return broken("journal.header", fmt.Errorf("journal: field %q of a header stands twice or is not in lower case", s))
			}
			seen = append(seen, s)
		}
	}
	return nil
}

func readPart(r *bufio.Reader) ([]byte, error) {
	var n uint64
	for shift := 0; ; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return nil, torn(err)
		}
		if shift == 63 {
			return nil, broken("journal.frame", errors.New("journal: length of a frame part does not end"))
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
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
