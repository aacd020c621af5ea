package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

func packageVerb(ctx context.Context, args []string) error {
	f := flags("package", "Builds the programs for release and packs them into dist: a zip and a per-user installer for\nWindows, a tar.gz for Linux, and SHA256SUMS over the three.\n")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := install(ctx, certificates, mingw, installer, compiler, windowHeaders, waylandHeaders); err != nil {
		return err
	}
	about, err := readAbout()
	if err != nil {
		return err
	}
	if err := crossBuild(ctx); err != nil {
		return err
	}
	if err := linuxRelease(ctx); err != nil {
		return err
	}
	base := "plumbline-" + about.version
	texts := filepath.Join("dist", "texts")
	if err := writeTexts(ctx, texts); err != nil {
		return err
	}
	windowsZip := filepath.Join("dist", base+"-windows-amd64.zip")
	linuxTar := filepath.Join("dist", base+"-linux-amd64.tar.gz")
	setup := filepath.Join("dist", base+"-windows-amd64-setup.exe")
	err = errors.Join(
		writeZip(windowsZip, base, windowsDir, texts),
		writeTar(linuxTar, base, linuxDir, texts),
		writeInstaller(ctx, setup, about, texts))
	if err != nil {
		return err
	}
	return writeSums(filepath.Join("dist", "SHA256SUMS"), windowsZip, setup, linuxTar)
}

const linuxDir = "dist/linux"

// linuxRelease builds the three programs for this Linux: the desktop for X11
// and Wayland, the other two without any C.
func linuxRelease(ctx context.Context) error {
	for _, program := range []string{"plumblined", "plumblinectl", "plumbline"} {
		cgo := withoutC
		if program == "plumbline" {
			cgo = "CGO_ENABLED=1"
		}
		file := filepath.Join(linuxDir, program)
		err := command(ctx, "go", "build", "-trimpath", "-tags", releaseTags, "-ldflags", releaseLink, "-o", file, "./cmd/"+program).env(cgo).run()
		if err != nil {
			return err
		}
		if err := printSize(file); err != nil {
			return err
		}
	}
	return nil
}

// about is what FyneApp.toml says of the program.
type about struct{ name, version, icon string }

// readAbout reads the few keys we need from FyneApp.toml, which is TOML of the
// plainest kind.
func readAbout() (about, error) {
	text, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		return about{}, err
	}
	value := func(key string) string {
		m := regexp.MustCompile(`(?m)^\s*` + key + `\s*=\s*"(.*)"\s*$`).FindSubmatch(text)
		if m == nil {
			err = errors.Join(err, fmt.Errorf("FyneApp.toml has no %s", key))
			return ""
		}
		return string(m[1])
	}
	a := about{value("Name"), value("Version"), filepath.FromSlash(value("Icon"))}
	return a, err
}

// writeTexts gathers what the licences oblige us to hand on with the programs:
// our README and LICENSE, those of the fonts and of every module linked in.
func writeTexts(ctx context.Context, dir string) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	fonts, err := filepath.Glob("assets/fonts/*.txt")
	if err != nil {
		return err
	}
	for _, file := range append(fonts, "README.md", "LICENSE") {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o644); err != nil {
			return err
		}
	}
	modules, err := linkedModules(ctx)
	if err != nil {
		return err
	}
	var all strings.Builder
	for _, m := range modules {
		fmt.Fprintf(&all, "==== %s %s ====\n\n", m.path, m.version)
		if err := appendLicences(&all, m.dir); err != nil {
			return fmt.Errorf("licence of %s: %w", m.path, err)
		}
	}
	return os.WriteFile(filepath.Join(dir, "THIRD-PARTY-LICENSES.txt"), []byte(all.String()), 0o644)
}

type module struct{ path, version, dir string }

