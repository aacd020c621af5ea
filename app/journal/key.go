package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strconv"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"plumbline/app/record"
)

// KeyID names a public key: the first 16 hexadecimal digits of its SHA-256.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// SignHead signs the head of a chain with the device's key. What the signature
// covers is the chain up to and including the head.
func SignHead(key ed25519.PrivateKey, c Chain, h Head) []byte {
	return ed25519.Sign(key, headStatement(c, h))
}

// VerifyHead tells whether sig is the device's signature of the head.
func VerifyHead(public ed25519.PublicKey, c Chain, h Head, sig []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, headStatement(c, h), sig)
}

func headStatement(c Chain, h Head) []byte {
	return []byte("plumbline head 1\n" + string(c.Device) + "\n" + c.Epoch + "\n" + strconv.FormatInt(h.Seq, 10) + "\n" + string(h.Hash) + "\n")
}

// ManifestStatement gives the exact bytes a person's key signs at a seal.
func ManifestStatement(manifest []byte) []byte {
	return append([]byte("plumbline seal 1\n"), manifest...)
}

// PersonKey is a person's signing key as it lies on the disk: sealed under the
// PIN that only this person knows (Argon2id, then XChaCha20-Poly1305).
type PersonKey struct {
	V      int       `json:"v"`
	Person record.ID `json:"person"`
	Public []byte    `json:"public"`
	Time   uint32    `json:"time"`   // Argon2id passes
	Memory uint32    `json:"memory"` // Argon2id KiB
	Lanes  uint8     `json:"lanes"`
	Salt   []byte    `json:"salt"`
	Box    []byte    `json:"box"` // nonce ‖ sealed seed
}

// MinPIN is the shortest PIN taken, in characters.
const MinPIN = 6

// NewPersonKey makes a signing key for person and seals it under the PIN.
func NewPersonKey(person record.ID, pin string) (PersonKey, ed25519.PrivateKey, error) {
	if len([]rune(pin)) < MinPIN {
		return PersonKey{}, nil, &record.Error{Code: record.Invalid, Message: "key.pin_short", Field: "pin", Args: map[string]any{"n": MinPIN}}
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return PersonKey{}, nil, fmt.Errorf("journal: make key: %w", err)
	}
	k := PersonKey{V: 1, Person: person, Public: public, Time: 3, Memory: 64 << 10, Lanes: 2, Salt: make([]byte, 16)}
	rand.Read(k.Salt)
	box, err := k.cipher(pin)
	if err != nil {
		return PersonKey{}, nil, err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce)
	k.Box = box.Seal(nonce, nonce, private.Seed(), k.bound())
	return k, private, nil
}

// Open gives the signing key back for the right PIN.
func (k PersonKey) Open(pin string) (ed25519.PrivateKey, error) {
	// A doctored file must not make us weaker than we would be, nor eat the memory.
	if k.V != 1 || k.Time < 1 || k.Time > 16 || k.Memory < 19<<10 || k.Memory > 1<<20 || k.Lanes < 1 || len(k.Box) < chacha20poly1305.NonceSizeX {
		return nil, broken("key.broken", fmt.Errorf("journal: key file of %s has parameters out of range", k.Person))
	}
	box, err := k.cipher(pin)
	if err != nil {
		return nil, err
	}
	n := box.NonceSize()
	seed, err := box.Open(nil, k.Box[:n], k.Box[n:], k.bound())
	if err != nil {
		return nil, &record.Error{Code: record.Forbidden, Message: "key.pin_wrong", Field: "pin"}
	}
	private := ed25519.NewKeyFromSeed(seed)
	if !private.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(k.Public)) {
		return nil, broken("key.broken", fmt.Errorf("journal: key file of %s holds another key", k.Person))
	}
	return private, nil
}

func (k PersonKey) bound() []byte { return []byte("plumbline person key\n" + string(k.Person)) }

func (k PersonKey) cipher(pin string) (cipher.AEAD, error) {
	// The 64 MB that make guessing dear would stay with the process: the team signs
	// one after the other, on laptops that have little memory.
	defer debug.FreeOSMemory()
	return chacha20poly1305.NewX(argon2.IDKey([]byte(pin), k.Salt, k.Time, k.Memory, k.Lanes, 32))
}

// Marshal gives the key file's bytes.
func (k PersonKey) Marshal() ([]byte, error) { return json.MarshalIndent(k, "", " ") }

// ParsePersonKey reads a key file.
func ParsePersonKey(b []byte) (PersonKey, error) {
	var k PersonKey
	if err := json.Unmarshal(b, &k); err != nil {
		return k, broken("key.broken", fmt.Errorf("journal: read key file: %w", err))
	}
	return k, nil
}

// PublicText is a public key as records carry it.
func PublicText(p ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(p) }

// ParsePublic reads a public key as records carry it.
func ParsePublic(s string) (ed25519.PublicKey, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, broken("key.broken", fmt.Errorf("journal: %q is no public key", s))
	}
	return b, nil
}

// KeySize is the length of the key of one body or file, in bytes.
const KeySize = 32

// SealBody encrypts salt and body under a key of their own (AES-256-GCM; the
// key is used once, so the nonce is zero). Dropping the key destroys the body
// wherever its box went; the chain of headers still verifies.
func SealBody(key, salt, body []byte) ([]byte, error) {
	aead, err := bodyCipher(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, 0, len(salt)+len(body)+aead.Overhead())
	plain = append(append(plain, salt...), body...)
	return aead.Seal(plain[:0], make([]byte, aead.NonceSize()), plain, nil), nil
}

// OpenBody undoes SealBody.
func OpenBody(key, box []byte) (salt, body []byte, err error) {
	aead, err := bodyCipher(key)
	if err != nil {
		return nil, nil, err
	}
	plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), box, nil)
	if err != nil || len(plain) < SaltSize {
		return nil, nil, broken("journal.body", fmt.Errorf("journal: a stored body does not open with its key"))
	}
	return plain[:SaltSize:SaltSize], plain[SaltSize:], nil
}

func bodyCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("journal: body key: %w", err)
	}
	return cipher.NewGCM(block)
}
