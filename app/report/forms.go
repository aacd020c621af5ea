package report

import "strings"

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

// interviewRecord is the record of an interview 询问笔录, signed on every page.
func interviewRecord(r *paper) error {
	r.head()
	f := r.form()
	f.row(f.slot("interview_from"), f.slot("interview_to"))
	f.slots("interview_place")
	f.row(f.slot("interviewed"), f.slot("interviewed_post"))
	f.row(f.slot("interviewed_id"), f.slot("interviewed_phone"))
	f.row(entry{"report.organization", typed(r.in.Organization.Name, value)})
	f.team()
	r.chapterHead("paper.interview.told", 24)
	r.paragraphs(r.indented(r.said("paper.interview.told.text", written, underWide))...)
	r.chapterHead("document.slot.interview", 30)
	wide := style{face: body, size: 12, lead: 7.6, colour: black}
	for _, l := range breakLines(r.slot("interview"), 1e9, wide.advance) {
		r.paragraphs(block{text: l.visible(), style: wide})
	}
	r.chapterHead("report.chapter.signatures", 44)
	r.paragraphs(r.indented(r.said("paper.interview.read", written, underWide))...)
	r.y += 2
	t := r.form()
	t.row(entry{"paper.interviewed_signs", r.toSign(16)}, entry{"paper.date", r.toDate(16)})
	t.row(entry{"paper.inspectors_sign", r.toSign(16)}, entry{"paper.recorder_signs", r.toSign(16)})
	return nil
}

// indented gives paragraphs the two characters that Chinese ones begin with.
func (r *paper) indented(b []block) []block {
	if r.language != English {
		for i := range b {
			b[i].indent = 2 * b[0].style.size / b[i].style.size
		}
	}
	return b
}

// evidenceList is the list of evidence 证据材料清单.
func evidenceList(r *paper) error {
	r.head()
	r.draftBox()
	f := r.form()
	f.organization()
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	r.evidence()
	r.chapterHead("report.chapter.signatures", 50)
	r.paragraphs(r.indented(r.said("paper.evidence.agrees", written, underWide))...)
	r.y += 2
	t := r.form()
	t.row(entry{"paper.provider_signs", r.toSign(18)}, entry{"paper.date", r.toDate(18)})
	t.row(entry{"paper.extractor_signs", r.toSign(18)}, entry{"paper.date", r.toDate(18)})
	return nil
}

// photoSheet is the sheet of photos 现场照片, each with number, time, who took it
// and the digest of its original.
func photoSheet(r *paper) error {
	r.head()
	r.draftBox()
	f := r.form()
	f.organization()
	if len(r.in.Photos) == 0 {
		r.y += 3
		r.paragraphs(r.said("report.evidence.none", written, underWide)...)
		return nil
	}
	r.y += 4
	r.photoGrid()
	return nil
}

// reinspectionForm is the form of a re-inspection 整改复查表.
func reinspectionForm(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(f.slot("order_number"), f.slot("report_received"))
	f.team()
	r.chapterHead("paper.reinspection.findings", 40)
	var rows [][][]block
	for _, x := range r.in.Findings {
		var boxes []block
		for _, key := range []string{"fixed", "partly", "not", "again"} {
			b := r.said("paper.reinspection."+key, field, under)
			b[0].mark = emptyBox
			for i := range b[1:] {
				b[i+1].mark = blankMark
			}
			boxes = append(boxes, b...)
		}
		rows = append(rows, [][]block{{{text: x.Number, style: field.centred()}}, typed(x.Text, value), r.deadline(x), boxes, {{height: 16, paint: func(*sheet, float64, float64, float64) {}}}})
	}
	r.listing([]string{"report.evidence.number", "report.finding.facts", "report.finding.deadline", "paper.reinspection.now", "paper.reinspection.evidence"},
		[]float64{12, 66, 28, 28, 0}, rows)
	r.y += 4
	g := r.form()
	g.slots("reinspection_result", "conclusion")
	g.row(entry{"paper.party_signs", r.toSign(18)}, entry{"paper.inspectors_sign", r.toSign(18)})
	g.opinion("paper.section_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	return nil
}

// caseProposal proposes that a case be filed 立案建议.
func caseProposal(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.slots("case_source", "case_facts")
	r.y += 3
	r.problems()
	r.y += 3
	g := r.form()
	g.opinion("document.slot.case_opinion", r.in.Office.Fields["case_opinion"], "drafted")
	g.opinion("paper.legal_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	return nil
}

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

// filled is what stands in a slot, nothing where nothing does.
func (r *paper) filled(name string) []block {
	if v := r.in.Office.Fields[name]; strings.TrimSpace(v) != "" {
		return []block{{text: v, style: value}}
	}
	return nil
}

// statementAndDefence is the record of what the organization says against the
// findings, and of the review of it 陈述申辩记录及复核意见.
func statementAndDefence(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(f.slot("stated_by"), f.slot("stated_at"))
	f.slots("stated_on", "statement")
	f.row(entry{"paper.party_signs", r.toSign(16)}, entry{"paper.recorder_signs", r.toSign(16)})
	r.y += 4
	g := r.form()
	g.slots("review_facts")
	g.opinion("document.slot.review_opinion", r.in.Office.Fields["review_opinion"], "drafted")
	g.opinion("paper.legal_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	r.y += 2
	r.paragraphs(r.said("paper.defence.no_worse", field, under)...)
	return nil
}

// publicationSheet is what is published of an inspection 公示表: never a
// finding's wording, a name of a person or what is need-to-know.
func publicationSheet(r *paper) error {
	r.head()
	var rows [][][]block
	total, problems, partly := r.outcomeCounts()
	o := r.in.Organization
	day, _ := r.date(r.in.Visit.Start)
	rows = append(rows, [][]block{
		typed(o.Name, value), typed(o.Code, style{face: label, size: 8, lead: 4, colour: black}), r.kindBlocks(), typed(day, value),
		typed(r.main("paper.publication.counts", "total", total, "problems", problems+partly), value), typed(r.in.Office.Fields["conclusion_class"], value), typed(r.in.Office.Fields["rectification"], value),
	})
	r.listing([]string{"report.organization", "report.code", "report.inspection_kind", "paper.publication.day", "paper.publication.result", "document.slot.conclusion_class", "document.slot.rectification"},
		[]float64{34, 26, 24, 22, 24, 20, 0}, rows)
	r.y += 4
	f := r.form()
	f.row(f.slot("published_on"), f.slot("channel"))
	f.opinion("paper.publication.checked", "", "reviewed")
	f.opinion("paper.head_opinion", "", "issued")
	r.y += 2
	r.paragraphs(r.said("paper.publication.note", field, under)...)
	return nil
}

// closingForm asks to close an inspection 检查办结审批表.
func closingForm(r *paper) error {
	r.head()
	f := r.form()
	f.organization()
	f.row(entry{"report.inspection_kind", r.kindBlocks()})
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	f.team()
	f.slots("conclusion_class", "rectification")
	r.y += 3
	r.problems()
	r.y += 3
	g := r.form()
	g.opinion("document.slot.closing_opinion", r.in.Office.Fields["closing_opinion"], "drafted")
	g.opinion("paper.section_opinion", "", "reviewed")
	g.opinion("paper.head_opinion", "", "issued")
	return nil
}
