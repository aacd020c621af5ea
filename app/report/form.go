package report

import (
	"strconv"
	"strings"
)

// formName is the width of the field names of a form, in mm.
const formName = 34.0

// entry is one field of a form.
type entry struct {
	key     string // of its name
	content []block
}

// form draws fields, one or two to a row.
type form struct {
	r *paper
	t *table
}

func (r *paper) form() form { return form{r, r.table()} }

// row draws one or two fields.
func (f form) row(entries ...entry) {
	room := f.r.width / float64(len(entries))
	var cells []cell
	for _, e := range entries {
		cells = append(cells, labelled(f.r.said(e.key, field.centred(), under), formName, e.content, room-formName)...)
	}
	f.t.row(cells...)
}

// slots draws a row for each slot: its name and what was typed, or room to write.
func (f form) slots(names ...string) {
	for _, n := range names {
		f.row(f.slot(n))
	}
}

// slot is a field that holds what the office typed.
func (f form) slot(name string) entry {
	return entry{"document.slot." + name, typed(f.r.in.Office.Fields[name], written)}
}

// organization draws the rows that say whom a form is about.
func (f form) organization() {
	o := f.r.in.Organization
	f.row(entry{"report.organization", typed(o.Name, written)})
	f.row(entry{"report.code", typed(o.Code, value)}, entry{"report.legal_representative", typed(o.LegalRepresentative, value)})
	f.row(entry{"report.address", typed(o.Address, value)})
}

// opinion is a field with room for what somebody decides, signature and date;
// filled in where the office's record of the document knows the step.
func (f form) opinion(key, text, state string) {
	r := f.r
	b := typed(text, written)
	if text == "" {
		b = []block{{height: 12, paint: func(*sheet, float64, float64, float64) {}}}
	}
	sign := r.main("paper.sign_and_date")
	for _, s := range r.in.Office.Steps {
		if s.Name == state && state != "" {
			date, _ := r.date(s.At)
			sign = r.main("paper.signed_and_dated", "name", s.By, "date", date)
			switch {
			case s.Note != "" && text == "":
				b = typed(s.Note, written)
			case s.Note != "" && s.Note != text:
				b = append(b, typed(s.Note, written)...)
			}
		}
	}
	b = append(b, block{text: sign, style: style{face: label, size: 9, lead: 6, colour: black, right: true}, above: 3})
	f.row(entry{key, b})
}

// team draws the inspectors with their certificates.
func (f form) team() {
	f.row(entry{"report.inspectors", f.r.teamBlocks()})
}

func (r *paper) teamBlocks() []block {
	var team []block
	for _, i := range r.in.Inspectors {
		main, second := r.of(i.Role)
		team = append(team, pair(r.main("report.inspector_line", "name", i.Name, "role", main, "certificate", i.Certificate),
			r.second("report.inspector_line", "name", i.Name, "role", orMain(second, main), "certificate", i.Certificate), value, under)...)
	}
	if team == nil {
		team = typed("", value)
	}
	return team
}

// listing draws a table with a header that repeats.
func (r *paper) listing(keys []string, widths []float64, rows [][][]block) {
	t := r.table()
	t.whole = true
	ground := band
	rest := r.width
	for i := range widths[:len(widths)-1] {
		rest -= widths[i]
	}
	if widths[len(widths)-1] == 0 {
		widths[len(widths)-1] = rest
	}
	columns := func() {
		var cells []cell
		for i, key := range keys {
			cells = append(cells, cell{width: widths[i], blocks: r.said(key, columnHead.centred(), under), fill: &ground, middle: true})
		}
		t.row(cells...)
	}
	t.header = columns
	columns()
	for _, row := range rows {
		var cells []cell
		for i, b := range row {
			cells = append(cells, cell{width: widths[i], blocks: b, middle: true})
		}
		t.row(cells...)
	}
}

// problems is the list of problems 问题清单, as a letter or report annexes it.
func (r *paper) problems() {
	if len(r.in.Findings) == 0 {
		r.paragraphs(r.said("report.findings.none", written, underWide)...)
		return
	}
	var rows [][][]block
	for _, f := range r.in.Findings {
		facts := typed(f.Text, value)
		facts = append(facts, r.evidenceLine(f.Evidence)...)
		action := typed("", value)
		if f.CorrectiveAction != (Text{}) {
			action = r.told(f.CorrectiveAction, value, under)
		}
		key := "report.severity." + f.Severity
		rows = append(rows, [][]block{
			{{text: f.Number, style: field.centred()}}, facts, append(r.citations(f.Citations), r.said(key, field.in(grey), under)...), action, r.deadline(f),
		})
	}
	r.listing([]string{"report.evidence.number", "report.finding.facts", "report.finding.basis", "report.finding.action", "report.finding.deadline"},
		[]float64{11, r.width*0.38 - 11, r.width * 0.25, r.width * 0.21, 0}, rows)
}

// annex begins a page for what is annexed to a letter, in the records' type.
func (r *paper) annex(key string) {
	s := r.sheet
	s.newPage()
	title, second := r.main(key), r.second(key)
	s.bookmark(inline(title, second), 1)
	s.y = max(s.top, 22)
	s.text(r.left, s.y, field, inline(r.main("paper.annex"), r.second("paper.annex")))
	s.y += 9
	big := style{face: body, size: 18, lead: 10, colour: black, heavy: 0.5}
	s.text((r.left+r.right)/2, s.y+3, big.centred(), title)
	s.y += 9
	if second != "" {
		s.text((r.left+r.right)/2, s.y, titleSecond.centred(), second)
		s.y += 5
	}
	s.y += 2
}

// outcomeCounts says how many items came out how, for a sentence.
func (r *paper) outcomeCounts() (total, problems, partly int) {
	for _, s := range r.in.Sections {
		for _, it := range s.Items {
			total++
			switch it.Outcome {
			case Problem:
				problems++
			case Partly:
				partly++
			}
		}
	}
	return total, problems, partly
}

// amendments 补正 prints what was changed after the seal beside the original.
func (r *paper) amendments() {
	if len(r.in.Amendments) == 0 {
		return
	}
	r.chapterHead("report.chapter.amendments", 30)
	var rows [][][]block
	for i, a := range r.in.Amendments {
		at, _ := r.dateTime(a.At)
		rows = append(rows, [][]block{
			{{text: strconv.Itoa(i + 1), style: field.centred()}}, r.told(a.Where, value, under), typed(a.Original, value), typed(a.Amended, value),
			append(typed(a.Reason, value), block{text: r.main("report.amendment.by", "name", a.By, "approved", orDash(a.ApprovedBy), "time", at), style: fine}),
		})
	}
	r.listing([]string{"report.evidence.number", "report.amendment.where", "report.amendment.original", "report.amendment.amended", "report.amendment.reason"},
		[]float64{11, 38, 42, 42, 0}, rows)
}

// filled is what stands in a slot, nothing where nothing does.
func (r *paper) filled(name string) []block {
	if v := r.in.Office.Fields[name]; strings.TrimSpace(v) != "" {
		return []block{{text: v, style: value}}
	}
	return nil
}
