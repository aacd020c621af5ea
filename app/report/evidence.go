package report

import (
	"strings"
	"time"
)

// readPhotos opens the pictures. One that cannot be shown gets a frame that
// says so and a warning: the record must not fail over it.
func (r *paper) readPhotos() {
	r.pictures = map[string]*picture{}
	for _, p := range r.in.Photos {
		if p.Destroyed {
			continue
		}
		picture, err := readPicture(p.File)
		if err != nil {
			r.warnings = append(r.warnings, Warning{Message: "report.warning.photo", Args: map[string]any{"number": p.Number}})
			continue
		}
		r.pictures[p.Number] = picture
	}
}

// evidence lists the photos with the digests that prove them unchanged.
func (r *paper) evidence() {
	r.chapterHead("report.chapter.evidence", 34)
	if len(r.in.Photos) == 0 {
		r.sheet.paragraphs(r.said("report.evidence.none", written, underWide)...)
		return
	}
	widths := []float64{15, 56, 29, 22, r.width - 122}
	t := r.table()
	ground := band
	columns := func() {
		var cells []cell
		for i, key := range []string{"report.evidence.number", "report.evidence.caption", "report.evidence.taken", "report.evidence.taken_by", "report.evidence.digest"} {
			cells = append(cells, cell{width: widths[i], blocks: r.said(key, columnHead.centred(), under), fill: &ground, middle: true})
		}
		t.row(cells...)
	}
	t.header = columns
	columns()
	for _, p := range r.in.Photos {
		t.row(
			cell{width: widths[0], blocks: []block{{text: p.Number, style: field.centred(), anchor: "photo " + p.Number}}, middle: true},
			cell{width: widths[1], blocks: typed(p.Caption, value), middle: true},
			cell{width: widths[2], blocks: typed(p.Taken.Format(stampFormat(p.Taken)), field.centred()), middle: true},
			cell{width: widths[3], blocks: typed(p.TakenBy, value.centred()), middle: true},
			cell{width: widths[4], blocks: r.digests(p, widths[4]-2*t.padX), middle: true},
		)
	}
}

// digests gives the digest of the original and, where an edited copy is shown,
// says so with the digest of the copy.
func (r *paper) digests(p Photo, w float64) []block {
	st := style{face: label, size: 7.5, lead: 3.6, colour: black, centre: true}
	b := digestLines(p.Digest, 2, st, w)
	if p.Copy == "" {
		return b
	}
	main, second := r.editedAs(p)
	b = append(b, pair(main, second, fine.in(ink).centred(), under)...)
	return append(b, digestLines(p.Copy, 2, st.in(grey), w)...)
}

// editedAs says what an edited copy leaves off.
func (r *paper) editedAs(p Photo) (main, second string) {
	say := func(words func(string, ...any) string) string {
		out := words("report.photo.copy")
		if p.Hidden > 0 {
			out += words("report.photo.hidden", "n", p.Hidden)
		}
		if p.Cropped {
			out += words("report.photo.cropped")
		}
		return out
	}
	return say(r.main), say(r.second)
}

// digestLines sets a digest in lines of equal length, easy to compare, as
// large as fits into w.
func digestLines(digest string, lines int, st style, w float64) []block {
	if len(digest) != 64 {
		return typed(digest, st)
	}
	for st.width(digest) > w*float64(lines)*0.99 {
		st.size -= 0.1
	}
	var b []block
	for i := range lines {
		b = append(b, block{text: digest[i*64/lines : (i+1)*64/lines], style: st})
	}
	return b
}

// stampFormat is how the time of evidence is written in either language; the
// zero time is written as nothing.
func stampFormat(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "2006-01-02 15:04:05"
}

// photos is the annex of pictures, two to a row, their captions beneath.
func (r *paper) photos() {
	if len(r.in.Photos) == 0 {
		return
	}
	s := r.sheet
	s.newPage()
	title := inline(r.main("report.annex"), r.second("report.annex"))
	s.bookmark(title, 0)
	s.text(r.left, s.y+4.8, chapter, r.main("report.annex"))
	if second := r.second("report.annex"); second != "" {
		s.text(r.left+chapter.width(r.main("report.annex"))+3, s.y+4.8, titleSecond, second)
	}
	s.y += 8.5
	r.photoGrid()
}

// photoGrid is the pictures two to a row.
func (r *paper) photoGrid() {
	t := &table{sheet: r.sheet, padX: 1.5, padY: 1.2, whole: true}
	for i := 0; i < len(r.in.Photos); i += 2 {
		cells := []cell{r.photo(r.in.Photos[i])}
		if i+1 < len(r.in.Photos) {
			cells = append(cells, r.photo(r.in.Photos[i+1]))
		}
		t.row(cells...)
	}
}

// photo is one picture with number, caption, time and digest.
func (r *paper) photo(p Photo) cell {
	const high = 54.0
	frame := hairline
	b := []block{{height: high + 1.2, paint: func(s *sheet, x, y, w float64) {
		s.anchors[s.scope+"photo "+p.Number] = place{len(s.pages) - 1, y}
		picture := r.pictures[p.Number]
		if picture == nil {
			s.draw(boxOp{x: x, y: y, w: w, h: high, stroke: &frame, line: 0.2})
			said, colour := "report.photo.unreadable", vermilion
			if p.Destroyed {
				said, colour = "report.photo.destroyed", ink
			}
			s.text(x+w/2, y+high/2, field.in(colour).centred(), r.main(said))
			return
		}
		pw, ph := picture.fit(w, high)
		px, py := x, y+(high-ph)/2
		s.draw(pictureOp{px, py, pw, ph, picture}, boxOp{x: px, y: py, w: pw, h: ph, stroke: &frame, line: 0.15})
	}}}
	number := r.main("report.photo.number", "number", p.Number)
	b = append(b, block{text: strings.TrimSpace(number + "  " + p.Caption), style: field})
	facts := p.Taken.Format(stampFormat(p.Taken))
	if p.TakenBy != "" {
		facts += "  " + r.main("report.photo.by", "name", p.TakenBy)
	}
	if p.Digest != "" {
		facts += "  SHA-256:"
	}
	if facts = strings.TrimSpace(facts); facts != "" {
		b = append(b, block{text: facts, style: fine})
	}
	if p.Digest != "" {
		b = append(b, digestLines(p.Digest, 1, style{face: label, size: 7.5, lead: 3.4, colour: grey}, r.width/2-3)...)
	}
	if p.Copy != "" {
		main, second := r.editedAs(p)
		b = append(b, pair(main, second, fine.in(ink), under)...)
	}
	return cell{width: r.width / 2, blocks: b}
}
