package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
)

// RegisterDifference is a value that inspectors saw on site and that is not what the
// register said then: what is sent back to the register.
type RegisterDifference struct {
	Organization record.ID `json:"organization"`
	Code         string    `json:"code"`
	Name         string    `json:"name"`
	Field        string    `json:"field"`
	Item         string    `json:"item"` // code of the item
	Registered   string    `json:"registered"`
	Seen         string    `json:"seen"`
	Now          string    `json:"now"`    // what the register says today
	Mended       bool      `json:"mended"` // the register says what was seen
	Inspection   record.ID `json:"inspection"`
	Number       string    `json:"number"`
	On           string    `json:"on"`
}

// RegisterDifferences lists what sealed inspections between two days saw that the
// register has otherwise, the latest first; open leaves out what was mended since.
// A later inspection's word on the same field counts.
func (d *Desk) RegisterDifferences(ctx context.Context, from, to string, open bool, progress func(done, all int)) ([]RegisterDifference, error) {
	rows, err := d.Store.Inspections(ctx, store.InspectionFilter{State: record.SealedNow, From: from, To: to})
	if err != nil {
		return nil, err
	}
	var out []RegisterDifference
	told := map[[2]string]bool{} // fields of which a later inspection spoke
	for n, r := range rows {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if progress != nil {
			progress(n, len(rows))
		}
		v, err := d.Visit(ctx, r.ID)
		if err != nil {
			return out, err
		}
		now, err := d.Store.Organization(ctx, r.Organization)
		if err != nil {
			return out, err
		}
		for _, node := range v.Nodes {
			field := node.Item.Answer.ExpectedField
			a := v.Inspection.Answers[node.Key]
			key := [2]string{string(r.Organization), field}
			if node.Item.Answer.Type != checklist.Match || field == "" || strings.TrimSpace(a.Seen) == "" || told[key] {
				continue
			}
			told[key] = true
			registered, _ := v.Inspection.Organization.Field(field)
			if checklist.SameValue(registered, a.Seen) { // whatever the inspectors made of it
				continue
			}
			present, _ := now.Field(field)
			x := RegisterDifference{Organization: now.ID, Code: now.Code, Name: now.Name, Field: strings.TrimPrefix(field, "org."), Item: node.Item.Code, Registered: registered, Seen: a.Seen,
				Now: present, Mended: checklist.SameValue(present, a.Seen), Inspection: r.ID, Number: r.Number, On: r.PlannedOn}
			if !open || !x.Mended {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// RegisterDoubt is something in the register that somebody should look at.
type RegisterDoubt struct {
	Kind          string               `json:"kind"`  // name, representative, address, code
	Value         string               `json:"value"` // that they share, or what is wrong
	Organizations []record.NamedByCode `json:"organizations"`
}

// mostDoubtful bounds one list: a person who represents more organizations than
// this is a placeholder of the register.
const mostDoubtful = 50

// RegisterDoubts looks through the register for equal names, one legal
// representative of several organizations (兼任), one address of several, and codes
// that cannot be.
func (d *Desk) RegisterDoubts(ctx context.Context) ([]RegisterDoubt, error) {
	shared := map[string]map[string][]record.NamedByCode{"name": {}, "representative": {}, "address": {}}
	var out []RegisterDoubt
	err := d.Store.EachOrganization(ctx, func(o record.Organization) error {
		n := record.NamedByCode{ID: o.ID, Code: o.Code, Name: o.Name}
		for kind, v := range map[string]string{"name": o.Name, "representative": o.LegalRepresentative, "address": o.Address} {
			if v = strings.Join(strings.Fields(v), ""); v != "" {
				shared[kind][v] = append(shared[kind][v], n)
			}
		}
		if o.Scheme == record.SchemeUSCC {
			if p := record.USCCProblem(o.Code); p != "" {
				out = append(out, RegisterDoubt{"code", p, []record.NamedByCode{n}})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for kind, values := range shared {
		for v, list := range values {
			if len(list) > 1 && len(list) <= mostDoubtful {
				slices.SortFunc(list, func(a, b record.NamedByCode) int { return cmp.Compare(a.Code, b.Code) })
				out = append(out, RegisterDoubt{kind, v, list})
			}
		}
	}
	order := []string{"code", "name", "representative", "address"}
	slices.SortFunc(out, func(a, b RegisterDoubt) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(len(b.Organizations), len(a.Organizations)), cmp.Compare(a.Value, b.Value))
	})
	return out, nil
}

// RegisterDifferenceList is what goes to the register.
func RegisterDifferenceList(t *i18n.Texts, all []RegisterDifference) workbook.Table {
	out := workbook.Table{Name: t.T("register.differences")}
	for n, key := range []string{"code", "name", "field", "registered", "seen", "now", "mended", "number", "on"} {
		out.Columns = append(out.Columns, workbook.Column{Heading: t.T("register.column." + key), Width: []float64{22, 36, 16, 36, 36, 36, 10, 24, 12}[n]})
	}
	for _, x := range all {
		mended := ""
		if x.Mended {
			mended = t.T("register.mended")
		}
		out.Rows = append(out.Rows, []string{x.Code, x.Name, t.T("register.field." + x.Field), x.Registered, x.Seen, x.Now, mended, x.Number, x.On})
	}
	return out
}
