package registry

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline/app/record"
)

// workbook is what must be known of an XLSX file before its rows can be read.
// Rows are read as a stream of our own instead of through excelize, because
// excelize loads the packed file whole and, when it streams, tells neither
// which cells are numbers (a code that is one has been rounded) nor which of
// the numbers are dates.
type workbook struct {
	zip      *zip.Reader
	sheets   []sheetRef
	strings  string   // part name of the shared strings, "" if none
	shared   []string // loaded at the first reading
	loaded   bool
	dates    []bool // cell style -> shows a date
	date1904 bool
}

type sheetRef struct{ name, part string }

func (f *File) brokenBook(err error) error {
	var e *record.Error
	if errors.As(err, &e) {
		return e
	}
	e = f.fault("registry.xlsx_broken", nil)
	e.Err = err
	return e
}

func (b *workbook) part(name string) *zip.File {
	for _, f := range b.zip.File {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// unpack opens a part after looking at what it would unpack to.
func (b *workbook) unpack(f *File, name string, limit uint64) (io.ReadCloser, error) {
	p := b.part(name)
	if p == nil {
		return nil, f.brokenBook(fmt.Errorf("part %s is missing", name))
	}
	if p.UncompressedSize64 > limit || p.UncompressedSize64 > maxRatioMB && p.UncompressedSize64/maxRatio > p.CompressedSize64 {
		return nil, f.tooLarge("registry.xlsx_bomb", map[string]any{"part": p.Name, "size": p.UncompressedSize64 >> 20})
	}
	r, err := p.Open()
	if err != nil {
		return nil, f.brokenBook(fmt.Errorf("part %s: %w", name, err))
	}
	return r, nil
}

func (b *workbook) decode(f *File, name string, v any) error {
	r, err := b.unpack(f, name, maxPart)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, maxPart)).Decode(v); err != nil {
		return f.brokenBook(fmt.Errorf("%s: %w", name, err))
	}
	return nil
}

type relations struct {
	List []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// target gives the part of a relation's target, which is relative to the part
// that names it.
func target(from, to string) string {
	if strings.HasPrefix(to, "/") {
		return strings.TrimPrefix(path.Clean(to), "/")
	}
	return path.Join(path.Dir(from), to)
}

func readWorkbook(f *File, z *zip.Reader) (*workbook, error) {
	b := &workbook{zip: z}
	if len(z.File) > 10_000 {
		return nil, f.tooLarge("registry.xlsx_bomb", map[string]any{"part": "ZIP", "size": 0})
	}
	main := "xl/workbook.xml"
	if b.part("_rels/.rels") != nil {
		var rels relations
		if err := b.decode(f, "_rels/.rels", &rels); err != nil {
			return nil, err
		}
		for _, r := range rels.List {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				main = target("", r.Target)
			}
		}
	}
	if b.part(main) == nil {
		return nil, f.fault("registry.other_format", map[string]any{"format": "ZIP"})
	}
	var wb struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(f, main, &wb); err != nil {
		return nil, err
	}
	b.date1904 = wb.Pr.Date1904 == "1" || wb.Pr.Date1904 == "true"
	var rels relations
	if err := b.decode(f, path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &rels); err != nil {
		return nil, err
	}
	parts := map[string]string{}
	styles := ""
	for _, r := range rels.List {
		at := target(main, r.Target)
		switch {
		case strings.HasSuffix(r.Type, "/worksheet"):
			parts[r.ID] = at
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			b.strings = at
		case strings.HasSuffix(r.Type, "/styles"):
			styles = at
		}
	}
	for _, s := range wb.Sheets {
		for _, a := range s.Attrs {
			if p := parts[a.Value]; a.Name.Local == "id" && p != "" && s.State != "hidden" && s.State != "veryHidden" {
				b.sheets = append(b.sheets, sheetRef{s.Name, p})
			}
		}
	}
	if len(b.sheets) == 0 {
		return nil, f.fault("registry.empty", nil)
	}
	if styles != "" && b.part(styles) != nil {
		if err := b.readStyles(f, styles); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// readStyles finds out which cell styles show a number as a date.
func (b *workbook) readStyles(f *File, name string) error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(f, name, &s); err != nil {
		return err
	}
	custom := map[int]bool{}
	for _, n := range s.Formats {
		custom[n.ID] = dateFormat(n.Code)
	}
	for _, c := range s.Cells {
		date, ok := custom[c.Format]
		if !ok {
			// Built-in formats; 27–36 and 50–58 are the Chinese and Japanese dates.
			date = c.Format >= 14 && c.Format <= 17 || c.Format == 22 || c.Format >= 27 && c.Format <= 36 || c.Format >= 50 && c.Format <= 58
		}
		b.dates = append(b.dates, date)
	}
	return nil
}

// dateFormat tells whether a number format shows a year or a day.
func dateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == 'y' || c == 'Y' || c == 'd' || c == 'D':
			return true
		case c == ';':
			return false // the first section is the one for positive numbers
		}
	}
	return false
}

