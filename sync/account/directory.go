package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"plumbline/sync/protocol"
)

const (
	// directoryDevices is how many devices a directory names at most, the newest
	// first: it has to fit into an envelope.
	directoryDevices = 1000
	directoryAge     = 10 * time.Second
)

type directory struct {
	made time.Time
	is   protocol.Directory
}

// Directory lists who a laptop of an authority may write bundles to: the
// authority's devices that are not revoked, and the recovery keys. It may be a
// few seconds old.
func (a *Accounts) Directory(ctx context.Context, authority string) (protocol.Directory, error) {
	a.mu.Lock()
	known, ok := a.directories[authority]
	a.mu.Unlock()
	if age := a.now().Sub(known.made); ok && age >= 0 && age < directoryAge {
		return known.is, nil
	}
	d := protocol.Directory{Devices: []protocol.Certificate{}}
	rows, err := a.read.QueryContext(ctx, "SELECT statement, signature FROM account_device WHERE authority = $1 AND revoked = 0 AND scope = '' ORDER BY enrolled DESC, id LIMIT $2", authority, directoryDevices)
	if err != nil {
		return d, fmt.Errorf("account: read directory: %w", err)
	}
	defer rows.Close()
	sum := sha256.New()
	for rows.Next() {
		var c protocol.Certificate
		if err := rows.Scan(&c.Statement, &c.Signature); err != nil {
			return d, fmt.Errorf("account: read directory: %w", err)
		}
		sum.Write(c.Signature)
		d.Devices = append(d.Devices, c)
	}
	if err := rows.Err(); err != nil {
		return d, fmt.Errorf("account: read directory: %w", err)
	}
	recovery, err := a.Fact(ctx, factRecovery)
	if err != nil {
		return d, err
	}
	d.Recovery = strings.Fields(recovery)
	sum.Write([]byte(recovery))
	d.Tag = hex.EncodeToString(sum.Sum(nil)[:8])
	a.mu.Lock()
	a.directories[authority] = directory{a.now(), d}
	a.mu.Unlock()
	return d, nil
}

const factRecovery = "recovery"

// AddRecovery adds a public recovery key (age1…): whatever laptops write into
// bundles from now on can be opened with its other half as well.
func (a *Accounts) AddRecovery(ctx context.Context, recipient string) error {
	had, err := a.Fact(ctx, factRecovery)
	if err != nil {
		return err
	}
	return a.SetFact(ctx, factRecovery, strings.TrimSpace(had+" "+recipient))
}
