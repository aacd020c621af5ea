package synctest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// Follower pulls as the protocol's README says and no more, so that it sees
// what a laptop's tables would forgive: an entry that comes twice, one that is
// left out, a cursor that begins again.
type Follower struct {
	Laptop *Laptop
	URL    string
	Seen   map[journal.Chain]journal.Head // up to where each chain came, without a gap
	Count  int64
	Pulls  int64

	cursor protocol.Cursor
	token  string
	http   *http.Client
}

// Follow makes a follower with the device of an enrolled laptop that has
// written nothing of its own.
func (l *Laptop) Follow(url string) *Follower {
	return &Follower{Laptop: l, URL: url, Seen: map[journal.Chain]journal.Head{}, http: &http.Client{Transport: &http.Transport{}}}
}

// Next pulls once and tells whether there is more. An entry that does not
// follow the one before it in its chain is an error; record.Offline says that
// the line broke, after which Next can be called again.
func (f *Follower) Next(entries int) (more bool, err error) {
	if f.token == "" {
		if err := f.login(); err != nil {
			return false, err
		}
	}
	b, err := protocol.AppendMessage(nil, protocol.Request{Pull: &protocol.Pull{Cursor: f.cursor, Entries: entries}}, nil)
	if err != nil {
		return false, err
	}
	if b, err = f.post(protocol.PathPull, b); err != nil {
		return false, err
	}
	var a protocol.Answer
	found, err := protocol.ReadMessage(b, &a)
	switch {
	case err != nil:
		return false, err
	case a.Pull == nil:
		return false, fmt.Errorf("the answer has no pull")
	case a.Pull.Anew:
		return false, fmt.Errorf("the server did not know its own cursor %+v again", f.cursor)
	case a.Pull.Cursor.Pos < f.cursor.Pos:
		return false, fmt.Errorf("the cursor went back from %d to %d", f.cursor.Pos, a.Pull.Cursor.Pos)
	}
	for _, e := range found {
		head, err := f.Seen[e.Chain()].Follow(e)
		if err != nil {
			return false, fmt.Errorf("entry %d of %s came after entry %d: %w", e.Seq, e.Device, f.Seen[e.Chain()].Seq, err)
		}
		f.Seen[e.Chain()] = head
		f.Count++
	}
	f.Pulls++
	f.cursor = a.Pull.Cursor
	return a.Pull.More, nil
}

func (f *Follower) login() error {
	key, err := protocol.LoadDeviceKey(f.Laptop.Folder)
	if err != nil {
		return err
	}
	r, _, err := f.Laptop.Store.Remote(ctx)
	if err != nil {
		return err
	}
	device := f.Laptop.Store.Self().Device
	ask := func(q protocol.TokenRequest) (a protocol.TokenAnswer, err error) {
		b, err := json.Marshal(q)
		if err == nil {
			b, err = f.post(protocol.PathToken, b)
		}
		if err == nil {
			err = json.Unmarshal(b, &a)
		}
		return a, err
	}
	a, err := ask(protocol.TokenRequest{Device: device})
	if err == nil {
		a, err = ask(protocol.TokenRequest{Device: device, Challenge: a.Challenge,
			Signature: ed25519.Sign(key, protocol.TokenStatement(record.ID(r.Server), device, a.Challenge))})
	}
	f.token = a.Token
	return err
}

func (f *Follower) post(path string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(http.MethodPost, f.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if f.token != "" {
		r.Header.Set("Authorization", "Bearer "+f.token)
	}
	resp, err := f.http.Do(r)
	if err != nil {
		return nil, &record.Error{Code: record.Offline, Message: "sync.offline", Err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, &record.Error{Code: record.Offline, Message: "sync.offline", Err: err}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", path, resp.Status, b)
	}
	return b, nil
}
