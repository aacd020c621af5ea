package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// The versions of the protocol this program speaks.
const (
	MinVersion = 1
	Version    = 1
)

// Limits of version 1. A server may be stricter and says so in Welcome.
const (
	MaxEntries  = 500      // entries in one push
	MaxBody     = 2 << 20  // bytes of one message as it travels
	MaxPlain    = 16 << 20 // bytes of its frames once decompressed
	MaxEnvelope = 1 << 20  // bytes of its JSON
	MaxPiece    = 4 << 20  // bytes of one piece of a file
	MaxEntry    = journal.MaxEntry
	MaxFile     = 1 << 30  // bytes of one file
	MaxHave     = 1000     // digests in one question
	MaxJSON     = 64 << 10 // bytes of any other request
)

// FictionalRegion begins the codes of authorities that do not exist: GB/T 2260
// has no region 99. A server for samples serves only those, and a folder with
// sample data enrols under no other.
const FictionalRegion = "99"

// MediaType is the content type of a message.
const MediaType = "application/vnd.plumbline"

// Paths of the endpoints.
const (
	PathEnrol  = "/v1/enrol"
	PathToken  = "/v1/token"
	PathHello  = "/v1/hello"
	PathPush   = "/v1/push"
	PathPull   = "/v1/pull"
	PathSync   = "/v1/sync"
	PathHave   = "/v1/files/have"
	PathFile   = "/v1/files/" // and the digest
	PathBundle = "/v1/bundle"
)

// QueryInspection names, after PathFile, the inspection for whose sake a device
// asks for a file.
const QueryInspection = "inspection"

// Headers of the file endpoints.
const (
	HeaderOffset = "Upload-Offset"
	HeaderLength = "Upload-Length"
	HeaderBundle = "Plumbline-Bundle" // base64 of the JSON of BundleAnswer, beside the answer part
)

// Point is a place in a chain: the head of somebody's copy of it.
type Point struct {
	Device record.ID   `json:"device,omitempty"` // empty: the device that speaks
	Epoch  string      `json:"epoch"`
	Seq    int64       `json:"seq"`
	Hash   record.Hash `json:"hash,omitempty"` // empty before the first entry
}

// Head gives the place without the chain.
func (p Point) Head() journal.Head { return journal.Head{Seq: p.Seq, Hash: p.Hash} }

// Chain names the chain.
func (p Point) Chain() journal.Chain { return journal.Chain{Device: p.Device, Epoch: p.Epoch} }

// At makes a Point.
func At(c journal.Chain, h journal.Head) Point { return Point{c.Device, c.Epoch, h.Seq, h.Hash} }

// SignedHead is a device's word on its chain up to and including Seq.
// Certificate says whose key that is, for those who may not know the device.
type SignedHead struct {
	Point
	Signature   []byte       `json:"signature"`
	Certificate *Certificate `json:"certificate,omitempty"`
}

// Cursor is how far somebody has pulled the server's feed. Feed is opaque to
// all but the server; it is given back as it came.
type Cursor struct {
	Feed string `json:"feed,omitempty"`
	Pos  int64  `json:"pos"`
}

// Request is what a device asks in one message: any of the three parts.
type Request struct {
	Hello *Hello `json:"hello,omitempty"`
	Push  *Push  `json:"push,omitempty"`
	Pull  *Pull  `json:"pull,omitempty"`
}

// Answer answers the parts of a Request, in the same order. Time is the
// server's clock in Unix milliseconds.
type Answer struct {
	Hello *Welcome `json:"hello,omitempty"`
	Push  *Pushed  `json:"push,omitempty"`
	Pull  *Pulled  `json:"pull,omitempty"`
	Time  int64    `json:"time"`
}

// Hello says what the device speaks and how far its journals reach.
type Hello struct {
	Min   int     `json:"min"`
	Max   int     `json:"max"`
	App   string  `json:"app,omitempty"` // program and version, for the server's log
	Heads []Point `json:"heads"`
	// Directory is the tag of the directory the device has; absent where it
	// wants none.
	Directory *string `json:"directory,omitempty"`
}

// Welcome is the answer to Hello. Watermarks say, for each head of the Hello,
// up to where the server holds that chain without a gap, on its disk.
type Welcome struct {
	Version    int         `json:"version"`
	Server     record.ID   `json:"server"`
	Feed       string      `json:"feed"` // changes when the server was restored
	Watermarks []Watermark `json:"watermarks"`
	Limits     *Limits     `json:"limits,omitempty"`    // where they differ from version 1's
	Directory  *Directory  `json:"directory,omitempty"` // when the device's is another
}

// Directory is whom a device may write bundles to.
type Directory struct {
	Tag      string        `json:"tag"`
	Devices  []Certificate `json:"devices"`            // of the authority, none revoked
	Recovery []string      `json:"recovery,omitempty"` // age recipients of the authority's recovery keys
}

// Watermark is up to where the server holds a chain. Forked says that another
// entry stands there at the head that the device told.
type Watermark struct {
	Point
	Forked bool `json:"forked,omitempty"`
}

