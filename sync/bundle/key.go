package bundle

import (
	"crypto/ed25519"
	"fmt"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// Recipient makes a device's or server's public key one that parts can be
// encrypted to. It is the key that signs, brought to X25519 the way age does
// for SSH keys, so that no device needs a second key and whoever knows a
// device's certificate can write to it.
func Recipient(public ed25519.PublicKey) (age.Recipient, error) {
	k, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("bundle: recipient: %w", err)
	}
	return agessh.NewEd25519Recipient(k)
}

// Identity makes a device's key one that opens parts.
func Identity(key ed25519.PrivateKey) (age.Identity, error) { return agessh.NewEd25519Identity(key) }
