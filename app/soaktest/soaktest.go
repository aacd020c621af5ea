// Package soaktest gives the long fault tests, those named TestSoak…, their
// length and their seed. `go run ./cmd/dev soak` sets both.
package soaktest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Soaking tells whether the long form of a test is wanted.
func Soaking() bool { return os.Getenv("PLUMBLINE_SOAK") == "1" }

// Rounds gives how often to do something in the short and in the long form.
func Rounds(short, long int) int {
	if Soaking() {
		return long
	}
	return short
}

// Seed gives the seed of a test: the one that PLUMBLINE_SOAK_SEED names, which
// repeats a run, else one at random. It is printed.
func Seed(t testing.TB) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("PLUMBLINE_SOAK_SEED"), 10, 64)
	if err != nil {
		n = rand.Uint64()
	}
	t.Logf("seed %d: PLUMBLINE_SOAK_SEED=%d repeats this run", n, n)
	return n
}

// Random gives random numbers of a seed; n tells one use of the seed from others.
func Random(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }
