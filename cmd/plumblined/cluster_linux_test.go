package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// postgresPrograms is where Debian keeps the programs of PostgreSQL 15.
const postgresPrograms = "/usr/lib/postgresql/15/bin"

// cluster is a PostgreSQL of the test's own, reached over a socket in its folder.
type cluster struct {
	t      testing.TB
	folder string
	server *exec.Cmd
}

// newCluster makes and starts one, with further lines for postgresql.conf.
func newCluster(t testing.TB, settings ...string) *cluster {
	t.Helper()
	if os.Getenv("PLUMBLINE_POSTGRES") == "" {
		t.Skip("PLUMBLINE_POSTGRES names no server; `go run ./cmd/dev test` starts one")
	}
	c := emptyCluster(t)
	c.run("initdb", "--pgdata", c.data(), "--username", "plumbline", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	c.configure(settings...)
	c.start()
	c.run("createdb", "-h", c.folder, "-U", "plumbline", "plumbline")
	return c
}

func emptyCluster(t testing.TB) *cluster {
	t.Helper()
	folder, err := os.MkdirTemp("", "plumbline-pg-") // short: a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, folder: folder}
	t.Cleanup(func() {
		c.kill()
		os.RemoveAll(folder)
	})
	if uid, gid, ok := postgresUser(t); ok {
		if err := os.Chown(folder, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// postgresUser is who runs PostgreSQL, which refuses root.
func postgresUser(t testing.TB) (uid, gid uint32, ok bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	u, err1 := strconv.ParseUint(account.Uid, 10, 32)
	g, err2 := strconv.ParseUint(account.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		t.Fatalf("the user postgres has no number: %v %v", err1, err2)
	}
	return uint32(u), uint32(g), true
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *cluster) command(name string, args ...string) *exec.Cmd {
	x := exec.Command(filepath.Join(postgresPrograms, name), args...)
	x.Dir = c.folder
	x.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, ok := postgresUser(c.t); ok {
		x.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return x
}

func (c *cluster) run(name string, args ...string) {
	c.t.Helper()
	if out, err := c.command(name, args...).CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (c *cluster) configure(settings ...string) {
	c.t.Helper()
	f, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintf(f, "\nlisten_addresses = ''\nunix_socket_directories = '%s'\n%s\n", c.folder, strings.Join(settings, "\n"))
}

func (c *cluster) start() {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(c.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	c.server = c.command("postgres", "-D", c.data())
	c.server.Stdout, c.server.Stderr = log, log
	if err := c.server.Start(); err != nil {
		c.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if c.command("pg_isready", "-q", "-h", c.folder, "-U", "plumbline", "-d", "postgres").Run() == nil {
			return
		}
		if time.Now().After(end) {
			b, _ := os.ReadFile(filepath.Join(c.folder, "log"))
			c.t.Fatalf("PostgreSQL does not start:\n%s", b)
		}
	}
}

// kill ends all its processes as a power cut would.
func (c *cluster) kill() {
	if c.server == nil {
		return
	}
	// Backends have process groups of their own, and end with the postmaster.
	syscall.Kill(-c.server.Process.Pid, syscall.SIGKILL)
	c.server.Wait()
	c.server = nil
	os.Remove(filepath.Join(c.data(), "postmaster.pid"))
}

// standby makes a second cluster that follows this one.
func (c *cluster) standby() *cluster {
	c.t.Helper()
	s := emptyCluster(c.t)
	s.run("pg_basebackup", "-h", c.folder, "-U", "plumbline", "-D", s.data(), "-R", "-X", "stream", "--checkpoint=fast")
	s.configure()
	s.start()
	return s
}

// synchronousStandby makes a standby without which nothing is committed.
func (c *cluster) synchronousStandby() *cluster {
	c.t.Helper()
	s := c.standby()
	c.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.ask("SELECT pg_reload_conf()")
	for end := time.Now().Add(time.Minute); c.ask("SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatal("the standby does not follow")
		}
	}
	return s
}

func (c *cluster) promote() {
	c.t.Helper()
	c.run("pg_ctl", "promote", "-D", c.data(), "-w")
}

// ask gives the answer to a query with one value.
func (c *cluster) ask(query string) string {
	c.t.Helper()
	out, err := exec.Command(filepath.Join(postgresPrograms, "psql"), "-h", c.folder, "-U", "plumbline", "-d", "plumbline", "-At", "-c", query).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", query, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *cluster) dsn() string { return "host=" + c.folder + " user=plumbline dbname=plumbline" }
