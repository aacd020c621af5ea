package account_test

import (
	"context"
	"testing"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
	"plumbline/sync/synctest"
)

// Two copies of one laptop's folder sign two heads for the same place of one
// chain. The first stays until it is known which entries are here: else a head
// would be handed on that fits nothing, and every laptop would refuse to pull.
func TestOfTwoHeadsForOnePlaceTheFirstStaysUntilItIsSettled(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		ctx := context.Background()
		l := o.Laptop()
		l.Register()
		l.Sync()
		chain := l.Store.Self()
		key, err := protocol.LoadDeviceKey(l.Folder)
		if err != nil {
			t.Fatal(err)
		}
		device, err := o.Accounts.Device(ctx, chain.Device)
		if err != nil {
			t.Fatal(err)
		}
		const place = 100 // beyond what was synced
		head := func(text string) protocol.SignedHead {
			h := journal.Head{Seq: place, Hash: record.HashOf([]byte(text))}
			return protocol.SignedHead{Point: protocol.At(chain, h), Signature: journal.SignHead(key, chain, h)}
		}
		kept := func() record.Hash {
			h, ok, err := o.Accounts.HeadWithin(ctx, chain, place, place)
			if err != nil || !ok {
				t.Fatalf("the kept head: %v, %v", ok, err)
			}
			if _, err := o.Accounts.CheckHead(ctx, h); err != nil {
				t.Errorf("the kept head is not good: %v", err)
			}
			return h.Hash
		}
		keep := func(h protocol.SignedHead) []int {
			doubts, err := o.Accounts.KeepHeads(ctx, []protocol.SignedHead{h}, []account.Device{device})
			if err != nil {
				t.Fatal(err)
			}
			return doubts
		}
		first, second := head("the laptop"), head("its copy")
		for range 2 { // told again it is the same
			if doubts := keep(first); len(doubts) != 0 {
				t.Errorf("the first head is a doubt: %v", doubts)
			}
		}
		if doubts := keep(second); len(doubts) != 1 || doubts[0] != 0 {
			t.Errorf("another head for the same place: doubts %v, want the one", doubts)
		}
		if kept() != first.Hash {
			t.Error("another head took the first one's place before anybody knew which entries are here")
		}
		if err := o.Accounts.SettleHead(ctx, second, device); err != nil {
			t.Fatal(err)
		}
		if kept() != second.Hash {
			t.Error("the settled head is not the one that is handed on")
		}
	})
}
