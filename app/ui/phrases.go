package ui

import (
	"context"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// phrasable tells whether a sentence for the record can be offered at the item in
// hand, and whether it is one on a problem.
func (p *itemPanel) phrasable() (problem, ok bool) {
	v := p.v
	if v.visit == nil || p.n.Item == nil || v.visit.Inspection.Sealed != nil {
		return false, false
	}
	switch v.outcome(p.n) {
	case checklist.Problem, checklist.PartlyRectified:
		return true, true
	case checklist.NoProblem, checklist.Unanswered:
		return false, true
	}
	return false, false
}

// askPhrase asks which sentence goes into the record.
func (p *itemPanel) askPhrase() {
	problem, ok := p.phrasable()
	if !ok {
		return
	}
	w, key := p.w, p.of
	b := newInquiry(w, "phrase/"+key)
	var values, labels []string
	for _, x := range checklist.PhrasesFor(p.n.Item.Code, problem) {
		label := x.Title.In(w.lang())
		if !x.Checked() {
			label += "（" + w.T("phrase.unchecked") + "）"
		}
		values, labels = append(values, x.ID), append(labels, label)
	}
	b.choice("phrase", w.T("ui.phrase.which"), values, labels, values[0])
	p.form = b
	var chosen string
	b.ask(w.T("ui.phrase.question"), w.T("ui.phrase.explained"), w.T("ui.phrase.next"), "", func(_ context.Context, said map[string]string) error {
		chosen = said["phrase"]
		return nil
	}, func() { p.fillPhrase(key, chosen, problem) })
}

// fillPhrase asks what stands in the places of a sentence, and puts it into the
// finding's facts where there is a problem, else into the note.
func (p *itemPanel) fillPhrase(key, id string, problem bool) {
	w := p.w
	x, ok := checklist.FindPhrase(id)
	if !ok || p.of != key {
		return
	}
	lang := "zh" // of the law
	if p.v.visit.Checklist.Jurisdiction != "CN" {
		lang = "en"
	}
	b := newInquiry(w, "phrase/"+key+"/"+id)
	slots := x.Slots(lang)
	for n, s := range slots {
		b.text(s, w.T("phrase.slot."+s), "", 1)
		if n%2 == 1 {
			b.beside(2)
		}
	}
	p.form = b
	text := ""
	b.ask(x.Fill(lang, nil), w.T("ui.phrase.fill_explained"), w.T("ui.phrase.do"), slots[0], func(_ context.Context, said map[string]string) error {
		text = x.Fill(lang, said)
		return nil
	}, func() {
		before := p.v.visit.Inspection.Answers[key]
		p.v.undo = append(p.v.undo, step{back: func() {
			p.v.edit(key, func(a *record.Answer) { a.Fact, a.Note = before.Fact, before.Note }, nil)
		}})
		p.v.edit(key, func(a *record.Answer) {
			if problem {
				a.Fact = strings.TrimPrefix(a.Fact+"\n"+text, "\n")
			} else {
				a.Note = strings.TrimPrefix(a.Note+"\n"+text, "\n")
			}
		}, nil)
	})
}
