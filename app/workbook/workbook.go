// Package workbook gives lists to a spreadsheet: as an XLSX file, or as what is
// pasted into one. Package sheet is the other way, and does without the
// library that writes.
package workbook

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"plumbline/app/sheet"
)

// Table is a list to be taken along: into a workbook, or pasted into one.
// Every cell is text, as the reader sees it.
type Table struct {
	Name    string // of the worksheet
	Columns []Column
	Rows    [][]string
}

// Column is one column of a table.
type Column struct {
	Heading string
	Width   float64 // in characters of a spreadsheet, about; 0 leaves it as it is
}

// longest is how many characters a cell of Excel holds.
const longest = 32767

// Write writes a table as a workbook of one worksheet: headings that stay
// in sight and filter, and text in every cell, so that a code of 18 digits is
// no number and a name that begins with "=" is no formula.
func Write(w io.Writer, t Table) error {
	f := excelize.NewFile()
	defer f.Close()
	fault := func(err error) error { return fmt.Errorf("workbook: write %s: %w", t.Name, err) }
	name := sheetName(t.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return fault(err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF4"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}})
	if err != nil {
		return fault(err)
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}) // 49 is "@": text, also when somebody edits it
	if err != nil {
		return fault(err)
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return fault(err)
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fault(err)
	}
	head := make([]any, len(t.Columns))
	for n, c := range t.Columns {
		if c.Width > 0 {
			if err := out.SetColWidth(n+1, n+1, c.Width); err != nil {
				return fault(err)
			}
		}
		head[n] = excelize.Cell{StyleID: bold, Value: c.Heading}
	}
	if err := out.SetRow("A1", head); err != nil {
		return fault(err)
	}
	for n, row := range t.Rows {
		cells := make([]any, len(row))
		for k, s := range row {
			cells[k] = excelize.Cell{StyleID: text, Value: fits(s)}
		}
		if err := out.SetRow(fmt.Sprintf("A%d", n+2), cells); err != nil {
			return fault(err)
		}
	}
	if err := out.Flush(); err != nil {
		return fault(err)
	}
	if len(t.Columns) > 0 {
		if err := f.AutoFilter(name, fmt.Sprintf("A1:%s%d", sheet.ColumnName(len(t.Columns)-1), len(t.Rows)+1), nil); err != nil {
			return fault(err)
		}
	}
	if err := f.Write(w); err != nil {
		return fault(err)
	}
	return nil
}

// sheetName makes a name that a spreadsheet takes: at most 31 characters, none
// of those it keeps for itself.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(strings.TrimSpace(s)); len(r) > 0 {
		return string(r[:min(len(r), 31)])
	}
	return "Plumbline"
}

// fits cuts what no cell can hold, and says so with "…".
func fits(s string) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest-1]) + "…"
}

// Pasted gives rows as a spreadsheet takes them from the clipboard: a tab
// between two cells, a line for each row. A spreadsheet reads what is pasted as
// if it had been typed, so what it would alter is guarded: a long number or one
// that begins with 0 keeps its digits, and nothing becomes a formula.
func Pasted(rows ...[]string) string {
	var b strings.Builder
	for _, row := range rows {
		for n, s := range row {
			if n > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(typed(s))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// typed writes a cell so that it arrives as it is.
func typed(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	switch {
	case s == "" || s == "-":
		return s
	case strings.ContainsRune("=+-@", rune(s[0])):
		return "'" + s
	case strings.Trim(s, "0123456789") == "" && (len(s) > 11 || s[0] == '0' && len(s) > 1):
		return `="` + s + `"`
	}
	return s
}

// Pasted gives the whole table, headings first.
func (t Table) Pasted() string {
	head := make([]string, len(t.Columns))
	for n, c := range t.Columns {
		head[n] = c.Heading
	}
	return Pasted(append([][]string{head}, t.Rows...)...)
}
