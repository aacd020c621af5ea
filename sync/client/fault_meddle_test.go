package client_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"plumbline/app/record"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

// reply is what an HTTP server answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (a reply) to(w http.ResponseWriter) {
	for k, v := range a.header {
		if k != "Content-Length" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// meddler stands between a laptop and its server and sees every message.
type meddler struct {
	url string
	to  string

	mu sync.Mutex
	do func(w http.ResponseWriter, r *http.Request, body []byte) // nil passes all on
}

func newMeddler(t *testing.T, to string) *meddler {
	m := &meddler{to: to}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		m.mu.Lock()
		do := m.do
		m.mu.Unlock()
		if do == nil {
			m.pass(r, body).to(w)
			return
		}
		do(w, r, body)
	}))
	t.Cleanup(s.Close)
	m.url = s.URL
	return m
}

// pass hands a request on and gives the server's answer.
func (m *meddler) pass(r *http.Request, body []byte) reply {
	q, err := http.NewRequest(r.Method, m.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return reply{status: http.StatusBadGateway}
	}
	q.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return reply{status: http.StatusBadGateway}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{status: http.StatusBadGateway}
	}
	return reply{resp.StatusCode, resp.Header, b}
}

func (m *meddler) meddle(do func(w http.ResponseWriter, r *http.Request, body []byte)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.do = do
}

const loginPage = `<!DOCTYPE html><html><head><title>Welcome to Hotel WiFi</title></head><body><form action="/login">room <input name="room"></form></body></html>`

// A hotel's login page, a gateway's error page, a bomb: whatever answers in the
// server's place is told for what it is, gets nothing, and changes nothing.
func TestSoakWhatAnswersInTheServersPlaceIsToldAndHarmsNothing(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zstdBomb := w.EncodeAll(make([]byte, 300<<20), nil)
	var gzipBomb bytes.Buffer
	z := gzip.NewWriter(&gzipBomb)
	z.Write(make([]byte, 300<<20))
	z.Close()
	stolen := ""
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		stolen += r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + string(b)
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, loginPage)
	}))
	defer thief.Close()
	page := func(status int, kind, body string) func(http.ResponseWriter, *http.Request, []byte) {
		return func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	redirect := func(status int) func(http.ResponseWriter, *http.Request, []byte) {
		return func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, thief.URL+"/login?from="+r.URL.Path, status)
		}
	}
	for n, c := range []struct {
		name string
		do   func(http.ResponseWriter, *http.Request, []byte)
		want string
	}{
		{"a login page", page(200, "text/html; charset=utf-8", loginPage), "sync.gateway"},
		{"a login page that does not say what it is", page(200, "", loginPage), "sync.gateway"},
		{"network authentication required", page(511, "text/html", loginPage), "sync.gateway"},
		{"a redirect to a login page", redirect(302), "sync.gateway"},
		{"a redirect that keeps the method", redirect(307), "sync.gateway"},
		{"a permanent redirect", redirect(308), "sync.gateway"},
		{"bad gateway", page(502, "text/html", "<h1>502 Bad Gateway</h1>"), "sync.gateway"},
		{"gateway timeout", page(504, "text/html", "<h1>504</h1>"), "sync.gateway"},
		{"forbidden by a firewall", page(403, "text/html", "<h1>Blocked by policy</h1>"), "sync.gateway"},
		{"too large for a gateway", page(413, "text/html", "<h1>413</h1>"), "sync.gateway"},
		{"an empty answer", page(200, "application/json", ""), "sync.answer_strange"},
		{"JSON of something else", page(200, "application/json", `{"hello": "world"}`), "sync.wrong_server"},
		{"a zstd bomb", page(200, protocol.MediaType, string(zstdBomb)), "sync.answer_strange"},
		{"a gzip bomb", func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", protocol.MediaType)
			w.Write(gzipBomb.Bytes())
		}, "sync.answer_strange"},
		{"an answer without end", func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Type", protocol.MediaType)
			for b := make([]byte, 1<<20); ; {
				if _, err := w.Write(b); err != nil {
					return
				}
			}
		}, "sync.answer_strange"},
	} {
		for k, when := range []string{"from the first request", "from the first message", "from the first photo"} {
			if !synctest.Soaking() && n%3 != k {
				continue
			}
			t.Run(c.name+" "+when, func(t *testing.T) {
				o := synctest.Start(t, &synctest.Office{})
				m := newMeddler(t, o.URL)
				l := synctest.OpenLaptop(t, t.TempDir())
				l.Enrol(m.url, o.Code())
				l.Register()
				id := l.Plan(1)
				l.Attach(id, "k1", synctest.Picture(1, 3000), synctest.Picture(2, 300))
				before := synctest.Digest(t, l.Store)
				l.Client.GiveUpAfter(2)
				m.meddle(func(w http.ResponseWriter, r *http.Request, body []byte) {
					switch {
					case when == "from the first message" && r.URL.Path == protocol.PathToken,
						when == "from the first photo" && r.Method != http.MethodPatch:
						m.pass(r, body).to(w)
					default:
						c.do(w, r, body)
					}
				})
				stolen = ""
				want := c.want
				if when != "from the first request" && want == "sync.wrong_server" {
					want = "sync.answer_strange"
				}
				_, err := l.Client.Sync(ctx, nil)
				st, e := l.Store.Status(ctx)
				var told *record.Error
				if !errors.As(err, &told) || told.Message != want {
					t.Errorf("got %v, want %s", err, want)
				}
				if e != nil || st.FilesSent != 0 || when == "from the first request" && st.Sent != 0 {
					t.Errorf("status %+v, %v: something counts as sent", st, e)
				}
				if stolen != "" {
					t.Errorf("sent to a stranger: %.200q", stolen)
				}
				if synctest.Digest(t, l.Store) != before {
					t.Error("the tables changed")
				}
				m.meddle(nil)
				l.Sync()
				if st, err := l.Store.Status(ctx); err != nil || st.FilesLeft != 0 || st.Sent != st.Entries {
					t.Errorf("afterwards: status %+v, %v", st, err)
				}
				synctest.Equal(t, l.Store, o.Store)
			})
		}
	}
}

