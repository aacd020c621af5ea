package xlsform

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// style is how the cells of a workbook look.
type style struct{ head, ours, text, group int }

func styles(f *excelize.File) (s style, err error) {
	border := []excelize.Border{{Type: "bottom", Color: "8A8F98", Style: 1}}
	for _, x := range []struct {
		to   *int
		what excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6E9EE"}}, Border: border, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}},
		{&s.ours, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCEBE4"}}, Border: border, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}},
		{&s.text, excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}}, // 49: text, so that 4.10 stays 4.10
		{&s.group, excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F4F5F7"}}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
	} {
		if *x.to, err = f.NewStyle(&x.what); err != nil {
			return s, err
		}
	}
	return s, nil
}

func place1(column, row int) string { return fmt.Sprintf("%s%d", columnName(column), row) }

func writeSheet(f *excelize.File, s Sheet, look style, notes Notes) error {
	if _, err := f.NewSheet(s.Name); err != nil {
		return err
	}
	lastRow, lastColumn := 1, 0
	widths := map[int]int{}
	for n, r := range s.Rows {
		lastRow = max(lastRow, r.Number)
		group := s.Name == "survey" && n > 0 && (strings.HasPrefix(r.cell(0), "begin") || strings.HasPrefix(r.cell(0), "end"))
		for k, v := range r.Cells {
			if v == "" && !group {
				continue
			}
			lastColumn = max(lastColumn, k)
			cell := place1(k, r.Number)
			if err := f.SetCellStr(s.Name, cell, v); err != nil {
				return err
			}
			widths[k] = max(widths[k], min(width(v), 60))
			how := look.text
			switch {
			case n == 0 && strings.HasPrefix(v, "inspect::"):
				how = look.ours
			case n == 0:
				how = look.head
			case group:
				how = look.group
			}
			if err := f.SetCellStyle(s.Name, cell, cell, how); err != nil {
				return err
			}
		}
	}
	for k, w := range widths {
		if err := f.SetColWidth(s.Name, columnName(k), columnName(k), float64(max(10, w+2))); err != nil {
			return err
		}
	}
	// Readers that trust the sheet's own word for its size see nothing but A1
	// otherwise.
	if err := f.SetSheetDimension(s.Name, "A1:"+place1(lastColumn, lastRow)); err != nil {
		return err
	}
	frozen := excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if s.Name == "survey" {
		frozen = excelize.Panes{Freeze: true, XSplit: 2, YSplit: 1, TopLeftCell: "C2", ActivePane: "bottomRight"}
	}
	if err := f.SetPanes(s.Name, &frozen); err != nil {
		return err
	}
	return validations(f, s, notes)
}

// width is about how many narrow characters wide the longest line is.
func width(s string) int {
	widest := 0
	for line := range strings.SplitSeq(s, "\n") {
		n := 0
		for _, r := range line {
			if n++; unicode.Is(unicode.Han, r) {
				n++
			}
		}
		widest = max(widest, n)
	}
	return widest
}

// allowed are the values that a column offers; the author may write others
// where the last word is false.
var allowed = map[string]struct {
	values []string
	only   bool
}{
	"survey type": {[]string{"text", "integer", "decimal", "date", "time", "dateTime", "select_one …", "select_multiple …", "note", "calculate", "acknowledge", "image", "geopoint", "range",
		"begin_group", "end_group", "begin_repeat", "end_repeat"}, false},
	"survey required":                           {[]string{"yes", "no"}, false},
	"survey read_only":                          {[]string{"yes", "no"}, false},
	"survey inspect::severity":                  {strs(severities), true},
	"survey inspect::answer":                    {strs(answers), true},
	"survey inspect::evidence":                  {append(strs(photoRules), "required, position", "recommended, position"), true},
	"survey inspect::veto":                      {[]string{"yes", "no"}, true},
	"survey inspect::sensitive":                 {[]string{"yes", "no"}, true},
	"survey inspect::may_refer_to_penalty_case": {[]string{"yes", "no"}, true},
	"survey inspect::credit_consequence":        {credits, true},
	"choices inspect::nonconforming":            {[]string{"yes", "no"}, true},
	"settings inspect::status":                  {[]string{"draft", "published", "retired"}, true},
	"settings inspect::stage":                   {[]string{"onsite", "registration", "reinspection", "development"}, true},
}

func strs[T ~string](list []T) (out []string) {
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

// validations adds the lists to choose from, and beside a cell what to write
// in it.
func validations(f *excelize.File, s Sheet, notes Notes) error {
	known, ours := map[string]map[string]string{"survey": surveyColumns, "choices": choiceColumns, "settings": settingColumns}[s.Name], map[string]map[string]bool{"survey": inspectColumns, "settings": inspectSettings}[s.Name]
	if known == nil || len(s.Rows) == 0 {
		return nil
	}
	for _, c := range headings(s.Rows[0], known, ours) {
		a, ok := allowed[s.Name+" "+c.name]
		about := notes.Columns[c.name]
		if !ok && about == "" || c.name == "" {
			continue
		}
		v := excelize.NewDataValidation(true)
		v.Sqref = place1(c.index, 2) + ":" + place1(c.index, 5000)
		if s.Name == "settings" {
			v.Sqref = place1(c.index, 2)
		}
		if ok {
			if err := v.SetDropList(a.values); err != nil {
				return err
			}
			v.ShowErrorMessage = a.only
		}
		if about != "" {
			title, text := []rune(c.name), []rune(about)
			v.SetInput(string(title[:min(len(title), 32)]), string(text[:min(len(text), 255)]))
		}
		if err := f.AddDataValidation(s.Name, v); err != nil {
			return err
		}
	}
	return nil
}

func writeNotes(f *excelize.File, look style, notes Notes) error {
	if _, err := f.NewSheet(notesSheet); err != nil {
		return err
	}
	for n, row := range notes.Sheet {
		for k, v := range row {
			cell := place1(k, n+1)
			if err := f.SetCellStr(notesSheet, cell, v); err != nil {
				return err
			}
			how := look.text
			if k == 0 {
				how = look.group
			}
			if err := f.SetCellStyle(notesSheet, cell, cell, how); err != nil {
				return err
			}
		}
	}
	if err := f.SetColWidth(notesSheet, "A", "A", 34); err != nil {
		return err
	}
	if err := f.SetColWidth(notesSheet, "B", "B", 100); err != nil {
		return err
	}
	return f.SetSheetDimension(notesSheet, fmt.Sprintf("A1:B%d", max(1, len(notes.Sheet))))
}
