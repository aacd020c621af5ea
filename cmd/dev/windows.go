package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const (
	// go-winres writes the icon, version and manifest that Windows reads from a program.
	winresPath    = "github.com/tc-hib/go-winres"
	winresVersion = "v0.3.3"

	windowsDir = "dist/windows"
)

// Flags of every release build. Keep them as they are: each change makes the
// compiler translate Fyne's OpenGL binding again, minutes of C.
const (
	releaseTags = "migrated_fynedo,no_emoji"
	releaseLink = "-s -w"
)

func windowsVerb(ctx context.Context, args []string) error {
	f := flags("windows", "Cross-builds plumbline.exe, plumblined.exe and plumblinectl.exe into "+windowsDir+"\nwith the mingw compiler, which it installs when it is missing.\n")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := install(ctx, certificates, mingw); err != nil {
		return err
	}
	return crossBuild(ctx)
}

// crossBuild builds the three programs for 64-bit Windows and says their sizes.
// Only the desktop is cgo, and only it belongs to the GUI subsystem: the other
// two are started from a console and write to it.
func crossBuild(ctx context.Context) error {
	if err := os.MkdirAll(windowsDir, 0o755); err != nil {
		return err
	}
	for _, program := range []string{"plumblined", "plumblinectl", "plumbline"} {
		if err := writeResources(ctx, program); err != nil {
			return err
		}
		env := []string{"GOOS=windows", "GOARCH=amd64", withoutC}
		link := releaseLink
		if program == "plumbline" {
			env = []string{"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=1", "CC=x86_64-w64-mingw32-gcc"}
			link += " -H windowsgui"
		}
		exe := filepath.Join(windowsDir, program+".exe")
		err := command(ctx, "go", "build", "-trimpath", "-tags", releaseTags, "-ldflags", link, "-o", exe, "./cmd/"+program).env(env...).run()
		if err != nil {
			return err
		}
		if err := printSize(exe); err != nil {
			return err
		}
	}
	return nil
}

// writeResources writes the .syso file that the linker puts into a program:
// icon, version, and a manifest that tells Windows we care for the screen's
// resolution ourselves (else it stretches the window and blurs the text).
func writeResources(ctx context.Context, program string) error {
	winres, err := tool(ctx, winresPath, winresVersion)
	if err != nil {
		return err
	}
	about, err := readAbout()
	if err != nil {
		return err
	}
	// What the task manager calls the program.
	manifest, title := "cli", about.name+" ("+program+")"
	if program == "plumbline" {
		manifest, title = "gui", about.name
	}
	return quiet(ctx, []string{winres, "simply", "--arch", "amd64",
		"--out", filepath.Join("cmd", program, "rsrc"),
		"--icon", about.icon, "--manifest", manifest,
		"--product-name", about.name, "--file-description", title,
		"--product-version", about.version, "--file-version", about.version,
		"--original-filename", program + ".exe"})
}

func printSize(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	fmt.Printf("%8.1f MB  %s\n", float64(info.Size())/1e6, file)
	return nil
}
