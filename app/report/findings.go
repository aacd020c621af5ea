package report

import "strings"

// evidenceLine names the photos that this copy shows and leads to the first.
func (r *paper) evidenceLine(numbers []string) []block {
	var shown []string
	for _, n := range numbers {
		for _, p := range r.in.Photos {
			if p.Number == n {
				shown = append(shown, n)
				break
			}
		}
	}
	if shown == nil {
		return nil
	}
	b := block{text: r.main("report.evidence.line", "numbers", strings.Join(shown, r.main("report.list_comma"))), style: field.in(ink), anchor: "photo " + shown[0]}
	if r.language == Both {
		b.text += "  " + r.second("report.evidence.short")
	}
	return []block{b}
}

// findings prints each finding as a small form of its own.
func (r *paper) findings() {
	t := r.table()
	for i, f := range r.in.Findings {
		title, rows := r.finding(f)
		high := 0.0
		for _, cells := range rows {
			high += t.height(cells...)
		}
		if high > 90 { // too long to move as a whole: its head and beginning stay together
			high = 30
		}
		if i == 0 {
			r.chapterHead("report.chapter.findings", high)
		} else {
			r.sheet.y += 2.5
			r.sheet.need(high)
		}
		r.sheet.bookmark(title, 1)
		t.header = nil
		for n, cells := range rows {
			t.row(cells...)
			if n == 0 {
				t.header = func() { t.row(cells...) } // what goes on overleaf says whose it is
			}
		}
	}
	if len(r.in.Findings) == 0 {
		r.chapterHead("report.chapter.findings", 12)
		r.sheet.paragraphs(r.said("report.findings.none", written, underWide)...)
	}
}

// finding gives the rows of the form, its head first.
func (r *paper) finding(f Finding) (title string, rows [][]cell) {
	ground := band
	const name = 30.0
	label := func(key string) []block { return r.said(key, field.centred(), under) }
	severity := columnHead
	switch f.Severity {
	case "critical", "major":
		severity.colour = vermilion
	case "minor":
		severity.colour = amber
	}
	key := "report.severity." + f.Severity
	title = inline(r.main("report.finding.head", "number", f.Number), r.second("report.finding.head", "number", f.Number))
	about := ""
	if len(f.Items) > 0 {
		about = r.main("report.finding.items", "items", strings.Join(f.Items, r.main("report.list_comma")))
	}
	facts := typed(f.Text, value)
	facts = append(facts, r.evidenceLine(f.Evidence)...)
	if f.Sensitive {
		facts = append(facts, r.said("report.sensitive", answer.in(vermilion), under)...)
	}
	action := typed("", value)
	if f.CorrectiveAction != (Text{}) {
		action = r.told(f.CorrectiveAction, value, under)
	}
	return title, [][]cell{
		{
			{width: 62, blocks: []block{{text: title, style: columnHead}}, fill: &ground, middle: true},
			{width: 46, blocks: []block{{text: inline(r.main(key), r.second(key)), style: severity.centred()}}, fill: &ground, middle: true},
			{width: r.width - 108, blocks: []block{{text: about, style: field.centred()}}, fill: &ground, middle: true},
		},
		labelled(label("report.finding.facts"), name, facts, r.width-name),
		labelled(label("report.finding.basis"), name, r.citations(f.Citations), r.width-name),
		labelled(label("report.finding.action"), name, action, r.width-name),
		labelled(label("report.finding.deadline"), name, r.deadline(f), r.width-name),
	}
}

func (r *paper) citations(list []Citation) []block {
	var b []block
	for _, c := range list {
		main, second := r.of(c.Text)
		if c.Edition != "" {
			main = r.main("report.citation", "provision", main, "edition", c.Edition)
		}
		if c.Confidence != "verified_text" {
			main += r.main("report.to_be_verified")
			if second != "" {
				second += r.second("report.to_be_verified")
			}
		}
		b = append(b, pair(main, second, value, under)...)
	}
	if b == nil {
		return typed("", value)
	}
	return b
}

func (r *paper) deadline(f Finding) []block {
	switch d := f.Deadline; {
	case f.CorrectedOnSpot:
		return r.said("report.deadline.corrected", value, under)
	case !d.Date.IsZero():
		main, second := r.date(d.Date)
		if second != "" {
			second = r.second("report.deadline.date", "date", second)
		}
		return pair(r.main("report.deadline.date", "date", main), second, value, under)
	case d.Days > 0 && d.WorkingDays:
		return r.said("report.deadline.working_days", value, under, "days", d.Days)
	case d.Days > 0:
		return r.said("report.deadline.days", value, under, "days", d.Days)
	}
	return typed("", value)
}
