package desk

import (
	"context"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// NewerVersion gives the newest version of the visit's checklist that is
// offered, if it is newer than the one the inspection is on and the inspection
// may still move to it.
func (d *Desk) NewerVersion(ctx context.Context, v Visit) (newer checklist.Checklist, ok bool, err error) {
	c, err := d.FindChecklist(ctx, v.Checklist.ID)
	if record.CodeOf(err) == record.NotFound {
		return c, false, nil // all are retired
	}
	if err != nil || checklist.CompareVersions(c.Version, v.Checklist.Version) <= 0 || !c.Serves(v.Inspection.Organization.Kind) {
		return c, false, err
	}
	_, refused := v.Inspection.MoveTo(c.Ref())
	return c, refused == nil, nil
}

// MoveToVersion puts an open inspection on another version of its checklist.
func (d *Desk) MoveToVersion(ctx context.Context, actor, id record.ID, version string) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	if v.Inspection.Role(actor) == "" {
		return v, &record.Error{Code: record.Forbidden, Message: "answer.not_in_team", Field: "by"}
	}
	c, err := d.offered(ctx, v.Checklist.ID+"@"+version)
	if err != nil {
		return v, err
	}
	if !c.Serves(v.Inspection.Organization.Kind) {
		return v, &record.Error{Code: record.Invalid, Message: "checklist.other_kind", Field: "checklist",
			Args: map[string]any{"checklist": c.ID, "kind": string(v.Inspection.Organization.Kind)}}
	}
	changes, err := v.Inspection.MoveTo(c.Ref())
	if err != nil || len(changes) == 0 {
		return v, err
	}
	content, known, err := d.Store.ChecklistChange(ctx, c.Ref(), c.Bytes())
	if err != nil {
		return v, err
	}
	if !known {
		changes = append([]record.Change{content}, changes...)
	}
	return d.keep(ctx, actor, id, changes)
}
