package protocol

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// A window larger than what one message holds would only cost memory.
const window = 4 << 20

var encoders = sync.Pool{New: func() any {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // options are constants
	}
	return e
}}

var decoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*window), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(MaxPlain))
	if err != nil {
		panic(err) // options are constants
	}
	return d
}}

// AppendMessage adds a message to b: one zstd stream of the JSON of envelope
// after its length, and the frames of the entries.
func AppendMessage(b []byte, envelope any, entries []journal.Entry) ([]byte, error) {
	j, err := marshal(envelope)
	if err != nil {
		return nil, fmt.Errorf("protocol: write message: %w", err)
	}
	size := len(j) + binary.MaxVarintLen64
	for _, e := range entries {
		size += len(e.Raw) + len(e.Salt) + len(e.BodyJSON) + 16
	}
	plain := append(binary.AppendUvarint(make([]byte, 0, size), uint64(len(j))), j...)
	for _, e := range entries {
		plain = journal.AppendFrame(plain, e)
	}
	z := encoders.Get().(*zstd.Encoder)
	defer encoders.Put(z)
	return z.EncodeAll(plain, b), nil
}

// ReadMessage parses a message. Sizes are checked before anything is
// allocated: a stranger's message costs at most MaxPlain bytes of memory.
func ReadMessage(b []byte, envelope any) ([]journal.Entry, error) {
	z := decoders.Get().(*zstd.Decoder)
	defer decoders.Put(z)
	if err := z.Reset(bytes.NewReader(b)); err != nil {
		return nil, broken(fmt.Errorf("protocol: read message: %w", err))
	}
	defer z.Reset(nil) // lets go of b
	r := bufio.NewReaderSize(&capped{r: z, left: MaxPlain}, 64<<10)
	n, err := binary.ReadUvarint(r)
	if err == nil && n > MaxEnvelope {
		err = fmt.Errorf("envelope of %d bytes", n)
	}
	if err != nil {
		return nil, broken(fmt.Errorf("protocol: read envelope: %w", err))
	}
	j := make([]byte, n)
	if _, err := io.ReadFull(r, j); err != nil {
		return nil, broken(fmt.Errorf("protocol: read envelope: %w", err))
	}
	if err := json.Unmarshal(j, envelope); err != nil {
		return nil, broken(fmt.Errorf("protocol: read envelope: %w", err))
	}
	return readFrames(r)
}

func readFrames(r *bufio.Reader) ([]journal.Entry, error) {
	var out []journal.Entry
	for {
		e, err := journal.ReadFrame(r)
		switch {
		case err == nil:
			out = append(out, e)
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.Is(err, errTooLarge):
			return nil, &record.Error{Code: record.TooLarge, Message: "sync.message_too_large", Args: map[string]any{"limit": MaxPlain >> 20}, Err: err}
		case record.CodeOf(err) != "":
			return nil, err
		default:
			return nil, broken(fmt.Errorf("protocol: read frames: %w", err))
		}
	}
}

var errTooLarge = errors.New("protocol: frames are over the limit once decompressed")

// capped ends a stream that is longer than it may be with an error; a plain
// limit would look like a stream that ends there.
type capped struct {
	r    io.Reader
	left int
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func broken(err error) error {
	return &record.Error{Code: record.Broken, Message: "sync.message_broken", Err: err}
}

// marshal is JSON without HTML escapes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
