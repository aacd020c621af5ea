package xlsform

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

func read(b []byte) (*Import, error) {
	book, err := ReadBook(bytes.NewReader(b), int64(len(b)), "f.xlsx")
	if err != nil {
		return nil, err
	}
	return FromBook(book, "f.xlsx", Options{})
}

func messageOf(err error) string {
	if e, ok := err.(*record.Error); ok {
		return e.Message
	}
	return fmt.Sprint(err)
}

// packed makes a workbook whose survey sheet holds what is given.
func packed(t testing.TB, sheet string, more ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	parts := append([]string{
		"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", sheet,
	}, more...)
	for n := 0; n+1 < len(parts); n += 2 {
		w, err := z.Create(parts[n])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[n+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const inlineCell = `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`

func TestFilesThatAreNoWorkbookAreToldInWords(t *testing.T) {
	good := packed(t, `<worksheet><sheetData><row r="1">`+fmt.Sprintf(inlineCell, "A1", "type")+`</row></sheetData></worksheet>`)
	for _, x := range []struct {
		about string
		b     []byte
		want  string
	}{
		{"nothing", nil, "xlsform.empty"},
		{"an old Excel file", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1and more"), "xlsform.xls"},
		{"a text", []byte("type,name,label\ntext,a,A\n"), "xlsform.no_workbook"},
		{"half a workbook", good[:len(good)/2], "xlsform.broken"},
		{"an archive of something else", func() []byte {
			var out bytes.Buffer
			z := zip.NewWriter(&out)
			z.Create("word/document.xml")
			z.Close()
			return out.Bytes()
		}(), "xlsform.no_workbook"},
		{"a sheet that is no XML", packed(t, "<worksheet><sheetData><row"), "xlsform.broken"},
		{"a survey without a type", packed(t, `<worksheet><sheetData><row r="1">`+fmt.Sprintf(inlineCell, "A1", "name")+`</row></sheetData></worksheet>`), "xlsform.no_type_column"},
	} {
		if _, err := read(x.b); err == nil || messageOf(err) != x.want {
			t.Errorf("%s: got %v, want %s", x.about, err, x.want)
		}
	}
	// Junk in front of the archive, as some downloads have it.
	if _, err := read(append(bytes.Repeat([]byte("junk"), 9000), good...)); err != nil && messageOf(err) != "xlsform.no_workbook" && messageOf(err) != "xlsform.broken" {
		t.Errorf("junk before the archive: got %v", err)
	}
}

// hostile are files that claim or unpack to far more than they are.
func hostile(t testing.TB) map[string][]byte {
	var far strings.Builder
	far.WriteString(`<worksheet><sheetData><row r="1">` + fmt.Sprintf(inlineCell, "A1", "type") + `</row>`)
	for n := 2; n < 60_000; n++ {
		fmt.Fprintf(&far, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, n, n)
	}
	far.WriteString(`</sheetData></worksheet>`)
	return map[string][]byte{
		"zeroes":            packed(t, `<worksheet><sheetData>`+strings.Repeat(" ", 120<<20)),
		"far columns":       packed(t, far.String()),
		"deep nesting":      packed(t, strings.Repeat("<a>", 4<<20)),
		"one endless text":  packed(t, `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`+strings.Repeat("x", 40<<20)),
		"many shared texts": packed(t, `<worksheet><sheetData/></worksheet>`, "xl/sharedStrings.xml", `<sst>`+strings.Repeat(`<si><t>0123456789</t></si>`, 3<<20)+`</sst>`),
		"entities":          packed(t, `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>`),
		"last row":          packed(t, `<worksheet><sheetData><row r="1">`+fmt.Sprintf(inlineCell, "A1", "type")+`</row><row r="1048576">`+fmt.Sprintf(inlineCell, "A1048576", "text")+`</row></sheetData></worksheet>`),
	}
}

func TestHostileWorkbooksCostBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	for about, b := range hostile(t) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		in, err := read(b)
		runtime.ReadMemStats(&after)
		// What was allocated in all, the garbage included.
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 700 {
			t.Errorf("%s: %d MB were allocated for a file of %d KB", about, used, len(b)>>10)
		}
		if err != nil && !strings.HasPrefix(messageOf(err), "xlsform.") {
			t.Errorf("%s: got %v, want a sentence for people", about, err)
		}
		if err == nil && in == nil {
			t.Errorf("%s: neither a checklist nor an error", about)
		}
	}
}

func TestCellsAreReadAsTheirAuthorSeesThem(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "survey"); err != nil {
		t.Fatal(err)
	}
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	percent, err := f.NewStyle(&excelize.Style{NumFmt: 9})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 31, 10, 20, 30, 0, time.UTC)
	for n, v := range []any{"type", true, 42.0, 0.05, at, "a\u00a0b"} {
		if err := f.SetCellValue("survey", fmt.Sprintf("A%d", n+1), v); err != nil {
			t.Fatal(err)
		}
	}
	for cell, style := range map[string]int{"A4": percent, "A5": day} {
		if err := f.SetCellStyle("survey", cell, cell, style); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	book, err := ReadBook(bytes.NewReader(b.Bytes()), int64(b.Len()), "cells.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"type", "TRUE", "42", "0.05", "2026-03-31 10:20:30", "a b"}
	for n, r := range book.sheet("survey").Rows {
		if r.cell(0) != want[n] {
			t.Errorf("A%d is read as %q, want %q", n+1, r.cell(0), want[n])
		}
	}
}

func FuzzReadWorkbook(f *testing.F) {
	c, _ := checklist.Find("cn.quality-development")
	var out bytes.Buffer
	if err := Write(&out, c, Notes{}); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(packed(f, `<worksheet><sheetData><row r="1">`+fmt.Sprintf(inlineCell, "A1", "type")+fmt.Sprintf(inlineCell, "B1", "name")+`</row><row r="2">`+fmt.Sprintf(inlineCell, "A2", "select_one x or_other")+`</row></sheetData></worksheet>`))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := read(b)
		if err == nil {
			again, err := checklist.Parse(in.Checklist.Bytes())
			if err != nil || again.Ref() != in.Checklist.Ref() {
				t.Fatalf("what was imported cannot be read: %v", err)
			}
		}
	})
}