// A bit of a digest flipped in the answer about missing files: the file that
// was meant would pass as one the server has.
func TestAnAlteredAnswerAboutFilesReceiptsNothing(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	m := newMeddler(t, o.URL)
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(m.url, o.Code())
	l.Register()
	id := l.Plan(1)
	e := l.Attach(id, "k1", synctest.Picture(1, 2000), synctest.Picture(2, 200))
	m.meddle(func(w http.ResponseWriter, r *http.Request, body []byte) {
		out := m.pass(r, body)
		if at := bytes.Index(out.body, []byte(e.Digest)); r.URL.Path == protocol.PathHave && at >= 0 {
			out.body[at+len("sha256:")] ^= 1
		}
		out.to(w)
	})
	l.Client.GiveUpAfter(2)
	if _, err := l.Client.Sync(ctx, nil); message(err) != "sync.answer_strange" {
		t.Errorf("got %v, want sync.answer_strange", err)
	}
	if st, err := l.Store.Status(ctx); err != nil || st.FilesLeft != 2 {
		t.Errorf("%d files are left to send, %v; want 2", st.FilesLeft, err)
	}
	m.meddle(nil)
	l.Sync()
	if got, err := o.Files.Digest(e.Digest); err != nil || got != e.Digest {
		t.Errorf("the server has %s, %v", got.Short(), err)
	}
}

