package record

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// LawEdition is one edition of a law, regulation, rule or standard, as the
// authority has it in its library. It is data: somebody enters it with its
// source, somebody else who compared it with the published text approves it, and
// only then it counts.
type LawEdition struct {
	Ref        string       `json:"ref"`     // STR, CHL …: what checklists cite it by
	Title      Text         `json:"title"`   // 社会团体登记管理条例
	Edition    Text         `json:"edition"` // 2016年修订
	From       string       `json:"from"`    // first day in force, YYYY-MM-DD
	Until      string       `json:"until,omitempty"`
	Source     Text         `json:"source"` // where the text was read
	Confidence Confidence   `json:"confidence"`
	Articles   []LawArticle `json:"articles"`
}

// LawArticle is one article of an edition.
type LawArticle struct {
	Article    string     `json:"article"`            // "30(1)(iii)", as checklists write it
	Was        string     `json:"was,omitempty"`      // its number in the edition before, where that was another
	Changed    bool       `json:"changed,omitempty"`  // its words are not those of the edition before
	Repealed   bool       `json:"repealed,omitempty"` // it is in this edition no more
	Text       string     `json:"text,omitempty"`     // its words
	Confidence Confidence `json:"confidence"`
}

// maxLawText bounds an edition, in bytes of JSON.
const maxLawText = 2 << 20

// LawEditionID gives the identity of an edition, the same on every laptop.
func LawEditionID(ref, edition string) ID { return DerivedID(LawType, ref, edition) }

// ID gives the edition's identity.
func (e LawEdition) ID() ID { return LawEditionID(e.Ref, e.Edition.Chinese) }

// Digest names what the edition says: an approval is of this and nothing else.
func (e LawEdition) Digest() Hash {
	b, _ := json.Marshal(e) // strings and flags always marshal
	return HashOf(b)
}

// Check tells why an edition cannot be kept, nil if it can.
func (e LawEdition) Check() error {
	fault := func(message, field string, args map[string]any) error {
		return &Error{Code: Invalid, Message: message, Field: field, Args: args}
	}
	day := func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }
	switch {
	case strings.TrimSpace(e.Ref) == "" || strings.TrimSpace(e.Title.Chinese) == "" || strings.TrimSpace(e.Edition.Chinese) == "":
		return fault("law.named", "ref", nil)
	case !day(e.From) || e.Until != "" && (!day(e.Until) || e.Until < e.From):
		return fault("law.validity", "from", map[string]any{"from": e.From, "until": e.Until})
	case strings.TrimSpace(e.Source.In("zh")) == "":
		return fault("law.source", "source", nil)
	case !e.Confidence.known():
		return fault("law.confidence", "confidence", map[string]any{"confidence": e.Confidence})
	}
	seen, was := map[string]bool{}, map[string]bool{}
	for _, a := range e.Articles {
		switch {
		case strings.TrimSpace(a.Article) == "" || seen[a.Article]:
			return fault("law.article_twice", "articles", map[string]any{"article": a.Article})
		case a.Was != "" && was[a.Was]:
			return fault("law.article_twice", "articles", map[string]any{"article": a.Was})
		case !a.Confidence.known():
			return fault("law.confidence", "articles", map[string]any{"confidence": a.Confidence})
		}
		seen[a.Article], was[a.Was] = true, a.Was != ""
	}
	if b, err := json.Marshal(e); err != nil || len(b) > maxLawText {
		return &Error{Code: TooLarge, Message: "law.large", Field: "articles", Args: map[string]any{"limit": maxLawText >> 20}}
	}
	return nil
}

func (c Confidence) known() bool {
	return slices.Contains([]Confidence{Verified, SecondarySeen, InstrumentOnly, FromMemory}, c)
}

// LawStep says who did something to an edition of the library, and when.
type LawStep struct {
	By   ID     `json:"by"`
	Name string `json:"name"`
	At   string `json:"at"`             // RFC 3339
	Of   Hash   `json:"of"`             // Digest of what was edited or approved
	Note string `json:"note,omitempty"` // with what it was compared
}

// KeptLaw is an edition in the library: a view of its State.
type KeptLaw struct {
	LawEdition
	Edited   LawStep  `json:"edited"`
	Approved *LawStep `json:"approved,omitempty"` // nil until somebody else has approved exactly this
	Conflict bool     `json:"conflict,omitempty"`

	state State
}

// LawOf reads an edition from its record's state.
func LawOf(s State) (k KeptLaw, ok bool) {
	k.state = s
	if !s.Get("law", &k.LawEdition) || k.Check() != nil {
		return k, false
	}
	s.Get("edited", &k.Edited)
	var a LawStep
	k.Conflict = len(s.Conflicts()) > 0
	if s.Get("approved", &a) && a.Of == k.Digest() && a.By != "" && a.By != k.Edited.By && !k.Conflict {
		k.Approved = &a
	}
	return k, true
}

