package record

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"
)

// InspectionState is where an inspection stands.
type InspectionState string

const (
	Planned   InspectionState = "planned"
	OnSite    InspectionState = "onsite"
	SealedNow InspectionState = "sealed" // signed and sealed: amendments only
	Cancelled InspectionState = "cancelled"
)

// ChecklistRef pins a checklist version by the digest of its bytes.
type ChecklistRef struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  Hash   `json:"digest"`
}

// Member is one of the team, with the certificate as it was at assignment.
type Member struct {
	Person      ID     `json:"person"`
	Name        string `json:"name"`
	Certificate string `json:"certificate"`
	Role        string `json:"role"`
	ValidTo     string `json:"valid_to,omitempty"`
}

// Values an item of type conformity can take.
const (
	Conform       = "conform"        // 未发现问题
	Nonconform    = "nonconform"     // 存在问题
	Partly        = "partly"         // 部分整改
	NotApplicable = "not_applicable" // 不涉及
	NotChecked    = "not_checked"    // 未检查
)

// ItemKey names an item and, for one that repeats, the element repeated over.
func ItemKey(uid, repeat string) string {
	if repeat == "" {
		return uid
	}
	return uid + "@" + repeat
}

// SplitItemKey undoes ItemKey.
func SplitItemKey(key string) (uid, repeat string) {
	uid, repeat, _ = strings.Cut(key, "@")
	return uid, repeat
}

// Answer is what was found for one item. Value is a JSON string, number, list
// of strings or null; Seen is the value seen on site for a match item; Inputs
// are the figures a ratio is computed from; Reason says why a required photo
// is missing; Fact words the finding, Severity and DeadlineDays override the
// checklist's.
type Answer struct {
	Value        json.RawMessage   `json:"value,omitempty"`
	Seen         string            `json:"seen,omitempty"`
	Note         string            `json:"note,omitempty"`
	Reason       string            `json:"reason,omitempty"`
	Inputs       map[string]string `json:"inputs,omitempty"`
	Fact         string            `json:"fact,omitempty"`
	Severity     Severity          `json:"severity,omitempty"`
	DeadlineDays *int              `json:"deadline_days,omitempty"`
	OnTheSpot    bool              `json:"on_the_spot,omitempty"` // put right before the inspectors left
	TypedBy      ID                `json:"typed_by,omitempty"`    // who typed it in from a paper pack, "" for an answer given at the laptop
	Conflict     bool              `json:"-"`
}

// Text gives the value as a string when it is one.
func (a Answer) Text() string {
	var s string
	if json.Unmarshal(a.Value, &s) != nil {
		return ""
	}
	return s
}

// Empty tells whether nothing was answered yet; a note alone is no answer.
func (a Answer) Empty() bool {
	v := string(a.Value)
	return (v == "" || v == "null" || v == `""`) && a.Seen == "" && len(a.Inputs) == 0
}

// Inspection is one visit to one organization: a view of its State.
type Inspection struct {
	ID           ID
	State        InspectionState
	Organization Organization // as the register had it when the inspection was made
	Checklist    ChecklistRef
	Kind         string // random_regular, targeted …
	Number       string // internal record number
	Plan         ID     // that drew it, "" for none
	PlannedOn    string // YYYY-MM-DD
	Team         []Member
	Place        string
	PersonOnSite string // who received the inspectors
	PersonPost   string
	StartedAt    string // RFC 3339
	EndedAt      string
	ShownPapers  bool   // certificates and notice were shown 出示证件
	ToldRights   bool   // rights told, recusal asked
	Recusal      string // the answer to it; "" none asked for
	Statement    string // what the organization says to it
	Answers      map[string]Answer
	Evidence     []Evidence
	Signatures   []Signature
	Sealed       *SealBody
	Conflicts    []string // paths

	Transcriptions []Transcription // of a paper pack
	Amendments     []Amendment     // of the sealed record, as they were proposed

	Late  int // entries the seal had not seen
	Newer int // entries that only a newer program can read

	state State
}

