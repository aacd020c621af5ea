package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// Any order of arrival must give the same cell: that is what makes replicas
// equal when a USB bundle overtakes the network.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "writes")
		writes := make([]Write, n)
		for i := range writes {
			w := Write{
				Entry: Hash(fmt.Sprintf("sha256:%064d", (i*7919+13)%101)),
				Value: json.RawMessage(fmt.Sprintf(`"%d"`, rapid.IntRange(0, 2).Draw(t, "value"))),
			}
			if w.Root = rapid.Bool().Draw(t, "root"); !w.Root {
				for j := range i {
					if rapid.IntRange(0, 2).Draw(t, "seen") == 0 {
						w.Base = append(w.Base, writes[j].Entry)
					}
				}
			}
			writes[i] = w
		}
		var first Cell
		for _, w := range writes {
			first.Write(w)
		}
		order := rapid.Permutation(writes).Draw(t, "order")
		var second Cell
		for _, w := range order {
			second.Write(w)
		}
		if !reflect.DeepEqual(first.Heads, second.Heads) {
			t.Fatalf("heads differ:\n%+v\n%+v\nfor order %+v", first.Heads, second.Heads, order)
		}
	})
}

func TestUnseenDifferentValueIsAConflictAndBothStay(t *testing.T) {
	var c Cell
	c.Write(Write{Entry: "a", Value: json.RawMessage(`"one"`), Actor: "person_1"})
	c.Write(Write{Entry: "b", Value: json.RawMessage(`"two"`), Actor: "person_2"})
	if !c.Conflict() || len(c.Heads) != 2 {
		t.Fatalf("got %+v, want a conflict with both values", c)
	}
	if w, _ := c.Shown("person_2"); string(w.Value) != `"two"` {
		t.Errorf("the owner's value is not shown: got %s", w.Value)
	}
	if w, _ := c.Shown(""); w.Entry != "a" {
		t.Errorf("got provisional %s, want the smaller hash", w.Entry)
	}
	c.Write(Write{Entry: "c", Value: json.RawMessage(`"two"`), Base: []Hash{"a", "b"}})
	if c.Conflict() || len(c.Heads) != 1 {
		t.Errorf("settled conflict still there: %+v", c)
	}
}

func TestSameValueTwiceIsNoConflict(t *testing.T) {
	var c Cell
	c.Write(Write{Entry: "a", Value: json.RawMessage(`"x"`)})
	c.Write(Write{Entry: "b", Value: json.RawMessage(`"x"`)})
	if c.Conflict() {
		t.Error("the same value twice was called a conflict")
	}
}

func TestOverwritingOneOfTwoEqualRegisterRowsOverwritesBoth(t *testing.T) {
	var c Cell
	c.Write(Write{Entry: "a", Value: json.RawMessage(`"x"`), Root: true})
	c.Write(Write{Entry: "c", Value: json.RawMessage(`"y"`), Base: []Hash{"b"}})
	c.Write(Write{Entry: "b", Value: json.RawMessage(`"x"`), Root: true})
	if c.Conflict() {
		t.Errorf("got conflict %+v: the twin import was not overwritten", c.Heads)
	}
}
