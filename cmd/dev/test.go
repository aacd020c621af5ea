package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// The pinned analyser; newer ones come with newer Go versions.
const (
	staticcheckPath    = "honnef.co/go/tools/cmd/staticcheck"
	staticcheckVersion = "v0.8.2"
)

// step is one check of the test verb.
type step struct {
	name     string
	what     string
	packages [][]string // the Debian packages it needs
	after    string     // the step without whose success this one says nothing
	run      func(context.Context, checks) error
}

// checks is one run of the test verb: what its steps share.
type checks struct {
	postgres string // how tests reach the database; empty when no chosen step needs one
}

// steps in the order that tells most for the least time: the cgo builds last.
func steps() []step {
	return []step{
		{name: "gofmt", what: "every file as gofmt writes it", run: checkFormat},
		{name: "imports", what: "the arrow rule: cmd -> sync -> app -> assets", run: checkImports},
		{name: "build", what: "everything compiles without a C compiler", run: checkBuild},
		{name: "vet", what: "go vet for this system and for Windows", after: "build", run: checkVet},
		{name: "staticcheck", what: "staticcheck " + staticcheckVersion, after: "build", run: checkStatic},
		{name: "test", what: "all tests, on SQLite and on a real PostgreSQL 15, with a folder and a real S3 server (versitygw " + gatewayVersion + ")", after: "build",
			packages: [][]string{database, pdfReader, browser}, run: checkTests},
		{name: "race", what: "the tests of app and sync under the race detector", after: "build",
			packages: [][]string{database, pdfReader, compiler}, run: checkRaces},
		{name: "native", what: "the desktop program with its real window compiles", after: "build",
			packages: [][]string{compiler, windowHeaders}, run: checkNative},
		{name: "window", what: "server, desktop and command line together, in a real window under Xvfb", after: "native",
			packages: [][]string{compiler, windowHeaders, virtualDisplay, pdfReader}, run: checkWindow},
		{name: "windows", what: "the three programs cross-compile for Windows", after: "build",
			packages: [][]string{mingw}, run: checkWindows},
	}
}

// outcome is how a step went.
type outcome struct {
	step step
	took time.Duration
	err  error
}

// errSkipped is the outcome of a step whose forerunner failed.
var errSkipped = errors.New("skipped")

func testVerb(ctx context.Context, args []string) error {
	var about strings.Builder
	about.WriteString("Runs every check that CI makes and sums them up at the end. The steps:\n\n")
	for _, s := range steps() {
		fmt.Fprintf(&about, "  %-12s %s\n", s.name, s.what)
	}
	f := flags("test", about.String())
	only := f.String("only", "", "run only these `steps`, separated by commas")
	quick := f.Bool("quick", false, "leave out the step windows, the longest on a cold cache")
	if err := parse(f, args); err != nil {
		return err
	}
	chosen, err := choose(*only, *quick)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dev test:", err)
		return errUsage
	}
	packages := [][]string{certificates}
	for _, s := range chosen {
		packages = append(packages, s.packages...)
	}
	if err := install(ctx, packages...); err != nil {
		return err
	}
	if !slices.Contains(slices.Concat(packages...), database[0]) {
		return runSteps(ctx, chosen, checks{})
	}
	dsn, stop, err := startPostgres(ctx)
	if err != nil {
		return fmt.Errorf("start PostgreSQL for the tests: %w", err)
	}
	err = runSteps(ctx, chosen, checks{postgres: dsn})
	return errors.Join(err, stop())
}

