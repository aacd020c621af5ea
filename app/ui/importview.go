package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/storage"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/registry"
)

// Registers that can be imported.
const (
	organizationRegister = "organizations"
	inspectorRegister    = "inspectors"
)

// registerFields are what a column can be, in the order they are offered.
var registerFields = map[string][]string{
	organizationRegister: {"code", "name", "name_english", "kind", "legal_representative", "address", "phone", "supervisor", "registrar",
		"registered_on", "capital", "scope", "party_organ", "district", "region", "status", "fundraising", "scheme", "fictional"},
	inspectorRegister: {"certificate", "name", "unit", "phone", "valid_from", "valid_to", "valid", "fictional"},
}

// registerNeeds are the fields without which there is no register.
var registerNeeds = map[string][]string{
	organizationRegister: {"code", "name"},
	inspectorRegister:    {"certificate", "name"},
}

// What a column can be beside a field: kept as a remark under its heading, or,
// for running numbers and columns of ours, left out.
const (
	remark  = ""
	leftOut = "-"
)

// shownRows is how many rows of the file stand beside the columns.
const shownRows = 3

// importView takes a register in: it shows the columns of the file with their
// first rows and what each is taken for, lets that be changed, imports with
// progress, and tells what became of every row.
type importView struct {
	w      *Window
	kind   string
	path   string
	scroll *container.Scroll
	latest latest

	name, file  *prose
	note        *prose
	table       *fyne.Container
	lacks       *prose
	start, quit *pushButton
	swap        *pushButton // to the other register
	work        *worker
	outcome     *fyne.Container
	settingUp   *fyne.Container // hidden once the import is done

	// how the file is read, for where the program finds it out wrongly
	sheet, headers       *pick
	sheetRow, headersRow fyne.CanvasObject
	opts                 registry.Options // Sheet and HeaderRows as chosen, both empty unless a person chose

	uses   []registry.ColumnUse // as the headings say
	rows   [][]string
	layout registry.Layout
	above  int // header rows
	picks  []*pick
	old    bool   // the columns are as they were chosen for a file with these headings
	other  string // the register the file looks like, where that is not kind
	result func() // shows what the import brought, in the language of the time
}

func newImportView(w *Window) *importView {
	v := &importView{w: w, kind: organizationRegister, name: title(""), file: quiet(""), note: plain(""), table: down(0), lacks: newProse("", textSize, amberColor), outcome: down(8)}
	v.start = mainButton("", v.run)
	v.quit = button("", func() { w.goTo("settings") })
	v.swap = button("", func() { w.importFile(v.other, v.path) })
	v.work = newWorker(w)
	v.sheet = newPick(func(sheet string) { v.openAs(v.kind, v.path, registry.Options{Sheet: sheet}) })
	v.headers = newPick(func(rows string) {
		n, _ := strconv.Atoi(rows) // made below
		v.openAs(v.kind, v.path, registry.Options{Sheet: v.opts.Sheet, HeaderRows: n})
	})
	// Fyne draws containers, not what embeds one.
	v.sheetRow, v.headersRow = w.row("ui.import.sheet", v.sheet.framed).Container, w.row("ui.import.header_rows", v.headers.framed).Container
	back := newProse("", textSize, "hyperlink").oneLine()
	w.say(func() {
		back.set(w.T("ui.import.back"))
		v.quit.SetText(w.T("ui.cancel"))
		v.start.SetText(w.T("ui.import.start"))
	})
	v.settingUp = down(12, v.note, flow(0, v.swap), atMost(640, equal(12, v.sheetRow, v.headersRow)), v.table, v.lacks, flow(8, v.start, v.quit))
	v.scroll = scrolled(atMost(980, down(12, flow(0, newPress(w, inset(2, 4, back), func() { w.goTo("settings") })), v.name, v.file, v.work.box, v.outcome, v.settingUp)))
	w.say(v.show)
	return v
}

