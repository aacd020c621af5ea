package record

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// PhotoStep is one thing done on an edited copy of a photo. All places are in
// pixels of the original as it is seen upright, so that anybody can make the
// copy again from the original and see what was done; the order of the picture
// is: hidden places first, then the crop and the turns, then the marks.
type PhotoStep struct {
	Do       PhotoTool `json:"do"`
	X        int       `json:"x,omitempty"` // crop, hide, circle: the rectangle; text: its left top corner
	Y        int       `json:"y,omitempty"`
	W        int       `json:"w,omitempty"`
	H        int       `json:"h,omitempty"`
	Quarters int       `json:"quarters,omitempty"` // turn: quarter turns clockwise, 1 to 3
	Points   [][2]int  `json:"points,omitempty"`   // arrow: from, to; line: two or more
	Text     string    `json:"text,omitempty"`     // text: one line
	Size     int       `json:"size,omitempty"`     // text: height of its characters
}

// PhotoTool names what a step does.
type PhotoTool string

// The tools.
const (
	TurnPhoto  PhotoTool = "turn"   // quarter turns; several add up
	CropPhoto  PhotoTool = "crop"   // only the rectangle is left; several leave what is in all of them
	HidePart   PhotoTool = "hide"   // the rectangle cannot be made out, and cannot be brought back
	DrawArrow  PhotoTool = "arrow"  // points at something
	DrawCircle PhotoTool = "circle" // an ellipse that fills the rectangle
	DrawLine   PhotoTool = "line"   // a line drawn by hand
	WriteText  PhotoTool = "text"   // a label
)

// Bounds on steps, so that no entry can fill memory.
const (
	MostPhotoSteps  = 200
	mostPhotoPoints = 2000
	mostPhotoText   = 100 // characters
)

// CheckPhotoSteps tells what is wrong with the steps for a photo of width ×
// height pixels, nil if nothing; Args "n" is the number of the step, from 1.
func CheckPhotoSteps(steps []PhotoStep, width, height int) error {
	wrong := func(n int, key string) error {
		return &Error{Code: Invalid, Message: key, Field: "steps", Args: map[string]any{"n": n + 1}}
	}
	if len(steps) == 0 {
		return &Error{Code: Invalid, Message: "photo.step.none", Field: "steps"}
	}
	if len(steps) > MostPhotoSteps {
		return &Error{Code: TooLarge, Message: "photo.step.too_many", Field: "steps", Args: map[string]any{"limit": MostPhotoSteps}}
	}
	inside := func(x, y int) bool { return x >= 0 && y >= 0 && x <= width && y <= height }
	for n, s := range steps {
		if len(s.Points) > mostPhotoPoints {
			return wrong(n, "photo.step.too_long")
		}
		for _, p := range s.Points {
			if !inside(p[0], p[1]) {
				return wrong(n, "photo.step.outside")
			}
		}
		switch s.Do {
		case TurnPhoto:
			if s.Quarters < 1 || s.Quarters > 3 {
				return wrong(n, "photo.step.quarters")
			}
		case CropPhoto, HidePart, DrawCircle:
			if s.W < 1 || s.H < 1 {
				return wrong(n, "photo.step.empty")
			}
			if s.W > width || s.H > height || !inside(s.X, s.Y) || !inside(s.X+s.W, s.Y+s.H) {
				return wrong(n, "photo.step.outside")
			}
		case DrawArrow:
			if len(s.Points) != 2 || s.Points[0] == s.Points[1] {
				return wrong(n, "photo.step.points")
			}
		case DrawLine:
			if len(s.Points) < 2 {
				return wrong(n, "photo.step.points")
			}
		case WriteText:
			switch {
			case strings.TrimSpace(s.Text) == "" || s.Size < 1:
				return wrong(n, "photo.step.no_text")
			case utf8.RuneCountInString(s.Text) > mostPhotoText || strings.ContainsAny(s.Text, "\r\n"):
				return wrong(n, "photo.step.long_text")
			case !inside(s.X, s.Y) || s.Size > max(width, height):
				return wrong(n, "photo.step.outside")
			}
		default:
			return wrong(n, "photo.step.unknown")
		}
	}
	if CropOf(steps, width, height).Empty() {
		return wrong(len(steps)-1, "photo.step.empty")
	}
	return nil
}

