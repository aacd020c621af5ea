package ui

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"plumbline/app/record"
)

// Measure shows the window and lets the benchmarks work in it: each line of in
// is a command, answered by a line on out when it is done and painted.
//
//	open      opens the inspection planned for today at a section; answers the time to its frame in ns
//	scroll N  scrolls the list of organizations by a row, N times, and waits for each frame
//	type N    types N Chinese characters into a note, each to its frame
//	work      records a whole inspection: an hour's work; answers the bytes of Go's heap after it
//
// It ends with in, or at the first command that fails, which answers "failed".
func (w *Window) Measure(tasks *Background, in io.Reader, out io.Writer) error {
	t := w.newSelfTest("", tasks, nil, io.Discard)
	return t.drive(func() error {
		t.waitFor("the window to read its status", func() bool { return w.known })
		for lines := bufio.NewScanner(in); t.err == nil && lines.Scan(); {
			command, argument, _ := strings.Cut(lines.Text(), " ")
			n, _ := strconv.Atoi(argument) // open and work have none
			var figure int64
			switch command {
			case "open":
				figure = t.measureOpen().Nanoseconds()
			case "scroll":
				t.measureScroll(n)
			case "type":
				t.measureType(n)
			case "work":
				figure = t.measureWork()
			default:
				t.fail("there is no command %q", command)
			}
			if t.err == nil {
				fmt.Fprintln(out, figure)
			}
		}
		if t.err != nil {
			fmt.Fprintln(out, "failed:", t.err)
		}
		return t.err
	})
}

// framed waits until what was asked for has been painted whole.
func (t *selfTest) framed() {
	fyne.DoAndWait(t.probe.Refresh)
	t.frame()
}

// frame waits for the end of the frame that was asked for.
func (t *selfTest) frame() {
	select {
	case <-t.frames:
	case <-time.After(20 * time.Second):
		t.fail("no frame was painted in 20 seconds")
	}
	fyne.DoAndWait(func() {}) // the loop comes here when the frame is done
}

// clearFrames forgets frames nobody waited for.
func (t *selfTest) clearFrames() {
	for len(t.frames) > 0 {
		<-t.frames
	}
}

// measureOpen opens an inspection from the list, as if for the first time.
func (t *selfTest) measureOpen() time.Duration {
	w := t.w
	t.do(func() { w.goTo("inspections") })
	var id record.ID
	for _, r := range w.inspections.rows {
		if r.State == record.Planned || r.State == record.OnSite {
			id = r.ID
			break
		}
	}
	if id == "" {
		t.fail("no inspection is planned")
		return 0
	}
	// The first item behind the first section's, so that a section is shown.
	key := ""
	t.do(func() { w.inspection.session = nil; w.openInspection(id, "") })
	if v := w.inspection.visit; v != nil && len(v.Nodes) > 0 {
		key = v.Nodes[len(v.Nodes)/2].Key
	}
	t.do(func() { w.goTo("inspections") })
	t.painted()
	t.clearFrames()
	begun := time.Now()
	fyne.DoAndWait(func() { w.inspection.session = nil; w.openInspection(id, key) })
	for shown := false; !shown; {
		time.Sleep(time.Millisecond)
		fyne.DoAndWait(func() {
			if shown = w.inspection.visit != nil; shown {
				t.clearFrames()
				t.probe.Refresh()
			}
		})
	}
	t.frame()
	took := time.Since(begun)
	t.settle()
	return took
}

// measureScroll scrolls the list of organizations, at its end back to the top.
func (t *selfTest) measureScroll(n int) {
	w := t.w
	if w.view != view(w.organizations) {
		t.do(func() { w.goTo("organizations") })
		t.do(func() { w.organizations.list.ScrollToTop() })
	}
	const row = 33
	for range n {
		t.clearFrames()
		fyne.DoAndWait(func() {
			before := w.organizations.list.GetScrollOffset()
			w.organizations.list.ScrollToOffset(before + row)
			if w.organizations.list.GetScrollOffset() == before {
				w.organizations.list.ScrollToTop()
			}
		})
		t.framed()
	}
	t.settle()
}

// measureType types into the note of an item in hand.
func (t *selfTest) measureType(n int) {
	w, v := t.w, t.w.inspection
	if w.view != view(v) || v.visit == nil || v.at == "" {
		t.measureOpen()
	}
	t.do(func() { w.canvas().Focus(v.panel.note) })
	const text = "经核查该单位财务账簿齐全银行存款余额与账面一致"
	runes := []rune(text)
	for k := range n {
		t.clearFrames()
		fyne.DoAndWait(func() {
			if len(v.panel.note.Text) > 600 {
				v.panel.note.SetText("")
			}
			v.panel.note.TypedRune(runes[k%len(runes)])
		})
		t.framed()
	}
}

// measureWork records one inspection from the register to the PDF, looks at
// every view in both languages, and gives what then is on Go's heap.
func (t *selfTest) measureWork() int64 {
	dir, err := os.MkdirTemp("", "plumbline-measure-*")
	if err != nil {
		t.fail("%v", err)
		return 0
	}
	defer os.RemoveAll(dir)
	t.dir = dir
	for _, step := range []func(){t.lookAround, t.plan, t.visit, t.answerAll, t.undo, t.sign, t.print, t.places} {
		if step(); t.err != nil {
			return 0
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
