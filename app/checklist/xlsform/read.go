package xlsform

import (
	"archive/zip"
	"bytes"
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

// Limits on a workbook from elsewhere. The largest form in use that we have
// seen has 1.4 MB, 1,302 questions and 4,580 choices.
const (
	MaxFile    = 32 << 20 // bytes of the file
	maxPart    = 96 << 20 // unpacked bytes of one part that is read
	maxText    = 48 << 20 // bytes of all texts together
	maxCell    = 1 << 20  // bytes of one cell; Excel itself allows 32,767 characters
	maxCells   = 1 << 20  // places for cells, empty ones before a filled one included
	maxColumns = 2000     // columns of one sheet; what stands further right is not read
	maxParts   = 10_000
)

// ReadBook reads all worksheets of a workbook. name is for messages only.
//
// The cells are read as a stream, and not through excelize, which opens rows
// and columns up to the farthest one named: a file of 40 KB with a cell in the
// last column of each of 50,000 rows asks it for 80 GB. It also tells no date
// from a number where a form's version is one.
func ReadBook(r io.ReaderAt, size int64, name string) (*Book, error) {
	b := &bookReader{name: name}
	if size > MaxFile {
		return nil, b.tooLarge("")
	}
	head := make([]byte, min(size, 8))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("xlsform: read %s: %w", name, err)
	}
	switch {
	case len(head) == 0:
		return nil, b.fault("xlsform.empty", nil)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, b.fault("xlsform.xls", nil)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		if !bytes.HasPrefix(head, []byte("PK")) {
			return nil, b.fault("xlsform.no_workbook", nil)
		}
		return nil, b.broken(err)
	}
	if len(z.File) > maxParts {
		return nil, b.tooLarge("ZIP")
	}
	b.parts = make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		b.parts[strings.ToLower(strings.TrimPrefix(f.Name, "/"))] = f
	}
	return b.book()
}

type bookReader struct {
	name   string
	parts  map[string]*zip.File
	shared []string
	shows  []showing
	from   time.Time // day 0 of this workbook's dates
	text   int       // bytes of text so far
	cells  int
}

// showing is how a cell style shows a number.
type showing int

const (
	asNumber showing = iota
	asDate
	asTime
)

func (b *bookReader) fault(message string, args map[string]any) *record.Error {
	if args == nil {
		args = map[string]any{}
	}
	args["file"] = b.name
	return &record.Error{Code: record.Invalid, Message: message, Args: args}
}

func (b *bookReader) tooLarge(part string) *record.Error {
	e := b.fault("xlsform.too_large", map[string]any{"part": part, "limit": MaxFile >> 20})
	e.Code = record.TooLarge
	return e
}

func (b *bookReader) broken(err error) error {
	var e *record.Error
	if errors.As(err, &e) {
		return e
	}
	e = b.fault("xlsform.broken", nil)
	e.Err = err
	return e
}

// open gives a part as a stream of XML tokens. archive/zip stops a part that
// unpacks to more than the directory says.
func (b *bookReader) open(name string) (*xmlReader, error) {
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return nil, b.broken(fmt.Errorf("part %s is missing", name))
	}
	if f.UncompressedSize64 > maxPart {
		return nil, b.tooLarge(f.Name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, b.broken(err)
	}
	return &xmlReader{xml.NewTokenDecoder(&shallow{raw: xml.NewDecoder(r)}), r}, nil
}

// shallow passes XML on that is nested no deeper than a workbook's. The decoder
// behind it remembers every open element: a file of nothing but opening tags
// would fill the memory.
type shallow struct {
	raw   *xml.Decoder
	depth int
}

func (s *shallow) Token() (xml.Token, error) {
	t, err := s.raw.RawToken()
	switch t.(type) {
	case xml.StartElement:
		s.depth++
	case xml.EndElement:
		s.depth--
	}
	if s.depth > 64 {
		return nil, errors.New("nested too deep")
	}
	return t, err
}

type xmlReader struct {
	*xml.Decoder
	src io.Closer
}

func (x *xmlReader) Close() { x.src.Close() }

