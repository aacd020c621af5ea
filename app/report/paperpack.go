package report

// paperPack is an inspection to be finished by hand when a laptop dies: the
// checklist with boxes to tick and lines to write on, and a blank record.
func paperPack(r *paper) error {
	r.head()
	r.paragraphs(r.said("paper.pack.how", field, under)...)
	r.y += 2
	f := r.form()
	f.organization()
	f.row(entry{"report.inspection_kind", r.kindBlocks()})
	f.team()
	for _, name := range []string{"report.time", "report.place", "report.person_on_site", "report.person_role"} {
		f.row(entry{name, []block{{height: 8, paint: func(*sheet, float64, float64, float64) {}}}})
	}
	r.blankRights()
	r.chapterHead("report.chapter.items", 40)
	var rows [][][]block
	for _, s := range r.in.Sections {
		for _, it := range s.Items {
			var boxes []block
			for _, o := range []Outcome{NoProblem, Problem, Partly, NotApplicable, NotChecked} {
				boxes = append(boxes, block{text: r.main("report.outcome." + string(o)), style: style{face: label, size: 8, lead: 4.2, colour: black}, mark: emptyBox})
			}
			rows = append(rows, [][]block{{{text: it.Code, style: field.centred()}}, r.told(it.Text, value, under), boxes, r.lines(3)})
		}
	}
	r.listing([]string{"report.item.code", "report.item.text", "report.item.answer", "report.item.record"}, []float64{18, 58, 28, 0}, rows)
	r.chapterHead("paper.pack.record", 60)
	r.ruled(14)
	r.chapterHead("report.chapter.statement", 40)
	r.ruled(5)
	r.chapterHead("report.chapter.signatures", 60)
	r.paragraphs(r.indented(r.said("report.signature.read", written, underWide))...)
	r.y += 2
	t := r.form()
	t.row(entry{"paper.party_signs", r.toSign(18)}, entry{"paper.date", r.toDate(18)})
	t.row(entry{"paper.inspectors_sign", r.toSign(18)}, entry{"paper.date", r.toDate(18)})
	t.row(entry{"paper.refusal_reason", r.toSign(18)}, entry{"paper.witness_signs", r.toSign(18)})
	return nil
}

// blankRights is the box on certificates and rights, to be ticked by hand.
func (r *paper) blankRights() {
	var b []block
	for _, key := range []string{"report.rights.certificates", "report.rights.told"} {
		x := r.said(key, value, under)
		x[0].mark = emptyBox
		for i := range x[1:] {
			x[i+1].mark = blankMark
		}
		b = append(b, x...)
	}
	for _, key := range []string{"paper.pack.notice", "paper.pack.recusal"} {
		x := r.said(key, value, under)
		x[0].mark = emptyBox
		b = append(b, x...)
	}
	t := r.table()
	t.whole = true
	all := cell{width: r.width, blocks: b}
	r.chapterHead("report.chapter.rights", t.height(all))
	t.row(all)
}

// lines is room to write by hand, n lines.
func (r *paper) lines(n int) []block {
	const lead = 7.0
	return []block{{height: lead * float64(n), paint: func(s *sheet, x, y, w float64) {
		for i := range n {
			at := y + lead*float64(i+1)
			s.draw(pathOp{points: []float64{x, at, x + w, at}, colour: hairline, line: 0.1})
		}
	}}}
}

// ruled is n lines across the page to write on.
func (r *paper) ruled(n int) {
	for range n {
		r.need(9)
		r.y += 9
		r.draw(pathOp{points: []float64{r.left, r.y, r.right, r.y}, colour: hairline, line: 0.15})
	}
}
