package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// service is a program that runs beside what needs it: PostgreSQL, Xvfb, the
// Plumbline server.
type service struct {
	name string
	cmd  *exec.Cmd
	log  *log
	done chan error // closed after the program has ended
	err  error      // how it ended; read after done
}

// serve starts a program in the background. Its output is kept for the day it
// fails. It is ended by stop, and by the kernel if dev itself dies.
func serve(name string, c *exec.Cmd) (*service, error) {
	s := &service{name: name, cmd: c, log: &log{}, done: make(chan error)}
	if c.Stdout == nil {
		c.Stdout = s.log
	}
	c.Stderr = s.log
	c.WaitDelay = time.Second
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		s.err = c.Wait()
		close(s.done)
	}()
	return s, nil
}

// stop asks the program to end, and kills it when it has not after ten seconds.
func (s *service) stop(ask os.Signal) error {
	if s.cmd.Process.Signal(ask) != nil { // ended already, or Windows, which knows no signals
		s.cmd.Process.Kill()
		<-s.done
		return nil
	}
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		s.cmd.Process.Kill()
		<-s.done
		return fmt.Errorf("%s did not end when asked and was killed; it said:\n%s", s.name, s.said())
	}
	var exit *exec.ExitError
	if errors.As(s.err, &exit) && exit.Exited() && exit.ExitCode() != 0 {
		return fmt.Errorf("%s ended badly: %w; it said:\n%s", s.name, s.err, s.said())
	}
	return nil
}

// said returns the end of what the program wrote.
func (s *service) said() string { return tail(s.log.String(), 20) }

// until waits for ready to hold; the program ending first is an error.
func (s *service) until(ctx context.Context, limit time.Duration, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ready() {
		select {
		case <-s.done:
			return fmt.Errorf("%s ended at once: %v; it said:\n%s", s.name, s.err, s.said())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; it said:\n%s", s.name, ctx.Err(), s.said())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// endsWithUs returns the words before a command that make Linux interrupt it
// when dev is killed and can stop nothing any more.
func endsWithUs() []string {
	if runtime.GOOS != "linux" {
		return nil
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		return nil
	}
	return []string{"setpriv", "--pdeathsig", "INT"}
}

// log keeps what a program writes, for two goroutines.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startDisplay starts a virtual screen on a display number that Xvfb chooses,
// and returns it as DISPLAY wants it. The size is a small laptop's.
func startDisplay(ctx context.Context) (display string, stop func(), err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer read.Close()
	words := append(endsWithUs(), "Xvfb", "-displayfd", "3", "-screen", "0", "1366x768x24", "-nolisten", "tcp")
	c := exec.Command(words[0], words[1:]...)
	c.ExtraFiles = []*os.File{write}
	s, err := serve("Xvfb", c)
	write.Close() // Xvfb has its own; the pipe now ends when Xvfb does
	if err != nil {
		return "", nil, err
	}
	stop = func() { s.stop(syscall.SIGTERM) }
	number, err := firstLine(ctx, read, 30*time.Second)
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("no display number from Xvfb: %w; it said:\n%s", err, s.said())
	}
	return ":" + number, stop, nil
}

// firstLine reads one line, and gives up when the limit is over.
func firstLine(ctx context.Context, from io.Reader, limit time.Duration) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(from).ReadString('\n')
		got <- answer{strings.TrimSpace(line), err}
	}()
	select {
	case a := <-got:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(limit):
		return "", fmt.Errorf("nothing within %v", limit)
	}
}
