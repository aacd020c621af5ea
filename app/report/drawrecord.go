package report

// drawRecord is the record of the random draw 随机抽取记录.
func drawRecord(r *paper) error {
	r.head()
	f := r.form()
	f.slots("drawn_at", "list", "list_digest", "conditions", "ratio", "method", "seed")
	f.slots("drawn", "drawn_inspectors", "replaced")
	f.row(f.slot("operator"), f.slot("witness"))
	f.row(entry{"paper.operator_signs", r.toSign(16)}, entry{"paper.witness_signs", r.toSign(16)})
	r.y += 2
	r.paragraphs(r.said("paper.draw.repeatable", field, under)...)
	return nil
}
