package xlsform

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// Options say what the workbook does not.
type Options struct {
	ID      string // of the checklist; "" takes the form's id, else the file's name
	Version string // "" takes the form's version, else "1"
	Status  string // "" takes the workbook's, else draft
	Files   fs.FS  // where files with choices lie; Open takes the workbook's folder
}

// Import is a workbook that was read.
type Import struct {
	Checklist checklist.Checklist
	Warnings  []Warning
	Untold    int // warnings beyond those listed
}

// Open reads the workbook at path.
func Open(path string, o Options) (*Import, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		code, message := record.Forbidden, "xlsform.unreadable"
		if errors.Is(err, fs.ErrNotExist) {
			code, message = record.NotFound, "xlsform.missing"
		}
		return nil, &record.Error{Code: code, Message: message, Args: map[string]any{"file": path}, Err: err}
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("xlsform: look at %s: %w", path, err)
	}
	if !st.Mode().IsRegular() {
		return nil, &record.Error{Code: record.Invalid, Message: "xlsform.unreadable", Args: map[string]any{"file": path}}
	}
	b, err := ReadBook(f, st.Size(), name)
	if err != nil {
		return nil, err
	}
	if o.Files == nil {
		o.Files = os.DirFS(filepath.Dir(path))
	}
	return FromBook(b, name, o)
}

// FromBook makes a checklist of a workbook. name is that of the file: a form
// without an id is called by it.
func FromBook(b *Book, name string, o Options) (*Import, error) {
	for _, s := range b.Sheets {
		for _, r := range s.Rows {
			for n, c := range r.Cells {
				if !utf8.ValidString(c) {
					r.Cells[n] = strings.ToValidUTF8(c, "\ufffd") // what a checklist can hold
				}
			}
		}
	}
	in := &importer{book: b, file: name, o: o, uids: map[string]bool{}, settings: map[string]string{}, out: &Import{}}
	if err := in.read(); err != nil {
		return nil, err
	}
	return in.out, nil
}

type importer struct {
	book *Book
	file string
	o    Options
	out  *Import

	c        checklist.Checklist
	settings map[string]string // by our name
	uids     map[string]bool
	places   map[string]place // uid → where it stands in the workbook
	columns  []column         // of the survey sheet
	lists    map[string]bool  // names of lists, external ones with "\x00" before
	defined  map[string][]*checklist.Element
	second   bool // reading what the first reading would export
}

// place is a row of the survey sheet, with the columns that hold what.
type place struct {
	row     int
	columns map[string]int
}

func (in *importer) fault(message string, args map[string]any) *record.Error {
	if args == nil {
		args = map[string]any{}
	}
	args["file"] = in.file
	return &record.Error{Code: record.Invalid, Message: message, Args: args}
}

// known are the sheets that are read; all others are carried along.
var known = map[string]bool{"survey": true, "choices": true, "settings": true, "external_choices": true, "legal": true, "scoring": true}

func (in *importer) read() error {
	survey := in.book.sheet("survey")
	if survey == nil || len(survey.Rows) == 0 {
		var names []string
		for _, s := range in.book.Sheets {
			names = append(names, s.Name)
		}
		return in.fault("xlsform.no_survey", map[string]any{"sheets": strings.Join(names, ", ")})
	}
	in.c.X = &checklist.Extra{Columns: map[string][]string{}}
	in.places = map[string]place{}
	in.readSettings()
	in.readLegal()
	in.readChoices("choices", false)
	in.readChoices("external_choices", true)
	if err := in.readSurvey(survey); err != nil {
		return err
	}
	in.readScoring()
	for _, s := range in.book.Sheets {
		if n := strings.ToLower(strings.TrimSpace(s.Name)); !known[n] && !ourNotes(s.Name) && len(s.Rows) > 0 {
			extra := checklist.ExtraSheet{Name: s.Name}
			for _, r := range s.Rows {
				extra.Rows = append(extra.Rows, checklist.ExtraRow(r))
			}
			in.c.X.Sheets = append(in.c.X.Sheets, extra)
		}
	}
	in.languages()
	in.check()
	in.files()
	return in.finish()
}

// keepColumns remembers the headings of a sheet for the export.
func (in *importer) keepColumns(sheet string, cols []column) {
	var list []string
	for _, c := range cols {
		list = append(list, c.heading)
	}
	in.c.X.Columns[sheet] = list
}

