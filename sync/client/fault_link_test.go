package client_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	bubble "testing/synctest"
	"time"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// inBubble runs a test in virtual time, in a process of its own: what pools
// keep of such a test must not be used outside it.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getenv("PLUMBLINE_BUBBLE") == t.Name() {
		bubble.Test(t, func(t *testing.T) {
			t.Cleanup(func() { time.Sleep(time.Hour) }) // the last of all: what is under way ends
			test(t)
		})
		return
	}
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=30m")
	c.Env = append(os.Environ(), "PLUMBLINE_BUBBLE="+t.Name())
	out, err := c.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "_test.go:") || err != nil {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// far gives a laptop at the far end of a link.
func far(t *testing.T, o *synctest.Office, link *synctest.Link) *synctest.Laptop {
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Client.Pause = 0
	l.Client.Dial(link.Dial)
	t.Cleanup(l.Client.HangUp)
	l.Enrol(o.URL, o.Code())
	return l
}

// A village's line: 32 KB a second, 600 ms each way, one message in twenty cut
// off by a reset. The sync ends, what it does is seen all the while, and hardly
// more than the data themselves goes over the line.
func TestSoakOverASlowLossyLineASyncEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		seed := synctest.Seed(t)
		for n := range uint64(synctest.Rounds(2, 200)) {
			slowLine(t, seed+n, []float64{0.05, 0.3}[n%2]) // what was asked for, and far worse
		}
	})
}

func slowLine(t *testing.T, seed uint64, reset float64) {
	link := synctest.NewLink(synctest.Random(seed, 7))
	o := synctest.Start(t, &synctest.Office{Listen: func() net.Listener { return link }})
	a, b := far(t, o, link), far(t, o, link)
	a.Register()
	a.Sync()
	b.Sync()
	a.Fill(200)
	id := a.Plan(1000)
	var photos int64
	for n := range 6 {
		a.Attach(id, "k1", synctest.Picture(n, 250_000), synctest.Picture(100+n, 8000))
		photos += 258_000
	}
	// The same without faults, to know what has to go over the line.
	ideal := photos
	link.Rate, link.Delay, link.Reset = 32<<10, 600*time.Millisecond, reset
	link.Up.Store(0)

	for _, l := range []*synctest.Laptop{a, b} {
		begun, last := time.Now(), time.Now()
		var still time.Duration
		var pushed, files int64
		syncs := 0
		for {
			syncs++
			_, err := l.Client.Sync(ctx, func(p client.Progress) {
				still = max(still, time.Since(last))
				last = time.Now()
				pushed, files = max(pushed, p.Entries), max(files, int64(p.Files))
			})
			if err == nil {
				break
			}
			if record.CodeOf(err) != record.Offline || syncs > 20 {
				t.Fatalf("seed %d, sync %d: %v", seed, syncs, err)
			}
		}
		if still > 20*time.Second {
			t.Errorf("seed %d: nothing was seen to happen for %v", seed, still)
		}
		t.Logf("seed %d: %d syncs, %v, at most %v without progress, %d resets, up %d KB, down %d KB", seed, syncs, time.Since(begun).Round(time.Second),
			still.Round(time.Second), link.Cuts.Load(), link.Up.Load()>>10, link.Down.Load()>>10)
		if l == a {
			if up := link.Up.Load(); reset < 0.1 && up > ideal*5/4+400<<10 {
				t.Errorf("seed %d: %d bytes went up for %d bytes of photos and 200 inspections", seed, up, ideal)
			}
			if st, err := a.Store.Status(ctx); err != nil || st.FilesLeft != 0 || st.Sent != st.Entries {
				t.Errorf("seed %d: status %+v, %v", seed, st, err)
			}
		}
	}
	synctest.Equal(t, o.Store, a.Store, b.Store)
}

// Half a year in a valley without a network: the token has long ended, the
// server's certificate was renewed twice, nobody renewed anything on the
// laptop. It writes all the while and syncs at the first try.
func TestALaptopOfflineForMonthsAndYearsIsNotLockedOutOfItsData(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		link := synctest.NewLink(synctest.Random(1, 1))
		o := synctest.Start(t, &synctest.Office{TLS: true, Listen: func() net.Listener { return link }})
		l := far(t, o, link)
		l.Register()
		l.Sync()
		before := certificateOf(t, link)
		for n, away := range []time.Duration{183 * 24 * time.Hour, 3 * 365 * 24 * time.Hour} {
			id := l.Plan(n)
			time.Sleep(away)
			if _, err := l.Store.Inspection(ctx, id); err != nil {
				t.Errorf("after %v the laptop cannot read its own data: %v", away, err)
			}
			l.Answer(id, "k1", record.Nonconform, fmt.Sprint("after ", away))
			e := l.Attach(id, "k1", synctest.Picture(n, 3000), synctest.Picture(100+n, 300))
			r := l.Sync()
			if len(r.Warnings) != 0 || r.Sent == 0 {
				t.Errorf("after %v: %+v", away, r)
			}
			if got, err := o.Files.Digest(e.Digest); err != nil || got != e.Digest {
				t.Errorf("after %v the photo is not at the server: %v", away, err)
			}
			synctest.Equal(t, l.Store, o.Store)
			if after := certificateOf(t, link); after == before {
				t.Errorf("after %v the server still shows the certificate of the first day: the test proves little", away)
			}
		}
	})
}

// certificateOf gives the serial number of the certificate the server shows.
func certificateOf(t *testing.T, link *synctest.Link) string {
	t.Helper()
	raw, err := link.Dial(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	defer c.Close()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
}
