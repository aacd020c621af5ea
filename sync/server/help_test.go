package server_test

import (
	"crypto/ed25519"
	"testing"

	"plumbline/sync/account"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

func accountOpen(o *synctest.Office, key ed25519.PrivateKey) (*account.Accounts, error) {
	return account.Open(ctx, o.Store, key, nil)
}

// visitorOf is newVisitor for a laptop that is enrolled already.
func visitorOf(t testing.TB, o *synctest.Office, l *synctest.Laptop) *visitor {
	t.Helper()
	key, err := protocol.LoadDeviceKey(l.Folder)
	if err != nil {
		t.Fatal(err)
	}
	device := l.Store.Self().Device
	a, err := o.Accounts.Token(ctx, protocol.TokenRequest{Device: device})
	if err != nil {
		t.Fatal(err)
	}
	a, err = o.Accounts.Token(ctx, protocol.TokenRequest{Device: device, Challenge: a.Challenge,
		Signature: ed25519.Sign(key, protocol.TokenStatement(o.Accounts.Server(), device, a.Challenge))})
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{o: o, l: l, key: key, token: a.Token}
}
