package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/app/photo"
	"plumbline/app/record"
)

// AttachPhoto hangs the picture in the file at path on an item (key as in
// checklist.Node; "" for the visit as a whole). The original is kept untouched
// beside a small upright copy; both are on the disk before the entry names them.
func (d *Desk) AttachPhoto(ctx context.Context, actor, id record.ID, key, path, caption string) (Visit, error) {
	v, err := d.photographable(ctx, id, key)
	if err != nil {
		return v, err
	}
	f, err := openPhoto(path)
	if err != nil {
		return v, err
	}
	defer f.Close()
	p, err := photo.Prepare(f, photo.DefaultLimits)
	if err != nil {
		return v, named(err, filepath.Base(path))
	}
	return d.attach(ctx, actor, v, key, p, filepath.Base(path), caption)
}

// AttachPhotoBytes is AttachPhoto for a picture that comes from the clipboard
// or a camera.
func (d *Desk) AttachPhotoBytes(ctx context.Context, actor, id record.ID, key, name string, b []byte, caption string) (Visit, error) {
	v, err := d.photographable(ctx, id, key)
	if err != nil {
		return v, err
	}
	p, err := photo.Prepare(bytes.NewReader(b), photo.DefaultLimits)
	if err != nil {
		return v, named(err, name)
	}
	return d.attach(ctx, actor, v, key, p, name, caption)
}

// openPhoto opens a plain file; opening a pipe would wait for ever.
func openPhoto(path string) (*os.File, error) {
	info, err := os.Stat(path)
	var f *os.File
	switch {
	case err == nil && !info.Mode().IsRegular():
		return nil, &record.Error{Code: record.Invalid, Message: "photo.not_a_file", Field: "photo", Args: map[string]any{"file": path}}
	case err == nil:
		f, err = os.Open(path)
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, &record.Error{Code: record.Forbidden, Message: "photo.not_readable", Field: "photo", Args: map[string]any{"file": path}, Err: err}
	}
	return nil, &record.Error{Code: record.NotFound, Message: "photo.not_found", Field: "photo", Args: map[string]any{"file": path}, Err: err}
}

// named adds the file's name to an error a person will read.
func named(err error, name string) error {
	var e *record.Error
	if errors.As(err, &e) {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args["file"] = name
	}
	return err
}

// photographable gives the visit if a photo may hang on the item.
func (d *Desk) photographable(ctx context.Context, id record.ID, key string) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil || key == "" {
		return v, err
	}
	n, ok := v.Node(key)
	switch {
	case !ok:
		return v, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: key, Args: map[string]any{"item": key}}
	case n.Item.PhotoForbidden():
		return v, atItem(&record.Error{Code: record.Forbidden, Message: "evidence.photo_forbidden", Field: "photo"}, n)
	}
	return v, nil
}

func (d *Desk) attach(ctx context.Context, actor record.ID, v Visit, key string, p photo.Prepared, name, caption string) (Visit, error) {
	e, err := d.keepPhoto(ctx, actor, p, name)
	if err != nil {
		return v, err
	}
	e.Item, e.Caption = key, strings.TrimSpace(caption)
	if n, ok := v.Node(key); ok {
		e.Sensitive = n.Item.Sensitive
	}
	begin, err := d.begin(ctx, v)
	if err != nil {
		return v, err
	}
	changes, err := v.Inspection.Attach(e, false)
	if err != nil || len(changes) == 0 {
		return v, err
	}
	return d.keep(ctx, actor, v.Inspection.ID, append(begin, changes...))
}

// WithdrawEvidence takes a photo off (作废) with a reason. It stays in the journal.
func (d *Desk) WithdrawEvidence(ctx context.Context, actor, id, evidence record.ID, reason string) (Visit, error) {
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	changes, err := i.WithdrawEvidence(evidence, reason)
	if err != nil {
		return Visit{}, err
	}
	return d.keep(ctx, actor, id, changes)
}

// MoveEvidence hangs a photo on another item, with a reason: of the same
// inspection, or of another one, where it was taken under the wrong
// organization. There it is new evidence that says where it came from; here it
// is withdrawn. It gives the visit where the photo hangs now.
func (d *Desk) MoveEvidence(ctx context.Context, actor, id, evidence, to record.ID, key, reason string) (Visit, error) {
	v, err := d.photographable(ctx, to, key)
	if err != nil {
		return v, err
	}
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		return v, err
	}
	if id == to {
		n, _ := v.Node(key) // none for the visit as a whole, which is not need-to-know
		changes, err := i.MoveEvidence(evidence, key, reason, n.Item != nil && n.Item.Sensitive)
		if err != nil || len(changes) == 0 {
			return v, err
		}
		return d.keep(ctx, actor, id, changes)
	}
	begin, err := d.begin(ctx, v)
	if err != nil {
		return v, err
	}
	n, _ := v.Node(key)
	changes, err := i.MoveAway(evidence, v.Inspection, key, n.Item != nil && n.Item.Sensitive, reason, newEvidence)
	if err != nil {
		return v, err
	}
	return d.keep(ctx, actor, to, append(begin, changes...))
}

// newEvidence names a piece of evidence.
func newEvidence() record.ID { return record.NewID(record.EvidenceType) }

// WithdrawNote takes the note on an item off (作废) with a reason.
func (d *Desk) WithdrawNote(ctx context.Context, actor, id record.ID, key, reason string) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	changes, err := v.withdrawNote(key, reason)
	if err != nil {
		return v, err
	}
	return d.keep(ctx, actor, id, changes)
}

func (v Visit) withdrawNote(key, reason string) ([]record.Change, error) {
	n, ok := v.Node(key)
	if !ok {
		return nil, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: key, Args: map[string]any{"item": key}}
	}
	changes, err := v.Inspection.WithdrawNote(key, reason)
	if err != nil {
		err = atItem(err, n)
	}
	return changes, err
}

// MoveNote puts the note on an item under another item, of the same inspection
// or of another one, with a reason. What is noted there already stays above it.
// It gives the visit where the note stands now.
func (d *Desk) MoveNote(ctx context.Context, actor, id record.ID, key string, to record.ID, toKey, reason string) (Visit, error) {
	v, err := d.Visit(ctx, to)
	if err != nil {
		return v, err
	}
	if _, ok := v.Node(toKey); !ok {
		return v, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: toKey, Args: map[string]any{"item": toKey}}
	}
	from, err := d.Visit(ctx, id)
	if err != nil || id == to && key == toKey {
		return v, err
	}
	away, err := from.withdrawNote(key, reason)
	if err != nil {
		return v, err
	}
	a := v.Inspection.Answers[toKey]
	a.Note = strings.TrimPrefix(a.Note+"\n"+from.Inspection.Answers[key].Note, "\n")
	begin, err := d.begin(ctx, v)
	if err != nil {
		return v, err
	}
	changes, err := v.Inspection.SetAnswer(toKey, a)
	if err != nil {
		return v, err
	}
	return d.keep(ctx, actor, to, slices.Concat(begin, changes, away))
}

// File gives the bytes of a photo, signature or document; record.NotFound when
// they are not here yet.
func (d *Desk) File(digest record.Hash) ([]byte, error) {
	f, err := d.Files.Open(digest)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, f.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("desk: read file %s: %w", digest.Short(), err)
	}
	return b, nil
}
