package desk_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

func TestACaptionPrintsBeneathThePhotoAndStandsOnceSealed(t *testing.T) {
	ctx := context.Background()
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "")
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	actor := v.Inspection.Team[0].Person
	if v, err = d.AttachPhoto(ctx, actor, id, "", picture(t), ""); err != nil {
		t.Fatal(err)
	}
	e := v.Inspection.EvidenceOf("")[0]
	const caption = "门牌与会长陈頔"
	if v, err = d.CaptionEvidence(ctx, actor, v.Inspection, e.ID, " "+caption+"\n"); err != nil {
		t.Fatal(err)
	}
	if got := v.Inspection.EvidenceOf("")[0].Caption; got != caption {
		t.Fatalf("the caption is %q, want %q", got, caption)
	}
	signAndSeal(t, d, id)
	if v, err = d.Visit(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CaptionEvidence(ctx, actor, v.Inspection, e.ID, "改过的说明"); record.CodeOf(err) != record.Sealed {
		t.Errorf("a caption after the seal: got %v, want that it is sealed", err)
	}
	doc, err := d.Print(ctx, actor, id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(pdfText(t, doc.PDF), caption) {
		t.Errorf("the record does not print the caption %q", caption)
	}
}

// pdfText gives the text of a PDF without spaces and line ends.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("needs pdftotext")
	}
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), "")
}
