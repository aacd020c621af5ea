package xlsform

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
)

func exported(t *testing.T, c checklist.Checklist) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, c, Notes{Sheet: [][2]string{{"survey", "one row a question"}}, Columns: map[string]string{"type": "what is asked"}}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func imported(t *testing.T, workbook []byte, name string) *Import {
	t.Helper()
	b, err := ReadBook(bytes.NewReader(workbook), int64(len(workbook)), name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := FromBook(b, name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestBuiltinChecklistsGoToExcelAndComeBackTheSame(t *testing.T) {
	if n := len(checklist.Builtin()); n != 11 {
		t.Fatalf("%d built-in checklists, want 11", n)
	}
	for _, c := range checklist.Builtin() {
		in := imported(t, exported(t, c), c.ID+".xlsx")
		for _, w := range in.Warnings {
			t.Errorf("%s: warning %v", c.ID, w)
		}
		if got := in.Checklist; got.Ref() != c.Ref() {
			n := 0
			for n < len(got.Bytes()) && n < len(c.Bytes()) && got.Bytes()[n] == c.Bytes()[n] {
				n++
			}
			t.Errorf("%s came back as %v, want %v; first difference: got …%s, want …%s", c.ID, got.Ref(), c.Ref(),
				got.Bytes()[max(0, n-80):min(len(got.Bytes()), n+80)], c.Bytes()[max(0, n-80):min(len(c.Bytes()), n+80)])
		}
	}
}

// Other XLSForm tools read a sheet only as far as it says it goes.
func TestEverySheetOfAnExportSaysHowFarItGoes(t *testing.T) {
	c, _ := checklist.Find("cn.spot.foundation")
	f, err := excelize.OpenReader(bytes.NewReader(exported(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range f.GetSheetList() {
		rows, err := f.GetRows(s)
		if err != nil {
			t.Fatal(err)
		}
		columns := 0
		for _, r := range rows {
			columns = max(columns, len(r))
		}
		dimension, err := f.GetSheetDimension(s)
		if want := "A1:" + place1(columns-1, len(rows)); err != nil || dimension != want {
			t.Errorf("sheet %s says %s, want %s (%v)", s, dimension, want, err)
		}
		panes, err := f.GetPanes(s)
		if s != notesSheet && (err != nil || !panes.Freeze) {
			t.Errorf("the header of sheet %s is not frozen (%v)", s, err)
		}
	}
	lists, err := f.GetDataValidations("survey")
	if err != nil || len(lists) < 6 {
		t.Errorf("%d columns of the survey offer values or notes, want at least 6 (%v)", len(lists), err)
	}
}
