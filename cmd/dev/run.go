package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func runVerb(ctx context.Context, args []string) error {
	f := flags("run", `Builds the programs, starts a server on loopback at a free port, loads the sample registers, enrols a
laptop and opens the desktop on it. Everything is kept in out/run, which the next run clears; with
--data it is kept in a folder of yours and never cleared.

Where there is no display, it does the same under Xvfb by itself: it records an inspection in the real
window, cuts the server off, goes on, syncs when the server is back, and leaves screenshots and the PDF in out.
`)
	data := f.String("data", "", "keep the server's and the laptop's data in this `folder`")
	headless := f.Bool("headless", false, "run under Xvfb although there is a display")
	if err := parse(f, args); err != nil {
		return err
	}
	if *headless || !hasDisplay() {
		if err := install(ctx, certificates, compiler, windowHeaders, virtualDisplay, pdfReader); err != nil {
			return err
		}
		if err := buildDesktop(ctx, "x11"); err != nil {
			return err
		}
		return tour(ctx, "out")
	}
	return openDesktop(ctx, *data)
}

// hasDisplay tells whether there is a screen to open a window on. Without one
// Fyne does not return an error but panics, so it must be asked before.
func hasDisplay() bool {
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" || os.PathSeparator == '\\'
}

// openDesktop is run on a machine with a screen: it ends when the window is closed.
func openDesktop(ctx context.Context, data string) error {
	// X11 serves under Wayland too, through XWayland; a screen that is Wayland
	// alone needs GLFW built for it.
	tags, headers := "x11", windowHeaders
	if os.Getenv("DISPLAY") == "" {
		tags, headers = "", append(headers, waylandHeaders...)
	}
	if err := install(ctx, certificates, compiler, headers); err != nil {
		return err
	}
	if err := buildDesktop(ctx, tags); err != nil {
		return err
	}
	if err := buildRest(ctx); err != nil {
		return err
	}
	if data == "" {
		data = filepath.Join("out", "run")
		if err := os.RemoveAll(data); err != nil {
			return err
		}
	}
	o, err := openOffice(ctx, data)
	if err != nil {
		return err
	}
	if _, statErr := os.Stat(o.folder("laptop")); statErr != nil {
		err = o.newLaptop(ctx, "laptop")
	}
	if err == nil {
		fmt.Printf("\nThe server is at %s, the laptop's data in %s. Close the window to end both.\n", o.url, o.folder("laptop"))
		err = command(ctx, program("plumbline"), "--data", o.folder("laptop")).run()
	}
	return errors.Join(err, o.stopServer())
}

// program is where the build verbs leave a program of ours.
func program(name string) string { return filepath.Join("bin", name+exeSuffix()) }

// buildDesktop builds the desktop without the tag migrated_fynedo, so that Fyne
// watches for calls to the window from outside its own goroutine.
func buildDesktop(ctx context.Context, tags string) error {
	begun := time.Now()
	fmt.Println("building the desktop; the first time takes some minutes, most of it Fyne's OpenGL in C")
	err := command(ctx, "go", "build", "-buildvcs=false", "-tags", tags, "-o", program("plumbline"), "./cmd/plumbline").env("CGO_ENABLED=1").run()
	if err != nil {
		return err
	}
	fmt.Printf("built in %.1fs\n", time.Since(begun).Seconds())
	return nil
}

// buildRest builds the server and the command line.
func buildRest(ctx context.Context) error {
	for _, name := range []string{"plumblined", "plumblinectl"} {
		if err := command(ctx, "go", "build", "-buildvcs=false", "-o", program(name), "./cmd/"+name).env(withoutC).run(); err != nil {
			return err
		}
	}
	return nil
}

// office is a server on loopback and the laptops beside it, each with a folder
// under dir.
type office struct {
	dir    string
	url    string
	server *service
}

func (o *office) folder(name string) string { return filepath.Join(o.dir, name) }

// openOffice starts a server whose data are in dir.
func openOffice(ctx context.Context, dir string) (*office, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	o := &office{dir: dir}
	return o, o.startServer(ctx)
}

// startServer starts the server: the first time on a port of the system's
// choice, after that on the same one, where the laptops look for it.
func (o *office) startServer(ctx context.Context) error {
	address := "127.0.0.1:0"
	if o.url != "" {
		address = strings.TrimPrefix(o.url, "http://")
	}
	words := append(endsWithUs(), program("plumblined"), "--sample", "--data", o.folder("server"), "--listen", address)
	c := exec.Command(words[0], words[1:]...)
	out := &log{}
	c.Stdout = out
	server, err := serve("plumblined", c)
	if err != nil {
		return err
	}
	o.server = server
	var line string
	err = server.until(ctx, 30*time.Second, func() (whole bool) {
		line, _, whole = strings.Cut(out.String(), "\n")
		return whole
	})
	if err != nil {
		return errors.Join(err, o.stopServer())
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		return errors.Join(fmt.Errorf("plumblined should first say where it listens, but said %q", line), o.stopServer())
	}
	o.url = url
	fmt.Printf("server listening on %s\n", url)
	return nil
}

func (o *office) stopServer() error {
	if o.server == nil {
		return nil
	}
	s := o.server
	o.server = nil
	return s.stop(os.Interrupt)
}
