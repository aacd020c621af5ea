package client

import (
	"context"
	"errors"
	mrand "math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"plumbline/app/record"
)

// Auto says when KeepSyncing syncs; zero fields mean the defaults.
type Auto struct {
	Look    time.Duration // how often to look whether there is a reason: 5 s
	Calm    time.Duration // after the last word was saved, before it is sent: 15 s
	Every   time.Duration // when nothing was saved here, since others may have: 10 min
	Longest time.Duration // between two tries while the server is away: 5 min

	// Sync does it; nil means the client's own. A window hands over one that shows
	// its progress.
	Sync func(context.Context) error
	// Network names the network this machine is on, so that a change is noticed;
	// nil means the addresses of its interfaces.
	Network func() string
}

// KeepSyncing syncs by itself until ctx ends: when words were saved and the
// typing has paused, from time to time for what others saved, and, after the
// server was away, with growing pauses, or at once when the network has changed
// or the machine was asleep. What only a person can mend (access ended, two
// copies of one laptop, a newer server) is tried again seldom.
func (c *Client) KeepSyncing(ctx context.Context, a Auto) error {
	a = a.withDefaults(c)
	if release, err := c.lease(ctx); err == nil { // else another program is at it
		c.protect()
		release()
	}
	var k keeper
	k.network, k.looked = a.Network(), time.Now()
	for {
		if err := sleep(ctx, a.Look); err != nil {
			return err
		}
		due, err := c.due(ctx, a, &k)
		if err != nil || !due {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue // a folder that cannot be read now is told where a person reads it
		}
		k.done(a.Sync(ctx), a)
	}
}

func (a Auto) withDefaults(c *Client) Auto {
	for p, d := range map[*time.Duration]time.Duration{&a.Look: 5 * time.Second, &a.Calm: 15 * time.Second, &a.Every: 10 * time.Minute, &a.Longest: 5 * time.Minute} {
		if *p <= 0 {
			*p = d
		}
	}
	if a.Sync == nil {
		a.Sync = func(ctx context.Context) error { _, err := c.Sync(ctx, nil); return err }
	}
	if a.Network == nil {
		a.Network = addresses
	}
	return a
}

// keeper is what KeepSyncing remembers from one look to the next.
type keeper struct {
	network string
	looked  time.Time
	tried   time.Time     // the last try; zero before the first
	pause   time.Duration // until the next one
	failed  int           // tries in a row that did not reach the server
	head    int64         // of our journal, last seen
	saved   time.Time     // when it last moved
}

// due tells whether there is a reason to sync now.
func (c *Client) due(ctx context.Context, a Auto, k *keeper) (bool, error) {
	now := time.Now()
	// The wall clock goes on while a laptop sleeps; a monotonic one may not.
	slept := now.Round(0).Sub(k.looked.Round(0)) > 4*a.Look+30*time.Second
	k.looked = now
	network := a.Network()
	changed := network != k.network
	k.network = network
	r, enrolled, err := c.store.Remote(ctx)
	if err != nil || !enrolled {
		return false, err
	}
	if changed || slept {
		// Once more at once, then from short pauses on.
		k.failed, k.pause = 0, 0
		return network != "", nil
	}
	if !k.tried.IsZero() && now.Sub(k.tried) < k.pause {
		return false, nil
	}
	h, err := c.store.Head(ctx, c.store.Self())
	if err != nil {
		return false, err
	}
	if h.Seq != k.head {
		if k.head != 0 {
			k.saved = now
		}
		k.head = h.Seq
	}
	switch {
	case k.tried.IsZero(), k.failed > 0:
		return true, nil
	case h.Seq > r.Confirmed:
		return now.Sub(k.saved) >= a.Calm, nil
	}
	return now.Sub(k.tried) >= a.Every, nil
}

// done notes how a try went.
func (k *keeper) done(err error, a Auto) {
	k.tried, k.pause = time.Now(), 0
	code := record.CodeOf(err)
	switch {
	case err == nil:
		k.failed = 0
	case code == record.Busy || errors.Is(err, context.Canceled):
		// Another program syncs, or a person stopped this one.
		k.failed, k.pause = 0, a.Calm
	case code == record.Offline:
		k.failed++
		// Half of it by chance, so that a hundred laptops do not come back in one moment.
		k.pause = min(a.Longest, a.Calm<<min(k.failed-1, 10))
		k.pause = k.pause/2 + time.Duration(mrand.Int64N(int64(k.pause/2)+1))
	default:
		k.failed, k.pause = 0, a.Longest
	}
}

// addresses names the network by this machine's addresses on it; "" when there
// are none.
func addresses() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return "unknown"
	}
	var out []string
	for _, x := range list {
		if n, ok := x.(*net.IPNet); ok && (n.IP.IsLoopback() || n.IP.IsLinkLocalUnicast()) {
			continue
		}
		out = append(out, x.String())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
