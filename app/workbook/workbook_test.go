package workbook

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func written(t *testing.T, table Table) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, table); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestCodesAndNamesArriveInAWorkbookAsText(t *testing.T) {
	rows := [][]string{{"519901005341325180", "=HYPERLINK(\"x\")"}, {"0012", "云溪市𬭸会\n第二行"}, {"<&>", ""}}
	f := written(t, Table{Name: "社会组织", Columns: []Column{{"代码", 22}, {"名称", 40}}, Rows: rows})
	got, err := f.GetRows("社会组织")
	if err != nil || len(got) != 4 || got[0][0] != "代码" || got[0][1] != "名称" {
		t.Fatalf("rows are %q (%v), want the headings and three more", got, err)
	}
	for n, row := range rows {
		for k, want := range row {
			cell, _ := excelize.CoordinatesToCellName(k+1, n+2)
			value, err := f.GetCellValue("社会组织", cell)
			if err != nil || value != want {
				t.Errorf("%s is %q (%v), want %q", cell, value, err, want)
			}
			kind, err := f.GetCellType("社会组织", cell)
			if err != nil || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
				t.Errorf("%s is of type %d (%v), want text", cell, kind, err)
			}
			if formula, err := f.GetCellFormula("社会组织", cell); err != nil || formula != "" {
				t.Errorf("%s has the formula %q (%v)", cell, formula, err)
			}
		}
	}
}

func TestTheHeadingsStayInSight(t *testing.T) {
	f := written(t, Table{Name: "Findings", Columns: []Column{{"Code", 10}}, Rows: [][]string{{"1"}}})
	p, err := f.GetPanes("Findings")
	if err != nil || !p.Freeze || p.YSplit != 1 || p.XSplit != 0 {
		t.Errorf("panes are %+v (%v), want the first row frozen", p, err)
	}
}

func TestAnyNameMakesAWorksheet(t *testing.T) {
	for _, name := range []string{"", "'[a/b]*?:\\", strings.Repeat("名", 40), "Conflicts and refused entries of this laptop"} {
		f := written(t, Table{Name: name, Columns: []Column{{"A", 0}}})
		if got := f.GetSheetList(); len(got) != 1 {
			t.Errorf("%q gives the sheets %q, want one", name, got)
		}
	}
}

func TestWhatIsPastedIsWhatWasCopied(t *testing.T) {
	for in, want := range map[string]string{
		"53990100534132518E": "53990100534132518E", "519901005341325180": `="519901005341325180"`, "0012": `="0012"`, "0": "0", "2026-11-24": "2026-11-24",
		"=1+1": "'=1+1", "@x": "'@x", "-": "-", "": "", "一\t二\r\n三": "一 二 三", "45": "45",
	} {
		if got := Pasted([]string{in, "b"}); got != want+"\tb\n" {
			t.Errorf("%q is pasted as %q, want %q", in, got, want)
		}
	}
	table := Table{Columns: []Column{{"A", 0}, {"B", 0}}, Rows: [][]string{{"1", "2"}}}
	if got, want := table.Pasted(), "A\tB\n1\t2\n"; got != want {
		t.Errorf("the table is pasted as %q, want %q", got, want)
	}
}
