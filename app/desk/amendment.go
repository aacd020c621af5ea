package desk

import (
	"context"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
)

// Amending says what of a sealed record is amended. Item is the key of an item, ""
// for the visit itself; Part one of record.AmendableParts or AmendableFacts.
type Amending struct {
	Item, Part string
	Text       string
	Reason     string
	By         record.ID
}

// Amend proposes an amendment 补正 of a sealed inspection. It counts, and is printed
// beside the original, once somebody else approved it.
func (d *Desk) Amend(ctx context.Context, id record.ID, w Amending) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	told, err := d.asTold(ctx, v)
	if err != nil {
		return v, err
	}
	if _, ok := v.Node(w.Item); !ok && w.Item != "" {
		return v, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: w.Item, Args: map[string]any{"item": w.Item}}
	}
	a := record.Amendment{Item: w.Item, Part: w.Part, Original: told.Said(w.Item, w.Part), Amended: w.Text, Reason: w.Reason, By: w.By, At: d.stamp()}
	if w.By != "" {
		person, err := d.Store.Person(ctx, w.By)
		if err != nil {
			return v, err
		}
		a.Name = person.Name
	}
	changes, err := v.Inspection.Amend(a)
	if err != nil {
		return v, err
	}
	return d.keep(ctx, w.By, id, changes)
}

// DecideAmendment approves a proposed amendment, or with a note rejects it.
func (d *Desk) DecideAmendment(ctx context.Context, by, id, amendment record.ID, approve bool, note string) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	step := record.AmendmentStep{By: by, At: d.stamp(), Note: strings.TrimSpace(note)}
	if by != "" {
		person, err := d.Store.Person(ctx, by)
		if err != nil {
			return v, err
		}
		step.Name = person.Name
	}
	changes, err := v.Inspection.DecideAmendment(amendment, approve, step)
	if err != nil {
		return v, err
	}
	return d.keep(ctx, by, id, changes)
}

// Said gives what a part of the record says, in words of the law's language.
func (v Visit) Said(item, part string) string {
	i := v.Inspection
	if item == "" {
		return map[string]string{"place": i.Place, "person_on_site": i.PersonOnSite, "person_post": i.PersonPost, "recusal": i.Recusal,
			"statement": i.Statement, "started_at": i.StartedAt, "ended_at": i.EndedAt}[part]
	}
	a := i.Answers[item]
	switch part {
	case "note":
		return a.Note
	case "fact":
		for _, f := range v.Findings {
			if record.ItemKey(f.Item, f.Repeat) == item {
				return f.Fact
			}
		}
		return a.Fact
	}
	n, ok := v.Node(item)
	if !ok {
		return ""
	}
	lang := "zh"
	if v.Checklist.Jurisdiction != "CN" {
		lang = "en"
	}
	return checklist.AnswerText(n.Item, a, lang)
}

// AmendedPlace names the part of the record that an amendment is of.
func AmendedPlace(t *i18n.Texts, v Visit, a record.Amendment) string {
	part := t.T("ui.field." + a.Part)
	if n, ok := v.Node(a.Item); ok {
		return n.Item.Code + " " + part
	}
	return part
}

// amendments gives those that were approved, for paper.
func amendments(v Visit) (out []report.Amendment) {
	zh, en := i18n.New("zh"), i18n.New("en")
	for _, a := range v.Inspection.Amendments {
		if a.Approved == nil {
			continue
		}
		n, ok := v.Node(a.Item)
		out = append(out, report.Amendment{
			Where:    report.Text{Chinese: AmendedPlace(zh, v, a), English: AmendedPlace(en, v, a)},
			Original: a.Original, Amended: a.Amended, Reason: a.Reason, By: a.Name, ApprovedBy: a.Approved.Name, At: moment(a.Approved.At),
			Sensitive: ok && n.Item.Sensitive,
		})
	}
	return out
}
