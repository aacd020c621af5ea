package xlsform

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"plumbline/app/checklist"
)

// maxTable is how many bytes a file of choices may have.
const maxTable = 4 << 20

var errTooLarge = errors.New("larger than any table that is read")

var pulldataForm = regexp.MustCompile(`pulldata\s*\(\s*['"‘’“”]([^'"‘’“”]+)['"‘’“”]`)

// files reads the tables that the form looks things up in: files beside the
// workbook, or in a folder named like it with "-media" behind, as other tools
// have them.
func (in *importer) files() {
	seen := map[string]bool{}
	need := func(e *checklist.Element, column, file string) {
		if seen[file] || !strings.EqualFold(ext(file), ".csv") {
			return
		}
		seen[file] = true
		l, err := in.table(file)
		switch {
		case err == nil:
			in.c.Lists = append(in.c.Lists, l)
		case errors.Is(err, fs.ErrNotExist):
			in.warnAt(e, column, "", "xlsform.no_file", map[string]any{"file": file})
		default:
			in.warnAt(e, column, "", "xlsform.bad_table", map[string]any{"file": file})
		}
	}
	in.c.Walk(func(e *checklist.Element, _ []*checklist.Element) {
		if e.Kind == checklist.CommentElement {
			return
		}
		if e.File != "" {
			need(e, "type", e.File)
		}
		cells := expressions(e)
		for _, column := range sortedKeys(cells) {
			for _, m := range pulldataForm.FindAllStringSubmatch(cells[column], -1) {
				file := trim(m[1])
				if ext(file) == "" {
					file += ".csv"
				}
				need(e, column, file)
			}
		}
	})
}

func ext(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[i:]
	}
	return ""
}

// table reads one file of choices.
func (in *importer) table(file string) (l checklist.ChoiceList, err error) {
	if in.o.Files == nil || !fs.ValidPath(file) || strings.Contains(file, "/") {
		return l, fs.ErrNotExist
	}
	var f fs.File
	for _, name := range []string{file, strings.TrimSuffix(in.file, ext(in.file)) + "-media/" + file} {
		if f, err = in.o.Files.Open(name); err == nil {
			break
		}
	}
	if err != nil {
		return l, fs.ErrNotExist
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTable+1))
	if err == nil && len(b) > maxTable {
		err = errTooLarge
	}
	if err != nil {
		return l, err
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) { // as Excel saves it on a Chinese Windows
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil {
			return l, err
		}
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	head, err := r.Read()
	if err != nil {
		return l, err
	}
	cols := headings(Row{Number: 1, Cells: head}, choiceColumns, nil)
	l = checklist.ChoiceList{Name: strings.TrimSuffix(file, ext(file)), File: file}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		var o checklist.ListChoice
		row := Row{Cells: cells}
		for _, c := range cols {
			v := trim(row.cell(c.index))
			switch {
			case v == "":
			case c.heading == "name":
				o.Name = v
			case c.name == "label":
				setText(&o.Label, c.lang, v)
			default:
				setX(&o.X, c.heading, v)
			}
		}
		if o.Name != "" || len(o.X)+len(o.Label) > 0 {
			l.Choices = append(l.Choices, o)
		}
	}
}

// Files gives the tables that belong to a checklist's workbook, by the names
// of their files; they go into a folder named like the workbook with "-media"
// behind.
func Files(c checklist.Checklist) map[string][]byte {
	out := map[string][]byte{}
	for _, l := range c.Lists {
		if l.File == "" {
			continue
		}
		langs, others, names := map[string]bool{}, map[string]bool{}, false
		for _, o := range l.Choices {
			names = names || o.Name != ""
			for lang := range o.Label {
				langs[lang] = true
			}
			for h := range o.X {
				others[h] = true
			}
		}
		var head []string
		if names {
			head = append(head, "name")
		}
		for _, lang := range sortedKeys(langs) {
			head = append(head, strings.TrimSuffix("label::"+lang, "::"))
		}
		head = append(head, sortedKeys(others)...)
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Write(head) // a buffer takes whatever it is given
		for _, o := range l.Choices {
			var row []string
			if names {
				row = append(row, o.Name)
			}
			for _, lang := range sortedKeys(langs) {
				row = append(row, o.Label[lang])
			}
			for _, h := range sortedKeys(others) {
				row = append(row, o.X[h])
			}
			w.Write(row)
		}
		w.Flush()
		out[l.File] = b.Bytes()
	}
	return out
}
