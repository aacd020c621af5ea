package desk_test

import (
	"strings"
	"testing"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

const kitchen = `{
 "schema": "plumbline-checklist/2", "id": "x.kitchen", "version": "1", "status": "published", "jurisdiction": "CN", "title": {"zh": "食堂检查"},
 "applies_to": ["social_group"], "languages": ["中文"], "default_language": "中文",
 "elements": [
  {"uid": "front0", "kind": "question", "type": "image", "name": "front", "label": {"中文": "门面照片"}, "required": "yes"},
  {"uid": "opens0", "kind": "question", "type": "dateTime", "name": "opens", "label": {"中文": "会面时间"}},
  {"uid": "cook00", "kind": "repeat", "name": "cook", "label": {"中文": "厨师"}, "elements": [
   {"uid": "cookname", "kind": "question", "type": "text", "name": "who", "label": {"中文": "姓名"}, "required": "yes"}
  ]}
 ],
 "legal_basis_of_check": [], "instruments": []
}`

// A form is answered, a photo stands for an answer, two cooks are told apart, and
// all of it is in the sealed record; the second that reads it gets the same.
func TestAFormIsSealedAndPrintsWhatItsLogicSays(t *testing.T) {
	d := openDesk(t, t.TempDir())
	plan(t, d)
	c, err := checklist.Parse([]byte(kitchen))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ImportChecklist(ctx, "", c); err != nil {
		t.Fatal(err)
	}
	id, err := d.NewInspection(ctx, desk.Plan{Organization: record.OrganizationID(record.SchemeUSCC, record.NewUSCC("51", "990100", "50000001")), Checklist: c.ID, Certificates: []string{team[0].Certificate, team[1].Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	actor := v.Inspection.Team[0].Person
	second := v.NewInstance("cook00", "", time.Date(2026, 11, 24, 9, 0, 0, 0, time.Local))
	_, instance := record.SplitItemKey(second)
	for _, answers := range []map[string]record.Answer{
		{second: {Value: text(checklist.Yes)}}, {"cookname@1": {Value: text("李明")}, record.ItemKey("cookname", instance): {Value: text("𬱖文")}, "opens0": {Value: text("2026-11-24T10:15:00.000+08:00")}},
	} {
		if v, err = d.AnswerSeen(ctx, actor, v.Inspection, answers); err != nil {
			t.Fatal(err)
		}
	}
	if left := v.Progress.Unanswered; len(left) != 1 || left[0] != "front" {
		t.Errorf("before the photo %v are left", left)
	}
	if v, err = d.AttachPhoto(ctx, actor, id, "front0", picture(t), ""); err != nil {
		t.Fatal(err)
	}
	if left := v.Progress.Unanswered; len(left) != 0 {
		t.Errorf("after the photo %v are left", left)
	}
	if _, err := d.SetFields(ctx, actor, id, map[string]any{"shown_papers": true, "told_rights": true, "person_on_site": "李明"}); err != nil {
		t.Fatal(err)
	}
	signAndSeal(t, d, id)
	doc, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	said := pdfText(t, doc.PDF)
	for _, want := range []string{"见照片", "姓名（厨师1）", "姓名（厨师2）", "李明", "𬱖文", "会面时间2026-11-24"} {
		if !strings.Contains(said, want) {
			t.Errorf("the record does not say %s", want)
		}
	}
}
