// Package registry reads registers of organizations and inspectors as other
// offices hand them over: CSV, TSV and XLSX, in UTF-8, UTF-16, GB18030 or
// Windows-1252, with headings in Chinese or English, one header row or two.
//
//	f, err := registry.Open(path)
//	…
//	defer f.Close()
//	for row, err := range f.Organizations(ctx, registry.Options{Rejects: w}) {
//		…
//	}
//	report := f.Report()
//
// Three things hold for every file. Nothing is dropped in silence: each row is
// accepted, rejected with a reason, counted as a duplicate or blank, and
// Report says how many of which. Nothing is guessed at where guessing could
// change a fact: a code that a spreadsheet has rounded is rejected, never
// repaired. And a file whose structure is broken is refused before its first
// row is given out, so that half a register is never imported unnoticed.
//
// Codes are text. Cells keep their text; only spaces around it go.
package registry