// Messages that come twice, late, in each other's place, cut short or with a
// flipped bit, in requests and answers: a sync may fail, but nothing is lost,
// doubled or altered, and the next undisturbed one puts all right.
func TestSoakMessagesTwiceLateTornOrFlippedHarmNothing(t *testing.T) {
	seed := synctest.Seed(t)
	o := synctest.Start(t, &synctest.Office{})
	m := newMeddler(t, o.URL)
	a, b := synctest.OpenLaptop(t, t.TempDir()), o.Laptop()
	a.Enrol(m.url, o.Code())
	a.Register()
	id := a.Plan(1)
	a.Sync()
	b.Sync()
	type recorded struct {
		r    *http.Request
		body []byte
		a    reply
	}
	var mu sync.Mutex
	var past []recorded
	random := synctest.Random(seed, 6)
	did := map[string]int{}
	failed := map[string]int{}
	meddle := func(w http.ResponseWriter, r *http.Request, body []byte) {
		mu.Lock()
		defer mu.Unlock()
		do := ""
		if random.IntN(3) == 0 {
			do = []string{"twice", "late", "replayed", "answer of before", "torn request", "torn answer", "flipped request", "flipped answer", "answer lost"}[random.IntN(9)]
			did[do]++
		}
		var out reply
		switch do {
		case "twice":
			m.pass(r, body)
			out = m.pass(r, body)
		case "late", "replayed": // something recorded comes again, before or after
			if len(past) > 0 && do == "late" {
				p := past[random.IntN(len(past))]
				m.pass(p.r, p.body)
			}
			out = m.pass(r, body)
			if len(past) > 0 && do == "replayed" {
				p := past[random.IntN(len(past))]
				m.pass(p.r, p.body)
			}
		case "answer of before":
			out = m.pass(r, body)
			for n := len(past) - 1; n >= 0; n-- {
				if past[n].r.URL.Path == r.URL.Path && random.IntN(2) == 0 {
					out = past[n].a
					break
				}
			}
		case "torn request":
			out = m.pass(r, body[:random.IntN(len(body)+1)])
		case "flipped request":
			out = m.pass(r, flipped(random, body))
		case "torn answer":
			out = m.pass(r, body)
			out.body = out.body[:random.IntN(len(out.body)+1)]
		case "flipped answer":
			out = m.pass(r, body)
			out.body = flipped(random, out.body)
		case "answer lost":
			m.pass(r, body)
			out = reply{status: http.StatusBadGateway, body: []byte("<h1>502</h1>")}
		default:
			out = m.pass(r, body)
			if len(past) < 300 {
				past = append(past, recorded{r.Clone(ctx), body, out})
			} else {
				past[random.IntN(len(past))] = recorded{r.Clone(ctx), body, out}
			}
		}
		out.to(w)
	}
	rounds := synctest.Rounds(15, 3000)
	for n := range rounds {
		if n%30 == 29 {
			id = a.Plan(n)
		}
		a.Answer(id, fmt.Sprint("k", n%5), record.Nonconform, fmt.Sprint("mine ", n))
		a.Attach(id, "k1", synctest.Picture(n, 2000), synctest.Picture(100_000+n, 200))
		if n%3 == 0 {
			b.Answer(id, fmt.Sprint("k", n%5), record.Conform, fmt.Sprint("theirs ", n))
			b.Sync()
		}
		saved := synctest.Entries(t, a.Store)
		a.Client.GiveUpAfter(2)
		m.meddle(meddle)
		_, err := a.Client.Sync(ctx, nil)
		m.meddle(nil)
		if err != nil {
			var told *record.Error
			if !errors.As(err, &told) {
				t.Fatalf("round %d: %v is no error for people", n, err)
			}
			failed[told.Message]++
		}
		if got := synctest.Entries(t, a.Store); got < saved {
			t.Fatalf("round %d: %d entries were saved, %d are there", n, saved, got)
		}
		a.Client.GiveUpAfter(6)
		if _, err := a.Client.Sync(ctx, nil); err != nil {
			t.Fatalf("round %d: undisturbed: %v (before: %v)", n, err, failed)
		}
		if n%10 == 9 || n == rounds-1 {
			b.Sync()
			a.Sync()
			synctest.Equal(t, o.Store, a.Store, b.Store)
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	st, err := a.Store.Status(ctx)
	if err != nil || st.FilesLeft != 0 || st.Sent != st.Entries {
		t.Errorf("status %+v, %v", st, err)
	}
	v, err := o.Store.Verify(ctx, func(f record.File) (record.Hash, error) { return o.Files.Digest(f.Digest) })
	if err != nil || len(v.Problems) > 0 || v.Files != 2*rounds {
		t.Errorf("verify: %d files, %+v, %v", v.Files, v.Problems, err)
	}
	t.Logf("%d rounds; meddled: %v; told: %v", rounds, did, failed)
	if len(did) < 5 || !strings.Contains(fmt.Sprint(failed), "sync.") {
		t.Error("nearly nothing was meddled with: the test proves little")
	}
}

func flipped(r *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	b = bytes.Clone(b)
	b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	return b
}

// Found with the full disk: while questions were answered and batches were not,
// the laptop asked and sent for ever, and nobody was told.
func TestAGatewayThatStopsBatchesOnlyIsTold(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	m := newMeddler(t, o.URL)
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(m.url, o.Code())
	l.Register()
	l.Fill(150) // more than the first request takes
	batches := 0
	m.meddle(func(w http.ResponseWriter, r *http.Request, body []byte) {
		if r.URL.Path == protocol.PathPush {
			batches++
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		m.pass(r, body).to(w)
	})
	var told *record.Error
	if _, err := l.Client.Sync(ctx, nil); !errors.As(err, &told) || told.Message != "sync.gateway" {
		t.Errorf("got %v, want sync.gateway", err)
	}
	if batches == 0 || batches > 20 {
		t.Errorf("%d batches were tried", batches)
	}
	m.meddle(nil)
	l.Sync()
	synctest.Equal(t, l.Store, o.Store)
}
