package checklist

import (
	"strings"
	"unicode"

	"plumbline/app/record"
)

// ElementKind is what a row of an authored checklist is.
type ElementKind string

const (
	GroupElement    ElementKind = "group"    // holds others, under one heading
	RepeatElement   ElementKind = "repeat"   // a group that is filled in any number of times
	LoopElement     ElementKind = "loop"     // a group that is there once for each choice of a list
	QuestionElement ElementKind = "question" // anything with a value: asked, computed or taken from the device
	CommentElement  ElementKind = "comment"  // a row that only its author reads
)

// Texts is one text in the languages of an authored checklist, by the name the
// author gave the language: "English (en)", "中文", "" where none is named.
type Texts map[string]string

// Element is one row of an authored checklist (plumbline-checklist/2): a
// question, or a group with what it holds. Logic is XPath as the author wrote
// it, with ${name} for other elements. What the fields do not hold is in X, by
// the heading of its column, so that an export loses nothing.
type Element struct {
	UID  string      `json:"uid"`
	Kind ElementKind `json:"kind"`
	// Type of a question: text, integer, select_one … TypedAs is the cell where
	// it says more or other: another spelling, a type we do not know.
	Type    string `json:"type"`
	TypedAs string `json:"typed_as"`
	List    string `json:"list"` // of choices
	File    string `json:"file"` // whose rows are the choices, or are looked up in
	OrOther bool   `json:"or_other"`
	Name    string `json:"name"`

	Label             Texts            `json:"label"`
	Hint              Texts            `json:"hint"`
	Guidance          Texts            `json:"guidance"`
	Media             map[string]Texts `json:"media"` // image, big-image, audio, video: names of files
	Required          string           `json:"required"`
	RequiredMessage   Texts            `json:"required_message"`
	Relevant          string           `json:"relevant"`
	Constraint        string           `json:"constraint"`
	ConstraintMessage Texts            `json:"constraint_message"`
	Calculation       string           `json:"calculation"`
	Default           string           `json:"default"`
	ReadOnly          string           `json:"read_only"`
	ChoiceFilter      string           `json:"choice_filter"`
	Count             string           `json:"repeat_count"`
	Trigger           string           `json:"trigger"`
	SaveTo            string           `json:"save_to"`
	Appearance        string           `json:"appearance"`
	Parameters        string           `json:"parameters"`

	Inspect  *Inspect          `json:"inspect"`
	X        map[string]string `json:"x"`
	End      map[string]string `json:"end"` // cells of the row that ends a group, by heading
	Elements []Element         `json:"elements"`
}

// Inspect is what makes a question an item of an inspection. A question
// without it records and judges nothing.
type Inspect struct {
	ItemNo    string                    `json:"item_no"` // what people say and print, 4.2.1
	Answer    AnswerType                `json:"answer"`  // how it is answered, where the type alone does not say
	Severity  record.Severity           `json:"severity"`
	FailWhen  string                    `json:"fail_when"` // XPath: holds when there is a problem
	Weight    string                    `json:"weight"`    // a decimal number
	Veto      bool                      `json:"veto"`      // a problem here decides the whole score
	Finding   record.Text               `json:"finding"`   // how a finding is headed, where the label does not fit
	Evidence  *EvidenceRule             `json:"evidence"`
	Basis     []Basis                   `json:"legal_basis"`
	Action    record.Text               `json:"corrective_action"`
	Deadline  *int                      `json:"deadline_days"`
	Authority record.Text               `json:"competent_authority"`
	AppliesIf string                    `json:"applies_if"`
	OrgTypes  []record.OrganizationKind `json:"org_types"`
	Sensitive bool                      `json:"sensitive"`
	Penalty   bool                      `json:"may_refer_to_penalty_case"`
	Credit    string                    `json:"credit_consequence"`

	Rule          string            `json:"rule"`
	Formula       map[string]string `json:"formula"`
	Key           string            `json:"key"`
	ExpectedField string            `json:"expected_field"`
	RepeatOver    string            `json:"repeat_over"`
}

// ChoiceList is a list of choices. External ones are of select_one_external.
type ChoiceList struct {
	Name     string       `json:"name"`
	External bool         `json:"external"`
	Choices  []ListChoice `json:"choices"`
}

