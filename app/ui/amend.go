package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// askAmend asks what of the sealed record is amended: of an item, or of the visit
// where n names none.
func (v *inspectionView) askAmend(n checklist.Node) {
	if v.visit == nil || v.visit.Inspection.Sealed == nil {
		return
	}
	w, s := v.w, v.session
	parts := record.AmendableFacts
	if n.Item != nil {
		parts = record.AmendableParts
	}
	var values, labels []string
	for _, part := range parts {
		said := v.visit.Said(n.Key, part)
		if part == "fact" && said == "" {
			continue // no finding here
		}
		values, labels = append(values, part), append(labels, w.T("ui.field."+part)+"：“"+strings.ReplaceAll(said, "\n", " ")+"”")
	}
	b := newInquiry(w, "amend/"+string(s.id)+"/"+n.Key)
	b.choice("part", w.T("ui.amend.part"), values, labels, values[0])
	b.text("text", w.T("ui.amend.text"), "", 2)
	b.text("reason", w.T("ui.amend.reason"), "", 2)
	b.person("by", w.T("ui.amend.by"), v.people, "")
	v.ask = b
	b.ask(w.T("ui.amend.question"), w.T("ui.amend.explained"), w.T("ui.amend.do"), "text", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		_, err = s.desk.Amend(ctx, s.id, desk.Amending{Item: n.Key, Part: said["part"], Text: said["text"], Reason: said["reason"], By: by})
		return err
	}, v.load)
}

// askDecision asks who approves a proposed amendment or rejects it.
func (v *inspectionView) askDecision(a record.Amendment, approve bool) {
	w, s := v.w, v.session
	word := "approve"
	if !approve {
		word = "reject"
	}
	b := newInquiry(w, "amend."+word+"/"+string(a.ID))
	b.text("note", w.T("ui.amend.note"), "", 1)
	b.person("by", w.T("ui.amend.decider"), v.people, a.By)
	v.ask = b
	b.ask(strings.TrimSuffix(w.T("ui.amend."+word), "…"), v.amendmentLine(a), strings.TrimSuffix(w.T("ui.amend."+word), "…"), "note", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		_, err = s.desk.DecideAmendment(ctx, by, s.id, a.ID, approve, said["note"])
		return err
	}, v.load)
}

func (v *inspectionView) amendmentLine(a record.Amendment) string {
	w := v.w
	return desk.AmendedPlace(w.texts, *v.visit, a) + "  " + w.T("amendment.line", "original", a.Original, "amended", a.Amended, "reason", a.Reason, "name", a.Name)
}

// amendments lists what was amended, beside what is to be decided on.
func (v *inspectionView) amendments() (out []fyne.CanvasObject) {
	w := v.w
	for _, a := range v.visit.Inspection.Amendments {
		m, c, state := half, amberColor, "proposed"
		switch {
		case a.Approved != nil:
			m, c, state = tick, jadeColor, "approved"
		case a.Rejected != nil:
			m, c, state = cross, slateColor, "rejected"
		}
		box := down(4, across(8, 1, sign(m, c, 18), plain(capital(w.T("amendment.state."+state))+"  "+v.amendmentLine(a))))
		if a.Open() {
			box.Add(flow(8, button(w.T("ui.amend.approve"), func() { v.askDecision(a, true) }), button(w.T("ui.amend.reject"), func() { v.askDecision(a, false) })))
		}
		out = append(out, inset(4, 10, box))
	}
	return out
}
