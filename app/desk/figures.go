package desk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
)

// Figures are what the authority's own records come to over a time, as far as
// they are on this laptop.
type Figures struct {
	At           time.Time `json:"at"`   // the cut-off: what came later is not counted
	From         string    `json:"from"` // YYYY-MM-DD, of the visits, inclusive; "" from the beginning
	To           string    `json:"to"`
	Inspections  int       `json:"inspections"`   // visits that were sealed
	WithFindings int       `json:"with_findings"` // of those, with one finding or more
	Findings     int       `json:"findings"`      // of those visits, but for those withdrawn
	Open         int       `json:"open"`          // of those, with something left to do
	Overdue      int       `json:"overdue"`       // of those, past their deadline with nothing reported
	Charts       []Chart   `json:"charts"`

	Unsent  int64               `json:"unsent"`           // entries of this laptop that the server does not have
	Contact time.Time           `json:"contact,omitzero"` // the server's last good answer, zero never
	Devices []store.OtherDevice `json:"devices"`          // whose entries are here, and until when
}

// Chart is one way to divide the findings up. Name is the key of its words below
// "figures.chart.".
type Chart struct {
	Name string `json:"name"`
	Bars []Bar  `json:"bars"` // the most first; of a time in order
}

// Bar is one part of a chart.
type Bar struct {
	Words    string `json:"words"` // in the language asked for
	Findings int    `json:"findings"`
	Open     int    `json:"open"`             // of those
	Visits   int    `json:"visits,omitempty"` // sealed, in the chart of months
	Closed   int    `json:"closed,omitempty"` // ended in the month, in the chart of months
	ID       string `json:"id"`
}

// mostBars is how many parts of a chart stand by themselves; the rest are one.
const mostBars = 12

// ageLimits divide what is overdue, in days.
var ageLimits = []int{7, 30, 90}

// Figures counts the findings of visits between two days (YYYY-MM-DD, from ""
// is the beginning): by article, kind of organization, district, severity, how
// long overdue, and by month.
func (d *Desk) Figures(ctx context.Context, t *i18n.Texts, from, to string) (Figures, error) {
	f := Figures{At: d.now(), From: from, To: to}
	rows, err := d.Store.Inspections(ctx, store.InspectionFilter{From: from, To: to, State: record.SealedNow})
	if err != nil {
		return f, err
	}
	ledger, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil {
		return f, err
	}
	visits := map[record.ID]store.InspectionRow{}
	months := map[string]*Bar{}
	month := func(day string) *Bar {
		m := day[:min(len(day), len("2006-01"))]
		if months[m] == nil {
			months[m] = &Bar{Words: m, ID: m}
		}
		return months[m]
	}
	for _, r := range rows {
		visits[r.ID] = r
		month(r.PlannedOn).Visits++
	}
	f.Inspections = len(visits)
	kinds := map[record.ID]record.OrganizationKind{}
	parts := map[string]map[string]*Bar{}
	with := map[record.ID]bool{}
	for _, l := range ledger {
		if l.Progress != nil && l.Progress.ClosedOn != "" && l.Progress.ClosedOn >= from && l.Progress.ClosedOn <= to && l.State == record.Closed {
			month(l.Progress.ClosedOn).Closed++
		}
		visit, ok := visits[l.Inspection]
		if !ok || l.State == record.Dropped {
			continue
		}
		add := func(chart, id, words string) {
			if parts[chart] == nil {
				parts[chart] = map[string]*Bar{}
			}
			b := parts[chart][id]
			if b == nil {
				b = &Bar{ID: id, Words: words}
				parts[chart][id] = b
			}
			b.Findings++
			if l.State.Open() {
				b.Open++
			}
		}
		with[l.Inspection] = true
		f.Findings++
		if l.State.Open() {
			f.Open++
		}
		month(visit.PlannedOn).Findings++
		kind, known := kinds[l.Organization]
		if !known {
			o, err := d.Store.Organization(ctx, l.Organization)
			if err != nil && record.CodeOf(err) != record.NotFound {
				return f, err
			}
			kind = o.Kind
			kinds[l.Organization] = kind
		}
		for _, c := range l.Citations {
			add("article", c.Ref+" "+c.Article, checklist.CitationText(record.Citation{Ref: c.Ref, Chinese: c.Chinese, English: c.English, Article: c.Article, Confidence: c.Confidence}, t.Lang()))
		}
		if len(l.Citations) == 0 {
			add("article", "", t.T("figures.no_article"))
		}
		add("kind", string(kind), t.T(cmp.Or(kind, record.OtherOrganization).Text()))
		add("district", l.District, cmp.Or(l.District, t.T("figures.no_district")))
		add("severity", string(l.Severity), checklist.SeverityText(l.Severity, t.Lang()))
		if l.Overdue {
			f.Overdue++
			n := 0
			if l.DaysLeft != nil {
				n = -*l.DaysLeft
			}
			age, _ := slices.BinarySearch(ageLimits, n)
			add("overdue", strconv.Itoa(age), ageWords(t, age))
		}
	}
	f.WithFindings = len(with)
	for _, name := range []string{"article", "kind", "district", "severity", "overdue"} {
		f.Charts = append(f.Charts, chartOf(t, name, parts[name]))
	}
	f.Charts = append(f.Charts, Chart{"month", inOrder(months)})
	return f, d.sources(ctx, &f)
}

