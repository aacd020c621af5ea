package report

// resultNotice tells the organization what came of the inspection
// 检查结果告知书, with the findings 检查情况反馈意见 and their list annexed. A good
// result is told too.
func resultNotice(r *paper) error {
	r.letterhead()
	r.addressee("")
	total, problems, partly := r.outcomeCounts()
	day, dayEnglish := r.date(r.in.Visit.Start)
	r.paragraph(r.main("paper.result.opening", "day", orDash(day), "kind", r.kindWord(), "total", total),
		r.second("paper.result.opening", "day", orMain(dayEnglish, day), "kind", r.kindWord(), "total", total))
	if len(r.in.Findings) == 0 {
		r.point("paper.result.good")
		r.say("paper.result.good.text")
	} else {
		r.point("paper.result.problems")
		r.say("paper.result.problems.text", "count", len(r.in.Findings), "items", problems+partly)
	}
	if r.in.Office.Fields["opinion"] != "" {
		r.typedPoint("opinion")
	}
	r.point("paper.result.objection")
	r.say("paper.result.objection.text", "days", r.slot("objection_days"), "to", r.slot("objection_to"), "phone", r.slot("phone"))
	if len(r.in.Findings) > 0 {
		r.say("paper.result.annexed")
	}
	r.closing()
	r.deliveryPart()
	if len(r.in.Findings) > 0 {
		r.annex("document.kind.findings-report")
		r.problems()
	}
	return nil
}
