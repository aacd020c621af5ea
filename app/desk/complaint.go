package desk

import (
	"context"
	"strconv"
	"strings"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/workbook"
)

// ReceiveComplaint records a complaint or report as it came in. code names the
// organization, "" where the register does not have it.
func (d *Desk) ReceiveComplaint(ctx context.Context, actor record.ID, t record.ComplaintTerms, code string) (record.Complaint, error) {
	var none record.Complaint
	who, err := d.Store.Person(ctx, actor)
	if err != nil {
		return none, err
	}
	if code != "" {
		o, err := d.Store.OrganizationByCode(ctx, code)
		if err != nil {
			return none, err
		}
		t.Organization, t.About = o.ID, o.Name
	}
	if t.On == "" {
		t.On = d.Today()
	}
	w, err := d.setting(ctx)
	if err != nil {
		return none, err
	}
	id, changes, err := record.Receive(t, actor, who.Name, d.now(), w)
	if err != nil {
		return none, err
	}
	if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
		return none, err
	}
	return d.Store.Complaint(ctx, id)
}

// ComplaintStep takes a step about a complaint as it stands.
func (d *Desk) ComplaintStep(ctx context.Context, actor, id record.ID, x record.ComplaintStep) (record.Complaint, error) {
	c, err := d.Store.Complaint(ctx, id)
	if err != nil {
		return c, err
	}
	who, err := d.Store.Person(ctx, actor)
	if err != nil {
		return c, err
	}
	w, err := d.setting(ctx)
	if err != nil {
		return c, err
	}
	x.By, x.Name, x.At = actor, who.Name, d.stamp()
	if x.Inspection != "" {
		if _, err := d.Store.Inspection(ctx, x.Inspection); err != nil {
			return c, err
		}
	}
	changes, err := c.Do(x, w)
	if err != nil {
		return c, err
	}
	if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
		return c, err
	}
	return d.Store.Complaint(ctx, id)
}

// InspectComplaint plans an inspection that looks into a complaint.
func (d *Desk) InspectComplaint(ctx context.Context, actor, id record.ID, p Plan) (record.Complaint, record.ID, error) {
	c, err := d.Store.Complaint(ctx, id)
	if err != nil {
		return c, "", err
	}
	w, err := d.setting(ctx)
	if err != nil {
		return c, "", err
	}
	// The step is looked at before an inspection is planned for nothing.
	if _, err := c.Do(record.ComplaintStep{Act: record.InspectComplaint, By: actor, Inspection: record.NewID(record.InspectionType)}, w); err != nil {
		return c, "", err
	}
	if c.Terms.Organization == "" {
		return c, "", &record.Error{Code: record.Invalid, Message: "complaint.no_organization", Field: "organization"}
	}
	p.Organization, p.Kind, p.Actor = c.Terms.Organization, "targeted", actor
	visit, err := d.NewInspection(ctx, p)
	if err != nil {
		return c, "", err
	}
	c, err = d.ComplaintStep(ctx, actor, id, record.ComplaintStep{Act: record.InspectComplaint, Inspection: visit})
	return c, visit, err
}

// ComplaintStepText words one step in a line.
func ComplaintStepText(t *i18n.Texts, x record.ComplaintStep) string {
	parts := []string{t.T("complaint.act." + string(x.Act))}
	if x.Result != "" {
		parts = append(parts, t.T("complaint.result."+x.Result))
	}
	for _, v := range []string{x.Whom, x.Number, x.Note} {
		if v != "" {
			parts = append(parts, v)
		}
	}
	if x.Due != "" {
		parts = append(parts, t.T("procedure.detail.due", "day", x.Due))
	}
	return strings.Join(parts, " · ")
}

// ComplaintNext words until when the next step is due; "" for nothing.
func ComplaintNext(t *i18n.Texts, c record.Complaint, today string) string {
	due := c.Due()
	if due == "" {
		return ""
	}
	what := t.T("complaint.next." + string(c.State))
	if n, ok := record.DaysBetween(due, today); ok && n > 0 {
		return t.T("procedure.late", "act", what, "n", n)
	}
	return t.T("procedure.next", "act", what, "day", due)
}

// ComplaintList tells of complaints, without who complained.
func ComplaintList(t *i18n.Texts, all []record.Complaint, today string) workbook.Table {
	out := workbook.Table{Name: t.T("list.complaints")}
	for _, c := range []struct {
		key   string
		width float64
	}{{"number", 24}, {"on", 12}, {"told", 12}, {"about", 36}, {"content", 60}, {"named", 10}, {"state", 14}, {"next", 30}, {"result", 16}, {"inspections", 10}} {
		out.Columns = append(out.Columns, workbook.Column{Heading: t.T("list.complaint." + c.key), Width: c.width})
	}
	for _, c := range all {
		named, result := "complaint.anonymous", ""
		if c.Terms.Name != "" {
			named = "complaint.named"
		}
		if r := c.Result(); r != "" {
			result = t.T("complaint.result." + r)
		}
		out.Rows = append(out.Rows, []string{c.Number, c.Terms.On, t.T("complaint.told." + c.Terms.Told), c.Terms.About, c.Terms.Content, t.T(named),
			t.T("complaint.state." + string(c.State)), ComplaintNext(t, c, today), result, strconv.Itoa(len(c.Inspections()))})
	}
	return out
}
