package report

import "strings"

// signatures says how the record was read back and gives each person a box:
// the drawn signature, room to sign in ink, or the refusal with its reason.
func (r *paper) signatures() {
	r.chapterHead("report.chapter.signatures", 62)
	rb := r.in.ReadBack
	at, atSecond := r.dateTime(rb.At)
	key := "report.readback.read"
	if rb.ReadAloud {
		key = "report.readback.aloud"
	}
	person := orDash(r.in.Visit.PersonOnSite)
	var b []block
	if rb.At.IsZero() {
		b = r.said("report.readback.not_yet", written.in(vermilion), underWide)
	} else {
		b = pair(r.main(key, "time", at, "person", person), r.second(key, "time", orMain(atSecond, at), "person", person), written, underWide)
	}
	if rb.Corrections != "" {
		b = append(b, r.quoting("report.readback.corrections", written, underWide, "corrections", rb.Corrections)...)
	}
	if r.language != English {
		for i := range b {
			b[i].indent = 2 * written.size / b[i].style.size
		}
	}
	r.sheet.paragraphs(b...)
	r.sheet.y += 2
	t := r.table()
	t.whole = true
	for i := 0; i < len(r.in.Signatures); i += 2 {
		cells := []cell{r.signatureBox(r.in.Signatures[i])}
		if i+1 < len(r.in.Signatures) {
			cells = append(cells, r.signatureBox(r.in.Signatures[i+1]))
		} else {
			cells[0].width = r.width
		}
		t.row(cells...)
	}
}

// signature opens a drawing; one that serves twice is opened once.
func (r *paper) signature(file []byte) (*picture, error) {
	if p := r.drawn[string(file)]; p != nil {
		return p, nil
	}
	p, err := readPicture(file)
	if err == nil {
		if r.drawn == nil {
			r.drawn = map[string]*picture{}
		}
		r.drawn[string(file)] = p
	}
	return p, err
}

// signatureBox is one person's field.
func (r *paper) signatureBox(g Signature) cell {
	c := cell{width: r.width / 2}
	main, second := r.of(g.Role)
	c.blocks = append(c.blocks, block{text: inline(main, second), style: columnHead})
	if g.Party {
		c.blocks = append(c.blocks, r.said("report.signature.read", field, under)...)
	}
	const high = 17.0
	switch g.Kind {
	case Drawn:
		picture, err := r.signature(g.Image)
		if err != nil {
			r.warnings = append(r.warnings, Warning{Message: "report.warning.signature", Args: map[string]any{"name": g.Name}})
			c.blocks = append(c.blocks, r.said("report.signature.unreadable", field.in(vermilion), under)...)
		}
		c.blocks = append(c.blocks, block{height: high, paint: func(s *sheet, x, y, w float64) {
			if picture != nil {
				pw, ph := picture.fit(w*0.8, high-1.5)
				s.draw(pictureOp{x + (w-pw)/2, y + (high - 1.5 - ph), pw, ph, picture})
			}
			s.draw(pathOp{points: []float64{x + 2, y + high - 0.8, x + w - 2, y + high - 0.8}, colour: black, line: 0.2})
		}})
	case Refused:
		b := r.said("report.signature.refused", answer.in(vermilion), under)
		b[0].above = 1
		c.blocks = append(c.blocks, b...)
		c.blocks = append(c.blocks, r.quoting("report.signature.reason", value, under, "reason", orDash(g.Reason))...)
		c.blocks = append(c.blocks, r.quoting("report.signature.witness", value, under, "witness", orDash(g.Witness))...)
	default: // on paper
		c.blocks = append(c.blocks, block{height: high, paint: func(s *sheet, x, y, w float64) {
			s.draw(pathOp{points: []float64{x + 2, y + high - 0.8, x + w - 2, y + high - 0.8}, colour: black, line: 0.2})
			s.text(x+2, y+high-2, under, inline(r.main("report.signature.in_ink"), r.second("report.signature.in_ink")))
		}})
	}
	who := g.Name
	if g.Certificate != "" {
		who = strings.TrimSpace(who + "  " + r.main("report.signature.certificate", "certificate", g.Certificate))
	}
	b := typed(who, value)
	b[0].above = 0.8
	c.blocks = append(c.blocks, b...)
	if g.Remarks != "" {
		c.blocks = append(c.blocks, r.quoting("report.signature.remarks", value, under, "remarks", g.Remarks)...)
	}
	date, dateSecond := r.dateTime(g.At)
	if g.At.IsZero() {
		date, dateSecond = r.main("report.signature.date_blank"), ""
	}
	c.blocks = append(c.blocks, block{text: inline(date, dateSecond), style: fine})
	return c
}

// seal shows the entry that closed the record, as text and as QR code.
func (r *paper) seal() error {
	if r.in.Seal.Hash == "" {
		return nil
	}
	const side, high = 27.0, 33.0
	s := r.sheet
	s.need(high + 12)
	s.y += 4
	line := hairline
	s.draw(boxOp{x: r.left, y: s.y, w: r.width, h: high, stroke: &line, line: 0.2})
	if err := s.qrCode(r.in.Number+"\n"+r.in.Seal.Hash, r.left+3, s.y+3, side); err != nil {
		return err
	}
	x := r.left + side + 7
	y := s.y + 6.2
	s.text(x, y, columnHead, inline(r.main("report.seal"), r.second("report.seal")))
	y += 5
	put := func(st style, text string) {
		for _, l := range breakLines(text, r.right-x-2, st.advance) {
			s.text(x, y, st, l.visible())
			y += st.lead
		}
	}
	put(fine.in(black), r.in.Seal.Hash)
	at := r.in.Seal.At.Format("2006-01-02 15:04:05 -07:00")
	if r.in.Seal.At.IsZero() {
		at = "—"
	}
	put(fine.in(black), r.main("report.seal.by", "time", at, "name", orDash(r.in.Seal.By)))
	r.digestAt.page, r.digestAt.x, r.digestAt.y = len(s.pages)-1, x, y
	y += fine.lead * 2
	put(under, inline(r.main("report.seal.verify"), r.second("report.seal.verify")))
	s.y += high
	return nil
}

// digestLine writes the digest of the content into the room the seal left.
func (r *paper) digestLine(digest string) {
	d := r.digestAt
	if d.x == 0 {
		return // no seal to stand beside
	}
	text := r.main("report.seal.content", "digest", digest)
	for i, l := range breakLines(text, r.right-d.x-2, fine.advance) {
		r.sheet.pages[d.page] = append(r.sheet.pages[d.page], textOp{x: d.x, y: d.y + float64(i)*fine.lead, text: l.visible(), style: fine.in(black)})
	}
}
