package desk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
)

// ItemShare is how often an item was found wanting, in all and by team leader: where
// one leader's share lies far from the others', somebody should look.
type ItemShare struct {
	Code     string        `json:"code"`
	Title    record.Text   `json:"title"`
	Asked    int           `json:"asked"`    // answered with no problem, problem or partly
	Problems int           `json:"problems"` // of those
	Leaders  []LeaderShare `json:"leaders"`
}

// LeaderShare is an item's share in one leader's inspections.
type LeaderShare struct {
	Leader   string `json:"leader"`
	Asked    int    `json:"asked"`
	Problems int    `json:"problems"`
}

// Consistency compares what sealed inspections between two days found, item by item,
// and draws n of them for a second look 复核抽样: by the digest of the seed, which
// somebody else names, and the inspection, so that whoever draws has no choice.
// Where there are approvers, it is for them and for auditors.
func (d *Desk) Consistency(ctx context.Context, by record.ID, from, to, seed string, n int, progress func(done, all int)) ([]ItemShare, []store.InspectionRow, error) {
	roles, err := d.Store.Roles(ctx)
	if err != nil {
		return nil, nil, err
	}
	here, now := roles.Of(d.Store.Authority()), d.now().UnixMilli()
	if here.Holders(record.Approver, now) > 0 && !here.Hold(by, record.Approver, now) && !here.Hold(by, record.Auditor, now) {
		return nil, nil, &record.Error{Code: record.Forbidden, Message: "role.needed", Field: "by", Args: map[string]any{"role": record.Word("role.name." + string(record.Approver))}}
	}
	rows, err := d.Store.Inspections(ctx, store.InspectionFilter{State: record.SealedNow, From: from, To: to})
	if err != nil {
		return nil, nil, err
	}
	items := map[string]*ItemShare{}
	for k, r := range rows {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if progress != nil {
			progress(k, len(rows))
		}
		v, err := d.Visit(ctx, r.ID)
		if err != nil {
			return nil, nil, err
		}
		leader := v.Inspection.Team[0].Name
		for _, node := range v.Nodes {
			wanting := false
			switch checklist.OutcomeOf(node, v.Inspection.Answers[node.Key], v.Situation) {
			case checklist.Problem, checklist.PartlyRectified:
				wanting = true
			case checklist.NoProblem:
			default:
				continue
			}
			x := items[node.Item.Code]
			if x == nil {
				x = &ItemShare{Code: node.Item.Code, Title: node.Item.Text}
				items[node.Item.Code] = x
			}
			x.count(leader, wanting)
		}
	}
	var out []ItemShare
	for _, x := range items {
		slices.SortFunc(x.Leaders, func(a, b LeaderShare) int { return cmp.Compare(a.Leader, b.Leader) })
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b ItemShare) int { return cmp.Compare(a.Code, b.Code) })
	return out, secondLooks(rows, seed, n), nil
}

func (x *ItemShare) count(leader string, wanting bool) {
	k := slices.IndexFunc(x.Leaders, func(l LeaderShare) bool { return l.Leader == leader })
	if k < 0 {
		x.Leaders, k = append(x.Leaders, LeaderShare{Leader: leader}), len(x.Leaders)
	}
	x.Asked++
	x.Leaders[k].Asked++
	if wanting {
		x.Problems++
		x.Leaders[k].Problems++
	}
}

// secondLooks draws n inspections by the digest of seed and identity.
func secondLooks(rows []store.InspectionRow, seed string, n int) []store.InspectionRow {
	if strings.TrimSpace(seed) == "" {
		return nil
	}
	place := func(r store.InspectionRow) record.Hash {
		return record.HashOf([]byte("plumbline second look 1\n" + strings.TrimSpace(seed) + "\n" + string(r.ID) + "\n"))
	}
	drawn := slices.Clone(rows)
	slices.SortFunc(drawn, func(a, b store.InspectionRow) int { return cmp.Compare(place(a), place(b)) })
	return drawn[:min(n, len(drawn))]
}

// percent writes a share of a whole as a percentage, "" of nothing.
func percent(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64)
}

// ConsistencyTable gives the shares to a spreadsheet, a row for each item and leader.
func ConsistencyTable(t *i18n.Texts, items []ItemShare) workbook.Table {
	out := workbook.Table{Name: t.T("consistency.title")}
	for n, key := range []string{"item", "text", "leader", "asked", "problems", "share"} {
		out.Columns = append(out.Columns, workbook.Column{Heading: t.T("consistency." + key), Width: []float64{10, 60, 14, 10, 10, 10}[n]})
	}
	for _, x := range items {
		out.Rows = append(out.Rows, []string{x.Code, x.Title.In(t.Lang()), t.T("consistency.all"), strconv.Itoa(x.Asked), strconv.Itoa(x.Problems), percent(x.Problems, x.Asked)})
		for _, l := range x.Leaders {
			out.Rows = append(out.Rows, []string{x.Code, "", l.Leader, strconv.Itoa(l.Asked), strconv.Itoa(l.Problems), percent(l.Problems, l.Asked)})
		}
	}
	return out
}
