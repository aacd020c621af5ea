package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Row is one row of a worksheet. Number counts as a spreadsheet does, from 1.
// Cells are valid until the next row; those behind the last that says something
// are not there.
type Row struct {
	Number int
	Cells  []string
}

// Rows reads the rows of one worksheet. Whoever opened it closes it.
type Rows struct {
	book   *Book
	src    io.ReadCloser
	xml    *xmlScanner
	packed float64 // packed bytes for each unpacked one
	row    int
	cells  []string
	text   []byte
	done   bool
}

// Rows starts reading a sheet.
func (b *Book) Rows(s Sheet) (*Rows, error) {
	if err := b.loadStrings(); err != nil {
		return nil, err
	}
	src, err := b.unpack(s.part, b.limits.Sheet)
	if err != nil {
		return nil, err
	}
	p := b.part(s.part)
	return &Rows{book: b, src: src, xml: newXMLScanner(src),
		packed: float64(p.CompressedSize64) / max(1, float64(p.UncompressedSize64))}, nil
}

// Close ends the reading.
func (s *Rows) Close() error { return s.src.Close() }

// Position tells how many bytes of the packed file were used so far, about.
func (s *Rows) Position() int64 { return int64(float64(s.xml.read) * s.packed) }

// Next gives the next row that the file names, io.EOF after the last.
func (s *Rows) Next() (Row, error) {
	for !s.done {
		kind, err := s.xml.next()
		if err == io.EOF {
			return Row{}, fmt.Errorf("sheet: %w", io.ErrUnexpectedEOF) // the sheet's end is told by its tag
		}
		if err != nil {
			return Row{}, fmt.Errorf("sheet: row %d: %w", s.row, err)
		}
		switch {
		case kind == xmlStart && s.xml.is("row"):
			return s.readRow()
		case kind == xmlEmpty && s.xml.is("row"):
			s.number()
			return Row{Number: s.row}, nil
		case kind == xmlEnd && s.xml.is("sheetData"), kind == xmlEmpty && s.xml.is("sheetData"):
			s.done = true
		}
	}
	return Row{}, io.EOF
}

func (s *Rows) number() {
	s.row++
	if n, err := strconv.Atoi(s.xml.attr("r")); err == nil && n > s.row && n <= 1<<20 {
		s.row = n
	}
}

func (s *Rows) readRow() (Row, error) {
	s.number()
	s.cells = s.cells[:0]
	at := -1
	for {
		kind, err := s.xml.next()
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return Row{}, fmt.Errorf("sheet: row %d: %w", s.row, err)
		}
		if kind == xmlEnd && s.xml.is("row") {
			return Row{s.row, s.cells}, nil
		}
		if kind == xmlText || !s.xml.is("c") || kind == xmlEnd {
			continue
		}
		at++
		if col := ColumnOf(s.xml.attr("r")); col >= 0 {
			at = col
		}
		if kind == xmlEmpty {
			continue
		}
		value, err := s.readCell(s.xml.attr("t"), s.xml.attr("s"))
		if err != nil {
			return Row{}, err
		}
		if value == "" {
			continue
		}
		if at >= s.book.limits.Columns && s.book.limits.Cut {
			continue
		}
		if at >= s.book.limits.Columns {
			return Row{}, &TooLarge{What: LargeColumns, Row: s.row}
		}
		for len(s.cells) <= at {
			s.cells = append(s.cells, "")
		}
		s.cells[at] = value
	}
}

// readCell reads up to the cell's end tag.
func (s *Rows) readCell(kind, style string) (string, error) {
	s.text = s.text[:0]
	in := false
	phonetic := 0
	for {
		k, err := s.xml.next()
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return "", fmt.Errorf("sheet: row %d: %w", s.row, err)
		}
		switch {
		case k == xmlText && in && phonetic == 0:
			s.text = append(s.text, s.xml.text...)
			if len(s.text) > s.book.limits.Cell {
				return "", &TooLarge{What: LargeCell, Row: s.row}
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

// value gives what a cell of this kind and style says.
func (s *Rows) value(kind, style string) (string, error) {
	switch kind {
	case "s":
		ref := strings.TrimSpace(string(s.text))
		if ref == "" {
			return "", nil // an empty cell, as some programs write it
		}
		n, err := strconv.Atoi(ref)
		if err != nil || n < 0 || n >= len(s.book.shared) {
			return "", fmt.Errorf("sheet: row %d: shared text %q of %d", s.row, ref, len(s.book.shared))
		}
		return s.book.shared[n], nil
	case "str", "inlineStr", "e":
		return plainText(s.text), nil
	case "d": // ISO 8601
		return strings.Replace(plainText(s.text), "T", " ", 1), nil
	case "b":
		switch strings.ToLower(strings.TrimSpace(string(s.text))) {
		case "":
			return "", nil
		case "1", "true":
			return "TRUE", nil
		}
		return "FALSE", nil
	}
	how := asNumber
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(s.book.shows) {
		how = s.book.shows[n]
	}
	return number(strings.TrimSpace(string(s.text)), how, s.book.date1904), nil
}
