// Package storetest opens real stores for tests: a SQLite file in a temporary
// folder and, where PLUMBLINE_POSTGRES names a server, a PostgreSQL schema of
// its own.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // to make the schema

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/postgres"
	"plumbline/app/store/sqlite"
)

// Each runs a test on both databases. open makes a new empty store each time.
func Each(t *testing.T, test func(t *testing.T, open func() *store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func() *store.Store { return SQLite(t, t.TempDir()) })
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv("PLUMBLINE_POSTGRES")
		if dsn == "" {
			t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
		}
		test(t, func() *store.Store { return Postgres(t, dsn) })
	})
}

// SQLite opens the store in a folder and closes it with the test.
func SQLite(t testing.TB, folder string) *store.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), folder, store.Options{Authority: "990100"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Postgres opens a store in a new schema that is dropped with the test.
func Postgres(t testing.TB, dsn string) *store.Store {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	schema := "t_" + strings.ToLower(string(record.NewID("s"))[2:])
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(context.Background(), InSchema(dsn, schema), store.Options{Authority: "990100"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if _, err := db.Exec(fmt.Sprintf("DROP SCHEMA %s CASCADE", schema)); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return s
}

// InSchema makes a connection string use a schema.
func InSchema(dsn, schema string) string {
	if strings.Contains(dsn, "://") {
		sep := "?"
		if strings.Contains(dsn, "?") {
			sep = "&"
		}
		return dsn + sep + "search_path=" + schema
	}
	return dsn + " search_path=" + schema
}
