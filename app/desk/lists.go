package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/disk"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
)

// mostRows is how many rows a worksheet of Excel has below its headings.
const mostRows = 1<<20 - 1

// organizationColumns are what a list of organizations tells, in order.
var organizationColumns = []struct {
	key   string
	width float64
	of    func(*i18n.Texts, record.Organization) string
}{
	{"code", 22, func(_ *i18n.Texts, o record.Organization) string { return o.Code }},
	{"name", 40, func(_ *i18n.Texts, o record.Organization) string { return o.Name }},
	{"name_english", 30, func(_ *i18n.Texts, o record.Organization) string { return o.NameEnglish }},
	{"kind", 18, func(t *i18n.Texts, o record.Organization) string { return t.T(o.Kind.Text()) }},
	{"legal_representative", 16, func(_ *i18n.Texts, o record.Organization) string { return o.LegalRepresentative }},
	{"district", 14, func(_ *i18n.Texts, o record.Organization) string { return o.District }},
	{"address", 40, func(_ *i18n.Texts, o record.Organization) string { return o.Address }},
	{"phone", 16, func(_ *i18n.Texts, o record.Organization) string { return o.Phone }},
	{"supervisor", 24, func(_ *i18n.Texts, o record.Organization) string { return o.Supervisor }},
	{"party_organ", 24, func(_ *i18n.Texts, o record.Organization) string { return o.PartyOrgan }},
	{"registrar", 24, func(_ *i18n.Texts, o record.Organization) string { return o.Registrar }},
	{"registered_on", 13, func(_ *i18n.Texts, o record.Organization) string { return o.RegisteredOn }},
	{"capital", 14, func(_ *i18n.Texts, o record.Organization) string { return o.Capital }},
	{"status", 12, func(_ *i18n.Texts, o record.Organization) string { return o.Status }},
	{"scope", 50, func(_ *i18n.Texts, o record.Organization) string { return o.Scope }},
}

