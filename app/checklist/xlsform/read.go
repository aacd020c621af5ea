package xlsform

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"plumbline/app/record"
	"plumbline/app/sheet"
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
)

// ReadBook reads all worksheets of a workbook. name is for messages only.
//
// Spaces that do not break become ordinary ones: in an expression they would be
// no spaces at all.
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
	book, err := sheet.Open(z, sheet.Limits{Sheet: maxPart, Strings: maxPart, Part: maxPart, Ratio: 1000, Cell: maxCell, Columns: maxColumns, Cut: true})
	if err != nil {
		return nil, b.broken(err)
	}
	out := &Book{}
	for _, s := range book.Sheets {
		rows, err := b.rows(book, s)
		if err != nil {
			return nil, b.broken(err)
		}
		out.Sheets = append(out.Sheets, Sheet{s.Name, rows})
	}
	if len(out.Sheets) == 0 {
		return nil, b.fault("xlsform.empty", nil)
	}
	return out, nil
}

type bookReader struct {
	name  string
	text  int // bytes of text so far
	cells int
}

// rows reads one worksheet. Rows that hold nothing are left out.
func (b *bookReader) rows(book *sheet.Book, s sheet.Sheet) (out []Row, err error) {
	src, err := book.Rows(s)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	for {
		row, err := src.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if len(row.Cells) == 0 {
			continue
		}
		cells := make([]string, len(row.Cells))
		for n := range cells {
			cells[n] = strings.ReplaceAll(row.Cells[n], "\u00a0", " ")
			b.text += len(cells[n])
		}
		if b.cells += len(cells); b.cells > maxCells || b.text > maxText {
			return nil, b.tooLarge(s.Name)
		}
		out = append(out, Row{row.Number, cells})
	}
}

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

// broken puts what package sheet says of a workbook into words for people.
func (b *bookReader) broken(err error) error {
	var e *record.Error
	var large *sheet.TooLarge
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &large):
		return b.tooLarge(large.Part)
	case errors.Is(err, sheet.ErrNoWorkbook):
		return b.fault("xlsform.no_workbook", nil)
	}
	e = b.fault("xlsform.broken", nil)
	e.Err = err
	return e
}
