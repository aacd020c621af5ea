package report

import (
	"fmt"
	"strings"
)

// The styles of official documents (GB/T 9704): body in size 3 (16 points), 22
// lines to a page of 225 mm; what has no size in the standard is ours.
var (
	redHead     = style{face: body, size: 30, lead: 15, colour: colour{0xC8, 0x10, 0x10}, heavy: 1.1}
	letterTitle = style{face: body, size: 22, lead: 12, colour: black, heavy: 0.7}
	letterBody  = style{face: body, size: 16, lead: 10.2, colour: black}
	letterPoint = style{face: heading, size: 15, lead: 10.2, colour: black}
	letterUnder = style{face: label, size: 9, lead: 4.8, colour: grey}
	englishBody = style{face: body, size: 11, lead: 6.2, colour: black}
)

// prose is the style that a letter is written in: English needs no size 3.
func (r *paper) prose() style {
	if r.language == English {
		return englishBody
	}
	return letterBody
}

// say writes a paragraph of a letter.
func (r *paper) say(key string, args ...any) {
	r.paragraph(r.main(key, args...), r.second(key, args...))
}

func (r *paper) paragraph(main, second string) {
	b := block{text: main, style: r.prose()}
	if r.language == English {
		b.above = 1.6
	} else {
		b.indent = 2
	}
	r.paragraphs(b)
	if second != "" {
		r.paragraphs(block{text: second, style: letterUnder})
		r.y += 1.2
	}
}

// point begins a numbered part of a letter: 一、….
func (r *paper) point(key string) {
	r.chapter++
	number := fmt.Sprintf("%d. ", r.chapter)
	st := letterPoint
	if r.language == English {
		st.size, st.lead = 11, 7
	} else {
		number = string([]rune("一二三四五六七八九十")[(r.chapter-1)%10]) + "、"
	}
	r.need(st.lead * 3.2) // a heading never ends a page
	name, second := r.main(key), r.second(key)
	r.bookmark(inline(number+name, second), 1)
	b := block{text: number + name, style: st}
	if r.language != English {
		b.indent = 2
	} else {
		b.above = 2
	}
	r.paragraphs(b)
	if second != "" {
		r.paragraphs(block{text: second, style: letterUnder})
	}
}

// blankSlot stands where the office has typed nothing yet.
const blankSlot = "＿＿＿＿＿＿"

// slot gives what the office typed, or a line to write on.
func (r *paper) slot(name string) string {
	if v := strings.TrimSpace(r.in.Office.Fields[name]); v != "" {
		return v
	}
	return blankSlot
}

// typedPoint is a numbered part that holds what the office typed in a slot.
func (r *paper) typedPoint(name string) {
	r.point("document.slot." + name)
	r.typedProse(r.slot(name))
}

// typedProse writes what was typed, paragraph by paragraph, as it was typed.
func (r *paper) typedProse(text string) {
	for _, l := range breakLines(text, 1e9, r.prose().advance) {
		r.paragraph(l.visible(), "")
	}
}

// letterhead is the red head of a document that goes out: who issues it, its
// number, the red rule; then the title and whom it is to.
func (r *paper) letterhead() {
	s := r.sheet
	s.y = 30
	from, fromSecond := r.of(r.in.Authority)
	red := redHead
	for red.width(from) > r.width && red.size > 12 {
		red.size--
	}
	s.text((r.left+r.right)/2, s.y+9, red.centred(), from)
	s.y += 14
	if fromSecond != "" {
		s.text((r.left+r.right)/2, s.y+1, titleSecond.in(redHead.colour).centred(), fromSecond)
		s.y += 4
	}
	s.y += 6
	number := r.prose()
	s.text((r.left+r.right)/2, s.y+4, number.centred(), r.number())
	s.y += 8
	s.draw(pathOp{points: []float64{r.left, s.y, r.right, s.y}, colour: redHead.colour, line: 0.8})
	s.y += 9
	title, second := r.title()
	s.bookmark(inline(title, second), 0)
	for _, l := range breakLines(title, r.width, letterTitle.advance) {
		s.text((r.left+r.right)/2, s.y+7, letterTitle.centred(), l.visible())
		s.y += letterTitle.lead
	}
	if second != "" {
		s.text((r.left+r.right)/2, s.y+2, titleSecond.centred(), second)
		s.y += 5
	}
	s.y += 5
	if r.language != Chinese {
		r.paragraphs(block{text: inline(r.main("report.chinese_prevails"), r.second("report.chinese_prevails")), style: fine})
		s.y += 2
	}
}

