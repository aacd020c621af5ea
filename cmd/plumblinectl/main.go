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
	"unicode"

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

var (
	// errFound is a verb's word that it found something wrong in the data and
	// has said what.
	errFound = errors.New("something wrong was found")
	// errFailed is a verb's word that it failed and has said why.
	errFailed = errors.New("failed")
	// errUsage is a command line that cannot be understood; the message was printed.
	errUsage = errors.New("usage")
)

// verb is one thing the program can do. What it is about is told by the text
// ctl.about.NAME.
type verb struct {
	name string // one word or two
	args string
	run  func(c *call) error
}

func (v verb) usage() string { return strings.TrimSpace("plumblinectl " + v.name + " " + v.args) }

func (v verb) about(t *i18n.Texts) string {
	return t.T("ctl.about." + strings.ReplaceAll(v.name, " ", "_"))
}

var verbs []verb

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	verbs = allVerbs()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	c := &call{ctx: ctx, out: out, errOut: errOut, lang: userLanguage()}
	f := flag.NewFlagSet("plumblinectl", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	c.common(f)
	version := f.Bool("version", false, "")
	err := f.Parse(args)
	c.t = i18n.New(c.lang)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(out)
		return exitOK
	case err != nil:
		return c.usage(c.flagFault(err))
	case *version:
		fmt.Fprintln(out, "plumblinectl", Version)
		return exitOK
	case f.NArg() == 0:
		c.help(errOut)
		return exitUsage
	}
	for _, n := range []int{2, 1} { // "checklists show" before "checklists"
		name := strings.Join(f.Args()[:min(n, f.NArg())], " ")
		for _, v := range verbs {
			if v.name == name {
				c.verb, c.args = v, f.Args()[len(strings.Fields(name)):]
				return c.finish(v.run(c))
			}
		}
	}
	return c.unknown(f.Args())
}

