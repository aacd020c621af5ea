package store

import (
	"context"
	"database/sql"
	"errors"
)

// Setting gives a choice made at this laptop, "" if none was made.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	var v string
	err := s.read.QueryRowContext(ctx, "SELECT value FROM setting WHERE key = $1", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, s.fault("read setting", err)
}

// SetSetting keeps a choice made at this laptop. Settings do not sync.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	})
}
