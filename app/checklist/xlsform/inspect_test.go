package xlsform

import (
	"slices"
	"testing"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

const inspected = `
| survey | | | | | | | | | | | | | | |
| | type | name | label | label::中文 | inspect::item_no | inspect::severity | inspect::fail_when | inspect::weight | inspect::veto | inspect::evidence | inspect::legal_basis | inspect::deadline_days | inspect::corrective_action::English (en) | inspect::corrective_action::中文 |
| | select_one yn | exits | Exits open? | 出口畅通？ | 4.2.1 | critical | . = 'no' | 5 | yes | required, position | CODE 28(1) [verified_text] {foundation} | 7 | Open them | 打开出口 |
| | geotrace | fence | Fence line | | | | | | | | | | | |
| | db:person | who | Who? | | | | | | | | | | | |
| | note | | Thank you | | | grave | | many | perhaps | sometimes | LAW 3 | soon | | |
| choices | | | |
| | list_name | name | label | inspect::nonconforming |
| | yn | yes | Yes | |
| | yn | no | No | yes |
| settings | | | |
| | form_id | inspect::status | inspect::applies_to | inspect::title::中文 |
| | exits | published | foundation | 出口检查 |
| legal | | | |
| | ref | title::English (en) | title::Chinese (zh) | edition::English (en) |
| | CODE | Fire Safety Code | 消防规定 | 2021 |
| scoring | | | | |
| | setting | value | grade | min |
| | method | deduction | A | 90 |
| | weight critical | 20 | C | 0 |
`

func TestInspectionColumnsComeIn(t *testing.T) {
	in, err := FromBook(bookOf(inspected), "exits.xlsx", Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := in.Checklist
	it, ok := c.ItemByCode("4.2.1")
	if !ok {
		t.Fatal("there is no item 4.2.1")
	}
	if it.Severity != record.Critical || it.Text != (record.Text{Chinese: "出口畅通？", English: "Exits open?"}) || it.DeadlineDays() != 7 ||
		it.Action != (record.Text{Chinese: "打开出口", English: "Open them"}) || it.Evidence != (checklist.EvidenceRule{Photo: "required", Position: "recommended"}) ||
		!slices.Equal(it.Answer.Nonconforming, []string{"no"}) {
		t.Errorf("the item came in as %+v", *it)
	}
	if got := c.Citations(it, record.Foundation); len(got) != 1 || got[0].Article != "28(1)" || got[0].Confidence != record.Verified || got[0].Chinese != "消防规定" || got[0].Edition != "2021" {
		t.Errorf("it rests on %+v", got)
	}
	if i := it.Element().Inspect; !i.Veto || i.Weight != "5" || i.FailWhen != ". = 'no'" {
		t.Errorf("its inspect block is %+v", i)
	}
	if c.Status != "published" || c.Title.Chinese != "出口检查" || !slices.Equal(c.AppliesTo, []record.OrganizationKind{record.Foundation}) {
		t.Errorf("the head came in as %s, %v, %v", c.Status, c.Title, c.AppliesTo)
	}
	if s := c.Scoring; s == nil || s.Method != checklist.Deduction || s.Weights["critical"] != "20" || len(s.Bands) != 2 || s.Bands[0].Grade != "A" {
		t.Errorf("the scoring came in as %+v", s)
	}
}

// Every warning names the cell, and what stood there is in the export again.
func TestWhatIsNotUnderstoodIsToldByCellAndKept(t *testing.T) {
	in, err := FromBook(bookOf(inspected), "exits.xlsx", Options{})
	if err != nil {
		t.Fatal(err)
	}
	type at struct {
		row             int
		column, message string
	}
	var got []at
	for _, w := range in.Warnings {
		if w.Sheet != "survey" {
			t.Errorf("a warning of sheet %s: %v", w.Sheet, w)
		}
		got = append(got, at{w.Row, w.Column, w.Message})
	}
	want := []at{
		{3, "A", "xlsform.degraded_type"}, {4, "A", "xlsform.unknown_type"},
		{5, "F", "xlsform.not_one_of"}, {5, "H", "xlsform.not_number"}, {5, "I", "xlsform.not_yes_no"}, {5, "J", "xlsform.not_one_of"},
		{5, "K", "xlsform.no_instrument"}, {5, "L", "xlsform.not_days"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings:\n got %v\nwant %v", got, want)
	}
	out := normal(ToBook(in.Checklist), "survey")
	if !slices.Equal(out[1][:1], []string{"type = geotrace"}) || !slices.Equal(out[2][:1], []string{"type = db:person"}) {
		t.Errorf("types that are not understood went out as %v, %v", out[1], out[2])
	}
	for _, cell := range []string{"inspect::severity = grave", "inspect::weight = many", "inspect::veto = perhaps", "inspect::evidence = sometimes", "inspect::legal_basis = LAW 3", "inspect::deadline_days = soon"} {
		if !slices.Contains(out[3], cell) {
			t.Errorf("%q is not in the export: %v", cell, out[3])
		}
	}
}

// An author takes a built-in checklist, adds logic in Excel, and it becomes an
// authored one: same items, same uids, the logic works.
func TestABuiltinChecklistIsAStartForOnesOwn(t *testing.T) {
	c, _ := checklist.Find("cn.quality-development")
	b := ToBook(c)
	s := b.sheet("survey")
	s.Rows[0].Cells = append(s.Rows[0].Cells, "relevant")
	row := &s.Rows[3]
	for len(row.Cells) < len(s.Rows[0].Cells)-1 {
		row.Cells = append(row.Cells, "")
	}
	row.Cells = append(row.Cells, "false()")
	in, err := FromBook(b, "mine.xlsx", Options{Version: "1.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Warnings) > 0 {
		t.Errorf("warnings: %v", in.Warnings)
	}
	own := in.Checklist
	if own.Schema != checklist.SchemaElements || own.ID != c.ID || own.Version != "1.1.0" || len(own.Items) != len(c.Items) {
		t.Fatalf("it came in as %s %s %s with %d items", own.Schema, own.ID, own.Version, len(own.Items))
	}
	for n := range c.Items {
		if own.Items[n].UID != c.Items[n].UID || own.Items[n].Code != c.Items[n].Code || own.Items[n].Answer.Type != c.Items[n].Answer.Type {
			t.Errorf("item %d is %s %s %s, was %s %s %s", n, own.Items[n].UID, own.Items[n].Code, own.Items[n].Answer.Type, c.Items[n].UID, c.Items[n].Code, c.Items[n].Answer.Type)
		}
	}
	i := record.Inspection{Organization: record.Organization{Kind: record.SocialGroup}}
	if nodes := checklist.NodesOf(own, i, nil, now()); len(nodes) != len(c.Items)-1 {
		t.Errorf("%d items are asked, want all but the one that is never relevant: %d", len(nodes), len(c.Items)-1)
	}
}

func now() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }
