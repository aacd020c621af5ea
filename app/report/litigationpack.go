package report

// litigationPack is what the authority hands in when it is taken to
// reconsideration or to court: the list of evidence 证据目录 with what each piece
// is to prove, the pieces, who was competent on that day, and what verify says.
func litigationPack(r *paper) error {
	title, second := r.title()
	r.bookmark(inline(title, second)+"  "+r.in.Organization.Name, 0)
	if err := r.bind(nil, "litigation-contents", []string{"litigation-competence"}); err != nil {
		return err
	}
	return nil
}

// competence says who inspected, with which certificates, and what verify found.
func competence(r *paper) error {
	r.head()
	r.chapterHead("paper.competence.authority", 20)
	f := r.form()
	from, fromSecond := r.of(r.in.Authority)
	f.row(entry{"paper.competence.authority", pair(from, fromSecond, written, under)})
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	f.team()
	r.chapterHead("paper.competence.verified", 30)
	r.table().row(cell{width: r.width, blocks: typed(r.in.Checked, value)})
	return r.seal()
}
