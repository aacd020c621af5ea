// Package report writes the documents an inspector hands over, as PDF. Each
// document is one file (inspectionrecord.go …) on top of a small engine:
//
//	font.go       the three embedded faces, parsed once a process; what has no glyph
//	subset.go     cuts the few glyphs of one document out of a 10 MB face
//	linebreak.go  line breaking by the Chinese rules that never loses a character
//	page.go       the sheet: pages, text, rules, marks, pictures, header and footer
//	table.go      rows that split across pages under a repeated header
//	picture.go    JPEG as it is, PNG flattened on white
//	qr.go         QR code as vectors
//	write.go      plays the sheet into gofpdf, one single line of text at a time
//	finish.go     repairs what gofpdf leaves wrong: ToUnicode, images, outline, links, XMP, /ID
//
// A document is first laid out as data (sheet) and only then written: the page
// total, the warnings and the digest of the content are known before the first
// byte, and the same input gives the same bytes.
//
// gofpdf's own MultiCell, SplitText and Write are never used: they delete the
// Chinese character at every automatic line break, or break at spaces only.
package report
