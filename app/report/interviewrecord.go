package report

// interviewRecord is the record of an interview 询问笔录, signed on every page.
func interviewRecord(r *paper) error {
	r.head()
	f := r.form()
	f.row(f.slot("interview_from"), f.slot("interview_to"))
	f.slots("interview_place")
	f.row(f.slot("interviewed"), f.slot("interviewed_post"))
	f.row(f.slot("interviewed_id"), f.slot("interviewed_phone"))
	f.row(entry{"report.organization", typed(r.in.Organization.Name, value)})
	f.team()
	r.chapterHead("paper.interview.told", 24)
	r.paragraphs(r.indented(r.said("paper.interview.told.text", written, underWide))...)
	r.chapterHead("document.slot.interview", 30)
	wide := style{face: body, size: 12, lead: 7.6, colour: black}
	for _, l := range breakLines(r.slot("interview"), 1e9, wide.advance) {
		r.paragraphs(block{text: l.visible(), style: wide})
	}
	r.chapterHead("report.chapter.signatures", 44)
	r.paragraphs(r.indented(r.said("paper.interview.read", written, underWide))...)
	r.y += 2
	t := r.form()
	t.row(entry{"paper.interviewed_signs", r.toSign(16)}, entry{"paper.date", r.toDate(16)})
	t.row(entry{"paper.inspectors_sign", r.toSign(16)}, entry{"paper.recorder_signs", r.toSign(16)})
	return nil
}
