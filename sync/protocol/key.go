package protocol

import (
	"bytes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"plumbline/app/disk"
	"plumbline/app/record"
)

// DeviceKey is the key a device signs its journal with and shows itself by, as
// it lies in the data folder as keys/device.key (mode 0600): JSON with the
// 32-byte Ed25519 seed (V 1), or with what opens together with the operating
// system only (V 2), and the public key. A server is a device as well.
type DeviceKey struct {
	V      int    `json:"v"`
	Seed   []byte `json:"seed,omitempty"` // V 1
	Public []byte `json:"public"`
	Safe   string `json:"safe,omitempty"` // V 2: Safe.Kind of what keeps the secret
	Ref    []byte `json:"ref,omitempty"`  // V 2: by which the safe finds the secret
	Box    []byte `json:"box,omitempty"`  // V 2: nonce ‖ seed, sealed under the secret (XChaCha20-Poly1305)
}

// KeyFolder is the folder of keys inside a data folder.
const KeyFolder = "keys"

const (
	keyName     = "device.key"
	nextKeyName = "device-next.key" // of a device whose key is lost, until the server has taken it
)

// Safe is where an operating system keeps secrets, so that a copy of the data
// folder is of no use elsewhere.
type Safe interface {
	// Kind names the safe in key files and in KeyState.
	Kind() string
	// Keep takes a secret of 32 bytes in and gives what Fetch finds it by.
	Keep(secret []byte) (ref []byte, err error)
	// Fetch gives a secret back that a safe of that kind took in. The error is
	// ErrSafeClosed where waiting or unlocking may help.
	Fetch(kind string, ref []byte) (secret []byte, err error)
}

// ErrSafeClosed says that a safe is locked or cannot be reached now.
var ErrSafeClosed = errors.New("protocol: the system's safe is closed")

// Keys is the device key of a data folder. Without a Safe, as at a server, which
// runs without anybody's session, it lies in its file as it is.
type Keys struct {
	Folder string // the data folder
	Safe   Safe   // nil: none

	step func(string) // told of each step of writing; nil outside of tests
}

// LoadDeviceKey reads the device key of a data folder that uses no Safe, making
// it when there is none.
func LoadDeviceKey(data string) (ed25519.PrivateKey, error) { return Keys{Folder: data}.Load() }

// Load gives the device key, making it when there is none. The errors are for
// people: key.elsewhere when the key was sealed on another machine or for
// another account, key.closed when the safe is locked; then Renew helps.
func (k Keys) Load() (ed25519.PrivateKey, error) {
	key, _, err := k.load()
	if errors.Is(err, fs.ErrNotExist) {
		return k.make(keyName)
	}
	return key, err
}

// load also gives the file the key is in.
func (k Keys) load() (ed25519.PrivateKey, string, error) {
	first := error(fs.ErrNotExist)
	for _, name := range []string{keyName, nextKeyName} {
		f, err := k.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var key ed25519.PrivateKey
		if err == nil {
			key, err = k.open(name, f)
		}
		if err == nil {
			return key, name, nil
		}
		if first == error(fs.ErrNotExist) {
			first = err
		}
	}
	return nil, "", first
}

// Protect has the safe keep a key that lies in its file as it is, or that was
// sealed for others than who uses the folder now. Where the safe cannot, the key
// stays as it was, and the error says why. Of two programs that do it at once
// each makes a secret of its own: whichever file stays opens.
func (k Keys) Protect() error {
	if k.Safe == nil {
		return nil
	}
	key, name, err := k.load()
	if err != nil {
		return err
	}
	f, err := k.read(name)
	if err != nil || f.Safe == k.Safe.Kind() {
		return err
	}
	if f, err = k.seal(key); err != nil {
		return err
	}
	return k.write(name, f)
}

// Renew gives a new key for a device whose own does not open, the same one
// until Renewed. The old one stays where it is: the server may not take the new
// one, and a safe may be unlocked again.
func (k Keys) Renew() (ed25519.PrivateKey, error) {
	if f, err := k.read(nextKeyName); err == nil {
		if key, err := k.open(nextKeyName, f); err == nil {
			return key, nil
		}
	}
	return k.make(nextKeyName)
}

// Renewing tells whether Load gives a key that Renew has made.
func (k Keys) Renewing() bool {
	_, name, err := k.load()
	return err == nil && name == nextKeyName
}

// Renewed puts the key that Renew has made in the place of the lost one: the
// server has taken it.
func (k Keys) Renewed() error {
	path := k.path(keyName)
	if err := disk.Rename(k.path(nextKeyName), path); err != nil {
		return keyFault(path, err)
	}
	return nil
}

// KeyState says where the device key is kept.
type KeyState struct {
	// Kept is a Safe.Kind, "file" where only the rights on the file keep it, "none"
	// where there is no key yet; after "key.kept." each has a text in assets/lang.
	Kept string `json:"kept"`
	// Problem is the message key of why it does not open; "" when it does.
	Problem string `json:"problem,omitempty"`
}

// State tells where the key is kept and whether it opens.
func (k Keys) State() KeyState {
	_, name, err := k.load()
	s := KeyState{Kept: "none"}
	if name == "" {
		name = keyName
	}
	if f, e := k.read(name); e == nil {
		s.Kept = f.Safe
		if f.V == 1 {
			s.Kept = "file"
		}
	}
	var e *record.Error
	if errors.As(err, &e) {
		s.Problem = e.Message
	}
	return s
}