func (v *importView) object() fyne.CanvasObject    { return v.scroll }
func (v *importView) leave()                       {}
func (v *importView) load()                        {}
func (v *importView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

// drop takes another file in hand.
func (v *importView) drop(paths []string) {
	if len(paths) > 0 && !v.work.busy() {
		v.w.importFile(v.kind, paths[0])
	}
}

// importFile shows the columns of a register file.
func (w *Window) importFile(kind, path string) {
	if w.importing.work.busy() {
		w.show(w.importing, "settings")
		return
	}
	w.importing.openAs(kind, path, registry.Options{})
}

// openAs shows the columns of a file, read from the worksheet and with the
// header rows of o.
func (v *importView) openAs(kind, path string, o registry.Options) {
	w := v.w
	var p registry.Preview
	var remembered string
	v.latest.run(w.tasks, func(ctx context.Context) error {
		f, err := registry.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if p, err = f.Preview(shownRows, o); err != nil {
			return err
		}
		remembered, err = w.desk.Store.Setting(ctx, columnsSetting(kind, usesOf(kind, p)))
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			v.show() // what was chosen is not so
			return
		}
		v.opts, v.above = o, p.HeaderRows
		v.kind, v.path, v.uses, v.rows, v.layout, v.other = kind, path, usesOf(kind, p), p.Rows, p.Layout, ""
		if p.Kind != "" && p.Kind != kind {
			v.other = p.Kind
		}
		v.result, v.outcome.Objects = nil, nil
		v.makePicks(remembered)
		v.show()
		if w.view != view(v) {
			w.show(v, "settings")
			v.scroll.ScrollToTop()
		}
	})
}

func usesOf(kind string, p registry.Preview) []registry.ColumnUse {
	if kind == inspectorRegister {
		return p.Inspectors
	}
	return p.Organizations
}

// columnsSetting names what is remembered for files with these headings.
func columnsSetting(kind string, uses []registry.ColumnUse) string {
	h := sha256.New()
	for _, u := range uses {
		h.Write([]byte(u.Heading + "\x00")) // never fails
	}
	return "import." + kind + "." + hex.EncodeToString(h.Sum(nil)[:12])
}

// makePicks makes a choice for each column: as chosen the last time for such a
// file, else as its heading says.
func (v *importView) makePicks(remembered string) {
	var chosen []string
	v.old = json.Unmarshal([]byte(remembered), &chosen) == nil && len(chosen) == len(v.uses)
	v.picks = nil
	for n, u := range v.uses {
		field := fieldOf(u)
		if v.old {
			field = chosen[n]
		}
		p := newPick(func(string) { v.changed() })
		p.values = []string{field} // until show gives it all
		p.show([]string{field}, []string{field}, field)
		v.picks = append(v.picks, p)
	}
}

// changed is called when a column was chosen to be something.
func (v *importView) changed() {
	v.old = false
	v.showLacks()
	v.scroll.Refresh()
}

// chosen gives what each column is.
func (v *importView) chosen() []string {
	var out []string
	for _, p := range v.picks {
		out = append(out, p.value())
	}
	return out
}

// fieldOf gives the field a heading names; an address may have several columns.
func fieldOf(u registry.ColumnUse) string {
	if strings.HasPrefix(u.Field, "address") {
		return "address"
	}
	return u.Field
}

// columns gives what was chosen by hand over what the headings say.
func (v *importView) columns() registry.Columns {
	is, was := map[string][]string{}, map[string][]string{}
	for n, field := range v.chosen() {
		u := v.uses[n]
		is[field] = append(is[field], u.Letter)
		was[fieldOf(u)] = append(was[fieldOf(u)], u.Letter)
	}
	by := registry.Columns{}
	for field, letters := range is {
		if field != remark && field != leftOut && !slices.Equal(letters, was[field]) {
			by[field] = letters
		}
	}
	for field := range was {
		if field != remark && field != leftOut && is[field] == nil {
			by[field] = []string{"-"}
		}
	}
	return by
}

// problem says what keeps the file from being imported, "" nothing.
func (v *importView) problem() string {
	chosen := v.chosen()
	for _, need := range registerNeeds[v.kind] {
		if !slices.Contains(chosen, need) {
			return v.w.T("ui.import.lacks", "field", v.w.T("ui.register."+need))
		}
	}
	for n, field := range chosen {
		if field != remark && field != leftOut && field != "address" && slices.Index(chosen, field) < n {
			return v.w.T("ui.import.twice", "field", v.fieldWords(field))
		}
	}
	return ""
}

func (v *importView) fieldWords(field string) string {
	w := v.w
	if name, ok := strings.CutPrefix(field, "facts/"); ok {
		return w.T("ui.import.fact", "name", name)
	}
	if name, ok := strings.CutPrefix(field, "extra/"); ok {
		return w.T("ui.import.extra", "name", name)
	}
	switch field {
	case remark:
		return w.T("ui.import.remark")
	case leftOut:
		return w.T("ui.import.left_out")
	}
	return w.T("ui.register." + field)
}

