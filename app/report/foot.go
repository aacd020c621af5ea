package report

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode"

	"plumbline/app/record"
)

// feet draws what stands on every page of a document: running head, the line
// that people sign page by page where the law asks for it, page numbers, the
// digest, the QR code that leads a scan back to its record, and the watermark of
// a draft. Within a dossier total counts the dossier's pages, else it is 0.
func (r *paper) feet(digest string, l layout) error {
	s := r.sheet
	pages := s.pages[r.first:]
	authority, _ := r.of(r.in.Authority)
	title, _ := r.title()
	running := strings.TrimSpace(authority + "  " + title)
	small := style{face: label, size: 8, lead: 4, colour: grey}
	code := r.code(digest)
	var codes []barcode.Barcode
	if code.document() != "" {
		texts := make([]string, len(pages))
		for i := range pages {
			code.Page, code.Of = i+1, len(pages)
			texts[i] = code.String()
		}
		var err error
		if codes, err = encodeQRs(texts); err != nil {
			return err
		}
	}
	for i := range pages {
		at := r.first + i
		put := func(ops ...op) { s.pages[at] = append(s.pages[at], ops...) }
		text := func(x, y float64, st style, t string) {
			switch {
			case st.centre:
				x -= st.width(t) / 2
			case st.right:
				x -= st.width(t)
			}
			put(textOp{x: x, y: y, text: t, style: st})
		}
		if i > 0 {
			end := r.right
			if r.in.OrganizationCopy {
				copyMark := small
				copyMark.right = true
				text(r.right, 15, copyMark, r.main("report.organization_copy"))
				end -= small.width(r.main("report.organization_copy")) + 4
			}
			put(small.shortened(r.left, 15, end-r.left, running)...)
			put(pathOp{points: []float64{r.left, 17, r.right, 17}, colour: hairline, line: 0.2})
		}
		end := r.right
		if codes != nil {
			const side = 15.0
			end -= side + 2
			// Below the line that people sign, with the rim of paper that a code needs.
			s.qrOn(at, codes[i], r.right-side, 273.5, side)
		}
		if l.signed {
			r.signLine(at)
		}
		const foot = 285.0
		middle := small
		middle.centre = true
		text((r.left+r.right)/2, foot, middle, inline(r.main("report.page", "page", i+1, "total", len(pages)), r.second("report.page", "page", i+1, "total", len(pages))))
		put(small.shortened(r.left, foot, 50, r.number())...)
		last := fine
		last.right, last.colour = true, grey
		text(end, foot, last, r.main("report.foot.digest", "digest", fmt.Sprintf("%s %s %s %s", digest[:4], digest[4:8], digest[8:12], digest[12:16])))
		if r.draft || r.in.Office.Voided != "" {
			key := "report.draft.watermark"
			if r.in.Office.Voided != "" {
				key = "report.voided.watermark"
			}
			water := style{face: heading, size: 92, colour: vermilion}
			for water.width(inline(r.main(key), r.second(key))) > 240 {
				water.size -= 4
			}
			put(waterOp{inline(r.main(key), r.second(key)), water})
		}
	}
	return nil
}

// code is what the QR codes of the pages say in common: the document they belong
// to, as its content stood.
func (r *paper) code(digest string) PageCode {
	c := PageCode{Content: digest[:record.PrintCode]}
	if r.in.Office.ID != "" {
		c.Paper = r.in.Office.ID
	} else {
		c.Number, c.Kind = r.in.Number, r.kind
	}
	return c
}

// signLine is where the person on site and the inspectors sign this page.
func (r *paper) signLine(page int) {
	s := r.sheet
	put := func(ops ...op) { s.pages[page] = append(s.pages[page], ops...) }
	var party *Signature
	if r.kind == "inspection-record" {
		for i := range r.in.Signatures {
			if r.in.Signatures[i].Party {
				party = &r.in.Signatures[i]
				break
			}
		}
	}
	var initials *picture
	if party != nil && party.Kind == Drawn && len(party.Initials) > 0 {
		p, err := r.signature(party.Initials)
		if err != nil && page == r.first {
			r.warnings = append(r.warnings, Warning{Message: "report.warning.signature", Args: map[string]any{"name": party.Name}})
		}
		initials = p
	}
	const y = 264.0
	put(pathOp{points: []float64{r.left, y, r.right, y}, colour: black, line: 0.2})
	x := r.left
	say := func(st style, t string) {
		put(textOp{x: x, y: y + 7, text: t, style: st})
		x += st.width(t)
	}
	blank := func(w float64) {
		put(pathOp{points: []float64{x, y + 7.8, x + w, y + 7.8}, colour: black, line: 0.2})
		x += w
	}
	refused := party != nil && party.Kind == Refused
	if refused {
		say(field.in(vermilion), r.main("report.foot.refused"))
	} else {
		read, who := "report.foot.read", "report.foot.party"
		switch r.kind {
		case "evidence-list", "photo-sheet":
			read = "paper.foot.checked"
		case "interview-record":
			who = "paper.foot.interviewed"
		}
		say(field, r.main(read))
		x += 2
		say(field, r.main(who))
		if initials != nil {
			w, h := initials.fit(32, 6.4)
			put(pictureOp{x + (34-w)/2, y + 7.6 - h, w, h, initials})
		}
		blank(34)
	}
	x = max(x+3, r.left+104)
	say(field, r.main("report.foot.inspectors"))
	blank(r.right - x)
	key := "report.foot.second"
	if refused {
		key = "report.foot.refused"
	}
	if second := r.second(key); second != "" {
		put(textOp{x: r.left, y: y + 11.3, text: second, style: under})
	}
}
