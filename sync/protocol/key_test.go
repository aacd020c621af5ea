package protocol

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/safe/safetest"
)

func messageOf(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

func mustLoad(t *testing.T, k Keys) ed25519.PrivateKey {
	t.Helper()
	key, err := k.Load()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// nowhere says that no file of the folder gives the key away.
func nowhere(t *testing.T, folder string, key ed25519.PrivateKey) {
	t.Helper()
	seed, err := json.Marshal(key.Seed())
	if err != nil {
		t.Fatal(err)
	}
	filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if b, err := os.ReadFile(path); err == nil && (bytes.Contains(b, bytes.Trim(seed, `"`)) || bytes.Contains(b, key.Seed())) {
			t.Errorf("%s gives the key away", path)
		}
		return err
	})
}

func TestACopiedFolderDoesNotGiveTheKeyAway(t *testing.T) {
	k := Keys{Folder: t.TempDir(), Safe: &safetest.Machine{}}
	key := mustLoad(t, k)
	nowhere(t, k.Folder, key)
	if again := mustLoad(t, k); !again.Equal(key) {
		t.Error("another key the second time")
	}
	if s := k.State(); s != (KeyState{Kept: "machine"}) {
		t.Errorf("state %+v", s)
	}
	for name, safe := range map[string]Safe{"another machine": &safetest.Machine{}, "a system without a safe": nil} {
		copied := Keys{Folder: k.Folder, Safe: safe}
		if _, err := copied.Load(); messageOf(err) != "key.elsewhere" {
			t.Errorf("%s: got %v", name, err)
		}
		if s := copied.State(); s != (KeyState{"machine", "key.elsewhere"}) {
			t.Errorf("%s: state %+v", name, s)
		}
	}
}

// The program may be killed, or the machine lose its power, at any step.
func TestAPlainKeyIsNeverLostWhileTheSafeTakesItIn(t *testing.T) {
	for _, stop := range []string{"keep", "write", "sync", "rename", "renamed"} {
		k := Keys{Folder: t.TempDir(), Safe: &safetest.Machine{}}
		key, err := LoadDeviceKey(k.Folder)
		if err != nil {
			t.Fatal(err)
		}
		reached := false
		func() {
			defer func() { recover() }()
			killed := k
			killed.step = func(s string) {
				if reached = s == stop; reached {
					panic("killed")
				}
			}
			killed.Protect()
		}()
		if !reached {
			t.Fatalf("no step %s", stop)
		}
		if got := mustLoad(t, k); !got.Equal(key) {
			t.Errorf("stopped at %s: another key", stop)
		}
		// What a program leaves behind that was killed while it wrote a plain one.
		if err := WriteSecret(k.path(unfinished+"1"), key.Seed()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(k.Protect(), k.ClearUnfinished()); err != nil {
			t.Errorf("stopped at %s: the next start: %v", stop, err)
		}
		if got := mustLoad(t, k); !got.Equal(key) || k.State().Kept != "machine" {
			t.Errorf("stopped at %s: after the next start another key, or %+v", stop, k.State())
		}
		nowhere(t, k.Folder, key)
	}
}

func TestAKeyStaysInItsFileWhereTheSafeCannotKeepIt(t *testing.T) {
	safe := &safetest.Machine{}
	safe.Closed = ErrSafeClosed
	k := Keys{Folder: t.TempDir(), Safe: safe}
	key := mustLoad(t, k)
	if err := k.Protect(); !errors.Is(err, ErrSafeClosed) {
		t.Errorf("got %v", err)
	}
	if got := mustLoad(t, k); !got.Equal(key) || k.State() != (KeyState{Kept: "file"}) {
		t.Errorf("another key, or %+v", k.State())
	}
	safe.Closed = nil
	if err := k.Protect(); err != nil {
		t.Error(err)
	}
	nowhere(t, k.Folder, key)
	// Moved to where other accounts use it too: sealed for them as well.
	safe.Name = "wider"
	if err := k.Protect(); err != nil || k.State().Kept != "wider" {
		t.Errorf("%v, %+v", err, k.State())
	}
	if got := mustLoad(t, k); !got.Equal(key) {
		t.Error("another key")
	}
}

func TestALostKeyStaysUntilTheNewOneIsTaken(t *testing.T) {
	safe := &safetest.Machine{}
	k := Keys{Folder: t.TempDir(), Safe: safe}
	old := mustLoad(t, k)
	safe.Closed = ErrSafeClosed
	if _, err := k.Load(); messageOf(err) != "key.closed" {
		t.Errorf("a locked safe: got %v", err)
	}
	fresh, err := k.Renew()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := k.Renew(); err != nil || !again.Equal(fresh) || !k.Renewing() {
		t.Errorf("another one at the second try: %v", err)
	}
	safe.Closed = nil // the server did not take it, and the keyring was unlocked
	if got := mustLoad(t, k); !got.Equal(old) || k.Renewing() {
		t.Error("the old key opens again and is not used")
	}
	safe.Empty()
	if got := mustLoad(t, k); !got.Equal(fresh) {
		t.Error("the server may have taken the new key, and it is not used")
	}
	if err := k.Renewed(); err != nil {
		t.Fatal(err)
	}
	if got := mustLoad(t, k); !got.Equal(fresh) || k.Renewing() {
		t.Error("the new key is not in its place")
	}
}
