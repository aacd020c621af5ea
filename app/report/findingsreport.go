package report

// findingsReport is the report for the organization 检查情况反馈意见（附问题清单）:
// what was looked at, what was found, on which basis and by when it has to be
// put right. Nothing need-to-know stands in it.
func findingsReport(r *paper) error {
	r.head()
	r.draftBox()
	r.chapterHead("report.chapter.basics", 40)
	f := r.form()
	f.organization()
	f.row(entry{"report.inspection_kind", r.kindBlocks()})
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	f.team()

	r.chapterHead("paper.findings.overview", 50)
	r.overview()
	if len(r.in.Findings) > 0 {
		r.paragraphs(r.indented(r.said("paper.findings.summary", written, underWide, "count", len(r.in.Findings)))...)
	} else {
		r.paragraphs(r.indented(r.said("paper.findings.good", written, underWide))...)
	}
	r.findings()
	r.chapterHead("paper.findings.next", 40)
	r.paragraphs(r.indented(r.said("paper.findings.next.text", written, underWide))...)
	r.amendments()
	if err := r.seal(); err != nil {
		return err
	}
	r.photos()
	return nil
}

// overview counts the items of each section by outcome, with a bar for each.
func (r *paper) overview() {
	total, problems, partly := r.outcomeCounts()
	if total == 0 {
		r.paragraphs(r.said("report.items.none", written, underWide)...)
		return
	}
	r.paragraphs(r.indented(r.said("paper.findings.counts", written, underWide, "total", total, "problems", problems, "partly", partly))...)
	r.y += 2
	var bars []bar
	for _, s := range r.in.Sections {
		b := bar{label: s.Title}
		for _, o := range outcomes {
			n := 0
			for _, it := range s.Items {
				if it.Outcome == o.outcome {
					n++
				}
			}
			b.parts = append(b.parts, barPart{n, o.colour})
		}
		bars = append(bars, b)
	}
	var legend []legendEntry
	for _, o := range outcomes {
		legend = append(legend, legendEntry{r.main("report.outcome." + string(o.outcome)), o.colour, o.mark})
	}
	r.bars(bars, legend)
}