func trim(s string) string { return strings.TrimSpace(s) }

func (in *importer) readSettings() {
	s := in.book.sheet("settings")
	if s == nil || len(s.Rows) == 0 {
		return
	}
	cols := headings(s.Rows[0], settingColumns, inspectSettings)
	in.keepColumns("settings", cols)
	if len(s.Rows) == 1 {
		return
	}
	x := map[string]string{}
	for _, c := range cols {
		v := trim(s.Rows[1].cell(c.index))
		if v == "" {
			continue
		}
		x[c.heading] = s.Rows[1].cell(c.index)
		if c.name != "" {
			key := c.name
			if c.lang != "" {
				key += "::" + c.lang
			}
			if in.settings[key] == "" {
				in.settings[key] = v
			}
		}
	}
	in.c.X.Settings = x
	if len(s.Rows) > 2 {
		in.warn("settings", s.Rows[2].Number, -1, "xlsform.settings_rows", nil)
		extra := checklist.ExtraSheet{Name: s.Name}
		for _, r := range s.Rows[2:] {
			extra.Rows = append(extra.Rows, checklist.ExtraRow(r))
		}
		in.c.X.Sheets = append(in.c.X.Sheets, extra)
	}
}

// setText puts a text of one language into one of the maps of texts.
func setText(t *checklist.Texts, lang, s string) {
	if *t == nil {
		*t = checklist.Texts{}
	}
	(*t)[lang] = s
}

func setMedia(m *map[string]checklist.Texts, kind, lang, s string) {
	if *m == nil {
		*m = map[string]checklist.Texts{}
	}
	t := (*m)[kind]
	setText(&t, lang, s)
	(*m)[kind] = t
}

func setX(m *map[string]string, heading, s string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[heading] = s
}

// yes reads a cell that says yes or no.
func yes(s string) (value, ok bool) {
	switch strings.ToLower(trim(s)) {
	case "yes", "true", "true()", "1", "是", "y":
		return true, true
	case "no", "false", "false()", "0", "否", "n", "":
		return false, true
	}
	return false, false
}

func (in *importer) readChoices(sheet string, external bool) {
	s := in.book.sheet(sheet)
	if s == nil || len(s.Rows) == 0 {
		return
	}
	cols := headings(s.Rows[0], choiceColumns, nil)
	in.keepColumns(sheet, cols)
	in.repeatedHeadings(sheet, s.Rows[0], cols)
	if in.lists == nil {
		in.lists = map[string]bool{}
	}
	duplicates, _ := yes(in.settings["allow_choice_duplicates"])
	index := map[string]int{}
	seen := map[string]bool{}
	last, mixed := "", false
	var order []string
	for _, r := range s.Rows[1:] {
		if r.blank() {
			continue
		}
		var list string
		var o checklist.ListChoice
		for _, c := range cols {
			v := r.cell(c.index)
			if trim(v) == "" {
				continue
			}
			switch {
			case c.name == "list_name" && list == "":
				list = trim(v)
			case c.name == "name" && o.Name == "":
				o.Name = trim(v)
			case c.name == "label":
				setText(&o.Label, c.lang, trim(v))
			case strings.HasPrefix(c.name, "media::"):
				setMedia(&o.Media, strings.TrimPrefix(c.name, "media::"), c.lang, trim(v))
			case c.name == "inspect::nonconforming":
				var ok bool
				if o.Nonconforming, ok = yes(v); !ok {
					in.warn(sheet, r.Number, c.index, "xlsform.not_yes_no", map[string]any{"value": short(v)})
					setX(&o.X, c.heading, trim(v))
				}
			case c.name == "inspect::score":
				if n, ok := checklist.ParseNumber(v); !ok || n.Sign() < 0 {
					in.warn(sheet, r.Number, c.index, "xlsform.not_number", map[string]any{"value": short(v)})
					setX(&o.X, c.heading, trim(v))
				} else {
					o.Score = trim(v)
				}
			default:
				setX(&o.X, c.heading, trim(v))
			}
		}
		switch {
		case list == "":
			in.warn(sheet, r.Number, columnNamed(cols, "list_name"), "xlsform.choice_without_list", nil)
		case o.Name == "" && !external:
			in.warn(sheet, r.Number, columnNamed(cols, "name"), "xlsform.choice_without_name", map[string]any{"list": list})
		case !external && seen[list+"\x00"+o.Name] && !duplicates:
			in.warn(sheet, r.Number, columnNamed(cols, "name"), "xlsform.choice_twice", map[string]any{"list": list, "choice": short(o.Name)})
		}
		seen[list+"\x00"+o.Name] = true
		n, ok := index[list]
		if !ok {
			n = len(in.c.Lists)
			index[list] = n
			in.c.Lists = append(in.c.Lists, checklist.ChoiceList{Name: list, External: external})
		}
		mixed = mixed || ok && list != last
		last = list
		order = append(order, list)
		in.c.Lists[n].Choices = append(in.c.Lists[n].Choices, o)
		key := list
		if external {
			key = "\x00" + list
		}
		in.lists[key] = true
	}
	if mixed { // the export gives the rows in the author's order
		if in.c.X.Order == nil {
			in.c.X.Order = map[string][]string{}
		}
		in.c.X.Order[sheet] = order
	}
}

