package client_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// newer writes an entry into a laptop's own journal as a program of the future
// does: header is what it has beside the fields of today.
func newer(t *testing.T, l *synctest.Laptop, id record.ID, header, body string) journal.Entry {
	t.Helper()
	self := l.Store.Self()
	head, err := l.Store.Head(ctx, self)
	if err != nil {
		t.Fatal(err)
	}
	salt := bytes.Repeat([]byte{byte(head.Seq)}, journal.SaltSize)
	fields := map[string]any{"v": 1, "authority": synctest.Authority, "device": self.Device, "epoch": self.Epoch, "seq": head.Seq + 1, "prev": head.Hash,
		"hlc": 1, "wall": "2031-05-01T09:00:00.000+08:00", "kind": "set", "record": id, "body": record.HashOf(salt, []byte(body))}
	if err := json.Unmarshal([]byte(header), &fields); err != nil {
		t.Fatal(err)
	}
	raw, err := json.MarshalIndent(fields, "", " ") // no program of today writes it so
	if err != nil {
		t.Fatal(err)
	}
	e, err := journal.Read(raw, salt, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store.Apply(ctx, []journal.Entry{e}, nil); err != nil {
		t.Fatal(err)
	}
	return e
}

// unchanged says that a store holds the entries byte for byte, verifies, and
// tells of three that it cannot show.
func unchanged(t *testing.T, where string, s *store.Store, id record.ID, entries []journal.Entry) {
	t.Helper()
	for _, want := range entries {
		got, err := s.After(ctx, want.Chain(), want.Seq-1, 1, 1<<20)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].Raw, want.Raw) || !bytes.Equal(got[0].Salt, want.Salt) || !bytes.Equal(got[0].BodyJSON, want.BodyJSON) {
			t.Errorf("%s: entry %d of kind %s is not as it was written (%v)", where, want.Seq, want.Kind, err)
		}
	}
	v, err := s.Verify(ctx, func(f record.File) (record.Hash, error) { return f.Digest, nil })
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("%s: verify: %+v, %v", where, v.Problems, err)
	}
	st, err := s.Status(ctx)
	if err != nil || st.Newer != 3 {
		t.Errorf("%s: %d entries are told as newer, want 3 (%v)", where, st.Newer, err)
	}
	i, err := s.Inspection(ctx, id)
	if err != nil || i.Newer != 3 || i.Answers["k9"].Note != "read by both" {
		t.Errorf("%s: the inspection tells of %d newer entries and has %+v (%v)", where, i.Newer, i.Answers["k9"], err)
	}
	synctest.Rebuilt(t, where, s)
}

func TestWhatANewerProgramWroteTravelsUnchangedAndIsTold(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		c := o.Laptop()
		a, b := team(t, o)
		id := a.Plan(1)
		entries := []journal.Entry{
			newer(t, a, id, `{"kind":"measure","weather":"雨"}`, `{ "measure": {"depth":1.50,"unit":"m"}, "set":{"items/k1/value":"nonconform"}}`),
			newer(t, a, id, `{"v":2}`, `{"set":{"items/k2/value":"conform"}}`),
			newer(t, a, id, `{}`, `{"set":["another shape"]}`),
			newer(t, a, id, `{"mood":null}`, "{\"mood\" : \"\\u65b0\",\n\"set\":{\"items/k9/note\":\"read by both\"} }"),
		}
		a.Answer(id, "k3", record.Conform, "after them")
		unchanged(t, "the laptop", a.Store, id, entries)
		stick := t.TempDir()
		write(t, a, stick, client.BundleOptions{For: []record.ID{c.Store.Self().Device}, Whole: true})
		read(t, c, stick)
		unchanged(t, "a colleague by the stick", c.Store, id, entries)
		a.Sync()
		unchanged(t, "the server", o.Store, id, entries)
		b.Sync()
		unchanged(t, "a colleague by the line", b.Store, id, entries)
		notes(t, b, id, map[string]string{"k3": "after them"})
		p := synctest.Start(t, &synctest.Office{})
		province := synctest.Above(p)
		province.Link(o.URL, o.CodeAbove())
		province.Pull()
		unchanged(t, "the province", p.Store, id, entries)
		c.Sync()
		synctest.Equal(t, a.Store, b.Store, c.Store, o.Store, p.Store)
	})
}