// InspectionOf reads an inspection from its state.
func InspectionOf(id ID, s State) Inspection {
	i := Inspection{ID: id, State: Planned, Answers: map[string]Answer{}, Conflicts: s.Conflicts(), state: s}
	s.Get("state", &i.State)
	s.Get("organization", &i.Organization)
	s.Get("checklist", &i.Checklist)
	s.Get("kind", &i.Kind)
	s.Get("number", &i.Number)
	s.Get("plan", &i.Plan)
	s.Get("planned_on", &i.PlannedOn)
	s.Get("place", &i.Place)
	s.Get("person_on_site", &i.PersonOnSite)
	s.Get("person_post", &i.PersonPost)
	s.Get("started_at", &i.StartedAt)
	s.Get("ended_at", &i.EndedAt)
	s.Get("shown_papers", &i.ShownPapers)
	s.Get("told_rights", &i.ToldRights)
	s.Get("recusal", &i.Recusal)
	s.Get("statement", &i.Statement)
	i.Amendments = readAmendments(s)
	var seal SealBody
	if s.Get("seal", &seal) {
		i.Sealed = &seal
	}
	for _, p := range s.Paths("") {
		head, rest, _ := strings.Cut(p, "/")
		switch head {
		case "team":
			var m Member
			if s.Get(p, &m) {
				i.Team = append(i.Team, m)
			}
		case "evidence":
			var e Evidence
			if s.Get(p, &e) {
				i.Evidence = append(i.Evidence, e)
			}
		case "signatures":
			var g Signature
			if s.Get(p, &g) {
				i.Signatures = append(i.Signatures, g)
			}
		case "transcriptions":
			i.readTranscription(p, s)
		case "items":
			i.readAnswer(rest, s[p])
		}
	}
	sort.SliceStable(i.Team, func(a, b int) bool { return i.Team[a].Role == RoleLeader && i.Team[b].Role != RoleLeader })
	sort.SliceStable(i.Evidence, func(a, b int) bool { return i.Evidence[a].AddedAt < i.Evidence[b].AddedAt })
	sort.SliceStable(i.Signatures, func(a, b int) bool { return i.Signatures[a].At < i.Signatures[b].At })
	return i
}

func (i *Inspection) readAnswer(path string, c *Cell) {
	key, field, ok := strings.Cut(path, "/")
	if !ok {
		return
	}
	w, ok := c.Shown("")
	if !ok || string(w.Value) == "null" {
		return
	}
	a := i.Answers[key]
	a.Conflict = a.Conflict || c.Conflict()
	switch field {
	case "value":
		a.Value = w.Value
	case "seen":
		json.Unmarshal(w.Value, &a.Seen)
	case "note":
		json.Unmarshal(w.Value, &a.Note)
	case "reason":
		json.Unmarshal(w.Value, &a.Reason)
	case "fact":
		json.Unmarshal(w.Value, &a.Fact)
	case "severity":
		json.Unmarshal(w.Value, &a.Severity)
	case "deadline_days":
		json.Unmarshal(w.Value, &a.DeadlineDays)
	case "on_the_spot":
		json.Unmarshal(w.Value, &a.OnTheSpot)
	case "typed_by":
		json.Unmarshal(w.Value, &a.TypedBy)
	default:
		if input, ok := strings.CutPrefix(field, "inputs/"); ok {
			var v string
			if json.Unmarshal(w.Value, &v) == nil {
				if a.Inputs == nil {
					a.Inputs = map[string]string{}
				}
				a.Inputs[input] = v
			}
		}
	}
	i.Answers[key] = a
}

// Cell gives what is known of one path, for showing both sides of a conflict.
func (i Inspection) Cell(path string) Cell {
	if c := i.state[path]; c != nil {
		return *c
	}
	return Cell{}
}

// Content names the record as it stands, apart from signatures and state: what
// a person who signs has read.
func (i Inspection) Content() Hash {
	return i.state.Digest("signatures/", "seal", "state", "amendments/")
}

// InspectionNumber is the internal number of an inspection planned for a day.
func InspectionNumber(id ID, day time.Time) string {
	return "PL-" + day.Format("20060102") + "-" + strings.ToUpper(string(id[len(id)-6:]))
}

// NewInspection plans an inspection of o by a team of two or more different
// inspectors whose certificates are in force (抽查办法 art 7; 行政处罚法 art 42).
func NewInspection(o Organization, list ChecklistRef, kind string, team []Inspector, day time.Time) (ID, []Change, error) {
	if len(team) < 2 || team[0].ID == team[1].ID {
		return "", nil, &Error{Code: Invalid, Message: "inspection.two_inspectors", Field: "team"}
	}
	id := NewID(InspectionType)
	set := map[string]any{
		"organization": o,
		"checklist":    list,
		"kind":         kind,
		"number":       InspectionNumber(id, day),
		"planned_on":   day.Format(time.DateOnly),
		"state":        Planned,
	}
	for n, p := range team {
		if !p.ValidOn(day) {
			return "", nil, &Error{Code: Invalid, Message: "inspection.certificate_expired", Field: "team",
				Args: map[string]any{"name": p.Name, "certificate": p.Certificate, "until": p.ValidTo}}
		}
		if slices.ContainsFunc(team[:n], func(q Inspector) bool { return q.ID == p.ID }) {
			return "", nil, &Error{Code: Invalid, Message: "inspection.inspector_twice", Field: "team", Args: map[string]any{"name": p.Name}}
		}
		role := RoleInspector
		if n == 0 {
			role = RoleLeader
		}
		set["team/"+string(p.ID)] = Member{Person: p.ID, Name: p.Name, Certificate: p.Certificate, Role: role, ValidTo: p.ValidTo}
	}
	return id, []Change{{Kind: Create, Record: id, Set: set}}, nil
}

// open tells why the inspection cannot be changed, nil if it can.
func (i Inspection) open() error {
	if i.Sealed != nil {
		return &Error{Code: Sealed, Message: "inspection.sealed"}
	}
	if i.State == Cancelled {
		return &Error{Code: Invalid, Message: "inspection.cancelled"}
	}
	return nil
}

// Begin moves a planned inspection on site at the given time; for one that is
// there already it gives no change.
func (i Inspection) Begin(at time.Time) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	if i.State != Planned {
		return nil, nil
	}
	set := map[string]any{"state": OnSite}
	if i.StartedAt == "" {
		set["started_at"] = at.Format(time.RFC3339)
	}
	return []Change{i.state.change(Transition, i.ID, set)}, nil
}

// Cancel takes a planned inspection off, with the reason. One that has begun is
// carried through: what was seen on site stays on record.
func (i Inspection) Cancel(reason string) ([]Change, error) {
	if err := i.stillPlanned(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(reason) == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	c := i.state.change(Transition, i.ID, map[string]any{"state": Cancelled})
	c.Reason = reason
	return []Change{c}, nil
}

// Relieve puts another inspector in the place of one of the team before the
// inspection begins, with the reason. Whoever takes the leader's place leads.
func (i Inspection) Relieve(gone ID, in Inspector, reason string) ([]Change, error) {
	if err := i.stillPlanned(); err != nil {
		return nil, err
	}
	m := i.member(gone)
	day, err := time.Parse(time.DateOnly, i.PlannedOn)
	switch {
	case strings.TrimSpace(reason) == "":
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	case m == nil:
		return nil, &Error{Code: NotFound, Message: "inspection.not_in_team", Field: "inspector"}
	case i.member(in.ID) != nil:
		return nil, &Error{Code: Invalid, Message: "inspection.inspector_twice", Field: "inspector", Args: map[string]any{"name": in.Name}}
	case err == nil && !in.ValidOn(day):
		return nil, &Error{Code: Invalid, Message: "inspection.certificate_expired", Field: "inspector",
			Args: map[string]any{"name": in.Name, "certificate": in.Certificate, "until": in.ValidTo}}
	}
	c := i.state.change(Assign, i.ID, map[string]any{"team/" + string(gone): nil,
		"team/" + string(in.ID): Member{Person: in.ID, Name: in.Name, Certificate: in.Certificate, Role: m.Role, ValidTo: in.ValidTo}})
	c.Reason = reason
	return []Change{c}, nil
}

func (i Inspection) stillPlanned() error {
	if err := i.open(); err != nil {
		return err
	}
	if i.State != Planned {
		return &Error{Code: Conflict, Message: "inspection.begun", Args: map[string]any{"number": i.Number}}
	}
	return nil
}

// Fields that SetFields may write, with the type their value must have.
var inspectionFields = map[string]any{
	"place": "", "person_on_site": "", "person_post": "", "started_at": "", "ended_at": "",
	"shown_papers": false, "told_rights": false, "recusal": "", "statement": "", "planned_on": "",
}

// SetFields writes facts about the visit itself: place, person_on_site,
// person_post, started_at, ended_at, shown_papers, told_rights, recusal,
// statement, planned_on.
func (i Inspection) SetFields(values map[string]any) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	for name, v := range values {
		want, ok := inspectionFields[name]
		if !ok {
			return nil, &Error{Code: Invalid, Message: "inspection.unknown_field", Field: name, Args: map[string]any{"field": name}}
		}
		text, isText := v.(string)
		_, wantText := want.(string)
		if isText != wantText || !timely(name, text) {
			return nil, &Error{Code: Invalid, Message: "inspection.wrong_value", Field: name, Args: map[string]any{"field": name}}
		}
	}
	return i.changed(Set, values), nil
}

