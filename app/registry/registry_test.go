package registry

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"plumbline/app/record"
	"plumbline/assets"
)

// readOrganizations reads a whole register held in memory.
func readOrganizations(t testing.TB, data string, o Options) ([]Row[record.Organization], Report, error) {
	t.Helper()
	f, err := New(strings.NewReader(data), int64(len(data)), "register.csv")
	if err != nil {
		return nil, Report{}, err
	}
	var rows []Row[record.Organization]
	for row, err := range f.Organizations(context.Background(), o) {
		if err != nil {
			return rows, f.Report(), err
		}
		rows = append(rows, row)
	}
	return rows, f.Report(), nil
}

func must(t testing.TB, data string, o Options) ([]record.Organization, Report) {
	t.Helper()
	rows, rep, err := readOrganizations(t, data, o)
	if err != nil {
		t.Fatalf("reading failed: %v", err)
	}
	if !rep.Done || rep.Rows != rep.Accepted+rep.Rejected+rep.Duplicates+rep.Blank {
		t.Fatalf("rows not accounted for: %+v", rep)
	}
	var out []record.Organization
	for _, r := range rows {
		out = append(out, r.Record)
	}
	return out, rep
}

// uscc makes a valid code: kind "51", running number n.
func uscc(kind string, n int) string {
	return record.NewUSCC(kind, "990100", "MJ"+strings.Repeat("0", 6-len(strconv.Itoa(n)))+strconv.Itoa(n))
}

const irs = "EIN,NAME,ICO,STREET,CITY,STATE,ZIP,STATUS,NTEE_CD,SORT_NAME\n" +
	"010490759,P A T T,% RANDI BAUN,700 PENNSYLVANIA AVE SE STE 200,WASHINGTON,DC,20003-2493,01,M014,PARENTS AGAINST TIRED TRUCKERS\n" +
	"10547837,\"PHI, BETA \"\"KAPPA\"\"\nSOCIETY\",,1606 NEW HAMPSHIRE AVE NW,WASHINGTON,DC,20009-2512,01,,\n"

func TestAmericanRegisterIsReadWithoutMapping(t *testing.T) {
	got, rep := must(t, irs, Options{})
	if len(got) != 2 {
		t.Fatalf("got %d organizations, want 2: %+v", len(got), rep)
	}
	want := record.Organization{ID: record.OrganizationID("ein", "010490759"), Scheme: "ein", Code: "010490759", Name: "P A T T", Kind: record.Charity,
		Address: "700 PENNSYLVANIA AVE SE STE 200, WASHINGTON, DC 20003-2493", Region: "DC", Status: "01",
		Extra: map[string]string{"contact_person": "RANDI BAUN", "NTEE_CD": "M014", "SORT_NAME": "PARENTS AGAINST TIRED TRUCKERS"}}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if got[1].Code != "010547837" || rep.Counts["registry.ein_zeros"] != 1 {
		t.Errorf("got code %q, warnings %v; want the leading zero back and a warning", got[1].Code, rep.Counts)
	}
	if got[1].Name != "PHI, BETA \"KAPPA\"\nSOCIETY" {
		t.Errorf("got name %q", got[1].Name)
	}
	if rep.HeaderRows != 1 || rep.Delimiter != "," || rep.Encoding != "UTF-8" {
		t.Errorf("got layout %d %q %q", rep.HeaderRows, rep.Delimiter, rep.Encoding)
	}
}

func TestChineseRegisterWithTwoHeaderRows(t *testing.T) {
	b, err := os.ReadFile("testdata/ricf-style.tsv")
	if err != nil {
		t.Fatal(err)
	}
	got, rep := must(t, string(b), Options{})
	if rep.HeaderRows != 2 || rep.Delimiter != "\t" || len(got) != 3 {
		t.Fatalf("got %d header rows, delimiter %q, %d organizations; want 2, tab, 3", rep.HeaderRows, rep.Delimiter, len(got))
	}
	o := got[1]
	if o.Name != "云溪市样例𬱖𬭸𬬭基金会" || o.Kind != record.Foundation || !o.Fundraising || o.RegisteredOn != "2010-01-05" ||
		o.Capital != "200万元" || o.Supervisor != "云溪市民政局" || o.Extra["登记证号"] != "基证字第0002号" || o.Extra["机构ID"] != "2" {
		t.Errorf("got %+v", o)
	}
	if got[0].Code != "600000014" {
		t.Errorf("got code %q, want the hyphen taken out so that both ways of writing are one organization", got[0].Code)
	}
	if rep.Counts["registry.orgcode_length"] != 1 || rep.Counts["registry.code_rewritten"] != 1 {
		t.Errorf("got warnings %v", rep.Counts)
	}
}

