package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline/app/record"
)

// Editable tells whether a kind of document goes to a word processor: one that
// the office fills in. What inspectors recorded is printed only.
func Editable(kind string) bool {
	k, ok := record.FindDocumentKind(kind)
	return ok && !k.Pack && len(k.Slots) > 0
}

// Word writes the draft of a document for a word processor (.docx, ECMA-376). It
// says what the print says, in order; fonts are named and not embedded, for the
// office has its own: 仿宋 for the text, 方正小标宋简体 for titles, 黑体 for
// headings, 宋体 for what is small, as official documents have them (GB/T 9704).
// The same input gives the same bytes.
func Word(kind string, in Input) ([]byte, error) {
	w, err := newWords(in.Language)
	if err != nil {
		return nil, err
	}
	if !Editable(kind) {
		return nil, &record.Error{Code: record.Invalid, Message: "document.not_editable", Field: "kind", Args: map[string]any{"kind": kind}}
	}
	f, page, err := flowOf(w, kind, in)
	if err != nil {
		return nil, err
	}
	d := docx{frame: page, words: w}
	for i, p := range f.parts {
		switch p := p.(type) {
		case flowText:
			d.paragraph(p)
		case flowRule:
			d.rule(p.line)
		case flowBreak:
			d.body.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
		case flowRow:
			if i == 0 || !sameTable(f.parts[i-1], p.table) {
				d.table(rowsFrom(f.parts[i:], p.table))
			}
		}
	}
	r := &paper{words: w, in: in, kind: kind}
	title, second := r.title()
	return d.zipped(inline(title, second)+"  "+r.number(), r.number(), r.date0())
}

func sameTable(part any, t *table) bool {
	r, ok := part.(flowRow)
	return ok && r.table == t
}

// rowsFrom gives the rows of a table that stand together. Its header is said
// again on each page in print, and here once.
func rowsFrom(parts []any, t *table) (rows []flowRow) {
	for _, p := range parts {
		r, ok := p.(flowRow)
		if !ok || r.table != t {
			break
		}
		rows = append(rows, r)
	}
	return rows
}

type docx struct {
	frame
	words
	body bytes.Buffer
}

// twips are twentieths of a point, which is what Word measures in.
func twips(mm float64) int { return int(math.Round(mm / mmPerPoint * 20)) }

func (d *docx) paragraph(p flowText) {
	d.body.WriteString("<w:p><w:pPr>")
	first := p.runs[0].style
	if first.size >= 11 && !p.close && p.runs[0].text != "" && first.face == heading {
		d.body.WriteString("<w:keepNext/>")
	}
	fmt.Fprintf(&d.body, `<w:spacing w:before="%d" w:after="0" w:line="%d" w:lineRule="atLeast"/>`, twips(p.above), twips(max(first.lead, first.size*mmPerPoint*1.2)))
	switch {
	case p.indent > 0:
		fmt.Fprintf(&d.body, `<w:ind w:firstLineChars="%d" w:firstLine="%d"/>`, int(p.indent*100), int(p.indent*first.size*20))
	case p.left > 0:
		fmt.Fprintf(&d.body, `<w:ind w:left="%d"/>`, twips(p.left))
	}
	switch {
	case p.centre:
		d.body.WriteString(`<w:jc w:val="center"/>`)
	case p.right:
		d.body.WriteString(`<w:jc w:val="right"/>`)
	case d.language != English:
		d.body.WriteString(`<w:jc w:val="both"/>`)
	}
	d.body.WriteString("</w:pPr>")
	for _, r := range p.runs {
		d.run(r.text, r.style, r.spread)
	}
	d.body.WriteString("</w:p>")
}

