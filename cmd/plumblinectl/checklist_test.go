package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// workbook TABLE FILE makes an Excel workbook of a text: "# name" begins a
// sheet, every other line is a row, its cells parted by "|".
func makeWorkbook(ts *testscript.TestScript, neg bool, args []string) {
	f := excelize.NewFile()
	defer f.Close()
	sheet, row := "", 0
	for line := range strings.SplitSeq(ts.ReadFile(args[0]), "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "# "); ok {
			sheet, row = name, 0
			_, err := f.NewSheet(sheet)
			ts.Check(err)
			continue
		}
		if line == "" {
			continue
		}
		row++
		for n, cell := range strings.Split(line, "|") {
			at, err := excelize.CoordinatesToCellName(n+1, row)
			ts.Check(err)
			ts.Check(f.SetCellStr(sheet, at, strings.ReplaceAll(strings.TrimSpace(cell), `\n`, "\n")))
		}
	}
	ts.Check(f.DeleteSheet("Sheet1"))
	ts.Check(f.SaveAs(ts.MkAbs(args[1])))
}