// choose returns the steps named in only, or all of them.
func choose(only string, quick bool) ([]step, error) {
	all := steps()
	if only == "" {
		return slices.DeleteFunc(all, func(s step) bool { return quick && s.name == "windows" }), nil
	}
	var chosen []step
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(all, func(s step) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no step %q; dev test -h lists them", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// runSteps runs the steps, goes on after a failure with those that still tell
// something, and prints a summary.
func runSteps(ctx context.Context, chosen []step, c checks) error {
	var done []outcome
	for _, s := range chosen {
		o := outcome{step: s}
		if slices.ContainsFunc(done, func(d outcome) bool { return d.step.name == s.after && d.err != nil }) {
			o.err = errSkipped
		} else {
			fmt.Printf("\n=== %s: %s\n", s.name, s.what)
			begun := time.Now()
			o.err = s.run(ctx, c)
			o.took = time.Since(begun)
			fmt.Printf("--- %s: %s\n", s.name, o)
			if o.err != nil {
				fmt.Println(o.err)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done = append(done, o)
	}
	return summary(done)
}

func (o outcome) String() string {
	switch {
	case o.err == nil:
		return fmt.Sprintf("ok (%.1fs)", o.took.Seconds())
	case o.err == errSkipped:
		return "skipped, because step " + o.step.after + " failed"
	default:
		return fmt.Sprintf("FAILED (%.1fs)", o.took.Seconds())
	}
}

func summary(done []outcome) error {
	var bad []string
	var total time.Duration
	fmt.Println("\n=== summary")
	for _, o := range done {
		fmt.Printf("%-12s %s\n", o.step.name, o)
		total += o.took
		if o.err != nil {
			bad = append(bad, o.step.name)
		}
	}
	fmt.Printf("%-12s %.1fs\n", "all", total.Seconds())
	if len(bad) > 0 {
		return fmt.Errorf("not ok: %s", strings.Join(bad, ", "))
	}
	return nil
}

func checkFormat(ctx context.Context, _ checks) error {
	// The tool folders of git and of the build hold nothing of ours.
	out, err := command(ctx, "gofmt", "-l", "app", "assets", "cmd", "sync").output()
	if err != nil {
		return err
	}
	if out != "" {
		fmt.Print(out)
		return fmt.Errorf("not formatted: run gofmt -w on the %d files above", strings.Count(out, "\n"))
	}
	return nil
}

func checkImports(ctx context.Context, _ checks) error {
	return command(ctx, "sh", ".ci/imports").run()
}

// withoutC is the environment of every build that needs no C compiler. With
// the tag ci, Fyne's app package is headless and so needs none either.
const withoutC = "CGO_ENABLED=0"

func checkBuild(ctx context.Context, _ checks) error {
	return command(ctx, "go", "build", "-tags", "ci", "./...").env(withoutC).run()
}

func checkVet(ctx context.Context, _ checks) error {
	return errors.Join(
		command(ctx, "go", "vet", "-tags", "ci", "./...").env(withoutC).run(),
		command(ctx, "go", "vet", "-tags", "ci", "./...").env(withoutC, "GOOS=windows").run())
}

func checkStatic(ctx context.Context, _ checks) error {
	program, err := tool(ctx, staticcheckPath, staticcheckVersion)
	if err != nil {
		return err
	}
	return command(ctx, program, "-tags", "ci", "./...").env(withoutC).run()
}

func checkTests(ctx context.Context, c checks) error {
	servers, err := testServers(ctx, c.postgres)
	if err != nil {
		return err
	}
	return command(ctx, "go", "test", "-timeout", "30m", "-tags", "ci", "./...").env(withoutC).env(servers...).run()
}

func checkRaces(ctx context.Context, c checks) error {
	servers, err := testServers(ctx, c.postgres)
	if err != nil {
		return err
	}
	return command(ctx, "go", "test", "-timeout", "30m", "-race", "-short", "-tags", "ci", "./app/...", "./sync/...").
		env("CGO_ENABLED=1").env(servers...).run()
}

func checkNative(ctx context.Context, _ checks) error {
	return buildDesktop(ctx, "x11")
}

func checkWindow(ctx context.Context, _ checks) error {
	return tour(ctx, "out/test")
}

func checkWindows(ctx context.Context, _ checks) error {
	return crossBuild(ctx)
}