// Whatever stands in the cells, the import gives a checklist that can be read,
// and that its own export gives back.
func FuzzCells(f *testing.F) {
	f.Add("type|name|label\ntext|a|A\nbegin group|g|\nend repeat||", "list_name|name\nyn|yes\nyn|yes", "form_id|version\nX y|1.0")
	f.Add("type|name|inspect::severity|inspect::legal_basis\nselect_one yn or_other|a|worst|X 1\nbegin loop over yn|l||\ninteger|n||\nend loop|||", "list_name|name|label::en\nyn|a b|x", "")
	f.Add("type|name|calculation|relevant\ncalculate|c|1 +|${\nrange|r||${c} > 0", "", "default_language|inspect::status\n中文|done")
	f.Fuzz(func(t *testing.T, survey, choices, settings string) {
		var b Book
		for name, text := range map[string]string{"survey": survey, "choices": choices, "settings": settings} {
			s := Sheet{Name: name}
			for n, line := range strings.Split(text, "\n") {
				s.Rows = append(s.Rows, Row{Number: n + 1, Cells: strings.Split(line, "|")})
			}
			b.Sheets = append(b.Sheets, s)
		}
		in, err := FromBook(&b, "fuzz.xlsx", Options{})
		if err != nil {
			if _, ok := err.(*record.Error); !ok {
				t.Fatalf("no sentence for people: %v", err)
			}
			return
		}
		again, err := FromBook(ToBook(in.Checklist), "fuzz.xlsx", Options{})
		if err != nil {
			t.Fatalf("the export does not come in: %v", err)
		}
		if again.Checklist.Ref() != in.Checklist.Ref() {
			t.Fatalf("came back different:\n%s\n%s", in.Checklist.Bytes(), again.Checklist.Bytes())
		}
		in.Checklist.Logic()
	})
}
