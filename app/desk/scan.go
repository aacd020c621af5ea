package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/scan"
)

// ScanDrop says which scans are taken in, and by whom.
type ScanDrop struct {
	By    record.ID
	Paths []string // files, and folders with all that is in them
	// Steps also takes the step that is a document's turn when all its pages are
	// here: stamped, or its receipt came back.
	Steps bool
}

// TakenIn tells what became of one file.
type TakenIn struct {
	File  string // its path
	Scan  record.ID
	Pages []record.ScanPage
	New   bool              // something of it was not known; false for a file taken in before
	Steps []record.Document // that took their step
	Held  []HeldBack        // that did not, and why
	Err   error             // why nothing of it was kept
}

// HeldBack is a document that did not take its step.
type HeldBack struct {
	Document record.Document
	Err      error
}

// Placed tells whether every page that is no blank has its place.
func (t TakenIn) Placed() bool {
	return t.Err == nil && !slices.ContainsFunc(t.Pages, func(p record.ScanPage) bool { return p.Place == nil && p.Why != "scan.blank" })
}

// TakeInScans reads files that came back from paper, finds what each of their
// pages is, and keeps those of which a page has its place. One that has none is
// not kept: it may be anything. It is in the answer with the reason, to be placed
// by hand. A file taken in twice changes nothing. Progress is told before each
// file; when ctx ends, what was taken in so far stays, and the error is that of
// ctx.
func (d *Desk) TakeInScans(ctx context.Context, w ScanDrop, progress func(done, total int)) ([]TakenIn, error) {
	files, err := scanFiles(w.Paths)
	if err != nil {
		return nil, err
	}
	p := placing{d: d, known: map[report.PageCode]placed{}}
	var out []TakenIn
	for n, file := range files {
		if ctx.Err() != nil {
			break
		}
		if progress != nil {
			progress(n, len(files))
		}
		t, err := d.takeIn(ctx, w, &p, file)
		if err != nil && ctx.Err() != nil {
			break // cut off, not refused
		}
		t.Err = err
		out = append(out, t)
	}
	if progress != nil {
		progress(len(out), len(files))
	}
	return out, ctx.Err()
}

// scanFiles lists the files of a drop in the order of their names. What a folder
// holds besides scans (the list of a batch, say) is passed over; what was named
// by itself is not.
func scanFiles(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": path}, Err: err}
		}
		if info.Mode().IsRegular() {
			out = append(out, path)
			continue
		}
		if !info.IsDir() { // a device that never ends
			return nil, &record.Error{Code: record.Invalid, Message: "document.scan_kind", Field: "file", Args: map[string]any{"file": filepath.Base(path)}}
		}
		err = filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			switch strings.ToLower(filepath.Ext(file)) {
			case ".pdf", ".jpg", ".jpeg", ".png":
				if e.Type().IsRegular() {
					out = append(out, file)
				}
			}
			return nil
		})
		if err != nil {
			return nil, &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": path}, Err: err}
		}
	}
	return out, nil
}

func (d *Desk) takeIn(ctx context.Context, w ScanDrop, p *placing, path string) (TakenIn, error) {
	t := TakenIn{File: path}
	b, media, err := readScan(path)
	if err != nil {
		return t, err
	}
	if t.Pages, err = p.pages(ctx, b); err != nil {
		return t, err
	}
	x, err := d.Store.Scan(ctx, record.ScanID(record.HashOf(b)))
	if err != nil {
		return t, err
	}
	if !slices.ContainsFunc(t.Pages, func(p record.ScanPage) bool { return p.Place != nil }) && len(x.Pages) == 0 {
		return t, whyNone(t.Pages)
	}
	if t, err = d.keepScan(ctx, w.By, x, t, b, media); err != nil || !t.New || !w.Steps {
		return t, err
	}
	return t, d.stepsOf(ctx, w.By, &t)
}

// whyNone is the reason why a file has no place: that of its first page.
func whyNone(pages []record.ScanPage) error {
	why := record.ScanPage{Why: "scan.no_code"}
	for _, p := range pages {
		if p.Why != "scan.blank" || len(pages) == 1 {
			why = p
			break
		}
	}
	return &record.Error{Code: record.NotFound, Message: why.Why, Field: "file", Args: whyArgs(why)}
}

