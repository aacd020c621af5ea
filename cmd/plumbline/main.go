// Plumbline is the desktop program: the window of app/ui on one data folder,
// which plumblinectl may have open at the same time.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"plumbline/app/desk"
	"plumbline/app/i18n"
	"plumbline/app/store/sqlite"
	"plumbline/app/ui"
	"plumbline/assets"
)

// Version is set when a release is built.
var Version = "0.1.0"

var database = desk.Database{Open: sqlite.Open, Backup: sqlite.Backup, Check: sqlite.Check}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run gives the exit code: 0 ok, 1 failed, 2 wrong usage.
func run(args []string, out, errOut io.Writer) int {
	f := flag.NewFlagSet("plumbline", flag.ContinueOnError)
	f.SetOutput(errOut)
	folder := f.String("data", desk.DefaultFolder(), "data `folder`; plumblinectl --data takes the same")
	language := f.String("lang", "", "`language` of the window: en or zh; without it the one chosen before, else the system's")
	version := f.Bool("version", false, "print the version")
	selfTest := f.String("self-test", "", "let the window record an inspection by itself, leave pictures and the PDF in `folder`, and end")
	measure := f.Bool("measure", false, "let the window be driven by commands on standard input, for the benchmarks")
	f.Usage = func() {
		fmt.Fprint(errOut, "plumbline opens the window on a data folder.\n\n")
		f.PrintDefaults()
	}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || f.NArg() > 0 || *language != "" && *language != "en" && *language != "zh":
		fmt.Fprintln(errOut, "plumbline: wrong usage; see plumbline -h")
		return 2
	case *version:
		fmt.Fprintln(out, "plumbline", Version)
		return 0
	}
	texts := i18n.New(cmp.Or(*language, systemLanguage()))
	if !hasDisplay() {
		fmt.Fprintln(errOut, texts.T("ui.no_display"))
		return 1
	}
	log, closeLog := openLog(*folder)
	defer closeLog()
	if err := openWindow(*folder, *language, *selfTest, *measure, log, out); err != nil {
		log.Error("ended", "error", err.Error())
		fmt.Fprintln(errOut, "plumbline:", texts.Error(err))
		fmt.Fprintln(errOut, err)
		return 1
	}
	return 0
}

// systemLanguage is that of the environment, for what is said before the window
// knows which one was chosen.
func systemLanguage() string {
	if strings.HasPrefix(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")), "zh") {
		return "zh"
	}
	return "en"
}

// hasDisplay must be asked before Fyne is: without a screen it panics.
func hasDisplay() bool {
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// openWindow runs the window until it is closed or has tested itself.
func openWindow(folder, language, selfTest string, measure bool, log *slog.Logger, out io.Writer) error {
	debug.SetGCPercent(60) // 24 MB less after an hour's work; laptops have 4 GB, and a window has time to collect
	d, err := desk.Open(context.Background(), folder, database, desk.Options{})
	if err != nil {
		return openFailed(err, folder, language, selfTest)
	}
	h := &house{desk: d, folder: folder}
	defer func() { log.Info("closed", "error", fmt.Sprint(h.close())) }()
	icon, err := assets.Icon.ReadFile("icon/icon.png")
	if err != nil {
		return err
	}
	if cache, err := os.UserCacheDir(); err == nil {
		os.MkdirAll(cache, 0o700) // Fyne makes its folder below it, but not this one; without it it only complains
	}
	app.SetMetadata(fyne.AppMetadata{ID: "org.plumbline.desktop", Name: "Plumbline", Version: Version, Icon: fyne.NewStaticResource("icon.png", icon)})
	a := app.NewWithID("org.plumbline.desktop")
	tasks := ui.NewBackground()
	w, err := ui.New(a, d, ui.Options{Tasks: tasks, Sync: h.syncing(), Language: language, Log: log, Early: true, Restore: h.restore})
	if err != nil {
		return err
	}
	switch {
	case measure:
		return w.Measure(tasks, os.Stdin, out)
	case selfTest == "":
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		go h.keepSyncing(ctx, w.SyncQuietly)
		w.Window().ShowAndRun()
		return nil
	}
	return w.SelfTest(selfTest, tasks, func() (image.Image, error) { return grabX11(os.Getenv("DISPLAY")) }, out)
}
