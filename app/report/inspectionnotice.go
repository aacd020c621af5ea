package report

// inspectionNotice is the notice 检查通知书: what is inspected, on which basis,
// by whom, what to prepare, and what the organization may and must do.
func inspectionNotice(r *paper) error {
	r.letterhead()
	r.addressee("")
	r.say("paper.notice.opening", "kind", r.kindWord())
	r.typedPoint("basis")
	r.typedPoint("source")
	r.typedPoint("items")
	r.point("paper.notice.when")
	place := r.in.Office.Fields["place"]
	if place == "" {
		place = r.in.Organization.Address
	}
	r.say("paper.notice.when.text", "period", r.slot("period"), "place", orDash(place))
	r.point("report.inspectors")
	for _, i := range r.in.Inspectors {
		main, second := r.of(i.Role)
		r.paragraph(r.main("report.inspector_line", "name", i.Name, "role", main, "certificate", i.Certificate),
			r.second("report.inspector_line", "name", i.Name, "role", orMain(second, main), "certificate", i.Certificate))
	}
	if r.in.Office.Fields["materials"] != "" {
		r.typedPoint("materials")
	}
	r.point("paper.notice.rights")
	r.say("paper.notice.rights.text")
	if r.in.Office.Fields["frequency"] != "" {
		r.say("paper.notice.frequency", "frequency", r.slot("frequency"))
	}
	r.say("paper.notice.no_fee")
	r.contact()
	r.closing()
	r.deliveryPart()
	return nil
}

// kindWord names the kind of inspection in a sentence.
func (r *paper) kindWord() string {
	main, _ := r.of(r.in.Visit.Kind)
	if main == "" {
		return r.main("paper.inspection")
	}
	return main
}
