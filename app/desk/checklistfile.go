package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/workbook"
)

// ReadChecklist reads a checklist from a file, without keeping it: an XLSForm
// workbook, or our own JSON.
func ReadChecklist(path string, o xlsform.Options) (*xlsform.Import, error) {
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		return xlsform.Open(path, o)
	}
	unread := func(err error) error {
		code, message := record.Forbidden, "xlsform.unreadable"
		if errors.Is(err, fs.ErrNotExist) {
			code, message = record.NotFound, "xlsform.missing"
		}
		return &record.Error{Code: code, Message: message, Field: "file", Args: map[string]any{"file": path}, Err: err}
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, unread(err)
	}
	if st.Size() > checklist.MaxBytes {
		return nil, &record.Error{Code: record.TooLarge, Message: "checklist.too_large", Args: map[string]any{"bytes": st.Size(), "limit": checklist.MaxBytes, "file": path}}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unread(err)
	}
	c, err := checklist.Parse(b)
	var e *record.Error
	if errors.As(err, &e) {
		located := *e
		located.Args = map[string]any{"file": path, "item": e.Field}
		for k, v := range e.Args {
			located.Args[k] = v
		}
		return nil, &located
	}
	return &xlsform.Import{Checklist: c}, err
}

// WriteChecklist writes a checklist to a file: a workbook that its author goes
// on with, or our own JSON, by the name's ending. The tables that it looks things
// up in go into a folder beside the workbook, where other tools look for them;
// their paths are given back.
func WriteChecklist(c checklist.Checklist, path string, t *i18n.Texts) (tables []string, err error) {
	content := c.Bytes()
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json":
		return nil, unwritten(path, WriteFile(path, content))
	case ".xlsx":
	default:
		return nil, &record.Error{Code: record.Invalid, Message: "ctl.checklist.out_kind", Field: "out", Args: map[string]any{"file": path}}
	}
	var b bytes.Buffer
	if err := xlsform.Write(&b, c, authorNotes(t)); err != nil {
		return nil, fmt.Errorf("desk: write checklist %s: %w", c.ID, err)
	}
	if err := WriteFile(path, b.Bytes()); err != nil {
		return nil, unwritten(path, err)
	}
	files := xlsform.Files(c)
	if len(files) == 0 {
		return nil, nil
	}
	folder := strings.TrimSuffix(path, filepath.Ext(path)) + "-media"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, unwritten(folder, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(folder, filepath.Base(name))
		if err := WriteFile(file, files[name]); err != nil {
			return tables, unwritten(file, err)
		}
		tables = append(tables, file)
	}
	return tables, nil
}

// authorNotes are the notes that a written workbook carries for its authors.
func authorNotes(t *i18n.Texts) xlsform.Notes {
	n := xlsform.Notes{Columns: map[string]string{}}
	for _, what := range []string{"survey", "choices", "settings", "legal", "scoring", "logic", "check"} {
		n.Sheet = append(n.Sheet, [2]string{t.T("xlsform.note." + what), t.T("xlsform.note." + what + ".text")})
	}
	for _, name := range xlsform.NotedColumns {
		n.Columns[name] = t.T("xlsform.column." + strings.ReplaceAll(name, "::", "_"))
	}
	return n
}

// WarningPlace tells where in its workbook a warning stands: survey!C12.
func WarningPlace(t *i18n.Texts, w xlsform.Warning) string {
	switch {
	case w.Row > 0 && w.Column != "":
		return fmt.Sprintf("%s!%s%d", w.Sheet, w.Column, w.Row)
	case w.Row > 0:
		return t.T("ctl.checklist.row", "sheet", w.Sheet, "row", w.Row)
	}
	return w.Sheet
}

// WarningList is what the author of a workbook should look at, for a
// spreadsheet or to be pasted.
func WarningList(t *i18n.Texts, in *xlsform.Import) workbook.Table {
	out := workbook.Table{Name: t.T("list.warnings"), Columns: headings(t, []string{"sheet", "row", "column", "warning"}, []float64{18, 8, 8, 90})}
	for _, w := range in.Warnings {
		row := ""
		if w.Row > 0 {
			row = fmt.Sprint(w.Row)
		}
		out.Rows = append(out.Rows, []string{w.Sheet, row, w.Column, t.Message(w.Message, w.Args)})
	}
	if in.Untold > 0 {
		out.Rows = append(out.Rows, []string{"", "", "", t.T("ctl.checklist.untold", "n", in.Untold)})
	}
	return out
}
