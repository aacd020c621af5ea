package record

import "encoding/json"

// Kind says what a change does. Kinds this version does not know are stored
// and passed on.
type Kind string

const (
	Create     Kind = "create"     // a new record with its first values
	Set        Kind = "set"        // values at paths
	Unset      Kind = "unset"      // paths emptied
	Attach     Kind = "attach"     // evidence hung on an item
	Detach     Kind = "detach"     // evidence taken off, with a reason
	Transition Kind = "transition" // the state moves on
	Sign       Kind = "sign"       // somebody signed or refused to
	Seal       Kind = "seal"       // the inspection is closed for changes
	Amend      Kind = "amend"      // a change after the seal
	Assign     Kind = "assign"     // who does it
	Comment    Kind = "comment"
	Resolve    Kind = "resolve"  // a conflict settled by a person
	Withdraw   Kind = "withdraw" // stays, but counts no more
	Refuse     Kind = "refuse"   // the server would not take an entry
	Destroy    Kind = "destroy"  // a second person approves a Destruction
)

// Known tells whether this version knows how to project kind k.
func (k Kind) Known() bool {
	switch k {
	case Create, Set, Unset, Attach, Detach, Transition, Sign, Seal, Amend, Assign, Comment, Resolve, Withdraw, Refuse, Destroy:
		return true
	}
	return false
}

// Change is one decision of a rule, ready to become one journal entry. Set
// maps a path to its new value (JSON; null empties the path); Base names, for
// each path that had a value, the entries whose values the editor saw.
//
// Paths are slash-separated; items go by the checklist node's uid and elements
// of lists by their ids, never by position: "items/k3v9/value".
type Change struct {
	Kind   Kind
	Record ID
	Set    map[string]any
	Base   map[string][]Hash
	Reason string
}

// Body is what an entry says, apart from who and when. Its JSON is written
// once and never re-serialised. More keeps what this version does not know.
type Body struct {
	Set    map[string]json.RawMessage `json:"set,omitempty"`
	Reason string                     `json:"reason,omitempty"`
	Seal   *SealBody                  `json:"seal,omitempty"`
	Refuse *Refusal                   `json:"refuse,omitempty"`
}

// Refusal is the server's word that it will not take an entry into its tables,
// and why. The entry stays, in quarantine, on both sides.
type Refusal struct {
	Entry   Hash           `json:"entry"`
	Device  ID             `json:"device"`
	Epoch   string         `json:"epoch"`
	Seq     int64          `json:"seq"`
	Code    Code           `json:"code"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
}
