package xlsform

import (
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// items gives the workbook as a checklist of items (plumbline-checklist/1),
// which is what it was written from. ok is false when it says it was not, or
// when its author has since written in it what only elements can hold: logic,
// groups in groups, questions that are no items.
func (in *importer) items() (out checklist.Checklist, ok bool) {
	if in.settings["inspect::schema"] != checklist.Schema || in.c.Scoring != nil || len(in.c.X.Sheets) > 0 || in.out.Untold > 0 {
		return out, false
	}
	out = in.c
	out.Schema, out.X, out.Lists, out.Elements, out.Languages, out.DefaultLanguage, out.InstanceName = checklist.Schema, nil, nil, nil, nil, "", ""
	for n := range in.c.Elements {
		g := &in.c.Elements[n]
		if g.Kind != checklist.GroupElement || g.End != nil || g.Inspect != nil || !plainElement(g) {
			return out, false
		}
		section := checklist.Section{ID: g.X[sectionColumn], Title: twoTexts(g.Label)}
		if section.ID == "" {
			section.ID = strings.ReplaceAll(g.Name, "_", "-")
		}
		out.Sections = append(out.Sections, section)
		for k := range g.Elements {
			it, ok := in.item(&g.Elements[k], section.ID)
			if !ok {
				return out, false
			}
			out.Items = append(out.Items, it)
		}
	}
	if _, err := checklist.Parse(checklist.Encode(out)); err != nil {
		return out, false // a code or version of another form, say
	}
	return out, true
}

const sectionColumn = "inspect::section"

// plainElement tells whether an element holds nothing that an item cannot.
func plainElement(e *checklist.Element) bool {
	for heading := range e.X {
		if heading != sectionColumn || e.Kind != checklist.GroupElement {
			return false
		}
	}
	for lang := range e.Label {
		if checklist.LanguageCode(lang) == "" {
			return false
		}
	}
	for lang := range e.Hint {
		if checklist.LanguageCode(lang) == "" {
			return false
		}
	}
	return len(e.Guidance)+len(e.Media)+len(e.ConstraintMessage)+len(e.RequiredMessage) == 0 && e.TypedAs == "" && e.File == "" && !e.OrOther &&
		e.Required+e.Relevant+e.Constraint+e.Calculation+e.Default+e.ReadOnly+e.ChoiceFilter+e.Count+e.Trigger+e.SaveTo+e.Appearance == ""
}

func twoTexts(t checklist.Texts) record.Text {
	var out record.Text
	for lang, s := range t {
		setBoth(&out, lang, s)
	}
	return out
}

func (in *importer) item(e *checklist.Element, section string) (checklist.Item, bool) {
	i := e.Inspect
	if e.Kind != checklist.QuestionElement || i == nil || i.Answer == "" || i.ItemNo == "" || i.Evidence == nil || i.Severity == "" ||
		!plainElement(e) || i.FailWhen != "" || i.Weight != "" || i.Veto || i.Finding != (record.Text{}) {
		return checklist.Item{}, false
	}
	it := checklist.Item{
		UID: e.UID, Code: i.ItemNo, Section: section, Text: twoTexts(e.Label), Guidance: twoTexts(e.Hint), Severity: i.Severity, Evidence: *i.Evidence,
		Basis: i.Basis, Authority: i.Authority, Action: i.Action, Deadline: i.Deadline, AppliesIf: i.AppliesIf, OrgTypes: i.OrgTypes,
		Sensitive: i.Sensitive, Penalty: i.Penalty, Credit: i.Credit,
		Answer: checklist.AnswerSpec{Type: i.Answer, Rule: i.Rule, Formula: i.Formula, Key: i.Key, ExpectedField: i.ExpectedField, RepeatOver: i.RepeatOver},
	}
	if t := writeItemType(&it); t.Type != e.Type || t.Parameters != e.Parameters {
		return it, false // its author made another question of it
	}
	if i.Answer != checklist.Choice && i.Answer != checklist.MultiChoice {
		return it, true
	}
	list := in.c.List(e.List, false)
	if list == nil {
		return it, false
	}
	for _, o := range list.Choices {
		if len(o.X)+len(o.Media) > 0 || o.Score != "" {
			return it, false
		}
		it.Answer.Options = append(it.Answer.Options, checklist.Option{Value: o.Name, Text: twoTexts(o.Label)})
		if o.Nonconforming {
			it.Answer.Nonconforming = append(it.Answer.Nonconforming, o.Name)
		}
	}
	return it, true
}

// conformityList is the list of choices of a conformity item.
const conformityList = "conformity"

// writeItemType gives the question that other tools ask for an item, without
// its list's choices.
func writeItemType(it *checklist.Item) checklist.Element {
	e := checklist.Element{Kind: checklist.QuestionElement, Name: strings.ToLower(strings.ReplaceAll(it.Code, "-", "_"))}
	switch it.Answer.Type {
	case checklist.Conformity:
		e.Type, e.List = "select_one", conformityList
	case checklist.Choice:
		e.Type, e.List = "select_one", e.Name
	case checklist.MultiChoice:
		e.Type, e.List = "select_multiple", e.Name
	case checklist.Number, checklist.Money, checklist.Percent:
		e.Type = "decimal"
	case checklist.Count:
		e.Type = "integer"
	case checklist.Date:
		e.Type = "date"
	case checklist.Rating5:
		e.Type, e.Parameters = "range", "start=1 end=5 step=1"
	default:
		e.Type = "text"
	}
	return e
}

// The languages of a checklist of items.
const (
	chinese = "Chinese (zh)"
	english = "English (en)"
)

func texts(t record.Text) checklist.Texts {
	out := checklist.Texts{}
	if t.Chinese != "" {
		out[chinese] = t.Chinese
	}
	if t.English != "" {
		out[english] = t.English
	}
	return out
}

// authored gives a checklist of items as its author would write it.
func authored(c checklist.Checklist) checklist.Checklist {
	out := c
	out.Schema, out.Languages, out.DefaultLanguage = checklist.SchemaElements, []string{chinese, english}, chinese
	if c.Jurisdiction != "CN" {
		out.DefaultLanguage = english
	}
	out.Elements, out.Lists = nil, nil
	out.X = &checklist.Extra{Settings: map[string]string{"inspect::schema": checklist.Schema}}
	conformity := false
	for _, s := range c.Sections {
		g := checklist.Element{Kind: checklist.GroupElement, Name: strings.NewReplacer("-", "_", ".", "_").Replace(s.ID), Label: texts(s.Title)}
		if !nameForm.MatchString(g.Name) {
			g.Name = "s_" + g.Name
		}
		if strings.ReplaceAll(g.Name, "_", "-") != s.ID {
			g.X = map[string]string{sectionColumn: s.ID}
		}
		for n := range c.Items {
			it := &c.Items[n]
			if it.Section != s.ID {
				continue
			}
			e := writeItemType(it)
			e.UID, e.Label, e.Hint = it.UID, texts(it.Text), texts(it.Guidance)
			evidence := it.Evidence
			e.Inspect = &checklist.Inspect{
				ItemNo: it.Code, Answer: it.Answer.Type, Severity: it.Severity, Evidence: &evidence, Basis: it.Basis, Action: it.Action, Deadline: it.Deadline,
				Authority: it.Authority, AppliesIf: it.AppliesIf, OrgTypes: it.OrgTypes, Sensitive: it.Sensitive, Penalty: it.Penalty, Credit: it.Credit,
				Rule: it.Answer.Rule, Formula: it.Answer.Formula, Key: it.Answer.Key, ExpectedField: it.Answer.ExpectedField, RepeatOver: it.Answer.RepeatOver,
			}
			conformity = conformity || e.List == conformityList
			if len(it.Answer.Options) > 0 {
				l := checklist.ChoiceList{Name: e.List}
				for _, o := range it.Answer.Options {
					l.Choices = append(l.Choices, checklist.ListChoice{Name: o.Value, Label: texts(o.Text), Nonconforming: has(it.Answer.Nonconforming, o.Value)})
				}
				out.Lists = append(out.Lists, l)
			}
			g.Elements = append(g.Elements, e)
		}
		out.Elements = append(out.Elements, g)
	}
	if conformity {
		l := checklist.ChoiceList{Name: conformityList}
		for _, v := range []string{record.Conform, record.Nonconform, record.Partly, record.NotApplicable, record.NotChecked} {
			l.Choices = append(l.Choices, checklist.ListChoice{Name: v, Nonconforming: v == record.Nonconform,
				Label: checklist.Texts{chinese: checklist.ValueText(v, "zh"), english: checklist.ValueText(v, "en")}})
		}
		out.Lists = append([]checklist.ChoiceList{l}, out.Lists...)
	}
	return out
}