// EditLaw puts an edition into the library, or another text in its place. What
// was approved counts no more: it was of another text.
func EditLaw(s State, e LawEdition, by LawStep) (Change, error) {
	if err := e.Check(); err != nil {
		return Change{}, err
	}
	if by.By == "" {
		return Change{}, &Error{Code: Invalid, Message: "law.by", Field: "by"}
	}
	by.Of = e.Digest()
	kind, set := Set, map[string]any{"law": e, "edited": by}
	if len(s) == 0 {
		kind = Create
	} else {
		set["approved"] = nil
	}
	return s.change(kind, e.ID(), set), nil
}

// Approve says that the edition is as published. Whoever entered it does not
// approve it.
func (k KeptLaw) Approve(by LawStep) (Change, error) {
	switch {
	case by.By == "":
		return Change{}, &Error{Code: Invalid, Message: "law.by", Field: "by"}
	case k.Conflict:
		return Change{}, &Error{Code: Conflict, Message: "law.conflict"}
	case by.By == k.Edited.By:
		return Change{}, &Error{Code: Forbidden, Message: "law.own_edit", Field: "by", Args: map[string]any{"name": by.Name}}
	case strings.TrimSpace(by.Note) == "":
		return Change{}, &Error{Code: Invalid, Message: "law.compared", Field: "note"}
	}
	by.Of = k.Digest()
	return k.state.change(Set, k.ID(), map[string]any{"approved": by}), nil
}

// LawLibrary is what an authority has approved.
type LawLibrary []KeptLaw

// Sort puts the library in order: by instrument, the earlier edition before the
// later.
func (l LawLibrary) Sort() {
	slices.SortFunc(l, func(a, b KeptLaw) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.From, b.From), cmp.Compare(a.ID(), b.ID()))
	})
}

// InForce gives the approved edition of an instrument that is in force on a day,
// the latest where several are.
func (l LawLibrary) InForce(ref, day string) (LawEdition, bool) {
	var found LawEdition
	for _, k := range l {
		if k.Ref == ref && k.Approved != nil && k.From <= day && (k.Until == "" || day <= k.Until) && k.From > found.From {
			found = k.LawEdition
		}
	}
	return found, found.Ref != ""
}

// LawChange is what became of a citation in the edition in force.
type LawChange string

const (
	LawSame     LawChange = ""         // the edition cited is in force, or the library has no other
	LawNumber   LawChange = "number"   // the article has another number now
	LawWords    LawChange = "words"    // its words have changed
	LawRepealed LawChange = "repealed" // it is gone
	LawUnknown  LawChange = "unknown"  // the library does not say: somebody must look
)

// Pin gives a citation as it stands on a day, and what has changed. An approved
// edition of the library goes before what the checklist says; an article that it
// says nothing of stays open to doubt and prints as 待核对.
func (l LawLibrary) Pin(c Citation, day string) (Citation, LawChange) {
	e, ok := l.InForce(c.Ref, day)
	if !ok {
		return c, LawSame
	}
	same := e.Edition.Chinese == c.EditionChinese || c.EditionChinese == "" && e.Edition.English == c.Edition
	out := c
	out.Chinese, out.English = cmp.Or(e.Title.Chinese, c.Chinese), cmp.Or(e.Title.English, c.English)
	out.EditionChinese, out.Edition = e.Edition.Chinese, cmp.Or(e.Edition.English, e.Edition.Chinese)
	var articles []string
	change, sure := LawSame, true
	for _, cited := range strings.Split(c.Article, ",") {
		cited = strings.TrimSpace(cited)
		if cited == "" {
			continue
		}
		n := slices.IndexFunc(e.Articles, func(a LawArticle) bool {
			return !same && a.Was == cited || (same || a.Was == "") && a.Article == cited
		})
		switch {
		case n < 0 && same:
			sure = sure && c.Confidence == Verified
		case n < 0:
			change, sure = LawUnknown, false
		default:
			a := e.Articles[n]
			sure = sure && a.Confidence == Verified
			if !same {
				change = graver(change, a, cited)
			}
			if a.Repealed {
				sure = false
			}
			cited = a.Article
		}
		articles = append(articles, cited)
	}
	out.Article = strings.Join(articles, ", ")
	switch {
	case len(articles) == 0:
	case sure:
		out.Confidence = Verified
	case out.Confidence == Verified:
		out.Confidence = FromMemory
	}
	return out, change
}

// graver gives the graver of two changes.
func graver(so LawChange, a LawArticle, cited string) LawChange {
	now := LawSame
	switch {
	case a.Repealed:
		now = LawRepealed
	case a.Changed:
		now = LawWords
	case a.Article != cited:
		now = LawNumber
	}
	order := []LawChange{LawSame, LawNumber, LawWords, LawRepealed, LawUnknown}
	if slices.Index(order, now) > slices.Index(order, so) {
		return now
	}
	return so
}
