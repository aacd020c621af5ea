package report

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheLedgerOfBlankFormsHasEveryNumberOnPaper(t *testing.T) {
	for _, l := range []Language{Chinese, English, Both} {
		in := Input{Language: l, Authority: Text{"示范市民政局", "Civil Affairs Bureau"}, Number: "2026-11-28", At: at(9, 0), Forms: &FormLedger{}}
		for n := range 60 {
			in.Forms.Rows = append(in.Forms.Rows, FormRow{Number: fmt.Sprintf("A-%06d", 101+n), Kind: Text{"检查通知书", "Notice"}, To: "胡娟平", By: "陈丽丽", At: at(9, 0), Fate: Text{"作废", "spoiled"}, ToldBy: "胡娟平", ToldAt: at(17, 0), Note: "墨污"})
		}
		in.Forms.Counts = []Count{{Text{texts[Chinese]().T("blank.fate.spoiled"), texts[English]().T("blank.fate.spoiled")}, 25}, {Text{texts[Chinese]().T("blank.fate.spoiled"), texts[English]().T("blank.fate.spoiled")}, 35}}
		d := made(t, "form-ledger", in)
		text := textOf(t, d)
		for _, r := range in.Forms.Rows {
			if !strings.Contains(text, r.Number) {
				t.Errorf("%s: form %s is not on paper", l, r.Number)
			}
		}
		if key := unwritten.FindString(text); key != "" || !strings.Contains(text, "60") {
			t.Errorf("%s: %s", l, key)
		}
		if len(d.Warnings) > 0 {
			t.Errorf("%s: %v", l, d.Warnings)
		}
	}
	if text := textOf(t, made(t, "form-ledger", Input{Language: Chinese, Forms: &FormLedger{}})); !strings.Contains(text, "尚无空白文书") {
		t.Errorf("an empty ledger says %q", text)
	}
}
