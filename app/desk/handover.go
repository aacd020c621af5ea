package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
)

// HandedOver is one open matter of somebody who leaves: what it is, and what was
// done about it or is left to do.
type HandedOver struct {
	Kind   string    `json:"kind"` // visit, begun, record, finding, document, complaint
	ID     record.ID `json:"id"`
	Number string    `json:"number"`
	Name   string    `json:"name"` // of the organization
	Asked  bool      `json:"asked,omitempty"`
	Fault  string    `json:"fault,omitempty"` // message key of Left
	Left   error     `json:"-"`               // why nothing could be done
}

// HandOver asks, for every planned visit of somebody who leaves, that another
// inspector takes their place, and lists what else of theirs is open. Each
// replacement is decided by somebody else, as any is. dry only lists.
func (d *Desk) HandOver(ctx context.Context, actor, from, to record.ID, reason string, dry bool) ([]HandedOver, error) {
	if strings.TrimSpace(reason) == "" && !dry {
		return nil, &record.Error{Code: record.Invalid, Message: "evidence.reason_needed", Field: "reason"}
	}
	in, err := d.Store.Person(ctx, to)
	if err != nil {
		return nil, err
	}
	rows, err := d.Store.Inspections(ctx, store.InspectionFilter{})
	if err != nil {
		return nil, err
	}
	var out []HandedOver
	led := map[record.ID]bool{} // inspections that the person led
	for _, r := range rows {
		if r.State == record.Cancelled {
			continue
		}
		i, err := d.Store.Inspection(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		role := i.Role(from)
		if role == "" {
			continue
		}
		led[r.ID] = role == record.RoleLeader
		h := HandedOver{Kind: "begun", ID: r.ID, Number: r.Number, Name: r.OrganizationName}
		switch r.State {
		case record.SealedNow:
			continue
		case record.Planned:
			h.Kind = "visit"
			if !dry {
				h.Asked, h.Left, err = d.askReplacement(ctx, actor, r.ID, from, in, reason)
				if err != nil {
					return out, err
				}
				var e *record.Error
				if errors.As(h.Left, &e) {
					h.Fault = e.Message
				}
			}
		}
		out = append(out, h)
	}
	more, err := d.openMatters(ctx, from, led)
	return append(out, more...), err
}

// askReplacement asks that one inspector takes another's place, unless somebody did.
func (d *Desk) askReplacement(ctx context.Context, actor, inspection, gone record.ID, in record.Inspector, reason string) (asked bool, left, err error) {
	p, err := d.Store.Procedure(ctx, inspection)
	if err != nil {
		return false, nil, err
	}
	if slices.ContainsFunc(p.Open(record.AskReplacement), func(x record.ProcedureStep) bool { return x.Gone == gone }) {
		return true, nil, nil
	}
	_, err = d.Proceed(ctx, actor, inspection, nil, Proceeding{ProcedureStep: record.ProcedureStep{Act: record.AskReplacement, Gone: gone, Note: reason}, InNumber: in.Certificate})
	if record.CodeOf(err) != "" {
		return false, err, nil
	}
	return err == nil, nil, err
}

// openMatters lists what somebody has in hand besides visits: findings of
// inspections they led, documents they drafted, complaints they received.
func (d *Desk) openMatters(ctx context.Context, from record.ID, led map[record.ID]bool) ([]HandedOver, error) {
	var out []HandedOver
	lines, err := d.Ledger(ctx, store.LedgerFilter{Open: true})
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if led[l.Inspection] {
			out = append(out, HandedOver{Kind: "finding", ID: l.ID, Number: l.Number + " " + l.Code, Name: l.Name})
		}
	}
	papers, err := d.Store.Documents(ctx, store.DocumentFilter{})
	if err != nil {
		return nil, err
	}
	for _, x := range papers {
		if x.Steps[record.Drafted].By == from && x.State != record.Voided && x.State != record.Filed {
			out = append(out, HandedOver{Kind: "document", ID: x.ID, Number: x.Shown(), Name: x.To})
		}
	}
	told, err := d.Store.Complaints(ctx, store.ComplaintFilter{Open: true})
	if err != nil {
		return nil, err
	}
	for _, c := range told {
		if c.By == from {
			out = append(out, HandedOver{Kind: "complaint", ID: c.ID, Number: c.Number, Name: c.Terms.About})
		}
	}
	return out, nil
}

// HandOverText words what became of a matter.
func (h HandedOver) HandOverText(t *i18n.Texts) string {
	switch {
	case h.Left != nil:
		return t.Error(h.Left)
	case h.Asked:
		return t.T("handover.asked")
	}
	return t.T("handover.left." + h.Kind)
}

// HandOverList is the hand-over list 交接清单, for both to sign.
func HandOverList(t *i18n.Texts, all []HandedOver) workbook.Table {
	out := workbook.Table{Name: t.T("handover.list")}
	for n, key := range []string{"kind", "number", "name", "said"} {
		out.Columns = append(out.Columns, workbook.Column{Heading: t.T("handover.column." + key), Width: []float64{16, 30, 40, 60}[n]})
	}
	for _, h := range all {
		out.Rows = append(out.Rows, []string{t.T("handover.kind." + h.Kind), h.Number, h.Name, h.HandOverText(t)})
	}
	return out
}
