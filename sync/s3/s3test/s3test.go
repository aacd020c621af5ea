// Package s3test starts a real S3 server for tests: versitygw on a temporary
// folder, which can be killed and started again.
package s3test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"plumbline/sync/s3"
)

// Variable names the environment variable with the path of versitygw.
const Variable = "PLUMBLINE_VERSITYGW"

// Names of what every server here has.
const (
	Bucket    = "plumbline-test"
	KeyBucket = "plumbline-test-keys"
	AccessKey = "fictional-access"
	SecretKey = "fictional-secret"
)

// Kind is what sort of server to start.
type Kind struct {
	Versions bool // buckets can keep versions
	TLS      bool // with a certificate of its own
}

// Server is a running S3 server.
type Server struct {
	T        testing.TB
	Endpoint string
	Kind     Kind
	CA       string // with TLS, the PEM file of who signed the server's certificate

	program string
	folder  string
	listen  string
	cmd     *exec.Cmd
	ended   chan error
	mu      sync.Mutex
	said    bytes.Buffer
}

// Start starts a server with both buckets, empty; it ends with the test. Without
// a versitygw the test is skipped.
func Start(t testing.TB) *Server { return StartKind(t, Kind{}) }

// StartKind is Start for a server of a certain kind.
func StartKind(t testing.TB, kind Kind) *Server {
	t.Helper()
	program := os.Getenv(Variable)
	if program == "" {
		t.Skip(Variable + " names no S3 server; `go run ./cmd/dev test` builds one")
	}
	s := &Server{T: t, Kind: kind, program: program, folder: t.TempDir()}
	t.Cleanup(s.Kill)
	for _, name := range []string{"root", "side", "versions"} {
		if err := os.Mkdir(filepath.Join(s.folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if kind.TLS {
		s.CA = filepath.Join(s.folder, "certificate")
		if err := writeCertificate(s.CA, s.keyFile()); err != nil {
			t.Fatal(err)
		}
	}
	s.Begin()
	for _, bucket := range []string{Bucket, KeyBucket} {
		if err := s.Client().MakeBucket(context.Background(), bucket, minio.MakeBucketOptions{}); err != nil {
			t.Fatalf("make bucket: %v; the server said:\n%s", err, s.log())
		}
	}
	return s
}

// Begin starts the server, at the address it had before if it had one.
func (s *Server) Begin() {
	s.T.Helper()
	for try := 0; ; try++ {
		if s.listen == "" || try > 0 && s.cmd == nil {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				s.T.Fatal(err)
			}
			s.listen = l.Addr().String()
			l.Close()
		}
		err := s.begin()
		if err == nil {
			s.Endpoint = s.scheme() + "://" + s.listen
			return
		}
		s.Kill()
		if try > 3 {
			s.T.Fatalf("versitygw: %v; it said:\n%s", err, s.log())
		}
	}
}

func (s *Server) begin() error {
	args := []string{"--port", s.listen, "--health", "/healthz", "--quiet", "--keep-alive"}
	if s.Kind.TLS {
		args = append(args, "--cert", s.CA, "--key", s.keyFile())
	}
	args = append(args, "posix", "--sidecar", filepath.Join(s.folder, "side"))
	if s.Kind.Versions {
		args = append(args, "--versioning-dir", filepath.Join(s.folder, "versions"))
	}
	c := exec.Command(s.program, append(args, filepath.Join(s.folder, "root"))...)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+AccessKey, "ROOT_SECRET_ACCESS_KEY="+SecretKey)
	c.Stdout, c.Stderr = s, s
	if err := c.Start(); err != nil {
		return err
	}
	s.cmd, s.ended = c, make(chan error, 1)
	ended := s.ended
	go func() { ended <- c.Wait() }()
	limit := time.Now().Add(30 * time.Second)
	for time.Now().Before(limit) {
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("ended at once: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		h := &http.Client{Transport: s.transport()}
		if r, err := h.Get(s.scheme() + "://" + s.listen + "/healthz"); err == nil {
			r.Body.Close()
			h.CloseIdleConnections()
			return nil
		}
	}
	return errors.New("is not ready after 30 seconds")
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Kill()
	<-s.ended
	s.cmd = nil
}

// Write takes what the server says.
func (s *Server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(p)
}

func (s *Server) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// Client gives a client of the server that knows nothing of Plumbline.
func (s *Server) Client() *minio.Client {
	s.T.Helper()
	c, err := minio.New(s.listen, &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, ""), Region: "us-east-1",
		Secure: s.Kind.TLS, Transport: s.transport()})
	if err != nil {
		s.T.Fatal(err)
	}
	return c
}

// Options are those of a store on the server's two buckets.
func (s *Server) Options() s3.Options {
	return s3.Options{Roots: s.roots(), Endpoint: s.Endpoint, Bucket: Bucket, KeyBucket: KeyBucket, AccessKey: AccessKey, SecretKey: SecretKey, Spool: filepath.Join(s.folder, "spool")}
}

// Open opens a store, as one more process.
func (s *Server) Open() *s3.Store {
	s.T.Helper()
	store, err := s3.Open(context.Background(), s.Options())
	if err != nil {
		s.T.Fatalf("open store: %v; the server said:\n%s", err, s.log())
	}
	return store
}

// Raw gives every object, as bucket/name, read without Plumbline.
func (s *Server) Raw() map[string][]byte {
	s.T.Helper()
	raw := map[string][]byte{}
	c := s.Client()
	for _, bucket := range []string{Bucket, KeyBucket} {
		for o := range c.ListObjects(context.Background(), bucket, minio.ListObjectsOptions{Recursive: true}) {
			if o.Err != nil {
				s.T.Fatal(o.Err)
			}
			if strings.HasSuffix(o.Key, "/") {
				continue
			}
			r, err := c.GetObject(context.Background(), bucket, o.Key, minio.GetObjectOptions{})
			if err != nil {
				s.T.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				s.T.Fatal(err)
			}
			raw[bucket+"/"+o.Key] = b
		}
	}
	return raw
}

// Change writes an object behind Plumbline's back; nil removes it.
func (s *Server) Change(name string, b []byte) {
	s.T.Helper()
	bucket, name, _ := strings.Cut(name, "/")
	c := s.Client()
	err := c.RemoveObject(context.Background(), bucket, name, minio.RemoveObjectOptions{})
	if b != nil {
		_, err = c.PutObject(context.Background(), bucket, name, bytes.NewReader(b), int64(len(b)), minio.PutObjectOptions{})
	}
	if err != nil {
		s.T.Fatal(err)
	}
}

func (s *Server) scheme() string {
	if s.Kind.TLS {
		return "https"
	}
	return "http"
}

func (s *Server) keyFile() string { return filepath.Join(s.folder, "key") }

// roots gives who signs for the server; nil without TLS.
func (s *Server) roots() *x509.CertPool {
	if !s.Kind.TLS {
		return nil
	}
	b, err := os.ReadFile(s.CA)
	if err != nil {
		s.T.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(b)
	return pool
}

func (s *Server) transport() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots()}}
}

// writeCertificate makes a certificate for 127.0.0.1 that signs itself.
func writeCertificate(cert, key string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fictional S3 server"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	signed, err1 := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	secret, err2 := x509.MarshalPKCS8PrivateKey(private)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}