func (b *workbook) loadStrings(f *File) error {
	if b.loaded || b.strings == "" || b.part(b.strings) == nil {
		return nil
	}
	r, err := b.unpack(f, b.strings, maxStrings)
	if err != nil {
		return err
	}
	defer r.Close()
	s := newXMLScanner(r)
	var text []byte
	in, phonetic := false, 0
	for {
		kind, err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return f.brokenBook(fmt.Errorf("%s: %w", b.strings, err))
		}
		switch {
		case kind == xmlText && in && phonetic == 0:
			text = append(text, s.text...)
			if len(text) > MaxCell {
				return f.tooLarge("registry.cell_too_large", map[string]any{"row": 0, "line": 0, "limit": MaxCell >> 20})
			}
		case s.is("t"):
			in = kind == xmlStart
		case s.is("rPh") && kind == xmlStart:
			phonetic++ // how to pronounce it; not part of the text
		case s.is("rPh") && kind == xmlEnd:
			phonetic--
		case s.is("si") && kind != xmlStart:
			b.shared = append(b.shared, plainText(text))
			text = text[:0]
		}
	}
	b.loaded = true
	return nil
}

// plainText undoes the _x000D_ writing of control characters.
func plainText(b []byte) string {
	s := string(b)
	if !strings.Contains(s, "_x") {
		return lines(s)
	}
	var out strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || i+7 > len(s) {
			out.WriteString(s)
			return lines(out.String())
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if s[i+6] != '_' || err != nil || !utf8.ValidRune(rune(n)) {
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		out.WriteString(s[:i])
		out.WriteRune(rune(n))
		s = s[i+7:]
	}
}

// lines gives line ends in a cell the one form text files are read with, too.
func lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return lineEnds.Replace(s)
}

// sheetRows reads the rows of one worksheet.
type sheetRows struct {
	f      *File
	book   *workbook
	src    io.ReadCloser
	xml    *xmlScanner
	packed float64 // packed bytes for each unpacked one
	row    int
	cells  []string
	text   []byte
	done   bool
}

// open starts reading a sheet.
func (b *workbook) open(f *File, name string) (rows, error) {
	part := ""
	for _, s := range b.sheets {
		if s.name == name {
			part = s.part
		}
	}
	if part == "" {
		return nil, f.fault("registry.sheet_missing", map[string]any{"sheet": name, "sheets": strings.Join(f.layout.Sheets, ", ")})
	}
	if err := b.loadStrings(f); err != nil {
		return nil, err
	}
	src, err := b.unpack(f, part, maxSheet)
	if err != nil {
		return nil, err
	}
	p := b.part(part)
	return &sheetRows{f: f, book: b, src: src, xml: newXMLScanner(src),
		packed: float64(p.CompressedSize64) / max(1, float64(p.UncompressedSize64))}, nil
}

func (s *sheetRows) Close() error { return s.src.Close() }

func (s *sheetRows) position() int64 { return int64(float64(s.xml.read) * s.packed) }

func (s *sheetRows) next() (rawRow, error) {
	for !s.done {
		kind, err := s.xml.next()
		if err == io.EOF {
			return rawRow{}, s.f.brokenBook(io.ErrUnexpectedEOF) // the sheet's end is told by its tag
		}
		if err != nil {
			return rawRow{}, s.f.brokenBook(err)
		}
		switch {
		case kind == xmlStart && s.xml.is("row"):
			return s.readRow()
		case kind == xmlEmpty && s.xml.is("row"):
			s.number()
			return rawRow{number: s.row}, nil
		case kind == xmlEnd && s.xml.is("sheetData"), kind == xmlEmpty && s.xml.is("sheetData"):
			s.done = true
		}
	}
	return rawRow{}, io.EOF
}

