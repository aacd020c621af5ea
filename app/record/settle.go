package record

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// freeText are parts of an inspection whose conflict a person may settle with words
// of their own: both laptops' notes in one. Everywhere else one of the two values
// stands.
func freeText(path string) bool {
	if slices.Contains([]string{"place", "person_on_site", "person_post", "recusal", "statement"}, path) {
		return true
	}
	rest, ok := strings.CutPrefix(path, "items/")
	if !ok {
		return false
	}
	_, field, _ := strings.Cut(rest, "/")
	return slices.Contains([]string{"value", "seen", "note", "reason", "fact"}, field) || strings.HasPrefix(field, "inputs/")
}

// Settle tells why a conflict cannot be settled so, nil if it can: with a value that
// nobody wrote, or by somebody who may not take the step that would win. c is the
// conflict's cell.
func Settle(id ID, path string, c Cell, value json.RawMessage) error {
	if id.Type() == InspectionType && freeText(path) {
		return nil
	}
	for _, w := range c.Heads {
		if sameJSON(w.Value, value) {
			return nil
		}
	}
	return &Error{Code: Invalid, Message: "conflict.other_value", Field: "value"}
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// SettleStage tells why a person may not settle on which stage a procedure stands,
// nil if they may: whoever could not have taken the step that wins does not let it
// win either.
func (p Procedure) SettleStage(to Stage, by ID, inTeam bool) *Error {
	for n := len(p.Steps) - 1; n >= 0; n-- {
		x := p.Steps[n]
		if x.To != to || x.From == to {
			continue
		}
		judges := procedureWays[x.Act].who == TakenOutside
		if judges && (inTeam || p.grantsOwn(ProcedureStep{Act: x.Act, Of: x.Of, By: by})) {
			return &Error{Code: Forbidden, Message: "conflict.not_yours", Field: "by"}
		}
		return nil
	}
	return &Error{Code: Invalid, Message: "conflict.other_value", Field: "value"}
}

// SettleState is SettleStage of a complaint.
func (c Complaint) SettleState(to ComplaintState, by ID) *Error {
	for n := len(c.Steps) - 1; n >= 0; n-- {
		if x := c.Steps[n]; x.To == to && x.From != to {
			if x.Act == DeclineComplaint && by == c.By {
				return &Error{Code: Forbidden, Message: "conflict.not_yours", Field: "by"}
			}
			return nil
		}
	}
	return &Error{Code: Invalid, Message: "conflict.other_value", Field: "value"}
}
