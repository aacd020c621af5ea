package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/report"
)

// remake makes the pages of a document anew from the entries attached to it, and
// says which of its parts are not what they make.
func (c *PDFCheck) remake(ctx context.Context, p proof, in report.Inside, pdf []byte, db Database) (err error) {
	folder, err := os.MkdirTemp("", "plumbline-verify-")
	if err != nil {
		return folderFault(os.TempDir(), err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	d, err := Open(ctx, folder, db, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	doc, err := d.again(ctx, p, in)
	if err != nil {
		return fmt.Errorf("desk: make the pages anew: %w", err)
	}
	if c.Remade = bytes.Equal(doc.PDF, pdf); c.Remade {
		return nil
	}
	for _, part := range report.Different(doc.PDF, pdf) {
		c.problem("verify.pdf_not_remade", "part", part)
	}
	if len(c.Problems) == 0 { // equal parts in another order, say
		c.problem("verify.pdf_not_remade", "part", "structure")
	}
	return nil
}

// again prints from a proof in an empty data folder.
func (d *Desk) again(ctx context.Context, p proof, in report.Inside) (report.Document, error) {
	var none report.Document
	for person, keys := range p.Keys {
		set := map[string]any{"name": p.Names[person]}
		for id, public := range keys {
			set["keys/"+id] = public
		}
		if _, err := d.Store.Append(ctx, person, record.Change{Kind: record.Create, Record: person, Set: set}); err != nil {
			return none, err
		}
	}
	var entries []journal.Entry
	for _, x := range append(p.Entries, p.Later...) {
		e, err := journal.Read(x.Header, x.Salt, x.Body)
		if err != nil {
			return none, err
		}
		entries = append(entries, e)
	}
	if err := d.Store.Excerpt(ctx, entries); err != nil {
		return none, err
	}
	for _, b := range in.Pictures {
		if _, err := d.Files.Put(ctx, bytes.NewReader(b)); err != nil {
			return none, err
		}
	}
	for _, f := range p.Files {
		if _, err := d.Files.Put(ctx, bytes.NewReader(f.Bytes)); err != nil {
			return none, err
		}
	}
	v, err := d.Visit(ctx, p.Inspection)
	if err != nil {
		return none, err
	}
	if v, err = d.asTold(ctx, v); err != nil {
		return none, err
	}
	again, err := d.recordInput(ctx, v, Printing{Language: p.Print.Language, OrganizationCopy: p.Print.OrganizationCopy, numbers: p.Print.Numbers})
	if err != nil {
		return none, err
	}
	again.Proof = in.Proof
	return report.Print(p.Print.Document, again)
}
