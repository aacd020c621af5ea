// Command dev is how a developer starts, checks, measures and packs Plumbline:
//
//	go run ./cmd/dev VERB
//
// It needs Go and nothing else: it uses the standard library only, so that it
// runs before anything is downloaded, and it installs the Debian packages a
// verb needs and the machine lacks. One file per verb; setup.go installs,
// postgres.go and display.go start what the tests need and end it again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// verb is one thing dev can do.
type verb struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string) error
}

// verbs in the order a newcomer needs them. A function, since help prints it.
func verbs() []verb {
	return []verb{
		{"run", "start a server and the desktop on sample data (without a display: the same under Xvfb, on its own)", runVerb},
		{"test", "every check CI makes: format, vet, staticcheck, imports, tests, race, the real window, Windows", testVerb},
		{"bench", "measure, and print our figures beside the limits of design.md §7 and the peers'", benchVerb},
		{"soak", "long fault tests with fresh seeds", soakVerb},
		{"windows", "cross-build the three programs for Windows into dist/windows", windowsVerb},
		{"fonts", "cut the window's fonts out of the whole ones; only needed when the fonts change", fontsVerb},
		{"package", "pack the programs for Windows and Linux into dist, with checksums", packageVerb},
	}
}

// errUsage means the command line was wrong and the reader has been told how.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dev(ctx, os.Args[1:])
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case interrupted:
		fmt.Fprintln(os.Stderr, "dev: interrupted")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

// dev runs the verb that args name, from the top of the checkout.
func dev(ctx context.Context, args []string) error {
	if len(args) == 0 {
		usage(os.Stderr)
		return errUsage
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		usage(os.Stdout)
		return nil
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		if err := goToTop(); err != nil {
			return err
		}
		return v.run(ctx, args[1:])
	}
	fmt.Fprintf(os.Stderr, "dev: there is no verb %q\n\n", args[0])
	usage(os.Stderr)
	return errUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "usage: go run ./cmd/dev VERB [flags]\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-8s %s\n", v.name, v.summary)
	}
	fmt.Fprint(w, `
VERB -h tells a verb's flags. On a fresh Debian with Go and nothing else, each
verb first installs the packages it lacks: as root with apt-get, else with sudo.

exit codes: 0 ok, 1 failed, 2 wrong usage, 130 interrupted
`)
}

// flags makes the flag set of a verb: -h prints about, then the flags.
func flags(name, about string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.Usage = func() {
		w := f.Output()
		fmt.Fprintf(w, "usage: go run ./cmd/dev %s [flags]\n\n%s\n", name, about)
		f.PrintDefaults()
	}
	return f
}

// parse reads args, which must hold flags only.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage // the flag package has printed what is wrong
	}
	if f.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "dev %s: unexpected %q\n", f.Name(), f.Arg(0))
		f.Usage()
		return errUsage
	}
	return nil
}

// goToTop changes to the top of the checkout, the folder that holds go.mod and
// FyneApp.toml, so that dev may be started from any folder below it.
func goToTop() error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "FyneApp.toml")); err == nil {
			return os.Chdir(dir)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return errors.New("no FyneApp.toml here or above: start dev inside the Plumbline checkout")
		}
		dir = up
	}
}
