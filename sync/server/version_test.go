package server_test

import (
	"errors"
	"testing"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/protocol"
	"plumbline/sync/server"
	"plumbline/sync/synctest"
)

// speaks starts an office's server anew with other versions.
func speaks(t *testing.T, o *synctest.Office, from, to int) {
	t.Helper()
	o.End()
	server.Speak(t, from, to)
	o.Begin()
	t.Cleanup(o.End)
}

// told says that a sync ends with a message, which has words.
func told(t *testing.T, l *synctest.Laptop, message string) client.Result {
	t.Helper()
	r, err := l.Client.Sync(ctx, nil)
	var e *record.Error
	if !errors.As(err, &e) || e.Code != record.Newer || e.Message != message {
		t.Errorf("sync: %v, want %s", err, message)
	}
	st, err := l.Store.Status(ctx)
	if err != nil || st.Remote.Problem != message {
		t.Errorf("the status says %q, %v", st.Remote.Problem, err)
	}
	for _, lang := range []string{"en", "zh"} {
		if text := i18n.New(lang).Message(message, nil); text == message {
			t.Errorf("%s has no words in %s", message, lang)
		}
	}
	return r
}

func TestAServerServesLaptopsOfTwoVersionsBefore(t *testing.T) {
	if want := max(1, protocol.Version-2); protocol.MinVersion > want {
		t.Errorf("the oldest version served is %d, want %d", protocol.MinVersion, want)
	}
	o := synctest.Start(t, &synctest.Office{})
	speaks(t, o, protocol.Version, protocol.Version+2)
	a, b := o.Laptop(), o.Laptop()
	a.Register()
	id := a.Plan(1)
	a.Attach(id, "k1", synctest.Picture(1, 3000), synctest.Picture(2, 300))
	a.Sync()
	b.Sync()
	b.Answer(id, "k2", record.Conform, "")
	b.Sync()
	a.Sync()
	synctest.Equal(t, a.Store, b.Store, o.Store)
	v := visitorOf(t, o, a)
	v.t = t
	for _, c := range []struct{ min, max, want int }{{1, 1, 1}, {1, 2, 2}, {2, 9, 3}} {
		m, err := protocol.AppendMessage(nil, protocol.Request{Hello: &protocol.Hello{Min: c.min, Max: c.max}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, body := v.do("POST", protocol.PathHello, m, nil)
		var got protocol.Answer
		if status == 200 {
			_, err = protocol.ReadMessage(body, &got)
		}
		if err != nil || got.Hello == nil || got.Hello.Version != c.want {
			t.Errorf("%d to %d: %d %s, want version %d", c.min, c.max, status, body, c.want)
		}
	}
}

func TestALaptopThatIsTooOldIsToldAndItsWorkIsTaken(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := o.Laptop(), o.Laptop()
	a.Register()
	id := a.Plan(1)
	a.Sync()
	b.Sync()
	if err := a.Store.NewEpoch(ctx); err != nil { // one that was restored has two chains to send
		t.Fatal(err)
	}
	b.Answer(id, "k1", record.Conform, "at the other laptop")
	b.Sync()
	before := synctest.Entries(t, a.Store)
	a.Answer(id, "k2", record.Nonconform, "at the old laptop")
	photo := a.Attach(id, "k2", synctest.Picture(3, 3000), synctest.Picture(4, 300))

	speaks(t, o, protocol.Version+1, protocol.Version+3)
	if r := told(t, a, "sync.version"); r.Sent == 0 || r.FilesSent != 2 || r.Received != 0 {
		t.Errorf("sent %+v, want entries and two files, and nothing received", r)
	}
	if r := told(t, a, "sync.version"); r.Sent+r.FilesSent != 0 {
		t.Errorf("sent again: %+v", r)
	}
	st, err := a.Store.Status(ctx)
	if err != nil || st.Sent != st.Entries || st.FilesLeft != 0 {
		t.Errorf("the laptop says %d of %d sent, %d files left (%v)", st.Sent, st.Entries, st.FilesLeft, err)
	}
	if got := synctest.Entries(t, a.Store); got <= before {
		t.Errorf("%d entries at the laptop, want more than %d", got, before)
	}
	i, err := o.Store.Inspection(ctx, id)
	if err != nil || i.Answers["k2"].Note != "at the old laptop" {
		t.Errorf("the server has %+v, %v", i.Answers, err)
	}
	if got, err := o.Files.Digest(photo.Digest); err != nil || got != photo.Digest {
		t.Errorf("the photo: %v", err)
	}
	// By a stick as well.
	a.Answer(id, "k3", record.Conform, "by the stick")
	stick := t.TempDir()
	if _, err := a.Client.WriteBundle(ctx, stick, client.BundleOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Client.CarryBundle(ctx, stick, nil); err != nil {
		t.Fatal(err)
	}
	r, err := a.Client.ReadBundle(ctx, stick, nil)
	if err != nil || len(r.Warnings) != 1 || r.Warnings[0].Message != "sync.version" {
		t.Errorf("the answer: %+v, %v", r, err)
	}
	if i, err = o.Store.Inspection(ctx, id); err != nil || i.Answers["k3"].Note != "by the stick" {
		t.Errorf("the server has %+v, %v", i.Answers, err)
	}

	// Updated, both get what they lack.
	speaks(t, o, protocol.MinVersion, protocol.Version)
	a.Sync()
	b.Sync()
	synctest.Equal(t, a.Store, b.Store, o.Store)
}

func TestALaptopThatIsTooNewIsToldThatTheServerIsOld(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	a.Sync()
	at := synctest.Digest(t, o.Store)
	id := a.Plan(1)
	speaks(t, o, protocol.MinVersion-1, protocol.MinVersion-1)
	if r := told(t, a, "sync.version_server"); r.Sent != 0 || synctest.Digest(t, o.Store) != at {
		t.Errorf("sent what an old server may not understand: %+v", r)
	}
	if i, err := a.Store.Inspection(ctx, id); err != nil || i.ID != id {
		t.Errorf("at the laptop: %v", err)
	}
	speaks(t, o, protocol.MinVersion, protocol.Version)
	a.Sync()
	synctest.Equal(t, a.Store, o.Store)
}
