package report

// statementAndDefence is the record of what the organization says against the
// findings, and of the review of it 陈述申辩记录及复核意见.
func statementAndDefence(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(f.slot("stated_by"), f.slot("stated_at"))
	f.slots("stated_on", "statement")
	f.row(entry{"paper.party_signs", r.toSign(16)}, entry{"paper.recorder_signs", r.toSign(16)})
	r.y += 4
	g := r.form()
	g.slots("review_facts")
	g.opinion("document.slot.review_opinion", r.in.Office.Fields["review_opinion"], "drafted")
	g.opinion("paper.legal_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	r.y += 2
	r.paragraphs(r.said("paper.defence.no_worse", field, under)...)
	return nil
}
