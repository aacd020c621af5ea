package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// worker runs one long piece of work at a time and shows how far it is, with a
// button that stops it.
type worker struct {
	w      *Window
	box    *fyne.Container // shown while there is work
	step   *prose
	bar    *widget.ProgressBar
	stop   *pushButton
	cancel context.CancelFunc // nil when there is no work
}

// progressPause is how often progress is shown: it is told far more often than
// anybody can read.
const progressPause = 50 * time.Millisecond

// workProgress tells how far work is. words say it, called on the window's
// goroutine; nil leaves what stands there.
type workProgress func(words func() string, done, total int64)

func newWorker(w *Window) *worker {
	k := &worker{w: w, step: quiet(""), bar: widget.NewProgressBar()}
	k.stop = button("", func() {
		if k.cancel != nil {
			k.cancel()
		}
	})
	w.say(func() { k.stop.SetText(w.T("ui.sync.stop")) })
	k.box = down(4, k.step, across(10, 0, k.bar, k.stop))
	k.box.Hide()
	return k
}

func (k *worker) busy() bool { return k.cancel != nil }

// run does work off the window's goroutine, unless some is under way. It calls
// done, also when the work was stopped: then with context.Canceled.
func (k *worker) run(step string, work func(ctx context.Context, progress workProgress) error, done func(error)) {
	if k.busy() {
		return
	}
	var ctx context.Context
	ctx, k.cancel = context.WithCancel(context.Background())
	k.step.set(step)
	k.bar.SetValue(0)
	k.box.Show()
	tasks := k.w.tasks
	tasks.Run(context.Background(), func(context.Context) error {
		var last time.Time
		return work(ctx, func(words func() string, done, total int64) {
			now := time.Now()
			if now.Sub(last) < progressPause {
				return
			}
			last = now
			tasks.Do(func() {
				if words != nil {
					k.step.set(words())
				}
				if total > 0 {
					k.bar.SetValue(float64(done) / float64(total))
				}
			})
		})
	}, func(err error) {
		k.cancel()
		k.cancel = nil
		k.box.Hide()
		done(err)
	})
}
