package client

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

// Client syncs one data folder. It keeps connection and token between syncs,
// so a window should keep one Client. It is safe for many goroutines.
type Client struct {
	// Insecure lets Enrol use http:// to a server that is not on this machine.
	Insecure bool
	// App names program and version in the server's log.
	App string
	// Pause comes before the first retry on a bad line and doubles with each;
	// 0 means half a second.
	Pause time.Duration
	// Safe is where the system keeps this laptop's device key; nil leaves it in
	// its file.
	Safe protocol.Safe

	store  *store.Store
	files  blob.Store
	folder string
	now    func() time.Time
	prefix string // of the settings' names, for a link to a server below

	tries int                                                                  // failures in a row before giving up
	stall time.Duration                                                        // how long a line may stand still
	dial  func(ctx context.Context, network, address string) (net.Conn, error) // nil: TCP

	mu    sync.Mutex
	asked bool // whether Safe was asked to keep the key
	http  *http.Client
	http4 string // the URL and certificate authority that http is for
	pin   *pinned
	token string
	until time.Time // by this laptop's clock
}

// New makes the client of an open data folder.
func New(s *store.Store, files *blob.Folder, folder string) *Client {
	return &Client{store: s, files: files, folder: folder, now: time.Now, tries: 6, stall: 2 * time.Minute}
}

// Settings of the data folder that belong to the server it is enrolled with.
const (
	settingCA          = "remote.ca"          // PEM of the server's own certificate authority, "" for a public one
	settingCertificate = "remote.certificate" // JSON of protocol.Certificate
	settingBodies      = "remote.bodies"      // when the whole feed was last pulled for the sake of bodies that did not come with their entries
	settingRefill      = "remote.refill"      // the server that was restored and has not got everything back yet
)

func (c *Client) keys() protocol.Keys { return protocol.Keys{Folder: c.folder, Safe: c.Safe} }

// key gives this laptop's device key. Whoever asks has the lease.
func (c *Client) key() (ed25519.PrivateKey, error) {
	c.protect()
	return c.keys().Load()
}

// protect has the system keep a key that lies in its file. It tries once: a
// keyring may ask a person. Where it fails the key is as good as before, and Key
// says where it lies.
func (c *Client) protect() {
	if c.Safe == nil {
		return
	}
	c.mu.Lock()
	before := c.asked
	c.asked = true
	c.mu.Unlock()
	if before {
		return
	}
	k := c.keys()
	if k.Protect() == nil {
		k.ClearUnfinished()
	}
}

// Key tells where this laptop's device key is kept and whether it opens.
func (c *Client) Key() protocol.KeyState { return c.keys().State() }

// lease makes sure that of two programs on one folder one syncs at a time. It
// ends with the program, however that ends.
func (c *Client) lease(ctx context.Context) (release func(), err error) {
	l := flock.New(filepath.Join(c.folder, "sync-lock"))
	ok, err := l.TryLock()
	for wait := 0; err == nil && !ok && wait < 20; wait++ {
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			l.Close()
			return nil, err
		}
		ok, err = l.TryLock()
	}
	switch {
	case err != nil:
		l.Close()
		return nil, &record.Error{Code: record.ReadOnly, Message: "store.read_only", Args: map[string]any{"folder": c.folder}, Err: err}
	case !ok:
		l.Close()
		return nil, &record.Error{Code: record.Busy, Message: "sync.running"}
	}
	return func() { l.Close() }, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) certificate(ctx context.Context) (*protocol.Certificate, error) {
	v, err := c.store.Setting(ctx, c.prefix+settingCertificate)
	if err != nil || v == "" {
		return nil, err
	}
	var out protocol.Certificate
	if json.Unmarshal([]byte(v), &out) != nil {
		return nil, nil // the server knows us without it
	}
	return &out, nil
}

// host is this machine's name, for the server's list of devices.
func host() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
