package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

// light is a laptop without a disk: its journal is made beforehand and lies
// ready as messages.
type light struct {
	url      string
	server   record.ID
	chain    journal.Chain
	key      ed25519.PrivateKey
	messages [][]byte
}

// newLight enrols a light laptop and writes its journal.
func newLight(b *testing.B, d *daemon, server record.ID, secret string, entries int) *light {
	b.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	l := &light{url: d.url, server: server, chain: journal.Chain{Device: record.NewID(record.DeviceType), Epoch: "e"}, key: key}
	q := protocol.EnrolRequest{Code: secret, Device: l.chain.Device, Public: public,
		Proof: ed25519.Sign(key, protocol.EnrolStatement(protocol.CodeDigest(secret), l.chain.Device, public))}
	if err := l.json(protocol.PathEnrol, q, &protocol.EnrolAnswer{}); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, uint64(len(secret))))
	var head journal.Head
	var batch []journal.Entry
	for n := range entries {
		e, err := l.write(r, n, head)
		if err != nil {
			b.Fatal(err)
		}
		head = journal.Head{Seq: e.Seq, Hash: e.Hash}
		if batch = append(batch, e); len(batch) == 250 || n == entries-1 {
			p := protocol.Push{Heads: []protocol.SignedHead{{Point: protocol.At(l.chain, head), Signature: journal.SignHead(key, l.chain, head)}}}
			m, err := protocol.AppendMessage(nil, protocol.Request{Push: &p}, batch)
			if err != nil {
				b.Fatal(err)
			}
			l.messages, batch = append(l.messages, m), nil
		}
	}
	return l
}

// write makes entry n of a day's work: every second one plans an inspection,
// the other answers a few of its items.
func (l *light) write(r *rand.Rand, n int, head journal.Head) (journal.Entry, error) {
	id := record.DerivedID(record.InspectionType, string(l.chain.Device), fmt.Sprint(n/2))
	_, changes, err := record.NewInspection(synctest.Organization(n), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", synctest.People(), time.Now())
	if err != nil {
		return journal.Entry{}, err
	}
	set, kind := changes[0].Set, record.Create
	if n%2 == 1 {
		if changes, err = record.InspectionOf(id, record.State{}).SetAnswers(synctest.Forty(r)); err != nil {
			return journal.Entry{}, err
		}
		set, kind = changes[0].Set, record.Set
	}
	body := record.Body{Set: map[string]json.RawMessage{}}
	for path, v := range set {
		if body.Set[path], err = json.Marshal(v); err != nil {
			return journal.Entry{}, err
		}
	}
	c, err := journal.NewContent(body)
	if err != nil {
		return journal.Entry{}, err
	}
	return journal.New(journal.Header{Authority: synctest.Authority, Device: l.chain.Device, Epoch: l.chain.Epoch, Seq: head.Seq + 1, Prev: head.Hash,
		HLC: int64(n+1) << 16, Wall: time.Now().Format("2006-01-02T15:04:05.000Z07:00"), Kind: kind, Record: id}, c)
}

// push gets a token and sends the whole journal.
func (l *light) push() error {
	var a protocol.TokenAnswer
	if err := l.json(protocol.PathToken, protocol.TokenRequest{Device: l.chain.Device}, &a); err != nil {
		return err
	}
	q := protocol.TokenRequest{Device: l.chain.Device, Challenge: a.Challenge, Signature: ed25519.Sign(l.key, protocol.TokenStatement(l.server, l.chain.Device, a.Challenge))}
	if err := l.json(protocol.PathToken, q, &a); err != nil {
		return err
	}
	for _, m := range l.messages {
		body, err := l.post(protocol.PathPush, a.Token, m)
		if err != nil {
			return err
		}
		var got protocol.Answer
		if _, err := protocol.ReadMessage(body, &got); err != nil {
			return err
		}
		if got.Push == nil || got.Push.Stored == 0 || len(got.Push.Refused) > 0 {
			return fmt.Errorf("pushed: %+v", got.Push)
		}
	}
	return nil
}

func (l *light) json(path string, q, a any) error {
	b, err := json.Marshal(q)
	if err == nil {
		b, err = l.post(path, "", b)
	}
	if err == nil {
		err = json.Unmarshal(b, a)
	}
	return err
}

func (l *light) post(path, token string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(http.MethodPost, l.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, b)
	}
	return b, err
}
