package report

import (
	"strconv"
	"strings"
)

// dossierCover is the cover of an inspection's dossier 卷宗封面.
func dossierCover(r *paper) error {
	s := r.sheet
	s.y = 60
	from, fromSecond := r.of(r.in.Authority)
	s.text((r.left+r.right)/2, s.y, style{face: body, size: 20, colour: black, centre: true, heavy: 0.4}, from)
	if fromSecond != "" {
		s.text((r.left+r.right)/2, s.y+7, titleSecond.centred(), fromSecond)
	}
	s.y += 32
	title, second := r.title()
	s.bookmark(inline(title, second), 0)
	big := style{face: body, size: 32, colour: black, centre: true, heavy: 1}
	spaced := title
	if r.language != English {
		spaced = strings.Join(strings.Split(title, ""), " ")
	}
	s.text((r.left+r.right)/2, s.y, big, spaced)
	if second != "" {
		s.text((r.left+r.right)/2, s.y+9, titleSecond.centred(), second)
	}
	s.y += 32
	f := r.form()
	f.slots("dossier_number")
	f.organization()
	f.row(entry{"report.inspection_kind", r.kindBlocks()})
	time, timeSecond := r.period(r.in.Visit.Start, r.in.Visit.End)
	f.row(entry{"report.time", pair(orDash(time), timeSecond, value, under)})
	f.team()
	f.row(entry{"paper.number", typed(r.in.Number, value)}, f.slot("retention"))
	f.row(f.slot("filed_on"), f.slot("filed_by"))
	return nil
}

// dossierContents lists what lies in the dossier 卷内目录, with its pages.
func dossierContents(r *paper) error { return r.contents(false) }

// contents lists the parts of a dossier, or of a litigation pack with what each
// is to prove. Pages are filled in once they are known.
func (r *paper) contents(proof bool) error {
	r.head()
	f := r.form()
	if !proof {
		f.slots("dossier_number")
	}
	f.row(entry{"report.organization", typed(r.in.Organization.Name, value)})
	r.y += 3
	keys := []string{"report.evidence.number", "paper.contents.document", "paper.number", "paper.date", "paper.contents.pages", "paper.contents.remark"}
	widths := []float64{12, 62, 40, 26, 16, 0}
	if proof {
		keys = []string{"report.evidence.number", "paper.contents.document", "paper.contents.source", "paper.contents.purpose", "paper.contents.pages"}
		widths = []float64{12, 48, 38, r.width - 12 - 48 - 38 - 18, 18}
	}
	var rows [][][]block
	for i, p := range r.in.Parts {
		key := "document.kind." + p.Kind
		part := paper{words: r.words, in: p.Input, kind: p.Kind}
		date, _ := r.date(part.date0())
		number := []block{{text: strconv.Itoa(i + 1), style: field.centred()}}
		pages := []block{{height: 5, paint: func(s *sheet, x, y, w float64) {
			r.places = append(r.places, pagePlace{i, len(s.pages) - 1, x + w/2, y + 3.6})
		}}}
		document := r.said(key, value, under)
		if proof {
			purpose := typed(p.Purpose, value)
			if p.Purpose == "" {
				purpose = r.said("paper.purpose."+p.Kind, value, under)
			}
			document = append(document, block{text: part.number(), style: fine})
			rows = append(rows, [][]block{number, document, typed(p.Source, value), purpose, pages})
			continue
		}
		rows = append(rows, [][]block{number, document, typed(part.number(), field), typed(date, field.centred()), pages, typed(r.main("paper.contents.copies", "n", max(p.Input.Office.Copies, 1)), field.centred())})
	}
	if len(rows) == 0 {
		r.paragraphs(r.said("paper.contents.none", written, underWide)...)
		return nil
	}
	r.listing(keys, widths, rows)
	return nil
}

// pagePlace is where the page of a part is written once it is known.
type pagePlace struct {
	part, page int
	x, y       float64
}

// dossierNote is the note at the end of a dossier 备考表.
func dossierNote(r *paper) error {
	r.head()
	f := r.form()
	f.row(entry{"report.organization", typed(r.in.Organization.Name, value)})
	text := r.in.Office.Fields["dossier_note"]
	if text == "" {
		text = r.main("paper.note.whole", "documents", len(r.in.Parts), "photos", len(r.in.Photos))
	}
	f.row(entry{"document.slot.dossier_note", append(typed(text, written), block{height: 60, paint: func(*sheet, float64, float64, float64) {}})})
	f.row(entry{"document.slot.filed_by", append(r.filled("filed_by"), r.toSign(16)...)}, entry{"paper.date", r.toDate(16)})
	f.row(entry{"document.slot.checked_by", append(r.filled("checked_by"), r.toSign(16)...)}, entry{"paper.date", r.toDate(16)})
	return nil
}

// dossier is the whole dossier as one document: cover, contents, the parts, the
// note. Every page has its number in the dossier beside that of its own
// document.
func dossier(r *paper) error {
	title, second := r.title()
	r.bookmark(inline(title, second)+"  "+r.in.Organization.Name, 0)
	return r.bind([]string{"dossier-cover"}, "dossier-contents", []string{"dossier-note"})
}

// bind lays out what stands before the parts, their contents, the parts and
// what stands behind them.
func (r *paper) bind(before []string, contents string, behind []string) error {
	r.level++
	defer func() { r.level-- }()
	lay := func(kind string, in Input) (*paper, error) {
		in.OrganizationCopy = in.OrganizationCopy || r.in.OrganizationCopy
		p, _, err := r.sheet.lay(r.words, kind, in)
		if err == nil {
			r.warnings = append(r.warnings, p.warnings...)
		}
		return p, err
	}
	around := r.in
	around.Office.Issued = true
	for _, kind := range before {
		if _, err := lay(kind, around); err != nil {
			return err
		}
	}
	list, err := lay(contents, around)
	if err != nil {
		return err
	}
	begin := make([]int, len(r.in.Parts))
	for i, part := range r.in.Parts {
		p, err := lay(part.Kind, part.Input)
		if err != nil {
			return err
		}
		begin[i] = p.first
	}
	for _, kind := range behind {
		if _, err := lay(kind, around); err != nil {
			return err
		}
	}
	for _, at := range list.places {
		text := strconv.Itoa(begin[at.part] + 1)
		st := field.centred()
		r.pages[at.page] = append(r.pages[at.page], textOp{x: at.x - st.width(text)/2, y: at.y, text: text, style: st},
			linkOp{x: at.x - 8, y: at.y - 4, w: 16, h: 5, anchor: "part " + strconv.Itoa(at.part)})
	}
	for i, page := range begin {
		r.anchors["part "+strconv.Itoa(i)] = place{page, 4}
	}
	small := style{face: label, size: 8, colour: ink}
	for i := range r.pages {
		text := r.main("paper.dossier_page", "page", i+1, "total", len(r.pages))
		r.pages[i] = append(r.pages[i], textOp{x: 190 - small.width(text), y: 10, text: text, style: small})
	}
	return nil
}