// The same register must come out the same, however it was saved.
func TestEveryEncodingAndFormatGivesTheSameOrganizations(t *testing.T) {
	rows := [][]string{{"序号", "社会组织名称", "统一社会信用代码", "法定代表人（负责人）", "注册资金（万元）", "住所", "是否慈善组织", "备注"}}
	for i := range 300 {
		rows = append(rows, []string{strconv.Itoa(i + 1), "云溪市第" + strconv.Itoa(i) + "服务中心", uscc("52", i), "𬱖㛃" + strconv.Itoa(i), "3", "云溪市金水区\"老街\"1号,2楼", "是", "多\n行"})
	}
	var comma bytes.Buffer
	csv.NewWriter(&comma).WriteAll(rows)
	want, _ := must(t, comma.String(), Options{})
	if len(want) != 300 || want[7].LegalRepresentative != "𬱖㛃7" || want[7].Capital != "3万元" || !want[7].Facts["is_charity"] || want[7].Extra["备注"] != "多\n行" {
		t.Fatalf("got %d, %+v", len(want), want[7])
	}
	joined := func(delim rune, crlf bool) string {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma, w.UseCRLF = delim, crlf
		w.WriteAll(rows)
		return b.String()
	}
	encode := func(s string, e interface{ String(string) (string, error) }) string {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	book := excelize.NewFile()
	for i, r := range rows {
		cells := make([]any, len(r))
		for j, c := range r {
			cells[j] = c
			if n, err := strconv.Atoi(c); err == nil && j == 0 {
				cells[j] = n
			}
		}
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		book.SetSheetRow("Sheet1", cell, &cells)
	}
	xlsx, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	text := comma.String()
	for _, c := range []struct{ name, data, encoding, delimiter string }{
		{"tab", joined('\t', false), "UTF-8", "\t"},
		{"semicolon, CRLF", joined(';', true), "UTF-8", ";"},
		{"UTF-8 with a mark", "\ufeff" + text, "UTF-8 BOM", ","},
		{"UTF-16LE", encode(text, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), "UTF-16LE", ","},
		{"UTF-16BE", encode(text, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()), "UTF-16BE", ","},
		{"UTF-16LE without a mark", encode(text, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()), "UTF-16LE", ","},
		{"UTF-16BE without a mark", encode(text, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder()), "UTF-16BE", ","},
		{"GB18030", encode(text, simplifiedchinese.GB18030.NewEncoder()), "GB18030", ","},
		{"GB18030 tab", encode(joined('\t', true), simplifiedchinese.GB18030.NewEncoder()), "GB18030", "\t"},
		{"sep line", "sep=;\r\n" + joined(';', true), "UTF-8", ";"},
		{"title above", "云溪市社会组织名册,,,,,,,\n" + text, "UTF-8", ","},
		{"XLSX", xlsx.String(), "", ""},
	} {
		got, rep := must(t, c.data, Options{})
		if rep.Encoding != c.encoding || rep.Delimiter != c.delimiter {
			t.Errorf("%s: found %q %q, want %q %q", c.name, rep.Encoding, rep.Delimiter, c.encoding, c.delimiter)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the organizations differ: got %d, first %+v", c.name, len(got), got[:min(len(got), 1)])
		}
	}
}

func TestLoneCarriageReturnsEndLines(t *testing.T) {
	got, _ := must(t, strings.ReplaceAll("code,name\n1,a\n2,b\n", "\n", "\r"), Options{})
	if len(got) != 2 || got[1].Name != "b" {
		t.Errorf("got %+v", got)
	}
}

// A curly apostrophe from an English Windows reads as GB18030 too, as a
// character nobody meant.
func TestWesternTextIsNotTakenForChinese(t *testing.T) {
	s, _ := charmap.Windows1252.NewEncoder().String("reg_number,name\n1,WOMEN’S INSTITUTE\n2,CAFÉ DE L’ÉTÉ\n")
	got, rep := must(t, s, Options{})
	if rep.Encoding != "Windows-1252" || got[0].Name != "WOMEN’S INSTITUTE" || got[1].Name != "CAFÉ DE L’ÉTÉ" {
		t.Errorf("got %q %+v", rep.Encoding, got)
	}
}

// One bad byte must not turn the whole UTF-8 file into GB18030 and with it
// every name into another.
func TestOneBadByteRejectsOneRow(t *testing.T) {
	var b strings.Builder
	b.WriteString("代码,名称\n")
	for i := range 50 {
		b.WriteString(strconv.Itoa(i) + ",云溪市老年人协会\n")
	}
	s := strings.Replace(b.String(), "\n7,云溪", "\n7,\xe4\xba云溪", 1)
	got, rep := must(t, s, Options{})
	if rep.Encoding != "UTF-8" || len(got) != 49 || rep.Reasons["registry.undecodable"] != 1 || rep.Rejects[0].Row != 9 {
		t.Errorf("got %q, %d accepted, %v %v", rep.Encoding, len(got), rep.Reasons, rep.Rejects)
	}
}

func TestCodesThatASpreadsheetSpoiledAreRejectedNotGuessed(t *testing.T) {
	good := uscc("51", 1)
	for _, c := range []struct {
		scheme, cell, code, reject string
	}{
		{"uscc", good, good, ""},
		{"uscc", " " + strings.ToLower(good) + "\u3000", good, ""},
		{"uscc", `="` + good + `"`, good, ""},
		{"uscc", good[:8] + "-" + good[8:], good, ""},
		{"uscc", "9.15E+17", "", "registry.code_scientific"},
		{"uscc", "5.11E+17", "", "registry.code_scientific"},
		{"uscc", "5.11000005000028E+17", "", "registry.code_scientific"},
		{"uscc", "511000005000028000", "", "registry.code_rounded"},
		{"uscc", "51100000500002862X", "51100000500002862X", ""}, // check digit: a warning only
		{"uscc", "#N/A", "", "registry.cell_error"},
		{"ein", "1.0123106E+07", "010123106", ""}, // every digit is there
		{"ein", "1.01E+07", "", "registry.code_scientific"},
		{"ein", "10123106", "010123106", ""},
		{"ein", "01-0123106", "010123106", ""},
		{"ein", "10123106.0", "010123106", ""},
		{"uk", "SC007584", "SC007584", ""},
		{"uk", "", "", "registry.code_missing"},
		{"other", strings.Repeat("9", 65), "", "registry.code_malformed"},
	} {
		var b bytes.Buffer
		csv.NewWriter(&b).WriteAll([][]string{{"code", "name"}, {c.cell, "x"}})
		got, rep := must(t, b.String(), Options{Scheme: c.scheme})
		switch {
		case c.reject != "" && rep.Reasons[c.reject] != 1:
			t.Errorf("%s %q: got %+v %v, want rejection %s", c.scheme, c.cell, got, rep.Reasons, c.reject)
		case c.reject == "" && (len(got) != 1 || got[0].Code != c.code):
			t.Errorf("%s %q: got %+v %v, want code %q", c.scheme, c.cell, got, rep.Reasons, c.code)
		}
	}
}

func TestNumbersInWorkbooks(t *testing.T) {
	x := excelize.NewFile()
	date, _ := x.NewStyle(&excelize.Style{NumFmt: 14})
	x.SetSheetRow("Sheet1", "A1", &[]any{"统一社会信用代码", "名称", "成立日期", "备注", "核定日期"})
	x.SetSheetRow("Sheet1", "A2", &[]any{915000000000000000.0, "rounded", 39294, 0.1, 39294})
	x.SetSheetRow("Sheet1", "A3", &[]any{uscc("51", 2), "fine", 39294, 1234.5, 39294.5})
	x.SetSheetRow("Sheet1", "A4", &[]any{uscc("51", 3), "text date", "2007年7月31日", true, nil})
	x.SetCellStyle("Sheet1", "C2", "C3", date)
	x.SetCellStyle("Sheet1", "E2", "E3", date)
	x.SetSheetRow("Sheet1", "A6", &[]any{"  "})
	b, _ := x.WriteToBuffer()
	got, rep := must(t, b.String(), Options{})
	if len(got) != 2 || rep.Rejected != 1 || rep.Rejects[0].Row != 2 || rep.Blank != 1 {
		t.Fatalf("got %+v %+v", got, rep)
	}
	for i := range got {
		if got[i].RegisteredOn != "2007-07-31" {
			t.Errorf("%s: got %q, want 2007-07-31", got[i].Name, got[i].RegisteredOn)
		}
	}
	if got[0].Extra["备注"] != "1234.5" || got[0].Extra["核定日期"] != "2007-07-31 12:00:00" || got[1].Extra["备注"] != "TRUE" {
		t.Errorf("got %v %v", got[0].Extra, got[1].Extra)
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"2007-07-31": "2007-07-31", "2007/7/31": "2007-07-31", "2007.7.31": "2007-07-31", "2007年7月31日": "2007-07-31",
		"２００７年７月３１日": "2007-07-31", "20070731": "2007-07-31", "200707": "2007-07", "2007年7月": "2007-07", "2007": "2007",
		"2007-07-31 00:00:00": "2007-07-31", "2007-07-31T08:00:00Z": "2007-07-31", "39294": "2007-07-31",
		"31/7/2007": "2007-07-31", "7/31/2007": "2007-07-31", "3/4/2007": "", "2007-02-30": "", "2007-13-01": "", "000000": "", "unknown": "", "1-2": "",
	} {
		if got, ok := readDate(in); got != want || ok != (want != "") {
			t.Errorf("readDate(%q) = %q %v, want %q", in, got, ok, want)
		}
	}
}

func TestEveryRejectedRowIsInTheRejectsFileWithItsReason(t *testing.T) {
	data := "代码,名称,电话\n" +
		"1,甲,110\n" +
		",乙,120\n" + // no code
		"2,,130\n" + // no name
		"1,甲,110\n" + // the same again
		"1,丙,140\n" + // the same code, other values
		"\n" +
		"3,丁,1,2\n" + // a cell too many
		"4,\"戊\"x,150\n" + // stray quote
		"5,己\n" // short, but complete enough
	var rejects bytes.Buffer
	got, rep := must(t, data, Options{Rejects: &rejects, Words: func(key string, args map[string]any) string { return "R " + key }})
	if rep.Rows != 9 || len(got) != 2 || rep.Rejected != 5 || rep.Duplicates != 1 || rep.Blank != 1 || rep.Counts["registry.row_short"] != 1 {
		t.Errorf("got %+v", rep)
	}
	text, ok := strings.CutPrefix(rejects.String(), "\ufeff")
	if !ok {
		t.Error("the rejects file has no byte order mark; a spreadsheet would show it garbled")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil || len(all) != 6 {
		t.Fatalf("got %v %v", all, err)
	}
	for i, want := range [][]string{
		{"3", "R registry.code_missing", "registry.code_missing", "", "乙", "120"},
		{"4", "R registry.name_missing", "registry.name_missing", "2", "", "130"},
		{"6", "R registry.code_twice", "registry.code_twice", "1", "丙", "140"},
		{"8", "R registry.row_long", "registry.row_long", "3", "丁", "1", "2"},
		{"9", "R registry.quote_stray", "registry.quote_stray", "4", "\"戊\"x", "150"},
	} {
		if !reflect.DeepEqual(all[i+1], want) {
			t.Errorf("got %q, want %q", all[i+1], want)
		}
	}
	if rep.Rejects[2].Args["first"] != 2 {
		t.Errorf("got %v, want the first row named", rep.Rejects[2].Args)
	}

	// Put right, the rejects file is itself a register.
	mended := strings.NewReplacer(",\"\",乙", ",7,乙", ",,乙", ",7,乙").Replace(rejects.String())
	again, _ := must(t, mended, Options{})
	found := false
	for _, o := range again {
		found = found || reflect.DeepEqual(o, record.Organization{ID: record.OrganizationID("other", "7"), Scheme: "other", Code: "7", Name: "乙", Kind: record.OtherOrganization, Phone: "120"})
	}
	if !found {
		t.Errorf("the mended row did not come back clean: %+v", again)
	}
}

func TestAQuoteTooManyCostsOneRowOnly(t *testing.T) {
	got, rep := must(t, "code,name\n1,\"open\n2,\"b\",\n3,\"c\"\n4,d\n", Options{Columns: Columns{"code": {"A"}}})
	var names []string
	for _, o := range got {
		names = append(names, o.Name)
	}
	if strings.Join(names, " ") != "b c d" || rep.Rejected != 1 || rep.Rejects[0].Row != 2 {
		t.Errorf("got %v, %+v", names, rep.Rejects)
	}
}

func TestBrokenFilesAreRefusedBeforeTheFirstRow(t *testing.T) {
	x := excelize.NewFile()
	for i := range 2000 {
		x.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+1), &[]any{"code" + strconv.Itoa(i), "name" + strconv.Itoa(i*7919)})
	}
	b, _ := x.WriteToBuffer()
	broken := b.Bytes()
	copy(broken[len(broken)/2:], "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX")
	good := "code,name\n1,a\n2,b\n"
	for _, c := range []struct {
		name, data, key string
		args            map[string]any
	}{
		{"nothing", "", "registry.empty", nil},
		{"a mark only", "\ufeff\r\n", "registry.empty", nil},
		{"header only", "code,name\n", "registry.only_header", nil},
		{"open quote", good + "3,\"c\n4,d\n", "registry.quote_open", map[string]any{"row": 4, "line": 4}},
		{"NUL", good + "3,c\x00\n", "registry.binary", map[string]any{"line": 4}},
		{"binary", "\x7f\x00\x01\x02\x03\x00\xff\xfe\x01\x02\x03\x04\x05" + strings.Repeat("\x00\x01\xff", 99), "registry.binary", nil},
		{"pdf", "%PDF-1.7\n1 0 obj", "registry.other_format", map[string]any{"format": "PDF"}},
		{"old excel", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "registry.xls", nil},
		{"encrypted", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "registry.encrypted", nil},
		{"html", "\n<HTML><table><tr><td>code", "registry.other_format", map[string]any{"format": "HTML"}},
		{"cut workbook", b.String()[:b.Len()/2], "registry.xlsx_broken", nil},
		{"damaged workbook", string(broken), "registry.xlsx_broken", nil},
		{"huge cell", good + "3," + strings.Repeat("x", MaxCell+1) + "\n", "registry.cell_too_large", map[string]any{"row": 4}},
		{"huge row", good + strings.Repeat("x", 3*maxRow) + "\n", "registry.row_too_large", map[string]any{"row": 4}},
		{"many columns", good + strings.Repeat(",", MaxColumns+5) + "\n", "registry.too_many_columns", map[string]any{"row": 4}},
		{"no name", "code,colour\n1,red\n", "registry.column_missing", map[string]any{"field": "name"}},
	} {
		rows, _, err := readOrganizations(t, c.data, Options{})
		var e *record.Error
		if !errors.As(err, &e) || e.Message != c.key {
			t.Errorf("%s: got %v, want %s", c.name, err, c.key)
			continue
		}
		if len(rows) != 0 {
			t.Errorf("%s: %d rows were given out before the refusal", c.name, len(rows))
		}
		for k, v := range c.args {
			if e.Args[k] != v {
				t.Errorf("%s: got %s %v, want %v", c.name, k, e.Args[k], v)
			}
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.csv")); record.CodeOf(err) != record.NotFound {
		t.Errorf("missing file: got %v", err)
	}
	if _, err := Open(t.TempDir()); record.CodeOf(err) != record.Invalid {
		t.Errorf("folder: got %v", err)
	}
}

// zipped makes a ZIP of the parts; claim, if not 0, is what the last one says
// it unpacks to.
func zipped(t *testing.T, claim uint64, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		if claim > 0 && i == len(parts)-2 {
			w, err := z.CreateRaw(&zip.FileHeader{Name: parts[i], Method: zip.Deflate, CompressedSize64: uint64(len(parts[i+1])), UncompressedSize64: claim})
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(w, parts[i+1])
			continue
		}
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, parts[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWorkbooksThatAreNone(t *testing.T) {
	book := []string{
		"xl/workbook.xml", `<workbook xmlns:r="x"><sheets><sheet name="One" r:id="r1"/><sheet name="Two" r:id="r2"/><sheet name="Gone" state="hidden" r:id="r2"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="one.xml"/><Relationship Id="r2" Type="x/worksheet" Target="/xl/two.xml"/></Relationships>`,
		"xl/two.xml", `<x:worksheet xmlns:x="y"><!-- > --><x:sheetData><x:row r="3"><x:c t="inlineStr"><x:is><x:t>code</x:t></x:is></x:c><x:c t="inlineStr" a="x>y"><x:is><x:r><x:t>na</x:t></x:r><x:r><x:t>me</x:t></x:r></x:is></x:c></x:row>` +
			`<x:row><x:c r="A4"><x:v>7</x:v></x:c><x:c t="str"><x:v><![CDATA[a<b]]>&amp;&#20113;_x0041_</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
		"xl/one.xml", `<worksheet><sheetData/></worksheet>`,
	}
	for _, c := range []struct{ name, data, sheet, key string }{
		{"a ZIP", zipped(t, 0, "readme.txt", "hello"), "", "registry.other_format"},
		{"a text document", zipped(t, 0, "word/document.xml", "<w/>"), "", "registry.other_format"},
		{"OpenDocument", zipped(t, 0, "content.xml", "<o/>"), "", "registry.other_format"},
		{"an empty sheet", zipped(t, 0, book...), "", "registry.empty"},
		{"no such sheet", zipped(t, 0, book...), "Three", "registry.sheet_missing"},
		{"a hidden sheet", zipped(t, 0, book...), "Gone", "registry.sheet_missing"},
		{"a bomb", zipped(t, 900<<20, book...), "", "registry.xlsx_bomb"},
		{"entities", zipped(t, 0, append(book[:6:6], "xl/one.xml", `<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>`)...), "", "registry.xlsx_broken"},
	} {
		_, _, err := readOrganizations(t, c.data, Options{Sheet: c.sheet})
		var e *record.Error
		if !errors.As(err, &e) || e.Message != c.key {
			t.Errorf("%s: got %v, want %s", c.name, err, c.key)
		}
	}
	got, rep := must(t, zipped(t, 0, book...), Options{Sheet: "Two"})
	if len(got) != 1 || got[0].Code != "7" || got[0].Name != "a<b&云A" || rep.Unread[0] != "One" {
		t.Errorf("got %+v %+v", got, rep)
	}
}

func TestHeaderRowsGivenByHand(t *testing.T) {
	for given, data := range map[int]string{1: "code,name\n1,a\n", 2: "云溪市名册,\ncode,name\n1,a\n", 3: "名册,\n名称,代码\nba_cn,ba_org\na,1\n"} {
		got, rep := must(t, data, Options{HeaderRows: given})
		if len(got) != 1 || got[0].Code != "1" || got[0].Name != "a" || rep.HeaderRows != given {
			t.Errorf("%d header rows: got %+v", given, got)
		}
	}
}

func TestColumnsMappedByHand(t *testing.T) {
	c, err := ParseColumns(`name=Titel, code=C,"address=Street, No.",address=Ort,facts/has_canteen=4,phone=-`)
	if err != nil {
		t.Fatal(err)
	}
	want := Columns{"name": {"Titel"}, "code": {"C"}, "address": {"Street, No.", "Ort"}, "facts/has_canteen": {"4"}, "phone": {"-"}}
	if !reflect.DeepEqual(c, want) {
		t.Fatalf("got %v, want %v", c, want)
	}
	got, rep := must(t, "Titel;\"Street, No.\";K;Kantine;Ort;phone\nA;Main 1;77;yes;Town;110\n", Options{Columns: c})
	if len(got) != 1 || got[0].Name != "A" || got[0].Code != "77" || got[0].Address != "Main 1, Town" || !got[0].Facts["has_canteen"] || got[0].Phone != "" || got[0].Extra["phone"] != "110" {
		t.Errorf("got %+v\n%+v", got, rep.Columns)
	}
	for in, key := range map[string]string{
		"name": "registry.columns_syntax", "=x": "registry.columns_syntax", "wrong=Titel": "registry.columns_field",
		"name=None": "registry.columns_unknown", "name=Titel,name=K": "registry.columns_twice", "name=99": "registry.columns_unknown",
	} {
		c, err := ParseColumns(in)
		if err == nil {
			_, _, err = readOrganizations(t, "Titel,K,code\nA,B,C\n", Options{Columns: c})
		}
		var e *record.Error
		if !errors.As(err, &e) || e.Message != key {
			t.Errorf("%s: got %v, want %s", in, err, key)
		}
	}
	got, _ = must(t, "1,甲\n2,乙\n", Options{HeaderRows: -1, Columns: Columns{"code": {"A"}, "name": {"B"}}})
	if len(got) != 2 || got[0].Name != "甲" {
		t.Errorf("a register without a header: got %+v", got)
	}
}

func TestHeadings(t *testing.T) {
	for in, want := range map[string]string{
		"统一社会信用代码": "code", "统一社会信用代码（18位）": "code", " ＥＩＮ ": "code", "Reg. Number": "code", "机构名称 Name": "name", "虚构/fictional": "fictional",
		"法定代表人(负责人)": "legal_representative", "法定代表人（身份证号）": "", "机构ID": "", "注册资金（万元）": "capital", "业务主管单位": "supervisor",
		"Legal Representative": "legal_representative", "registered_on": "registered_on", "serves_minors": "facts/serves_minors",
		"facts/is_charity": "facts/is_charity", "is_new_fact": "facts/is_new_fact", "island": "", "联系人": "extra/contact_person", "序号": "-",
	} {
		if got := recognise(organizationHeadings, in); got != want {
			t.Errorf("recognise(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"执法证号": "certificate", "姓名": "name", "有效期至": "valid_to", "is_new_fact": "", "有效期限": "valid"} {
		if got := recognise(inspectorHeadings, in); got != want {
			t.Errorf("inspectors: recognise(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTheBestOfSeveralCodeColumnsIsTheCode(t *testing.T) {
	code := uscc("53", 9)
	got, _ := must(t, "ID,组织机构代码,统一社会信用代码,name\n7,x,"+code+",甲基金会\n", Options{})
	if len(got) != 1 || got[0].Code != code || got[0].Scheme != "uscc" || got[0].Extra["组织机构代码"] != "x" || got[0].Kind != record.Foundation || got[0].Region != "990100" {
		t.Errorf("got %+v", got)
	}
}

func TestMergedHeadingsWithSubHeadings(t *testing.T) {
	got, rep := must(t, "名称,代码,联系方式,\n,,联系人,手机号\n甲,1,王二,110\n", Options{})
	if rep.HeaderRows != 2 || len(got) != 1 || got[0].Extra["contact_person"] != "王二" || got[0].Extra["手机号"] != "110" || got[0].Phone != "" {
		t.Errorf("got %+v %+v", got, rep.Columns)
	}
}

func TestInspectors(t *testing.T) {
	data := "执法证号,姓名,单位,有效期起,有效期至\n" +
		"YX001,𬱖某,云溪市民政局,2021-01-01,2026-12-31\n" +
		"YX002,李某,云溪市民政局,2021/1/1,长期\n" +
		"YX003,张某,云溪市民政局,,soon\n" + // a validity nobody can read
		"YX004,陈某,云溪市民政局,2026-01-01,2025-01-01\n" +
		"YX005,陈某,云溪市民政局,,2026-12\n"
	read := func(data string) ([]Row[record.Inspector], Report) {
		f, err := New(strings.NewReader(data), int64(len(data)), "inspectors.csv")
		if err != nil {
			t.Fatal(err)
		}
		var out []Row[record.Inspector]
		for row, err := range f.Inspectors(context.Background(), Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, row)
		}
		return out, f.Report()
	}
	got, rep := read(data)
	want := record.Inspector{ID: record.InspectorID("YX001"), Certificate: "YX001", Name: "𬱖某", Unit: "云溪市民政局", ValidFrom: "2021-01-01", ValidTo: "2026-12-31"}
	if len(got) != 2 || !reflect.DeepEqual(got[0].Record, want) || got[1].Record.ValidTo != "" {
		t.Fatalf("got %+v", got)
	}
	if rep.Reasons["registry.validity_unknown"] != 2 || rep.Reasons["registry.validity_backwards"] != 1 {
		t.Errorf("got %v", rep.Reasons)
	}
	got, _ = read("姓名,证件编号,有效期\n王,1,2021-01-01至2026-12-31\n")
	if len(got) != 1 || got[0].Record.ValidFrom != "2021-01-01" || got[0].Record.ValidTo != "2026-12-31" {
		t.Errorf("got %+v", got)
	}
	d := InspectorDiff(want, got[0].Record, got[0].Fields...)
	if !reflect.DeepEqual(d, map[string]any{"name": "王"}) {
		t.Errorf("got %v: the file has no unit, so the unit stays", d)
	}
}

func TestAChangedRowChangesOnlyItsFields(t *testing.T) {
	first, _, err := readOrganizations(t, "代码,名称,电话,住所,食堂,备注\n1,甲,110,金水区,是,x\n", Options{})
	if err != nil {
		t.Fatal(err)
	}
	old := first[0].Record
	if got, want := Values(old), map[string]any{"scheme": "other", "code": "1", "name": "甲", "kind": "other", "phone": "110", "address": "金水区",
		"facts/has_canteen": true, "extra/备注": "x"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Values: got %v, want %v", got, want)
	}
	for _, c := range []struct {
		name, data string
		want       map[string]any
	}{
		{"the same again", "代码,名称,电话,住所,食堂,备注\n1,甲,110,金水区,是,x\n", map[string]any{}},
		{"columns missing", "代码,名称\n1,甲\n", map[string]any{}},
		{"new phone, no address", "代码,名称,电话,住所,食堂,备注\n1,甲,120,,否,\n",
			map[string]any{"phone": "120", "address": nil, "facts/has_canteen": false}},
		{"new remark", "代码,名称,备注,新列\n1,甲,y,z\n", map[string]any{"extra/备注": "y", "extra/新列": "z"}},
		{"kind told", "代码,名称,组织类型\n1,甲,基金会\n", map[string]any{"kind": "foundation"}},
	} {
		rows, _, err := readOrganizations(t, c.data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Diff(old, rows[0].Record, rows[0].Fields...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestProgressAndCancel(t *testing.T) {
	var b strings.Builder
	b.WriteString("code,name\n")
	for i := range 5000 {
		b.WriteString(strconv.Itoa(i) + ",n\n")
	}
	data := b.String()
	var last Progress
	calls := 0
	_, rep := must(t, data, Options{Progress: func(p Progress) { calls++; last = p }})
	if rep.Accepted != 5000 || calls < 6 || last.Rows != 5000 || last.TotalRows != 5000 || last.Bytes != int64(len(data)) {
		t.Errorf("got %d calls, last %+v", calls, last)
	}
	f, _ := New(strings.NewReader(data), int64(len(data)), "x")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var got error
	for _, err := range f.Organizations(ctx, Options{}) {
		if err != nil {
			got = err
			break
		}
		if n++; n == 1000 {
			cancel()
		}
	}
	if !errors.Is(got, context.Canceled) || n > 1300 || f.Report().Done {
		t.Errorf("got %v after %d rows", got, n)
	}
}

func TestPreviewTellsRegistersApart(t *testing.T) {
	for data, want := range map[string]string{irs: "organizations", "姓名,执法证号\n王,1\n": "inspectors", "a,b\n1,2\n": ""} {
		f, err := New(strings.NewReader(data), int64(len(data)), "x")
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Preview(1, Options{})
		if err != nil || p.Kind != want || len(p.Rows) != 1 || p.HeaderRows != 1 {
			t.Errorf("got %q %d %d %v, want %q", p.Kind, len(p.Rows), p.HeaderRows, err, want)
		}
	}
}

// Words exist for every key, in both languages, with the same placeholders.
func TestEveryMessageHasWords(t *testing.T) {
	words := map[string]map[string]string{}
	for _, lang := range []string{"en", "zh"} {
		b, err := fs.ReadFile(assets.Lang, "lang/registry."+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		words[lang] = m
	}
	files, _ := filepath.Glob("*.go")
	key := regexp.MustCompile(`"(registry\.[a-z_]+)"`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(b), -1) {
			if words["en"][m[1]] == "" || words["zh"][m[1]] == "" {
				t.Errorf("%s has no words", m[1])
			}
		}
	}
	slot := regexp.MustCompile(`\{[a-z]+\}`)
	for k, en := range words["en"] {
		a, b := map[string]bool{}, map[string]bool{}
		for _, s := range slot.FindAllString(en, -1) {
			a[s] = true
		}
		for _, s := range slot.FindAllString(words["zh"][k], -1) {
			b[s] = true
		}
		for s := range b {
			if !a[s] {
				t.Errorf("%s: placeholder %s is not in the English words", k, s)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(irs))
	f.Add([]byte("代码,名称\n1,甲\n\n1,甲\n2,\"a\"\"b\nc\"\n3,\"x\"y,\n4,\"z\n"))
	f.Add([]byte("sep=;\ncode;name\r\n1;a\r\n"))
	f.Add([]byte("\xff\xfec\x00o\x00d\x00e\x00,\x00n\x00a\x00m\x00e\x00\n\x001\x00,\x00x\x00"))
	f.Add([]byte("code\tname\n1\t\xb1\xb1\xbe\xa9\n2\t\x81"))
	x := excelize.NewFile()
	x.SetSheetRow("Sheet1", "A1", &[]any{"code", "name", "registered_on"})
	x.SetSheetRow("Sheet1", "A2", &[]any{1, "甲 & <b>", 39294.5})
	if b, err := x.WriteToBuffer(); err == nil {
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		file, err := New(bytes.NewReader(data), int64(len(data)), "fuzz")
		if err != nil {
			if record.CodeOf(err) == "" {
				t.Fatalf("not for people: %v", err)
			}
			return
		}
		file.Preview(3, Options{})
		var rejects bytes.Buffer
		n := 0
		for row, err := range file.Organizations(context.Background(), Options{Rejects: &rejects, Columns: Columns{"code": {"A"}, "name": {"2"}}}) {
			if err != nil {
				if record.CodeOf(err) == "" {
					t.Fatalf("not for people: %v", err)
				}
				return
			}
			if row.Record.Code == "" || row.Record.Name == "" || row.Record.ID == "" {
				t.Fatalf("accepted without code or name: %+v", row.Record)
			}
			n++
		}
		r := file.Report()
		if !r.Done || r.Accepted != n || r.Rows != r.Accepted+r.Rejected+r.Duplicates+r.Blank {
			t.Fatalf("rows not accounted for: %d given, %+v", n, r)
		}
		if r.Rejected > 0 {
			c := csv.NewReader(strings.NewReader(strings.TrimPrefix(rejects.String(), "\ufeff")))
			c.FieldsPerRecord = -1
			if all, err := c.ReadAll(); err != nil || len(all) != r.Rejected+1 {
				t.Fatalf("rejects file: %d rows for %d rejected, %v", len(all), r.Rejected, err)
			}
		}
		for _, err := range file.Inspectors(context.Background(), Options{}) {
			if err != nil && record.CodeOf(err) == "" {
				t.Fatalf("not for people: %v", err)
			}
		}
	})
}

// A register as wide as the American one: 28 columns, most of them extra.
func BenchmarkReadCSV(b *testing.B) {
	var s strings.Builder
	s.WriteString("EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,AFFILIATION,CLASSIFICATION,RULING,DEDUCTIBILITY,FOUNDATION,ACTIVITY,ORGANIZATION,STATUS,TAX_PERIOD,ASSET_CD,INCOME_CD,FILING_REQ_CD,PF_FILING_REQ_CD,ACCT_PD,ASSET_AMT,INCOME_AMT,REVENUE_AMT,NTEE_CD,SORT_NAME\n")
	const n = 20_000
	for i := range n {
		s.WriteString(strconv.Itoa(100_000_000+i) + ",AMERICAN UNIVERSITY IN BULGARIA,,910 17TH ST NW STE 1100,WASHINGTON,DC,20006-2619,0000,03,3,2000,199209,1,11,030000000,1,01,201806,8,6,01,0,06,31807000,2542000,2542000,Q300,\n")
	}
	data := s.String()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := New(strings.NewReader(data), int64(len(data)), "x")
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range f.Organizations(context.Background(), Options{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
