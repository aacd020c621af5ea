package record

// Confidence says how sure we are of a citation. Whatever is not Verified
// shows and prints as "to be verified" 待核对.
type Confidence string

const (
	Verified       Confidence = "verified_text"      // the article's text was read
	SecondarySeen  Confidence = "secondary_source"   // seen in somebody's page
	InstrumentOnly Confidence = "instrument_only"    // the instrument is certain, the article left open
	FromMemory     Confidence = "from_memory_verify" // to be verified before use
)

// Instrument is a law, regulation, rule or standard in one edition.
type Instrument struct {
	Ref            string `json:"ref"` // STR, CHL …
	Chinese        string `json:"zh"`
	English        string `json:"en"`
	Edition        string `json:"edition"`
	EditionChinese string `json:"edition_zh,omitempty"`
	Note           string `json:"note,omitempty"`
}

// Citation names the provision an item or finding rests on, pinned to an
// edition so that a later amendment changes no old finding.
type Citation struct {
	Ref            string             `json:"ref"`
	Chinese        string             `json:"zh"`      // title of the instrument
	English        string             `json:"en"`      // its English title
	Edition        string             `json:"edition"` // edition the article number belongs to
	EditionChinese string             `json:"edition_zh,omitempty"`
	Article        string             `json:"article,omitempty"`
	Confidence     Confidence         `json:"confidence"`
	OrgTypes       []OrganizationKind `json:"org_types,omitempty"` // only for these kinds; empty = all
}

// AppliesTo tells whether the citation is meant for organizations of kind k.
func (c Citation) AppliesTo(k OrganizationKind) bool {
	if len(c.OrgTypes) == 0 {
		return true
	}
	for _, t := range c.OrgTypes {
		if t == k {
			return true
		}
	}
	return false
}

// EditionIn names the edition in language "zh" or "en".
func (c Citation) EditionIn(lang string) string {
	return Text{Chinese: c.EditionChinese, English: c.Edition}.In(lang)
}

// EditionIn names the edition in language "zh" or "en".
func (i Instrument) EditionIn(lang string) string {
	return Text{Chinese: i.EditionChinese, English: i.Edition}.In(lang)
}
