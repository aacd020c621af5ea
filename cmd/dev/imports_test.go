package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The house in small: a file for each package that the rules below need. The
// modules outside it are stand-ins, so that the test downloads nothing.
var house = map[string]string{
	"go.mod": `module plumbline

go 1.26

require (
	fyne.io/fyne/v2 v2.0.0
	github.com/jackc/pgx/v5 v5.0.0
	github.com/xuri/excelize/v2 v2.0.0
	modernc.org/sqlite v1.0.0
)

replace (
	fyne.io/fyne/v2 => ./outside/fyne
	github.com/jackc/pgx/v5 => ./outside/pgx
	github.com/xuri/excelize/v2 => ./outside/excelize
	modernc.org/sqlite => ./outside/sqlite
)
`,
	"outside/fyne/go.mod":       "module fyne.io/fyne/v2\n",
	"outside/fyne/fyne.go":      "package fyne\n",
	"outside/fyne/app/app.go":   "package app\n",
	"outside/pgx/go.mod":        "module github.com/jackc/pgx/v5\n",
	"outside/pgx/pgx.go":        "package pgx\n",
	"outside/pgx/stdlib/std.go": "package stdlib\n",
	"outside/excelize/go.mod":   "module github.com/xuri/excelize/v2\n",
	"outside/excelize/x.go":     "package excelize\n",
	"outside/sqlite/go.mod":     "module modernc.org/sqlite\n",
	"outside/sqlite/sqlite.go":  "package sqlite\n",

	"assets/assets.go":                 `package assets; import _ "embed"`,
	"app/record/record.go":             `package record; import _ "time"`,
	"app/journal/journal.go":           `package journal; import _ "plumbline/app/record"`,
	"app/i18n/i18n.go":                 `package i18n; import (_ "plumbline/app/record"; _ "plumbline/assets")`,
	"app/store/store.go":               `package store; import (_ "database/sql"; _ "plumbline/app/journal"; _ "plumbline/app/record")`,
	"app/store/store_test.go":          `package store; import (_ "modernc.org/sqlite"; _ "github.com/jackc/pgx/v5/stdlib"; _ "testing")`,
	"app/store/sqlite/sqlite.go":       `package sqlite; import (_ "modernc.org/sqlite"; _ "plumbline/app/store")`,
	"app/store/postgres/postgres.go":   `package postgres; import (_ "github.com/jackc/pgx/v5/stdlib"; _ "plumbline/app/store")`,
	"app/store/storetest/storetest.go": `package storetest; import (_ "github.com/jackc/pgx/v5/stdlib"; _ "plumbline/app/store/postgres"; _ "plumbline/app/store/sqlite"; _ "testing")`,
	"app/ui/ui.go":                     `package ui; import (_ "fyne.io/fyne/v2"; _ "net/url"; _ "plumbline/app/i18n"; _ "plumbline/app/store"; _ "plumbline/assets")`,
	"sync/protocol/protocol.go":        `package protocol; import (_ "net/http"; _ "plumbline/app/record")`,
	"sync/client/client.go":            `package client; import (_ "net/http"; _ "plumbline/app/store"; _ "plumbline/sync/protocol")`,
	"sync/server/server.go":            `package server; import (_ "plumbline/app/store"; _ "plumbline/sync/protocol")`,
	"cmd/plumbline/main.go": `package main; import (_ "fyne.io/fyne/v2/app"; _ "plumbline/app/store/sqlite"; _ "plumbline/app/ui"; _ "plumbline/sync/client")

func main() {}
`,
	"cmd/plumblined/main.go": `package main; import (_ "plumbline/app/store/postgres"; _ "plumbline/sync/server")

func main() {}
`,
	"cmd/dev/main.go": `package main; import _ "os/exec"

func main() {}
`,
}

func TestImportRuleAcceptsTheHouse(t *testing.T) {
	if said, err := judge(t, nil); err != nil || said != "" {
		t.Errorf("clean house: got %v and %q, want success and silence", err, said)
	}
}