func (v *importView) show() {
	w := v.w
	v.name.set(w.T("ui.import." + v.kind))
	if v.path != "" {
		v.file.set(strings.TrimSuffix(v.path+" · "+strings.ToUpper(v.layout.Format)+" · "+v.layout.Encoding, " · "))
	}
	note := w.T("ui.import.how")
	switch {
	case v.other != "":
		note = w.T("ui.import.looks_like_" + v.other)
		v.swap.SetText(w.T("ui.import." + v.other))
	case v.old:
		note = w.T("ui.import.as_before")
	}
	v.note.set(note)
	showIf(v.swap, v.other != "")
	v.showReading()
	v.table.Objects = nil
	if len(v.uses) > 0 {
		v.table.Add(inset(4, 0, columns(importShares, quiet(w.T("ui.import.column")), quiet(w.T("ui.import.rows")), quiet(w.T("ui.import.is")))))
		v.table.Add(hairline())
	}
	for n, u := range v.uses {
		v.table.Add(v.columnRow(n, u))
		v.table.Add(hairline())
	}
	showIf(v.settingUp, v.result == nil && !v.work.busy())
	v.outcome.Objects = nil
	if v.result != nil {
		v.result()
	}
	v.showLacks()
	v.scroll.Refresh()
}

// showReading shows which worksheet is read and how many rows are headings.
func (v *importView) showReading() {
	v.sheet.show(v.layout.Sheets, v.layout.Sheets, v.layout.Sheet)
	showIf(v.sheetRow, len(v.layout.Sheets) > 1)
	values, labels := []string{"-1"}, []string{v.w.T("ui.import.no_headings")}
	for n := 1; n <= max(mostHeaderRows, v.above); n++ {
		values, labels = append(values, strconv.Itoa(n)), append(labels, strconv.Itoa(n))
	}
	chosen := "-1"
	if v.above > 0 {
		chosen = strconv.Itoa(v.above)
	}
	v.headers.show(values, labels, chosen)
	showIf(v.headersRow, len(v.uses) > 0)
}

// mostHeaderRows is how many header rows are offered: two-row headers below a
// title and a note are the most seen.
const mostHeaderRows = 5

var importShares = []float32{0.26, 0.44, 0.3}

func (v *importView) columnRow(n int, u registry.ColumnUse) fyne.CanvasObject {
	w := v.w
	heading := u.Heading
	if heading == "" {
		heading = w.T("ui.import.no_heading")
	}
	var cells []string
	for _, r := range v.rows {
		if n < len(r) && r[n] != "" {
			cells = append(cells, r[n])
		}
	}
	fields := registerFields[v.kind]
	chosen := v.picks[n].value()
	values := []string{remark}
	for _, other := range []string{fieldOf(u), chosen} { // a fact, a remark with a name of its own, a running number
		if !slices.Contains(fields, other) && !slices.Contains(values, other) {
			values = append(values, other)
		}
	}
	values = append(values, fields...)
	var labels []string
	for _, f := range values {
		labels = append(labels, v.fieldWords(f))
	}
	v.picks[n].show(values, labels, chosen)
	return inset(4, 0, columns(importShares,
		across(8, 1, atLeast(26, 0, quiet(u.Letter).oneLine()), plain(heading).atMostLines(2)),
		quiet(strings.Join(cells, "  |  ")).atMostLines(2), v.picks[n].framed))
}

func (v *importView) showLacks() {
	problem := v.problem()
	v.lacks.set(problem)
	showIf(v.lacks, problem != "")
	if problem == "" && v.path != "" {
		v.start.Enable()
	} else {
		v.start.Disable()
	}
}

// run imports.
func (v *importView) run() {
	w := v.w
	if v.problem() != "" || v.work.busy() {
		return
	}
	path, kind, d := v.path, v.kind, w.desk
	remember, _ := json.Marshal(v.chosen()) // strings always marshal
	setting := columnsSetting(kind, v.uses)
	beside := strings.TrimSuffix(path, filepath.Ext(path)) + "-" + w.T("ui.settings.rejects") + ".csv"
	rejects := &desk.Rejects{Path: beside, Fallback: filepath.Join(d.Folder(), filepath.Base(beside)), Fault: func(path string, err error) error {
		return &record.Error{Code: record.ReadOnly, Message: "ui.import.rejects_unwritable", Args: map[string]any{"file": path}, Err: err}
	}}
	o := registry.Options{Columns: v.columns(), HeaderRows: v.opts.HeaderRows, Sheet: v.opts.Sheet, Rejects: rejects, Words: w.texts.Message}
	var done desk.Imported
	showIf(v.settingUp, false)
	v.work.run(w.T("ui.settings.importing"), func(ctx context.Context, progress workProgress) error {
		defer rejects.Discard()
		o.Progress = func(p registry.Progress) {
			progress(func() string { return w.T("ui.import.reading", "rows", number(int64(p.Rows))) }, p.Bytes, p.TotalSize)
		}
		read := d.ImportOrganizations
		if kind == inspectorRegister {
			read = d.ImportInspectors
		}
		var err error
		if done, err = read(ctx, "", path, o); err != nil {
			return err
		}
		return errors.Join(rejects.Keep(), d.Store.SetSetting(ctx, setting, string(remember)))
	}, func(err error) {
		switch {
		case errors.Is(err, context.Canceled):
			w.tell(amberColor, "ui.import.stopped")
		case err != nil:
			w.complain(err)
		default:
			v.result = func() { v.showImported(filepath.Base(path), done, rejects.Written()) }
		}
		v.show()
		w.refreshStatus()
	})
	v.scroll.Refresh()
}

