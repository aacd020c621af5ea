package report

// caseTransfer hands a case to the body that is competent for it 案件移送函.
func caseTransfer(r *paper) error {
	r.letterhead()
	r.addressee(r.slot("transfer_to"))
	day, dayEnglish := r.date(r.in.Visit.Start)
	name := orDash(r.in.Organization.Name)
	r.paragraph(r.main("paper.transfer.opening", "day", orDash(day), "name", name, "code", orDash(r.in.Organization.Code)),
		r.second("paper.transfer.opening", "day", orMain(dayEnglish, day), "name", name, "code", orDash(r.in.Organization.Code)))
	r.typedPoint("case_facts")
	r.typedPoint("transfer_basis")
	if r.in.Office.Fields["attached"] != "" {
		r.typedPoint("attached")
	}
	r.say("paper.transfer.answer")
	r.contact()
	r.closing()
	r.deliveryPart()
	return nil
}
