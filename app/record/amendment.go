package record

import (
	"cmp"
	"slices"
	"strings"
)

// Amendment 补正 puts a sealed record right without touching it: what was sealed
// stays, and what it should say stands beside it, with the reason, who says so and
// who approved it. Until somebody else has approved it, it is a proposal and not
// printed.
type Amendment struct {
	ID       ID     `json:"id"`
	Item     string `json:"item,omitempty"` // item key; "" for the visit itself
	Part     string `json:"part"`           // one of AmendableParts, of the visit one of AmendableFacts
	Original string `json:"original"`       // as it was sealed, in words
	Amended  string `json:"amended"`
	Reason   string `json:"reason"`
	By       ID     `json:"by"`
	Name     string `json:"name"`
	At       string `json:"at"` // RFC 3339

	Approved  *AmendmentStep `json:"-"` // nil while it is a proposal
	Rejected  *AmendmentStep `json:"-"`
	Overruled *AmendmentStep `json:"-"` // an approval told at the same time as the rejection that counts
}

// AmendmentStep is somebody's word on a proposed amendment.
type AmendmentStep struct {
	By   ID     `json:"by"`
	Name string `json:"name"`
	At   string `json:"at"`
	Note string `json:"note,omitempty"` // why it is rejected
}

// AmendableParts of an item: the answer, the note, the facts of its finding.
var AmendableParts = []string{"value", "note", "fact"}

// AmendableFacts of the visit.
var AmendableFacts = []string{"place", "person_on_site", "person_post", "recusal", "statement", "started_at", "ended_at"}

// Open tells whether nobody has decided on it.
func (a Amendment) Open() bool { return a.Approved == nil && a.Rejected == nil }

// readAmendments reads the amendments of an inspection, as they were proposed.
func readAmendments(s State) (out []Amendment) {
	for _, p := range s.Paths("amendments/") {
		var a Amendment
		id := strings.TrimPrefix(p, "amendments/")
		if strings.Contains(id, "/") || !s.Get(p, &a) || string(a.ID) != id {
			continue
		}
		var approved, rejected AmendmentStep
		if s.Get(p+"/approved", &approved) && approved.By != a.By {
			a.Approved = &approved
		}
		if s.Get(p+"/rejected", &rejected) {
			a.Rejected, a.Overruled, a.Approved = &rejected, a.Approved, nil // of two words told at once on two laptops, the one that changes nothing
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Amendment) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Amend proposes an amendment of a sealed inspection.
func (i Inspection) Amend(a Amendment) ([]Change, error) {
	fault := func(code Code, message, field string) ([]Change, error) {
		return nil, &Error{Code: code, Message: message, Field: field, Args: map[string]any{"part": a.Part}}
	}
	parts := AmendableFacts
	if a.Item != "" {
		parts = AmendableParts
	}
	a.Amended, a.Reason = strings.TrimSpace(a.Amended), strings.TrimSpace(a.Reason)
	switch {
	case i.Sealed == nil:
		return fault(Conflict, "amendment.not_sealed", "")
	case !slices.Contains(parts, a.Part):
		return fault(Invalid, "amendment.part", "part")
	case a.Amended == "" || a.Amended == strings.TrimSpace(a.Original):
		return fault(Invalid, "amendment.same", "text")
	case a.Item == "" && !timely(a.Part, a.Amended):
		return fault(Invalid, "amendment.time", "text")
	case a.Reason == "":
		return fault(Invalid, "evidence.reason_needed", "reason")
	case a.By == "":
		return fault(Invalid, "law.by", "by")
	case len(a.Amended)+len(a.Original) > maxSlot:
		return fault(TooLarge, "amendment.large", "text")
	}
	a.ID = NewID(AmendmentType)
	c := i.state.change(Amend, i.ID, map[string]any{"amendments/" + string(a.ID): a})
	c.Reason = a.Reason
	return []Change{c}, nil
}

// DecideAmendment approves a proposed amendment, or with a note rejects it. Who
// proposed it does not decide on it.
func (i Inspection) DecideAmendment(id ID, approve bool, by AmendmentStep) ([]Change, error) {
	n := slices.IndexFunc(i.Amendments, func(a Amendment) bool { return a.ID == id })
	switch {
	case n < 0:
		return nil, &Error{Code: NotFound, Message: "amendment.not_found", Args: map[string]any{"id": id}}
	case !i.Amendments[n].Open():
		return nil, &Error{Code: Conflict, Message: "amendment.decided"}
	case by.By == "":
		return nil, &Error{Code: Invalid, Message: "law.by", Field: "by"}
	case by.By == i.Amendments[n].By:
		return nil, &Error{Code: Forbidden, Message: "amendment.own", Field: "by", Args: map[string]any{"name": by.Name}}
	case !approve && strings.TrimSpace(by.Note) == "":
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "note"}
	}
	word := "approved"
	if !approve {
		word = "rejected"
	}
	c := i.state.change(Amend, i.ID, map[string]any{"amendments/" + string(id) + "/" + word: by})
	c.Reason = by.Note
	return []Change{c}, nil
}
