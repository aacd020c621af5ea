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
	"strings"
	"time"

	"plumbline/app/photo"
	"plumbline/app/record"
)

// AttachPhoto hangs the picture in the file at path on an item (key as in
// checklist.Node; "" for the visit as a whole). The original is kept untouched
// beside a small upright copy; both are on the disk before the entry names them.
func (d *Desk) AttachPhoto(ctx context.Context, actor, id record.ID, key, path, caption string) (Visit, error) {
	v, forbidden, err := d.photographable(ctx, id, key)
	if err != nil || forbidden {
		if err == nil {
			err = &record.Error{Code: record.Forbidden, Message: "evidence.photo_forbidden", Field: key}
		}
		return v, err
	}
	f, err := os.Open(path)
	if err != nil {
		code, message := record.NotFound, "photo.not_found"
		if errors.Is(err, fs.ErrPermission) {
			code, message = record.Forbidden, "photo.not_readable"
		}
		return v, &record.Error{Code: code, Message: message, Field: "photo", Args: map[string]any{"file": path}, Err: err}
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
	v, forbidden, err := d.photographable(ctx, id, key)
	if err != nil {
		return v, err
	}
	if forbidden {
		return v, &record.Error{Code: record.Forbidden, Message: "evidence.photo_forbidden", Field: key}
	}
	p, err := photo.Prepare(bytes.NewReader(b), photo.DefaultLimits)
	if err != nil {
		return v, named(err, name)
	}
	return d.attach(ctx, actor, v, key, p, name, caption)
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

func (d *Desk) photographable(ctx context.Context, id record.ID, key string) (v Visit, forbidden bool, err error) {
	if v, err = d.Visit(ctx, id); err != nil || key == "" {
		return v, false, err
	}
	n, ok := v.Node(key)
	if !ok {
		return v, false, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: key, Args: map[string]any{"item": key}}
	}
	return v, n.Item.PhotoForbidden(), nil
}

func (d *Desk) attach(ctx context.Context, actor record.ID, v Visit, key string, p photo.Prepared, name, caption string) (Visit, error) {
	original, err := d.putFile(ctx, p.Original, p.Media)
	if err != nil {
		return v, err
	}
	small, err := d.putFile(ctx, p.Small, "image/jpeg")
	if err != nil {
		return v, err
	}
	e := record.Evidence{
		ID: record.NewID(record.EvidenceType), Item: key,
		Digest: original.Digest, Size: original.Size, Media: original.Media, Small: small.Digest, SmallSize: small.Size,
		Width: p.Width, Height: p.Height, Name: name, Caption: strings.TrimSpace(caption),
		AddedAt: d.stamp(), By: actor,
	}
	if at, ok := p.Camera.Taken(d.now().Location()); ok {
		e.TakenAt = at.Format(time.RFC3339)
	}
	if n, ok := v.Node(key); ok {
		e.Sensitive = n.Item.Sensitive
	}
	begin, err := v.Inspection.Begin(d.now())
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
