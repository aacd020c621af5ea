package account

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/pressly/goose/v3"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

//go:embed migrations
var migrations embed.FS

// Accounts are the devices of one server. They are safe for many goroutines,
// and several servers may share one database.
type Accounts struct {
	write, read *sql.DB
	server      record.ID
	key         ed25519.PrivateKey
	secret      []byte // of tokens and challenges
	now         func() time.Time

	mu          sync.Mutex
	tries       map[string]*tries
	directories map[string]directory // by authority
}

// Open opens the accounts in the database of the server's store. key is the
// server's own device key; another one than the database knows is refused,
// because every enrolled device has pinned it.
func Open(ctx context.Context, s *store.Store, key ed25519.PrivateKey, now func() time.Time) (*Accounts, error) {
	if now == nil {
		now = time.Now
	}
	write, read, dialect := s.Handle()
	folder, flavour := "migrations/sqlite", goose.DialectSQLite3
	if dialect == store.PostgreSQL {
		folder, flavour = "migrations/postgres", goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("account: migrations: %w", err)
	}
	p, err := goose.NewProvider(flavour, write, files, goose.WithTableName("account_version"))
	if err != nil {
		return nil, fmt.Errorf("account: migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("account: read version: %w", err)
	case have > want:
		return nil, &record.Error{Code: record.Newer, Message: "store.newer", Err: fmt.Errorf("account: tables have version %d, this program knows %d", have, want)}
	case have < want:
		if err := up(ctx, p, want); err != nil {
			return nil, err
		}
	}
	mac := hmac.New(sha256.New, key.Seed())
	mac.Write([]byte("plumbline token secret 1"))
	a := &Accounts{write: write, read: read, server: s.Self().Device, key: key, secret: mac.Sum(nil), now: now, tries: map[string]*tries{}, directories: map[string]directory{}}
	return a, a.checkKey(ctx)
}

// up migrates. Of several servers that start at one moment on a new database
// one makes the tables; the others fail over them and find them made.
func up(ctx context.Context, p *goose.Provider, want int64) error {
	for try := 1; ; try++ {
		_, err := p.Up(ctx)
		if err == nil {
			return nil
		}
		if have, _, e := p.GetVersions(ctx); e == nil && have >= want {
			return nil
		}
		if try == 50 {
			return fmt.Errorf("account: migrate: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (a *Accounts) checkKey(ctx context.Context) error {
	public := fmt.Sprintf("%x", a.key.Public().(ed25519.PublicKey))
	known, err := a.SwapFact(ctx, "server_key", "", public)
	if err != nil || known == public {
		return err
	}
	return &record.Error{Code: record.Conflict, Message: "server.other_key"}
}

// Server gives the server's own device.
func (a *Accounts) Server() record.ID { return a.server }

// Key gives the server's own device key.
func (a *Accounts) Key() ed25519.PrivateKey { return a.key }

// Fact gives a fact about this server, "" if it was never set.
func (a *Accounts) Fact(ctx context.Context, name string) (string, error) {
	var v string
	// Through the writing side: a fact just set must be seen at once.
	err := a.write.QueryRowContext(ctx, "SELECT value FROM account_fact WHERE name = $1", name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("account: read fact %s: %w", name, err)
	}
	return v, nil
}

// SetFact keeps a fact about this server.
func (a *Accounts) SetFact(ctx context.Context, name, value string) error {
	_, err := a.write.ExecContext(ctx, "INSERT INTO account_fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	if err != nil {
		return fmt.Errorf("account: keep fact %s: %w", name, err)
	}
	return nil
}

// SwapFact changes a fact from old ("" when it was never set) to new, unless
// another server on this database has changed it meanwhile, and gives what
// stands then.
func (a *Accounts) SwapFact(ctx context.Context, name, old, new string) (string, error) {
	if now, err := a.Fact(ctx, name); err != nil || now != old {
		return now, err
	}
	query, args := "UPDATE account_fact SET value = $2 WHERE name = $1 AND value = $3", []any{name, new, old}
	if old == "" {
		query, args = "INSERT INTO account_fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", args[:2]
	}
	if _, err := a.write.ExecContext(ctx, query, args...); err != nil {
		return "", fmt.Errorf("account: keep fact %s: %w", name, err)
	}
	return a.Fact(ctx, name)
}

// Device is one enrolled device.
type Device struct {
	ID          record.ID
	Public      ed25519.PublicKey
	Authority   string
	Name        string
	Certificate protocol.Certificate
	Enrolled    int64     // unix ms
	Revoked     int64     // unix ms, 0 never
	Wide        bool      // a server above: it may read everything and write nothing
	Below       record.ID // the server below whose device it is, "" for our own: it speaks there, not here
}

// IsServer tells whether a device is a server below, or one below that: it
// belongs to no authority.
func (d Device) IsServer() bool { return d.Below != "" && d.Authority == "" }

const deviceColumns = "id, public, authority, name, statement, signature, enrolled, revoked, scope, below"

// Scopes of devices.
const (
	scopeAbove = "above"
	scopeBelow = "below"
)

func (d Device) scope() string {
	switch {
	case d.Wide:
		return scopeAbove
	case d.Below != "":
		return scopeBelow
	}
	return ""
}

func scanDevice(row interface{ Scan(...any) error }) (Device, error) {
	var d Device
	var scope string
	err := row.Scan(&d.ID, (*[]byte)(&d.Public), &d.Authority, &d.Name, &d.Certificate.Statement, &d.Certificate.Signature, &d.Enrolled, &d.Revoked, &scope, &d.Below)
	d.Wide = scope == scopeAbove
	return d, err
}

// Device gives an enrolled device; record.NotFound for any other.
func (a *Accounts) Device(ctx context.Context, id record.ID) (Device, error) {
	d, err := scanDevice(a.read.QueryRowContext(ctx, "SELECT "+deviceColumns+" FROM account_device WHERE id = $1", string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return d, &record.Error{Code: record.NotFound, Message: "sync.device_unknown", Args: map[string]any{"device": string(id)}}
	}
	if err != nil {
		return d, fmt.Errorf("account: read device: %w", err)
	}
	return d, nil
}

// Devices lists all devices, the first enrolled first.
func (a *Accounts) Devices(ctx context.Context) ([]Device, error) {
	rows, err := a.read.QueryContext(ctx, "SELECT "+deviceColumns+" FROM account_device ORDER BY enrolled, id")
	if err != nil {
		return nil, fmt.Errorf("account: list devices: %w", err)
	}
	defer rows.Close()
	var out []Device
	for rows.Next() {
		d, err := scanDevice(rows)
		if err != nil {
			return nil, fmt.Errorf("account: list devices: %w", err)
		}
		out = append(out, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("account: list devices: %w", err)
	}
	return out, nil
}

// Revoke ends a device's access: a lost or stolen laptop. What it sent before
// stays.
func (a *Accounts) Revoke(ctx context.Context, id record.ID) error {
	r, err := a.write.ExecContext(ctx, "UPDATE account_device SET revoked = $1 WHERE id = $2 AND revoked = 0", a.now().UnixMilli(), string(id))
	if err != nil {
		return fmt.Errorf("account: revoke: %w", err)
	}
	if n, err := r.RowsAffected(); err == nil && n == 0 {
		_, err := a.Device(ctx, id) // revoked already, or unknown
		return err
	}
	return nil
}

// WroteUnder tells whether a device has written under an authority.
func (a *Accounts) WroteUnder(ctx context.Context, device record.ID, authority string) (bool, error) {
	var n int
	err := a.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM account_scope WHERE device = $1 AND authority = $2", string(device), authority).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("account: read scope: %w", err)
	}
	return n > 0, nil
}
