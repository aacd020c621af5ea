package server_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

var ctx = context.Background()

// visitor speaks HTTP to an office with an enrolled laptop's token.
type visitor struct {
	t     *testing.T
	o     *synctest.Office
	l     *synctest.Laptop
	key   ed25519.PrivateKey
	token string
}

func newVisitor(t *testing.T, o *synctest.Office) *visitor {
	t.Helper()
	v := visitorOf(t, o, o.Laptop())
	v.t = t
	return v
}

func (v *visitor) do(method, path string, body []byte, header map[string]string) (int, []byte) {
	v.t.Helper()
	r, err := http.NewRequest(method, v.o.URL+path, bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	for k, x := range header {
		r.Header.Set(k, x)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, b
}

// fault posts a message and gives the message key of the refusal.
func (v *visitor) fault(path string, body []byte) string {
	v.t.Helper()
	_, b := v.do("POST", path, body, nil)
	var f protocol.Fault
	json.Unmarshal(b, &f)
	return f.Message
}

// push makes the bytes of a push of the laptop's journal.
func (v *visitor) push(change func(*protocol.Push, []journal.Entry) []journal.Entry) []byte {
	v.t.Helper()
	entries, err := v.l.Store.After(ctx, v.l.Store.Self(), 0, 500, 1<<20)
	if err != nil {
		v.t.Fatal(err)
	}
	var p protocol.Push
	if change != nil {
		entries = change(&p, entries)
	}
	if p.Heads == nil {
		p.Heads = v.sign(entries)
	}
	b, err := protocol.AppendMessage(nil, protocol.Request{Push: &p}, entries)
	if err != nil {
		v.t.Fatal(err)
	}
	return b
}

func (v *visitor) sign(entries []journal.Entry) []protocol.SignedHead {
	e := entries[len(entries)-1]
	h := journal.Head{Seq: e.Seq, Hash: e.Hash}
	return []protocol.SignedHead{{Point: protocol.At(e.Chain(), h), Signature: journal.SignHead(v.key, e.Chain(), h)}}
}

func (v *visitor) pushed(b []byte) protocol.Pushed {
	v.t.Helper()
	status, body := v.do("POST", protocol.PathPush, b, nil)
	var a protocol.Answer
	if status == 200 {
		if _, err := protocol.ReadMessage(body, &a); err != nil {
			v.t.Fatal(err)
		}
	}
	if a.Push == nil {
		v.t.Fatalf("%d %s", status, body)
	}
	return *a.Push
}

func TestARecordedBatchPlayedAgainChangesNothing(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		v := newVisitor(t, o)
		v.l.Register()
		id := v.l.Plan(1)
		v.l.Answer(id, "k1", record.Conform, "")
		b := v.push(nil)
		first := v.pushed(b)
		before := synctest.Digest(t, o.Store)
		again := v.pushed(b)
		if first.Stored != 4 || again.Stored != 0 || again.Known != 4 {
			t.Errorf("got %+v, then %+v", first, again)
		}
		if synctest.Digest(t, o.Store) != before || synctest.Entries(t, o.Store) != 4 {
			t.Error("the tables changed")
		}
	})
}

