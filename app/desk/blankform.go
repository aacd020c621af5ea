package desk

import (
	"context"
	"slices"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/workbook"
)

// BookOut hands pre-stamped blank forms, first to last as printed on them, to a
// person.
func (d *Desk) BookOut(ctx context.Context, by, to record.ID, kind, first, last string) (record.Booking, error) {
	all, err := d.Store.Bookings(ctx)
	if err != nil {
		return record.Booking{}, err
	}
	people := map[record.ID]record.Inspector{}
	for _, id := range []record.ID{by, to} {
		if id == "" {
			continue
		}
		if people[id], err = d.Store.Person(ctx, id); err != nil {
			return record.Booking{}, err
		}
	}
	id, changes, err := record.BookOut(all, kind, first, last, people[to], people[by], d.stamp())
	if err != nil {
		return record.Booking{}, err
	}
	if _, err := d.Store.Append(ctx, by, changes...); err != nil {
		return record.Booking{}, err
	}
	return d.Store.Booking(ctx, id)
}

// FormsTold says what became of blank forms.
type FormsTold struct {
	Numbers    []string // as printed on them
	Kind       string   // of record.DocumentKinds; "" where the numbers tell
	Fate       string   // of record.FormFates
	Inspection string   // id or internal number, of one that was used
	Note       string
	By         record.ID
}

