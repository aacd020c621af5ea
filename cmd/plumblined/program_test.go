package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/app/store"
	"plumbline/app/store/sqlite"
	"plumbline/sync/synctest"
)

var ctx = context.Background()

// The test's own binary is the program when told so: what is killed and
// measured is a real plumblined process.
func TestMain(m *testing.M) {
	if os.Getenv("PLUMBLINED_AS_PROGRAM") == "1" {
		main()
	}
	if folder := os.Getenv("PLUMBLINE_SYNC_FOLDER"); folder != "" {
		os.Exit(syncOnce(folder))
	}
	os.Exit(m.Run())
}

func openLaptopStore(folder string) (*store.Store, error) {
	return sqlite.Open(ctx, folder, store.Options{})
}

func program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "PLUMBLINED_AS_PROGRAM=1", "LANG=C")
	return c
}

// daemon is a running plumblined.
type daemon struct {
	t      testing.TB
	cmd    *exec.Cmd
	folder string
	url    string
	mu     sync.Mutex
	said   bytes.Buffer
	ended  chan error
}

func (d *daemon) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.Write(p)
}

func (d *daemon) log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.String()
}

// start runs plumblined on a folder and waits for its first line.
func start(t testing.TB, folder string, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, folder: folder, ended: make(chan error, 1)}
	d.cmd = program(append([]string{"--data", folder}, args...)...)
	d.cmd.Stderr = d
	out, err := d.cmd.StdoutPipe()
	if err == nil {
		err = d.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	line, err := r.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("first line %q, %v; log:\n%s", line, err, d.log())
	}
	d.url = url
	go func() {
		io.Copy(io.Discard, r)
		d.ended <- d.cmd.Wait()
	}()
	t.Cleanup(func() { d.kill() })
	return d
}

// kill ends the process as a power cut would.
func (d *daemon) kill() {
	if d.ended == nil {
		return
	}
	d.cmd.Process.Kill()
	<-d.ended
	d.ended = nil
}

// stop asks the process to end and gives how it ended.
func (d *daemon) stop() error {
	d.t.Helper()
	d.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-d.ended:
		d.ended = nil
		return err
	case <-time.After(30 * time.Second):
		d.kill()
		return fmt.Errorf("did not end; log:\n%s", d.log())
	}
}

func (d *daemon) code(args ...string) string {
	d.t.Helper()
	out, err := program(append([]string{"enrol", "--data", d.folder, "--authority", synctest.Authority}, args...)...).Output()
	if err != nil {
		d.t.Fatalf("enrol: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// cpu gives the processor time the process has used, ok where the system tells.
func (d *daemon) cpu() (time.Duration, bool) {
	if runtime.GOOS != "linux" {
		return 0, false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / 100, err1 == nil && err2 == nil
}

// memory gives the most memory the process had, in bytes, ok where the system tells.
func (d *daemon) memory() (int64, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}