// PhotoPart is a rectangle of a photo, in pixels of the original upright.
type PhotoPart struct{ X, Y, W, H int }

// Part gives the rectangle of a step.
func (s PhotoStep) Part() PhotoPart { return PhotoPart{s.X, s.Y, s.W, s.H} }

// Empty tells whether nothing lies in the rectangle.
func (p PhotoPart) Empty() bool { return p.W < 1 || p.H < 1 }

// Common gives what two rectangles share.
func (p PhotoPart) Common(q PhotoPart) PhotoPart {
	x, y := max(p.X, q.X), max(p.Y, q.Y)
	return PhotoPart{X: x, Y: y, W: min(p.X+p.W, q.X+q.W) - x, H: min(p.Y+p.H, q.Y+q.H) - y}
}

// CropOf gives the rectangle of the original that the steps leave.
func CropOf(steps []PhotoStep, width, height int) PhotoPart {
	c := PhotoPart{W: width, H: height}
	for _, s := range steps {
		if s.Do == CropPhoto {
			c = c.Common(s.Part())
		}
	}
	return c
}

// QuartersOf gives the quarter turns clockwise that the steps come to, 0 to 3.
func QuartersOf(steps []PhotoStep) (n int) {
	for _, s := range steps {
		if s.Do == TurnPhoto {
			n += s.Quarters
		}
	}
	return (n%4 + 4) % 4
}

// IsCopy tells whether e is an edited copy of another photo.
func (e Evidence) IsCopy() bool { return e.Of != "" }

// Hides tells whether an edited copy shows less than its original: something
// was made unreadable, or cut off. A tool that this version does not know may
// hide something too.
func (e Evidence) Hides() bool {
	return slices.ContainsFunc(e.Steps, func(s PhotoStep) bool {
		switch s.Do {
		case TurnPhoto, DrawArrow, DrawCircle, DrawLine, WriteText:
			return false
		}
		return true
	})
}

// hidesAllOf tells whether e shows nothing that other hides; both are copies of
// a photo of width × height.
func (e Evidence) hidesAllOf(other Evidence, width, height int) bool {
	seen := CropOf(e.Steps, width, height)
	if CropOf(other.Steps, width, height).Common(seen) != seen {
		return false // e shows what the other cuts off
	}
	for _, s := range other.Steps {
		switch s.Do {
		case CropPhoto, TurnPhoto, DrawArrow, DrawCircle, DrawLine, WriteText:
			continue
		case HidePart:
		default:
			return false // of a newer program
		}
		part := s.Part().Common(seen)
		if !part.Empty() && !slices.ContainsFunc(e.Steps, func(m PhotoStep) bool { return m.Do == HidePart && m.Part().Common(part) == part }) {
			return false
		}
	}
	return true
}

// CopiesOf lists the edited copies of a photo that hang beside it and were not
// withdrawn, the oldest first.
func (i Inspection) CopiesOf(photo Evidence) []Evidence {
	var out []Evidence
	for _, e := range i.Evidence {
		if e.Of == photo.Digest && e.Item == photo.Item && e.Withdrawn == "" {
			out = append(out, e)
		}
	}
	return out
}

// OriginalOf finds the photo that an edited copy was made from and that hangs
// beside it.
func (i Inspection) OriginalOf(copied Evidence) (Evidence, bool) {
	if !copied.IsCopy() {
		return Evidence{}, false
	}
	n := slices.IndexFunc(i.Evidence, func(e Evidence) bool {
		return e.Digest == copied.Of && e.Item == copied.Item && !e.IsCopy() && e.Withdrawn == ""
	})
	if n < 0 {
		return Evidence{}, false
	}
	return i.Evidence[n], true
}

