package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// Verify checks every entry, chain, seal, signature and file, offline.
func (d *Desk) Verify(ctx context.Context) (store.Verified, error) {
	return d.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return d.Files.Digest(f.Digest) })
}

// PrintedPDF is what the journal knows of a printed PDF.
type PrintedPDF struct {
	Inspection record.ID `json:"inspection"`
	Document   string    `json:"document"`
	Language   string    `json:"language"`
	At         string    `json:"at"`
}

// VerifyPDF tells whether a PDF is, byte for byte, one that was printed from a
// sealed inspection here, with nothing but valid signatures behind it.
// record.Broken says that it is not.
func (d *Desk) VerifyPDF(ctx context.Context, path string) (PrintedPDF, error) {
	var doc PrintedPDF
	b, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return doc, &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": path}, Err: err}
		}
		return doc, folderFault(path, err)
	}
	// A signature or a seal that was appended leaves the document itself as it was.
	digest := record.HashOf(report.Original(b))
	if len(b) != len(report.Original(b)) {
		c, err := CheckPDF(ctx, b, d.database)
		if err != nil {
			return doc, err
		}
		if len(c.Problems) > 0 {
			return doc, &record.Error{Code: record.Broken, Message: "document.not_ours", Field: "file", Args: map[string]any{"file": path, "digest": digest.Short()}}
		}
	}
	st, err := d.Store.State(ctx, DocumentID(digest))
	if err != nil {
		return doc, err
	}
	if len(st) == 0 {
		return doc, &record.Error{Code: record.Broken, Message: "document.not_ours", Field: "file", Args: map[string]any{"file": path, "digest": digest.Short()}}
	}
	st.Get("inspection", &doc.Inspection)
	doc.Document, doc.Language, doc.At = st.Text("document"), st.Text("language"), st.Text("at")
	return doc, nil
}

// copyHashing copies and gives digest and size of what went by.
func copyHashing(w io.Writer, r io.Reader) (record.Hash, int64, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	return record.HashFrom(h.Sum(nil)), n, err
}
