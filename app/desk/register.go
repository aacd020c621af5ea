package desk

import (
	"context"
	"io"

	"plumbline/app/record"
	"plumbline/app/registry"
	"plumbline/app/store"
)

// Imported is what became of a register: what was read and what changed.
type Imported struct {
	registry.Report
	store.Registered
}

// ImportOrganizations reads a register of organizations. A new row and a
// changed one become one journal entry each; importing the same file again
// changes nothing. Rejected rows go to o.Rejects with number and reason.
func (d *Desk) ImportOrganizations(ctx context.Context, actor record.ID, path string, o registry.Options) (Imported, error) {
	f, err := registry.Open(path)
	if err != nil {
		return Imported{}, err
	}
	defer f.Close()
	return d.importOrganizations(ctx, actor, f, o)
}

// ImportOrganizationsFrom is ImportOrganizations for bytes that are no file.
func (d *Desk) ImportOrganizationsFrom(ctx context.Context, actor record.ID, r io.ReaderAt, size int64, name string, o registry.Options) (Imported, error) {
	f, err := registry.New(r, size, name)
	if err != nil {
		return Imported{}, err
	}
	defer f.Close()
	return d.importOrganizations(ctx, actor, f, o)
}

func (d *Desk) importOrganizations(ctx context.Context, actor record.ID, f *registry.File, o registry.Options) (Imported, error) {
	var broken error
	done, err := d.Store.Register(ctx, actor, func(yield func(store.RegisterRow) bool) {
		for row, err := range f.Organizations(ctx, o) {
			if err != nil {
				broken = err
				return
			}
			if !yield(registerRow(row)) {
				return
			}
		}
	}, nil)
	if err == nil {
		err = broken
	}
	return Imported{f.Report(), done}, err
}

func registerRow(row registry.Row[record.Organization]) store.RegisterRow {
	o := row.Record
	o.ID = record.OrganizationID(o.Scheme, o.Code)
	return store.RegisterRow{ID: o.ID, Set: func(old record.Organization, found bool) map[string]any {
		if !found {
			return registry.Values(o)
		}
		return registry.Diff(old, o, row.Fields...)
	}}
}

// ImportInspectors reads a list of inspectors with their certificates.
func (d *Desk) ImportInspectors(ctx context.Context, actor record.ID, path string, o registry.Options) (Imported, error) {
	f, err := registry.Open(path)
	if err != nil {
		return Imported{}, err
	}
	defer f.Close()
	return d.importInspectors(ctx, actor, f, o)
}

func (d *Desk) importInspectors(ctx context.Context, actor record.ID, f *registry.File, o registry.Options) (Imported, error) {
	var list []record.Inspector
	for row, err := range f.Inspectors(ctx, o) {
		if err != nil {
			return Imported{Report: f.Report()}, err
		}
		list = append(list, row.Record)
	}
	done, err := d.Store.RegisterInspectors(ctx, actor, list)
	return Imported{f.Report(), done}, err
}
