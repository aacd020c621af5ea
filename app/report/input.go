package report

import "time"

// Input is everything that the documents of an inspection print. It is complete
// in itself: nothing is looked up while printing, so the same input gives the
// same bytes.
type Input struct {
	Language Language
	// OrganizationCopy leaves off everything that is need-to-know 内部掌握:
	// sensitive items, findings, photos and conflicts, without a trace.
	OrganizationCopy bool
	At               time.Time // date of the document, in its properties
	Authority        Text      // the registration authority that inspects
	Number           string    // internal number; the office gives the 文号 at issue

	Organization InspectedOrganization
	Visit        Visit
	Inspectors   []InspectorOnSite
	Checklist    UsedChecklist
	Sections     []Section
	Score        Text // what the answers come to, in words; empty where the checklist lays none down
	Findings     []Finding
	Photos       []Photo
	Statement    string // what the party said, as typed
	Transcribed  []Transcription
	ReadBack     ReadBack
	Signatures   []Signature
	Seal         Seal       // zero = not sealed: the record is a draft
	Conflicts    []Conflict // open ones; with any the record is a draft
	Amendments   []Amendment

	// Proof is attached to the PDF as it is: what verify needs to check the records
	// offline, without a database. nil attaches none.
	Proof []byte

	Office   Office    // what the office says in this document
	Parts    []Part    // of a dossier or pack, in order
	Checked  string    // what verify said, for the litigation pack
	Campaign *Campaign // of a campaign's summary
	Forms    *FormLedger
}

// InspectedOrganization is the organization as registered on the day.
type InspectedOrganization struct {
	Name                string
	Code                string // unified social credit code or a foreign id
	Kind                Text
	LegalRepresentative string
	Address             string
	SupervisingUnit     string
}

// Visit is the inspection as it was carried out, with what the law asks to be
// shown and told before it begins.
type Visit struct {
	Kind              Text
	Start, End        time.Time // printed in their own zone
	Place             string
	PersonOnSite      string
	PersonRole        string
	CertificatesShown bool
	NoticeShown       bool
	NoticeNumber      string
	NoNoticeReason    string // why no notice was shown
	RightsTold        bool
	RecusalAnswer     string // what the person answered when asked; "" = none is asked for, if RightsTold
}

// InspectorOnSite is one member of the team.
type InspectorOnSite struct {
	Name        string
	Certificate string // number of the enforcement certificate
	Role        Text   // team leader, inspector, recorder
}

// UsedChecklist pins the checklist by its version and digest.
type UsedChecklist struct {
	Title   Text
	Version string
	Digest  string // SHA-256, in hexadecimal
}

// Section is a part of the checklist.
type Section struct {
	Title Text
	Items []Item
}

// Outcome says which mark is drawn beside an answer and how it is counted.
type Outcome string

// The outcomes of an item. Answers that are neither good nor bad (a number, a
// date) have none.
const (
	NoOutcome     Outcome = ""
	NoProblem     Outcome = "no_problem"
	Problem       Outcome = "problem"
	Partly        Outcome = "partly"
	NotApplicable Outcome = "not_applicable"
	NotChecked    Outcome = "not_checked"
)

// outcomes in the order of the summary, with their marks and colours.
var outcomes = []struct {
	outcome Outcome
	mark    mark
	colour  colour
}{
	{NoProblem, tickMark, jade}, {Problem, crossMark, vermilion}, {Partly, halfMark, amber},
	{NotApplicable, dashMark, slate}, {NotChecked, ringMark, slate},
}

// Item is one item of the checklist and what was found.
type Item struct {
	Code       string
	Text       Text
	Outcome    Outcome
	Answer     Text   // in words
	Note       string // as typed
	Registered string // of a match item: what the register says
	Seen       string // of a match item: what was seen
	Figures    []Figure
	Evidence   []string // numbers of photos
	TypedBy    string   // who typed it in from a paper pack
	Sensitive  bool
}

// Transcription says who typed in from a paper pack, and what the original is.
type Transcription struct {
	By        string
	Since     time.Time
	Originals []string // SHA-256 of the scans, in hexadecimal
	Pages     int
}

// Figure is a number behind a ratio or count, ready to print.
type Figure struct {
	Label Text
	Value string
}

// Finding is one way in which the organization fell short.
type Finding struct {
	Number           string
	Items            []string // codes
	Text             string
	Severity         string // critical, major, minor or info
	Citations        []Citation
	CorrectiveAction Text
	Deadline         Deadline
	CorrectedOnSpot  bool
	Evidence         []string
	Sensitive        bool
}

// Citation names a provision in Chinese form: 第三十条第一款第三项.
type Citation struct {
	Text       Text
	Edition    string
	Confidence string // anything but "verified_text" prints as to be verified 待核对
}

// Deadline is a day, or days counted from the service of the order.
type Deadline struct {
	Date        time.Time
	Days        int
	WorkingDays bool
}

// Photo is one evidence picture.
type Photo struct {
	Number    string
	Caption   string
	Taken     time.Time
	TakenBy   string
	Digest    string // SHA-256 of the original, in hexadecimal
	File      []byte // JPEG or PNG to print, usually the small copy
	Sensitive bool
	Destroyed bool // unlawful content that two persons had destroyed; there is no File

	// Where File is an edited copy of the photo:
	Copy    string // SHA-256 of the copy, in hexadecimal; "" where it is not
	Hidden  int    // places made unreadable
	Cropped bool
}

// ReadBack says how the record was read before signing.
type ReadBack struct {
	At          time.Time // zero = not read back yet
	ReadAloud   bool      // read out; otherwise read by the person
	Corrections string    // what was changed at the read-back, "" = nothing
}

// SignatureKind says how a person signed.
type SignatureKind string

const (
	Drawn   SignatureKind = "drawn"   // on the pad; Image is the drawing
	OnPaper SignatureKind = "paper"   // space is left to sign in ink
	Refused SignatureKind = "refused" // with reason and witness or recorder reference
)

// Signature is one person's, or the place for it.
type Signature struct {
	Kind        SignatureKind
	Role        Text
	Name        string
	Certificate string
	At          time.Time
	Image       []byte // PNG
	Party       bool   // the person on site; signs the foot of every page
	Initials    []byte // PNG for the foot of every page, drawn for that purpose
	Remarks     string // what the person added to the signature
	Reason      string // of the refusal
	Witness     string // of the refusal: a person, or the number of the recorder file
}

// Seal is the entry that closed the record.
type Seal struct {
	Hash string // with its algorithm: sha256:…
	At   time.Time
	By   string
}

// Conflict is a value that two devices left different and nobody settled yet.
type Conflict struct {
	Where     Text
	Values    []ConflictValue
	Sensitive bool
}

// ConflictValue is one side of a conflict.
type ConflictValue struct {
	Value string
	By    string
	At    time.Time
}

// withoutSensitive gives a copy of in without what is need-to-know. A photo
// that only sensitive items and findings point to goes with them.
func withoutSensitive(in Input) Input {
	in.Score = Text{} // what is left off counts in it
	open, hidden := map[string]bool{}, map[string]bool{}
	var sections []Section
	for _, s := range in.Sections {
		var items []Item
		for _, it := range s.Items {
			into := open
			if it.Sensitive {
				into = hidden
			} else {
				items = append(items, it)
			}
			for _, n := range it.Evidence {
				into[n] = true
			}
		}
		if len(items) > 0 {
			sections = append(sections, Section{s.Title, items})
		}
	}
	secretItem := map[string]bool{}
	for _, s := range in.Sections {
		for _, it := range s.Items {
			if it.Sensitive {
				secretItem[it.Code] = true
			}
		}
	}
	var findings []Finding
	for _, f := range in.Findings {
		secret := f.Sensitive
		for _, code := range f.Items {
			secret = secret || secretItem[code]
		}
		into := open
		if secret {
			into = hidden
		} else {
			findings = append(findings, f)
		}
		for _, n := range f.Evidence {
			into[n] = true
		}
	}
	var photos []Photo
	for _, p := range in.Photos {
		if !p.Sensitive && (open[p.Number] || !hidden[p.Number]) {
			photos = append(photos, p)
		}
	}
	var conflicts []Conflict
	for _, c := range in.Conflicts {
		if !c.Sensitive {
			conflicts = append(conflicts, c)
		}
	}
	var amendments []Amendment
	for _, a := range in.Amendments {
		if !a.Sensitive {
			amendments = append(amendments, a)
		}
	}
	in.Sections, in.Findings, in.Photos, in.Conflicts, in.Amendments = sections, findings, photos, conflicts, amendments
	return in
}

// Office is what the office adds to the records of the inspection in one of its
// documents.
type Office struct {
	ID       string            // of the document, for the QR code
	Number   string            // 文号; "" = not given yet
	Internal string            // number until then
	Fields   map[string]string // slots, by name
	Issued   bool              // signed for issue; before that it is a draft
	IssuedOn time.Time         // its date
	Voided   string            // why it is out of force, "" if it is not
	Copies   int
	Steps    []Step // who did what with it, in order
}

// Step is one step of a document's way through the office.
type Step struct {
	Name string // the state that it led to, as record.DocumentState
	By   string
	At   time.Time
	Note string
}

// Amendment 补正 is a change after the seal, shown beside the original.
type Amendment struct {
	Where      Text
	Original   string
	Amended    string
	Reason     string
	By         string
	ApprovedBy string
	At         time.Time // of the approval
	Sensitive  bool
}

// Part is one document within a dossier or pack.
type Part struct {
	Kind    string
	Input   Input
	Source  string // of the evidence: who made or handed it over
	Purpose string // what it is to prove, as the office typed it; "" takes the words of its kind
}
