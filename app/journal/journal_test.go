package journal

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"plumbline/app/record"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew: only before format version 1 is out")

// vector is one worked example of the format.
type vector struct {
	Header string      `json:"header"`
	Salt   []byte      `json:"salt"`
	Body   string      `json:"body"`
	Hash   record.Hash `json:"hash"`
	Frame  []byte      `json:"frame"`
}

type vectors struct {
	Entries  []vector             `json:"entries"`
	IDs      map[string]record.ID `json:"ids"`
	Public   []byte               `json:"public"`
	HeadSig  []byte               `json:"head_signature"`
	KeyID    string               `json:"key_id"`
	Manifest string               `json:"manifest"`
	SealSig  []byte               `json:"seal_signature"`

	Withheld  []byte           `json:"withheld"`  // frame of the last entry without its body
	Content   record.Hash      `json:"content"`   // content digest of the record, as if it were an inspection's
	Signature record.Signature `json:"signature"` // an inspector's, on inspection insp_0
}

func example(t *testing.T) vectors {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	var v vectors
	var head Head
	st := record.State{}
	for n, set := range []map[string]json.RawMessage{
		{"name": json.RawMessage(`"云溪市书法协会"`)},
		{"name": json.RawMessage(`"云溪市𬱖书法协会"`), "extra/a<b": json.RawMessage(`null`)},
	} {
		h := Header{Authority: "990100", Device: "dev_0", Epoch: "e1", Seq: head.Seq + 1, Prev: head.Hash, HLC: int64(n+1) << 16,
			Wall: "2026-11-24T09:30:00.000+08:00", Actor: "person_0", Kind: record.Create, Record: record.OrganizationID("uscc", "51990100000000017x")}
		if n > 0 {
			h.Kind, h.Base = record.Set, map[string][]record.Hash{"name": {head.Hash}}
		}
		body, err := marshal(record.Body{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		salt := bytes.Repeat([]byte{byte(n)}, SaltSize)
		e, err := New(h, Content{salt, body, record.HashOf(salt, body)})
		if err != nil {
			t.Fatal(err)
		}
		head = Head{e.Seq, e.Hash}
		v.Entries = append(v.Entries, vector{string(e.Raw), e.Salt, string(e.BodyJSON), e.Hash, AppendFrame(nil, e)})
		for path, value := range set {
			st.Write(path, record.Write{Entry: e.Hash, Value: value, Base: h.Base[path], Root: h.Kind == record.Create})
		}
		e.Salt, e.BodyJSON = nil, nil
		v.Withheld = AppendFrame(nil, e)
	}
	v.IDs = map[string]record.ID{
		"organization uscc 51990100000000017X": record.OrganizationID("uscc", "51990100000000017X"),
		"certificate ZF-0001":                  record.InspectorID("ZF-0001"),
		"finding insp_1 k1 r1":                 record.FindingID("insp_1", "k1", "r1"),
	}
	v.Public = key.Public().(ed25519.PublicKey)
	v.KeyID = KeyID(key.Public().(ed25519.PublicKey))
	v.HeadSig = SignHead(key, Chain{"dev_0", "e1"}, head)
	v.Manifest = `{"v":1}`
	v.SealSig = ed25519.Sign(key, ManifestStatement([]byte(v.Manifest)))
	v.Content = st.Digest("signatures/", "seal", "state")
	v.Signature = record.Signature{ID: "person_0", Role: record.RoleLeader, Name: "张三", Method: "drawn", Image: record.HashOf([]byte("image")), ImageSize: 5,
		At: "2026-11-24T10:00:00+08:00", Content: v.Content, Key: v.KeyID}
	v.Signature.Proof = ed25519.Sign(key, v.Signature.Statement("insp_0"))
	return v
}

func TestVectorsStillHold(t *testing.T) {
	got, err := json.MarshalIndent(example(t), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("testdata/vectors.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the code no longer writes format version 1 as the vectors have it:\n%s", got)
	}
}

func one() (Entry, error) {
	c, err := NewContent(record.Body{Reason: "x"})
	if err != nil {
		return Entry{}, err
	}
	return New(Header{Device: "dev_0", Epoch: "e", Seq: 1, Kind: record.Set, Record: "insp_1"}, c)
}

func TestAChangedByteInHeaderOrBodyIsNoticed(t *testing.T) {
	e, err := one()
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.BodyJSON {
		b := bytes.Clone(e.BodyJSON)
		b[i] ^= 1
		if _, err := Read(e.Raw, e.Salt, b); record.CodeOf(err) != record.Broken {
			t.Fatalf("byte %d of the body changed: got %v, want broken", i, err)
		}
	}
	if _, err := Read(e.Raw, nil, nil); err != nil {
		t.Errorf("a withheld body: %v", err)
	}
	for i := range e.Raw {
		h := bytes.Clone(e.Raw)
		h[i] ^= 1
		if again, err := Read(h, e.Salt, e.BodyJSON); err == nil && again.Hash == e.Hash {
			t.Fatalf("byte %d of the header changed unnoticed", i)
		}
	}
}

func TestAPersonsKeyOpensWithItsPINOnly(t *testing.T) {
	k, private, err := NewPersonKey("person_0", "314159")
	if err != nil {
		t.Fatal(err)
	}
	b, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePersonKey(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open("314159"); err != nil || !got.Equal(private) {
		t.Errorf("right PIN: %v", err)
	}
	if _, err := again.Open("314158"); record.CodeOf(err) != record.Forbidden {
		t.Errorf("wrong PIN: got %v, want forbidden", err)
	}
	weak := again
	weak.Memory = 8
	if _, err := weak.Open("314159"); record.CodeOf(err) != record.Broken {
		t.Errorf("weakened key file: got %v, want broken", err)
	}
	if _, _, err := NewPersonKey("person_0", "12345"); record.CodeOf(err) != record.Invalid {
		t.Errorf("short PIN: got %v, want invalid", err)
	}
}

func TestTheClockNeverRunsBackwards(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	last := Tick(0, now)
	for _, later := range []time.Duration{time.Second, -10 * 365 * 24 * time.Hour, 0} {
		next := Tick(last, now.Add(later))
		if next <= last {
			t.Errorf("tick after %v: %d, not after %d", later, next, last)
		}
		last = next
	}
	if got := Witness(5, Tick(0, now.AddDate(10, 0, 0)), now); got != 5 {
		t.Errorf("a laptop ten years ahead moved the clock to %d", got)
	}
}

func TestAHeaderThatProgramsReadDifferentlyIsRefused(t *testing.T) {
	e, err := one()
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{`,"authority":"440100"}`, `,"AUTHORITY":"440100"}`, `,"\u0061uthority":"440100"}`, `,"ſeq":7}`, ",\"z\":\"\xff\"}"} {
		other := e
		other.Raw = append(bytes.Clone(e.Raw[:len(e.Raw)-1]), more...)
		if _, err := ReadFrame(bufio.NewReader(bytes.NewReader(AppendFrame(nil, other)))); record.CodeOf(err) != record.Broken {
			t.Errorf("a header that ends in %q: got %v, want broken", more, err)
		}
	}
	e.Raw = append(bytes.Clone(e.Raw[:len(e.Raw)-1]), `,"of_tomorrow":{"Any":1,"Any":2}}`...)
	if _, err := ReadFrame(bufio.NewReader(bytes.NewReader(AppendFrame(nil, e)))); err != nil {
		t.Errorf("a field that a newer program wrote: %v", err)
	}
}

func FuzzReadFrame(f *testing.F) {
	e, _ := one()
	f.Add(AppendFrame(nil, e))
	e.Salt, e.BodyJSON = nil, nil
	f.Add(AppendFrame(nil, e))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add(append([]byte{1}, bytes.Repeat([]byte{0xff}, 12)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for {
			e, err := ReadFrame(r)
			if err != nil {
				if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || record.CodeOf(err) == record.Broken {
					return
				}
				t.Fatalf("got %v: neither an end nor broken", err)
			}
			if again, err := ReadFrame(bufio.NewReader(bytes.NewReader(AppendFrame(nil, e)))); err != nil || again.Hash != e.Hash {
				t.Fatalf("frame does not come back: %v", err)
			}
		}
	})
}
