package desk

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// Drafting says what document is drafted, and by whom.
type Drafting struct {
	Kind       string
	Inspection record.ID
	Language   report.Language
	Copies     int
	Word       string // code word 机关代字; "" takes that of the document drafted last
	Fields     map[string]string
	By         record.ID
}

// Draft drafts a document about an inspection. Slots that the records answer are
// filled in for a person to read and correct; what was given counts.
func (d *Desk) Draft(ctx context.Context, w Drafting) (record.Document, error) {
	v, err := d.Visit(ctx, w.Inspection)
	if err != nil {
		return record.Document{}, err
	}
	if w.Word == "" {
		if w.Word, err = d.Store.LastWord(ctx); err != nil {
			return record.Document{}, err
		}
	}
	fields, err := d.suggested(ctx, v, w.Kind, w.Language)
	if err != nil {
		return record.Document{}, err
	}
	maps.Copy(fields, w.Fields)
	by, err := d.step(ctx, w.By)
	if err != nil {
		return record.Document{}, err
	}
	id, changes, err := record.NewDocument(w.Kind, v.Inspection, string(w.Language), w.Copies, w.Word, fields, by)
	if err != nil {
		return record.Document{}, err
	}
	if _, err := d.Store.Append(ctx, w.By, changes...); err != nil {
		return record.Document{}, err
	}
	return d.Store.Document(ctx, id)
}

// step is a step that a person takes now.
func (d *Desk) step(ctx context.Context, by record.ID) (record.DocumentStep, error) {
	p, err := d.Store.Person(ctx, by)
	if err != nil {
		return record.DocumentStep{}, err
	}
	return record.DocumentStep{By: by, Name: p.Name, At: d.stamp()}, nil
}

// suggested fills the slots that the records answer. Law is never suggested:
// which provision an act rests on is for a person to say.
func (d *Desk) suggested(ctx context.Context, v Visit, kind string, language report.Language) (map[string]string, error) {
	i := v.Inspection
	lang := captionLanguage(language)
	t := i18n.New(lang)
	year := i.PlannedOn
	if len(year) > 4 {
		year = year[:4]
	}
	times, err := d.Store.Inspections(ctx, store.InspectionFilter{Organization: i.Organization.ID, From: year + "-01-01", To: year + "-12-31"})
	if err != nil {
		return nil, err
	}
	known := map[string]string{
		"source": checklist.KindText(i.Kind, lang), "items": v.Checklist.Title.In(lang), "period": i.PlannedOn, "place": i.Organization.Address,
		"frequency": fmt.Sprint(len(times)), "method": t.T("document.suggest.method"),
		"interview_place": i.Place, "interviewed": i.PersonOnSite, "interviewed_post": i.PersonPost,
		"statement": i.Statement, "stated_by": i.PersonOnSite, "case_facts": facts(v, lang),
		"dossier_number": i.Number,
	}
	switch open := openFindings(v.Findings); {
	case len(v.Findings) == 0:
		known["conclusion_class"] = t.T("document.suggest.clean")
	case open == 0:
		known["conclusion_class"] = t.T("document.suggest.corrected")
	default:
		known["conclusion_class"] = t.T("document.suggest.ordered")
	}
	known["rectification"] = t.T("document.suggest.rectification", "all", len(v.Findings), "open", openFindings(v.Findings))
	orders, err := d.Store.Documents(ctx, store.DocumentFilter{Inspection: i.ID})
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if o.State == record.Voided || o.Number.N == 0 {
			continue
		}
		known["served_document"], known["served_number"] = t.T("document.kind."+o.Kind), o.Number.String()
		if o.Kind == "correction-order" {
			known["order_number"] = o.Number.String()
		}
	}
	out := map[string]string{}
	k, _ := record.FindDocumentKind(kind)
	for _, s := range k.Slots {
		if v := strings.TrimSpace(known[s.Name]); v != "" {
			out[s.Name] = v
		}
	}
	return out, nil
}

func openFindings(all []record.Finding) (n int) {
	for _, f := range all {
		switch f.State {
		case record.Closed, record.OnTheSpot, record.Dropped:
		default:
			n++
		}
	}
	return n
}