// keepScan keeps the file and notes what is new of it.
func (d *Desk) keepScan(ctx context.Context, by record.ID, x record.Scan, t TakenIn, b []byte, media string) (TakenIn, error) {
	came := record.Came{By: by, Name: filepath.Base(t.File), At: d.stampFine()}
	if by != "" {
		person, err := d.Store.Person(ctx, by)
		if err != nil {
			return t, err
		}
		came.Who = person.Name
	}
	changes := x.TakeIn(record.File{Digest: record.HashOf(b), Size: int64(len(b)), Media: media}, t.Pages, came)
	t.Scan, t.New = x.ID, len(changes) > 0
	if t.New {
		if _, err := d.putFile(ctx, b, media); err != nil {
			return t, err
		}
		if _, err := d.Store.Append(ctx, by, changes...); err != nil {
			return t, err
		}
	}
	x, err := d.Store.Scan(ctx, x.ID)
	t.Pages = x.Pages // a page that was placed by hand stays there
	return t, err
}

// stepsOf takes the steps that it is the turn of, for the documents that are whole
// now.
func (d *Desk) stepsOf(ctx context.Context, by record.ID, t *TakenIn) error {
	var done []record.ID
	for _, p := range t.Pages {
		if p.Place == nil || p.Place.Paper == "" || slices.Contains(done, p.Place.Paper) {
			continue
		}
		done = append(done, p.Place.Paper)
		x, err := d.Store.Document(ctx, p.Place.Paper)
		if err != nil {
			return err
		}
		next := x.Next()
		if next != record.Stamped && next != record.Receipt {
			continue
		}
		back, err := d.Returned(ctx, x.Inspection)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(back, func(r Back) bool { return r.Paper == x.ID })
		if i < 0 {
			continue
		}
		file, err := d.Store.Scan(ctx, t.Scan)
		if err != nil {
			return err
		}
		if err := back[i].good(); err != nil {
			t.Held = append(t.Held, HeldBack{x, err})
			continue
		}
		if x, err = d.AdvanceDocument(ctx, x.ID, next, DocumentStep{By: by, scan: file.File}); err != nil {
			if record.CodeOf(err) == "" {
				return err
			}
			t.Held = append(t.Held, HeldBack{x, err})
			continue
		}
		t.Steps = append(t.Steps, x)
	}
	return nil
}

// PlaceScan places pages of a scan by hand; without pages all that have no place.
// path is a file that is not kept yet, or "" for the scan of that id.
func (d *Desk) PlaceScan(ctx context.Context, by record.ID, path string, id record.ID, pages []int, to record.Place) (TakenIn, error) {
	t := TakenIn{File: path, Scan: id}
	to, err := d.complete(ctx, to)
	if err != nil {
		return t, err
	}
	if path != "" {
		b, media, err := readScan(path)
		if err != nil {
			return t, err
		}
		p := placing{d: d, known: map[report.PageCode]placed{}}
		if t.Pages, err = p.pages(ctx, b); err != nil {
			return t, err
		}
		x, err := d.Store.Scan(ctx, record.ScanID(record.HashOf(b)))
		if err != nil {
			return t, err
		}
		if t, err = d.keepScan(ctx, by, x, t, b, media); err != nil {
			return t, err
		}
	}
	x, err := d.Store.Scan(ctx, t.Scan)
	if err != nil {
		return t, err
	}
	if len(pages) == 0 {
		for _, p := range x.Pages {
			if p.Place == nil && p.Why != "scan.blank" {
				pages = append(pages, p.N)
			}
		}
	}
	changes, err := x.Assign(pages, to)
	if err != nil {
		return t, err
	}
	if _, err := d.Store.Append(ctx, by, changes...); err != nil {
		return t, err
	}
	x, err = d.Store.Scan(ctx, t.Scan)
	t.Pages, t.New = x.Pages, true
	return t, err
}

