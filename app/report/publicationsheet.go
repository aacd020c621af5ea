package report

// publicationSheet is what is published of an inspection 公示表: never a
// finding's wording, a name of a person or what is need-to-know.
func publicationSheet(r *paper) error {
	r.head()
	var rows [][][]block
	total, problems, partly := r.outcomeCounts()
	o := r.in.Organization
	day, _ := r.date(r.in.Visit.Start)
	rows = append(rows, [][]block{
		typed(o.Name, value), typed(o.Code, style{face: label, size: 8, lead: 4, colour: black}), r.kindBlocks(), typed(day, value),
		typed(r.main("paper.publication.counts", "total", total, "problems", problems+partly), value), typed(r.in.Office.Fields["conclusion_class"], value), typed(r.in.Office.Fields["rectification"], value),
	})
	r.listing([]string{"report.organization", "report.code", "report.inspection_kind", "paper.publication.day", "paper.publication.result", "document.slot.conclusion_class", "document.slot.rectification"},
		[]float64{34, 26, 24, 22, 24, 20, 0}, rows)
	r.y += 4
	f := r.form()
	f.row(f.slot("published_on"), f.slot("channel"))
	f.opinion("paper.publication.checked", "", "reviewed")
	f.opinion("paper.head_opinion", "", "issued")
	r.y += 2
	r.paragraphs(r.said("paper.publication.note", field, under)...)
	return nil
}
