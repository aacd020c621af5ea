package report

// caseProposal proposes that a case be filed 立案建议.
func caseProposal(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.slots("case_source", "case_facts")
	r.y += 3
	r.problems()
	r.y += 3
	g := r.form()
	g.opinion("document.slot.case_opinion", r.in.Office.Fields["case_opinion"], "drafted")
	g.opinion("paper.legal_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	return nil
}
