package record

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// photographed is an inspection with one photo and the copies given.
func photographed(copies ...Evidence) (Inspection, Evidence) {
	original := Evidence{ID: "ev_0", Item: "a", Digest: "sha256:00", Width: 1000, Height: 800}
	i := Inspection{ID: "insp_0", State: OnSite, Evidence: []Evidence{original}, state: State{}}
	for n, c := range copies {
		c.ID, c.Digest, c.Of = ID("ev_"+string(rune('1'+n))), Hash("sha256:0"+string(rune('1'+n))), original.Digest
		if c.Item == "" {
			c.Item = "a"
		}
		i.Evidence = append(i.Evidence, c)
	}
	return i, original
}

func hiding(x, y, w, h int) PhotoStep { return PhotoStep{Do: HidePart, X: x, Y: y, W: w, H: h} }

func TestTheOrganizationNeverSeesWhatACopyHides(t *testing.T) {
	arrow := PhotoStep{Do: DrawArrow, Points: [][2]int{{1, 1}, {9, 9}}}
	face, number := hiding(100, 100, 200, 200), hiding(600, 100, 200, 60)
	crop := PhotoStep{Do: CropPhoto, X: 50, Y: 50, W: 500, H: 500}
	for name, c := range map[string]struct {
		copies       []Evidence
		office, copy ID // what is shown; "" nothing
	}{
		"no copy":                            {nil, "ev_0", "ev_0"},
		"an arrow, not chosen":               {[]Evidence{{Steps: []PhotoStep{arrow}}}, "ev_0", "ev_0"},
		"an arrow, chosen":                   {[]Evidence{{Steps: []PhotoStep{arrow}, Instead: true}}, "ev_1", "ev_1"},
		"a face hidden, not chosen":          {[]Evidence{{Steps: []PhotoStep{face}}}, "ev_0", "ev_1"},
		"a face hidden, chosen":              {[]Evidence{{Steps: []PhotoStep{face}, Instead: true}}, "ev_1", "ev_1"},
		"cropped":                            {[]Evidence{{Steps: []PhotoStep{crop}}}, "ev_0", "ev_1"},
		"a tool of tomorrow":                 {[]Evidence{{Steps: []PhotoStep{{Do: "melt"}}}}, "ev_0", ""},
		"a later copy hides less":            {[]Evidence{{Steps: []PhotoStep{face}}, {Steps: []PhotoStep{arrow}, Instead: true}}, "ev_2", "ev_1"},
		"a later copy hides more":            {[]Evidence{{Steps: []PhotoStep{face}}, {Steps: []PhotoStep{number, face}}}, "ev_0", "ev_2"},
		"each hides another thing":           {[]Evidence{{Steps: []PhotoStep{face}}, {Steps: []PhotoStep{number}}}, "ev_0", ""},
		"the crop cuts the other off":        {[]Evidence{{Steps: []PhotoStep{number}}, {Steps: []PhotoStep{crop}}}, "ev_0", "ev_2"},
		"the other was withdrawn":            {[]Evidence{{Steps: []PhotoStep{face}, Withdrawn: "误"}, {Steps: []PhotoStep{arrow}}}, "ev_0", "ev_0"},
		"what hides was destroyed":           {[]Evidence{{Steps: []PhotoStep{face}, Destroyed: "destr_0"}}, "ev_0", ""},
		"the copy hangs on another item":     {[]Evidence{{Steps: []PhotoStep{face}, Item: "b"}}, "ev_0", "ev_1"},
		"an arrow's copy on another item":    {[]Evidence{{Steps: []PhotoStep{arrow}, Item: "b", Instead: true}}, "ev_0", "ev_0"},
		"turned and drawn on, never chosen":  {[]Evidence{{Steps: []PhotoStep{{Do: TurnPhoto, Quarters: 1}, {Do: DrawLine}, {Do: WriteText}, {Do: DrawCircle}}}}, "ev_0", "ev_0"},
		"two chosen: the later one is shown": {[]Evidence{{Steps: []PhotoStep{arrow}, Instead: true}, {Steps: []PhotoStep{arrow}, Instead: true}}, "ev_2", "ev_2"},
	} {
		i, original := photographed(c.copies...)
		if got, ok := i.Shown(original, false); !ok || got.ID != c.office {
			t.Errorf("%s: the office sees %q, want %q", name, got.ID, c.office)
		}
		if got, ok := i.Shown(original, true); got.ID != c.copy || ok != (c.copy != "") {
			t.Errorf("%s: the organization's copy shows %q (%t), want %q", name, got.ID, ok, c.copy)
		}
	}
}

