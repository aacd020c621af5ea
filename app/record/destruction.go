package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Why something is destroyed. Anything else has to be explained in Note.
const (
	ForClassified = "classified"  // 涉密: a state secret never belongs in here
	ForMinor      = "minor"       // 未成年人
	ForThirdParty = "third_party" // 无关第三人
	ForOther      = "other"       // 其他违法内容
)

// Destruction is the one way in which something recorded leaves the journal:
// content that the law forbids to keep (classified, of minors, of third
// parties) is destroyed everywhere after two persons approved. What stays is
// the digest of what was there, the reason and who approved. The body of an
// entry loses its key, and Stand takes its place; a file loses its key too.
type Destruction struct {
	ID         ID
	Request    DestructionRequest
	Content    []byte // the exact bytes of the request that both sign
	Key        string // id of the key of the person who asks
	Proof      []byte // that person's signature of Content
	Approval   *DestructionApproval
	Rejected   string // the reason, when a second person said no; an approval counts all the same
	RejectedBy ID
}

// DestructionRequest is what one person asks for.
type DestructionRequest struct {
	Version    int              `json:"v"`
	Inspection ID               `json:"inspection"`
	Reason     string           `json:"reason"` // ForClassified, ForMinor, ForThirdParty or ForOther
	Note       string           `json:"note,omitempty"`
	Entries    []DestroyedEntry `json:"entries,omitempty"`
	Files      []Hash           `json:"files,omitempty"`
	Person     ID               `json:"person"`
	At         string           `json:"at"` // RFC 3339
}

// DestroyedEntry names an entry whose body goes. Stand is what counts in its
// place: null at the paths that are emptied, and what the body said elsewhere.
type DestroyedEntry struct {
	Record ID                         `json:"record"`
	Entry  Hash                       `json:"entry"`
	Stand  map[string]json.RawMessage `json:"stand"`
}

// DestructionApproval is the second person's word.
type DestructionApproval struct {
	Person ID     `json:"person"`
	At     string `json:"at"` // RFC 3339
	Key    string `json:"key"`
	Proof  []byte `json:"proof"`
}

// RequestStatement gives the exact bytes that the person who asks signs.
func (d Destruction) RequestStatement() []byte {
	return []byte("plumbline destruction request 1\n" + string(d.ID) + "\n" + string(HashOf(d.Content)) + "\n")
}

// ApprovalStatement gives the exact bytes that the second person signs.
func (d Destruction) ApprovalStatement(a DestructionApproval) []byte {
	return []byte("plumbline destruction approval 1\n" + string(d.ID) + "\n" + string(HashOf(d.Content)) + "\n" + string(a.Person) + "\n" + a.At + "\n")
}

// requestValue is what stands at the path "request".
type requestValue struct {
	Content []byte `json:"content"`
	Key     string `json:"key"`
	Proof   []byte `json:"proof"`
}

// DestructionOf reads a destruction from its record's state; false when the
// request has not come yet or cannot be read.
func DestructionOf(id ID, s State) (Destruction, bool) {
	d := Destruction{ID: id}
	var q requestValue
	if !s.Get("request", &q) || json.Unmarshal(q.Content, &d.Request) != nil || d.Request.Version != 1 {
		return d, false
	}
	d.Content, d.Key, d.Proof = q.Content, q.Key, q.Proof
	var a DestructionApproval
	if s.Get("approval", &a) {
		d.Approval = &a
	}
	var no struct {
		Reason string `json:"reason"`
		Person ID     `json:"person"`
	}
	if s.Get("rejection", &no) {
		d.Rejected, d.RejectedBy = no.Reason, no.Person
	}
	return d, true
}

// Destroyable tells which kinds of entries may lose their bodies: not those
// that hold others together or say what was refused or destroyed.
func (k Kind) Destroyable() bool { return k.Known() && k != Seal && k != Refuse && k != Destroy }

// Check tells why a request cannot be made, nil if it can.
func (q DestructionRequest) Check() error {
	switch {
	case !slices.Contains([]string{ForClassified, ForMinor, ForThirdParty, ForOther}, q.Reason):
		return &Error{Code: Invalid, Message: "destruction.reason", Field: "reason", Args: map[string]any{"reason": q.Reason}}
	case q.Reason == ForOther && strings.TrimSpace(q.Note) == "":
		return &Error{Code: Invalid, Message: "destruction.explain", Field: "note"}
	case len(q.Entries) == 0 && len(q.Files) == 0:
		return &Error{Code: Invalid, Message: "destruction.nothing"}
	}
	return nil
}

// Frozen tells why nothing of an inspection may be destroyed, nil if it may: while
// a reconsideration or a lawsuit runs all stays as evidence. A state secret goes
// all the same: keeping it is an offence of its own.
func (q DestructionRequest) Frozen(p Procedure) error {
	if p.Challenged() && q.Reason != ForClassified {
		return &Error{Code: Forbidden, Message: "destroy.challenged", Field: "reason"}
	}
	return nil
}

// NewDestruction asks for a destruction. sign signs with the asking person's
// key and names it.
func NewDestruction(q DestructionRequest, sign func(statement []byte) (proof []byte, key string)) (Destruction, []Change, error) {
	d := Destruction{ID: NewID(DestructionType)}
	q.Version, q.Note = 1, strings.TrimSpace(q.Note)
	if err := q.Check(); err != nil {
		return d, nil, err
	}
	var err error
	if d.Content, err = json.Marshal(q); err != nil {
		return d, nil, fmt.Errorf("record: write destruction: %w", err)
	}
	d.Request = q
	d.Proof, d.Key = sign(d.RequestStatement())
	return d, []Change{{Kind: Create, Record: d.ID, Set: map[string]any{"request": requestValue{d.Content, d.Key, d.Proof}}}}, nil
}

// Approve is the second person's yes, after which nothing brings the content
// back.
func (d Destruction) Approve(person ID, at string, sign func(statement []byte) (proof []byte, key string)) ([]Change, error) {
	if err := d.open(person); err != nil {
		return nil, err
	}
	a := DestructionApproval{Person: person, At: at}
	a.Proof, a.Key = sign(d.ApprovalStatement(a))
	return []Change{{Kind: Destroy, Record: d.ID, Set: map[string]any{"approval": a}}}, nil
}

// Reject is a second person's no, with the reason; or the first one's, who
// takes the request back.
func (d Destruction) Reject(person ID, reason string) ([]Change, error) {
	if d.Approval != nil {
		return nil, &Error{Code: Conflict, Message: "destruction.decided"}
	}
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	return []Change{{Kind: Set, Record: d.ID, Set: map[string]any{"rejection": map[string]any{"reason": reason, "person": person}}, Reason: reason}}, nil
}

func (d Destruction) open(person ID) error {
	switch {
	case d.Approval != nil || d.Rejected != "":
		return &Error{Code: Conflict, Message: "destruction.decided"}
	case person == d.Request.Person:
		return &Error{Code: Forbidden, Message: "destruction.two_persons"}
	}
	return nil
}