// complete fills in a place from the document or inspection that it names.
func (d *Desk) complete(ctx context.Context, to record.Place) (record.Place, error) {
	if to.Paper != "" {
		x, err := d.Store.Document(ctx, to.Paper)
		if err != nil {
			return to, err
		}
		to.Inspection, to.Kind = x.Inspection, x.Kind
		return to, nil
	}
	if _, ok := record.FindDocumentKind(to.Kind); !ok {
		return to, &record.Error{Code: record.NotFound, Message: "document.unknown", Field: "document", Args: map[string]any{"document": to.Kind, "known": strings.Join(Documents(), ", ")}}
	}
	_, err := d.Store.Inspection(ctx, to.Inspection)
	return to, err
}

// placing finds the places of pages, remembering what it has found.
type placing struct {
	d     *Desk
	known map[report.PageCode]placed // by what the pages of one document have in common
}

type placed struct {
	place record.Place
	why   string // "" where it was found
}

// pages finds the places of all pages of a file: by what we attached to it, else
// by the codes on its pages.
func (p *placing) pages(ctx context.Context, b []byte) ([]record.ScanPage, error) {
	if list, n, ok := scan.Attachment(b, report.PartsFile); ok {
		if in, ours := report.ReadParts(list); ours {
			return p.stamped(ctx, b, in, n)
		}
	}
	var out []record.ScanPage
	var fault error
	wanted := func(code string) bool { _, ours := report.ReadPageCode(code); return ours }
	err := scan.Read(ctx, b, wanted, func(page scan.Page) {
		x := record.ScanPage{N: page.N, Why: "scan.no_code"}
		switch code, ours := report.ReadPageCode(page.Code); {
		case ours:
			found, err := p.of(ctx, code)
			if err != nil {
				fault = cmp.Or(fault, err)
				return
			}
			if x.Why = found.why; x.Why != "" {
				x.Said = page.Code
				break
			}
			place := found.place
			place.Page, place.Of, place.How = code.Page, code.Of, record.PlacedByCode
			x.Place = &place
		case page.Blank:
			x.Why = "scan.blank"
		case page.Err != nil:
			x.Why, x.Said = messageOf(page.Err), saidBy(page.Err)
		}
		out = append(out, x)
	})
	if fault != nil || err != nil {
		return nil, cmp.Or(fault, err)
	}
	record.Between(out)
	return out, nil
}

// saidBy gives what a fault of a page tells besides its message: one word at most.
func saidBy(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		for _, v := range e.Args {
			return fmt.Sprint(v)
		}
	}
	return ""
}

// WhyText words why a page has no place.
func WhyText(t *i18n.Texts, p record.ScanPage) string { return t.Message(p.Why, whyArgs(p)) }

func whyArgs(p record.ScanPage) map[string]any {
	return map[string]any{"code": p.Said, "filter": p.Said, "limit": p.Said}
}

// stamped places the pages of a PDF of ours that came back with a seal upon it.
func (p *placing) stamped(ctx context.Context, b []byte, in report.Inside, pages int) ([]record.ScanPage, error) {
	code := in.Code
	code.Content = in.Content[:record.PrintCode]
	found, err := p.of(ctx, code)
	if err != nil {
		return nil, err
	}
	if found.why != "" { // of before the list said whose it is
		st, err := p.d.Store.State(ctx, DocumentID(record.HashOf(report.Original(b))))
		if err != nil {
			return nil, err
		}
		if st.Get("inspection", &found.place.Inspection) && st.Get("document", &found.place.Kind) {
			found.place.Content, found.why = code.Content, ""
		}
	}
	var out []record.ScanPage
	for n := range pages {
		x := record.ScanPage{N: n + 1, Why: found.why}
		if x.Why == "" {
			place := found.place
			place.Page, place.Of, place.How = n+1, pages, record.PlacedByFile
			x.Place = &place
		} else {
			x.Said = code.String()
		}
		out = append(out, x)
	}
	return out, nil
}

// of finds the document of a code.
func (p *placing) of(ctx context.Context, code report.PageCode) (placed, error) {
	code.Page, code.Of = 0, 0
	if found, known := p.known[code]; known {
		return found, nil
	}
	found, err := p.find(ctx, code)
	if err == nil {
		p.known[code] = found
	}
	return found, err
}

