package checklist

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"plumbline/app/record"
)

// MaxElements is how many rows an authored checklist may have.
const MaxElements = 10_000

// unasked are the types that nobody answers: they are shown, computed, or taken
// from the device and the clock.
var unasked = map[string]bool{
	"note": true, "calculate": true, "hidden": true, "start": true, "end": true, "today": true, "deviceid": true, "username": true, "email": true,
	"phonenumber": true, "simserial": true, "subscriberid": true, "audit": true, "start-geopoint": true, "background-audio": true,
	"background-geopoint": true, "xml-external": true, "csv-external": true, "caseid": true,
}

// Asked tells whether an inspector answers this element.
func (e *Element) Asked() bool {
	return e.Kind == QuestionElement && !unasked[e.Type] && e.Calculation == "" && !says(e.ReadOnly, true)
}

// says tells whether a cell that may hold an expression plainly says yes or no.
func says(cell string, yes bool) bool {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "yes", "true", "true()", "1":
		return yes
	case "no", "false", "false()", "0":
		return !yes
	}
	return false
}

// derive computes the sections and items of an authored checklist from its
// elements. A section is a run of questions under one heading.
func (c *Checklist) derive() error {
	uids := map[string]bool{}
	names := map[string]int{} // how many questions have this name
	count := 0
	var err error
	c.Walk(func(e *Element, above []*Element) {
		if count++; err == nil {
			err = firstError(
				formed(elementPath(e, "uid"), e.UID, uidForm),
				oneOf(elementPath(e, "kind"), e.Kind, GroupElement, RepeatElement, LoopElement, QuestionElement, CommentElement),
			)
		}
		if err == nil && uids[e.UID] {
			err = wrong(elementPath(e, "uid"), "checklist.twice", map[string]any{"what": e.UID})
		}
		if err == nil && len(above) > 64 {
			err = wrong(elementPath(e, ""), "checklist.too_deep", nil)
		}
		uids[e.UID] = true
		names[e.Name]++
	})
	if err != nil {
		return err
	}
	if count > MaxElements {
		return &record.Error{Code: record.TooLarge, Message: "checklist.too_many_items", Field: "elements", Args: map[string]any{"n": count, "limit": MaxElements}}
	}
	d := deriver{c: c, names: names, sections: map[string]int{}, codes: map[string]bool{}}
	c.Sections, c.Items, c.logic = nil, nil, &logic{}
	d.walk(c.Elements, nil, "", nil)
	c.place()
	if c.Scoring != nil {
		return c.Scoring.settle()
	}
	return nil
}

func elementPath(e *Element, field string) string {
	return strings.TrimSuffix("elements["+e.UID+"]."+field, ".")
}

// walk makes items of the questions among these elements. suffix and fill are
// those of the loop they stand in: its questions are there once for each choice.
func (d *deriver) walk(list []Element, above []*Element, suffix string, fill func(string) string) {
	for n := range list {
		e := &list[n]
		within := append(above[:len(above):len(above)], e)
		switch {
		case e.Kind == LoopElement && d.c.List(e.List, false) != nil:
			for _, o := range d.c.loopChoices(e) {
				d.walk(e.Elements, within, suffix+loopSuffix(o.Name), d.c.loopFill(o))
				if len(d.c.Items) > MaxItems {
					return // settle says so
				}
			}
		case e.Asked():
			d.item(e, above, suffix, fill)
		default:
			d.walk(e.Elements, within, suffix, fill)
		}
	}
}

type deriver struct {
	c        *Checklist
	names    map[string]int
	heading  string // uid of the group whose section is the last one
	sections map[string]int
	codes    map[string]bool
}

