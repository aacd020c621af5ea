package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// buildFolder is where plumblined is built; it goes when the scripts are through.
var buildFolder string

// plumblined builds the real server once.
var plumblined = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildFolder, "plumblined")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-o", path, "plumbline/cmd/plumblined")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build plumblined: %w: %s", err, out)
	}
	return path, nil
})

// running is the server of one script; it lives as long as the script.
type running struct {
	cmd     *exec.Cmd
	address string // where it listens; kept while it is away
	ended   chan struct{}
}

func (r *running) stop() {
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Kill()
	<-r.ended
	r.cmd = nil
}

var servers sync.Map // of running, by script's work folder

// server start | stop | code NAME runs a real plumblined for this script, cuts
// it off, and keeps a one-time enrolment code in a variable. $SERVER is where
// it is; it comes back at the same address.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	work := ts.Getenv("WORK")
	v, known := servers.LoadOrStore(work, &running{address: "127.0.0.1:0"})
	r := v.(*running)
	if !known {
		ts.Defer(r.stop)
	}
	program, err := plumblined()
	ts.Check(err)
	folder := filepath.Join(work, "server")
	switch args[0] {
	case "start":
		ts.Check(r.start(program, folder))
		ts.Setenv("SERVER", "http://"+r.address)
	case "stop":
		r.stop()
	case "code":
		out, err := exec.Command(program, "enrol", "--data", folder, "--authority", "990100").Output()
		ts.Check(err)
		ts.Setenv(args[1], strings.TrimSpace(string(out)))
	default:
		ts.Fatalf("server: unknown %q", args[0])
	}
}

func (r *running) start(program, folder string) error {
	var said bytes.Buffer
	cmd := exec.Command(program, "--data", folder, "--listen", r.address)
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r.cmd, r.ended = cmd, make(chan struct{})
	lines := bufio.NewReader(out)
	first := make(chan string, 1)
	go func() {
		line, _ := lines.ReadString('\n')
		first <- line
		io.Copy(io.Discard, lines)
		cmd.Wait()
		close(r.ended)
	}()
	select {
	case line := <-first:
		_, address, ok := strings.Cut(strings.TrimSpace(line), "listening on http://")
		if !ok {
			r.stop()
			return fmt.Errorf("plumblined said %q and %s", line, said.String())
		}
		r.address = address
		return nil
	case <-time.After(time.Minute):
		r.stop()
		return fmt.Errorf("plumblined does not listen: %s", said.String())
	}
}
