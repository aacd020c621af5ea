// Package sheet reads the worksheets of XLSX files as text: what their cells
// say, not how they look. Rows come as a stream, so that a register of a
// million rows needs no memory, and a stranger's file cannot fill it.
//
// Why not excelize: it loads the packed file whole, opens rows and columns up
// to the farthest one named (a file of 40 KB with a cell in the last column of
// each of 50,000 rows asks for 80 GB), and when it streams it tells neither
// which cells are numbers (a code that is one has been rounded) nor which of
// the numbers are dates.
package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits on a stranger's workbook.
type Limits struct {
	Sheet   uint64 // unpacked bytes of one worksheet
	Strings uint64 // unpacked bytes of the texts that sheets share
	Part    uint64 // unpacked bytes of any other part
	Ratio   uint64 // unpacked to packed, looked at above 256 MB
	Cell    int    // bytes of one cell, 1 MiB at most
	Columns int    // of one row
	Cut     bool   // cells further right are left out, instead of refusing the workbook
}

// maxParts is how many files a workbook may be made of.
const maxParts = 10_000

// ErrNoWorkbook: a ZIP file that holds no workbook.
var ErrNoWorkbook = errors.New("sheet: no workbook")

// Which limit a workbook breaks.
const (
	LargePart    = "part"
	LargeCell    = "cell"
	LargeColumns = "columns"
)

// TooLarge says which limit a workbook breaks. Any error that is neither this
// nor ErrNoWorkbook means that the workbook is damaged.
type TooLarge struct {
	What  string // LargePart, LargeCell or LargeColumns
	Part  string // of a part: its name
	Bytes uint64 // of a part: what it would unpack to
	Row   int    // of a cell or of columns; 0 for a text that cells share
}

func (e *TooLarge) Error() string {
	if e.What == LargePart {
		return fmt.Sprintf("sheet: part %s unpacks to %d bytes", e.Part, e.Bytes)
	}
	return fmt.Sprintf("sheet: row %d: too large: %s", e.Row, e.What)
}

// Book is an open workbook.
type Book struct {
	Sheets []Sheet // in their order, hidden ones too

	limits   Limits
	parts    map[string]*zip.File // by lower-case name
	strings  string               // part name of the shared strings, "" if none
	shared   []string             // loaded at the first reading
	loaded   bool
	shows    []showing // by cell style
	date1904 bool
}

// Sheet is one worksheet.
type Sheet struct {
	Name   string
	Hidden bool
	part   string
}

func (b *Book) part(name string) *zip.File { return b.parts[strings.ToLower(name)] }

// unpack opens a part after looking at what it would unpack to; archive/zip
// stops one that unpacks to more than its directory says.
func (b *Book) unpack(name string, limit uint64) (io.ReadCloser, error) {
	p := b.part(name)
	if p == nil {
		return nil, fmt.Errorf("sheet: part %s is missing", name)
	}
	if p.UncompressedSize64 > limit || p.UncompressedSize64 > 256<<20 && p.UncompressedSize64/b.limits.Ratio > p.CompressedSize64 {
		return nil, &TooLarge{What: LargePart, Part: p.Name, Bytes: p.UncompressedSize64}
	}
	r, err := p.Open()
	if err != nil {
		return nil, fmt.Errorf("sheet: part %s: %w", name, err)
	}
	return r, nil
}

func (b *Book) decode(name string, v any) error {
	r, err := b.unpack(name, b.limits.Part)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewTokenDecoder(&shallow{raw: xml.NewDecoder(io.LimitReader(r, int64(b.limits.Part)))}).Decode(v); err != nil {
		return fmt.Errorf("sheet: part %s: %w", name, err)
	}
	return nil
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

// Open finds the worksheets of a workbook. Rows reads them.
func Open(z *zip.Reader, limits Limits) (*Book, error) {
	if len(z.File) > maxParts {
		return nil, &TooLarge{What: LargePart, Part: "ZIP"}
	}
	b := &Book{limits: limits, parts: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if name := strings.ToLower(strings.TrimPrefix(f.Name, "/")); b.parts[name] == nil {
			b.parts[name] = f
		}
	}
	main := "xl/workbook.xml"
	if b.part("_rels/.rels") != nil {
		var rels relations
		if err := b.decode("_rels/.rels", &rels); err != nil {
			return nil, err
		}
		for _, r := range rels.List {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				main = target("", r.Target)
			}
		}
	}
	if b.part(main) == nil || strings.HasSuffix(main, ".bin") {
		return nil, ErrNoWorkbook
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
	if err := b.decode(main, &wb); err != nil {
		return nil, err
	}
	b.date1904 = wb.Pr.Date1904 == "1" || wb.Pr.Date1904 == "true"
	var rels relations
	if err := b.decode(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &rels); err != nil {
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
			if p := parts[a.Value]; a.Name.Local == "id" && p != "" {
				b.Sheets = append(b.Sheets, Sheet{s.Name, s.State == "hidden" || s.State == "veryHidden", p})
				break
			}
		}
	}
	if styles != "" && b.part(styles) != nil {
		if err := b.readStyles(styles); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// readStyles finds out which cell styles show a number as a date or a time.
func (b *Book) readStyles(name string) error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(name, &s); err != nil {
		return err
	}
	custom := map[int]showing{}
	for _, f := range s.Formats {
		custom[f.ID] = shows(f.Code)
	}
	for _, c := range s.Cells {
		how, ok := custom[c.Format]
		if !ok {
			how = builtin(c.Format)
		}
		b.shows = append(b.shows, how)
	}
	return nil
}

// loadStrings reads the texts that sheets share.
func (b *Book) loadStrings() error {
	if b.loaded || b.strings == "" || b.part(b.strings) == nil {
		return nil
	}
	r, err := b.unpack(b.strings, b.limits.Strings)
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
			return fmt.Errorf("sheet: part %s: %w", b.strings, err)
		}
		switch {
		case kind == xmlText && in && phonetic == 0:
			text = append(text, s.text...)
			if len(text) > b.limits.Cell {
				return &TooLarge{What: LargeCell}
			}
		case kind == xmlText: // between tags, as Gnumeric writes it
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