// TellForms notes what became of forms, wherever they were booked out. It gives
// the bookings that changed.
func (d *Desk) TellForms(ctx context.Context, w FormsTold) ([]record.Booking, error) {
	all, err := d.Store.Bookings(ctx)
	if err != nil {
		return nil, err
	}
	by := record.Inspector{}
	if w.By != "" {
		if by, err = d.Store.Person(ctx, w.By); err != nil {
			return nil, err
		}
	}
	var i *record.Inspection
	if w.Inspection != "" {
		x, err := d.inspectionCalled(ctx, w.Inspection)
		if err != nil {
			return nil, err
		}
		i = &x
	}
	numbers := map[record.ID][]int{}
	var order []record.ID
	for _, said := range w.Numbers {
		id, n, err := bookingOf(all, w.Kind, said)
		if err != nil {
			return nil, err
		}
		if numbers[id] == nil {
			order = append(order, id)
		}
		numbers[id] = append(numbers[id], n)
	}
	if len(order) == 0 {
		return nil, &record.Error{Code: record.Invalid, Message: "blank.none", Field: "numbers"}
	}
	var changes []record.Change
	for _, id := range order {
		b, err := d.Store.Booking(ctx, id)
		if err != nil {
			return nil, err
		}
		more, err := b.Tell(numbers[id], record.FormFate{Fate: w.Fate, Note: w.Note, By: w.By, Who: by.Name, At: d.stamp()}, i)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	if _, err := d.Store.Append(ctx, w.By, changes...); err != nil {
		return nil, err
	}
	var out []record.Booking
	for _, id := range order {
		b, err := d.Store.Booking(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// inspectionCalled finds an inspection by its id or internal number.
func (d *Desk) inspectionCalled(ctx context.Context, said string) (record.Inspection, error) {
	said = strings.TrimSpace(said)
	if record.ID(said).Type() == record.InspectionType {
		return d.Store.Inspection(ctx, record.ID(said))
	}
	all, err := d.Store.InspectionsNumbered(ctx, said)
	if err != nil {
		return record.Inspection{}, err
	}
	if len(all) != 1 {
		return record.Inspection{}, &record.Error{Code: record.NotFound, Message: "blank.no_inspection", Field: "inspection", Args: map[string]any{"number": said}}
	}
	return d.Store.Inspection(ctx, all[0])
}

// bookingOf finds where a form was booked out: of several bookings the last in which
// it is still out. One that was returned may be out again, and one that two laptops
// booked out is settled by telling what became of it in each.
func bookingOf(all []record.Booking, kind, said string) (record.ID, int, error) {
	fault := func(message string) (record.ID, int, error) {
		return "", 0, &record.Error{Code: record.NotFound, Message: message, Field: "numbers", Args: map[string]any{"number": strings.TrimSpace(said)}}
	}
	word, n, width, ok := record.ParseFormNumber(said)
	if !ok {
		return fault("blank.number")
	}
	var found []record.Booking
	for _, b := range all {
		if b.Word == word && b.Width == width && n >= b.First && n <= b.Last && (kind == "" || b.Kind == kind) {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return fault("blank.not_out")
	}
	slices.SortStableFunc(found, func(a, b record.Booking) int { return strings.Compare(b.At, a.At) })
	if slices.ContainsFunc(found, func(b record.Booking) bool { return b.Kind != found[0].Kind }) {
		return fault("blank.two_kinds")
	}
	if k := slices.IndexFunc(found, func(b record.Booking) bool { return slices.Contains(b.Open(), n) }); k >= 0 {
		return found[k].ID, n, nil
	}
	return found[0].ID, n, nil
}

// FormNumbers reads the numbers a person typed: A-000101, A-000103—A-000110. A run
// goes by its figures.
func FormNumbers(said string) ([]string, error) {
	var out []string
	for _, part := range strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(",，、;； \n\t", r) }) {
		first, last, run := cutRun(part)
		if !run {
			out = append(out, part)
			continue
		}
		word, a, width, ok := record.ParseFormNumber(first)
		word2, z, width2, ok2 := record.ParseFormNumber(last)
		if !ok || !ok2 || word != word2 || width != width2 || z < a || z-a >= 1000 {
			return nil, &record.Error{Code: record.Invalid, Message: "blank.number_other", Field: "numbers", Args: map[string]any{"first": first, "last": last}}
		}
		for n := a; n <= z; n++ {
			out = append(out, record.Booking{Booked: record.Booked{Word: word, Width: width}}.Number(n))
		}
	}
	return out, nil
}

// cutRun parts a run of numbers at its dash; a plain hyphen may be of the number.
func cutRun(s string) (first, last string, ok bool) {
	for _, dash := range []string{"—", "–", "～", "~", "至", ".."} {
		if first, last, ok = strings.Cut(s, dash); ok {
			return first, last, true
		}
	}
	return s, "", false
}

// formRow is a form as the ledger tells of it.
func formRow(t *i18n.Texts, b record.Booking, n int) []string {
	row := []string{b.Number(n), t.T("document.kind." + b.Kind), b.Name, minute(b.At), b.Who, t.T("blank.fate.out"), "", "", "", "", ""}
	if f, told := b.Fates[n]; told {
		row = append(row[:5], t.T("blank.fate."+f.Fate), minute(f.At), f.Who, f.Number, f.To, f.Note)
	}
	if slices.Contains(b.Twice, n) {
		row[10] = strings.TrimSpace(row[10] + " " + t.T("blank.twice"))
	}
	return row
}

// minute writes a time for a list.
func minute(at string) string {
	if m := moment(at); !m.IsZero() {
		return m.Format("2006-01-02 15:04")
	}
	return at
}

// FormLedger is the ledger of pre-stamped blank forms 空白文书领用登记, a number a
// row.
func (d *Desk) FormLedger(ctx context.Context, t *i18n.Texts) (workbook.Table, error) {
	all, err := d.Store.Bookings(ctx)
	if err != nil {
		return workbook.Table{}, err
	}
	out := workbook.Table{Name: t.T("list.blank_forms"), Columns: headings(t,
		[]string{"form_number", "document", "form_to", "form_at", "form_by", "form_fate", "form_fate_at", "form_fate_by", "number", "organization", "remark"}, []float64{16, 26, 14, 16, 14, 10, 16, 14, 22, 36, 40})}
	for _, b := range all {
		for n := b.First; n <= b.Last; n++ {
			out.Rows = append(out.Rows, formRow(t, b, n))
		}
	}
	return out, nil
}

// PrintFormLedger prints the ledger of blank forms.
func (d *Desk) PrintFormLedger(ctx context.Context, language report.Language) (report.Document, error) {
	all, err := d.Store.Bookings(ctx)
	if err != nil {
		return report.Document{}, err
	}
	l := report.FormLedger{}
	for _, b := range all {
		for n := b.First; n <= b.Last; n++ {
			row := report.FormRow{Number: b.Number(n), Kind: keyText("document.kind." + b.Kind), To: b.Name, By: b.Who, At: moment(b.At), Fate: keyText("blank.fate.out")}
			if f, told := b.Fates[n]; told {
				row.Fate, row.ToldAt, row.ToldBy, row.Inspection, row.Organization, row.Note = keyText("blank.fate."+f.Fate), moment(f.At), f.Who, f.Number, f.To, f.Note
			}
			l.Rows = append(l.Rows, row)
		}
		for fate, n := range b.Counts() {
			if fate == "" {
				fate = "out"
			}
			l.Counts = append(l.Counts, report.Count{Name: keyText("blank.fate." + fate), N: n})
		}
	}
	return report.Print("form-ledger", report.Input{Language: language, At: d.now(), Authority: keyText("print.authority"), Number: d.now().Format("2006-01-02"), Forms: &l})
}
