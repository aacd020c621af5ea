package report

// evidenceList is the list of evidence 证据材料清单.
func evidenceList(r *paper) error {
	r.head()
	r.draftBox()
	f := r.form()
	f.organization()
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	r.evidence()
	r.chapterHead("report.chapter.signatures", 50)
	r.paragraphs(r.indented(r.said("paper.evidence.agrees", written, underWide))...)
	r.y += 2
	t := r.form()
	t.row(entry{"paper.provider_signs", r.toSign(18)}, entry{"paper.date", r.toDate(18)})
	t.row(entry{"paper.extractor_signs", r.toSign(18)}, entry{"paper.date", r.toDate(18)})
	return nil
}
