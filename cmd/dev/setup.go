package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Debian packages, each list with what it is for. Tried on Debian 12 minbase,
// which has no C compiler, git, make or certificates.
var (
	// The Go module proxy speaks HTTPS.
	certificates = []string{"ca-certificates"}
	// The race detector and the window are cgo.
	compiler = []string{"gcc", "libc6-dev"}
	// Fyne's window on X11, without the Wayland headers (tag x11).
	windowHeaders = []string{"pkg-config", "libgl-dev", "libx11-dev", "libxcursor-dev", "libxrandr-dev",
		"libxinerama-dev", "libxi-dev", "libxxf86vm-dev"}
	// What GLFW 3.4 needs beyond these when it is built for Wayland as well.
	waylandHeaders = []string{"libegl-dev", "libwayland-dev", "libxkbcommon-dev"}
	// A screen for the window where there is none; OpenGL in software.
	virtualDisplay = []string{"xvfb", "xauth", "libgl1-mesa-dri"}
	database       = []string{"postgresql-15"}
	// pdftotext, pdftoppm and qpdf, with which tests read our PDFs.
	pdfReader = []string{"poppler-utils", "qpdf"}
	// A browser, in which the page is tried that checks a published draw.
	browser   = []string{"chromium"}
	mingw     = []string{"gcc-mingw-w64-x86-64"}
	installer = []string{"nsis"}
)

// install makes sure the Debian packages are there: it asks dpkg, and fetches
// what is missing with apt-get, as root or through sudo. Elsewhere than on a
// Debian it only tells what the verb will need.
func install(ctx context.Context, packages ...[]string) error {
	want := slices.Compact(slices.Sorted(slices.Values(slices.Concat(packages...))))
	if len(want) == 0 || runtime.GOOS != "linux" {
		return nil
	}
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		fmt.Printf("this is not a Debian, so nothing is installed; needed is what Debian calls %s\n", strings.Join(want, " "))
		return nil
	}
	missing := missingOf(ctx, want)
	if len(missing) == 0 {
		return nil
	}
	root, err := asRoot(missing)
	if err != nil {
		return err
	}
	fmt.Printf("installing %s\n", strings.Join(missing, " "))
	if slices.Contains(missing, "postgresql-15") {
		undo := noMainCluster(ctx, root)
		defer undo()
	}
	apt := append(slices.Clone(root), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y")
	// A third party's broken list must not stop us: install tells what is really missing.
	updated := quiet(ctx, append(slices.Clone(apt), "update"))
	err = quiet(ctx, append(append(apt, "install", "--no-install-recommends"), missing...))
	if err == nil {
		return nil
	}
	if updated != nil {
		err = fmt.Errorf("%w\nand before it: %w", err, updated)
	}
	return fmt.Errorf("these Debian packages are needed and could not be installed: %s\n%w", strings.Join(missing, " "), err)
}

// missingOf returns those of the packages that dpkg does not know as installed.
func missingOf(ctx context.Context, want []string) []string {
	// It exits 1 when it does not know one of the names; what it prints is right all the same.
	out, _ := exec.CommandContext(ctx, "dpkg-query", append([]string{"-W", "-f", "${Package} ${Status}\n"}, want...)...).Output()
	lines := strings.Split(string(out), "\n")
	return slices.DeleteFunc(slices.Clone(want), func(name string) bool {
		return slices.Contains(lines, name+" install ok installed")
	})
}

// asRoot returns the words that go before a command which must run as root.
func asRoot(missing []string) ([]string, error) {
	if os.Geteuid() == 0 {
		return nil, nil
	}
	if _, err := exec.LookPath("sudo"); err == nil {
		return []string{"sudo"}, nil
	}
	return nil, fmt.Errorf("these Debian packages are missing: %s\n"+
		"Installing needs root, and there is no sudo here. As root, run:\n"+
		"  apt-get update && apt-get install -y --no-install-recommends %s",
		strings.Join(missing, " "), strings.Join(missing, " "))
}

// noMainCluster keeps the PostgreSQL package from starting a server of its own
// on port 5432: the tests start theirs, without a port. It returns what takes
// the setting away again.
func noMainCluster(ctx context.Context, root []string) (undo func()) {
	const dir = "/etc/postgresql-common/createcluster.d"
	const file = dir + "/plumbline-dev.conf"
	as := func(script string) {
		if err := quiet(ctx, append(slices.Clone(root), "sh", "-c", script)); err != nil {
			fmt.Printf("note: could not keep PostgreSQL from making its main cluster: %v\n", err)
		}
	}
	as("mkdir -p " + dir + " && echo 'create_main_cluster = false' >" + file)
	return func() { as("rm -f " + file) }
}

// tool returns the path of a Go program, built once from the module at the
// pinned version into the user's cache folder. The Go version is in the path
// because analysers must be built with the Go they read.
func tool(ctx context.Context, path, version string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	name := filepath.Base(path)
	dir := filepath.Join(cache, "plumbline-dev", name+"-"+version+"-"+runtime.Version())
	program := filepath.Join(dir, name+exeSuffix())
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	fmt.Printf("building %s@%s\n", path, version)
	err = command(ctx, "go", "install", path+"@"+version).env("CGO_ENABLED=0", "GOBIN="+dir, "GOFLAGS=").run()
	if err != nil {
		return "", fmt.Errorf("%s@%s could not be fetched or built; is the Go module proxy (go env GOPROXY) reachable? %w", path, version, err)
	}
	return program, nil
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// quiet runs a command whose output matters only when it fails.
func quiet(ctx context.Context, words []string) error {
	out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return errors.New(strings.Join(words, " ") + ": " + err.Error() + "\n" + tail(string(out), 20))
	}
	return nil
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
