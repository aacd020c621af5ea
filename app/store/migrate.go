package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"

	"plumbline/app/record"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables to this program's version. Data written by a newer
// program is refused: reading it wrongly would be worse.
func (s *Store) migrate(ctx context.Context) error {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	if s.dialect == PostgreSQL {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, s.write, files)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	for try := 1; ; try++ {
		moved, err := s.up(ctx, p)
		// Two programs that open a new folder at the same moment both find no
		// tables. Whoever comes second finds them made, or in the making.
		if err == nil || try == 100 || !moved && record.CodeOf(err) != record.Busy {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// up migrates if need be. After an error moved tells whether somebody else did
// it meanwhile.
func (s *Store) up(ctx context.Context, p *goose.Provider) (moved bool, err error) {
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return false, s.fault("read version", err)
	}
	if have > want {
		return false, &record.Error{Code: record.Newer, Message: "store.newer",
			Err: fmt.Errorf("store: tables have version %d, this program knows %d", have, want)}
	}
	if have == want {
		return false, nil
	}
	if _, err := p.Up(ctx); err != nil {
		now, _, e := p.GetVersions(ctx)
		return e == nil && now > have, s.fault("migrate", err)
	}
	return false, nil
}

// reproject rebuilds the tables when a newer program reads the same entries
// differently.
func (s *Store) reproject(ctx context.Context) error {
	var have int
	err := s.tx(ctx, func(t *tx) error {
		v, err := t.meta("projection")
		if err != nil {
			return err
		}
		if v == "" {
			have = ProjectionVersion
			return t.setMeta("projection", strconv.Itoa(ProjectionVersion))
		}
		have, err = strconv.Atoi(v)
		return err
	})
	switch {
	case err != nil:
		return err
	case have > ProjectionVersion:
		return &record.Error{Code: record.Newer, Message: "store.newer",
			Err: errors.New("store: projected by a newer program")}
	case have < ProjectionVersion:
		return s.Rebuild(ctx)
	}
	return nil
}
