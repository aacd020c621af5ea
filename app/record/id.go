package record

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// ID names a record for ever. Its prefix tells the type: org_, person_, insp_,
// find_, ev_, list_, doc_, paper_, plan_, destr_,
// step_, cal_, limit_, law_, proc_, compl_, scan_, blank_, amend_, dev_. The rest is 26 characters of
// lower-case base32: 128 bits, random or derived.
type ID string

// Type is the kind of record an ID names.
type Type string

const (
	OrganizationType Type = "org"
	PersonType       Type = "person" // inspectors and other staff
	InspectionType   Type = "insp"
	FindingType      Type = "find"
	EvidenceType     Type = "ev"
	ChecklistType    Type = "list"
	DocumentType     Type = "doc"   // a printed PDF
	PaperType        Type = "paper" // a document 文书 on its way through the office
	PlanType         Type = "plan"  // a plan of inspections and its draw
	DestructionType  Type = "destr"
	CalendarType     Type = "cal"   // a year of holidays
	StepType         Type = "step"  // something done about a finding
	LimitType        Type = "limit" // a figure of law, such as days to object
	LawType          Type = "law"   // an edition of a law in the authority's library
	ProcedureType    Type = "proc"  // what the office decides about an inspection
	ComplaintType    Type = "compl" // a complaint or report
	ScanType         Type = "scan"  // a file that came back from paper
	BlankType        Type = "blank" // pre-stamped blank forms booked out
	AmendmentType    Type = "amend" // of a sealed record
	DeviceType       Type = "dev"
)

var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID gives a random identity of type t.
func NewID(t Type) ID {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return ID(string(t) + "_" + encoding.EncodeToString(b[:]))
}

// DerivedID gives the same identity for the same parts on every device, so that
// two laptops which meet the same organization or the same item of one
// inspection write to one record.
func DerivedID(t Type, parts ...string) ID {
	sum := sha256.Sum256([]byte("plumbline/" + string(t) + "\x00" + strings.Join(parts, "\x00")))
	return ID(string(t) + "_" + encoding.EncodeToString(sum[:16]))
}

// Type tells what kind of record the ID names, "" if it has no prefix.
func (id ID) Type() Type {
	t, _, ok := strings.Cut(string(id), "_")
	if !ok {
		return ""
	}
	return Type(t)
}

// Hash is a digest with its algorithm, such as "sha256:9f86…". The tag leaves
// room for "sm3:".
type Hash string

const hex = "0123456789abcdef"

// HashOf gives the tagged SHA-256 digest of the parts in order.
func HashOf(parts ...[]byte) Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	var sum [32]byte
	return HashFrom(h.Sum(sum[:0]))
}

// HashFrom tags a raw SHA-256 digest.
func HashFrom(sum []byte) Hash {
	var b [7 + 64]byte
	copy(b[:], "sha256:")
	for i, c := range sum[:32] {
		b[7+2*i], b[8+2*i] = hex[c>>4], hex[c&15]
	}
	return Hash(b[:])
}

// Valid tells whether h has the form of a digest this version understands.
func (h Hash) Valid() bool {
	s, ok := strings.CutPrefix(string(h), "sha256:")
	if !ok || len(s) != 64 {
		return false
	}
	return strings.Trim(s, hex) == ""
}

// Short gives the first twelve digits, for people.
func (h Hash) Short() string {
	_, s, _ := strings.Cut(string(h), ":")
	if len(s) > 12 {
		s = s[:12]
	}
	return s
}
