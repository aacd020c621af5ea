package safe

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"plumbline/sync/protocol"
)

// Kinds of secrets on Windows.
const (
	ofAccount = "windows_account"
	ofMachine = "windows_machine"
)

// System gives the safe of this system for the key of a data folder: that of
// the Windows account where the folder lies in its profile, else that of the
// machine.
func System(folder string) protocol.Safe {
	home, err := os.UserHomeDir()
	if err == nil && within(home, folder) {
		return protection{ofAccount}
	}
	return protection{ofMachine}
}

// within tells whether a folder lies in another one.
func within(outer, folder string) bool {
	outer, err := filepath.Abs(outer)
	if err != nil {
		return false
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return false
	}
	rel, err := filepath.Rel(strings.ToLower(outer), strings.ToLower(folder))
	return err == nil && filepath.IsLocal(rel)
}

// protection is Windows's data protection (DPAPI). The reference is the secret
// itself, sealed: Windows keeps the key, not the secret.
type protection struct{ kind string }

func (p protection) Kind() string { return p.kind }

// purpose keeps programs from mistaking one sealed thing for another.
const purpose = "plumbline device key"

func (p protection) Keep(secret []byte) ([]byte, error) {
	flags := uint32(windows.CRYPTPROTECT_UI_FORBIDDEN)
	if p.kind == ofMachine {
		flags |= windows.CRYPTPROTECT_LOCAL_MACHINE
	}
	var out windows.DataBlob
	if err := windows.CryptProtectData(blobOf(secret), nil, blobOf([]byte(purpose)), 0, nil, flags, &out); err != nil {
		return nil, fmt.Errorf("safe: seal: %w", err)
	}
	return taken(out), nil
}

func (p protection) Fetch(kind string, ref []byte) ([]byte, error) {
	if kind != ofAccount && kind != ofMachine || len(ref) == 0 {
		return nil, fmt.Errorf("safe: this system does not know %q", kind)
	}
	var out windows.DataBlob
	if err := windows.CryptUnprotectData(blobOf(ref), nil, blobOf([]byte(purpose)), 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out); err != nil {
		return nil, fmt.Errorf("safe: open: %w", err)
	}
	return taken(out), nil
}

func blobOf(b []byte) *windows.DataBlob {
	return &windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
}

// taken copies what Windows allocated and gives it back to Windows.
func taken(d windows.DataBlob) []byte {
	b := append([]byte(nil), unsafe.Slice(d.Data, d.Size)...)
	windows.LocalFree(windows.Handle(uintptr(unsafe.Pointer(d.Data))))
	return b
}
