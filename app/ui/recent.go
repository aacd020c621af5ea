package ui

import (
	"context"
	"encoding/json"
	"slices"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// recentRecords is the setting that lists what was opened last on this laptop;
// mostRecent is how many of them.
const (
	recentRecords = "window.recent"
	mostRecent    = 8
)

// isRecord tells whether what the window shows is an inspection or an
// organization.
func isRecord(shown string) bool {
	t := record.ID(shown).Type()
	return t == record.InspectionType || t == record.OrganizationType
}

// keepRecent puts a record at the head of what was opened last.
func keepRecent(ctx context.Context, d *desk.Desk, id record.ID) error {
	list, err := recentIDs(ctx, d)
	if err != nil {
		return err
	}
	list = slices.Insert(slices.DeleteFunc(list, func(x record.ID) bool { return x == id }), 0, id)
	b, err := json.Marshal(list[:min(len(list), mostRecent)])
	if err != nil {
		return err
	}
	return d.Store.SetSetting(ctx, recentRecords, string(b))
}

func recentIDs(ctx context.Context, d *desk.Desk) (list []record.ID, err error) {
	s, err := d.Store.Setting(ctx, recentRecords)
	if err != nil || s == "" {
		return nil, err
	}
	return list, json.Unmarshal([]byte(s), &list)
}

// recent is a record that was opened lately, as Home shows it.
type recent struct {
	id         record.ID
	name, more string
}

// readRecent gives what was opened last and is still there.
func readRecent(ctx context.Context, w *Window) ([]recent, error) {
	list, err := recentIDs(ctx, w.desk)
	if err != nil {
		return nil, err
	}
	var out []recent
	for _, id := range list {
		r := recent{id: id}
		switch id.Type() {
		case record.InspectionType:
			var i record.Inspection
			if i, err = w.desk.Store.Inspection(ctx, id); err == nil {
				r.name, r.more = i.Organization.Name, i.Number
			}
		default:
			var o record.Organization
			if o, err = w.desk.Store.Organization(ctx, id); err == nil {
				r.name, r.more = o.Name, o.Code
			}
		}
		switch {
		case err == nil:
			out = append(out, r)
		case record.CodeOf(err) != record.NotFound:
			return nil, err
		}
	}
	return out, nil
}

// recentRow is one of them; pressed, it opens it.
func recentRow(w *Window, r recent) fyne.CanvasObject {
	m, open := building, func() { w.openOrganization(r.id) }
	if r.id.Type() == record.InspectionType {
		m, open = board, func() { w.openInspection(r.id, "") }
	}
	return newPress(w, inset(5, 8, across(10, 1, sign(m, quietColor, 16), plain(r.name).atMostLines(1), quiet(r.more).oneLine())), open)
}