// facts words the findings in order, as a proposal or a letter states them.
func facts(v Visit, lang string) string {
	var out []string
	for n, f := range v.Findings {
		fact := f.Fact
		if fact == "" {
			fact = i18n.New(lang).T("print.problem_with", "item", f.Title.In(lang))
		}
		out = append(out, fmt.Sprintf("%d. %s", n+1, fact))
	}
	return strings.Join(out, "\n")
}

// FillDocument writes slots of a draft.
func (d *Desk) FillDocument(ctx context.Context, actor, id record.ID, fields map[string]string) (record.Document, error) {
	return d.changeDocument(ctx, actor, id, func(x record.Document) ([]record.Change, error) { return x.Fill(fields) })
}

// DocumentStep is what a person notes when a document takes a step.
type DocumentStep struct {
	By      record.ID
	Note    string
	Way     string // of service
	Courier string
	File    string // path of a scan or stamped PDF, "" for none

	scan record.File // one that is kept already
}

// maxScan bounds a scan: a hundred pages in colour.
const maxScan = 200 << 20

// AdvanceDocument takes the next step of a document's way. An issued document
// gets its number from the authority's server; on the one computer of an
// authority without a server, here.
func (d *Desk) AdvanceDocument(ctx context.Context, id record.ID, to record.DocumentState, s DocumentStep) (record.Document, error) {
	x, err := d.Store.Document(ctx, id)
	if err != nil {
		return x, err
	}
	v, err := d.Visit(ctx, x.Inspection)
	if err != nil {
		return x, err
	}
	by, err := d.step(ctx, s.By)
	if err != nil {
		return x, err
	}
	by.Note, by.Way, by.Courier = s.Note, s.Way, s.Courier
	by.File, by.Size, by.Media = s.scan.Digest, s.scan.Size, s.scan.Media
	if s.File != "" {
		b, media, err := readScan(s.File)
		if err != nil {
			return x, err
		}
		f, err := d.putFile(ctx, b, media)
		if err != nil {
			return x, err
		}
		by.File, by.Size, by.Media = f.Digest, f.Size, f.Media
	}
	x, err = d.changeDocument(ctx, s.By, id, func(x record.Document) ([]record.Change, error) { return x.Advance(to, v.Inspection, v.Findings, by) })
	if err != nil || to != record.Issued || x.Next() != record.Numbered {
		return x, err
	}
	if _, enrolled, err := d.Store.Remote(ctx); err != nil || enrolled {
		return x, err
	}
	if _, err := d.Store.NumberDocuments(ctx, nil); err != nil {
		return x, err
	}
	return d.Store.Document(ctx, id)
}

// readScan reads a scan: PDF, JPEG or PNG.
func readScan(path string) ([]byte, string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxScan {
		return nil, "", &record.Error{Code: record.TooLarge, Message: "document.scan_large", Field: "file", Args: map[string]any{"file": filepath.Base(path), "limit": maxScan >> 20}}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": path}, Err: err}
	}
	for begin, media := range map[string]string{"%PDF-": "application/pdf", "\xFF\xD8\xFF": "image/jpeg", "\x89PNG\r\n\x1A\n": "image/png"} {
		if bytes.HasPrefix(b, []byte(begin)) {
			return b, media, nil
		}
	}
	return nil, "", &record.Error{Code: record.Invalid, Message: "document.scan_kind", Field: "file", Args: map[string]any{"file": filepath.Base(path)}}
}

// SendBackDocument returns a document under review to its draft.
func (d *Desk) SendBackDocument(ctx context.Context, actor, id record.ID, reason string) (record.Document, error) {
	return d.changeDocument(ctx, actor, id, func(x record.Document) ([]record.Change, error) { return x.SendBack(reason) })
}

// VoidDocument takes a document out of force.
func (d *Desk) VoidDocument(ctx context.Context, actor, id record.ID, reason string) (record.Document, error) {
	return d.changeDocument(ctx, actor, id, func(x record.Document) ([]record.Change, error) { return x.Void(reason) })
}

func (d *Desk) changeDocument(ctx context.Context, actor, id record.ID, change func(record.Document) ([]record.Change, error)) (record.Document, error) {
	x, err := d.Store.Document(ctx, id)
	if err != nil {
		return x, err
	}
	changes, err := change(x)
	if err != nil {
		return x, err
	}
	if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
		return x, err
	}
	return d.Store.Document(ctx, id)
}

