// Package postgres opens a store on a PostgreSQL database: the server of a
// province or a ministry.
package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"plumbline/app/store"
)

// Open opens the store in the database that dsn names (a URL or key=value
// pairs, as libpq takes them), making its tables if need be. Commits are
// durable: synchronous_commit is on whatever the server's default.
func Open(ctx context.Context, dsn string, o store.Options) (*store.Store, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("postgres: read connection string: %w", err)
	}
	config.RuntimeParams["synchronous_commit"] = "on"
	db, read := stdlib.OpenDB(*config), stdlib.OpenDB(*config)
	db.SetMaxOpenConns(8)
	read.SetMaxOpenConns(16)
	s, err := store.New(ctx, db, read, store.PostgreSQL, o)
	if err != nil {
		read.Close()
		db.Close()
		return nil, err
	}
	return s, nil
}
