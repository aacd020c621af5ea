package server

import (
	"testing"

	"plumbline/sync/protocol"
)

// Speak has servers serve other versions of the protocol until the test ends.
func Speak(t testing.TB, from, to int) {
	oldest, newest = from, to
	t.Cleanup(func() { oldest, newest = protocol.MinVersion, protocol.Version })
}