// PrintDocument prints a document on its way through the office.
func (d *Desk) PrintDocument(ctx context.Context, actor, id record.ID, p Printing) (report.Document, error) {
	x, v, in, err := d.documentInput(ctx, id, &p)
	if err != nil {
		return report.Document{}, err
	}
	doc, err := d.printProved(ctx, v, x.Kind, in, printed{})
	if err != nil || !in.Office.Issued || x.State == record.Voided {
		return doc, err
	}
	return doc, d.keepDocument(ctx, actor, v.Inspection, x.Kind, x.ID, p, doc)
}

// documentInput gathers everything a document prints. Without a language p gets
// that of the document.
func (d *Desk) documentInput(ctx context.Context, id record.ID, p *Printing) (x record.Document, v Visit, in report.Input, err error) {
	if x, err = d.Store.Document(ctx, id); err != nil {
		return x, v, in, err
	}
	if p.Language == "" {
		p.Language = report.Language(x.Language)
	}
	if v, err = d.Visit(ctx, x.Inspection); err != nil {
		return x, v, in, err
	}
	if in, err = d.recordInput(ctx, v, *p); err != nil {
		return x, v, in, err
	}
	in = said(in, v, x, *p)
	in.Office = office(x)
	return x, v, in, nil
}

// WordDraft writes a draft for a word processor (.docx). What is issued stands as
// it is and is printed only.
func (d *Desk) WordDraft(ctx context.Context, id record.ID, p Printing) ([]byte, error) {
	x, _, in, err := d.documentInput(ctx, id, &p)
	if err != nil {
		return nil, err
	}
	if x.State != record.Drafted && x.State != record.Reviewed {
		return nil, &record.Error{Code: record.Conflict, Message: "document.issued_stands", Args: map[string]any{"number": x.Shown()}}
	}
	return report.Word(x.Kind, in)
}

// said has an issued document say what it said when it was issued.
func said(in report.Input, v Visit, x record.Document, p Printing) report.Input {
	if x.Said == nil {
		return in
	}
	v.Findings = x.Said.Findings
	p.numbers = numbersOf(v)
	in.Inspectors, in.Findings = inspectors(x.Said.Team), findings(v, photoNumbers(v, p.numbers), p)
	return in
}

// office is what a document's record adds to those of its inspection.
func office(x record.Document) report.Office {
	o := report.Office{ID: string(x.ID), Number: x.Number.String(), Internal: x.Internal, Fields: x.Fields, Copies: x.Copies}
	for _, s := range []record.DocumentState{record.Drafted, record.Reviewed, record.Issued, record.Numbered, record.Stamped, record.Served, record.Receipt, record.Filed} {
		step, taken := x.Steps[s]
		if !taken {
			continue
		}
		o.Steps = append(o.Steps, report.Step{Name: string(s), By: step.Name, At: moment(step.At), Note: step.Note})
		if s == record.Issued {
			o.Issued, o.IssuedOn = true, moment(step.At)
		}
	}
	if x.State == record.Voided {
		o.Voided = x.Reason
	}
	return o
}

// parts are the documents that lie in the dossier of an inspection, in the
// order of the kinds: the records themselves, with the findings as told, and what
// the office made of them.
// A void one is not in force and not in it.
func (d *Desk) parts(ctx context.Context, v Visit, in, told report.Input) ([]report.Part, error) {
	all, err := d.Store.Documents(ctx, store.DocumentFilter{Inspection: v.Inspection.ID})
	if err != nil {
		return nil, err
	}
	byKind := map[string][]record.Document{}
	for _, x := range all {
		if x.State != record.Voided {
			byKind[x.Kind] = append(byKind[x.Kind], x)
		}
	}
	source := in.Authority.Chinese
	if in.Language == report.English {
		source = in.Authority.English
	}
	var out []report.Part
	for _, k := range record.DocumentKinds {
		if k.Pack || strings.HasPrefix(k.Name, "dossier-") {
			continue
		}
		for _, x := range byKind[k.Name] {
			if x, err = d.Store.Document(ctx, x.ID); err != nil {
				return nil, err
			}
			part := said(in, v, x, Printing{Language: in.Language, OrganizationCopy: in.OrganizationCopy})
			part.Office = office(x)
			out = append(out, report.Part{Kind: k.Name, Input: part, Source: source})
		}
		if len(byKind[k.Name]) > 0 {
			continue
		}
		switch k.Name {
		case "inspection-record", "evidence-list":
			out = append(out, report.Part{Kind: k.Name, Input: told, Source: source})
		case "photo-sheet":
			if len(in.Photos) > 0 {
				out = append(out, report.Part{Kind: k.Name, Input: told, Source: source})
			}
		}
	}
	return out, nil
}

