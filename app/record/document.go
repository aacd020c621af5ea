package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DocumentState is where a document 文书 stands on its way through the office.
type DocumentState string

const (
	Drafted  DocumentState = "drafted"  // 拟稿
	Reviewed DocumentState = "reviewed" // 审核
	Issued   DocumentState = "issued"   // 签发
	Numbered DocumentState = "numbered" // 编号
	Stamped  DocumentState = "stamped"  // 用印
	Served   DocumentState = "served"   // 送达
	Receipt  DocumentState = "receipt"  // 回证: the receipt came back
	Filed    DocumentState = "filed"    // 归档
	Voided   DocumentState = "voided"   // 作废: stays listed, and so does its number
)

// documentStates in the order of the way.
var documentStates = []DocumentState{Drafted, Reviewed, Issued, Numbered, Stamped, Served, Receipt, Filed}

// Slot is what the office fills in of a document, by name. Its words are at
// document.slot.NAME in assets/lang.
type Slot struct {
	Name   string `json:"name"`
	Needed bool   `json:"needed"` // without it the document is not reviewed
}

// DocumentKind is one kind of document. What stands in it follows from the
// records of the inspection and from the slots. Its words are at
// document.kind.NAME in assets/lang.
type DocumentKind struct {
	Name     string
	Numbered bool // bears the office's number 文号; the others bear the inspection's internal number
	Served   bool // is handed over, against a receipt
	Order    bool // orders something: never without remedies, their bodies and periods
	Pack     bool // put together of other documents: printed, never drafted
	Campaign bool // is about many inspections
	Slots    []Slot
}

// remedies are the slots that every order needs: reconsideration within 60 days
// (行政复议法 art 20), a lawsuit within six months (行政诉讼法 art 46). The bodies
// differ from authority to authority, and the periods with the law.
var remedies = needed("reconsideration_body", "reconsideration_days", "court", "lawsuit_months")

// needed makes slots of names; a question mark behind one makes it optional.
func needed(names ...string) []Slot {
	out := make([]Slot, len(names))
	for i, n := range names {
		name, optional := strings.CutSuffix(n, "?")
		out[i] = Slot{name, !optional}
	}
	return out
}

func orderSlots(names ...string) []Slot { return append(needed(names...), remedies...) }

// DocumentKinds lists the documents in the order in which an inspection needs
// them.
var DocumentKinds = []DocumentKind{
	{Name: "approval-form", Slots: needed("source", "basis", "items", "method", "period", "frequency", "assistants?", "handler_opinion")},
	{Name: "inspection-notice", Numbered: true, Served: true, Slots: needed("source", "basis", "items", "period", "place?", "materials?", "frequency?", "contact", "phone")},
	{Name: "draw-record", Slots: needed("list", "list_digest", "conditions", "ratio", "method", "seed", "drawn", "drawn_inspectors", "replaced?", "drawn_at", "operator", "witness")},
	{Name: "inspection-record"},
	{Name: "interview-record", Slots: needed("interview_from", "interview_to", "interview_place", "interviewed", "interviewed_id?", "interviewed_post", "interviewed_phone?", "interview")},
	{Name: "evidence-list"},
	{Name: "photo-sheet"},
	{Name: "preservation-notice", Numbered: true, Served: true, Order: true, Slots: orderSlots("approval", "preserved", "preserved_where", "preserved_from", "decide_by")},
	{Name: "findings-report"},
	{Name: "result-notice", Numbered: true, Served: true, Slots: needed("opinion?", "objection_days", "objection_to", "phone")},
	{Name: "correction-order", Numbered: true, Served: true, Order: true, Slots: orderSlots("basis", "report_to", "consequence", "contact", "phone")},
	{Name: "deadline-extension", Numbered: true, Served: true, Slots: needed("order_number", "requested_on", "extension_reason", "old_deadline", "new_deadline")},
	{Name: "reinspection-form", Slots: needed("order_number", "report_received?", "reinspection_result", "conclusion")},
	{Name: "regulatory-interview", Numbered: true, Served: true, Slots: needed("talk_subject", "talk_persons", "talk_at", "talk_place", "talk_record?", "contact", "phone")},
	{Name: "case-proposal", Slots: needed("case_source", "case_facts", "case_opinion")},
	{Name: "case-transfer", Numbered: true, Served: true, Slots: needed("transfer_to", "case_facts", "transfer_basis", "attached?", "contact", "phone")},
	{Name: "service-receipt", Slots: needed("served_document", "served_number", "service_way", "served_at?", "served_place?", "recipient?", "recipient_relation?", "refusal?", "courier?")},
	{Name: "statement-and-defence", Slots: needed("stated_by", "stated_at", "stated_on", "statement", "review_facts", "review_opinion")},
	{Name: "publication-sheet", Slots: needed("conclusion_class", "rectification?", "published_on?", "channel")},
	{Name: "closing-form", Slots: needed("conclusion_class", "rectification", "closing_opinion")},
	{Name: "dossier-cover", Slots: needed("dossier_number", "retention", "filed_on?", "filed_by?")},
	{Name: "dossier-contents", Slots: needed("dossier_number?")},
	{Name: "dossier-note", Slots: needed("dossier_note?", "filed_by?", "checked_by?")},
	{Name: "dossier", Pack: true},
	{Name: "paper-pack", Pack: true},
	{Name: "litigation-pack", Pack: true},
	{Name: "campaign-summary", Pack: true, Campaign: true},
}