func columnNamed(cols []column, name string) int {
	for _, c := range cols {
		if c.name == name {
			return c.index
		}
	}
	return -1
}

// repeatedHeadings tells of columns that mean the same; the first one counts.
func (in *importer) repeatedHeadings(sheet string, row Row, cols []column) {
	seen := map[string]bool{}
	for _, c := range cols {
		key := c.name + "\x00" + c.lang
		if base, _, ok := strings.Cut(c.heading, again); ok {
			in.warn(sheet, row.Number, c.index, "xlsform.column_twice", map[string]any{"heading": base})
			continue
		}
		if c.name != "" && seen[key] {
			in.warn(sheet, row.Number, c.index, "xlsform.column_twice", map[string]any{"heading": c.heading})
		}
		seen[key] = true
	}
}

// short cuts what is quoted in a message.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// field gives the text of an element that a column of this name holds.
func field(e *checklist.Element, name string) *string {
	switch name {
	case "name":
		return &e.Name
	case "required":
		return &e.Required
	case "relevant":
		return &e.Relevant
	case "constraint":
		return &e.Constraint
	case "calculation":
		return &e.Calculation
	case "default":
		return &e.Default
	case "read_only":
		return &e.ReadOnly
	case "choice_filter":
		return &e.ChoiceFilter
	case "repeat_count":
		return &e.Count
	case "trigger":
		return &e.Trigger
	case "save_to":
		return &e.SaveTo
	case "appearance":
		return &e.Appearance
	case "parameters":
		return &e.Parameters
	}
	return nil
}

// fieldTexts gives the texts of an element that a column of this name holds.
func fieldTexts(e *checklist.Element, name string) *checklist.Texts {
	switch name {
	case "label":
		return &e.Label
	case "hint":
		return &e.Hint
	case "guidance_hint":
		return &e.Guidance
	case "constraint_message":
		return &e.ConstraintMessage
	case "required_message":
		return &e.RequiredMessage
	}
	return nil
}

var nameForm = regexp.MustCompile(`^[\pL_][\pL\pN_.\-]*$`)

// open is a group that has begun.
type open struct {
	element checklist.Element
	row     int
	names   map[string]bool
}

const generatedNote = "generated_note_name_"