// addressee names whom a letter is to; "" is the organization.
func (r *paper) addressee(name string) {
	if name == "" {
		name = r.in.Organization.Name
		if c := r.in.Organization.Code; c != "" && r.kind != "service-receipt" {
			name = r.main("paper.to_with_code", "name", name, "code", c)
		}
	}
	r.paragraphs(block{text: r.main("paper.to", "name", orDash(name)), style: r.prose()})
}

// closing ends a letter: the authority and the date, with room for the seal 用印
// over both, which must share the page with text before it.
func (r *paper) closing() {
	s := r.sheet
	const high = 40.0
	if s.y+high > s.bottom {
		s.newPage()
		r.paragraphs(block{text: r.main("paper.no_text_above"), style: letterUnder})
	}
	s.y += 14
	from, fromSecond := r.of(r.in.Authority)
	date, dateSecond := r.date(r.in.Office.IssuedOn)
	if date == "" {
		date = r.main("paper.date_blank")
	}
	st := r.prose()
	wide := max(st.width(from), st.width(date))
	middle := r.right - max(wide/2, 24) - 6
	grey := letterUnder
	s.text(middle, s.y-8, grey.centred(), inline(r.main("paper.seal_here"), r.second("paper.seal_here")))
	s.text(middle, s.y, st.centred(), from)
	s.y += st.lead
	if fromSecond != "" {
		s.text(middle, s.y-4.6, letterUnder.centred(), fromSecond)
		s.y += 2
	}
	s.text(middle, s.y, st.centred(), date)
	if dateSecond != "" {
		s.text(middle, s.y+5, letterUnder.centred(), dateSecond)
		s.y += 4
	}
	s.y += 7
}

// remedies says what can be done against an order, before which bodies and
// within which periods. record keeps an order without them from being issued.
func (r *paper) remedies() {
	r.point("paper.remedies")
	r.say("paper.remedies.text", "body", r.slot("reconsideration_body"), "days", r.slot("reconsideration_days"),
		"court", r.slot("court"), "months", r.slot("lawsuit_months"))
}

// contact names whom to call.
func (r *paper) contact() {
	r.say("paper.contact", "name", r.slot("contact"), "phone", r.slot("phone"))
}

// deliveryPart is the strip at the end of a notice that whoever receives it
// signs.
func (r *paper) deliveryPart() {
	s := r.sheet
	s.need(25)
	s.y += 1
	s.draw(pathOp{points: []float64{r.left, s.y, r.right, s.y}, colour: hairline, line: 0.2})
	s.y += 1
	r.paragraphs(r.said("paper.delivery", field, under)...)
	s.y += 0.6
	t := r.table()
	name := 26.0
	t.row(append(labelled(r.said("paper.received_by", field.centred(), under), name, r.toSign(11), r.width/2-name),
		labelled(r.said("paper.received_at", field.centred(), under), name, r.toDate(11), r.width/2-name)...)...)
}

// toSign is room for a signature, high millimetres.
func (r *paper) toSign(high float64) []block {
	return []block{{height: high, paint: func(s *sheet, x, y, w float64) {
		s.text(x, y+high-1, under, inline(r.main("report.signature.in_ink"), r.second("report.signature.in_ink")))
	}}}
}

// toDate is room for a date in ink.
func (r *paper) toDate(high float64) []block {
	return []block{{height: high, paint: func(s *sheet, x, y, w float64) {
		s.text(x+w/2, y+high/2+1.2, field.centred(), r.main("report.signature.date_blank"))
	}}}
}
