//go:build !windows

package safe

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"

	"plumbline/sync/protocol"
)

// System gives the safe of this system for the key of a data folder.
func System(string) protocol.Safe { return ring{} }

// service names our secrets in the keyring.
const service = "plumbline"

// patience is how long a person may take to unlock the keyring.
const patience = time.Minute

// ring keeps each secret under a name of its own, so that no program takes
// another's away.
type ring struct{}

func (ring) Kind() string { return "keyring" }

func (ring) Keep(secret []byte) ([]byte, error) {
	name := make([]byte, 16)
	rand.Read(name)
	ref := hex.AppendEncode(nil, name)
	_, err := asked(func() (string, error) {
		return "", keyring.Set(service, string(ref), base64.StdEncoding.EncodeToString(secret))
	})
	return ref, err
}

func (r ring) Fetch(kind string, ref []byte) ([]byte, error) {
	if kind != r.Kind() {
		return nil, fmt.Errorf("safe: this system does not know %q", kind)
	}
	text, err := asked(func() (string, error) { return keyring.Get(service, string(ref)) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, fmt.Errorf("safe: the keyring has no secret %s: %w", ref, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", protocol.ErrSafeClosed, err)
	}
	return base64.StdEncoding.DecodeString(text)
}

// asked asks the keyring, which may ask a person. Without a session's bus
// nothing is asked: the library would start a bus of its own.
func asked(f func() (string, error)) (string, error) {
	if runtime.GOOS != "darwin" && !session() {
		return "", errors.New("safe: no desktop session")
	}
	type answer struct {
		text string
		err  error
	}
	out := make(chan answer, 1)
	go func() {
		text, err := f()
		out <- answer{text, err}
	}()
	select {
	case a := <-out:
		return a.text, a.err
	case <-time.After(patience):
		return "", errors.New("safe: the keyring does not answer")
	}
}

func session() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	run := os.Getenv("XDG_RUNTIME_DIR")
	_, err := os.Stat(filepath.Join(run, "bus"))
	return run != "" && err == nil
}
