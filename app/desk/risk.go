package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
	"plumbline/assets"
)

// riskYears is how far back refusals and empty addresses count.
const riskYears = 3

// RiskRules gives the authority's rules on risk, or those that come with the
// program; own tells which.
func (d *Desk) RiskRules(ctx context.Context) (r record.RiskRules, own bool, err error) {
	st, err := d.Store.State(ctx, record.RiskRulesID())
	if err != nil {
		return r, false, err
	}
	if r, own = record.RiskRulesOf(st); own {
		return r, true, nil
	}
	b, err := assets.Law.ReadFile("law/risk-rules.json")
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, false, fmt.Errorf("desk: read rules on risk: %w", err)
	}
	return r, false, nil
}

// ReadRiskRules reads rules from JSON, as `risk rules --json` writes them.
func ReadRiskRules(b []byte) (record.RiskRules, error) {
	var r record.RiskRules
	if err := strict(b, &r); err != nil {
		return r, &record.Error{Code: record.Invalid, Message: "risk.not_read", Field: "rules", Err: err}
	}
	return r, r.Check()
}

// SetRiskRules sets the authority's rules.
func (d *Desk) SetRiskRules(ctx context.Context, actor record.ID, r record.RiskRules) error {
	st, err := d.Store.State(ctx, record.RiskRulesID())
	if err != nil {
		return err
	}
	c, err := r.Change(st)
	if err != nil {
		return err
	}
	_, err = d.Store.Append(ctx, actor, c)
	return err
}

// Rated is an organization with its rating.
type Rated struct {
	Organization record.Organization `json:"organization"`
	Rating       record.Rating       `json:"rating"`
}

// rater counts, for every organization at once, what the rules ask for.
type rater struct {
	rules record.RiskRules
	today time.Time
	count map[record.ID]map[string]int
	last  map[record.ID]string // day of the last sealed inspection
}

// newRater reads what ratings rest on: of one organization, or of all ("").
func (d *Desk) newRater(ctx context.Context, only record.ID) (*rater, error) {
	r := &rater{today: d.now(), count: map[record.ID]map[string]int{}, last: map[record.ID]string{}}
	var err error
	if r.rules, _, err = d.RiskRules(ctx); err != nil {
		return nil, err
	}
	add := func(o record.ID, fact string) {
		if r.count[o] == nil {
			r.count[o] = map[string]int{}
		}
		r.count[o][fact]++
	}
	all, err := d.Store.Findings(ctx, store.FindingFilter{Organization: only})
	if err != nil {
		return nil, err
	}
	at := map[[2]string]map[record.ID]bool{} // inspections at which an item of an organization was found wanting
	for _, f := range all {
		if f.State == record.Dropped {
			continue
		}
		key := [2]string{string(f.Organization), f.Item}
		if at[key] == nil {
			at[key] = map[record.ID]bool{}
		}
		at[key][f.Inspection] = true
		if f.State.Open() {
			add(f.Organization, record.RiskOpen)
			if f.Severity == record.Critical {
				add(f.Organization, record.RiskCriticalOpen)
			}
		}
		if f.Overdue(d.Today()) {
			add(f.Organization, record.RiskOverdue)
		}
		if f.State == record.Failed {
			add(f.Organization, record.RiskFailed)
		}
	}
	for key, inspections := range at {
		if len(inspections) > 1 {
			add(record.ID(key[0]), record.RiskRepeated)
		}
	}
	visits, err := d.Store.Inspections(ctx, store.InspectionFilter{Organization: only, State: record.SealedNow})
	if err != nil {
		return nil, err
	}
	for _, v := range visits {
		r.last[v.Organization] = max(r.last[v.Organization], v.PlannedOn)
	}
	since := d.now().AddDate(-riskYears, 0, 0).Format(time.DateOnly)
	ended, err := d.Store.Procedures(ctx, store.ProcedureFilter{Organization: only, Recorded: true})
	if err != nil {
		return nil, err
	}
	for _, p := range ended {
		x := p.Last(record.ConfirmVisit)
		if x == nil || x.On < since {
			continue
		}
		switch x.Result {
		case record.ResultUncooperative:
			add(p.Organization, record.RiskRefused)
		case record.ResultUnreachable:
			add(p.Organization, record.RiskUnreachable)
		}
	}
	told, err := d.Store.Complaints(ctx, store.ComplaintFilter{Organization: only})
	if err != nil {
		return nil, err
	}
	for _, c := range told {
		if x := c.Result(); c.Terms.On >= since && (x == record.Substantiated || x == record.SubstantiatedIn) {
			add(c.Terms.Organization, record.RiskComplaints)
		}
	}
	return r, nil
}

