package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/workbook"
)

// knownFilter refuses a filter's value that is none: it would find nothing, or all.
func knownFilter[V ~string](name, value string, known ...V) error {
	if slices.Contains(known, V(value)) {
		return nil
	}
	return &record.Error{Code: record.Invalid, Message: "filter.unknown", Field: name, Args: map[string]any{"name": name, "value": value, "known": strings.Trim(fmt.Sprint(known), "[] ")}}
}

func searchOrganizations(c *call) error {
	f := c.flags()
	limit := f.Int("limit", 50, c.t.T("ctl.flag.limit"))
	kind := f.String("kind", "", c.t.T("ctl.flag.organization_kind"))
	district := f.String("district", "", c.t.T("ctl.flag.district_of"))
	status := f.String("status", "", c.t.T("ctl.flag.register_status"))
	past := f.String("past", "", c.t.T("ctl.flag.past"))
	book := c.xlsxFlag(f)
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if err := knownFilter("kind", *kind, "", record.SocialGroup, record.ServiceOrganization, record.Foundation, record.Charity, record.OtherOrganization); err != nil {
		return err
	}
	if err := knownFilter("past", *past, "", store.NeverInspected, store.WithOpenFindings); err != nil {
		return err
	}
	if *limit < 1 {
		return c.wrongUse()
	}
	found, err := c.desk.Store.FindOrganizations(c.ctx, store.OrganizationFilter{Text: args[0], Kind: record.OrganizationKind(*kind), District: *district, Status: *status, Past: *past}, *limit)
	if err != nil {
		return err
	}
	if *book != "" {
		table, err := c.desk.OrganizationList(c.ctx, c.t, found)
		return c.workbook(*book, table, err)
	}
	if c.json {
		c.print(nonNil(found))
		return nil
	}
	for _, o := range found {
		c.say("%-20s %s  %s", o.Code, o.Name, c.t.T(o.Kind.Text()))
	}
	if len(found) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func showOrganization(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	o, err := c.desk.Store.OrganizationByCode(c.ctx, args[0])
	if err != nil {
		return err
	}
	visits, err := c.desk.Store.Inspections(c.ctx, store.InspectionFilter{Organization: o.ID})
	if err != nil {
		return err
	}
	open, err := c.desk.Store.Findings(c.ctx, store.FindingFilter{Organization: o.ID, Open: true})
	if err != nil {
		return err
	}
	warning := ""
	if o.Scheme == record.SchemeUSCC {
		warning = record.USCCProblem(o.Code)
	}
	if c.json {
		c.print(map[string]any{"organization": o, "inspections": nonNil(visits), "open_findings": nonNil(open), "code_warning": warning})
		return nil
	}
	c.say("%s  %s  %s", o.Code, o.Name, c.t.T(o.Kind.Text()))
	for _, line := range []string{o.NameEnglish, o.LegalRepresentative, o.Address, o.Supervisor, o.RegisteredOn, o.Capital, o.Status} {
		if line != "" {
			c.say("  %s", line)
		}
	}
	if warning != "" {
		c.say("  ! %s", c.t.T(warning))
	}
	for _, v := range visits {
		c.say("  %s  %s  %s  %s", v.PlannedOn, c.t.T("ctl.inspection."+string(v.State)), v.Checklist, v.ID)
	}
	c.say("  %s", c.t.T("ctl.open_findings", "n", len(open)))
	return nil
}

func listInspectors(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	list, err := c.desk.Store.Inspectors(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(list))
		return nil
	}
	for _, p := range list {
		mark := ""
		if !p.ValidOn(time.Now()) {
			mark = "  ! " + c.t.T("ctl.certificate_expired")
		}
		c.say("%-16s %-10s %s – %s%s", p.Certificate, p.Name, p.ValidFrom, p.ValidTo, mark)
	}
	return nil
}

func listChecklists(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	type row struct {
		ID      string                    `json:"id"`
		Version string                    `json:"version"`
		Title   record.Text               `json:"title"`
		For     []record.OrganizationKind `json:"applies_to"`
		Items   int                       `json:"items"`
		Digest  record.Hash               `json:"digest"`
	}
	if err := c.open(); err != nil {
		return err
	}
	current, err := c.desk.CurrentChecklists(c.ctx)
	if err != nil {
		return err
	}
	var rows []row
	for _, l := range current {
		rows = append(rows, row{l.ID, l.Version, l.Title, l.AppliesTo, len(l.Items), l.Ref().Digest})
	}
	if c.json {
		c.print(rows)
		return nil
	}
	for _, r := range rows {
		c.say("%-34s %-7s %3d  %s", r.ID, r.Version, r.Items, r.Title.In(c.lang))
	}
	return nil
}

func showChecklist(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	l, ok := checklist.Find(args[0])
	if !ok {
		if err := c.open(); err != nil {
			return err
		}
		if l, err = c.desk.FindChecklist(c.ctx, args[0]); err != nil {
			return err
		}
	}
	if c.json {
		_, err := c.out.Write(append(l.Bytes(), '\n'))
		return err
	}
	for _, s := range l.Sections {
		c.say("%s", s.Title.In(c.lang))
		for i := range l.Items {
			if it := &l.Items[i]; it.Section == s.ID {
				c.say("  %-7s %-11s %-8s %s", it.Code, it.Answer.Type, it.Severity, it.Text.In(c.lang))
			}
		}
	}
	return nil
}

// nonNil makes an empty list print as [].
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// xlsxFlag is the flag that has a list written as a workbook.
func (c *call) xlsxFlag(f *flag.FlagSet) *string {
	return f.String("xlsx", "", c.t.T("ctl.flag.xlsx"))
}

// workbook writes a list as a workbook and tells of it.
func (c *call) workbook(path string, table workbook.Table, err error) error {
	if err != nil {
		return err
	}
	if err := desk.WriteWorkbook(path, table); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"file": path, "rows": len(table.Rows)})
		return nil
	}
	c.say("%s", c.t.T("list.wrote", "n", len(table.Rows), "file", path))
	return nil
}
