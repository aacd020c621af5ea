package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

const usage = `plumblined, the central server of Plumbline

  plumblined --data DIR [--listen ADDR]            run the server
  plumblined enrol --data DIR --authority CODE     print a one-time code (15 minutes) that makes one laptop a
                                                   device of the authority; also while the server runs
  plumblined devices --data DIR                    list the laptops, servers above, and devices of servers below
  plumblined revoke --data DIR DEVICE              end a laptop's access; what it sent stays
  plumblined bundle --data DIR FOLDER              read laptops' bundles from a USB stick; answers are laid beside them;
                                                   also while the server runs
  plumblined successor --data DIR                  give the server's own certificate authority a new key; laptops follow
                                                   by themselves, whenever they come back; restart the server then
  plumblined numbers --data DIR [--resume]         how far the documents' numbers have come, and gaps in them; after a
                                                   restore none are given until --resume says that all laptops have synced
  plumblined recovery-key --data DIR               make and print, once, a key that opens all bundles; for the safe
  plumblined move-files --data DIR --s3-…          copy the photos and files of a stopped server from the folder into S3
                                                   buckets; can be ended and run again; the folder is put aside at the end
` + linkUsage + `  plumblined --version

Photos and files lie in the data folder, or with --s3-endpoint, --s3-bucket and --s3-key-bucket on an S3 server, which
several plumblined on one PostgreSQL (--postgres) can share. Its access keys come from the environment only,
PLUMBLINED_S3_ACCESS_KEY and PLUMBLINED_S3_SECRET_KEY, or from files that PLUMBLINED_S3_ACCESS_KEY_FILE and
PLUMBLINED_S3_SECRET_KEY_FILE name.
The data folder holds the records (plumbline.db), files/, keys/ and feed.note; it is made when it is not there.
The first line on standard output says where the server listens, the log goes to standard error.
On a loopback address it speaks plain HTTP, on any other TLS. SIGINT or SIGTERM stop it.
Every flag can be given as an environment variable: --data as PLUMBLINED_DATA, --tls-cert as PLUMBLINED_TLS_CERT …
Messages come in the language of LANG (Chinese or English).
Exit codes: 0 all right, 1 failed, 2 wrong use.

`

// errUsage says that the person must be shown how to use the program.
var errUsage = errors.New("wrong use")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	verb, rest := "serve", args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, rest = args[0], args[1:]
	}
	if verb == "link" && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		verb, rest = "link "+rest[0], rest[1:]
	}
	do := map[string]func(context.Context, settings, io.Writer, io.Writer) error{
		"serve": serve, "enrol": enrol, "devices": devices, "revoke": revoke,
		"bundle": readBundles, "recovery-key": recoveryKey, "successor": succeed, "numbers": numbers, "move-files": moveFiles,
		"link add": addLink, "link list": listLinks, "link remove": removeLink,
	}[verb]
	if do == nil {
		fmt.Fprintf(errs, "plumblined: there is no verb %q\n\n%s", verb, usage)
		return 2
	}
	s, err := parse(verb, rest, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case s.version:
		fmt.Fprintln(out, "plumblined", version())
		return 0
	}
	err = do(ctx, s, out, errs)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(errs, "plumblined:", say(err))
	return 1
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && (v == "" || v == "(devel)") {
			v = s.Value[:12]
		}
	}
	return v
}
