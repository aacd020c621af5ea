package client_test

import (
	"testing"

	"plumbline/sync/synctest"
)

// Found by the mixture: the replicas kept whichever of two destructions of one
// photo came first, and a rebuild could take the other.
func TestAPhotoThatTwoLaptopsHadDestroyedIsGoneByTheSameDecisionEverywhere(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		for n := range 4 { // which of the two decisions has the smaller name is chance
			a, b := team(t, o)
			id := a.Plan(n)
			e := a.Attach(id, "k1", synctest.Picture(n, 5000), synctest.Picture(100+n, 500))
			a.Sync()
			b.Sync()
			destroyPhoto(a, id, e)
			destroyPhoto(b, id, e)
			for range 2 {
				a.Sync()
				b.Sync()
			}
			synctest.Equal(t, o.Store, a.Store, b.Store)
			synctest.Rebuilt(t, "the server", o.Store)
			synctest.Rebuilt(t, "laptop A", a.Store)
		}
	})
}
