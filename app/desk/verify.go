package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"plumbline/app/record"
	"plumbline/app/store"
)

// Verify checks every entry, chain, seal, signature and file, offline.
func (d *Desk) Verify(ctx context.Context) (store.Verified, error) {
	return d.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return d.Files.Digest(f.Digest) })
}

// Document is what the journal knows of a printed PDF.
type Document struct {
	Inspection record.ID `json:"inspection"`
	Document   string    `json:"document"`
	Language   string    `json:"language"`
	At         string    `json:"at"`
}

// VerifyPDF tells whether a PDF is, byte for byte, one that was printed from a
// sealed inspection here. record.Broken says that it is not.
func (d *Desk) VerifyPDF(ctx context.Context, path string) (Document, error) {
	var doc Document
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return doc, &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": path}, Err: err}
		}
		return doc, folderFault(path, err)
	}
	defer f.Close()
	digest, _, err := copyHashing(io.Discard, f)
	if err != nil {
		return doc, folderFault(path, err)
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