// Version is the program's version, set when it is built for release.
var Version = "0.1"

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// userLanguage is the language of messages when nobody names one: the
// environment's, else English.
func userLanguage() string {
	for _, name := range []string{"PLUMBLINE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := strings.ToLower(os.Getenv(name)); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}

// language is the flag that names the language of messages.
type language struct{ c *call }

func (l language) String() string { return "" }

func (l language) Set(v string) error {
	if v != "en" && v != "zh" {
		return errors.New("unknown language")
	}
	l.c.lang = v
	l.c.t = i18n.New(v)
	return nil
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

// common adds the flags that may stand before and behind every verb.
func (c *call) common(f *flag.FlagSet) {
	if c.data == "" {
		c.data = env("PLUMBLINE_DATA", desk.DefaultFolder())
	}
	f.StringVar(&c.data, "data", c.data, "")
	f.Var(language{c}, "lang", "")
	f.BoolVar(&c.json, "json", c.json, "")
}

func (c *call) help(w io.Writer) {
	fmt.Fprintf(w, "plumblinectl [--data DIR] [--lang en|zh] [--json] VERB …\n\n%s\n\n", c.t.T("ctl.help"))
	sorted := append([]verb(nil), verbs...)
	sort.SliceStable(sorted, func(a, b int) bool { return sorted[a].name < sorted[b].name })
	for _, v := range sorted {
		fmt.Fprintf(w, "  %-22s %s\n", v.name, v.about(c.t))
	}
	fmt.Fprintf(w, "\n%s\n\n%s\n", c.t.T("ctl.help_flags", "data", desk.DefaultFolder()), c.t.T("ctl.exit_codes"))
}

// unknown answers words that are no verb: "inspection" alone gets the list of
// what can be done with inspections.
func (c *call) unknown(words []string) int {
	w := c.errOut
	asked := len(words) == 2 && (words[1] == "-h" || words[1] == "--help" || words[1] == "-help")
	if asked {
		w = c.out
	}
	var near []verb
	for _, v := range verbs {
		if strings.HasPrefix(v.name, words[0]+" ") {
			near = append(near, v)
		}
	}
	name := words[0]
	if len(near) > 0 && len(words) > 1 {
		name += " " + words[1]
	}
	if len(near) == 0 || !asked {
		c.usage(c.t.T("ctl.unknown_verb", "verb", name))
	}
	for _, v := range near {
		fmt.Fprintf(w, "  %-22s %s\n", v.name, v.about(c.t))
	}
	if len(near) > 0 && asked {
		return exitOK
	}
	return exitUsage
}

// flags makes the verb's flag set.
func (c *call) flags() *flag.FlagSet {
	f := flag.NewFlagSet(c.verb.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	c.common(f)
	return f
}

// parse reads the verb's flags, which may stand before or after its n
// arguments.
func (c *call) parse(f *flag.FlagSet, n int) ([]string, error) { return c.parseBetween(f, n, n) }

// parseBetween is parse for a verb with optional arguments.
func (c *call) parseBetween(f *flag.FlagSet, least, most int) ([]string, error) {
	var positional []string
	rest := c.args
	for {
		if err := f.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				c.verbHelp(f)
				return nil, err
			}
			c.usage(c.flagFault(err))
			return nil, errUsage
		}
		if f.NArg() == 0 {
			break
		}
		positional = append(positional, f.Arg(0))
		rest = f.Args()[1:]
	}
	if len(positional) < least || len(positional) > most {
		return nil, c.wrongUse()
	}
	return positional, nil
}

// wrongUse says how the verb is used.
func (c *call) wrongUse() error {
	c.usage(c.t.T("ctl.wrong_arguments", "usage", c.verb.usage()))
	return errUsage
}

func (c *call) verbHelp(f *flag.FlagSet) {
	fmt.Fprintf(c.out, "%s\n\n%s\n\n", c.verb.usage(), c.verb.about(c.t))
	f.VisitAll(func(x *flag.Flag) {
		if x.Name == "data" || x.Name == "lang" || x.Name == "json" {
			return
		}
		value, about := flag.UnquoteUsage(x)
		if b, ok := x.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
			value = ""
		}
		fmt.Fprintf(c.out, "  %s\n        %s\n", strings.TrimSpace("--"+x.Name+" "+value), about)
	})
	fmt.Fprintf(c.out, "\n%s\n\n%s\n", c.t.T("ctl.help_flags", "data", desk.DefaultFolder()), c.t.T("ctl.exit_codes"))
}

// flagFault words what the flag package says, which speaks English only.
func (c *call) flagFault(err error) string {
	said := err.Error()
	for prefix, key := range map[string]string{
		"flag provided but not defined: ": "ctl.flag_unknown",
		"flag needs an argument: ":        "ctl.flag_needs_value",
		"bad flag syntax: ":               "ctl.flag_syntax",
	} {
		if name, ok := strings.CutPrefix(said, prefix); ok {
			return c.t.T(key, "flag", "--"+strings.TrimLeft(name, "-"))
		}
	}
	// invalid value "x" for flag -limit: parse error
	if quoted, rest, ok := strings.Cut(said, " for flag -"); ok && strings.HasPrefix(quoted, "invalid ") {
		_, value, _ := strings.Cut(quoted, " value ")
		name, _, _ := strings.Cut(rest, ": ")
		value = strings.Trim(value, `"`)
		if name == "lang" {
			return c.t.T("ctl.language_unknown", "language", value, "known", "en, zh")
		}
		return c.t.T("ctl.flag_value", "flag", "--"+name, "value", value)
	}
	return said
}

// open opens the data folder for the verb; finish closes it.
func (c *call) open() error {
	d, err := desk.Open(c.ctx, c.data, database, desk.Options{})
	c.desk = d
	return err
}

// person gives the id of the inspector with this certificate number; an entry
// must not be written in the name of somebody nobody knows.
func (c *call) person(certificate string) (record.ID, error) {
	p, err := c.desk.Store.Inspector(c.ctx, certificate)
	if record.CodeOf(err) == record.NotFound {
		return "", &record.Error{Code: record.NotFound, Message: "inspector.unknown", Args: map[string]any{"certificate": certificate}}
	}
	return p.ID, err
}

// openAs opens the data folder and finds the person who acts.
func (c *call) openAs(certificate string) (record.ID, error) {
	if err := c.open(); err != nil {
		return "", err
	}
	return c.person(certificate)
}

func (c *call) usage(message string) int {
	fmt.Fprintln(c.errOut, "plumblinectl:", message)
	fmt.Fprintln(c.errOut, c.t.T("ctl.see_help"))
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
	case errors.Is(err, errFailed):
		return exitFailed
	}
	c.fail(err)
	return exitFailed
}

// fail says what went wrong; with --json also for programs.
func (c *call) fail(err error) {
	text := c.explain(err)
	if c.json {
		v := map[string]any{"error": text}
		var e *record.Error
		if errors.As(err, &e) {
			v["code"], v["message"], v["field"], v["args"] = e.Code, e.Message, e.Field, e.Args
		}
		c.print(v)
	}
	fmt.Fprintln(c.errOut, "plumblinectl:", text)
}

// explain words an error: what happened and what to do, and where.
func (c *call) explain(err error) string {
	if errors.Is(err, context.Canceled) {
		return c.t.T("ctl.stopped")
	}
	text := c.t.Error(err)
	var e *record.Error
	if !errors.As(err, &e) {
		return text + "\n" + err.Error() // whoever uses a command line can read it
	}
	for _, what := range []string{"file", "item"} {
		if x := e.Args[what]; x != nil && !strings.Contains(text, fmt.Sprint(x)) {
			text = c.t.T("ctl.at", "what", x, "text", text)
		}
	}
	if strings.HasPrefix(e.Message, "store.") && c.data != "" {
		text += c.t.T("ctl.in_folder", "folder", c.data)
	}
	return text
}

// print writes v as JSON.
func (c *call) print(v any) {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(v)
}

// say writes a line for people.
func (c *call) say(format string, args ...any) {
	fmt.Fprint(c.out, strings.Map(printable, fmt.Sprintf(format, args...))+"\n")
}

// printable keeps a stranger's control characters from steering the terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return '\uFFFD'
	}
	return r
}