// MoveTo puts the inspection on another version of its checklist, for as long as
// nobody has signed: whoever signs has read the version there is. Answers stay
// as they are, also those to what the other version does not ask.
func (i Inspection) MoveTo(list ChecklistRef) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	switch {
	case list.ID != i.Checklist.ID:
		return nil, &Error{Code: Invalid, Message: "inspection.other_checklist", Field: "checklist", Args: map[string]any{"checklist": list.ID}}
	case len(i.Signatures) > 0:
		return nil, &Error{Code: Conflict, Message: "inspection.signed_version", Field: "checklist"}
	}
	return i.changed(Set, map[string]any{"checklist": list}), nil
}

// timely tells whether a field that holds a time holds one that can be read
// back; an empty one holds none yet.
func timely(field, v string) bool {
	form := map[string]string{"started_at": time.RFC3339, "ended_at": time.RFC3339, "planned_on": time.DateOnly}[field]
	if form == "" || v == "" {
		return true
	}
	_, err := time.Parse(form, v)
	return err == nil
}

// SetAnswer writes those parts of the answer for item key that differ from
// what stands there, as one change; an unchanged answer gives none. A nil or
// empty part empties it.
func (i Inspection) SetAnswer(key string, a Answer) ([]Change, error) {
	return i.SetAnswers(map[string]Answer{key: a})
}

// SetAnswers is SetAnswer for many items in one entry.
func (i Inspection) SetAnswers(answers map[string]Answer) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	values := map[string]any{}
	for key, a := range answers {
		p := "items/" + key + "/"
		values[p+"value"] = nilIf(len(a.Value) == 0 || string(a.Value) == "null", a.Value)
		values[p+"seen"] = nilIf(a.Seen == "", a.Seen)
		values[p+"note"] = nilIf(a.Note == "", a.Note)
		values[p+"reason"] = nilIf(a.Reason == "", a.Reason)
		values[p+"fact"] = nilIf(a.Fact == "", a.Fact)
		values[p+"severity"] = nilIf(a.Severity == "", a.Severity)
		values[p+"deadline_days"] = nilIf(a.DeadlineDays == nil, a.DeadlineDays)
		values[p+"on_the_spot"] = nilIf(!a.OnTheSpot, a.OnTheSpot)
		values[p+"typed_by"] = nilIf(a.TypedBy == "", a.TypedBy)
		for name := range i.Answers[key].Inputs {
			values[p+"inputs/"+name] = nil
		}
		for name, v := range a.Inputs {
			values[p+"inputs/"+name] = nilIf(v == "", v)
		}
	}
	return i.changed(Set, values), nil
}

func nilIf(empty bool, v any) any {
	if empty {
		return nil
	}
	return v
}

// changed drops the values that stand already and makes one change of the rest.
func (i Inspection) changed(kind Kind, values map[string]any) []Change {
	set := map[string]any{}
	for p, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			continue // only values of our own types come here
		}
		old := "null"
		conflict := false
		if c := i.state[p]; c != nil {
			if w, ok := c.Shown(""); ok {
				old = string(w.Value)
			}
			conflict = c.Conflict()
		}
		if old != string(b) || conflict {
			set[p] = json.RawMessage(b)
		}
	}
	if len(set) == 0 {
		return nil
	}
	return []Change{i.state.change(kind, i.ID, set)}
}

