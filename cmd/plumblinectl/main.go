// Command plumblinectl does everything the desktop can, without a window: for
// office scripts, IT staff and tests.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sort"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store/sqlite"
)

// Exit codes, the same for every verb.
const (
	exitOK     = 0
	exitFailed = 1 // it could not be done; the sentence on standard error says why
	exitUsage  = 2 // the command line is wrong
	exitFound  = 3 // it was done, and something wrong was found in the data
)

const exitCodes = `Exit codes: 0 ok, 1 failed, 2 usage, 3 something wrong was found in the data`

// errFound is a verb's word that it found something wrong in the data and has
// said what.
var errFound = errors.New("something wrong was found")

// errUsage is a command line that cannot be understood; the message was printed.
var errUsage = errors.New("usage")

// verb is one thing the program can do.
type verb struct {
	name  string // one word or two
	args  string
	about string
	run   func(c *call) error
}

var verbs []verb

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	verbs = allVerbs()
	c := &call{ctx: ctx, out: out, errOut: errOut}
	f := flag.NewFlagSet("plumblinectl", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.data, "data", env("PLUMBLINE_DATA", desk.DefaultFolder()), "")
	f.StringVar(&c.lang, "lang", env("PLUMBLINE_LANG", "en"), "")
	f.BoolVar(&c.json, "json", false, "")
	version := f.Bool("version", false, "")
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help(out)
		return exitOK
	case err != nil:
		return c.usage(err.Error())
	case *version:
		fmt.Fprintln(out, "plumblinectl", Version)
		return exitOK
	case f.NArg() == 0:
		help(errOut)
		return exitUsage
	}
	c.t = i18n.New(c.lang)
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	for _, n := range []int{2, 1} { // "checklists show" before "checklists"
		name := strings.Join(f.Args()[:min(n, f.NArg())], " ")
		for _, v := range verbs {
			if v.name == name {
				c.verb, c.args = v, f.Args()[len(strings.Fields(name)):]
				return c.finish(v.run(c))
			}
		}
	}
	return c.usage(c.t.T("ctl.unknown_verb", "verb", strings.Join(f.Args()[:min(2, f.NArg())], " ")))
}

// Version is the program's version, set when it is built for release.
var Version = "0.1"

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func help(w io.Writer) {
	fmt.Fprint(w, `plumblinectl [--data DIR] [--lang en|zh] VERB [flags]

Works on a laptop's data folder, also while the desktop has it open.

`)
	sorted := append([]verb(nil), verbs...)
	sort.SliceStable(sorted, func(a, b int) bool { return sorted[a].name < sorted[b].name })
	for _, v := range sorted {
		fmt.Fprintf(w, "  %-58s %s\n", strings.TrimSpace(v.name+" "+v.args), v.about)
	}
	fmt.Fprintf(w, `
Flags before the verb:
  --data DIR   data folder (PLUMBLINE_DATA; default %s)
  --lang LANG  language of messages, en or zh (PLUMBLINE_LANG)
Every verb takes --json, and -h for its own flags.
%s
`, desk.DefaultFolder(), exitCodes)
}

// call is one run of a verb.
type call struct {
	ctx         context.Context
	out, errOut io.Writer
	data, lang  string
	json        bool
	t           *i18n.Texts
	verb        verb
	args        []string
	desk        *desk.Desk
}

var database = desk.Database{Open: sqlite.Open, Backup: sqlite.Backup, Check: sqlite.Check}

// flags makes the verb's flag set.
func (c *call) flags() *flag.FlagSet {
	f := flag.NewFlagSet(c.verb.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&c.json, "json", c.json, "print JSON")
	return f
}

// parse reads the verb's flags, which may stand before or after its n
// arguments.
func (c *call) parse(f *flag.FlagSet, n int) ([]string, error) {
	var positional []string
	rest := c.args
	for {
		if err := f.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				fmt.Fprintf(c.out, "plumblinectl %s\n\n%s\n\n", strings.TrimSpace(c.verb.name+" "+c.verb.args), c.verb.about)
				f.SetOutput(c.out)
				f.PrintDefaults()
				fmt.Fprintf(c.out, "\n%s\n", exitCodes)
				return nil, err
			}
			c.usage(err.Error())
			return nil, errUsage
		}
		if f.NArg() == 0 {
			break
		}
		positional = append(positional, f.Arg(0))
		rest = f.Args()[1:]
	}
	if len(positional) != n {
		c.usage(c.t.T("ctl.wrong_arguments", "usage", "plumblinectl "+strings.TrimSpace(c.verb.name+" "+c.verb.args)))
		return nil, errUsage
	}
	return positional, nil
}

// open opens the data folder for the verb; finish closes it.
func (c *call) open() error {
	d, err := desk.Open(c.ctx, c.data, database, desk.Options{})
	c.desk = d
	return err
}

func (c *call) usage(message string) int {
	fmt.Fprintln(c.errOut, "plumblinectl:", message)
	fmt.Fprintln(c.errOut, i18n.New(c.lang).T("ctl.see_help"))
	return exitUsage
}

func (c *call) finish(err error) int {
	if c.desk != nil {
		err = errors.Join(err, c.desk.Close())
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, errFound):
		return exitFound
	}
	c.fail(err)
	return exitFailed
}

// fail says what went wrong; with --json also for programs.
func (c *call) fail(err error) {
	var e *record.Error
	text := c.t.Error(err)
	if errors.As(err, &e) && e.Args["item"] != nil && !strings.Contains(text, fmt.Sprint(e.Args["item"])) {
		text = fmt.Sprint(e.Args["item"]) + ": " + text
	}
	if !errors.As(err, &e) {
		text += "\n" + err.Error() // whoever uses a command line can read it
	}
	if c.json {
		v := map[string]any{"error": text}
		if e != nil {
			v["code"], v["message"], v["field"], v["args"] = e.Code, e.Message, e.Field, e.Args
		}
		c.print(v)
	}
	fmt.Fprintln(c.errOut, "plumblinectl:", text)
}

// print writes v as JSON.
func (c *call) print(v any) {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(v)
}

// say writes a line for people.
func (c *call) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }
