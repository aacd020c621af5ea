package record

// How somebody signed.
const (
	SignedDrawn = "drawn"   // on a pad or touch screen: a picture, plus the person's key for inspectors
	SignedPaper = "paper"   // in ink on the print, scanned back
	SignRefused = "refused" // would not sign: Reason, and Witness or Recorder
)

// Roles of signatories.
const (
	RoleLeader         = "leader"    // 检查组组长
	RoleInspector      = "inspector" // 检查人员
	RoleRecorder       = "recorder"  // 记录人
	RoleRepresentative = "representative"
	RoleWitness        = "witness"
)

// Signature is one person's word on the record as it stood: Content is the
// digest of what that person had before them. An inspector's own key signs it;
// a drawn line by itself proves little (电子签名法 art 13).
type Signature struct {
	ID          ID     `json:"id"` // the person's for inspectors, derived for others
	Role        string `json:"role"`
	Name        string `json:"name"`
	Post        string `json:"post,omitempty"` // what the person is in the organization
	Certificate string `json:"certificate,omitempty"`
	Method      string `json:"method"`
	Image       Hash   `json:"image,omitempty"` // PNG of the line or scan
	ImageSize   int64  `json:"image_size,omitempty"`
	Remarks     string `json:"remarks,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Witness     string `json:"witness,omitempty"`
	Recorder    string `json:"recorder,omitempty"` // reference of the body-worn recorder's file 执法记录仪
	At          string `json:"at"`                 // RFC 3339
	Content     Hash   `json:"content"`
	Key         string `json:"key,omitempty"` // id of the person's key
	Proof       []byte `json:"proof,omitempty"`
}

// Statement gives the exact bytes an inspector's key signs.
func (s Signature) Statement(inspection ID) []byte {
	return []byte("plumbline signature 1\n" + string(inspection) + "\n" + string(s.ID) + "\n" + s.Role + "\n" +
		s.Method + "\n" + string(s.Image) + "\n" + s.At + "\n" + string(s.Content) + "\n")
}

// Manifest is what a seal signs: everything that was there, by digest. Late
// entries are those on this inspection that it does not name.
type Manifest struct {
	Version      int          `json:"v"`
	Inspection   ID           `json:"inspection"`
	Organization ID           `json:"organization"`
	Checklist    ChecklistRef `json:"checklist"`
	Law          string       `json:"law"` // edition of the provisions in force
	Content      Hash         `json:"content"`
	Entries      []Hash       `json:"entries"`  // of the inspection and its findings, sorted
	Files        []File       `json:"files"`    // photos, small copies, drawn signatures, sorted by digest
	Findings     []ID         `json:"findings"` // sorted
	At           string       `json:"at"`
}

// File names stored bytes.
type File struct {
	Digest Hash   `json:"digest"`
	Size   int64  `json:"size"`
	Media  string `json:"media,omitempty"`
}

// SealBody is what a seal entry says: the manifest's exact bytes and the
// signature of the person who sealed.
type SealBody struct {
	Manifest []byte `json:"manifest"`
	Person   ID     `json:"person"`
	Key      string `json:"key"`
	Proof    []byte `json:"proof"`
}
