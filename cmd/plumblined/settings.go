package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"plumbline/sync/s3"
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
	damaged   bool
	above     bool
	resume    bool
	server    string
	code      string

	linkEvery     time.Duration
	linkOriginals bool

	s3   s3.Options // without its keys; no endpoint means files lie in the data folder
	s3CA string
	args []string
}

// withFiles tells whether a verb works with photos and files.
func (s settings) withFiles() bool {
	return s.verb == "serve" || s.verb == "bundle" || s.verb == "move-files"
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
	f.StringVar(&s.postgres, "postgres", "", "keep the records in this PostgreSQL database (`URL` or key=value pairs) instead of SQLite")
	f.BoolVar(&s.sample, "sample", false, "a server for sample data and nothing else; remembered from its first start")
	if s.withFiles() {
		f.StringVar(&s.s3.Endpoint, "s3-endpoint", "", "keep photos and files on this S3 server (`URL`) instead of in --data; needs PLUMBLINED_S3_ACCESS_KEY and PLUMBLINED_S3_SECRET_KEY")
		f.StringVar(&s.s3.Bucket, "s3-bucket", "", "`name` of the bucket of files")
		f.StringVar(&s.s3.KeyBucket, "s3-key-bucket", "", "`name` of the bucket of the keys they are encrypted with; it must keep no versions")
		f.StringVar(&s.s3.Region, "s3-region", "", "`name` of the region; else us-east-1, which servers of one's own take")
		f.StringVar(&s.s3CA, "s3-ca", "", "PEM `file` with who signed the S3 server's certificate; else the system's authorities count")
	}
	switch verb {
	case "move-files":
		f.BoolVar(&s.damaged, "leave-damaged", false, "leave files that are damaged behind, in the folder that is put aside")
	case "serve":
		f.StringVar(&s.listen, "listen", "127.0.0.1:8417", "`address` to listen on; port 0 takes any free one")
		f.BoolVar(&s.tls, "tls", false, "speak TLS on a loopback address as well")
		f.StringVar(&s.tlsCert, "tls-cert", "", "PEM `file` with the server's certificate and those above it")
		f.StringVar(&s.tlsKey, "tls-key", "", "PEM `file` with its key")
		f.StringVar(&s.tlsName, "tls-name", "", "further `names` or addresses, with commas, for the server's own certificate")
		f.BoolVar(&s.plain, "insecure-http", false, "speak plain HTTP although the address is not loopback: a gateway before the server does TLS")
		f.BoolVar(&s.json, "log-json", false, "log in JSON")
		f.BoolVar(&s.version, "version", false, "print the version and end")
		f.DurationVar(&s.linkEvery, "link-every", time.Minute, "`time` between two pulls from a server below")
		f.BoolVar(&s.linkOriginals, "link-originals", false, "fetch the originals of photos from servers below as well; else each when somebody opens it")
	case "link add":
		f.StringVar(&s.server, "server", "", "`address` of the server below; needed")
		f.StringVar(&s.code, "code", "", "the one-time `code` that was printed there; needed")
		f.BoolVar(&s.plain, "insecure-http", false, "take an http:// address that is not on this machine")
	case "numbers":
		f.BoolVar(&s.resume, "resume", false, "give numbers again after a restore: all laptops have synced since")
	case "enrol":
		f.BoolVar(&s.above, "above", false, "the code is for a server above, which may read everything")
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
	if s.verb == "revoke" || s.verb == "bundle" || s.verb == "link remove" {
		arguments = 1
	}
	switch {
	case s.version:
	case s.data == "":
		return wrong("--data is needed: the folder where the server keeps everything")
	case s.s3.Endpoint == "" && (s.s3.Bucket != "" || s.s3.KeyBucket != "" || s.s3.Region != "" || s.s3CA != ""):
		return wrong("--s3-endpoint is needed as well: where the S3 server is, https://host or https://host:port")
	case s.s3.Endpoint != "" && (s.s3.Bucket == "" || s.s3.KeyBucket == ""):
		return wrong("--s3-endpoint needs --s3-bucket and --s3-key-bucket, two different buckets")
	case s.s3.Endpoint == "" && s.verb == "move-files":
		return wrong("--s3-endpoint, --s3-bucket and --s3-key-bucket are needed: where the files shall go")
	case s.verb == "enrol" && s.above && (s.authority != "" || s.device != ""):
		return wrong("--above is for all authorities of this server: it goes with neither --authority nor --device")
	case s.verb == "link add" && (s.server == "" || s.code == ""):
		return wrong("--server and --code are needed: the address of the server below, and the code that `plumblined enrol --above` printed there")
	case s.verb == "link remove" && len(s.args) == 0:
		return wrong("name the address of the server below, as `plumblined link list` shows it")
	case s.verb == "serve" && s.linkEvery < time.Second && !s.version:
		return wrong("--link-every must be a second at least")
	case s.verb == "enrol" && s.authority == "" && !s.above:
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