// Attach hangs evidence on an item. forbidden is the checklist's word that the
// item must never be photographed.
func (i Inspection) Attach(e Evidence, forbidden bool) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	if forbidden {
		return nil, &Error{Code: Forbidden, Message: "evidence.photo_forbidden", Field: e.Item}
	}
	for _, old := range i.Evidence {
		if old.Digest == e.Digest && old.Item == e.Item && old.Counts() {
			return nil, nil // the same file on the same item: nothing to add
		}
	}
	return []Change{i.state.change(Attach, i.ID, map[string]any{"evidence/" + string(e.ID): e})}, nil
}

// WithdrawEvidence takes evidence off (作废) with a reason; it stays in the
// journal. The edited copies of a photo go with it.
func (i Inspection) WithdrawEvidence(id ID, reason string) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(reason) == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	for _, e := range i.Evidence {
		if e.ID == id {
			set := map[string]any{}
			for _, f := range i.family(e) {
				f.Withdrawn = reason
				set["evidence/"+string(f.ID)] = f
			}
			c := i.state.change(Detach, i.ID, set)
			c.Reason = reason
			return []Change{c}, nil
		}
	}
	return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
}

// MoveEvidence hangs evidence on another item of the same inspection, with a
// reason; where it hung before stays in the journal. sensitive is the
// checklist's word that the item is need-to-know, and the photo with it. A photo
// and its edited copies go together, whichever is named.
func (i Inspection) MoveEvidence(id ID, item, reason string, sensitive bool) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(reason) == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	for _, e := range i.Evidence {
		if e.ID != id || !e.Counts() {
			continue
		}
		if e.Item == item {
			return nil, nil
		}
		if o, ok := i.OriginalOf(e); ok {
			e = o
		}
		set := map[string]any{}
		for _, f := range i.family(e) {
			f.Item, f.Sensitive = item, sensitive
			set["evidence/"+string(f.ID)] = f
		}
		c := i.state.change(Set, i.ID, set)
		c.Reason = reason
		return []Change{c}, nil
	}
	return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
}

// WithdrawNote takes the note on an item off (作废) with a reason; it stays in
// the journal.
func (i Inspection) WithdrawNote(key, reason string) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(reason) == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	if i.Answers[key].Note == "" {
		return nil, &Error{Code: NotFound, Message: "answer.no_note", Field: "note"}
	}
	c := i.state.change(Withdraw, i.ID, map[string]any{"items/" + key + "/note": nil})
	c.Reason = reason
	return []Change{c}, nil
}

// EvidenceOf lists what hangs on an item and counts. An edited copy of a photo
// that hangs there is not another one.
func (i Inspection) EvidenceOf(key string) []Evidence {
	var out []Evidence
	for _, e := range i.Evidence {
		if e.Item != key || !e.Counts() {
			continue
		}
		if o, ok := i.OriginalOf(e); !ok || !o.Counts() {
			out = append(out, e)
		}
	}
	return out
}

// SignatureID names the signature of somebody who is not an inspector.
func SignatureID(inspection ID, role string) ID {
	return DerivedID(PersonType, "signature", string(inspection), role)
}

