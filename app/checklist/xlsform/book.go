package xlsform

import (
	"strings"

	"plumbline/app/sheet"
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

// columnName has a name of its own here, where many a variable is called sheet.
var columnName = sheet.ColumnName
