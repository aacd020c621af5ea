package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// postgresPrograms is where Debian keeps the programs of PostgreSQL 15.
const postgresPrograms = "/usr/lib/postgresql/15/bin"

// startPostgres starts a PostgreSQL 15 of our own in a temporary folder,
// reached over a socket in that folder and over no port. Durability is left as
// in real life: the tests that pull the plug depend on it. It returns the
// connection string and what stops the server and removes the folder.
func startPostgres(ctx context.Context) (dsn string, stop func() error, err error) {
	// Short, because the path of a socket may have 107 bytes at most.
	dir, err := os.MkdirTemp("", "plumbline-pg-")
	if err != nil {
		return "", nil, err
	}
	var server *service
	stop = func() error {
		var err error
		if server != nil {
			err = server.stop(os.Interrupt) // PostgreSQL's fast shutdown
		}
		return errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()

	as, err := postgresUser(dir)
	if err != nil {
		return "", nil, err
	}
	run := func(program string, args ...string) []string {
		return append(append(slices.Clone(as), filepath.Join(postgresPrograms, program)), args...)
	}
	data := filepath.Join(dir, "data")
	// --no-sync: this one-off set-up may be lost with the machine; fsync stays on for what follows.
	err = quiet(ctx, run("initdb", "--pgdata", data, "--username", "plumbline", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync"))
	if err != nil {
		return "", nil, err
	}
	words := run("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=")
	c := exec.Command(words[0], words[1:]...)
	c.Dir = dir
	server, err = serve("PostgreSQL", c)
	if err != nil {
		return "", nil, err
	}
	ready := run("pg_isready", "-q", "-h", dir, "-U", "plumbline", "-d", "postgres")
	err = server.until(ctx, time.Minute, func() bool { return quiet(ctx, ready) == nil })
	if err != nil {
		return "", nil, err
	}
	if err := quiet(ctx, run("createdb", "-h", dir, "-U", "plumbline", "plumbline")); err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("host=%s user=plumbline dbname=plumbline", dir), stop, nil
}

// postgresUser returns the words before a command that run it as the user
// postgres when we are root, since PostgreSQL refuses root, and gives that user
// dir. In either case the command ends with us.
func postgresUser(dir string) ([]string, error) {
	words := endsWithUs()
	if os.Geteuid() != 0 {
		return words, nil
	}
	if words == nil {
		return nil, errors.New("PostgreSQL does not run as root, and setpriv, which changes the user, is not here")
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and its package should have made a user for it: %w", err)
	}
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	return append(words, "--reuid", account.Uid, "--regid", account.Gid, "--clear-groups", "--reset-env"), nil
}
