package record

import "strings"

// Retirement says that a version of a checklist is not offered any more 停用: by
// whom, when and why. The version itself never changes; inspections that began
// with it stay on it.
type Retirement struct {
	By     ID     `json:"by"`
	Name   string `json:"name"`
	At     string `json:"at"` // RFC 3339
	Reason string `json:"reason"`
}

// ChecklistID gives the identity of a checklist's version, by the digest of its
// content, built in or not.
func ChecklistID(digest Hash) ID { return DerivedID(ChecklistType, string(digest)) }

// RetirementOf reads from a checklist's state whether it is retired, nil if not.
func RetirementOf(s State) *Retirement {
	var r Retirement
	if !s.Get("retired", &r) || r.By == "" {
		return nil
	}
	return &r
}

// RetireChecklist takes a version out of what is offered.
func RetireChecklist(s State, digest Hash, r Retirement) (Change, error) {
	switch {
	case strings.TrimSpace(r.Reason) == "":
		return Change{}, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	case RetirementOf(s) != nil:
		return Change{}, &Error{Code: Conflict, Message: "checklist.retired_already"}
	}
	c := s.change(Set, ChecklistID(digest), map[string]any{"retired": r})
	c.Reason = r.Reason
	return c, nil
}

// OfferChecklist offers a retired version again.
func OfferChecklist(s State, digest Hash, reason string) (Change, error) {
	switch {
	case strings.TrimSpace(reason) == "":
		return Change{}, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	case RetirementOf(s) == nil:
		return Change{}, &Error{Code: Conflict, Message: "checklist.not_retired"}
	}
	c := s.change(Set, ChecklistID(digest), map[string]any{"retired": nil})
	c.Reason = reason
	return c, nil
}
