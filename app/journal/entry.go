package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"plumbline/app/record"
)

// Version is the entry format this program writes. Entries of later versions
// are stored and passed on, not projected.
const Version = 1

// MaxEntry is the most bytes that one entry may have: header, salt and body. A
// device writes none that is larger, because none could ever leave it.
const MaxEntry = 3 << 20

// SaltSize is the length of the random salt before each body, in bytes.
const SaltSize = 16

// Header says who changed what, when and after what. Its JSON bytes are hashed
// exactly as first written and never re-serialised; fields this version does
// not know stay in those bytes.
type Header struct {
	V         int                      `json:"v"`
	Authority string                   `json:"authority"` // whose data: the partition key
	Device    record.ID                `json:"device"`
	Epoch     string                   `json:"epoch"`             // life of the device's journal; new after a clone or restore
	Seq       int64                    `json:"seq"`               // 1, 2, 3 … within (device, epoch)
	Prev      record.Hash              `json:"prev"`              // hash of seq-1, "" for the first
	HLC       int64                    `json:"hlc"`               // hybrid clock: sorts timelines, decides nothing
	Wall      string                   `json:"wall"`              // the device's clock, RFC 3339 with zone: evidence only
	Contact   int64                    `json:"contact,omitempty"` // seconds since the server's time was last heard
	Actor     record.ID                `json:"actor,omitempty"`   // claimed; only a seal proves the person
	Kind      record.Kind              `json:"kind"`
	Record    record.ID                `json:"record"`
	Base      map[string][]record.Hash `json:"base,omitempty"` // per path, the entries whose values were seen
	Body      record.Hash              `json:"body"`           // SHA-256(salt ‖ body)
}

// Entry is a header in its exact bytes and, unless withheld or destroyed, its
// salt and body.
type Entry struct {
	Header
	Raw      []byte      // the exact header bytes
	Hash     record.Hash // SHA-256 of Raw
	Salt     []byte      // nil when the body is withheld or destroyed
	BodyJSON []byte      // nil when the body is withheld or destroyed
}

// Size gives the bytes of an entry: header, salt and body.
func (e Entry) Size() int { return len(e.Raw) + len(e.Salt) + len(e.BodyJSON) }

// Content is a body made ready to become an entry: its exact bytes, its salt
// and their digest. Making it needs nothing of the chain, so many can be made
// at once.
type Content struct {
	Salt []byte
	JSON []byte
	Hash record.Hash
}

// NewContent writes a body.
func NewContent(body record.Body) (Content, error) {
	b, err := marshal(body)
	if err != nil {
		return Content{}, fmt.Errorf("journal: write body: %w", err)
	}
	salt := make([]byte, SaltSize)
	rand.Read(salt)
	return Content{salt, b, record.HashOf(salt, b)}, nil
}

// New writes an entry after the entry that h.Prev and h.Seq name. It fills
// h.V and h.Body.
func New(h Header, c Content) (Entry, error) {
	h.V, h.Body = Version, c.Hash
	raw, err := marshal(h)
	if err != nil {
		return Entry{}, fmt.Errorf("journal: write header: %w", err)
	}
	return Entry{Header: h, Raw: raw, Hash: record.HashOf(raw), Salt: c.Salt, BodyJSON: c.JSON}, nil
}

// marshal is JSON without HTML escapes: the archive must stay readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Read parses an entry from its exact bytes and checks the body against the
// header. salt and body may be nil together: withheld or destroyed.
func Read(raw, salt, body []byte) (Entry, error) {
	e := Entry{Raw: raw, Hash: record.HashOf(raw), Salt: salt, BodyJSON: body}
	if err := json.Unmarshal(raw, &e.Header); err != nil {
		return Entry{}, broken("journal.header", fmt.Errorf("journal: read header: %w", err))
	}
	switch {
	case e.V < 1 || e.Seq < 1 || e.Device == "" || e.Epoch == "" || e.Record == "" || e.Kind == "":
		return Entry{}, broken("journal.header", fmt.Errorf("journal: header of %s lacks a field", e.Hash.Short()))
	case (e.Prev == "") != (e.Seq == 1), e.Prev != "" && !e.Prev.Valid(), !e.Header.Body.Valid():
		return Entry{}, broken("journal.header", fmt.Errorf("journal: header of %s has a malformed hash", e.Hash.Short()))
	}
	if body == nil {
		return e, nil
	}
	if got := record.HashOf(salt, body); got != e.Header.Body {
		return Entry{}, broken("journal.body", fmt.Errorf("journal: body of %s does not match its header", e.Hash.Short()))
	}
	return e, nil
}

// Withheld tells whether salt and body are not here.
func (e Entry) Withheld() bool { return e.BodyJSON == nil }

// Decode parses the body. A withheld body decodes to an empty one.
func (e Entry) Decode() (record.Body, error) {
	var b record.Body
	if e.Withheld() {
		return b, nil
	}
	if err := json.Unmarshal(e.BodyJSON, &b); err != nil {
		return b, broken("journal.body", fmt.Errorf("journal: read body of %s: %w", e.Hash.Short(), err))
	}
	return b, nil
}

// Time gives the device's clock as the entry has it, zero if unreadable.
func (e Entry) Time() time.Time {
	t, _ := time.Parse(time.RFC3339Nano, e.Wall)
	return t
}

func broken(message string, err error) error {
	return &record.Error{Code: record.Broken, Message: message, Err: err}
}