// section gives the section for a question in these groups, a new one when
// another stands between.
func (d *deriver) section(above []*Element) string {
	heading, title := "general", bothWords("checklist.general")
	var zh, en []string
	for _, g := range above {
		if len(g.Label) == 0 {
			continue
		}
		t := plainText(g.Label.text(d.c.DefaultLanguage))
		zh, en = append(zh, t.In("zh")), append(en, t.In("en"))
		heading, title = g.UID, record.Text{Chinese: strings.Join(zh, " › "), English: strings.Join(en, " › ")}
	}
	if title.Chinese == title.English { // one language only
		if han(title.Chinese) {
			title.English = ""
		} else {
			title.Chinese = ""
		}
	}
	if n := len(d.c.Sections); n > 0 && d.heading == heading {
		return d.c.Sections[n-1].ID
	}
	d.heading = heading
	id := heading
	if d.sections[heading]++; d.sections[heading] > 1 {
		id += "-" + strconv.Itoa(d.sections[heading])
	}
	d.c.Sections = append(d.c.Sections, Section{ID: id, Title: title})
	return id
}

// code gives what people call the item: the number its author gave it, else
// its name, with that of its groups where there are several of the name.
func (d *deriver) code(e *Element, above []*Element, suffix string) string {
	code := e.Name + suffix
	if e.Inspect != nil && e.Inspect.ItemNo != "" {
		code = e.Inspect.ItemNo + suffix
	} else if d.names[e.Name] > 1 {
		for n := len(above) - 1; n >= 0 && (d.codes[code] || code == e.Name+suffix); n-- {
			code = above[n].Name + "/" + code
		}
	}
	if len([]rune(code)) > 64 || !authoredCode.MatchString(code) {
		code = e.UID + suffix
	}
	return d.unused(code)
}

// unused gives the code, with a number behind it when it is taken.
func (d *deriver) unused(code string) string {
	for n, plain := 2, code; d.codes[code]; n++ {
		code = fmt.Sprintf("%.58s %d", plain, n)
	}
	d.codes[code] = true
	return code
}

func (d *deriver) item(e *Element, above []*Element, suffix string, fill func(string) string) {
	it := Item{
		UID: e.UID + suffix, Section: d.section(above), Code: d.code(e, above, suffix), Severity: record.Info, Evidence: EvidenceRule{Photo: PhotoOptional},
		Text: plainText(e.Label.text(d.c.DefaultLanguage)), element: e,
	}
	if fill != nil {
		it.Text = record.Text{Chinese: fill(it.Text.Chinese), English: fill(it.Text.English)}
	}
	if it.Text == (record.Text{}) {
		it.Text.English = first(e.Name, e.UID)
	}
	hint, guidance := e.Hint.text(d.c.DefaultLanguage), e.Guidance.text(d.c.DefaultLanguage)
	it.Guidance = plainText(record.Text{Chinese: both(hint.Chinese, guidance.Chinese), English: both(hint.English, guidance.English)})
	it.Answer.Type = FreeText
	switch e.Type {
	case "integer", "decimal", "range":
		it.Answer.Type = Number
	case "date":
		it.Answer.Type = Date
	case "select_one":
		it.Answer.Type = Choice
	case "select_multiple", "rank":
		it.Answer.Type = MultiChoice
	case "acknowledge":
		it.Answer.Type = Choice
		it.Answer.Options = []Option{{Value: "OK", Text: bothWords("checklist.acknowledged")}}
	case "image":
		it.Evidence.Photo = PhotoRecommended
		if says(e.Required, true) {
			it.Evidence.Photo = PhotoRequired
		}
	}
	if i := e.Inspect; i != nil {
		d.inspect(&it, i)
	}
	if t := it.Answer.Type; len(it.Answer.Options) == 0 && (t == Choice || t == MultiChoice) {
		d.options(&it)
	}
	d.c.Items = append(d.c.Items, it)
	if e.OrOther && it.Answer.Type != FreeText {
		other := Item{UID: it.UID + otherSuffix, Section: it.Section, Code: d.unused(it.Code + otherSuffix), Severity: record.Info, Evidence: EvidenceRule{Photo: PhotoOptional},
			Text:   record.Text{Chinese: word("zh", "checklist.specify_other", nil), English: word("en", "checklist.specify_other", nil)},
			Answer: AnswerSpec{Type: FreeText}, element: &Element{UID: it.UID + otherSuffix, Kind: QuestionElement, Type: "text"}}
		d.c.Items = append(d.c.Items, other)
	}
}

