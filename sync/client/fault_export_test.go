package client

import (
	"net/http"
	"time"
)

// What tests of faults set on a client that its users need not.

// GiveUpAfter sets how many failures in a row end a sync.
func (c *Client) GiveUpAfter(tries int) { c.tries = tries }

// Clock replaces the laptop's clock.
func (c *Client) Clock(now func() time.Time) { c.now = now }

// Travel makes the client reach the server at a plain http URL by rt.
func (c *Client) Travel(url string, rt http.RoundTripper) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pin = &pinned{}
	c.http, c.http4 = &http.Client{Transport: rt}, url+"\n"
}
