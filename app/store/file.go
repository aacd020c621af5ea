package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"plumbline/app/record"
)

// File is one file that some entry names, and where it is.
type File struct {
	record.File
	Inspection record.ID
	Original   bool  // an original; small copies and signatures travel first
	Here       bool  // the bytes are in this data folder
	Receipt    int64 // when the server said they are durable there, unix ms; 0 never
}

// projectFiles names the files that an entry of an inspection speaks of. An
// entry that the seal had not seen names them as well: its photo is evidence
// that somebody has to look at, and must reach the server like any other.
func (t *tx) projectFiles(inspection record.ID, set map[string]json.RawMessage) error {
	for path, v := range set {
		var err error
		switch head, _ := cutItem(path); head {
		case "evidence":
			err = t.projectEvidence(inspection, v)
		case "signatures":
			err = t.projectSignature(inspection, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) projectEvidence(inspection record.ID, v json.RawMessage) error {
	var e record.Evidence
	if json.Unmarshal(v, &e) != nil || !e.Digest.Valid() {
		return nil // not ours to judge: it stays in the journal
	}
	if e.Small != "" {
		if err := t.nameFile(inspection, record.File{Digest: e.Small, Size: e.SmallSize, Media: "image/jpeg"}, false); err != nil {
			return err
		}
	}
	return t.nameFile(inspection, record.File{Digest: e.Digest, Size: e.Size, Media: e.Media}, e.Small != "")
}

func (t *tx) projectSignature(inspection record.ID, v json.RawMessage) error {
	var g record.Signature
	if json.Unmarshal(v, &g) != nil || !g.Image.Valid() {
		return nil
	}
	return t.nameFile(inspection, record.File{Digest: g.Image, Size: g.ImageSize, Media: "image/png"}, false)
}

// projectDocument names the PDF of a printed document.
func (t *tx) projectDocument(body record.Body) error {
	var inspection record.ID
	f := record.File{Media: "application/pdf"}
	for path, to := range map[string]any{"inspection": &inspection, "digest": &f.Digest, "size": &f.Size} {
		if json.Unmarshal(body.Set[path], to) != nil {
			return nil
		}
	}
	if !f.Digest.Valid() {
		return nil
	}
	return t.nameFile(inspection, f, false)
}

func (t *tx) nameFile(inspection record.ID, f record.File, original bool) error {
	return t.exec(`INSERT INTO file (digest, size, media, inspection, original) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (digest) DO UPDATE SET inspection = CASE WHEN file.inspection = '' THEN excluded.inspection ELSE file.inspection END,
		original = CASE WHEN file.inspection = '' THEN excluded.original ELSE file.original END,
		size = CASE WHEN file.inspection = '' THEN excluded.size ELSE file.size END,
		media = CASE WHEN file.inspection = '' THEN excluded.media ELSE file.media END`,
		string(f.Digest), f.Size, f.Media, string(inspection), number(original))
}

// HaveFile notes that a file's bytes are on this disk. It comes before the
// entry that names the file, so that no entry names bytes that a crash lost.
func (s *Store) HaveFile(ctx context.Context, f record.File) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO file (digest, size, media, inspection, original, here) VALUES ($1, $2, $3, '', 0, 1)
			ON CONFLICT (digest) DO UPDATE SET here = 1`, string(f.Digest), f.Size, f.Media)
	})
}

// Receipt notes the server's word that it holds a file durably, at unix
// milliseconds at; 0 takes the receipt back (the server was restored).
func (s *Store) Receipt(ctx context.Context, d record.Hash, at int64) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec("UPDATE file SET receipt = $1 WHERE digest = $2", at, string(d))
	})
}

// FilesToSend lists files that are here and not yet receipted, small ones
// first: the picture an office can look at travels before the original.
func (s *Store) FilesToSend(ctx context.Context, limit int) ([]File, error) {
	return s.files(ctx, fmt.Sprintf("WHERE here = 1 AND receipt = 0 AND inspection <> '' AND "+notDestroyed+" ORDER BY original, size, digest LIMIT %d", limit))
}

// FilesMissing lists files that entries name and that are not here.
func (s *Store) FilesMissing(ctx context.Context, limit int) ([]File, error) {
	return s.files(ctx, fmt.Sprintf("WHERE here = 0 AND "+notDestroyed+" ORDER BY original, size, digest LIMIT %d", limit))
}

// FilesOf lists the files of an inspection and of its findings.
func (s *Store) FilesOf(ctx context.Context, inspection record.ID) ([]File, error) {
	return s.files(ctx, "WHERE inspection = $1 OR inspection IN (SELECT id FROM finding WHERE inspection = $1) ORDER BY digest", string(inspection))
}

// NamedFile gives a file by its digest; record.NotFound when no entry names it.
func (s *Store) NamedFile(ctx context.Context, d record.Hash) (File, error) {
	list, err := s.files(ctx, "WHERE digest = $1 AND inspection <> ''", string(d))
	if err != nil || len(list) == 0 {
		return File{}, errors.Join(err, &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": d.Short()}})
	}
	return list[0], nil
}

func (s *Store) files(ctx context.Context, where string, args ...any) ([]File, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT digest, size, media, inspection, original, here, receipt FROM file "+where, args...)
	if err != nil {
		return nil, s.fault("list files", err)
	}
	defer rows.Close()
	var out []File
	for rows.Next() {
		var f File
		var original, here int
		if err := rows.Scan(&f.Digest, &f.Size, &f.Media, &f.Inspection, &original, &here, &f.Receipt); err != nil {
			return nil, s.fault("list files", err)
		}
		f.Original, f.Here = original == 1, here == 1
		out = append(out, f)
	}
	return out, s.fault("list files", rows.Err())
}