// sources tells from which devices the figures come, and until when.
func (d *Desk) sources(ctx context.Context, f *Figures) error {
	st, err := d.Store.Status(ctx)
	if err != nil {
		return err
	}
	f.Unsent = st.Entries - st.Sent
	if st.Remote.Contact > 0 {
		f.Contact = time.UnixMilli(st.Remote.Contact)
	}
	f.Devices, err = d.Store.OtherDevices(ctx)
	return err
}

func ageWords(t *i18n.Texts, age int) string {
	if age == len(ageLimits) {
		return t.T("figures.overdue_more", "n", ageLimits[age-1])
	}
	from := 1
	if age > 0 {
		from = ageLimits[age-1] + 1
	}
	return t.T("figures.overdue_days", "from", from, "to", ageLimits[age])
}

// chartOf puts the parts of a chart in order: the most first, what is overdue by
// its age. What does not fit is one part.
func chartOf(t *i18n.Texts, name string, parts map[string]*Bar) Chart {
	if name == "overdue" {
		return Chart{name, inOrder(parts)}
	}
	bars := inOrder(parts)
	slices.SortStableFunc(bars, func(a, b Bar) int { return b.Findings - a.Findings })
	if len(bars) > mostBars {
		rest := Bar{Words: t.T("figures.others", "n", len(bars)-mostBars+1)}
		for _, b := range bars[mostBars-1:] {
			rest.Findings, rest.Open = rest.Findings+b.Findings, rest.Open+b.Open
		}
		bars = append(bars[:mostBars-1:mostBars-1], rest)
	}
	return Chart{name, bars}
}

func inOrder(parts map[string]*Bar) []Bar {
	var out []Bar
	for _, b := range parts {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b Bar) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// FigureTable gives the figures to a spreadsheet, a row for each part, with the
// cut-off, what is counted and what is not in them below.
func FigureTable(t *i18n.Texts, f Figures) workbook.Table {
	out := workbook.Table{Name: t.T("figures.title"), Columns: headings(t,
		[]string{"figure", "part", "visits", "findings_counted", "open", "closed"}, []float64{30, 60, 12, 12, 12, 12})}
	row := func(cells ...string) { out.Rows = append(out.Rows, cells) }
	row(t.T("figures.all"), "", strconv.Itoa(f.Inspections), strconv.Itoa(f.Findings), strconv.Itoa(f.Open), "")
	for _, c := range f.Charts {
		for _, b := range c.Bars {
			row(t.T("figures.chart."+c.Name), b.Words, count(b.Visits), strconv.Itoa(b.Findings), count(b.Open), count(b.Closed))
		}
	}
	for _, line := range f.Said(t) {
		row(t.T("figures.counted"), line, "", "", "", "")
	}
	return out
}

// Said tells the cut-off, what is counted, and which devices' work is in it.
func (f Figures) Said(t *i18n.Texts) []string {
	moment := func(at time.Time) string { return at.Local().Format(t.T("ui.format.moment")) }
	period := t.T("figures.until", "to", f.To)
	if f.From != "" {
		period = t.T("figures.between", "from", f.From, "to", f.To)
	}
	out := []string{t.T("figures.cutoff", "time", moment(f.At)), period, t.T("figures.definition"), t.T("figures.definition_overdue")}
	switch {
	case f.Contact.IsZero():
		out = append(out, t.T("figures.no_server"))
	case f.Unsent > 0:
		out = append(out, t.T("figures.unsent", "n", f.Unsent, "time", moment(f.Contact)))
	default:
		out = append(out, t.T("figures.synced", "time", moment(f.Contact)))
	}
	for _, w := range f.Devices {
		out = append(out, t.T("figures.device", "device", w.Device, "time", moment(w.Last)))
	}
	return out
}
