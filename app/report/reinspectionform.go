package report

// reinspectionForm is the form of a re-inspection 整改复查表.
func reinspectionForm(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(f.slot("order_number"), f.slot("report_received"))
	f.team()
	r.chapterHead("paper.reinspection.findings", 40)
	var rows [][][]block
	for _, x := range r.in.Findings {
		var boxes []block
		for _, key := range []string{"fixed", "partly", "not", "again"} {
			b := r.said("paper.reinspection."+key, field, under)
			b[0].mark = emptyBox
			for i := range b[1:] {
				b[i+1].mark = blankMark
			}
			boxes = append(boxes, b...)
		}
		rows = append(rows, [][]block{{{text: x.Number, style: field.centred()}}, typed(x.Text, value), r.deadline(x), boxes, {{height: 16, paint: func(*sheet, float64, float64, float64) {}}}})
	}
	r.listing([]string{"report.evidence.number", "report.finding.facts", "report.finding.deadline", "paper.reinspection.now", "paper.reinspection.evidence"},
		[]float64{12, 66, 28, 28, 0}, rows)
	r.y += 4
	g := r.form()
	g.slots("reinspection_result", "conclusion")
	g.row(entry{"paper.party_signs", r.toSign(18)}, entry{"paper.inspectors_sign", r.toSign(18)})
	g.opinion("paper.section_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	return nil
}
