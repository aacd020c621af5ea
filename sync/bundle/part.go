package bundle

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

const (
	magic     = "plumbline bundle 1\n"
	maxHeader = 16 << 10
	// Extension ends the names of parts.
	Extension = ".plumb"
)

// Kinds of parts.
const (
	FromDevice = "device" // what a laptop has to tell
	FromServer = "server" // the server's answer to one laptop
)

// Header says in the clear what a part is, so that a file manager's reader and
// a laptop that cannot open it can tell.
type Header struct {
	V      int       `json:"v"`
	Kind   string    `json:"kind"`
	Bundle string    `json:"bundle"` // names the bundle: 16 random hex digits; an answer bears its question's
	Part   int       `json:"part"`   // from 1; an answer bears the number of the part it answers
	From   record.ID `json:"from"`   // the device that wrote and signed it
	To     record.ID `json:"to,omitempty"`
	Made   int64     `json:"made"` // the writer's clock, Unix milliseconds
	// Certificate says whose key signed, where From is not the server.
	Certificate *protocol.Certificate `json:"certificate,omitempty"`
}

// Kinds of items.
const (
	Message = 'm' // a protocol message: a Request from a device, an Answer from the server
	Have    = 'h' // JSON: protocol.HaveRequest from a device, protocol.HaveAnswer from the server
	Want    = 'w' // JSON: protocol.HaveRequest from a device: files it would like to get
	Fault   = 'x' // JSON: protocol.Fault from the server: what it could not take, of what stood before in the same part
	File    = 'f' // a piece of a file
	end     = 'e'
)

// Piece says which bytes of which file follow.
type Piece struct {
	Digest record.Hash `json:"digest"`
	Size   int64       `json:"size"`
	Media  string      `json:"media,omitempty"`
	Offset int64       `json:"offset"`
	Length int64       `json:"length"`
}

// ending closes a part. Without it the part was cut off.
type ending struct {
	Items int  `json:"items"`
	Last  bool `json:"last"` // no part of this bundle comes after
}

// Writer writes one part.
type Writer struct {
	out   *counting
	box   io.WriteCloser
	w     *bufio.Writer
	key   ed25519.PrivateKey
	head  [sha256.Size]byte
	items int
}

// Begin begins a part on w: encrypted to the recipients, signed with the key of
// h.From.
func Begin(w io.Writer, h Header, key ed25519.PrivateKey, to ...age.Recipient) (*Writer, error) {
	h.V = 1
	line, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("bundle: write header: %w", err)
	}
	line = append(line, '\n')
	if len(line) > maxHeader {
		return nil, fmt.Errorf("bundle: header of %d bytes", len(line))
	}
	p := &Writer{out: &counting{w: w}, key: key, head: sha256.Sum256(line)}
	if _, err := p.out.Write(append([]byte(magic), line...)); err != nil {
		return nil, err
	}
	if p.box, err = age.Encrypt(p.out, to...); err != nil {
		return nil, fmt.Errorf("bundle: encrypt: %w", err)
	}
	p.w = bufio.NewWriterSize(p.box, 64<<10)
	return p, nil
}

// Size tells how many bytes the part has so far.
func (p *Writer) Size() int64 { return p.out.n + int64(p.w.Buffered()) }

// Add adds an item of any kind but File.
func (p *Writer) Add(kind byte, b []byte) error {
	p.items++
	signature := ed25519.Sign(p.key, itemStatement(p.head, p.items, kind, b))
	return p.write(kind, append(signature, b...))
}

// AddFile adds a piece of a file, read from r. It needs no signature: the
// digest says whether the bytes are right.
func (p *Writer) AddFile(piece Piece, r io.Reader) error {
	p.items++
	j, err := json.Marshal(piece)
	if err != nil {
		return fmt.Errorf("bundle: write piece: %w", err)
	}
	if err := p.write(File, j); err != nil {
		return err
	}
	n, err := io.Copy(p.w, io.LimitReader(r, piece.Length))
	if err == nil && n != piece.Length {
		err = fmt.Errorf("bundle: %s ends after %d bytes of the piece, want %d: %w", piece.Digest.Short(), n, piece.Length, io.ErrUnexpectedEOF)
	}
	return err
}

func (p *Writer) write(kind byte, b []byte) error {
	if _, err := p.w.Write(binary.AppendUvarint([]byte{kind}, uint64(len(b)))); err != nil {
		return err
	}
	_, err := p.w.Write(b)
	return err
}

// Close ends the part; last tells that the bundle ends with it. The writer
// beneath stays open.
func (p *Writer) Close(last bool) error {
	b, err := json.Marshal(ending{p.items, last})
	if err != nil {
		return err
	}
	if err := p.Add(end, b); err != nil {
		return err
	}
	return errors.Join(p.w.Flush(), p.box.Close())
}

// itemStatement is what the writer of a part signs for each item: nothing can
// be moved to another place, another part or another bundle.
func itemStatement(head [sha256.Size]byte, n int, kind byte, b []byte) []byte {
	sum := sha256.Sum256(b)
	return fmt.Appendf(nil, "plumbline bundle item 1\n%s\n%d\n%c\n%s\n", hex.EncodeToString(head[:]), n, kind, hex.EncodeToString(sum[:]))
}

// Reader reads one part.
type Reader struct {
	Header Header
	Last   bool // once Next gave io.EOF: no part of this bundle comes after

	rest   *bufio.Reader
	r      *bufio.Reader
	public ed25519.PublicKey
	head   [sha256.Size]byte
	items  int
	left   *io.LimitedReader // of the file piece handed out
}

// Item is one thing in a part.
type Item struct {
	Kind  byte
	Bytes []byte    // of all but a File; their signature is good
	Piece Piece     // of a File
	Body  io.Reader // … and its bytes, to be read before the next Next
}

