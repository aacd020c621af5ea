package link_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"net/http"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

func links(t testing.TB, s *store.Store) []store.Link {
	t.Helper()
	list, err := s.Links(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func asError(err error, to **record.Error) bool { return errors.As(err, to) }

func deviceOf(d account.Device) []account.Device { return []account.Device{d} }

func keyOf(t testing.TB, folder string) ed25519.PrivateKey {
	t.Helper()
	key, err := protocol.LoadDeviceKey(folder)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// headOf gives the signed head of a laptop's journal.
func headOf(t testing.TB, l *synctest.Laptop) protocol.SignedHead {
	t.Helper()
	c := l.Store.Self()
	h, err := l.Store.Head(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return protocol.SignedHead{Point: protocol.At(c, h), Signature: journal.SignHead(keyOf(t, l.Folder), c, h)}
}

// asServer speaks to an office with the token of the server above it.
func asServer(t testing.TB, below, above *synctest.Office) func(method, path string, body []byte) int {
	t.Helper()
	device := above.Accounts.Server()
	q, err := below.Accounts.Token(ctx, protocol.TokenRequest{Device: device})
	if err == nil {
		q, err = below.Accounts.Token(ctx, protocol.TokenRequest{Device: device, Challenge: q.Challenge,
			Signature: ed25519.Sign(keyOf(t, above.Folder), protocol.TokenStatement(below.Accounts.Server(), device, q.Challenge))})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path string, body []byte) int {
		t.Helper()
		r, err := http.NewRequest(method, below.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+q.Token)
		r.Header.Set(protocol.HeaderOffset, "0")
		r.Header.Set(protocol.HeaderLength, "1")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
}

type forgery struct {
	entries []journal.Entry
	head    protocol.SignedHead
}

// forge makes an entry in the name of a device, signed with somebody else's key.
func forge(t testing.TB, by, of *synctest.Laptop) forgery {
	t.Helper()
	c := of.Store.Self()
	c.Epoch = "forged0000"
	content, err := journal.NewContent(record.Body{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := journal.New(journal.Header{Authority: countyA, Device: c.Device, Epoch: c.Epoch, Seq: 1, Kind: record.Create, Record: record.NewID(record.InspectionType)}, content)
	if err != nil {
		t.Fatal(err)
	}
	h := journal.Head{Seq: 1, Hash: e.Hash}
	return forgery{[]journal.Entry{e}, protocol.SignedHead{Point: protocol.At(c, h), Signature: journal.SignHead(keyOf(t, by.Folder), c, h)}}
}
