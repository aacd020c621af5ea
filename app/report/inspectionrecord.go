package report

import "strings"

// InspectionRecord prints the on-site inspection record 现场检查笔录. A record
// that is not sealed, or that has open conflicts, carries a watermark and says
// why. The warnings of the document are for the person who is about to print it.
func InspectionRecord(in Input) (Document, error) { return Print("inspection-record", in) }

func inspectionRecord(r *paper) error {
	r.head()
	r.draftBox()
	r.basics()
	r.rights()
	r.items()
	r.findings()
	r.evidence()
	r.statement()
	r.transcribed()
	r.signatures()
	r.amendments()
	if err := r.seal(); err != nil {
		return err
	}
	r.photos()
	return nil
}

func (r *paper) basics() {
	r.chapterHead("report.chapter.basics", 30)
	t := r.table()
	first, second, name := 80.0, r.width-80, 30.0
	label := func(key string) []block { return r.said(key, field.centred(), under) }
	one := func(key string, content []block) { t.row(labelled(label(key), name, content, r.width-name)...) }
	two := func(key string, content []block, key2 string, content2 []block) {
		t.row(append(labelled(label(key), name, content, first-name), labelled(label(key2), name, content2, second-name)...)...)
	}
	o, v := r.in.Organization, r.in.Visit
	kind := func(t Text) []block {
		if t == (Text{}) {
			return typed("", value)
		}
		return r.told(t, value, under)
	}
	one("report.organization", typed(o.Name, style{face: heading, size: 10, lead: 5.2, colour: black}))
	two("report.code", typed(o.Code, value), "report.kind_of_organization", kind(o.Kind))
	two("report.legal_representative", typed(o.LegalRepresentative, value), "report.supervising_unit", typed(o.SupervisingUnit, value))
	one("report.address", typed(o.Address, value))
	one("report.inspection_kind", kind(v.Kind))
	time, timeSecond := r.period(v.Start, v.End)
	one("report.time", pair(orDash(time), timeSecond, value, under))
	one("report.place", typed(v.Place, value))
	two("report.person_on_site", typed(v.PersonOnSite, value), "report.person_role", typed(v.PersonRole, value))
	var team []block
	for _, i := range r.in.Inspectors {
		main, second := r.of(i.Role)
		team = append(team, pair(r.main("report.inspector_line", "name", i.Name, "role", main, "certificate", i.Certificate),
			r.second("report.inspector_line", "name", i.Name, "role", orMain(second, main), "certificate", i.Certificate), value, under)...)
	}
	if team == nil {
		team = typed("", value)
	}
	one("report.inspectors", team)
	c := r.in.Checklist
	title, titleEnglish := r.of(c.Title)
	list := pair(orDash(strings.TrimSpace(title+"  "+r.versionOf(c))), titleEnglish, value, under)
	if c.Digest != "" {
		list = append(list, block{text: "SHA-256 " + c.Digest, style: under})
	}
	one("report.checklist", list)
}

func (r *paper) versionOf(c UsedChecklist) string {
	if c.Version == "" {
		return ""
	}
	return r.main("report.version", "version", c.Version)
}

// rights records that certificates and notice were shown and rights told.
func (r *paper) rights() {
	v := r.in.Visit
	box := func(done bool) mark {
		if done {
			return checkedBox
		}
		return emptyBox
	}
	var blocks []block
	say := func(m mark, lines func(string, style, style, ...any) []block, key string, args ...any) {
		b := lines(key, value, under, args...)
		b[0].mark = m
		b[0].above = 0.6
		for i := range b[1:] {
			b[i+1].mark = blankMark
		}
		blocks = append(blocks, b...)
	}
	say(box(v.CertificatesShown), r.said, "report.rights.certificates")
	switch {
	case v.NoticeShown:
		say(checkedBox, r.said, "report.rights.notice", "number", orDash(v.NoticeNumber))
	case v.NoNoticeReason != "":
		say(emptyBox, r.quoting, "report.rights.no_notice", "reason", v.NoNoticeReason)
	default:
		say(emptyBox, r.said, "report.rights.notice", "number", orDash(v.NoticeNumber))
	}
	say(box(v.RightsTold), r.said, "report.rights.told")
	recusal := v.RecusalAnswer
	asked := checkedBox
	switch {
	case recusal != "":
	case v.RightsTold: // the form's box says that it was asked; an empty answer, that nobody asks for it
		recusal = r.main("report.rights.no_recusal")
	default:
		asked, recusal = emptyBox, r.main("report.not_recorded")
	}
	say(asked, r.quoting, "report.rights.recusal", "answer", recusal)
	if !v.CertificatesShown || !v.RightsTold || !v.NoticeShown && v.NoNoticeReason == "" {
		b := r.said("report.rights.incomplete", field.in(vermilion), under)
		b[0].above = 1
		blocks = append(blocks, b...)
	}
	t := r.table()
	t.whole = true
	all := cell{width: r.width, blocks: blocks}
	r.chapterHead("report.chapter.rights", t.height(all))
	t.row(all)
}

