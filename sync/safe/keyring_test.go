//go:build !windows

package safe

import (
	"errors"
	"testing"

	"github.com/zalando/go-keyring"

	"plumbline/sync/protocol"
)

func TestTheKeyringKeepsTheKey(t *testing.T) {
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	k := protocol.Keys{Folder: t.TempDir(), Safe: System("")}
	key, err := k.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Load(); err != nil || !got.Equal(key) || k.State() != (protocol.KeyState{Kept: "keyring"}) {
		t.Errorf("another key, or %v, %+v", err, k.State())
	}
	// A desktop that is not logged in.
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if s := k.State(); s.Problem != "key.closed" {
		t.Errorf("without a session: %+v", s)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	keyring.MockInitWithError(errors.New("locked"))
	if s := k.State(); s.Problem != "key.closed" {
		t.Errorf("locked: %+v", s)
	}
	keyring.MockInit()
	if s := k.State(); s.Problem != "key.elsewhere" {
		t.Errorf("another keyring: %+v", s)
	}
}
