package desk_test

import (
	"math/rand"
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/scan/scantest"
)

// A laptop died: the pack was filled in by hand, scanned, and a clerk who was not
// there types it in. The record names the clerk and the original.
func TestWhatIsTypedInFromAPaperPackNamesTheTypistAndTheOriginal(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	if _, err := d.Store.RegisterInspectors(ctx, "", clerks); err != nil {
		t.Fatal(err)
	}
	answers := answersTo(t, d, id, "三笔付款无凭证")
	clerk := record.InspectorID(clerks[0].Certificate)
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Transcribe(ctx, clerk, i, answers); messageKey(err) != "transcription.no_original" {
		t.Fatalf("typed in without the scan: %v", err)
	}
	pack, err := d.Print(ctx, "", id, "paper-pack", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	scan := scantest.PDF(t, "JPEG", scanned(t, pack, rand.New(rand.NewSource(3)))...)
	if x := takeIn(t, d, false, written(t, map[string][]byte{"pack.pdf": scan}))[0]; !x.Placed() {
		t.Fatalf("%+v", x)
	}
	if _, err := d.Transcribe(ctx, "", i, answers); messageKey(err) != "transcription.by_needed" {
		t.Errorf("nobody types: %v", err)
	}
	v, err := d.Transcribe(ctx, clerk, i, answers)
	if err != nil {
		t.Fatal(err)
	}
	ts := v.Inspection.Transcriptions
	if len(ts) != 1 || ts[0].Name != clerks[0].Name || ts[0].Pages != pack.Pages || len(ts[0].Originals) != 1 || ts[0].Originals[0] != record.HashOf(scan) {
		t.Fatalf("transcriptions: %+v", ts)
	}
	for key, a := range v.Inspection.Answers {
		if a.TypedBy != clerk {
			t.Errorf("%s: typed by %q", key, a.TypedBy)
		}
	}
	if v, err = d.TranscribeFields(ctx, clerk, v.Inspection, map[string]any{"statement": "无异议"}); err != nil || len(v.Inspection.Transcriptions) != 1 {
		t.Fatalf("%+v, %v", v.Inspection.Transcriptions, err)
	}

	// An inspector who corrects one answers for it; the others stay the clerk's.
	key := v.Nodes[0].Key
	a := v.Inspection.Answers[key]
	a.Note = "核对原件后更正"
	if v, err = d.AnswerSeen(ctx, record.InspectorID(team[0].Certificate), v.Inspection, map[string]record.Answer{key: a, v.Nodes[1].Key: v.Inspection.Answers[v.Nodes[1].Key]}); err != nil {
		t.Fatal(err)
	}
	if got := v.Inspection.Answers; got[key].TypedBy != "" || got[v.Nodes[1].Key].TypedBy != clerk {
		t.Errorf("corrected: typed by %q; left as it was: %q", got[key].TypedBy, got[v.Nodes[1].Key].TypedBy)
	}

	signAndSeal(t, d, id)
	doc := printRecord(t, d, id)
	text := pdfText(t, doc.PDF)
	for _, want := range []string{"纸质原件与录入", "以原件为准", "录入：" + clerks[0].Name, string(record.HashOf(scan))[7:23]} {
		if !strings.Contains(text, want) {
			t.Errorf("the record does not say %q", want)
		}
	}
	if c := check(t, doc.PDF); !c.Proved() {
		t.Errorf("the record does not prove itself: %+v", c)
	}
}
