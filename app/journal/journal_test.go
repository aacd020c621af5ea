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
	"slices"
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

	Merges      []merge     `json:"merges"`
	Destruction destruction `json:"destruction"`
}

// merge is one path of one record: what stands there once all writes have come,
// in whatever order.
type merge struct {
	Case     string          `json:"case"`
	Writes   []write         `json:"writes"`
	Shown    json.RawMessage `json:"shown"`    // with no owner
	Owned    json.RawMessage `json:"owned"`    // with person_b as the owner of the section
	Conflict bool            `json:"conflict"` // values differ
	Versions []record.Hash   `json:"versions"` // the base of what is written next
}

type write struct {
	Entry record.Hash     `json:"entry"`
	Actor record.ID       `json:"actor"`
	Value json.RawMessage `json:"value"`
	Base  []record.Hash   `json:"base,omitempty"`
	Root  bool            `json:"root,omitempty"` // of a create entry
}

// destruction is what two persons sign, both with the key of the example.
type destruction struct {
	Record           record.ID `json:"record"`
	Content          string    `json:"content"`
	RequestStated    string    `json:"request_statement"`
	RequestProof     []byte    `json:"request_proof"`
	ApprovalPerson   record.ID `json:"approval_person"`
	ApprovalAt       string    `json:"approval_at"`
	ApprovalStated   string    `json:"approval_statement"`
	ApprovalProof    []byte    `json:"approval_proof"`
	DestroyEntryKind string    `json:"destroy_entry_kind"`
}

func merges() []merge {
	entry := func(name string) record.Hash { return record.HashOf([]byte(name)) }
	w := func(name string, actor record.ID, value string, base ...string) write {
		x := write{Entry: entry(name), Actor: actor, Value: json.RawMessage(value)}
		for _, b := range base {
			x.Base = append(x.Base, entry(b))
		}
		return x
	}
	root := func(x write) write { x.Root = true; return x }
	cases := []merge{
		{Case: "one value after another", Writes: []write{w("1", "person_a", `"合格"`), w("2", "person_b", `"不合格"`, "1")}},
		{Case: "two that had not seen each other", Writes: []write{w("1", "person_a", `1`), w("2", "person_b", `2`, "1"), w("3", "person_a", `3`, "1")}},
		{Case: "the same value twice", Writes: []write{w("1", "person_a", `1`), w("2", "person_b", `2`, "1"), w("3", "person_a", `2`, "1")}},
		{Case: "emptied against changed", Writes: []write{w("1", "person_a", `1`), w("2", "person_b", `null`, "1"), w("3", "person_a", `3`, "1")}},
		{Case: "settled by one who saw both", Writes: []write{w("1", "person_a", `1`), w("2", "person_b", `2`, "1"), w("3", "person_a", `3`, "1"), w("4", "person_c", `2`, "2", "3")}},
		{Case: "a conflict, one side of it changed on", Writes: []write{w("1", "person_a", `1`), w("2", "person_b", `2`), w("3", "person_a", `3`, "1")}},
		{Case: "one register imported on two laptops, one of them changes a value", Writes: []write{root(w("1", "", `"甲"`)), root(w("2", "", `"甲"`)), w("3", "person_a", `"乙"`, "1")}},
		{Case: "two registers that differ", Writes: []write{root(w("1", "", `"甲"`)), root(w("2", "", `"乙"`))}},
	}
	for i := range cases {
		c := &cases[i]
		cell := c.cell()
		shown, _ := cell.Shown("")
		owned, _ := cell.Shown("person_b")
		c.Shown, c.Owned, c.Conflict, c.Versions = shown.Value, owned.Value, cell.Conflict(), cell.Versions()
	}
	return cases
}

func (m merge) cell() (c record.Cell) {
	for _, x := range m.Writes {
		c.Write(record.Write{Entry: x.Entry, Actor: x.Actor, Value: x.Value, Base: x.Base, Root: x.Root})
	}
	return c
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
	v.Merges = merges()
	v.Destruction = destroyed(t, key, v.Entries[1].Hash)
	return v
}

func destroyed(t *testing.T, key ed25519.PrivateKey, entry record.Hash) destruction {
	q := record.DestructionRequest{Version: 1, Inspection: "insp_0", Reason: record.ForMinor, Person: "person_0", At: "2026-11-24T11:00:00+08:00",
		Entries: []record.DestroyedEntry{{Record: "insp_0", Entry: entry, Stand: map[string]json.RawMessage{"answers/k1/note": json.RawMessage("null"), "answers/k1/value": json.RawMessage(`"conform"`)}}},
		Files:   []record.Hash{record.HashOf([]byte("a photo"))}}
	content, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	d := record.Destruction{ID: "destr_0", Content: content}
	a := record.DestructionApproval{Person: "person_1", At: "2026-11-24T12:00:00+08:00"}
	return destruction{Record: d.ID, Content: string(content), RequestStated: string(d.RequestStatement()), RequestProof: ed25519.Sign(key, d.RequestStatement()),
		ApprovalPerson: a.Person, ApprovalAt: a.At, ApprovalStated: string(d.ApprovalStatement(a)), ApprovalProof: ed25519.Sign(key, d.ApprovalStatement(a)), DestroyEntryKind: string(record.Destroy)}
}

// The order in which entries come changes nothing of a merge.
func TestMergeVectorsHoldInEveryOrder(t *testing.T) {
	for _, m := range merges() {
		var orders func(done, left []write)
		orders = func(done, left []write) {
			if len(left) == 0 {
				cell := merge{Writes: done}.cell()
				shown, _ := cell.Shown("")
				if cell.Conflict() != m.Conflict || !bytes.Equal(shown.Value, m.Shown) {
					t.Errorf("%s, in the order %v: shows %s (conflict %t), want %s (%t)", m.Case, done, shown.Value, cell.Conflict(), m.Shown, m.Conflict)
				}
			}
			for i := range left {
				orders(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
			}
		}
		orders(nil, m.Writes)
	}
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