// Open reads a part's header.
func Open(r io.Reader) (*Reader, error) {
	b := bufio.NewReaderSize(r, maxHeader+len(magic))
	start, err := b.Peek(len(magic))
	if err != nil || string(start) != magic {
		return nil, notABundle(fmt.Errorf("bundle: begins with %q: %w", start, err))
	}
	b.Discard(len(magic))
	line, err := b.ReadSlice('\n')
	if err != nil {
		return nil, notABundle(fmt.Errorf("bundle: header: %w", err))
	}
	p := &Reader{rest: b, head: sha256.Sum256(line)}
	if err := json.Unmarshal(line, &p.Header); err != nil {
		return nil, notABundle(fmt.Errorf("bundle: header: %w", err))
	}
	if p.Header.V > 1 {
		return nil, &record.Error{Code: record.Newer, Message: "bundle.newer"}
	}
	return p, nil
}

// Unlock opens what is in the part. public is the key of Header.From. A part
// that is encrypted to others gives record.Forbidden.
func (p *Reader) Unlock(public ed25519.PublicKey, keys ...age.Identity) error {
	if len(public) != ed25519.PublicKeySize {
		return fmt.Errorf("bundle: public key of %d bytes", len(public))
	}
	plain, err := age.Decrypt(p.rest, keys...)
	var no *age.NoIdentityMatchError
	switch {
	case errors.As(err, &no):
		return &record.Error{Code: record.Forbidden, Message: "bundle.not_for_us", Err: err}
	case err != nil:
		return notABundle(fmt.Errorf("bundle: decrypt: %w", err))
	}
	p.public, p.r = public, bufio.NewReaderSize(plain, 64<<10)
	return nil
}

// Next gives the next item, io.EOF after the last. record.Broken says that the
// part was cut off or changed; what came before stays good.
func (p *Reader) Next() (Item, error) {
	if p.left != nil {
		if _, err := io.Copy(io.Discard, p.left); err != nil || p.left.N > 0 {
			return Item{}, cutOff(err)
		}
		p.left = nil
	}
	kind, err := p.r.ReadByte()
	if err != nil {
		return Item{}, cutOff(err)
	}
	n, err := binary.ReadUvarint(p.r)
	if err != nil || n > protocol.MaxBody+protocol.MaxEnvelope {
		return Item{}, cutOff(fmt.Errorf("bundle: item of %d bytes: %w", n, err))
	}
	b, err := readUpTo(p.r, int(n))
	if err != nil {
		return Item{}, cutOff(err)
	}
	p.items++
	if kind == File {
		return p.file(b)
	}
	if len(b) < ed25519.SignatureSize || !ed25519.Verify(p.public, itemStatement(p.head, p.items, kind, b[ed25519.SignatureSize:]), b[:ed25519.SignatureSize]) {
		return Item{}, &record.Error{Code: record.Forbidden, Message: "bundle.signature", Args: map[string]any{"device": string(p.Header.From)}}
	}
	b = b[ed25519.SignatureSize:]
	if kind != end {
		return Item{Kind: kind, Bytes: b}, nil
	}
	var e ending
	if err := json.Unmarshal(b, &e); err != nil || e.Items != p.items-1 {
		return Item{}, cutOff(fmt.Errorf("bundle: %d items, %d announced: %w", p.items-1, e.Items, err))
	}
	p.Last = e.Last
	return Item{}, io.EOF
}

func (p *Reader) file(b []byte) (Item, error) {
	it := Item{Kind: File}
	x := &it.Piece
	if err := json.Unmarshal(b, x); err != nil || !x.Digest.Valid() || x.Size < 0 || x.Size > protocol.MaxFile ||
		x.Offset < 0 || x.Length < 0 || x.Offset > x.Size || x.Length > x.Size-x.Offset {
		return it, cutOff(fmt.Errorf("bundle: piece %.80q: %w", b, err))
	}
	p.left = &io.LimitedReader{R: p.r, N: x.Length}
	it.Body = body{p.left}
	return it, nil
}

// Join passes over what of a piece is here already: of its file, so many bytes
// have arrived. Offset is where what is left in Body begins; ok is false when it
// does not join on, because an earlier piece is missing, or brings nothing new.
func (it Item) Join(arrived int64) (offset int64, ok bool, err error) {
	p := it.Piece
	if arrived < p.Offset || arrived >= p.Offset+p.Length && p.Size > 0 {
		return arrived, arrived == p.Size && p.Offset+p.Length == p.Size, nil
	}
	_, err = io.CopyN(io.Discard, it.Body, arrived-p.Offset)
	return arrived, true, err
}

// body is a file piece whose end, where it comes too early, is an error for
// people.
type body struct{ left *io.LimitedReader }

func (b body) Read(p []byte) (int, error) {
	n, err := b.left.Read(p)
	switch {
	case err == nil || b.left.N == 0 && errors.Is(err, io.EOF):
		return n, err
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, cutOff(err)
}

// readUpTo reads n bytes without believing n before they come.
func readUpTo(r io.Reader, n int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(min(n, 64<<10))
	m, err := io.Copy(&b, io.LimitReader(r, int64(n)))
	if err == nil && int(m) < n {
		err = io.ErrUnexpectedEOF
	}
	return b.Bytes(), err
}

func notABundle(err error) error {
	return &record.Error{Code: record.Broken, Message: "bundle.not_one", Err: noEnd(err)}
}

func cutOff(err error) error {
	var known *record.Error
	if errors.As(err, &known) {
		return err
	}
	return &record.Error{Code: record.Broken, Message: "bundle.cut_off", Err: noEnd(err)}
}

// noEnd hides an io.EOF beneath: only the end that was signed is one.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New(err.Error())
	}
	return err
}

type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
