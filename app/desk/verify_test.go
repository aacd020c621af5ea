package desk_test

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// P7: a changed byte in a sealed inspection, its photos or its PDF is found by
// verify, offline. Each case alters one thing behind the program's back.
func TestVerifyFindsAChangedByteAnywhere(t *testing.T) {
	alterations := map[string]struct {
		want  string
		alter func(t *testing.T, db *sql.DB, files string)
	}{
		"body": {"verify.entry_changed", func(t *testing.T, db *sql.DB, _ string) {
			change(t, db, "UPDATE entry SET body = CAST(substr(body, 1, 20) || iif(substr(body, 21, 1) = x'00', x'01', x'00') || substr(body, 22) AS BLOB) WHERE pos = (SELECT MAX(pos) FROM entry WHERE kind = 'set')")
		}},
		"header": {"verify.entry_changed", func(t *testing.T, db *sql.DB, _ string) {
			change(t, db, `UPDATE entry SET header = CAST(replace(CAST(header AS TEXT), '"kind":"set"', '"kind":"Set"') AS BLOB) WHERE pos = (SELECT MAX(pos) FROM entry WHERE kind = 'set')`)
		}},
		"an entry taken out": {"verify.chain_broken", func(t *testing.T, db *sql.DB, _ string) {
			change(t, db, "DELETE FROM entry WHERE pos = (SELECT MAX(pos) FROM entry WHERE kind = 'set')")
		}},
		"a table": {"verify.tables_changed", func(t *testing.T, db *sql.DB, _ string) {
			change(t, db, `UPDATE finding SET doc = replace(doc, '"severity":"m', '"severity":"M')`)
		}},
		"a field": {"verify.tables_changed", func(t *testing.T, db *sql.DB, _ string) {
			change(t, db, `UPDATE field SET value = '"nobody"' WHERE path = 'person_on_site'`)
		}},
		"a photo": {"verify.file_changed", func(t *testing.T, _ *sql.DB, files string) {
			path := biggest(t, files)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 1
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		"a photo gone": {"verify.file_missing", func(t *testing.T, _ *sql.DB, files string) {
			if err := os.Remove(biggest(t, files)); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for name, c := range alterations {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			d := openDesk(t, folder)
			id := plan(t, d)
			answerAll(t, d, id, "三笔付款无凭证")
			v, err := d.Visit(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.AttachPhoto(ctx, "", id, v.Nodes[0].Key, picture(t), ""); err != nil {
				t.Fatal(err)
			}
			signAndSeal(t, d, id)
			if checked, err := d.Verify(ctx); err != nil || len(checked.Problems) > 0 {
				t.Fatalf("before: %+v, %v", checked, err)
			}
			d.Close()
			db, err := sql.Open("sqlite", filepath.Join(folder, store.FileName))
			if err != nil {
				t.Fatal(err)
			}
			c.alter(t, db, filepath.Join(folder, "files"))
			db.Close()
			d = openDesk(t, folder)
			checked, err := d.Verify(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range checked.Problems {
				if p.Message == c.want {
					return
				}
			}
			t.Errorf("got %+v, want %s", checked.Problems, c.want)
		})
	}
}

func TestVerifyFindsAChangedByteInThePDF(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "")
	signAndSeal(t, d, id)
	doc, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Both})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "record.pdf")
	for _, at := range []int{0, len(doc.PDF) / 2, len(doc.PDF) - 1} {
		b := append([]byte(nil), doc.PDF...)
		b[at] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.VerifyPDF(ctx, path); record.CodeOf(err) != record.Broken {
			t.Errorf("byte %d changed: got %v, want broken", at, err)
		}
	}
}

func change(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	r, err := db.Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.RowsAffected(); n == 0 {
		t.Fatalf("nothing was altered by %s", statement)
	}
}

// biggest gives the largest stored file: the photo.
func biggest(t *testing.T, folder string) string {
	t.Helper()
	path, size := "", int64(0)
	err := filepath.WalkDir(folder, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(p, ".key") {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Size() > size {
			path, size = p, info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}
