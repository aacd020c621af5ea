package desk

import (
	"bytes"
	"context"
	"fmt"

	"plumbline/app/record"
	"plumbline/app/registry"
	"plumbline/assets"
)

// Sample tells what loading the sample data brought.
type Sample struct {
	City       Imported `json:"city"`       // the fictional city's organizations
	Charities  Imported `json:"charities"`  // real American charities, public domain
	Inspectors Imported `json:"inspectors"` // fictional inspectors
}

// LoadSample imports the sample registers: a fictional Chinese city, marked as
// such, its fictional inspectors, and a public-domain register of charities.
// Loading it again changes nothing. Into a folder that holds anything else it
// is refused: sample data lives in a folder of its own.
func (d *Desk) LoadSample(ctx context.Context, progress func(registry.Progress)) (Sample, error) {
	var s Sample
	if err := d.settleSample(ctx); err != nil {
		return s, err
	}
	open := func(name string) (*registry.File, error) {
		b, err := assets.Sample.ReadFile("sample/" + name)
		if err != nil {
			return nil, fmt.Errorf("desk: sample %s: %w", name, err)
		}
		return registry.New(bytes.NewReader(b), int64(len(b)), name)
	}
	f, err := open("yunxi-inspectors.csv")
	if err != nil {
		return s, err
	}
	defer f.Close()
	if s.Inspectors, err = d.importInspectors(ctx, "", f, registry.Options{}); err != nil {
		return s, err
	}
	for name, to := range map[string]*Imported{"yunxi-organizations.csv": &s.City, "irs-eo-dc.csv": &s.Charities} {
		f, err := open(name)
		if err != nil {
			return s, err
		}
		*to, err = d.importOrganizations(ctx, "", f, registry.Options{Progress: progress})
		f.Close()
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func (d *Desk) settleSample(ctx context.Context) error {
	is, err := d.Store.Sample(ctx)
	if err != nil || is {
		return err
	}
	heads, err := d.Store.Heads(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if h.Seq > 0 {
			return &record.Error{Code: record.Conflict, Message: "sample.real_folder", Args: map[string]any{"folder": d.folder}}
		}
	}
	return d.Store.MarkSample(ctx)
}
