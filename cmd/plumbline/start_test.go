//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// releaseTags are those of a release, for X11 alone.
const releaseTags = "migrated_fynedo,no_emoji,x11"

// release is the real program, built as a release is, once for all benchmarks.
var release = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "plumbline-release-*")
	if err != nil {
		return "", err
	}
	releaseFolder = dir
	program := filepath.Join(dir, "plumbline")
	build := exec.Command("go", "build", "-buildvcs=false", "-tags", releaseTags, "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
})

var releaseFolder string

func TestMain(m *testing.M) {
	code := m.Run()
	if releaseFolder != "" {
		os.RemoveAll(releaseFolder)
	}
	os.Exit(code)
}

// laptop is a data folder with the sample registers, the program, and a screen
// without a person: Xvfb, with OpenGL in software.
type laptop struct {
	program, data string
	display       string
	env           []string
}

// newLaptop makes one; prepare fills the folder further.
func newLaptop(b *testing.B, prepare func(*desk.Desk)) *laptop {
	b.Helper()
	for _, needed := range []string{"Xvfb", "gcc"} {
		if _, err := exec.LookPath(needed); err != nil {
			b.Skip("needs", needed)
		}
	}
	program, err := release()
	if err != nil {
		b.Skip("the window does not compile here:", err)
	}
	dir := b.TempDir()
	d, err := desk.Open(context.Background(), filepath.Join(dir, "data"), database, desk.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.LoadSample(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	if prepare != nil {
		prepare(d)
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	l := &laptop{program: program, data: filepath.Join(dir, "data"), display: virtualDisplay(b)}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "XDG_") { // set but empty would take away the cache of Mesa's shaders
			l.env = append(l.env, e)
		}
	}
	l.env = append(l.env, "DISPLAY="+l.display, "WAYLAND_DISPLAY=", "LANG=zh_CN.UTF-8", "HOME="+dir)
	return l
}

// BenchmarkRow_Start starts the program on a folder with the sample registers.
// The clock stops when the window's first frame can be seen on the screen.
func BenchmarkRow_Start(b *testing.B) {
	l := newLaptop(b, nil)
	rss := 0.0
	start := func() time.Duration {
		took, mb := l.startOnce(b)
		rss = max(rss, mb)
		return took
	}
	start() // warms the caches of the system, of fonts and of shaders
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
	b.Cleanup(func() { x.Process.Signal(os.Interrupt); x.Wait() }) // it takes its socket away
	number, err := bufio.NewReader(r).ReadString('\n')             // the line comes in two writes, and Xvfb ends if it cannot make the second
	if err != nil {
		b.Fatal(err)
	}
	return ":" + strings.TrimSpace(number)
}

// startOnce gives the time from the start of the process to its first frame on
// the screen, and the memory it holds when its views have been read.
func (l *laptop) startOnce(b *testing.B) (time.Duration, float64) {
	b.Helper()
	screen, err := openX11(l.display)
	if err != nil {
		b.Fatal(err)
	}
	defer screen.close()
	var said bytes.Buffer
	p := exec.Command(l.program, "--data", l.data)
	p.Env, p.Stderr = l.env, &said
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
			took := time.Since(begun)
			time.Sleep(time.Second)
			return took, residentMB(b, p.Process.Pid)
		}
		time.Sleep(4 * time.Millisecond)
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

// measured is the program with a window that does what the benchmark says.
type measured struct {
	b       *testing.B
	process *exec.Cmd
	in      io.Writer
	out     *bufio.Scanner
	said    bytes.Buffer
}

func (l *laptop) measure(b *testing.B) *measured {
	b.Helper()
	m := &measured{b: b, process: exec.Command(l.program, "--data", l.data, "--lang", "zh", "--measure")}
	m.process.Env, m.process.Stderr = l.env, &m.said
	in, err := m.process.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := m.process.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := m.process.Start(); err != nil {
		b.Fatal(err)
	}
	m.in, m.out = in, bufio.NewScanner(out)
	b.Cleanup(func() {
		in.Close() // it ends with its input
		if err := m.process.Wait(); err != nil {
			b.Errorf("plumbline --measure: %v %s", err, &m.said)
		}
	})
	return m
}

// ask gives the figure the program answers to a command.
func (m *measured) ask(command string) float64 {
	m.b.Helper()
	if _, err := fmt.Fprintln(m.in, command); err != nil {
		m.b.Fatal(err)
	}
	if !m.out.Scan() {
		m.b.Fatalf("no answer to %q: %s", command, &m.said)
	}
	var figure float64
	if _, err := fmt.Sscan(m.out.Text(), &figure); err != nil {
		m.b.Fatalf("%q was answered with %q", command, m.out.Text())
	}
	return figure
}

// windowCPU is the processor time that the thread of the window has had: what
// a frame costs, whatever the screen's rate and however busy the machine.
func (m *measured) windowCPU() time.Duration {
	m.b.Helper()
	pid := m.process.Process.Pid
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/schedstat", pid, pid))
	if err != nil {
		m.b.Skip("the system does not tell the time of a thread:", err)
	}
	var ns int64
	if _, err := fmt.Sscan(string(text), &ns); err != nil {
		m.b.Fatal(err)
	}
	return time.Duration(ns)
}

// perFrame measures the window's thread over runs of n frames each.
func (m *measured) perFrame(command string, n int) {
	m.b.Helper()
	whole := fmt.Sprintf("%s %d", command, n)
	m.ask(whole)
	frames := 0
	begun := m.windowCPU()
	for m.b.Loop() {
		m.ask(whole)
		frames += n
	}
	m.b.ReportMetric(float64((m.windowCPU()-begun).Nanoseconds())/float64(frames), "ns/op")
}

// BenchmarkRow_OpenInspection opens a re-inspection of some 200 items, from the
// press in the list until its first frame is painted.
func BenchmarkRow_OpenInspection(b *testing.B) {
	l := newLaptop(b, func(d *desk.Desk) { planReinspection(b, d) })
	m := l.measure(b)
	m.ask("open")
	var total float64
	runs := 0
	for b.Loop() {
		total += m.ask("open")
		runs++
	}
	b.ReportMetric(total/float64(runs), "ns/op")
}

// planReinspection plans one of an organization with 190 open findings.
func planReinspection(b *testing.B, d *desk.Desk) {
	b.Helper()
	ctx := context.Background()
	found, err := d.Store.SearchOrganizations(ctx, "基金会", 1)
	if err != nil || len(found) != 1 {
		b.Fatalf("found %v, %v", found, err)
	}
	plan := desk.Plan{Organization: found[0].ID, Certificates: []string{"9901031001", "9901031018"}}
	items := 0
	for day := 1; items < 190; day++ {
		plan.Checklist, plan.Day = "cn.spot.foundation", time.Now().AddDate(0, 0, -day)
		id, err := d.NewInspection(ctx, plan)
		if err != nil {
			b.Fatal(err)
		}
		visit, err := d.Visit(ctx, id)
		if err != nil {
			b.Fatal(err)
		}
		answers := map[string]record.Answer{}
		for _, n := range visit.Nodes {
			if n.Item.Answer.Type == checklist.Conformity {
				answers[n.Key] = record.Answer{Value: []byte(`"` + record.Nonconform + `"`), Note: "三笔付款没有凭证；会议纪要缺两名理事签字。"}
			}
		}
		actor := visit.Inspection.Team[0].Person
		if visit, err = d.Answer(ctx, actor, id, answers); err != nil {
			b.Fatal(err)
		}
		if _, err := d.Store.Append(ctx, actor, record.TellFindings(visit.Findings)...); err != nil {
			b.Fatal(err)
		}
		items += len(visit.Findings)
	}
	plan.Checklist, plan.Day = "cn.rectification-reinspection", time.Now()
	id, err := d.NewInspection(ctx, plan)
	if err != nil {
		b.Fatal(err)
	}
	visit, err := d.Visit(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	if n := len(visit.Nodes); n < 200 || n > 260 {
		b.Fatalf("the re-inspection has %d items, want some 200", n)
	}
}

// BenchmarkRow_ScrollTable scrolls the list of organizations by a row: the
// time of the window's thread for a frame.
func BenchmarkRow_ScrollTable(b *testing.B) {
	newLaptop(b, nil).measure(b).perFrame("scroll", 100)
}

// BenchmarkRow_TypeChinese types into a note: the time of the window's thread
// from a key to the frame that shows it.
func BenchmarkRow_TypeChinese(b *testing.B) {
	l := newLaptop(b, func(d *desk.Desk) { planReinspection(b, d) })
	l.measure(b).perFrame("type", 100)
}

// BenchmarkRow_DesktopHeap records a whole inspection in the window: about an
// hour's work.
func BenchmarkRow_DesktopHeap(b *testing.B) {
	l := newLaptop(b, nil)
	heap, rss := 0.0, 0.0
	for b.Loop() {
		m := l.measure(b)
		heap = max(heap, m.ask("work"))
		rss = max(rss, residentMB(b, m.process.Process.Pid))
	}
	b.ReportMetric(heap/1e6, "heap-MB")
	b.ReportMetric(rss, "rss-MB")
}