func (v *importView) showImported(name string, d desk.Imported, rejects string) {
	w := v.w
	count := func(n int) string { return number(int64(n)) }
	said := down(4, strong(w.T("ui.settings.imported", "file", name)),
		plain(w.T("ui.settings.imported_rows", "rows", count(d.Rows), "accepted", count(d.Accepted), "rejected", count(d.Rejected), "duplicates", count(d.Duplicates), "blank", count(d.Blank))))
	if d.Added+d.Changed == 0 {
		said.Add(plain(w.T("ui.import.nothing_changed", "same", count(d.Unchanged))))
	} else {
		said.Add(plain(w.T("ui.settings.imported_changes", "new", count(d.Added), "changed", count(d.Changed), "same", count(d.Unchanged))))
	}
	v.outcome.Add(newBox(inset(10, 12, said), jadeSoft, "", 4))
	if rejects != "" {
		open := flow(8, button(w.T("ui.import.open_rejects"), func() { w.openFile(rejects) }))
		v.outcome.Add(newBox(inset(10, 12, down(6, plain(w.T("ui.settings.rejected_file", "rejected", d.Rejected, "file", rejects)), v.reasons(d.Reasons, d.Rejects), open)), amberSoft, "", 4))
	}
	if len(d.Counts) > 0 {
		v.outcome.Add(panel(inset(10, 12, down(4, strong(w.T("ui.import.warnings")), v.reasons(d.Counts, d.Warnings)))))
	}
	if len(d.Unmapped) > 0 {
		v.outcome.Add(quiet(w.T("ui.settings.unmapped", "headings", strings.Join(d.Unmapped, ", "))))
	}
	next := flow(8, mainButton(w.T("ui.home.find"), func() { w.goTo("organizations") }))
	if v.kind == inspectorRegister {
		next = flow(8, mainButton(w.T("ui.nav.home"), func() { w.goTo("home") }))
	}
	next.Add(button(w.T("ui.import.another"), func() { w.chooseRegisterFile(v.kind) }))
	v.outcome.Add(next)
}

// reasons says how many rows have something to tell, and as an example what it
// is in the first of them.
func (v *importView) reasons(counts map[string]int, examples []registry.Warning) fyne.CanvasObject {
	list := down(2)
	var told []string
	for _, x := range examples {
		if !slices.Contains(told, x.Message) {
			told = append(told, x.Message)
			list.Add(quiet(v.w.T("ui.import.reason", "n", number(int64(counts[x.Message])), "row", x.Row, "why", v.w.texts.Message(x.Message, x.Args))))
		}
	}
	return list
}

// chooseRegisterFile asks for the file of a register.
func (w *Window) chooseRegisterFile(kind string) {
	w.chooseFile(w.T("ui.import."+kind), registerFiles, func(path string) { w.importFile(kind, path) })
}

var registerFiles = []string{".csv", ".tsv", ".txt", ".xlsx"}

// openFile shows a file in the system's program for it.
func (w *Window) openFile(path string) {
	err := error(nil)
	if w.opts.Open != nil {
		err = w.opts.Open(path)
	} else {
		var u *url.URL
		if u, err = url.Parse(storage.NewFileURI(path).String()); err == nil {
			err = w.app.OpenURL(u)
		}
	}
	if err != nil {
		w.log.Error("open a file", "file", path, "error", err.Error())
		w.tell(vermilionColor, "ui.open.no_program", "file", path)
	}
}

// registerDropped takes register files dropped on a view; it tells whether
// there was one.
func (w *Window) registerDropped(paths []string) bool {
	for _, p := range paths {
		if slices.Contains(registerFiles, strings.ToLower(filepath.Ext(p))) {
			w.importFile(organizationRegister, p)
			return true
		}
	}
	return false
}