// FindDocumentKind gives the kind of this name.
func FindDocumentKind(name string) (DocumentKind, bool) {
	i := slices.IndexFunc(DocumentKinds, func(k DocumentKind) bool { return k.Name == name })
	if i < 0 {
		return DocumentKind{}, false
	}
	return DocumentKinds[i], true
}

// DraftedKinds names the kinds that are drafted, not put together.
func DraftedKinds() []string {
	var out []string
	for _, k := range DocumentKinds {
		if !k.Pack {
			out = append(out, k.Name)
		}
	}
	return out
}

// DocumentNumber is the office's number 文号: the authority's code word 机关代字,
// the year and the place in the year's order.
type DocumentNumber struct {
	Word string `json:"word"`
	Year int    `json:"year"`
	N    int    `json:"n"`
}

// String gives the number as it is written: X民社检〔2026〕12号, "" for none. What
// stands for 检 is part of the code word.
func (n DocumentNumber) String() string {
	if n.N == 0 {
		return ""
	}
	return fmt.Sprintf("%s〔%d〕%d号", n.Word, n.Year, n.N)
}

// DocumentStep is one step of a document's way: who took it and when.
type DocumentStep struct {
	By      ID     `json:"by,omitempty"` // "" where the server did it
	Name    string `json:"name,omitempty"`
	At      string `json:"at"` // RFC 3339
	Note    string `json:"note,omitempty"`
	Way     string `json:"way,omitempty"`     // of service, one of ServiceWays
	Courier string `json:"courier,omitempty"` // number of the courier's slip
	File    Hash   `json:"file,omitempty"`    // the scan or stamped PDF that shows it
	Size    int64  `json:"size,omitempty"`    // of the file, bytes
	Media   string `json:"media,omitempty"`   // of the file
}

// Document is one document 文书: a view of its State.
type Document struct {
	ID           ID                             `json:"id"`
	Kind         string                         `json:"kind"`
	Inspection   ID                             `json:"inspection"`
	Organization ID                             `json:"organization"`
	To           string                         `json:"to"` // name of the organization, for lists
	Language     string                         `json:"language"`
	Copies       int                            `json:"copies"`
	Internal     string                         `json:"internal"` // number until the office gives its own
	Word         string                         `json:"word,omitempty"`
	Number       DocumentNumber                 `json:"number,omitzero"`
	Others       []DocumentNumber               `json:"other_numbers,omitempty"` // given to it as well, by a server that had been restored: a conflict
	State        DocumentState                  `json:"state"`
	Fields       map[string]string              `json:"fields,omitempty"`
	Steps        map[DocumentState]DocumentStep `json:"steps,omitempty"`
	Reason       string                         `json:"void_reason,omitempty"`
	Said         *Said                          `json:"-"` // since it was issued, nil before; not in lists

	state State
}

// Said is what an issued document says beside its slots. It stays when the
// records go on: what was served is what is printed again.
type Said struct {
	Team     []Member  `json:"team"`
	Findings []Finding `json:"findings"`
}

// Shown is the number to print: the office's, else the internal one.
func (d Document) Shown() string {
	if s := d.Number.String(); s != "" {
		return s
	}
	return d.Internal
}

