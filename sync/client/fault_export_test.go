package client

import (
	"context"
	"net"
	"time"
)

// What tests of faults set on a client that its users need not.

// GiveUpAfter sets how many failures in a row end a sync.
func (c *Client) GiveUpAfter(tries int) { c.tries = tries }

// Clock replaces the laptop's clock.
func (c *Client) Clock(now func() time.Time) { c.now = now }

// Dial replaces the network.
func (c *Client) Dial(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.dial = dial
}

// HangUp ends the connections that are kept between syncs.
func (c *Client) HangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
}
