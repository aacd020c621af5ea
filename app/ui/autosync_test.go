package ui

import (
	"context"
	"testing"

	"plumbline/app/record"
)

func TestTheLaptopSyncsByItselfWithoutANoticeAndNotWhenToldNot(t *testing.T) {
	d := openDesk(t, t.TempDir())
	ran := 0
	var w *Window
	w = openAt(t, d, "zh", Syncing{Sync: func(ctx context.Context, progress func(SyncProgress)) error {
		ran++
		if !w.syncing.running {
			t.Error("the view does not show that a sync runs")
		}
		progress(SyncProgress{Step: "ui.sync.step.pushing", Done: 1, Total: 2})
		if err := w.SyncQuietly(ctx); record.CodeOf(err) != record.Busy {
			t.Errorf("a second one meanwhile: got %v", err)
		}
		return &record.Error{Code: record.Offline, Message: "sync.offline"}
	}})
	if err := w.SyncQuietly(t.Context()); record.CodeOf(err) != record.Offline {
		t.Errorf("got %v, want what the sync said", err)
	}
	if ran != 1 || w.syncing.running {
		t.Errorf("ran %d times, still running %v", ran, w.syncing.running)
	}
	if w.notice.Visible() {
		t.Error("a notice tells of a sync that nobody asked for")
	}
	w.syncing.auto.SetChecked(false)
	if err := w.SyncQuietly(t.Context()); record.CodeOf(err) != record.Busy || ran != 1 {
		t.Errorf("although it may not: %v, ran %d times", err, ran)
	}
	w = openAt(t, d, "zh", Syncing{})
	if w.syncing.auto.Checked {
		t.Error("the choice is forgotten when the window opens again")
	}
}
