package ui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
)

// Tasks takes slow work off the window's goroutine and brings its result back
// to it. Views start no goroutine themselves.
type Tasks interface {
	// Run calls work elsewhere and then done on the window's goroutine, unless
	// ctx ended before.
	Run(ctx context.Context, work func(context.Context) error, done func(error))
	// Queue is Run for writes: they happen one after the other in the order
	// given, and none is dropped.
	Queue(work func(context.Context) error, done func(error))
	// After calls f on the window's goroutine when d has passed, unless stopped.
	After(d time.Duration, f func()) (stop func())
	// Do calls f on the window's goroutine; work uses it to tell its progress.
	Do(f func())
}

// Background is the Tasks of the real program.
type Background struct {
	mu      sync.Mutex
	waiting []func()
	running bool
	under   atomic.Int64 // tasks begun and not yet shown
}

// NewBackground gives Tasks that run on goroutines.
func NewBackground() *Background { return &Background{} }

// Run is Tasks.Run.
func (b *Background) Run(ctx context.Context, work func(context.Context) error, done func(error)) {
	b.under.Add(1)
	go func() {
		err := work(ctx)
		fyne.Do(func() {
			defer b.under.Add(-1)
			if ctx.Err() == nil {
				done(err)
			}
		})
	}()
}

// Queue is Tasks.Queue.
func (b *Background) Queue(work func(context.Context) error, done func(error)) {
	b.under.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, func() {
		err := work(context.Background())
		fyne.Do(func() {
			defer b.under.Add(-1)
			done(err)
		})
	})
	if !b.running {
		b.running = true
		go b.drain()
	}
}

func (b *Background) drain() {
	for {
		b.mu.Lock()
		if len(b.waiting) == 0 {
			b.running = false
			b.mu.Unlock()
			return
		}
		next := b.waiting[0]
		b.waiting = b.waiting[1:]
		b.mu.Unlock()
		next()
	}
}

// After is Tasks.After.
func (b *Background) After(d time.Duration, f func()) (stop func()) {
	var stopped atomic.Bool
	t := time.AfterFunc(d, func() {
		fyne.Do(func() {
			if !stopped.Load() {
				f()
			}
		})
	})
	return func() {
		stopped.Store(true)
		t.Stop()
	}
}

// Do is Tasks.Do.
func (b *Background) Do(f func()) { fyne.Do(f) }

// Idle tells whether nothing is under way.
func (b *Background) Idle() bool { return b.under.Load() == 0 }

// Inline is Tasks for tests: everything happens at once on the caller's
// goroutine. A delay passes at once too, except one that begins itself again.
type Inline struct{ inAfter bool }

// Run is Tasks.Run.
func (t *Inline) Run(ctx context.Context, work func(context.Context) error, done func(error)) {
	done(work(ctx))
}

// Queue is Tasks.Queue.
func (t *Inline) Queue(work func(context.Context) error, done func(error)) {
	done(work(context.Background()))
}

// After is Tasks.After.
func (t *Inline) After(_ time.Duration, f func()) (stop func()) {
	if !t.inAfter {
		t.inAfter = true
		f()
		t.inAfter = false
	}
	return func() {}
}

// Do is Tasks.Do.
func (t *Inline) Do(f func()) { f() }

// latest runs work of which only the last matters: a new load cancels the one
// before.
type latest struct{ cancel context.CancelFunc }

func (l *latest) run(t Tasks, work func(context.Context) error, done func(error)) {
	if l.cancel != nil {
		l.cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	t.Run(ctx, work, done)
}
