package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/workbook"
)

// Batch says which documents are printed in one go, Friday's thirty papers.
type Batch struct {
	IDs      []record.ID // of inspections, and of documents on their way through the office, in the order wanted
	Document string      // the kind made of each inspection
	Printing
}

// Batched tells what came of one of a batch. Where Err is set there is no file.
type Batched struct {
	ID           record.ID
	Kind         string // of document
	Number       string // of the document, else of the inspection
	Organization string
	File         string // its name in the folder
	Pages        int
	SHA256       string // of the file, in hexadecimal
	Warnings     []report.Warning
	Err          error
}

// PrintBatch makes every document of a batch as a file of its own in a folder
// that is new or empty, with a list of them all as a workbook beside. One that
// cannot be made stands in the list with the reason and holds up no other.
// Progress is told before each and at the end. When ctx ends, what was made so
// far stays, with its list, and the error is that of ctx.
func (d *Desk) PrintBatch(ctx context.Context, actor record.ID, b Batch, folder string, t *i18n.Texts, progress func(done, total int)) ([]Batched, error) {
	if err := emptyFolder(folder); err != nil {
		return nil, err
	}
	var out []Batched
	for n, id := range b.IDs {
		if ctx.Err() != nil {
			break
		}
		if progress != nil {
			progress(n, len(b.IDs))
		}
		x, doc, err := d.printOne(ctx, actor, id, b)
		if err != nil && ctx.Err() != nil {
			break // cut off, not refused
		}
		if x.Err = err; err == nil {
			x.Pages, x.SHA256, x.Warnings = doc.Pages, doc.SHA256, doc.Warnings
			x.File = fileName(n+1, len(b.IDs), t.T("document.kind."+x.Kind), x.Number, x.Organization)
			if err := WriteFile(filepath.Join(folder, x.File), doc.PDF); err != nil {
				return out, errors.Join(cannotWrite(folder, err), writeBatchList(folder, t, out))
			}
		}
		out = append(out, x)
	}
	if err := writeBatchList(folder, t, out); err != nil {
		return out, err
	}
	if progress != nil {
		progress(len(out), len(b.IDs))
	}
	return out, ctx.Err()
}

// printOne makes one of a batch; what is known of it comes back with an error too.
func (d *Desk) printOne(ctx context.Context, actor, id record.ID, b Batch) (Batched, report.Document, error) {
	x := Batched{ID: id, Kind: b.Document}
	inspection := id
	if id.Type() == record.PaperType {
		paper, err := d.Store.Document(ctx, id)
		if err != nil {
			return x, report.Document{}, err
		}
		x.Kind, x.Number, inspection = paper.Kind, paper.Shown(), paper.Inspection
	}
	v, err := d.Visit(ctx, inspection)
	if err != nil {
		return x, report.Document{}, err
	}
	x.Organization = v.Inspection.Organization.Name
	if inspection != id {
		doc, err := d.PrintDocument(ctx, actor, id, b.Printing)
		return x, doc, err
	}
	x.Number = v.Inspection.Number
	p := b.Printing
	if p.Language == "" {
		p.Language = report.Chinese // the legal text
	}
	doc, err := d.Print(ctx, actor, id, b.Document, p)
	return x, doc, err
}

// emptyFolder makes a folder; one that holds something is refused, so that no
// paper of last week lies among this week's.
func emptyFolder(folder string) error {
	if err := os.Mkdir(folder, 0o755); err == nil {
		return nil
	}
	within, err := os.ReadDir(folder)
	if err != nil {
		return cannotWrite(folder, err)
	}
	if len(within) > 0 {
		return &record.Error{Code: record.Conflict, Message: "batch.folder_not_empty", Field: "out", Args: map[string]any{"folder": folder}}
	}
	return nil
}

func cannotWrite(folder string, err error) error {
	return &record.Error{Code: record.ReadOnly, Message: "batch.cannot_write", Field: "out", Args: map[string]any{"folder": folder, "why": plainFault(err)}, Err: err}
}

// fileName names a paper so that the folder sorts as the batch was ordered and
// every system and memory stick takes the name.
func fileName(n, of int, parts ...string) string {
	name := fmt.Sprintf("%0*d", len(strconv.Itoa(of)), n)
	for _, p := range parts {
		p = strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
				return '_'
			}
			return r
		}, p)
		if r := []rune(p); len(r) > 24 { // a name has at most 255 bytes; a character up to four
			p = string(r[:24])
		}
		if p = strings.Trim(p, " ."); p != "" {
			name += " " + p
		}
	}
	if len(name) > 240 {
		name = strings.ToValidUTF8(name[:240], "")
	}
	return name + ".pdf"
}

// BatchList tells of a batch, one paper a row: what is where, and what could
// not be made and why.
func BatchList(t *i18n.Texts, all []Batched) workbook.Table {
	out := workbook.Table{Name: t.T("list.batch"), Columns: headings(t,
		[]string{"file", "document", "document_number", "organization", "pages", "sha256", "remark", "record"}, []float64{50, 28, 24, 40, 8, 66, 50, 34})}
	for _, x := range all {
		var remarks []string
		if x.Err != nil {
			remarks = append(remarks, t.Error(x.Err))
		}
		for _, w := range x.Warnings {
			remarks = append(remarks, t.Message(w.Message, w.Args))
		}
		out.Rows = append(out.Rows, []string{x.File, t.T("document.kind." + x.Kind), x.Number, x.Organization, count(x.Pages), x.SHA256, strings.Join(remarks, "\n"), string(x.ID)})
	}
	return out
}

func writeBatchList(folder string, t *i18n.Texts, all []Batched) error {
	return WriteWorkbook(filepath.Join(folder, t.T("list.batch")+".xlsx"), BatchList(t, all))
}
