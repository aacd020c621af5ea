package report

import (
	"fmt"
	"strings"
	"time"
)

// paper is one document being laid out: its words, its sheet, its records.
type paper struct {
	words
	*sheet
	in       Input
	kind     string // of record.DocumentKinds
	first    int    // its first page on the sheet, from 0
	draft    bool
	chapter  int
	pictures map[string]*picture // by photo number
	drawn    map[string]*picture // signatures, by their bytes
	warnings []Warning
	places   []pagePlace // where a list of contents wants the pages of its parts
	digestAt struct {    // where the digest line goes
		page int
		x, y float64
	}
}

// The styles of the record.
var (
	recordTitle = style{face: heading, size: 22, lead: 11, colour: black}
	recordFrom  = style{face: heading, size: 14, lead: 7, colour: black}
	titleSecond = style{face: label, size: 10, lead: 5, colour: grey}
	chapter     = style{face: heading, size: 12, lead: 6.4, colour: black}
	field       = style{face: label, size: 9, lead: 4.7, colour: black}
	columnHead  = style{face: heading, size: 9, lead: 4.6, colour: black}
	value       = style{face: body, size: 10, lead: 5, colour: black}
	written     = style{face: body, size: 10.5, lead: 6, colour: black}
	answer      = style{face: heading, size: 9, lead: 5, colour: black}
	under       = style{face: label, size: 7.2, lead: 3.5, colour: grey} // English beneath Chinese
	underWide   = style{face: label, size: 8, lead: 4.2, colour: grey}
	fine        = style{face: label, size: 7.5, lead: 3.8, colour: grey}
)

// pair gives a main text and the English beneath it as blocks.
func pair(main, second string, st, below style) []block {
	below.centre, below.right = st.centre, st.right
	out := []block{{text: main, style: st}}
	if second != "" {
		out = append(out, block{text: second, style: below})
	}
	return out
}

// said gives the words of a key as blocks.
func (r *paper) said(key string, st, below style, args ...any) []block {
	return pair(r.main(key, args...), r.second(key, args...), st, below)
}

// quoting gives the words of a key around something typed. In a bilingual
// document the English line beneath is the label only: what was typed stands
// once.
func (r *paper) quoting(key string, st, below style, args ...any) []block {
	return pair(r.main(key, args...), r.second(key+".label"), st, below)
}

// told gives a Text as blocks.
func (r *paper) told(t Text, st, below style) []block {
	main, second := r.of(t)
	return pair(main, second, st, below)
}

// typed gives what somebody typed as one block; "—" when it is empty, so that
// an empty field cannot be filled in later.
func typed(text string, st style) []block {
	if strings.TrimSpace(text) == "" {
		text = "—"
	}
	return []block{{text: text, style: st}}
}

func (r *paper) table() *table {
	line := hairline
	return &table{sheet: r.sheet, padX: 1.8, padY: 1.1, border: &line, again: r.main("report.continued"), onSplit: fine}
}

// labelled is a field: its name on a pale ground and its value.
func labelled(name []block, w float64, content []block, w2 float64) []cell {
	ground := band
	return []cell{{width: w, blocks: name, fill: &ground, middle: true}, {width: w2, blocks: content, middle: true}}
}

// chapterHead begins a chapter; keep millimetres of it stay with its heading.
func (r *paper) chapterHead(key string, keep float64) {
	s := r.sheet
	s.need(12.5 + keep)
	if s.y > r.top {
		s.y += 4.5
	}
	r.chapter++
	name := r.main(key)
	number := fmt.Sprintf("%d. ", r.chapter)
	if r.language != English {
		number = string([]rune("一二三四五六七八九十")[(r.chapter-1)%10]) + "、"
	}
	second := r.second(key)
	s.bookmark(inline(number+name, second), 0)
	s.text(r.left, s.y+4.8, chapter, number+name)
	if second != "" {
		s.text(r.left+chapter.width(number+name)+3, s.y+4.8, titleSecond, second)
	}
	s.y += 7.6
}