// DocumentOf reads a document from its record's state; false when its beginning
// has not come yet.
func DocumentOf(id ID, s State) (Document, bool) {
	d := Document{ID: id, State: Drafted, Fields: map[string]string{}, Steps: map[DocumentState]DocumentStep{}, state: s}
	if !s.Get("kind", &d.Kind) {
		return d, false
	}
	for path, to := range map[string]any{
		"inspection": &d.Inspection, "organization": &d.Organization, "to": &d.To, "language": &d.Language, "copies": &d.Copies,
		"internal": &d.Internal, "word": &d.Word, "number": &d.Number, "state": &d.State, "void_reason": &d.Reason, "said": &d.Said,
	} {
		s.Get(path, to)
	}
	for _, raw := range s.values("number") {
		var n DocumentNumber
		if json.Unmarshal(raw, &n) == nil && n != d.Number && n.N > 0 && !slices.Contains(d.Others, n) {
			d.Others = append(d.Others, n)
		}
	}
	for _, p := range s.Paths("fields/") {
		if v := s.Text(p); v != "" {
			d.Fields[strings.TrimPrefix(p, "fields/")] = v
		}
	}
	for _, p := range s.Paths("steps/") {
		var step DocumentStep
		if s.Get(p, &step) {
			d.Steps[DocumentState(strings.TrimPrefix(p, "steps/"))] = step
		}
	}
	return d, true
}

// maxSlot bounds what stands in one slot, in bytes: the interview of a day.
const maxSlot = 1 << 20

// NewDocument drafts a document about an inspection. word is the code word
// 机关代字 of its number, fields the first values of its slots.
func NewDocument(kind string, i Inspection, language string, copies int, word string, fields map[string]string, by DocumentStep) (ID, []Change, error) {
	k, ok := FindDocumentKind(kind)
	if !ok || k.Pack {
		return "", nil, &Error{Code: NotFound, Message: "document.kind_unknown", Field: "kind", Args: map[string]any{"kind": kind, "known": strings.Join(DraftedKinds(), ", ")}}
	}
	if copies < 1 || copies > 999 {
		return "", nil, &Error{Code: Invalid, Message: "document.copies", Field: "copies", Args: map[string]any{"copies": copies}}
	}
	if err := k.check(fields); err != nil {
		return "", nil, err
	}
	id := NewID(PaperType)
	set := map[string]any{
		"kind": kind, "inspection": i.ID, "organization": i.Organization.ID, "to": i.Organization.Name, "language": language, "copies": copies,
		"internal": i.Number + "-" + strings.ToUpper(string(id[len(id)-4:])), "word": strings.TrimSpace(word), "state": Drafted, "steps/" + string(Drafted): by,
	}
	for name, v := range fields {
		if v != "" {
			set["fields/"+name] = v
		}
	}
	return id, []Change{{Kind: Create, Record: id, Set: set}}, nil
}

func (k DocumentKind) check(fields map[string]string) error {
	for name, v := range fields {
		if !slices.ContainsFunc(k.Slots, func(s Slot) bool { return s.Name == name }) {
			var known []string
			for _, s := range k.Slots {
				known = append(known, s.Name)
			}
			return &Error{Code: Invalid, Message: "document.slot_unknown", Field: name, Args: map[string]any{"slot": name, "known": strings.Join(known, ", ")}}
		}
		if len(v) > maxSlot {
			return &Error{Code: TooLarge, Message: "document.slot_large", Field: name, Args: map[string]any{"slot": name, "limit": maxSlot}}
		}
	}
	return nil
}

// Fill writes slots of a draft. What is no draft any more stands: it is sent
// back first, or voided and drafted anew.
func (d Document) Fill(fields map[string]string) ([]Change, error) {
	k, ok := FindDocumentKind(d.Kind)
	if !ok {
		return nil, &Error{Code: Newer, Message: "document.kind_newer", Args: map[string]any{"kind": d.Kind}}
	}
	if d.State != Drafted {
		return nil, &Error{Code: Conflict, Message: "document.no_draft", Args: map[string]any{"number": d.Shown()}}
	}
	if err := k.check(fields); err != nil {
		return nil, err
	}
	set := map[string]any{}
	for name, v := range fields {
		if d.Fields[name] != v {
			set["fields/"+name] = nilIf(v == "", v)
		}
	}
	if len(set) == 0 {
		return nil, nil
	}
	return []Change{d.state.change(Set, d.ID, set)}, nil
}