func (in *importer) readSurvey(s *Sheet) error {
	cols := headings(s.Rows[0], surveyColumns, inspectColumns)
	in.keepColumns("survey", cols)
	in.columns = cols
	typeColumn, nameColumn := columnNamed(cols, "type"), columnNamed(cols, "name")
	if typeColumn < 0 {
		return in.fault("xlsform.no_type_column", map[string]any{"row": s.Rows[0].Number})
	}
	in.repeatedHeadings("survey", s.Rows[0], cols)
	stack := []*open{{names: map[string]bool{}}}
	top := func() *open { return stack[len(stack)-1] }
	closeTop := func() {
		done := top()
		stack = stack[:len(stack)-1]
		top().element.Elements = append(top().element.Elements, done.element)
	}
	count := 0
	for _, r := range s.Rows[1:] {
		if r.blank() {
			continue
		}
		if count++; count > checklist.MaxElements {
			e := in.fault("xlsform.too_many_rows", map[string]any{"limit": checklist.MaxElements})
			e.Code = record.TooLarge
			return e
		}
		cell := strings.Join(strings.Fields(r.cell(typeColumn)), " ")
		disabled := false
		if n := columnNamed(cols, "disabled"); n >= 0 {
			disabled, _ = yes(r.cell(n))
		}
		t := readType(cell)
		comment := disabled
		switch {
		case disabled:
		case cell == "":
			comment = true
			if trim(r.cell(nameColumn)) != "" {
				in.warn("survey", r.Number, typeColumn, "xlsform.row_without_type", nil)
			}
		case settingColumns[snake(cell)] != "" && t.name == "" && !t.begin && !t.end:
			// Old forms set their title and id in a row of the survey.
			comment = true
			if v := trim(r.cell(nameColumn)); v != "" && in.settings[settingColumns[snake(cell)]] == "" {
				in.settings[settingColumns[snake(cell)]] = v
			}
		}
		if comment {
			e := checklist.Element{Kind: checklist.CommentElement}
			for _, c := range cols {
				if v := r.cell(c.index); trim(v) != "" {
					setX(&e.X, c.heading, trim(v))
				}
			}
			in.uid(&e, r, cols, fmt.Sprintf("row-%d", r.Number))
			top().element.Elements = append(top().element.Elements, e)
			continue
		}
		if t.end {
			if len(stack) == 1 {
				in.warn("survey", r.Number, typeColumn, "xlsform.end_without_begin", map[string]any{"type": cell})
				continue
			}
			if top().element.Kind != t.kind {
				in.warn("survey", r.Number, typeColumn, "xlsform.end_of_other", map[string]any{"type": cell, "begun": top().row})
				// "end repeat" missing within: close what does not match, if what matches is open.
				for n := len(stack) - 1; n > 0; n-- {
					if stack[n].element.Kind == t.kind {
						for len(stack)-1 > n {
							closeTop()
						}
						break
					}
				}
			}
			end := map[string]string{}
			for _, c := range cols {
				v := trim(r.cell(c.index))
				if c.index == typeColumn {
					if cell == writeEnd(top().element.Kind) {
						continue
					}
					v = cell
				}
				if v != "" {
					end[c.heading] = v
				}
			}
			top().element.End = end
			if len(end) == 0 {
				top().element.End = nil
			}
			closeTop()
			continue
		}
		e := in.element(t, cell, r, cols)
		in.name(&e, r, nameColumn, top().names)
		in.uid(&e, r, cols, e.Name)
		in.remember(&e, r, cols)
		if t.begin {
			if len(stack) > 60 {
				return in.fault("xlsform.too_deep", map[string]any{"row": r.Number})
			}
			stack = append(stack, &open{element: e, row: r.Number, names: map[string]bool{}})
			continue
		}
		top().element.Elements = append(top().element.Elements, e)
	}
	for len(stack) > 1 {
		in.warn("survey", top().row, typeColumn, "xlsform.begin_without_end", map[string]any{"name": top().element.Name})
		closeTop()
	}
	in.c.Elements = stack[0].element.Elements
	if len(in.c.Elements) == 0 {
		in.warn("survey", 0, -1, "xlsform.no_questions", nil)
	}
	return nil
}

func writeEnd(k checklist.ElementKind) string {
	switch k {
	case checklist.RepeatElement:
		return "end_repeat"
	case checklist.LoopElement:
		return "end_loop"
	}
	return "end_group"
}

// element reads a row.
func (in *importer) element(t typed, cell string, r Row, cols []column) checklist.Element {
	e := checklist.Element{Kind: t.kind, Type: t.name, List: t.list, File: t.file, OrOther: t.orOther}
	for _, c := range cols {
		v := trim(r.cell(c.index))
		if v == "" || c.name == "type" {
			continue
		}
		if f := field(&e, c.name); f != nil {
			if *f == "" {
				*f = v
				continue
			}
		} else if f := fieldTexts(&e, c.name); f != nil {
			if (*f)[c.lang] == "" {
				setText(f, c.lang, v)
				continue
			}
		} else if kind, ok := strings.CutPrefix(c.name, "media::"); ok {
			if e.Media[kind][c.lang] == "" {
				setMedia(&e.Media, kind, c.lang, v)
				continue
			}
		} else if what, ok := strings.CutPrefix(c.name, "inspect::"); ok {
			if in.inspect(&e, what, v, r, c) {
				continue
			}
		}
		setX(&e.X, c.heading, v)
	}
	if t.constraint != "" && e.Constraint == "" {
		e.Constraint = t.constraint
	}
	typeColumn := columnNamed(cols, "type")
	if e.Kind == checklist.QuestionElement {
		switch {
		case t.name == "":
			e.Type = "text"
			in.warn("survey", r.Number, typeColumn, "xlsform.unknown_type", map[string]any{"type": short(cell)})
		case degraded[t.name]:
			in.warn("survey", r.Number, typeColumn, "xlsform.degraded_type", map[string]any{"type": t.name})
		case t.name == "csv-external":
			e.File = e.Name + ".csv"
		}
	}
	if writeType(&e) != cell {
		e.TypedAs = cell
	}
	return e
}

