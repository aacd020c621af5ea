package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"plumbline/app/disk"
	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// Authority is the server's own certificate authority, for offices that have
// no other: keys/ca.key and keys/ca.crt in the data folder. Enrolment codes pin
// its key, laptops keep its certificate; it signs this server's certificates,
// its successor, and nothing else.
type Authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	cross [][]byte // each former authority's word on the one after it, the last first
	names []string
	now   func() time.Time

	mu   sync.Mutex
	leaf *tls.Certificate
}

const (
	caLife   = 30 * 365 * 24 * time.Hour
	leafLife = 90 * 24 * time.Hour
)

func caFiles(data string) (key, cert string) {
	return filepath.Join(data, protocol.KeyFolder, "ca.key"), filepath.Join(data, protocol.KeyFolder, "ca.crt")
}

// crossFile holds what former authorities say of their successors.
func crossFile(data string) string { return filepath.Join(data, protocol.KeyFolder, "ca.cross.crt") }

// nextFiles are those of a successor that is not in office yet.
func nextFiles(data string) (key, cert string) {
	return filepath.Join(data, protocol.KeyFolder, "ca.next.key"), filepath.Join(data, protocol.KeyFolder, "ca.next.crt")
}

// OpenAuthority opens the certificate authority of a data folder, making it
// when there is none. names are the names and addresses the server goes by,
// beside those of this machine.
func OpenAuthority(data string, names []string) (*Authority, error) {
	a := &Authority{names: names, now: time.Now}
	keyFile, certFile := caFiles(data)
	if err := finishSuccession(data); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return a, a.make(keyFile, certFile)
	}
	if err != nil {
		return nil, caFault(keyFile, err)
	}
	c, err := os.ReadFile(certFile)
	if err != nil {
		return nil, caFault(certFile, err)
	}
	pair, err := tls.X509KeyPair(c, b)
	if err != nil {
		return nil, caFault(keyFile, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, caFault(keyFile, errors.New("server: not an ECDSA key"))
	}
	a.key = key
	if a.cert, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
		return nil, caFault(certFile, err)
	}
	return a, a.readCross(data)
}

func (a *Authority) readCross(data string) error {
	b, err := os.ReadFile(crossFile(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return caFault(crossFile(data), err)
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		a.cross = append(a.cross, block.Bytes)
	}
	return nil
}

// Succeed puts a new key in the place of the certificate authority's: before the
// old one is too old, or too many people have held it. The old one signs its
// successor, so that laptops that pinned it go over to the new one by themselves,
// whenever they come back. (A key that was stolen must not be succeeded: its
// thief could name a successor as well. There laptops are enrolled anew.) The
// server uses the new one from its next start.
func Succeed(data string) error {
	old, err := OpenAuthority(data, nil)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("server: make certificate authority: %w", err)
	}
	own, err := old.authorityCertificate(key, nil)
	if err != nil {
		return err
	}
	word, err := old.authorityCertificate(key, old)
	if err != nil {
		return err
	}
	var cross []byte
	for _, der := range append([][]byte{word}, old.cross...) {
		cross = append(cross, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("server: make certificate authority: %w", err)
	}
	nextKey, nextCert := nextFiles(data)
	// The certificate last: once it is there the successor is in office.
	for _, f := range []struct {
		name string
		b    []byte
	}{
		{nextKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})},
		{crossFile(data), cross},
		{nextCert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own})},
	} {
		if err := protocol.WriteSecret(f.name, f.b); err != nil {
			return caFault(f.name, err)
		}
	}
	return finishSuccession(data)
}

// finishSuccession puts a successor's files where the authority's are. It also
// does so after a crash in the middle.
func finishSuccession(data string) error {
	nextKey, nextCert := nextFiles(data)
	if _, err := os.Stat(nextCert); err != nil {
		return nil // none in office: a key without certificate is thrown away by the next one
	}
	key, cert := caFiles(data)
	if err := disk.Rename(nextKey, key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return caFault(key, err)
	}
	if err := disk.Rename(nextCert, cert); err != nil {
		return caFault(cert, err)
	}
	return nil
}

func caFault(file string, err error) error {
	return &record.Error{Code: record.Broken, Message: "server.ca_unreadable", Args: map[string]any{"file": file}, Err: err}
}

// Pin gives the public key info that enrolment codes pin, nil when the data
// folder has no certificate authority.
func Pin(data string) ([]byte, error) {
	keyFile, _ := caFiles(data)
	if _, err := os.Stat(keyFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	a, err := OpenAuthority(data, nil)
	if err != nil {
		return nil, err
	}
	return a.cert.RawSubjectPublicKeyInfo, nil
}

func (a *Authority) make(keyFile, certFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("server: make certificate authority: %w", err)
	}
	der, err := a.authorityCertificate(key, nil)
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("server: make certificate authority: %w", err)
	}
	a.key = key
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("server: make certificate authority: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(keyFile), 0o700); err != nil {
		return caFault(keyFile, err)
	}
	// The certificate first: a key without one would be of no use.
	if err := protocol.WriteSecret(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return caFault(certFile, err)
	}
	if err := protocol.WriteSecret(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})); err != nil {
		return caFault(keyFile, err)
	}
	return nil
}

// authorityCertificate says that key is a certificate authority's: by its own
// word, or by that of the authority before it.
func (a *Authority) authorityCertificate(key *ecdsa.PrivateKey, by *Authority) ([]byte, error) {
	now := a.now()
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Plumbline server authority"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	parent, signer := &x509.Certificate{Subject: t.Subject}, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("server: make certificate authority: %w", err)
	}
	return der, nil
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // the system has no randomness
	}
	return n
}

// TLS gives the server's TLS settings. Its certificate is made when needed and
// renewed a month before it ends; it lies nowhere.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.certificate() }}
}

func (a *Authority) certificate() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if a.leaf != nil && a.leaf.Leaf.NotAfter.Sub(now) > leafLife/3 {
		return a.leaf, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("server: make certificate: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "plumblined"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range append(a.names, machineNames()...) {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else if n != "" {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("server: make certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("server: make certificate: %w", err)
	}
	a.leaf = &tls.Certificate{Certificate: append([][]byte{der, a.cert.Raw}, a.cross...), PrivateKey: key, Leaf: leaf}
	return a.leaf, nil
}

// machineNames gives the names and addresses of this machine.
func machineNames() []string {
	names := []string{"localhost"}
	if h, err := os.Hostname(); err == nil {
		names = append(names, h)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return append(names, "127.0.0.1", "::1")
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok {
			names = append(names, n.IP.String())
		}
	}
	return names
}