// Missing names the slots that the document cannot go on without, in their
// order.
func (d Document) Missing() []string {
	k, _ := FindDocumentKind(d.Kind)
	var out []string
	for _, s := range k.Slots {
		if s.Needed && strings.TrimSpace(d.Fields[s.Name]) == "" {
			out = append(out, s.Name)
		}
	}
	return out
}

// Next gives the state that follows on the document's way, "" at its end. A
// document without a number of the office, or one that nobody is served, leaves
// those steps out.
func (d Document) Next() DocumentState {
	k, _ := FindDocumentKind(d.Kind)
	at := slices.Index(documentStates, d.State)
	if at < 0 {
		return ""
	}
	for _, s := range documentStates[at+1:] {
		if s == Numbered && !k.Numbered || (s == Served || s == Receipt) && !k.Served {
			continue
		}
		return s
	}
	return ""
}

// ServiceWays are the ways of service: handed over, left where acceptance is
// refused 留置, by post, electronically (by consent only), by public notice 公告.
var ServiceWays = []string{"in_person", "left", "post", "electronic", "public"}

// Advance takes the next step of the document's way. Who reviews did not draft
// it and was not on the visit; who issues did neither, and did not review.
// Nothing is reviewed with a needed slot empty, no order without remedies, their
// bodies and periods. From its issue on it says what the team and the findings
// are then. The number is nobody's to take: see GiveNumber.
func (d Document) Advance(to DocumentState, i Inspection, findings []Finding, by DocumentStep) ([]Change, error) {
	next := d.Next()
	if next == Numbered && to != Numbered {
		return nil, &Error{Code: Conflict, Message: "document.no_number_yet", Args: map[string]any{"number": d.Internal}}
	}
	if next != to || to == Numbered {
		return nil, d.wrongStep(to)
	}
	var err error
	switch to {
	case Reviewed, Issued:
		if err = d.complete(); err == nil {
			err = d.otherHands(to, i, by)
		}
	case Served:
		switch {
		case !slices.Contains(ServiceWays, by.Way):
			err = &Error{Code: Invalid, Message: "document.way_unknown", Field: "way", Args: map[string]any{"way": by.Way, "known": strings.Join(ServiceWays, ", ")}}
		case by.Way == "post" && strings.TrimSpace(by.Courier) == "":
			err = &Error{Code: Invalid, Message: "document.courier_needed", Field: "courier"}
		}
	case Receipt:
		if by.File == "" && strings.TrimSpace(by.Note) == "" {
			err = &Error{Code: Invalid, Message: "document.receipt_needed", Field: "file"}
		}
	}
	if err != nil {
		return nil, err
	}
	set := map[string]any{"state": to, "steps/" + string(to): by}
	if to == Issued {
		set["said"] = Said{i.Team, findings}
	}
	return []Change{d.state.change(Transition, d.ID, set)}, nil
}

// complete tells why a document cannot be put before anybody, nil if it can.
func (d Document) complete() error {
	k, _ := FindDocumentKind(d.Kind)
	if missing := d.Missing(); len(missing) > 0 {
		message := "document.slots_missing"
		if k.Order && slices.ContainsFunc(remedies, func(s Slot) bool { return slices.Contains(missing, s.Name) }) {
			message = "document.remedies_missing"
		}
		return &Error{Code: Invalid, Message: message, Field: missing[0], Args: map[string]any{"slots": strings.Join(missing, ", ")}}
	}
	if k.Order {
		for _, slot := range []string{"reconsideration_days", "lawsuit_months"} {
			if n, err := strconv.Atoi(strings.TrimSpace(d.Fields[slot])); err != nil || n <= 0 {
				return &Error{Code: Invalid, Message: "document.remedies_period", Field: slot, Args: map[string]any{"slot": slot, "value": d.Fields[slot]}}
			}
		}
	}
	if k.Numbered && d.Word == "" {
		return &Error{Code: Invalid, Message: "document.word_needed", Field: "word"}
	}
	return nil
}

// otherHands is the separation of duties.
func (d Document) otherHands(to DocumentState, i Inspection, by DocumentStep) error {
	fault := func(message string) error {
		return &Error{Code: Forbidden, Message: message, Field: "by", Args: map[string]any{"name": by.Name}}
	}
	switch {
	case by.By == "":
		return &Error{Code: Invalid, Message: "document.by_needed", Field: "by"}
	case by.By == d.Steps[Drafted].By:
		return fault("document.own_draft")
	case i.member(by.By) != nil:
		return fault("document.on_the_visit")
	case to == Issued && by.By == d.Steps[Reviewed].By:
		return fault("document.own_review")
	}
	return nil
}

