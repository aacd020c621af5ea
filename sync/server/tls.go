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

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// Authority is the server's own certificate authority, for offices that have
// no other: keys/ca.key and keys/ca.crt in the data folder. Enrolment codes pin
// its key, laptops keep its certificate; it signs this server's certificates
// and nothing else.
type Authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
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

// OpenAuthority opens the certificate authority of a data folder, making it
// when there is none. names are the names and addresses the server goes by,
// beside those of this machine.
func OpenAuthority(data string, names []string) (*Authority, error) {
	a := &Authority{names: names, now: time.Now}
	keyFile, certFile := caFiles(data)
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
	a.cert, err = x509.ParseCertificate(pair.Certificate[0])
	return a, err
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
	now := a.now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Plumbline server authority"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}, &x509.Certificate{Subject: pkix.Name{CommonName: "Plumbline server authority"}}, key.Public(), key)
	if err != nil {
		return fmt.Errorf("server: make certificate authority: %w", err)
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
	a.leaf = &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}
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
