package safe

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"plumbline/sync/protocol"
)

func TestWindowsKeepsTheKeyForTheAccountOrTheMachine(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{
		filepath.Join(home, "AppData", "Roaming", "Plumbline"): ofAccount,
		`D:\Plumbline`: ofMachine,
		home + "2":     ofMachine,
	} {
		if got := System(folder).Kind(); got != want {
			t.Errorf("%s: %s, want %s", folder, got, want)
		}
	}
	for _, kind := range []string{ofAccount, ofMachine} {
		k := protocol.Keys{Folder: t.TempDir(), Safe: protection{kind}}
		key, err := k.Load()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Load(); err != nil || !got.Equal(key) || k.State() != (protocol.KeyState{Kept: kind}) {
			t.Errorf("%s: another key, or %v, %+v", kind, err, k.State())
		}
		secret := bytes.Repeat([]byte{7}, 32)
		ref, err := protection{kind}.Keep(secret)
		if err != nil || bytes.Contains(ref, secret) {
			t.Errorf("%s: %v, or the secret is readable", kind, err)
		}
		if _, err := (protection{kind}).Fetch(kind, ref[:len(ref)/2]); err == nil {
			t.Errorf("%s: half a secret opens", kind)
		}
	}
}
