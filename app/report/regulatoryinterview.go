package report

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
