package protocol

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"plumbline/app/record"
)

// CodeDigest gives what the server keeps of a one-time code, and what the
// device's proof names: the code itself never lies anywhere.
func CodeDigest(secret string) string {
	sum := sha256.Sum256([]byte("plumbline code 1\n" + secret))
	return hex.EncodeToString(sum[:])
}

// EnrolStatement is what a device signs to show that the key it brings is its own.
func EnrolStatement(codeDigest string, device record.ID, public ed25519.PublicKey) []byte {
	return []byte("plumbline enrol 1\n" + codeDigest + "\n" + string(device) + "\n" + base64.StdEncoding.EncodeToString(public) + "\n")
}

// TokenStatement is what a device signs to get a token. It names the server,
// so that a signature given to one is of no use at another.
func TokenStatement(server, device record.ID, challenge string) []byte {
	return []byte("plumbline token 1\n" + string(server) + "\n" + string(device) + "\n" + challenge + "\n")
}

// ServerStatement is what a server signs beside a token, to show the device
// that it is the one whose key was pinned at enrolment.
func ServerStatement(server, device record.ID, nonce []byte, token string) []byte {
	return []byte("plumbline server 1\n" + string(server) + "\n" + string(device) + "\n" + base64.StdEncoding.EncodeToString(nonce) + "\n" + token + "\n")
}

// Certificate is the server's signed word that a device is enrolled. It has no
// end: a laptop that was away for half a year must not be locked out of its own
// data. Whether a device may still speak is decided by the server's list.
type Certificate struct {
	Statement []byte `json:"statement"` // exact JSON bytes of CertificateStatement
	Signature []byte `json:"signature"` // by the server's key
}

// CertificateStatement is what a certificate says.
type CertificateStatement struct {
	V         int       `json:"v"`
	Server    record.ID `json:"server"`
	Device    record.ID `json:"device"`
	Public    []byte    `json:"public"`
	Authority string    `json:"authority"`
	Name      string    `json:"name,omitempty"`
	Issued    int64     `json:"issued"`          // Unix milliseconds
	Above     bool      `json:"above,omitempty"` // a server above this one: reads everything, writes nothing
	Below     record.ID `json:"below,omitempty"` // the server below through which the device is known; it speaks there only
}

// Certify makes a certificate.
func Certify(key ed25519.PrivateKey, s CertificateStatement) (Certificate, error) {
	s.V = 1
	b, err := marshal(s)
	if err != nil {
		return Certificate{}, fmt.Errorf("protocol: write certificate: %w", err)
	}
	return Certificate{Statement: b, Signature: ed25519.Sign(key, certificateBytes(b))}, nil
}

func certificateBytes(statement []byte) []byte {
	return append([]byte("plumbline device certificate 1\n"), statement...)
}

// Verify gives what the certificate says, if the server with this key said it.
func (c Certificate) Verify(server ed25519.PublicKey) (CertificateStatement, error) {
	var s CertificateStatement
	if len(server) != ed25519.PublicKeySize || !ed25519.Verify(server, certificateBytes(c.Statement), c.Signature) {
		return s, broken(fmt.Errorf("protocol: certificate is not signed by the server"))
	}
	if err := json.Unmarshal(c.Statement, &s); err != nil || len(s.Public) != ed25519.PublicKeySize {
		return s, broken(fmt.Errorf("protocol: certificate is malformed: %w", err))
	}
	return s, nil
}

// Code is a one-time enrolment code as a person reads it: three groups of
// secret and, where the server made its own certificate authority, five groups
// that pin that authority's key, so that nobody can stand in between.
type Code struct {
	Secret string // 12 characters
	Pin    string // 20 characters, or ""
}

// Characters of codes: none that look alike (Crockford's base32).
const codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	secretLength = 12
	pinLength    = 20
)

// ParseCode reads a code as a person types it: any case, any dashes and
// spaces, O for 0, I and L for 1.
func ParseCode(s string) (Code, error) {
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch r {
		case '-', ' ', '\t', '\r', '\n', '‐', '–', '—', '－', '　':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' { // typed with a Chinese input method
			r -= '０' - '0'
		}
		if !strings.ContainsRune(codeLetters, r) {
			return Code{}, codeMalformed()
		}
		b.WriteRune(r)
	}
	switch t := b.String(); len(t) {
	case secretLength:
		return Code{Secret: t}, nil
	case secretLength + pinLength:
		return Code{Secret: t[:secretLength], Pin: t[secretLength:]}, nil
	}
	return Code{}, codeMalformed()
}

func codeMalformed() error {
	return &record.Error{Code: record.Invalid, Message: "enrol.code_malformed", Field: "code"}
}

// NewCode makes a code from 8 random bytes and the pinned key, nil if none.
func NewCode(random [8]byte, key []byte) Code {
	c := Code{Secret: letters(random[:], secretLength)}
	if key != nil {
		c.Pin = PinOf(key)
	}
	return c
}

// PinOf gives the pin of a certificate authority: 100 bits of the SHA-256 of
// its SubjectPublicKeyInfo.
func PinOf(publicKeyInfo []byte) string {
	sum := sha256.Sum256(publicKeyInfo)
	return letters(sum[:], pinLength)
}

// letters writes the first 5·n bits of b.
func letters(b []byte, n int) string {
	out := make([]byte, 0, n)
	var bits, have uint
	for _, x := range b {
		bits, have = bits<<8|uint(x), have+8
		for have >= 5 && len(out) < n {
			have -= 5
			out = append(out, codeLetters[bits>>have&31])
		}
	}
	return string(out)
}

// String gives the code in groups of four.
func (c Code) String() string {
	all := c.Secret + c.Pin
	var b strings.Builder
	for i := 0; i < len(all); i += 4 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(all[i:min(i+4, len(all))])
	}
	return b.String()
}