func (r *paper) head() {
	s := r.sheet
	if r.in.OrganizationCopy {
		s.text(r.left, s.y, fine.in(black), inline(r.main("report.organization_copy"), r.second("report.organization_copy")))
	}
	s.y += 2
	from, fromSecond := r.of(r.in.Authority)
	for _, b := range pair(from, fromSecond, recordFrom.centred(), titleSecond) {
		s.paragraphs(b)
	}
	s.y += 3
	title, titleEnglish := r.title()
	s.bookmark(inline(title, titleEnglish), 0)
	spread := 0.0
	if r.language != English {
		spread = 5 // points between the characters, as titles are set
	}
	titled := recordTitle
	for titled.width(title)+spread*mmPerPoint*float64(len([]rune(title))-1) > r.width && titled.size > 12 {
		titled.size--
	}
	wide := titled.width(title) + spread*mmPerPoint*float64(len([]rune(title))-1)
	s.draw(textOp{x: (r.left + r.right - wide) / 2, y: s.y + 8.5, text: title, style: titled, spread: spread})
	s.y += 12
	if titleEnglish != "" {
		s.text((r.left+r.right)/2, s.y+3, titleSecond.centred(), titleEnglish)
		s.y += 5
	}
	s.y += 4
	s.text(r.right, s.y, style{face: body, size: 10.5, colour: black, right: true}, r.main("report.number", "number", r.number()))
	s.y += 2.2
	s.draw(pathOp{points: []float64{r.left, s.y, r.right, s.y}, colour: black, line: 0.7},
		pathOp{points: []float64{r.left, s.y + 1, r.right, s.y + 1}, colour: black, line: 0.2})
	s.y += 3.5
	if r.language != Chinese {
		key := "report.chinese_prevails"
		text := r.main(key)
		if r.language == Both {
			text += "  " + r.second(key)
		}
		s.paragraphs(block{text: text, style: fine})
		s.y += 1
	}
}

// draftBox says why this is no record yet, and lists what is open.
func (r *paper) draftBox() {
	if !r.draft {
		return
	}
	red := vermilion
	t := &table{sheet: r.sheet, padX: 2.5, padY: 1.6, border: &red, again: r.main("report.continued"), onSplit: fine}
	strong, plain := answer.in(vermilion), field
	var blocks []block
	if r.in.Seal.Hash == "" {
		blocks = append(blocks, r.said("report.draft.unsealed", strong, under)...)
	}
	if n := len(r.in.Conflicts); n > 0 {
		blocks = append(blocks, r.said("report.draft.conflicts", strong, under, "count", n)...)
		for i, c := range r.in.Conflicts {
			main, second := r.of(c.Where)
			blocks = append(blocks, block{text: fmt.Sprintf("%d. %s", i+1, inline(main, second)), style: plain, above: 0.8})
			for _, v := range c.Values {
				at, _ := r.dateTime(v.At)
				blocks = append(blocks, block{text: "     " + r.main("report.draft.value", "value", v.Value, "name", v.By, "time", at), style: plain})
			}
		}
	}
	if len(blocks) == 0 { // the open conflicts are not for this copy
		blocks = r.said("report.draft.unsealed", strong, under)
	}
	t.row(cell{width: r.width, blocks: blocks})
	r.sheet.y += 3
}

// orDash gives "—" for an empty text.
func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// orMain gives second, or main when there is no second.
func orMain(second, main string) string {
	if second == "" {
		return main
	}
	return second
}

// title gives the name of the document in its main language and, in a bilingual
// one, English.
func (r *paper) title() (main, second string) {
	return r.main("document.kind." + r.kind), r.second("document.kind." + r.kind)
}

// number gives the number to print: the office's, else the internal one.
func (r *paper) number() string {
	for _, n := range []string{r.in.Office.Number, r.in.Office.Internal, r.in.Number} {
		if n != "" {
			return n
		}
	}
	return r.main("report.no_number")
}

// date0 is the date of the document: that of its issue, else of its records.
func (r *paper) date0() time.Time {
	if !r.in.Office.IssuedOn.IsZero() {
		return r.in.Office.IssuedOn
	}
	return r.in.At
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
