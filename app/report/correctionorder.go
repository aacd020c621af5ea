package report

// correctionOrder orders the organization to put right what was found
// 责令限期改正通知书.
func correctionOrder(r *paper) error {
	r.letterhead()
	r.addressee("")
	day, dayEnglish := r.date(r.in.Visit.Start)
	r.paragraph(r.main("paper.order.opening", "day", orDash(day), "count", len(r.in.Findings)),
		r.second("paper.order.opening", "day", orMain(dayEnglish, day), "count", len(r.in.Findings)))
	r.typedPoint("basis")
	r.point("paper.order.measures")
	r.say("paper.order.measures.text")
	for _, f := range r.in.Findings {
		action, actionEnglish := r.of(f.CorrectiveAction)
		deadline := r.deadline(f)
		second := ""
		if len(deadline) > 1 {
			second = r.second("paper.order.measure", "number", f.Number, "action", orDash(actionEnglish), "deadline", deadline[1].text)
		}
		r.paragraph(r.main("paper.order.measure", "number", f.Number, "action", orDash(action), "deadline", deadline[0].text), second)
	}
	r.point("paper.order.report")
	r.say("paper.order.report.text", "to", r.slot("report_to"))
	r.typedPoint("consequence")
	r.remedies()
	r.contact()
	r.say("paper.order.annexed")
	r.closing()
	r.deliveryPart()
	r.annex("paper.problem_list")
	r.problems()
	return nil
}
