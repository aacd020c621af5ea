package xlsform

import (
	"strconv"
	"strings"
)

// Book is a workbook as text: what its cells say, not how they look.
type Book struct {
	Sheets []Sheet
}

// Sheet is one worksheet. Rows that hold nothing are not there.
type Sheet struct {
	Name string
	Rows []Row
}

// Row is one row of a sheet; Number counts as the spreadsheet does, from 1.
type Row struct {
	Number int
	Cells  []string
}

// cell gives the text in a column, "" beyond the row's end.
func (r Row) cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

func (r Row) blank() bool {
	for _, c := range r.Cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// sheet finds a sheet by its name, whatever its case and the spaces around it.
func (b *Book) sheet(name string) *Sheet {
	for n := range b.Sheets {
		if strings.EqualFold(strings.TrimSpace(b.Sheets[n].Name), name) {
			return &b.Sheets[n]
		}
	}
	return nil
}

// columnName writes a column as spreadsheets do: 0 is A, 27 is AB.
func columnName(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// cellPlace reads "AB12". Row 0 or column -1 stand for what is not told.
func cellPlace(ref string) (row, column int) {
	n := 0
	for n < len(ref) && ref[n] >= 'A' && ref[n] <= 'Z' && n < 4 {
		column = column*26 + int(ref[n]-'A') + 1
		n++
	}
	row, err := strconv.Atoi(ref[n:])
	if err != nil || row < 0 {
		row = 0
	}
	return row, column - 1
}