func (s *sheetRows) number() {
	s.row++
	if n, err := strconv.Atoi(s.xml.attr("r")); err == nil && n > s.row && n <= 1<<20 {
		s.row = n
	}
}

func (s *sheetRows) readRow() (rawRow, error) {
	s.number()
	s.cells = s.cells[:0]
	at := -1
	for {
		kind, err := s.xml.next()
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return rawRow{}, s.f.brokenBook(fmt.Errorf("row %d: %w", s.row, err))
		}
		if kind == xmlEnd && s.xml.is("row") {
			return rawRow{number: s.row, cells: s.cells}, nil
		}
		if kind == xmlText || !s.xml.is("c") || kind == xmlEnd {
			continue
		}
		at++
		if col := columnOfRef(s.xml.attr("r")); col >= 0 {
			at = col
		}
		if kind == xmlEmpty {
			continue
		}
		value, err := s.readCell(s.xml.attr("t"), s.xml.attr("s"))
		if err != nil {
			return rawRow{}, err
		}
		if value == "" {
			continue
		}
		if at >= MaxColumns {
			return rawRow{}, s.f.tooLarge("registry.too_many_columns", map[string]any{"row": s.row, "line": 0, "limit": MaxColumns})
		}
		for len(s.cells) <= at {
			s.cells = append(s.cells, "")
		}
		s.cells[at] = value
	}
}

// readCell reads up to the cell's end tag.
func (s *sheetRows) readCell(kind, style string) (string, error) {
	s.text = s.text[:0]
	in := false
	phonetic := 0
	for {
		k, err := s.xml.next()
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return "", s.f.brokenBook(fmt.Errorf("row %d: %w", s.row, err))
		}
		switch {
		case k == xmlText && in && phonetic == 0:
			s.text = append(s.text, s.xml.text...)
			if len(s.text) > MaxCell {
				return "", s.f.tooLarge("registry.cell_too_large", map[string]any{"row": s.row, "line": 0, "limit": MaxCell >> 20})
			}
		case k == xmlText:
		case s.xml.is("v"), s.xml.is("t"):
			in = k == xmlStart
		case s.xml.is("rPh") && k == xmlStart:
			phonetic++
		case s.xml.is("rPh") && k == xmlEnd:
			phonetic--
		case s.xml.is("c") && k == xmlEnd:
			return s.value(kind, style)
		}
	}
}

func (s *sheetRows) value(kind, style string) (string, error) {
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(string(s.text)))
		if err != nil || n < 0 || n >= len(s.book.shared) {
			return "", s.f.brokenBook(fmt.Errorf("row %d: shared string %q of %d", s.row, s.text, len(s.book.shared)))
		}
		return s.book.shared[n], nil
	case "str", "inlineStr", "e", "d":
		return plainText(s.text), nil
	case "b":
		if string(s.text) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	}
	raw := strings.TrimSpace(string(s.text))
	if raw == "" {
		return "", nil
	}
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return raw, nil
	}
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(s.book.dates) && s.book.dates[n] {
		if d, ok := excelDate(v, s.book.date1904); ok {
			return d, nil
		}
	}
	if strings.Trim(raw, "0123456789") == "" || math.Abs(v) >= 1e15 {
		return raw, nil // whole, or rounded: whoever needs a code sees that it was
	}
	return strconv.FormatFloat(v, 'f', -1, 64), nil
}

// excelDate turns a day number into YYYY-MM-DD, with the time if there is one.
func excelDate(v float64, from1904 bool) (string, bool) {
	if v < 1 || v >= 2958466 { // 10000-01-01
		return "", false
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case v < 60:
		first = first.AddDate(0, 0, 1) // the 29 February 1900 that never was comes later
	}
	day, part := math.Modf(v)
	t := first.AddDate(0, 0, int(day)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly), true
	}
	return t.Format("2006-01-02 15:04:05"), true
}

// columnOfRef gives the zero-based column of a reference such as "AB12", -1 if
// it has none.
func columnOfRef(ref string) int {
	n := 0
	i := 0
	for i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4 {
		n = n*26 + int(ref[i]-'A') + 1
		i++
	}
	if i == 0 {
		return -1
	}
	return n - 1
}

// columnLetters names a zero-based column as a spreadsheet does: A, B … AA.
func columnLetters(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}