func TestImportRuleNamesEachBreach(t *testing.T) {
	for _, breach := range []struct {
		what, file, source, want string
	}{
		{"a record that knows the window", "app/record/bad.go", `package record; import _ "fyne.io/fyne/v2"`,
			"app/record: must not import fyne.io/fyne/v2: Fyne is for app/ui and cmd/plumbline"},
		{"a record that needs more than the standard library", "app/record/bad.go", `package record; import _ "fyne.io/fyne/v2"`,
			"app/record: must not import fyne.io/fyne/v2: records need the standard library only"},
		{"a record that knows its keeper", "app/record/bad.go", `package record; import _ "plumbline/assets"`,
			"app/record: must not import plumbline/assets"},
		{"a neighbour that the row does not name", "app/journal/bad.go", `package journal; import _ "plumbline/app/i18n"`,
			"app/journal: must not import app/i18n"},
		{"app above sync", "app/ui/bad.go", `package ui; import _ "plumbline/sync/protocol"`,
			"app/ui: must not import sync/protocol"},
		{"a client that knows the server", "sync/client/bad.go", `package client; import _ "plumbline/sync/server"`,
			"sync/client: must not import sync/server"},
		{"assets that know the app", "assets/bad.go", `package assets; import _ "plumbline/app/record"`,
			"assets: must not import app/record"},
		{"the window's program part outside cmd", "app/ui/bad.go", `package ui; import _ "fyne.io/fyne/v2/app"`,
			"app/ui: must not import fyne.io/fyne/v2/app: it needs a C compiler"},
		{"a server with a window", "cmd/plumblined/bad.go", `package main; import _ "fyne.io/fyne/v2"`,
			"cmd/plumblined: must not import fyne.io/fyne/v2: Fyne is for"},
		{"SQLite's driver outside its package", "sync/server/bad.go", `package server; import _ "modernc.org/sqlite"`,
			"sync/server: must not import modernc.org/sqlite: that driver is for app/store/sqlite"},
		{"Excel files written outside their package", "app/report/bad.go", `package report; import _ "github.com/xuri/excelize/v2"`,
			"app/report: must not import github.com/xuri/excelize/v2: that driver is for app/checklist/xlsform"},
		{"PostgreSQL's driver outside its package", "app/store/bad.go", `package store; import _ "github.com/jackc/pgx/v5"`,
			"app/store: must not import github.com/jackc/pgx/v5: that driver is for app/store/postgres"},
		{"a database opened below cmd", "sync/client/bad.go", `package client; import _ "plumbline/app/store/sqlite"`,
			"sync/client: must not import app/store/sqlite: only cmd opens a database"},
		{"a window that opens a database", "app/ui/bad.go", `package ui; import _ "plumbline/app/store/postgres"`,
			"app/ui: must not import app/store/postgres: only cmd opens a database"},
		{"a program that leans on help for tests", "cmd/plumblined/bad.go", `package main; import _ "plumbline/app/store/storetest"`,
			"cmd/plumblined: must not import app/store/storetest: it is for tests"},
		{"HTTP under app", "app/store/bad.go", `package store; import _ "net/http"`,
			"app/store: must not import net/http: app is what works with the cable out"},
		{"the network under app", "app/i18n/bad.go", `package i18n; import _ "net"`,
			"app/i18n: must not import net: app is what works with the cable out"},
		{"a breach that only Windows would build", "app/ui/bad_windows.go", `package ui; import _ "net"`,
			"app/ui: must not import net: app is"},
		{"dev on something to be downloaded", "cmd/dev/bad.go", `package main; import _ "modernc.org/sqlite"`,
			"cmd/dev: must not import modernc.org/sqlite: it has to run before"},
		{"dev on the product", "cmd/dev/bad.go", `package main; import _ "plumbline/app/record"`,
			"cmd/dev: must not import plumbline/app/record: it has to run before"},
		{"a package without a row", "app/utils/utils.go", "package utils",
			"app/utils: has no row in .ci/imports"},
		{"a package at app itself", "app/app.go", "package app",
			"app: has no row in .ci/imports"},
		{"a cycle", "app/record/bad.go", `package record; import _ "plumbline/app/journal"`,
			"import cycle not allowed"},
	} {
		t.Run(breach.what, func(t *testing.T) {
			t.Parallel()
			said, err := judge(t, map[string]string{breach.file: breach.source})
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Errorf(".ci/imports: got %v, want a failure", err)
			}
			if !strings.Contains(said, breach.want) {
				t.Errorf(".ci/imports said\n%s\nwant a line with\n%s", said, breach.want)
			}
		})
	}
}

// judge lays out the house with the added files in a temporary folder, runs our
// .ci/imports there and returns all that it said.
func judge(t *testing.T, added map[string]string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("awk"); err != nil {
		t.Skip("the import rule needs sh and awk")
	}
	dir := t.TempDir()
	for _, files := range []map[string]string{house, added} {
		for name, text := range files {
			writeFile(t, filepath.Join(dir, name), text, 0o644)
		}
	}
	rule, err := os.ReadFile(filepath.Join("..", "..", ".ci", "imports"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, ".ci", "imports"), string(rule), 0o755)
	c := exec.Command("sh", filepath.Join(dir, ".ci", "imports"))
	c.Env = append(c.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	err = c.Run()
	return said.String(), err
}

func writeFile(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
