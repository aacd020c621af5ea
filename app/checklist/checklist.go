package checklist

import (
	"cmp"
	"io/fs"
	"strings"
	"sync"

	"plumbline/app/record"
	"plumbline/assets"
)

// AnswerType is how an item is answered.
type AnswerType string

const (
	Conformity  AnswerType = "conformity"  // no problem, problem, partly, not applicable, not checked
	Match       AnswerType = "match"       // the registered value against the one seen
	Choice      AnswerType = "choice"      // one of the options
	MultiChoice AnswerType = "multichoice" // any of the options
	Number      AnswerType = "number"      // a decimal number
	Count       AnswerType = "count"       // a whole number, not negative
	Money       AnswerType = "money"       // an amount in yuan, "12,000", "3万元"
	Percent     AnswerType = "percent"     // a share, "85" or "85%"
	Ratio       AnswerType = "ratio"       // computed from figures by a formula
	Date        AnswerType = "date"        // YYYY-MM-DD
	FreeText    AnswerType = "text"
	Rating5     AnswerType = "rating5"     // 1 to 5
	PerFinding  AnswerType = "per_finding" // one answer for each earlier finding
)

// What is to be photographed.
const (
	PhotoRequired    = "required"    // or a reason why there is none
	PhotoRecommended = "recommended" //
	PhotoOptional    = "optional"    //
	PhotoForbidden   = "forbidden"   // never photographed, never uploaded
)

// Values of a per_finding item beside record.Partly, record.NotApplicable and
// record.NotChecked.
const (
	Rectified    = "rectified"     // 已整改
	NotRectified = "not_rectified" // 未整改
	Recurred     = "recurred"      // 反弹
)

// Retired is the status of a checklist that is offered no more.
const Retired = "retired"

// Checklist is one version of a checklist. It comes from Parse and is shared:
// nobody changes it or what it points to.
type Checklist struct {
	Schema          string                    `json:"schema"`
	ID              string                    `json:"id"` // cn.spot.social-group
	Version         string                    `json:"version"`
	Status          string                    `json:"status"`       // draft | published | retired
	Jurisdiction    string                    `json:"jurisdiction"` // CN; * for any
	Title           record.Text               `json:"title"`
	Description     record.Text               `json:"description"`
	AppliesTo       []record.OrganizationKind `json:"applies_to"`
	InspectionKinds []string                  `json:"inspection_kinds"`
	Stage           string                    `json:"stage"`                // onsite | registration | reinspection | development
	Basis           []string                  `json:"legal_basis_of_check"` // refs of instruments the check itself rests on
	Notice          record.Text               `json:"notice"`               // what a reader must know, such as that deadlines are defaults
	Sections        []Section                 `json:"sections"`
	Items           []Item                    `json:"items"`
	// What follows to X is of an authored checklist (plumbline-checklist/2), whose
	// sections and items are computed from its elements.
	Languages       []string            `json:"languages"` // as its author calls them
	DefaultLanguage string              `json:"default_language"`
	InstanceName    string              `json:"instance_name"` // XPath: what one filled-in form is called
	Elements        []Element           `json:"elements"`
	Lists           []ChoiceList        `json:"lists"`
	Scoring         *Scoring            `json:"scoring"`
	Instruments     []record.Instrument `json:"instruments"` // every instrument cited, in the edition cited
	X               *Extra              `json:"x"`

	logic       *logic            // of an authored checklist
	places      map[string]string // section of each row of an authored checklist, by uid
	unknown     []string          // paths of fields this version does not know
	bytes       []byte
	digest      record.Hash
	instruments map[string]*record.Instrument
	ordered     []*Item          // in the order of sections
	uids        map[string]*Item //
	keyed       []*Item          // items whose figure others compute with
}

// Section groups items.
type Section struct {
	ID    string      `json:"id"`
	Title record.Text `json:"title"`
}

// Item is one thing to check 检查事项. Its UID never changes; its code is what
// people say and print, and means the same in every checklist.
type Item struct {
	UID       string                    `json:"uid"`
	Code      string                    `json:"code"` // REG-05
	Section   string                    `json:"section"`
	Text      record.Text               `json:"text"`
	Guidance  record.Text               `json:"guidance"`
	Answer    AnswerSpec                `json:"answer"`
	Severity  record.Severity           `json:"severity"`
	Evidence  EvidenceRule              `json:"evidence"`
	Basis     []Basis                   `json:"legal_basis"`
	Authority record.Text               `json:"competent_authority"` // another authority's matter: refer, never order
	Action    record.Text               `json:"corrective_action"`
	Deadline  *int                      `json:"deadline_days"` // calendar days; nil = none
	AppliesIf string                    `json:"applies_if"`    // a fact about the organization
	OrgTypes  []record.OrganizationKind `json:"org_types"`     // only for these kinds; empty = all
	Sensitive bool                      `json:"sensitive"`     // 内部掌握
	Penalty   bool                      `json:"may_refer_to_penalty_case"`
	Credit    string                    `json:"credit_consequence"` // abnormal | serious

	element *Element // of an authored checklist: where the item comes from
	scored  bool     // its choices say what they earn, so nobody need judge
}

// Element gives the row of an authored checklist that the item comes from, nil
// in a /1 checklist.
func (it *Item) Element() *Element { return it.element }