// Limits of one server.
type Limits struct {
	Entries int   `json:"entries,omitempty"`
	Body    int64 `json:"body,omitempty"`
	File    int64 `json:"file,omitempty"`
}

// Push carries entries as the message's frames. Heads name, for each chain
// among them, its last entry in this message, signed by the chain's device.
type Push struct {
	Heads []SignedHead `json:"heads"`
}

// Pushed says what became of the entries. Everything that is not refused is on
// the server's disk and in its tables; what is refused is on its disk as well.
type Pushed struct {
	Watermarks []Point   `json:"watermarks"`
	Stored     int       `json:"stored"`
	Known      int       `json:"known,omitempty"` // were there already, byte for byte
	Refused    []Refusal `json:"refused,omitempty"`
	Gap        bool      `json:"gap,omitempty"`    // entries before these are missing at the server: begin at the watermark
	Forked     bool      `json:"forked,omitempty"` // another entry stands at one of these places
}

// Refusal is one entry that went to quarantine.
type Refusal struct {
	Point
	Code    record.Code    `json:"code"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
}

// Pull asks for entries after a cursor.
type Pull struct {
	Cursor  Cursor  `json:"cursor"`
	Heads   []Point `json:"heads,omitempty"`   // own chains up to here are not sent back; those of Hello when absent
	Entries int     `json:"entries,omitempty"` // at most that many
	Bytes   int     `json:"bytes,omitempty"`   // about that many before compression
}

// Pulled goes with entries as the message's frames.
type Pulled struct {
	Cursor Cursor       `json:"cursor"`
	More   bool         `json:"more,omitempty"` // the feed goes on
	Anew   bool         `json:"anew,omitempty"` // the cursor was not of this feed: it began again at 0
	Tip    int64        `json:"tip,omitempty"`  // with More: where the feed ends, for showing progress
	Heads  []SignedHead `json:"heads,omitempty"`
}

// HaveRequest asks which of many files the server lacks.
type HaveRequest struct {
	Files []record.Hash `json:"files"`
}

// HaveAnswer lists those it lacks. All others are durable there.
type HaveAnswer struct {
	Missing []MissingFile `json:"missing"`
	Asked   []record.Hash `json:"asked,omitempty"` // in a bundle: what was asked, because the question is elsewhere
	Of      string        `json:"of,omitempty"`    // ListOf what was asked: silence about a file is a receipt, so it must answer this question
	Time    int64         `json:"time"`
}

// ListOf names a list of files: the first 32 hex digits of SHA-256 over the
// digests, each with a line feed after it.
func ListOf(files []record.Hash) string {
	h := sha256.New()
	for _, d := range files {
		io.WriteString(h, string(d)+"\n")
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// MissingFile is a file the server lacks, and how many bytes of it arrived.
type MissingFile struct {
	Digest record.Hash `json:"digest"`
	Offset int64       `json:"offset"`
}

// FileAnswer answers a piece. Receipt is the server's word that the whole file
// is durable there, its clock in Unix milliseconds; 0 while pieces are missing.
type FileAnswer struct {
	Offset  int64 `json:"offset"`
	Receipt int64 `json:"receipt,omitempty"`
}

// BundleAnswer says to whoever carried a part what it brought.
type BundleAnswer struct {
	Name    string `json:"name"` // of the laptop that wrote it
	Stored  int    `json:"stored"`
	Refused int    `json:"refused,omitempty"`
	Files   int    `json:"files"`
	Last    bool   `json:"last"`
}

// EnrolRequest brings a device to the server.
type EnrolRequest struct {
	Code   string    `json:"code"`
	Device record.ID `json:"device"`
	Public []byte    `json:"public"` // Ed25519
	Name   string    `json:"name,omitempty"`
	Proof  []byte    `json:"proof"`           // signature of EnrolStatement
	Above  bool      `json:"above,omitempty"` // a server asks, to pull from this one
}

// EnrolAnswer is what the device keeps.
type EnrolAnswer struct {
	Server      record.ID   `json:"server"`
	ServerKey   []byte      `json:"server_key"` // Ed25519; pinned from now on
	Authority   string      `json:"authority"`
	Certificate Certificate `json:"certificate"`
	Time        int64       `json:"time"`
}

// TokenRequest asks for a bearer token: without Challenge for a challenge,
// then with the challenge signed.
type TokenRequest struct {
	Device      record.ID    `json:"device"`
	Nonce       []byte       `json:"nonce,omitempty"` // 16 random bytes for the server to sign
	Challenge   string       `json:"challenge,omitempty"`
	Signature   []byte       `json:"signature,omitempty"`   // of TokenStatement
	Certificate *Certificate `json:"certificate,omitempty"` // lets a server restored from an old backup know the device
}

// TokenAnswer holds a challenge or a token.
type TokenAnswer struct {
	Challenge string `json:"challenge,omitempty"`
	Token     string `json:"token,omitempty"`
	Expires   int64  `json:"expires,omitempty"` // Unix milliseconds, the server's clock
	Proof     []byte `json:"proof,omitempty"`   // the server's signature of ServerStatement
	Time      int64  `json:"time"`
}

// Fault is the body of every answer that is not 2xx.
type Fault struct {
	Code    record.Code    `json:"code"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
}
