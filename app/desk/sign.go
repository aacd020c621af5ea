package desk

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"image/png"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Signing is what a person does at the signature step. For an inspector PIN
// opens (at the first time makes) the person's key; Image is the drawn line or
// the scan, PNG.
type Signing struct {
	Person   record.ID // inspector; "" for others
	PIN      string
	Role     string // for others: representative, witness, recorder
	Name     string
	Post     string
	Method   string // drawn, paper, refused
	Image    []byte
	Remarks  string
	Reason   string
	Witness  string
	Recorder string

	// Seen is the content of the record that the person had before them
	// (Inspection.Content); "" takes the record as it stands. A record that
	// changed meanwhile must be read again.
	Seen record.Hash
}

// Sign keeps one person's signature on the record as it stands. The first one
// notes the end of the visit.
func (d *Desk) Sign(ctx context.Context, id record.ID, s Signing) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	if v.Inspection.Sealed != nil {
		return v, &record.Error{Code: record.Sealed, Message: "inspection.sealed"}
	}
	if s.Seen != "" && s.Seen != v.Inspection.Content() {
		return v, &record.Error{Code: record.Conflict, Message: "signature.record_changed"}
	}
	actor := s.Person
	if actor == "" && len(v.Inspection.Team) > 0 {
		actor = v.Inspection.Team[0].Person
	}
	g := record.Signature{
		ID: s.Person, Role: s.Role, Name: s.Name, Post: s.Post, Method: s.Method, Remarks: s.Remarks,
		Reason: s.Reason, Witness: s.Witness, Recorder: s.Recorder,
	}
	if len(s.Image) > 0 {
		if _, err := png.DecodeConfig(bytes.NewReader(s.Image)); err != nil {
			return v, &record.Error{Code: record.Invalid, Message: "signature.not_png", Field: "image", Err: err}
		}
		f, err := d.putFile(ctx, s.Image, "image/png")
		if err != nil {
			return v, err
		}
		g.Image, g.ImageSize = f.Digest, f.Size
	}
	var prove func(*record.Signature) // nil for those who have no key
	if s.Person == "" {
		if g.Role == "" {
			g.Role = record.RoleRepresentative
		}
		g.ID = record.SignatureID(id, g.Role)
	} else {
		g.Role = v.Inspection.Role(s.Person)
		if g.Role == "" {
			return v, &record.Error{Code: record.Forbidden, Message: "signature.not_in_team", Args: map[string]any{"name": s.Name}}
		}
		for _, m := range v.Inspection.Team {
			if m.Person == s.Person {
				g.Name, g.Certificate = m.Name, m.Certificate
			}
		}
		private, key, err := d.personKey(ctx, s.Person, s.PIN)
		if err != nil {
			return v, err
		}
		g.Key = key
		prove = func(g *record.Signature) { g.Proof = ed25519.Sign(private, g.Statement(id)) }
	}
	complete := func(i record.Inspection) ([]record.Change, error) {
		g.At, g.Content = d.stamp(), i.Content()
		if prove != nil {
			prove(&g)
		}
		return i.SignAs(g)
	}
	changes, err := complete(v.Inspection)
	if err != nil {
		return v, err
	}
	// Only a signature that can be kept ends the visit: a wrong PIN does not.
	if v.Inspection.EndedAt == "" {
		if v, err = d.SetFields(ctx, actor, id, map[string]any{"ended_at": d.stamp()}); err != nil {
			return v, err
		}
		if changes, err = complete(v.Inspection); err != nil {
			return v, err
		}
	}
	return d.keep(ctx, actor, id, changes)
}

// Seal closes the inspection: person, usually the team leader, signs the
// manifest of everything in it. From then on only amendments change it.
func (d *Desk) Seal(ctx context.Context, id, person record.ID, pin string) (Visit, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return v, err
	}
	if err := v.Inspection.ReadyToSeal(v.Progress); err != nil {
		return v, err
	}
	if v.Inspection.Role(person) == "" {
		return v, &record.Error{Code: record.Forbidden, Message: "signature.not_in_team", Args: map[string]any{"name": ""}}
	}
	if err := d.filesWhole(v.Inspection); err != nil {
		return v, err
	}
	private, key, err := d.personKey(ctx, person, pin)
	if err != nil {
		return v, err
	}
	_, err = d.Store.Seal(ctx, store.Sealing{
		Inspection: id, Actor: person, Content: v.Inspection.Content(), Findings: v.Findings, Law: lawEdition(v.laws),
		Sign: func(manifest []byte) (record.SealBody, error) {
			return record.SealBody{Manifest: manifest, Person: person, Key: key, Proof: ed25519.Sign(private, journal.ManifestStatement(manifest))}, nil
		},
	})
	if err != nil {
		return v, err
	}
	return d.Visit(ctx, id)
}

// filesWhole reads every file the seal will name: a seal over bytes that are
// gone already would prove nothing.
func (d *Desk) filesWhole(i record.Inspection) error {
	for _, f := range store.FilesNamed(i) {
		got, err := d.Files.Digest(f.Digest)
		if record.CodeOf(err) == record.NotFound {
			continue // taken on a colleague's laptop, not yet here: the digest stands in the entry
		}
		if err != nil {
			return err
		}
		if got != f.Digest {
			return &record.Error{Code: record.Broken, Message: "seal.file_changed", Args: map[string]any{"file": f.Digest.Short()}}
		}
	}
	return nil
}

// putFile stores bytes and notes that they are here, before any entry names them.
func (d *Desk) putFile(ctx context.Context, b []byte, media string) (record.File, error) {
	f, err := d.Files.Put(ctx, bytes.NewReader(b))
	if err != nil {
		return f, err
	}
	f.Media = media
	switch gone, err := d.Store.IsDestroyed(ctx, f.Digest); {
	case err != nil:
		return f, err
	case gone:
		err := &record.Error{Code: record.Forbidden, Message: "file.destroyed", Args: map[string]any{"file": f.Digest.Short()}}
		return f, errors.Join(err, d.Files.Drop(ctx, f.Digest))
	}
	return f, d.Store.HaveFile(ctx, f)
}
