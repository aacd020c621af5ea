package store

import "context"

const settingSample = "sample"

// Sample tells whether this folder was made for sample data.
func (s *Store) Sample(ctx context.Context) (bool, error) {
	v, err := s.Setting(ctx, settingSample)
	return v != "", err
}

// MarkSample makes this folder one for sample data, for ever: it enrols with a
// server for samples only, so that no invented organization and no test run
// comes among real records.
func (s *Store) MarkSample(ctx context.Context) error { return s.SetSetting(ctx, settingSample, "yes") }
