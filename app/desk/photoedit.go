package desk

import (
	"context"
	"slices"

	"plumbline/app/photo"
	"plumbline/app/record"
	"plumbline/app/store"
)

// PhotoEdit says what shall be done on an edited copy of a photo.
type PhotoEdit struct {
	Photo   record.ID // the original, or a copy of it that the new one takes the place of
	Steps   []record.PhotoStep
	Instead bool   // show the copy in place of the original
	Reason  string // why a copy is replaced; "" where none is
}

// EditPhoto makes an edited copy of a photo and hangs it beside the original,
// which stays as it was: both are evidence. The copy is on the disk before the
// entry that names it and tells how it was made.
func (d *Desk) EditPhoto(ctx context.Context, actor, id record.ID, p PhotoEdit) (Visit, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	original, replaces, err := originalOf(i, p.Photo)
	if err != nil {
		return Visit{}, err
	}
	b, err := d.File(original.Digest)
	if err != nil {
		return Visit{}, err
	}
	e, err := photo.Edit(b, p.Steps, photo.DefaultLimits)
	if err != nil {
		return Visit{}, err
	}
	f, err := d.putFile(ctx, e.JPEG, "image/jpeg")
	if err != nil {
		return Visit{}, err
	}
	changes, err := i.AttachCopy(original.ID, record.Evidence{
		ID: newEvidence(), Digest: f.Digest, Size: f.Size, Media: "image/jpeg", Width: e.Width, Height: e.Height,
		AddedAt: d.stampFine(), By: actor, Steps: p.Steps, Instead: p.Instead,
	}, replaces, p.Reason)
	if err != nil {
		return Visit{}, err
	}
	if len(changes) == 0 {
		return d.Visit(ctx, id)
	}
	return d.keep(ctx, actor, id, changes)
}

// originalOf finds the original that a photo is or was made from, and the copy
// that photo is, "" if it is the original.
func originalOf(i record.Inspection, id record.ID) (original record.Evidence, copied record.ID, err error) {
	n := slices.IndexFunc(i.Evidence, func(e record.Evidence) bool { return e.ID == id && e.Counts() })
	if n < 0 {
		return original, "", &record.Error{Code: record.NotFound, Message: "evidence.not_found"}
	}
	if e := i.Evidence[n]; e.IsCopy() {
		o, ok := i.OriginalOf(e)
		if !ok {
			return original, "", &record.Error{Code: record.NotFound, Message: "photo.no_original"}
		}
		return o, e.ID, nil
	}
	return i.Evidence[n], "", nil
}

// ShowCopy chooses whether an edited copy is shown in place of its original, in
// lists and in the inspection record. The organization's copy of the record does
// not ask: it shows no more than what the copies hide allows.
func (d *Desk) ShowCopy(ctx context.Context, actor, id, copied record.ID, instead bool) (Visit, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	changes, err := i.ShowCopy(copied, instead)
	if err != nil {
		return Visit{}, err
	}
	if len(changes) == 0 {
		return d.Visit(ctx, id)
	}
	return d.keep(ctx, actor, id, changes)
}

// CheckCopy makes an edited copy again from its original and tells how the two
// compare.
func (d *Desk) CheckCopy(ctx context.Context, id, copied record.ID) (photo.Match, record.Evidence, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return "", record.Evidence{}, err
	}
	n := slices.IndexFunc(i.Evidence, func(e record.Evidence) bool { return e.ID == copied })
	if n < 0 {
		return "", record.Evidence{}, &record.Error{Code: record.NotFound, Message: "evidence.not_found"}
	}
	e := i.Evidence[n]
	if !e.IsCopy() {
		return "", e, &record.Error{Code: record.Invalid, Message: "photo.is_original", Field: "photo"}
	}
	original, err := d.File(e.Of)
	if err != nil {
		return "", e, err
	}
	b, err := d.File(e.Digest)
	if err != nil {
		return "", e, err
	}
	match, err := photo.Compare(original, b, e.Steps, photo.DefaultLimits)
	return match, e, err
}

// EarlierPhoto is a photo of an earlier inspection of the same organization, to
// be taken again from the same place.
type EarlierPhoto struct {
	record.Evidence // as it is shown
	Inspection      record.ID
	Number          string // of the inspection
	Day             string // YYYY-MM-DD
}

// EarlierPhotos lists the photos that earlier inspections of the organization
// have on the same item, the latest inspection first, at most limit of them.
func (d *Desk) EarlierPhotos(ctx context.Context, v Visit, key string, limit int) ([]EarlierPhoto, error) {
	rows, err := d.Store.Inspections(ctx, store.InspectionFilter{Organization: v.Inspection.Organization.ID})
	if err != nil {
		return nil, err
	}
	uid, _ := record.SplitItemKey(key)
	if n, ok := v.Node(key); ok && n.Earlier != nil {
		uid = n.Earlier.Item // what was found there is looked at again
	}
	var out []EarlierPhoto
	for _, r := range rows {
		if r.ID == v.Inspection.ID || r.StartedAt == "" {
			continue // what has not begun has no photos
		}
		i, err := d.Store.Inspection(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if now := v.Inspection.StartedAt; now != "" && !moment(i.StartedAt).Before(moment(now)) {
			continue // a later inspection is no earlier one
		}
		for _, e := range i.Evidence {
			other, _ := record.SplitItemKey(e.Item)
			if _, copied := i.OriginalOf(e); other != uid || !e.Counts() || copied {
				continue
			}
			if shown, ok := i.Shown(e, false); ok && len(out) < limit {
				out = append(out, EarlierPhoto{shown, i.ID, i.Number, r.PlannedOn})
			}
		}
	}
	return out, nil
}