// AnswerSpec says how an item is answered and what the answer comes to.
type AnswerSpec struct {
	Type          AnswerType        `json:"type"`
	Options       []Option          `json:"options"`
	Nonconforming []string          `json:"nonconforming_values"` // options that are a problem
	Rule          string            `json:"rule"`                 // "value >= 2": holds when there is no problem
	Formula       map[string]string `json:"formula"`              // by subtype: public_foundation, private_foundation, a kind, all
	Key           string            `json:"key"`                  // the name rules and formulas know this item's figure by
	ExpectedField string            `json:"expected_field"`       // org.address: the registered value a match item compares with
	RepeatOver    string            `json:"repeat_over"`          // previous_findings

	rule     *Expression
	formulas map[string]*Expression
	figures  map[string]record.Text // texts of the items whose figures the formulas use
}

// Option is one value of a choice.
type Option struct {
	Value string `json:"value"`
	record.Text
}

// EvidenceRule says what evidence an item asks for.
type EvidenceRule struct {
	Photo    string `json:"photo"`
	Position string `json:"position"` // recommended: note where the photo was taken
}

// Basis is one provision an item rests on; the instrument is the checklist's.
type Basis struct {
	Ref           string                    `json:"ref"`
	Article       string                    `json:"article"` // "18, 30(1)(iv)"; "" = left open
	Confidence    record.Confidence         `json:"confidence"`
	ArticleStatus string                    `json:"article_status"` // why the article was left open
	OrgTypes      []record.OrganizationKind `json:"org_types"`
}

// Ref pins this version of the checklist: the digest is that of the exact bytes.
func (c Checklist) Ref() record.ChecklistRef {
	return record.ChecklistRef{ID: c.ID, Version: c.Version, Digest: c.digest}
}

// Bytes gives the checklist as it was written, with all that this version does
// not know. The caller must not change them.
func (c Checklist) Bytes() []byte { return c.bytes }

// Unknown lists the paths of fields this version does not know. They are kept
// in Bytes; a person who brings in a checklist should see them, for one of
// them may be a misspelling.
func (c Checklist) Unknown() []string { return c.unknown }

// Item gives the item with this uid.
func (c Checklist) Item(uid string) (*Item, bool) {
	it, ok := c.uids[uid]
	return it, ok
}

// ItemByCode gives the item that people call by this code, such as REG-05.
func (c Checklist) ItemByCode(code string) (*Item, bool) {
	for n := range c.Items {
		if c.Items[n].Code == code {
			return &c.Items[n], true
		}
	}
	return nil, false
}

// Instrument gives the instrument cited as ref, in the edition this checklist
// cites.
func (c Checklist) Instrument(ref string) (record.Instrument, bool) {
	if p := c.instruments[ref]; p != nil {
		return *p, true
	}
	return record.Instrument{}, false
}

// Serves tells whether the checklist is made for organizations of kind k.
func (c Checklist) Serves(k record.OrganizationKind) bool { return among(k, c.AppliesTo) }

// Citations gives the provisions item it rests on for organizations of kind k,
// pinned to the editions this checklist cites.
func (c Checklist) Citations(it *Item, k record.OrganizationKind) []record.Citation {
	var out []record.Citation
	for _, b := range it.Basis {
		cited := record.Citation{Ref: b.Ref, Article: b.Article, Confidence: b.Confidence, OrgTypes: b.OrgTypes}
		if !cited.AppliesTo(k) {
			continue
		}
		if p := c.instruments[b.Ref]; p != nil {
			cited.Chinese, cited.English = p.Chinese, p.English
			cited.Edition, cited.EditionChinese = p.Edition, p.EditionChinese
		}
		out = append(out, cited)
	}
	return out
}

// PhotoForbidden tells whether the item must never be photographed.
func (it *Item) PhotoForbidden() bool { return it.Evidence.Photo == PhotoForbidden }

// DeadlineDays gives the days to put a problem right, 0 when none are set.
func (it *Item) DeadlineDays() int {
	if it.Deadline == nil {
		return 0
	}
	return *it.Deadline
}

func (it *Item) option(value string) *Option {
	for n := range it.Answer.Options {
		if it.Answer.Options[n].Value == value {
			return &it.Answer.Options[n]
		}
	}
	return nil
}

func among[T comparable](x T, list []T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

var builtin = sync.OnceValue(func() []Checklist {
	names, err := fs.Glob(assets.Checklists, "checklists/*.json")
	if err != nil {
		panic(err) // the pattern is ours
	}
	var out []Checklist
	for _, name := range names {
		b, err := fs.ReadFile(assets.Checklists, name)
		if err != nil {
			panic(err) // embedded: cannot be missing
		}
		c, err := Parse(b)
		if err != nil {
			panic("checklist: " + name + ": " + err.Error()) // a test parses each of them
		}
		out = append(out, c)
	}
	return out
})

// Builtin gives the checklists the program comes with, in their order. They
// are parsed once; the caller must not change them.
func Builtin() []Checklist { return builtin() }

// Find gives the built-in checklist with this id.
func Find(id string) (Checklist, bool) {
	for _, c := range Builtin() {
		if c.ID == id {
			return c, true
		}
	}
	return Checklist{}, false
}

// CompareVersions tells which of two versions is the newer: -1, 0 or 1. Numbers
// within them count as numbers, so that 1.10 comes after 1.9.
func CompareVersions(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x > 0 && y > 0 {
			m, n := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits tells how many digits a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
