package report

// approvalForm is the approval form 行政检查审批表: every inspection is approved
// by the head of the body before it begins.
func approvalForm(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(entry{"report.inspection_kind", r.kindBlocks()})
	f.slots("source", "basis", "items", "method", "period", "frequency")
	f.team()
	f.slots("assistants")
	f.opinion("document.slot.handler_opinion", r.in.Office.Fields["handler_opinion"], "drafted")
	f.opinion("paper.section_opinion", "", "reviewed")
	f.opinion("paper.head_opinion", "", "issued")
	return nil
}

func (r *paper) kindBlocks() []block {
	if r.in.Visit.Kind == (Text{}) {
		return typed("", value)
	}
	return r.told(r.in.Visit.Kind, value, under)
}