// SignAs keeps a signature. Inspectors must be of the team and carry the proof
// of their own key; whoever refuses must have a reason and a witness or the
// reference of a recorder file.
func (i Inspection) SignAs(g Signature) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	if g.Content != i.Content() {
		return nil, &Error{Code: Conflict, Message: "signature.record_changed"}
	}
	switch g.Method {
	case SignedDrawn, SignedPaper:
		if g.Role == RoleRepresentative && g.Method == SignedDrawn && g.Image == "" {
			return nil, &Error{Code: Invalid, Message: "signature.empty", Field: "image"}
		}
	case SignRefused:
		if strings.TrimSpace(g.Reason) == "" {
			return nil, &Error{Code: Invalid, Message: "signature.reason_needed", Field: "reason"}
		}
		if strings.TrimSpace(g.Witness) == "" && strings.TrimSpace(g.Recorder) == "" {
			return nil, &Error{Code: Invalid, Message: "signature.witness_needed", Field: "witness"}
		}
	default:
		return nil, &Error{Code: Invalid, Message: "signature.method_unknown", Field: "method"}
	}
	if g.Role == RoleLeader || g.Role == RoleInspector {
		if i.member(g.ID) == nil {
			return nil, &Error{Code: Forbidden, Message: "signature.not_in_team", Args: map[string]any{"name": g.Name}}
		}
		if g.Method == SignRefused {
			return nil, &Error{Code: Invalid, Message: "signature.inspector_refused"}
		}
		if len(g.Proof) == 0 {
			return nil, &Error{Code: Invalid, Message: "signature.key_missing"}
		}
	} else if strings.TrimSpace(g.Name) == "" && g.Method != SignRefused {
		return nil, &Error{Code: Invalid, Message: "signature.name_needed", Field: "name"}
	}
	return []Change{i.state.change(Sign, i.ID, map[string]any{"signatures/" + string(g.ID): g})}, nil
}

func (i Inspection) member(person ID) *Member {
	for n := range i.Team {
		if i.Team[n].Person == person {
			return &i.Team[n]
		}
	}
	return nil
}

// Role tells the role of person in the team, "" if not of it.
func (i Inspection) Role(person ID) string {
	if m := i.member(person); m != nil {
		return m.Role
	}
	return ""
}

// Progress is how far the checklist is filled in, as the checklist package
// counts it.
type Progress struct {
	Total         int      `json:"total"`
	Answered      int      `json:"answered"`
	Problems      int      `json:"problems"`
	MissingPhotos []string `json:"missing_photos"` // codes of items whose required photo and reason are both missing
	Unanswered    []string `json:"unanswered"`     // codes
	Incomplete    []string `json:"incomplete"`     // codes of items answered in part (a ratio without its figures)
}

// ReadyToSeal tells what still stands in the way of the seal, nil if nothing.
func (i Inspection) ReadyToSeal(p Progress) error {
	if err := i.open(); err != nil {
		return err
	}
	if len(i.Conflicts) > 0 {
		return &Error{Code: Conflict, Message: "seal.conflicts", Args: map[string]any{"n": len(i.Conflicts)}}
	}
	if len(p.Unanswered) > 0 {
		return &Error{Code: Invalid, Message: "seal.unanswered", Args: map[string]any{"n": len(p.Unanswered), "items": strings.Join(p.Unanswered, " ")}}
	}
	if len(p.Incomplete) > 0 {
		return &Error{Code: Invalid, Message: "seal.incomplete", Args: map[string]any{"items": strings.Join(p.Incomplete, " ")}}
	}
	if len(p.MissingPhotos) > 0 {
		return &Error{Code: Invalid, Message: "seal.photos_missing", Args: map[string]any{"items": strings.Join(p.MissingPhotos, " ")}}
	}
	if !i.ShownPapers || !i.ToldRights {
		return &Error{Code: Invalid, Message: "seal.papers_not_shown", Field: "shown_papers"}
	}
	content, inspectors, representative := i.Content(), 0, false
	for _, g := range i.Signatures {
		if g.Content != content {
			continue // signed an earlier reading: must sign again
		}
		switch g.Role {
		case RoleLeader, RoleInspector:
			inspectors++
		case RoleRepresentative:
			representative = true
		}
	}
	if inspectors < 2 {
		return &Error{Code: Invalid, Message: "seal.two_inspectors_sign"}
	}
	if !representative {
		return &Error{Code: Invalid, Message: "seal.representative_signs"}
	}
	return nil
}

// TellFindings gives the changes that freeze the findings as the sealed record tells
// them to the organization.
func TellFindings(findings []Finding) []Change {
	var out []Change
	for _, f := range findings {
		if f.State == Observed {
			f.State = Told
		}
		out = append(out, Change{Kind: Create, Record: f.ID, Set: map[string]any{"finding": f, "state": f.State, "due": f.Due}})
	}
	return out
}
