package checklist

import (
	"bytes"
	"testing"
)

func TestTheBuiltinChecklistsAreWrittenAsTheyStand(t *testing.T) {
	for _, c := range Builtin() {
		if got := Encode(c); !bytes.Equal(got, c.Bytes()) {
			n := 0
			for n < len(got) && n < len(c.Bytes()) && got[n] == c.Bytes()[n] {
				n++
			}
			t.Errorf("%s is written differently at byte %d: got …%s, want …%s", c.ID, n, got[max(0, n-60):min(len(got), n+40)], c.Bytes()[max(0, n-60):min(len(c.Bytes()), n+40)])
		}
	}
}
