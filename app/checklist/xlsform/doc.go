// Package xlsform brings checklists in from, and out to, XLSForm workbooks:
// the Excel files that people who collect data in the field write their forms
// in (ODK, KoboToolbox, SurveyCTO).
//
//	in, err := xlsform.Open(path, xlsform.Options{})
//	…
//	in.Checklist             // ready to be published, its uids settled
//	for _, w := range in.Warnings { … } // sheet, row, column, what to do
//
//	err = xlsform.Write(w, in.Checklist, "zh")
//
// Three things hold. A form is refused only when its file cannot be read or
// holds no questions at all: what another program would refuse (a type it does
// not know, a choice that stands twice, a reserved name) comes in with a
// warning. Nothing that an author wrote is lost: columns and sheets that mean
// nothing to us are carried along and written out again. And a stranger's file
// costs bounded time and memory, whatever it claims to be.
//
// The inspection's own columns are called inspect::severity,
// inspect::legal_basis and so on, its own sheets legal and scoring; README.md
// beside this code lists them. Other XLSForm tools pass over them, so that a
// workbook written here still works there.
package xlsform
