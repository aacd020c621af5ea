package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2/widget"

	"plumbline/app/record"
)

// autoSetting says whether the laptop may sync by itself: "off", or anything
// else for yes.
const autoSetting = "sync.auto"

// SyncQuietly is the sync that nobody asked for: the view shows that it runs,
// but no notice tells how it went; the status bar does. It blocks, off the
// window's goroutine; record.Busy says that one is under way already or that
// the people here want none.
func (w *Window) SyncQuietly(ctx context.Context) error {
	begun := make(chan context.Context, 1)
	w.tasks.Do(func() { begun <- w.syncing.beginQuietly(ctx) })
	ctx = <-begun
	if ctx == nil {
		return &record.Error{Code: record.Busy, Message: "sync.running"}
	}
	err := w.opts.Sync.Sync(ctx, w.syncing.teller())
	ended := make(chan struct{})
	w.tasks.Do(func() {
		defer close(ended)
		w.syncing.end()
	})
	<-ended
	return err
}

// beginQuietly gives the context of a sync that may begin, nil for none.
func (v *syncView) beginQuietly(ctx context.Context) context.Context {
	if choice, err := v.w.desk.Store.Setting(ctx, autoSetting); err != nil || choice == "off" || v.running || v.w.opts.Sync.Sync == nil {
		return nil
	}
	return v.begin(ctx)
}

// begin shows that a sync runs, and gives the context that its button ends.
func (v *syncView) begin(ctx context.Context) context.Context {
	ctx, v.cancel = context.WithCancel(ctx)
	v.running = true
	v.bar.SetValue(0)
	v.step.set(v.w.T("ui.sync.begun"))
	v.show()
	v.w.showStatus()
	return ctx
}

// end shows what a sync has brought.
func (v *syncView) end() {
	w := v.w
	v.running = false
	v.cancel()
	v.load()
	w.refreshStatus()
	if w.view != nil && w.view != view(v) {
		w.view.load()
	}
}

// teller gives what a sync tells its progress to, off the window's goroutine.
func (v *syncView) teller() func(SyncProgress) {
	var last time.Time
	return func(p SyncProgress) {
		if now := time.Now(); now.Sub(last) > progressPause {
			last = now
			v.w.tasks.Do(func() { v.progress(p) })
		}
	}
}

// newAutoChoice is where the people of a laptop say whether it syncs by itself.
func newAutoChoice(w *Window) *widget.Check {
	c := widget.NewCheck("", nil)
	if choice, err := w.desk.Store.Setting(context.Background(), autoSetting); err == nil {
		c.Checked = choice != "off"
	}
	c.OnChanged = func(on bool) {
		choice := "off"
		if on {
			choice = "on"
		}
		d := w.desk
		w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, autoSetting, choice) }, func(err error) {
			if err != nil {
				w.complain(err)
			}
		})
	}
	w.say(func() {
		c.Text = w.T("ui.sync.auto")
		c.Refresh()
	})
	return c
}
