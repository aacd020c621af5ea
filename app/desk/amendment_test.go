package desk_test

import (
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

func TestAnAmendmentStandsBesideTheOriginalOnceSomebodyElseApprovedIt(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "三笔付款无凭证")
	leader, second := record.InspectorID(team[0].Certificate), record.InspectorID(team[1].Certificate)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	finding := record.ItemKey(v.Findings[0].Item, v.Findings[0].Repeat)
	amend := desk.Amending{Item: finding, Part: "note", Text: "四笔付款无凭证", Reason: "漏记一笔", By: leader}
	if _, err := d.Amend(ctx, id, amend); messageKey(err) != "amendment.not_sealed" {
		t.Fatalf("before the seal: %v", err)
	}
	signAndSeal(t, d, id)
	before := printRecord(t, d, id)
	for want, a := range map[string]desk.Amending{
		"amendment.part":         {Item: finding, Part: "colour", Text: "x", Reason: "y", By: leader},
		"amendment.same":         {Item: finding, Part: "note", Text: " 三笔付款无凭证 ", Reason: "y", By: leader},
		"evidence.reason_needed": {Item: finding, Part: "note", Text: "x", By: leader},
		"law.by":                 {Part: "place", Text: "x", Reason: "y"},
		"answer.item_unknown":    {Item: "no", Part: "note", Text: "x", Reason: "y", By: leader},
	} {
		if _, err := d.Amend(ctx, id, a); messageKey(err) != want {
			t.Errorf("%+v: %v, want %s", a, err, want)
		}
	}
	if v, err = d.Amend(ctx, id, amend); err != nil {
		t.Fatal(err)
	}
	a := v.Inspection.Amendments[0]
	if a.Original != "三笔付款无凭证" || !a.Open() || v.Inspection.Answers[finding].Note != "三笔付款无凭证" {
		t.Fatalf("%+v; the record says %q", a, v.Inspection.Answers[finding].Note)
	}
	if doc := printRecord(t, d, id); doc.ContentDigest != before.ContentDigest {
		t.Error("a proposal is on paper")
	}
	if _, err := d.DecideAmendment(ctx, leader, id, a.ID, true, ""); messageKey(err) != "amendment.own" {
		t.Errorf("approved by who proposed it: %v", err)
	}
	if _, err := d.DecideAmendment(ctx, second, id, a.ID, false, ""); messageKey(err) != "evidence.reason_needed" {
		t.Errorf("rejected without a reason: %v", err)
	}
	if _, err := d.DecideAmendment(ctx, second, id, a.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DecideAmendment(ctx, second, id, a.ID, false, "再议"); messageKey(err) != "amendment.decided" {
		t.Errorf("decided twice: %v", err)
	}
	doc := printRecord(t, d, id)
	text := strings.Join(strings.Fields(pdfText(t, doc.PDF)), "") // columns are narrow
	for _, want := range []string{"三笔付款无凭证", "四笔付款无凭证", "漏记一笔", "批准：" + team[1].Name} {
		if !strings.Contains(text, want) {
			t.Errorf("the record does not say %q", want)
		}
	}
	if c := check(t, doc.PDF); !c.Proved() || c.Later == 0 {
		t.Errorf("the amended record does not prove itself: %+v", c)
	}
	if checked, err := d.Verify(ctx); err != nil || len(checked.Problems) > 0 || checked.Seals != 1 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
	if v, err = d.Visit(ctx, id); err != nil || v.Inspection.Late != 0 {
		t.Errorf("an amendment is called late: %d, %v", v.Inspection.Late, err)
	}
}

// What is need-to-know stays so in an amendment of it.
func TestAnAmendmentOfWhatIsNeedToKnowIsWithheld(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealedWithSecrets(t, d, false)
	leader, second := record.InspectorID(team[0].Certificate), record.InspectorID(team[1].Certificate)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range v.Nodes {
		if n.Item.Sensitive {
			if v, err = d.Amend(ctx, id, desk.Amending{Item: n.Key, Part: "note", Text: "内情补正甲乙丙", Reason: "笔误", By: leader}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if len(v.Inspection.Amendments) != 1 {
		t.Fatal("nothing to know")
	}
	if _, err := d.DecideAmendment(ctx, second, id, v.Inspection.Amendments[0].ID, true, ""); err != nil {
		t.Fatal(err)
	}
	doc, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese, OrganizationCopy: true})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(pdfText(t, doc.PDF), "内情补正") {
		t.Error("it is on the organization's copy")
	}
	in, ok := report.Open(doc.PDF)
	if !ok || len(in.Proof) == 0 {
		t.Fatal("no proof is attached")
	}
	if strings.Contains(string(plain(t, in.Proof)), "内情补正") {
		t.Error("it is in what is attached to the organization's copy")
	}
}
