package report

// serviceReceipt is the receipt of service 送达回证.
func serviceReceipt(r *paper) error {
	r.head()
	f := r.form()
	f.slots("served_document", "served_number")
	o := r.in.Organization
	f.row(entry{"paper.receipt.to", typed(o.Name, written)})
	f.row(entry{"report.code", typed(o.Code, value)}, entry{"report.legal_representative", typed(o.LegalRepresentative, value)})
	f.slots("service_way", "served_place")
	f.row(f.slot("served_at"), f.slot("courier"))
	f.row(entry{"paper.receipt.recipient", append(r.filled("recipient"), r.toSign(16)...)}, entry{"document.slot.recipient_relation", typed(r.in.Office.Fields["recipient_relation"], value)})
	f.row(entry{"paper.receipt.date", r.toDate(14)})
	f.row(entry{"document.slot.refusal", append(r.filled("refusal"), block{height: 12, paint: func(*sheet, float64, float64, float64) {}})})
	f.row(entry{"paper.receipt.witness", r.toSign(16)}, entry{"paper.date", r.toDate(16)})
	f.row(entry{"paper.receipt.server1", r.toSign(16)}, entry{"paper.receipt.server2", r.toSign(16)})
	r.y += 2
	r.paragraphs(r.said("paper.receipt.note", field, under)...)
	return nil
}
