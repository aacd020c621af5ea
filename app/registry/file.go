package registry

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/app/record"
	"plumbline/app/sheet"
)

// Limits that keep a hostile or damaged file from filling memory or disk.
// Registers in use are far below all of them.
const (
	MaxCell    = 1 << 20 // bytes in one cell
	MaxColumns = 1000
	maxRow     = 4 << 20 // bytes in one row of a text file

	maxSheet   = 4 << 30   // unpacked bytes of one worksheet
	maxStrings = 512 << 20 // unpacked bytes of the shared strings
	maxPart    = 16 << 20  // unpacked bytes of any other part
	maxRatio   = 250       // unpacked to packed
)

// File is an open register, not yet read.
type File struct {
	name   string
	r      io.ReaderAt
	size   int64
	close  func() error
	layout Layout
	book   *sheet.Book // nil for text files
	report Report
}

// Layout is how a file is built, as far as it can be told without knowing
// what the columns mean.
type Layout struct {
	Format    string   // "csv" or "xlsx"
	Encoding  string   // "UTF-8", "UTF-8 BOM", "UTF-16LE", "UTF-16BE", "GB18030", "Windows-1252"; "" for xlsx
	Damaged   bool     // some bytes do not belong to the encoding; their rows are rejected
	Delimiter string   // "," tab ";" or "|"; "" for xlsx
	Sheets    []string // visible worksheets in order; nil for text
	Sheet     string   // the one that is read

	eol byte
}

// Open opens the register at path. A file that is no register, or is one in a
// form that cannot be read, gives a *record.Error that names what it is and
// what to do.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &record.Error{Code: record.NotFound, Message: "registry.file_missing", Args: map[string]any{"file": path}, Err: err}
		}
		return nil, &record.Error{Code: record.Forbidden, Message: "registry.file_unreadable", Args: map[string]any{"file": path}, Err: err}
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("registry: look at %s: %w", path, err)
	}
	if !st.Mode().IsRegular() {
		f.Close()
		return nil, &record.Error{Code: record.Invalid, Message: "registry.not_a_file", Args: map[string]any{"file": path}}
	}
	file, err := New(f, st.Size(), filepath.Base(path))
	if err != nil {
		f.Close()
		return nil, err
	}
	file.close = f.Close
	return file, nil
}

// New reads a register of size bytes from r; name is for messages only. What
// the file is, is told by its content: names lie.
func New(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{name: name, r: r, size: size, close: func() error { return nil }}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("registry: read %s: %w", name, err)
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))) == 0 && size <= 4096 {
		return nil, f.fault("registry.empty", nil)
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return f, f.openWorkbook()
	}
	if kind := alien(head); kind != "" {
		if kind == "xls" && f.contains("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00") {
			return nil, f.fault("registry.encrypted", nil)
		}
		if kind == "xls" {
			return nil, f.fault("registry.xls", nil)
		}
		return nil, f.fault("registry.other_format", map[string]any{"format": kind})
	}
	if err := f.findEncoding(); err != nil {
		return nil, err
	}
	return f, f.findDelimiter()
}

// Close closes the file.
func (f *File) Close() error { return f.close() }

// Layout tells how the file is built.
func (f *File) Layout() Layout { return f.layout }

// Report tells what the last reading met. It is complete when the reading has
// run to its end.
func (f *File) Report() Report { return f.report }

func (f *File) fault(key string, args map[string]any) *record.Error {
	if args == nil {
		args = map[string]any{}
	}
	args["file"] = f.name
	return &record.Error{Code: record.Invalid, Message: key, Args: args}
}

func (f *File) tooLarge(key string, args map[string]any) *record.Error {
	e := f.fault(key, args)
	e.Code = record.TooLarge
	return e
}

// alien names a format by its first bytes, "" for what may be text.
func alien(head []byte) string {
	for _, m := range []struct{ magic, name string }{
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"},
		{"%PDF", "PDF"},
		{"\xff\xd8\xff", "JPEG"},
		{"\x89PNG\r\n", "PNG"},
		{"GIF8", "GIF"},
		{"7z\xbc\xaf\x27\x1c", "7z"},
		{"Rar!", "RAR"},
		{"\x1f\x8b", "gzip"},
		{"\x28\xb5\x2f\xfd", "zstd"},
		{"PK\x05\x06", "ZIP"},
		{"MZ\x90\x00", "EXE"},
		{"\x7fELF", "ELF"},
		{"{\\rtf", "RTF"},
		{"SQLite format 3\x00", "SQLite"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.name
		}
	}
	// Many office systems hand out an HTML table or XML under the name .xls.
	text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head[:min(len(head), 512)], []byte("\xef\xbb\xbf"))))
	switch {
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "XML"
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<table")), bytes.HasPrefix(text, []byte("<meta")):
		return "HTML"
	}
	return ""
}