func (b *bookReader) decode(name string, v any) error {
	x, err := b.open(name)
	if err != nil {
		return err
	}
	defer x.Close()
	if err := x.Decode(v); err != nil {
		return b.broken(fmt.Errorf("%s: %w", name, err))
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

// at gives the part that a relation of another part points to.
func at(from, to string) string {
	if strings.HasPrefix(to, "/") {
		return strings.TrimPrefix(path.Clean(to), "/")
	}
	return path.Join(path.Dir(from), to)
}

func (b *bookReader) book() (*Book, error) {
	main := "xl/workbook.xml"
	if b.parts["_rels/.rels"] != nil {
		var rels relations
		if err := b.decode("_rels/.rels", &rels); err != nil {
			return nil, err
		}
		for _, r := range rels.List {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				main = at("", r.Target)
			}
		}
	}
	if b.parts[strings.ToLower(main)] == nil || strings.HasSuffix(main, ".bin") {
		return nil, b.fault("xlsform.no_workbook", nil)
	}
	var wb struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(main, &wb); err != nil {
		return nil, err
	}
	b.from = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if wb.Pr.Date1904 == "1" || wb.Pr.Date1904 == "true" {
		b.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	var rels relations
	if err := b.decode(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &rels); err != nil {
		return nil, err
	}
	sheets := map[string]string{}
	for _, r := range rels.List {
		part := at(main, r.Target)
		var err error
		switch {
		case strings.HasSuffix(r.Type, "/worksheet"):
			sheets[r.ID] = part
		case b.parts[strings.ToLower(part)] == nil:
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			err = b.readShared(part)
		case strings.HasSuffix(r.Type, "/styles"):
			err = b.readStyles(part)
		}
		if err != nil {
			return nil, err
		}
	}
	var out Book
	for _, s := range wb.Sheets {
		for _, a := range s.Attrs {
			if part := sheets[a.Value]; a.Name.Local == "id" && part != "" {
				rows, err := b.readSheet(part)
				if err != nil {
					return nil, err
				}
				out.Sheets = append(out.Sheets, Sheet{s.Name, rows})
				break
			}
		}
	}
	if len(out.Sheets) == 0 {
		return nil, b.fault("xlsform.empty", nil)
	}
	return &out, nil
}

func attribute(e *xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// keep counts a text that stays in memory.
func (b *bookReader) keep(s string) error {
	if b.text += len(s); b.text > maxText || len(s) > maxCell {
		return b.tooLarge("")
	}
	return nil
}

// inline reads the text of the element just opened (si or is), without the
// phonetic readings.
func inline(x *xmlReader) (string, error) {
	var out strings.Builder
	in, reading := false, 0
	for depth := 1; depth > 0; {
		t, err := x.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			in = t.Name.Local == "t"
			if t.Name.Local == "rPh" {
				reading++
			}
		case xml.EndElement:
			depth--
			in = false
			if t.Name.Local == "rPh" {
				reading--
			}
		case xml.CharData:
			if in && reading == 0 {
				out.Write(t)
			}
		}
		if out.Len() > maxCell {
			return "", errTooLong
		}
	}
	return plain(out.String()), nil
}

var errTooLong = errors.New("a text is longer than any cell")

func (b *bookReader) readShared(part string) error {
	x, err := b.open(part)
	if err != nil {
		return err
	}
	defer x.Close()
	for {
		t, err := x.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return b.broken(fmt.Errorf("%s: %w", part, err))
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "si" {
			s, err := inline(x)
			if err != nil {
				return b.broken(fmt.Errorf("%s: %w", part, err))
			}
			if len(b.shared) >= maxCells {
				return b.tooLarge(part)
			}
			if err := b.keep(s); err != nil {
				return err
			}
			b.shared = append(b.shared, s)
		}
	}
}

func (b *bookReader) readStyles(part string) error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(part, &s); err != nil {
		return err
	}
	custom := map[int]showing{}
	for _, f := range s.Formats {
		custom[f.ID] = shows(f.Code)
	}
	for _, c := range s.Cells {
		how, ok := custom[c.Format]
		// The built-in formats; 27 to 36 and 50 to 58 are Chinese and Japanese dates.
		switch n := c.Format; {
		case ok:
		case n >= 14 && n <= 17, n == 22, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 58:
			how = asDate
		case n >= 18 && n <= 21, n >= 32 && n <= 35, n >= 45 && n <= 47:
			how = asTime
		}
		b.shows = append(b.shows, how)
	}
	return nil
}

// shows tells what a number format shows: a day, a time of day or a number.
func shows(code string) showing {
	how := asNumber
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
		case c == ';':
			return how // the first section is the one for positive numbers
		case strings.IndexByte("yYdD", c) >= 0:
			return asDate
		case strings.IndexByte("hHsS", c) >= 0:
			how = asTime
		}
	}
	return how
}

