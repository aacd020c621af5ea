package s3

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"plumbline/app/blob"
	"plumbline/app/record"
)

// Options say where the buckets are.
type Options struct {
	Endpoint  string // https://host[:port]; http only on this machine, since keys pass
	Region    string // "" is us-east-1, which most servers of one's own take
	Bucket    string // of the files
	KeyBucket string // of their keys; another one
	AccessKey string
	SecretKey string
	Roots     *x509.CertPool // who may sign the server's certificate; nil means the system's
	// Spool is a folder on this machine for what is on its way, encrypted; a crash
	// leaves nothing there that matters. "" is the system's for temporary files.
	Spool string
}

// Store keeps files in a bucket. It is safe for many goroutines, and any number
// of processes may share the buckets.
type Store struct {
	client *minio.Client
	core   minio.Core
	bucket string
	keys   string
	spool  string
}

var _ blob.Store = (*Store)(nil)

const (
	// How long a question may take, and the slowest a transfer may be.
	patience = 30 * time.Second
	slowest  = 256 << 10 // bytes a second

	tries = 4 // of one request, before the server counts as away
)

// Open connects and makes sure that both buckets can be read, written, listed
// and cleared. What stands in the way is a *record.Error for whoever
// administers the server.
func Open(ctx context.Context, o Options) (*Store, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		return nil, wrong("server.s3_endpoint", o, err)
	}
	switch {
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, wrong("server.s3_plain", o, nil)
	case o.AccessKey == "" || o.SecretKey == "":
		return nil, wrong("server.s3_credentials", o, nil)
	case o.Bucket == "" || o.KeyBucket == "" || o.Bucket == o.KeyBucket:
		return nil, wrong("server.s3_two_buckets", o, nil)
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Spool == "" {
		o.Spool = os.TempDir()
	}
	s := &Store{bucket: o.Bucket, keys: o.KeyBucket, spool: o.Spool}
	if err := s.clearSpool(); err != nil {
		return nil, err
	}
	s.client, err = minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure: u.Scheme == "https", Region: o.Region, MaxRetries: tries, Transport: transport(o.Roots)})
	if err != nil {
		return nil, wrong("server.s3_endpoint", o, err)
	}
	s.core = minio.Core{Client: s.client}
	for _, bucket := range []string{o.Bucket, o.KeyBucket} {
		if err := s.probe(ctx, bucket); err != nil {
			return nil, refusal(o, bucket, err)
		}
	}
	versions, err := s.versions(ctx)
	switch {
	case err != nil:
		return nil, refusal(o, o.KeyBucket, err)
	case versions.Enabled():
		return nil, &record.Error{Code: record.Invalid, Message: "server.s3_key_versions", Args: map[string]any{"bucket": s.keys}}
	}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       time.Minute,
		DisableCompression:    true,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
}

// clearSpool removes what a crash left more than a day ago.
func (s *Store) clearSpool() error {
	if err := os.MkdirAll(s.spool, 0o700); err != nil {
		return &record.Error{Code: record.ReadOnly, Message: "file.read_only", Err: err}
	}
	left, err := filepath.Glob(filepath.Join(s.spool, spoolPattern))
	if err != nil {
		return fmt.Errorf("s3: spool: %w", err)
	}
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(name) // the next start tries again
		}
	}
	return nil
}

// probe writes, lists, reads and removes an object.
func (s *Store) probe(ctx context.Context, bucket string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	name := "probe/" + hex.EncodeToString(blob.NewKey()[:16])
	listed := false
	look := func() error {
		return s.list(ctx, bucket, name, func(minio.ObjectInfo) error { listed = true; return nil })
	}
	// Listing comes first: unlike HEAD it says in its answer what is wrong.
	if err := look(); err != nil {
		return err
	}
	if err := s.put(ctx, bucket, name, strings.NewReader(name), int64(len(name))); err != nil {
		return err
	}
	if err := look(); err != nil {
		return err
	}
	if b, err := s.get(ctx, bucket, name, 1<<10); err != nil || string(b) != name || !listed {
		return errors.Join(err, fmt.Errorf("s3: what was written is read as %d bytes, listed %v", len(b), listed))
	}
	return s.remove(ctx, bucket, name, "")
}

// versions asks whether the bucket of keys keeps what was deleted. A server
// that knows no versions keeps none.
func (s *Store) versions(ctx context.Context) (minio.BucketVersioningConfiguration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v, err := s.client.GetBucketVersioning(ctx, s.keys)
	switch minio.ToErrorResponse(err).Code {
	case minio.NotImplemented, minio.MethodNotAllowed, "VersioningNotConfigured":
		return minio.BucketVersioningConfiguration{}, nil
	}
	return v, err
}

func wrong(message string, o Options, err error) error {
	return &record.Error{Code: record.Invalid, Message: message, Err: err,
		Args: map[string]any{"endpoint": o.Endpoint, "bucket": o.Bucket, "keys": o.KeyBucket}}
}

// noUser is what versitygw answers to an access key it does not know, with 404.
const noUser = "XAdminUserNotFound"

