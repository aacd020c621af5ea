package protocol

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"plumbline/app/record"
)

// DeviceKey is the key a device signs its journal with and shows itself by, as
// it lies in the data folder as keys/device.key (mode 0600): JSON with
// "v": 1, the 32-byte Ed25519 seed and its public key, both base64. A server
// is a device as well.
type DeviceKey struct {
	V      int    `json:"v"`
	Seed   []byte `json:"seed"`
	Public []byte `json:"public"`
}

// KeyFolder is the folder of keys inside a data folder.
const KeyFolder = "keys"

// LoadDeviceKey reads the device key of a data folder, making it when there is
// none.
func LoadDeviceKey(data string) (ed25519.PrivateKey, error) {
	path := filepath.Join(data, KeyFolder, "device.key")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newDeviceKey(path)
	}
	if err != nil {
		return nil, keyFault(path, err)
	}
	var k DeviceKey
	if err := json.Unmarshal(b, &k); err != nil || k.V != 1 || len(k.Seed) != ed25519.SeedSize {
		return nil, &record.Error{Code: record.Broken, Message: "key.device_broken", Args: map[string]any{"file": path}, Err: err}
	}
	key := ed25519.NewKeyFromSeed(k.Seed)
	if !key.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(k.Public)) {
		return nil, &record.Error{Code: record.Broken, Message: "key.device_broken", Args: map[string]any{"file": path},
			Err: errors.New("protocol: seed and public key do not belong together")}
	}
	return key, nil
}

func newDeviceKey(path string) (ed25519.PrivateKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("protocol: make device key: %w", err)
	}
	b, err := json.MarshalIndent(DeviceKey{V: 1, Seed: private.Seed(), Public: public}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("protocol: write device key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, keyFault(path, err)
	}
	if err := WriteSecret(path, append(b, '\n')); err != nil {
		return nil, keyFault(path, err)
	}
	return private, nil
}

func keyFault(path string, err error) error {
	return &record.Error{Code: record.ReadOnly, Message: "key.device_unreadable", Args: map[string]any{"file": path}, Err: err}
}

// WriteSecret writes a file that only its owner may read, whole or not at all.
func WriteSecret(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
