package desk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/record"
	"plumbline/app/store"
)

// Proceeded is the procedure of an inspection with what can be done about it now.
type Proceeded struct {
	record.Procedure
	Case       record.Case
	Allowed    []record.ProcedureAct
	Undeclared []record.Member     // who were not asked for an interest, or have one
	Next       record.ProcedureAct // what is to be done by Due
	Due        string              // YYYY-MM-DD, "" for none
}

// Procedure gives the procedure of an inspection.
func (d *Desk) Procedure(ctx context.Context, inspection record.ID) (Proceeded, error) {
	var out Proceeded
	var err error
	if out.Procedure, err = d.Store.Procedure(ctx, inspection); err != nil {
		return out, err
	}
	c, err := d.procedureCase(ctx, inspection)
	if err != nil {
		return out, err
	}
	out.Case, out.Allowed, out.Undeclared = c, out.Procedure.Allowed(c), out.Procedure.Undeclared(c.Inspection)
	out.Next, out.Due = out.Procedure.Due()
	return out, nil
}

func (d *Desk) procedureCase(ctx context.Context, inspection record.ID) (record.Case, error) {
	i, err := d.Store.Inspection(ctx, inspection)
	if err != nil {
		return record.Case{}, err
	}
	c := record.Case{Inspection: i}
	if c.Setting, err = d.setting(ctx); err != nil {
		return c, err
	}
	all, err := d.Store.Findings(ctx, store.FindingFilter{Inspection: inspection})
	if err != nil {
		return c, err
	}
	for _, f := range all {
		r, err := d.Store.Rectification(ctx, f.ID)
		if err != nil {
			return c, err
		}
		c.Findings = append(c.Findings, r)
	}
	return c, nil
}

// Proceeding is one step as a person enters it.
type Proceeding struct {
	record.ProcedureStep
	GoneNumber string   // certificate of who leaves the team
	InNumber   string   // certificate of who comes instead
	Free       []string // certificates of those without an interest; none: the whole team
	File       string   // of a recorder: read for its digest, and left where it is
}

// Proceed records one step in the procedure of an inspection. seen is the procedure
// as that person had it on the screen; nil takes it as it stands. An empty day is
// today.
func (d *Desk) Proceed(ctx context.Context, actor, inspection record.ID, seen *record.Procedure, x Proceeding) (Proceeded, error) {
	var none Proceeded
	c, err := d.procedureCase(ctx, inspection)
	if err != nil {
		return none, err
	}
	if seen == nil {
		p, err := d.Store.Procedure(ctx, inspection)
		if err != nil {
			return none, err
		}
		seen = &p
	}
	who, err := d.Store.Person(ctx, actor)
	if err != nil {
		return none, err
	}
	x.By, x.Name, x.At = actor, who.Name, d.stamp()
	if err := seen.May(x.ProcedureStep, c); err != nil {
		return none, err // before a file of many gigabytes is read
	}
	if err := d.fillStep(ctx, &x, c.Inspection); err != nil {
		return none, err
	}
	changes, err := seen.Act(x.ProcedureStep, c)
	if err != nil {
		return none, err
	}
	if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
		return none, err
	}
	return d.Procedure(ctx, inspection)
}

// fillStep looks up what a person names by certificate or file.
func (d *Desk) fillStep(ctx context.Context, x *Proceeding, i record.Inspection) error {
	person := func(certificate, field string) (record.Inspector, error) {
		p, err := d.Store.Inspector(ctx, strings.TrimSpace(certificate))
		if record.CodeOf(err) == record.NotFound {
			err = &record.Error{Code: record.NotFound, Message: "inspector.unknown", Field: field, Args: map[string]any{"certificate": certificate}}
		}
		return p, err
	}
	if x.GoneNumber != "" {
		p, err := person(x.GoneNumber, "gone")
		if err != nil {
			return err
		}
		x.Gone = p.ID
	}
	if x.InNumber != "" {
		p, err := person(x.InNumber, "in")
		if err != nil {
			return err
		}
		p.Keys, p.Recusals = nil, nil
		x.In = &p
	}
	for _, number := range x.Free {
		p, err := person(number, "persons")
		if err != nil {
			return err
		}
		x.Persons = append(x.Persons, p.ID)
	}
	if x.Act == record.DeclareInterest && len(x.Persons) == 0 && x.Note != "" {
		x.Persons = []record.ID{x.By} // who speaks of an interest speaks of their own
	}
	if x.Act == record.DeclareInterest && len(x.Persons) == 0 {
		for _, m := range i.Team {
			x.Persons = append(x.Persons, m.Person)
		}
	}
	if x.Service != nil && x.Service.On == "" {
		service := *x.Service
		service.On = d.Today()
		x.Service = &service
	}
	if x.File == "" {
		return nil
	}
	if x.Recording == nil {
		x.Recording = &record.Recording{}
	}
	x.Recording.Name = filepath.Base(x.File)
	var err error
	x.Recording.Digest, x.Recording.Size, err = digestFile(ctx, x.File)
	return err
}

// digestFile reads a file that stays where it is, however large.
func digestFile(ctx context.Context, path string) (record.Hash, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": filepath.Base(path)}, Err: err}
	}
	defer f.Close()
	h, size := sha256.New(), int64(0)
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		n, err := io.CopyN(h, in, 1<<20)
		size += n
		switch {
		case errors.Is(err, io.EOF):
			return record.HashFrom(h.Sum(nil)), size, nil
		case err != nil:
			return "", 0, &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": filepath.Base(path)}, Err: err}
		case ctx.Err() != nil:
			return "", 0, ctx.Err()
		}
	}
}

// begin moves a planned visit on site, if the office's side of it lets it.
func (d *Desk) begin(ctx context.Context, v Visit) ([]record.Change, error) {
	changes, err := v.Inspection.Begin(d.now())
	if err != nil || len(changes) == 0 {
		return changes, err
	}
	p, err := d.Store.Procedure(ctx, v.Inspection.ID)
	if err != nil {
		return nil, err
	}
	w, err := d.setting(ctx)
	if err != nil {
		return nil, err
	}
	return changes, p.MayBegin(w)
}

// MayBegin tells why a planned visit may not begin yet, nil if it may or has begun.
func (d *Desk) MayBegin(ctx context.Context, v Visit) error {
	if v.Inspection.State != record.Planned {
		return nil
	}
	_, err := d.begin(ctx, v)
	return err
}
