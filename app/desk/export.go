package desk

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/workbook"
)

// documentListColumns are what a list of documents tells, in order.
var documentListColumns = []string{"kind", "number", "to", "state", "issued", "copies", "way", "courier", "served", "receipt", "file"}

// DocumentList tells of documents; files are those that ExportDocuments wrote, by
// document, nil for none.
func DocumentList(t *i18n.Texts, docs []record.Document, files map[record.ID]string) workbook.Table {
	out := workbook.Table{Name: t.T("list.documents")}
	widths := map[string]float64{"kind": 26, "number": 26, "to": 36, "file": 48}
	for _, c := range documentListColumns {
		width := widths[c]
		if width == 0 {
			width = 14
		}
		out.Columns = append(out.Columns, workbook.Column{Heading: t.T("list.document." + c), Width: width})
	}
	day := func(x record.Document, s record.DocumentState) string {
		at := x.Steps[s].At
		return at[:min(len(at), len("2006-01-02"))]
	}
	for _, x := range docs {
		served := x.Steps[record.Served]
		way := ""
		if served.Way != "" {
			way = t.T("document.way." + served.Way)
		}
		out.Rows = append(out.Rows, []string{t.T("document.kind." + x.Kind), x.Shown(), x.To, t.T("document.state." + string(x.State)), day(x, record.Issued), fmt.Sprint(x.Copies),
			way, served.Courier, day(x, record.Served), day(x, record.Receipt), files[x.ID]})
	}
	return out
}

// Exported is a document that was written into a folder.
type Exported struct {
	Document record.ID        `json:"document"`
	File     string           `json:"file"`
	Pages    int              `json:"pages"`
	Warnings []report.Warning `json:"warnings,omitempty"`
}

// ExportDocuments prints documents into a folder, one PDF each, and a list of them
// (文书清单.xlsx) beside. Each file is whole or absent; one that stood there under
// its name is replaced. progress is told before each and at the end. When ctx ends,
// what was written stays, the list names it, and the error is ctx's.
func (d *Desk) ExportDocuments(ctx context.Context, t *i18n.Texts, docs []record.Document, folder string, progress func(done, all int)) ([]Exported, error) {
	var out []Exported
	files := map[record.ID]string{}
	var stopped error
	for n, x := range docs {
		if progress != nil {
			progress(n, len(docs))
		}
		if stopped = ctx.Err(); stopped != nil {
			break
		}
		doc, err := d.PrintDocument(ctx, x.Steps[record.Drafted].By, x.ID, Printing{})
		if err != nil {
			if stopped = ctx.Err(); stopped != nil {
				break
			}
			return out, err
		}
		name := exportName(t, n+1, x)
		if err := WriteFile(filepath.Join(folder, name), doc.PDF); err != nil {
			return out, folderFault(folder, err)
		}
		files[x.ID] = name
		out = append(out, Exported{x.ID, name, doc.Pages, doc.Warnings})
	}
	listed := slices.DeleteFunc(slices.Clone(docs), func(x record.Document) bool { return files[x.ID] == "" })
	if err := WriteWorkbook(filepath.Join(folder, t.T("list.documents")+".xlsx"), DocumentList(t, listed, files)); err != nil {
		return out, err
	}
	if progress != nil {
		progress(len(out), len(docs))
	}
	return out, stopped
}

// exportName names a document's file so that a folder sorts as its list, on
// Windows too: none of the characters that a name there may not have.
func exportName(t *i18n.Texts, n int, x record.Document) string {
	clean := func(s string, most int) string {
		s = strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
				return '_'
			}
			return r
		}, s)
		if r := []rune(s); len(r) > most {
			s = string(r[:most])
		}
		return strings.TrimRight(s, ". ")
	}
	return fmt.Sprintf("%02d %s %s %s.pdf", n, clean(t.T("document.kind."+x.Kind), 30), clean(x.Shown(), 40), clean(x.To, 40))
}