func (r *paper) items() {
	r.chapterHead("report.chapter.items", 58)
	counts, total := map[Outcome]int{}, 0
	for _, s := range r.in.Sections {
		for _, it := range s.Items {
			counts[it.Outcome]++
			total++
		}
	}
	if total == 0 {
		r.sheet.paragraphs(r.said("report.items.none", written, underWide)...)
		return
	}
	sum := func(words func(string, ...any) string) string {
		parts := words("report.items.total", "count", total)
		for _, o := range outcomes {
			if n := counts[o.outcome]; n > 0 {
				parts += words("report.items.counted", "outcome", words("report.outcome."+string(o.outcome)), "count", n)
			}
		}
		if n := counts[NoOutcome]; n > 0 {
			parts += words("report.items.counted", "outcome", words("report.outcome.other"), "count", n)
		}
		return parts + words("report.items.end")
	}
	b := []block{{text: sum(r.main), style: value}}
	if r.language == Both {
		b = append(b, block{text: sum(r.second), style: under})
	}
	if r.in.Score != (Text{}) {
		b = append(b, r.told(r.in.Score, value, under)...)
	}
	r.sheet.paragraphs(b...)
	r.sheet.y += 1.5

	widths := []float64{17, 55, 27, r.width - 99}
	t := r.table()
	ground := band
	columns := func() {
		var cells []cell
		for i, key := range []string{"report.item.code", "report.item.text", "report.item.answer", "report.item.record"} {
			cells = append(cells, cell{width: widths[i], blocks: r.said(key, columnHead.centred(), under), fill: &ground, middle: true})
		}
		t.row(cells...)
	}
	t.header = columns
	columns()
	item := func(it Item) []cell {
		return []cell{
			{width: widths[0], blocks: []block{{text: it.Code, style: field.centred()}}},
			{width: widths[1], blocks: r.told(it.Text, value, under)},
			{width: widths[2], blocks: r.answerOf(it)},
			{width: widths[3], blocks: r.recordOf(it)},
		}
	}
	for _, s := range r.in.Sections {
		if len(s.Items) == 0 {
			continue
		}
		main, second := r.of(s.Title)
		pale := colour{0xF7, 0xF8, 0xFA}
		name := cell{width: r.width, blocks: []block{{text: inline(main, second), style: columnHead}}, fill: &pale, middle: true}
		// A section's name never stands alone at the foot of a page.
		r.sheet.need(t.height(name) + min(t.height(item(s.Items[0])...), shortRow+2*t.padY))
		if r.sheet.y <= r.top+0.01 {
			columns()
		}
		r.sheet.bookmark(inline(main, second), 1)
		t.row(name)
		for _, it := range s.Items {
			t.row(item(it)...)
		}
	}
}

// answerOf gives the answer in words with its drawn mark.
func (r *paper) answerOf(it Item) []block {
	main, second := r.of(it.Answer)
	if main == "" {
		if it.Outcome == NoOutcome {
			return typed("", value)
		}
		main, second = r.main("report.outcome."+string(it.Outcome)), r.second("report.outcome."+string(it.Outcome))
	}
	b := pair(main, second, answer, under)
	for _, o := range outcomes {
		if o.outcome == it.Outcome {
			b[0].mark, b[0].style.colour = o.mark, o.colour
			for i := range b[1:] {
				b[i+1].mark = blankMark
			}
		}
	}
	return b
}

// recordOf gives what was written down for an item.
func (r *paper) recordOf(it Item) []block {
	var b []block
	if it.Registered != "" || it.Seen != "" {
		b = append(b, block{text: r.main("report.item.registered", "value", orDash(it.Registered)), style: value},
			block{text: r.main("report.item.seen", "value", orDash(it.Seen)), style: value})
	}
	for _, f := range it.Figures {
		main, second := r.of(f.Label)
		b = append(b, pair(r.main("report.item.figure", "label", main, "value", f.Value), second, value, under)...)
	}
	if strings.TrimSpace(it.Note) != "" {
		b = append(b, block{text: it.Note, style: value})
	}
	b = append(b, r.evidenceLine(it.Evidence)...)
	if it.TypedBy != "" {
		b = append(b, r.said("report.item.typed_by", fine, under, "name", it.TypedBy)...)
	}
	if it.Sensitive {
		b = append(b, r.said("report.sensitive", answer.in(vermilion), under)...)
	}
	if b == nil {
		return typed("", value)
	}
	return b
}

// transcribed says who typed in from a paper pack, and that its scans are the
// original.
func (r *paper) transcribed() {
	if len(r.in.Transcribed) == 0 {
		return
	}
	r.chapterHead("report.chapter.transcribed", 24)
	b := r.said("report.transcribed.original", value, under)
	for _, t := range r.in.Transcribed {
		since, sinceEnglish := r.dateTime(t.Since)
		line := pair(r.main("report.transcribed.by", "name", t.By, "time", since, "pages", t.Pages), r.second("report.transcribed.by", "name", t.By, "time", orMain(sinceEnglish, since), "pages", t.Pages), value, under)
		line[0].above = 0.8
		b = append(b, line...)
		for _, o := range t.Originals {
			b = append(b, block{text: "SHA-256 " + o, style: under})
		}
	}
	r.table().row(cell{width: r.width, blocks: b})
}

func (r *paper) statement() {
	r.chapterHead("report.chapter.statement", 24)
	text := r.in.Statement
	if strings.TrimSpace(text) == "" {
		r.table().row(cell{width: r.width, blocks: r.said("report.statement.none", value, under)})
		return
	}
	var b []block
	for i, l := range breakLines(text, 1e9, value.advance) { // one block a paragraph
		p := block{text: l.visible(), style: written}
		if r.language != English {
			p.indent = 2
		}
		if i > 0 {
			p.above = 0.4
		}
		b = append(b, p)
	}
	r.table().row(cell{width: r.width, blocks: b})
}
