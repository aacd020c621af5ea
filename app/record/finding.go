package record

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
	Told      FindingState = "told"        // in the sealed record: the organization may object
	Confirmed FindingState = "confirmed"   // 已认定: accepted, or the objection was dismissed
	Objected  FindingState = "objected"    // the organization objects: an answer is due
	OnTheSpot FindingState = "on_the_spot" // put right before the inspectors left
	Ordered   FindingState = "ordered"     // rectification ordered; the deadline runs once served
	Reported  FindingState = "reported"    // the organization says it is put right: re-inspection due
	PartlyPut FindingState = "partly"      // put right in part: a new deadline runs once served
	Failed    FindingState = "failed"      // not put right in time
	Closed    FindingState = "closed"
	Referred  FindingState = "referred" // 移送: another authority's matter, or a case
	Carried   FindingState = "carried"  // a later inspection's finding takes it further
	Dropped   FindingState = "withdrawn"
)

// FindingStates lists all states, in the order of a finding's life.
var FindingStates = []FindingState{Observed, Told, Confirmed, Objected, OnTheSpot, Ordered, Reported, PartlyPut, Failed, Closed, Referred, Carried, Dropped}

// Open tells whether there is still something to do about the finding.
func (s FindingState) Open() bool {
	switch s {
	case OnTheSpot, Closed, Referred, Carried, Dropped:
		return false
	}
	return true
}

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
	Due          string       `json:"due,omitempty"`           // YYYY-MM-DD, the last day; "" without proof of service
	State        FindingState `json:"state"`
	Sensitive    bool         `json:"sensitive,omitempty"`
	Penalty      bool         `json:"may_refer_to_penalty_case,omitempty"`
	Credit       string       `json:"credit_consequence,omitempty"` // abnormal | serious
	Authority    Text         `json:"competent_authority,omitzero"` // another authority's matter: refer, never order
	ObservedOn   string       `json:"observed_on,omitempty"`        // YYYY-MM-DD

	Progress *FindingProgress `json:"progress,omitempty"` // what was done about it since; nil when nothing was
}

// FindingID gives the identity of the finding for an item of an inspection,
// the same on every laptop of the team.
func FindingID(inspection ID, item, repeat string) ID {
	return DerivedID(FindingType, string(inspection), item, repeat)
}
