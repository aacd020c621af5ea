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
