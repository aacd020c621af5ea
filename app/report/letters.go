package report

// preservationNotice is the notice that evidence is registered and kept where it
// is, or taken into keeping 先行登记保存证据通知书: with the head's approval, and
// decided upon within seven days (行政处罚法 art 56).
func preservationNotice(r *paper) error {
	r.letterhead()
	r.addressee("")
	r.say("paper.preservation.opening", "approval", r.slot("approval"))
	r.typedPoint("preserved")
	r.point("paper.preservation.how")
	r.say("paper.preservation.how.text", "place", r.slot("preserved_where"), "from", r.slot("preserved_from"), "until", r.slot("decide_by"))
	r.say("paper.preservation.no_change")
	r.remedies()
	r.closing()
	r.deliveryPart()
	return nil
}

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

// deadlineExtension gives more time for what was ordered 延期改正通知书.
func deadlineExtension(r *paper) error {
	r.letterhead()
	r.addressee("")
	r.say("paper.extension.opening", "day", r.slot("requested_on"), "order", r.slot("order_number"))
	r.typedPoint("extension_reason")
	r.point("paper.extension.new")
	r.say("paper.extension.new.text", "old", r.slot("old_deadline"), "new", r.slot("new_deadline"))
	r.closing()
	r.deliveryPart()
	return nil
}

// regulatoryInterview asks leaders of the organization to a talk 约谈通知书, and
// holds the record of it once it took place.
func regulatoryInterview(r *paper) error {
	r.letterhead()
	r.addressee("")
	r.say("paper.talk.opening", "subject", r.slot("talk_subject"))
	r.point("paper.talk.when")
	r.say("paper.talk.when.text", "at", r.slot("talk_at"), "place", r.slot("talk_place"))
	r.typedPoint("talk_persons")
	r.say("paper.talk.bring")
	r.contact()
	r.closing()
	r.deliveryPart()
	if r.in.Office.Fields["talk_record"] == "" {
		return nil
	}
	r.annex("document.slot.talk_record")
	r.paragraphs(block{text: r.slot("talk_record"), style: written, indent: 2})
	r.y += 4
	t := r.form()
	t.row(entry{"paper.party_signs", r.toSign(16)}, entry{"paper.inspectors_sign", r.toSign(16)})
	t.row(entry{"paper.recorder_signs", r.toSign(16)}, entry{"paper.date", r.toDate(16)})
	return nil
}

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
