package client_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

var ctx = context.Background()

func TestWhatIsSavedHereIsAtTheServerAfterASync(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a := o.Laptop()
		a.Register()
		id := a.Plan(1)
		a.Answers(id, synctest.Forty(rand.New(rand.NewPCG(1, 1))))
		before := synctest.Entries(t, a.Store)
		r := a.Sync()
		if int64(r.Sent) != before || r.Refused != 0 {
			t.Errorf("got %+v, want %d sent", r, before)
		}
		i, err := o.Store.Inspection(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(i.Answers) != 40 {
			t.Errorf("the server has %d answers, want 40", len(i.Answers))
		}
		st, err := a.Store.Status(ctx)
		if err != nil || st.Sent != st.Entries || st.Remote.Problem != "" || st.Remote.Contact == 0 {
			t.Errorf("status %+v, %v", st, err)
		}
		synctest.Equal(t, a.Store, o.Store)
		if r := a.Sync(); r.Sent+r.Received != 0 {
			t.Errorf("second sync: got %+v, want nothing to do", r)
		}
	})
}

func TestTwoLaptopsOnOneInspectionConverge(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		b.Register() // both imported the same register
		id := a.Plan(1)
		a.Answer(id, "k1", record.Conform, "")
		a.Sync()
		b.Sync()
		a.Answer(id, "k1", record.Nonconform, "seen by A")
		a.Answer(id, "k3", record.Conform, "")
		b.Answer(id, "k1", record.NotApplicable, "seen by B")
		b.Answer(id, "k2", record.Conform, "")
		for range 2 {
			a.Sync()
			b.Sync()
		}
		synctest.Equal(t, a.Store, b.Store, o.Store)
		conflicts, err := a.Store.Conflicts(ctx)
		if err != nil || len(conflicts) != 2 { // value and note of k1
			t.Errorf("got %d conflicts, %v, want 2", len(conflicts), err)
		}
		i, _ := b.Store.Inspection(ctx, id)
		if i.Answers["k2"].Text() != record.Conform || i.Answers["k3"].Text() != record.Conform {
			t.Errorf("different items must merge: got %+v", i.Answers)
		}
	})
}
