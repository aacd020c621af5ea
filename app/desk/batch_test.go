package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
)

// threePapers is two inspections' papers and one that does not exist between.
func threePapers(t *testing.T, d *desk.Desk) desk.Batch {
	t.Helper()
	id := plan(t, d)
	answerAll(t, d, id, "会议记录缺签名")
	paper, err := d.Draft(ctx, desk.Drafting{Inspection: id, Kind: "inspection-notice", By: leader(), Language: report.Chinese, Copies: 1})
	if err != nil {
		t.Fatal(err)
	}
	return desk.Batch{IDs: []record.ID{id, "insp_x", paper.ID}, Document: "findings-report", Printing: desk.Printing{Language: report.Both}}
}

func TestABatchIsOneFolderWithItsListAndOneThatFailsHoldsUpNoOther(t *testing.T) {
	d := openDesk(t, t.TempDir())
	b := threePapers(t, d)
	folder := filepath.Join(t.TempDir(), "星期五")
	var told []int
	made, err := d.PrintBatch(ctx, "", b, folder, i18n.New("zh"), func(done, total int) { told = append(told, done) })
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 3 || made[0].Err != nil || made[1].Err == nil || made[2].Err != nil {
		t.Fatalf("made %+v, want the first and the third", made)
	}
	if want := []int{0, 1, 2, 3}; len(told) != 4 || told[3] != want[3] {
		t.Errorf("progress told %v, want %v", told, want)
	}
	for _, n := range []int{0, 2} {
		pdf, err := os.ReadFile(filepath.Join(folder, made[n].File))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimPrefix(string(record.HashOf(pdf)), "sha256:"); got != made[n].SHA256 {
			t.Errorf("%s has the digest %s, the list says %s", made[n].File, got, made[n].SHA256)
		}
		if !strings.Contains(made[n].File, "云溪市书法家协会") {
			t.Errorf("%s does not name the organization", made[n].File)
		}
	}
	within, err := os.ReadDir(folder)
	if err != nil || len(within) != 3 {
		t.Errorf("the folder holds %d files (%v), want two papers and the list", len(within), err)
	}
	if _, err := os.Stat(filepath.Join(folder, "文书清单.xlsx")); err != nil {
		t.Error(err)
	}
	rows := desk.BatchList(i18n.New("zh"), made).Rows
	if len(rows) != 3 || rows[1][0] != "" || rows[1][6] == "" {
		t.Errorf("the list says %q of the paper that could not be made", rows[1])
	}
	if _, err := d.PrintBatch(ctx, "", b, folder, i18n.New("zh"), nil); messageOf(err) != "batch.folder_not_empty" {
		t.Errorf("a second batch in the same folder: %v, want it refused", err)
	}
}

func TestACancelledBatchKeepsWhatWasMadeWithItsList(t *testing.T) {
	d := openDesk(t, t.TempDir())
	b := threePapers(t, d)
	folder := filepath.Join(t.TempDir(), "batch")
	cut, cancel := context.WithCancel(ctx)
	defer cancel()
	made, err := d.PrintBatch(cut, "", b, folder, i18n.New("en"), func(done, total int) {
		if done == 1 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(made) != 1 {
		t.Fatalf("made %d, %v; want the first and that it was cancelled", len(made), err)
	}
	for _, name := range []string{made[0].File, "List of documents.xlsx"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestANameNobodyCanWriteOnAStickBecomesAFile(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	o, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Store.Append(ctx, "", record.Change{Kind: record.Set, Record: id, Set: map[string]any{"organization/name": `../CON: "a|b"? ` + strings.Repeat("𬱖", 200)}})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "batch")
	made, err := d.PrintBatch(ctx, "", desk.Batch{IDs: []record.ID{o.Inspection.ID}, Document: "inspection-record"}, folder, i18n.New("zh"), nil)
	if err != nil || made[0].Err != nil {
		t.Fatal(err, made)
	}
	if name := made[0].File; strings.ContainsAny(name, `<>:"/\|?*`) || len(name) > 255 {
		t.Errorf("the file is called %q", name)
	}
}