func TestForgedAndTornPushesAreRefusedWhole(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	v, other := newVisitor(t, o), newVisitor(t, o)
	v.l.Register()
	v.l.Plan(1)
	stranger := ed25519.NewKeyFromSeed(make([]byte, 32))
	for _, c := range []struct {
		name, want string
		change     func(*protocol.Push, []journal.Entry) []journal.Entry
	}{
		{"no signature", "sync.head_signature", func(p *protocol.Push, e []journal.Entry) []journal.Entry {
			p.Heads = []protocol.SignedHead{}
			return e
		}},
		{"a stranger's signature", "sync.head_signature", func(p *protocol.Push, e []journal.Entry) []journal.Entry {
			p.Heads = v.sign(e)
			p.Heads[0].Signature = journal.SignHead(stranger, e[0].Chain(), p.Heads[0].Head())
			return e
		}},
		{"signed by another device", "sync.head_signature", func(p *protocol.Push, e []journal.Entry) []journal.Entry {
			p.Heads = other.sign(e)
			return e
		}},
		{"the signature of an earlier head", "sync.head_signature", func(p *protocol.Push, e []journal.Entry) []journal.Entry {
			p.Heads = v.sign(e[:1])
			return e
		}},
		{"a hole in the middle", "sync.message_broken", func(_ *protocol.Push, e []journal.Entry) []journal.Entry {
			return append(e[:1:1], e[2:]...)
		}},
		{"out of order", "sync.message_broken", func(_ *protocol.Push, e []journal.Entry) []journal.Entry {
			return []journal.Entry{e[1], e[0], e[2]}
		}},
		{"an unknown device", "sync.device_unknown", func(p *protocol.Push, e []journal.Entry) []journal.Entry {
			forged := forge(t, "dev_stranger", "", e[0])
			h := journal.Head{Seq: 1, Hash: forged.Hash}
			p.Heads = []protocol.SignedHead{{Point: protocol.At(forged.Chain(), h), Signature: journal.SignHead(stranger, forged.Chain(), h)}}
			return []journal.Entry{forged}
		}},
		{"a refusal by a laptop", "refuse.not_a_server", func(_ *protocol.Push, e []journal.Entry) []journal.Entry {
			return []journal.Entry{forge(t, v.l.Store.Self().Device, record.Refuse, e[0])}
		}},
	} {
		if got := v.fault(protocol.PathPush, v.push(c.change)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	gap := v.pushed(v.push(func(_ *protocol.Push, e []journal.Entry) []journal.Entry { return e[1:] }))
	if !gap.Gap || gap.Stored != 0 {
		t.Errorf("a gap: got %+v", gap)
	}
	if n := synctest.Entries(t, o.Store); n != 0 {
		t.Errorf("the server kept %d entries", n)
	}
	// Another laptop may carry them, with their own signature.
	if got := other.pushed(v.push(nil)); got.Stored != 3 {
		t.Errorf("carried by another: got %+v", got)
	}
	forked := v.pushed(v.push(func(_ *protocol.Push, e []journal.Entry) []journal.Entry {
		return []journal.Entry{forge(t, v.l.Store.Self().Device, record.Set, e[0])}
	}))
	if !forked.Forked || synctest.Entries(t, o.Store) != 3 {
		t.Errorf("another entry 1: got %+v", forked)
	}
}

func TestASealThatNobodyCanReadHoldsNobodyUp(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	v := newVisitor(t, o)
	v.l.Register()
	id := v.l.Plan(1)
	b := v.push(func(_ *protocol.Push, e []journal.Entry) []journal.Entry {
		last := e[len(e)-1]
		h := last.Header
		h.Seq, h.Prev, h.Kind, h.Record, h.Base = last.Seq+1, last.Hash, record.Seal, id, nil
		c, err := journal.NewContent(record.Body{Seal: &record.SealBody{Manifest: []byte{0}}})
		if err != nil {
			t.Fatal(err)
		}
		seal, err := journal.New(h, c)
		if err != nil {
			t.Fatal(err)
		}
		return append(e, seal)
	})
	if got := v.pushed(b); got.Stored != 4 {
		t.Errorf("got %+v, want all 4 stored", got)
	}
}

// forge makes another first entry for a device's chain.
func forge(t *testing.T, device record.ID, kind record.Kind, like journal.Entry) journal.Entry {
	t.Helper()
	h := like.Header
	h.Device = device
	if kind != "" {
		h.Kind = kind
	}
	c, err := journal.NewContent(record.Body{Reason: "forged", Refuse: &record.Refusal{Entry: like.Hash}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := journal.New(h, c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestBombsAndHugeLengthsAreRefused(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	v := newVisitor(t, o)
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	envelope := append(binary.AppendUvarint(nil, 11), `{"push":{}}`...)
	e := journal.AppendFrame(nil, forge(t, "dev_x", record.Set, journal.Entry{Header: journal.Header{Device: "dev_x", Epoch: "e", Seq: 1, Record: "insp_1"}}))
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"200 MB of frames":    {w.EncodeAll(append(bytes.Clone(envelope), bytes.Repeat(e, 200<<20/len(e))...), nil), "sync.message_too_large"},
		"200 MB in one frame": {w.EncodeAll(append(append(bytes.Clone(envelope), 1, 0x80, 0x80, 0x80, 0x04), make([]byte, 200<<20)...), nil), "journal.header"},
		"a frame of 1 GB":     {w.EncodeAll(append(append(bytes.Clone(envelope), 1), binary.AppendUvarint(nil, 1<<30)...), nil), "journal.frame"},
		"an envelope of 1 GB": {w.EncodeAll(binary.AppendUvarint(nil, 1<<30), nil), "sync.message_broken"},
		"no message":          {[]byte("hello"), "sync.message_broken"},
		"entries but no push": {w.EncodeAll(append(append(binary.AppendUvarint(nil, 2), "{}"...), e...), nil), "sync.message_broken"},
		"more than it may be": {make([]byte, protocol.MaxBody+1), "sync.message_too_large"},
		"an empty request":    {nil, "sync.message_broken"},
	} {
		if got := v.fault(protocol.PathPush, c.body); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	v.l.Register()
	v.l.Sync() // it still works
}

func TestHostileFileNamesTouchNothing(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	v := newVisitor(t, o)
	before := tree(t, o.Folder)
	for _, name := range []string{"..%2f..%2fetc%2fpasswd", "sha256:" + strings.Repeat("g", 64), "sha256:", "%00", "sha256:..%2f" + strings.Repeat("a", 61), "sm3:" + strings.Repeat("a", 64),
		"sha256:" + strings.Repeat("A", 64), "..%5c..%5cwindows", "con", strings.Repeat("x", 5000)} {
		for _, method := range []string{"GET", "PATCH", "HEAD"} {
			status, body := v.do(method, protocol.PathFile+name, []byte("x"), map[string]string{protocol.HeaderOffset: "0", protocol.HeaderLength: "1"})
			if status < 400 || status >= 500 {
				t.Errorf("%s %.40s: %d %s", method, name, status, body)
			}
		}
	}
	good := protocol.PathFile + string(record.HashOf([]byte("x")))
	for _, h := range []map[string]string{{}, {protocol.HeaderOffset: "0"}, {protocol.HeaderOffset: "-1", protocol.HeaderLength: "1"}, {protocol.HeaderOffset: "2", protocol.HeaderLength: "1"},
		{protocol.HeaderOffset: "0", protocol.HeaderLength: "9999999999999"}, {protocol.HeaderOffset: "x", protocol.HeaderLength: "1"}} {
		if status, body := v.do("PATCH", good, []byte("x"), h); status < 400 || status >= 500 {
			t.Errorf("%v: %d %s", h, status, body)
		}
	}
	if after := tree(t, o.Folder); after != before {
		t.Errorf("the folder changed:\n%s\nwas\n%s", after, before)
	}
	// A piece beyond the limit: what is told is the limit, not a fault of the server.
	long := map[string]string{protocol.HeaderOffset: "0", protocol.HeaderLength: "9000000"}
	if status, body := v.do("PATCH", good, make([]byte, protocol.MaxPiece+1), long); status != 413 {
		t.Errorf("a piece of %d bytes: %d %s", protocol.MaxPiece+1, status, body)
	}
	// Bytes that are not what the name promises.
	status, body := v.do("PATCH", good, []byte("y"), map[string]string{protocol.HeaderOffset: "0", protocol.HeaderLength: "1"})
	if status != 422 || o.Files.Has(record.HashOf([]byte("x"))) {
		t.Errorf("wrong bytes: %d %s", status, body)
	}
}

func tree(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(filepath.Join(folder, "files"), func(path string, d fs.DirEntry, err error) error {
		b.WriteString(path + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWithoutATokenNothingIsSaid(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	v := newVisitor(t, o)
	good := v.token
	for _, token := range []string{"", "x", good + "A", "t1." + string(v.l.Store.Self().Device) + ".zzzzzzzz." + good[strings.LastIndexByte(good, '.')+1:]} {
		v.token = token
		for _, path := range []string{protocol.PathHello, protocol.PathPush, protocol.PathPull, protocol.PathSync, protocol.PathHave} {
			if status, body := v.do("POST", path, []byte("{}"), nil); status != 401 {
				t.Errorf("%s with token %q: %d %s", path, token, status, body)
			}
		}
		if status, _ := v.do("GET", protocol.PathFile+string(record.HashOf(nil)), nil, nil); status != 401 {
			t.Errorf("a file with token %q: %d", token, status)
		}
	}
	v.token = good
	if status, body := v.do("GET", "/nothing", nil, nil); status != 404 || !bytes.Contains(body, []byte("sync.no_such_path")) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := v.do("GET", "/healthz", nil, nil); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	status, body := v.do("GET", "/metrics", nil, nil)
	if status != 200 || !bytes.Contains(body, []byte("plumbline_devices_enrolled_total 1")) || bytes.Contains(body, []byte("/nothing")) {
		t.Errorf("%d %s", status, body)
	}
}

func TestAVersionNobodySpeaksIsToldBefore(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	v := newVisitor(t, o)
	for _, r := range [][2]int{{2, 9}, {0, 0}} {
		b, err := protocol.AppendMessage(nil, protocol.Request{Hello: &protocol.Hello{Min: r[0], Max: r[1]}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := v.do("POST", protocol.PathHello, b, nil); status != 426 || !bytes.Contains(body, []byte("sync.version")) {
			t.Errorf("%v: %d %s", r, status, body)
		}
	}
}

func TestAServerWithAnotherKeyRefusesToStart(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	if _, err := accountOpen(o, key); record.CodeOf(err) != record.Conflict {
		t.Errorf("got %v, want conflict: every laptop has pinned the old key", err)
	}
}

// FuzzPush throws bytes at the whole way from the wire to the store.
func FuzzPush(f *testing.F) {
	o := synctest.Start(f, &synctest.Office{})
	l := o.Laptop()
	l.Register()
	entries, err := l.Store.After(ctx, l.Store.Self(), 0, 10, 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	whole, err := protocol.AppendMessage(nil, protocol.Request{Push: &protocol.Push{}, Hello: &protocol.Hello{Max: 1}, Pull: &protocol.Pull{}}, entries)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"hello":{"max":1,"heads":[{"epoch":"x","seq":-5}]},"pull":{"cursor":{"feed":"a.b","pos":9223372036854775807},"entries":-1,"bytes":-1}}`))
	f.Add([]byte(`{"push":{"heads":null},"pull":null}`))
	v := visitorOf(f, o, l)
	w, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v.t = t
		wrapped := append(binary.AppendUvarint(nil, uint64(len(b))), b...)
		for _, body := range [][]byte{b, w.EncodeAll(b, nil), w.EncodeAll(wrapped, nil)} {
			if status, answer := v.do("POST", protocol.PathSync, body, nil); status >= 500 {
				t.Errorf("%d %s", status, answer)
			}
		}
	})
}