func (k Keys) path(name string) string { return filepath.Join(k.Folder, KeyFolder, name) }

// read reads a key file; the error is fs.ErrNotExist where there is none.
func (k Keys) read(name string) (f DeviceKey, err error) {
	b, err := os.ReadFile(k.path(name))
	if err != nil {
		return f, keyFault(k.path(name), err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, k.broken(name, err)
	}
	return f, nil
}

func (k Keys) broken(name string, err error) error {
	return &record.Error{Code: record.Broken, Message: "key.device_broken", Args: map[string]any{"file": k.path(name)}, Err: err}
}

func (k Keys) open(name string, f DeviceKey) (ed25519.PrivateKey, error) {
	seed := f.Seed
	if f.V == 2 {
		if k.Safe == nil {
			return nil, elsewhere(fmt.Errorf("protocol: no safe here, the key was sealed by %q", f.Safe))
		}
		secret, err := k.Safe.Fetch(f.Safe, f.Ref)
		if errors.Is(err, ErrSafeClosed) {
			return nil, &record.Error{Code: record.Forbidden, Message: "key.closed", Err: err}
		}
		if err != nil {
			return nil, elsewhere(err)
		}
		if seed, err = openBox(secret, f); err != nil {
			return nil, elsewhere(err)
		}
	}
	if f.V < 1 || f.V > 2 || len(seed) != ed25519.SeedSize {
		return nil, k.broken(name, fmt.Errorf("protocol: key file of version %d", f.V))
	}
	key := ed25519.NewKeyFromSeed(seed)
	if !key.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(f.Public)) {
		return nil, k.broken(name, errors.New("protocol: seed and public key do not belong together"))
	}
	return key, nil
}

func elsewhere(err error) error {
	return &record.Error{Code: record.Forbidden, Message: "key.elsewhere", Err: err}
}

func openBox(secret []byte, f DeviceKey) ([]byte, error) {
	box, err := boxOf(secret)
	if err != nil {
		return nil, err
	}
	if len(f.Box) < box.NonceSize() {
		return nil, errors.New("protocol: the sealed key is cut off")
	}
	return box.Open(nil, f.Box[:box.NonceSize()], f.Box[box.NonceSize():], bound(f.Public))
}

func boxOf(secret []byte) (cipher.AEAD, error) {
	box, err := chacha20poly1305.NewX(secret)
	if err != nil {
		return nil, fmt.Errorf("protocol: secret of a device key: %w", err)
	}
	return box, nil
}

func bound(public []byte) []byte { return append([]byte("plumbline device key 2\n"), public...) }

// seal seals a key under a new secret that the safe keeps, and tries whether it
// opens again: only then may it take the place of one that does.
func (k Keys) seal(key ed25519.PrivateKey) (DeviceKey, error) {
	secret := make([]byte, chacha20poly1305.KeySize)
	rand.Read(secret)
	box, err := boxOf(secret)
	if err != nil {
		return DeviceKey{}, err
	}
	f := DeviceKey{V: 2, Public: key.Public().(ed25519.PublicKey), Safe: k.Safe.Kind()}
	f.Box = make([]byte, box.NonceSize())
	rand.Read(f.Box)
	f.Box = box.Seal(f.Box, f.Box, key.Seed(), bound(f.Public))
	k.at("keep")
	if f.Ref, err = k.Safe.Keep(secret); err != nil {
		return f, fmt.Errorf("protocol: keep the device key's secret: %w", err)
	}
	back, err := k.Safe.Fetch(f.Safe, f.Ref)
	if err == nil && !bytes.Equal(back, secret) {
		err = errors.New("protocol: the system's safe gives another secret back")
	}
	return f, err
}

func (k Keys) at(step string) {
	if k.step != nil {
		k.step(step)
	}
}

// make makes a key, kept by the safe if there is one that can.
func (k Keys) make(name string) (ed25519.PrivateKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("protocol: make device key: %w", err)
	}
	f := DeviceKey{V: 1, Seed: private.Seed(), Public: public}
	if k.Safe != nil {
		if sealed, err := k.seal(private); err == nil {
			f = sealed // else as it is; Protect tries again and says why not
		}
	}
	return private, k.write(name, f)
}

func (k Keys) write(name string, f DeviceKey) error {
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return fmt.Errorf("protocol: write device key: %w", err)
	}
	path := k.path(name)
	err = os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = writeSecret(path, append(b, '\n'), k.at)
	}
	return keyFault(path, err)
}

func keyFault(path string, err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &record.Error{Code: record.ReadOnly, Message: "key.device_unreadable", Args: map[string]any{"file": path}, Err: err}
}

// WriteSecret writes a file that only its owner may read, whole or not at all,
// and durably.
func WriteSecret(path string, b []byte) error { return writeSecret(path, b, func(string) {}) }

// unfinished begins the names of files that are being written.
const unfinished = "new-"

func writeSecret(path string, b []byte, at func(string)) error {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	at("write")
	_, err = f.Write(b)
	at("sync")
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	at("rename")
	if err == nil {
		err = disk.Rename(f.Name(), path)
	}
	at("renamed")
	return err
}

// ClearUnfinished removes what a program that was killed while it wrote a key
// has left behind: it may hold the key as it is. No other may be writing.
func (k Keys) ClearUnfinished() error {
	list, err := os.ReadDir(filepath.Join(k.Folder, KeyFolder))
	for _, e := range list {
		if strings.HasPrefix(e.Name(), unfinished) {
			err = errors.Join(err, os.Remove(k.path(e.Name())))
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