// refusal says why the server cannot start with these buckets.
func refusal(o Options, bucket string, err error) error {
	e := &record.Error{Code: record.Offline, Message: "server.s3_away", Args: map[string]any{"endpoint": o.Endpoint, "bucket": bucket}, Err: err}
	var told minio.ErrorResponse
	if !errors.As(err, &told) {
		return e
	}
	switch status := told.StatusCode; {
	case told.Code == minio.NoSuchBucket:
		e.Code, e.Message = record.NotFound, "server.s3_no_bucket"
	case told.Code == minio.InvalidAccessKeyID || told.Code == minio.SignatureDoesNotMatch || told.Code == noUser || status == http.StatusUnauthorized:
		e.Code, e.Message = record.Forbidden, "server.s3_wrong_keys"
	case told.Code == minio.AccessDenied || status == http.StatusForbidden:
		e.Code, e.Message = record.Forbidden, "server.s3_not_writable"
	}
	return e
}

// fault turns what the S3 server, or the way to it, reports into what the other
// side can deal with.
func fault(doing string, err error) error {
	var known *record.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	e := &record.Error{Code: record.Busy, Message: "file.store_away", Err: fmt.Errorf("s3: %s: %w", doing, err)}
	var told minio.ErrorResponse
	if !errors.As(err, &told) {
		return e // the line
	}
	switch status := told.StatusCode; {
	case status == http.StatusInsufficientStorage, strings.HasSuffix(told.Code, "StorageFull"), strings.Contains(told.Code, "Quota"):
		e.Code, e.Message = record.Full, "file.store_full"
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, told.Code == minio.AccessDenied:
		e.Code, e.Message = record.ReadOnly, "file.store_refuses"
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout && status != http.StatusConflict:
		return e.Err
	}
	return e
}

// gone tells whether an object is not there.
func gone(err error) bool {
	var told minio.ErrorResponse
	return errors.As(err, &told) && (told.Code == minio.NoSuchKey || told.Code == minio.NoSuchVersion)
}

// forTransfer gives a context in which size bytes have time to pass.
func forTransfer(ctx context.Context, size int64) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*patience+time.Duration(size/slowest)*time.Second)
}

// put writes an object, durably; it is there whole or not at all.
func (s *Store) put(ctx context.Context, bucket, name string, r io.Reader, size int64) error {
	ctx, cancel := forTransfer(ctx, size)
	defer cancel()
	_, err := s.client.PutObject(ctx, bucket, name, r, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", DisableMultipart: true, SendContentMd5: true})
	return err
}

// get reads a small object.
func (s *Store) get(ctx context.Context, bucket, name string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, _, _, err := s.core.GetObject(ctx, bucket, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, limit))
}

// remove removes an object, or the one version of it that is not "".
func (s *Store) remove(ctx context.Context, bucket, name, version string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.client.RemoveObject(ctx, bucket, name, minio.RemoveObjectOptions{VersionID: version})
	if gone(err) {
		return nil
	}
	return err
}

func (s *Store) list(ctx context.Context, bucket, prefix string, each func(minio.ObjectInfo) error) error {
	return s.listWith(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}, each)
}

func (s *Store) listWith(ctx context.Context, bucket string, o minio.ListObjectsOptions, each func(minio.ObjectInfo) error) error {
	for object := range s.client.ListObjectsIter(ctx, bucket, o) {
		if object.Err != nil {
			return object.Err
		}
		if strings.HasSuffix(object.Key, "/") {
			continue // a gateway to a file system shows its folders
		}
		if err := each(object); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Names of objects.

func place(d record.Hash) (string, error) {
	n, err := blob.Name(d)
	if err != nil {
		return "", err
	}
	return n[7:9] + "/" + n + "/", nil
}

// idOf names a key without telling it.
func idOf(key []byte) string {
	sum := sha256.Sum256(append([]byte("plumbline key "), key...))
	return hex.EncodeToString(sum[:16])
}

func fileName(where string, key []byte, size int64) string {
	return fmt.Sprintf("files/%s%s-%012x", where, idOf(key), size)
}

// readFileName reads what the name of a whole file says. The length stands in
// it so that an object that was cut off is noticed without being read.
func readFileName(name string) (d record.Hash, id string, size int64, ok bool) {
	d, rest, ok := digestIn(name)
	id, hex, cut := strings.Cut(rest, "-")
	n, err := strconv.ParseUint(hex, 16, 62)
	return d, id, int64(n), ok && cut && err == nil
}

// digestIn reads the digest out of an object's name below files/ or parts/, and
// what stands after it.
func digestIn(name string) (d record.Hash, rest string, ok bool) {
	words := strings.Split(name, "/")
	if len(words) != 4 {
		return "", "", false
	}
	d = record.Hash("sha256:" + strings.TrimPrefix(words[2], "sha256-"))
	n, err := blob.Name(d)
	return d, words[3], err == nil && n == words[2]
}

// key reads a file's key; gone when it was dropped.
func (s *Store) key(ctx context.Context, where, id string) ([]byte, error) {
	key, err := s.get(ctx, s.keys, where+id, blob.KeySize+1)
	if err == nil && (len(key) != blob.KeySize || idOf(key) != id) {
		err = &record.Error{Code: record.Broken, Message: "file.key_broken", Err: fmt.Errorf("s3: %s%s is not the key of that name", where, id)}
	}
	return key, err
}

func (s *Store) publishKey(ctx context.Context, where string, key []byte) error {
	return fault("write key", s.put(ctx, s.keys, where+idOf(key), strings.NewReader(string(key)), blob.KeySize))
}
