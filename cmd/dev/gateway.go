package main

import "context"

// The pinned S3 server: a gateway to a folder, a single Go program, with which
// the tests of the store of files in a bucket work. It is built, not installed,
// so a machine with only Go has it too; each test starts its own.
const (
	gatewayPath    = "github.com/versity/versitygw/cmd/versitygw"
	gatewayVersion = "v1.8.0"
)

// testServers gives the environment in which tests find the servers they work
// with: the database that dsn names, and the S3 server, which is built if need be.
func testServers(ctx context.Context, dsn string) ([]string, error) {
	gateway, err := tool(ctx, gatewayPath, gatewayVersion)
	return []string{"PLUMBLINE_POSTGRES=" + dsn, "PLUMBLINE_VERSITYGW=" + gateway}, err
}