// name checks the name of a row, and gives one to what has none.
func (in *importer) name(e *checklist.Element, r Row, column int, siblings map[string]bool) {
	switch {
	case e.Name != "":
	case e.Type == "note":
		e.Name = generatedNote + strconv.Itoa(r.Number)
		return
	case e.Type == "audit":
		e.Name = "audit"
		return
	default:
		e.Name = fmt.Sprintf("%s_%d", first(e.Type, string(e.Kind)), r.Number)
		in.warn("survey", r.Number, column, "xlsform.without_name", map[string]any{"name": e.Name})
		return
	}
	switch {
	case !nameForm.MatchString(e.Name):
		in.warn("survey", r.Number, column, "xlsform.bad_name", map[string]any{"name": short(e.Name)})
	case e.Name == "meta":
		in.warn("survey", r.Number, column, "xlsform.reserved_name", map[string]any{"name": e.Name})
	case siblings[e.Name]:
		in.warn("survey", r.Number, column, "xlsform.name_twice", map[string]any{"name": e.Name})
	case siblings["\x00"+strings.ToLower(e.Name)]:
		in.warn("survey", r.Number, column, "xlsform.name_differs_by_case", map[string]any{"name": e.Name})
	}
	siblings[e.Name], siblings["\x00"+strings.ToLower(e.Name)] = true, true
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

var uidForm = regexp.MustCompile(`^[a-z0-9]{6,32}$`)

// uid gives an element the identity that answers are kept under: the one in
// its column, else one made of the form's id and its name, so that the next
// version of the workbook gives the same.
func (in *importer) uid(e *checklist.Element, r Row, cols []column, name string) {
	if e.UID != "" && !in.uids[e.UID] {
		in.uids[e.UID] = true
		return
	}
	if e.UID != "" {
		in.warn("survey", r.Number, columnNamed(cols, "inspect::uid"), "xlsform.uid_twice", map[string]any{"uid": e.UID})
	}
	seed := "element/" + in.id() + "/" + name
	for n := 1; ; n++ {
		sum := sha256.Sum256([]byte(seed))
		e.UID = base32(sum[:])[:10]
		if !in.uids[e.UID] {
			in.uids[e.UID] = true
			return
		}
		seed = fmt.Sprintf("element/%s/%s/%d", in.id(), name, n+1)
	}
}

// base32 writes bytes in the letters that uids are made of.
func base32(b []byte) string {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	var out strings.Builder
	bits, have := 0, 0
	for _, c := range b {
		bits = bits<<8 | int(c)
		for have += 8; have >= 5; have -= 5 {
			out.WriteByte(letters[bits>>(have-5)&31])
		}
		bits &= 1<<have - 1
	}
	return out.String()
}

// remember notes where an element stands, for warnings that come later.
func (in *importer) remember(e *checklist.Element, r Row, cols []column) {
	p := place{row: r.Number, columns: map[string]int{}}
	for _, c := range cols {
		if key := c.name + "\x00" + c.lang; c.name != "" {
			if _, ok := p.columns[key]; !ok {
				p.columns[key] = c.index
			}
		}
	}
	in.places[e.UID] = p
}

var dashes = regexp.MustCompile(`[^a-z0-9.]+`)

// slug makes an id of a form's id: small letters, digits, dots and dashes.
func slug(s string) string {
	s = strings.Trim(dashes.ReplaceAllString(strings.ToLower(s), "-"), "-.")
	if len(s) > 100 {
		s = strings.TrimRight(s[:100], "-.")
	}
	return s
}

// id gives the id of the checklist.
func (in *importer) id() string {
	stem := strings.TrimSuffix(in.file, filepath.Ext(in.file))
	for _, s := range []string{in.o.ID, in.settings["form_id"], stem} {
		if s = slug(s); s != "" {
			return s
		}
	}
	sum := sha256.Sum256([]byte(first(in.settings["form_id"], stem)))
	return "form-" + base32(sum[:])[:8] // a name without a single Latin letter or digit
}

// languages lists the languages in the order in which they are met.
func (in *importer) languages() {
	seen := map[string]bool{}
	add := func(t checklist.Texts, cols []column, name string) {
		for _, c := range cols {
			if c.name == name && !seen[c.lang] && t[c.lang] != "" {
				seen[c.lang] = true
				in.c.Languages = append(in.c.Languages, c.lang)
			}
		}
	}
	in.c.Walk(func(e *checklist.Element, _ []*checklist.Element) {
		add(e.Label, in.columns, "label")
		add(e.Hint, in.columns, "hint")
	})
	in.c.DefaultLanguage = in.settings["default_language"]
	in.c.InstanceName = in.settings["instance_name"]
}

// finish fills in the head and settles the checklist as Parse would.
func (in *importer) finish() error {
	c := &in.c
	c.Schema = checklist.SchemaElements
	c.ID = in.id()
	c.Version = cleanVersion(first(in.o.Version, in.settings["version"], "1"))
	c.Status = first(in.o.Status, in.oneOf("status", "draft", "draft", "published", "retired"))
	c.Title = in.texts("title")
	if c.Title == (record.Text{}) {
		c.Title = bilingual(first(in.settings["form_title"], in.settings["form_id"], c.ID))
	}
	c.Description, c.Notice = in.texts("description"), in.texts("notice")
	c.Stage = in.oneOf("stage", "", "onsite", "registration", "reinspection", "development")
	c.InspectionKinds = words(in.settings["inspect::inspection_kinds"])
	c.Jurisdiction = in.settings["inspect::jurisdiction"]
	if c.Jurisdiction == "" {
		c.Jurisdiction = "*"
		for _, l := range c.Languages {
			if checklist.LanguageCode(l) == "zh" {
				c.Jurisdiction = "CN"
			}
		}
	}
	for _, w := range words(in.settings["inspect::applies_to"]) {
		c.AppliesTo = append(c.AppliesTo, record.OrganizationKind(w))
	}
	for _, ref := range words(in.settings["inspect::legal_basis_of_check"]) {
		if in.instrument(ref) == nil {
			in.warn("settings", 2, -1, "xlsform.no_instrument", map[string]any{"ref": ref})
			continue
		}
		c.Basis = append(c.Basis, ref)
	}
	if len(c.AppliesTo) == 0 {
		c.AppliesTo = []record.OrganizationKind{record.SocialGroup, record.ServiceOrganization, record.Foundation, record.Charity, record.OtherOrganization}
	}
	if simple, ok := in.items(); ok {
		in.c = simple
	} else if !in.second {
		if err := in.settle(); err != nil {
			return err
		}
	}
	if in.second {
		return nil
	}
	b := checklist.Encode(in.c)
	if len(b) > MaxChecklist {
		e := in.fault("xlsform.too_large_checklist", map[string]any{"size": len(b) >> 10, "limit": MaxChecklist >> 10})
		e.Code = record.TooLarge
		return e
	}
	parsed, err := checklist.Parse(b)
	if err != nil {
		var e *record.Error
		if errors.As(err, &e) && e.Args == nil {
			e.Args = map[string]any{}
		}
		return err
	}
	in.out.Checklist = parsed
	in.logic()
	return nil
}

// settle takes the checklist as its own export gives it: with the columns that
// an export adds, in its order. It goes out and comes back unchanged from here
// on, and so keeps its digest.
func (in *importer) settle() error {
	in.c.Schema = checklist.SchemaElements
	again := &importer{book: ToBook(in.c), file: in.file, o: Options{Files: in.o.Files}, second: true, uids: map[string]bool{}, settings: map[string]string{}, out: &Import{}}
	if err := again.read(); err != nil {
		return err
	}
	in.c = again.c
	return nil
}

// logic tells of expressions that cannot be read or name what is not there.
func (in *importer) logic() {
	_, problems := in.out.Checklist.Logic()
	told := map[string]bool{}
	for _, w := range in.out.Warnings {
		told[fmt.Sprint(w.Sheet, w.Row, w.Column)] = true
	}
	for _, p := range problems {
		var e *record.Error
		if p.Node == nil || !errors.As(p.Err, &e) {
			continue
		}
		if name, ok := strings.CutPrefix(p.Node.Name, "__fails_"); ok && p.Node.UID == "" {
			in.failWhen(name, e, told)
			continue
		}
		uid, _, _ := strings.Cut(p.Node.UID, "-")
		at, ok := in.places[uid]
		if !ok {
			continue
		}
		column := -1
		for key, n := range at.columns {
			name, _, _ := strings.Cut(key, "\x00")
			if name == p.Column && (column < 0 || n < column) {
				column = n
			}
		}
		w := Warning{Sheet: "survey", Row: at.row, Message: e.Message, Args: e.Args}
		if column >= 0 {
			w.Column = columnName(column)
		}
		if key := fmt.Sprint(w.Sheet, w.Row, w.Column); !told[key] {
			told[key] = true
			in.warn(w.Sheet, w.Row, column, w.Message, w.Args)
		}
	}
	slices.SortStableFunc(in.out.Warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(sheetOrder(a.Sheet), sheetOrder(b.Sheet)), cmp.Compare(a.Row, b.Row))
	})
}

