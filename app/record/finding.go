package record

import "time"

// Severity grades a finding. Info never makes one.
type Severity string

const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
	Info     Severity = "info"
)

// FindingState is where a finding stands.
type FindingState string

const (
	Observed  FindingState = "observed"    // seen, the inspection is not sealed
	Told      FindingState = "told"        // in the sealed record
	OnTheSpot FindingState = "on_the_spot" // put right before the inspectors left
	Ordered   FindingState = "ordered"     // rectification ordered
	Closed    FindingState = "closed"
	PartlyPut FindingState = "partly"
	Failed    FindingState = "failed"
	Dropped   FindingState = "withdrawn"
)

// Finding is one way in which an organization fell short at one inspection.
// Everything it rests on is pinned: text, provisions with edition, deadline.
type Finding struct {
	ID           ID           `json:"id"`
	Inspection   ID           `json:"inspection"`
	Organization ID           `json:"organization"`
	Item         string       `json:"item"`           // uid
	Repeat       string       `json:"repeat"`         // id of the element repeated over, "" if none
	Code         string       `json:"code"`           // item code as printed
	Title        Text         `json:"title"`          // the item's text
	Fact         string       `json:"fact,omitempty"` // what was found, in the inspector's words
	Severity     Severity     `json:"severity"`
	Partly       bool         `json:"partly,omitempty"`
	Citations    []Citation   `json:"citations,omitempty"`
	Action       Text         `json:"action,omitzero"`
	DeadlineDays int          `json:"deadline_days,omitempty"` // counted from service; 0 = none set
	Due          string       `json:"due,omitempty"`           // YYYY-MM-DD once served
	State        FindingState `json:"state"`
	Sensitive    bool         `json:"sensitive,omitempty"`
	Penalty      bool         `json:"may_refer_to_penalty_case,omitempty"`
	Credit       string       `json:"credit_consequence,omitempty"` // abnormal | serious
	Authority    Text         `json:"competent_authority,omitzero"` // another authority's matter: refer, never order
	ObservedOn   string       `json:"observed_on,omitempty"`        // YYYY-MM-DD
}

// FindingID gives the identity of the finding for an item of an inspection,
// the same on every laptop of the team.
func FindingID(inspection ID, item, repeat string) ID {
	return DerivedID(FindingType, string(inspection), item, repeat)
}

// DueFrom gives the day by which a finding must be put right when the order
// was served on the given day: n calendar days after it, the day of service
// not counted. ok is false where no deadline is set: without proof of service
// nothing is due.
func (f Finding) DueFrom(served time.Time) (due string, ok bool) {
	if f.DeadlineDays <= 0 {
		return "", false
	}
	return served.AddDate(0, 0, f.DeadlineDays).Format(time.DateOnly), true
}
