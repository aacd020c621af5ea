package checklist

import (
	"slices"

	"plumbline/app/record"
)

// Edit is what a person changes at one item without Excel: its words, how grave
// a problem is, the days to put it right, and the articles it rests on. Logic
// stays with the workbook.
type Edit struct {
	UID      string
	Text     record.Text
	Severity record.Severity
	Deadline *int     // nil for none
	Articles []string // one for each provision, in their order
}

// EditOf gives the item as it stands, to be changed.
func EditOf(it *Item) Edit {
	e := Edit{UID: it.UID, Text: it.Text, Severity: it.Severity, Deadline: it.Deadline}
	for _, b := range it.Basis {
		e.Articles = append(e.Articles, b.Article)
	}
	return e
}

// Editable tells why a checklist cannot be edited here, nil if it can: what a
// newer program wrote into it would be lost.
func (c Checklist) Editable() error {
	if len(c.unknown) > 0 {
		return &record.Error{Code: record.Newer, Message: "checklist.edit_newer", Args: map[string]any{"field": c.unknown[0]}}
	}
	return nil
}

// Apply gives the checklist with an item changed; c itself stays. An article that
// is changed by hand is marked to be verified (待核对): nobody has compared it
// with the law's text yet.
func (c Checklist) Apply(e Edit) (Checklist, error) {
	return c.revised(func(c *Checklist) error {
		if c.Schema == SchemaElements {
			it, element := c.uids[e.UID], c.element(e.UID)
			if it == nil || element == nil {
				return wrong("uid", "checklist.edit_item", map[string]any{"item": e.UID})
			}
			return c.editElement(it, element, e)
		}
		for n := range c.Items {
			if it := &c.Items[n]; it.UID == e.UID {
				it.Text, it.Severity, it.Deadline = e.Text, e.Severity, e.Deadline
				it.Basis = withArticles(it.Basis, e.Articles)
				return nil
			}
		}
		return wrong("uid", "checklist.edit_item", map[string]any{"item": e.UID})
	})
}

// Move gives the checklist with an item one place further up (-1) or down (1)
// among those that stand beside it. At the end of them nothing changes.
func (c Checklist) Move(uid string, by int) (Checklist, error) {
	return c.revised(func(c *Checklist) error {
		if c.Schema == SchemaElements {
			moveElement(c.Elements, uid, by)
			return nil
		}
		at := slices.IndexFunc(c.Items, func(it Item) bool { return it.UID == uid })
		for n := at + by; at >= 0 && n >= 0 && n < len(c.Items); n += by {
			if c.Items[n].Section == c.Items[at].Section {
				c.Items[at], c.Items[n] = c.Items[n], c.Items[at]
				return nil
			}
		}
		return nil
	})
}

// AsVersion gives the checklist under another version and status.
func (c Checklist) AsVersion(version, status string) (Checklist, error) {
	return c.revised(func(c *Checklist) error {
		c.Version, c.Status = version, status
		return nil
	})
}

func (c Checklist) revised(change func(*Checklist) error) (Checklist, error) {
	if err := c.Editable(); err != nil {
		return c, err
	}
	own, err := Parse(c.bytes) // nobody else's
	if err != nil {
		return c, err
	}
	if err := change(&own); err != nil {
		return c, err
	}
	out, err := Parse(Encode(own))
	if err != nil {
		return c, err
	}
	return out, nil
}

func (c *Checklist) element(uid string) (found *Element) {
	c.Walk(func(e *Element, _ []*Element) {
		if e.UID == uid {
			found = e
		}
	})
	return found
}

func (c *Checklist) editElement(it *Item, element *Element, e Edit) error {
	for _, t := range [2]struct{ code, was, is string }{{"zh", it.Text.Chinese, e.Text.Chinese}, {"en", it.Text.English, e.Text.English}} {
		if t.was == t.is {
			continue // the label may have marks that the item's text has not
		}
		language := c.languageOf(t.code)
		if language == "" && (len(c.Languages) > 0 || han(t.is) != (t.code == "zh")) {
			return wrong("text", "checklist.edit_language", map[string]any{"language": t.code})
		}
		if element.Label == nil {
			element.Label = Texts{}
		}
		element.Label[language] = t.is
	}
	if it.Severity == e.Severity && sameDays(it.Deadline, e.Deadline) && slices.Equal(EditOf(it).Articles, e.Articles) {
		return nil
	}
	if element.Inspect == nil {
		element.Inspect = &Inspect{}
	}
	i := element.Inspect
	i.Severity, i.Deadline, i.Basis = e.Severity, e.Deadline, withArticles(i.Basis, e.Articles)
	return nil
}

func sameDays(a, b *int) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func withArticles(basis []Basis, articles []string) []Basis {
	out := slices.Clone(basis)
	for n := range out {
		if n < len(articles) && out[n].Article != articles[n] {
			out[n].Article, out[n].Confidence, out[n].ArticleStatus = articles[n], record.FromMemory, ""
		}
	}
	return out
}

func moveElement(list []Element, uid string, by int) bool {
	for n := range list {
		if list[n].UID == uid {
			if k := n + by; k >= 0 && k < len(list) {
				list[n], list[k] = list[k], list[n]
			}
			return true
		}
		if moveElement(list[n].Elements, uid, by) {
			return true
		}
	}
	return false
}