func (d *docx) rule(o pathOp) {
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="%d" w:space="1" w:color="%s"/></w:pBdr><w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/></w:pPr></w:p>`,
		max(2, int(math.Round(o.line/mmPerPoint*8))), hexOf(o.colour))
}

func hexOf(c colour) string { return fmt.Sprintf("%02X%02X%02X", c[0], c[1], c[2]) }

// fontOf names the font of a style.
func fontOf(st style) string {
	switch {
	case st.size >= 18:
		return "方正小标宋简体"
	case st.face == heading:
		return "黑体"
	case st.face == label:
		return "宋体"
	}
	return "仿宋"
}

// run writes a run of text in one style.
func (d *docx) run(text string, st style, spread float64) {
	font := fontOf(st)
	fmt.Fprintf(&d.body, `<w:r><w:rPr><w:rFonts w:hint="eastAsia" w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="%s"/>`, font)
	if font == "方正小标宋简体" && st.face == heading && d.language == English {
		d.body.WriteString("<w:b/>")
	}
	fmt.Fprintf(&d.body, `<w:color w:val="%s"/>`, hexOf(st.colour))
	if spread > 0 {
		fmt.Fprintf(&d.body, `<w:spacing w:val="%d"/>`, int(math.Round(spread*20)))
	}
	fmt.Fprintf(&d.body, `<w:sz w:val="%[1]d"/><w:szCs w:val="%[1]d"/></w:rPr>`, int(math.Round(st.size*2)))
	d.body.WriteString(wordText(text))
	d.body.WriteString("</w:r>")
}

// wordText writes text as the content of a run. Every character is there: tabs and
// ends of lines as Word has them, the controls that XML cannot hold as the signs
// that stand for them (␀ for NUL).
func wordText(text string) string {
	var b strings.Builder
	open := false
	shut := func() {
		if open {
			b.WriteString("</w:t>")
			open = false
		}
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, r := range text {
		switch r {
		case '\t':
			shut()
			b.WriteString("<w:tab/>")
			continue
		case '\n', '\r', 0x2028, 0x2029:
			shut()
			b.WriteString("<w:br/>")
			continue
		}
		if !open {
			b.WriteString(`<w:t xml:space="preserve">`)
			open = true
		}
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7F:
			b.WriteRune(0x2421)
		case r == 0xFFFE || r == 0xFFFF:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	shut()
	return b.String()
}

// table writes the rows of a table. Their cells end where they like in print; in
// Word all of them lie on one grid, of which a cell spans what it needs.
func (d *docx) table(rows []flowRow) {
	var edges []int
	for _, r := range rows {
		x := 0.0
		for _, c := range r.cells {
			x += c.width
			if e := twips(x); !slices.ContainsFunc(edges, func(o int) bool { return o-e < 20 && e-o < 20 }) {
				edges = append(edges, e)
			}
		}
	}
	slices.Sort(edges)
	at := func(x float64) int { // which edge a cell ends at, from 1
		e := twips(x)
		return 1 + slices.IndexFunc(edges, func(o int) bool { return o-e < 20 && e-o < 20 })
	}
	line := hexOf(hairline)
	fmt.Fprintf(&d.body, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:tblBorders>`, edges[len(edges)-1])
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&d.body, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="%s"/>`, side, line)
	}
	fmt.Fprintf(&d.body, `</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="%[2]d" w:type="dxa"/><w:left w:w="%[1]d" w:type="dxa"/><w:bottom w:w="%[2]d" w:type="dxa"/><w:right w:w="%[1]d" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`,
		twips(rows[0].table.padX), twips(rows[0].table.padY))
	before := 0
	for _, e := range edges {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, e-before)
		before = e
	}
	d.body.WriteString("</w:tblGrid>")
	for _, r := range rows {
		d.body.WriteString("<w:tr><w:trPr>")
		if r.head {
			d.body.WriteString("<w:cantSplit/><w:tblHeader/>")
		}
		d.body.WriteString("</w:trPr>")
		x, from := 0.0, 0
		for _, c := range r.cells {
			x += c.width
			to := at(x)
			left := 0
			if from > 0 {
				left = edges[from-1]
			}
			fmt.Fprintf(&d.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:gridSpan w:val="%d"/>`, edges[to-1]-left, to-from)
			if c.fill != nil {
				fmt.Fprintf(&d.body, `<w:shd w:val="clear" w:color="auto" w:fill="%s"/>`, hexOf(*c.fill))
			}
			if c.middle {
				d.body.WriteString(`<w:vAlign w:val="center"/>`)
			}
			d.body.WriteString("</w:tcPr>")
			d.cell(c)
			d.body.WriteString("</w:tc>")
			from = to
		}
		d.body.WriteString("</w:tr>")
	}
	d.body.WriteString(`</w:tbl><w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="60" w:lineRule="exact"/></w:pPr></w:p>`)
}