// Shown gives the picture to show for a photo: itself, or the copy that the
// inspector chose. For the organization the original is never shown once a copy
// hides something, on whatever item either hangs: what is shown then hides all
// that any of the copies hides. ok is false where there is no such copy, and
// nothing may be shown.
func (i Inspection) Shown(photo Evidence, organization bool) (shown Evidence, ok bool) {
	if organization && !photo.IsCopy() {
		var all []Evidence
		for _, e := range i.Evidence {
			if e.Of == photo.Digest && e.Withdrawn == "" {
				all = append(all, e)
			}
		}
		if slices.ContainsFunc(all, Evidence.Hides) {
			return leastOf(all, photo)
		}
	}
	copies := i.CopiesOf(photo)
	for _, c := range slices.Backward(copies) {
		if c.Instead && c.Destroyed == "" {
			return c, true
		}
	}
	return photo, true
}

// leastOf gives the copy that shows nothing that another one hides.
func leastOf(copies []Evidence, photo Evidence) (Evidence, bool) {
	for _, c := range slices.Backward(copies) {
		more := func(o Evidence) bool { return !c.hidesAllOf(o, photo.Width, photo.Height) }
		if c.Destroyed == "" && !slices.ContainsFunc(copies, more) {
			return c, true
		}
	}
	return Evidence{}, false
}

// ShowCopy chooses whether an edited copy is shown instead of its original.
func (i Inspection) ShowCopy(id ID, instead bool) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	for _, e := range i.Evidence {
		if e.ID != id || !e.IsCopy() || !e.Counts() {
			continue
		}
		if e.Instead == instead {
			return nil, nil
		}
		e.Instead = instead
		return []Change{i.state.change(Set, i.ID, map[string]any{"evidence/" + string(id): e})}, nil
	}
	return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
}

// family lists a photo with its copies: they are withdrawn and moved together,
// so that no original is left without the copy that hides something.
func (i Inspection) family(e Evidence) []Evidence {
	if e.IsCopy() {
		return []Evidence{e}
	}
	return append([]Evidence{e}, i.CopiesOf(e)...)
}

// WithoutWords gives evidence without the words about it: caption, the file's
// name, labels, and what only a newer version can read. words tells whether it
// had any. What a copy hides stays known, so that its original stays off the
// organization's copy.
func (e Evidence) WithoutWords() (out Evidence, words bool) {
	words = e.Caption != "" || e.Name != "" || len(e.more) > 0
	out = e
	out.Caption, out.Name, out.more, out.Steps = "", "", nil, slices.Clone(e.Steps)
	for n := range out.Steps {
		words = words || out.Steps[n].Text != ""
		out.Steps[n].Text = ""
	}
	return out, words
}

// evidence is Evidence without its methods.
type evidence Evidence

// evidenceNames are the names that this version knows.
var evidenceNames = func() map[string]bool {
	all := evidence{ID: "x", Item: "x", Digest: "x", Size: 1, Media: "x", Small: "x", SmallSize: 1, Width: 1, Height: 1, Name: "x", Caption: "x",
		TakenAt: "x", AddedAt: "x", By: "x", Sensitive: true, From: "x", Withdrawn: "x", Of: "x", Steps: []PhotoStep{{}}, Instead: true}
	b, _ := json.Marshal(all) // plain values always marshal
	var m map[string]json.RawMessage
	json.Unmarshal(b, &m)
	names := map[string]bool{}
	for name := range m {
		names[name] = true
	}
	return names
}()

// UnmarshalJSON reads evidence and keeps what this version does not know.
func (e *Evidence) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, (*evidence)(e)); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return evidenceNames[name] })
	if e.more = nil; len(all) > 0 {
		e.more = all
	}
	return nil
}