// Property: whatever copies there are, the one shown to the organization has no
// pixel uncovered that any copy covers or cuts off.
func TestWhatTheOrganizationSeesHidesAllThatAnyCopyHides(t *testing.T) {
	const side = 12
	covered := func(e Evidence, x, y int) bool {
		in := func(p PhotoPart) bool { return x >= p.X && y >= p.Y && x < p.X+p.W && y < p.Y+p.H }
		if !in(CropOf(e.Steps, side, side)) {
			return true
		}
		for _, s := range e.Steps {
			if s.Do == HidePart && in(s.Part()) {
				return true
			}
		}
		return false
	}
	rapid.Check(t, func(t *rapid.T) {
		var copies []Evidence
		for range rapid.IntRange(0, 4).Draw(t, "copies") {
			var c Evidence
			for range rapid.IntRange(0, 3).Draw(t, "steps") {
				s := PhotoStep{Do: rapid.SampledFrom([]PhotoTool{HidePart, HidePart, CropPhoto, DrawCircle}).Draw(t, "tool"), X: rapid.IntRange(0, side-1).Draw(t, "x"), Y: rapid.IntRange(0, side-1).Draw(t, "y")}
				s.W, s.H = rapid.IntRange(1, side-s.X).Draw(t, "w"), rapid.IntRange(1, side-s.Y).Draw(t, "h")
				c.Steps = append(c.Steps, s)
			}
			copies = append(copies, c)
		}
		i, original := photographed(copies...)
		original.Width, original.Height = side, side
		shown, ok := i.Shown(original, true)
		for _, c := range i.Evidence[1:] {
			for x := range side {
				for y := range side {
					if ok && covered(c, x, y) && !covered(shown, x, y) {
						t.Fatalf("%s hides %d,%d; %s, which is shown, does not", c.ID, x, y, shown.ID)
					}
				}
			}
		}
	})
}

func TestAPhotoAndItsCopiesGoTogether(t *testing.T) {
	i, original := photographed(Evidence{Steps: []PhotoStep{hiding(0, 0, 9, 9)}}, Evidence{Steps: []PhotoStep{hiding(0, 0, 9, 9)}, Withdrawn: "更换"})
	if list := i.EvidenceOf("a"); len(list) != 1 || list[0].ID != original.ID {
		t.Errorf("the item has %d photos, want the original alone: a copy is not another photo", len(list))
	}
	paths := func(changes []Change, err error) string {
		if err != nil || len(changes) != 1 {
			t.Fatalf("got %d changes, %v, want one", len(changes), err)
		}
		b, _ := json.Marshal(changes[0].Set)
		var out []string
		for _, id := range []string{"ev_0", "ev_1", "ev_2"} {
			if strings.Contains(string(b), `"evidence/`+id+`"`) {
				out = append(out, id)
			}
		}
		return strings.Join(out, " ")
	}
	if got := paths(i.WithdrawEvidence("ev_0", "误")); got != "ev_0 ev_1" {
		t.Errorf("withdrawing the photo takes off %q, want its standing copy too", got)
	}
	if got := paths(i.WithdrawEvidence("ev_1", "误")); got != "ev_1" {
		t.Errorf("withdrawing the copy takes off %q, want it alone", got)
	}
	for _, id := range []ID{"ev_0", "ev_1"} {
		if got := paths(i.MoveEvidence(id, "b", "误", true)); got != "ev_0 ev_1" {
			t.Errorf("moving %s moves %q, want both", id, got)
		}
	}
	if got := paths(i.ShowCopy("ev_1", true)); got != "ev_1" {
		t.Errorf("choosing the copy changes %q", got)
	}
	if changes, err := i.ShowCopy("ev_1", false); err != nil || len(changes) != 0 {
		t.Errorf("choosing what stands makes %d changes (%v), want none", len(changes), err)
	}
	for _, id := range []ID{"ev_0", "ev_2", "ev_9"} {
		if _, err := i.ShowCopy(id, true); CodeOf(err) != NotFound {
			t.Errorf("choosing %s, which is no copy that counts: %v", id, err)
		}
	}
	i.Evidence[0].Withdrawn = "误"
	if list := i.EvidenceOf("a"); len(list) != 1 || list[0].ID != "ev_1" {
		t.Errorf("a copy whose original was withdrawn by itself is not listed: %v", list)
	}
}

// What a newer program wrote beside the fields of today survives a caption.
func TestUnknownFieldsOfEvidenceArePassedOn(t *testing.T) {
	const written = `{"id":"ev_0","item":"a","digest":"sha256:00","size":5,"media":"image/jpeg","added_at":"2026-11-27T10:00:00+08:00","depth":{"of":[1,2]},"lens":"宽"}`
	var e Evidence
	if err := json.Unmarshal([]byte(written), &e); err != nil {
		t.Fatal(err)
	}
	e.Caption = "正门"
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got["lens"] != "宽" || got["depth"] == nil || got["caption"] != "正门" || got["size"] != 5.0 || len(got) != 9 {
		t.Errorf("written again it is %s", b)
	}
	var again Evidence
	if err := json.Unmarshal([]byte(`{"id":"ev_1","item":"","digest":"sha256:01","size":1,"media":"image/png","added_at":""}`), &again); err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(again); string(b) != `{"id":"ev_1","item":"","digest":"sha256:01","size":1,"media":"image/png","added_at":""}` {
		t.Errorf("evidence of today is written as %s", b)
	}
}
