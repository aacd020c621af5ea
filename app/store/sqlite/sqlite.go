// Package sqlite opens a store on a SQLite file: the laptop's data folder, or a
// small server's.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"plumbline/app/disk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Open opens the store in a data folder, making both if need be. It is the
// only way a database file is opened: page encryption will be put beneath it.
func Open(ctx context.Context, folder string, o store.Options) (*store.Store, error) {
	if err := refuseNetwork(folder); err != nil {
		return nil, err
	}
	if err := disk.MakeFolder(folder); err != nil {
		return nil, &record.Error{Code: record.ReadOnly, Message: "store.cannot_open", Args: map[string]any{"folder": folder}, Err: err}
	}
	path := filepath.Join(folder, store.FileName)
	write, err := sql.Open("sqlite", dsn(path, "_txlock=immediate", "_pragma=synchronous(2)"))
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	// One writer: transactions queue here instead of failing with "busy".
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn(path, "_pragma=query_only(1)", "_pragma=cache_size(-4000)"))
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	// What a killed program had committed, and not yet waited for, will be told as
	// kept: the checkpoint brings it to the disk. A full disk has room for the log,
	// which it syncs first; that is enough.
	write.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	s, err := store.New(ctx, write, read, store.SQLite, o)
	if err != nil {
		read.Close()
		write.Close()
		return nil, withFolder(err, folder)
	}
	return s, nil
}

// withFolder adds the folder to an error a person will read.
func withFolder(err error, folder string) error {
	if e, ok := err.(*record.Error); ok {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args["folder"] = folder
	}
	return err
}

// dsn names the file and how to open it. WAL with FULL means that what was
// acknowledged survives a pulled plug; a busy timeout lets the desktop and the
// command line work in one folder.
func dsn(path string, more ...string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/data/… becomes file:///C:/data/…
	}
	u := url.URL{Scheme: "file", Path: slashed}
	pragmas := append([]string{
		"_pragma=busy_timeout(10000)", "_pragma=journal_mode(wal)", "_pragma=foreign_keys(1)", "_pragma=temp_store(2)",
		"_pragma=secure_delete(1)", "_pragma=cache_size(-16000)", "_pragma=wal_autocheckpoint(4000)", "_dqs=0",
	}, more...)
	return u.String() + "?" + strings.Join(pragmas, "&")
}

// Backup writes a consistent copy of the open store's database to a new file.
func Backup(ctx context.Context, folder, to string) error {
	db, err := sql.Open("sqlite", dsn(filepath.Join(folder, store.FileName)))
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	return nil
}

// Check tells whether a database file is whole, before anybody trusts it.
func Check(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", dsn(path, "_pragma=query_only(1)"))
	if err != nil {
		return fmt.Errorf("sqlite: check: %w", err)
	}
	defer db.Close()
	var verdict string
	err = db.QueryRowContext(ctx, "PRAGMA quick_check").Scan(&verdict)
	if err != nil || verdict != "ok" {
		return &record.Error{Code: record.Broken, Message: "store.broken", Args: map[string]any{"folder": filepath.Dir(path)}, Err: fmt.Errorf("sqlite: quick_check: %s %w", verdict, err)}
	}
	return nil
}