// OrganizationList tells of organizations, in the order given, all that the
// register says of each.
func (d *Desk) OrganizationList(ctx context.Context, t *i18n.Texts, found []store.Found) (workbook.Table, error) {
	out := workbook.Table{Name: t.T("list.organizations")}
	for _, c := range organizationColumns {
		out.Columns = append(out.Columns, workbook.Column{Heading: t.T("ui.register." + c.key), Width: c.width})
	}
	for _, f := range found {
		if err := ctx.Err(); err != nil {
			return workbook.Table{}, err
		}
		o, err := d.Store.Organization(ctx, f.ID)
		if err != nil {
			return workbook.Table{}, err
		}
		row := make([]string, len(organizationColumns))
		for n, c := range organizationColumns {
			row[n] = c.of(t, o)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// headings makes columns of pairs: the key of a heading below "list." and its width.
func headings(t *i18n.Texts, keys []string, widths []float64) []workbook.Column {
	out := make([]workbook.Column, len(keys))
	for n, k := range keys {
		out[n] = workbook.Column{Heading: t.T("list." + k), Width: widths[n]}
	}
	return out
}

// InspectionList tells of inspections, in the order given.
func InspectionList(t *i18n.Texts, rows []store.InspectionRow) workbook.Table {
	out := workbook.Table{Name: t.T("list.inspections"), Columns: headings(t,
		[]string{"number", "planned_on", "organization", "code", "checklist", "inspection_kind", "state", "conflicts", "late"}, []float64{20, 12, 40, 22, 34, 16, 12, 10, 12})}
	for _, r := range rows {
		title := r.Checklist
		if c, ok := checklist.Find(r.Checklist); ok {
			title = c.Title.In(t.Lang())
		}
		out.Rows = append(out.Rows, []string{r.Number, r.PlannedOn, r.OrganizationName, r.Code, title, checklist.KindText(r.Kind, t.Lang()),
			t.T("ctl.inspection." + string(r.State)), count(r.Conflicts), count(r.Late)})
	}
	return out
}

// count leaves nothing where there is nothing.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// FindingList tells of findings, in the order given, with whom and which
// inspection each belongs to.
func (d *Desk) FindingList(ctx context.Context, t *i18n.Texts, findings []record.Finding) (workbook.Table, error) {
	out := workbook.Table{Name: t.T("list.findings"), Columns: headings(t,
		[]string{"organization", "code", "number", "item", "question", "fact", "severity", "state", "observed_on", "due", "days", "action", "provisions", "finding"},
		[]float64{36, 22, 20, 10, 44, 44, 12, 16, 12, 12, 10, 40, 40, 30})}
	inspections := map[record.ID]record.Inspection{}
	for _, f := range findings {
		if err := ctx.Err(); err != nil {
			return workbook.Table{}, err
		}
		i, known := inspections[f.Inspection]
		if !known {
			var err error
			if i, err = d.Store.Inspection(ctx, f.Inspection); err != nil && record.CodeOf(err) != record.NotFound {
				return workbook.Table{}, err
			}
			inspections[f.Inspection] = i
		}
		out.Rows = append(out.Rows, []string{i.Organization.Name, i.Organization.Code, i.Number, f.Code, f.Title.In(t.Lang()), f.Fact,
			checklist.SeverityText(f.Severity, t.Lang()), t.T("ctl.finding." + string(f.State)), f.ObservedOn, f.Due, count(f.DeadlineDays), f.Action.In(t.Lang()), provisions(f, t.Lang()), string(f.ID)})
	}
	return out, nil
}

// provisions are the articles a finding rests on, one a line.
func provisions(f record.Finding, lang string) string {
	lines := make([]string, len(f.Citations))
	for n, c := range f.Citations {
		lines[n] = checklist.CitationText(c, lang)
	}
	return strings.Join(lines, "\n")
}

// SettleList tells of what a person has to settle: conflicts, a row for each
// value, and entries that the server refused.
func (d *Desk) SettleList(ctx context.Context, t *i18n.Texts, conflicts []store.Conflict, refused []store.Quarantined) (workbook.Table, error) {
	out := workbook.Table{Name: t.T("list.settle"), Columns: headings(t,
		[]string{"what", "organization", "number", "where", "value", "person", "at", "record", "entry"}, []float64{14, 36, 20, 36, 44, 14, 20, 30, 30})}
	visits := map[record.ID]Visit{}
	visit := func(id record.ID) (Visit, error) {
		v, known := visits[id]
		if known || id.Type() != record.InspectionType {
			return v, nil
		}
		v, err := d.Visit(ctx, id)
		if err != nil && record.CodeOf(err) != record.NotFound {
			return v, err
		}
		visits[id] = v
		return v, nil
	}
	for _, c := range conflicts {
		v, err := visit(c.Record)
		if err != nil {
			return workbook.Table{}, err
		}
		for _, w := range c.Values {
			who := string(w.Actor)
			if p, err := d.Store.Person(ctx, w.Actor); err == nil {
				who = p.Name
			} else if record.CodeOf(err) != record.NotFound {
				return workbook.Table{}, err
			}
			out.Rows = append(out.Rows, []string{t.T("list.conflict"), v.Inspection.Organization.Name, v.Inspection.Number, placeInWords(t, v, c.Path), valueInWords(t, c.Path, w.Value),
				who, time.UnixMilli(w.HLC >> 16).Format("2006-01-02 15:04:05"), string(c.Record), string(w.Entry)})
		}
	}
	for _, q := range refused {
		v, err := visit(q.Record)
		if err != nil {
			return workbook.Table{}, err
		}
		at := q.Wall
		if moment, err := time.Parse(time.RFC3339, q.Wall); err == nil {
			at = moment.Local().Format("2006-01-02 15:04:05")
		}
		out.Rows = append(out.Rows, []string{t.T("list.refused"), v.Inspection.Organization.Name, v.Inspection.Number, "",
			t.Error(&record.Error{Code: q.Code, Message: q.Message, Args: q.Args}), "", at, string(q.Record), string(q.Entry)})
	}
	return out, nil
}

// placeInWords names the part of an inspection that a path means.
func placeInWords(t *i18n.Texts, v Visit, path string) string {
	rest, ok := strings.CutPrefix(path, "items/")
	if !ok {
		name, _, _ := strings.Cut(path, "/")
		return t.T("ui.field." + name)
	}
	key, field, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(field, "/")
	item := key
	if n, ok := v.Node(key); ok {
		item = n.Item.Code + " " + n.Item.Text.In(t.Lang())
	}
	return item + " · " + t.T("ui.field."+name)
}

// valueInWords writes a stored value for people.
func valueInWords(t *i18n.Texts, path string, raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	if strings.HasSuffix(path, "/value") || strings.HasSuffix(path, "/judgement") {
		if key := "checklist.answer." + s; t.T(key) != key {
			return t.T(key)
		}
	}
	return s
}

// WriteWorkbook writes a table to a file of that name, whole or not at all.
// What was there before is replaced: whoever chose the name meant it.
func WriteWorkbook(path string, table workbook.Table) error {
	if len(table.Rows) > mostRows {
		return &record.Error{Code: record.TooLarge, Message: "list.too_long", Args: map[string]any{"n": len(table.Rows), "most": mostRows}}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".plumbline-*")
	if err != nil {
		return unwritten(path, err)
	}
	defer os.Remove(f.Name()) // there is none any more once it has its name
	if err := errors.Join(workbook.Write(io.Writer(f), table), f.Sync(), f.Close()); err != nil {
		return unwritten(path, err)
	}
	return unwritten(path, disk.Rename(f.Name(), path)) // on Windows: it is open in Excel
}

// unwritten tells why a file was not written; nil if it was.
func unwritten(path string, err error) error {
	if err == nil {
		return nil
	}
	return &record.Error{Code: record.ReadOnly, Message: "list.cannot_write", Args: map[string]any{"file": path, "why": plainFault(err)}, Err: err}
}

// plainFault is what the system says, without the names of our own files.
func plainFault(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err.Error()
	}
	return err.Error()
}

// DocumentList tells of documents, in the order given, with the day of each step.
func DocumentList(t *i18n.Texts, docs []record.Document) workbook.Table {
	out := workbook.Table{Name: t.T("list.documents"), Columns: headings(t,
		[]string{"document", "document_number", "to", "state", "drafted", "issued", "served", "filed", "remark", "record"}, []float64{34, 22, 40, 14, 14, 14, 14, 14, 34, 30})}
	for _, d := range docs {
		day := func(s record.DocumentState) string {
			at, err := time.Parse(time.RFC3339, d.Steps[s].At)
			if err != nil {
				return "" // the step was not taken
			}
			return at.Local().Format(time.DateOnly)
		}
		out.Rows = append(out.Rows, []string{t.T("document.kind." + d.Kind), d.Shown(), d.To, t.T("document.state." + string(d.State)), day(record.Drafted), day(record.Issued), day(record.Served), day(record.Filed), d.Reason, string(d.ID)})
	}
	return out
}

// PlanList tells of plans, in the order given.
func PlanList(t *i18n.Texts, plans []record.Plan) workbook.Table {
	out := workbook.Table{Name: t.T("list.plans"), Columns: headings(t,
		[]string{"title", "year", "state", "share", "visits_from", "visits_to", "drawn", "remark", "record"}, []float64{40, 8, 14, 12, 13, 13, 12, 34, 30})}
	for _, p := range plans {
		drawn := ""
		if f, err := DrawOf(p); err == nil {
			drawn = strconv.Itoa(len(f.Result))
		}
		out.Rows = append(out.Rows, []string{p.Terms.Title, strconv.Itoa(p.Terms.Year), t.T("plan.state." + string(p.State)), record.PercentOf(p.Terms.Share.Points), p.Terms.VisitsFrom, p.Terms.VisitsTo, drawn, p.Reason, string(p.ID)})
	}
	return out
}

// ChecklistItems tells of the items of a checklist, in order, with what each
// rests on.
func ChecklistItems(t *i18n.Texts, c checklist.Checklist) workbook.Table {
	out := workbook.Table{Name: c.Title.In(t.Lang()), Columns: headings(t,
		[]string{"item", "question", "severity", "days", "action", "provisions"}, []float64{10, 60, 12, 10, 44, 44})}
	for k := range c.Items {
		it := &c.Items[k]
		var lines []string
		for _, b := range c.Citations(it, c.AppliesTo[0]) {
			lines = append(lines, checklist.CitationText(b, t.Lang()))
		}
		out.Rows = append(out.Rows, []string{it.Code, it.Text.In(t.Lang()), checklist.SeverityText(it.Severity, t.Lang()), count(it.DeadlineDays()), it.Action.In(t.Lang()), strings.Join(lines, "\n")})
	}
	return out
}
