package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// settings are the flags of all verbs.
type settings struct {
	verb      string
	data      string
	listen    string
	postgres  string
	sample    bool
	tls       bool
	tlsCert   string
	tlsKey    string
	tlsName   string
	plain     bool
	json      bool
	version   bool
	authority string
	name      string
	device    string
	args      []string
}

// parse reads flags, and the environment where a flag is not given.
func parse(verb string, args []string, errs io.Writer) (settings, error) {
	s := settings{verb: verb}
	f := flag.NewFlagSet("plumblined "+verb, flag.ContinueOnError)
	f.SetOutput(errs)
	f.Usage = func() {
		fmt.Fprintf(errs, "%sFlags of %s:\n", usage, f.Name())
		f.PrintDefaults()
	}
	f.StringVar(&s.data, "data", "", "the data `folder`; needed")
	f.StringVar(&s.postgres, "postgres", "", "keep the records in this PostgreSQL database (`URL` or key=value pairs) instead of SQLite; files stay in --data")
	f.BoolVar(&s.sample, "sample", false, "a server for sample data and nothing else; remembered from its first start")
	switch verb {
	case "serve":
		f.StringVar(&s.listen, "listen", "127.0.0.1:8417", "`address` to listen on; port 0 takes any free one")
		f.BoolVar(&s.tls, "tls", false, "speak TLS on a loopback address as well")
		f.StringVar(&s.tlsCert, "tls-cert", "", "PEM `file` with the server's certificate and those above it")
		f.StringVar(&s.tlsKey, "tls-key", "", "PEM `file` with its key")
		f.StringVar(&s.tlsName, "tls-name", "", "further `names` or addresses, with commas, for the server's own certificate")
		f.BoolVar(&s.plain, "insecure-http", false, "speak plain HTTP although the address is not loopback: a gateway before the server does TLS")
		f.BoolVar(&s.json, "log-json", false, "log in JSON")
		f.BoolVar(&s.version, "version", false, "print the version and end")
	case "enrol":
		f.StringVar(&s.authority, "authority", "", "`code` of the registration authority the laptop will belong to; needed")
		f.StringVar(&s.name, "name", "", "the laptop's `name` in the list of devices; else its host name")
		f.StringVar(&s.device, "device", "", "the code is for this known `device` only, which lost its key")
	}
	if err := f.Parse(args); err != nil {
		return s, err
	}
	s.args = f.Args()
	given := map[string]bool{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	var err error
	f.VisitAll(func(g *flag.Flag) {
		key := "PLUMBLINED_" + strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))
		if v, ok := os.LookupEnv(key); ok && !given[g.Name] && err == nil {
			if err = f.Set(g.Name, v); err != nil {
				fmt.Fprintf(errs, "plumblined: %s: %v\n", key, err)
			}
		}
	})
	if err != nil {
		return s, err
	}
	return s, s.check(errs)
}

func (s settings) check(errs io.Writer) error {
	wrong := func(text string) error {
		fmt.Fprintf(errs, "plumblined: %s\n(plumblined -h tells everything)\n", text)
		return errUsage
	}
	arguments := 0
	if s.verb == "revoke" || s.verb == "bundle" {
		arguments = 1
	}
	switch {
	case s.version:
	case s.data == "":
		return wrong("--data is needed: the folder where the server keeps everything")
	case s.verb == "enrol" && s.authority == "":
		return wrong("--authority is needed: the code of the registration authority")
	case s.verb == "revoke" && len(s.args) == 0:
		return wrong("name the device to revoke, as `plumblined devices` lists it")
	case s.verb == "bundle" && len(s.args) == 0:
		return wrong("name the folder where the bundles lie")
	case len(s.args) != arguments:
		return wrong(fmt.Sprintf("unexpected argument %q", s.args[len(s.args)-1]))
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return wrong("--tls-cert and --tls-key go together")
	case s.plain && (s.tls || s.tlsCert != ""):
		return wrong("--insecure-http and TLS exclude each other")
	}
	return nil
}
