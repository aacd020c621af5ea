package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/app/desk"
	"plumbline/app/i18n"
	"plumbline/app/report"
	"plumbline/app/store"
)

// Friday's papers go into one folder with a list; stopped half way, the folder
// holds whole files and the list names exactly those.
func TestDocumentsGoIntoAFolderWithAListOfThem(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	for _, kind := range []string{"inspection-notice", "approval-form", "service-receipt"} {
		if _, err := d.Draft(ctx, desk.Drafting{Kind: kind, Inspection: id, Language: report.Chinese, Copies: 2, Word: "示民社检", By: leader()}); err != nil {
			t.Fatal(err)
		}
	}
	docs, err := d.Store.Documents(ctx, store.DocumentFilter{})
	if err != nil || len(docs) != 3 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	docs[1].To = `云溪市"书法/家"协会: <一>?*|` + strings.Repeat("长", 100) // as registers have it
	texts := i18n.New("zh")
	for stopAfter := 1; stopAfter <= 3; stopAfter++ {
		folder := t.TempDir()
		stopping, stop := context.WithCancel(ctx)
		done, err := d.ExportDocuments(stopping, texts, docs, folder, func(done, all int) {
			if all != 3 {
				t.Errorf("progress: %d of %d", done, all)
			}
			if done == stopAfter {
				stop()
			}
		})
		stop()
		if whole := stopAfter == 3; len(done) != stopAfter || whole != (err == nil) || !whole && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d: %d written, %v", stopAfter, len(done), err)
		}
		var want []string
		for _, x := range done {
			want = append(want, x.File)
			b, err := os.ReadFile(filepath.Join(folder, x.File))
			if err != nil || !strings.HasPrefix(string(b), "%PDF-") || !strings.Contains(string(b[len(b)-8:]), "%%EOF") {
				t.Errorf("%s: %d bytes, %v", x.File, len(b), err)
			}
			if strings.ContainsAny(x.File, `<>:"/\|?*`) || len([]rune(x.File)) > 130 {
				t.Errorf("%q is no name for Windows", x.File)
			}
		}
		book, err := excelize.OpenFile(filepath.Join(folder, "文书清单.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows(book.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for _, r := range rows[1:] {
			listed = append(listed, r[len(r)-1])
		}
		if !slices.Equal(listed, want) {
			t.Errorf("the list names %q, written were %q", listed, want)
		}
		names, err := os.ReadDir(folder)
		if err != nil || len(names) != stopAfter+1 {
			t.Errorf("%d files in the folder, %v", len(names), err)
		}
	}
}
