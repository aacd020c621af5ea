//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/app/desk"
)

// releaseTags are those of a release, for X11 alone.
const releaseTags = "migrated_fynedo,no_emoji,x11"

// BenchmarkRow_Start starts the real program, built as a release is, on a
// folder with the sample registers, under Xvfb with OpenGL in software. The
// clock stops when the window's first frame can be seen on the screen.
func BenchmarkRow_Start(b *testing.B) {
	for _, needed := range []string{"Xvfb", "gcc"} {
		if _, err := exec.LookPath(needed); err != nil {
			b.Skip("needs", needed)
		}
	}
	dir := b.TempDir()
	program := filepath.Join(dir, "plumbline")
	build := exec.Command("go", "build", "-buildvcs=false", "-tags", releaseTags, "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		b.Skipf("the window does not compile here: %v\n%s", err, out)
	}
	d, err := desk.Open(context.Background(), filepath.Join(dir, "data"), database, desk.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.LoadSample(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), "DISPLAY="+virtualDisplay(b), "WAYLAND_DISPLAY=", "LANG=zh_CN.UTF-8", "HOME="+dir, "XDG_CONFIG_HOME=", "XDG_CACHE_HOME=")
	rss := 0.0
	start := func() time.Duration {
		took, mb := startOnce(b, program, filepath.Join(dir, "data"), env)
		rss = max(rss, mb)
		return took
	}
	start() // warms the caches of the system and of fonts
	var total time.Duration
	runs := 0
	for b.Loop() {
		total += start()
		runs++
	}
	b.ReportMetric(float64(total.Nanoseconds())/float64(runs), "ns/op") // without the time to end it
	b.ReportMetric(rss, "rss-MB")
}

// virtualDisplay starts an X server without a screen, of the size of a small laptop.
func virtualDisplay(b *testing.B) string {
	b.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{w}
	err = x.Start()
	w.Close()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Process.Kill(); x.Wait() })
	number := make([]byte, 16)
	n, err := r.Read(number)
	if err != nil {
		b.Fatal(err)
	}
	return ":" + strings.TrimSpace(string(number[:n]))
}

// startOnce gives the time from the start of the process to its first frame on
// the screen, and the memory it then holds.
func startOnce(b *testing.B, program, data string, env []string) (time.Duration, float64) {
	b.Helper()
	display := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "DISPLAY="); ok {
			display = v
		}
	}
	screen, err := openX11(display)
	if err != nil {
		b.Fatal(err)
	}
	defer screen.close()
	var said bytes.Buffer
	p := exec.Command(program, "--data", data)
	p.Env, p.Stderr = env, &said
	begun := time.Now()
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { p.Process.Kill(); p.Wait() }()
	for time.Since(begun) < 30*time.Second {
		// A few pixels of the navigation's ground: nothing else on this screen is as light.
		img, err := screen.grab(image.Rect(20, 400, 24, 404))
		if err != nil {
			b.Fatal(err)
		}
		if img.At(2, 2) == (color.RGBA{0xF6, 0xF7, 0xF9, 0xFF}) {
			return time.Since(begun), residentMB(b, p.Process.Pid)
		}
		time.Sleep(2 * time.Millisecond)
	}
	b.Fatalf("no frame in 30 seconds: %s", &said)
	return 0, 0
}

// residentMB is the memory of a process as the system counts it.
func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1000
		}
	}
	b.Fatal("the system does not tell the memory of a process")
	return 0
}