// ListChoice is one choice. X holds the other columns, which choice filters
// read by their headings.
type ListChoice struct {
	Name          string            `json:"name"`
	Label         Texts             `json:"label"`
	Media         map[string]Texts  `json:"media"`
	Nonconforming bool              `json:"nonconforming"` // choosing it is a problem
	Score         string            `json:"score"`         // share of the weight that it earns: 0 to 1
	X             map[string]string `json:"x"`
}

// Extra is what an authored checklist carries along for its author.
type Extra struct {
	Columns  map[string][]string `json:"columns"`  // headings of each sheet, in the author's order and spelling
	Settings map[string]string   `json:"settings"` // by heading, those that no field of the checklist holds
	Order    map[string][]string `json:"order"`    // lists of the choices of a sheet, row by row, where they are mixed
	Sheets   []ExtraSheet        `json:"sheets"`   // sheets that mean nothing to us
}

// ExtraSheet is one sheet as it was, row by row.
type ExtraSheet struct {
	Name string     `json:"name"`
	Rows []ExtraRow `json:"rows"`
}

// ExtraRow is one row; Number counts from 1.
type ExtraRow struct {
	Number int      `json:"n"`
	Cells  []string `json:"cells"`
}

// LanguageCode gives "zh" or "en" for the name an author gave a language, ""
// for any other language and for none.
func LanguageCode(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if i := strings.LastIndexByte(name, '('); i >= 0 && strings.HasSuffix(name, ")") {
		switch code := strings.TrimSpace(name[i+1 : len(name)-1]); {
		case code == "zh" || strings.HasPrefix(code, "zh-") || strings.HasPrefix(code, "zh_"), code == "zho" || code == "chi" || code == "cmn":
			return "zh"
		case code == "en" || strings.HasPrefix(code, "en-") || strings.HasPrefix(code, "en_"), code == "eng":
			return "en"
		case code != "":
			return ""
		}
	}
	switch {
	case strings.Contains(name, "chinese"), strings.Contains(name, "mandarin"), strings.ContainsAny(name, "中汉漢"), name == "zh", strings.HasPrefix(name, "zh-"), strings.HasPrefix(name, "zh_"):
		return "zh"
	case strings.HasPrefix(name, "english"), name == "en", name == "eng", strings.HasPrefix(name, "en-"), strings.HasPrefix(name, "en_"), name == "英文", name == "英语":
		return "en"
	}
	return ""
}

// text gives the texts in our two languages. A text whose language is not
// named is Chinese when it has Chinese characters. Where neither language is
// there, the one in fallback stands in for English, else any: an inspector who
// sees another language knows more than one who sees nothing.
func (t Texts) text(fallback string) record.Text {
	var out record.Text
	for name, s := range t {
		switch LanguageCode(name) {
		case "zh":
			out.Chinese = s
		case "en":
			out.English = s
		}
	}
	if s := t[""]; s != "" {
		if han(s) && out.Chinese == "" {
			out.Chinese = s
		} else if !han(s) && out.English == "" {
			out.English = s
		}
	}
	if out == (record.Text{}) {
		if out.English = t[fallback]; out.English == "" {
			least := ""
			for name, s := range t {
				if s != "" && (out.English == "" || name < least) {
					least, out.English = name, s
				}
			}
		}
	}
	return out
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// walk visits every element with its ancestors, outermost first.
func walk(list []Element, above []*Element, visit func(e *Element, above []*Element)) {
	for n := range list {
		e := &list[n]
		visit(e, above)
		if len(e.Elements) > 0 {
			walk(e.Elements, append(above[:len(above):len(above)], e), visit)
		}
	}
}

// Walk visits every element of an authored checklist in order, with the groups
// it stands in, outermost first. Nothing is visited in a /1 checklist.
func (c Checklist) Walk(visit func(e *Element, above []*Element)) { walk(c.Elements, nil, visit) }

// List gives the list of choices with this name.
func (c Checklist) List(name string, external bool) *ChoiceList {
	for n := range c.Lists {
		if c.Lists[n].Name == name && c.Lists[n].External == external {
			return &c.Lists[n]
		}
	}
	return nil
}
