package client_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// quickly are pauses that a test can wait for.
var quickly = client.Auto{Look: 2 * time.Millisecond, Calm: 10 * time.Millisecond, Every: 50 * time.Millisecond, Longest: 40 * time.Millisecond}

// keepSyncing lets a laptop sync by itself until the test ends.
func keepSyncing(t *testing.T, l *synctest.Laptop, a client.Auto) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Client.KeepSyncing(ctx, a) }()
	t.Cleanup(func() { stop(); <-ended })
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Errorf("in vain: %s", what)
}

func TestALaptopSyncsByItselfOnceTheServerIsBack(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := o.Laptop(), o.Laptop()
	a.Register()
	a.Sync()
	keepSyncing(t, a, quickly)
	keepSyncing(t, b, quickly)
	has := func(l *synctest.Laptop, id record.ID) func() bool {
		return func() bool { _, err := l.Store.Inspection(ctx, id); return err == nil }
	}
	first := a.Plan(1)
	eventually(t, "the colleague has what was saved", has(b, first))
	o.End()
	second := a.Plan(2)
	eventually(t, "the status tells that the server is away", func() bool {
		st, err := a.Store.Status(ctx)
		return err == nil && st.Remote.Problem != ""
	})
	o.Begin()
	eventually(t, "the colleague has what was saved while the server was away", has(b, second))
	eventually(t, "nothing is left to send", func() bool {
		st, err := a.Store.Status(ctx)
		return err == nil && st.Entries == st.Sent && st.Remote.Problem == ""
	})
}

func TestAChangeOfTheNetworkIsReasonToTryAtOnce(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	l := o.Laptop()
	var tries atomic.Int64
	var network atomic.Value
	network.Store("hotel")
	a := quickly
	a.Every, a.Calm, a.Longest = time.Hour, time.Hour, time.Hour
	a.Network = func() string { return network.Load().(string) }
	a.Sync = func(context.Context) error {
		tries.Add(1)
		return &record.Error{Code: record.Offline, Message: "sync.offline"}
	}
	keepSyncing(t, l, a)
	eventually(t, "the first try", func() bool { return tries.Load() == 1 })
	network.Store("")
	time.Sleep(20 * time.Millisecond)
	if n := tries.Load(); n != 1 {
		t.Errorf("%d tries without any network", n)
	}
	network.Store("office")
	eventually(t, "a try in the new network", func() bool { return tries.Load() == 2 })
}

func TestNobodySyncsByItselfBeforeEnrolment(t *testing.T) {
	l := synctest.OpenLaptop(t, t.TempDir())
	var tries atomic.Int64
	a := quickly
	a.Sync = func(context.Context) error { tries.Add(1); return nil }
	keepSyncing(t, l, a)
	time.Sleep(50 * time.Millisecond)
	if n := tries.Load(); n != 0 {
		t.Errorf("%d tries", n)
	}
}

func TestWhatOnlyAPersonCanMendIsTriedSeldom(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	l := o.Laptop()
	var tries atomic.Int64
	a := quickly
	a.Longest = time.Hour
	a.Sync = func(context.Context) error {
		tries.Add(1)
		return &record.Error{Code: record.Forbidden, Message: "sync.revoked"}
	}
	keepSyncing(t, l, a)
	eventually(t, "the first try", func() bool { return tries.Load() == 1 })
	l.Register() // words to send
	time.Sleep(60 * time.Millisecond)
	if n := tries.Load(); n != 1 {
		t.Errorf("%d tries, want 1", n)
	}
}