// otherSuffix follows the uid of a question for the words behind "other".
const otherSuffix = "-other"

// inspect takes over what the author said about the inspection.
func (d *deriver) inspect(it *Item, i *Inspect) {
	if i.Answer != "" {
		it.Answer.Type, it.Answer.Options = i.Answer, nil
	}
	it.Answer.Rule, it.Answer.Formula, it.Answer.Key = i.Rule, i.Formula, i.Key
	it.Answer.ExpectedField, it.Answer.RepeatOver = i.ExpectedField, i.RepeatOver
	if i.Severity != "" {
		it.Severity = i.Severity
	} else if i.FailWhen != "" || i.Answer != "" {
		it.Severity = record.Minor
	}
	if i.Evidence != nil {
		it.Evidence = *i.Evidence
	}
	it.Basis, it.Action, it.Deadline, it.Authority = i.Basis, i.Action, i.Deadline, i.Authority
	it.AppliesIf, it.OrgTypes, it.Sensitive, it.Penalty, it.Credit = i.AppliesIf, i.OrgTypes, i.Sensitive, i.Penalty, i.Credit
}

// options takes the choices of the item's list. A list that is in a file, or
// comes from other answers, gives none: its values are text.
func (d *deriver) options(it *Item) {
	list := d.c.List(it.element.List, false)
	seen := map[string]bool{}
	if list != nil {
		for n := range list.Choices {
			o := &list.Choices[n]
			if o.Name == "" || seen[o.Name] {
				continue
			}
			seen[o.Name] = true
			t := plainText(o.Label.text(d.c.DefaultLanguage))
			if t == (record.Text{}) {
				t.English = o.Name
			}
			it.Answer.Options = append(it.Answer.Options, Option{Value: o.Name, Text: t})
			it.scored = it.scored || o.Score != ""
			if o.Nonconforming {
				it.Answer.Nonconforming = append(it.Answer.Nonconforming, o.Name)
			}
		}
		if it.element.OrOther && !seen[OtherChoice] && len(seen) > 0 {
			it.Answer.Options = append(it.Answer.Options, Option{Value: OtherChoice, Text: bothWords("checklist.other_choice")})
		}
	}
	if len(it.Answer.Options) == 0 {
		it.Answer.Type = FreeText
	}
}

// OtherChoice is the value of the choice that or_other adds to a list.
const OtherChoice = "other"

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func both(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

var (
	tagForm    = regexp.MustCompile(`</?[a-zA-Z][^<>]{0,200}>`)
	linkForm   = regexp.MustCompile(`\[([^\[\]]{1,200})\]\([^()\s]{1,500}\)`)
	strongForm = regexp.MustCompile(`(\*\*|__)(\S(?:[^*_]*\S)?)(\*\*|__)`)
	headForm   = regexp.MustCompile(`(?m)^#{1,6}\s+`)
)

// plainText takes the marks of Markdown and HTML out of a label: what is
// printed and listed has none.
func plainText(t record.Text) record.Text {
	return record.Text{Chinese: plainLabel(t.Chinese), English: plainLabel(t.English)}
}

func plainLabel(s string) string {
	if !strings.ContainsAny(s, "<*_#[") {
		return strings.TrimSpace(s)
	}
	s = tagForm.ReplaceAllString(s, "")
	s = linkForm.ReplaceAllString(s, "$1")
	s = strongForm.ReplaceAllString(s, "$2")
	s = headForm.ReplaceAllString(s, "")
	return strings.TrimSpace(s)
}