func (r *rater) rate(o record.Organization) record.Rating {
	count := map[string]int{}
	for fact, n := range r.count[o.ID] {
		count[fact] = n
	}
	if strings.Contains(o.Status, "严重违法") {
		count[record.RiskDishonest] = 1
	}
	if strings.Contains(o.Status, "异常") {
		count[record.RiskAbnormal] = 1
	}
	from, err := time.Parse(time.DateOnly, cmp.Or(r.last[o.ID], o.RegisteredOn))
	if err == nil {
		for y := from.AddDate(1, 0, 0); !y.After(r.today); y = y.AddDate(1, 0, 0) {
			count[record.RiskYearsSince]++
		}
	}
	return r.rules.Rate(count)
}

// Risk rates one organization.
func (d *Desk) Risk(ctx context.Context, o record.Organization) (record.Rating, error) {
	r, err := d.newRater(ctx, o.ID)
	if err != nil {
		return record.Rating{}, err
	}
	return r.rate(o), nil
}

// Risks rates all organizations and lists those of a class or a graver one, the most
// points first.
func (d *Desk) Risks(ctx context.Context, least record.RiskClass) ([]Rated, error) {
	from := slices.Index(record.RiskClasses, least)
	if from < 0 {
		return nil, &record.Error{Code: record.Invalid, Message: "risk.class", Field: "class", Args: map[string]any{"class": string(least)}}
	}
	r, err := d.newRater(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []Rated
	err = d.Store.EachOrganization(ctx, func(o record.Organization) error {
		if rating := r.rate(o); slices.Index(record.RiskClasses, rating.Class) >= from {
			out = append(out, Rated{o, rating})
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Rated) int {
		return cmp.Or(cmp.Compare(b.Rating.Points, a.Rating.Points), cmp.Compare(a.Organization.Code, b.Organization.Code))
	})
	return out, err
}

// RiskText words the reasons of a rating in a line.
func RiskText(t *i18n.Texts, r record.Rating) string {
	var out []string
	for _, w := range r.Why {
		out = append(out, t.T("risk.why", "rule", w.Rule.Title.In(t.Lang()), "n", w.Count, "points", w.Points))
	}
	return strings.Join(out, t.T("risk.comma"))
}

// RiskList tells of rated organizations, in the order given.
func RiskList(t *i18n.Texts, rated []Rated) workbook.Table {
	out := workbook.Table{Name: t.T("list.risk.title"), Columns: []workbook.Column{
		{Heading: t.T("ui.register.code"), Width: 22}, {Heading: t.T("ui.register.name"), Width: 40}, {Heading: t.T("ui.register.kind"), Width: 18}, {Heading: t.T("ui.register.district"), Width: 14},
		{Heading: t.T("list.risk.class"), Width: 10}, {Heading: t.T("list.risk.points"), Width: 8}, {Heading: t.T("list.risk.why"), Width: 70}}}
	for _, r := range rated {
		o := r.Organization
		out.Rows = append(out.Rows, []string{o.Code, o.Name, t.T(o.Kind.Text()), o.District, t.T("risk.class." + string(r.Rating.Class)), strconv.Itoa(r.Rating.Points), RiskText(t, r.Rating)})
	}
	return out
}