// DocumentDutiesJoined tells whether one person had two duties at a document that
// no person may join, or one of them and a place in the team that was on the
// visit. A server asks it of what laptops send.
func DocumentDutiesJoined(steps map[DocumentState]DocumentStep, onVisit func(ID) bool) (who string, joined bool) {
	drafted, reviewed, issued := steps[Drafted], steps[Reviewed], steps[Issued]
	for _, s := range []DocumentStep{reviewed, issued} {
		if s.By != "" && (s.By == drafted.By || onVisit(s.By)) {
			return s.Name, true
		}
	}
	return issued.Name, issued.By != "" && issued.By == reviewed.By
}

func (d Document) wrongStep(to DocumentState) error {
	return &Error{Code: Conflict, Message: "document.wrong_step", Args: map[string]any{"number": d.Shown(), "state": string(d.State), "to": string(to), "next": string(d.Next())}}
}

// SendBack returns a document under review to its draft, with the reason.
func (d Document) SendBack(reason string) ([]Change, error) {
	if d.State != Reviewed {
		return nil, d.wrongStep(Drafted)
	}
	if strings.TrimSpace(reason) == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	c := d.state.change(Transition, d.ID, map[string]any{"state": Drafted, "steps/" + string(Reviewed): nil})
	c.Reason = reason
	return []Change{c}, nil
}

// Void takes a document out of force (作废) with the reason. It stays listed,
// and so does its number: nobody gets it again.
func (d Document) Void(reason string) ([]Change, error) {
	if d.State == Voided || d.State == Filed {
		return nil, d.wrongStep(Voided)
	}
	if strings.TrimSpace(reason) == "" {
		return nil, &Error{Code: Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	c := d.state.change(Withdraw, d.ID, map[string]any{"state": Voided, "void_reason": reason})
	c.Reason = reason
	return []Change{c}, nil
}

// Numbers are all the numbers that the document was given: one, or none, or
// more where servers knew nothing of each other.
func (d Document) Numbers() []DocumentNumber {
	if d.Number.N == 0 {
		return d.Others
	}
	return append([]DocumentNumber{d.Number}, d.Others...)
}

// GiveNumber gives an issued document its number: the one after last, which is
// the highest that was ever given for its code word and year.
func (d Document) GiveNumber(last int, at time.Time) ([]Change, error) {
	if d.State != Issued || d.Next() != Numbered {
		return nil, d.wrongStep(Numbered)
	}
	return []Change{d.state.change(Transition, d.ID, map[string]any{
		"number": DocumentNumber{Word: d.Word, Year: d.Year(), N: last + 1}, "state": Numbered,
		"steps/" + string(Numbered): DocumentStep{At: at.Format(time.RFC3339)},
	})}, nil
}

// Year is the year in which the document was issued, 0 before that.
func (d Document) Year() int {
	t, err := time.Parse(time.RFC3339, d.Steps[Issued].At)
	if err != nil {
		return 0
	}
	return t.Year()
}

// CheckNumbers looks through the numbers of all documents: missing are those between 1
// and the highest of each code word and year that no document bears, twice those
// that more than one does. In an office that numbers in order there are neither.
func CheckNumbers(numbers []DocumentNumber) (missing, twice []DocumentNumber) {
	sorted := slices.Clone(numbers)
	slices.SortFunc(sorted, func(a, b DocumentNumber) int {
		return cmp.Or(cmp.Compare(a.Word, b.Word), cmp.Compare(a.Year, b.Year), cmp.Compare(a.N, b.N))
	})
	var last DocumentNumber
	for _, n := range sorted {
		if n.Word != last.Word || n.Year != last.Year {
			last = DocumentNumber{n.Word, n.Year, 0}
		}
		for gap := last.N + 1; gap < n.N; gap++ {
			missing = append(missing, DocumentNumber{n.Word, n.Year, gap})
		}
		if n == last && (len(twice) == 0 || twice[len(twice)-1] != n) {
			twice = append(twice, n)
		}
		last = n
	}
	return missing, twice
}
