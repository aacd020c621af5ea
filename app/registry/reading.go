package registry

import (
	"context"
	"encoding/csv"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"sort"
	"strconv"
	"strings"

	"plumbline/app/record"
)

// Options say how to read a register. The zero value finds everything out.
type Options struct {
	Columns    Columns // fields mapped by hand, over what the headings say
	HeaderRows int     // rows above the data; 0 find out, -1 none
	Sheet      string  // worksheet; "" the first visible one
	Scheme     string  // scheme of the codes; "" as headings and codes say

	// Rejects takes the rejected rows as CSV (UTF-8 with a mark, so that a
	// spreadsheet opens it): row number, reason, its key, the cells as they
	// were. Nothing is written when no row is rejected. Once the rows are put
	// right, the same file can be imported; the columns of ours are passed over.
	Rejects io.Writer
	// Words gives the text of a message key in the language of the person; nil
	// writes keys and arguments.
	Words func(key string, args map[string]any) string
	// Progress is called about every thousand rows and at the end.
	Progress func(Progress)
}

// Progress is how far a reading has come.
type Progress struct {
	Checking         bool // the file is looked through before its first row is given
	Rows             int  // data rows so far
	TotalRows        int  // 0 while checking
	Bytes, TotalSize int64
}

// Warning is something about an accepted row that a person should look at.
// Message is a key of the language files.
type Warning struct {
	Row     int            `json:"row"`
	Field   string         `json:"field,omitempty"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
}

// Row is one accepted row. Fields are the paths that the file has a column
// for: an empty cell there empties the value in the register, where a column
// the file lacks leaves it alone.
type Row[T any] struct {
	Number   int // as a spreadsheet counts
	Line     int // of the text file; 0 for xlsx
	Record   T
	Fields   []string
	Warnings []Warning
}

// Report says what became of every row. Rows = Accepted + Rejected +
// Duplicates + Blank.
type Report struct {
	Format     string         `json:"format"`
	Encoding   string         `json:"encoding,omitempty"`
	Delimiter  string         `json:"delimiter,omitempty"`
	Sheet      string         `json:"sheet,omitempty"`
	Unread     []string       `json:"unread_sheets,omitempty"` // other worksheets of the file
	HeaderRows int            `json:"header_rows"`
	Rows       int            `json:"rows"` // below the header
	Accepted   int            `json:"accepted"`
	Rejected   int            `json:"rejected"`
	Duplicates int            `json:"duplicates"` // same code and same cells as an earlier row
	Blank      int            `json:"blank"`
	Reasons    map[string]int `json:"reasons,omitempty"`       // why rows were rejected, by key
	Counts     map[string]int `json:"warnings,omitempty"`      // warnings by key
	Warnings   []Warning      `json:"warning_list,omitempty"`  // the first hundred of each key
	Rejects    []Warning      `json:"rejected_list,omitempty"` // the first hundred; the file has all
	Columns    []ColumnUse    `json:"columns"`
	Unmapped   []string       `json:"unmapped,omitempty"` // headings no field was found for
	Scheme     string         `json:"scheme,omitempty"`
	Done       bool           `json:"done"` // the reading has run to its end
}

const examples = 100 // of warnings of one kind in a report

// plan is what to do with each column.
type plan struct {
	scheme  string
	columns []columnPlan
	fields  []string // paths that have a column
	address []columnPlan
	extras  int
}

type columnPlan struct {
	index   int
	field   string
	heading string
	unit    string
	set     setter
	text    func(*record.Organization) *string // for setText
}

// reject is why a row cannot be kept.
type reject struct {
	field, key string
	args       map[string]any
}

// Organizations reads the organizations of the register one by one. Reading
// stops at the first error; a row that cannot be kept is no error but goes to
// the rejects. Memory stays flat but for the codes, which are kept to find
// duplicates. A cancelled ctx ends it with ctx.Err().
func (f *File) Organizations(ctx context.Context, o Options) iter.Seq2[Row[record.Organization], error] {
	return read(ctx, f, o, organizations, organizationOf)
}

// Inspectors reads the inspectors of the register one by one, as Organizations does.
func (f *File) Inspectors(ctx context.Context, o Options) iter.Seq2[Row[record.Inspector], error] {
	return read(ctx, f, o, inspectors, inspectorOf)
}

// warner takes a warning about the row at hand.
type warner func(field, key string, args map[string]any)

// converter makes a record of a row, tells what identifies it, or why the row
// cannot be kept.
type converter[T any] func(p *plan, cells []string, warn warner) (rec T, identity string, no *reject)

func read[T any](ctx context.Context, f *File, o Options, reg register, convert converter[T]) iter.Seq2[Row[T], error] {
	return func(yield func(Row[T], error) bool) {
		r := &reading{f: f, o: o, reg: reg, seen: map[identityKey]firstSeen{}, seed: maphash.MakeSeed()}
		if err := readAll(ctx, r, convert, yield); err != nil {
			yield(Row[T]{}, err)
		}
	}
}

// identityKey is the derived part of a record's ID. A key without pointers
// keeps the collector from walking through a million of them again and again.
type identityKey [26]byte

type firstSeen struct {
	row int
	sum uint64
}

// reading is one pass over a file.
type reading struct {
	f       *File
	o       Options
	reg     register
	head    header
	plan    plan
	total   int
	seen    map[identityKey]firstSeen
	seed    maphash.Seed
	joined  []byte // the cells of the row at hand
	rejects *csv.Writer
	pending []Warning // of the row at hand
	row     int
}

func readAll[T any](ctx context.Context, r *reading, convert converter[T], yield func(Row[T], error) bool) error {
	rep := &r.f.report
	if err := r.prepare(ctx); err != nil {
		return err
	}
	src, err := r.f.open(r.o.Sheet)
	if err != nil {
		return err
	}
	defer src.Close()
	for n := 0; ; n++ {
		raw, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if n < r.head.rows {
			continue
		}
		rep.Rows++
		if rep.Rows%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if rep.Rows%1000 == 0 {
			r.progress(false, src.position())
		}
		if raw.blank() {
			rep.Blank++
			continue
		}
		r.pending, r.row = nil, raw.number
		rec, identity, no := judge(r, raw, convert)
		if no == nil {
			no = r.twice(raw, identity)
		}
		if no != nil {
			if no.key == "" {
				rep.Duplicates++
				continue
			}
			if err := r.reject(raw, no); err != nil {
				return err
			}
			continue
		}
		rep.Accepted++
		for _, w := range r.pending {
			rep.Counts[w.Message]++
			if rep.Counts[w.Message] <= examples {
				rep.Warnings = append(rep.Warnings, w)
			}
		}
		if !yield(Row[T]{Number: raw.number, Line: raw.line, Record: rec, Fields: r.plan.fields, Warnings: r.pending}, nil) {
			return r.flush()
		}
	}
	rep.Done = true
	r.progress(false, r.f.size)
	return r.flush()
}

// judge turns a row into a record or says why not.
func judge[T any](r *reading, raw rawRow, convert converter[T]) (rec T, identity string, no *reject) {
	if raw.fault != "" {
		return rec, "", &reject{key: raw.fault}
	}
	width := len(r.head.use)
	if len(raw.cells) > width {
		for _, c := range raw.cells[width:] {
			if strings.TrimSpace(c) != "" {
				return rec, "", &reject{key: "registry.row_long", args: map[string]any{"cells": len(raw.cells), "columns": width}}
			}
		}
	}
	if raw.line > 0 && len(raw.cells) < width {
		r.warn("", "registry.row_short", map[string]any{"cells": len(raw.cells), "columns": width})
	}
	return convert(&r.plan, raw.cells, r.warn)
}

func (r *reading) warn(field, key string, args map[string]any) {
	r.pending = append(r.pending, Warning{Row: r.row, Field: field, Message: key, Args: args})
}

// twice finds rows whose code came before: nil for a new one, a reject without
// a key for the same row again, else a reject that names the first row.
func (r *reading) twice(raw rawRow, identity string) *reject {
	r.joined = r.joined[:0]
	for i, c := range raw.cells {
		if i < len(r.head.use) && r.head.use[i].Field == ordinal {
			continue
		}
		r.joined = append(append(r.joined, strings.TrimSpace(c)...), 0)
	}
	sum := maphash.Bytes(r.seed, r.joined)
	var key identityKey
	copy(key[:], identity[strings.IndexByte(identity, '_')+1:])
	first, ok := r.seen[key]
	if !ok {
		r.seen[key] = firstSeen{raw.number, sum}
		return nil
	}
	if first.sum == sum {
		return &reject{}
	}
	return &reject{field: r.reg.required[0], key: "registry.code_twice", args: map[string]any{"first": first.row}}
}

// prepare looks the whole file through, so that a broken one is refused before
// its first row is given, and finds out what the columns are.
func (r *reading) prepare(ctx context.Context) error {
	f := r.f
	l := f.layout
	f.report = Report{Format: l.Format, Encoding: l.Encoding, Delimiter: l.Delimiter, Counts: map[string]int{}, Reasons: map[string]int{}}
	rep := &f.report
	if f.book != nil {
		if rep.Sheet = r.o.Sheet; rep.Sheet == "" {
			rep.Sheet = l.Sheet
		}
		for _, s := range l.Sheets {
			if s != rep.Sheet {
				rep.Unread = append(rep.Unread, s)
			}
		}
	}
	src, err := f.open(r.o.Sheet)
	if err != nil {
		return err
	}
	defer src.Close()
	if text, ok := src.(*textRows); ok {
		text.skim = true
	}
	var top [][]string
	for n := 0; ; n++ {
		raw, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		r.total++
		if n < sampleRows {
			top = append(top, trimmed(raw.cells))
		}
		if n%1024 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.progress(true, src.position())
		}
	}
	if r.head, r.plan, err = r.reg.arrange(f, top, r.o); err != nil {
		return err
	}
	rep.HeaderRows, rep.Columns, rep.Scheme = r.head.rows, r.head.use, r.plan.scheme
	for _, u := range r.head.use {
		if u.Field == "" {
			rep.Unmapped = append(rep.Unmapped, u.Heading)
		}
	}
	r.total -= r.head.rows
	if r.total <= 0 {
		return f.fault("registry.only_header", map[string]any{"rows": r.head.rows})
	}
	return nil
}

const sampleRows = 200

func trimmed(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.TrimSpace(c)
	}
	return out
}

func (r *reading) progress(checking bool, bytes int64) {
	if r.o.Progress == nil {
		return
	}
	p := Progress{Checking: checking, Rows: r.f.report.Rows, Bytes: min(bytes, r.f.size), TotalSize: r.f.size}
	if !checking {
		p.TotalRows = r.total
	}
	r.o.Progress(p)
}

// arrange reads the header and decides what is done with each column.
func (reg register) arrange(f *File, top [][]string, o Options) (header, plan, error) {
	if len(top) == 0 {
		return header{}, plan{}, f.fault("registry.empty", nil)
	}
	h, err := reg.readHeader(f, top, o.HeaderRows, o.Columns)
	if err != nil {
		return h, plan{}, err
	}
	data := top[h.rows:]
	column := func(i int) []string {
		var out []string
		for _, r := range data {
			if i >= 0 && i < len(r) {
				out = append(out, r[i])
			}
		}
		return out
	}
	for i := range h.use {
		u := &h.use[i]
		if u.Field == "kind" && !u.ByHand && weakHeadings[normal(u.Heading)] && !anyKind(column(i)) {
			u.Field = ""
		}
	}
	reg.settleAddress(h.use)
	p := plan{scheme: o.Scheme}
	if i := find(h.use, "code"); p.scheme == "" && i >= 0 {
		if p.scheme = schemeOfHeading(h.use[i].Heading); p.scheme == "" {
			p.scheme = schemeOfCodes(column(i))
		}
	}
	for i, u := range h.use {
		c := columnPlan{index: i, field: u.Field, heading: u.Heading, unit: u.Unit}
		switch {
		case u.Field == ordinal:
			continue
		case strings.HasPrefix(u.Field, partAddress):
			p.address = append(p.address, c)
			if u.Field == partAddress+"state" {
				p.fields = append(p.fields, "region")
			}
			continue
		case u.Field == "" && reg.headings["code"] == "":
			continue // an inspector has no place for other columns; the report names them
		case u.Field == "":
			c.field = "extra/" + u.Heading
		default:
			p.fields = append(p.fields, u.Field)
		}
		if strings.HasPrefix(c.field, "extra/") {
			p.extras++
		}
		c.set, c.text = setterOf(c.field), textFields[c.field]
		p.columns = append(p.columns, c)
	}
	if len(p.address) > 0 {
		p.fields = append(p.fields, "address")
		sort.SliceStable(p.address, func(a, b int) bool { return addressOrder(p.address[a].field) < addressOrder(p.address[b].field) })
	}
	return h, p, nil
}

// settleAddress leaves the parts of an address to themselves where the
// register has the whole one, or no street to begin with.
func (reg register) settleAddress(use []ColumnUse) {
	street := find(use, "address") < 0 && (find(use, partAddress+"street") >= 0 || find(use, partAddress+"0") >= 0)
	for i := range use {
		if !strings.HasPrefix(use[i].Field, partAddress) || street {
			continue
		}
		if use[i].Field == partAddress+"state" && find(use, "region") < 0 && reg.knows("region") {
			use[i].Field = "region"
		} else {
			use[i].Field = ""
		}
	}
}

func (r *reading) reject(raw rawRow, no *reject) error {
	rep := &r.f.report
	rep.Rejected++
	rep.Reasons[no.key]++
	args := map[string]any{"row": raw.number}
	for k, v := range no.args {
		args[k] = v
	}
	if raw.line > 0 {
		args["line"] = raw.line
	}
	w := Warning{Row: raw.number, Field: no.field, Message: no.key, Args: args}
	if len(rep.Rejects) < examples {
		rep.Rejects = append(rep.Rejects, w)
	}
	if r.o.Rejects == nil {
		return nil
	}
	if r.rejects == nil {
		if _, err := io.WriteString(r.o.Rejects, "\ufeff"); err != nil {
			return fmt.Errorf("registry: write rejects: %w", err)
		}
		r.rejects = csv.NewWriter(r.o.Rejects)
		r.rejects.UseCRLF = true
		line := []string{"行号 plumbline_row", "原因 plumbline_reason", "plumbline_key"}
		for _, u := range r.head.use {
			line = append(line, u.Heading)
		}
		if err := r.rejects.Write(line); err != nil {
			return fmt.Errorf("registry: write rejects: %w", err)
		}
	}
	line := []string{strconv.Itoa(raw.number), r.words(w), no.key}
	for _, c := range raw.cells {
		line = append(line, strings.ToValidUTF8(c, "\ufffd"))
	}
	if err := r.rejects.Write(line); err != nil {
		return fmt.Errorf("registry: write rejects: %w", err)
	}
	return nil
}

func (r *reading) words(w Warning) string {
	if r.o.Words != nil {
		return r.o.Words(w.Message, w.Args)
	}
	var b strings.Builder
	b.WriteString(w.Message)
	keys := make([]string, 0, len(w.Args))
	for k := range w.Args {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%v", k, w.Args[k])
	}
	return b.String()
}

func (r *reading) flush() error {
	if r.rejects == nil {
		return nil
	}
	r.rejects.Flush()
	if err := r.rejects.Error(); err != nil {
		return fmt.Errorf("registry: write rejects: %w", err)
	}
	return nil
}

// Preview is the top of a register, for mapping columns by hand.
type Preview struct {
	Layout        Layout
	HeaderRows    int
	Organizations []ColumnUse // what the columns would be in a register of organizations
	Inspectors    []ColumnUse // and in one of inspectors
	Rows          [][]string  // the first data rows
	// Kind is "organizations" or "inspectors" where the headings leave no doubt, else "".
	Kind string
}

// Preview shows the first n data rows and what the columns would be taken for,
// with the worksheet and the header rows of o.
func (f *File) Preview(n int, o Options) (Preview, error) {
	p := Preview{Layout: f.layout}
	if o.Sheet != "" {
		p.Layout.Sheet = o.Sheet
	}
	src, err := f.open(o.Sheet)
	if err != nil {
		return p, err
	}
	defer src.Close()
	var top [][]string
	for len(top) < max(sampleRows, n+10) {
		raw, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return p, err
		}
		top = append(top, trimmed(raw.cells))
	}
	if len(top) == 0 {
		return p, f.fault("registry.empty", nil)
	}
	// A missing code or name is what the preview is there to mend: no error here.
	chosen := Options{HeaderRows: o.HeaderRows}
	h, _, errO := organizations.arrange(f, top, chosen)
	i, _, errI := inspectors.arrange(f, top, chosen)
	p.Organizations, p.Inspectors, p.HeaderRows = h.use, i.use, h.rows
	switch {
	case errO == nil && errI != nil:
		p.Kind = "organizations"
	case errI == nil && errO != nil:
		p.Kind, p.HeaderRows = "inspectors", i.rows
	}
	p.Rows = top[min(p.HeaderRows, len(top)):]
	p.Rows = p.Rows[:min(n, len(p.Rows))]
	return p, nil
}
