package desk

import (
	"context"
	"slices"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// checklist gives the version an inspection was made with: built in, or as it
// came with the journal.
func (d *Desk) checklist(ctx context.Context, ref record.ChecklistRef) (checklist.Checklist, error) {
	if list, ok := checklist.Find(ref.ID); ok && list.Ref().Digest == ref.Digest {
		return list, nil
	}
	// A digest is for ever, and a large checklist takes a while to parse, so
	// each is parsed once.
	if c, ok := d.parsed.Load(ref.Digest); ok {
		return c.(checklist.Checklist), nil
	}
	b, err := d.Store.Checklist(ctx, ref.Digest)
	if err != nil {
		return checklist.Checklist{}, err
	}
	c, err := checklist.Parse(b)
	if err == nil {
		d.parsed.Store(ref.Digest, c)
	}
	return c, err
}

// Checklists lists every version of every checklist that an inspection can be
// made with: the built-in ones, and those brought in here or by a colleague.
// They are in the order of their ids, older versions before newer. One that
// this version of the program cannot read is left out; UnreadChecklists tells
// why. One that the authority has retired says so in its Status.
func (d *Desk) Checklists(ctx context.Context) ([]checklist.Checklist, error) {
	out, _, err := d.checklists(ctx)
	return out, err
}

// Unread is a version of a checklist that this version of the program cannot
// read: it came from a newer one, or is damaged.
type Unread struct {
	Checklist record.ChecklistRef
	Err       error // says what to do
}

// UnreadChecklists lists what Checklists leaves out.
func (d *Desk) UnreadChecklists(ctx context.Context) ([]Unread, error) {
	_, unread, err := d.checklists(ctx)
	return unread, err
}

func (d *Desk) checklists(ctx context.Context) ([]checklist.Checklist, []Unread, error) {
	out, unread := slices.Clone(checklist.Builtin()), []Unread(nil)
	known, err := d.Store.Checklists(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range known {
		if list, ok := checklist.Find(k.ID); ok && list.Ref().Digest == k.Digest {
			continue
		}
		ref := record.ChecklistRef{ID: k.ID, Version: k.Version, Digest: k.Digest}
		c, err := d.checklist(ctx, ref)
		if record.CodeOf(err) == record.Newer || record.CodeOf(err) == record.Invalid {
			unread = append(unread, Unread{ref, err})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		out = append(out, c)
	}
	for n := range out {
		if gone, err := d.Retirement(ctx, out[n]); err != nil {
			return nil, nil, err
		} else if gone != nil {
			out[n].Status = checklist.Retired
		}
	}
	slices.SortStableFunc(out, func(a, b checklist.Checklist) int {
		if n := strings.Compare(a.ID, b.ID); n != 0 {
			return n
		}
		return checklist.CompareVersions(a.Version, b.Version)
	})
	return out, unread, nil
}

// CurrentChecklists gives the newest version of each checklist that is not
// retired: the built-in ones in their order, then the others by id.
func (d *Desk) CurrentChecklists(ctx context.Context) ([]checklist.Checklist, error) {
	all, err := d.Checklists(ctx)
	if err != nil {
		return nil, err
	}
	newest := map[string]checklist.Checklist{}
	var ids []string
	for _, c := range checklist.Builtin() {
		ids = append(ids, c.ID)
	}
	for _, c := range all {
		if c.Status == checklist.Retired {
			continue
		}
		if newest[c.ID] = c; !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	var out []checklist.Checklist
	for _, id := range ids {
		if c, ok := newest[id]; ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// FindChecklist gives the newest version of the checklist with this id that is
// not retired, or the version named by id@version.
func (d *Desk) FindChecklist(ctx context.Context, name string) (checklist.Checklist, error) {
	all, err := d.Checklists(ctx)
	if err != nil {
		return checklist.Checklist{}, err
	}
	id, version, exact := strings.Cut(name, "@")
	for n := len(all) - 1; n >= 0; n-- {
		c := all[n]
		if c.ID == id && (exact && c.Version == version || !exact && c.Status != checklist.Retired) {
			return c, nil
		}
	}
	return checklist.Checklist{}, &record.Error{Code: record.NotFound, Message: "checklist.unknown", Field: "checklist", Args: map[string]any{"checklist": name}}
}

// Retirement tells who retired a version of a checklist, nil for nobody.
func (d *Desk) Retirement(ctx context.Context, c checklist.Checklist) (*record.Retirement, error) {
	st, err := d.Store.State(ctx, record.ChecklistID(c.Ref().Digest))
	return record.RetirementOf(st), err
}

// RetireChecklist takes a version out of what is offered 停用. Inspections that
// began with it stay on it.
func (d *Desk) RetireChecklist(ctx context.Context, actor record.ID, c checklist.Checklist, reason string) error {
	return d.changeChecklist(ctx, actor, c, func(st record.State, digest record.Hash) (record.Change, error) {
		p, err := d.Store.Person(ctx, actor)
		if err != nil {
			return record.Change{}, err
		}
		return record.RetireChecklist(st, digest, record.Retirement{By: actor, Name: p.Name, At: d.stamp(), Reason: reason})
	})
}

// OfferChecklist offers a retired version again.
func (d *Desk) OfferChecklist(ctx context.Context, actor record.ID, c checklist.Checklist, reason string) error {
	return d.changeChecklist(ctx, actor, c, func(st record.State, digest record.Hash) (record.Change, error) {
		return record.OfferChecklist(st, digest, reason)
	})
}

func (d *Desk) changeChecklist(ctx context.Context, actor record.ID, c checklist.Checklist, change func(record.State, record.Hash) (record.Change, error)) error {
	digest := c.Ref().Digest
	st, err := d.Store.State(ctx, record.ChecklistID(digest))
	if err != nil {
		return err
	}
	x, err := change(st, digest)
	if err != nil {
		return err
	}
	_, err = d.Store.Append(ctx, actor, x)
	return err
}

// offered gives a checklist that an inspection may be begun with.
func (d *Desk) offered(ctx context.Context, name string) (checklist.Checklist, error) {
	c, err := d.FindChecklist(ctx, name)
	if err == nil && c.Status == checklist.Retired {
		err = &record.Error{Code: record.Conflict, Message: "checklist.retired", Field: "checklist", Args: map[string]any{"checklist": name}}
	}
	return c, err
}

// ImportChecklist keeps a checklist version in the journal, from where it
// travels to whoever shares the authority. fresh is false when it was here
// already. A version never changes: the same version with another content is a
// conflict. Inspections stay on the version that they began with.
func (d *Desk) ImportChecklist(ctx context.Context, actor record.ID, c checklist.Checklist) (fresh bool, err error) {
	all, err := d.Checklists(ctx)
	if err != nil {
		return false, err
	}
	for _, old := range all {
		if old.ID != c.ID || old.Version != c.Version {
			continue
		}
		if old.Ref().Digest == c.Ref().Digest {
			return false, nil
		}
		return false, &record.Error{Code: record.Conflict, Message: "checklist.version_taken", Field: "version",
			Args: map[string]any{"checklist": c.ID, "version": c.Version}}
	}
	change, known, err := d.Store.ChecklistChange(ctx, c.Ref(), c.Bytes())
	if err != nil || known {
		return false, err
	}
	_, err = d.Store.Append(ctx, actor, change)
	return err == nil, err
}