func (b *bookReader) readSheet(part string) ([]Row, error) {
	x, err := b.open(part)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	var rows []Row
	number, column := 0, -1
	var row *Row
	for {
		t, err := x.Token()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, b.broken(fmt.Errorf("%s: %w", part, err))
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			if end, ok := t.(xml.EndElement); ok && end.Name.Local == "sheetData" {
				return rows, nil
			}
			continue
		}
		switch e.Name.Local {
		case "row":
			number++
			if n, err := strconv.Atoi(attribute(&e, "r")); err == nil && n >= number {
				number = n
			}
			column, row = -1, nil
		case "c":
			column++
			if _, c := cellPlace(attribute(&e, "r")); c >= column {
				column = c
			}
			s, err := b.cell(x, &e)
			if err != nil {
				return nil, b.broken(fmt.Errorf("%s: %w", part, err))
			}
			if s == "" || column >= maxColumns {
				continue
			}
			if row == nil {
				rows = append(rows, Row{Number: number})
				row = &rows[len(rows)-1]
			}
			if b.cells += column + 1 - len(row.Cells); b.cells > maxCells {
				return nil, b.tooLarge(part)
			}
			for len(row.Cells) < column {
				row.Cells = append(row.Cells, "")
			}
			row.Cells = append(row.Cells, s)
		}
	}
}

// cell reads the text of a cell whose start was just read.
func (b *bookReader) cell(x *xmlReader, e *xml.StartElement) (string, error) {
	kind := attribute(e, "t")
	style, _ := strconv.Atoi(attribute(e, "s"))
	value, in := "", false
	var typed strings.Builder
	for depth := 1; depth > 0; {
		t, err := x.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "is" {
				s, err := inline(x)
				if err == nil {
					err = b.keep(s)
				}
				if err != nil {
					return "", err
				}
				value, kind = s, "str"
				continue
			}
			depth++
			in = t.Name.Local == "v"
		case xml.EndElement:
			depth--
			in = false
		case xml.CharData:
			if in {
				if typed.Write(t); typed.Len() > maxCell {
					return "", errTooLong
				}
			}
		}
	}
	if typed.Len() > 0 {
		value = typed.String()
	}
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n >= len(b.shared) {
			return "", nil // an empty string cell, as some writers leave it
		}
		return b.shared[n], nil
	case "str", "inlineStr", "e":
		value = plain(value)
		return value, b.keep(value)
	case "b":
		if strings.TrimSpace(value) == "1" || strings.EqualFold(strings.TrimSpace(value), "true") {
			return "TRUE", nil
		}
		if value == "" {
			return "", nil
		}
		return "FALSE", nil
	case "d":
		return strings.Replace(value, "T", " ", 1), b.keep(value)
	}
	how := asNumber
	if style >= 0 && style < len(b.shows) {
		how = b.shows[style]
	}
	value = b.number(strings.TrimSpace(value), how)
	return value, b.keep(value)
}

// number writes a number as the person who typed it would: whole numbers
// without a point, days and times in ISO form.
func (b *bookReader) number(raw string, how showing) string {
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return plain(raw)
	}
	if how != asNumber && n >= 0 && n < 2958466 { // the year 9999
		at := b.from.Add(time.Duration(math.Floor(n)) * 24 * time.Hour).Add(time.Duration(math.Round((n-math.Floor(n))*86_400_000)) * time.Millisecond)
		form := time.DateTime
		if at.Nanosecond() != 0 {
			form += ".000"
		}
		if n < 1 {
			return at.Format(strings.TrimPrefix(form, time.DateOnly+" "))
		}
		return at.Format(form)
	}
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// plain undoes the _x000D_ writing of control characters, gives line ends one
// form and makes spaces that do not break ordinary ones: in an expression they
// would be no spaces at all.
func plain(s string) string {
	if !strings.Contains(s, "_x") {
		return writings.Replace(s)
	}
	var out strings.Builder
	for {
		k := strings.Index(s, "_x")
		if k < 0 || k+7 > len(s) {
			out.WriteString(s)
			return writings.Replace(out.String())
		}
		n, err := strconv.ParseUint(s[k+2:k+6], 16, 16)
		if s[k+6] != '_' || err != nil || !utf8.ValidRune(rune(n)) {
			out.WriteString(s[:k+2])
			s = s[k+2:]
			continue
		}
		out.WriteString(s[:k])
		out.WriteRune(rune(n))
		s = s[k+7:]
	}
}

var writings = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ")
