package main

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// ledgerSheet gives the ledger as the bytes of an XLSX file: one line a
// finding, its head frozen and filterable, dates and numbers as such, codes as
// text. What is need-to-know keeps its line, without its words.
func (c *call) ledgerSheet(lines []desk.LedgerLine, sensitive bool) ([]byte, error) {
	x := excelize.NewFile()
	defer x.Close()
	sheet := c.t.T("rectify.sheet")
	if err := x.SetSheetName("Sheet1", sheet); err != nil {
		return nil, fmt.Errorf("plumblinectl: ledger: %w", err)
	}
	columns := []struct {
		name  string
		width float64
		value func(n int, l desk.LedgerLine) any
	}{
		{"n", 6, func(n int, _ desk.LedgerLine) any { return n }},
		{"organization", 34, func(_ int, l desk.LedgerLine) any { return l.Name }},
		{"code", 22, func(_ int, l desk.LedgerLine) any { return l.USCC }},
		{"district", 12, func(_ int, l desk.LedgerLine) any { return l.District }},
		{"inspection", 22, func(_ int, l desk.LedgerLine) any { return l.Number }},
		{"item", 10, func(_ int, l desk.LedgerLine) any { return l.Code }},
		{"problem", 60, func(_ int, l desk.LedgerLine) any {
			if l.Sensitive && !sensitive {
				return c.t.T("rectify.withheld")
			}
			return c.problem(l.Finding)
		}},
		{"severity", 10, func(_ int, l desk.LedgerLine) any { return checklist.SeverityText(l.Severity, c.lang) }},
		{"observed", 12, func(_ int, l desk.LedgerLine) any { return l.ObservedOn }},
		{"state", 16, func(_ int, l desk.LedgerLine) any { return c.t.T("ctl.finding." + string(l.State)) }},
		{"ordered", 12, progress(func(p record.FindingProgress) any { return p.OrderedOn })},
		{"number", 22, progress(func(p record.FindingProgress) any { return p.OrderNumber })},
		{"term", 16, progress(func(p record.FindingProgress) any {
			if p.Term == nil {
				return ""
			}
			return desk.TermText(c.t, *p.Term)
		})},
		{"served", 12, progress(func(p record.FindingProgress) any {
			if p.Served == nil {
				return ""
			}
			return p.Served.On
		})},
		{"due", 12, func(_ int, l desk.LedgerLine) any { return l.Due }},
		{"left", 10, func(_ int, l desk.LedgerLine) any {
			if l.DaysLeft == nil {
				return nil
			}
			return *l.DaysLeft
		}},
		{"stands", 30, func(_ int, l desk.LedgerLine) any { return l.Next(c.t) }},
		{"extensions", 10, progress(func(p record.FindingProgress) any { return p.Extensions })},
		{"reminders", 10, progress(func(p record.FindingProgress) any { return p.Reminders })},
		{"rounds", 10, progress(func(p record.FindingProgress) any { return p.Rounds })},
		{"reported", 12, progress(func(p record.FindingProgress) any { return p.ReportedOn })},
		{"closed", 12, progress(func(p record.FindingProgress) any { return p.ClosedOn })},
		{"age", 10, func(_ int, l desk.LedgerLine) any { return l.Age }},
	}
	s := &sheetWriter{x: x, sheet: sheet}
	last := s.name(len(columns), 1)
	s.set(1, 1, c.t.T("rectify.sheet_made", "day", c.desk.Today(), "n", len(lines)))
	head := s.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF4"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	body := s.style(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	over := s.style(&excelize.Style{Font: &excelize.Font{Color: "B8322A", Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	for n, col := range columns {
		letter, err := excelize.ColumnNumberToName(n + 1)
		s.fault(err)
		s.fault(x.SetColWidth(sheet, letter, letter, col.width))
		s.set(n+1, 2, c.t.T("rectify.column."+col.name))
		for row, l := range lines {
			s.set(n+1, row+3, col.value(row+1, l))
		}
	}
	s.fault(x.SetCellStyle(sheet, s.name(1, 2), s.name(len(columns), 2), head))
	for row, l := range lines {
		style := body
		if l.Overdue {
			style = over
		}
		s.fault(x.SetCellStyle(sheet, s.name(1, row+3), s.name(len(columns), row+3), style))
	}
	s.fault(x.MergeCell(sheet, "A1", last))
	s.fault(x.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 2, YSplit: 2, TopLeftCell: "C3", ActivePane: "bottomRight"}))
	s.fault(x.AutoFilter(sheet, "A2:"+s.name(len(columns), max(2, len(lines)+2)), nil))
	landscape, paper, wide, tall := "landscape", 9, 1, 0 // A4, as wide as one page
	s.fault(x.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &paper, FitToWidth: &wide, FitToHeight: &tall}))
	fit := true
	s.fault(x.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	var b bytes.Buffer
	if s.err == nil {
		s.err = x.Write(&b)
	}
	if s.err != nil {
		return nil, fmt.Errorf("plumblinectl: ledger: %w", s.err)
	}
	return b.Bytes(), nil
}

func progress(value func(record.FindingProgress) any) func(int, desk.LedgerLine) any {
	return func(_ int, l desk.LedgerLine) any {
		if l.Progress == nil {
			return nil
		}
		return value(*l.Progress)
	}
}

// sheetWriter remembers the first fault.
type sheetWriter struct {
	x     *excelize.File
	sheet string
	err   error
}

func (s *sheetWriter) fault(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *sheetWriter) name(column, row int) string {
	n, err := excelize.CoordinatesToCellName(column, row)
	s.fault(err)
	return n
}

// set writes a cell. Texts are written as texts: what begins with = is no
// formula, and a code of digits stays as it is.
func (s *sheetWriter) set(column, row int, v any) {
	switch v := v.(type) {
	case nil:
	case string:
		if v != "" {
			s.fault(s.x.SetCellStr(s.sheet, s.name(column, row), v))
		}
	default:
		s.fault(s.x.SetCellValue(s.sheet, s.name(column, row), v))
	}
}

func (s *sheetWriter) style(style *excelize.Style) int {
	n, err := s.x.NewStyle(style)
	s.fault(err)
	return n
}
