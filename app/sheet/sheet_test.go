package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var limits = Limits{Sheet: 16 << 20, Strings: 8 << 20, Part: 1 << 20, Ratio: 250, Cell: 1 << 16, Columns: 100}

// book makes a workbook of one sheet from the XML of its rows.
func book(t testing.TB, rows, shared string) *zip.Reader {
	t.Helper()
	const officeDocument = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	return zipped(t, map[string]string{
		"_rels/.rels":     `<Relationships><Relationship Id="a" Type="` + officeDocument + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns:r="` + officeDocument + `"><sheets><sheet name="名册" sheetId="1" r:id="b"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="` + officeDocument + `/worksheet" Target="worksheets/one.xml"/>` +
			`<Relationship Id="c" Type="` + officeDocument + `/sharedStrings" Target="shared.xml"/></Relationships>`,
		"xl/worksheets/one.xml": "<worksheet><sheetData>" + rows + "</sheetData></worksheet>",
		"xl/shared.xml":         "<sst>" + shared + "</sst>",
	})
}

func zipped(t testing.TB, parts map[string]string) *zip.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return reopened(t, b.Bytes())
}

func reopened(t testing.TB, b []byte) *zip.Reader {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// read gives the rows of the first sheet, cells joined by bars.
func read(z *zip.Reader, l Limits) (rows []string, err error) {
	b, err := Open(z, l)
	if err != nil {
		return nil, err
	}
	src, err := b.Rows(b.Sheets[0])
	if err != nil {
		return nil, err
	}
	defer src.Close()
	for {
		row, err := src.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, strings.Join(row.Cells, "|"))
	}
}

// Gnumeric puts every tag on a line of its own. What stands between tags is no
// text, and a shared text must not lose its number by it.
func TestSpaceBetweenTagsIsNoText(t *testing.T) {
	rows, err := read(book(t, `
    <row r="1">
      <c r="A1" t="s">
        <v>0</v>
      </c>
      <c r="B1" t="inlineStr">
        <is>
          <t>地址</t>
        </is>
      </c>
      <c r="C1" t="s">
        <v>1</v>
      </c>
    </row>
`, `
  <si>
    <t>名称</t>
  </si>
  <si>
    <r>
      <t>电</t>
    </r>
    <rPh sb="0" eb="1">
      <t>diàn</t>
    </rPh>
    <r>
      <t>话</t>
    </r>
  </si>
`), limits)
	if want := []string{"名称|地址|电话"}; err != nil || !slices.Equal(rows, want) {
		t.Errorf("got %q, %v; want %q", rows, err, want)
	}
}

func TestNumbersReadAsThePersonTypedThem(t *testing.T) {
	x := excelize.NewFile()
	style := func(format int) int {
		id, err := x.NewStyle(&excelize.Style{NumFmt: format})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	own := `yyyy"年"m"月"d"日"`
	custom, err := x.NewStyle(&excelize.Style{CustomNumFmt: &own})
	if err != nil {
		t.Fatal(err)
	}
	for n, c := range []struct {
		value any
		style int
	}{{7, 0}, {0.1, 0}, {"007", 0}, {1.5e-7, 0}, {true, 0}, {39294, style(14)}, {39294.5, style(22)}, {0.4375, style(20)}, {39294, custom}, {59, style(14)}, {-3, style(14)}, {time.Date(2026, 11, 27, 8, 30, 15, 250e6, time.UTC), style(22)}} {
		cell, _ := excelize.CoordinatesToCellName(n+1, 1)
		x.SetCellValue("Sheet1", cell, c.value)
		if c.style != 0 {
			x.SetCellStyle("Sheet1", cell, cell, c.style)
		}
	}
	b, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := read(reopened(t, b.Bytes()), limits)
	want := []string{"7|0.1|007|0.00000015|TRUE|2007-07-31|2007-07-31 12:00:00|10:30:00|2007-07-31|1900-02-28|-3|2026-11-27 08:30:15.250"}
	if err != nil || !slices.Equal(rows, want) {
		t.Errorf("got  %q, %v\nwant %q", rows, err, want)
	}
}

func TestHiddenSheetsAreMarked(t *testing.T) {
	x := excelize.NewFile()
	x.NewSheet("旧")
	x.SetSheetVisible("旧", false)
	b, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(reopened(t, b.Bytes()), limits)
	if err != nil || len(got.Sheets) != 2 || got.Sheets[0].Hidden || !got.Sheets[1].Hidden || got.Sheets[1].Name != "旧" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A file that names the farthest cell must cost no memory for those before it.
func TestACellFarToTheRightIsRefusedOrLeftOut(t *testing.T) {
	far := `<row r="1"><c r="A1"><v>1</v></c><c r="ZZZZ1"><v>2</v></c></row>`
	var large *TooLarge
	if _, err := read(book(t, far, ""), limits); !errors.As(err, &large) || large.What != LargeColumns || large.Row != 1 {
		t.Errorf("got %v, want columns of row 1", err)
	}
	cut := limits
	cut.Cut = true
	if rows, err := read(book(t, far, ""), cut); err != nil || !slices.Equal(rows, []string{"1"}) {
		t.Errorf("got %q, %v, want the first cell", rows, err)
	}
}

func TestWhatIsTooLargeIsSaid(t *testing.T) {
	long := strings.Repeat("x", limits.Cell+1)
	for _, c := range []struct {
		name, what   string
		rows, shared string
	}{
		{"a cell", LargeCell, `<row><c t="str"><v>` + long + `</v></c></row>`, ""},
		{"a shared text", LargeCell, `<row><c t="s"><v>0</v></c></row>`, "<si><t>" + long + "</t></si>"},
		{"a sheet", LargePart, strings.Repeat(" ", 17<<20), ""},
		{"the shared texts", LargePart, "", strings.Repeat(" ", 9<<20)},
	} {
		var large *TooLarge
		if _, err := read(book(t, c.rows, c.shared), limits); !errors.As(err, &large) || large.What != c.what {
			t.Errorf("%s: got %v, want %s", c.name, err, c.what)
		}
	}
}

func TestADamagedWorkbookIsNoOther(t *testing.T) {
	var large *TooLarge
	for name, z := range map[string]*zip.Reader{
		"a row without its end":    book(t, `<row><c><v>1</v></c>`, ""),
		"a shared text not there":  book(t, `<row><c t="s"><v>7</v></c></row>`, "<si><t>a</t></si>"),
		"a document type":          book(t, `<!DOCTYPE a [<!ENTITY b "c">]><row><c t="str"><v>&b;</v></c></row>`, ""),
		"a workbook nested deeply": zipped(t, map[string]string{"xl/workbook.xml": strings.Repeat("<a>", 100_000)}),
	} {
		if _, err := read(z, limits); err == nil || errors.As(err, &large) || errors.Is(err, ErrNoWorkbook) {
			t.Errorf("%s: got %v, want that it is damaged", name, err)
		}
	}
	if _, err := Open(zipped(t, map[string]string{"word/document.xml": "<a/>"}), limits); !errors.Is(err, ErrNoWorkbook) {
		t.Errorf("another ZIP file: got %v", err)
	}
}

func FuzzRows(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1"><v>1.5</v></c></row>`, `<si><t xml:space="preserve"> a_x000D_&#20803;</t></si>`)
	f.Add(`<row><c t="inlineStr"><is><t>a</t><rPh><t>b</t></rPh></is></c></row><row/>`, "")
	f.Add(`<row r="1048577"><c r="AAAAA1" s="99"><v>1e400</v></c></row>`, "<si/><si></si>")
	f.Fuzz(func(t *testing.T, rows, shared string) {
		if len(rows)+len(shared) > 1<<16 {
			return
		}
		got, err := read(book(t, rows, shared), limits)
		for _, r := range got {
			if len(r) > 1<<20 {
				t.Errorf("a row of %d bytes, %v", len(r), err)
			}
		}
	})
}
