package protocol

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"plumbline/app/journal"
	"plumbline/app/record"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew: only before protocol version 1 is out")

type vectors struct {
	DeviceSeed    []byte            `json:"device_seed"`
	ServerSeed    []byte            `json:"server_seed"`
	Codes         map[string]string `json:"codes"` // as typed → as read
	PinOf         []byte            `json:"pin_of"`
	Pin           string            `json:"pin"`
	Enrol         EnrolRequest      `json:"enrol"`
	CodeDigest    string            `json:"code_digest"`
	Enrolled      EnrolAnswer       `json:"enrolled"`
	TokenStated   string            `json:"token_statement"`
	Token         TokenRequest      `json:"token"`
	ServerStated  string            `json:"server_statement"`
	Tokened       TokenAnswer       `json:"tokened"`
	Hello         json.RawMessage   `json:"hello"`
	PushEnvelope  json.RawMessage   `json:"push_envelope"`
	PushPlain     string            `json:"push_plain_hex"` // the push message before compression
	PushBody      []byte            `json:"push_body"`      // one way to compress it; others are as good
	PulledBody    []byte            `json:"pulled_body"`    // an answer with one entry and one withheld body
	PulledEntries []record.Hash     `json:"pulled_entry_hashes"`

	Welcome      json.RawMessage   `json:"welcome"`     // the answer to hello: forked, stricter limits, a new directory
	Pages        []json.RawMessage `json:"pages"`       // question and answer of a pull in two pages; each answer brings one entry
	Pushed       json.RawMessage   `json:"pushed"`      // one of two entries refused
	Gap          json.RawMessage   `json:"gap"`         // entries before these are missing
	Anew         json.RawMessage   `json:"anew"`        // the server was restored
	Above        Certificate       `json:"above"`       // a server above, by server_seed
	Below        Certificate       `json:"below"`       // a device known through a server below, by server_seed
	Have         HaveRequest       `json:"have"`        // which files are missing
	HaveAnswer   HaveAnswer        `json:"have_answer"` // one of two is
	FileAnswer   FileAnswer        `json:"file_answer"` // the last piece came
	Faults       map[string]Fault  `json:"faults"`      // bodies of answers that are not 2xx, by status
	BundleAnswer BundleAnswer      `json:"bundle_answer"`
	Number       []byte            `json:"number"`      // frame of the entry by which the server gives a document its number
	NumberHead   SignedHead        `json:"number_head"` // over it, in the chain of that authority's numbers
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func entry(t *testing.T, seq int64, prev record.Hash) journal.Entry {
	t.Helper()
	body := []byte(`{"set":{"name":"云溪市𬱖书法协会"}}`)
	salt := bytes.Repeat([]byte{byte(seq)}, journal.SaltSize)
	return must[journal.Entry](t)(journal.New(journal.Header{Authority: "990100", Device: "dev_0", Epoch: "e1", Seq: seq, Prev: prev, HLC: seq << 16,
		Wall: "2026-11-24T09:30:00.000+08:00", Kind: record.Create, Record: "org_0"}, journal.Content{Salt: salt, JSON: body, Hash: record.HashOf(salt, body)}))
}

func example(t *testing.T) vectors {
	device, server := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
	v := vectors{DeviceSeed: device.Seed(), ServerSeed: server.Seed(), Codes: map[string]string{}, PinOf: []byte("a public key info")}
	code := NewCode([8]byte{1, 2, 3, 4, 5, 6, 7, 8}, v.PinOf)
	v.Pin = PinOf(v.PinOf)
	for _, typed := range []string{code.String(), strings.ToLower(code.String()), strings.ReplaceAll(code.String(), "-", " "), "OIL0-1111-2222", "０１２３ ABCD ＥＦＧＨ"} {
		v.Codes[typed] = must[Code](t)(ParseCode(typed)).String()
	}
	public := device.Public().(ed25519.PublicKey)
	v.CodeDigest = CodeDigest(code.Secret)
	v.Enrol = EnrolRequest{Code: code.Secret, Device: "dev_0", Public: public, Name: "laptop 1", Proof: ed25519.Sign(device, EnrolStatement(v.CodeDigest, "dev_0", public))}
	v.Enrolled = EnrolAnswer{Server: "dev_s", ServerKey: server.Public().(ed25519.PublicKey), Authority: "990100", Time: 1795536000000,
		Certificate: must[Certificate](t)(Certify(server, CertificateStatement{Server: "dev_s", Device: "dev_0", Public: public, Authority: "990100", Name: "laptop 1", Issued: 1795536000000}))}
	v.TokenStated = string(TokenStatement("dev_s", "dev_0", "c1.abc"))
	v.Token = TokenRequest{Device: "dev_0", Nonce: bytes.Repeat([]byte{9}, 16), Challenge: "c1.abc", Signature: ed25519.Sign(device, []byte(v.TokenStated)), Certificate: &v.Enrolled.Certificate}
	v.ServerStated = string(ServerStatement("dev_s", "dev_0", v.Token.Nonce, "t1.xyz"))
	v.Tokened = TokenAnswer{Token: "t1.xyz", Expires: 1795564800000, Proof: ed25519.Sign(server, []byte(v.ServerStated)), Time: 1795536000000}
	first := entry(t, 1, "")
	second := entry(t, 2, first.Hash)
	chain, head := first.Chain(), journal.Head{Seq: 2, Hash: second.Hash}
	v.Hello = must[[]byte](t)(marshal(Request{Hello: &Hello{Min: 1, Max: 1, App: "plumbline/1", Heads: []Point{{Epoch: "e1", Seq: 2, Hash: second.Hash}}}, Pull: &Pull{Cursor: Cursor{Feed: "f.0", Pos: 7}}}))
	push := Request{Push: &Push{Heads: []SignedHead{{Point: At(chain, head), Signature: journal.SignHead(device, chain, head)}}}}
	v.PushEnvelope = must[[]byte](t)(marshal(push))
	plain := append(binary.AppendUvarint(nil, uint64(len(v.PushEnvelope))), v.PushEnvelope...)
	plain = journal.AppendFrame(journal.AppendFrame(plain, first), second)
	v.PushPlain = hex.EncodeToString(plain)
	v.PushBody = must[[]byte](t)(AppendMessage(nil, push, []journal.Entry{first, second}))
	second.Salt, second.BodyJSON = nil, nil
	v.PulledBody = must[[]byte](t)(AppendMessage(nil, Answer{Pull: &Pulled{Cursor: Cursor{Feed: "f.1", Pos: 9}, Heads: []SignedHead{{Point: At(chain, head), Signature: push.Push.Heads[0].Signature, Certificate: &v.Enrolled.Certificate}}}, Time: 1795536000000},
		[]journal.Entry{first, second}))
	v.PulledEntries = []record.Hash{first.Hash, second.Hash}
	talk(t, &v, device, server, first, second)
	return v
}

// talk adds what else the two say to each other.
func talk(t *testing.T, v *vectors, device, server ed25519.PrivateKey, first, second journal.Entry) {
	js := func(x any) json.RawMessage { return must[[]byte](t)(marshal(x)) }
	chain := first.Chain()
	one, two := At(chain, journal.Head{Seq: 1, Hash: first.Hash}), At(chain, journal.Head{Seq: 2, Hash: second.Hash})
	signed := func(p Point) SignedHead {
		return SignedHead{Point: p, Signature: journal.SignHead(device, chain, p.Head()), Certificate: &v.Enrolled.Certificate}
	}
	const now = 1795536000000
	v.Welcome = js(Answer{Hello: &Welcome{Version: 1, Server: "dev_s", Feed: "f.1", Watermarks: []Watermark{{Point: two}, {Point: one, Forked: true}},
		Limits: &Limits{Entries: 200, Body: 1 << 20, File: 64 << 20}, Directory: &Directory{Tag: "d2", Devices: []Certificate{v.Enrolled.Certificate}}}, Time: now})
	v.Pages = []json.RawMessage{
		js(Request{Pull: &Pull{Entries: 1}}),
		js(Answer{Pull: &Pulled{Cursor: Cursor{Feed: "f.1", Pos: 8}, More: true, Tip: 9, Heads: []SignedHead{signed(one)}}, Time: now}),
		js(Request{Pull: &Pull{Cursor: Cursor{Feed: "f.1", Pos: 8}, Entries: 1}}),
		js(Answer{Pull: &Pulled{Cursor: Cursor{Feed: "f.1", Pos: 9}, Heads: []SignedHead{signed(two)}}, Time: now}),
	}
	v.Pushed = js(Answer{Push: &Pushed{Watermarks: []Point{two}, Stored: 1, Refused: []Refusal{{Point: two, Code: record.Invalid, Message: "refuse.two_inspectors"}}}, Time: now})
	v.Gap = js(Answer{Push: &Pushed{Watermarks: []Point{one}, Gap: true}, Time: now})
	v.Anew = js(Answer{Pull: &Pulled{Cursor: Cursor{Feed: "f.2", Pos: 3}, Anew: true}, Time: now})
	public := device.Public().(ed25519.PublicKey)
	v.Above = must[Certificate](t)(Certify(server, CertificateStatement{Server: "dev_s", Device: "dev_up", Public: public, Name: "province", Issued: now, Above: true}))
	v.Below = must[Certificate](t)(Certify(server, CertificateStatement{Server: "dev_s", Device: "dev_0", Public: public, Authority: "990100", Name: "laptop 1", Issued: now, Below: "dev_county"}))
	files := []record.Hash{record.HashOf([]byte("a photo")), record.HashOf([]byte("another"))}
	v.Have = HaveRequest{Files: files}
	v.HaveAnswer = HaveAnswer{Missing: []MissingFile{{Digest: files[1], Offset: 65536}}, Of: ListOf(files), Time: now}
	v.FileAnswer = FileAnswer{Offset: 300_000, Receipt: now}
	v.BundleAnswer = BundleAnswer{Name: "laptop 1", Stored: 2, Files: 1, Last: true}
	document := must[record.Document](t)(issuedDocument())
	changes := must[[]record.Change](t)(document.GiveNumber(11, time.Date(2026, 11, 24, 10, 0, 0, 0, time.FixedZone("", 8*3600))))
	set := map[string]json.RawMessage{}
	for path, value := range changes[0].Set {
		set[path] = must[[]byte](t)(json.Marshal(value))
	}
	body := must[[]byte](t)(json.Marshal(record.Body{Set: set}))
	salt := bytes.Repeat([]byte{3}, journal.SaltSize)
	numbers := journal.Numbers("dev_s", "e9", "990100")
	number := must[journal.Entry](t)(journal.New(journal.Header{Authority: "990100", Device: numbers.Device, Epoch: numbers.Epoch, Seq: 1, HLC: 1 << 16,
		Wall: "2026-11-24T10:00:00.000+08:00", Kind: changes[0].Kind, Record: document.ID, Base: changes[0].Base}, journal.Content{Salt: salt, JSON: body, Hash: record.HashOf(salt, body)}))
	v.Number = journal.AppendFrame(nil, number)
	head := journal.Head{Seq: 1, Hash: number.Hash}
	v.NumberHead = SignedHead{Point: At(numbers, head), Signature: journal.SignHead(server, numbers, head)}
	v.Faults = map[string]Fault{
		"403": {Code: record.Forbidden, Message: "sync.device_revoked"},
		"409": {Code: record.Conflict, Message: "file.offset", Args: map[string]any{"offset": 65536}},
		"413": {Code: record.TooLarge, Message: "sync.message_too_large", Args: map[string]any{"limit": 2}},
		"426": {Code: record.Newer, Message: "sync.version", Args: map[string]any{"min": 2, "max": 4}},
		"429": {Code: record.Busy, Message: "enrol.too_many_tries", Args: map[string]any{"minutes": 10}},
		"500": {},
	}
}

// issuedDocument is a notice that waits for its number.
func issuedDocument() (record.Document, error) {
	s := record.State{}
	for path, value := range map[string]any{"kind": "inspection-notice", "word": "示民社检", "state": record.Issued, "steps/issued": record.DocumentStep{By: "person_h", At: "2026-11-24T09:00:00+08:00"}} {
		raw, err := json.Marshal(value)
		if err != nil {
			return record.Document{}, err
		}
		s.Write(path, record.Write{Entry: record.HashOf([]byte(path)), Value: raw})
	}
	d, ok := record.DocumentOf("paper_0", s)
	if !ok {
		return d, errors.New("no document")
	}
	return d, nil
}

func TestVectorsStillHold(t *testing.T) {
	ours := example(t)
	got := append(must[[]byte](t)(json.MarshalIndent(ours, "", "\t")), '\n')
	if *update {
		if err := os.WriteFile("testdata/vectors.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := must[[]byte](t)(os.ReadFile("testdata/vectors.json"))
	var kept vectors
	if err := json.Unmarshal(want, &kept); err != nil {
		t.Fatal(err)
	}
	// What was compressed once must be readable for ever; a newer compressor may write other bytes.
	var q Request
	entries := must[[]journal.Entry](t)(ReadMessage(kept.PushBody, &q))
	if len(entries) != 2 || entries[1].Hash != kept.PulledEntries[1] || q.Push.Heads[0].Hash != entries[1].Hash {
		t.Errorf("push body: got %d entries, %+v", len(entries), q)
	}
	device := ed25519.NewKeyFromSeed(kept.DeviceSeed).Public().(ed25519.PublicKey)
	if h := q.Push.Heads[0]; !journal.VerifyHead(device, h.Chain(), h.Head(), h.Signature) {
		t.Error("push body: the head's signature is wrong")
	}
	var a Answer
	entries = must[[]journal.Entry](t)(ReadMessage(kept.PulledBody, &a))
	if len(entries) != 2 || entries[0].Withheld() || !entries[1].Withheld() || a.Pull.Cursor.Pos != 9 {
		t.Errorf("pulled body: got %d entries, %+v", len(entries), a.Pull)
	}
	s, err := a.Pull.Heads[0].Certificate.Verify(kept.Enrolled.ServerKey)
	if err != nil || s.Device != "dev_0" || !device.Equal(ed25519.PublicKey(s.Public)) {
		t.Errorf("certificate: %+v, %v", s, err)
	}
	ours.PushBody, kept.PushBody, ours.PulledBody, kept.PulledBody = nil, nil, nil, nil
	b1, b2 := must[[]byte](t)(json.MarshalIndent(ours, "", "\t")), must[[]byte](t)(json.MarshalIndent(kept, "", "\t"))
	if !bytes.Equal(b1, b2) {
		t.Errorf("the code no longer speaks version 1 as the vectors have it:\n%s", b1)
	}
}

func compress(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

// bomb is a small message that decompresses to far more than the limit.
func bomb(t testing.TB) []byte {
	plain := append(binary.AppendUvarint(nil, 2), "{}"...)
	plain = append(plain, 0)
	plain = binary.AppendUvarint(plain, journal.MaxFrame)
	return compress(t, append(plain, make([]byte, 200<<20)...))
}

func TestAMessageThatIsABombIsRefused(t *testing.T) {
	var v Request
	b := bomb(t)
	if len(b) > 100<<10 {
		t.Fatalf("the bomb has %d bytes", len(b))
	}
	if _, err := ReadMessage(b, &v); err == nil {
		t.Error("a 200 MB message was read")
	}
	// Many small frames, each within its limit.
	frame := journal.AppendFrame(nil, entry(t, 1, ""))
	plain := append(binary.AppendUvarint(nil, 2), "{}"...)
	plain = append(plain, bytes.Repeat(frame, MaxPlain/len(frame)+10)...)
	if _, err := ReadMessage(compress(t, plain), &v); record.CodeOf(err) != record.TooLarge {
		t.Errorf("got %v, want too large", err)
	}
}

func TestLengthsThatAreOnlyAnnouncedCostNothing(t *testing.T) {
	var v Request
	gigabyte := binary.AppendUvarint(nil, 1<<30)
	for name, plain := range map[string][]byte{
		"envelope of 1 GB": gigabyte,
		"frame of 1 GB":    append(append(binary.AppendUvarint(nil, 2), "{}\x01"...), gigabyte...),
		"torn frame":       append(append(binary.AppendUvarint(nil, 2), "{}\x01"...), 200, 1, 'x'),
		"nothing":          nil,
	} {
		message := compress(t, plain)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadMessage(message, &v)
		runtime.ReadMemStats(&after)
		if record.CodeOf(err) != record.Broken {
			t.Errorf("%s: got %v, want broken", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("%s: %d bytes allocated", name, took)
		}
	}
	if _, err := ReadMessage([]byte("no zstd"), &v); record.CodeOf(err) != record.Broken {
		t.Errorf("got %v, want broken", err)
	}
}

func TestUnknownFieldsAreHarmless(t *testing.T) {
	j := `{"hello":{"min":1,"max":9,"heads":[{"epoch":"e","seq":1,"hash":"sha256:00","colour":"red"}],"later":{"x":[1]}},"dance":true}`
	plain := append(binary.AppendUvarint(nil, uint64(len(j))), j...)
	var q Request
	if _, err := ReadMessage(compress(t, plain), &q); err != nil || q.Hello == nil || q.Hello.Max != 9 {
		t.Errorf("got %+v, %v", q.Hello, err)
	}
}

func FuzzReadMessage(f *testing.F) {
	e, err := journal.New(journal.Header{Device: "dev_0", Epoch: "e", Seq: 1, Kind: record.Set, Record: "org_0"}, journal.Content{Salt: make([]byte, 16), JSON: []byte("{}"), Hash: record.HashOf(make([]byte, 16), []byte("{}"))})
	if err != nil {
		f.Fatal(err)
	}
	whole, err := AppendMessage(nil, Request{Push: &Push{}}, []journal.Entry{e, e})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte{})
	f.Add(compress(f, binary.AppendUvarint(nil, 1<<40)))
	f.Fuzz(func(t *testing.T, b []byte) {
		check(t, b)
		check(t, compress(t, b)) // past the compressor, into the parser
	})
}

func check(t *testing.T, b []byte) {
	var q Request
	entries, err := ReadMessage(b, &q)
	if err != nil {
		if c := record.CodeOf(err); c != record.Broken && c != record.TooLarge {
			t.Fatalf("got %v: neither broken nor too large", err)
		}
		return
	}
	again, err := AppendMessage(nil, q, entries)
	if err != nil {
		t.Fatal(err)
	}
	var q2 Request
	back, err := ReadMessage(again, &q2)
	if err != nil || len(back) != len(entries) {
		t.Fatalf("%d entries come back as %d: %v", len(entries), len(back), err)
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("AAAA-BBBB-CCCC")
	f.Add("aaaa bbbb cccc 0000 1111 2222 3333 4444")
	f.Add("０１２３")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			if record.CodeOf(err) != record.Invalid {
				t.Fatalf("got %v", err)
			}
			return
		}
		if again, err := ParseCode(c.String()); err != nil || again != c {
			t.Errorf("%q reads as %v, printed as %q reads as %v, %v", s, c, c.String(), again, err)
		}
	})
}

func TestACertificateOfAnotherServerIsWorthNothing(t *testing.T) {
	v := example(t)
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32)).Public().(ed25519.PublicKey)
	if _, err := v.Enrolled.Certificate.Verify(other); record.CodeOf(err) != record.Broken {
		t.Errorf("got %v", err)
	}
	c := v.Enrolled.Certificate
	c.Statement = bytes.Replace(c.Statement, []byte("990100"), []byte("990200"), 1)
	if _, err := c.Verify(v.Enrolled.ServerKey); record.CodeOf(err) != record.Broken {
		t.Errorf("a changed statement: got %v", err)
	}
}

func TestTheDeviceKeyIsMadeOnceAndKeptSafe(t *testing.T) {
	folder := t.TempDir()
	key, err := LoadDeviceKey(folder)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadDeviceKey(folder)
	if err != nil || !again.Equal(key) {
		t.Errorf("another key the second time: %v", err)
	}
	path := folder + "/keys/device.key"
	if info, err := os.Stat(path); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var e *record.Error
	if _, err := LoadDeviceKey(folder); !errors.As(err, &e) || e.Message != "key.device_broken" {
		t.Errorf("a broken key file: got %v", err)
	}
}
