package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// cmd is a command to run: os/exec's, printed before it starts, and asked to
// end, not killed, when the context is done.
type cmd struct{ *exec.Cmd }

// command prepares a command that shows its output.
func command(ctx context.Context, name string, args ...string) cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.Cancel = func() error {
		if c.Process.Signal(os.Interrupt) != nil { // Windows knows no interrupt
			return c.Process.Kill()
		}
		return nil
	}
	c.WaitDelay = 10 * time.Second
	return cmd{c}
}

// env adds NAME=VALUE pairs to what this program's own environment holds.
func (c cmd) env(pairs ...string) cmd {
	c.Env = append(c.Environ(), pairs...)
	return c
}

// run prints the command, runs it and waits.
func (c cmd) run() error {
	fmt.Printf("$ %s\n", c.line())
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", c.line(), err)
	}
	return nil
}

// output runs the command unprinted and returns what it wrote to its standard output.
func (c cmd) output() (string, error) {
	var out strings.Builder
	c.Stdout = &out
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w", c.line(), err)
	}
	return out.String(), nil
}

// tee runs the command, showing its output, and returns all of it as well.
func (c cmd) tee() (string, error) {
	var out strings.Builder
	both := io.MultiWriter(os.Stdout, &out)
	c.Stdout, c.Stderr = both, both
	err := c.run()
	return out.String(), err
}

// line is the command as one would type it, with the environment it adds.
func (c cmd) line() string {
	own := map[string]bool{}
	for _, pair := range os.Environ() {
		own[pair] = true
	}
	var words []string
	for _, pair := range c.Env {
		if !own[pair] {
			words = append(words, quoted(pair))
		}
	}
	for _, arg := range c.Args {
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

// quoted puts quotes around what a shell would read as several words.
func quoted(word string) string {
	if word == "" || strings.ContainsAny(word, " \t\n$^*?|&;<>()") {
		return "'" + word + "'"
	}
	return word
}
