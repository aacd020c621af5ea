package bundle

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"testing"

	"filippo.io/age"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew: only before format version 1 is out")

// vector is one part: age's randomness is inside, so it can be read again but
// not made again.
type vector struct {
	ServerSeed   []byte `json:"server_seed"`
	DeviceSeed   []byte `json:"device_seed"`
	RecoveryKey  string `json:"recovery_key"`
	Part         []byte `json:"part"`
	Header       Header `json:"header"`
	Message      []byte `json:"message"` // the first item
	File         Piece  `json:"file"`    // the second
	FileBytes    []byte `json:"file_bytes"`
	Have         string `json:"have"` // the third
	ItemStated   string `json:"first_item_statement"`
	Last         bool   `json:"last"`
	ForColleague []byte `json:"colleague_seed"`
}

func seed(n byte) []byte { return bytes.Repeat([]byte{n}, ed25519.SeedSize) }

func make1(t testing.TB, v *vector) {
	t.Helper()
	device, server := ed25519.NewKeyFromSeed(v.DeviceSeed), ed25519.NewKeyFromSeed(v.ServerSeed)
	colleague := ed25519.NewKeyFromSeed(v.ForColleague)
	recovery, err := age.ParseX25519Identity(v.RecoveryKey)
	to := []age.Recipient{}
	for _, k := range []ed25519.PrivateKey{server, colleague} {
		r, e := Recipient(k.Public().(ed25519.PublicKey))
		err = errors.Join(err, e)
		to = append(to, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := Begin(&b, v.Header, device, append(to, recovery.Recipient())...)
	if err == nil {
		err = w.Add(Message, v.Message)
	}
	if err == nil {
		err = w.AddFile(v.File, bytes.NewReader(v.FileBytes))
	}
	if err == nil {
		err = w.Add(Have, []byte(v.Have))
	}
	if err == nil {
		err = w.Close(v.Last)
	}
	if err != nil {
		t.Fatal(err)
	}
	v.Part = b.Bytes()
	v.ItemStated = string(itemStatement(w.head, 1, Message, v.Message))
}

func readVector(t testing.TB) vector {
	t.Helper()
	var v vector
	if *update {
		file := []byte("云溪市𬱖书法协会")
		k, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		v = vector{ServerSeed: seed(1), DeviceSeed: seed(2), ForColleague: seed(3), RecoveryKey: k.String(), Last: true,
			FileBytes: file, File: Piece{Digest: record.HashOf(file), Size: int64(len(file)), Media: "text/plain", Length: int64(len(file))},
			Have: `{"files":["` + string(record.HashOf(file)) + `"]}`}
		certificate, err := protocol.Certify(ed25519.NewKeyFromSeed(v.ServerSeed), protocol.CertificateStatement{Server: "dev_1", Device: "dev_2",
			Public: ed25519.NewKeyFromSeed(v.DeviceSeed).Public().(ed25519.PublicKey), Authority: "990100", Name: "云溪-01", Issued: 1})
		if err == nil {
			v.Message, err = protocol.AppendMessage(nil, protocol.Request{Hello: &protocol.Hello{Min: 1, Max: 1}}, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		v.Header = Header{V: 1, Kind: FromDevice, Bundle: "0011223344556677", Part: 1, From: "dev_2", Made: 1795000000000, Certificate: &certificate}
		make1(t, &v)
		b, _ := json.MarshalIndent(v, "", "\t")
		if err := os.WriteFile("testdata/vectors.json", append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return v
	}
	b, err := os.ReadFile("testdata/vectors.json")
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// open reads a part with the key made of a seed.
func (v vector) open(part []byte, keys ...age.Identity) (*Reader, error) {
	p, err := Open(bytes.NewReader(part))
	if err != nil {
		return nil, err
	}
	return p, p.Unlock(ed25519.NewKeyFromSeed(v.DeviceSeed).Public().(ed25519.PublicKey), keys...)
}

func identity(t testing.TB, seed []byte) age.Identity {
	t.Helper()
	k, err := Identity(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTheWorkedExampleIsReadByAllItIsFor(t *testing.T) {
	v := readVector(t)
	recovery, err := age.ParseX25519Identity(v.RecoveryKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]age.Identity{"server": identity(t, v.ServerSeed), "colleague": identity(t, v.ForColleague), "recovery": recovery} {
		p, err := v.open(v.Part, k)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.Header.Bundle != v.Header.Bundle || p.Header.From != v.Header.From {
			t.Errorf("%s: header %+v, want %+v", name, p.Header, v.Header)
		}
		if got := string(itemStatement(p.head, 1, Message, v.Message)); got != v.ItemStated {
			t.Errorf("statement %q, want %q", got, v.ItemStated)
		}
		m, err := p.Next()
		if err != nil || m.Kind != Message || !bytes.Equal(m.Bytes, v.Message) {
			t.Errorf("%s: first item %c %x, %v", name, m.Kind, m.Bytes, err)
		}
		f, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(f.Body); err != nil || f.Piece != v.File || !bytes.Equal(b, v.FileBytes) {
			t.Errorf("%s: file %+v %q, %v", name, f.Piece, b, err)
		}
		h, err := p.Next()
		if err != nil || h.Kind != Have || string(h.Bytes) != v.Have {
			t.Errorf("%s: third item %c %s, %v", name, h.Kind, h.Bytes, err)
		}
		if _, err := p.Next(); !errors.Is(err, io.EOF) || p.Last != v.Last {
			t.Errorf("%s: end %v, last %v", name, err, p.Last)
		}
	}
	if _, err := v.open(v.Part, identity(t, seed(9))); record.CodeOf(err) != record.Forbidden {
		t.Errorf("a stranger: got %v, want forbidden", err)
	}
}

// everything reads a part to its end.
func everything(v vector, part []byte, k age.Identity) (items int, err error) {
	p, err := v.open(part, k)
	for err == nil {
		var it Item
		if it, err = p.Next(); err == nil {
			items++
			if it.Body != nil {
				_, err = io.Copy(io.Discard, it.Body)
			}
		}
	}
	if errors.Is(err, io.EOF) {
		return items, nil
	}
	return items, err
}

func TestAPartCutOffOrChangedAnywhereIsNoticed(t *testing.T) {
	v := readVector(t)
	k := identity(t, v.ServerSeed)
	for n := range v.Part {
		if _, err := everything(v, v.Part[:n], k); record.CodeOf(err) == "" {
			t.Fatalf("cut off after %d of %d bytes: got %v", n, len(v.Part), err)
		}
		changed := bytes.Clone(v.Part)
		changed[n] ^= 0x20
		if _, err := everything(v, changed, k); record.CodeOf(err) == "" {
			t.Fatalf("byte %d changed: got %v", n, err)
		}
	}
}

func TestItemsCannotBeMovedToAnotherBundle(t *testing.T) {
	v := readVector(t)
	line := bytes.IndexByte(v.Part[len(magic):], '\n') + len(magic)
	other := bytes.Replace(v.Part[:line], []byte("0011223344556677"), []byte("0011223344556678"), 1)
	if _, err := everything(v, append(other, v.Part[line:]...), identity(t, v.ServerSeed)); record.CodeOf(err) != record.Forbidden {
		t.Errorf("under another bundle's name: got %v, want forbidden", err)
	}
}

func FuzzWhatIsInsideAPart(f *testing.F) {
	f.Add([]byte("m\x03abc"))
	f.Add([]byte("f\x02{}"))
	f.Add([]byte("e\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))
	v := vector{DeviceSeed: seed(2), ServerSeed: seed(1)}
	device := ed25519.NewKeyFromSeed(v.DeviceSeed)
	k := identity(f, v.ServerSeed)
	to, err := Recipient(ed25519.NewKeyFromSeed(v.ServerSeed).Public().(ed25519.PublicKey))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, inside []byte) {
		var b bytes.Buffer
		w, err := Begin(&b, Header{Kind: FromDevice, From: "dev_2"}, device, to)
		if err != nil {
			t.Fatal(err)
		}
		w.w.Write(inside) // by somebody who may write to the server, but writes nonsense
		if err := errors.Join(w.w.Flush(), w.box.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := everything(v, b.Bytes(), k); record.CodeOf(err) == "" {
			t.Errorf("%x: got %v, want an error for people", inside, err)
		}
	})
}