// MarshalJSON writes evidence with what a newer version wrote beside it: a
// caption written here takes nothing away that this version cannot read.
func (e Evidence) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(evidence(e))
	if err != nil || len(e.more) == 0 {
		return b, err
	}
	all := maps.Clone(e.more)
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// AttachCopy hangs an edited copy beside the original it was made from. It takes
// the place of the copy replaces, "" for none, which is withdrawn for the reason
// given; the original is as it was. c has the copy's file, steps and time.
func (i Inspection) AttachCopy(original ID, c Evidence, replaces ID, reason string) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	n := slices.IndexFunc(i.Evidence, func(e Evidence) bool { return e.ID == original && e.Counts() && !e.IsCopy() })
	if n < 0 {
		return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
	}
	o := i.Evidence[n]
	if err := CheckPhotoSteps(c.Steps, o.Width, o.Height); err != nil {
		return nil, err
	}
	for _, old := range i.CopiesOf(o) {
		if old.Digest == c.Digest && old.Counts() {
			return i.ShowCopy(old.ID, c.Instead) // the same steps again
		}
	}
	c.Of, c.Item, c.Sensitive, c.Name, c.TakenAt = o.Digest, o.Item, o.Sensitive, o.Name, o.TakenAt
	changes := []Change{i.state.change(Attach, i.ID, map[string]any{"evidence/" + string(c.ID): c})}
	if replaces == "" {
		return changes, nil
	}
	away, err := i.WithdrawEvidence(replaces, reason)
	return append(changes, away...), err
}

// PutBack hangs withdrawn evidence where it hung, as new evidence that says
// which it was; the copies that went with it come back with it. newID makes the
// identities.
func (i Inspection) PutBack(id ID, newID func() ID) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	n := slices.IndexFunc(i.Evidence, func(e Evidence) bool { return e.ID == id && e.Destroyed == "" })
	if n < 0 {
		return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
	}
	back := []Evidence{i.Evidence[n]}
	gone := i.entryOf(id)
	for _, e := range i.Evidence {
		if e.Of == back[0].Digest && e.Item == back[0].Item && e.Withdrawn != "" && e.Destroyed == "" && i.entryOf(e.ID) == gone {
			back = append(back, e)
		}
	}
	set := map[string]any{}
	for _, e := range back {
		if slices.ContainsFunc(i.Evidence, func(o Evidence) bool { return o.Digest == e.Digest && o.Item == e.Item && o.Counts() }) {
			continue // the same picture was hung there again meanwhile
		}
		from := e.ID
		e.ID, e.From, e.Withdrawn = newID(), string(i.ID)+"/"+string(from), ""
		set["evidence/"+string(e.ID)] = e
	}
	if len(set) == 0 {
		return nil, nil
	}
	return []Change{i.state.change(Attach, i.ID, set)}, nil
}

// entryOf names the entry whose word on a photo stands.
func (i Inspection) entryOf(id ID) Hash {
	if c := i.state["evidence/"+string(id)]; c != nil {
		if w, ok := c.Shown(""); ok {
			return w.Entry
		}
	}
	return ""
}

// MoveAway hangs evidence, with its copies, on an item of another inspection:
// there it is new evidence that says where it came from, here it is withdrawn
// for the reason given. The changes of there come first.
func (i Inspection) MoveAway(id ID, there Inspection, item string, sensitive bool, reason string, newID func() ID) ([]Change, error) {
	n := slices.IndexFunc(i.Evidence, func(e Evidence) bool { return e.ID == id && e.Counts() })
	if n < 0 {
		return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
	}
	e := i.Evidence[n]
	if o, ok := i.OriginalOf(e); ok && o.Counts() {
		e = o
	}
	away, err := i.WithdrawEvidence(e.ID, reason)
	if err != nil {
		return nil, err
	}
	if err := there.open(); err != nil {
		return nil, err
	}
	set := map[string]any{}
	for _, f := range i.family(e) {
		if !f.Counts() || slices.ContainsFunc(there.Evidence, func(o Evidence) bool { return o.Digest == f.Digest && o.Item == item && o.Counts() }) {
			continue // the same file hangs there already
		}
		from := f.ID
		f.ID, f.Item, f.From, f.Sensitive = newID(), item, string(i.ID)+"/"+string(from), sensitive
		set["evidence/"+string(f.ID)] = f
	}
	if len(set) == 0 {
		return away, nil
	}
	return append([]Change{there.state.change(Attach, there.ID, set)}, away...), nil
}