// Campaign counts the inspections planned between two days, for the summary.
func (d *Desk) Campaign(ctx context.Context, title, from, to string) (report.Campaign, error) {
	c := report.Campaign{Title: title, From: from, To: to}
	rows, err := d.Store.Inspections(ctx, store.InspectionFilter{From: from, To: to})
	if err != nil {
		return c, err
	}
	count := newTally()
	months := map[string]*report.TrendPoint{}
	for n := len(rows) - 1; n >= 0; n-- { // oldest first
		r := rows[n]
		v, err := d.Visit(ctx, r.ID)
		if err != nil {
			return c, err
		}
		c.Planned++
		month := r.PlannedOn
		if len(month) > 7 {
			month = month[:7]
		}
		if months[month] == nil {
			months[month] = &report.TrendPoint{Label: month}
		}
		months[month].Inspections++
		if v.Inspection.Sealed != nil {
			c.Sealed++
			if len(v.Findings) == 0 {
				c.Clean++
			}
			months[month].Problems += len(v.Findings)
			d.tally(v, count)
		} else {
			c.Unfinished++
		}
		count.add("kind", kindText(v.Inspection.Organization.Kind))
		district := v.Inspection.Organization.District
		if district == "" {
			district = v.Inspection.Organization.Region
		}
		if district == "" {
			district = "—"
		}
		count.add("district", report.Text{Chinese: district, English: district})
		c.Organizations = append(c.Organizations, report.CampaignRow{Number: r.Number, Organization: r.OrganizationName, Day: r.PlannedOn,
			State: keyText("ctl.inspection." + string(r.State)), Problems: len(v.Findings)})
	}
	for _, month := range sortedKeys(months) {
		c.Trend = append(c.Trend, *months[month])
	}
	c.ByKind, c.BySeverity, c.ByArticle, c.ByDistrict, c.ByResult = count.of("kind"), count.of("severity"), count.of("article"), count.of("district"), count.of("result")
	return c, nil
}

// tally counts one sealed inspection's items and findings.
func (d *Desk) tally(v Visit, count tally) {
	for _, n := range v.Nodes {
		o := checklist.OutcomeOf(n, v.Inspection.Answers[n.Key], v.Situation)
		count.add("result", report.Text{Chinese: checklist.OutcomeText(o, "zh"), English: checklist.OutcomeText(o, "en")})
	}
	for _, f := range v.Findings {
		count.add("severity", report.Text{Chinese: checklist.SeverityText(f.Severity, "zh"), English: checklist.SeverityText(f.Severity, "en")})
		for _, c := range f.Citations {
			count.add("article", report.Text{Chinese: checklist.CitationText(c, "zh"), English: checklist.CitationText(c, "en")})
		}
	}
}

// tally counts things by what they are counted by.
type tally map[string]map[report.Text]int

func newTally() tally { return tally{} }

func (t tally) add(by string, what report.Text) {
	if t[by] == nil {
		t[by] = map[report.Text]int{}
	}
	t[by][what]++
}

// of gives the counts, the most frequent first.
func (t tally) of(by string) []report.Count {
	var out []report.Count
	for name, n := range t[by] {
		out = append(out, report.Count{Name: name, N: n})
	}
	sortCounts(out)
	return out
}

// PrintCampaign prints the summary of the inspections planned between two days.
func (d *Desk) PrintCampaign(ctx context.Context, title, from, to string, p Printing) (report.Document, error) {
	c, err := d.Campaign(ctx, title, from, to)
	if err != nil {
		return report.Document{}, err
	}
	authority := keyText("print.authority")
	at, err := time.Parse(time.DateOnly, to)
	if err != nil {
		at = d.now()
	}
	return report.Print("campaign-summary", report.Input{Language: p.Language, At: at, Authority: authority, Number: from + "—" + to, Campaign: &c})
}

func sortCounts(c []report.Count) {
	slices.SortFunc(c, func(a, b report.Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name.Chinese, b.Name.Chinese), cmp.Compare(a.Name.English, b.Name.English))
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
