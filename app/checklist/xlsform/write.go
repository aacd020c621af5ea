package xlsform

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// notesSheet is the sheet that tells authors how to write. It is ours: it does
// not come back with the import.
const notesSheet = "authoring notes"

func ourNotes(sheet string) bool { return strings.EqualFold(trim(sheet), notesSheet) }

// Notes are the texts that an export carries for authors, in the language of
// who will work on it.
type Notes struct {
	Sheet   [][2]string       // rows of the sheet of notes: what, and how
	Columns map[string]string // by our name of a column: what to write in it
}

// Write writes a checklist as an XLSForm workbook.
func Write(w io.Writer, c checklist.Checklist, notes Notes) error {
	b := ToBook(c)
	f := excelize.NewFile()
	defer f.Close()
	style, err := styles(f)
	if err != nil {
		return fmt.Errorf("xlsform: write: %w", err)
	}
	for _, s := range b.Sheets {
		if err := writeSheet(f, s, style, notes); err != nil {
			return fmt.Errorf("xlsform: write sheet %s: %w", s.Name, err)
		}
	}
	if len(notes.Sheet) > 0 {
		if err := writeNotes(f, style, notes); err != nil {
			return fmt.Errorf("xlsform: write notes: %w", err)
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("xlsform: write: %w", err)
	}
	f.SetActiveSheet(0)
	if err := f.Write(w); err != nil {
		return fmt.Errorf("xlsform: write: %w", err)
	}
	return nil
}

// sheetWriter collects the rows of one sheet.
type sheetWriter struct {
	cols []column
	rows [][]string
}

// columnsFor gives the columns of a sheet: those its author had, in that order
// and spelling, and behind them what is needed beside.
func columnsFor(headingsWritten []string, known map[string]string, ours map[string]bool, needed []column) []column {
	row := Row{Number: 1}
	for _, h := range headingsWritten {
		base, _, _ := strings.Cut(h, again)
		row.Cells = append(row.Cells, base)
	}
	double := false
	for _, c := range row.Cells {
		double = double || strings.Contains(c, "::")
	}
	var cols []column
	have := map[string]bool{}
	for n, h := range headingsWritten {
		c := column{index: n, heading: h}
		if c.name, c.lang = columnOf(row.Cells[n], double, known, ours); row.Cells[n] != h {
			c.name, c.lang = "", ""
		}
		if key := c.name + "\x00" + c.lang; c.name != "" && have[key] {
			c.name, c.lang = "", "" // the first one counts
		} else {
			have[key] = true
		}
		cols = append(cols, c)
	}
	for _, c := range needed {
		if have[c.name+"\x00"+c.lang] {
			continue
		}
		have[c.name+"\x00"+c.lang] = true
		c.index = len(cols)
		if c.heading = c.name; c.lang != "" {
			c.heading += "::" + c.lang
		}
		cols = append(cols, c)
	}
	return cols
}

func (s *sheetWriter) sheet(name string) Sheet {
	out := Sheet{Name: name}
	head := Row{Number: 1}
	for _, c := range s.cols {
		h, _, _ := strings.Cut(c.heading, again)
		head.Cells = append(head.Cells, h)
	}
	out.Rows = append(out.Rows, head)
	for n, cells := range s.rows {
		out.Rows = append(out.Rows, Row{Number: n + 2, Cells: cells})
	}
	return out
}

// ToBook gives the cells of a checklist's workbook.
func ToBook(c checklist.Checklist) *Book {
	if c.Schema == checklist.Schema {
		c = authored(c)
	}
	if c.X == nil {
		c.X = &checklist.Extra{}
	}
	b := &Book{}
	b.Sheets = append(b.Sheets, surveySheet(c))
	for _, external := range []bool{false, true} {
		if s := choiceSheet(c, external); len(s.Rows) > 1 || len(c.X.Columns[s.Name]) > 0 {
			b.Sheets = append(b.Sheets, s)
		}
	}
	b.Sheets = append(b.Sheets, settingsSheet(c))
	if len(c.Instruments) > 0 || len(c.X.Columns["legal"]) > 0 {
		b.Sheets = append(b.Sheets, legalSheet(c))
	}
	if c.Scoring != nil || len(c.X.Columns["scoring"]) > 0 {
		b.Sheets = append(b.Sheets, scoringSheet(c))
	}
	for _, x := range c.X.Sheets {
		s := Sheet{Name: x.Name}
		for _, r := range x.Rows {
			s.Rows = append(s.Rows, Row(r))
		}
		if own := b.sheet(x.Name); own != nil { // further rows of the settings
			own.Rows = append(own.Rows, s.Rows...)
			continue
		}
		b.Sheets = append(b.Sheets, s)
	}
	return b
}

// surveyOrder is the order of columns that an author has not ordered.
var surveyOrder = []string{
	"type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant", "constraint", "constraint_message", "calculation",
	"default", "read_only", "choice_filter", "appearance", "parameters", "repeat_count", "trigger", "save_to",
	"media::image", "media::big-image", "media::audio", "media::video",
	"inspect::item_no", "inspect::answer", "inspect::severity", "inspect::fail_when", "inspect::weight", "inspect::veto", "inspect::finding", "inspect::evidence",
	"inspect::legal_basis", "inspect::corrective_action", "inspect::deadline_days", "inspect::competent_authority", "inspect::applies_if", "inspect::org_types",
	"inspect::sensitive", "inspect::may_refer_to_penalty_case", "inspect::credit_consequence", "inspect::rule", "inspect::formula", "inspect::key",
	"inspect::expected_field", "inspect::repeat_over", "inspect::section", "inspect::uid",
}

// cellOf gives what an element has in a column.
func cellOf(e *checklist.Element, c column) string {
	switch {
	case e.Kind == checklist.CommentElement:
		if c.name == "inspect::uid" {
			return ""
		}
		return e.X[c.heading]
	case c.name == "type":
		return first(e.TypedAs, writeType(e))
	case c.name == "name" && strings.HasPrefix(e.Name, generatedNote) && e.Type == "note", c.name == "name" && e.Type == "audit":
		return ""
	case c.name == "":
		return e.X[c.heading]
	}
	if f := field(e, c.name); f != nil {
		if k, ok := constrained[strings.ToLower(e.TypedAs)]; ok && c.name == "constraint" && e.Constraint == k.constraint {
			return "" // the type says it
		}
		return *f
	}
	if f := fieldTexts(e, c.name); f != nil {
		return (*f)[c.lang]
	}
	if kind, ok := strings.CutPrefix(c.name, "media::"); ok {
		return e.Media[kind][c.lang]
	}
	what, _ := strings.CutPrefix(c.name, "inspect::")
	return first(inspectCell(e, what, c.lang), e.X[c.heading])
}

func inspectCell(e *checklist.Element, what, lang string) string {
	if what == "uid" {
		return e.UID
	}
	i := e.Inspect
	if i == nil {
		return ""
	}
	yesOf := func(b bool) string {
		if b {
			return "yes"
		}
		return ""
	}
	textOf := func(t record.Text) string {
		switch code := checklist.LanguageCode(lang); {
		case code == "zh":
			return t.Chinese
		case code == "en":
			return t.English
		case lang == "" && (t.Chinese == "" || t.English == ""):
			return t.Chinese + t.English
		}
		return ""
	}
	switch what {
	case "item_no":
		return i.ItemNo
	case "answer":
		return string(i.Answer)
	case "severity":
		return string(i.Severity)
	case "fail_when":
		return i.FailWhen
	case "weight":
		return i.Weight
	case "veto":
		return yesOf(i.Veto)
	case "sensitive":
		return yesOf(i.Sensitive)
	case "may_refer_to_penalty_case":
		return yesOf(i.Penalty)
	case "finding":
		return textOf(i.Finding)
	case "corrective_action":
		return textOf(i.Action)
	case "competent_authority":
		return textOf(i.Authority)
	case "evidence":
		if i.Evidence == nil {
			return ""
		}
		if i.Evidence.Position != "" {
			return i.Evidence.Photo + ", position"
		}
		return i.Evidence.Photo
	case "legal_basis":
		var lines []string
		for _, b := range i.Basis {
			lines = append(lines, writeBasis(b))
		}
		return strings.Join(lines, "\n")
	case "deadline_days":
		if i.Deadline != nil {
			return strconv.Itoa(*i.Deadline)
		}
	case "applies_if":
		return i.AppliesIf
	case "org_types":
		return join(i.OrgTypes)
	case "credit_consequence":
		return i.Credit
	case "rule":
		return i.Rule
	case "formula":
		return formulaText(i.Formula)
	case "key":
		return i.Key
	case "expected_field":
		return i.ExpectedField
	case "repeat_over":
		return i.RepeatOver
	}
	return ""
}

// languagesOf lists the languages of texts that an author's columns may lack.
func languagesOf(c checklist.Checklist, used map[string]bool) []string {
	var out []string
	for _, l := range c.Languages {
		if used[l] {
			out = append(out, l)
			delete(used, l)
		}
	}
	return append(out, sortedKeys(used)...)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// bothLanguages are the columns of a text of ours.
func bothLanguages(t record.Text) (out []string) {
	if t.Chinese != "" {
		out = append(out, chinese)
	}
	if t.English != "" {
		out = append(out, english)
	}
	return out
}

func surveySheet(c checklist.Checklist) Sheet {
	have := columnsFor(c.X.Columns["survey"], surveyColumns, inspectColumns, nil)
	holds := func(name, lang string) bool {
		for _, x := range have {
			if x.name == name && (x.lang == lang || checklist.LanguageCode(x.lang) != "" && checklist.LanguageCode(x.lang) == checklist.LanguageCode(lang)) {
				return true
			}
		}
		return false
	}
	used := map[string]map[string]bool{"type": {"": true}, "name": {"": true}, "inspect::uid": {"": true}}
	note := func(name, lang string) {
		if used[name] == nil {
			used[name] = map[string]bool{}
		}
		used[name][lang] = true
	}
	c.Walk(func(e *checklist.Element, _ []*checklist.Element) {
		for _, name := range surveyOrder {
			if f := field(e, name); f != nil && *f != "" && name != "name" {
				if cellOf(e, column{name: name}) != "" {
					note(name, "")
				}
			} else if f := fieldTexts(e, name); f != nil {
				for lang := range *f {
					note(name, lang)
				}
			} else if kind, ok := strings.CutPrefix(name, "media::"); ok {
				for lang := range e.Media[kind] {
					note(name, lang)
				}
			} else if what, ok := strings.CutPrefix(name, "inspect::"); ok && e.Inspect != nil {
				switch what {
				case "corrective_action", "finding", "competent_authority":
					t := map[string]record.Text{"corrective_action": e.Inspect.Action, "finding": e.Inspect.Finding, "competent_authority": e.Inspect.Authority}[what]
					for _, lang := range bothLanguages(t) {
						if !holds(name, lang) && !holds(name, "") {
							note(name, lang)
						}
					}
				default:
					if inspectCell(e, what, "") != "" {
						note(name, "")
					}
				}
			}
		}
		if e.X[sectionColumn] != "" {
			note(sectionColumn, "")
		}
	})
	var needed []column
	for _, name := range surveyOrder {
		for _, lang := range languagesOf(c, used[name]) {
			needed = append(needed, column{name: name, lang: lang})
		}
	}
	s := sheetWriter{cols: columnsFor(c.X.Columns["survey"], surveyColumns, inspectColumns, needed)}
	var write func(list []checklist.Element)
	write = func(list []checklist.Element) {
		for n := range list {
			e := &list[n]
			cells := make([]string, len(s.cols))
			for k, col := range s.cols {
				cells[k] = cellOf(e, col)
			}
			s.rows = append(s.rows, cells)
			if e.Kind != checklist.GroupElement && e.Kind != checklist.RepeatElement && e.Kind != checklist.LoopElement {
				continue
			}
			write(e.Elements)
			end := make([]string, len(s.cols))
			for k, col := range s.cols {
				end[k] = e.End[col.heading]
				if col.name == "type" && end[k] == "" {
					end[k] = writeEnd(e.Kind)
				}
			}
			s.rows = append(s.rows, end)
		}
	}
	write(c.Elements)
	return s.sheet("survey")
}

func choiceSheet(c checklist.Checklist, external bool) Sheet {
	name := "choices"
	if external {
		name = "external_choices"
	}
	used := map[string]map[string]bool{"list_name": {"": true}, "name": {"": true}}
	note := func(name, lang string) {
		if used[name] == nil {
			used[name] = map[string]bool{}
		}
		used[name][lang] = true
	}
	others := map[string]bool{}
	for _, l := range c.Lists {
		for _, o := range l.Choices {
			if l.External != external {
				continue
			}
			for lang := range o.Label {
				note("label", lang)
			}
			for kind, t := range o.Media {
				for lang := range t {
					note("media::"+kind, lang)
				}
			}
			if o.Nonconforming {
				note("inspect::nonconforming", "")
			}
			if o.Score != "" {
				note("inspect::score", "")
			}
			for h := range o.X {
				others[h] = true
			}
		}
	}
	var needed []column
	for _, name := range []string{"list_name", "name", "label", "media::image", "media::big-image", "media::audio", "media::video", "inspect::nonconforming", "inspect::score"} {
		for _, lang := range languagesOf(c, used[name]) {
			needed = append(needed, column{name: name, lang: lang})
		}
	}
	s := sheetWriter{cols: columnsFor(c.X.Columns[name], choiceColumns, nil, needed)}
	for _, x := range s.cols {
		delete(others, x.heading)
	}
	for _, h := range sortedKeys(others) {
		s.cols = append(s.cols, column{index: len(s.cols), heading: h})
	}
	row := func(list string, o *checklist.ListChoice) {
		cells := make([]string, len(s.cols))
		for k, col := range s.cols {
			kind, media := strings.CutPrefix(col.name, "media::")
			switch {
			case col.name == "list_name":
				cells[k] = list
			case col.name == "name":
				cells[k] = o.Name
			case col.name == "label":
				cells[k] = o.Label[col.lang]
			case media:
				cells[k] = o.Media[kind][col.lang]
			case col.name == "inspect::nonconforming" && o.Nonconforming:
				cells[k] = "yes"
			case col.name == "inspect::score" && o.Score != "":
				cells[k] = o.Score
			default:
				cells[k] = o.X[col.heading]
			}
		}
		s.rows = append(s.rows, cells)
	}
	// In the order of the lists, or row by row where the author mixed them.
	next := map[string]int{}
	for _, list := range c.X.Order[name] {
		if l := c.List(list, external); l != nil && next[list] < len(l.Choices) {
			row(list, &l.Choices[next[list]])
			next[list]++
		}
	}
	for n := range c.Lists {
		l := &c.Lists[n]
		if l.External != external {
			continue
		}
		for k := next[l.Name]; k < len(l.Choices); k++ {
			row(l.Name, &l.Choices[k])
		}
	}
	return s.sheet(name)
}

// settingsSheet writes the settings as the author wrote them, except where the
// checklist has since come to say something else.
func settingsSheet(c checklist.Checklist) Sheet {
	values := map[string]string{ // by our name; only what the checklist says otherwise or beside
		"form_id": c.ID, "version": c.Version, "default_language": c.DefaultLanguage, "instance_name": c.InstanceName,
		"form_title": c.Title.In("zh"), "inspect::status": c.Status,
		"inspect::stage": c.Stage, "inspect::inspection_kinds": strings.Join(c.InspectionKinds, ", "),
		"inspect::legal_basis_of_check": strings.Join(c.Basis, ", "),
	}
	if checklist.LanguageCode(c.DefaultLanguage) == "en" {
		values["form_title"] = c.Title.In("en")
	}
	if len(c.AppliesTo) < len(kinds) {
		values["inspect::applies_to"] = join(c.AppliesTo)
	}
	if c.Status == "draft" && c.X.Settings["inspect::status"] == "" && c.X.Settings["inspect::schema"] == "" {
		delete(values, "inspect::status")
	}
	if c.Jurisdiction == "CN" || c.X.Settings["inspect::schema"] != "" {
		values["inspect::jurisdiction"] = c.Jurisdiction
	}
	if v := c.X.Settings["inspect::schema"]; v != "" {
		values["inspect::schema"] = v
	}
	bothColumns := map[string]record.Text{"inspect::title": c.Title, "inspect::description": c.Description, "inspect::notice": c.Notice}
	have := columnsFor(c.X.Columns["settings"], settingColumns, inspectSettings, nil)
	held := map[string]bool{}
	for _, x := range have {
		held[x.name] = true
		if x.name == "form_title" && values["form_title"] == c.X.Settings[x.heading] && (c.Title.Chinese == "" || c.Title.English == "") {
			delete(bothColumns, "inspect::title") // the author's title says it all
		}
	}
	var needed []column
	for _, name := range []string{"form_title", "form_id", "version", "default_language", "instance_name", "inspect::schema", "inspect::status", "inspect::jurisdiction", "inspect::title",
		"inspect::description", "inspect::notice", "inspect::applies_to", "inspect::inspection_kinds", "inspect::stage", "inspect::legal_basis_of_check"} {
		if t, ok := bothColumns[name]; ok {
			for _, lang := range bothLanguages(t) {
				needed = append(needed, column{name: name, lang: lang})
			}
		} else if values[name] != "" && !held[name] {
			needed = append(needed, column{name: name})
		}
	}
	if t := c.Title; (t.Chinese == "" || t.English == "") && c.X.Settings["inspect::schema"] == "" {
		kept := needed[:0]
		for _, x := range needed {
			if x.name != "inspect::title" {
				kept = append(kept, x)
			}
		}
		needed = kept
	}
	s := sheetWriter{cols: columnsFor(c.X.Columns["settings"], settingColumns, inspectSettings, needed)}
	cells := make([]string, len(s.cols))
	for k, col := range s.cols {
		was := c.X.Settings[col.heading]
		now, ours := values[col.name]
		if t, ok := bothColumns[col.name]; ok {
			ours = true
			switch checklist.LanguageCode(col.lang) {
			case "zh":
				now = t.Chinese
			case "en":
				now = t.English
			default:
				now = was
			}
		}
		same := was == now
		switch col.name {
		case "form_id":
			same = slug(was) == now
		case "version":
			same = was != "" && cleanVersion(was) == now
		case "form_title":
			same = trim(was) == c.Title.Chinese || trim(was) == c.Title.English
		case "default_language", "instance_name":
			same = trim(was) == now
		case "inspect::applies_to", "inspect::inspection_kinds", "inspect::legal_basis_of_check":
			same = strings.Join(words(was), ", ") == now
		}
		switch {
		case !ours || same && was != "":
			cells[k] = was
		default:
			cells[k] = now
		}
	}
	s.rows = append(s.rows, cells)
	return s.sheet("settings")
}

func legalSheet(c checklist.Checklist) Sheet {
	needed := []column{{name: "ref"}, {name: "title", lang: chinese}, {name: "title", lang: english}, {name: "edition", lang: english}, {name: "edition", lang: chinese}, {name: "note"}}
	s := sheetWriter{cols: columnsFor(c.X.Columns["legal"], legalColumns, nil, needed)}
	for _, x := range c.Instruments {
		cells := make([]string, len(s.cols))
		for k, col := range s.cols {
			zh := checklist.LanguageCode(col.lang) == "zh"
			switch col.name {
			case "ref":
				cells[k] = x.Ref
			case "title":
				switch {
				case zh:
					cells[k] = x.Chinese
				case checklist.LanguageCode(col.lang) == "en":
					cells[k] = x.English
				}
			case "edition":
				cells[k] = x.Edition
				if zh {
					cells[k] = x.EditionChinese
				}
			case "note":
				cells[k] = x.Note
			}
		}
		s.rows = append(s.rows, cells)
	}
	return s.sheet("legal")
}

func scoringSheet(c checklist.Checklist) Sheet {
	needed := []column{{name: "setting"}, {name: "value"}, {name: "grade"}, {name: "min"}, {name: "label", lang: chinese}, {name: "label", lang: english}}
	s := sheetWriter{cols: columnsFor(c.X.Columns["scoring"], scoringColumns, nil, needed)}
	how := c.Scoring
	if how == nil {
		return s.sheet("scoring")
	}
	var settings [][2]string
	settings = append(settings, [2]string{"method", how.Method})
	if how.Max != "" {
		settings = append(settings, [2]string{"max", how.Max})
	}
	if how.Veto != "" {
		settings = append(settings, [2]string{"veto", how.Veto})
	}
	for _, severity := range severities {
		if w := how.Weights[string(severity)]; w != "" {
			settings = append(settings, [2]string{"weight " + string(severity), w})
		}
	}
	for n := range max(len(settings), len(how.Bands)) {
		cells := make([]string, len(s.cols))
		for k, col := range s.cols {
			switch col.name {
			case "setting":
				if n < len(settings) {
					cells[k] = settings[n][0]
				}
			case "value":
				if n < len(settings) {
					cells[k] = settings[n][1]
				}
			}
			if n >= len(how.Bands) {
				continue
			}
			b := how.Bands[n]
			switch col.name {
			case "grade":
				cells[k] = b.Grade
			case "min":
				cells[k] = b.Min
			case "label":
				switch code := checklist.LanguageCode(col.lang); {
				case code == "zh":
					cells[k] = b.Label.Chinese
				case code == "en":
					cells[k] = b.Label.English
				case col.lang == "" && (b.Label.Chinese == "" || b.Label.English == ""):
					cells[k] = b.Label.Chinese + b.Label.English
				}
			}
		}
		s.rows = append(s.rows, cells)
	}
	return s.sheet("scoring")
}