// contains looks for s in the first and last megabyte of the file.
func (f *File) contains(s string) bool {
	b := make([]byte, min(f.size, 1<<20))
	n, _ := f.r.ReadAt(b, 0)
	if bytes.Contains(b[:n], []byte(s)) {
		return true
	}
	n, _ = f.r.ReadAt(b, f.size-int64(len(b)))
	return bytes.Contains(b[:n], []byte(s))
}

func (f *File) openWorkbook() error {
	z, err := zip.NewReader(f.r, f.size)
	if err != nil {
		e := f.fault("registry.xlsx_broken", nil)
		e.Err = err
		return e
	}
	for _, part := range z.File {
		switch {
		case part.Name == "xl/workbook.bin":
			return f.fault("registry.other_format", map[string]any{"format": "XLSB"})
		case part.Name == "word/document.xml":
			return f.fault("registry.other_format", map[string]any{"format": "DOCX"})
		case part.Name == "content.xml":
			return f.fault("registry.other_format", map[string]any{"format": "ODS"})
		}
	}
	book, err := sheet.Open(z, sheet.Limits{Sheet: maxSheet, Strings: maxStrings, Part: maxPart, Ratio: maxRatio, Cell: MaxCell, Columns: MaxColumns})
	if err != nil {
		return f.bookFault(err)
	}
	f.book = book
	f.layout = Layout{Format: "xlsx"}
	for _, s := range book.Sheets {
		if !s.Hidden {
			f.layout.Sheets = append(f.layout.Sheets, s.Name)
		}
	}
	if len(f.layout.Sheets) == 0 {
		return f.fault("registry.empty", nil)
	}
	f.layout.Sheet = f.layout.Sheets[0]
	return nil
}

// bookFault puts what package sheet says of a workbook into words for people.
func (f *File) bookFault(err error) error {
	var large *sheet.TooLarge
	switch {
	case errors.Is(err, sheet.ErrNoWorkbook):
		return f.fault("registry.other_format", map[string]any{"format": "ZIP"})
	case !errors.As(err, &large):
		e := f.fault("registry.xlsx_broken", nil)
		e.Err = err
		return e
	case large.What == sheet.LargeColumns:
		return f.tooLarge("registry.too_many_columns", map[string]any{"row": large.Row, "line": 0, "limit": MaxColumns})
	case large.What == sheet.LargeCell:
		return f.tooLarge("registry.cell_too_large", map[string]any{"row": large.Row, "line": 0, "limit": MaxCell >> 20})
	}
	return f.tooLarge("registry.xlsx_bomb", map[string]any{"part": large.Part, "size": large.Bytes >> 20})
}

// sheetRows gives the rows of a worksheet.
type sheetRows struct {
	*sheet.Rows
	f *File
}

func (s sheetRows) position() int64 { return s.Position() }

func (s sheetRows) next() (rawRow, error) {
	row, err := s.Next()
	if err != nil && err != io.EOF {
		err = s.f.bookFault(err)
	}
	return rawRow{number: row.Number, cells: row.Cells}, err
}

// rawRow is one row before anybody has asked what its cells mean.
type rawRow struct {
	number int      // as a spreadsheet counts: header, title and blank rows too
	line   int      // line of the text file on which it starts; 0 for xlsx
	cells  []string // valid until the next row
	fault  string   // message key when the row cannot be trusted, else ""
}

func (r rawRow) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// rows gives rawRows one by one, io.EOF after the last.
type rows interface {
	next() (rawRow, error)
	position() int64 // bytes of the file that were used so far, about
	Close() error
}

// open starts reading from the top.
func (f *File) open(name string) (rows, error) {
	if f.book == nil {
		return f.openText(), nil
	}
	if name == "" {
		name = f.layout.Sheet
	}
	at := slices.IndexFunc(f.book.Sheets, func(s sheet.Sheet) bool { return s.Name == name && !s.Hidden })
	if at < 0 {
		return nil, f.fault("registry.sheet_missing", map[string]any{"sheet": name, "sheets": strings.Join(f.layout.Sheets, ", ")})
	}
	rows, err := f.book.Rows(f.book.Sheets[at])
	if err != nil {
		return nil, f.bookFault(err)
	}
	return sheetRows{rows, f}, nil
}