// linkedModules lists the modules whose packages end up in a program of ours,
// on Linux or on Windows.
func linkedModules(ctx context.Context) ([]module, error) {
	var lines []string
	for _, system := range []string{"linux", "windows"} {
		// A tab between, since a folder's name may hold spaces.
		out, err := command(ctx, "go", "list", "-deps", "-tags", releaseTags,
			"-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}",
			"./cmd/plumbline", "./cmd/plumblined", "./cmd/plumblinectl").env("GOOS="+system, "CGO_ENABLED=1").output()
		if err != nil {
			return nil, err
		}
		lines = append(lines, strings.Split(out, "\n")...)
	}
	root, err := command(ctx, "go", "env", "GOROOT").output()
	if err != nil {
		return nil, err
	}
	slices.Sort(lines)
	modules := []module{{"Go and its standard library", runtime.Version(), strings.TrimSpace(root)}}
	for _, line := range slices.Compact(lines) {
		if path, rest, ok := strings.Cut(line, "\t"); ok {
			version, dir, _ := strings.Cut(rest, "\t")
			modules = append(modules, module{path, version, dir})
		}
	}
	return modules, nil
}

func appendLicences(to *strings.Builder, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	licence := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|unlicense)`)
	found := false
	for _, e := range entries {
		if e.IsDir() || !licence.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "---- %s ----\n%s\n\n", e.Name(), strings.ReplaceAll(string(text), "\r\n", "\n"))
		found = true
	}
	if !found {
		return errors.New("no licence file found: look before shipping it")
	}
	return nil
}

// contents are the files of the folders, none of which has folders in it.
func contents(dirs ...string) ([]string, error) {
	var files []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

// mode is what a packed file may be used for: a file from the texts is read, the rest is run.
func mode(file string) os.FileMode {
	if strings.HasPrefix(filepath.ToSlash(file), "dist/texts/") {
		return 0o644
	}
	return 0o755
}

// packedAt is the time that stands in archives: the same for the same
// SOURCE_DATE_EPOCH, so that anyone can pack the same bytes again.
func packedAt() time.Time {
	var seconds int64
	if _, err := fmt.Sscan(os.Getenv("SOURCE_DATE_EPOCH"), &seconds); err == nil {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Now().UTC().Truncate(time.Second)
}

func writeZip(name, top string, dirs ...string) error {
	files, err := contents(dirs...)
	if err != nil {
		return err
	}
	return create(name, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, file := range files {
			header := &zip.FileHeader{Name: top + "/" + filepath.Base(file), Method: zip.Deflate, Modified: packedAt()}
			header.SetMode(mode(file))
			entry, err := z.CreateHeader(header)
			if err != nil {
				return err
			}
			if err := copyFrom(entry, file); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

func writeTar(name, top string, dirs ...string) error {
	files, err := contents(dirs...)
	if err != nil {
		return err
	}
	return create(name, func(w io.Writer) error {
		zipped := gzip.NewWriter(w)
		t := tar.NewWriter(zipped)
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				return err
			}
			err = t.WriteHeader(&tar.Header{Name: top + "/" + filepath.Base(file), Size: info.Size(),
				Mode: int64(mode(file)), ModTime: packedAt(), Format: tar.FormatPAX})
			if err != nil {
				return err
			}
			if err := copyFrom(t, file); err != nil {
				return err
			}
		}
		return errors.Join(t.Close(), zipped.Close())
	})
}

// create writes a file, and says its size once it is whole.
func create(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return printSize(name)
}

func copyFrom(w io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// writeInstaller makes the Windows installer, English and Chinese, which needs
// no administrator.
func writeInstaller(ctx context.Context, name string, a about, texts string) error {
	full := func(path string) string {
		path, err := filepath.Abs(path)
		if err != nil {
			return path // makensis will say that it is not there
		}
		return path
	}
	icon := filepath.Join("dist", "plumbline.ico")
	if err := writeIcon(icon, a.icon); err != nil {
		return err
	}
	err := quiet(ctx, []string{"makensis", "-V2", "-INPUTCHARSET", "UTF8",
		"-DVERSION=" + a.version, "-DPROGRAMS=" + full(windowsDir), "-DTEXTS=" + full(texts),
		"-DICON=" + full(icon), "-DOUT=" + full(name), ".ci/installer.nsi"})
	if err != nil {
		return err
	}
	return printSize(name)
}

func writeSums(name string, files ...string) error {
	var sums strings.Builder
	for _, file := range files {
		hash := sha256.New()
		if err := copyFrom(hash, file); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", hash.Sum(nil), filepath.Base(file))
	}
	fmt.Print(sums.String())
	return os.WriteFile(name, []byte(sums.String()), 0o644)
}
