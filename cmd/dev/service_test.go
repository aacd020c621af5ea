package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPostgresOverASocketOnly starts the database that the store tests use, asks
// it what matters to them, and sees that nothing of it is left afterwards.
func TestPostgresOverASocketOnly(t *testing.T) {
	if _, err := os.Stat(postgresPrograms); err != nil {
		t.Skip("PostgreSQL 15 is not installed; dev test installs it")
	}
	ctx := context.Background()
	dsn, stop, err := startPostgres(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimPrefix(strings.Fields(dsn)[0], "host=")
	for setting, want := range map[string]string{
		"SHOW listen_addresses":   "",
		"SHOW fsync":              "on",
		"SHOW synchronous_commit": "on",
		"SHOW server_encoding":    "UTF8",
		"SELECT current_setting('server_version_num')::int/10000": "15",
		"CREATE TABLE t (a text); SELECT '准绳'":                    "CREATE TABLE\n准绳",
	} {
		out, err := exec.Command(filepath.Join(postgresPrograms, "psql"), "-X", "-A", "-t", "-d", dsn, "-c", setting).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", setting, got, err, want)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("after stop %s: got %v, want it gone", dir, err)
	}
}

// TestDisplayOfItsOwnNumber starts two virtual screens at once, as two runs on
// one machine do.
func TestDisplayOfItsOwnNumber(t *testing.T) {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("Xvfb is not installed; dev test installs it for the window")
	}
	ctx := context.Background()
	one, stopOne, err := startDisplay(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stopOne()
	two, stopTwo, err := startDisplay(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stopTwo()
	if one == two || !strings.HasPrefix(one, ":") {
		t.Errorf("displays: got %q and %q, want two different ones such as :99", one, two)
	}
}

// TestServiceThatEndsAtOnce says why, with the program's own words.
func TestServiceThatEndsAtOnce(t *testing.T) {
	s, err := serve("gofmt", exec.Command("gofmt", "--no-such-flag"))
	if err != nil {
		t.Skip("gofmt is not on the path")
	}
	err = s.until(context.Background(), time.Minute, func() bool { return false })
	if err == nil || !strings.Contains(err.Error(), "no-such-flag") {
		t.Errorf("until: got %v, want an error with what the program said", err)
	}
}
