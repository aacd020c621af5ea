package report

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