// failWhen tells of a fail_when that cannot be read.
func (in *importer) failWhen(name string, e *record.Error, told map[string]bool) {
	for _, x := range in.defined[name] {
		if x.Inspect == nil || x.Inspect.FailWhen == "" {
			continue
		}
		at := in.places[x.UID]
		column, ok := at.columns["inspect::fail_when\x00"]
		if key := fmt.Sprint("survey", at.row, columnName(column)); ok && !told[key] {
			told[key] = true
			in.warn("survey", at.row, column, "xlsform.bad_expression", map[string]any{"expression": short(x.Inspect.FailWhen)})
		}
		return
	}
}

// sheetOrder puts the survey first: it is what authors look at first.
func sheetOrder(name string) int {
	for n, s := range []string{"survey", "choices", "external_choices", "settings", "legal", "scoring"} {
		if strings.EqualFold(name, s) {
			return n
		}
	}
	return 9
}

// MaxChecklist is how large an imported checklist may become: it travels as one
// entry of the journal, written as a text within it.
const MaxChecklist = 5 << 19

// cleanVersion makes a version of what the author wrote.
func cleanVersion(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 64 {
		s = strings.TrimSpace(string(r[:64]))
	}
	return first(s, "1")
}

func (in *importer) oneOf(setting, otherwise string, allowed ...string) string {
	v := in.settings["inspect::"+setting]
	if v == "" {
		return otherwise
	}
	for _, a := range allowed {
		if v == a {
			return v
		}
	}
	in.warn("settings", 2, -1, "xlsform.not_one_of", map[string]any{"value": short(v), "allowed": strings.Join(allowed, ", ")})
	return otherwise
}

// texts gives a text of ours in the settings, by the languages of its columns.
func (in *importer) texts(name string) record.Text {
	var t record.Text
	for key, v := range in.settings {
		rest, ok := strings.CutPrefix(key, "inspect::"+name)
		if !ok {
			continue
		}
		lang, named := strings.CutPrefix(rest, "::")
		if rest != "" && !named {
			continue
		}
		setBoth(&t, lang, v)
	}
	return t
}

// setBoth puts a text into the language it is in; false when it is neither of
// our two.
func setBoth(t *record.Text, lang, s string) bool {
	code := checklist.LanguageCode(lang)
	if code == "" && lang == "" {
		if *t == (record.Text{}) {
			*t = bilingual(s)
		}
		return true
	}
	switch code {
	case "zh":
		t.Chinese = s
	case "en":
		t.English = s
	default:
		return false
	}
	return true
}

// bilingual puts a text into the language its letters show.
func bilingual(s string) record.Text {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return record.Text{Chinese: s}
	}
	return record.Text{English: s}
}

// words splits a list in a cell.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == ',' || r == ';' || r == '，' || r == '；' || r == '、'
	})
}