// cell writes what stands in a cell; room to write on is a paragraph as high.
func (d *docx) cell(c cell) {
	if len(c.blocks) == 0 {
		d.body.WriteString("<w:p/>")
	}
	for _, b := range c.blocks {
		if b.paint == nil {
			d.paragraph(flowText{runs: []textOp{{text: b.mark.sign() + b.text, style: b.style}}, centre: b.style.centre, right: b.style.right, indent: b.indent, above: b.above, close: true})
			continue
		}
		painted := &sheet{frame: d.frame, pages: make([][]op, 1), anchors: map[string]place{}}
		b.paint(painted, 0, 0, c.width)
		room := flowText{runs: []textOp{{style: under}}, above: b.above + b.height}
		for _, o := range painted.pages[0] {
			if t, ok := o.(textOp); ok {
				room.runs = append(room.runs, t)
			}
		}
		room.above = max(0, room.above-under.lead)
		d.paragraph(room)
	}
}

const wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// zipped puts the parts of the file together.
func (d *docx) zipped(title, number string, at time.Time) ([]byte, error) {
	language := "zh-CN"
	if d.language == English {
		language = "en-GB"
	}
	foot := docx{frame: d.frame, words: d.words}
	note := style{face: label, size: 8, lead: 4, colour: grey}
	foot.body.WriteString(`<w:p><w:pPr><w:jc w:val="center"/></w:pPr>`)
	for _, part := range []string{"— ", "", " —"} {
		if part != "" {
			foot.run(part, style{face: label, size: 14, colour: black}, 0)
			continue
		}
		foot.body.WriteString(`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`)
	}
	foot.body.WriteString("</w:p>")
	foot.paragraph(flowText{runs: []textOp{{text: inline(d.main("paper.word.note", "number", number), d.second("paper.word.note", "number", number)), style: note}}, centre: true, close: true})
	section := fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr>`,
		twips(d.top), twips(pageWidth-d.right), twips(pageHeight-d.bottom), twips(d.left))
	const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	const kind = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	stamp := at.UTC().Format("2006-01-02T15:04:05Z")
	files := []struct{ name, content string }{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="` + kind + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + kind + `styles+xml"/><Override PartName="/word/fontTable.xml" ContentType="` + kind + `fontTable+xml"/><Override PartName="/word/footer1.xml" ContentType="` + kind + `footer+xml"/>` +
			`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relations + `officeDocument" Target="word/document.xml"/>` +
			`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"docProps/core.xml", xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + escaped(title) + `</dc:title><dc:language>` + language + `</dc:language>` +
			`<dcterms:created xsi:type="dcterms:W3CDTF">` + stamp + `</dcterms:created></cp:coreProperties>`},
		{"word/_rels/document.xml.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relations + `styles" Target="styles.xml"/><Relationship Id="rId2" Type="` + relations + `fontTable" Target="fontTable.xml"/><Relationship Id="rId3" Type="` + relations + `footer" Target="footer1.xml"/></Relationships>`},
		{"word/styles.xml", xmlHead + `<w:styles ` + wordSpace + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋" w:cs="Times New Roman"/><w:sz w:val="32"/><w:lang w:val="en-GB" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:kinsoku/><w:overflowPunct/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>`},
		// Where an office lacks a font, Word takes the other name.
		{"word/fontTable.xml", xmlHead + `<w:fonts ` + wordSpace + `><w:font w:name="仿宋"><w:altName w:val="FangSong"/></w:font><w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/></w:font><w:font w:name="黑体"><w:altName w:val="SimHei"/></w:font><w:font w:name="宋体"><w:altName w:val="SimSun"/></w:font><w:font w:name="Times New Roman"/></w:fonts>`},
		{"word/footer1.xml", xmlHead + `<w:ftr ` + wordSpace + `>` + foot.body.String() + `</w:ftr>`},
		{"word/document.xml", xmlHead + `<w:document ` + wordSpace + `><w:body>` + d.body.String() + section + `</w:body></w:document>`},
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f.name) // without a time: the same each time
		if err == nil {
			_, err = w.Write([]byte(f.content))
		}
		if err != nil {
			return nil, fmt.Errorf("report: write %s: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("report: write .docx: %w", err)
	}
	return out.Bytes(), nil
}

// escaped writes text for an element that holds nothing else.
func escaped(text string) string {
	out := wordText(strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(text))
	return strings.NewReplacer(`<w:t xml:space="preserve">`, "", "</w:t>", "", "<w:br/>", " ").Replace(out)
}
