package checklist

import (
	"slices"
	"strings"
	"testing"

	"plumbline/app/record"
)

// What a person changes without Excel is in the next version and nowhere else.
func TestAChecklistIsEditedWithoutExcel(t *testing.T) {
	authored, err := Parse([]byte(household))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Checklist{Builtin()[0], authored} {
		it := c.Items[1]
		e := EditOf(&it)
		e.Text.Chinese, e.Text.English = "有多少个座位？", "How many seats are there?"
		days := 12
		e.Severity, e.Deadline = record.Critical, &days
		if len(e.Articles) > 0 {
			e.Articles[0] = "99"
		}
		before := c.Ref()
		changed, err := c.Apply(e)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		now, _ := changed.Item(it.UID)
		if now.Text != e.Text || now.Severity != record.Critical || now.DeadlineDays() != 12 || c.Ref() != before || changed.Ref() == before {
			t.Errorf("%s: %q %s %d", c.ID, now.Text, now.Severity, now.DeadlineDays())
		}
		if len(e.Articles) > 0 && (now.Basis[0].Article != "99" || now.Basis[0].Confidence == record.Verified) {
			t.Errorf("%s: the article is %q, %s", c.ID, now.Basis[0].Article, now.Basis[0].Confidence)
		}
		second, err := changed.AsVersion("7.0.0", "published")
		if err != nil || second.Version != "7.0.0" || second.Status != "published" || len(second.Items) != len(c.Items) {
			t.Errorf("%s: as a version it is %s %s (%v)", c.ID, second.Version, second.Status, err)
		}
		// Logic and whatever else is there stay.
		if got := changed.Items[len(changed.Items)-1]; got.UID != c.Items[len(c.Items)-1].UID || logicOf(&got) != logicOf(&c.Items[len(c.Items)-1]) {
			t.Errorf("%s: the last item is another", c.ID)
		}
		moved, err := c.Move(it.UID, -1)
		if err != nil || moved.Items[0].UID != it.UID || moved.Items[1].UID != c.Items[0].UID {
			t.Errorf("%s: moved up, the items begin with %s (%v)", c.ID, moved.Items[0].Code, err)
		}
		first, err := c.Move(c.Items[0].UID, -1)
		if err != nil || !slices.EqualFunc(first.Items, c.Items, func(a, b Item) bool { return a.UID == b.UID }) {
			t.Errorf("%s: the first item moved further up (%v)", c.ID, err)
		}
	}
}

// A checklist that a newer program wrote is not edited: what it added would be
// lost.
func TestWhatANewerProgramWroteIsNotEdited(t *testing.T) {
	c, err := Parse([]byte(strings.Replace(household, `"status": "draft"`, `"status": "draft", "future": 1`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Move("canteen", 1); record.CodeOf(err) != record.Newer {
		t.Errorf("it is edited: %v", err)
	}
}