func (p *placing) find(ctx context.Context, code report.PageCode) (placed, error) {
	out := placed{place: record.Place{Paper: record.ID(code.Paper), Kind: code.Kind, Content: code.Content}}
	if code.Paper != "" {
		x, err := p.d.Store.Document(ctx, record.ID(code.Paper))
		switch {
		case record.CodeOf(err) == record.NotFound:
			out.why = "scan.unknown"
			return out, nil
		case err != nil:
			return out, err
		}
		out.place.Inspection, out.place.Kind = x.Inspection, x.Kind
		return out, nil
	}
	all, err := p.d.Store.InspectionsNumbered(ctx, code.Number)
	if err != nil {
		return out, err
	}
	if len(all) > 1 || code.Number == "" { // the print itself may tell which is meant
		prints, err := p.d.Store.PrintsWithCode(ctx, code.Content)
		if err != nil {
			return out, err
		}
		if len(prints) > 0 {
			out.place.Inspection, out.place.Paper, out.place.Kind = prints[0].Inspection, prints[0].Paper, prints[0].Kind
			return out, nil
		}
	}
	switch {
	case len(all) == 0:
		out.why = "scan.unknown"
	case len(all) > 1:
		out.why = "scan.two_inspections"
	default:
		out.place.Inspection = all[0]
	}
	if _, known := record.FindDocumentKind(code.Kind); !known && out.why == "" {
		out.why = "scan.unknown"
	}
	return out, nil
}

// Back is what has come back of one document, and what it was printed from.
type Back struct {
	record.Returned
	// Printed tells what the pages were printed from: "same" from the record as it was
	// sealed (or stands, before that), "before" from one that was changed afterwards,
	// "issued" from a document that was issued, "" where the print is not known here.
	Printed string `json:"printed"`
}

// good tells why a document that came back does not count for its step, nil if it
// does.
func (b Back) good() error {
	switch {
	case len(b.Missing) > 0:
		return &record.Error{Code: record.Conflict, Message: "scan.pages_missing", Args: map[string]any{"pages": listed(b.Missing), "of": b.Of}}
	case len(b.Prints) > 1:
		return &record.Error{Code: record.Conflict, Message: "scan.mixed"}
	case len(b.Prints) == 1 && b.Printed != "issued":
		return &record.Error{Code: record.Conflict, Message: "scan.other_print"}
	}
	return nil
}

// Returned tells what has come back from paper of an inspection and its documents.
func (d *Desk) Returned(ctx context.Context, inspection record.ID) ([]Back, error) {
	i, err := d.Store.Inspection(ctx, inspection)
	if err != nil {
		return nil, err
	}
	scans, err := d.Store.Scans(ctx, inspection)
	if err != nil {
		return nil, err
	}
	reading, err := readingOf(i)
	if err != nil {
		return nil, err
	}
	var out []Back
	for _, r := range record.ReturnedOf(scans) {
		if r.Inspection != inspection {
			continue // a page of another one, in the same file
		}
		b := Back{Returned: r}
		if len(r.Prints) == 1 {
			prints, err := d.Store.PrintsWithCode(ctx, r.Prints[0])
			if err != nil {
				return nil, err
			}
			for _, p := range prints {
				switch {
				case p.Inspection != inspection || p.Paper != r.Paper || p.Kind != r.Kind:
				case p.Paper != "":
					b.Printed = "issued"
				case p.Reading == reading:
					b.Printed = "same"
				case b.Printed == "":
					b.Printed = "before"
				}
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// listed writes numbers for people: 1, 2, 5.
func listed(numbers []int) string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}

// messageOf gives the key of what an error says.
func messageOf(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "scan.not_readable"
}

// BackText tells in a line what has come back of a document.
func BackText(t *i18n.Texts, b Back) string {
	printed := "scan.printed." + b.Printed
	switch {
	case len(b.Prints) > 1:
		printed = "scan.printed.mixed"
	case b.Printed == "":
		printed = "scan.printed.unknown"
	}
	return t.T("scan.back", "document", t.T("document.kind."+b.Kind), "pages", PagesText(t, b.Returned), "printed", t.T(printed))
}

// PagesText tells which pages of a document have come back.
func PagesText(t *i18n.Texts, r record.Returned) string {
	if len(r.Missing) > 0 {
		return t.T("scan.pages_short", "have", len(r.Have), "of", r.Of, "missing", listed(r.Missing))
	}
	return t.T("scan.pages", "of", max(r.Of, len(r.Have)))
}
