package report

// closingForm asks to close an inspection 检查办结审批表.
func closingForm(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(entry{"report.inspection_kind", r.kindBlocks()})
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	f.team()
	f.slots("conclusion_class", "rectification")
	r.y += 3
	r.problems()
	r.y += 3
	g := r.form()
	g.opinion("document.slot.closing_opinion", r.in.Office.Fields["closing_opinion"], "drafted")
	g.opinion("paper.section_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	return nil
}
