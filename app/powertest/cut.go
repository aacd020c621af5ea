package powertest

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
)

// Cut is what a power cut left of a folder.
type Cut struct {
	After int // operations of the trace
	Marks int // how many things had been acknowledged by then
	State State
}

// Always takes every operation.
func Always(int, Op) bool { return true }

// AtMarks takes the moments right after something was acknowledged.
func AtMarks(_ int, op Op) bool { return op.Kind == Mark }

// Cuts gives what power cuts may leave after the operations that at chooses, in
// order: with all and with nothing of what was not synced, and in some more
// ways, at random. lies is that of Disk.
func (t *Trace) Cuts(r *rand.Rand, some int, lies func(Op) bool, at func(n int, op Op) bool) iter.Seq[Cut] {
	return func(yield func(Cut) bool) {
		d := t.Disk()
		d.Lies = lies
		for n, op := range t.Ops() {
			d.Do(op)
			if !at(n, op) {
				continue
			}
			states := []State{d.None(), d.All()}
			for range some {
				states = append(states, d.Some(r))
			}
			for _, s := range states {
				if !yield(Cut{n + 1, d.Marks(), s}) {
					return
				}
			}
		}
	}
}

// Check lays out what each cut left, if it is unlike what came before, and has
// check look at it, several at once. It tells how many these were and what is
// wrong with the first few.
func Check(t testing.TB, cuts iter.Seq[Cut], check func(folder string, c Cut) error) (checked int, wrong []string) {
	t.Helper()
	work, dir := make(chan Cut), t.TempDir()
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		all.Go(func() {
			for c := range work {
				folder, err := os.MkdirTemp(dir, "cut-")
				if err == nil {
					err = c.State.Lay(folder)
				}
				if err == nil {
					err = check(folder, c)
				}
				if e := os.RemoveAll(folder); err == nil {
					err = e
				}
				mu.Lock()
				if checked++; err != nil {
					wrong = append(wrong, fmt.Sprintf("power cut after operation %d, %d things acknowledged: %v\nleft: %s", c.After, c.Marks, err, c.State))
				}
				mu.Unlock()
			}
		})
	}
	type like struct {
		sum   [sha256.Size]byte
		marks int
	}
	seen := map[like]bool{}
	for c := range cuts {
		mu.Lock()
		enough := len(wrong) > 4
		mu.Unlock()
		if enough {
			break
		}
		if l := (like{c.State.Sum(), c.Marks}); !seen[l] {
			seen[l] = true
			work <- c
		}
	}
	close(work)
	all.Wait()
	return checked, wrong
}
